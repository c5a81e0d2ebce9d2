#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/rate_limit/limiter.h"
#include "tests/support/stress.h"

#define S       ((int64_t)1000000000)
#define THREADS 4

static struct stress stress;

static const struct lab_limit_def five_a_second = { LAB_FIXED_WINDOW, 5, S, 0, false };

static void keys_have_limits_of_their_own(void **state)
{
    struct lab_limiter l;
    struct lab_limit_answer a;
    (void)state;
    assert_true(lab_limiter_init(&l, &five_a_second, 10));
    for (int i = 0; i < 5; i++)
        assert_int_equal(lab_limiter_take(&l, 1, 1, 0, NULL), LAB_LIMITER_ALLOWED);
    assert_int_equal(lab_limiter_take(&l, 1, 1, 0, &a), LAB_LIMITER_REFUSED);
    assert_int_equal(a.retry_after_ns, S);
    assert_int_equal(lab_limiter_take(&l, 2, 1, 0, &a), LAB_LIMITER_ALLOWED);
    assert_int_equal(a.remaining, 4);
    lab_limiter_fini(&l);
}

static void idle_keys_make_room_and_live_ones_do_not(void **state)
{
    struct lab_limiter l;
    (void)state;
    assert_true(lab_limiter_init(&l, &five_a_second, 100));
    for (uint64_t key = 0; key < 100; key++)
        assert_int_equal(lab_limiter_take(&l, key, 5, 0, NULL), LAB_LIMITER_ALLOWED);
    assert_int_equal(lab_limiter_take(&l, 100, 1, S - 1, NULL), LAB_LIMITER_FULL);
    assert_int_equal(lab_limiter_take(&l, 99, 1, S - 1, NULL), LAB_LIMITER_REFUSED);
    assert_int_equal(lab_limiter_take(&l, 100, 1, S, NULL), LAB_LIMITER_ALLOWED);
    assert_int_equal(l.count, 1);
    lab_limiter_fini(&l);
}

static void many_keys_are_found_again(void **state)
{
    struct lab_limiter l;
    struct lab_limit_answer a;
    (void)state;
    assert_true(lab_limiter_init(&l, &five_a_second, 1000000));
    for (uint64_t key = 0; key < 100000; key++)
        lab_limiter_take(&l, key << 20, (uint32_t)(key % 5) + 1, 0, NULL);
    for (uint64_t key = 0; key < 100000; key++) {
        assert_int_not_equal(lab_limiter_take(&l, key << 20, 0, 0, &a), LAB_LIMITER_FULL);
        assert_int_equal(a.remaining, 4 - key % 5);
    }
    lab_limiter_fini(&l);
}

// ---- Threads: whatever they do at once, nobody gets more than the limit ----

struct part {
    struct lab_limiter *limiter;
    unsigned seed;
    uint32_t allowed[8];
};

static void *ask(void *arg)
{
    struct part *p = arg;
    unsigned x = p->seed;
    for (int i = 0; i < 2000; i++) {
        x = x * 1664525u + 1013904223u;
        uint64_t key = x >> 29;
        if (lab_limiter_take(p->limiter, key, 1, 7, NULL) == LAB_LIMITER_ALLOWED)
            p->allowed[key]++;
    }
    return NULL;
}

static void one_round(enum lab_limit_algorithm algorithm, unsigned seed)
{
    const struct lab_limit_def def = { algorithm, 50, S, 50, false };
    const uint32_t most = algorithm == LAB_GCRA ? 51 : 50;
    struct lab_limiter l;
    struct part parts[THREADS] = { 0 };
    pthread_t threads[THREADS];
    assert_true(lab_limiter_init(&l, &def, 100));
    for (unsigned i = 0; i < THREADS; i++) {
        parts[i].limiter = &l;
        parts[i].seed = seed * THREADS + i + 1;
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &parts[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int key = 0; key < 8; key++) {
        uint32_t sum = 0;
        for (int i = 0; i < THREADS; i++)
            sum += parts[i].allowed[key];
        assert_int_equal(sum, most);
    }
    lab_limiter_fini(&l);
}

static void threads_together_get_the_limit_and_no_more(void **state)
{
    (void)state;
    for (uint32_t i = 0; stress_goes_on(&stress, i); i++)
        for (int a = LAB_TOKEN_BUCKET; a <= LAB_SLIDING_COUNTER; a++)
            one_round((enum lab_limit_algorithm)a, (unsigned)stress.seed + i);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_limits_of_their_own),
        cmocka_unit_test(idle_keys_make_room_and_live_ones_do_not),
        cmocka_unit_test(many_keys_are_found_again),
        cmocka_unit_test(threads_together_get_the_limit_and_no_more),
    };
    stress = stress_read(argc, argv, 5);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
