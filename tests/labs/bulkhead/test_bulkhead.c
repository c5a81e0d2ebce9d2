#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/bulkhead/bulkhead.h"

static struct lab_bulkhead begin(uint32_t calls, uint32_t waiting, int64_t wait)
{
    const struct lab_bulkhead_def def = { calls, waiting, wait };
    struct lab_bulkhead b;
    lab_bulkhead_init(&b, &def);
    return b;
}

static void refuses_after(struct lab_bulkhead_def def, uint32_t calls)
{
    struct lab_bulkhead b;
    struct lab_bulkhead_call *c = calloc(calls + 1, sizeof *c);
    assert_non_null(c);
    lab_bulkhead_init(&b, &def);
    for (uint32_t i = 0; i < calls; i++)
        assert_int_equal(lab_bulkhead_enter(&b, &c[i], 0), LAB_BULKHEAD_INSIDE);
    assert_int_equal(lab_bulkhead_enter(&b, &c[calls], 0), LAB_BULKHEAD_REFUSED);
    free(c);
}

static void libraries_differ_in_how_many(void **state)
{
    (void)state;
    refuses_after(lab_bulkhead_resilience4j(), 25);
    refuses_after(lab_bulkhead_hystrix(), 10);
    refuses_after(lab_bulkhead_polly(), 1000);
}

static void so_many_are_inside_and_the_next_is_refused(void **state)
{
    struct lab_bulkhead b;
    struct lab_bulkhead_def def = lab_bulkhead_resilience4j();
    struct lab_bulkhead_call c[26];
    (void)state;
    lab_bulkhead_init(&b, &def);
    for (int i = 0; i < 25; i++)
        assert_int_equal(lab_bulkhead_enter(&b, &c[i], 0), LAB_BULKHEAD_INSIDE);
    assert_int_equal(lab_bulkhead_enter(&b, &c[25], 0), LAB_BULKHEAD_REFUSED);
    assert_null(lab_bulkhead_leave(&b, 0));
    assert_int_equal(lab_bulkhead_enter(&b, &c[25], 0), LAB_BULKHEAD_INSIDE);
}

static void a_pool_lets_a_hundred_wait_for_ever(void **state)
{
    struct lab_bulkhead b;
    struct lab_bulkhead_def def = lab_bulkhead_resilience4j_pool(2);
    static struct lab_bulkhead_call c[103];
    (void)state;
    lab_bulkhead_init(&b, &def);
    for (int i = 0; i < 102; i++)
        assert_int_equal(lab_bulkhead_enter(&b, &c[i], 5),
                         i < 2 ? LAB_BULKHEAD_INSIDE : LAB_BULKHEAD_WAITING);
    assert_int_equal(lab_bulkhead_enter(&b, &c[102], 5), LAB_BULKHEAD_REFUSED);
    lab_bulkhead_expire(&b, INT64_MAX);
    assert_ptr_equal(lab_bulkhead_leave(&b, INT64_MAX), &c[2]);
}

static void a_place_goes_to_who_waits_longest(void **state)
{
    struct lab_bulkhead b = begin(1, 10, 100);
    struct lab_bulkhead_call c[4];
    (void)state;
    for (int i = 0; i < 3; i++)
        lab_bulkhead_enter(&b, &c[i], i);
    assert_ptr_equal(lab_bulkhead_leave(&b, 10), &c[1]);
    assert_int_equal(c[1].state, LAB_BULKHEAD_INSIDE);
    // Who comes now does not overtake.
    assert_int_equal(lab_bulkhead_enter(&b, &c[3], 10), LAB_BULKHEAD_WAITING);
    assert_ptr_equal(lab_bulkhead_leave(&b, 11), &c[2]);
    assert_ptr_equal(lab_bulkhead_leave(&b, 12), &c[3]);
    assert_null(lab_bulkhead_leave(&b, 13));
    assert_int_equal(b.calls, 0);
}

static void who_leaves_at_the_end_of_a_wait_still_serves_it(void **state)
{
    struct lab_bulkhead b = begin(1, 10, 100);
    struct lab_bulkhead_call c[4];
    (void)state;
    for (int i = 0; i < 4; i++)
        lab_bulkhead_enter(&b, &c[i], i);
    lab_bulkhead_expire(&b, 100);
    assert_int_equal(c[1].state, LAB_BULKHEAD_WAITING);
    assert_ptr_equal(lab_bulkhead_leave(&b, 101), &c[1]); // waited from 1 to 101
    lab_bulkhead_expire(&b, 102);
    assert_int_equal(c[2].state, LAB_BULKHEAD_TIMED_OUT);
    assert_null(lab_bulkhead_leave(&b, 104)); // the last gave up at 103
    assert_int_equal(c[3].state, LAB_BULKHEAD_TIMED_OUT);
    assert_int_equal(lab_bulkhead_enter(&b, &c[0], 104), LAB_BULKHEAD_INSIDE);
}

static void who_gave_up_makes_room_in_the_line(void **state)
{
    struct lab_bulkhead b = begin(1, 1, 100);
    struct lab_bulkhead_call c[4];
    (void)state;
    for (int i = 0; i < 3; i++)
        lab_bulkhead_enter(&b, &c[i], 0);
    assert_int_equal(c[2].state, LAB_BULKHEAD_REFUSED);
    assert_int_equal(lab_bulkhead_enter(&b, &c[2], 100), LAB_BULKHEAD_REFUSED);
    assert_int_equal(lab_bulkhead_enter(&b, &c[2], 101), LAB_BULKHEAD_WAITING);
    assert_int_equal(c[1].state, LAB_BULKHEAD_TIMED_OUT);
}

static void who_goes_away_leaves_the_line_whole(void **state)
{
    (void)state;
    for (int gone = 1; gone < 4; gone++) {
        struct lab_bulkhead b = begin(1, 10, 100);
        struct lab_bulkhead_call c[5];
        for (int i = 0; i < 4; i++)
            lab_bulkhead_enter(&b, &c[i], 0);
        lab_bulkhead_cancel(&b, &c[gone]);
        lab_bulkhead_enter(&b, &c[4], 0);
        for (int i = 1; i < 5; i++)
            if (i != gone)
                assert_ptr_equal(lab_bulkhead_leave(&b, 1), &c[i]);
        assert_null(lab_bulkhead_leave(&b, 1));
        assert_int_equal(b.waiting, 0);
    }
}

static void the_end_of_the_clock_is_safe(void **state)
{
    struct lab_bulkhead b = begin(1, 10, 100);
    struct lab_bulkhead_call c[2];
    (void)state;
    lab_bulkhead_enter(&b, &c[0], INT64_MAX - 1);
    lab_bulkhead_enter(&b, &c[1], INT64_MAX - 1);
    assert_ptr_equal(lab_bulkhead_leave(&b, INT64_MAX), &c[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libraries_differ_in_how_many),
        cmocka_unit_test(so_many_are_inside_and_the_next_is_refused),
        cmocka_unit_test(a_pool_lets_a_hundred_wait_for_ever),
        cmocka_unit_test(a_place_goes_to_who_waits_longest),
        cmocka_unit_test(who_leaves_at_the_end_of_a_wait_still_serves_it),
        cmocka_unit_test(who_gave_up_makes_room_in_the_line),
        cmocka_unit_test(who_goes_away_leaves_the_line_whole),
        cmocka_unit_test(the_end_of_the_clock_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
