#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/concurrency_limit/limiter.h"
#include "tests/support/stress.h"

// What is expected here is worked out by hand from the rules and never from a run.

#define MS      ((int64_t)1000000)
#define S       (1000 * MS)
#define THREADS 4

static struct stress stress;

static double a_half(void *ctx)
{
    ++*(int *)ctx;
    return 0.5;
}

static int draws;
static const struct lab_concurrency_chance chance = { a_half, &draws };

static struct lab_concurrency begin(enum lab_concurrency_kind kind, double limit)
{
    struct lab_concurrency_def def = lab_concurrency_default(kind);
    struct lab_concurrency c;
    def.initial = limit;
    draws = 0;
    lab_concurrency_init(&c, &def, &chance);
    return c;
}

static void sample(struct lab_concurrency *c, int64_t took, uint32_t in_flight,
                   bool dropped)
{
    const struct lab_concurrency_sample s = { took, in_flight, dropped };
    lab_concurrency_sample(c, &s, &chance);
}

static void is_limit(const struct lab_concurrency *c, double expected)
{
    assert_true(fabs(c->limit - expected) < 1e-9);
}

static void a_limit_is_how_many_may_be_under_way(void **state)
{
    struct lab_concurrency c = begin(LAB_CONCURRENCY_FIXED, 20.9);
    (void)state;
    assert_true(lab_concurrency_allows(&c, 19));
    assert_false(lab_concurrency_allows(&c, 20));
    sample(&c, S, 20, true);
    is_limit(&c, 20.9);
    assert_int_equal(draws, 0);
}

static void aimd_adds_one_and_multiplies(void **state)
{
    struct lab_concurrency c = begin(LAB_CONCURRENCY_AIMD, 100);
    (void)state;
    sample(&c, MS, 49, false); // not half of it
    is_limit(&c, 100);
    sample(&c, MS, 50, false);
    is_limit(&c, 101);
    sample(&c, 5 * S, 50, false); // and 51 would have been half
    is_limit(&c, 101);
    sample(&c, 5 * S, 51, false);
    is_limit(&c, 102);
    sample(&c, 5 * S + 1, 1, false);
    is_limit(&c, 91);
    sample(&c, MS, 1, true);
    is_limit(&c, 81);
    c = begin(LAB_CONCURRENCY_AIMD, 21);
    sample(&c, MS, 1, true);
    is_limit(&c, 20); // the least
    c = begin(LAB_CONCURRENCY_AIMD, 200);
    sample(&c, MS, 200, false);
    is_limit(&c, 200); // the most
}

// At 100, log10 is 2: up to 2 in the queue it grows by 12, below 6 by 2, above 12 it falls by 2.
static void vegas_goes_by_what_would_queue(void **state)
{
    const struct {
        int64_t took;
        double limit;
    } cases[] = { { 100 * MS, 112 },  // no longer than unloaded: nobody
                  { 102 * MS, 112 },  // 100 * 0.0196: ceil is 2
                  { 102040817, 102 }, // just above 2, so 3
                  { 105263157, 102 }, // just below 5
                  { 105263160, 100 }, // 6: nothing is to be done
                  { 113636363, 100 }, // 12
                  { 113636370, 98 },  // 13
                  { 500 * MS, 98 } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lab_concurrency c = begin(LAB_CONCURRENCY_VEGAS, 100);
        sample(&c, 100 * MS, 100, false); // measures and moves nothing
        is_limit(&c, 100);
        sample(&c, cases[i].took, 49, false); // unused
        is_limit(&c, 100);
        sample(&c, cases[i].took, 50, false);
        is_limit(&c, cases[i].limit);
    }
}

static void vegas_falls_at_a_drop_however_few_are_under_way(void **state)
{
    struct lab_concurrency c = begin(LAB_CONCURRENCY_VEGAS, 100);
    (void)state;
    sample(&c, 100 * MS, 1, false);
    sample(&c, 100 * MS, 1, true);
    is_limit(&c, 98);
    c = begin(LAB_CONCURRENCY_VEGAS, 2); // a log below 1 is taken for 1
    sample(&c, 100 * MS, 1, false);
    sample(&c, 100 * MS, 1, true);
    is_limit(&c, 1);
    sample(&c, 100 * MS, 1, true);
    is_limit(&c, 1);
    sample(&c, 100 * MS, 1, false);
    is_limit(&c, 7);
    c = begin(LAB_CONCURRENCY_VEGAS, 999);
    sample(&c, 100 * MS, 999, false);
    sample(&c, 100 * MS, 999, false);
    is_limit(&c, 1000);
}

static void a_quicker_one_is_the_new_measure_and_moves_nothing(void **state)
{
    struct lab_concurrency c = begin(LAB_CONCURRENCY_VEGAS, 100);
    (void)state;
    sample(&c, 100 * MS, 100, false);
    sample(&c, 50 * MS, 100, false);
    is_limit(&c, 100);
    sample(&c, 100 * MS, 100, false); // twice as long now: 50 would queue
    is_limit(&c, 98);
}

// The jitter of a half is 0.75: of 30 * 100 samples, the 2250th.
static void vegas_measures_anew(void **state)
{
    struct lab_concurrency c = begin(LAB_CONCURRENCY_VEGAS, 100);
    (void)state;
    assert_int_equal(draws, 1);
    sample(&c, 100 * MS, 1, false);
    for (int i = 2; i < 2250; i++)
        sample(&c, 300 * MS, 1, false); // unused: it does not move
    assert_int_equal(draws, 1);
    sample(&c, 200 * MS, 100, false); // slower, and yet it moves nothing
    assert_int_equal(draws, 2);
    is_limit(&c, 100);
    sample(&c, 200 * MS, 100, false);
    is_limit(&c, 112); // by the new measure it is quick
    for (int i = 2; i < 2520; i++)
        sample(&c, 300 * MS, 1, false);
    assert_int_equal(draws, 2); // counted anew, of 112
    sample(&c, 300 * MS, 1, false);
    assert_int_equal(draws, 3);
}

