#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/report/chrome.h"
#include "tests/sim/report/memory_sink.h"
#include "tests/support/trace_reader.h"
#include "tests/support/worlds.h"

static struct memory_sink written(const struct sim_run *run, const struct sim_fault *faults,
                                  uint32_t n)
{
    struct memory_sink text;
    struct sim_sink sink = memory_sink(&text);
    assert_true(sim_chrome_write(&(struct sim_chrome){ run, faults, n, 7 }, &sink));
    return text;
}

// ---- A world in which everything happens ----

#define FAULTS 7

// Clients, one open, one closed; an interpreter with threads, a line of limited length and
// patience, calls with timeouts and retries, branches; a database that is slow.
static struct sim_model *busy_model(void)
{
    struct sim_model *m = world_open(1);
    struct sim_retry retry = fixed_retry(3, 0.005);
    struct sim_call_def told = call_def("db");
    told.cancel = true;
    uint32_t query = with_timeout(m, 0.03, do_call_as(m, &told));
    uint32_t both = with_timeout(m, 0.02, do_gather(m, 0, STEPS(query, do_io(m, 0.004))));
    uint32_t first = do_gather(m, 1, STEPS(do_call(m, "db"), do_native(m, 0.001)));
    uint32_t handler = do_list(
        m, STEPS(do_python(m, 0.002), with_retry(m, &retry, do_mix(m, 0.5, both, first)),
                 do_try_any(m, query, do_native(m, 0.0005)), do_python(m, 0.007)));
    struct sim_service_def api = service_def("api", 4);
    api.replicas = 2;
    api.has_runtime = true;
    api.runtime = usual_gil();
    api.executor.capacity = 6;
    api.executor.max_wait = number(m, 0.06);
    add_service(m, &api, handler);
    struct sim_service_def db = service_def("db", 3);
    db.executor.capacity = 4;
    db.executor.drop_expired = true;
    add_service(m, &db, do_native(m, 0.006));
    sim_model_link(m, &(struct sim_link_def){ "", "db", number(m, 0.0003), 0 });
    add_client(m, "users", poisson(m, 150),
               with_timeout(m, 0.1, with_retry(m, &retry, do_call(m, "api"))));
    add_client(m, "batch", closed(m, 3, sim_dist_exponential(0.02)), do_call(m, "api"));
    world_seal(m);
    return m;
}

static struct sim_fault fault(const struct sim_model *m, enum sim_fault_kind kind,
                              const char *service, double begin, double end, double amount)
{
    struct sim_fault f = { .kind = kind,
                           .amount = amount,
                           .begin = (sim_time)(begin * SIM_S),
                           .end = end > 0 ? (sim_time)(end * SIM_S) : SIM_NEVER };
    f.target =
        (struct sim_target){ sim_model_find_service(m, service), SIM_NONE, SIM_NONE };
    snprintf(f.label, sizeof f.label, "%s %s", service, sim_fault_name(kind));
    return f;
}

static void make_faults(const struct sim_model *m, struct sim_fault faults[FAULTS])
{
    faults[0] = fault(m, SIM_FAULT_SLOW, "db", 0.2, 0.4, 4);
    faults[1] = fault(m, SIM_FAULT_CRASH, "api", 0.45, 0.5, 0);
    faults[1].target.replica = 1;
    faults[2] = fault(m, SIM_FAULT_PAUSE, "api", 0.55, 0.6, 0);
    faults[3] = fault(m, SIM_FAULT_DROP, "db", 0.65, 0.75, 0.3);
    faults[4] = fault(m, SIM_FAULT_RESTART, "db", 0.3, 0, 0);
    faults[4].every = SIM_S / 4;
    faults[5] = fault(m, SIM_FAULT_FAIL, "db", 0.9, 0, 0.2);
    faults[6] = fault(m, SIM_FAULT_RESTART, "api", 0.5, 0, 0);
}

struct busy {
    struct sim_model *model;
    struct sim_fault faults[FAULTS];
    struct sim_run *run;
    struct memory_sink text;
};

static struct sim_run *run_busy(struct sim_model *m, const struct sim_fault *faults,
                                uint32_t records)
{
    struct sim_run *run = run_open(m, 11, records);
    struct sim_schedule s;
    assert_true(sim_schedule_init(&s, faults, FAULTS));
    assert_int_equal(sim_schedule_run(&s, run, SIM_NEVER), SIM_FINISHED);
    sim_run_finish(run);
    sim_schedule_fini(&s);
    return run;
}

