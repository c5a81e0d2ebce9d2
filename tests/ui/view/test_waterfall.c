#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/drawn.h"
#include "tests/support/films.h"
#include "ui/view/view.h"

// A request's waterfall: in worlds whose course is known, and against the record of shipped ones.

#define RECORDS (1u << 21)

// Two requests each 100 ms, at the same moment, and one worker at the end: the second waits.
static const char twins[] =
    "scenario('Twins', { duration = 4*s })\n"
    "local db = service('db', { executor = threads(1), handler = io(40*ms) })\n"
    "local api = service('api', { executor = threads(4),\n"
    "  handler = { io(10*ms), call(db), io(5*ms) } })\n"
    "client('first', { target = api, arrivals = constant(10) })\n"
    "client('second', { target = api, arrivals = constant(10) })\n";

// 10 ms, 30 ms in vain, 20 ms of patience, and the same again.
static const char stubborn[] =
    "scenario('Stubborn', { duration = 4*s })\n"
    "local db = service('db', { executor = threads(4), handler = io(40*ms) })\n"
    "local api = service('api', { executor = threads(4), handler = { io(10*ms),\n"
    "  call(db, { retry { max_attempts = 2, base = 20*ms, jitter = 'none' },\n"
    "    timeout(30*ms) }) } })\n"
    "client('users', { target = api, arrivals = constant(2) })\n";

struct scene {
    struct film_run run;
    struct ui_list list;
    struct ui_look look;
};

static void draw(struct scene *s, sim_time at)
{
    s->look.at = at;
    ui_list_clear(&s->list);
    ui_view_draw(&s->list, &s->run.film, &s->look);
    assert_false(s->list.failed);
}

static void init(struct scene *s)
{
    ui_look_default(&s->look);
    s->look.panel = UI_WATERFALL;
    ui_list_init(&s->list);
}

static void open_text(struct scene *s, const char *text, double at)
{
    memset(s, 0, sizeof *s);
    film_shoot_text(&s->run, text, RECORDS);
    init(s);
    draw(s, (sim_time)(at * SIM_S));
}

static void close_scene(struct scene *s)
{
    ui_list_fini(&s->list);
    film_close(&s->run);
}

static const struct ui_command *find(const struct scene *s, const char *what, uint32_t of,
                                     uint32_t nth)
{
    for (size_t i = 0; i < s->list.count; i++) {
        const struct ui_command *c = &s->list.at[i];
        if (c->panel == UI_WATERFALL && strcmp(c->what, what) == 0 && c->of == of &&
            nth-- == 0)
            return c;
    }
    return NULL;
}

static const char *text(const struct scene *s, const char *what, uint32_t of, uint32_t nth)
{
    const struct ui_command *c = find(s, what, of, nth);
    return c ? ui_list_text(&s->list, c) : "";
}

static const char *beside(const struct scene *s)
{
    return text(s, "beside", 0, 0);
}

// Where a shape lies in the whole request, from 0 to 1.
static void expect_span(const struct scene *s, const char *what, uint32_t call,
                        uint32_t nth, double from, double to)
{
    const struct ui_command *life = find(s, "life", 0, 0), *c = find(s, what, call, nth);
    assert_non_null(life);
    assert_non_null(c);
    assert_true(fabs((c->x - life->x) / life->w - from) < 1e-6);
    assert_true(fabs((c->x + c->w - life->x) / life->w - to) < 1e-6);
}

// ---- Known courses ----

static void slowest_of_the_moment_is_told_call_by_call(void **state)
{
    (void)state;
    struct scene s;
    open_text(&s, twins, 1.95);
    assert_non_null(strstr(beside(&s), "the slowest just now"));
    assert_string_equal(text(&s, "call", 0, 0), "second");
    assert_string_equal(text(&s, "call", 1, 0), "api");
    assert_string_equal(text(&s, "call", 2, 0), "db");
    assert_null(find(&s, "call", 3, 0));
    assert_string_equal(text(&s, "took", 0, 0), "ok, 95 ms");
    assert_string_equal(text(&s, "took", 1, 0), "ok, 95 ms");
    assert_string_equal(text(&s, "took", 2, 0), "ok, 80 ms");
    expect_span(&s, "dependency", 0, 0, 0, 1);
    expect_span(&s, "io", 1, 0, 0, 10.0 / 95);
    expect_span(&s, "dependency", 1, 0, 10.0 / 95, 90.0 / 95);
    expect_span(&s, "io", 1, 1, 90.0 / 95, 1);
    expect_span(&s, "queue", 2, 0, 10.0 / 95, 50.0 / 95);
    expect_span(&s, "io", 2, 0, 50.0 / 95, 90.0 / 95);
    assert_string_equal(text(&s, "sum", 1, 0), "waits for an answer 80 ms");
    assert_string_equal(text(&s, "sum", 1, 1), "in I/O 15 ms");
    assert_string_equal(text(&s, "axis", 1, 0), "+ 95 ms");
    close_scene(&s);
}

