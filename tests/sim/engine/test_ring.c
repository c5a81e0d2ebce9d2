#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/engine/random.h"
#include "sim/engine/ring.h"
#include "sim/engine/trace.h"

static void first_in_is_first_out(void **state)
{
    (void)state;
    struct sim_ring r;
    assert_true(sim_ring_init(&r, 8));
    assert_true(sim_ring_is_empty(&r));
    for (uint64_t i = 0; i < 5; i++)
        sim_ring_push(&r, i * i);
    for (uint64_t i = 0; i < 5; i++)
        assert_int_equal(sim_ring_pop(&r), i * i);
    assert_true(sim_ring_is_empty(&r));
    sim_ring_fini(&r);
}

static void holds_its_whole_capacity(void **state)
{
    (void)state;
    struct sim_ring r;
    assert_true(sim_ring_init(&r, 4));
    sim_ring_push(&r, 0);
    for (uint64_t i = 1; i < 4; i++)
        sim_ring_push(&r, i);
    assert_false(sim_ring_is_empty(&r));
    for (uint64_t i = 0; i < 4; i++)
        assert_int_equal(sim_ring_pop(&r), i);
    sim_ring_fini(&r);
}

// Never empty while both ends pass 2^32.
static void ends_may_pass_the_largest_number(void **state)
{
    (void)state;
    struct sim_ring r;
    assert_true(sim_ring_init(&r, 16));
    r.head = r.tail = UINT32_MAX - 3;
    r.at[r.tail++ & r.mask] = 100; // a push to an empty ring would start again at 0
    for (uint64_t i = 101; i < 200; i++) {
        sim_ring_push(&r, i);
        assert_int_equal(sim_ring_pop(&r), i - 1);
        assert_false(sim_ring_is_empty(&r));
    }
    sim_ring_fini(&r);
}

static void random_pushes_and_pops_keep_the_order(void **state)
{
    (void)state;
    struct sim_ring r;
    struct sim_random rng;
    sim_random_init(&rng, 1, "test", "ring");
    assert_true(sim_ring_init(&r, 32));
    uint64_t in = 0, out = 0;
    for (uint32_t i = 0; i < 100000; i++) {
        if (in - out < 32 && sim_random_chance(&rng, 0.5))
            sim_ring_push(&r, in++);
        else if (in > out)
            assert_int_equal(sim_ring_pop(&r), out++);
        assert_int_equal(sim_ring_is_empty(&r), in == out);
    }
    sim_ring_fini(&r);
}

// ---- The trace's ring ----

static void trace_keeps_the_newest_and_counts_all(void **state)
{
    (void)state;
    struct sim_trace t;
    assert_true(sim_trace_init(&t, 5));
    assert_int_equal(t.mask, 7);
    assert_int_equal(sim_trace_first(&t), 0);
    for (uint32_t i = 0; i < 8; i++)
        sim_trace_put(&t, (struct sim_trace_record){ .begin = i });
    assert_int_equal(sim_trace_first(&t), 0);
    for (uint32_t i = 8; i < 20; i++)
        sim_trace_put(&t, (struct sim_trace_record){ .begin = i });
    assert_int_equal(t.count, 20);
    assert_int_equal(sim_trace_first(&t), 12);
    for (uint64_t i = 12; i < 20; i++)
        assert_int_equal(sim_trace_at(&t, i)->begin, i);
    sim_trace_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_in_is_first_out),
        cmocka_unit_test(holds_its_whole_capacity),
        cmocka_unit_test(ends_may_pass_the_largest_number),
        cmocka_unit_test(random_pushes_and_pops_keep_the_order),
        cmocka_unit_test(trace_keeps_the_newest_and_counts_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
