#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/retry/retry.h"
#include "tests/support/stress.h"

// What is expected here is worked out by hand from the rules and never from a run.

#define MS ((int64_t)1000000)
#define S  (1000 * MS)

static struct stress stress;

struct script {
    const double *draws;
    int used;
};

static double next_draw(void *ctx)
{
    struct script *s = ctx;
    return s->draws[s->used++];
}

// Expects the waits of a call whose draws are given, and that no other draw is taken.
static void waits(const struct lab_backoff_def *def, const double *draws, int draw_count,
                  const int64_t *expected, int count)
{
    struct script s = { draws, 0 };
    struct lab_backoff_chance chance = { next_draw, &s };
    struct lab_backoff b = { 0 };
    for (int i = 0; i < count; i++)
        assert_int_equal(lab_backoff_next(&b, def, &chance), expected[i]);
    assert_int_equal(s.used, draw_count);
}

#define WAITS(def, draws, ...)                                \
    waits(def, draws, (int)(sizeof(draws) / sizeof *(draws)), \
          (const int64_t[]){ __VA_ARGS__ },                   \
          (int)(sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)))

static const double halves[] = { 0.5, 0.5, 0.5, 0.5, 0.5 };
static const double ends[] = { 0, 0.75, 0.25 };

static struct lab_backoff_def scheme(enum lab_backoff_scheme s, int64_t base, int64_t cap)
{
    struct lab_backoff_def def = lab_backoff_default(s);
    def.base_ns = base;
    def.cap_ns = cap;
    return def;
}

static void exponential_waits_stop_at_the_cap(void **state)
{
    struct lab_backoff_def def = scheme(LAB_BACKOFF_CAPPED, 5 * MS, 30 * MS);
    (void)state;
    waits(&def, NULL, 0, (const int64_t[]){ 5 * MS, 10 * MS, 20 * MS, 30 * MS, 30 * MS },
          5);
    def.scheme = LAB_BACKOFF_CONSTANT;
    waits(&def, NULL, 0, (const int64_t[]){ 5 * MS, 5 * MS }, 2);
}

static void jitter_is_full_equal_or_added(void **state)
{
    struct lab_backoff_def def = scheme(LAB_BACKOFF_FULL_JITTER, 8 * MS, 20 * MS);
    (void)state;
    WAITS(&def, ends, 0, 12 * MS, 5 * MS);
    def.scheme = LAB_BACKOFF_EQUAL_JITTER;
    WAITS(&def, ends, 4 * MS, 14 * MS, 12500000);
    def.scheme = LAB_BACKOFF_GOOGLE;
    def.jitter_ns = 4 * MS;
    WAITS(&def, ends, 8 * MS, 19 * MS, 33 * MS); // no cap
}

static void the_aws_program_is_a_step_ahead_of_its_text(void **state)
{
    struct lab_backoff_def def = scheme(LAB_BACKOFF_CAPPED, 5 * MS, 100 * MS);
    (void)state;
    def.first = 1;
    waits(&def, NULL, 0, (const int64_t[]){ 10 * MS, 20 * MS }, 2);
}

// From a base of 10: 10 + 20/2 = 20, 10 + 50/2 = 35, 10 + 95/2 = 57.5 and then the cap.
static void decorrelated_waits_remember_the_last_one(void **state)
{
    struct lab_backoff_def def = scheme(LAB_BACKOFF_DECORRELATED, 10 * MS, 60 * MS);
    const double lowest[] = { 0, 0, 0 };
    (void)state;
    WAITS(&def, halves, 20 * MS, 35 * MS, 57500000, 60 * MS, 60 * MS);
    WAITS(&def, lowest, 10 * MS, 10 * MS, 10 * MS); // never less than the base
}

static void tenacity_clamps_behind_the_jitter(void **state)
{
    struct lab_backoff_def def = lab_backoff_default(LAB_BACKOFF_TENACITY);
    (void)state;
    WAITS(&def, ends, S, 2750 * MS, 4250 * MS);
    def.cap_ns = 2500 * MS;
    def.floor_ns = 1200 * MS;
    WAITS(&def, ends, 1200 * MS, 2500 * MS, 2500 * MS);
    def.floor_ns = 2600 * MS; // the floor is laid last
    WAITS(&def, ends, 2600 * MS, 2600 * MS, 2600 * MS);
}