// The deeper a call, the further to the right its name.
static void call_stands_under_its_caller(void **state)
{
    (void)state;
    struct scene s;
    open_text(&s, twins, 1.95);
    for (uint32_t i = 1; i < 3; i++) {
        assert_true(find(&s, "call", i, 0)->x > find(&s, "call", i - 1, 0)->x);
        assert_true(find(&s, "call", i, 0)->y > find(&s, "call", i - 1, 0)->y);
    }
    close_scene(&s);
}

static void try_in_vain_and_the_patience_after_it_are_seen(void **state)
{
    (void)state;
    struct scene s;
    open_text(&s, stubborn, 1.9);
    assert_string_equal(text(&s, "call", 2, 0), "db");
    assert_string_equal(text(&s, "call", 3, 0), "db, again");
    expect_span(&s, "backoff", 1, 0, 40.0 / 90, 60.0 / 90);
    assert_non_null(strstr(text(&s, "took", 1, 0), "90 ms"));
    close_scene(&s);
}

// In turn: turned away, an error, given up, and well.
static const char mixed[] =
    "scenario('Mixed', { duration = 4*s })\n"
    "local full = service('full', { executor = threads(1, { queue = 0 }), handler = io(5*ms) })\n"
    "local sick = service('sick', { executor = threads(4), handler = { io(3*ms), fail(500) } })\n"
    "local late = service('late', { executor = threads(4), handler = io(40*ms) })\n"
    "local well = service('well', { executor = threads(4), handler = io(2*ms) })\n"
    "local done = { io(1*ms) }\n"
    "local api = service('api', { executor = threads(4), handler = {\n"
    "  try({ gather { call(full), call(full) } }, { rejected = done }),\n"
    "  try({ call(sick) }, { error = done }),\n"
    "  try({ call(late, { timeout(30*ms) }) }, { timeout = done }), call(well) } })\n"
    "client('users', { target = api, arrivals = constant(2) })\n";

static const struct ui_command *mark_beside(const struct scene *s,
                                            const struct ui_command *took)
{
    for (size_t i = 0; i < s->list.count; i++) {
        const struct ui_command *c = &s->list.at[i];
        double middle = took->y + took->h / 2;
        if (c->kind == UI_DOT && c->panel == UI_WATERFALL && fabs(c->y - middle) < 1e-6)
            return c;
    }
    return NULL;
}

// How each call ended, by shape, colour and word.
static void each_call_has_the_mark_of_its_end(void **state)
{
    (void)state;
    static const struct {
        const char *name, *word;
        enum ui_mark mark;
    } ends[] = { { "full", "turned away, ", UI_MARK_SHED },
                 { "sick", "error, ", UI_MARK_ERROR },
                 { "late", "given up, ", UI_MARK_TIMEOUT },
                 { "well", "ok, ", UI_MARK_OK } };
    struct scene s;
    unsigned seen = 0;
    open_text(&s, mixed, 1.9);
    for (uint32_t call = 0; find(&s, "call", call, 0); call++) {
        const struct ui_command *took = find(&s, "took", call, 0);
        const struct ui_command *mark = mark_beside(&s, took);
        assert_non_null(mark);
        assert_int_equal(mark->fill, ui_theme_dark.marks[mark->mark]);
        for (unsigned i = 0; i < 4; i++)
            if (strcmp(text(&s, "call", call, 0), ends[i].name) == 0 &&
                strstr(ui_list_text(&s.list, took), ends[i].word)) {
                assert_int_equal(mark->mark, ends[i].mark);
                seen |= 1u << i;
            }
    }
    assert_int_equal(seen, 15);
    close_scene(&s);
}

// ---- Only what had happened by then ----

