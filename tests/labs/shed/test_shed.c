#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/shed/shed_queue.h"
#include "tests/support/stress.h"

// What is expected here is worked out by hand from the rules and never from a run.

#define MS ((int64_t)1000000)

static struct stress stress;

static bool drops(struct lab_codel *c, int64_t waited, int64_t now)
{
    const struct lab_codel_def def = lab_codel_default();
    return lab_codel_look(c, &def, waited, false, now) == LAB_CODEL_DROP;
}

static void a_standing_queue_is_above_its_target_for_an_interval(void **state)
{
    struct lab_codel c = { 0 };
    (void)state;
    assert_false(drops(&c, 5 * MS, 0)); // the target itself is above
    assert_false(drops(&c, 50 * MS, 100 * MS - 1));
    assert_true(drops(&c, 50 * MS, 100 * MS));
    c = (struct lab_codel){ 0 };
    assert_false(drops(&c, 50 * MS, 0));
    assert_false(drops(&c, 5 * MS - 1, 50 * MS)); // one got through
    assert_false(drops(&c, 50 * MS, 60 * MS));
    assert_false(drops(&c, 50 * MS, 160 * MS - 1));
    assert_true(drops(&c, 50 * MS, 160 * MS));
}

// After 100, 100/sqrt 2, 100/sqrt 3 and 100/2 ms: at 200, 270.7, 328.4 and 378.4 ms.
static void drops_come_closer_by_the_root_of_their_number(void **state)
{
    struct lab_codel c = { 0 };
    (void)state;
    drops(&c, 50 * MS, 0);
    assert_true(drops(&c, 50 * MS, 100 * MS));
    assert_false(drops(&c, 50 * MS, 100 * MS));
    assert_false(drops(&c, 50 * MS, 200 * MS - 1));
    assert_true(drops(&c, 50 * MS, 200 * MS));
    assert_false(drops(&c, 50 * MS, 270710677));
    assert_true(drops(&c, 50 * MS, 270710678));
    assert_false(drops(&c, 50 * MS, 328445704));
    assert_true(drops(&c, 50 * MS, 328445705));
    assert_true(drops(&c, 50 * MS, 378445705));
}

static void who_is_late_catches_up(void **state)
{
    struct lab_codel c = { 0 };
    int n = 0;
    (void)state;
    drops(&c, 50 * MS, 0);
    while (drops(&c, 50 * MS, 100 * MS))
        n++;
    assert_int_equal(n, 1);
    while (drops(&c, 50 * MS, 379 * MS))
        n++;
    assert_int_equal(n, 5);
}

static void begin_again(struct lab_codel *c, int64_t at, int64_t next)
{
    assert_false(drops(c, 0, at));
    assert_false(drops(c, 50 * MS, at));
    assert_true(drops(c, 50 * MS, at + 100 * MS));
    assert_false(drops(c, 50 * MS, at + 100 * MS)); // who stood behind it is served
    assert_false(drops(c, 50 * MS, at + 100 * MS + next - 1));
    assert_true(drops(c, 50 * MS, at + 100 * MS + next));
}

static void a_spell_that_follows_soon_goes_on_where_the_last_one_was(void **state)
{
    (void)state;
    for (int is_soon = 0; is_soon < 2; is_soon++) {
        struct lab_codel c = { 0 };
        drops(&c, 50 * MS, 0);
        drops(&c, 50 * MS, 100 * MS);
        drops(&c, 50 * MS, 100 * MS);
        drops(&c, 50 * MS, 200 * MS);
        assert_true(drops(&c, 50 * MS, 271 * MS)); // three, due at 270.710678
        // Nobody looked behind the third, so 270.710678 is where it stopped.
        begin_again(&c, 1770710678 - is_soon, is_soon ? 70710678 : 100 * MS);
    }
}

static void one_alone_is_no_queue(void **state)
{
    const struct lab_codel_def def = lab_codel_default();
    struct lab_codel c = { 0 };
    (void)state;
    for (int64_t at = 0; at < 1000 * MS; at += 10 * MS)
        assert_int_equal(lab_codel_look(&c, &def, 500 * MS, true, at), LAB_CODEL_PASS);
}

