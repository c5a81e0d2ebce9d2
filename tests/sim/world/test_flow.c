#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/statistics.h"
#include "tests/support/worlds.h"

// What handlers say: rows, branches, loops, failures and how they are caught, semaphores,
// and doing several things at once. Works take constant times; instants are known.

#define MS (sim_time) SIM_MS

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

// How one request to a service of so many workers with this handler ended, and how long it
// took. Service 0 and client 0 may be there already, as "db".
struct end {
    enum sim_outcome outcome;
    sim_time after;
};

static struct end end_of(const struct sim_run *run, uint32_t client)
{
    struct end end = { SIM_OUTCOMES, 0 };
    for (uint32_t o = 0; o < SIM_OUTCOMES; o++)
        if (client_total(run, client, SIM_ENDED + o) == 1)
            end.outcome = (enum sim_outcome)o;
    for (uint32_t cause = 0; cause < SIM_CAUSES; cause++)
        end.after += client_total(run, client, SIM_TIME + cause);
    return end;
}

static struct end end_with(struct sim_model *m, uint32_t handler)
{
    add_plain(m, "api", 1, handler);
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_true(sim_run_books(run).balanced);
    struct end end = end_of(run, 0);
    sim_run_close(run);
    return end;
}

static void expect_end(struct sim_model *m, uint32_t handler, enum sim_outcome outcome,
                       sim_time after)
{
    struct end end = end_with(m, handler);
    assert_int_equal(end.outcome, outcome);
    assert_int_equal(end.after, after);
}

// ---- Rows, loops, endings ----

static void steps_follow_one_another(void **state)
{
    struct sim_model *m = *state;
    uint32_t inner = do_list(m, STEPS(do_io(m, 0.002), do_io(m, 0.003)));
    expect_end(m, do_list(m, STEPS(do_io(m, 0.001), inner, do_native(m, 0.004))), SIM_OK,
               10 * MS);
}

static void empty_handler_takes_no_time(void **state)
{
    expect_end(*state, do_list(*state, 0, NULL), SIM_OK, 0);
}

static void times_repeats(void **state)
{
    struct sim_model *m = *state;
    uint32_t twice = do_times(m, 2, do_io(m, 0.001));
    expect_end(m, do_times(m, 7, twice), SIM_OK, 14 * MS);
}

static void times_nought_does_nothing(void **state)
{
    struct sim_model *m = *state;
    expect_end(m, do_list(m, STEPS(do_times(m, 0, do_io(m, 1)), do_io(m, 0.001))), SIM_OK,
               1 * MS);
}

static void fail_ends_the_handler_with_an_error(void **state)
{
    struct sim_model *m = *state;
    expect_end(m, do_list(m, STEPS(do_io(m, 0.001), do_fail(m, 503), do_io(m, 1))),
               SIM_ERROR, 1 * MS);
}

static void fail_leaves_loops_and_rows(void **state)
{
    struct sim_model *m = *state;
    uint32_t body = do_list(m, STEPS(do_io(m, 0.001), do_fail(m, 503)));
    expect_end(m, do_list(m, STEPS(do_times(m, 5, body), do_io(m, 1))), SIM_ERROR, 1 * MS);
}

static void reply_ends_the_handler_well_from_inside_anything(void **state)
{
    struct sim_model *m = *state;
    uint32_t body = do_list(m, STEPS(do_io(m, 0.001), do_reply(m, 202)));
    uint32_t loop = do_times(m, 5, with_timeout(m, 1, body));
    expect_end(m, do_list(m, STEPS(loop, do_io(m, 1))), SIM_OK, 1 * MS);
}

// ---- Choices ----