static void tenacity_random_draws_from_its_floor(void **state)
{
    struct lab_backoff_def def = lab_backoff_default(LAB_BACKOFF_TENACITY_RANDOM);
    (void)state;
    def.floor_ns = 1200 * MS;
    const double middle[] = { 0.5, 0.5 };
    WAITS(&def, ends, 1200 * MS, 1800 * MS, 1900 * MS);
    def.floor_ns = 1500 * MS;
    WAITS(&def, middle, 1500 * MS, 1750 * MS); // not from 1.5 s down to 1 s
}

// 0.1 s doubled up to 1 s: the cap is reached at the fifth wait, and then 1.2 s are possible.
static void grpc_jitters_behind_the_cap(void **state)
{
    struct lab_backoff_def def = lab_backoff_default(LAB_BACKOFF_GRPC);
    const double draws[] = { 0, 0.5, 1 - 0x1p-53, 0.5, 1 - 0x1p-53 };
    (void)state;
    WAITS(&def, draws, 80 * MS, 200 * MS, 480 * MS, 800 * MS, 1200 * MS);
    def.scheme = LAB_BACKOFF_GRPC_LEGACY;
    WAITS(&def, halves, 50 * MS, 100 * MS, 200 * MS, 400 * MS, 500 * MS);
}

// Ranges of 25, 75, 175 and then 250 ms.
static void envoy_draws_from_nothing_to_a_growing_range(void **state)
{
    struct lab_backoff_def def = lab_backoff_default(LAB_BACKOFF_ENVOY);
    (void)state;
    WAITS(&def, halves, 12500000, 37500000, 87500000, 125 * MS, 125 * MS);
}

static void resilience4j_spreads_by_half(void **state)
{
    struct lab_backoff_def def = lab_backoff_default(LAB_BACKOFF_RESILIENCE4J);
    (void)state;
    WAITS(&def, ends, 250 * MS, 937500000, 843750000);
}

static void polly_spreads_by_a_quarter_where_it_jitters(void **state)
{
    struct lab_backoff_def def = lab_backoff_default(LAB_BACKOFF_POLLY_CONSTANT);
    (void)state;
    waits(&def, NULL, 0, (const int64_t[]){ 2 * S, 2 * S }, 2);
    def.jitters = true;
    WAITS(&def, ends, 1500 * MS, 2250 * MS, 1750 * MS);
    def.scheme = LAB_BACKOFF_POLLY_LINEAR;
    WAITS(&def, ends, 1500 * MS, 4500 * MS, 5250 * MS);
    def.cap_ns = 5 * S;
    WAITS(&def, ends, 1500 * MS, 4500 * MS, 5 * S);
    def.scheme = LAB_BACKOFF_POLLY_EXPONENTIAL;
    def.jitters = false;
    waits(&def, NULL, 0, (const int64_t[]){ 2 * S, 4 * S, 5 * S }, 3);
}

// At t = 0 the curve is at 0; at t = 1.75 it is at 2^1.75 * tanh(sqrt(7)).
static void polly_walks_along_its_curve(void **state)
{
    struct lab_backoff_def def = lab_backoff_default(LAB_BACKOFF_POLLY_EXPONENTIAL);
    struct script s = { ends, 0 };
    struct lab_backoff_chance chance = { next_draw, &s };
    struct lab_backoff b = { 0 };
    (void)state;
    def.jitters = true;
    assert_int_equal(lab_backoff_next(&b, &def, &chance), 0);
    double second = exp2(1.75) * tanh(sqrt(7.0));
    assert_int_equal(lab_backoff_next(&b, &def, &chance), llround(2e9 / 1.4 * second));
    double third = exp2(2.25) * tanh(sqrt(9.0));
    assert_true(llabs(lab_backoff_next(&b, &def, &chance) -
                      llround(2e9 / 1.4 * (third - second))) <= 1);
}

