#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/engine/random.h"
#include "sim/policy/throttle.h"

#define S        (sim_time) SIM_S
#define EIGHTHS  (UINT64_C(1) << 61) // of a draw
#define RARELY   0u                  // the draw that is rejected whenever one may be
#define MILLIONS 1000000u

struct throttle {
    struct sim_throttle rule;
    struct sim_throttle_memory memory;
};

static void begin(struct throttle *t, uint32_t k)
{
    t->rule = sim_throttle_default();
    t->rule.k = k;
    sim_throttle_begin(&t->rule, &t->memory, 0);
}

static bool allows(struct throttle *t, sim_time now, uint64_t draw)
{
    return sim_throttle_allows(&t->rule, &t->memory, now, draw);
}

static void ended(struct throttle *t, sim_time now, bool is_accepted)
{
    sim_throttle_ended(&t->rule, &t->memory, now, is_accepted);
}

static void defaults_are_those_of_the_book(void **state)
{
    (void)state;
    struct sim_throttle t = sim_throttle_default();
    assert_int_equal(t.k, 2 * MILLIONS);
    assert_int_equal(t.window, 120 * S);
    assert_false(t.counts_late);
}

static void nothing_is_rejected_while_half_is_accepted(void **state)
{
    (void)state;
    struct throttle t;
    begin(&t, 2 * MILLIONS);
    assert_true(allows(&t, 0, RARELY));
    for (int i = 0; i < 1000; i++) {
        ended(&t, i, true);
        assert_true(allows(&t, i, RARELY));
        assert_true(allows(&t, i, RARELY));
    }
    ended(&t, 1000, true);
}

// Seven asked for, none accepted: seven eighths. A draw that is just the chance passes.
static void the_chance_is_what_is_not_borne_of_all_and_one(void **state)
{
    (void)state;
    struct throttle t;
    for (uint64_t draw = 7 * EIGHTHS - 1; draw <= 7 * EIGHTHS; draw++) {
        begin(&t, 2 * MILLIONS);
        for (int i = 0; i < 7; i++)
            allows(&t, 0, UINT64_MAX);
        assert_int_equal(allows(&t, 0, draw), draw == 7 * EIGHTHS);
    }
}

// Seven asked for, two accepted, k = 2: three eighths; k = 1.5: four.
static void k_says_how_many_each_accepted_bears(void **state)
{
    (void)state;
    const struct {
        uint32_t k;
        uint64_t eighths;
    } cases[] = { { 2 * MILLIONS, 3 }, { 3 * MILLIONS / 2, 4 } };
    for (int c = 0; c < 2; c++)
        for (int beside = 0; beside < 2; beside++) {
            struct throttle t;
            begin(&t, cases[c].k);
            for (int i = 0; i < 7; i++)
                allows(&t, 0, UINT64_MAX);
            ended(&t, 0, true);
            ended(&t, 0, true);
            ended(&t, 0, false);
            uint64_t draw = cases[c].eighths * EIGHTHS - (uint64_t)beside;
            assert_int_equal(allows(&t, 0, draw), beside == 0);
        }
}

static void what_it_rejects_counts_as_asked_for(void **state)
{
    (void)state;
    struct throttle t;
    begin(&t, 2 * MILLIONS);
    allows(&t, 0, RARELY);
    assert_false(allows(&t, 0, RARELY));
    assert_int_equal(t.memory.sum.requests, 2);
}

static void counted_late_it_knows_of_nothing_under_way(void **state)
{
    (void)state;
    struct throttle t;
    begin(&t, 2 * MILLIONS);
    t.rule.counts_late = true;
    for (int i = 0; i < 100; i++)
        assert_true(allows(&t, 0, RARELY));
    ended(&t, 0, false);
    assert_false(allows(&t, 0, RARELY));
    assert_int_equal(t.memory.sum.requests, 1); // and forgets what it rejects
}

// The slice of the first second leaves when that of the hundred and twentieth begins.
static void two_minutes_later_it_is_forgotten(void **state)
{
    (void)state;
    struct throttle t;
    begin(&t, 2 * MILLIONS);
    allows(&t, S - 1, RARELY);
    assert_false(allows(&t, 120 * S - 1, RARELY));
    assert_int_equal(t.memory.sum.requests, 2);
    ended(&t, 120 * S, false);
    assert_int_equal(t.memory.sum.requests, 1);
    assert_false(allows(&t, 120 * S, RARELY));
}

static void after_a_long_silence_everything_is_forgotten(void **state)
{
    (void)state;
    struct throttle t;
    begin(&t, 2 * MILLIONS);
    for (int i = 0; i < 200; i++)
        allows(&t, i * S, RARELY);
    assert_true(allows(&t, INT64_MAX, RARELY));
    assert_int_equal(t.memory.sum.requests, 1);
}

// What the rule is for: whoever it calls sees k times what it accepts.
static void in_the_steady_state_k_times_what_is_accepted_is_sent(void **state)
{
    (void)state;
    const uint32_t ks[] = { 11 * MILLIONS / 10, 2 * MILLIONS, 3 * MILLIONS };
    for (int c = 0; c < 3; c++) {
        struct throttle t;
        struct sim_random rng;
        uint32_t sent = 0, accepted = 0;
        begin(&t, ks[c]);
        sim_random_init(&rng, 1, "test", "throttle");
        for (int ms = 0; ms < 480000;
             ms++) { // a thousand a second, of which a hundred may pass
            sim_time now = ms * (sim_time)SIM_MS;
            if (ms % 1000 == 0)
                accepted = 0;
            if (!allows(&t, now, sim_random_next(&rng)))
                continue;
            sent += ms >= 360000;
            ended(&t, now, accepted++ < 100);
        }
        assert_in_range(sent, ks[c] / 1e6 * 12000 * 0.97, ks[c] / 1e6 * 12000 * 1.03);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_book),
        cmocka_unit_test(nothing_is_rejected_while_half_is_accepted),
        cmocka_unit_test(the_chance_is_what_is_not_borne_of_all_and_one),
        cmocka_unit_test(k_says_how_many_each_accepted_bears),
        cmocka_unit_test(what_it_rejects_counts_as_asked_for),
        cmocka_unit_test(counted_late_it_knows_of_nothing_under_way),
        cmocka_unit_test(two_minutes_later_it_is_forgotten),
        cmocka_unit_test(after_a_long_silence_everything_is_forgotten),
        cmocka_unit_test(in_the_steady_state_k_times_what_is_accepted_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
