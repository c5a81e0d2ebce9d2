#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "sim/report/number.h"

static void expect_text(void (*write)(char *, double), double x, const char *want)
{
    char text[SIM_NUMBER_ROOM];
    write(text, x);
    assert_string_equal(text, want);
}

static void exact_numbers_are_as_short_as_can_be(void **state)
{
    (void)state;
    expect_text(sim_number_exact, 0, "0");
    expect_text(sim_number_exact, 0.1, "0.1");
    expect_text(sim_number_exact, -2.5, "-2.5");
    expect_text(sim_number_exact, 100, "100");
    expect_text(sim_number_exact, 1e-9, "1e-09");
    expect_text(sim_number_exact, 0.00001234, "1.234e-05");
    expect_text(sim_number_exact, 0.0001234, "0.0001234");
    expect_text(sim_number_exact, 12345678901234, "12345678901234");
    expect_text(sim_number_exact, 1e300, "1e+300");
    expect_text(sim_number_exact, 0.1 + 0.2, "0.30000000000000004");
}

static void exact_numbers_read_back_to_the_bit(void **state)
{
    (void)state;
    uint64_t bits = 0x123456789abcdef0;
    for (int i = 0; i < 20000; i++) {
        char text[SIM_NUMBER_ROOM];
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        double x = ldexp((double)(int64_t)bits, (int)(bits >> 33) % 900 - 500);
        sim_number_exact(text, x);
        assert_true(strtod(text, NULL) == x);
    }
}

static void what_is_no_number_is_null(void **state)
{
    (void)state;
    expect_text(sim_number_exact, NAN, "null");
    expect_text(sim_number_exact, INFINITY, "null");
    expect_text(sim_number_exact, -INFINITY, "null");
}

// Where the machine has such a locale at all; else there is nothing to see.
static void the_locale_changes_nothing(void **state)
{
    (void)state;
    const char *const comma[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8" };
    for (size_t i = 0; i < sizeof comma / sizeof *comma; i++)
        setlocale(LC_ALL, comma[i]);
    expect_text(sim_number_exact, 1234.5678, "1234.5678");
    expect_text(sim_number_duration, 0.00425, "4.25 ms");
    setlocale(LC_ALL, "C");
}

static void durations_are_in_the_unit_that_fits(void **state)
{
    (void)state;
    expect_text(sim_number_duration, 0, "0 s");
    expect_text(sim_number_duration, 42e-9, "42 ns");
    expect_text(sim_number_duration, 1.5e-6, "1.5 us");
    expect_text(sim_number_duration, 0.00425, "4.25 ms");
    expect_text(sim_number_duration, 0.0804, "80.4 ms");
    expect_text(sim_number_duration, 0.99996, "1 s");
    expect_text(sim_number_duration, 1.234, "1.23 s");
    expect_text(sim_number_duration, 90, "90 s");
    expect_text(sim_number_duration, 125, "125 s");
    expect_text(sim_number_duration, 1200, "20 min");
    expect_text(sim_number_duration, 1205, "20 min 5 s");
    expect_text(sim_number_duration, 86400, "24 h");
    expect_text(sim_number_duration, NAN, "-");
}

static void counts_have_their_thousands_parted(void **state)
{
    (void)state;
    expect_text(sim_number_count, 0, "0");
    expect_text(sim_number_count, 999, "999");
    expect_text(sim_number_count, 1000, "1,000");
    expect_text(sim_number_count, 28800, "28,800");
    expect_text(sim_number_count, 1234567, "1,234,567");
    expect_text(sim_number_count, -1234567, "-1,234,567");
}

static void plain_numbers_keep_three_digits(void **state)
{
    (void)state;
    expect_text(sim_number_plain, 3.3199, "3.32");
    expect_text(sim_number_plain, 0.012345, "0.0123");
    expect_text(sim_number_plain, 319.64, "320");
    expect_text(sim_number_plain, 319644.6, "319,645");
    expect_text(sim_number_plain, 999.9, "1,000");
    expect_text(sim_number_plain, 1e-9, "1e-09");
}

static void shares_never_round_to_none_or_all(void **state)
{
    (void)state;
    expect_text(sim_number_share, 0, "0 %");
    expect_text(sim_number_share, 1, "100 %");
    expect_text(sim_number_share, 1e-6, "<0.01 %");
    expect_text(sim_number_share, 1 - 1e-6, ">99.99 %");
    expect_text(sim_number_share, 0.9998, "99.98 %");
    expect_text(sim_number_share, 0.99609, "99.6 %");
    expect_text(sim_number_share, 0.624, "62 %");
    expect_text(sim_number_share, 0.0564, "5.6 %");
    expect_text(sim_number_share, 0.00444, "0.44 %");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_numbers_are_as_short_as_can_be),
        cmocka_unit_test(exact_numbers_read_back_to_the_bit),
        cmocka_unit_test(what_is_no_number_is_null),
        cmocka_unit_test(the_locale_changes_nothing),
        cmocka_unit_test(durations_are_in_the_unit_that_fits),
        cmocka_unit_test(counts_have_their_thousands_parted),
        cmocka_unit_test(plain_numbers_keep_three_digits),
        cmocka_unit_test(shares_never_round_to_none_or_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
