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
#include "ui/view/record.h"
#include "ui/view/view.h"

// Each panel by its draw commands, in worlds whose course is known.

// A call every 10 ms, each 25 ms at one of two workers: 2.5 are wanted, so a line grows by 20 a second.
static const char crowded[] =
    "scenario('Crowded', { duration = 10*s })\n"
    "local api = service('api', { executor = threads(2),"
    " handler = io(25*ms) })\n"
    "client('users', { target = api, arrivals = constant(100) })\n"
    "expect('it is slow', { 'users.latency.p50', at_least = 0.1*s,"
    " because = 'two are too few' })\n"
    "expect('it is quick', { 'users.latency.p50', at_most = 0.1*s,"
    " because = 'it is not' })\n"
    "between(4*s, 6*s, api:crash())\n";

// Nothing that fails, waits, or has a GIL.
static const char quiet[] = "scenario('Quiet', { duration = 4*s })\n"
                            "local api = service('api', { executor = threads(8),"
                            " handler = io(5*ms) })\n"
                            "client('users', { target = api, arrivals = constant(100) })\n";

struct scene {
    struct film_run run;
    struct ui_list list;
    struct ui_look look;
};

static void draw(struct scene *s, double at)
{
    s->look.at = (sim_time)(at * SIM_S);
    ui_list_clear(&s->list);
    ui_view_draw(&s->list, &s->run.film, &s->look);
    assert_false(s->list.failed);
}

static void open_scene(struct scene *s, const char *text, double at)
{
    memset(s, 0, sizeof *s);
    film_shoot_text(&s->run, text, 1u << 18);
    ui_look_default(&s->look);
    ui_list_init(&s->list);
    draw(s, at);
}

static void close_scene(struct scene *s)
{
    ui_list_fini(&s->list);
    film_close(&s->run);
}

static const struct ui_command *find(const struct ui_list *l, enum ui_panel panel,
                                     const char *what, uint32_t nth)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->at[i].panel == panel && strcmp(l->at[i].what, what) == 0 && nth-- == 0)
            return &l->at[i];
    return NULL;
}

static uint32_t count(const struct ui_list *l, enum ui_panel panel, const char *what)
{
    uint32_t n = 0;
    while (find(l, panel, what, n))
        n++;
    return n;
}

static uint32_t ghosts_of_chart(const struct ui_list *l, uint32_t chart)
{
    uint32_t n = 0;
    for (size_t i = 0; i < l->count; i++)
        n += l->at[i].panel == UI_CHARTS && l->at[i].of == chart &&
             strcmp(l->at[i].what, "ghost") == 0;
    return n;
}

static bool says(const struct ui_list *l, enum ui_panel panel, const char *text)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->at[i].kind == UI_TEXT && l->at[i].panel == panel &&
            strcmp(ui_list_text(l, &l->at[i]), text) == 0)
            return true;
    return false;
}

// ---- Header ----

static void header_names_run_and_moment(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, crowded, 1.2345);
    assert_true(says(&s.list, UI_HEADER, "Crowded"));
    assert_true(says(&s.list, UI_HEADER, "t = 1.234 s"));
    assert_true(says(&s.list, UI_HEADER, "of 10 s"));
    assert_true(says(&s.list, UI_HEADER, "test.lua   seed 1"));
    close_scene(&s);
}

// ---- Topology ----

// The line is that of arrivals less what two workers did: at 3 s of 300 some 240 are done.
static void box_shows_line_and_workers(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, crowded, 3);
    assert_true(says(&s.list, UI_TOPOLOGY, "api"));
    assert_true(says(&s.list, UI_TOPOLOGY, "2/2"));
    assert_true(says(&s.list, UI_TOPOLOGY, "100/s"));
    assert_int_equal(count(&s.list, UI_TOPOLOGY, "busy slot"), 2);
    assert_int_equal(count(&s.list, UI_TOPOLOGY, "full"), 1);
    const struct ui_command *line = find(&s.list, UI_TOPOLOGY, "row number", 2);
    assert_non_null(line);
    int waiting = 0;
    for (const char *p = ui_list_text(&s.list, line); *p; p++)
        waiting = waiting * 10 + (*p - '0');
    assert_in_range(waiting, 57, 61);
    close_scene(&s);
}