// 100 + 4 would be new, of which a fifth: 100.8.
static void gradient2_grows_by_its_queue_while_nothing_is_slow(void **state)
{
    struct lab_concurrency c = begin(LAB_CONCURRENCY_GRADIENT2, 100);
    (void)state;
    sample(&c, 100 * MS, 49, false);
    is_limit(&c, 100);
    sample(&c, 100 * MS, 50, false);
    is_limit(&c, 100.8);
}

// The mean of 100 and 500 is 300: 1.5 * 300 / 500 is 0.9, so 94 would be new, and 98.8 is.
static void gradient2_shrinks_by_the_share_that_it_is_slower(void **state)
{
    struct lab_concurrency c = begin(LAB_CONCURRENCY_GRADIENT2, 100);
    (void)state;
    sample(&c, 100 * MS, 1, false);
    sample(&c, 500 * MS, 100, false);
    is_limit(&c, 98.8);
    c = begin(LAB_CONCURRENCY_GRADIENT2, 100);
    for (int i = 0; i < 9; i++)
        sample(&c, 100 * MS, 1, false);
    sample(&c, 100 * S, 100, false); // the mean is 10.09 s: half of 100 and 4, at the least
    is_limit(&c, 90.8);
    c = begin(LAB_CONCURRENCY_GRADIENT2, 20);
    sample(&c, 100 * MS, 1, false);
    sample(&c, 9000 * MS, 20, false);
    is_limit(&c, 20);
}

static void what_is_usual_is_let_down(void **state)
{
    struct lab_concurrency c = begin(LAB_CONCURRENCY_GRADIENT2, 100);
    (void)state;
    sample(&c, 300 * MS, 1, false);
    sample(&c, 100 * MS, 1, false); // the mean is 200: not more than twice
    assert_true(fabs(c.usual_ns - 200e6) < 1);
    sample(&c, 50 * MS, 1, false); // 150, which is three times: 142.5
    assert_true(fabs(c.usual_ns - 142.5e6) < 1);
}

static void what_is_usual_looks_back_on_its_window(void **state)
{
    struct lab_concurrency c = begin(LAB_CONCURRENCY_GRADIENT2, 100);
    (void)state;
    for (int i = 0; i < 10; i++)
        sample(&c, 100 * MS, 1, false);
    sample(&c, 701 * MS, 1, false);
    assert_true(fabs(c.usual_ns - 102e6) < 1); // 601 * 2 / 601
}

// ---- Threads ----

struct part {
    struct lab_concurrency_limiter *limiter;
    atomic_int *under_way, *most;
};

static void *work(void *arg)
{
    struct part *p = arg;
    for (int i = 0; i < 300; i++) {
        uint32_t in_flight = lab_concurrency_limiter_begin(p->limiter);
        if (in_flight == 0)
            continue;
        int n = atomic_fetch_add(p->under_way, 1) + 1, most = atomic_load(p->most);
        while (n > most && !atomic_compare_exchange_weak(p->most, &most, n))
            ;
        atomic_fetch_sub(p->under_way, 1);
        lab_concurrency_limiter_end(p->limiter, in_flight, MS + i, i % 7 == 0);
    }
    return NULL;
}

static void no_more_than_the_limit_are_under_way(void **state)
{
    (void)state;
    for (uint32_t r = 0; stress_goes_on(&stress, r); r++)
        for (int kind = LAB_CONCURRENCY_FIXED; kind <= LAB_CONCURRENCY_GRADIENT2; kind++) {
            struct lab_concurrency_def def =
                lab_concurrency_default((enum lab_concurrency_kind)kind);
            struct lab_concurrency_limiter l;
            pthread_t threads[THREADS];
            atomic_int under_way = 0, most = 0;
            def.initial = def.min = 1;
            def.max = 2;
            assert_true(lab_concurrency_limiter_init(&l, &def, &chance));
            struct part p = { &l, &under_way, &most };
            for (int i = 0; i < THREADS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, work, &p), 0);
            for (int i = 0; i < THREADS; i++)
                pthread_join(threads[i], NULL);
            assert_true(atomic_load(&most) <= 2);
            assert_int_equal(l.in_flight, 0);
            lab_concurrency_limiter_fini(&l);
        }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_is_how_many_may_be_under_way),
        cmocka_unit_test(aimd_adds_one_and_multiplies),
        cmocka_unit_test(vegas_goes_by_what_would_queue),
        cmocka_unit_test(vegas_falls_at_a_drop_however_few_are_under_way),
        cmocka_unit_test(a_quicker_one_is_the_new_measure_and_moves_nothing),
        cmocka_unit_test(vegas_measures_anew),
        cmocka_unit_test(gradient2_grows_by_its_queue_while_nothing_is_slow),
        cmocka_unit_test(gradient2_shrinks_by_the_share_that_it_is_slower),
        cmocka_unit_test(what_is_usual_is_let_down),
        cmocka_unit_test(what_is_usual_looks_back_on_its_window),
        cmocka_unit_test(no_more_than_the_limit_are_under_way),
    };
    stress = stress_read(argc, argv, 5);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
