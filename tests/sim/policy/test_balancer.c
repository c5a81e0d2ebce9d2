#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/policy/balancer.h"

#define S (sim_time) SIM_S

static struct sim_balanced hosts[8];
static uint32_t in[8], loads[8];
static struct sim_random rng;

static struct sim_balancer begin(struct sim_balance rule, uint32_t n)
{
    struct sim_balancer b;
    memset(hosts, 0, sizeof hosts);
    memset(loads, 0, sizeof loads);
    for (uint32_t i = 0; i < n; i++)
        hosts[i].weight = 1;
    sim_random_init(&rng, 1, "test", "balancer");
    sim_balancer_init(&b, &rule, hosts, in, n);
    return b;
}

static uint32_t choose(struct sim_balancer *b, sim_time now)
{
    return sim_balancer_choose(b, loads, 0, now, &rng);
}

static void expect(struct sim_balancer *b, sim_time now, const char *hosts_in_turn)
{
    for (const char *p = hosts_in_turn; *p; p++)
        assert_int_equal(choose(b, now), *p - '0');
}

static void who_is_out_gets_nothing(void **state)
{
    (void)state;
    for (int kind = 0; kind < SIM_BALANCE_RING_HASH; kind++) {
        struct sim_balancer b = begin(sim_balance_default((enum sim_balance_kind)kind), 4);
        sim_balancer_set_out(&b, 2, true, 0);
        for (int i = 0; i < 200; i++)
            assert_true(choose(&b, i) != 2);
        for (uint32_t i = 0; i < 4; i++)
            sim_balancer_set_out(&b, i, true, 300);
        assert_int_equal(choose(&b, 300), SIM_BALANCE_NOBODY);
    }
}

static void fewer_than_the_share_is_panic_and_just_as_many_is_not(void **state)
{
    struct sim_balance rule = sim_balance_default(SIM_BALANCE_ROUND_ROBIN);
    (void)state;
    rule.panic = 500;
    struct sim_balancer b = begin(rule, 4);
    sim_balancer_set_out(&b, 0, true, 0);
    sim_balancer_set_out(&b, 1, true, 0);
    expect(&b, 0, "2323");
    sim_balancer_set_out(&b, 2, true, 0);
    expect(&b, 0, "01230");
}

// nginx: 5, 1, 1 goes a a b a c a a.
static void weights_are_dealt_out_smoothly(void **state)
{
    struct sim_balance rule = sim_balance_default(SIM_BALANCE_ROUND_ROBIN);
    (void)state;
    rule.weights = 3;
    struct sim_balancer b = begin(rule, 3);
    hosts[0].weight = 5;
    expect(&b, 0, "00102000010200");
}

static void who_comes_back_starts_slowly(void **state)
{
    struct sim_balance rule = sim_balance_default(SIM_BALANCE_ROUND_ROBIN);
    uint32_t got = 0;
    (void)state;
    rule.slow_start = 10 * S;
    struct sim_balancer b = begin(rule, 2);
    sim_balancer_set_out(&b, 1, true, 0);
    sim_balancer_set_out(&b, 1, false, 20 * S);
    for (int i = 0; i < 110; i++)
        got += choose(&b, 20 * S);
    assert_int_equal(got, 10); // a tenth of the other's
    for (int i = 0; i < 300; i++)
        got += choose(&b, 25 * S);
    assert_int_equal(got, 110); // half of it
    for (int i = 0; i < 100; i++)
        got += choose(&b, 30 * S);
    assert_int_equal(got, 160);
}

static void a_bias_says_what_load_matters_against_weight(void **state)
{
    struct sim_balance rule = sim_balance_default(SIM_BALANCE_LEAST);
    (void)state;
    rule.weights = 2;
    struct sim_balancer b = begin(rule, 2);
    hosts[0].weight = 3;
    loads[0] = 1; // 2 / 3 against 1
    expect(&b, 0, "00");
    b.rule.bias = 2; // 4 / 3
    expect(&b, 0, "11");
    b.rule.bias = 0;
    loads[0] = 100;
    expect(&b, 0, "00");
}

static void stale_loads_send_all_to_who_was_idle(void **state)
{
    struct sim_balance rule = sim_balance_default(SIM_BALANCE_LEAST);
    (void)state;
    rule.refresh = 100;
    struct sim_balancer b = begin(rule, 2);
    loads[0] = 1;
    for (sim_time at = 1000; at < 1100; at++, loads[1]++)
        assert_int_equal(choose(&b, at), 1);
    assert_int_equal(choose(&b, 1100), 0);
}

static void a_peak_is_believed_at_once_and_forgotten_with_time(void **state)
{
    struct sim_balance rule = sim_balance_default(SIM_BALANCE_PEAK_EWMA);
    (void)state;
    rule.choices = 0;
    struct sim_balancer b = begin(rule, 2);
    loads[1] = 1;
    expect(&b, 0, "0"); // idle and unknown; the other has work and has never answered
    sim_balancer_took(&b, 0, 100, 0);
    sim_balancer_took(&b, 1, 1000, 0);
    loads[1] = 0;
    expect(&b, 0, "0");
    loads[0] = 9;
    expect(&b, 0, "10"); // 1000 and 1000: in turn
    sim_balancer_took(&b, 0, 100, 24 * S);
    loads[0] = 0;
    expect(&b, 24 * S, "1"); // 1000 e^-2.4 is 90.7
}

