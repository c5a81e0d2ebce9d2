#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/engine/random.h"
#include "tests/support/statistics.h"

// The reference outputs that implementations of xoshiro256++ are commonly checked with
// (state 1, 2, 3, 4); the first three can be followed by hand.
static void generator_gives_the_published_sequence(void **state)
{
    (void)state;
    struct sim_random r = { { 1, 2, 3, 4 } };
    static const uint64_t want[] = {
        41943041u,
        58720359u,
        3588806011781223u,
        3591011842654386u,
        9228616714210784205u,
        9973669472204895162u,
        14011001112246962877u,
        12406186145184390807u,
        15849039046786891736u,
        10450023813501588000u,
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_true(sim_random_next(&r) == want[i]);
}

static struct sim_random stream(uint64_t seed, const char *entity, const char *purpose)
{
    struct sim_random r;
    sim_random_init(&r, seed, entity, purpose);
    return r;
}

static uint64_t first(uint64_t seed, const char *entity, const char *purpose)
{
    struct sim_random r = stream(seed, entity, purpose);
    return sim_random_next(&r);
}

static void same_name_is_the_same_stream(void **state)
{
    (void)state;
    struct sim_random a = stream(7, "api", "service"), b = stream(7, "api", "service");
    assert_memory_equal(&a, &b, sizeof a);
}

static void seed_entity_and_purpose_each_make_another_stream(void **state)
{
    (void)state;
    uint64_t base = first(7, "api", "service");
    assert_true(base != first(8, "api", "service"));
    assert_true(base != first(7, "db", "service"));
    assert_true(base != first(7, "api", "arrivals"));
    assert_true(base != first(7, "service", "api"));
    assert_true(first(7, "ab", "c") != first(7, "a", "bc"));
    assert_true(first(7, "x", "x") != first(7, "y", "y"));
    assert_true(first(0, "", "") != first(0, "", "a"));
}

static int compare_words(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void forty_thousand_streams_begin_apart(void **state)
{
    (void)state;
    enum {
        seeds = 20,
        entities = 2000,
        all = seeds * entities
    };
    uint64_t *begin = malloc(all * sizeof *begin);
    size_t n = 0;
    for (uint64_t seed = 0; seed < seeds; seed++) {
        for (int e = 0; e < entities; e++) {
            char name[32];
            snprintf(name, sizeof name, "worker-%d", e);
            begin[n++] = first(seed, name, "service");
        }
    }
    qsort(begin, all, sizeof *begin, compare_words);
    for (size_t i = 1; i < all; i++)
        assert_true(begin[i] != begin[i - 1]);
    free(begin);
}

// Names and seeds that differ in one character or bit: no two streams may agree in more
// places than chance would have it, bit by bit and as numbers.
static void streams_of_like_names_are_independent(void **state)
{
    (void)state;
    enum {
        n = 100000
    };
    static const char *const purposes[] = { "p0", "p1", "p2", "q0" };
    struct sim_random base = stream(1, "a", "p");
    for (size_t k = 0; k < 8; k++) {
        struct sim_random other =
            k < 4 ? stream(1, "a", purposes[k]) : stream((uint64_t)2 << k, "a", "p");
        struct sim_random r = base;
        double product = 0;
        uint64_t equal_bits = 0;
        for (int i = 0; i < n; i++) {
            uint64_t x = sim_random_next(&r), y = sim_random_next(&other);
            equal_bits += (uint64_t)__builtin_popcountll(~(x ^ y));
            product += (sim_random_to_unit(x) - 0.5) * (sim_random_to_unit(y) - 0.5);
        }
        // Each product has the variance (1 / 12)^2.
        assert_true(fabs(product * 12 / sqrt(n)) < 3.9);
        assert_true(fabs(binomial_z(equal_bits, (uint64_t)n * 64, 0.5)) < 3.9);
    }
}

// The first numbers of neighbouring streams are themselves a good sequence.
static void first_numbers_of_many_streams_are_spread_evenly(void **state)
{
    (void)state;
    enum {
        cells = 64,
        n = 64000
    };
    uint64_t seen[cells] = { 0 };
    double expected[cells];
    for (int i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "client/%d", i);
        seen[first(1, name, "arrivals") >> 58]++;
    }
    for (int i = 0; i < cells; i++)
        expected[i] = (double)n / cells;
    assert_true(fabs(chi_square_z(seen, expected, cells)) < 3.9);
}

static void unit_lies_strictly_inside_and_is_symmetric(void **state)
{
    (void)state;
    assert_true(sim_random_to_unit(0) == 0x1p-53);
    assert_true(sim_random_to_unit(UINT64_MAX) == 1 - 0x1p-53);
    uint64_t some = 0x123456789abcdef0u;
    assert_true(1 - sim_random_to_unit(some) == sim_random_to_unit(~some));
}

static double uniform_below(double x)
{
    return x;
}

static void unit_is_uniform(void **state)
{
    (void)state;
    enum {
        n = 200000
    };
    double *values = malloc(n * sizeof *values);
    struct sim_random r = stream(1, "test", "unit");
    for (int i = 0; i < n; i++)
        values[i] = sim_random_unit(&r);
    assert_true(kolmogorov(values, n, uniform_below) < 2.23);
    free(values);
}

static void below_gives_each_number_equally_often(void **state)
{
    (void)state;
    static const uint64_t sizes[] = { 2, 3, 7, 10, 100 };
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        uint64_t seen[100] = { 0 };
        double expected[100];
        struct sim_random r = stream(1, "test", "below");
        for (int i = 0; i < 100000; i++) {
            uint64_t x = sim_random_below(&r, sizes[k]);
            assert_true(x < sizes[k]);
            seen[x]++;
        }
        for (uint64_t i = 0; i < sizes[k]; i++)
            expected[i] = 100000.0 / (double)sizes[k];
        assert_true(fabs(chi_square_z(seen, expected, sizes[k])) < 3.9);
    }
}