static void celery_waits_whole_seconds_from_none_to_all(void **state)
{
    struct lab_backoff_def def = lab_backoff_default(LAB_BACKOFF_CELERY);
    const double draws[] = { 0.49, 0.5, 0.99, 0.99 };
    (void)state;
    WAITS(&def, draws, 0, S, 4 * S, 8 * S); // of 2, 3, 5 and 9 outcomes
    def.jitters = false;
    def.cap_ns = 3 * S;
    waits(&def, NULL, 0, (const int64_t[]){ S, 2 * S, 3 * S }, 3);
}

static void a_wait_without_a_cap_ends_somewhere(void **state)
{
    struct lab_backoff_def def = lab_backoff_default(LAB_BACKOFF_CAPPED);
    struct lab_backoff b = { .n = 5000 };
    (void)state;
    def.cap_ns = LAB_BACKOFF_UNCAPPED;
    assert_int_equal(lab_backoff_next(&b, &def, NULL), INT64_MAX / 4);
}

// ---- The decision ----

static struct lab_retry_def constant(int64_t wait, uint32_t max_attempts)
{
    struct lab_retry_def def = lab_retry_default(LAB_BACKOFF_CONSTANT);
    def.backoff.base_ns = wait;
    def.max_attempts = max_attempts;
    return def;
}

static void expect(struct lab_retry *r, const struct lab_retry_def *def,
                   enum lab_retry_failure failure, int64_t advice, int64_t now,
                   enum lab_retry_verdict verdict, int64_t at)
{
    struct script s = { halves, 0 };
    struct lab_backoff_chance chance = { next_draw, &s };
    struct lab_retry_answer a = lab_retry_failed(r, def, failure, advice, now, &chance);
    assert_int_equal(a.verdict, verdict);
    assert_int_equal(a.at_ns, at);
}

static void attempts_include_the_first(void **state)
{
    struct lab_retry_def def = constant(10, 3);
    struct lab_retry r;
    (void)state;
    lab_retry_init(&r, &def, 0);
    expect(&r, &def, LAB_RETRY_TRANSIENT, LAB_RETRY_NO_ADVICE, 5, LAB_RETRY_AGAIN, 15);
    expect(&r, &def, LAB_RETRY_TRANSIENT, LAB_RETRY_NO_ADVICE, 20, LAB_RETRY_AGAIN, 30);
    expect(&r, &def, LAB_RETRY_TRANSIENT, LAB_RETRY_NO_ADVICE, 40, LAB_RETRY_EXHAUSTED, 40);
    def.max_attempts = 0;
    expect(&r, &def, LAB_RETRY_TRANSIENT, LAB_RETRY_NO_ADVICE, 40, LAB_RETRY_AGAIN, 50);
}

static void projects_mean_different_things_by_three(void **state)
{
    (void)state;
    assert_int_equal(lab_retry_default(LAB_BACKOFF_RESILIENCE4J).max_attempts, 3);
    assert_int_equal(lab_retry_default(LAB_BACKOFF_POLLY_CONSTANT).max_attempts, 4);
    assert_int_equal(lab_retry_default(LAB_BACKOFF_CELERY).max_attempts, 4);
    assert_int_equal(lab_retry_default(LAB_BACKOFF_ENVOY).max_attempts, 2);
}

static void grpc_takes_more_than_five_for_five(void **state)
{
    struct lab_retry_def def = lab_retry_default(LAB_BACKOFF_GRPC);
    struct lab_retry r;
    (void)state;
    def.max_attempts = 6;
    lab_retry_init(&r, &def, 0);
    for (int i = 0; i < 4; i++)
        expect(&r, &def, LAB_RETRY_TRANSIENT, LAB_RETRY_NO_ADVICE, 0, LAB_RETRY_AGAIN,
               (100 * MS) << i);
    expect(&r, &def, LAB_RETRY_TRANSIENT, LAB_RETRY_NO_ADVICE, 0, LAB_RETRY_EXHAUSTED, 0);
}

