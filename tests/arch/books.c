// Runs a small world in which requests end in every way, and says whether the run's books
// balance. Linked with a simulator that forgets to count something, it must say that they
// do not.

#include <stdio.h>

#include "tests/support/worlds.h"

static struct sim_model *small_world(void)
{
    struct sim_model *m = world_open(2);
    struct sim_service_def db = service_def("db", 2);
    struct sim_retry retry = fixed_retry(2, 0.01);
    db.executor.capacity = 2;
    add_service(m, &db, do_mix(m, 0.1, do_fail(m, 500), do_native(m, 0.01)));
    add_client(m, "users", poisson(m, 120),
               with_retry(m, &retry, with_timeout(m, 0.03, do_call(m, "db"))));
    world_seal(m);
    return m;
}

int main(void)
{
    struct sim_model *m = small_world();
    struct sim_run *run = run_open(m, 1, 0);
    sim_run_until(run, SIM_S);
    bool balanced = sim_run_books(run).balanced;
    sim_run_until(run, SIM_NEVER);
    sim_run_finish(run);
    balanced &= sim_run_books(run).balanced;
    puts(balanced ? "the books balance" : "the books do not balance");
    sim_run_close(run);
    sim_model_close(m);
    return 0;
}
