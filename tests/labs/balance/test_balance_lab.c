#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "labs/balance/balance.h"
#include "labs/balance/ring.h"
#include "tests/support/stress.h"

// What is expected here is worked out by hand from the rules and never from a run.

#define S ((int64_t)1000000000)

static struct stress stress;

static struct lab_balance_host hosts[10];

struct script {
    const double *draws;
    int used;
};

static double next_draw(void *ctx)
{
    struct script *s = ctx;
    return s->draws[s->used++];
}

static struct lab_balance begin(enum lab_balance_kind kind, uint32_t count)
{
    struct lab_balance_def def = lab_balance_default(kind);
    struct lab_balance b;
    memset(hosts, 0, sizeof hosts);
    for (uint32_t i = 0; i < count; i++)
        hosts[i] = (struct lab_balance_host){ .weight = 1, .is_up = true };
    lab_balance_init(&b, &def, hosts, count);
    return b;
}

// Expects these picks, and that each draw is taken.
static void picks(struct lab_balance *b, int64_t now, const double *draws, int draw_count,
                  const uint32_t *expected, int count)
{
    struct script s = { draws, 0 };
    struct lab_balance_chance chance = { next_draw, &s };
    for (int i = 0; i < count; i++)
        assert_int_equal(lab_balance_pick(b, now, &chance), expected[i]);
    assert_int_equal(s.used, draw_count);
}

#define LIST(...)      \
    (const uint32_t[]) \
    {                  \
        __VA_ARGS__    \
    }

static void round_robin_goes_round_and_passes_over_who_is_down(void **state)
{
    struct lab_balance b = begin(LAB_BALANCE_ROUND_ROBIN, 4);
    (void)state;
    picks(&b, 0, NULL, 0, LIST(0, 1, 2, 3, 0), 5);
    hosts[2].is_up = false;
    picks(&b, 0, NULL, 0, LIST(1, 3, 0), 3);
    b = begin(LAB_BALANCE_ROUND_ROBIN, 0);
    picks(&b, 0, NULL, 0, LIST(LAB_BALANCE_NOBODY), 1);
}

static void fewer_than_half_up_is_panic(void **state)
{
    struct lab_balance b = begin(LAB_BALANCE_ROUND_ROBIN, 4);
    (void)state;
    hosts[0].is_up = hosts[2].is_up = false;
    picks(&b, 0, NULL, 0, LIST(1, 3, 1), 3); // half is enough
    hosts[1].is_up = false;
    picks(&b, 0, NULL, 0, LIST(2, 3, 0, 1), 4);
    b.def.panic_milli = 0;
    picks(&b, 0, NULL, 0, LIST(3, 3), 2);
    hosts[3].is_up = false;
    picks(&b, 0, NULL, 0, LIST(LAB_BALANCE_NOBODY), 1);
    b.def.panic_milli = 1; // somebody has to
    picks(&b, 0, NULL, 0, LIST(0, 1), 2);
}

// nginx' example: of weights 5, 1, 1 the order is a a b a c a a.
static void weights_are_shared_out_smoothly(void **state)
{
    struct lab_balance b = begin(LAB_BALANCE_WEIGHTED_ROUND_ROBIN, 3);
    (void)state;
    hosts[0].weight = 5;
    picks(&b, 0, NULL, 0, LIST(0, 0, 1, 0, 2, 0, 0, 0), 8);
}

static void random_goes_by_weight(void **state)
{
    struct lab_balance b = begin(LAB_BALANCE_RANDOM, 3);
    const double draws[] = { 0, 0.2499, 0.25, 0.4999, 0.5, 0.9999 };
    (void)state;
    hosts[2].weight = 2;
    picks(&b, 0, draws, 6, LIST(0, 0, 1, 1, 2, 2), 6);
    hosts[1].is_up = false;
    picks(&b, 0, draws + 2, 2, LIST(0, 2), 2); // thirds now
}

static void equals_take_turns(void **state)
{
    struct lab_balance b = begin(LAB_BALANCE_LEAST_REQUESTS, 3);
    (void)state;
    picks(&b, 0, NULL, 0, LIST(0, 1, 2, 0), 4);
    lab_balance_began(&b, 1);
    picks(&b, 0, NULL, 0, LIST(2, 0, 2), 3);
}

