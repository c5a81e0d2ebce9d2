#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/engine/heap.h"
#include "sim/engine/random.h"

static int open_heap(void **state)
{
    struct sim_heap *h = malloc(sizeof *h);
    *state = h;
    return h && sim_heap_init(h) ? 0 : -1;
}

static int close_heap(void **state)
{
    sim_heap_fini(*state);
    free(*state);
    return 0;
}

static void empty_heap_is_never_due(void **state)
{
    struct sim_heap *h = *state;
    assert_true(sim_heap_due(h) == SIM_NEVER);
    assert_false(sim_heap_armed(h, 0));
    sim_heap_cancel(h, 0);
    assert_int_equal(h->count, 0);
}

static void earliest_leaves_first(void **state)
{
    struct sim_heap *h = *state;
    const sim_time dues[] = { 50, 10, 40, 20, 30, 0, 60 };
    const uint32_t want[] = { 5, 1, 3, 4, 2, 0, 6 };
    for (uint32_t i = 0; i < 7; i++)
        sim_heap_arm(h, i, dues[i]);
    for (uint32_t i = 0; i < 7; i++) {
        assert_int_equal(sim_heap_due(h), dues[want[i]]);
        assert_int_equal(sim_heap_pop(h), want[i]);
        assert_false(sim_heap_armed(h, want[i]));
    }
}

static void ties_leave_in_the_order_of_arming(void **state)
{
    struct sim_heap *h = *state;
    for (uint32_t i = 0; i < 1000; i++)
        sim_heap_arm(h, (i * 617) % 1000, 7);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(sim_heap_pop(h), (i * 617) % 1000);
}

// Even to the instant where it was.
static void moved_timer_is_the_last_of_its_instant(void **state)
{
    struct sim_heap *h = *state;
    for (uint32_t i = 0; i < 4; i++)
        sim_heap_arm(h, i, 5);
    sim_heap_arm(h, 1, 5);
    sim_heap_arm(h, 0, 9);
    sim_heap_arm(h, 0, 5);
    const uint32_t want[] = { 2, 3, 1, 0 };
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(sim_heap_pop(h), want[i]);
}

static void order_taken_earlier_goes_before_later_arms(void **state)
{
    struct sim_heap *h = *state;
    sim_heap_arm(h, 10, 5);
    uint64_t order = sim_heap_order(h);
    sim_heap_arm(h, 11, 5);
    sim_heap_arm_as(h, 12, 5, order);
    const uint32_t want[] = { 10, 12, 11 };
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(sim_heap_pop(h), want[i]);
}

static void highest_timer_and_furthest_time_are_kept(void **state)
{
    struct sim_heap *h = *state;
    sim_heap_arm(h, SIM_TIMERS - 1, SIM_NEVER - 1);
    sim_heap_arm(h, 0, SIM_NEVER - 1);
    sim_heap_arm(h, SIM_TIMERS - 2, 0);
    assert_int_equal(sim_heap_pop(h), SIM_TIMERS - 2);
    assert_int_equal(sim_heap_pop(h), SIM_TIMERS - 1);
    assert_int_equal(sim_heap_pop(h), 0);
    assert_true(sim_heap_due(h) == SIM_NEVER);
}

// ---- Against a list that is searched from end to end ----

enum {
    TIMERS = 64
};

struct list {
    bool armed[TIMERS];
    sim_time due[TIMERS];
    uint64_t order[TIMERS];
    uint64_t next;
    uint32_t count;
};

static uint32_t first_of(const struct list *l)
{
    uint32_t best = TIMERS;
    for (uint32_t i = 0; i < TIMERS; i++)
        if (l->armed[i] && (best == TIMERS || l->due[i] < l->due[best] ||
                            (l->due[i] == l->due[best] && l->order[i] < l->order[best])))
            best = i;
    return best;
}

static void arm_both(struct sim_heap *h, struct list *l, uint32_t timer, sim_time due)
{
    sim_heap_arm(h, timer, due);
    l->count += !l->armed[timer];
    l->armed[timer] = true;
    l->due[timer] = due;
    l->order[timer] = l->next++;
}

