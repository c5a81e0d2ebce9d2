#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/policy/concurrency.h"

#define MS (sim_time) SIM_MS

// ---- A limit, and what it is told ----

struct limit {
    struct sim_concurrency c;
    struct sim_concurrency_state s;
    struct sim_random rng;
};

static void begin(struct limit *l, enum sim_concurrency_kind kind)
{
    l->c = sim_concurrency_of(kind);
    sim_random_init(&l->rng, 1, "test", "concurrency");
    sim_concurrency_begin(&l->c, &l->s, &l->rng);
}

static void tell(struct limit *l, sim_time took, uint32_t under_way, bool is_dropped)
{
    const struct sim_concurrency_sample one = { took, under_way, is_dropped };
    sim_concurrency_record(&l->c, &l->s, &one, &l->rng);
}

static void so_many_are_let_through(void **state)
{
    (void)state;
    struct limit l;
    begin(&l, SIM_CONCURRENCY_FIXED);
    assert_true(sim_concurrency_allows(&l.s, 19));
    assert_false(sim_concurrency_allows(&l.s, 20));
    l.s.limit = 20.999;
    assert_false(sim_concurrency_allows(&l.s, 20));
    tell(&l, 9 * MS, 20, true);
    assert_true(l.s.limit == 20.999);
}

// ---- AIMD ----

static void aimd_adds_one_while_half_is_used(void **state)
{
    (void)state;
    struct limit l;
    begin(&l, SIM_CONCURRENCY_AIMD);
    tell(&l, 1, 9, false);
    assert_true(l.s.limit == 20);
    tell(&l, 1, 10, false);
    assert_true(l.s.limit == 21);
}

static void aimd_backs_off_at_a_drop_and_at_its_timeout(void **state)
{
    (void)state;
    struct limit l;
    begin(&l, SIM_CONCURRENCY_AIMD);
    l.s.limit = 101;
    tell(&l, 1, 1, true);
    assert_true(l.s.limit == 90); // the whole part of 90.9
    tell(&l, 5000 * MS, 1, false);
    assert_true(l.s.limit == 90);
    tell(&l, 5000 * MS + 1, 1, false);
    assert_true(l.s.limit == 81);
}

static void aimd_stays_between_least_and_most(void **state)
{
    (void)state;
    struct limit l;
    begin(&l, SIM_CONCURRENCY_AIMD);
    tell(&l, 1, 1, true);
    assert_true(l.s.limit == 20);
    l.s.limit = 200;
    tell(&l, 1, 200, false);
    assert_true(l.s.limit == 200);
}

// ---- Vegas ----

// 100, of which 10 ms is the shortest; log10 is 2.
static void begin_vegas(struct limit *l)
{
    begin(l, SIM_CONCURRENCY_VEGAS);
    l->s.limit = 100;
    tell(l, 10 * MS, 100, false);
}

static void vegas_grows_by_how_few_queue(void **state)
{
    (void)state;
    struct limit l;
    begin_vegas(&l);
    tell(&l, 10 * MS, 100, false); // nobody
    assert_true(l.s.limit == 112);
    begin_vegas(&l);
    tell(&l, 10204081, 100, false); // 100 * (1 - 10 / 10.204081) is just below 2
    assert_true(l.s.limit == 112);
    begin_vegas(&l);
    tell(&l, 10204082, 100, false); // and just above: three
    assert_true(l.s.limit == 102);
}

static void vegas_shrinks_when_many_queue(void **state)
{
    (void)state;
    struct limit l;
    begin_vegas(&l);
    tell(&l, 11 * MS, 100, false); // 9.09: ten, neither few nor many
    assert_true(l.s.limit == 100);
    tell(&l, 12 * MS, 100, false); // 16.7
    assert_true(l.s.limit == 98);
    tell(&l, 10 * MS, 1, true);
    assert_true(l.s.limit == 97); // log10 of 98 is 1
}