// 0.3 as three times a tenth is not 0.3, but what is equal by the rule takes turns.
static void equals_by_other_roundings_are_equal(void **state)
{
    struct lab_balance b = begin(LAB_BALANCE_LEAST_REQUESTS, 2);
    (void)state;
    hosts[0].weight = 0.1;
    hosts[1].weight = 0.3;
    lab_balance_began(&b, 1);
    lab_balance_began(&b, 1);
    picks(&b, 0, NULL, 0, LIST(0, 1, 0, 1), 4);
}

static void least_requests_is_the_least_of_all(void **state)
{
    struct lab_balance b = begin(LAB_BALANCE_LEAST_REQUESTS, 3);
    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        picks(&b, 0, NULL, 0, LIST(i), 1);
        lab_balance_began(&b, i);
    }
    lab_balance_began(&b, 0);
    lab_balance_ended(&b, 2, 5, 0);
    picks(&b, 0, NULL, 0, LIST(2), 1);
    hosts[0].weight = 8; // 3 / 8 is less than 1 / 1
    picks(&b, 0, NULL, 0, LIST(0), 1);
    b.def.bias = 3; // and 27 / 8 is not
    picks(&b, 0, NULL, 0, LIST(2), 1);
}

static void the_better_of_two_that_are_drawn(void **state)
{
    struct lab_balance b = begin(LAB_BALANCE_BEST_OF_SOME, 4);
    const double draws[] = { 0.25, 0.75, 0.75, 0.25, 0.9, 0.9, 0, 0.5 };
    (void)state;
    lab_balance_began(&b, 1);
    lab_balance_began(&b, 2);
    // 1 and 3, 3 and 1, 3 twice, 0 and 2.
    picks(&b, 0, draws, 8, LIST(3, 3, 3, 0), 4);
    lab_balance_began(&b, 3);
    picks(&b, 0, draws, 4, LIST(1, 3), 2); // a tie goes to who was drawn first
    hosts[0].is_up = false;
    picks(&b, 0, draws, 2, LIST(1), 1); // 1 and 3, of three
}

static void load_that_is_seen_late_sends_all_to_one(void **state)
{
    struct lab_balance b = begin(LAB_BALANCE_LEAST_REQUESTS, 3);
    (void)state;
    b.def.refresh_ns = 100;
    lab_balance_began(&b, 0);
    lab_balance_began(&b, 2);
    for (int64_t at = 1000; at < 1100; at++) {
        picks(&b, at, NULL, 0, LIST(1), 1);
        lab_balance_began(&b, 1);
    }
    picks(&b, 1100, NULL, 0, LIST(2), 1);
}

static void a_host_that_came_up_gets_its_weight_slowly(void **state)
{
    struct lab_balance b = begin(LAB_BALANCE_RANDOM, 2);
    const double draws[] = { 0.9090, 0.9091, 0.6666, 0.6667, 0.4999, 0.5 };
    (void)state;
    b.def.slow_start_ns = 100;
    hosts[0].up_ns = -100;
    hosts[1].up_ns = 1000;
    picks(&b, 1000, draws, 2, LIST(0, 1), 2); // 0.1 of 1.1
    picks(&b, 1010, draws, 2, LIST(0, 1), 2);
    picks(&b, 1050, draws + 2, 2, LIST(0, 1), 2); // 0.5 of 1.5
    picks(&b, 1100, draws + 4, 2, LIST(0, 1), 2);
}

static void a_peak_is_believed_at_once_and_its_end_with_time(void **state)
{
    struct lab_balance b = begin(LAB_BALANCE_PEAK_EWMA, 1);
    (void)state;
    const int64_t took[] = { 100, 400, 100, 100 };
    const int64_t at[] = { 0, S, 11 * S, 11 * S };
    // After a time of tau, 1/e of the distance of 300 is left; after no time all of it.
    const double expected[] = { 100, 400, 100 + 300 / exp(1), 100 + 300 / exp(1) };
    for (int i = 0; i < 4; i++) {
        lab_balance_began(&b, 0);
        lab_balance_ended(&b, 0, took[i], at[i]);
        assert_true(fabs(hosts[0].latency_ns - expected[i]) < 1e-6);
    }
    lab_balance_began(&b, 0);
    lab_balance_ended(&b, 0, -1, 50 * S); // nothing to learn
    assert_true(fabs(hosts[0].latency_ns - expected[3]) < 1e-6);
    assert_int_equal(hosts[0].under_way, 0);
}

