#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "labs/gil/gil_script.h"

// What is wanted follows from the rules of CPython's lock by hand, never from a run: at
// microseconds, who took (+), asked (?), dropped (-), waits for the switch (~).

#define US       1000
#define MS       1000000
#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct lab_gil_script script_of(const struct lab_gil_part *parts, uint32_t count)
{
    return (struct lab_gil_script){
        .interval_ns = 5 * MS, .step_ns = 10 * US, .parts = parts, .count = count
    };
}

static void wants(const struct lab_gil_script *script, const char *wanted)
{
    static const char marks[] = { '+', '?', '-', '~' };
    struct lab_gil_event e[64];
    char text[64 * 16] = "";
    int64_t n = lab_gil_script_play(script, e, COUNT(e));
    assert_in_range(n, 1, COUNT(e));
    for (int64_t i = 0; i < n; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%lld%c%c", i ? " " : "",
                 (long long)(e[i].at_ns / US), marks[e[i].kind], 'A' + (int)e[i].thread);
    }
    assert_string_equal(text, wanted);
}

static void free_lock_is_taken_at_once(void **state)
{
    const struct lab_gil_act one[] = { { LAB_GIL_SPIN, 1 * MS } };
    const struct lab_gil_part parts[] = { { 0, one, 1 }, { 2 * MS, one, 1 } };
    struct lab_gil_script s = script_of(parts, 2);
    (void)state;
    wants(&s, "0+A 1000-A 2000+B 3000-B");
}

static void waiter_asks_after_a_whole_interval_and_the_dropper_waits(void **state)
{
    const struct lab_gil_act one[] = { { LAB_GIL_SPIN, 7 * MS } };
    const struct lab_gil_part parts[] = { { 0, one, 1 }, { 1 * MS, one, 1 } };
    struct lab_gil_script s = script_of(parts, 2);
    s.wake_ns = 40 * US;
    s.resume_ns = 20 * US;
    (void)state;
    // A is woken by B's take and waits an interval from 6060; its end at 11060 asks B.
    wants(&s, "0+A 6000?B 6000-A 6000~A 6040+B 11060?A 11060-B 11060~B 11100+A "
              "12100-A 12140+B 14120-B");
}

static void timer_that_ran_over_a_switch_asks_for_nothing(void **state)
{
    const struct lab_gil_act one[] = { { LAB_GIL_SPIN, 6 * MS } };
    const struct lab_gil_act two[] = { { LAB_GIL_SPIN, 9 * MS } };
    const struct lab_gil_part parts[] = { { 0, two, 1 },
                                          { 1 * MS, one, 1 },
                                          { 3 * MS, one, 1 } };
    struct lab_gil_script s = script_of(parts, 3);
    (void)state;
    s.wake_ns = 40 * US;
    s.resume_ns = 20 * US;
    // B asks at 6000 and goes back to the tail, so C is woken. B's timer ends at 11000 and
    // says nothing; A, which began its own after the switch, asks at 11060. B has slept since
    // 11000 by then, A anew since 11060, so B is woken; C begins at 11120. A says nothing at
    // 16060, and C asks at 16120.
    wants(&s, "0+A 6000?B 6000-A 6000~A 6040+C 11060?A 11060-C 11060~C 11100+B "
              "16120?C 16120-B 16120~B 16160+A 19160-A 19200+C 20180-C 20220+B 21200-B");
}

static void newcomer_takes_a_free_lock_before_the_woken_waiter(void **state)
{
    const struct lab_gil_act io[] = { { LAB_GIL_SPIN, 2 * MS },
                                      { LAB_GIL_IO, 20 * US },
                                      { LAB_GIL_SPIN, 7 * MS } };
    const struct lab_gil_act one[] = { { LAB_GIL_SPIN, 1 * MS } };
    const struct lab_gil_part parts[] = { { 0, io, 3 }, { 1 * MS, one, 1 } };
    struct lab_gil_script s = script_of(parts, 2);
    s.wake_ns = 50 * US;
    (void)state;
    // B would have asked at 6000. Woken in vain at 2050, it has a whole interval again.
    wants(&s, "0+A 2000-A 2020+A 7050?B 7050-A 7050~A 7100+B 8100-B 8150+A 10120-A");
}

