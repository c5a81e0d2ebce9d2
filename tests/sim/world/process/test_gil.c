#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/statistics.h"
#include "tests/support/worlds.h"

// The GIL as CPython has it: a waiter asks for it after a switch interval without a switch, the
// holder drops it and sleeps until somebody else has it; whoever comes while it is free
// takes it. Where costs are nought the instants are exact; elsewhere the constants of
// usual_gil apply. What happened is read from the trace: python spans are bytecode.

#define MS (sim_time) SIM_MS
#define US (sim_time) SIM_US

static int open_world(void **state)
{
    *state = world_open(10);
    return 0;
}

static int close_world(void **state)
{
    sim_model_close(*state);
    return 0;
}

static struct sim_service_def python_service(struct sim_runtime runtime)
{
    struct sim_service_def s = service_def("api", 64);
    s.has_runtime = true;
    s.cores = 8;
    s.runtime = runtime;
    return s;
}

// n requests at once to a service with this handler; traced.
static struct sim_run *run_burst(struct sim_model *m, struct sim_runtime runtime,
                                 uint32_t n, uint32_t handler)
{
    struct sim_service_def s = python_service(runtime);
    add_service(m, &s, handler);
    add_client(m, "users", burst(n, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);
    assert_true(sim_run_books(run).balanced);
    return run;
}

// ---- Spans of a replica in which its tasks hold the GIL ----

struct span {
    sim_time begin, end;
    uint32_t request;
};

struct spans {
    struct span at[4096];
    uint32_t count;
};

static int by_begin(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return x->begin != y->begin ? (x->begin > y->begin) - (x->begin < y->begin)
                                : (x->end > y->end) - (x->end < y->end);
}

// Of place 0, in order.
static const struct spans *spans_of(const struct sim_run *run, enum sim_cause cause)
{
    static struct spans s;
    const struct sim_trace *trace = sim_run_trace(run);
    s.count = 0;
    for (uint64_t i = sim_trace_first(trace); i < trace->count; i++) {
        const struct sim_trace_record *r = sim_trace_at(trace, i);
        if (r->kind == SIM_TRACE_SPAN && r->place == 0 && r->code == cause) {
            assert_true(s.count < 4096);
            s.at[s.count++] = (struct span){ r->begin, r->end, r->request };
        }
    }
    qsort(s.at, s.count, sizeof *s.at, by_begin);
    return &s;
}

static void expect_no_overlap(const struct spans *s)
{
    for (uint32_t i = 1; i < s->count; i++)
        assert_true(s->at[i].begin >= s->at[i - 1].end);
}

static sim_time total(const struct spans *s)
{
    sim_time sum = 0;
    for (uint32_t i = 0; i < s->count; i++)
        sum += s->at[i].end - s->at[i].begin;
    return sum;
}

// ---- Slices ----

static void alone_nobody_asks(void **state)
{
    struct sim_run *run = run_burst(*state, usual_gil(), 1, do_python(*state, 0.100));
    const struct spans *s = spans_of(run, SIM_IN_PYTHON);
    assert_int_equal(s->count, 1);
    assert_int_equal(only_latency(run, 0), 100 * MS);
    sim_run_close(run);
}

static void two_tasks_change_every_interval(void **state)
{
    struct sim_run *run = run_burst(*state, ideal_gil(5 * MS), 2, do_python(*state, 0.020));
    const struct spans *s = spans_of(run, SIM_IN_PYTHON);
    assert_int_equal(s->count, 8);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(s->at[i].begin, 5 * MS * i);
        assert_int_equal(s->at[i].end, 5 * MS * (i + 1));
        assert_int_equal(s->at[i].request, i % 2);
    }
    sim_run_close(run);
}

// A slice lasts interval and slack, and between two the signalled one has to wake.
static void slices_are_interval_and_costs(void **state)
{
    struct sim_runtime gil = usual_gil();
    struct sim_run *run = run_burst(*state, gil, 2, do_python(*state, 0.100));
    const struct spans *s = spans_of(run, SIM_IN_PYTHON);
    assert_true(s->count > 30);
    for (uint32_t i = 1; i + 4 < s->count; i++) {
        sim_time slice = s->at[i].end - s->at[i].begin;
        sim_time gap = s->at[i].begin - s->at[i - 1].end;
        assert_int_equal(gap, gil.wake);
        // The waiter is the dropper of before; it began to wait when it was awake again.
        assert_int_equal(slice, gil.switch_interval + gil.timer_slack + gil.resume);
    }
    sim_run_close(run);
}