static void health_is_told_by_border_and_sign(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, quiet, 3);
    assert_int_equal(count(&s.list, UI_TOPOLOGY, "badge"), 0);
    close_scene(&s);
    open_scene(&s, crowded, 5); // while it is down all are refused
    assert_int_equal(count(&s.list, UI_TOPOLOGY, "failing"), 2);
    assert_true(says(&s.list, UI_TOPOLOGY, "!"));
    close_scene(&s);
}

// A road's width is the logarithm of its rate: ten times as much adds five points.
static void road_is_as_wide_as_the_rate(void **state)
{
    (void)state;
    struct scene s;
    double width[2];
    static const char *const rates[] = { "constant(100)", "constant(1000)" };
    for (int i = 0; i < 2; i++) {
        char text[400] =
            "scenario('R', { duration = 3*s })\n"
            "local api = service('api', { executor = threads(99), handler = io(1*ms) })\n"
            "client('users', { target = api, arrivals = ";
        strcat(text, rates[i]);
        strcat(text, " })\n");
        open_scene(&s, text, 2);
        width[i] = find(&s.list, UI_TOPOLOGY, "road", 0)->width;
        close_scene(&s);
    }
    double k = width[0] / (8 + 5 * log10(101));
    assert_true(fabs(width[1] - k * (8 + 5 * log10(1001))) < 0.05);
    assert_true(width[1] > width[0] + 4);
}

// Callers stand left of what they call, and boxes do not touch.
static void boxes_stand_behind_their_callers(void **state)
{
    (void)state;
    struct scene s;
    open_scene(
        &s,
        "scenario('D', { duration = 2*s })\n"
        "local function at(n, h) return service(n, { executor = threads(9), handler = h }) end\n"
        "local d = at('d', io(1*ms))\nlocal c = at('c', call(d))\n"
        "local b = at('b', { call(d), call(c) })\nlocal a = at('a', { call(b), call(c) })\n"
        "client('users', { target = a, arrivals = constant(50) })\n",
        1);
    const struct ui_film *f = &s.run.film;
    for (uint32_t e = 0; e < f->edge_count; e++)
        assert_true(f->nodes[f->edges[e].from].layer < f->nodes[f->edges[e].to].layer);
    uint32_t n = count(&s.list, UI_TOPOLOGY, "box");
    assert_int_equal(n, 5);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < i; k++) {
            const struct ui_command *a = find(&s.list, UI_TOPOLOGY, "box", i);
            const struct ui_command *b = find(&s.list, UI_TOPOLOGY, "box", k);
            assert_true(a->x + a->w < b->x || b->x + b->w < a->x || a->y + a->h < b->y ||
                        b->y + b->h < a->y);
        }
    close_scene(&s);
}

// Where it fits behind what a dot is; and from those who look blind it is kept.
static void topology_says_what_the_scenario_is_about(void **state)
{
    (void)state;
    static const char with_line[] =
        "scenario('R', { about = 'One at a time, please.', duration = 3*s })\n"
        "local api = service('api', { executor = threads(1), handler = io(1*ms) })\n"
        "client('users', { target = api, arrivals = constant(10) })\n";
    struct scene s;
    open_scene(&s, with_line, 2);
    assert_true(says(&s.list, UI_TOPOLOGY, "One at a time, please."));
    s.look.blind = UI_BLIND_NAMES;
    draw(&s, 2);
    assert_false(says(&s.list, UI_TOPOLOGY, "One at a time, please."));
    s.look.blind = UI_BLIND_NOT;
    s.look.panel = UI_TOPOLOGY;
    s.look.width = 400;
    draw(&s, 2);
    assert_false(says(&s.list, UI_TOPOLOGY, "One at a time, please."));
    close_scene(&s);
}

// ---- Charts ----

static void charts_of_what_is_not_there_are_absent(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, quiet, 3);
    assert_true(says(&s.list, UI_CHARTS, "p50 / p99 (ms)"));
    assert_true(says(&s.list, UI_CHARTS, "goodput"));
    assert_false(says(&s.list, UI_CHARTS, "failed"));
    assert_false(says(&s.list, UI_CHARTS, "most tries per call"));
    assert_false(says(&s.list, UI_CHARTS, "GIL wait: api"));
    assert_false(says(&s.list, UI_CHARTS, "longest line: api"));
    assert_int_equal(count(&s.list, UI_STRIP, "flag"), 0);
    close_scene(&s);
}