static void open_busy(struct busy *b, uint32_t records)
{
    b->model = busy_model();
    make_faults(b->model, b->faults);
    b->run = run_busy(b->model, b->faults, records);
    b->text = written(b->run, b->faults, FAULTS);
}

static void close_busy(struct busy *b)
{
    free(b->text.text);
    sim_run_close(b->run);
    sim_model_close(b->model);
}

static void assert_sound(struct trace *t, struct memory_sink text)
{
    if (!trace_read(t, text.text, text.n))
        fail_msg("%zu complaints:\n%s", t->complained, t->complaints);
}

// ---- Whole traces ----

static void whole_trace_holds_together(void **state)
{
    (void)state;
    struct busy b;
    struct trace t;
    open_busy(&b, 1 << 17);
    assert_sound(&t, b.text);
    assert_int_equal(t.lost, 0);
    assert_int_equal(t.cut, 0);
    // The world is rich enough to say something.
    assert_true(t.slice_count > 1000 && t.flow_count > 600 && t.wait_count > 100);
    assert_true(t.counters > t.wait_count);
    trace_free(&t);
    close_busy(&b);
}

static bool ended_so(const struct trace_slice *s, const char *outcome)
{
    return s->is_visit && json_is(s->outcome, outcome);
}

// Slices of that category in a process with that outcome.
static int64_t count_ended(const struct trace *t, const char *process, const char *category,
                           const char *outcome)
{
    uint64_t pid = trace_process(t, process);
    int64_t n = 0;
    assert_true(pid > 0);
    for (size_t i = 0; i < t->slice_count; i++)
        n += t->slices[i].pid == pid && json_is(t->slices[i].category, category) &&
             ended_so(&t->slices[i], outcome);
    return n;
}

// The meters leave out branches: a gathering task waits for them meanwhile.
static int64_t time_of_cause(const struct trace *t, const char *process, const char *cause)
{
    uint64_t pid = trace_process(t, process);
    int64_t ns = 0;
    for (size_t i = 0; i < t->slice_count; i++) {
        const struct trace_slice *s = &t->slices[i];
        bool is_cause = json_is(s->category, "cause") && json_is(s->name, cause);
        if (s->pid == pid && is_cause && !json_is(s->outer->category, "branch"))
            ns += s->end - s->begin;
        if (s->pid == pid && s->is_visit && strcmp(cause, "queue") == 0)
            ns += s->waited;
    }
    return ns;
}

static int64_t count_abandoned(const struct trace *t, const char *process)
{
    uint64_t pid = trace_process(t, process);
    int64_t n = 0;
    for (size_t i = 0; i < t->slice_count; i++)
        n += t->slices[i].pid == pid && t->slices[i].is_abandoned &&
             !json_is(t->slices[i].outcome, "cancelled") &&
             json_is(t->slices[i].category, "visit");
    return n;
}

static void check_against(const struct trace *t, const struct sim_meter *m,
                          const char *process, const char *category)
{
    for (int o = 0; o < SIM_OUTCOMES; o++)
        assert_int_equal(
            count_ended(t, process, category, sim_outcome_name((enum sim_outcome)o)),
            m->counts[SIM_ENDED + o]);
    assert_int_equal(count_abandoned(t, process), m->counts[SIM_GHOSTS]);
    for (int c = 0; c < SIM_CAUSES; c++)
        assert_int_equal(time_of_cause(t, process, sim_cause_name((enum sim_cause)c)),
                         m->counts[SIM_TIME + c]);
}

static void slices_are_what_the_meters_counted(void **state)
{
    (void)state;
    struct busy b;
    struct trace t;
    open_busy(&b, 1 << 17);
    assert_sound(&t, b.text);
    check_against(&t, sim_run_client_meter(b.run, 0), "users", "request");
    check_against(&t, sim_run_client_meter(b.run, 1), "batch", "request");
    check_against(&t, sim_run_replica_meter(b.run, 0, 0), "api[1]", "visit");
    check_against(&t, sim_run_replica_meter(b.run, 0, 1), "api[2]", "visit");
    check_against(&t, sim_run_replica_meter(b.run, 1, 0), "db", "visit");
    trace_free(&t);
    close_busy(&b);
}

static void no_place_shows_more_workers_than_it_has(void **state)
{
    (void)state;
    struct busy b;
    struct trace t;
    open_busy(&b, 1 << 17);
    assert_sound(&t, b.text);
    size_t workers = 0;
    for (size_t i = 0; i < t.name_count; i++)
        workers += t.names[i].tid != 0 && t.names[i].name->size > 7 &&
                   memcmp(t.names[i].name->text, "worker ", 7) == 0;
    assert_int_equal(workers, 4 + 4 + 3);
    trace_free(&t);
    close_busy(&b);
}