static void cancel_both(struct sim_heap *h, struct list *l, uint32_t timer)
{
    sim_heap_cancel(h, timer);
    l->count -= l->armed[timer];
    l->armed[timer] = false;
}

static void pop_both(struct sim_heap *h, struct list *l)
{
    uint32_t want = first_of(l);
    assert_int_equal(sim_heap_due(h), l->due[want]);
    assert_int_equal(sim_heap_pop(h), want);
    l->armed[want] = false;
    l->count--;
}

static void delay_both(struct sim_heap *h, struct list *l, sim_time by)
{
    uint32_t timer = first_of(l);
    l->due[timer] += by;
    l->order[timer] = l->next++;
    sim_heap_delay(h, l->due[timer]);
}

// Few instants, so that ties are common; more arms than pops, then fewer, so that the heap
// is both nearly full and empty many times.
static void agrees_with_a_list(void **state)
{
    struct sim_heap *h = *state;
    struct list l = { .count = 0 };
    struct sim_random r;
    sim_random_init(&r, 1, "test", "heap");
    for (uint32_t i = 0; i < 200000; i++) {
        uint32_t timer = (uint32_t)sim_random_below(&r, TIMERS);
        uint64_t what = sim_random_below(&r, 12);
        bool filling = i / 500 % 2;
        if (what < (filling ? 6u : 3u))
            arm_both(h, &l, timer, (sim_time)sim_random_below(&r, 20));
        else if (what < 8)
            cancel_both(h, &l, timer);
        else if (l.count && what < 10)
            pop_both(h, &l);
        else if (l.count)
            delay_both(h, &l, (sim_time)sim_random_below(&r, 4));
        assert_int_equal(h->count, l.count);
        assert_int_equal(sim_heap_armed(h, timer), l.armed[timer]);
    }
}

// Timeouts that are nearly always moved: nothing dead may stay behind.
static void long_churn_leaves_nothing_behind(void **state)
{
    struct sim_heap *h = *state;
    struct sim_random r;
    sim_random_init(&r, 2, "test", "heap");
    for (uint32_t i = 0; i < 1000; i++)
        sim_heap_arm(h, i, 1000000);
    for (uint32_t i = 0; i < 1000000; i++) {
        uint32_t timer = (uint32_t)sim_random_below(&r, 1000);
        if (i % 3 == 0)
            sim_heap_cancel(h, timer);
        sim_heap_arm(h, timer, 1000000 + i);
        assert_int_equal(h->count, 1000);
    }
    for (uint32_t i = 0; i < 1000; i++)
        sim_heap_cancel(h, i);
    assert_true(sim_heap_due(h) == SIM_NEVER);
}

static void million_leave_in_order(void **state)
{
    struct sim_heap *h = *state;
    struct sim_random r;
    sim_random_init(&r, 3, "test", "heap");
    const uint32_t n = 1000000;
    for (uint32_t i = 0; i < n; i++)
        sim_heap_arm(h, (uint32_t)((uint64_t)i * 7919 % n),
                     (sim_time)sim_random_below(&r, n));
    sim_time last = -1;
    uint64_t last_key = 0, sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        sim_time due = sim_heap_due(h);
        uint64_t key = h->at[0].key;
        assert_true(due > last || (due == last && key > last_key));
        last = due;
        last_key = key;
        sum += sim_heap_pop(h);
    }
    assert_int_equal(sum, (uint64_t)n * (n - 1) / 2);
    assert_int_equal(h->count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_heap, close_heap)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(empty_heap_is_never_due),
        TEST(earliest_leaves_first),
        TEST(ties_leave_in_the_order_of_arming),
        TEST(moved_timer_is_the_last_of_its_instant),
        TEST(order_taken_earlier_goes_before_later_arms),
        TEST(highest_timer_and_furthest_time_are_kept),
        TEST(agrees_with_a_list),
        TEST(long_churn_leaves_nothing_behind),
        TEST(million_leave_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