static void never_two_hold_it(void **state)
{
    struct sim_run *run = run_burst(*state, usual_gil(), 7, do_python(*state, 0.050));
    const struct spans *s = spans_of(run, SIM_IN_PYTHON);
    expect_no_overlap(s);
    assert_int_equal(total(s), 350 * MS);
    sim_run_close(run);
}

// Among several, the one that drops on request is not the next: it sleeps until another
// has it.
static void forced_drop_changes_the_task(void **state)
{
    struct sim_runtime gil = usual_gil();
    struct sim_run *run = run_burst(*state, gil, 5, do_python(*state, 0.100));
    const struct spans *s = spans_of(run, SIM_IN_PYTHON);
    for (uint32_t i = 1; i < s->count; i++)
        assert_true(s->at[i].request != s->at[i - 1].request);
    sim_run_close(run);
}

// How often the next holder is the one that held it so many changes ago, from 2 on: 1 would
// be the dropper itself, who is asleep.
static uint32_t count_ranks(const struct spans *s, uint32_t tasks, uint64_t *ranks)
{
    uint32_t changes = 0;
    for (uint32_t i = 8 * tasks; i + 8 * tasks < s->count; i++) {
        uint32_t seen = 0, rank = 0; // rank: different holders since its own last slice
        for (uint32_t j = i; j-- > 0 && s->at[j].request != s->at[i].request;)
            if (!(seen & 1u << s->at[j].request)) {
                seen |= 1u << s->at[j].request;
                rank++;
            }
        ranks[rank]++;
        changes++;
    }
    return changes;
}

// Without an advantage of whoever asked: the longest waiter with the runtime's share, else
// any of the waiters, as likely as each other.
static void expect_ranks(struct sim_model *m, double fifo_share)
{
    struct sim_runtime gil = usual_gil();
    gil.requester_wins = 0;
    gil.fifo_share = fifo_share;
    struct sim_run *run = run_burst(m, gil, 4, do_python(m, 2));
    uint64_t ranks[5] = { 0 };
    uint32_t changes = count_ranks(spans_of(run, SIM_IN_PYTHON), 4, ranks);
    assert_true(changes > 1000);
    assert_int_equal(ranks[0], 0); // never the dropper
    // Waiters stand in the order in which they last held it.
    expect_near((double)ranks[3] / changes, fifo_share + (1 - fifo_share) / 3, 0.05);
    expect_near((double)ranks[2] / changes, (1 - fifo_share) / 3, 0.05);
    expect_near((double)ranks[1] / changes, (1 - fifo_share) / 3, 0.05);
    sim_run_close(run);
}

static void any_waiter_is_woken(void **state)
{
    expect_ranks(*state, 0);
}

static void longest_waiter_is_woken_as_often_as_the_runtime_says(void **state)
{
    expect_ranks(*state, 0.6);
}

static void longest_waiter_is_always_woken(void **state)
{
    expect_ranks(*state, 1);
}

// A holds it; B comes at 3 ms, C at 4. B has slept for an interval at 13, asks, and sleeps anew
// behind C, which is woken. The sleeps of B and A both end at 23: B asks, then A goes behind
// it, for a sleep that ends at the instant of a switch ends before it; and B is woken.
static void who_asks_goes_to_the_end_of_the_line(void **state)
{
    struct sim_model *m = *state;
    const double times[] = { 0, 0.003, 0.004 };
    struct sim_service_def s = python_service(ideal_gil(10 * MS));
    add_service(m, &s, do_python(m, 0.050));
    add_client(m, "users", replay(m, times, 3), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);
    const struct spans *spans = spans_of(run, SIM_IN_PYTHON);
    const struct span want[] = { { 0, 13, 0 }, { 13, 23, 2 }, { 23, 33, 1 } };
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(spans->at[i].begin, want[i].begin * MS);
        assert_int_equal(spans->at[i].end, want[i].end * MS);
        assert_int_equal(spans->at[i].request, want[i].request);
    }
    expect_no_overlap(spans);
    assert_int_equal(total(spans), 150 * MS);
    sim_run_close(run);
}

static void python_time_is_conserved(void **state)
{
    struct sim_model *m = *state;
    uint32_t part = do_list(m, STEPS(do_python(m, 0.0123), do_io(m, 0.0017)));
    struct sim_run *run = run_burst(m, usual_gil(), 6, do_times(m, 5, part));
    assert_int_equal(total(spans_of(run, SIM_IN_PYTHON)), 6 * 5 * 12300 * US);
    expect_no_overlap(spans_of(run, SIM_IN_PYTHON));
    sim_run_close(run);
}

