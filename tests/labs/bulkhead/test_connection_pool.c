#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/bulkhead/pool.h"
#include "tests/support/stress.h"

#define S ((int64_t)1000000000)

static struct stress stress;

static struct lab_pool begin(struct lab_pool_def def)
{
    struct lab_pool p;
    assert_true(lab_pool_init(&p, &def));
    return p;
}

static void acquires(struct lab_pool *p, int64_t now, bool opens)
{
    struct lab_pool_call c;
    assert_int_equal(lab_pool_acquire(p, &c, now), LAB_BULKHEAD_INSIDE);
    assert_int_equal(c.opens, opens);
}

static void overflow_is_opened_and_closed_and_the_size_is_kept(void **state)
{
    struct lab_pool p = begin(lab_pool_sqlalchemy());
    struct lab_pool_call waits;
    (void)state;
    for (int i = 0; i < 15; i++)
        acquires(&p, 0, true);
    assert_int_equal(lab_pool_acquire(&p, &waits, 0), LAB_BULKHEAD_WAITING);
    assert_int_equal(p.open, 15);
    assert_ptr_equal(lab_pool_release(&p, false, 30 * S), &waits);
    assert_false(waits.opens); // it has the one that came back
    for (int i = 0; i < 15; i++)
        assert_null(lab_pool_release(&p, false, 31 * S));
    assert_int_equal(p.open, 5);
    for (int i = 0; i < 7; i++)
        acquires(&p, 32 * S, i >= 5);
    lab_pool_fini(&p);
}

static void who_waits_gives_up_in_the_end(void **state)
{
    struct lab_pool p = begin(lab_pool_hikari());
    struct lab_pool_call waits;
    (void)state;
    for (int i = 0; i < 10; i++)
        acquires(&p, 0, true);
    lab_pool_acquire(&p, &waits, 1);
    lab_pool_expire(&p, 30 * S);
    assert_int_equal(waits.call.state, LAB_BULKHEAD_WAITING);
    lab_pool_expire(&p, 30 * S + 1);
    assert_int_equal(waits.call.state, LAB_BULKHEAD_TIMED_OUT);
    assert_null(lab_pool_release(&p, false, 31 * S));
    assert_int_equal(p.idle, 1);
    lab_pool_fini(&p);
}

static void a_broken_one_is_replaced(void **state)
{
    struct lab_pool_def def = lab_pool_hikari();
    def.size = 1;
    struct lab_pool p = begin(def);
    struct lab_pool_call waits;
    (void)state;
    acquires(&p, 0, true);
    lab_pool_acquire(&p, &waits, 1);
    assert_ptr_equal(lab_pool_release(&p, true, 2), &waits);
    assert_true(waits.opens);
    assert_int_equal(p.open, 1);
    assert_null(lab_pool_release(&p, true, 3));
    assert_int_equal(p.open, 0);
    acquires(&p, 4, true);
    lab_pool_fini(&p);
}

static void the_longest_idle_is_used_first_unless_it_was_so_for_too_long(void **state)
{
    struct lab_pool_def def = lab_pool_hikari();
    def.max_idle_ns = 100;
    struct lab_pool p = begin(def);
    (void)state;
    for (int i = 0; i < 3; i++)
        acquires(&p, 0, true);
    for (int i = 0; i < 3; i++)
        lab_pool_release(&p, false, 10 * i); // idle since 0, 10, 20
    acquires(&p, 99, false);
    assert_int_equal(p.open, 3);
    acquires(&p, 110, false); // that of 10, which was idle for as long as it may be
    assert_int_equal(p.open, 3);
    acquires(&p, 121, true); // that of 20 was closed
    assert_int_equal(p.open, 3);
    lab_pool_fini(&p);
}

// Two are in use, one is kept: what was idle for too long makes room for what comes back.
static void a_stale_one_does_not_take_the_place_of_a_good_one(void **state)
{
    struct lab_pool_def def = { 1, 1, UINT32_MAX, 0, 100 };
    struct lab_pool p = begin(def);
    (void)state;
    acquires(&p, 0, true);
    acquires(&p, 0, true);
    lab_pool_release(&p, false, 0);
    lab_pool_release(&p, false, 200);
    assert_int_equal(p.open, 1);
    acquires(&p, 200, false);
    lab_pool_fini(&p);
}

static void the_books_balance_whatever_happens(void **state)
{
    static struct lab_pool_call calls[40];
    (void)state;
    srand((unsigned)stress.seed);
    for (uint32_t round = 0; stress_goes_on(&stress, round); round++) {
        struct lab_pool_def def = { (uint32_t)rand() % 4, 1 + (uint32_t)rand() % 4,
                                    (uint32_t)rand() % 5, rand() % 40, 1 + rand() % 50 };
        struct lab_pool p = begin(def);
        int64_t now = 0;
        for (int i = 0; i < 40; i++)
            calls[i].call.state = LAB_BULKHEAD_OUTSIDE;
        for (int i = 0; i < 2000; i++, now += rand() % 4) {
            struct lab_pool_call *c = &calls[rand() % 40];
            if (c->call.state == LAB_BULKHEAD_INSIDE) {
                c->call.state = LAB_BULKHEAD_OUTSIDE;
                lab_pool_release(&p, rand() % 4 == 0, now);
            } else if (c->call.state != LAB_BULKHEAD_WAITING) {
                lab_pool_acquire(&p, c, now);
            }
            lab_pool_expire(&p, now);
            uint32_t inside = 0, waiting = 0;
            for (int k = 0; k < 40; k++) {
                inside += calls[k].call.state == LAB_BULKHEAD_INSIDE;
                waiting += calls[k].call.state == LAB_BULKHEAD_WAITING;
            }
            assert_int_equal(p.open, inside + p.idle);
            assert_true(p.open <= def.size + def.max_overflow && p.idle <= def.size);
            assert_int_equal(p.places.waiting, waiting);
            assert_true(waiting == 0 || inside == def.size + def.max_overflow);
        }
        lab_pool_fini(&p);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overflow_is_opened_and_closed_and_the_size_is_kept),
        cmocka_unit_test(who_waits_gives_up_in_the_end),
        cmocka_unit_test(a_broken_one_is_replaced),
        cmocka_unit_test(the_longest_idle_is_used_first_unless_it_was_so_for_too_long),
        cmocka_unit_test(a_stale_one_does_not_take_the_place_of_a_good_one),
        cmocka_unit_test(the_books_balance_whatever_happens),
    };
    stress = stress_read(argc, argv, 20);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