static void what_goes_on_ends_at_the_moment(void **state)
{
    (void)state;
    struct scene s;
    open_text(&s, twins, 1.95);
    struct ui_pick pick =
        ui_requests_slowest(&s.run.film.requests, (sim_time)1950 * SIM_MS);
    s.look.pick = pick;
    draw(&s, pick.begin + (sim_time)30 * SIM_MS);
    assert_null(strstr(beside(&s), "slowest"));
    assert_string_equal(text(&s, "took", 0, 0), "30 ms so far");
    assert_string_equal(text(&s, "took", 2, 0), "20 ms so far");
    assert_int_equal(mark_beside(&s, find(&s, "took", 2, 0))->mark, UI_MARK_CALL);
    expect_span(&s, "queue", 2, 0, 10.0 / 30, 1);
    assert_null(find(&s, "io", 2, 0));
    draw(&s, pick.begin + (sim_time)5 * SIM_MS);
    assert_null(find(&s, "call", 2, 0));
    close_scene(&s);
}

// Before it began another is shown, and before any was answered none.
static void request_is_not_seen_before_it_begins(void **state)
{
    (void)state;
    struct scene s;
    open_text(&s, twins, 1.95);
    s.look.pick = ui_requests_slowest(&s.run.film.requests, (sim_time)1950 * SIM_MS);
    draw(&s, s.look.pick.begin - 1);
    assert_non_null(strstr(beside(&s), "slowest"));
    draw(&s, (sim_time)50 * SIM_MS);
    assert_null(find(&s, "call", 0, 0));
    assert_string_equal(beside(&s), "none has been answered in the last half minute");
    close_scene(&s);
}

static void waterfall_stands_in_place_of_the_threads(void **state)
{
    (void)state;
    struct scene s;
    open_text(&s, twins, 1.95);
    uint32_t lanes = 0, falls = 0;
    s.look.panel = UI_WHOLE;
    s.look.has_waterfall = true;
    draw(&s, s.look.at);
    for (size_t i = 0; i < s.list.count; i++) {
        lanes += s.list.at[i].panel == UI_LANES;
        falls += s.list.at[i].panel == UI_WATERFALL;
    }
    assert_int_equal(lanes, 0);
    assert_true(falls > 0);
    close_scene(&s);
}

// ---- Against the record ----

// What the record has of one request up to a moment.
struct facts {
    uint32_t calls;
    sim_time end, spent[SIM_CAUSES];
};

static void read_facts(const struct sim_run *run, struct ui_pick pick, sim_time at,
                       struct facts *f)
{
    const struct sim_trace *t = sim_run_trace(run);
    *f = (struct facts){ .end = pick.begin };
    for (uint64_t i = 0; i < t->count; i++) {
        const struct sim_trace_record *r = sim_trace_at(t, i);
        bool is_task = r->kind == SIM_TRACE_BEGIN || r->kind == SIM_TRACE_SPAN ||
                       r->kind == SIM_TRACE_END;
        if (!is_task || r->request != pick.number || r->begin > at)
            continue;
        sim_time end = r->end < at ? r->end : at;
        f->end = end > f->end ? end : f->end;
        f->calls += r->kind == SIM_TRACE_BEGIN;
        if (r->kind == SIM_TRACE_SPAN)
            f->spent[r->code] += end - r->begin;
    }
}

static void expect_facts(const struct scene *s, struct ui_pick pick)
{
    struct facts f;
    double drawn[SIM_CAUSES] = { 0 }, whole = 0;
    uint32_t lives = 0;
    read_facts(s->run.result.run, pick, s->look.at, &f);
    for (size_t i = 0; i < s->list.count; i++) {
        const struct ui_command *c = &s->list.at[i];
        if (c->panel != UI_WATERFALL || c->kind != UI_RECT)
            continue;
        lives += strcmp(c->what, "life") == 0;
        for (enum sim_cause k = 0; k < SIM_CAUSES; k++)
            drawn[k] += strcmp(c->what, sim_cause_name(k)) == 0 ? c->w : 0;
        // The axis leads from the first moment to the last, whichever call that is of.
        whole = fmax(whole, strcmp(c->what, "life") == 0 ? c->x + c->w : 0);
    }
    whole -= find(s, "life", 0, 0)->x;
    assert_int_equal(lives, f.calls);
    for (enum sim_cause k = 0; k < SIM_CAUSES; k++) {
        double spent = (double)f.spent[k] / (double)(f.end - pick.begin);
        // A sliver is drawn half a point wide.
        assert_true(fabs(drawn[k] / whole - spent) < 0.5 * f.calls * 4 / whole);
    }
}

