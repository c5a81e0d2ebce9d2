#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/breaker/shared_breaker.h"
#include "tests/support/stress.h"

#define THREADS 4
#define S       ((int64_t)1000000000)

static struct stress stress;

struct part {
    struct lab_shared_breaker *shared;
    atomic_int *under_way, *most;
    uint32_t allowed, seed;
};

static void *ask(void *arg)
{
    struct part *p = arg;
    p->allowed = lab_shared_breaker_allows(p->shared, 100 * S);
    return NULL;
}

static void run(struct part *parts, void *(*body)(void *))
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, body, &parts[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void one_of_many_threads_is_the_probe(void **state)
{
    struct stress part = stress_part(&stress, 0, 2);
    (void)state;
    for (uint32_t i = 0; stress_goes_on(&part, i); i++) {
        struct lab_breaker_def def = lab_breaker_plain();
        struct lab_shared_breaker s;
        struct part parts[THREADS] = { 0 };
        uint32_t allowed = 0;
        assert_true(lab_shared_breaker_init(&s, &def));
        for (int n = 0; n < 5; n++)
            lab_shared_breaker_record(&s, LAB_BREAKER_FAILURE, 0, 0);
        for (int n = 0; n < THREADS; n++)
            parts[n].shared = &s;
        run(parts, ask);
        for (int n = 0; n < THREADS; n++)
            allowed += parts[n].allowed;
        assert_int_equal(allowed, 1);
        lab_shared_breaker_fini(&s);
    }
}

// Probes that are let through and not recorded yet never exceed the permits, as long as nobody
// brings a late result: here each thread records before it asks again.
static void *call(void *arg)
{
    struct part *p = arg;
    for (int i = 0; i < 200; i++) {
        p->seed = p->seed * 1664525u + 1013904223u;
        int64_t now = 100 * S;
        if (!lab_shared_breaker_allows(p->shared, now))
            continue;
        int n = atomic_fetch_add(p->under_way, 1) + 1, most = atomic_load(p->most);
        while (n > most && !atomic_compare_exchange_weak(p->most, &most, n))
            ;
        enum lab_breaker_outcome outcome =
            p->seed >> 31 ? LAB_BREAKER_IGNORED : LAB_BREAKER_SUCCESS;
        p->allowed += outcome == LAB_BREAKER_SUCCESS;
        atomic_fetch_sub(p->under_way, 1);
        lab_shared_breaker_record(p->shared, outcome, 0, now);
    }
    return NULL;
}

static void permits_are_never_exceeded_and_none_is_lost(void **state)
{
    struct stress part = stress_part(&stress, 1, 2);
    (void)state;
    for (uint32_t i = 0; stress_goes_on(&part, i); i++) {
        struct lab_breaker_def def = lab_breaker_plain();
        struct lab_shared_breaker s;
        struct part parts[THREADS] = { 0 };
        atomic_int under_way = 0, most = 0;
        uint32_t successes = 0;
        def.probes = 2;
        def.successes = 1000000;
        assert_true(lab_shared_breaker_init(&s, &def));
        for (int n = 0; n < 5; n++)
            lab_shared_breaker_record(&s, LAB_BREAKER_FAILURE, 0, 0);
        for (unsigned n = 0; n < THREADS; n++)
            parts[n] = (struct part){ &s, &under_way, &most, 0,
                                      ((uint32_t)stress.seed + i) * THREADS + n };
        run(parts, call);
        for (int n = 0; n < THREADS; n++)
            successes += parts[n].allowed;
        assert_true(atomic_load(&most) <= 2);
        assert_int_equal(s.breaker.half.calls, successes);
        assert_int_equal(s.breaker.permits, 2);
        assert_int_equal(lab_shared_breaker_state(&s, 100 * S), LAB_BREAKER_HALF_OPEN);
        lab_shared_breaker_fini(&s);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_many_threads_is_the_probe),
        cmocka_unit_test(permits_are_never_exceeded_and_none_is_lost),
    };
    stress = stress_read(argc, argv, 50);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