static void speed_stretches_bytecode_only(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime gil = ideal_gil(5 * MS);
    gil.bytecode_factor = 1.5;
    struct sim_run *run =
        run_burst(m, gil, 1, do_list(m, STEPS(do_python(m, 0.010), do_native(m, 0.010))));
    assert_int_equal(only_latency(run, 0), 25 * MS);
    sim_run_close(run);
}

static void the_other_factor_stretches_native_code_only(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime gil = ideal_gil(5 * MS);
    gil.native_factor = 3;
    struct sim_run *run =
        run_burst(m, gil, 1, do_list(m, STEPS(do_python(m, 0.010), do_native(m, 0.010))));
    assert_int_equal(only_latency(run, 0), 40 * MS);
    sim_run_close(run);
}

// ---- Cores and ticks ----

// B's sleep ends after 5 ms, but it is owed nothing, so that A has the only core until the tick at
// 8. A is then overtaken in the midst of dropping. It has the core again at the tick at 12, for B
// has had the core since, and begins to wait only then: its interval is over at 17. By then it is owed
// service, and asks at once. So it goes on.
static void on_one_core_who_drops_waits_from_the_next_tick_on(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def s = python_service(ideal_gil(5 * MS));
    s.cores = 1;
    add_service(m, &s, do_python(m, 0.040));
    add_client(m, "users", burst(2, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);
    const struct spans *spans = spans_of(run, SIM_IN_PYTHON);
    const sim_time ends[] = { 8, 17, 25, 33, 41 };
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(spans->at[i].end, ends[i] * MS);
        assert_int_equal(spans->at[i].request, i % 2);
    }
    expect_no_overlap(spans);
    sim_run_close(run);
}

