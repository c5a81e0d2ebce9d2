#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/hedge/race.h"

// No test waits for a time: attempts end when others have begun, or when they are cancelled.

static unsigned rounds = 20;

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

static void the_winner_cancels_the_others(void **state)
{
    (void)state;
    for (unsigned i = 0; i < rounds; i++) {
        struct script s = { .winner = i % 4, .wanted = 4 };
        struct lab_race_def def = { lab_hedge_grpc(4, i % 3 ? 0 : 1), until_cancelled, &s };
        assert_int_equal(lab_race(&def), i % 4);
        assert_int_equal(atomic_load(&s.cancelled), 3);
    }
}

static void failures_send_the_next_until_none_is_left(void **state)
{
    (void)state;
    for (unsigned i = 0; i < rounds; i++) {
        struct script s = {
            .results = {LAB_RACE_FAILED, LAB_RACE_FAILED, LAB_RACE_WON}
        };
        struct lab_race_def def = { lab_hedge_grpc(3, LAB_HEDGE_AFTER_FAILURE), as_written,
                                    &s };
        assert_int_equal(lab_race(&def), 2);
        s.results[2] = LAB_RACE_FAILED;
        assert_int_equal(lab_race(&def), -1);
        assert_int_equal(atomic_load(&s.begun), 6);
        s.results[0] = LAB_RACE_FAILED_FATALLY;
        assert_int_equal(lab_race(&def), -1);
        assert_int_equal(atomic_load(&s.begun), 7);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_winner_cancels_the_others),
        cmocka_unit_test(failures_send_the_next_until_none_is_left),
    };
    if (argc > 1)
        rounds = (unsigned)strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
