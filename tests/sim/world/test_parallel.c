#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/random_world.h"

// A hundred runs side by side are the hundred runs one after the other: they share nothing
// that is written. Worker threads only record; the test's own thread compares.

enum {
    RUNS = 100,
    THREADS = 8,
    WORLDS = 10
};

static struct random_world worlds[WORLDS];

struct worker {
    pthread_t thread;
    uint32_t first;
    uint64_t digests[RUNS];
};

// Run i is world i % WORLDS with seed i: each model serves many runs at the same time.
static uint64_t digest_of(uint32_t i)
{
    struct sim_run *run = random_world_run(&worlds[i % WORLDS], i, i % 3 ? 0 : 4096, i % 5);
    uint64_t digest = sim_run_digest(run);
    sim_run_close(run);
    return digest;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    for (uint32_t i = w->first; i < RUNS; i += THREADS)
        w->digests[i] = digest_of(i);
    return NULL;
}

static void parallel_runs_are_the_sequential_ones(void **state)
{
    (void)state;
    static struct worker workers[THREADS];
    uint64_t alone[RUNS];
    for (uint64_t i = 0; i < WORLDS; i++)
        random_world_open(&worlds[i], 100 + i);
    for (uint32_t i = 0; i < RUNS; i++)
        alone[i] = digest_of(i);
    for (uint32_t i = 0; i < THREADS; i++) {
        workers[i].first = i;
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
    for (uint32_t i = 0; i < RUNS; i++)
        assert_true(workers[i % THREADS].digests[i] == alone[i]);
    for (uint64_t i = 0; i < WORLDS; i++)
        random_world_close(&worlds[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parallel_runs_are_the_sequential_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
