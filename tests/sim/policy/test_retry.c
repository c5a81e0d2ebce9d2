#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/policy/retry.h"
#include "tests/support/statistics.h"

static struct sim_retry policy(enum sim_jitter jitter)
{
    struct sim_retry r = sim_retry_default();
    r.max_attempts = 100;
    r.base = 100 * SIM_MS;
    r.factor = 2;
    r.cap = 10 * (sim_time)SIM_S;
    r.spread = 30 * SIM_MS;
    r.jitter = jitter;
    return r;
}

// The waits before the first n retries of one call.
static void waits_of(const struct sim_retry *r, struct sim_random *rng, sim_time *waits,
                     uint32_t n)
{
    struct sim_retry_state state = { .attempts = 1 };
    for (uint32_t i = 0; i < n; i++)
        assert_true(sim_retry_next(r, &state, SIM_ERROR, rng, &waits[i]));
}

static struct sim_random stream(uint64_t seed)
{
    struct sim_random rng;
    sim_random_init(&rng, seed, "test", "retry");
    return rng;
}

static void default_is_three_attempts_with_full_jitter(void **state)
{
    (void)state;
    struct sim_retry r = sim_retry_default();
    assert_int_equal(r.max_attempts, 3);
    assert_int_equal(r.base, 100 * SIM_MS);
    assert_true(r.factor == 2);
    assert_int_equal(r.cap, 10 * (sim_time)SIM_S);
    assert_int_equal(r.jitter, SIM_JITTER_FULL);
    for (int outcome = 0; outcome < SIM_OUTCOMES; outcome++) {
        bool again = outcome == SIM_ERROR || outcome == SIM_TIMEOUT ||
                     outcome == SIM_REJECTED || outcome == SIM_LOST;
        assert_int_equal((r.on >> outcome) & 1, again);
    }
}

static void max_attempts_counts_the_first(void **state)
{
    (void)state;
    struct sim_random rng = stream(1);
    for (uint32_t max = 1; max < 6; max++) {
        struct sim_retry r = policy(SIM_JITTER_FULL);
        r.max_attempts = max;
        struct sim_retry_state call = { .attempts = 1 };
        sim_time wait;
        uint32_t retries = 0;
        while (sim_retry_next(&r, &call, SIM_TIMEOUT, &rng, &wait))
            retries++;
        assert_int_equal(retries, max - 1);
        assert_int_equal(call.attempts, max);
    }
}

static void only_the_outcomes_named_are_tried_again(void **state)
{
    (void)state;
    struct sim_random rng = stream(1);
    struct sim_retry r = policy(SIM_JITTER_NONE);
    for (uint32_t on = 0; on < 1u << SIM_OUTCOMES; on++) {
        r.on = on;
        for (int outcome = 0; outcome < SIM_OUTCOMES; outcome++) {
            struct sim_retry_state call = { .attempts = 1 };
            sim_time wait = -1;
            bool again = sim_retry_next(&r, &call, (enum sim_outcome)outcome, &rng, &wait);
            assert_int_equal(again, (on >> outcome) & 1);
            assert_int_equal(call.attempts, again ? 2 : 1);
        }
    }
}

static void default_never_retries_success_or_cancellation(void **state)
{
    (void)state;
    struct sim_random rng = stream(1);
    struct sim_retry r = sim_retry_default();
    sim_time wait;
    struct sim_retry_state call = { .attempts = 1 };
    assert_false(sim_retry_next(&r, &call, SIM_CANCELLED, &rng, &wait));
    assert_false(sim_retry_next(&r, &call, SIM_OK, &rng, &wait));
    assert_int_equal(call.attempts, 1);
}

static void without_jitter_waits_double_up_to_the_cap(void **state)
{
    (void)state;
    struct sim_random rng = stream(1);
    struct sim_retry r = policy(SIM_JITTER_NONE);
    sim_time waits[90];
    waits_of(&r, &rng, waits, 90);
    for (uint32_t n = 0; n < 90; n++)
        assert_int_equal(waits[n],
                         n < 7 ? (sim_time)(100 * SIM_MS) << n : 10 * (sim_time)SIM_S);
}