static void a_push_back_replaces_a_wait_and_begins_anew(void **state)
{
    struct lab_retry_def def = lab_retry_default(LAB_BACKOFF_GRPC);
    struct lab_retry r;
    (void)state;
    def.max_attempts = 5;
    lab_retry_init(&r, &def, 0);
    expect(&r, &def, LAB_RETRY_TRANSIENT, LAB_RETRY_NO_ADVICE, 0, LAB_RETRY_AGAIN,
           100 * MS);
    expect(&r, &def, LAB_RETRY_TRANSIENT, 7, 0, LAB_RETRY_AGAIN, 7);
    expect(&r, &def, LAB_RETRY_TRANSIENT, LAB_RETRY_NO_ADVICE, 0, LAB_RETRY_AGAIN,
           100 * MS);
    expect(&r, &def, LAB_RETRY_TRANSIENT, 0, 3, LAB_RETRY_AGAIN, 3);
    // It does not give further attempts.
    expect(&r, &def, LAB_RETRY_TRANSIENT, 7, 0, LAB_RETRY_EXHAUSTED, 0);
}

static void a_negative_push_back_and_a_fatal_error_end_the_call(void **state)
{
    struct lab_retry_def def = constant(10, 3);
    struct lab_retry r;
    (void)state;
    lab_retry_init(&r, &def, 0);
    expect(&r, &def, LAB_RETRY_TRANSIENT, -1, 5, LAB_RETRY_GIVES_UP, 5);
    expect(&r, &def, LAB_RETRY_FATAL, LAB_RETRY_NO_ADVICE, 5, LAB_RETRY_GIVES_UP, 5);
}

static void what_never_reached_the_application_does_not_count(void **state)
{
    struct lab_retry_def def = constant(10, 2);
    struct lab_retry r;
    (void)state;
    lab_retry_init(&r, &def, 0);
    for (int i = 0; i < 10; i++)
        expect(&r, &def, LAB_RETRY_TRANSPARENT, LAB_RETRY_NO_ADVICE, i, LAB_RETRY_AGAIN, i);
    expect(&r, &def, LAB_RETRY_TRANSIENT, LAB_RETRY_NO_ADVICE, 10, LAB_RETRY_AGAIN, 20);
    expect(&r, &def, LAB_RETRY_TRANSIENT, LAB_RETRY_NO_ADVICE, 20, LAB_RETRY_EXHAUSTED, 20);
}

static void the_time_of_a_call_includes_its_waits(void **state)
{
    struct lab_retry_def def = constant(10, 0);
    struct lab_retry r;
    (void)state;
    def.timeout_ns = 100;
    lab_retry_init(&r, &def, 1000);
    expect(&r, &def, LAB_RETRY_TRANSIENT, LAB_RETRY_NO_ADVICE, 1089, LAB_RETRY_AGAIN, 1099);
    expect(&r, &def, LAB_RETRY_TRANSIENT, LAB_RETRY_NO_ADVICE, 1090, LAB_RETRY_TIMED_OUT,
           1100);
    expect(&r, &def, LAB_RETRY_FATAL, LAB_RETRY_NO_ADVICE, 1100, LAB_RETRY_TIMED_OUT, 1100);
}

static void a_try_has_its_time_and_no_more_than_its_call(void **state)
{
    struct lab_retry_def def = constant(10, 0);
    struct lab_retry r;
    (void)state;
    lab_retry_init(&r, &def, 1000);
    assert_int_equal(lab_retry_try_ends(&r, &def, 1000), LAB_RETRY_NEVER);
    def.timeout_ns = 100;
    def.try_timeout_ns = 30;
    lab_retry_init(&r, &def, 1000);
    assert_int_equal(lab_retry_try_ends(&r, &def, 1000), 1030);
    assert_int_equal(lab_retry_try_ends(&r, &def, 1070), 1100);
    assert_int_equal(lab_retry_try_ends(&r, &def, 1090), 1100);
}