// At an interval below the tick slices are the tick's: 4 ms, whatever the interval.
static void on_one_core_slices_are_no_shorter_than_a_tick(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def s = python_service(ideal_gil(100 * US));
    s.cores = 1;
    add_service(m, &s, do_python(m, 0.040));
    add_client(m, "users", burst(2, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);
    const struct spans *spans = spans_of(run, SIM_IN_PYTHON);
    assert_true(spans->count > 15);
    for (uint32_t i = 3; i + 3 < spans->count; i++)
        assert_int_equal((spans->at[i].end - spans->at[i - 1].end) % (4 * MS), 0);
    sim_run_close(run);
}

static void a_host_without_ticks_makes_nobody_wait_for_one(void **state)
{
    struct sim_model *m = *state;
    struct sim_host_def h;
    sim_host_default(&h);
    h.tick = 0;
    struct sim_service_def s = python_service(ideal_gil(5 * MS));
    s.host = sim_model_host(m, &h);
    add_service(m, &s, do_python(m, 0.040));
    add_client(m, "users", burst(2, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);
    const struct spans *spans = spans_of(run, SIM_IN_PYTHON);
    for (uint32_t i = 0; i + 2 < spans->count; i++)
        assert_int_equal(spans->at[i].end, 5 * MS * (i + 1));
    sim_run_close(run);
}

// One computes; the other comes back from input at 7 ms, for the first time, and begins to wait. At 12
// it is owed nothing and has the core, to ask, from the tick at 16 on. It has the lock, and at 17.005
// waits for input again (on a core that both need a switch of the host, 5 us, comes on top of the
// waking). At 24.005 it comes back, owed what it did not have meanwhile: it begins to wait at once,
// and asks when its interval is over, between two ticks.
static void on_one_core_who_is_owed_service_asks_at_once(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def s = python_service(ideal_gil(5 * MS));
    s.cores = 1;
    uint32_t once = do_list(m, STEPS(do_io(m, 0.007), do_python(m, 0.001)));
    add_service(m, &s, do_gather(m, 0, STEPS(do_python(m, 0.060), do_times(m, 2, once))));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);
    const struct spans *spans = spans_of(run, SIM_IN_PYTHON);
    assert_int_equal(spans->at[0].end, 16 * MS);
    assert_int_equal(spans->at[1].begin, 16005 * US);
    assert_int_equal(spans->at[1].end, 17005 * US);
    assert_int_equal(spans->at[2].end, 29005 * US);
    assert_int_equal(spans->at[3].begin, 29010 * US);
    sim_run_close(run);
}

// The dropper goes to sleep only at the tick, at 8 ms, so its interval ends at 13. The third
// sleeps over the switch at 5.1 ms and has nothing to ask for at 10.
static void a_dropper_behind_the_holder_begins_its_sleep_at_the_tick(void **state)
{
    struct sim_runtime gil = ideal_gil(5 * MS);
    gil.resume_behind = 1;
    gil.wake = 100 * US;
    struct sim_run *run = run_burst(*state, gil, 3, do_python(*state, 0.040));
    const struct spans *s = spans_of(run, SIM_IN_PYTHON);
    assert_int_equal(s->at[0].end, 5 * MS);
    assert_int_equal(s->at[1].begin, 5100 * US);
    assert_int_equal(s->at[1].end, 13 * MS);
    expect_no_overlap(s);
    sim_run_close(run);
}

// A drops at 1 ms and is behind B, which has the lock from 1.1. C's sleep that ends at 2 began
// before that switch, so C asks at 3. B sleeps until C has the lock, and A has its core after a
// switch of 5 us, before the tick at 4 and before C is awake at 3.1: it has the lock again.
static void a_dropper_behind_the_holder_has_its_core_when_that_one_sleeps(void **state)
{
    struct sim_runtime gil = ideal_gil(1 * MS);
    gil.resume_behind = 1;
    gil.wake = 100 * US;
    struct sim_run *run = run_burst(*state, gil, 3, do_python(*state, 0.040));
    const struct spans *s = spans_of(run, SIM_IN_PYTHON);
    assert_int_equal(s->at[0].end, 1 * MS);
    assert_int_equal(s->at[1].begin, 1100 * US);
    assert_int_equal(s->at[1].end, 3 * MS);
    assert_int_equal(s->at[2].begin, 3005 * US);
    assert_int_equal(s->at[2].request, s->at[0].request);
    expect_no_overlap(s);
    sim_run_close(run);
}

static struct sim_run *run_two(struct sim_model *m, struct sim_runtime gil, double later)
{
    struct sim_service_def s = python_service(gil);
    uint32_t second = do_list(m, STEPS(do_io(m, later), do_python(m, 0.003)));
    add_service(m, &s, do_gather(m, 0, STEPS(do_python(m, 0.001), second)));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    world_seal(m);
    return run_traced(m, 1);
}

static void who_has_just_gone_to_sleep_wakes_sooner(void **state)
{
    struct sim_runtime gil = ideal_gil(5 * MS);
    gil.wake = 500 * US;
    gil.wake_short = 10 * US;
    struct sim_run *run = run_two(*state, gil, 0.00081);
    assert_int_equal(spans_of(run, SIM_IN_PYTHON)->at[1].begin, 1010 * US);
    sim_run_close(run);
}

static void who_has_slept_longer_does_not(void **state)
{
    struct sim_runtime gil = ideal_gil(5 * MS);
    gil.wake = 500 * US;
    gil.wake_short = 10 * US;
    struct sim_run *run = run_two(*state, gil, 0.00080);
    assert_int_equal(spans_of(run, SIM_IN_PYTHON)->at[1].begin, 1500 * US);
    sim_run_close(run);
}

// A holds it; one comes at 3 ms and asks at 13, the other comes so much later. Whoever asks wins.
static uint32_t second_holder(struct sim_model *m, uint32_t cores, sim_time later)
{
    const double times[] = { 0, 0.003, 0.003 + (double)later / SIM_S };
    struct sim_runtime gil = ideal_gil(10 * MS);
    gil.requester_wins = 1;
    struct sim_service_def s = python_service(gil);
    s.cores = cores;
    add_service(m, &s, do_python(m, 0.050));
    add_client(m, "users", replay(m, times, 3), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);
    const struct spans *spans = spans_of(run, SIM_IN_PYTHON);
    assert_int_equal(spans->at[1].begin, 13 * MS);
    uint32_t request = spans->at[1].request;
    sim_run_close(run);
    return request;
}

// Within the kernel's timer slack both wake at once, and who was put on the core last runs first.
static void on_two_cores_the_later_of_two_timers_that_fire_together_wins(void **state)
{
    assert_int_equal(second_holder(*state, 2, 40 * US), 2);
}

static void timers_further_apart_do_not_fire_together(void **state)
{
    assert_int_equal(second_holder(*state, 2, 60 * US), 1);
}

static void with_more_cores_each_timer_fires_on_its_own(void **state)
{
    assert_int_equal(second_holder(*state, 4, 40 * US), 1);
}

// A drops at 1 ms, and sleeps until B has the lock, at 1.5; then it goes to sleep for it, on the core
// on which C has waited from the beginning. B lets go so long after that, and wakes C.
static sim_time third_begins(struct sim_model *m, double after)
{
    struct sim_runtime gil = ideal_gil(1 * MS);
    gil.wake = 500 * US;
    gil.wake_short = 10 * US;
    gil.fifo_share = 1;
    struct sim_service_def s = python_service(gil);
    s.cores = 2;
    uint32_t second = do_list(m, STEPS(do_python(m, after), do_io(m, 0.020)));
    add_service(m, &s,
                do_gather(m, 0, STEPS(do_python(m, 0.020), second, do_python(m, 0.020))));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);
    const struct spans *spans = spans_of(run, SIM_IN_PYTHON);
    assert_int_equal(spans->at[1].begin, 1500 * US);
    sim_time begin = spans->at[2].begin;
    sim_run_close(run);
    return begin;
}