static void factor_one_keeps_the_wait(void **state)
{
    (void)state;
    struct sim_random rng = stream(1);
    struct sim_retry r = policy(SIM_JITTER_NONE);
    r.factor = 1;
    sim_time waits[50];
    waits_of(&r, &rng, waits, 50);
    for (uint32_t n = 0; n < 50; n++)
        assert_int_equal(waits[n], 100 * SIM_MS);
}

static void base_nought_is_again_at_once(void **state)
{
    (void)state;
    const enum sim_jitter kinds[] = { SIM_JITTER_NONE, SIM_JITTER_FULL, SIM_JITTER_EQUAL,
                                      SIM_JITTER_DECORRELATED };
    for (uint32_t k = 0; k < 4; k++) {
        struct sim_random rng = stream(1);
        struct sim_retry r = policy(kinds[k]);
        r.base = 0;
        sim_time waits[10];
        waits_of(&r, &rng, waits, 10);
        for (uint32_t n = 0; n < 10; n++)
            assert_int_equal(waits[n], 0);
    }
}

// A cap that is no cap: the wait must still be a time that can be added to another.
static void waits_without_a_cap_stay_times(void **state)
{
    (void)state;
    for (int jitter = 0; jitter < SIM_JITTERS; jitter++) {
        struct sim_random rng = stream(1);
        struct sim_retry r = policy((enum sim_jitter)jitter);
        r.cap = SIM_NEVER;
        sim_time waits[99];
        waits_of(&r, &rng, waits, 99);
        for (uint32_t n = 0; n < 99; n++)
            assert_true(waits[n] >= 0 && waits[n] < (sim_time)1 << 62);
    }
}

// ---- Where the waits of each scheme lie, and how they are spread there ----

enum {
    DRAWS = 20000,
    RETRIES = 9
};

static double lowest, highest;

static double uniform_below(double x)
{
    return x <= lowest ? 0 : x >= highest ? 1 : (x - lowest) / (highest - lowest);
}

// The waits before retry n are uniform between low and high, both in ns.
static void expect_uniform(enum sim_jitter jitter, uint32_t n, double low, double high)
{
    static double values[DRAWS];
    struct sim_retry r = policy(jitter);
    struct sim_random rng = stream(n + 10);
    double sum = 0;
    for (uint32_t i = 0; i < DRAWS; i++) {
        sim_time waits[RETRIES];
        waits_of(&r, &rng, waits, n + 1);
        values[i] = (double)waits[n];
        assert_true(values[i] >= low - 1 && values[i] <= high + 1);
        sum += values[i];
    }
    // The mean of uniform draws has a deviation of (high - low) / sqrt(12 n).
    expect_near(sum / DRAWS, (low + high) / 2, 4 * (high - low) / sqrt(12.0 * DRAWS));
    lowest = low;
    highest = high;
    assert_true(kolmogorov(values, DRAWS, uniform_below) < 2.23);
}

static double capped(uint32_t n)
{
    return fmin(10e9, 1e8 * (double)(1u << n));
}

static void full_jitter_is_uniform_from_nought(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < RETRIES; n++)
        expect_uniform(SIM_JITTER_FULL, n, 0, capped(n));
}

static void equal_jitter_keeps_half(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < RETRIES; n++)
        expect_uniform(SIM_JITTER_EQUAL, n, capped(n) / 2, capped(n));
}

// Where the cap is out of reach; above it see the next test.
static void additive_jitter_is_added_to_the_exponential(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < 7; n++)
        expect_uniform(SIM_JITTER_ADDITIVE, n, capped(n), capped(n) + 30e6);
}