static void the_end_of_the_clock_is_safe(void **state)
{
    struct lab_retry_def def = constant(10, 0);
    struct lab_retry r;
    (void)state;
    def.timeout_ns = 100;
    lab_retry_init(&r, &def, INT64_MAX - 5);
    expect(&r, &def, LAB_RETRY_TRANSIENT, LAB_RETRY_NO_ADVICE, INT64_MAX - 5,
           LAB_RETRY_TIMED_OUT, INT64_MAX);
}

// ---- Whatever happens ----

static double chance_draw(void *ctx)
{
    uint64_t *x = ctx;
    *x = *x * 6364136223846793005u + 1442695040888963407u;
    return (double)(*x >> 11) * 0x1p-53;
}

static void no_call_outlives_its_attempts_or_its_time(void **state)
{
    uint64_t seed = stress.seed;
    struct lab_backoff_chance chance = { chance_draw, &seed };
    (void)state;
    for (uint32_t i = 0; stress_goes_on(&stress, i); i++) {
        struct lab_retry_def def =
            lab_retry_default((enum lab_backoff_scheme)(i % (LAB_BACKOFF_CELERY + 1)));
        struct lab_retry r;
        struct lab_retry_answer a = { LAB_RETRY_AGAIN, 0 };
        uint32_t attempts = 0;
        def.max_attempts = 1 + (uint32_t)(4 * chance_draw(&seed));
        def.timeout_ns = (int64_t)(20e9 * chance_draw(&seed)) + 1;
        def.try_timeout_ns = (int64_t)(1e9 * chance_draw(&seed)) + 1;
        lab_retry_init(&r, &def, 0);
        while (a.verdict == LAB_RETRY_AGAIN) {
            int64_t over = lab_retry_try_ends(&r, &def, a.at_ns), began = a.at_ns;
            attempts++;
            assert_true(over > began && over <= def.timeout_ns);
            a = lab_retry_failed(&r, &def, LAB_RETRY_TRANSIENT, LAB_RETRY_NO_ADVICE, over,
                                 &chance);
            assert_true(a.at_ns >= over && a.at_ns <= def.timeout_ns);
        }
        assert_true(attempts <= def.max_attempts);
        assert_true((a.verdict == LAB_RETRY_EXHAUSTED && attempts == def.max_attempts) ||
                    (a.verdict == LAB_RETRY_TIMED_OUT && a.at_ns == def.timeout_ns));
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponential_waits_stop_at_the_cap),
        cmocka_unit_test(jitter_is_full_equal_or_added),
        cmocka_unit_test(the_aws_program_is_a_step_ahead_of_its_text),
        cmocka_unit_test(decorrelated_waits_remember_the_last_one),
        cmocka_unit_test(tenacity_clamps_behind_the_jitter),
        cmocka_unit_test(tenacity_random_draws_from_its_floor),
        cmocka_unit_test(grpc_jitters_behind_the_cap),
        cmocka_unit_test(envoy_draws_from_nothing_to_a_growing_range),
        cmocka_unit_test(resilience4j_spreads_by_half),
        cmocka_unit_test(polly_spreads_by_a_quarter_where_it_jitters),
        cmocka_unit_test(polly_walks_along_its_curve),
        cmocka_unit_test(celery_waits_whole_seconds_from_none_to_all),
        cmocka_unit_test(a_wait_without_a_cap_ends_somewhere),
        cmocka_unit_test(attempts_include_the_first),
        cmocka_unit_test(projects_mean_different_things_by_three),
        cmocka_unit_test(grpc_takes_more_than_five_for_five),
        cmocka_unit_test(a_push_back_replaces_a_wait_and_begins_anew),
        cmocka_unit_test(a_negative_push_back_and_a_fatal_error_end_the_call),
        cmocka_unit_test(what_never_reached_the_application_does_not_count),
        cmocka_unit_test(the_time_of_a_call_includes_its_waits),
        cmocka_unit_test(a_try_has_its_time_and_no_more_than_its_call),
        cmocka_unit_test(the_end_of_the_clock_is_safe),
        cmocka_unit_test(no_call_outlives_its_attempts_or_its_time),
    };
    stress = stress_read(argc, argv, 2000);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
