#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/films.h"
#include "ui/view/view.h"

// What is drawn is what the run recorded. Everything is counted twice: in the draw commands of a
// moment, and in the record, from its first line on and with nothing of the film.

#define RECORDS (1u << 21)

struct scene {
    struct film_run run;
    struct ui_list list;
    struct ui_look look;
};

static void open_scene(struct scene *s, const char *name, const char *variant, double at,
                       double until)
{
    memset(s, 0, sizeof *s);
    film_shoot(&s->run, name, variant, until, RECORDS);
    assert_int_equal(sim_trace_first(sim_run_trace(s->run.result.run)), 0);
    ui_look_default(&s->look);
    s->look.at = (sim_time)(at * SIM_S);
    ui_list_init(&s->list);
    ui_view_draw(&s->list, &s->run.film, &s->look);
    assert_false(s->list.failed);
}

static void move_scene(struct scene *s, double at)
{
    s->look.at = (sim_time)(at * SIM_S);
    ui_list_clear(&s->list);
    ui_view_draw(&s->list, &s->run.film, &s->look);
}

static void close_scene(struct scene *s)
{
    ui_list_fini(&s->list);
    film_close(&s->run);
}

// ---- From the record ----

struct counts {
    uint32_t queue, busy;            // of a service's replicas
    uint32_t hops[16][16][UI_MARKS]; // [from][to]: nodes, in the flight of a dot
    uint32_t all[UI_MARKS];          // of all edges
};

#define TASKS 65536

static uint32_t node_of(const struct sim_run *run, uint32_t place)
{
    struct sim_place p = sim_run_place(run, place);
    const struct sim_model *m = sim_run_model(run);
    return p.is_client ? sim_model_find_client(m, p.name)
                       : sim_model_clients(m) + sim_model_find_service(m, p.name);
}

static enum ui_mark mark_of(const struct sim_trace_record *r)
{
    if (r->kind == SIM_TRACE_BEGIN)
        return r->code & SIM_TRACE_AGAIN ? UI_MARK_AGAIN : UI_MARK_CALL;
    return r->code == SIM_OK          ? UI_MARK_OK
           : r->code == SIM_ERROR     ? UI_MARK_ERROR
           : r->code == SIM_REJECTED  ? UI_MARK_SHED
           : r->code == SIM_CANCELLED ? UI_MARK_CANCELLED
                                      : UI_MARK_TIMEOUT;
}

// Of one service and all edges, at a moment.
static void count_record(const struct sim_run *run, uint32_t service, sim_time at,
                         struct counts *c)
{
    static uint32_t from[TASKS], to[TASKS], queue[256];
    static bool working[TASKS];
    const struct sim_trace *trace = sim_run_trace(run);
    memset(c, 0, sizeof *c);
    memset(queue, 0, sizeof queue);
    memset(working, 0, sizeof working);
    for (uint64_t i = 0; i < trace->count && sim_trace_at(trace, i)->end <= at; i++) {
        const struct sim_trace_record *r = sim_trace_at(trace, i);
        bool here = node_of(run, r->place) == service;
        bool seen = r->end > at - UI_FLIGHT;
        assert_true(r->task < TASKS && r->place < 256);
        if (r->kind == SIM_TRACE_QUEUE)
            queue[r->place] = r->other;
        if (r->kind == SIM_TRACE_START) {
            working[r->task] = true;
            c->busy += here;
        }
        if (r->kind == SIM_TRACE_END && working[r->task]) {
            working[r->task] = false;
            c->busy -= here;
        }
        if (r->kind == SIM_TRACE_BEGIN) {
            from[r->task] = r->other == SIM_NONE ? SIM_NONE : to[r->other];
            to[r->task] = node_of(run, r->place);
            if (r->other == SIM_NONE || r->code & SIM_TRACE_BRANCH)
                continue;
            c->hops[from[r->task]][to[r->task]][mark_of(r)] += seen;
            c->all[mark_of(r)] += seen;
        }
        if (r->kind == SIM_TRACE_REPLY || r->kind == SIM_TRACE_GIVE_UP) {
            c->hops[from[r->other]][to[r->other]][mark_of(r)] += seen;
            c->all[mark_of(r)] += seen;
        }
    }
    for (uint32_t place = 0; place < sim_run_places(run); place++)
        if (node_of(run, place) == service)
            c->queue += queue[place];
}