static void additive_jitter_is_clamped_after_adding(void **state)
{
    (void)state;
    struct sim_retry r = policy(SIM_JITTER_ADDITIVE);
    r.cap = 110 * SIM_MS; // a third of U(0, 30 ms) lies below
    struct sim_random rng = stream(5);
    uint64_t at_cap = 0;
    for (uint32_t i = 0; i < DRAWS; i++) {
        sim_time wait;
        waits_of(&r, &rng, &wait, 1);
        assert_true(wait >= 100 * SIM_MS && wait <= r.cap);
        at_cap += wait == r.cap;
    }
    assert_true(fabs(binomial_z(at_cap, DRAWS, 2.0 / 3)) < 3.9);
}

static void decorrelated_jitter_starts_between_base_and_three_times_it(void **state)
{
    (void)state;
    expect_uniform(SIM_JITTER_DECORRELATED, 0, 1e8, 3e8);
}

// Each wait lies between base and three times the one before, and fills that span evenly:
// its place in it is a uniform number. Means follow: E(w1) = 2 base, E(w2) = (1 + 3 * 2) / 2.
static void decorrelated_jitter_remembers_the_wait_before(void **state)
{
    (void)state;
    static double places[DRAWS];
    struct sim_retry r = policy(SIM_JITTER_DECORRELATED);
    r.cap = 3600 * (sim_time)SIM_S;
    struct sim_random rng = stream(6);
    double sum[4] = { 0 };
    for (uint32_t i = 0; i < DRAWS; i++) {
        sim_time w[4];
        waits_of(&r, &rng, w, 4);
        for (uint32_t n = 1; n < 4; n++)
            assert_true(w[n] >= r.base && w[n] <= 3 * w[n - 1] + 1);
        for (uint32_t n = 0; n < 4; n++)
            sum[n] += (double)w[n] / 1e8 / DRAWS;
        places[i] = (double)(w[3] - r.base) / (double)(3 * w[2] - r.base);
    }
    lowest = 0;
    highest = 1;
    assert_true(kolmogorov(places, DRAWS, uniform_below) < 2.23);
    expect_near(sum[0], 2, 0.02);
    expect_near(sum[1], 3.5, 0.06);
    expect_near(sum[2], 5.75, 0.15);
}

static void decorrelated_jitter_is_clamped_and_goes_on_from_there(void **state)
{
    (void)state;
    struct sim_retry r = policy(SIM_JITTER_DECORRELATED);
    r.cap = 250 * SIM_MS;
    struct sim_random rng = stream(7);
    struct sim_retry_state call = { .attempts = 1 };
    uint32_t at_cap = 0;
    for (uint32_t i = 0; i < 99; i++) {
        sim_time wait;
        assert_true(sim_retry_next(&r, &call, SIM_LOST, &rng, &wait));
        assert_true(wait >= r.base && wait <= r.cap);
        expect_near(call.last, (double)wait, 0.5);
        at_cap += wait == r.cap;
    }
    assert_true(at_cap > 20 && at_cap < 99);
}

// ---- Common random numbers ----

// A decision takes as many numbers of the stream whatever the figures are, so that turning
// a knob leaves the later ones in step.
static void figures_do_not_change_how_much_is_drawn(void **state)
{
    (void)state;
    for (int jitter = 0; jitter < SIM_JITTERS; jitter++) {
        struct sim_retry a = policy((enum sim_jitter)jitter), b = a;
        b.base = 0;
        b.cap = 3 * SIM_MS;
        b.factor = 1;
        b.spread = 0;
        struct sim_random ra = stream(8), rb = stream(8);
        sim_time wait[20];
        waits_of(&a, &ra, wait, 20);
        waits_of(&b, &rb, wait, 20);
        assert_memory_equal(&ra, &rb, sizeof ra);
    }
}

static void kinds_of_jitter_draw_equally_often(void **state)
{
    (void)state;
    struct sim_random first = stream(9);
    sim_time wait[20];
    struct sim_retry r = policy(SIM_JITTER_FULL);
    waits_of(&r, &first, wait, 20);
    for (int jitter = 0; jitter < SIM_JITTERS; jitter++) {
        struct sim_random other = stream(9);
        r = policy((enum sim_jitter)jitter);
        waits_of(&r, &other, wait, 20);
        assert_memory_equal(&first, &other, sizeof first);
    }
}

