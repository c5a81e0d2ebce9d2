#define _DEFAULT_SOURCE // setenv, open_memstream
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/drawn.h"
#include "tests/ui/window/scene.h"
#include "ui/window/past.h"

// Moments that are not on film any more, against a film that holds all of the same run. Nothing depends on
// how long anything takes.

#define AMPLE ((uint64_t)256 << 20)
#define SCANT ((uint64_t)8 << 20) // of half as much again, and more, that the runs take

static char lists_text[] =
    "scenario('Two tiers', { duration = 480*s })\n"
    "local db = service('db', { cores = 4, executor = threads(8, { queue = 50 }),\n"
    "  handler = native(lognormal { median = 6*ms, p99 = 30*ms }) })\n"
    "local late = service('late', { cores = 1, executor = threads(2), handler = native(1*ms) })\n"
    "local api = service('api', { cores = 2, runtime = cpython '3.12', executor = threads(16),\n"
    "  handler = { python(1*ms), call(db, { retry { max_attempts = 2, base = 10*ms },\n"
    "    timeout(200*ms) }) } })\n"
    "client('users', { target = api, arrivals = poisson(150), timeout(1*s) })\n"
    "client('batch', { target = late, arrivals = poisson(curve {{ 0, 0 }, { 200*s, 0 }, { 201*s, 20 }}) })\n"
    "between(60*s, 70*s, db:slow(8))\n";

static char handlers_text[] =
    "scenario('In Lua', { duration = 480*s })\n"
    "local seen = 0\n"
    "local db = service('db', { cores = 4, executor = threads(8),\n"
    "  handler = native(lognormal { median = 6*ms, p99 = 30*ms }) })\n"
    "local api = service('api', { cores = 2, runtime = cpython '3.12', executor = threads(16),\n"
    "  handler = function(r)\n"
    "    seen = seen + 1\n"
    "    await(python(1*ms))\n"
    "    if seen % 3 ~= 0 then await(call(db, { timeout(200*ms) })) end\n"
    "  end })\n"
    "client('users', { target = api, arrivals = poisson(150), timeout(1*s) })\n";

static void ignore(void *ctx)
{
    (void)ctx;
}

static enum ui_engine_state state_of(struct ui_engine *e)
{
    ui_engine_lock(e);
    enum ui_engine_state state = e->state;
    ui_engine_unlock(e);
    return state;
}

static struct scn_script script_of(char *text)
{
    return (struct scn_script){ .file = "test.lua", .text = text, .length = strlen(text) };
}

static void run(struct ui_engine *e, const struct scn_script *script, uint64_t film_bytes)
{
    struct scn_job job;
    scn_job_default(&job, script);
    assert_true(ui_engine_open(e, &job, film_bytes, ignore, NULL));
    while (state_of(e) < UI_ENGINE_DONE)
        sched_yield();
    assert_string_equal(e->error.text, "");
    assert_string_equal(e->reason, "");
}

// Until what is to be fetched has been, so far that nothing of the picture can change any more.
static void fetch(struct ui_engine *e, sim_time at)
{
    bool is_there = false;
    ui_past_see(e, at);
    while (!is_there) {
        sched_yield();
        ui_past_lock(e);
        const struct ui_engine *past = e->past;
        is_there =
            ui_film_shows(&e->film, at) || (past && past->has_film &&
                                            (past->film.now >= at + 30 * (sim_time)SIM_S ||
                                             past->state == UI_ENGINE_DONE));
        ui_past_unlock(e);
    }
}

static char *picture(struct ui_engine *e, sim_time at, enum ui_panel panel, bool falls)
{
    struct ui_look look;
    ui_look_default(&look);
    look.at = at;
    look.panel = panel;
    look.has_waterfall = falls;
    ui_past_lock(e);
    char *text = drawn_text(ui_past_film(e, at), &look);
    ui_past_unlock(e);
    return text;
}

// One line in place of two whole lists.
static void say_first_difference(const char *x, const char *y, sim_time at)
{
    const char *from = x, *other = y;
    for (; *x && *x == *y; x++, y++) {
        if (*x == '\n') {
            from = x + 1;
            other = y + 1;
        }
    }
    if (*x != *y)
        print_error("at %.6f s:\n%.*s\n%.*s\n", (double)at / SIM_S,
                    (int)strcspn(from, "\n"), from, (int)strcspn(other, "\n"), other);
}

static void expect_same_picture(struct ui_engine *a, struct ui_engine *b, sim_time at)
{
    for (int i = 0; i < 3; i++) {
        enum ui_panel panel = i == 2 ? UI_SCRIPT : UI_WHOLE;
        char *x = picture(a, at, panel, i == 1), *y = picture(b, at, panel, i == 1);
        assert_true(strlen(x) > 2000);
        say_first_difference(x, y, at);
        assert_true(strcmp(x, y) == 0);
        free(x);
        free(y);
    }
}

static uint64_t bytes_of(struct ui_engine *e)
{
    ui_past_lock(e);
    uint64_t bytes = ui_film_bytes(&e->film);
    if (e->past && e->past->has_film)
        bytes += ui_film_bytes(&e->past->film);
    ui_past_unlock(e);
    return bytes;
}