// ---- From the draw commands ----

static uint32_t count_drawn(const struct ui_list *l, enum ui_panel panel, const char *what,
                            uint32_t of)
{
    uint32_t n = 0;
    for (size_t i = 0; i < l->count; i++)
        n += l->at[i].panel == panel && strcmp(l->at[i].what, what) == 0 &&
             (of == SIM_NONE || l->at[i].of == of);
    return n;
}

static uint32_t count_dots(const struct ui_list *l, uint32_t edge, enum ui_mark mark)
{
    uint32_t n = 0;
    for (size_t i = 0; i < l->count; i++)
        n += l->at[i].kind == UI_DOT && l->at[i].of == edge && l->at[i].mark == mark;
    return n;
}

static const char *text_of(const struct ui_list *l, const char *what, uint32_t of,
                           uint32_t nth)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->at[i].kind == UI_TEXT && strcmp(l->at[i].what, what) == 0 &&
            l->at[i].of == of && nth-- == 0)
            return ui_list_text(l, &l->at[i]);
    return "";
}

static uint32_t node_named(const struct ui_film *f, const char *name)
{
    for (uint32_t i = 0; i < f->node_count; i++)
        if (strcmp(f->nodes[i].name, name) == 0)
            return i;
    fail_msg("no node %s", name);
    return 0;
}

// ---- Dots ----

// Of each kind on each edge as many as it should be, but for less than one dot.
static void check_dots(struct scene *s)
{
    static struct counts c;
    const struct ui_film *f = &s->run.film;
    uint32_t each = ui_view_requests_a_dot(f);
    double drawn[UI_MARKS] = { 0 }, dots = 0, all = 0;
    count_record(s->run.result.run, 0, s->look.at, &c);
    for (uint32_t e = 0; e < f->edge_count; e++) {
        for (enum ui_mark m = 0; m < UI_MARKS; m++) {
            double n = count_dots(&s->list, e, m);
            double wanted = c.hops[f->edges[e].from][f->edges[e].to][m];
            assert_true(fabs(n * each - wanted) < each);
            drawn[m] += n;
            dots += n;
        }
    }
    for (enum ui_mark m = 0; m < UI_MARKS; m++)
        all += c.all[m];
    assert_true(dots > 50 && dots < 700);
    for (enum ui_mark m = 0; m < UI_MARKS; m++)
        assert_true(fabs(drawn[m] / dots - c.all[m] / all) < 0.02);
}

static void dots_are_the_calls_and_answers_on_record(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, "retry-storm", NULL, 15, 34);
    check_dots(&s);
    for (double at = 20.05; at < 34; at += 2.31) {
        move_scene(&s, at);
        check_dots(&s);
    }
    close_scene(&s);
}

// Where each request is a dot of its own, not one is missing.
static void each_request_has_its_dot_where_there_are_few(void **state)
{
    (void)state;
    static struct counts c;
    struct scene s;
    open_scene(&s, "hello", NULL, 12.5, 13);
    assert_int_equal(ui_view_requests_a_dot(&s.run.film), 1);
    count_record(s.run.result.run, 1, s.look.at, &c);
    assert_true(c.hops[0][1][UI_MARK_CALL] > 50);
    assert_int_equal(count_dots(&s.list, 0, UI_MARK_CALL), c.hops[0][1][UI_MARK_CALL]);
    assert_int_equal(count_dots(&s.list, 0, UI_MARK_OK), c.hops[0][1][UI_MARK_OK]);
    close_scene(&s);
}

// How far along its way a dot is, by its place: a level road is the same from either end.
static double way(const struct ui_command *road, const struct ui_list *l,
                  const struct ui_command *dot)
{
    const struct ui_point *p = ui_list_points(l, road);
    bool goes_back = dot->mark != UI_MARK_CALL && dot->mark != UI_MARK_AGAIN;
    return goes_back ? p[road->count - 1].x - dot->x : dot->x - p[0].x;
}

