#define _DEFAULT_SOURCE // setenv, open_memstream
#include <inttypes.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <SDL2/SDL.h>
#include <cmocka.h>

#include "tests/support/drawn.h"
#include "ui/window/engine.h"
#include "ui/window/player.h"
#include "ui/window/window.h"

// Another future of a run: faults that are added by hand, at the engine and through the window's
// real loop under SDL's dummy driver. Nothing depends on how long anything takes.

#define AT ((sim_time)7500 * SIM_MS)

static char script_text[] =
    "scenario('Two tiers', { duration = 30*s })\n"
    "local db = service('db', { cores = 4, executor = threads(8, { queue = 50 }),\n"
    "  handler = native(lognormal { median = 6*ms, p99 = 30*ms }) })\n"
    "local api = service('api', { cores = 2, runtime = cpython '3.12', executor = threads(16),\n"
    "  handler = { python(1*ms), call(db, { retry { max_attempts = 2, base = 10*ms },\n"
    "    timeout(200*ms) }) } })\n"
    "client('users', { target = api, arrivals = poisson(150), timeout(1*s) })\n";

static void ignore(void *ctx)
{
    (void)ctx;
}

// ---- Engines ----

static struct scn_script script(void)
{
    return (struct scn_script){ .file = "test.lua",
                                .text = script_text,
                                .length = strlen(script_text) };
}

static struct sim_fault slow_db(void)
{
    return (struct sim_fault){ .kind = SIM_FAULT_SLOW,
                               .target = { 0, SIM_NONE, SIM_NONE },
                               .amount = 8,
                               .begin = AT,
                               .end = AT + 5 * (sim_time)SIM_S,
                               .label = "db slow x8" };
}

static enum ui_engine_state state_of(struct ui_engine *e)
{
    ui_engine_lock(e);
    enum ui_engine_state state = e->state;
    ui_engine_unlock(e);
    return state;
}

static void run_engine(struct ui_engine *e, const struct scn_script *s,
                       const struct sim_fault *added, uint32_t count)
{
    struct scn_job job;
    scn_job_default(&job, s);
    job.added = added;
    job.added_count = count;
    assert_true(ui_engine_open(e, &job, (uint64_t)64 << 20, ignore, NULL));
    while (state_of(e) < UI_ENGINE_DONE)
        sched_yield();
    assert_string_equal(e->error.text, "");
    assert_int_equal(state_of(e), UI_ENGINE_DONE);
}

static void expect_same_picture(const struct ui_engine *a, const struct ui_engine *b,
                                sim_time at)
{
    struct ui_look look;
    ui_look_default(&look);
    look.at = at;
    char *x = drawn_text(&a->film, &look), *y = drawn_text(&b->film, &look);
    assert_string_equal(x, y);
    free(x);
    free(y);
}

static void fork_without_a_change_is_the_same_run(void **state)
{
    (void)state;
    static struct ui_engine a, b;
    struct scn_script s = script();
    run_engine(&a, &s, NULL, 0);
    run_engine(&b, &s, NULL, 0);
    assert_int_equal(a.digest_count, 30);
    assert_true(ui_engine_same_past(&a, &b, (sim_time)30 * SIM_S));
    expect_same_picture(&a, &b, AT);
    expect_same_picture(&a, &b, (sim_time)29 * SIM_S);
    ui_engine_close(&a);
    ui_engine_close(&b);
}

// The past is the same to the last event, and so is who arrives; the rest is not.
static void fault_changes_what_comes_after_it(void **state)
{
    (void)state;
    static struct ui_engine a, b;
    struct scn_script s = script();
    struct sim_fault slow = slow_db();
    run_engine(&a, &s, NULL, 0);
    run_engine(&b, &s, &slow, 1);
    assert_true(ui_engine_same_past(&a, &b, AT));
    assert_false(ui_engine_same_past(&a, &b, AT + (sim_time)SIM_S));
    assert_int_equal(b.film.flag_count, a.film.flag_count + 1);
    assert_string_equal(b.film.fault_labels[b.film.flags[0].fault], "db slow x8");
    assert_int_equal(b.film.flags[0].begin, AT);
    assert_int_equal(b.film.flags[0].end, slow.end);
    assert_int_equal(a.film.row_count, b.film.row_count);
    for (size_t i = 0; i < a.film.row_count; i++)
        assert_true(a.film.rows[i].offered == b.film.rows[i].offered);
    // Four cores that take at least 8 times 6 ms a request finish 83 a second at most, of 150.
    assert_true(b.film.rows[10].ok < 84 && a.film.rows[10].ok > 110);
    ui_engine_close(&a);
    ui_engine_close(&b);
}

