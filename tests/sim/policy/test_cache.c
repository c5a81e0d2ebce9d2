#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/engine/random.h"
#include "sim/policy/cache.h"

// Caches: what is fresh, who loads and who waits, what makes room, what a flush leaves.

#define S   (sim_time) SIM_S
#define CAP 4096

static struct sim_cache_entry entries[CAP + 1];
static uint32_t heads[CAP];
static struct sim_cache_pool pool;
static struct sim_cache_memory m;
static struct sim_cache_load load;

static int begin(void **state)
{
    (void)state;
    memset(entries, 0, sizeof entries);
    memset(heads, 0, sizeof heads);
    sim_cache_pool_init(&pool, entries, heads, CAP);
    m = (struct sim_cache_memory){ .owner = 7 };
    return 0;
}

static enum sim_cache_answer asks(uint64_t key, sim_time now)
{
    return sim_cache_ask(&pool, &m, SIM_CACHE_UNLIMITED, key, false, now, &load);
}

static enum sim_cache_answer flies(uint64_t key, sim_time now)
{
    return sim_cache_ask(&pool, &m, SIM_CACHE_UNLIMITED, key, true, now, &load);
}

static enum sim_cache_answer asks_of(uint32_t room, uint64_t key)
{
    return sim_cache_ask(&pool, &m, room, key, false, 0, &load);
}

static void fill(uint32_t room, uint64_t key)
{
    assert_int_equal(asks_of(room, key), SIM_CACHE_LOADS);
    assert_true(sim_cache_loaded(&pool, &m, load, false, 0, SIM_NEVER));
}

static void a_value_is_fresh_until_it_is_as_old_as_it_may_be(void **state)
{
    (void)state;
    assert_int_equal(asks(1, 0), SIM_CACHE_LOADS);
    assert_true(sim_cache_loaded(&pool, &m, load, false, 2 * S, 10 * S));
    assert_int_equal(asks(1, 2 * S), SIM_CACHE_HITS);
    assert_int_equal(asks(1, 12 * S - 1), SIM_CACHE_HITS);
    assert_int_equal(asks(1, 12 * S), SIM_CACHE_LOADS);
    assert_int_equal(asks(2, 0), SIM_CACHE_LOADS);
}

static void without_a_single_flight_all_who_miss_load(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(asks(1, 0), SIM_CACHE_LOADS);
    assert_true(sim_cache_loaded(&pool, &m, load, false, S, S));
    assert_int_equal(asks(1, S), SIM_CACHE_HITS);
    // One that comes later is newer.
    assert_true(sim_cache_loaded(&pool, &m, load, false, 2 * S, 5 * S));
    assert_int_equal(asks(1, 6 * S), SIM_CACHE_HITS);
}

static void of_a_single_flight_one_loads(void **state)
{
    (void)state;
    struct sim_cache_load first;
    assert_int_equal(flies(1, 0), SIM_CACHE_LOADS);
    first = load;
    assert_true(sim_cache_would_join(&pool, &m, 1, 0));
    assert_int_equal(flies(1, 0), SIM_CACHE_JOINS);
    assert_int_equal(load.place, first.place);
    // Who does not want to wait loads, and who wants to joins the flight.
    assert_int_equal(asks(1, 0), SIM_CACHE_LOADS);
    assert_true(sim_cache_loaded(&pool, &m, load, false, 1, 1));
    assert_int_equal(flies(1, 2), SIM_CACHE_JOINS);
    assert_true(sim_cache_loaded(&pool, &m, first, true, 3, 10));
    assert_false(sim_cache_would_join(&pool, &m, 1, 4));
    assert_int_equal(flies(1, 4), SIM_CACHE_HITS);
    assert_int_equal(flies(1, 13), SIM_CACHE_LOADS);
}

static void what_failed_to_load_is_not_kept(void **state)
{
    (void)state;
    assert_int_equal(flies(1, 0), SIM_CACHE_LOADS);
    assert_false(sim_cache_loaded(&pool, &m, load, true, 1, -1));
    assert_int_equal(m.count, 0);
    assert_int_equal(flies(1, 1), SIM_CACHE_LOADS);
    assert_true(sim_cache_loaded(&pool, &m, load, true, 1, 10));
    // What is fresh stays although another load fails.
    assert_int_equal(asks(2, 0), SIM_CACHE_LOADS);
    struct sim_cache_load slow = load;
    assert_int_equal(asks(2, 0), SIM_CACHE_LOADS);
    assert_true(sim_cache_loaded(&pool, &m, load, false, 1, 10));
    assert_false(sim_cache_loaded(&pool, &m, slow, false, 5, -1));
    assert_int_equal(asks(2, 6), SIM_CACHE_HITS);
}

