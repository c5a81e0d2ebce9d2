#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Requests that kill whoever works on them. A host starts again after 1 s who has died.

#define MS (sim_time) SIM_MS

static int open_world(void **state)
{
    *state = world_open(5);
    return 0;
}

static int close_world(void **state)
{
    sim_model_close(*state);
    return 0;
}

static struct sim_fault poison(uint32_t n, sim_time begin, sim_time end)
{
    return (struct sim_fault){ .kind = SIM_FAULT_POISON,
                               .target = { 0, SIM_NONE, SIM_NONE },
                               .amount = n,
                               .begin = begin,
                               .end = end };
}

// A service "api" of so many replicas, which answers in 10 ms.
static void add_api(struct sim_model *m, uint32_t replicas)
{
    struct sim_service_def api = service_def("api", 9);
    api.replicas = replicas;
    add_service(m, &api, do_io(m, 0.010));
}

static void ask_once(struct sim_model *m, const char *name, sim_time at)
{
    add_client(m, name, burst(1, at), do_call(m, "api"));
}

// One request, with so many attempts so long apart.
static void insist(struct sim_model *m, sim_time at, uint32_t attempts, double wait)
{
    struct sim_retry retry = fixed_retry(attempts, wait);
    add_client(m, "stubborn", burst(1, at), with_retry(m, &retry, do_call(m, "api")));
}

static int64_t ended(const struct sim_run *run, uint32_t client, enum sim_outcome o)
{
    return client_total(run, client, SIM_ENDED + o);
}

static void who_works_on_it_dies_and_is_started_again(void **state)
{
    struct sim_model *m = *state;
    add_api(m, 1);
    ask_once(m, "bad", 100 * MS);
    ask_once(m, "during", 600 * MS);
    ask_once(m, "after", 1101 * MS);
    struct sim_run *run = run_under(m, poison(1, 0, SIM_NEVER));
    assert_int_equal(ended(run, 0, SIM_ERROR), 1);
    assert_int_equal(ended(run, 1, SIM_ERROR), 1);
    assert_int_equal(ended(run, 2, SIM_OK), 1);
    assert_int_equal(service_total(run, 0, SIM_POISONED), 1);
    sim_run_close(run);
}

static void others_inside_die_with_it(void **state)
{
    struct sim_model *m = *state;
    add_api(m, 1);
    ask_once(m, "inside", 95 * MS);
    ask_once(m, "bad", 100 * MS);
    struct sim_run *run = run_under(m, poison(1, 100 * MS, SIM_NEVER));
    assert_int_equal(ended(run, 0, SIM_ERROR), 1);
    assert_int_equal(ended(run, 1, SIM_ERROR), 1);
    sim_run_close(run);
}

// The third time nobody is left, and an error is all that comes of it.
static void each_attempt_kills_another(void **state)
{
    struct sim_model *m = *state;
    add_api(m, 2);
    insist(m, 100 * MS, 3, 0.05);
    struct sim_run *run = run_under(m, poison(1, 0, SIM_NEVER));
    assert_int_equal(replica_total(run, 0, 0, SIM_POISONED), 1);
    assert_int_equal(replica_total(run, 0, 1, SIM_POISONED), 1);
    assert_int_equal(ended(run, 0, SIM_ERROR), 1);
    sim_run_close(run);
}

static void so_it_does_when_they_are_back(void **state)
{
    struct sim_model *m = *state;
    add_api(m, 1);
    insist(m, 100 * MS, 4, 1.1);
    struct sim_run *run = run_under(m, poison(1, 0, SIM_NEVER));
    assert_int_equal(service_total(run, 0, SIM_POISONED), 4);
    sim_run_close(run);
}

static void undone_it_is_harmless(void **state)
{
    struct sim_model *m = *state;
    add_api(m, 1);
    insist(m, 100 * MS, 4, 1.1);
    struct sim_run *run = run_under(m, poison(9, 0, 2000 * MS));
    assert_int_equal(service_total(run, 0, SIM_POISONED), 2);
    assert_int_equal(ended(run, 0, SIM_OK), 1);
    sim_run_close(run);
}