// All replicas that there will ever be are made at the start; nobody knows of them until they come.
static void past_knows_of_no_replica_to_come(void **state)
{
    (void)state;
    static struct ui_engine a, b;
    struct scn_script s = script();
    struct sim_fault f[] = { slow_db(), slow_db() };
    f[0].kind = SIM_FAULT_SCALE;
    f[0].target.service = f[1].target.service = 1;
    f[0].amount = 3;
    f[1].kind = SIM_FAULT_DEPLOY;
    f[1].rollout = (struct sim_rollout){ .surge = 1, .startup = 100 * (sim_time)SIM_MS };
    run_engine(&a, &s, NULL, 0);
    for (int i = 0; i < 2; i++) {
        run_engine(&b, &s, &f[i], 1);
        assert_true(ui_engine_same_past(&a, &b, AT));
        assert_false(ui_engine_same_past(&a, &b, AT + 5 * (sim_time)SIM_S));
        ui_engine_close(&b);
    }
    ui_engine_close(&a);
}

// What is added by hand is what the script could have said.
static void added_fault_is_the_words_of_the_language(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        enum sim_fault_kind kind;
        double amount;
    } faults[] = {
        { "slow(8)", SIM_FAULT_SLOW, 8 },
        { "fail(0.5)", SIM_FAULT_FAIL, 0.5 },
        { "crash()", SIM_FAULT_CRASH, 0 },
        { "pause()", SIM_FAULT_PAUSE, 0 },
        { "stop()", SIM_FAULT_STOP, 0 },
        { "drop(0.2)", SIM_FAULT_DROP, 0.2 },
        { "latency(50*ms)", SIM_FAULT_LATENCY, 0.05 },
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        static struct ui_engine said, added;
        char text[2000];
        struct scn_script s = script(), with = script();
        struct sim_fault f = slow_db();
        snprintf(text, sizeof text, "%sbetween(7.5*s, 12.5*s, db:%s)\n", script_text,
                 faults[i].word);
        with.text = text;
        with.length = strlen(text);
        f.kind = faults[i].kind;
        f.amount = faults[i].amount;
        run_engine(&said, &with, NULL, 0);
        run_engine(&added, &s, &f, 1);
        assert_true(ui_engine_same_past(&said, &added, (sim_time)30 * SIM_S));
        ui_engine_close(&said);
        ui_engine_close(&added);
    }
}

// ---- Knobs ----

static char knobs_text[] =
    "scenario('Knobs', { duration = 30*s })\n"
    "local rate = knob('rate', 150, { min = 10, max = 600 })\n"
    "local work = knob('work', 6*ms, { min = 0, max = 1 })\n"
    "local wait = knob('wait', 200*ms, { min = 1*ms, max = 10 })\n"
    "local tries = knob('tries', 3, { min = 1, max = 6 })\n"
    "local workers = knob('workers', 8, { min = 1, max = 100 })\n"
    "local db = service('db', { cores = 4, executor = threads(workers, { queue = 50 }),\n"
    "  handler = native(lognormal { median = work, p99 = 5*work }) })\n"
    "local api = service('api', { cores = 2, runtime = cpython '3.12', executor = threads(16),\n"
    "  handler = { python(1*ms), call(db, { retry { max_attempts = tries, base = 10*ms },\n"
    "    timeout(wait) }) } })\n"
    "client('users', { target = api, arrivals = poisson(rate), timeout(1*s) })\n";

static struct scn_script knobs(void)
{
    return (struct scn_script){ .file = "test.lua",
                                .text = knobs_text,
                                .length = strlen(knobs_text) };
}

static struct sim_fault turn(const char *knob, double to, sim_time at)
{
    struct sim_fault f = {
        .kind = SIM_FAULT_TURN, .amount = to, .begin = at, .end = SIM_NEVER
    };
    snprintf(f.from, sizeof f.from, "%s", knob);
    return f;
}

// All that users and calls did, second by second: the digest also knows of the turns themselves.
static void expect_same_rows(const struct ui_engine *a, const struct ui_engine *b)
{
    assert_int_equal(a->film.row_count, 30);
    assert_int_equal(b->film.row_count, 30);
    assert_memory_equal(a->film.rows, b->film.rows, 30 * sizeof *a->film.rows);
}