static void mixture_takes_branches_by_weight(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "api", SIM_UNLIMITED, do_mix(m, 0.3, do_io(m, 0.001), do_fail(m, 500)));
    add_client(m, "users", burst(20000, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    int64_t ok = client_total(run, 0, SIM_ENDED + SIM_OK);
    assert_true(fabs(binomial_z((uint64_t)ok, 20000, 0.3)) < 3.9);
    assert_int_equal(client_total(run, 0, SIM_ENDED + SIM_ERROR), 20000 - ok);
    sim_run_close(run);
}

static void weight_that_is_missing_is_nothing(void **state)
{
    struct sim_model *m = *state;
    struct sim_branch only = { .weight = 0.25, .to = do_fail(m, 500) };
    struct sim_step mix = { .kind = SIM_STEP_MIX,
                            .first = sim_model_branch(m, only),
                            .count = 1,
                            .value = SIM_NONE };
    add_plain(m, "api", SIM_UNLIMITED, sim_model_step(m, &mix));
    add_client(m, "users", burst(20000, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    uint64_t failed = (uint64_t)client_total(run, 0, SIM_ENDED + SIM_ERROR);
    assert_true(fabs(binomial_z(failed, 20000, 0.25)) < 3.9);
    sim_run_close(run);
}

static struct end end_of_field(struct sim_model *m, double value)
{
    uint32_t size = sim_model_field(m, "size");
    struct sim_client_def c = { .name = "users" };
    add_plain(m, "api", 1, do_switch(m, size, 7, do_io(m, 0.001), do_io(m, 0.002)));
    c.arrivals = burst(1, 0);
    c.step = do_call(m, "api");
    c.first_field =
        sim_model_field_set(m, (struct sim_field_set){ size, number(m, value) });
    c.fields = 1;
    sim_model_client(m, &c);
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    struct end end = end_of(run, 0);
    sim_run_close(run);
    return end;
}

static void switch_takes_the_branch_of_the_field(void **state)
{
    assert_int_equal(end_of_field(*state, 7).after, 1 * MS);
}

static void switch_takes_the_other_branch_else(void **state)
{
    assert_int_equal(end_of_field(*state, 8).after, 2 * MS);
}

static void work_may_be_an_expression_of_a_field(void **state)
{
    struct sim_model *m = *state;
    uint32_t size = sim_model_field(m, "size");
    uint32_t field =
        sim_model_value(m, &(struct sim_value){ .kind = SIM_VALUE_FIELD, .a = size });
    uint32_t product = sim_model_value(
        m, &(struct sim_value){ .kind = SIM_VALUE_MUL, .a = field, .b = number(m, 0.001) });
    uint32_t sum = sim_model_value(
        m,
        &(struct sim_value){ .kind = SIM_VALUE_ADD, .a = product, .b = number(m, 0.002) });
    add_plain(m, "api", 1, do_work(m, SIM_STEP_IO, sum));
    struct sim_client_def c = { .name = "users" };
    c.arrivals = burst(1, 0);
    c.step = do_call(m, "api");
    c.first_field = sim_model_field_set(m, (struct sim_field_set){ size, number(m, 5) });
    c.fields = 1;
    sim_model_client(m, &c);
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_int_equal(only_latency(run, 0), 7 * MS);
    sim_run_close(run);
}

// ---- Catching ----

static uint32_t failing(struct sim_model *m)
{
    return do_list(m, STEPS(do_io(m, 0.001), do_fail(m, 500)));
}

static void caught_failure_goes_on_behind_the_try(void **state)
{
    struct sim_model *m = *state;
    uint32_t step = do_try(m, failing(m), SIM_ERROR, do_io(m, 0.010));
    expect_end(m, do_list(m, STEPS(step, do_io(m, 0.100))), SIM_OK, 111 * MS);
}

static void other_outcomes_pass_by(void **state)
{
    struct sim_model *m = *state;
    uint32_t step = do_try(m, failing(m), SIM_TIMEOUT, do_io(m, 0.010));
    expect_end(m, do_list(m, STEPS(step, do_io(m, 0.100))), SIM_ERROR, 1 * MS);
}

static void handler_is_left_out_when_all_is_well(void **state)
{
    struct sim_model *m = *state;
    expect_end(m, do_try_any(m, do_io(m, 0.001), do_io(m, 0.010)), SIM_OK, 1 * MS);
}

static void timeout_is_caught(void **state)
{
    struct sim_model *m = *state;
    uint32_t slow = with_timeout(m, 0.005, do_io(m, 1));
    expect_end(m, do_try(m, slow, SIM_TIMEOUT, do_io(m, 0.010)), SIM_OK, 15 * MS);
}

static void handler_may_fail_in_its_turn(void **state)
{
    struct sim_model *m = *state;
    uint32_t inner = do_try_any(m, failing(m), failing(m));
    expect_end(m, do_try_any(m, inner, do_io(m, 0.010)), SIM_OK, 12 * MS);
}

// As in asyncio: inside, a timeout from outside is a cancellation, which error handlers
// let pass, and which code that catches anything swallows for good.
static void timeout_from_outside_passes_by_those_who_catch_errors(void **state)
{
    struct sim_model *m = *state;
    uint32_t step = do_try(m, do_io(m, 1), SIM_ERROR, do_io(m, 0.010));
    step = do_try(m, step, SIM_TIMEOUT, do_io(m, 0.010));
    expect_end(m, with_timeout(m, 0.005, step), SIM_TIMEOUT, 5 * MS);
}

static void timeout_from_outside_is_swallowed_by_those_who_catch_all(void **state)
{
    struct sim_model *m = *state;
    uint32_t step = do_try_any(m, do_io(m, 1), do_io(m, 0.010));
    step = do_list(m, STEPS(step, do_io(m, 0.100)));
    expect_end(m, with_timeout(m, 0.005, step), SIM_OK, 115 * MS);
}

static void only_the_timeout_that_expired_is_raised(void **state)
{
    struct sim_model *m = *state;
    uint32_t inner = with_timeout(m, 0.050, do_io(m, 1));
    inner = do_try(m, inner, SIM_TIMEOUT, do_io(m, 0.010));
    uint32_t outer = with_timeout(m, 0.005, inner);
    expect_end(m, do_try(m, outer, SIM_TIMEOUT, do_io(m, 0.100)), SIM_OK, 105 * MS);
}

// A swallowed timeout is over: a later one is its own.
static void swallowed_timeout_does_not_come_back(void **state)
{
    struct sim_model *m = *state;
    uint32_t swallow = do_try_any(m, do_io(m, 1), do_native(m, 0.010));
    uint32_t later = do_try(m, with_timeout(m, 0.001, do_native(m, 0.020)), SIM_TIMEOUT,
                            do_io(m, 0.100));
    expect_end(m, with_timeout(m, 0.005, do_list(m, STEPS(swallow, later))), SIM_OK,
               135 * MS);
}

static void retry_inside_a_timeout_that_is_over_does_not_try_again(void **state)
{
    struct sim_model *m = *state;
    struct sim_retry r = fixed_retry(5, 0);
    expect_end(m, with_timeout(m, 0.005, with_retry(m, &r, do_io(m, 1))), SIM_TIMEOUT,
               5 * MS);
}

static void finally_runs_and_passes_the_failure_on(void **state)
{
    struct sim_model *m = *state;
    uint32_t step = do_finally(m, failing(m), do_io(m, 0.010));
    expect_end(m, do_list(m, STEPS(step, do_io(m, 1))), SIM_ERROR, 11 * MS);
}

static void finally_runs_when_all_is_well(void **state)
{
    struct sim_model *m = *state;
    uint32_t step = do_finally(m, do_io(m, 0.001), do_io(m, 0.010));
    expect_end(m, do_list(m, STEPS(step, do_io(m, 0.100))), SIM_OK, 111 * MS);
}

static void finally_passes_a_timeout_on_as_a_timeout(void **state)
{
    struct sim_model *m = *state;
    uint32_t slow = with_timeout(m, 0.005, do_io(m, 1));
    uint32_t step = do_finally(m, slow, do_io(m, 0.010));
    expect_end(m, do_try(m, step, SIM_TIMEOUT, do_io(m, 0.100)), SIM_OK, 115 * MS);
}

// A timeout from outside cancels what is inside, whose finally still runs.
static void finally_runs_when_a_timeout_comes_from_outside(void **state)
{
    struct sim_model *m = *state;
    uint32_t step = do_finally(m, do_io(m, 1), do_io(m, 0.010));
    struct end end = end_with(m, with_timeout(m, 0.005, step));
    assert_int_equal(end.outcome, SIM_TIMEOUT);
    assert_int_equal(end.after, 15 * MS);
}

static void outcomes_of_calls_are_raised_in_the_caller(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "db", 1, failing(m));
    add_plain(m, "api", 1, do_try(m, do_call(m, "db"), SIM_ERROR, do_io(m, 0.010)));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_int_equal(only_latency(run, 0), 11 * MS);
    sim_run_close(run);
}

// ---- Semaphores ----

// Clients c0, c1 ... arrive a microsecond apart at a service with workers for all, whose
// handler is this; returns the run.
static struct sim_run *run_many(struct sim_model *m, uint32_t n, uint32_t handler)
{
    add_plain(m, "api", SIM_UNLIMITED, handler);
    char name[] = "c0";
    for (uint32_t i = 0; i < n; i++) {
        name[1] = (char)('0' + i);
        add_client(m, name, burst(1, (sim_time)i * SIM_US), do_call(m, "api"));
    }
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_true(sim_run_books(run).balanced);
    return run;
}

static void semaphore_is_first_come_first_served(void **state)
{
    struct sim_model *m = *state;
    uint32_t gate = sim_model_semaphore(m, "gate", 1);
    struct sim_run *run = run_many(m, 4, with_semaphore(m, gate, do_io(m, 0.010)));
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(only_latency(run, i), 10 * MS * (i + 1) - (sim_time)i * SIM_US);
    assert_int_equal(replica_total(run, 0, 0, SIM_TIME + SIM_IN_LOCK),
                     60 * MS - 6 * SIM_US);
    sim_run_close(run);
}

static void semaphore_lets_as_many_in_as_it_has(void **state)
{
    struct sim_model *m = *state;
    uint32_t gate = sim_model_semaphore(m, "gate", 3);
    struct sim_run *run = run_many(m, 6, with_semaphore(m, gate, do_io(m, 0.010)));
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(only_latency(run, i), 10 * MS);
    for (uint32_t i = 3; i < 6; i++)
        assert_int_equal(only_latency(run, i), 20 * MS - 3 * SIM_US);
    sim_run_close(run);
}

// The first leaves the semaphore in an unusual way after 1 ms; the second then has it at once,
// for 10 ms.
static void expect_released(struct sim_model *m, uint32_t gate, uint32_t first)
{
    add_plain(m, "one", 1, first);
    add_plain(m, "two", 1, do_list(m, 0, NULL));
    // Both in one place, so that it is one semaphore: told apart by a field.
    uint32_t who = sim_model_field(m, "who");
    uint32_t second = with_semaphore(m, gate, do_io(m, 0.010));
    add_plain(m, "api", 2, do_switch(m, who, 1, first, second));
    struct sim_client_def c = { .name = "first" };
    c.arrivals = burst(1, 0);
    c.step = do_call(m, "api");
    c.first_field = sim_model_field_set(m, (struct sim_field_set){ who, number(m, 1) });
    c.fields = 1;
    sim_model_client(m, &c);
    add_client(m, "second", burst(1, 500 * SIM_US), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_int_equal(only_latency(run, 1), 10 * MS + 500 * SIM_US);
    sim_run_close(run);
}

static void semaphore_is_released_by_a_failure(void **state)
{
    struct sim_model *m = *state;
    uint32_t gate = sim_model_semaphore(m, "gate", 1);
    expect_released(m, gate, with_semaphore(m, gate, failing(m)));
}

static void semaphore_is_released_by_a_reply(void **state)
{
    struct sim_model *m = *state;
    uint32_t gate = sim_model_semaphore(m, "gate", 1);
    uint32_t body = do_list(m, STEPS(do_io(m, 0.001), do_reply(m, 200)));
    expect_released(m, gate, with_semaphore(m, gate, body));
}

static void semaphore_is_released_by_a_timeout_around_it(void **state)
{
    struct sim_model *m = *state;
    uint32_t gate = sim_model_semaphore(m, "gate", 1);
    expect_released(m, gate, with_timeout(m, 0.001, with_semaphore(m, gate, do_io(m, 1))));
}

static void semaphore_is_released_by_a_timeout_inside_it(void **state)
{
    struct sim_model *m = *state;
    uint32_t gate = sim_model_semaphore(m, "gate", 1);
    uint32_t body = with_timeout(m, 0.001, do_io(m, 1));
    expect_released(m, gate, with_semaphore(m, gate, body));
}

static void semaphore_is_released_while_a_retry_around_it_waits(void **state)
{
    struct sim_model *m = *state;
    uint32_t gate = sim_model_semaphore(m, "gate", 1);
    struct sim_retry r = fixed_retry(2, 1);
    expect_released(m, gate, with_retry(m, &r, with_semaphore(m, gate, failing(m))));
}

static void semaphore_is_released_by_a_branch_that_is_ended(void **state)
{
    struct sim_model *m = *state;
    uint32_t gate = sim_model_semaphore(m, "gate", 1);
    uint32_t branch = with_semaphore(m, gate, do_io(m, 1));
    expect_released(m, gate, with_timeout(m, 0.001, do_gather(m, 0, STEPS(branch))));
}

// One who gives up in line leaves it, and the one behind moves up.
static void waiter_that_gives_up_leaves_the_line(void **state)
{
    struct sim_model *m = *state;
    uint32_t gate = sim_model_semaphore(m, "gate", 1);
    uint32_t body = with_timeout(m, 0.015, with_semaphore(m, gate, do_io(m, 0.010)));
    struct sim_run *run = run_many(m, 3, body);
    assert_int_equal(only_latency(run, 0), 10 * MS);
    // The second has it for 5 ms before it is over, the third gets it 1 us before its end.
    assert_int_equal(client_total(run, 1, SIM_ENDED + SIM_TIMEOUT), 1);
    assert_int_equal(client_total(run, 2, SIM_ENDED + SIM_TIMEOUT), 1);
    assert_int_equal(replica_total(run, 0, 0, SIM_TIME + SIM_IN_LOCK),
                     (10 * MS - SIM_US) + (15 * MS - SIM_US));
    sim_run_close(run);
}

static void each_replica_has_a_semaphore_of_its_own(void **state)
{
    struct sim_model *m = *state;
    uint32_t gate = sim_model_semaphore(m, "gate", 1);
    struct sim_service_def api = service_def("api", 8);
    api.replicas = 2;
    add_service(m, &api, with_semaphore(m, gate, do_io(m, 0.010)));
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    struct sim_hist *h = client_latencies(run, 0);
    assert_int_equal(sim_hist_max(h), 20 * MS);
    free(h);
    sim_run_close(run);
}

// ---- Several things at once ----

static void gather_takes_as_long_as_the_longest(void **state)
{
    struct sim_model *m = *state;
    expect_end(m, do_gather(m, 0, STEPS(do_io(m, 0.010), do_io(m, 0.030), do_io(m, 0.020))),
               SIM_OK, 30 * MS);
}

static void gather_goes_on_with_the_first_so_many(void **state)
{
    struct sim_model *m = *state;
    uint32_t gather = do_gather(
        m, 2, STEPS(do_io(m, 0.010), do_io(m, 0.030), do_io(m, 0.020), do_io(m, 0.040)));
    expect_end(m, do_list(m, STEPS(gather, do_io(m, 0.001))), SIM_OK, 21 * MS);
}

static void gather_of_nothing_takes_no_time(void **state)
{
    expect_end(*state, do_gather(*state, 0, 0, NULL), SIM_OK, 0);
}

static void fanout_is_so_many_copies_at_once(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "db", 2, do_io(m, 0.010));
    add_plain(m, "api", 1, do_fanout(m, 6, 0, do_call(m, "db")));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_int_equal(only_latency(run, 0), 30 * MS);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 6);
    sim_run_close(run);
}

static void fanout_goes_on_with_the_first_so_many(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "db", 2, do_io(m, 0.010));
    add_plain(m, "api", 1, do_fanout(m, 6, 3, do_call(m, "db")));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_int_equal(only_latency(run, 0), 20 * MS);
    assert_int_equal(replica_total(run, 0, 0, SIM_ENDED + SIM_OK), 6);
    sim_run_close(run);
}