static void twice_the_base_is_twice_the_wait(void **state)
{
    (void)state;
    const enum sim_jitter kinds[] = { SIM_JITTER_FULL, SIM_JITTER_EQUAL };
    for (uint32_t k = 0; k < 2; k++) {
        struct sim_retry a = policy(kinds[k]), b = a;
        b.base *= 2;
        a.cap = b.cap = 3600 * (sim_time)SIM_S;
        struct sim_random ra = stream(10), rb = stream(10);
        sim_time wa[10], wb[10];
        waits_of(&a, &ra, wa, 10);
        waits_of(&b, &rb, wb, 10);
        for (uint32_t n = 0; n < 10; n++)
            assert_true(llabs(2 * wa[n] - wb[n]) <= 2);
    }
}

// ---- Schemes by name ----

// Waits before retry n of a scheme are uniform between low and high, both in ms.
static void expect_scheme(const struct sim_retry *r, uint32_t n, double low, double high)
{
    static double values[DRAWS];
    struct sim_random rng = stream(n + 40);
    for (uint32_t i = 0; i < DRAWS; i++) {
        sim_time waits[RETRIES];
        waits_of(r, &rng, waits, n + 1);
        values[i] = (double)waits[n] / 1e6;
        assert_true(values[i] >= low - 1e-6 && values[i] <= high + 1e-6);
    }
    lowest = low;
    highest = high;
    assert_true(kolmogorov(values, DRAWS, uniform_below) < 2.23);
}

static struct sim_retry scheme(enum sim_retry_scheme which, uint32_t attempts)
{
    struct sim_retry r = sim_retry_of(which);
    r.max_attempts = attempts;
    return r;
}

// How many attempts a call makes that never succeeds.
static uint32_t attempts_of(const struct sim_retry *r)
{
    struct sim_retry_state call = { .attempts = 1 };
    struct sim_random rng = stream(41);
    sim_time wait;
    while (call.attempts < 1000 && sim_retry_next(r, &call, SIM_ERROR, &rng, &wait))
        ;
    return call.attempts;
}

static void schemes_try_as_often_as_their_libraries(void **state)
{
    (void)state;
    static const uint32_t attempts[SIM_RETRY_SCHEMES] = {
        [SIM_RETRY_TENACITY] = 1000, // never stops
        [SIM_RETRY_GRPC] = 4,        // the example of A6
        [SIM_RETRY_GRPC_LEGACY] = 4,
        [SIM_RETRY_ENVOY] = 1 + 1,    // num_retries 1
        [SIM_RETRY_RESILIENCE4J] = 3, // maxAttempts counts the first
        [SIM_RETRY_POLLY] = 3 + 1,    // MaxRetryAttempts does not
        [SIM_RETRY_CELERY] = 3 + 1,   // max_retries does not
        [SIM_RETRY_AWS] = 3,
    };
    for (int i = 0; i < SIM_RETRY_SCHEMES; i++) {
        struct sim_retry r = sim_retry_of((enum sim_retry_scheme)i);
        assert_int_equal(attempts_of(&r), attempts[i]);
    }
}

static void grpc_never_makes_more_than_five_attempts(void **state)
{
    (void)state;
    struct sim_retry five = scheme(SIM_RETRY_GRPC, 5), six = scheme(SIM_RETRY_GRPC, 6);
    assert_int_equal(attempts_of(&five), 5);
    assert_int_equal(attempts_of(&six), 5);
}

static void tenacity_waits_a_second_doubling_and_up_to_one_more(void **state)
{
    (void)state;
    struct sim_retry r = sim_retry_of(SIM_RETRY_TENACITY);
    expect_scheme(&r, 0, 1000, 2000);
    expect_scheme(&r, 3, 8000, 9000);
}