static void a_core_on_which_a_dropper_went_to_sleep_just_now_is_awake(void **state)
{
    assert_int_equal(third_begins(*state, 0.00004), 1550 * US);
}

static void a_core_on_which_a_dropper_went_to_sleep_before_that_is_not(void **state)
{
    assert_int_equal(third_begins(*state, 0.00006), 2060 * US);
}

// A drops at 1 ms and is behind B, which has the lock from 1.1 to 1.3 and then waits for input. A
// has its core after a switch of 5 us, before C, which B woke, is there at 1.4.
static void a_dropper_behind_the_holder_has_its_core_when_that_one_waits(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime gil = ideal_gil(1 * MS);
    gil.resume_behind = 1;
    gil.wake = 100 * US;
    gil.fifo_share = 1;
    struct sim_service_def s = python_service(gil);
    uint32_t second = do_list(m, STEPS(do_python(m, 0.0002), do_io(m, 0.020)));
    add_service(m, &s,
                do_gather(m, 0, STEPS(do_python(m, 0.020), second, do_python(m, 0.020))));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);
    const struct spans *spans = spans_of(run, SIM_IN_PYTHON);
    assert_int_equal(spans->at[1].end, 1300 * US);
    assert_int_equal(spans->at[2].begin, 1305 * US);
    sim_run_close(run);
}

// ---- Letting go and keeping ----

