#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/shed/throttle.h"

// What is expected here is worked out by hand from the rule and never from a run.

#define S ((int64_t)1000000000)

static struct lab_throttle begin(enum lab_throttle_count count)
{
    struct lab_throttle_def def = lab_throttle_default();
    struct lab_throttle t;
    def.count = count;
    lab_throttle_init(&t, &def);
    return t;
}

static void ask(struct lab_throttle *t, int times, int64_t at)
{
    for (int i = 0; i < times; i++)
        lab_throttle_allows(t, 0.999, at);
}

static void answer(struct lab_throttle *t, bool was_accepted, int times, int64_t at)
{
    for (int i = 0; i < times; i++)
        lab_throttle_answered(t, was_accepted, at);
}

static void is_chance(struct lab_throttle *t, double expected, int64_t at)
{
    assert_true(fabs(lab_throttle_chance(t, at) - expected) < 1e-12);
}

static void nothing_is_rejected_while_half_is_accepted(void **state)
{
    struct lab_throttle t = begin(LAB_THROTTLE_WHEN_ASKED);
    (void)state;
    is_chance(&t, 0, 0);
    ask(&t, 100, 0);
    is_chance(&t, 100.0 / 101, 0); // nobody has answered yet
    answer(&t, true, 50, 0);
    is_chance(&t, 0, 0);
    answer(&t, false, 50, 0);
    is_chance(&t, 0, 0);
    ask(&t, 1, 0);
    is_chance(&t, 1.0 / 102, 0);
}

static void the_draw_decides_below_the_chance(void **state)
{
    struct lab_throttle t = begin(LAB_THROTTLE_WHEN_ASKED);
    (void)state;
    ask(&t, 3, 0);
    assert_false(lab_throttle_allows(&t, 0.7499, 0)); // 3 of 4
    assert_true(lab_throttle_allows(&t, 0.8, 0));     // of 4 of 5, with the rejected one
    is_chance(&t, 5.0 / 6, 0);
}

static void two_minutes_later_it_is_forgotten(void **state)
{
    struct lab_throttle t = begin(LAB_THROTTLE_WHEN_ASKED);
    (void)state;
    ask(&t, 9, S);
    ask(&t, 1, 2 * S);
    is_chance(&t, 10.0 / 11, 121 * S - 1);
    is_chance(&t, 0.5, 121 * S);
    is_chance(&t, 0, 122 * S);
    ask(&t, 1, 200 * S);
    is_chance(&t, 0, 1000000 * S);
    ask(&t, 1, INT64_MAX);
    is_chance(&t, 0.5, INT64_MAX);
}

static void counting_at_the_answer_never_throttles_a_silent_server(void **state)
{
    struct lab_throttle t = begin(LAB_THROTTLE_WHEN_ANSWERED);
    (void)state;
    ask(&t, 1000, 0);
    is_chance(&t, 0, 0);
    answer(&t, false, 9, 0);
    is_chance(&t, 0.9, 0);
}

static double chance_draw(uint64_t *x)
{
    *x = *x * 6364136223846793005u + 1442695040888963407u;
    return (double)(*x >> 11) * 0x1p-53;
}

// A server that accepts 10 of what it sees in a second and refuses the rest, asked 100 times: it
// comes to see about 20.
static void the_server_sees_twice_what_it_accepts(void **state)
{
    struct lab_throttle t = begin(LAB_THROTTLE_WHEN_ASKED);
    uint64_t seed = 1;
    int sent = 0;
    (void)state;
    for (int second = 0; second < 600; second++) {
        int accepted = 0;
        for (int i = 0; i < 100; i++) {
            int64_t at = second * S + i * (S / 100);
            if (!lab_throttle_allows(&t, chance_draw(&seed), at))
                continue;
            sent += second >= 200;
            lab_throttle_answered(&t, accepted++ < 10, at);
        }
    }
    assert_true(sent > 400 * 18 && sent < 400 * 22);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_rejected_while_half_is_accepted),
        cmocka_unit_test(the_draw_decides_below_the_chance),
        cmocka_unit_test(two_minutes_later_it_is_forgotten),
        cmocka_unit_test(counting_at_the_answer_never_throttles_a_silent_server),
        cmocka_unit_test(the_server_sees_twice_what_it_accepts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