// Of two, the first took 1000 ns at 0 and the second 100 ns at that time; who is asked then?
static void expect_asked(int64_t at, uint32_t host)
{
    struct lab_balance b = begin(LAB_BALANCE_PEAK_EWMA, 2);
    b.def.choices = 0;
    lab_balance_began(&b, 0);
    lab_balance_ended(&b, 0, 1000, 0);
    lab_balance_began(&b, 1);
    lab_balance_ended(&b, 1, 100, at);
    picks(&b, at, NULL, 0, LIST(host), 1);
}

static void who_was_slow_is_asked_again_in_the_end(void **state)
{
    (void)state;
    expect_asked(23 * S, 1); // 1000 e^-2.3 is 100.3
    expect_asked(24 * S, 0); // and e^-2.4 of it 90.7
}

static void latency_counts_for_each_that_is_under_way(void **state)
{
    struct lab_balance b = begin(LAB_BALANCE_PEAK_EWMA, 3);
    (void)state;
    b.def.choices = 0;
    for (uint32_t i = 0; i < 2; i++) {
        lab_balance_began(&b, i);
        lab_balance_ended(&b, i, i == 0 ? 100 : 250, 0);
    }
    picks(&b, 0, NULL, 0, LIST(2), 1); // never tried, and idle
    lab_balance_began(&b, 2);
    picks(&b, 0, NULL, 0, LIST(0), 1); // never answered, and not idle
    lab_balance_began(&b, 0);
    picks(&b, 0, NULL, 0, LIST(0), 1); // 200 and 250
    lab_balance_began(&b, 0);
    picks(&b, 0, NULL, 0, LIST(1), 1); // 300 and 250
}

// ---- The ring ----

// Host 0 at 100 and 400, host 1 at 200 and 500, host 2 at 300 and 600.
static uint64_t at_hundreds(uint32_t host, uint32_t n)
{
    return (host + 1) * 100 + (uint64_t)n * 300;
}

static void a_key_goes_to_the_next_point(void **state)
{
    const double weights[] = { 1, 1, 1 };
    struct lab_ring r;
    (void)state;
    assert_true(lab_ring_init(&r, weights, 3, 6, at_hundreds));
    assert_int_equal(r.count, 6);
    assert_int_equal(lab_ring_find(&r, 0), 0);
    assert_int_equal(lab_ring_find(&r, 100), 0);
    assert_int_equal(lab_ring_find(&r, 101), 1);
    assert_int_equal(lab_ring_find(&r, 600), 2);
    assert_int_equal(lab_ring_find(&r, 601), 0); // round the end
    lab_ring_fini(&r);
    assert_true(lab_ring_init(&r, weights, 0, 6, NULL));
    assert_int_equal(lab_ring_find(&r, 0), LAB_RING_NOBODY);
    lab_ring_fini(&r);
}

static void who_has_more_than_its_share_is_passed_over(void **state)
{
    const double weights[] = { 1, 1, 1 };
    uint32_t under_way[] = { 0, 0, 0 };
    struct lab_ring r;
    (void)state;
    assert_true(lab_ring_init(&r, weights, 3, 6, at_hundreds));
    assert_int_equal(lab_ring_find_bounded(&r, 50, under_way, 1), 0);
    under_way[0] = 1; // most is ceil(2 / 3)
    assert_int_equal(lab_ring_find_bounded(&r, 50, under_way, 1), 1);
    under_way[1] = 1; // ceil(3 / 3)
    assert_int_equal(lab_ring_find_bounded(&r, 50, under_way, 1), 2);
    assert_int_equal(lab_ring_find_bounded(&r, 350, under_way, 1), 2);
    under_way[2] = 1; // ceil(4 / 3)
    assert_int_equal(lab_ring_find_bounded(&r, 350, under_way, 1), 0);
    under_way[0] = 4; // all are 7, of which 1.25 times a third is 2.9
    assert_int_equal(lab_ring_find_bounded(&r, 350, under_way, 1.25), 1);
    under_way[0] = 3;
    under_way[1] = 2;
    under_way[2] = 1; // with the one that comes, 7 / 3: not more than three each
    assert_int_equal(lab_ring_find_bounded(&r, 50, under_way, 1), 1);
    lab_ring_fini(&r);
}