static void call_keeps_the_lock_past_every_request(void **state)
{
    const struct lab_gil_act call[] = { { LAB_GIL_CALL, 12 * MS },
                                        { LAB_GIL_SPIN, 1 * MS } };
    const struct lab_gil_act one[] = { { LAB_GIL_SPIN, 1 * MS } };
    const struct lab_gil_part parts[] = { { 0, call, 2 }, { 1 * MS, one, 1 } };
    struct lab_gil_script s = script_of(parts, 2);
    (void)state;
    wants(&s, "0+A 6000?B 11000?B 12000-A 12000~A 12000+B 13000-B 13000+A 14000-A");
}

static void asked_before_a_system_call_it_waits_for_the_switch_first(void **state)
{
    const struct lab_gil_act hold[] = { { LAB_GIL_HOLD, 12 * MS },
                                        { LAB_GIL_IO, 10 * US },
                                        { LAB_GIL_SPIN, 1 * MS } };
    const struct lab_gil_act one[] = { { LAB_GIL_SPIN, 1 * MS } };
    const struct lab_gil_part parts[] = { { 0, hold, 3 }, { 1 * MS, one, 1 } };
    struct lab_gil_script s = script_of(parts, 2);
    s.wake_ns = 40 * US;
    s.resume_ns = 60 * US;
    (void)state;
    // A goes to its system call at 12100 only, wants the lock at 12110, and B has it.
    wants(&s, "0+A 6000?B 11000?B 12000-A 12000~A 12040+B 13040-B 13080+A 14080-A");
}

static void thread_that_ends_waits_for_nobody(void **state)
{
    const struct lab_gil_act io[] = { { LAB_GIL_IO, 1 * MS } };
    const struct lab_gil_act one[] = { { LAB_GIL_SPIN, 1 * MS } };
    const struct lab_gil_part parts[] = { { 0, one, 1 }, { 100 * US, io, 1 } };
    struct lab_gil_script s = script_of(parts, 2);
    (void)state;
    wants(&s, "0+A 1000-A 1000+B 1000-B 2000+B 2000-B");
}

static void late_timers_ask_late(void **state)
{
    const struct lab_gil_act one[] = { { LAB_GIL_SPIN, 6 * MS } };
    const struct lab_gil_part parts[] = { { 0, one, 1 }, { 0, one, 1 } };
    struct lab_gil_script s = script_of(parts, 2);
    s.slack_ns = 60 * US;
    (void)state;
    wants(&s, "0+A 5060?B 5060-A 5060~A 5060+B 10120?A 10120-B 10120~B 10120+A 11060-A "
              "11060+B 12000-B");
}

// It stays when somebody took the lock before the dropper could go to sleep.
static void request_of_an_earlier_slice_is_forgotten_on_taking(void **state)
{
    struct lab_gil g;
    struct lab_gil_thread t;
    (void)state;
    assert_true(lab_gil_init(&g, 5 * MS, lab_gil_real()));
    lab_gil_thread_init(&t, 0);
    atomic_store(&t.asked, true);
    lab_gil_take(&g, &t);
    assert_false(atomic_load(&t.asked));
    lab_gil_leave(&g, &t);
    lab_gil_fini(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_lock_is_taken_at_once),
        cmocka_unit_test(waiter_asks_after_a_whole_interval_and_the_dropper_waits),
        cmocka_unit_test(timer_that_ran_over_a_switch_asks_for_nothing),
        cmocka_unit_test(newcomer_takes_a_free_lock_before_the_woken_waiter),
        cmocka_unit_test(call_keeps_the_lock_past_every_request),
        cmocka_unit_test(asked_before_a_system_call_it_waits_for_the_switch_first),
        cmocka_unit_test(thread_that_ends_waits_for_nobody),
        cmocka_unit_test(late_timers_ask_late),
        cmocka_unit_test(request_of_an_earlier_slice_is_forgotten_on_taking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
