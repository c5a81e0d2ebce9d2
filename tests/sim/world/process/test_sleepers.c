#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sim/engine/random.h"
#include "sim/world/process/sleepers.h"

#define TURN 1000
#define NONE UINT32_MAX

static int open_face(void **state)
{
    static struct sim_sleepers s;
    sim_sleepers_init(&s, TURN);
    *state = &s;
    return 0;
}

static int close_face(void **state)
{
    sim_sleepers_fini(*state);
    return 0;
}

static uint32_t who(const struct sim_sleepers *s, sim_time t, sim_time *end)
{
    uint32_t i = sim_sleepers_from(s, t, end);
    return i == NONE ? NONE : s->at[i].task;
}

static void nobody_wakes_where_nobody_sleeps(void **state)
{
    sim_time end;
    assert_int_equal(sim_sleepers_from(*state, 5, &end), NONE);
    assert_int_equal(sim_sleepers_after(*state, 5, &end), NONE);
}

static void a_sleep_ends_a_turn_after_it_began_and_each_turn_again(void **state)
{
    sim_time end;
    sim_sleepers_add(*state, 7, 30);
    assert_int_equal(who(*state, 30, &end), 7);
    assert_int_equal(end, 1030);
    assert_int_equal(who(*state, 1030, &end), 7);
    assert_int_equal(end, 1030);
    assert_int_equal(who(*state, 1031, &end), 7);
    assert_int_equal(end, 2030);
}

static void later_than_an_instant_leaves_out_who_wakes_in_it(void **state)
{
    sim_time end;
    sim_sleepers_add(*state, 1, 30);
    sim_sleepers_add(*state, 2, 40);
    struct sim_sleepers *s = *state;
    assert_int_equal(s->at[sim_sleepers_after(s, 1030, &end)].task, 2);
    assert_int_equal(end, 1040);
}

static void who_comes_goes_before_those_whose_sleep_ends_in_that_instant(void **state)
{
    sim_time end;
    sim_sleepers_add(*state, 1, 30);
    sim_sleepers_add(*state, 2, 1030);
    assert_int_equal(who(*state, 2030, &end), 2);
}

static void who_has_begun_anew_in_that_instant_stays_before_who_comes(void **state)
{
    sim_time end;
    struct sim_sleepers *s = *state;
    sim_sleepers_add(s, 1, 30);
    s->seen = 1030;
    sim_sleepers_add(s, 2, 1030);
    assert_int_equal(who(s, 2030, &end), 1);
}

static void who_comes_in_an_instant_does_not_wake_in_it(void **state)
{
    sim_time end;
    sim_sleepers_add(*state, 1, 30);
    sim_sleepers_add(*state, 2, 1030);
    assert_int_equal(who(*state, 1030, &end), 1);
    assert_int_equal(end, 1030);
}

// A list that is searched whole says the same over a long random life.
struct plain {
    sim_time since;
    uint32_t task;
};

static sim_time end_of(struct plain p, sim_time t)
{
    sim_time turns = (t - p.since + TURN - 1) / TURN;
    return p.since + (turns > 0 ? turns : 1) * TURN;
}

static void a_random_life_agrees_with_a_plain_list(void **state)
{
    struct sim_sleepers *s = *state;
    struct plain list[300];
    struct sim_random rng;
    uint32_t n = 0, names = 0;
    sim_random_init(&rng, 1, "life", "test");
    for (sim_time now = 0; now < 400000; now += 1 + (sim_time)sim_random_below(&rng, 60)) {
        if (n < 300 && (n == 0 || sim_random_below(&rng, 100) < 52)) {
            list[n++] = (struct plain){ now, names };
            sim_sleepers_add(s, names++, now);
        } else {
            uint32_t i = (uint32_t)sim_random_below(&rng, s->count), k = 0;
            while (list[k].task != s->at[i].task)
                k++;
            list[k] = list[--n];
            sim_sleepers_remove(s, i);
        }
        assert_int_equal(s->count, n);
        sim_time first = INT64_MAX, end = INT64_MAX;
        for (uint32_t k = 0; k < n; k++)
            if (end_of(list[k], now) < first)
                first = end_of(list[k], now);
        sim_sleepers_from(s, now, &end);
        assert_int_equal(end, first);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_face, close_face)
    const struct CMUnitTest tests[] = {
        TEST(nobody_wakes_where_nobody_sleeps),
        TEST(a_sleep_ends_a_turn_after_it_began_and_each_turn_again),
        TEST(later_than_an_instant_leaves_out_who_wakes_in_it),
        TEST(who_comes_goes_before_those_whose_sleep_ends_in_that_instant),
        TEST(who_has_begun_anew_in_that_instant_stays_before_who_comes),
        TEST(who_comes_in_an_instant_does_not_wake_in_it),
        TEST(a_random_life_agrees_with_a_plain_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
