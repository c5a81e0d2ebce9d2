#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/cache/cache.h"

#define TTL 100

static struct lab_cache begin(uint32_t capacity, bool loads_alone)
{
    const struct lab_cache_def def = { capacity, TTL, loads_alone };
    struct lab_cache c;
    assert_true(lab_cache_init(&c, &def));
    return c;
}

static void asks(struct lab_cache *c, uint64_t key, int64_t now,
                 enum lab_cache_verdict expected, uint64_t value,
                 struct lab_cache_load *load)
{
    struct lab_cache_load ignored;
    uint64_t found = 0;
    assert_int_equal(lab_cache_ask(c, key, now, &found, load ? load : &ignored), expected);
    if (expected == LAB_CACHE_HIT)
        assert_int_equal(found, value);
}

static void fill(struct lab_cache *c, uint64_t key, uint64_t value, int64_t now)
{
    struct lab_cache_load load;
    asks(c, key, now, LAB_CACHE_LOAD, 0, &load);
    assert_true(lab_cache_loaded(c, &load, &value, now));
}

static void a_value_lasts_from_its_load_to_its_ttl(void **state)
{
    struct lab_cache c = begin(4, true);
    struct lab_cache_load load;
    const uint64_t value = 7;
    (void)state;
    asks(&c, 1, 0, LAB_CACHE_LOAD, 0, &load);
    assert_true(lab_cache_loaded(&c, &load, &value, 30));
    asks(&c, 1, 30, LAB_CACHE_HIT, 7, NULL);
    asks(&c, 1, 129, LAB_CACHE_HIT, 7, NULL); // asking does not make it younger
    asks(&c, 1, 130, LAB_CACHE_LOAD, 0, &load);
    asks(&c, 1, 130, LAB_CACHE_WAIT, 0, NULL);
    assert_true(lab_cache_loaded(&c, &load, &(uint64_t){ 8 }, 140));
    asks(&c, 1, 140, LAB_CACHE_HIT, 8, NULL);
    lab_cache_fini(&c);
}

static void one_loads_and_the_others_wait(void **state)
{
    struct lab_cache c = begin(4, true);
    struct lab_cache_load load;
    (void)state;
    asks(&c, 1, 0, LAB_CACHE_LOAD, 0, &load);
    asks(&c, 1, 0, LAB_CACHE_WAIT, 0, NULL);
    asks(&c, 2, 0, LAB_CACHE_LOAD, 0, NULL); // another key is another load
    asks(&c, 1, 1000000, LAB_CACHE_WAIT, 0, NULL);
    assert_true(lab_cache_loaded(&c, &load, &(uint64_t){ 7 }, 5));
    asks(&c, 1, 5, LAB_CACHE_HIT, 7, NULL);
    lab_cache_fini(&c);
}

static void without_single_flight_everybody_loads(void **state)
{
    struct lab_cache c = begin(4, false);
    struct lab_cache_load a, b;
    (void)state;
    asks(&c, 1, 0, LAB_CACHE_LOAD, 0, &a);
    asks(&c, 1, 0, LAB_CACHE_LOAD, 0, &b);
    assert_false(lab_cache_loaded(&c, &a, NULL, 1));
    asks(&c, 1, 1, LAB_CACHE_LOAD, 0, &a);
    assert_true(lab_cache_loaded(&c, &b, &(uint64_t){ 7 }, 2));
    asks(&c, 1, 2, LAB_CACHE_HIT, 7, NULL);
    assert_true(lab_cache_loaded(&c, &a, &(uint64_t){ 8 }, 3)); // the last one counts
    asks(&c, 1, 102, LAB_CACHE_HIT, 8, NULL);
    lab_cache_fini(&c);
}