// Dots lie over one another in the order of time, whatever their kind: a later one, which has come
// less far, comes later in the list.
static void check_order(const char *scenario, double at, enum ui_mark other)
{
    struct scene s;
    double last = 1e9;
    uint32_t mixed = 0;
    enum ui_mark kind = UI_MARKS;
    const struct ui_command *road = NULL;
    open_scene(&s, scenario, NULL, at, at + 1);
    for (size_t i = 0; i < s.list.count; i++) {
        const struct ui_command *c = &s.list.at[i];
        if (strcmp(c->what, "road") == 0)
            road = c;
        if (c->kind != UI_DOT || c->of != 0 ||
            (c->mark != UI_MARK_CALL && c->mark != other))
            continue;
        assert_true(way(road, &s.list, c) <= last + 1e-6);
        last = way(road, &s.list, c);
        mixed += kind != UI_MARKS && c->mark != kind;
        kind = c->mark;
    }
    assert_true(mixed > 10); // not one kind behind the other
    close_scene(&s);
}

static void later_dots_are_drawn_later(void **state)
{
    (void)state;
    check_order("metastable", 40, UI_MARK_AGAIN);
    check_order("hello", 12.5, UI_MARK_OK);
}

// Not less for a road on which nothing is tried again.
static void chart_of_tries_is_that_of_the_road_with_most(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, "retry-storm", NULL, 26, 30);
    const struct ui_film *f = &s.run.film;
    const struct ui_row *row = &f->rows[ui_film_row_before(f, s.look.at)];
    double most = 0;
    for (uint32_t e = 0; e < f->edge_count; e++) {
        struct ui_hop a = ui_film_hops_at(&f->edges[e].calls, row->begin);
        struct ui_hop b = ui_film_hops_at(&f->edges[e].calls, row->end);
        double calls = b.total[UI_MARK_CALL] - a.total[UI_MARK_CALL];
        double again = b.total[UI_MARK_AGAIN] - a.total[UI_MARK_AGAIN];
        most = fmax(most, (calls + again) / calls);
    }
    assert_true(most > 2.5);
    assert_true(fabs(row->tries / most - 1) < 0.05);
    close_scene(&s);
}

// ---- Lines and workers ----

static void check_box(struct scene *s, const char *name, uint32_t limit, uint32_t workers)
{
    static struct counts c;
    uint32_t node = node_named(&s->run.film, name), queue, all, busy;
    count_record(s->run.result.run, node, s->look.at, &c);
    if (limit) {
        assert_int_equal(
            sscanf(text_of(&s->list, "row number", node, 0), "%u/%u", &queue, &all), 2);
        assert_int_equal(queue, c.queue);
        assert_int_equal(all, limit);
        uint32_t cells = count_drawn(&s->list, UI_TOPOLOGY, "queue cell", node);
        assert_int_equal(cells, (uint32_t)ceil(14.0 * c.queue / limit));
    }
    assert_int_equal(sscanf(text_of(&s->list, "row number", node, 1), "%u/%u", &busy, &all),
                     2);
    assert_int_equal(busy, c.busy);
    assert_int_equal(all, workers);
    if (workers <= 48)
        assert_int_equal(count_drawn(&s->list, UI_TOPOLOGY, "busy slot", node), c.busy);
}

// A line without a limit, which grows: while the time to come is hidden its bar is drawn against what has
// been, so that who looks on sees it grow and fall.
static void check_growing(struct scene *s, uint32_t node, double from, double to)
{
    uint32_t longest = 0, most = 0;
    for (double at = from; at < to; at += 0.35) {
        uint32_t queue, cells;
        move_scene(s, at);
        assert_int_equal(sscanf(text_of(&s->list, "row number", node, 0), "%u", &queue), 1);
        cells = count_drawn(&s->list, UI_TOPOLOGY, "queue cell", node);
        if (queue > longest) {
            longest = queue;
            most = cells;
        } else if (queue * 2 < longest) {
            assert_true(cells <= most);
        }
    }
    assert_true(longest > 100 && most > 7);
}