static void rate_is_turned_from_a_moment_on(void **state)
{
    (void)state;
    static struct ui_engine a, b;
    struct scn_script s = knobs();
    struct sim_fault f = turn("rate", 300, (sim_time)10 * SIM_S);
    run_engine(&a, &s, NULL, 0);
    run_engine(&b, &s, &f, 1);
    assert_true(ui_engine_same_past(&a, &b, f.begin));
    double before = 0, behind = 0;
    for (size_t i = 0; i < 10; i++)
        before += b.film.rows[i].offered / 10;
    for (size_t i = 10; i < 30; i++)
        behind += b.film.rows[i].offered / 20;
    // Four standard deviations of a Poisson count.
    assert_true(before > 150 - 16 && before < 150 + 16);
    assert_true(behind > 300 - 16 && behind < 300 + 16);
    ui_engine_close(&a);
    ui_engine_close(&b);
}

// Each knob that stands for numbers is turned to where it stands, and nothing happens.
static void knob_that_is_not_turned_changes_nothing(void **state)
{
    (void)state;
    static struct ui_engine a, b;
    struct scn_script s = knobs();
    struct sim_fault f[] = { turn("rate", 150, AT), turn("work", 0.006, AT + 1),
                             turn("wait", 0.2, AT + 2), turn("tries", 3, AT + 3) };
    run_engine(&a, &s, NULL, 0);
    run_engine(&b, &s, f, 4);
    expect_same_rows(&a, &b);
    ui_engine_close(&a);
    ui_engine_close(&b);
}

// A run of which everything is turned at once at its start is the run that begins so.
static void turn_at_the_start_is_a_setting(void **state)
{
    (void)state;
    static struct ui_engine a, b;
    struct scn_script s = knobs();
    struct sim_fault f[] = { turn("work", 0.012, 0), turn("wait", 0.05, 0),
                             turn("tries", 2, 0) };
    struct scn_setting settings[] = { { "work", "12ms" },
                                      { "wait", "50ms" },
                                      { "tries", "2" } };
    struct scn_job job;
    scn_job_default(&job, &s);
    job.settings = settings;
    job.setting_count = 3;
    assert_true(ui_engine_open(&a, &job, (uint64_t)64 << 20, ignore, NULL));
    while (state_of(&a) < UI_ENGINE_DONE)
        sched_yield();
    run_engine(&b, &s, f, 3);
    expect_same_rows(&a, &b);
    ui_engine_close(&a);
    ui_engine_close(&b);
}

// Turned away and back again: from there on the new arrivals are as they were, for arrivals are drawn
// from a stream of their own. And what was thought of first may happen last.
static void later_turn_is_the_stronger_one(void **state)
{
    (void)state;
    static struct ui_engine a, b;
    struct scn_script s = knobs();
    struct sim_fault f[] = { turn("rate", 300, AT), turn("work", 0.001, AT - SIM_S),
                             turn("rate", 50, AT + SIM_S),
                             turn("rate", 600, AT + 2 * (sim_time)SIM_S) };
    struct sim_fault g[] = { f[3], f[2], f[0], f[1] };
    run_engine(&a, &s, f, 4);
    run_engine(&b, &s, g, 4);
    expect_same_rows(&a, &b);
    double rate = 0;
    for (size_t i = 12; i < 28; i++)
        rate += a.film.rows[i].offered / 16;
    assert_true(rate > 600 - 25 && rate < 600 + 25);
    ui_engine_close(&a);
    ui_engine_close(&b);
}

// Timeouts that were armed before the turn come due later than those armed behind it, and each comes
// due in its turn: while all of the database is paused, api waits for an answer for just so long, and
// what is recorded stays in the order of time.
static void timeout_that_is_turned_down_comes_due_in_time(void **state)
{
    (void)state;
    struct scn_script s = knobs();
    struct sim_fault f[] = { slow_db(), turn("wait", 0.01, AT + 100 * (sim_time)SIM_MS) };
    struct scn_result result;
    struct scn_job job;
    f[0].kind = SIM_FAULT_PAUSE;
    scn_job_default(&job, &s);
    job.added = f;
    job.added_count = 2;
    job.trace_records = 1u << 20;
    scn_run(&job, &result);
    assert_int_equal(result.end, SCN_DONE);
    const struct sim_trace *trace = sim_run_trace(result.run);
    uint64_t old_ones = 0, new_ones = 0;
    sim_time last = 0;
    assert_int_equal(sim_trace_first(trace), 0);
    for (uint64_t i = 0; i < trace->count; i++) {
        const struct sim_trace_record *r = sim_trace_at(trace, i);
        bool is_wait = r->kind == SIM_TRACE_SPAN && r->code == SIM_IN_DEPENDENCY;
        if (!is_wait || r->place != 1 || r->begin < AT || r->end >= f[0].end)
            continue;
        assert_true(r->end >= last);
        last = r->end;
        sim_time wanted = (r->begin < f[1].begin ? 200 : 10) * (sim_time)SIM_MS;
        assert_true(r->end - r->begin == wanted || r->end == r->begin);
        old_ones += r->end > f[1].begin && wanted > 10 * (sim_time)SIM_MS;
        new_ones += r->end - r->begin == 10 * (sim_time)SIM_MS;
    }
    assert_true(old_ones >= 5 && new_ones > 20);
    scn_result_close(&result);
}