// ---- The queue ----

static struct lab_shed_entry e[10];

static struct lab_shed_queue begin(struct lab_shed_def def, int count)
{
    struct lab_shed_queue q;
    lab_shed_queue_init(&q, &def, 0);
    for (int i = 0; i < count; i++)
        assert_true(lab_shed_queue_push(&q, &e[i], i));
    return q;
}

static void pops(struct lab_shed_queue *q, int64_t now, int expected, int drop_count,
                 const int *expected_drops)
{
    struct lab_shed_entry *dropped, *served = lab_shed_queue_pop(q, now, &dropped);
    assert_int_equal(served ? served - e : -1, expected);
    for (int i = 0; i < drop_count; i++, dropped = dropped->newer) {
        assert_non_null(dropped);
        assert_int_equal(dropped - e, expected_drops[i]);
    }
    assert_null(dropped);
}

static void order_is_the_disciplines(void **state)
{
    struct lab_shed_def def = lab_shed_default();
    (void)state;
    struct lab_shed_queue q = begin(def, 3);
    pops(&q, 9, 0, 0, NULL);
    pops(&q, 9, 1, 0, NULL);
    def.order = LAB_SHED_LIFO;
    q = begin(def, 3);
    pops(&q, 9, 2, 0, NULL);
    assert_true(lab_shed_queue_push(&q, &e[5], 9));
    pops(&q, 9, 5, 0, NULL);
    pops(&q, 9, 1, 0, NULL);
    pops(&q, 9, 0, 0, NULL);
    pops(&q, 9, -1, 0, NULL);
}

static void adaptive_lifo_turns_where_a_queue_forms(void **state)
{
    struct lab_shed_def def = lab_shed_default();
    def.order = LAB_SHED_ADAPTIVE_LIFO;
    def.lifo_from = 3;
    struct lab_shed_queue q = begin(def, 4);
    (void)state;
    pops(&q, 9, 3, 0, NULL); // four wait
    pops(&q, 9, 2, 0, NULL); // three
    pops(&q, 9, 0, 0, NULL);
    pops(&q, 9, 1, 0, NULL);
}

static void a_full_queue_takes_nobody(void **state)
{
    struct lab_shed_def def = lab_shed_default();
    def.capacity = 3;
    struct lab_shed_queue q = begin(def, 3);
    (void)state;
    assert_false(lab_shed_queue_push(&q, &e[3], 9));
    pops(&q, 9, 0, 0, NULL);
    assert_true(lab_shed_queue_push(&q, &e[3], 9));
}

static void who_waited_too_long_is_dropped_wherever_it_stands(void **state)
{
    struct lab_shed_def def = lab_shed_default();
    def.max_wait_ns = 100;
    (void)state;
    for (int order = LAB_SHED_FIFO; order <= LAB_SHED_LIFO; order++) {
        def.order = (enum lab_shed_order)order;
        struct lab_shed_queue q = begin(def, 4); // came at 0 to 3
        pops(&q, 102, order == LAB_SHED_FIFO ? 2 : 3, 2, (const int[]){ 0, 1 });
        pops(&q, 104, -1, 1, (const int[]){ order == LAB_SHED_FIFO ? 3 : 2 });
    }
}

// Long is 100, short 5.
static void a_queue_that_is_never_empty_lets_nobody_wait_for_long(void **state)
{
    struct lab_shed_def def = lab_shed_default();
    def.delay = LAB_SHED_CONTROLLED;
    def.short_ns = 5;
    def.long_ns = 100;
    struct lab_shed_queue q;
    (void)state;
    lab_shed_queue_init(&q, &def, 0);
    lab_shed_queue_push(&q, &e[0], 0);
    lab_shed_queue_push(&q, &e[1], 100); // not empty for 100, and no longer
    pops(&q, 100, 0, 0, NULL);
    lab_shed_queue_push(&q, &e[2], 101);
    lab_shed_queue_push(&q, &e[3], 102);
    pops(&q, 106, 1, 0, NULL);
    pops(&q, 107, 3, 1, (const int[]){ 2 }); // came at 101, 102: the latter just in time
    // It is empty from 107 to 200: one may wait for long again.
    lab_shed_queue_push(&q, &e[4], 200);
    pops(&q, 300, 4, 0, NULL);
    lab_shed_queue_push(&q, &e[5], 1000);
    pops(&q, 1100, 5, 0, NULL);
    lab_shed_queue_push(&q, &e[6], 2000);
    pops(&q, 2101, -1, 1, (const int[]){ 6 });
}