static void faults_last_as_long_as_they_did(void **state)
{
    (void)state;
    struct busy b;
    struct trace t;
    open_busy(&b, 1 << 17);
    assert_sound(&t, b.text);
    const struct {
        const char *name;
        double begin, end;
    } wanted[] = {
        { "db slow", 0.2, 0.4 },      { "db restart", 0.3, 0.3 },
        { "api crash", 0.45, 0.5 },   { "api pause", 0.55, 0.6 },
        { "db restart", 0.55, 0.55 }, { "db drop", 0.65, 0.75 },
        { "db restart", 0.8, 0.8 },   { "db fail", 0.9, 1 },
        { "api restart", 0.5, 0.5 },
    };
    size_t n = 0, count = sizeof wanted / sizeof *wanted;
    for (size_t i = 0; i < t.slice_count; i++) {
        const struct trace_slice *s = &t.slices[i];
        if (!s->is_fault)
            continue;
        size_t w = 0;
        while (w < count && !(json_is(s->name, wanted[w].name) &&
                              s->begin == (int64_t)(wanted[w].begin * SIM_S) &&
                              s->end == (int64_t)(wanted[w].end * SIM_S)))
            w++;
        assert_true(w < count);
        n++;
    }
    assert_int_equal(n, count);
    trace_free(&t);
    close_busy(&b);
}

static void the_same_run_writes_the_same_text(void **state)
{
    (void)state;
    struct busy a, b;
    open_busy(&a, 1 << 17);
    open_busy(&b, 1 << 17);
    assert_int_equal(a.text.n, b.text.n);
    assert_memory_equal(a.text.text, b.text.text, a.text.n);
    close_busy(&a);
    close_busy(&b);
}

static void tracing_changes_nothing_else(void **state)
{
    (void)state;
    struct sim_model *m = busy_model();
    struct sim_fault faults[FAULTS];
    make_faults(m, faults);
    struct sim_run *off = run_busy(m, faults, 0);
    struct sim_run *on = run_busy(m, faults, 1 << 17);
    struct sim_run *small = run_busy(m, faults, 100);
    assert_int_equal(sim_run_digest(on), sim_run_digest(off));
    assert_int_equal(sim_run_digest(small), sim_run_digest(off));
    struct memory_sink t;
    struct sim_sink sink = memory_sink(&t);
    assert_false(sim_chrome_write(&(struct sim_chrome){ .run = off }, &sink));
    assert_int_equal(t.n, 0);
    free(t.text);
    sim_run_close(off);
    sim_run_close(on);
    sim_run_close(small);
    sim_model_close(m);
}

// ---- Traces that have lost their beginning ----

static void what_is_left_holds_together_whatever_is_lost(void **state)
{
    (void)state;
    for (uint32_t records = 1; records <= 1 << 11; records *= 2) {
        struct busy b;
        struct trace t;
        open_busy(&b, records);
        assert_sound(&t, b.text);
        assert_true(sim_run_trace(b.run)->count > records);
        assert_int_equal(t.lost, sim_run_trace(b.run)->count - records);
        assert_int_equal(t.marks, 1);
        trace_free(&t);
        close_busy(&b);
    }
}

// Three requests at once, a worker for one. The record keeps the last of it: the third visit
// gets the worker, the second request ends, then the third visit and the third request. Both
// requests began before, so they are left out; of the visit all is known but who called it.
static void visits_without_beginning_are_counted(void **state)
{
    (void)state;
    struct sim_model *m = world_open(10);
    add_plain(m, "api", 1, do_io(m, 1));
    add_client(m, "users", burst(3, SIM_S), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_open(m, 1, 8);
    sim_run_until(run, SIM_NEVER);
    sim_run_finish(run);
    struct memory_sink text = written(run, NULL, 0);
    struct trace t;
    assert_sound(&t, text);
    assert_int_equal(t.cut, 2);
    assert_int_equal(count_ended(&t, "api", "visit", "ok"), 1);
    assert_int_equal(count_ended(&t, "users", "request", "ok"), 0);
    assert_int_equal(t.flow_count, 0);
    trace_free(&t);
    free(text.text);
    sim_run_close(run);
    sim_model_close(m);
}

// ---- Much at one instant ----

// No link, no wait and no refusal takes time, and all work is of one length: calls, answers,
// ends and beginnings fall together.
static void things_at_one_instant_keep_their_order(void **state)
{
    (void)state;
    struct sim_model *m = world_open(1);
    struct sim_retry retry = fixed_retry(3, 0);
    uint32_t nothing = do_list(m, 0, NULL);
    add_plain(m, "echo", 1, nothing);
    struct sim_service_def narrow = service_def("narrow", 1);
    narrow.executor.capacity = 1;
    add_service(m, &narrow,
                do_list(m, STEPS(do_call(m, "echo"), do_io(m, 0.01), do_call(m, "echo"))));
    uint32_t twice = do_times(m, 2, with_retry(m, &retry, do_call(m, "narrow")));
    add_client(m, "users", steady(m, 100),
               do_gather(m, 0, STEPS(twice, do_try_any(m, do_call(m, "narrow"), nothing))));
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);
    struct memory_sink text = written(run, NULL, 0);
    struct trace t;
    assert_sound(&t, text);
    assert_true(count_ended(&t, "narrow", "visit", "rejected") > 100);
    assert_true(count_ended(&t, "echo", "visit", "ok") > 100);
    trace_free(&t);
    free(text.text);
    sim_run_close(run);
    sim_model_close(m);
}