static void a_new_host_takes_keys_and_moves_no_others(void **state)
{
    double weights[11];
    struct lab_ring ten, eleven;
    uint32_t moved = 0, of_first = 0;
    (void)state;
    for (int i = 0; i < 11; i++)
        weights[i] = 1;
    assert_true(lab_ring_init(&ten, weights, 10, 1024, NULL));
    assert_true(lab_ring_init(&eleven, weights, 11, 1024 * 11 / 10, NULL));
    for (uint64_t i = 0; i < 10000; i++) {
        uint64_t key = i * 0x9e3779b97f4a7c15;
        uint32_t before = lab_ring_find(&ten, key), after = lab_ring_find(&eleven, key);
        of_first += before == 0;
        moved += before != after;
        if (before != after)
            assert_int_equal(after, 10);
    }
    assert_true(moved > 500 && moved < 1500); // about one in eleven
    assert_true(of_first > 600 && of_first < 1500);
    lab_ring_fini(&ten);
    lab_ring_fini(&eleven);
}

static void points_are_shared_out_by_weight(void **state)
{
    const double weights[] = { 1, 0.0001, 2 };
    uint32_t points[3] = { 0 };
    struct lab_ring r;
    (void)state;
    assert_true(lab_ring_init(&r, weights, 3, 1024, NULL));
    assert_true(r.count >= 1024);
    for (uint32_t i = 0; i < r.count; i++)
        points[r.points[i].host]++;
    assert_int_equal(points[0], 342); // 341.3
    assert_int_equal(points[1], 1);
    assert_int_equal(points[2], 683); // 682.6
    lab_ring_fini(&r);
}

// ---- Whatever happens: nobody who is down while enough are up, and the books balance ----

static double chance_draw(void *ctx)
{
    uint64_t *x = ctx;
    *x = *x * 6364136223846793005u + 1442695040888963407u;
    return (double)(*x >> 11) * 0x1p-53;
}

static void one_round(struct lab_balance *b, uint64_t *seed)
{
    struct lab_balance_chance chance = { chance_draw, seed };
    uint32_t under_way[8] = { 0 }, up = 0;
    for (uint32_t i = 0; i < b->count; i++) {
        hosts[i].is_up = chance_draw(seed) < 0.7;
        hosts[i].weight = 0.5 + chance_draw(seed);
        up += hosts[i].is_up;
    }
    for (int64_t at = 0; at < 200; at++) {
        uint32_t host = lab_balance_pick(b, at, &chance);
        assert_true(host < b->count);
        assert_true(hosts[host].is_up || 2 * up < b->count);
        lab_balance_began(b, host);
        under_way[host]++;
        uint32_t other = (uint32_t)(chance_draw(seed) * b->count);
        if (under_way[other] > 0) {
            lab_balance_ended(b, other, (int64_t)(1000 * chance_draw(seed)), at);
            under_way[other]--;
        }
    }
    for (uint32_t i = 0; i < b->count; i++)
        assert_int_equal(hosts[i].under_way, under_way[i]);
}

static void nobody_who_is_down_is_picked_while_enough_are_up(void **state)
{
    uint64_t seed = stress.seed;
    (void)state;
    for (uint32_t i = 0; stress_goes_on(&stress, i); i++)
        for (int kind = LAB_BALANCE_ROUND_ROBIN; kind <= LAB_BALANCE_PEAK_EWMA; kind++) {
            struct lab_balance b = begin((enum lab_balance_kind)kind, 1 + i % 8);
            one_round(&b, &seed);
        }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_robin_goes_round_and_passes_over_who_is_down),
        cmocka_unit_test(fewer_than_half_up_is_panic),
        cmocka_unit_test(weights_are_shared_out_smoothly),
        cmocka_unit_test(random_goes_by_weight),
        cmocka_unit_test(equals_take_turns),
        cmocka_unit_test(equals_by_other_roundings_are_equal),
        cmocka_unit_test(least_requests_is_the_least_of_all),
        cmocka_unit_test(the_better_of_two_that_are_drawn),
        cmocka_unit_test(load_that_is_seen_late_sends_all_to_one),
        cmocka_unit_test(a_host_that_came_up_gets_its_weight_slowly),
        cmocka_unit_test(a_peak_is_believed_at_once_and_its_end_with_time),
        cmocka_unit_test(who_was_slow_is_asked_again_in_the_end),
        cmocka_unit_test(latency_counts_for_each_that_is_under_way),
        cmocka_unit_test(a_key_goes_to_the_next_point),
        cmocka_unit_test(who_has_more_than_its_share_is_passed_over),
        cmocka_unit_test(a_new_host_takes_keys_and_moves_no_others),
        cmocka_unit_test(points_are_shared_out_by_weight),
        cmocka_unit_test(nobody_who_is_down_is_picked_while_enough_are_up),
    };
    stress = stress_read(argc, argv, 100);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