// For n = 3 * 2^62 a plain product would give each third number twice as often as the
// others, so half of the draws in place of a third would be multiples of three.
static void below_is_unbiased_for_huge_ranges(void **state)
{
    (void)state;
    struct sim_random r = stream(1, "test", "huge");
    uint64_t thirds[3] = { 0 };
    for (int i = 0; i < 60000; i++)
        thirds[sim_random_below(&r, (uint64_t)3 << 62) % 3]++;
    static const double expected[3] = { 20000, 20000, 20000 };
    assert_true(fabs(chi_square_z(thirds, expected, 3)) < 3.9);
}

static void below_one_is_zero(void **state)
{
    (void)state;
    struct sim_random r = stream(1, "test", "one");
    for (int i = 0; i < 100; i++)
        assert_int_equal(sim_random_below(&r, 1), 0);
}

static void chance_keeps_its_share_and_its_ends(void **state)
{
    (void)state;
    struct sim_random r = stream(1, "test", "chance");
    uint64_t hits = 0;
    for (int i = 0; i < 200000; i++) {
        hits += sim_random_chance(&r, 0.03);
        assert_false(sim_random_chance(&r, 0));
        assert_true(sim_random_chance(&r, 1));
    }
    assert_true(fabs(binomial_z(hits, 200000, 0.03)) < 3.9);
}

static void chance_takes_one_number_whatever_the_share(void **state)
{
    (void)state;
    static const double shares[] = { -1, 0, 0.5, 1, 2 };
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        struct sim_random a = stream(1, "test", "step"), b = a;
        sim_random_chance(&a, shares[i]);
        sim_random_next(&b);
        assert_memory_equal(&a, &b, sizeof a);
    }
}

// Hashes of names that differ in one bit, the last or the first: half of 64 bits change.
static void hash_of_a_name_moves_half_of_its_bits(void **state)
{
    (void)state;
    uint64_t changed = 0, pairs = 0;
    char name[32];
    for (int i = 0; i < 10000; i++, pairs++) {
        snprintf(name, sizeof name, "service-%05d", i);
        uint64_t h = sim_hash_name(name);
        name[i % 2 ? 12 : 0] ^= 1;
        changed += (uint64_t)__builtin_popcountll(h ^ sim_hash_name(name));
    }
    assert_true(fabs(binomial_z(changed, pairs * 64, 0.5)) < 3.9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generator_gives_the_published_sequence),
        cmocka_unit_test(same_name_is_the_same_stream),
        cmocka_unit_test(seed_entity_and_purpose_each_make_another_stream),
        cmocka_unit_test(forty_thousand_streams_begin_apart),
        cmocka_unit_test(streams_of_like_names_are_independent),
        cmocka_unit_test(first_numbers_of_many_streams_are_spread_evenly),
        cmocka_unit_test(unit_lies_strictly_inside_and_is_symmetric),
        cmocka_unit_test(unit_is_uniform),
        cmocka_unit_test(below_gives_each_number_equally_often),
        cmocka_unit_test(below_is_unbiased_for_huge_ranges),
        cmocka_unit_test(below_one_is_zero),
        cmocka_unit_test(chance_keeps_its_share_and_its_ends),
        cmocka_unit_test(chance_takes_one_number_whatever_the_share),
        cmocka_unit_test(hash_of_a_name_moves_half_of_its_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