// ---- Names ----

static void names_of_any_bytes_are_good_json(void **state)
{
    (void)state;
    struct sim_model *m = world_open(1);
    add_plain(m, "a\"b\\c\n\x01\xff\xc3\xa9", 1, do_io(m, 0.1));
    add_client(m, "users", burst(1, 0), do_call(m, "a\"b\\c\n\x01\xff\xc3\xa9"));
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);
    struct memory_sink text = written(run, NULL, 0);
    struct trace t;
    assert_sound(&t, text);
    assert_true(trace_process(&t, "a\\\"b\\\\c\\n\\u0001\xef\xbf\xbd\xc3\xa9") > 0);
    trace_free(&t);
    free(text.text);
    sim_run_close(run);
    sim_model_close(m);
}

// ---- The reader itself: it must see what is broken ----

// In the nth event whose line holds `with`, puts `to` in the place of `from`; without `from` the
// whole line goes.
struct plant {
    const char *rule, *with;
    int nth;
    const char *from, *to;
};

static char *line_with(char *text, const char *with, int nth)
{
    char *at = text;
    for (int i = 0; i < nth; i++) {
        at = strstr(at, with);
        assert_non_null(at);
        at += i + 1 < nth;
    }
    while (at > text && at[-1] != '\n')
        at--;
    return at;
}

static struct memory_sink broken(struct memory_sink sound, const struct plant *p)
{
    struct memory_sink t;
    memory_sink(&t);
    char *line = line_with(sound.text, p->with, p->nth);
    char *from = p->from ? strstr(line, p->from) : line;
    assert_non_null(from);
    size_t n = p->from ? strlen(p->from) : (size_t)(strchr(line, '\n') + 1 - line);
    assert_true(!p->from || from < strchr(line, '\n'));
    memory_put(&t, sound.text, (size_t)(from - sound.text));
    memory_put(&t, p->to, strlen(p->to));
    memory_put(&t, from + n, sound.n - (size_t)(from - sound.text) - n);
    return t;
}