static void tenacity_never_waits_less_than_min(void **state)
{
    (void)state;
    struct sim_retry r = sim_retry_of(SIM_RETRY_TENACITY);
    struct sim_random rng = stream(42);
    r.least = 5 * (sim_time)SIM_S;
    sim_time waits[4];
    waits_of(&r, &rng, waits, 4);
    for (uint32_t n = 0; n < 3; n++) // 1..2, 2..3 and 4..5 s are all below
        assert_int_equal(waits[n], r.least);
    assert_true(waits[3] >= 8 * (sim_time)SIM_S);
}

static void full_jitter_draws_from_min_and_not_from_nought(void **state)
{
    (void)state;
    struct sim_retry r = policy(SIM_JITTER_FULL);
    r.least = 50 * SIM_MS;
    expect_scheme(&r, 0, 50, 100);
    expect_scheme(&r, 2, 50, 400);
}

static void grpc_spreads_by_a_fifth_after_the_cap(void **state)
{
    (void)state;
    struct sim_retry r = scheme(SIM_RETRY_GRPC, 5);
    r.most = SIM_FOR_EVER;
    r.max_attempts = 9;
    expect_scheme(&r, 0, 80, 120);
    expect_scheme(&r, 1, 160, 240);
    expect_scheme(&r, 4, 800, 1200); // 1.6 s, capped at 1 s
}

static void proportional_jitter_is_capped_after_spreading(void **state)
{
    (void)state;
    struct sim_retry r = policy(SIM_JITTER_PROPORTIONAL);
    r.share = 0.5;
    r.cap = 250 * SIM_MS;
    struct sim_random rng = stream(48);
    uint64_t at_cap = 0;
    for (uint32_t i = 0; i < DRAWS; i++) {
        sim_time waits[3];
        waits_of(&r, &rng, waits, 3);
        assert_true(waits[2] >= 200 * SIM_MS && waits[2] <= r.cap);
        at_cap += waits[2] == r.cap; // of 200 to 600 ms
    }
    assert_true(fabs(binomial_z(at_cap, DRAWS, 350.0 / 400)) < 3.9);
}

static void older_grpc_draws_from_nought(void **state)
{
    (void)state;
    struct sim_retry r = scheme(SIM_RETRY_GRPC_LEGACY, 9);
    expect_scheme(&r, 0, 0, 100);
    expect_scheme(&r, 3, 0, 800);
}

static void envoy_draws_below_what_has_been_doubled_so_far(void **state)
{
    (void)state;
    struct sim_retry r = scheme(SIM_RETRY_ENVOY, 9);
    expect_scheme(&r, 0, 0, 25);
    expect_scheme(&r, 1, 0, 75);
    expect_scheme(&r, 2, 0, 175);
    expect_scheme(&r, 3, 0, 250); // 375, capped
}

static void resilience4j_waits_half_a_second_and_spreads_by_half_where_asked(void **state)
{
    (void)state;
    struct sim_retry r = scheme(SIM_RETRY_RESILIENCE4J, 9);
    struct sim_random rng = stream(43);
    sim_time waits[3];
    waits_of(&r, &rng, waits, 3);
    for (uint32_t n = 0; n < 3; n++)
        assert_int_equal(waits[n], 500 * SIM_MS);
    r.factor = 1.5;
    r.jitter = sim_retry_usual_jitter(SIM_RETRY_RESILIENCE4J, true);
    expect_scheme(&r, 0, 250, 750);
    expect_scheme(&r, 2, 562.5, 1687.5); // 500 * 1.5^2
}

static void polly_spreads_fixed_and_linear_waits_by_a_quarter(void **state)
{
    (void)state;
    struct sim_retry r = scheme(SIM_RETRY_POLLY, 9);
    r.jitter = sim_retry_usual_jitter(SIM_RETRY_POLLY, false);
    expect_scheme(&r, 2, 1500, 2500);
    r.growth = SIM_GROWTH_LINEAR;
    expect_scheme(&r, 2, 4500, 7500);
}