// One thread at a time may run in heavy; what runs on api's loop is never in its own way.
static const char two_kinds[] =
    "scenario('Two kinds', { duration = 4*s })\n"
    "local api = service('api', { runtime = cpython '3.12',"
    " executor = asyncio {}, handler = python(0.1*ms) })\n"
    "local heavy = service('heavy', { runtime = cpython '3.12', executor = threads(2),"
    " handler = python(%d*ms) })\n"
    "client('users', { target = api, arrivals = constant(100) })\n"
    "client('others', { target = heavy, arrivals = constant(50) })\n";

// A call in each second holds the loop up for 100 ms, in which others come.
static const char late[] =
    "scenario('Late', { duration = 4*s })\n"
    "local api = service('api', { runtime = cpython '3.12', executor = asyncio {},"
    " handler = { quick = python(1*ms), slow = python(100*ms) } })\n"
    "client('users', { target = api, route = 'quick', arrivals = constant(100) })\n"
    "client('others', { target = api, route = 'slow', arrivals = constant(1) })\n";

// A loop that is late has a chart of that, and the GIL one where somebody waits for it: 50 calls a
// second of 30 ms are too many for one thread at a time, of 1 ms never two at once.
static void loop_and_gil_have_charts_where_somebody_waits_for_them(void **state)
{
    (void)state;
    struct scene s;
    char text[600];
    for (int waits = 0; waits < 2; waits++) {
        snprintf(text, sizeof text, two_kinds, waits ? 30 : 1);
        open_scene(&s, text, 3);
        s.look.selected = 0;
        draw(&s, 3);
        assert_int_equal(says(&s.list, UI_CHARTS, "GIL wait: heavy"), waits);
        assert_false(says(&s.list, UI_CHARTS, "GIL wait: api"));
        assert_false(says(&s.list, UI_CHARTS, "loop lag p99: api"));
        close_scene(&s);
    }
    open_scene(&s, late, 3);
    assert_true(says(&s.list, UI_CHARTS, "loop lag p99: api"));
    assert_false(says(&s.list, UI_CHARTS, "GIL wait: api"));
    const struct ui_command *lag = find(&s.list, UI_CHARTS, "lag", 0);
    assert_int_equal(lag->count, 3);
    close_scene(&s);
}

// 1 MB more a call: 400 MB by the end. Without that an interpreter is as large all the time.
static void memory_has_a_chart_where_it_changes(void **state)
{
    (void)state;
    struct scene s;
    char text[400];
    for (int leaks = 0; leaks < 2; leaks++) {
        snprintf(text, sizeof text,
                 "scenario('Leak', { duration = 4*s })\n"
                 "local api = service('api', { runtime = cpython '3.12',"
                 " executor = threads(4), handler = { leak(%d*MB), io(1*ms) } })\n"
                 "client('users', { target = api, arrivals = constant(100) })\n",
                 leaks);
        open_scene(&s, text, 4);
        assert_int_equal(says(&s.list, UI_CHARTS, "memory: api"), leaks);
        assert_int_equal(says(&s.list, UI_CHARTS, "0 to 500 MB"), leaks);
        close_scene(&s);
    }
}

// Of a constant stream all is known: 100 a second, 5 ms each.
static void charts_say_the_last_whole_row(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, quiet, 3.5);
    assert_true(says(&s.list, UI_CHARTS, "100 of 100"));
    assert_true(says(&s.list, UI_CHARTS, "5 / 5"));
    draw(&s, 0.5); // before the first row
    assert_true(says(&s.list, UI_CHARTS, "-"));
    assert_false(says(&s.list, UI_CHARTS, "none"));
    assert_int_equal(count(&s.list, UI_CHARTS, "p50"), 0);
    close_scene(&s);
}