// The longest time that a request answered in the second before took, by slots.
static sim_time slowest_on_record(const struct sim_run *run, sim_time at)
{
    const struct sim_trace *t = sim_run_trace(run);
    sim_time to = at / UI_SLOT * UI_SLOT, most = 0;
    for (uint64_t i = 0; i < t->count; i++) {
        const struct sim_trace_record *r = sim_trace_at(t, i);
        if (r->kind == SIM_TRACE_END && sim_run_place(run, r->place).is_client &&
            r->end >= to - SIM_S && r->end < to && r->end - r->begin > most)
            most = r->end - r->begin;
    }
    return most;
}

static void what_is_drawn_is_on_record(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double until;
    } worlds[] = {
        { "retry-storm", 40 },
        { "gil-threads", 15 },
        { "cascade", 25 },
        { "loop-lag", 15 },
    };
    for (size_t i = 0; i < sizeof worlds / sizeof *worlds; i++) {
        struct scene s = { 0 };
        film_shoot(&s.run, worlds[i].name, NULL, worlds[i].until, RECORDS);
        assert_int_equal(sim_trace_first(sim_run_trace(s.run.result.run)), 0);
        init(&s);
        for (double at = 2.07; at < worlds[i].until; at += 3.31) {
            draw(&s, (sim_time)(at * SIM_S));
            struct ui_pick pick = ui_requests_slowest(&s.run.film.requests, s.look.at);
            struct ui_request q = { 0 };
            assert_true(ui_requests_read(&s.run.film.requests, pick, &q));
            assert_int_equal(q.calls[0].end - q.calls[0].begin,
                             slowest_on_record(s.run.result.run, s.look.at));
            ui_request_fini(&q);
            expect_facts(&s, pick);
        }
        close_scene(&s);
    }
}

// A film that keeps what one picture shows draws the same request.
static void late_film_knows_the_same_request(void **state)
{
    (void)state;
    struct scene whole = { 0 }, late = { 0 };
    late.run.keep_from = (sim_time)9 * SIM_S;
    film_shoot(&whole.run, "retry-storm", NULL, 42, RECORDS);
    film_shoot(&late.run, "retry-storm", NULL, 42, RECORDS);
    init(&whole);
    whole.look.at = (sim_time)40 * SIM_S;
    char *x = drawn_text(&whole.run.film, &whole.look);
    char *y = drawn_text(&late.run.film, &whole.look);
    assert_non_null(strstr(x, "waterfall rect life"));
    assert_string_equal(x, y);
    assert_true(late.run.film.requests.line_count < whole.run.film.requests.line_count);
    free(x);
    free(y);
    film_close(&late.run);
    close_scene(&whole);
}

// ---- How they are kept ----

static struct ui_call call(uint32_t parent, sim_time begin)
{
    return (struct ui_call){ .parent = parent, .begin = begin, .end = SIM_NEVER };
}

static void request_is_kept_as_it_was(void **state)
{
    (void)state;
    struct ui_requests r = { 0 };
    struct ui_request q = { 0 };
    uint32_t slot = ui_request_open(&r, 7, call(SIM_NONE, 100));
    uint32_t again = ui_request_call(
        &r, slot,
        (struct ui_call){ .parent = 0, .place = 3, .begin = 120, .is_again = true });
    ui_request_span(&r, slot, (struct ui_span){ again, SIM_IN_GIL, 7, 130, 140 });
    ui_request_span(&r, slot, (struct ui_span){ again, SIM_IN_GIL, 7, 140, 150 });
    ui_request_span(&r, slot, (struct ui_span){ again, SIM_IN_IO, 300, 150, 999999999999 });
    assert_true(ui_requests_read(&r, (struct ui_pick){ 7, 100 }, &q)); // on its way
    assert_int_equal(q.last, SIM_NEVER);
    ui_request_end(&r, slot, 0, SIM_TIMEOUT, false, 160, 0);
    ui_request_end(&r, slot, again, SIM_OK, true, 999999999999, 0);
    assert_true(ui_requests_read(&r, (struct ui_pick){ 7, 100 }, &q));
    assert_int_equal(q.last, 999999999999);
    assert_int_equal(q.call_count, 2);
    assert_int_equal(q.calls[0].parent, SIM_NONE);
    assert_int_equal(q.calls[0].outcome, SIM_TIMEOUT);
    assert_int_equal(q.calls[0].end, 160);
    assert_int_equal(q.calls[1].parent, 0);
    assert_int_equal(q.calls[1].place, 3);
    assert_true(q.calls[1].is_again && q.calls[1].is_abandoned && !q.calls[1].is_branch);
    assert_int_equal(q.span_count, 2);
    assert_int_equal(q.spans[0].cause, SIM_IN_GIL);
    assert_int_equal(q.spans[0].line, 7);
    assert_int_equal(q.spans[1].line, 300);
    assert_int_equal(q.spans[0].begin, 130);
    assert_int_equal(q.spans[0].end, 150);
    assert_int_equal(q.spans[1].end, 999999999999);
    assert_false(ui_requests_read(&r, (struct ui_pick){ 7, 101 }, &q));
    assert_false(ui_requests_read(&r, (struct ui_pick){ 8, 100 }, &q));
    ui_request_fini(&q);
    ui_requests_fini(&r);
}