// Forth and back, near and far, to the first moment and to the last.
static void expect_same_past(char *text)
{
    static const double moments[] = { 0,   0.3,  100, 100.005, 101, 65.25, 64,
                                      200, 12.5, 201, 475.5,   480, 5 };
    static struct ui_engine whole, folded;
    struct scn_script script = script_of(text);
    run(&whole, &script, AMPLE);
    run(&folded, &script, SCANT);
    assert_false(whole.is_folded);
    assert_true(folded.is_folded);
    assert_true(ui_film_bytes(&whole.film) > SCANT + SCANT / 4);
    assert_int_equal(whole.digest_count, folded.digest_count);
    assert_true(ui_engine_same_past(&whole, &folded, (sim_time)480 * SIM_S));
    bool any_fetched = false;
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        sim_time at = (sim_time)(moments[i] * SIM_S);
        fetch(&folded, at);
        expect_same_picture(&whole, &folded, at);
        ui_past_lock(&folded);
        any_fetched |= folded.is_joined;
        assert_true(!folded.past || ui_engine_same_past(&whole, folded.past, at));
        assert_true(!folded.past || at < SIM_S || folded.past->digest_count > 0);
        ui_past_unlock(&folded);
        // A second of the run above what each of them may hold.
        assert_true(bytes_of(&folded) < SCANT + SCANT / 8);
    }
    assert_true(any_fetched);
    ui_engine_close(&whole);
    ui_engine_close(&folded);
}

static void what_is_folded_is_fetched_as_it_was(void **state)
{
    (void)state;
    expect_same_past(lists_text);
}

static void handlers_in_lua_go_back_the_same_way(void **state)
{
    (void)state;
    expect_same_past(handlers_text);
}

// Series, flags and verdicts are of the whole run: they need nothing fetched.
static void what_is_told_of_the_whole_run_is_kept(void **state)
{
    (void)state;
    static struct ui_engine whole, folded;
    struct scn_script script = script_of(lists_text);
    run(&whole, &script, AMPLE);
    run(&folded, &script, SCANT);
    const sim_time at = 66 * (sim_time)SIM_S;
    for (int i = 0; i < 2; i++) {
        enum ui_panel panel = i ? UI_STRIP : UI_CHARTS;
        char *x = picture(&whole, at, panel, false);
        char *y = picture(&folded, at, panel, false);
        assert_string_equal(x, y);
        free(x);
        free(y);
    }
    char *topology = picture(&folded, at, UI_TOPOLOGY, false);
    assert_non_null(strstr(topology, "not kept: run again up to 66.000 s"));
    assert_null(strstr(topology, " box 0:")); // no empty boxes, as if nothing had gone on
    free(topology);
    ui_engine_close(&whole);
    ui_engine_close(&folded);
}

// Through the window: from its end back to where nothing is kept, until that is drawn.
static void window_goes_back_to_what_is_folded(void **state)
{
    (void)state;
    struct scene s;
    scene_define(&s, lists_text);
    s.def.film_bytes = SCANT;
    s.def.at = 66 * (sim_time)SIM_S;
    scene_show(&s);
    scene_until_done(&s);
    while (scene_drawn(&s, "folded") || !scene_drawn(&s, "box"))
        scene_step(&s);
    assert_int_equal(scene_player(&s)->at, 66 * (sim_time)SIM_S);
    push_text(","); // to the event before, which is on the film that was fetched
    scene_step(&s);
    assert_in_range(scene_player(&s)->at, 65 * (sim_time)SIM_S, 66 * (sim_time)SIM_S - 1);
    push_key(SDLK_HOME, KMOD_NONE);
    scene_step(&s);
    while (scene_drawn(&s, "folded"))
        scene_step(&s);
    assert_int_equal(scene_player(&s)->at, 0);
    scene_close(&s);
}

static void step_until_done(struct scene *s)
{
    do
        scene_until_done(s);
    while (ui_window_forks(s->window) || scene_drawn(s, "folded"));
}

// What is folded can be forked, both futures go back, side by side too, and undoing gives the first one back.
static void what_if_goes_on_from_what_is_folded(void **state)
{
    (void)state;
    struct scene s;
    scene_define(&s, lists_text);
    s.def.film_bytes = SCANT;
    s.def.at = 66 * (sim_time)SIM_S;
    scene_show(&s);
    step_until_done(&s);
    uint64_t plain = ui_window_digest(s.window);
    push_text("s");
    scene_step(&s);
    push_key(SDLK_RETURN, KMOD_NONE);
    scene_step(&s);
    step_until_done(&s);
    assert_true(ui_window_digest(s.window) != plain);
    assert_non_null(scene_drawn(&s, "ghost"));
    assert_null(strstr(ui_window_differs(s.window), "fault of convoy"));
    push_text("C");
    scene_step(&s);
    step_until_done(&s);
    assert_non_null(scene_drawn(&s, "future"));
    push_text("u");
    scene_step(&s);
    step_until_done(&s);
    assert_true(ui_window_digest(s.window) == plain);
    assert_int_equal(scene_player(&s)->at, 66 * (sim_time)SIM_S);
    scene_close(&s);
}

// "functions": only what throws too often for ThreadSanitizer, as handlers that are functions do.
int main(int argc, char **argv)
{
    setenv("SDL_VIDEODRIVER", "dummy", 1);
    const struct CMUnitTest functions[] = {
        cmocka_unit_test(handlers_in_lua_go_back_the_same_way),
    };
    if (argc > 1 && strcmp(argv[1], "functions") == 0)
        return cmocka_run_group_tests(functions, NULL, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_folded_is_fetched_as_it_was),
        cmocka_unit_test(what_is_told_of_the_whole_run_is_kept),
        cmocka_unit_test(window_goes_back_to_what_is_folded),
        cmocka_unit_test(what_if_goes_on_from_what_is_folded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