static void expect_refused(const struct scn_script *s, struct sim_fault f, const char *why)
{
    static struct ui_engine e;
    struct scn_job job;
    scn_job_default(&job, s);
    job.added = &f;
    job.added_count = 1;
    assert_true(ui_engine_open(&e, &job, (uint64_t)64 << 20, ignore, NULL));
    while (state_of(&e) < UI_ENGINE_DONE)
        sched_yield();
    assert_int_equal(state_of(&e), UI_ENGINE_FAILED);
    assert_non_null(strstr(e.error.text, why));
    ui_engine_close(&e);
}

static void what_cannot_be_turned_is_refused(void **state)
{
    (void)state;
    char text[1200];
    struct scn_script s = knobs(), with = s;
    expect_refused(
        &s, turn("workers", 9, AT),
        "workers: it changes the services, which cannot be done while the run goes on");
    expect_refused(&s, turn("rates", 9, AT), "there is no knob \"rates\"");
    expect_refused(&s, turn("rate", 601, AT), "expected 10 to 600");
    snprintf(text, sizeof text,
             "scenario('F', { duration = 30*s })\nlocal rate = knob('rate', 5)\n"
             "local a = service('a', { handler = function(r) sleep(1*ms) end })\n"
             "client('u', { target = a, arrivals = poisson(rate) })\n");
    with.text = text;
    with.length = strlen(text);
    expect_refused(
        &with, turn("rate", 6, AT),
        "rate: a handler that is a function keeps the knobs that it was made with");
}

// ---- The window ----

struct scene {
    struct scn_script script;
    struct ui_window *window;
};

static void step(struct scene *s)
{
    assert_true(ui_window_step(s->window, 20));
}

static void settle(struct scene *s)
{
    do {
        step(s);
        assert_string_equal(ui_window_reason(s->window), "");
    } while (ui_window_forks(s->window) || ui_window_state(s->window) != UI_WINDOW_DONE);
    for (int i = 0; i < 3; i++)
        step(s); // what was under way
}

static void open_script(struct scene *s, struct scn_script text)
{
    struct ui_window_def def;
    char message[300] = "";
    s->script = text;
    ui_window_default(&def, &s->script);
    def.at = AT;
    s->window = ui_window_open(&def, message, sizeof message);
    assert_string_equal(message, "");
    assert_non_null(s->window);
    settle(s);
}

static void open_scene(struct scene *s)
{
    open_script(s, script());
}

static void press(struct scene *s, SDL_Keycode code)
{
    SDL_Event e = { .type = SDL_KEYDOWN };
    e.key.keysym.sym = code;
    SDL_PushEvent(&e);
    settle(s);
}

static void type(struct scene *s, const char *typed)
{
    SDL_Event e = { .type = SDL_TEXTINPUT };
    snprintf(e.text.text, sizeof e.text.text, "%s", typed);
    SDL_PushEvent(&e);
    settle(s);
}

static size_t count_drawn(const struct scene *s, const char *what)
{
    const struct ui_list *l = ui_window_drawn(s->window);
    size_t n = 0;
    for (size_t i = 0; i < l->count; i++)
        n += strcmp(l->at[i].what, what) == 0;
    return n;
}

static void fault_is_fired_by_keys_and_taken_back(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s);
    uint64_t plain = ui_window_digest(s.window);
    assert_int_equal(count_drawn(&s, "ghost"), 0);
    type(&s, "1");
    type(&s, "s");
    assert_true(count_drawn(&s, "choice") > 10);
    press(&s, SDLK_RETURN);
    assert_int_equal(count_drawn(&s, "choice"), 0);
    assert_string_equal(ui_window_differs(s.window),
                        "with db slow x8 from 7.5 s for 5 s; dashed: without");
    assert_true(count_drawn(&s, "ghost") > 0);
    assert_int_equal(ui_window_player(s.window)->at, AT);
    uint64_t slow = ui_window_digest(s.window);
    assert_true(slow != plain);
    type(&s, "c");
    assert_string_equal(ui_window_differs(s.window),
                        "without db slow x8 from 7.5 s for 5 s; dashed: with");
    assert_true(ui_window_digest(s.window) == plain);
    type(&s, "c");
    assert_true(ui_window_digest(s.window) == slow);
    type(&s, "u");
    assert_string_equal(ui_window_differs(s.window), "");
    assert_true(ui_window_digest(s.window) == plain);
    assert_int_equal(count_drawn(&s, "ghost"), 0);
    ui_window_close(s.window);
}