static void a_failure_is_not_kept(void **state)
{
    struct lab_cache c = begin(1, true);
    struct lab_cache_load load;
    (void)state;
    asks(&c, 1, 0, LAB_CACHE_LOAD, 0, &load);
    assert_false(lab_cache_loaded(&c, &load, NULL, 1));
    asks(&c, 1, 1, LAB_CACHE_LOAD, 0, &load);
    assert_false(lab_cache_loaded(&c, &load, NULL, 1));
    fill(&c, 2, 9, 1); // and takes no place
    lab_cache_fini(&c);
    c = begin(2, true);
    fill(&c, 1, 1, 0);
    fill(&c, 2, 2, 50);
    asks(&c, 1, 100, LAB_CACHE_LOAD, 0, &load);
    assert_false(lab_cache_loaded(&c, &load, NULL, 100));
    fill(&c, 3, 3, 100); // where 1 was, though 2 was not asked for since
    asks(&c, 2, 100, LAB_CACHE_HIT, 2, NULL);
    lab_cache_fini(&c);
}

static void what_a_flush_made_old_is_not_kept(void **state)
{
    (void)state;
    for (int is_flush = 0; is_flush < 2; is_flush++) {
        struct lab_cache c = begin(4, true);
        struct lab_cache_load old, new;
        fill(&c, 2, 5, 0);
        asks(&c, 1, 0, LAB_CACHE_LOAD, 0, &old);
        if (is_flush)
            lab_cache_flush(&c);
        else
            lab_cache_remove(&c, 1);
        asks(&c, 2, 1, is_flush ? LAB_CACHE_LOAD : LAB_CACHE_HIT, 5, NULL);
        // Who asks now does not wait for what is old.
        asks(&c, 1, 1, LAB_CACHE_LOAD, 0, &new);
        assert_false(lab_cache_loaded(&c, &old, &(uint64_t){ 7 }, 2));
        asks(&c, 1, 2, LAB_CACHE_WAIT, 0, NULL);
        assert_true(lab_cache_loaded(&c, &new, &(uint64_t){ 8 }, 3));
        asks(&c, 1, 3, LAB_CACHE_HIT, 8, NULL);
        assert_false(lab_cache_loaded(&c, &old, &(uint64_t){ 7 }, 4));
        asks(&c, 1, 4, LAB_CACHE_HIT, 8, NULL);
        lab_cache_fini(&c);
    }
}

static void who_was_not_asked_for_makes_room(void **state)
{
    struct lab_cache c = begin(3, true);
    (void)state;
    for (uint64_t key = 1; key <= 3; key++)
        fill(&c, key, key, 0);
    asks(&c, 1, 1, LAB_CACHE_HIT, 1, NULL);
    fill(&c, 4, 4, 1);
    asks(&c, 2, 1, LAB_CACHE_LOAD, 0, NULL); // 2 was the one, and now 3 is
    asks(&c, 1, 1, LAB_CACHE_HIT, 1, NULL);
    asks(&c, 4, 1, LAB_CACHE_HIT, 4, NULL);
    lab_cache_fini(&c);
}

static void nobody_is_put_out_while_it_is_loaded(void **state)
{
    struct lab_cache c = begin(2, true);
    struct lab_cache_load load;
    (void)state;
    asks(&c, 1, 0, LAB_CACHE_LOAD, 0, &load);
    fill(&c, 2, 2, 0);
    fill(&c, 3, 3, 0);
    asks(&c, 4, 0, LAB_CACHE_LOAD, 0, NULL);
    asks(&c, 5, 0, LAB_CACHE_FULL, 0, NULL);
    assert_true(lab_cache_loaded(&c, &load, &(uint64_t){ 1 }, 0));
    asks(&c, 1, 0, LAB_CACHE_HIT, 1, NULL);
    lab_cache_fini(&c);
}

static void the_end_of_the_clock_is_safe(void **state)
{
    struct lab_cache c = begin(2, true);
    (void)state;
    fill(&c, 1, 7, INT64_MAX - 5);
    asks(&c, 1, INT64_MAX - 1, LAB_CACHE_HIT, 7, NULL);
    lab_cache_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_lasts_from_its_load_to_its_ttl),
        cmocka_unit_test(one_loads_and_the_others_wait),
        cmocka_unit_test(without_single_flight_everybody_loads),
        cmocka_unit_test(a_failure_is_not_kept),
        cmocka_unit_test(what_a_flush_made_old_is_not_kept),
        cmocka_unit_test(who_was_not_asked_for_makes_room),
        cmocka_unit_test(nobody_is_put_out_while_it_is_loaded),
        cmocka_unit_test(the_end_of_the_clock_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