static void vegas_does_not_move_while_less_than_half_is_used(void **state)
{
    (void)state;
    struct limit l;
    begin_vegas(&l);
    tell(&l, 10 * MS, 49, false);
    assert_true(l.s.limit == 100);
    tell(&l, 10 * MS, 50, false);
    assert_true(l.s.limit == 112);
}

// 30 a place, times a half to one: of a limit of 20, after 300 to 600 samples.
static void vegas_takes_the_shortest_anew(void **state)
{
    (void)state;
    struct limit l;
    begin(&l, SIM_CONCURRENCY_VEGAS);
    tell(&l, 10 * MS, 1, false);
    uint32_t n = 1;
    for (; l.s.shortest == 10 * MS && n < 1000; n++)
        tell(&l, 11 * MS, 1, false);
    assert_in_range(n, 300, 601);
    assert_int_equal(l.s.shortest, 11 * MS);
    assert_int_equal(l.s.samples, 0);
}

// ---- Gradient2 ----

static void gradient_lets_a_few_queue_and_goes_part_of_the_way(void **state)
{
    (void)state;
    struct limit l;
    begin(&l, SIM_CONCURRENCY_GRADIENT2);
    tell(&l, 10 * MS, 20, false); // 20 + 4, a fifth of the way
    assert_true(l.s.limit > 20.799 && l.s.limit < 20.801);
    tell(&l, 10 * MS, 10, false); // less than half is used
    assert_true(l.s.limit > 20.799 && l.s.limit < 20.801);
}

static void gradient_is_by_how_much_longer_it_took_than_usual(void **state)
{
    (void)state;
    struct limit l;
    begin(&l, SIM_CONCURRENCY_GRADIENT2);
    for (int i = 0; i < 9; i++)
        tell(&l, 10 * MS, 0, false);
    l.s.limit = 100;
    tell(&l, 60 * MS, 100, false); // the usual is 15 ms: 1.5 * 15 / 60 is below a half
    assert_true(l.s.limit > 90.799 && l.s.limit < 90.801); // 100 - (50 - 4) / 5
    l.s.limit = 100;
    l.s.usual = 10 * SIM_MS;
    tell(&l, 20 * MS, 100, false); // 1.5 * (10 + 10 * 2 / 601) / 20
    assert_true(l.s.limit > 95.84 && l.s.limit < 95.86);
}

static void usual_time_that_is_far_too_long_comes_down_faster(void **state)
{
    (void)state;
    struct limit l;
    begin(&l, SIM_CONCURRENCY_GRADIENT2);
    l.s.usual = 100 * SIM_MS;
    l.s.samples = 10;
    tell(&l, 60 * MS, 0, false);
    assert_true(l.s.usual > 99.8 * SIM_MS);
    tell(&l, 10 * MS, 0, false);
    assert_true(l.s.usual < 95 * SIM_MS && l.s.usual > 94 * SIM_MS);
}

static void what_takes_no_time_is_no_division_by_nothing(void **state)
{
    (void)state;
    for (int kind = 0; kind < SIM_CONCURRENCIES; kind++) {
        struct limit l;
        begin(&l, (enum sim_concurrency_kind)kind);
        for (int i = 0; i < 100; i++)
            tell(&l, 0, 1000, false);
        assert_true(l.s.limit >= 20 && l.s.limit <= 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_are_let_through),
        cmocka_unit_test(aimd_adds_one_while_half_is_used),
        cmocka_unit_test(aimd_backs_off_at_a_drop_and_at_its_timeout),
        cmocka_unit_test(aimd_stays_between_least_and_most),
        cmocka_unit_test(vegas_grows_by_how_few_queue),
        cmocka_unit_test(vegas_shrinks_when_many_queue),
        cmocka_unit_test(vegas_does_not_move_while_less_than_half_is_used),
        cmocka_unit_test(vegas_takes_the_shortest_anew),
        cmocka_unit_test(gradient_lets_a_few_queue_and_goes_part_of_the_way),
        cmocka_unit_test(gradient_is_by_how_much_longer_it_took_than_usual),
        cmocka_unit_test(usual_time_that_is_far_too_long_comes_down_faster),
        cmocka_unit_test(what_takes_no_time_is_no_division_by_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