static void waiting_for_io_lets_another_in(void **state)
{
    struct sim_model *m = *state;
    uint32_t handler = do_list(m, STEPS(do_python(m, 0.002), do_io(m, 0.010)));
    struct sim_run *run = run_burst(m, ideal_gil(5 * MS), 3, handler);
    const struct spans *s = spans_of(run, SIM_IN_PYTHON);
    assert_int_equal(s->count, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(s->at[i].begin, 2 * MS * i);
    struct sim_hist *h = client_latencies(run, 0);
    assert_int_equal(sim_hist_max(h), 16 * MS);
    free(h);
    sim_run_close(run);
}

static void native_code_that_lets_go_runs_in_parallel(void **state)
{
    struct sim_model *m = *state;
    struct sim_run *run = run_burst(m, ideal_gil(5 * MS), 8, do_native(m, 0.050));
    struct sim_hist *h = client_latencies(run, 0);
    assert_int_equal(sim_hist_max(h), 50 * MS);
    assert_int_equal(replica_total(run, 0, 0, SIM_TIME + SIM_IN_GIL), 0);
    free(h);
    sim_run_close(run);
}

static void native_code_that_keeps_it_runs_one_at_a_time(void **state)
{
    struct sim_model *m = *state;
    struct sim_run *run = run_burst(m, ideal_gil(5 * MS), 4, do_holding(m, 0.050));
    const struct spans *s = spans_of(run, SIM_IN_NATIVE);
    assert_int_equal(s->count, 4); // not one is interrupted
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(s->at[i].begin, 50 * MS * i);
    sim_run_close(run);
}

// A request comes 5 ms after the second task; the call goes on for 35 more.
static void call_that_keeps_it_is_not_interrupted(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def s = python_service(ideal_gil(5 * MS));
    uint32_t who = sim_model_field(m, "who");
    uint32_t hog = do_list(m, STEPS(do_holding(m, 0.040), do_python(m, 0.010)));
    add_service(m, &s, do_switch(m, who, 1, do_python(m, 0.001), hog));
    add_client(m, "hog", burst(1, 0), do_call(m, "api"));
    struct sim_client_def c = { .name = "quick", .fields = 1 };
    c.arrivals = burst(1, MS);
    c.step = do_call(m, "api");
    c.first_field = sim_model_field_set(m, (struct sim_field_set){ who, number(m, 1) });
    sim_model_client(m, &c);
    world_seal(m);
    struct sim_run *run = run_traced(m, 1);
    // The request that came meanwhile is obeyed before the next bytecode.
    assert_int_equal(only_latency(run, 1), 40 * MS);
    assert_int_equal(only_latency(run, 0), 51 * MS);
    sim_run_close(run);
}

// ---- Without a GIL ----

static void free_threads_do_not_wait_for_each_other(void **state)
{
    struct sim_model *m = *state;
    struct sim_runtime runtime = usual_gil();
    runtime.has_gil = false;
    struct sim_run *run = run_burst(m, runtime, 8, do_python(m, 0.100));
    struct sim_hist *h = client_latencies(run, 0);
    assert_int_equal(sim_hist_max(h), 100 * MS);
    assert_int_equal(replica_total(run, 0, 0, SIM_TIME + SIM_IN_GIL), 0);
    free(h);
    sim_run_close(run);
}

static void each_replica_has_a_gil_of_its_own(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def s = python_service(ideal_gil(5 * MS));
    s.replicas = 4;
    add_service(m, &s, do_python(m, 0.100));
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    struct sim_hist *h = client_latencies(run, 0);
    assert_int_equal(sim_hist_max(h), 100 * MS);
    free(h);
    sim_run_close(run);
}

// ---- The convoy effect ----

// An I/O task beside CPU-bound ones asks for the GIL after each wait, and then waits until an
// interval without a switch has passed: about one interval for each wake-up.
static double wait_per_wake_up(struct sim_model *m, struct sim_runtime gil, uint32_t hogs)
{
    struct sim_service_def s = python_service(gil);
    uint32_t who = sim_model_field(m, "who");
    uint32_t echo =
        do_times(m, 200, do_list(m, STEPS(do_io(m, 0.001), do_python(m, 1e-5))));
    add_service(m, &s, do_switch(m, who, 1, echo, do_python(m, 100)));
    if (hogs)
        add_client(m, "hogs", burst(hogs, 0), do_call(m, "api"));
    struct sim_client_def c = { .name = "echo", .fields = 1 };
    c.arrivals = burst(1, 0);
    c.step = do_call(m, "api");
    c.first_field = sim_model_field_set(m, (struct sim_field_set){ who, number(m, 1) });
    sim_model_client(m, &c);
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    double waited = (double)only_latency(run, hogs ? 1 : 0) - 200 * (0.001 + 1e-5) * SIM_S;
    sim_run_close(run);
    return waited / 200;
}

static void io_beside_a_hog_waits_an_interval_each_time(void **state)
{
    struct sim_runtime gil = usual_gil();
    double waited = wait_per_wake_up(*state, gil, 1);
    // At most slack, the wake-up and the dropper's return come on top.
    assert_true(waited > (double)(gil.switch_interval - 1 * MS - 100 * US));
    assert_true(waited < (double)(gil.switch_interval + 200 * US));
}

static void shorter_interval_shortens_the_convoy(void **state)
{
    struct sim_runtime gil = usual_gil();
    gil.switch_interval = 500 * US;
    double waited = wait_per_wake_up(*state, gil, 1);
    assert_true(waited > 400e3 && waited < 700e3);
}

// On one core a request that is served by a thread of a pool takes the core as it wakes, as a
// thread does that sleeps and wakes by itself: what the thread was owed when it went to sleep is
// kept for the next request. It does not wait for the tick, at 4 ms.
static sim_time median_beside(struct sim_model *m, uint32_t hogs, sim_time interval)
{
    struct sim_runtime gil = usual_gil();
    gil.switch_interval = interval;
    struct sim_service_def s = python_service(gil);
    s.cores = 1;
    uint32_t who = sim_model_field(m, "who");
    add_service(m, &s, do_switch(m, who, 1, do_python(m, 1e-5), do_python(m, 100)));
    add_client(m, "hog", burst(hogs, 0), do_call(m, "api"));
    struct sim_client_def c = { .name = "echo", .fields = 1 };
    c.arrivals = closed(m, 1, sim_dist_constant(0.001));
    c.step = do_call(m, "api");
    c.first_field = sim_model_field_set(m, (struct sim_field_set){ who, number(m, 1) });
    sim_model_client(m, &c);
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    struct sim_hist *h = client_latencies(run, 1);
    sim_time median = sim_hist_quantile(h, 0.5);
    free(h);
    sim_run_close(run);
    return median;
}

static void on_one_core_requests_wait_an_interval_and_not_a_tick(void **state)
{
    sim_time median = median_beside(*state, 1, 1 * MS);
    assert_true(median > 900 * US && median < 1300 * US);
}

// Beside four, real round trips took 25 to 31 ms. When the thread of a pool wakes, the one that was
// made to drop the lock has the core after it and begins to wait, so that it competes.
static void on_one_core_requests_beside_four_wait_several_slices(void **state)
{
    sim_time median = median_beside(*state, 4, 5 * MS);
    assert_true(median > 21 * MS && median < 36 * MS);
}

static uint32_t call_route(struct sim_model *m, const char *service, const char *route)
{
    struct sim_call_def call = call_def(service);
    snprintf(call.route, sizeof call.route, "%s", route);
    return do_call_as(m, &call);
}

// A thread waits for the word of another process on its core, which sleeps for 1 ms and 60 us, runs a little bytecode, sends it an
// answer, and so on, beside threads that compute. How long a round takes.
static double round_with_peer(struct sim_model *m, uint32_t hogs)
{
    const uint32_t rounds = 400;
    struct sim_runtime gil = usual_gil();
    struct sim_host_def h;
    sim_host_default(&h);
    gil.switch_interval = 1 * MS;
    struct sim_service_def s = python_service(gil), peer = python_service(gil);
    s.host = peer.host = sim_model_host(m, &h);
    snprintf(peer.name, sizeof peer.name, "peer");
    uint32_t who = sim_model_field(m, "who");
    uint32_t asks = do_list(m, 2, (uint32_t[]){ do_io(m, 1.06e-3), do_python(m, 1e-5) });
    struct sim_route_def ask = { "ask", asks }, hear = { "hear", do_python(m, 5e-6) };
    uint32_t round[] = { call_route(m, "peer", "ask"), do_python(m, 5e-6),
                         call_route(m, "peer", "hear"), do_python(m, 5e-6) };
    uint32_t all = do_times(m, rounds, do_list(m, 4, round));
    add_service(m, &s, do_switch(m, who, 1, all, do_python(m, 1000)));
    peer.first_route = sim_model_route(m, &ask);
    sim_model_route(m, &hear);
    peer.routes = 2;
    sim_model_service(m, &peer);
    add_client(m, "hog", burst(hogs, 0), do_call(m, "api"));
    struct sim_client_def c = { .name = "echo", .fields = 1 };
    c.arrivals = burst(1, 10 * MS);
    c.step = do_call(m, "api");
    c.first_field = sim_model_field_set(m, (struct sim_field_set){ who, number(m, 1) });
    sim_model_client(m, &c);
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    struct sim_hist *latencies = client_latencies(run, 1);
    double round_ns = (double)sim_hist_max(latencies) / rounds;
    free(latencies);
    sim_run_close(run);
    return round_ns;
}

// On one core the processes of a host take turns too. Beside two threads that compute a round of
// real ones takes the 1 ms and an interval: the peer, which is owed most, draws the mean down for
// whom it wakes. Alone at its lock that one took 2.5 ms more.
static void on_one_core_who_is_woken_by_a_peer_comes_sooner_beside_two(void **state)
{
    double d = round_with_peer(*state, 2);
    assert_true(d > 2.1e6 && d < 2.6e6);
}

// Beside four it takes more than 10 ms: the peer has the core in the midst of the send, and then
// the waiter that was woken for the lock has it.
static void on_one_core_a_peer_that_is_woken_may_cost_the_lock(void **state)
{
    double d = round_with_peer(*state, 4);
    assert_true(d > 10e6 && d < 20e6);
}

static void io_alone_does_not_wait(void **state)
{
    expect_near(wait_per_wake_up(*state, usual_gil(), 0), 0, 1);
}

static void io_beside_free_threads_does_not_wait(void **state)
{
    struct sim_runtime runtime = usual_gil();
    runtime.has_gil = false;
    expect_near(wait_per_wake_up(*state, runtime, 4), 0, 1);
}

// The second worker begins its second request at the instant at which its first one ends, and
// wants the lock that the long request has. Whether a request has a task of its own or not, its
// thread has left before the next one comes.
static void on_one_core_who_has_answered_has_left(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def s = python_service(usual_gil());
    uint32_t field = sim_model_field(m, "kind");
    uint64_t digests[2];
    s.cores = 1;
    s.executor.workers = 2;
    add_service(m, &s,
                do_switch(m, field, 0, do_python(m, 0.030),
                          do_switch(m, field, 1, do_io(m, 0.010), do_python(m, 0.003))));
    for (int kind = 0; kind < 3; kind++) {
        const struct sim_field_set set = { field, number(m, kind) };
        struct sim_client_def c = { .arrivals = burst(1, kind * US), .fields = 1 };
        c.name[0] = (char)('a' + kind);
        c.step = do_call(m, "api");
        c.first_field = sim_model_field_set(m, set);
        sim_model_client(m, &c);
    }
    world_seal(m);
    for (uint32_t traced = 0; traced < 2; traced++) {
        struct sim_run *run = run_open(m, 1, traced << 16);
        sim_run_until(run, SIM_NEVER);
        sim_run_finish(run);
        digests[traced] = sim_run_digest(run);
        sim_run_close(run);
    }
    assert_true(digests[0] == digests[1]);
}

// ---- Ends ----

static void timeout_behind_bytecode_lets_go(void **state)
{
    struct sim_model *m = *state;
    uint32_t handler = with_timeout(m, 0.001, do_python(m, 0.004));
    struct sim_run *run = run_burst(m, ideal_gil(5 * MS), 5, handler);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_TIMEOUT), 5);
    assert_int_equal(replica_total(run, 0, 0, SIM_ENDED + SIM_TIMEOUT), 5);
    sim_run_close(run);
}