static void first_failure_is_raised_at_once(void **state)
{
    struct sim_model *m = *state;
    uint32_t slow = do_list(m, STEPS(do_io(m, 0.020), do_fail(m, 501)));
    expect_end(m, do_gather(m, 0, STEPS(do_io(m, 1), failing(m), slow)), SIM_ERROR, 1 * MS);
}

// As asyncio.gather does; what they do is not waited for.
static void siblings_of_a_failure_go_on(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "db", 1, do_io(m, 0.010));
    uint32_t later = do_list(m, STEPS(do_io(m, 0.020), do_call(m, "db")));
    add_plain(m, "api", 1, do_gather(m, 0, STEPS(failing(m), later)));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_int_equal(end_of(run, 0).outcome, SIM_ERROR);
    assert_int_equal(end_of(run, 0).after, 1 * MS);
    assert_int_equal(replica_total(run, 0, 0, SIM_ENDED + SIM_OK), 1);
    sim_run_close(run);
}

static void one_failure_does_not_hurt_where_not_all_are_needed(void **state)
{
    struct sim_model *m = *state;
    expect_end(m, do_gather(m, 2, STEPS(failing(m), do_io(m, 0.010), do_io(m, 0.020))),
               SIM_OK, 20 * MS);
}

static void too_many_failures_are_raised(void **state)
{
    struct sim_model *m = *state;
    uint32_t later = do_list(m, STEPS(do_io(m, 0.005), do_fail(m, 500)));
    struct end end =
        end_with(m, do_gather(m, 2, STEPS(failing(m), later, do_io(m, 0.010))));
    assert_int_equal(end.outcome, SIM_ERROR);
}

