#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/bulkhead/gate.h"
#include "tests/support/stress.h"

#define THREADS 6

static struct stress stress;

struct part {
    struct lab_gate *gate;
    atomic_int *inside, *most;
    uint32_t seed, entered;
};

static void *go_through(void *arg)
{
    struct part *p = arg;
    for (int i = 0; i < 50; i++) {
        p->seed = p->seed * 1664525u + 1013904223u;
        if (!lab_gate_enter(p->gate))
            continue;
        int n = atomic_fetch_add(p->inside, 1) + 1, most = atomic_load(p->most);
        while (n > most && !atomic_compare_exchange_weak(p->most, &most, n))
            ;
        p->entered++;
        if (p->seed >> 30 == 0)
            sched_yield();
        atomic_fetch_sub(p->inside, 1);
        lab_gate_leave(p->gate);
    }
    return NULL;
}

static uint32_t run(const struct lab_bulkhead_def *def, unsigned seed)
{
    struct lab_gate g;
    struct part parts[THREADS];
    pthread_t threads[THREADS];
    atomic_int inside = 0, most = 0;
    uint32_t entered = 0;
    assert_true(lab_gate_init(&g, def));
    for (unsigned i = 0; i < THREADS; i++) {
        parts[i] = (struct part){ &g, &inside, &most, seed * THREADS + i, 0 };
        assert_int_equal(pthread_create(&threads[i], NULL, go_through, &parts[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        entered += parts[i].entered;
    }
    assert_true(atomic_load(&most) <= (int)def->max_calls);
    assert_int_equal(g.bulkhead.calls, 0); // no place is lost
    assert_int_equal(g.bulkhead.waiting, 0);
    lab_gate_fini(&g);
    return entered;
}

static void never_more_than_the_limit_are_inside_and_no_place_is_lost(void **state)
{
    const struct lab_bulkhead_def patient = { 2, 100, LAB_BULKHEAD_FOR_EVER };
    const struct lab_bulkhead_def hasty = { 2, 100, 20000 }; // 20 us: many give up
    const struct lab_bulkhead_def none = { 2, 0, 0 };
    (void)state;
    for (uint32_t i = 0; stress_goes_on(&stress, i); i++) {
        unsigned seed = (unsigned)stress.seed + i;
        assert_int_equal(run(&patient, seed), THREADS * 50);
        assert_true(run(&hasty, seed) > 0);
        assert_true(run(&none, seed) > 0);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_more_than_the_limit_are_inside_and_no_place_is_lost),
    };
    stress = stress_read(argc, argv, 30);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