static void bar_of_an_endless_line_is_drawn_against_what_was(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, "retry-storm", NULL, 15.2, 60);
    s.look.blind = UI_BLIND_MOMENTS;
    check_growing(&s, node_named(&s.run.film, "api"), 15.2, 60);
    close_scene(&s);
}

static void lines_and_busy_workers_are_those_on_record(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, "retry-storm", NULL, 15.2, 34);
    for (double at = 15.2; at < 34; at += 0.77) {
        move_scene(&s, at);
        check_box(&s, "db", 200, 16);
        check_box(&s, "api", 0, 64);
    }
    close_scene(&s);
    open_scene(&s, "cascade", NULL, 22, 30);
    for (double at = 19.5; at < 30; at += 0.61) {
        move_scene(&s, at);
        check_box(&s, "search", 100, 16);
        check_box(&s, "catalog", 100, 32);
        check_box(&s, "web", 100, 64);
    }
    close_scene(&s);
    // All workers are killed at 150 s, and what they had comes back to others 20 s after they took it.
    open_scene(&s, "celery-prefetch", "killed, late", 148, 175);
    for (double at = 148; at < 175; at += 1.13) {
        move_scene(&s, at);
        check_box(&s, "worker", 0, 8);
    }
    close_scene(&s);
}

// ---- Threads ----

// Time on record that somebody at a place spent so between two moments, in points of the lanes.
static double points_on_record(const struct sim_run *run, uint32_t place, int cause,
                               bool with_gil, sim_time from, sim_time to, double points)
{
    const struct sim_trace *trace = sim_run_trace(run);
    double sum = 0;
    for (uint64_t i = 0; i < trace->count; i++) {
        const struct sim_trace_record *r = sim_trace_at(trace, i);
        if (r->kind != SIM_TRACE_SPAN || r->place != place || r->end <= from ||
            r->begin >= to || (with_gil ? r->other != 1 : r->code != cause))
            continue;
        sim_time a = r->begin > from ? r->begin : from, b = r->end < to ? r->end : to;
        sum += (double)(b - a) / (double)(to - from) * points;
    }
    return sum;
}

static double points_drawn(const struct ui_list *l, const char *what)
{
    double sum = 0;
    for (size_t i = 0; i < l->count; i++)
        if (l->at[i].panel == UI_LANES && l->at[i].kind == UI_RECT &&
            strcmp(l->at[i].what, what) == 0)
            sum += l->at[i].w;
    return sum;
}

// The width of the ribbon is the window's, and its text says how long that is.
static double lane_width(const struct ui_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->at[i].panel == UI_LANES && strcmp(l->at[i].what, "ribbon") == 0)
            return l->at[i].w;
    return 0;
}

static void legends_left_out(struct ui_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->at[i].what, "legend") == 0)
            l->at[i].w = 0;
}

static void lanes_show_what_threads_did_and_who_held_the_gil(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, "gil-threads", "4 threads", 10, 12);
    const struct sim_run *run = s.run.result.run;
    double seconds = 0, points = lane_width(&s.list);
    const char *ago = text_of(&s.list, "axis", 0, 0);
    for (size_t i = 0; i < s.list.count; i++)
        if (s.list.at[i].panel == UI_LANES && strcmp(s.list.at[i].what, "axis") == 0 &&
            s.list.at[i].of == 0)
            ago = ui_list_text(&s.list, &s.list.at[i]);
    if (strstr(ago, "ms"))
        seconds = atof(ago) / 1000;
    else
        seconds = atof(ago);
    assert_true(seconds >= 0.1 && seconds <= 2);
    sim_time from = s.look.at - (sim_time)(seconds * SIM_S);
    legends_left_out(&s.list);

    double python = points_on_record(run, 0, SIM_IN_PYTHON, false, from, s.look.at, points);
    double wants = points_on_record(run, 0, SIM_IN_GIL, false, from, s.look.at, points);
    double held = points_on_record(run, 0, 0, true, from, s.look.at, points);
    assert_true(python > 0.9 * points && wants > 2.5 * points);
    assert_true(fabs(points_drawn(&s.list, sim_cause_name(SIM_IN_PYTHON)) - python) < 1);
    assert_true(fabs(points_drawn(&s.list, sim_cause_name(SIM_IN_GIL)) - wants) < 1);
    // A seam of a point divides one owner from the next.
    uint32_t owners = count_drawn(&s.list, UI_LANES, "owner", SIM_NONE);
    double drawn = points_drawn(&s.list, "owner");
    assert_true(drawn <= held + 0.01 && drawn >= held - owners - 0.01);

    uint32_t vain = 0;
    const struct sim_trace *trace = sim_run_trace(run);
    for (uint64_t i = 0; i < trace->count; i++) {
        const struct sim_trace_record *r = sim_trace_at(trace, i);
        vain += r->kind == SIM_TRACE_VAIN && r->end > from && r->end <= s.look.at;
    }
    assert_true(vain > 0);
    assert_int_equal(count_drawn(&s.list, UI_LANES, "woken in vain", SIM_NONE), vain);
    close_scene(&s);
}