static void timeout_around_a_gather_ends_its_branches(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "db", 1, do_io(m, 0.010));
    uint32_t branch = do_list(m, STEPS(do_io(m, 0.020), do_call(m, "db")));
    uint32_t gather = do_gather(m, 0, STEPS(branch, branch));
    add_plain(m, "api", 1, with_timeout(m, 0.015, gather));
    add_client(m, "users", burst(1, 0), do_call(m, "api"));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_int_equal(end_of(run, 0).outcome, SIM_TIMEOUT);
    assert_int_equal(end_of(run, 0).after, 15 * MS);
    assert_int_equal(replica_total(run, 0, 0, SIM_ARRIVED), 0);
    assert_true(sim_run_books(run).balanced);
    sim_run_close(run);
}

// Without an event loop (on one it is as asyncio has it): what is gathered is cancelled, cleans up, and the
// timeout is raised when the last has. The second branch has ended before.
static void branches_clean_up_when_a_timeout_ends_them(void **state)
{
    struct sim_model *m = *state;
    uint32_t slow = do_finally(m, do_io(m, 1), do_io(m, 0.010));
    uint32_t slower = do_finally(m, do_io(m, 1), do_io(m, 0.030));
    uint32_t gather = do_gather(m, 0, STEPS(slow, do_io(m, 0.001), slower));
    expect_end(m, with_timeout(m, 0.005, gather), SIM_TIMEOUT, 35 * MS);
}