// By the formula of RetryHelper.cs with libm: the waits of one call add up to f(t) * delay / 1.4,
// with t between n and n + 1.
static void polly_spreads_exponential_waits_by_its_formula(void **state)
{
    (void)state;
    struct sim_retry r = scheme(SIM_RETRY_POLLY, 9);
    r.factor = 2;
    r.jitter = sim_retry_usual_jitter(SIM_RETRY_POLLY, true);
    struct sim_random rng = stream(44);
    for (uint32_t i = 0; i < 2000; i++) {
        struct sim_random again = rng;
        sim_time waits[5];
        double before = 0;
        waits_of(&r, &rng, waits, 5);
        for (uint32_t n = 0; n < 5; n++) {
            double t = n + sim_random_unit(&again);
            double f = pow(2, t) * tanh(sqrt(4 * t));
            expect_near((double)waits[n], (f - before) * 2e9 / 1.4, 2);
            before = f;
        }
    }
}

static void celery_waits_whole_seconds_from_nought_to_the_exponential(void **state)
{
    (void)state;
    struct sim_retry r = scheme(SIM_RETRY_CELERY, 9);
    struct sim_random rng = stream(45);
    uint32_t met[5] = { 0 };
    r.base = SIM_S;
    r.factor = 2;
    r.jitter = sim_retry_usual_jitter(SIM_RETRY_CELERY, true);
    for (uint32_t i = 0; i < DRAWS; i++) {
        sim_time waits[3];
        waits_of(&r, &rng, waits, 3);
        assert_int_equal(waits[2] % (sim_time)SIM_S, 0);
        assert_in_range((uint64_t)waits[2], 0, 4 * (uint64_t)SIM_S);
        met[waits[2] / (sim_time)SIM_S]++;
    }
    for (uint32_t k = 0; k <= 4; k++)
        assert_true(fabs(binomial_z(met[k], DRAWS, 0.2)) < 4);
}

static void celery_waits_three_minutes_unless_told_to_back_off(void **state)
{
    (void)state;
    struct sim_retry r = sim_retry_of(SIM_RETRY_CELERY);
    struct sim_random rng = stream(46);
    sim_time waits[3];
    waits_of(&r, &rng, waits, 3);
    for (uint32_t n = 0; n < 3; n++)
        assert_int_equal(waits[n], 180 * (sim_time)SIM_S);
}

static void a_server_that_pushes_back_is_obeyed_and_waits_begin_anew(void **state)
{
    (void)state;
    struct sim_retry r = scheme(SIM_RETRY_GRPC, 5);
    struct sim_retry_state call = { .attempts = 1 };
    struct sim_random rng = stream(47);
    sim_time wait;
    r.share = 0;
    assert_true(sim_retry_next(&r, &call, SIM_ERROR, &rng, &wait));
    assert_true(sim_retry_next(&r, &call, SIM_ERROR, &rng, &wait));
    assert_int_equal(wait, 200 * SIM_MS);
    assert_true(sim_retry_pushed_back(&r, &call, SIM_ERROR, 7 * (sim_time)SIM_S, &wait));
    assert_int_equal(wait, 7 * (sim_time)SIM_S);
    assert_true(sim_retry_next(&r, &call, SIM_ERROR, &rng, &wait));
    assert_int_equal(wait, 100 * SIM_MS);
    assert_false(sim_retry_pushed_back(&r, &call, SIM_ERROR, 0, &wait)); // five are made
}

static void a_server_may_say_not_to_come_back(void **state)
{
    (void)state;
    struct sim_retry r = sim_retry_of(SIM_RETRY_GRPC);
    struct sim_retry_state call = { .attempts = 1 };
    sim_time wait;
    assert_false(sim_retry_pushed_back(&r, &call, SIM_ERROR, -1, &wait));
    assert_int_equal(call.attempts, 1);
    assert_true(sim_retry_pushed_back(&r, &call, SIM_ERROR, 0, &wait));
    assert_int_equal(wait, 0);
}