static void failure_behind_bytecode_lets_go(void **state)
{
    struct sim_model *m = *state;
    uint32_t handler = do_list(m, STEPS(do_python(m, 0.004), do_fail(m, 500)));
    struct sim_run *run = run_burst(m, ideal_gil(5 * MS), 5, handler);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 5);
    sim_run_close(run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(alone_nobody_asks),
        TEST(two_tasks_change_every_interval),
        TEST(slices_are_interval_and_costs),
        TEST(never_two_hold_it),
        TEST(forced_drop_changes_the_task),
        TEST(any_waiter_is_woken),
        TEST(longest_waiter_is_woken_as_often_as_the_runtime_says),
        TEST(longest_waiter_is_always_woken),
        TEST(who_asks_goes_to_the_end_of_the_line),
        TEST(python_time_is_conserved),
        TEST(speed_stretches_bytecode_only),
        TEST(the_other_factor_stretches_native_code_only),
        TEST(on_one_core_who_drops_waits_from_the_next_tick_on),
        TEST(a_host_without_ticks_makes_nobody_wait_for_one),
        TEST(on_one_core_who_is_owed_service_asks_at_once),
        TEST(a_dropper_behind_the_holder_begins_its_sleep_at_the_tick),
        TEST(a_dropper_behind_the_holder_has_its_core_when_that_one_sleeps),
        TEST(who_has_just_gone_to_sleep_wakes_sooner),
        TEST(who_has_slept_longer_does_not),
        TEST(on_two_cores_the_later_of_two_timers_that_fire_together_wins),
        TEST(timers_further_apart_do_not_fire_together),
        TEST(with_more_cores_each_timer_fires_on_its_own),
        TEST(a_core_on_which_a_dropper_went_to_sleep_just_now_is_awake),
        TEST(a_core_on_which_a_dropper_went_to_sleep_before_that_is_not),
        TEST(a_dropper_behind_the_holder_has_its_core_when_that_one_waits),
        TEST(on_one_core_slices_are_no_shorter_than_a_tick),
        TEST(waiting_for_io_lets_another_in),
        TEST(native_code_that_lets_go_runs_in_parallel),
        TEST(native_code_that_keeps_it_runs_one_at_a_time),
        TEST(call_that_keeps_it_is_not_interrupted),
        TEST(free_threads_do_not_wait_for_each_other),
        TEST(each_replica_has_a_gil_of_its_own),
        TEST(io_beside_a_hog_waits_an_interval_each_time),
        TEST(shorter_interval_shortens_the_convoy),
        TEST(on_one_core_requests_wait_an_interval_and_not_a_tick),
        TEST(on_one_core_who_has_answered_has_left),
        TEST(on_one_core_who_is_woken_by_a_peer_comes_sooner_beside_two),
        TEST(on_one_core_a_peer_that_is_woken_may_cost_the_lock),
        TEST(on_one_core_requests_beside_four_wait_several_slices),
        TEST(io_alone_does_not_wait),
        TEST(io_beside_free_threads_does_not_wait),
        TEST(timeout_behind_bytecode_lets_go),
        TEST(failure_behind_bytecode_lets_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
