#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "labs/shed/utilisation.h"

#define S 1000000000

static void those_who_may_be_missed_go_first_and_the_last_never(void **state)
{
    (void)state;
    struct lab_utilisation_def def = lab_utilisation_default();
    struct lab_utilisation u;
    lab_utilisation_init(&u, &def, 0);
    for (int64_t i = 1; i <= 180; i++)
        lab_utilisation_serves(&u, 3, 9, 10, 0, i * S);
    assert_false(lab_utilisation_serves(&u, 0, 9, 10, 0.999, 180 * (int64_t)S));
    assert_false(lab_utilisation_serves(&u, 1, 9, 10, 0.499, 180 * (int64_t)S));
    assert_true(lab_utilisation_serves(&u, 1, 9, 10, 0.5, 180 * (int64_t)S));
    assert_true(lab_utilisation_serves(&u, 2, 9, 10, 0, 180 * (int64_t)S));
    assert_true(lab_utilisation_serves(&u, 3, 9, 10, 0, 180 * (int64_t)S));
}

static void it_goes_down_the_way_it_came_up(void **state)
{
    (void)state;
    struct lab_utilisation_def def = lab_utilisation_default();
    struct lab_utilisation u;
    lab_utilisation_init(&u, &def, 0);
    for (int64_t i = 1; i <= 400; i++)
        lab_utilisation_serves(&u, 3, 8, 10, 0, i * S);
    for (int64_t i = 401; i <= 520; i++)
        lab_utilisation_serves(&u, 3, 7, 10, 0, i * S);
    assert_int_equal(u.refused_ns[0], def.ramp_ns);
    assert_int_equal(u.refused_ns[1], def.ramp_ns);
    assert_int_equal(u.refused_ns[2], 0);
}

static void a_silence_is_not_taken_for_work(void **state)
{
    (void)state;
    struct lab_utilisation_def def = lab_utilisation_default();
    struct lab_utilisation u;
    lab_utilisation_init(&u, &def, 0);
    lab_utilisation_serves(&u, 0, 10, 10, 0.9, INT64_MAX);
    assert_int_equal(u.refused_ns[0], def.gap_ns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_who_may_be_missed_go_first_and_the_last_never),
        cmocka_unit_test(it_goes_down_the_way_it_came_up),
        cmocka_unit_test(a_silence_is_not_taken_for_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