static void schemes_have_names_that_differ(void **state)
{
    (void)state;
    for (int i = 0; i < SIM_RETRY_SCHEMES; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(sim_retry_name((enum sim_retry_scheme)i),
                                    sim_retry_name((enum sim_retry_scheme)k));
    assert_string_equal(sim_retry_name(SIM_RETRY_GRPC_LEGACY), "grpc-legacy");
}

static void names_are_those_of_the_language(void **state)
{
    (void)state;
    assert_string_equal(sim_jitter_name(SIM_JITTER_NONE), "none");
    assert_string_equal(sim_jitter_name(SIM_JITTER_FULL), "full");
    assert_string_equal(sim_jitter_name(SIM_JITTER_EQUAL), "equal");
    assert_string_equal(sim_jitter_name(SIM_JITTER_DECORRELATED), "decorrelated");
    assert_string_equal(sim_jitter_name(SIM_JITTER_ADDITIVE), "additive");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(default_is_three_attempts_with_full_jitter),
        cmocka_unit_test(max_attempts_counts_the_first),
        cmocka_unit_test(only_the_outcomes_named_are_tried_again),
        cmocka_unit_test(default_never_retries_success_or_cancellation),
        cmocka_unit_test(without_jitter_waits_double_up_to_the_cap),
        cmocka_unit_test(factor_one_keeps_the_wait),
        cmocka_unit_test(base_nought_is_again_at_once),
        cmocka_unit_test(waits_without_a_cap_stay_times),
        cmocka_unit_test(full_jitter_is_uniform_from_nought),
        cmocka_unit_test(equal_jitter_keeps_half),
        cmocka_unit_test(additive_jitter_is_added_to_the_exponential),
        cmocka_unit_test(additive_jitter_is_clamped_after_adding),
        cmocka_unit_test(decorrelated_jitter_starts_between_base_and_three_times_it),
        cmocka_unit_test(decorrelated_jitter_remembers_the_wait_before),
        cmocka_unit_test(decorrelated_jitter_is_clamped_and_goes_on_from_there),
        cmocka_unit_test(figures_do_not_change_how_much_is_drawn),
        cmocka_unit_test(kinds_of_jitter_draw_equally_often),
        cmocka_unit_test(twice_the_base_is_twice_the_wait),
        cmocka_unit_test(schemes_try_as_often_as_their_libraries),
        cmocka_unit_test(grpc_never_makes_more_than_five_attempts),
        cmocka_unit_test(tenacity_waits_a_second_doubling_and_up_to_one_more),
        cmocka_unit_test(tenacity_never_waits_less_than_min),
        cmocka_unit_test(full_jitter_draws_from_min_and_not_from_nought),
        cmocka_unit_test(grpc_spreads_by_a_fifth_after_the_cap),
        cmocka_unit_test(proportional_jitter_is_capped_after_spreading),
        cmocka_unit_test(older_grpc_draws_from_nought),
        cmocka_unit_test(envoy_draws_below_what_has_been_doubled_so_far),
        cmocka_unit_test(resilience4j_waits_half_a_second_and_spreads_by_half_where_asked),
        cmocka_unit_test(polly_spreads_fixed_and_linear_waits_by_a_quarter),
        cmocka_unit_test(polly_spreads_exponential_waits_by_its_formula),
        cmocka_unit_test(celery_waits_whole_seconds_from_nought_to_the_exponential),
        cmocka_unit_test(celery_waits_three_minutes_unless_told_to_back_off),
        cmocka_unit_test(a_server_that_pushes_back_is_obeyed_and_waits_begin_anew),
        cmocka_unit_test(a_server_may_say_not_to_come_back),
        cmocka_unit_test(schemes_have_names_that_differ),
        cmocka_unit_test(names_are_those_of_the_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