static void branches_of_branches_clean_up_too(void **state)
{
    struct sim_model *m = *state;
    uint32_t slow = do_finally(m, do_io(m, 1), do_io(m, 0.010));
    uint32_t inner = do_finally(m, do_gather(m, 0, STEPS(slow, slow)), do_io(m, 0.020));
    expect_end(m, with_timeout(m, 0.005, do_gather(m, 0, STEPS(inner, do_io(m, 1)))),
               SIM_TIMEOUT, 35 * MS);
}

// It computes for 20 ms, and only then can it be told.
static void branch_that_runs_is_cancelled_when_its_work_is_done(void **state)
{
    struct sim_model *m = *state;
    uint32_t busy = do_list(m, STEPS(do_native(m, 0.020), do_io(m, 1)));
    expect_end(m, with_timeout(m, 0.005, do_gather(m, 0, STEPS(busy))), SIM_TIMEOUT,
               20 * MS);
}

static void cancelled_branch_that_swallows_it_is_waited_for(void **state)
{
    struct sim_model *m = *state;
    uint32_t swallows = do_try_any(m, do_io(m, 1), do_io(m, 0.010));
    uint32_t branch = do_list(m, STEPS(swallows, do_io(m, 0.020)));
    expect_end(m, with_timeout(m, 0.005, do_gather(m, 0, STEPS(branch))), SIM_TIMEOUT,
               35 * MS);
}