static void reader_names_every_planted_error(void **state)
{
    (void)state;
    static const struct plant plants[] = {
        { "format", "\"ph\":\"X\"", 1, "\"ph\"", "ph" },
        { "format", "\"ph\":\"X\"", 1, "\"ph\":\"X\"", "\"ph\":\"Q\"" },
        { "format", "\"cat\":\"cause\"", 1, "\"cat\":\"cause\"", "\"cat\":\"other\"" },
        { "format", "\"cat\":\"visit\"", 2, "\"id\":", "\"no\":" },
        { "format", "\"ph\":\"C\"", 3, ".",
          "."
          "0" },
        { "order", "\"ph\":\"C\"", 9, "\"ts\":", "\"ts\":9" },
        { "order", "\"ph\":\"X\"", 99, "\"ts\":", "\"ts\":0.000,\"was\":" },
        { "names", "\"process_name\"", 1, NULL, "" },
        { "names", "\"thread_name\"", 2, NULL, "" },
        { "names", "\"worker 2\"", 1, "\"thread_name\"", "\"process_name\"" },
        { "overlap", "\"cat\":\"visit\"", 5, "\"dur\":", "\"dur\":9" },
        { "nesting", "\"cat\":\"cause\"", 30, "\"dur\":", "\"dur\":99" },
        { "nesting", "\"cat\":\"request\"", 1, NULL, "" },
        { "sum", "\"cat\":\"cause\"", 30, "\"dur\":", "\"dur\":0.001,\"was\":" },
        { "sum", "\"cat\":\"cause\"", 30, NULL, "" },
        { "sum", "\"cat\":\"visit\"", 30, "\"latency_us\":", "\"latency_us\":1" },
        { "sum", "\"cat\":\"request\"", 30, "\"waited_us\":0", "\"waited_us\":1" },
        { "wait", "\"ph\":\"b\"", 7, NULL, "" },
        { "wait", "\"ph\":\"e\"", 7, NULL, "" },
        { "wait", "\"ph\":\"b\"", 7, "\"id\":", "\"id\":9999999" },
        { "flow", "\"ph\":\"s\"", 40, NULL, "" },
        { "flow", "\"ph\":\"f\"", 40, NULL, "" },
        { "flow", "\"ph\":\"f\",\"cat\":\"answer\"", 4, NULL, "" },
        { "flow", "\"ph\":\"f\"", 40, ",\"bp\":\"e\"", "" },
        { "flow", "\"ph\":\"s\"", 1, "\"tid\":", "\"tid\":1" },
        { "flow", "\"ph\":\"f\",\"cat\":\"call\"", 9, "\"id\":", "\"id\":1" },
        { "flow", "\"cat\":\"visit\"", 1, "\"request\":", "\"request\":9" },
        { "flow", "\"cat\":\"request\"", 1, "\"request\":", "\"request\":9" },
        { "counter", "\"ph\":\"C\"", 5, "\"waiting\":", "\"waiting\":-" },
        { "counter", "\"ph\":\"C\"", 5, "\"waiting\":", "\"waiting\":1" },
        { "counter", "\"ph\":\"C\"", 5, NULL, "" },
        { "lost", "\"records_lost\"", 1, "\"records_lost\":0", "\"records_lost\":5" },
        { "lost", "\"visits_cut\"", 1, "\"visits_cut\":0", "\"visits_cut\":5" },
    };
    struct busy b;
    open_busy(&b, 1 << 17);
    for (size_t i = 0; i < sizeof plants / sizeof *plants; i++) {
        struct memory_sink text = broken(b.text, &plants[i]);
        struct trace t;
        assert_false(trace_read(&t, text.text, text.n));
        char start[16];
        snprintf(start, sizeof start, "%s:", plants[i].rule);
        if (!strstr(t.complaints, start))
            fail_msg("plant %zu, %s: %s", i, start, t.complaints);
        trace_free(&t);
        free(text.text);
    }
    close_busy(&b);
}

// The thread of a loop has a track of its own, and callbacks do not overlap there.
static void loops_have_a_track_of_their_callbacks(void **state)
{
    (void)state;
    struct sim_model *m = world_open(1);
    struct sim_service_def def = loop_def("api");
    struct memory_sink file = { 0 };
    add_service(
        m, &def,
        do_list(m, STEPS(do_python(m, 0.002), do_io(m, 0.001), do_python(m, 0.120))));
    add_client(m, "users", burst(2, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);
    const struct sim_chrome chrome = { .run = run, .seed = 1 };
    const struct sim_sink sink = memory_sink(&file);
    assert_true(sim_chrome_write(&chrome, &sink));
    assert_non_null(strstr(file.text, "\"name\":\"event loop\""));
    assert_non_null(
        strstr(file.text, "\"cat\":\"loop\",\"name\":\"task of #1\",\"pid\":1"));
    assert_non_null(
        strstr(file.text, "\"ts\":2000.000,\"dur\":2000.000,\"args\":{\"slow\":false}"));
    assert_non_null(strstr(file.text, "\"dur\":120000.000,\"args\":{\"slow\":true}"));
    free(file.text);
    sim_run_close(run);
    sim_model_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loops_have_a_track_of_their_callbacks),
        cmocka_unit_test(whole_trace_holds_together),
        cmocka_unit_test(slices_are_what_the_meters_counted),
        cmocka_unit_test(no_place_shows_more_workers_than_it_has),
        cmocka_unit_test(faults_last_as_long_as_they_did),
        cmocka_unit_test(the_same_run_writes_the_same_text),
        cmocka_unit_test(tracing_changes_nothing_else),
        cmocka_unit_test(what_is_left_holds_together_whatever_is_lost),
        cmocka_unit_test(visits_without_beginning_are_counted),
        cmocka_unit_test(things_at_one_instant_keep_their_order),
        cmocka_unit_test(names_of_any_bytes_are_good_json),
        cmocka_unit_test(reader_names_every_planted_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