static void so_many_requests_are_poisoned_and_no_more(void **state)
{
    struct sim_model *m = *state;
    add_api(m, 1);
    const sim_time times[] = { 0, 1100 * MS, 2200 * MS };
    char name[] = "c0";
    for (uint32_t i = 0; i < 3; i++) {
        name[1] = (char)('0' + i);
        ask_once(m, name, times[i]);
    }
    struct sim_run *run = run_under(m, poison(2, 0, SIM_NEVER));
    assert_int_equal(ended(run, 0, SIM_ERROR), 1);
    assert_int_equal(ended(run, 1, SIM_ERROR), 1);
    assert_int_equal(ended(run, 2, SIM_OK), 1);
    sim_run_close(run);
}

static void of_one_route_it_leaves_the_others(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = service_def("api", 9);
    uint32_t step = do_io(m, 0.010);
    api.first_route = sim_model_route(m, &(struct sim_route_def){ "pay", step });
    uint32_t see = sim_model_route(m, &(struct sim_route_def){ "see", step });
    api.routes = 2;
    sim_model_service(m, &api);
    struct sim_call_def to_pay = call_def("api"), to_see = call_def("api");
    strcpy(to_pay.route, "pay");
    strcpy(to_see.route, "see");
    add_client(m, "a", burst(1, 0), do_call_as(m, &to_pay));
    add_client(m, "b", burst(1, 100 * MS), do_call_as(m, &to_see));
    struct sim_fault f = poison(1, 0, SIM_NEVER);
    f.target.route = see;
    struct sim_run *run = run_under(m, f);
    assert_int_equal(ended(run, 0, SIM_OK), 1);
    assert_int_equal(ended(run, 1, SIM_ERROR), 1);
    sim_run_close(run);
}

// Before a loop has begun with it, what else runs on the loop included.
static void a_process_with_an_event_loop_dies_as_well(void **state)
{
    struct sim_model *m = *state;
    struct sim_service_def api = loop_def("api");
    api.has_runtime = true;
    api.runtime = ideal_gil(5 * MS);
    add_service(m, &api, do_list(m, STEPS(do_python(m, 0.001), do_io(m, 0.010))));
    ask_once(m, "inside", 95 * MS);
    ask_once(m, "bad", 100 * MS);
    ask_once(m, "after", 1101 * MS);
    struct sim_run *run = run_under(m, poison(1, 100 * MS, SIM_NEVER));
    assert_int_equal(ended(run, 0, SIM_ERROR), 1);
    assert_int_equal(ended(run, 1, SIM_ERROR), 1);
    assert_int_equal(ended(run, 2, SIM_OK), 1);
    sim_run_close(run);
}

// The other worker goes on, and so does the server.
static void of_a_server_of_processes_one_worker_dies(void **state)
{
    struct sim_model *m = *state;
    struct sim_pool_def p = sim_pool_default(SIM_POOL_PROCESSES, 2);
    p.serves = true;
    uint32_t pool = sim_model_pool(m, &p);
    struct sim_service_def api = service_def("api", 2);
    api.executor.pool = pool;
    add_service(m, &api, do_served(m, pool, do_io(m, 0.100)));
    ask_once(m, "inside", 1000 * MS);
    ask_once(m, "bad", 1050 * MS);
    ask_once(m, "after", 2000 * MS);
    struct sim_run *run = run_under(m, poison(1, 1050 * MS, SIM_NEVER));
    assert_int_equal(ended(run, 0, SIM_OK), 1);
    assert_int_equal(ended(run, 1, SIM_ERROR), 1);
    assert_int_equal(ended(run, 2, SIM_OK), 1);
    assert_int_equal(service_total(run, 0, SIM_POISONED), 1);
    sim_run_close(run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_works_on_it_dies_and_is_started_again),
        TEST(others_inside_die_with_it),
        TEST(each_attempt_kills_another),
        TEST(so_it_does_when_they_are_back),
        TEST(undone_it_is_harmless),
        TEST(so_many_requests_are_poisoned_and_no_more),
        TEST(of_one_route_it_leaves_the_others),
        TEST(a_process_with_an_event_loop_dies_as_well),
        TEST(of_a_server_of_processes_one_worker_dies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