// The clean-up waits for ever; the second timeout cancels that.
static void second_timeout_cancels_the_branches_that_clean_up(void **state)
{
    struct sim_model *m = *state;
    uint32_t branch = do_finally(m, do_io(m, 1), do_io(m, 9));
    uint32_t inner = with_timeout(m, 0.005, do_gather(m, 0, STEPS(branch)));
    expect_end(m, with_timeout(m, 0.050, inner), SIM_TIMEOUT, 50 * MS);
}

static void gather_that_was_cancelled_once_may_be_done_again(void **state)
{
    struct sim_model *m = *state;
    struct sim_retry r = fixed_retry(2, 0.001);
    uint32_t gather = do_gather(m, 0, STEPS(do_io(m, 1), do_io(m, 0.001)));
    uint32_t twice = with_retry(m, &r, with_timeout(m, 0.005, gather));
    uint32_t after = do_gather(m, 1, STEPS(do_io(m, 0.002), failing(m)));
    expect_end(m, do_list(m, STEPS(do_try_any(m, twice, do_io(m, 0)), after)), SIM_OK,
               13 * MS);
}

static void gathers_may_be_nested(void **state)
{
    struct sim_model *m = *state;
    uint32_t inner = do_gather(m, 0, STEPS(do_io(m, 0.010), do_io(m, 0.020)));
    uint32_t row = do_list(m, STEPS(do_io(m, 0.005), inner));
    expect_end(m, do_gather(m, 0, STEPS(row, do_fanout(m, 3, 0, row))), SIM_OK, 25 * MS);
}

