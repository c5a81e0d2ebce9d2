#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/hedge/race.h"
#include "tests/support/stress.h"

// No test waits for a time: attempts end when others have begun, or when they are cancelled.

static struct stress stress;

struct script {
    enum lab_race_result results[8];
    uint32_t winner, wanted; // who wins, once so many have begun
    atomic_uint begun, cancelled;
};

// All but the winner run until they are cancelled.
static enum lab_race_result until_cancelled(void *ctx, uint32_t number,
                                            const atomic_bool *is_cancelled)
{
    struct script *s = ctx;
    atomic_fetch_add(&s->begun, 1);
    if (number == s->winner) {
        while (atomic_load(&s->begun) < s->wanted)
            sched_yield();
        return LAB_RACE_WON;
    }
    while (!atomic_load(is_cancelled))
        sched_yield();
    atomic_fetch_add(&s->cancelled, 1);
    return LAB_RACE_FAILED;
}

static enum lab_race_result as_written(void *ctx, uint32_t number,
                                       const atomic_bool *is_cancelled)
{
    struct script *s = ctx;
    (void)is_cancelled;
    atomic_fetch_add(&s->begun, 1);
    return s->results[number];
}

static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)*seed * below) >> 32);
}

static void the_winner_cancels_the_others(void **state)
{
    struct stress part = stress_part(&stress, 0, 2);
    uint32_t seed = (uint32_t)stress.seed;
    (void)state;
    for (uint32_t i = 0; stress_goes_on(&part, i); i++) {
        struct script s = { .winner = draw(&seed, 4), .wanted = 4 };
        struct lab_race_def def = { lab_hedge_grpc(4, draw(&seed, 2)), until_cancelled,
                                    &s };
        assert_int_equal(lab_race(&def), s.winner);
        assert_int_equal(atomic_load(&s.cancelled), 3);
    }
}

// The first that does not just fail decides, and nobody begins after it.
static void failures_send_the_next_until_none_is_left(void **state)
{
    struct stress part = stress_part(&stress, 1, 2);
    uint32_t seed = (uint32_t)stress.seed;
    (void)state;
    for (uint32_t i = 0; stress_goes_on(&part, i); i++) {
        struct script s = { 0 };
        struct lab_race_def def = { lab_hedge_grpc(4, LAB_HEDGE_AFTER_FAILURE), as_written,
                                    &s };
        uint32_t last = i % 5; // 4: all fail
        for (uint32_t k = 0; k < 4; k++)
            s.results[k] = k < last         ? LAB_RACE_FAILED
                           : draw(&seed, 2) ? LAB_RACE_WON
                                            : LAB_RACE_FAILED_FATALLY;
        bool is_won = last < 4 && s.results[last] == LAB_RACE_WON;
        assert_int_equal(lab_race(&def), is_won ? (int)last : -1);
        assert_int_equal(atomic_load(&s.begun), last < 4 ? last + 1 : 4);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_winner_cancels_the_others),
        cmocka_unit_test(failures_send_the_next_until_none_is_left),
    };
    stress = stress_read(argc, argv, 20);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