static void tree_without_end_is_cut(void **state)
{
    (void)state;
    struct ui_requests r = { 0 };
    struct ui_request q = { 0 };
    uint32_t slot = ui_request_open(&r, 1, call(SIM_NONE, 0));
    for (uint32_t i = 1; i < UI_CALLS_MAX; i++)
        assert_int_equal(ui_request_call(&r, slot, call(0, i)), i);
    assert_int_equal(ui_request_call(&r, slot, call(0, 1)), SIM_NONE);
    for (uint32_t i = 0; i < UI_SPANS_MAX + 5; i++)
        ui_request_span(&r, slot, (struct ui_span){ 0, i % 2, 0, i, i + 1 });
    for (uint32_t i = 0; i < UI_CALLS_MAX; i++)
        ui_request_end(&r, slot, i, SIM_OK, false, 100000, 0);
    assert_true(ui_requests_read(&r, (struct ui_pick){ 1, 0 }, &q));
    assert_true(q.is_cut);
    assert_int_equal(q.call_count, UI_CALLS_MAX);
    assert_int_equal(q.span_count, UI_SPANS_MAX);
    assert_false(r.failed);
    ui_request_fini(&q);
    ui_requests_fini(&r);
}

// Many at once, in slots that are used again, across blocks of what is written down.
static void each_of_many_is_found(void **state)
{
    (void)state;
    struct ui_requests r = { 0 };
    struct ui_request q = { 0 };
    uint32_t slots[8];
    for (uint32_t n = 0; n < 200000; n++) {
        uint32_t *slot = &slots[n % 8];
        if (n >= 8)
            ui_request_end(&r, *slot, 0, SIM_OK, false, n * 10, 0);
        *slot = ui_request_open(&r, n, call(SIM_NONE, n * 10));
        ui_request_span(&r, *slot, (struct ui_span){ 0, SIM_IN_IO, 0, n * 10, n * 10 + 7 });
        ui_request_answered(&r, n, n * 10, n * 10 + 7);
    }
    assert_int_equal(r.live_count, 8);
    assert_true(r.block_count > 1);
    for (uint32_t n = 0; n < 200000; n += 7) {
        assert_true(ui_requests_read(&r, (struct ui_pick){ n, n * 10 }, &q));
        assert_int_equal(q.span_count, 1);
        assert_int_equal(q.spans[0].end, n * 10 + 7);
        assert_int_equal(ui_requests_within(&r, n, n * 10 + 20, n * 10 + 30).number, n);
        assert_int_equal(ui_requests_within(&r, n, n * 10 - 9, n * 10 - 1).number,
                         SIM_NONE);
    }
    ui_request_fini(&q);
    ui_requests_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slowest_of_the_moment_is_told_call_by_call),
        cmocka_unit_test(call_stands_under_its_caller),
        cmocka_unit_test(try_in_vain_and_the_patience_after_it_are_seen),
        cmocka_unit_test(each_call_has_the_mark_of_its_end),
        cmocka_unit_test(what_goes_on_ends_at_the_moment),
        cmocka_unit_test(request_is_not_seen_before_it_begins),
        cmocka_unit_test(waterfall_stands_in_place_of_the_threads),
        cmocka_unit_test(what_is_drawn_is_on_record),
        cmocka_unit_test(late_film_knows_the_same_request),
        cmocka_unit_test(request_is_kept_as_it_was),
        cmocka_unit_test(tree_without_end_is_cut),
        cmocka_unit_test(each_of_many_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