// Of 20 s some say 20,000 ms, and nobody reads it.
static void long_times_are_told_in_seconds(void **state)
{
    (void)state;
    struct scene s;
    open_scene(
        &s,
        "scenario('Long', { duration = 30*s })\n"
        "local api = service('api', { executor = threads(99), handler = io(20*s) })\n"
        "client('users', { target = api, arrivals = constant(2) })\n",
        30);
    assert_true(says(&s.list, UI_CHARTS, "p50 / p99 (s)"));
    assert_true(says(&s.list, UI_CHARTS, "20 / 20"));
    assert_true(says(&s.list, UI_CHARTS, "0 to 20 s"));
    assert_false(says(&s.list, UI_CHARTS, "p50 / p99 (ms)"));
    close_scene(&s);
}

// Rows end with each second; a line has a point for each that is over.
static void lines_go_as_far_as_the_moment(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, quiet, 3.5);
    const struct ui_command *line = find(&s.list, UI_CHARTS, "offered", 0);
    assert_int_equal(line->count, 3);
    const struct ui_command *now = find(&s.list, UI_CHARTS, "now", 0);
    for (uint32_t i = 0; i < line->count; i++)
        assert_true(ui_list_points(&s.list, line)[i].x < now->x);
    draw(&s, 4);
    assert_int_equal(find(&s.list, UI_CHARTS, "offered", 0)->count, 4);
    close_scene(&s);
}

// ---- Threads ----

// Of many narrow rows each has its line, and none is fainter for lying between two points.
static void waiting_is_a_whole_line_however_narrow_the_row(void **state)
{
    (void)state;
    struct scene s;
    open_scene(
        &s,
        "scenario('Rows', { duration = 4*s })\n"
        "local api = service('api', { executor = threads(32), handler = io(300*ms) })\n"
        "client('users', { target = api, arrivals = constant(100) })\n",
        3);
    uint32_t n = count(&s.list, UI_LANES, "io");
    assert_true(n > 20);
    for (uint32_t i = 0; i < n; i++) {
        const struct ui_command *line = find(&s.list, UI_LANES, "io", i);
        assert_true(line->h >= 2);
        assert_true(line->h > 2 || line->y == floor(line->y));
    }
    close_scene(&s);
}

// Four threads that have the picture for themselves are seen from the last row.
static void few_rows_take_the_place_that_there_is(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, crowded, 3);
    double beside_others = find(&s.list, UI_LANES, "lane", 0)->h;
    s.look.panel = UI_LANES;
    draw(&s, 3);
    const struct ui_command *lane = find(&s.list, UI_LANES, "lane", 0);
    assert_true(beside_others < 20 && lane->h > 40);
    assert_true(lane->y + lane->h < find(&s.list, UI_LANES, "lane", 1)->y);
    close_scene(&s);
}

// ---- The strip ----

static void strip_shows_faults_and_verdicts(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, crowded, 5);
    assert_int_equal(count(&s.list, UI_STRIP, "passed"), 1);
    assert_int_equal(count(&s.list, UI_STRIP, "failed"), 2); // a cross is two lines
    assert_int_equal(count(&s.list, UI_STRIP, "check"), 2);
    const struct ui_command *plot = find(&s.list, UI_STRIP, "plot", 0);
    const struct ui_command *flag = find(&s.list, UI_STRIP, "flag", 0);
    assert_true(fabs(flag->x + flag->w / 2 - (plot->x + 0.4 * plot->w)) < 0.01);
    assert_true(says(&s.list, UI_STRIP, "api crash"));
    const struct ui_command *now = find(&s.list, UI_STRIP, "now", 1);
    assert_true(fabs(now->x - (plot->x + 0.5 * plot->w)) < 0.01);
    close_scene(&s);
}

static bool is_on_line(const struct ui_list *l, const struct ui_command *text)
{
    const struct ui_command *c;
    for (uint32_t i = 0; (c = find(l, UI_STRIP, "check", i)); i++)
        if (c->y > text->y && c->y < text->y + text->h && c->x < text->x + text->w &&
            c->x + c->w > text->x)
            return true;
    return false;
}