static void the_key_not_asked_for_longest_makes_room(void **state)
{
    (void)state;
    for (uint64_t key = 1; key <= 3; key++)
        fill(3, key);
    assert_int_equal(asks_of(3, 1), SIM_CACHE_HITS);
    fill(3, 4);
    assert_int_equal(m.evicted, 1);
    assert_int_equal(asks_of(3, 1), SIM_CACHE_HITS);
    assert_int_equal(asks_of(3, 3), SIM_CACHE_HITS);
    assert_int_equal(asks_of(3, 2), SIM_CACHE_LOADS);
    assert_int_equal(m.count, 3);
}

static void what_is_being_loaded_makes_none(void **state)
{
    (void)state;
    assert_int_equal(asks_of(2, 1), SIM_CACHE_LOADS);
    fill(2, 2);
    struct sim_cache_load first = load;
    assert_int_equal(asks_of(2, 3), SIM_CACHE_LOADS);
    assert_int_equal(asks_of(2, 4), SIM_CACHE_BYPASSES);
    assert_int_equal(m.evicted, 1);
    assert_false(sim_cache_loaded(&pool, &m, first, false, 0, 5)); // 2 is gone
    assert_int_equal(asks_of(2, 1), SIM_CACHE_LOADS);
}

static void a_flush_forgets_also_what_is_being_loaded(void **state)
{
    (void)state;
    fill(9, 1);
    assert_int_equal(flies(2, 0), SIM_CACHE_LOADS);
    struct sim_cache_load old = load;
    sim_cache_flush(&pool, &m);
    assert_int_equal(m.count, 0);
    assert_int_equal(asks(1, 0), SIM_CACHE_LOADS);
    assert_int_equal(flies(2, 0), SIM_CACHE_LOADS);
    assert_false(sim_cache_loaded(&pool, &m, old, true, 1, 10));
    assert_int_equal(flies(2, 1), SIM_CACHE_JOINS);
    assert_true(sim_cache_loaded(&pool, &m, load, true, 1, 10));
    assert_int_equal(flies(2, 2), SIM_CACHE_HITS);
}

static void two_caches_in_one_pool_do_not_meet(void **state)
{
    (void)state;
    struct sim_cache_memory other = { .owner = 8 };
    fill(9, 1);
    assert_int_equal(sim_cache_ask(&pool, &other, 9, 1, true, 0, &load), SIM_CACHE_LOADS);
    sim_cache_flush(&pool, &m);
    assert_int_equal(sim_cache_ask(&pool, &other, 9, 1, true, 0, &load), SIM_CACHE_JOINS);
}

static void a_full_pool_says_so_and_places_are_used_again(void **state)
{
    (void)state;
    for (uint64_t key = 0; key < CAP; key++)
        fill(SIM_CACHE_UNLIMITED, key);
    assert_int_equal(asks(CAP, 0), SIM_CACHE_POOL_IS_FULL);
    for (uint64_t key = 0; key < CAP; key++)
        assert_int_equal(asks(key, 0), SIM_CACHE_HITS);
    sim_cache_flush(&pool, &m);
    for (uint64_t key = 0; key < CAP; key++)
        fill(SIM_CACHE_UNLIMITED, key + 10);
}

// Against a list that is gone through: the same keys at random, in a small room.
static void it_remembers_what_a_plain_list_does(void **state)
{
    (void)state;
    uint64_t list[8];
    uint32_t n = 0;
    struct sim_random r;
    sim_random_init(&r, 3, "keys", "test");
    for (int step = 0; step < 20000; step++) {
        uint64_t key = sim_random_below(&r, 20);
        uint32_t at = 0;
        while (at < n && list[at] != key)
            at++;
        bool is_there = at < n;
        assert_int_equal(asks_of(8, key), is_there ? SIM_CACHE_HITS : SIM_CACHE_LOADS);
        if (!is_there)
            assert_true(sim_cache_loaded(&pool, &m, load, false, 0, SIM_NEVER));
        if (!is_there)
            at = n < 8 ? n++ : 7;
        memmove(list + 1, list, at * sizeof *list);
        list[0] = key;
    }
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup(test, begin)
    const struct CMUnitTest tests[] = {
        EACH(a_value_is_fresh_until_it_is_as_old_as_it_may_be),
        EACH(without_a_single_flight_all_who_miss_load),
        EACH(of_a_single_flight_one_loads),
        EACH(what_failed_to_load_is_not_kept),
        EACH(the_key_not_asked_for_longest_makes_room),
        EACH(what_is_being_loaded_makes_none),
        EACH(a_flush_forgets_also_what_is_being_loaded),
        EACH(two_caches_in_one_pool_do_not_meet),
        EACH(a_full_pool_says_so_and_places_are_used_again),
        EACH(it_remembers_what_a_plain_list_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
