#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/engine/digest.h"
#include "sim/engine/random.h"
#include "tests/support/statistics.h"

static uint64_t digest_of(const uint64_t *words, size_t n)
{
    struct sim_digest d;
    sim_digest_init(&d);
    for (size_t i = 0; i < n; i++)
        sim_digest_add(&d, words[i]);
    return sim_digest_value(&d);
}

static void same_sequence_has_the_same_digest(void **state)
{
    (void)state;
    const uint64_t words[] = { 1, 2, 3 };
    assert_true(digest_of(words, 3) == digest_of(words, 3));
}

static void order_counts(void **state)
{
    (void)state;
    const uint64_t forward[] = { 1, 2, 3 }, backward[] = { 3, 2, 1 },
                   swapped[] = { 1, 3, 2 };
    assert_true(digest_of(forward, 3) != digest_of(backward, 3));
    assert_true(digest_of(forward, 3) != digest_of(swapped, 3));
}

static void length_counts_even_for_zeros(void **state)
{
    (void)state;
    const uint64_t zeros[100] = { 0 };
    for (size_t n = 0; n < 100; n++)
        for (size_t m = 0; m < n; m++)
            assert_true(digest_of(zeros, n) != digest_of(zeros, m));
}

static void no_state_swallows_zeros(void **state)
{
    (void)state;
    struct sim_digest d = { 0 };
    sim_digest_add(&d, 0);
    assert_true(d.a != 0);
}

// One bit anywhere in a sequence of twenty numbers moves half of the digest's bits.
static void each_bit_moves_half_of_the_digest(void **state)
{
    (void)state;
    uint64_t words[20];
    for (size_t i = 0; i < 20; i++)
        words[i] = i % 3;
    uint64_t base = digest_of(words, 20);
    for (size_t i = 0; i < 20; i++) {
        uint64_t moved = 0;
        for (int bit = 0; bit < 64; bit++) {
            words[i] ^= (uint64_t)1 << bit;
            uint64_t other = digest_of(words, 20);
            words[i] ^= (uint64_t)1 << bit;
            assert_true(other != base);
            moved += (uint64_t)__builtin_popcountll(other ^ base);
        }
        assert_true(fabs(binomial_z(moved, 64 * 64, 0.5)) < 4.5);
    }
}

static int compare_words(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// Short sequences of small numbers, the kind that runs consist of: no two agree.
static void small_sequences_do_not_collide(void **state)
{
    (void)state;
    enum {
        values = 60,
        all = values * values * values
    };
    uint64_t *seen = malloc(all * sizeof *seen);
    size_t n = 0;
    for (uint64_t i = 0; i < values; i++)
        for (uint64_t j = 0; j < values; j++)
            for (uint64_t k = 0; k < values; k++)
                seen[n++] = digest_of((uint64_t[]){ i, j, k }, 3);
    qsort(seen, n, sizeof *seen, compare_words);
    for (size_t i = 1; i < n; i++)
        assert_true(seen[i] != seen[i - 1]);
    free(seen);
}

static void hex_has_sixteen_digits(void **state)
{
    (void)state;
    char text[17];
    sim_digest_hex(0x0123456789abcdefu, text);
    assert_string_equal(text, "0123456789abcdef");
    sim_digest_hex(0, text);
    assert_string_equal(text, "0000000000000000");
    sim_digest_hex(UINT64_MAX, text);
    assert_string_equal(text, "ffffffffffffffff");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_sequence_has_the_same_digest),
        cmocka_unit_test(order_counts),
        cmocka_unit_test(length_counts_even_for_zeros),
        cmocka_unit_test(no_state_swallows_zeros),
        cmocka_unit_test(each_bit_moves_half_of_the_digest),
        cmocka_unit_test(small_sequences_do_not_collide),
        cmocka_unit_test(hex_has_sixteen_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