// Beside its line, whether that is long, short, or at the right end; not at all where the picture is low.
static void strip_says_what_is_claimed(void **state)
{
    (void)state;
    static const char claims[] =
        "scenario('Claims', { duration = 60*s })\n"
        "local api = service('api', { executor = threads(8), handler = io(5*ms) })\n"
        "client('users', { target = api, arrivals = constant(10) })\n"
        "expect('it is quick all the time', { 'users.latency.p50', at_most = 1*s,"
        " because = 'of five' })\n"
        "expect('it is quick at the beginning', { 'users.latency.p50', at_most = 1*s,"
        " from = 2*s, to = 4*s, because = 'of five' })\n"
        "expect('it is quick at the end', { 'users.latency.p50', at_most = 1*s,"
        " from = 58*s, to = 60*s, because = 'of five' })\n";
    struct scene s;
    open_scene(&s, claims, 30);
    assert_int_equal(count(&s.list, UI_STRIP, "claim"), 3);
    assert_true(says(&s.list, UI_STRIP, "it is quick at the end"));
    for (uint32_t i = 0; i < 3; i++) {
        const struct ui_command *claim = find(&s.list, UI_STRIP, "claim", i);
        assert_false(claim->is_cut);
        assert_false(is_on_line(&s.list, claim));
        assert_true(claim->x >= 8 && claim->x + claim->w <= s.look.width - 8);
    }
    s.look.height = UI_VIEW_MIN_HEIGHT;
    draw(&s, 30);
    assert_int_equal(count(&s.list, UI_STRIP, "check"), 3);
    assert_int_equal(count(&s.list, UI_STRIP, "claim"), 0);
    close_scene(&s);
}

// ---- The other future ----

// As quiet, twice as long, and with a service before the one that quiet has.
static const char longer[] =
    "scenario('Longer', { duration = 8*s })\n"
    "local db = service('db', { executor = threads(3), handler = io(1*ms) })\n"
    "local api = service('api', { executor = threads(8), handler = { io(5*ms), call(db) } })\n"
    "client('users', { target = api, arrivals = constant(200) })\n";

static void expect_ghosts_inside(const struct scene *s)
{
    const struct ui_command *frame = NULL;
    unsigned ghosts = 0;
    for (size_t i = 0; i < s->list.count; i++) {
        const struct ui_command *c = &s->list.at[i];
        frame = c->kind == UI_BOX && strcmp(c->what, "panel") == 0 ? c : frame;
        if (strcmp(c->what, "ghost") != 0)
            continue;
        ghosts++;
        for (uint32_t k = 0; k < c->count; k++) {
            struct ui_point p = ui_list_points(&s->list, c)[k];
            assert_true(p.x >= frame->x && p.x <= frame->x + frame->w);
            assert_true(p.y >= frame->y && p.y <= frame->y + frame->h);
        }
    }
    assert_true(ghosts > 2);
}

// The other one may be of another preset, which has other services and another end.
static void other_future_may_have_other_services_and_another_end(void **state)
{
    (void)state;
    struct scene s, other;
    open_scene(&s, quiet, 3.5);
    open_scene(&other, longer, 7.5);
    s.look.ghost = &other.run.film;
    other.look.ghost = &s.run.film;
    draw(&s, 3.5);
    expect_ghosts_inside(&s);
    for (uint32_t service = 0; service < 2; service++) {
        other.look.selected = service;
        draw(&other, 7.5);
        expect_ghosts_inside(&other);
        // Of a service that the other one does not have there is nothing to be dashed.
        const struct ui_command *busy = find(&other.list, UI_CHARTS, "busy", 0);
        assert_int_equal(ghosts_of_chart(&other.list, busy->of), service == 1);
    }
    // Second by second on the axis of the run that is seen: from 0.5 s to 3.5 s, of 7.5 s by now.
    const struct ui_command *line = find(&other.list, UI_CHARTS, "ghost", 0);
    const struct ui_point *p = ui_list_points(&other.list, line);
    double now = find(&other.list, UI_CHARTS, "now", 0)->x + 0.5;
    assert_int_equal(line->count, 4);
    assert_true(fabs((p[3].x - p[0].x) / (now - p[0].x) - 3.0 / 7) < 0.01);
    close_scene(&other);
    close_scene(&s);
}

// ---- One panel, any size ----