// ---- Nothing of what is still to come ----

// The picture of a moment is the same whether the run has gone on or not, but for the strip, and for
// scales that are those of the whole run.
static void what_comes_later_is_not_shown(void **state)
{
    (void)state;
    static struct counts c;
    struct scene s;
    open_scene(&s, "retry-storm", NULL, 19.9, 34);
    count_record(s.run.result.run, 0, s.look.at, &c);
    assert_int_equal(c.all[UI_MARK_SHED], 0);
    for (uint32_t e = 0; e < s.run.film.edge_count; e++)
        assert_int_equal(count_dots(&s.list, e, UI_MARK_SHED), 0);
    for (size_t i = 0; i < s.list.count; i++) {
        const struct ui_command *k = &s.list.at[i];
        if (k->panel == UI_CHARTS)
            assert_string_not_equal(k->what, "fault");
        if (k->panel == UI_CHARTS)
            assert_string_not_equal(k->what, "no good answer");
    }
    move_scene(&s, 23);
    assert_true(count_drawn(&s.list, UI_CHARTS, "fault", SIM_NONE) > 0);
    assert_true(count_drawn(&s.list, UI_CHARTS, "no good answer", SIM_NONE) > 0);
    close_scene(&s);
}

// A film that begins late shows the same as one of the whole run.
static void film_that_begins_late_shows_the_same(void **state)
{
    (void)state;
    struct scene whole = { 0 }, late = { 0 };
    open_scene(&whole, "retry-storm", NULL, 33, 34);
    late.run = (struct film_run){ .keep_from = (sim_time)31 * SIM_S };
    film_shoot(&late.run, "retry-storm", NULL, 34, RECORDS);
    struct ui_list list;
    ui_list_init(&list);
    ui_view_draw(&list, &late.run.film, &whole.look);
    assert_int_equal(list.count, whole.list.count);
    for (size_t i = 0; i < list.count; i++) {
        const struct ui_command *a = &list.at[i], *b = &whole.list.at[i];
        assert_int_equal(a->kind, b->kind);
        assert_string_equal(a->what, b->what);
        assert_true(a->x == b->x && a->y == b->y && a->w == b->w && a->h == b->h);
        assert_int_equal(a->fill, b->fill);
        assert_string_equal(ui_list_text(&list, a), ui_list_text(&whole.list, b));
    }
    // And holds far less.
    assert_true(late.run.film.edges[1].calls.count * 5 <
                whole.run.film.edges[1].calls.count);
    ui_list_fini(&list);
    film_close(&late.run);
    close_scene(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dots_are_the_calls_and_answers_on_record),
        cmocka_unit_test(each_request_has_its_dot_where_there_are_few),
        cmocka_unit_test(later_dots_are_drawn_later),
        cmocka_unit_test(chart_of_tries_is_that_of_the_road_with_most),
        cmocka_unit_test(lines_and_busy_workers_are_those_on_record),
        cmocka_unit_test(bar_of_an_endless_line_is_drawn_against_what_was),
        cmocka_unit_test(lanes_show_what_threads_did_and_who_held_the_gil),
        cmocka_unit_test(what_comes_later_is_not_shown),
        cmocka_unit_test(film_that_begins_late_shows_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