static void codel_drops_from_the_queue(void **state)
{
    struct lab_shed_def def = lab_shed_default();
    def.delay = LAB_SHED_CODEL;
    struct lab_shed_queue q = begin(def, 6);
    (void)state;
    pops(&q, 10 * MS, 0, 0, NULL);
    pops(&q, 110 * MS, 2, 1, (const int[]){ 1 });
    pops(&q, 210 * MS, 4, 1, (const int[]){ 3 });
    pops(&q, 900 * MS, 5, 0, NULL); // alone
    pops(&q, 900 * MS, -1, 0, NULL);
    for (int i = 0; i < 4; i++)
        lab_shed_queue_push(&q, &e[i], 900 * MS);
    pops(&q, 910 * MS, 0, 0, NULL);
    pops(&q, 1010 * MS - 1, 1, 0, NULL);
    pops(&q, 1010 * MS, 3, 1, (const int[]){ 2 });
}

// ---- Whatever happens: everybody leaves once, served in time or dropped ----

static void everybody_is_served_or_dropped_once(void **state)
{
    static struct lab_shed_entry many[64];
    bool is_inside[64] = { false };
    struct lab_shed_queue q;
    int64_t now = 0;
    (void)state;
    srand((unsigned)stress.seed);
    for (uint32_t i = 0; stress_goes_on(&stress, i); i++, now += rand() % 30) {
        if (i % 500 == 0) {
            struct lab_shed_def def = lab_shed_default();
            def.order = (enum lab_shed_order)(rand() % 3);
            def.delay = (enum lab_shed_delay)(rand() % 3);
            def.capacity = 1 + (uint32_t)rand() % 64;
            def.max_wait_ns = 1 + rand() % 500;
            def.codel = (struct lab_codel_def){ 20, 100 };
            def.short_ns = 20;
            def.long_ns = 200;
            lab_shed_queue_init(&q, &def, now);
            for (int k = 0; k < 64; k++)
                is_inside[k] = false;
        }
        int k = rand() % 64;
        if (!is_inside[k] && rand() % 3 > 0) {
            is_inside[k] = lab_shed_queue_push(&q, &many[k], now);
        } else if (rand() % 2 == 0) {
            struct lab_shed_entry *dropped, *served = lab_shed_queue_pop(&q, now, &dropped);
            for (; dropped; dropped = dropped->newer) {
                assert_true(is_inside[dropped - many]);
                is_inside[dropped - many] = false;
            }
            if (served) {
                assert_true(is_inside[served - many]);
                assert_true(now <= served->until_ns);
                is_inside[served - many] = false;
            }
        }
        uint32_t inside = 0;
        for (int n = 0; n < 64; n++)
            inside += is_inside[n];
        assert_int_equal(inside, q.waiting);
        assert_true(q.waiting <= q.def.capacity);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_standing_queue_is_above_its_target_for_an_interval),
        cmocka_unit_test(drops_come_closer_by_the_root_of_their_number),
        cmocka_unit_test(who_is_late_catches_up),
        cmocka_unit_test(a_spell_that_follows_soon_goes_on_where_the_last_one_was),
        cmocka_unit_test(one_alone_is_no_queue),
        cmocka_unit_test(order_is_the_disciplines),
        cmocka_unit_test(adaptive_lifo_turns_where_a_queue_forms),
        cmocka_unit_test(a_full_queue_takes_nobody),
        cmocka_unit_test(who_waited_too_long_is_dropped_wherever_it_stands),
        cmocka_unit_test(a_queue_that_is_never_empty_lets_nobody_wait_for_long),
        cmocka_unit_test(codel_drops_from_the_queue),
        cmocka_unit_test(everybody_is_served_or_dropped_once),
    };
    stress = stress_read(argc, argv, 20000);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