static void one_panel_takes_the_whole_picture(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, crowded, 3);
    for (const char *const *name = ui_panel_names(); *name; name++) {
        s.look.panel = ui_panel_of(*name);
        draw(&s, 3);
        for (size_t i = 0; i < s.list.count; i++)
            assert_true(s.list.at[i].panel == s.look.panel ||
                        s.list.at[i].panel == UI_HEADER || s.list.at[i].panel == UI_WHOLE);
        assert_true(find(&s.list, s.look.panel, "panel", 0) != NULL);
    }
    assert_int_equal(ui_panel_of("nothing"), UI_PANELS);
    assert_int_equal(ui_panel_of("header"), UI_PANELS);
    close_scene(&s);
}

struct text {
    char *at;
    size_t n, room;
};

static void put(void *ctx, const char *bytes, size_t n)
{
    struct text *t = ctx;
    if (t->n + n > t->room) {
        t->room = 2 * (t->n + n);
        t->at = realloc(t->at, t->room);
        assert_non_null(t->at);
    }
    memcpy(t->at + t->n, bytes, n);
    t->n += n;
}

static struct text recorded(const struct ui_list *l)
{
    struct text t = { 0 };
    struct sim_sink sink = { put, &t };
    ui_record_write(l, &sink);
    return t;
}

// Also when another moment was drawn in between.
static void same_moment_is_the_same_list(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, crowded, 3);
    struct text first = recorded(&s.list);
    draw(&s, 7);
    struct text other = recorded(&s.list);
    draw(&s, 3);
    struct text again = recorded(&s.list);
    assert_int_equal(first.n, again.n);
    assert_memory_equal(first.at, again.at, first.n);
    assert_true(other.n != first.n || memcmp(other.at, first.at, first.n) != 0);
    free(first.at);
    free(other.at);
    free(again.at);
    close_scene(&s);
}

// Twenty services that stand above one another are drawn all the same, in the smallest window too.
static void many_boxes_are_lower_ones(void **state)
{
    (void)state;
    static const char many[] =
        "scenario('Many', { duration = 2*s })\n"
        "for i = 1, 20 do\n"
        "  local api = service('api' .. i, { executor = threads(1), handler = io(5*ms) })\n"
        "  client('users' .. i, { target = api, arrivals = constant(10) })\n"
        "end\n";
    struct scene s;
    open_scene(&s, many, 1);
    s.look.width = UI_VIEW_MIN_WIDTH;
    s.look.height = UI_VIEW_MIN_HEIGHT;
    draw(&s, 1);
    assert_int_equal(count(&s.list, UI_TOPOLOGY, "box"), 40);
    for (uint32_t i = 0; i < 40; i++)
        assert_true(find(&s.list, UI_TOPOLOGY, "box", i)->h > 0);
    for (size_t i = 0; i < s.list.count; i++)
        assert_true(s.list.at[i].kind != UI_TEXT || s.list.at[i].size > 0);
    s.look.panel = UI_TOPOLOGY;
    s.look.height = 800;
    draw(&s, 1);
    assert_true(says(&s.list, UI_TOPOLOGY, "api20"));
    close_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_boxes_are_lower_ones),
        cmocka_unit_test(header_names_run_and_moment),
        cmocka_unit_test(box_shows_line_and_workers),
        cmocka_unit_test(health_is_told_by_border_and_sign),
        cmocka_unit_test(road_is_as_wide_as_the_rate),
        cmocka_unit_test(boxes_stand_behind_their_callers),
        cmocka_unit_test(topology_says_what_the_scenario_is_about),
        cmocka_unit_test(charts_of_what_is_not_there_are_absent),
        cmocka_unit_test(loop_and_gil_have_charts_where_somebody_waits_for_them),
        cmocka_unit_test(memory_has_a_chart_where_it_changes),
        cmocka_unit_test(charts_say_the_last_whole_row),
        cmocka_unit_test(long_times_are_told_in_seconds),
        cmocka_unit_test(lines_go_as_far_as_the_moment),
        cmocka_unit_test(waiting_is_a_whole_line_however_narrow_the_row),
        cmocka_unit_test(few_rows_take_the_place_that_there_is),
        cmocka_unit_test(strip_shows_faults_and_verdicts),
        cmocka_unit_test(strip_says_what_is_claimed),
        cmocka_unit_test(other_future_may_have_other_services_and_another_end),
        cmocka_unit_test(one_panel_takes_the_whole_picture),
        cmocka_unit_test(same_moment_is_the_same_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