static void keys_keep_their_hosts_and_overflow_to_the_next(void **state)
{
    struct sim_balance rule = sim_balance_default(SIM_BALANCE_RING_HASH);
    struct sim_hash_ring_point points[] = { { 10, 0 }, { 20, 1 }, { 30, 2 } };
    (void)state;
    struct sim_balancer b = begin(rule, 3);
    sim_hash_ring_init(&b.ring, points, 3);
    assert_int_equal(sim_balancer_choose(&b, loads, 11, 0, &rng), 1);
    assert_int_equal(sim_balancer_choose(&b, loads, 20, 0, &rng), 1);
    assert_int_equal(sim_balancer_choose(&b, loads, 31, 0, &rng), 0);
    loads[1] = 2;
    assert_int_equal(sim_balancer_choose(&b, loads, 11, 0, &rng), 1);
    b.rule.bound = 1.5; // ceil(1.5 * 3 / 3)
    assert_int_equal(sim_balancer_choose(&b, loads, 11, 0, &rng), 2);
    b.rule.bound = 2; // ceil(2 * 3 / 3)
    loads[0] = 1;     // ceil(2 * 4 / 3)
    assert_int_equal(sim_balancer_choose(&b, loads, 11, 0, &rng), 1);
    sim_balancer_set_out(&b, 1, true, 0);
    assert_int_equal(sim_balancer_choose(&b, loads, 11, 0, &rng), 2);
}

static void the_ring_is_shared_out_by_weight_and_moves_few_keys(void **state)
{
    (void)state;
    assert_int_equal(sim_hash_ring_points_of(1, 3, 1024), 342);
    assert_int_equal(sim_hash_ring_points_of(1, 4, 1024), 256);
    assert_int_equal(sim_hash_ring_points_of(1, 1e9, 1024), 1);
}

static struct sim_outlier_host watched[5];

static struct sim_outliers watch(struct sim_outlier rule, uint32_t n)
{
    struct sim_outliers o;
    memset(watched, 0, sizeof watched);
    sim_outliers_init(&o, &rule, watched, n, 0);
    return o;
}

static void five_errors_in_a_row_eject_for_longer_each_time(void **state)
{
    struct sim_outliers o = watch(sim_outlier_default(), 2);
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_false(sim_outliers_record(&o, 0, false, 0));
    assert_false(sim_outliers_record(&o, 0, true, 0));
    for (int i = 0; i < 4; i++)
        assert_false(sim_outliers_record(&o, 0, false, 0));
    assert_true(sim_outliers_record(&o, 0, false, 5 * S));
    assert_int_equal(sim_outliers_catch_up(&o, 39 * S), 0);
    assert_true(watched[0].is_ejected); // the sweep at 30 s finds it out for 25 s
    assert_int_equal(sim_outliers_catch_up(&o, 40 * S), 1);
    assert_false(watched[0].is_ejected);
    for (int i = 0; i < 5; i++)
        sim_outliers_record(&o, 0, false, 40 * S);
    assert_int_equal(sim_outliers_catch_up(&o, 99 * S), 0); // 60 s now
    assert_int_equal(sim_outliers_catch_up(&o, 100 * S), 1);
}

static void a_tenth_may_be_out_but_one_always(void **state)
{
    struct sim_outliers o = watch(sim_outlier_default(), 5);
    (void)state;
    for (int i = 0; i < 5; i++)
        sim_outliers_record(&o, 0, false, 0);
    for (int i = 0; i < 50; i++)
        assert_false(sim_outliers_record(&o, 1, false, 0));
    assert_true(watched[0].is_ejected && !watched[1].is_ejected);
}

static void who_fails_more_than_the_others_is_ejected_in_a_sweep(void **state)
{
    struct sim_outliers o = watch(sim_outlier_default(), 5);
    (void)state;
    // 99, 99, 99, 99 and 50 per cent: 50 is below 89.2 - 1.9 * 19.6 = 52.0.
    for (uint32_t host = 0; host < 5; host++)
        for (int i = 0; i < 100; i++)
            sim_outliers_record(&o, host, host == 4 ? i % 2 == 0 : i > 0, 0);
    assert_int_equal(sim_outliers_catch_up(&o, 10 * S - 1), 0);
    assert_int_equal(sim_outliers_catch_up(&o, 10 * S), 1);
    assert_true(watched[4].is_ejected);
}

static void equals_are_no_outliers(void **state)
{
    struct sim_outlier rule = sim_outlier_default();
    (void)state;
    rule.deviations = 0;
    rule.consecutive = 0;
    rule.requests = 3;
    struct sim_outliers o = watch(rule, 5);
    for (uint32_t host = 0; host < 5; host++)
        for (int i = 0; i < 3; i++)
            sim_outliers_record(&o, host, i > 0, 0);
    assert_int_equal(sim_outliers_catch_up(&o, 10 * S), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_out_gets_nothing),
        cmocka_unit_test(fewer_than_the_share_is_panic_and_just_as_many_is_not),
        cmocka_unit_test(weights_are_dealt_out_smoothly),
        cmocka_unit_test(who_comes_back_starts_slowly),
        cmocka_unit_test(a_bias_says_what_load_matters_against_weight),
        cmocka_unit_test(stale_loads_send_all_to_who_was_idle),
        cmocka_unit_test(a_peak_is_believed_at_once_and_forgotten_with_time),
        cmocka_unit_test(keys_keep_their_hosts_and_overflow_to_the_next),
        cmocka_unit_test(the_ring_is_shared_out_by_weight_and_moves_few_keys),
        cmocka_unit_test(five_errors_in_a_row_eject_for_longer_each_time),
        cmocka_unit_test(a_tenth_may_be_out_but_one_always),
        cmocka_unit_test(who_fails_more_than_the_others_is_ejected_in_a_sweep),
        cmocka_unit_test(equals_are_no_outliers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