static void client_may_gather(void **state)
{
    struct sim_model *m = *state;
    add_plain(m, "a", 1, do_io(m, 0.010));
    add_plain(m, "b", 1, do_io(m, 0.030));
    add_client(m, "users", burst(1, 0),
               do_gather(m, 0, STEPS(do_call(m, "a"), do_call(m, "b"))));
    world_seal(m);
    struct sim_run *run = run_whole(m, 1);
    assert_int_equal(only_latency(run, 0), 30 * MS);
    assert_int_equal(end_of(run, 0).after, 30 * MS);
    sim_run_close(run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(steps_follow_one_another),
        TEST(empty_handler_takes_no_time),
        TEST(times_repeats),
        TEST(times_nought_does_nothing),
        TEST(fail_ends_the_handler_with_an_error),
        TEST(fail_leaves_loops_and_rows),
        TEST(reply_ends_the_handler_well_from_inside_anything),
        TEST(mixture_takes_branches_by_weight),
        TEST(weight_that_is_missing_is_nothing),
        TEST(switch_takes_the_branch_of_the_field),
        TEST(switch_takes_the_other_branch_else),
        TEST(work_may_be_an_expression_of_a_field),
        TEST(caught_failure_goes_on_behind_the_try),
        TEST(other_outcomes_pass_by),
        TEST(handler_is_left_out_when_all_is_well),
        TEST(timeout_is_caught),
        TEST(handler_may_fail_in_its_turn),
        TEST(timeout_from_outside_passes_by_those_who_catch_errors),
        TEST(timeout_from_outside_is_swallowed_by_those_who_catch_all),
        TEST(only_the_timeout_that_expired_is_raised),
        TEST(swallowed_timeout_does_not_come_back),
        TEST(retry_inside_a_timeout_that_is_over_does_not_try_again),
        TEST(finally_runs_and_passes_the_failure_on),
        TEST(finally_runs_when_all_is_well),
        TEST(finally_passes_a_timeout_on_as_a_timeout),
        TEST(finally_runs_when_a_timeout_comes_from_outside),
        TEST(outcomes_of_calls_are_raised_in_the_caller),
        TEST(semaphore_is_first_come_first_served),
        TEST(semaphore_lets_as_many_in_as_it_has),
        TEST(semaphore_is_released_by_a_failure),
        TEST(semaphore_is_released_by_a_reply),
        TEST(semaphore_is_released_by_a_timeout_around_it),
        TEST(semaphore_is_released_by_a_timeout_inside_it),
        TEST(semaphore_is_released_while_a_retry_around_it_waits),
        TEST(semaphore_is_released_by_a_branch_that_is_ended),
        TEST(waiter_that_gives_up_leaves_the_line),
        TEST(each_replica_has_a_semaphore_of_its_own),
        TEST(gather_takes_as_long_as_the_longest),
        TEST(gather_goes_on_with_the_first_so_many),
        TEST(gather_of_nothing_takes_no_time),
        TEST(fanout_is_so_many_copies_at_once),
        TEST(fanout_goes_on_with_the_first_so_many),
        TEST(first_failure_is_raised_at_once),
        TEST(siblings_of_a_failure_go_on),
        TEST(one_failure_does_not_hurt_where_not_all_are_needed),
        TEST(too_many_failures_are_raised),
        TEST(timeout_around_a_gather_ends_its_branches),
        TEST(branches_clean_up_when_a_timeout_ends_them),
        TEST(branches_of_branches_clean_up_too),
        TEST(branch_that_runs_is_cancelled_when_its_work_is_done),
        TEST(cancelled_branch_that_swallows_it_is_waited_for),
        TEST(second_timeout_cancels_the_branches_that_clean_up),
        TEST(gather_that_was_cancelled_once_may_be_done_again),
        TEST(gathers_may_be_nested),
        TEST(client_may_gather),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
