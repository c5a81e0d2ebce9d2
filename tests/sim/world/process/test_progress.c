#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/worlds.h"

// Threads of a GIL that always have something to do never all sleep, whatever they do: each user
// comes again as soon as it is answered, and some are answered in each second.

#define WORLDS 300

static uint32_t below(struct sim_random *r, uint32_t n)
{
    return (uint32_t)sim_random_below(r, n);
}

static double some_time(struct sim_random *r)
{
    static const double of[] = { 1e-5, 1e-4, 1e-3, 3e-3, 7e-3 };
    return of[below(r, 5)];
}

static uint32_t simple_step(struct sim_model *m, struct sim_random *r)
{
    double d = some_time(r);
    switch (below(r, 5)) {
    case 0:
        return do_native(m, d);
    case 1:
        return do_holding(m, d);
    case 2:
        return do_io(m, d);
    case 3:
        return do_sleep(m, d);
    default:
        return do_python(m, d);
    }
}

static uint32_t some_steps(struct sim_model *m, struct sim_random *r)
{
    uint32_t steps[3], n = 1 + below(r, 3);
    for (uint32_t i = 0; i < n; i++)
        steps[i] = simple_step(m, r);
    return do_list(m, n, steps);
}

static uint32_t handler_of(struct sim_model *m, struct sim_random *r)
{
    uint32_t lock = sim_model_lock(m, ""), steps[3];
    for (uint32_t i = 0; i < 3; i++)
        steps[i] =
            below(r, 2) ? some_steps(m, r) : with_semaphore(m, lock, some_steps(m, r));
    return do_list(m, 3, steps);
}

static int64_t answered(const struct sim_run *run)
{
    return sim_run_books(run).ended[SIM_OK];
}

static bool goes_on(uint32_t world)
{
    struct sim_random r;
    sim_random_init(&r, world, "world", "handler");
    struct sim_model *m = world_open(16);
    struct sim_host_def host;
    sim_host_default(&host);
    host.cores = 1 + below(&r, 2);
    uint32_t box = sim_model_host(m, &host), services = 1 + below(&r, 2);
    static const char *const names[] = { "a", "b" };
    for (uint32_t i = 0; i < services; i++) {
        uint32_t threads = 1 + below(&r, 10);
        struct sim_service_def s = service_def(names[i], threads);
        s.has_runtime = true;
        s.runtime = usual_gil();
        s.runtime.lock_handoff = below(&r, 2) ? 1 * (sim_time)SIM_MS : 0;
        s.host = box;
        add_service(m, &s, handler_of(m, &r));
        add_client(m, names[i], closed(m, threads, sim_dist_constant(0)),
                   do_call(m, names[i]));
    }
    world_seal(m);
    struct sim_run *run = run_open(m, world, 0);
    bool goes = true;
    int64_t before = 0;
    for (sim_time t = 4 * (sim_time)SIM_S; t < 16 * (sim_time)SIM_S;
         t += 4 * (sim_time)SIM_S) {
        sim_run_until(run, t);
        goes = goes && answered(run) > before;
        before = answered(run);
    }
    sim_run_close(run);
    sim_model_close(m);
    return goes;
}

static void threads_that_have_something_to_do_never_all_sleep(void **state)
{
    (void)state;
    for (uint32_t world = 0; world < WORLDS; world++)
        if (!goes_on(world))
            fail_msg("in world %u they do", world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_that_have_something_to_do_never_all_sleep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