// Faults are taken back one by one, the last first, also where the run without has to be made again.
static void several_faults_are_taken_back_in_turn(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s);
    uint64_t digests[3] = { ui_window_digest(s.window) };
    type(&s, "s");
    press(&s, SDLK_RETURN);
    digests[1] = ui_window_digest(s.window);
    type(&s, ">");
    type(&s, "k");
    press(&s, SDLK_RETURN);
    digests[2] = ui_window_digest(s.window);
    assert_true(digests[2] != digests[1] && digests[1] != digests[0]);
    type(&s, "u");
    assert_true(ui_window_digest(s.window) == digests[1]);
    type(&s, "u");
    assert_true(ui_window_digest(s.window) == digests[0]);
    type(&s, "u");
    assert_string_equal(ui_window_note(s.window), "nothing has been changed");
    ui_window_close(s.window);
}

static void reset_takes_all_back(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s);
    uint64_t plain = ui_window_digest(s.window);
    type(&s, "s");
    press(&s, SDLK_RETURN);
    type(&s, "d");
    press(&s, SDLK_RETURN);
    type(&s, "r");
    assert_true(ui_window_digest(s.window) == plain);
    assert_string_equal(ui_window_differs(s.window), "");
    assert_true(ui_window_player(s.window)->at < AT);
    ui_window_close(s.window);
}

// Which knob, and to what: the range of rate in six steps, of which the fifth is 400.
static void knob_is_turned_by_keys(void **state)
{
    (void)state;
    struct scene s;
    open_script(&s, knobs());
    type(&s, "v");
    press(&s, SDLK_DOWN);
    press(&s, SDLK_DOWN);
    press(&s, SDLK_RIGHT);
    press(&s, SDLK_RIGHT);
    press(&s, SDLK_RETURN);
    assert_string_equal(ui_window_differs(s.window),
                        "with rate = 400 from 7.5 s; dashed: without");
    assert_true(count_drawn(&s, "ghost") > 0);
    assert_true(count_drawn(&s, "flag") > 0);
    assert_int_equal(count_drawn(&s, "fault"), 0); // nothing is wrong
    ui_window_close(s.window);
}

// What cannot be turned is said, and the run that is seen stays.
static void turn_that_is_refused_is_told(void **state)
{
    (void)state;
    struct scene s;
    open_script(&s, knobs());
    uint64_t plain = ui_window_digest(s.window);
    type(&s, "v");
    press(&s, SDLK_DOWN);
    press(&s, SDLK_LEFT);
    press(&s, SDLK_RETURN);
    assert_string_equal(
        ui_window_note(s.window),
        "that cannot be: workers: it changes the services, which cannot be done "
        "while the run goes on");
    assert_true(ui_window_digest(s.window) == plain);
    assert_string_equal(ui_window_differs(s.window), "");
    ui_window_close(s.window);
}

static void other_future_is_asked_for_in_vain(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s);
    type(&s, "c");
    assert_string_equal(ui_window_note(s.window),
                        "there is no other future: f makes a fault ready");
    ui_window_close(s.window);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fork_without_a_change_is_the_same_run),
        cmocka_unit_test(fault_changes_what_comes_after_it),
        cmocka_unit_test(past_knows_of_no_replica_to_come),
        cmocka_unit_test(added_fault_is_the_words_of_the_language),
        cmocka_unit_test(rate_is_turned_from_a_moment_on),
        cmocka_unit_test(knob_that_is_not_turned_changes_nothing),
        cmocka_unit_test(turn_at_the_start_is_a_setting),
        cmocka_unit_test(later_turn_is_the_stronger_one),
        cmocka_unit_test(timeout_that_is_turned_down_comes_due_in_time),
        cmocka_unit_test(what_cannot_be_turned_is_refused),
        cmocka_unit_test(fault_is_fired_by_keys_and_taken_back),
        cmocka_unit_test(several_faults_are_taken_back_in_turn),
        cmocka_unit_test(reset_takes_all_back),
        cmocka_unit_test(knob_is_turned_by_keys),
        cmocka_unit_test(turn_that_is_refused_is_told),
        cmocka_unit_test(other_future_is_asked_for_in_vain),
    };
    setenv("SDL_VIDEODRIVER", "dummy", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
