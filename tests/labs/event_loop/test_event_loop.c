#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "labs/event_loop/loop_script.h"

// What is wanted follows from asyncio's rules by hand, never from a run. At microseconds:
// polls (p, with its milliseconds), callback runs (r), was slow (s), the probe lags (L, with
// microseconds); task begins (b), leaves a mark (n), swallows an exception (c), ends (e: well,
// with Error, Timeout, Group of errors, or cancelled: X); thread runs (+) or has run (-) the job
// of a task, a job was dropped (d).

#define US       1000
#define COUNT(a) (sizeof(a) / sizeof *(a))

enum {
    A,
    B,
    C
};

#define OPS(...)                                                                   \
    {                                                                              \
        (const struct lab_op[]){ __VA_ARGS__ },                                    \
            sizeof((const struct lab_op[]){ __VA_ARGS__ }) / sizeof(struct lab_op) \
    }
#define WORK(us)                           \
    {                                      \
        .kind = LAB_OP_WORK, .ns = (us)*US \
    }
#define SLEEP(us)                           \
    {                                       \
        .kind = LAB_OP_SLEEP, .ns = (us)*US \
    }
#define THREAD(us)                           \
    {                                        \
        .kind = LAB_OP_THREAD, .ns = (us)*US \
    }
#define TIMEOUT(us)                           \
    {                                         \
        .kind = LAB_OP_TIMEOUT, .ns = (us)*US \
    }
#define NOTE(n)                       \
    {                                 \
        .kind = LAB_OP_NOTE, .a = (n) \
    }
#define AWAIT(t)                       \
    {                                  \
        .kind = LAB_OP_AWAIT, .a = (t) \
    }
#define SHIELD(t)                       \
    {                                   \
        .kind = LAB_OP_SHIELD, .a = (t) \
    }
#define JOIN(t)                       \
    {                                 \
        .kind = LAB_OP_JOIN, .a = (t) \
    }
#define SPAWN(t)                       \
    {                                  \
        .kind = LAB_OP_SPAWN, .a = (t) \
    }
#define CANCEL(t)                       \
    {                                   \
        .kind = LAB_OP_CANCEL, .a = (t) \
    }
#define EXCEPT(e)                       \
    {                                   \
        .kind = LAB_OP_EXCEPT, .a = (e) \
    }
#define GATHER(f, l)                              \
    {                                             \
        .kind = LAB_OP_GATHER, .a = (f), .b = (l) \
    }
#define GROUP                \
    {                        \
        .kind = LAB_OP_GROUP \
    }
#define TRY                \
    {                      \
        .kind = LAB_OP_TRY \
    }
#define FINALLY                \
    {                          \
        .kind = LAB_OP_FINALLY \
    }
#define END                \
    {                      \
        .kind = LAB_OP_END \
    }
#define RAISE                \
    {                        \
        .kind = LAB_OP_RAISE \
    }
#define UNCANCEL                \
    {                           \
        .kind = LAB_OP_UNCANCEL \
    }

static const struct lab_loop_input begin_a = { 0, LAB_LOOP_BY_SOON, LAB_LOOP_DO_BEGIN, A,
                                               0 };

static void add(char *text, size_t size, const struct lab_loop_event *e)
{
    static const char marks[] = "prsLbnce+-d";
    size_t used = strlen(text);
    long long at = e->at_ns / US, value = e->value;
    const char *gap = used ? " " : "";
    char *end = text + used;
    size -= used;
    switch (e->kind) {
    case LAB_LOOP_POLLED:
        snprintf(end, size, "%s%lldp%lld", gap, at, value);
        break;
    case LAB_LOOP_RAN:
        snprintf(end, size, "%s%lldr%u", gap, at, e->who);
        break;
    case LAB_LOOP_SLOW:
        snprintf(end, size, "%s%llds%u=%lld", gap, at, e->who, value / US);
        break;
    case LAB_LOOP_LAGGED:
        snprintf(end, size, "%s%lldL%lld", gap, at, value / US);
        break;
    case LAB_LOOP_TASK_NOTED:
    case LAB_LOOP_JOB_RAN:
    case LAB_LOOP_JOB_DONE:
        snprintf(end, size, "%s%lld%c%c%lld", gap, at, marks[e->kind], 'A' + (int)e->who,
                 value);
        break;
    case LAB_LOOP_TASK_ENDED:
        snprintf(end, size, "%s%llde%c%c", gap, at, 'A' + (int)e->who, ".ETGX"[value]);
        break;
    default:
        snprintf(end, size, "%s%lld%c%c", gap, at, marks[e->kind], 'A' + (int)e->who);
        break;
    }
}

static void compare(const struct lab_loop_script *script, bool with_polls,
                    const char *wanted)
{
    struct lab_loop_event e[128];
    char text[128 * 16] = "";
    int64_t n = lab_loop_script_play(script, e, COUNT(e));
    assert_in_range(n, 1, COUNT(e));
    for (int64_t i = 0; i < n; i++)
        if (with_polls || e[i].kind != LAB_LOOP_POLLED)
            add(text, sizeof text, &e[i]);
    assert_string_equal(text, wanted);
}

// Of callbacks alone: stops after 10 ms, and shows every poll.
static struct lab_loop_script callbacks(const struct lab_loop_input *inputs, uint32_t count)
{
    return (struct lab_loop_script){
        .inputs = inputs, .input_count = count, .threads = 1, .until_ns = 10000 * US
    };
}

// Begins task A, cancels it at the given times, and shows all but the polls.
static void wants(const struct lab_program *programs, uint32_t count,
                  const int64_t *cancel_us, uint32_t cancels, const char *wanted)
{
    struct lab_loop_input inputs[8] = { begin_a };
    for (uint32_t i = 0; i < cancels; i++)
        inputs[1 + i] = (struct lab_loop_input){ cancel_us[i] * US, LAB_LOOP_BY_THREAD,
                                                 LAB_LOOP_DO_CANCEL, A, 0 };
    struct lab_loop_script s = callbacks(inputs, 1 + cancels);
    s.programs = programs;
    s.program_count = count;
    s.until_ns = 50000 * US;
    compare(&s, false, wanted);
}

// ---- The loop ----

static void callbacks_run_to_their_end_and_what_comes_waits_for_the_next_turn(void **state)
{
    const struct lab_loop_input in[] = {
        { 0, LAB_LOOP_BY_SOON, LAB_LOOP_DO_WORK, 0, 1000 * US },
        { 0, LAB_LOOP_BY_SOON, LAB_LOOP_DO_WORK, 1, 2000 * US },
        { 500 * US, LAB_LOOP_BY_THREAD, LAB_LOOP_DO_WORK, 2, 100 * US }
    };
    const struct lab_loop_script s = callbacks(in, 3);
    (void)state;
    compare(&s, true, "0p0 0r0 1000r1 3000p0 3000r2 3100p7");
}

static void poll_is_rounded_up_to_whole_milliseconds(void **state)
{
    const struct lab_loop_input in[] = {
        { 300 * US, LAB_LOOP_BY_TIMER, LAB_LOOP_DO_WORK, 0, 0 },
        { 4300 * US, LAB_LOOP_BY_TIMER, LAB_LOOP_DO_WORK, 1, 0 }
    };
    const struct lab_loop_script s = callbacks(in, 2);
    (void)state;
    compare(&s, true, "0p1 1000r0 1000p4 5000r1 5000p5");
}

static void timer_that_is_due_waits_for_the_callback_that_runs(void **state)
{
    const struct lab_loop_input in[] = {
        { 0, LAB_LOOP_BY_SOON, LAB_LOOP_DO_WORK, 0, 5000 * US },
        { 2000 * US, LAB_LOOP_BY_TIMER, LAB_LOOP_DO_WORK, 1, 0 }
    };
    const struct lab_loop_script s = callbacks(in, 2);
    (void)state;
    compare(&s, true, "0p0 0r0 5000p0 5000r1 5000p5");
}

static void byte_from_another_thread_ends_the_poll(void **state)
{
    const struct lab_loop_input in[] = { { 2500 * US, LAB_LOOP_BY_THREAD, LAB_LOOP_DO_WORK,
                                           0, 0 } };
    struct lab_loop_script s = callbacks(in, 1);
    (void)state;
    s.wake_ns = 50 * US;
    s.slack_ns = 60 * US;
    s.probe_ns = 10000 * US;
    // The probe's timer and the end are due at 10000, and the poll is 60 us late.
    compare(&s, true, "0p10 2550r0 2550p8 10610L610");
}

static void sleep_takes_two_turns(void **state)
{
    const struct lab_program p[] = { OPS(SLEEP(1000), NOTE(1), SLEEP(0), NOTE(2)) };
    struct lab_loop_script s = callbacks(&begin_a, 1);
    (void)state;
    s.programs = p;
    s.program_count = 1;
    // One for the input, one for the first step, one for the timer, one for the task.
    compare(&s, true, "0p0 0p0 0bA 0p1 1000p0 1000nA1 1000p0 1000nA2 1000eA. 1000p9");
}

static void probe_sees_how_long_the_loop_was_blocked(void **state)
{
    const struct lab_loop_input in[] = { { 0, LAB_LOOP_BY_SOON, LAB_LOOP_DO_WORK, 0,
                                           5000 * US } };
    struct lab_loop_script s = callbacks(in, 1);
    (void)state;
    s.probe_ns = 1000 * US;
    s.until_ns = 6500 * US;
    // The one due at 7000 is in the last batch, after the stop.
    compare(&s, false, "0r0 5000L4000 6000L0 7000L0");
}

static void debug_mode_tells_of_callbacks_of_a_tenth_of_a_second(void **state)
{
    const struct lab_loop_input in[] = {
        { 0, LAB_LOOP_BY_SOON, LAB_LOOP_DO_WORK, 0, 99999 * US },
        { 0, LAB_LOOP_BY_SOON, LAB_LOOP_DO_WORK, 1, 100000 * US }
    };
    struct lab_loop_script s = callbacks(in, 2);
    (void)state;
    s.slow_ns = LAB_LOOP_SLOW_NS;
    compare(&s, false, "0r0 99999r1 199999s1=100000");
}

static void nothing(void *arg)
{
    (void)arg;
}

// How many of n timers are in the heap after one turn, the last k of them cancelled.
static uint32_t left_of(uint32_t n, uint32_t k)
{
    struct lab_loop l;
    assert_true(lab_loop_init(&l, lab_loop_real()));
    for (uint32_t i = 0; i < n; i++) {
        int64_t when = lab_loop_now(&l) + (int64_t)(1 + i) * 3600000000000;
        struct lab_loop_handle *h =
            lab_loop_call_at(&l, when, nothing, NULL, LAB_LOOP_NOBODY);
        if (i >= n - k)
            lab_loop_cancel(&l, h);
    }
    lab_loop_stop(&l);
    lab_loop_run(&l);
    uint32_t left = l.timers.count;
    lab_loop_fini(&l);
    return left;
}

static void cancelled_timers_are_swept_when_they_are_most_of_many(void **state)
{
    (void)state;
    assert_int_equal(left_of(101, 51), 50);
    assert_int_equal(left_of(102, 51), 102);
    assert_int_equal(left_of(100, 99), 100);
    assert_int_equal(left_of(100, 100), 0); // at the head they leave anyway
}

// As python3's heapq pops what it was given in this order.
static void timers_of_the_same_time_leave_as_from_heapq(void **state)
{
    static const int64_t when[] = { 5, 1, 5, 1, 3, 5, 1, 3 };
    static const uint32_t wanted[] = { 1, 6, 3, 4, 7, 2, 5, 0 };
    struct lab_timers t = { 0 };
    struct lab_loop_handle h[COUNT(when)];
    (void)state;
    for (uint32_t i = 0; i < COUNT(when); i++) {
        h[i] = (struct lab_loop_handle){ .when_ns = when[i], .tag = i };
        lab_timers_push(&t, &h[i]);
    }
    for (uint32_t i = 0; i < COUNT(when); i++)
        assert_int_equal(lab_timers_pop(&t)->tag, wanted[i]);
    lab_timers_fini(&t);
}

// ---- Cancellation ----

static const int64_t at_1000[] = { 1000 };

static void cancel_lands_at_the_next_await_that_suspends(void **state)
{
    const struct lab_program busy[] = { OPS(WORK(5000), NOTE(1), SLEEP(9000), NOTE(2)) };
    const struct lab_program last[] = { OPS(CANCEL(A)) };
    const struct lab_program itself[] = {
        OPS(AWAIT(B), CANCEL(A), AWAIT(B), NOTE(1), SLEEP(9000), NOTE(2)), { NULL, 0 }
    };
    (void)state;
    wants(busy, 1, at_1000, 1, "0bA 5000nA1 5000eAX");
    wants(itself, 2, NULL, 0, "0bA 0bB 0eB. 0nA1 0eAX");
    wants(last, 1, NULL, 0, "0bA 0eAX"); // there is none: its end is the last chance
}

static void task_that_is_cancelled_before_it_began_never_runs(void **state)
{
    const struct lab_program p[] = { OPS(SPAWN(B), CANCEL(B), SLEEP(1000)), OPS(NOTE(1)) };
    (void)state;
    wants(p, 2, NULL, 0, "0bA 0eBX 1000eA.");
}

static void swallowed_cancellation_leaves_no_timeout_error(void **state)
{
    const struct lab_program p[] = { OPS(TIMEOUT(1000), TRY, SLEEP(5000),
                                         EXCEPT(LAB_EXC_CANCELLED), SLEEP(2000), NOTE(1),
                                         END, END, NOTE(2)) };
    (void)state;
    wants(p, 1, NULL, 0, "0bA 1000cA 3000nA1 3000nA2 3000eA.");
}

static void shield_lets_its_task_run_on(void **state)
{
    const struct lab_program p[] = { OPS(SHIELD(B), NOTE(1)), OPS(SLEEP(3000), NOTE(1)) };
    (void)state;
    wants(p, 2, at_1000, 1, "0bA 0bB 1000eAX 3000nB1 3000eB.");
    wants(p, 2, NULL, 0, "0bA 0bB 3000nB1 3000eB. 3000nA1 3000eA.");
}

static void shield_that_was_cancelled_does_not_hear_of_its_task(void **state)
{
    const struct lab_program p[] = { OPS(SHIELD(B)), OPS(SLEEP(3000)) };
    const struct lab_loop_input in[] = { { 0, LAB_LOOP_BY_SOON, LAB_LOOP_DO_BEGIN, A, 0 },
                                         { 1000 * US, LAB_LOOP_BY_THREAD,
                                           LAB_LOOP_DO_CANCEL, A, 0 } };
    struct lab_loop_script s = callbacks(in, 2);
    (void)state;
    s.programs = p;
    s.program_count = 2;
    // Nothing is ready after B's end: the next poll is for the 7 ms that are left.
    compare(&s, true,
            "0p0 0p0 0bA 0p0 0bB 0p3 1000p0 1000eAX 1000p2 3000p0 3000eB. 3000p7");
}

static void group_cancels_the_others_waits_and_raises_the_errors(void **state)
{
    const struct lab_program p[] = {
        OPS(GROUP, JOIN(B), JOIN(C), SLEEP(10000), END, NOTE(1)), OPS(SLEEP(1000), RAISE),
        OPS(TRY, SLEEP(5000), FINALLY, SLEEP(2000), NOTE(1), END)
    };
    (void)state;
    wants(p, 3, NULL, 0, "0bA 0bB 0bC 1000eBE 3000nC1 3000eCX 3000eAG");
}

static void group_waits_for_its_tasks_and_passes_a_cancellation_on(void **state)
{
    const struct lab_program p[] = { OPS(GROUP, JOIN(B), END, NOTE(1)),
                                     OPS(TRY, SLEEP(5000), FINALLY, SLEEP(2000), NOTE(1),
                                         END) };
    const int64_t twice[] = { 1000, 2000 };
    (void)state;
    wants(p, 2, NULL, 0, "0bA 0bB 7000nB1 7000eB. 7000nA1 7000eA.");
    wants(p, 2, at_1000, 1, "0bA 0bB 3000nB1 3000eBX 3000eAX");
    // The group has asked B once, and does not ask again.
    wants(p, 2, twice, 2, "0bA 0bB 3000nB1 3000eBX 3000eAX");
}

static void group_that_raises_errors_keeps_the_cancellation_for_the_next_await(void **state)
{
    const struct lab_program p[] = {
        OPS(TRY, GROUP, JOIN(B), SLEEP(9000), END, EXCEPT(LAB_EXC_GROUP), NOTE(1), END,
            SLEEP(5000), NOTE(2)),
        OPS(TRY, SLEEP(5000), FINALLY, SLEEP(1000), RAISE, END)
    };
    (void)state;
    wants(p, 2, at_1000, 1, "0bA 0bB 2000eBE 2000cA 2000nA1 2000eAX");
}

static void gather_takes_what_is_done_already(void **state)
{
    const struct lab_program p[] = { OPS(AWAIT(B), GATHER(B, C), NOTE(1)),
                                     { NULL, 0 },
                                     OPS(SLEEP(1000)) };
    (void)state;
    wants(p, 3, NULL, 0, "0bA 0bB 0eB. 0bC 1000eC. 1000nA1 1000eA.");
}

static void gather_raises_the_first_error_and_the_others_run_on(void **state)
{
    const struct lab_program p[] = { OPS(TRY, GATHER(B, C), EXCEPT(LAB_EXC_ERROR), NOTE(1),
                                         END),
                                     OPS(SLEEP(1000), RAISE), OPS(SLEEP(3000), NOTE(1)) };
    (void)state;
    wants(p, 3, NULL, 0, "0bA 0bB 0bC 1000eBE 1000cA 1000nA1 1000eA. 3000nC1 3000eC.");
}

static void cancelled_gather_cancels_all_and_ends_with_them(void **state)
{
    const struct lab_program p[] = { OPS(GATHER(B, C), NOTE(1)), OPS(SLEEP(5000)),
                                     OPS(TRY, SLEEP(5000), EXCEPT(LAB_EXC_CANCELLED),
                                         SLEEP(2000), END) };
    const struct lab_program swallowing[] = {
        OPS(GATHER(B, B), NOTE(1)),
        OPS(TRY, SLEEP(5000), EXCEPT(LAB_EXC_CANCELLED), SLEEP(2000), END)
    };
    (void)state;
    // B's cancellation fails the whole at once, though C swallowed its own.
    wants(p, 3, at_1000, 1, "0bA 0bB 0bC 1000eBX 1000cC 1000eAX 3000eC.");
    wants(swallowing, 2, at_1000, 1, "0bA 0bB 1000cB 3000eB. 3000eAX");
}

static void only_the_timeout_that_expired_answers(void **state)
{
    const struct lab_program inner[] = { OPS(TIMEOUT(5000), TRY, TIMEOUT(1000), SLEEP(9000),
                                             END, EXCEPT(LAB_EXC_TIMEOUT), NOTE(1), END,
                                             SLEEP(1000), NOTE(2), END) };
    const struct lab_program outer[] = { OPS(
        TRY, TIMEOUT(1000), TRY, TIMEOUT(5000), SLEEP(9000), END, EXCEPT(LAB_EXC_TIMEOUT),
        NOTE(1), END, END, EXCEPT(LAB_EXC_TIMEOUT), NOTE(2), END) };
    const struct lab_program both[] = { OPS(
        TRY, TIMEOUT(1000), TRY, TIMEOUT(1000), SLEEP(9000), END, EXCEPT(LAB_EXC_TIMEOUT),
        NOTE(1), END, END, EXCEPT(LAB_EXC_TIMEOUT), NOTE(2), END) };
    (void)state;
    wants(inner, 1, NULL, 0, "0bA 1000cA 1000nA1 2000nA2 2000eA.");
    wants(outer, 1, NULL, 0, "0bA 1000cA 1000nA2 1000eA.");
    // The inner one may not answer while the other's request is open.
    wants(both, 1, NULL, 0, "0bA 1000cA 1000nA2 1000eA.");
}

static void cancel_from_outside_is_no_timeout(void **state)
{
    const struct lab_program p[] = { OPS(TIMEOUT(1000), WORK(2000), SLEEP(5000), END) };
    const struct lab_program due[] = { OPS(TIMEOUT(0), SLEEP(5000), END) };
    const struct lab_program in_time[] = { OPS(TIMEOUT(5000), SLEEP(1000), END, SLEEP(9000),
                                               NOTE(1)) };
    const int64_t before[] = { 500 };
    (void)state;
    // Both requests are there when it is woken: the timeout's, and the one from outside.
    wants(p, 1, before, 1, "0bA 2000eAX");
    wants(p, 1, NULL, 0, "0bA 2000eAT");
    wants(in_time, 1, NULL, 0, "0bA 10000nA1 10000eA.");
    wants(due, 1, NULL, 0, "0bA 0eAT");
}

static void thread_keeps_its_slot_after_its_awaiter_has_gone(void **state)
{
    const struct lab_program p[] = { OPS(TIMEOUT(1000), THREAD(5000), END),
                                     OPS(THREAD(1000), NOTE(1)), OPS(THREAD(1000)) };
    const struct lab_loop_input in[] = {
        { 0, LAB_LOOP_BY_SOON, LAB_LOOP_DO_BEGIN, A, 0 },
        { 2000 * US, LAB_LOOP_BY_THREAD, LAB_LOOP_DO_BEGIN, B, 0 },
        { 3000 * US, LAB_LOOP_BY_THREAD, LAB_LOOP_DO_BEGIN, C, 0 },
        { 4000 * US, LAB_LOOP_BY_THREAD, LAB_LOOP_DO_CANCEL, C, 0 }
    };
    struct lab_loop_script s = callbacks(in, 4);
    (void)state;
    s.programs = p;
    s.program_count = 3;
    s.start_ns = 100 * US;
    s.until_ns = 20000 * US;
    // The loop stands still until the thread has begun; so its poll ends at 1100.
    compare(&s, false,
            "0bA 100+A0 1100eAT 2000bB 3000bC 4000dC 4000eCX 5100-A0 5100+B0 6100-B0 "
            "6100nB1 6100eB.");
}

static void pool_grows_by_one_thread_for_each_job_that_finds_none_idle(void **state)
{
    const struct lab_program p[] = { OPS(THREAD(1000), GATHER(B, C)), OPS(THREAD(1000)),
                                     OPS(THREAD(1000)) };
    struct lab_loop_script s = callbacks(&begin_a, 1);
    (void)state;
    s.programs = p;
    s.program_count = 3;
    s.threads = 3;
    compare(
        &s, false,
        "0bA 0+A0 1000-A0 1000bB 1000bC 1000+B0 1000+C1 2000-B0 2000-C1 2000eB. 2000eC. "
        "2000eA.");
}

static void second_cancel_interrupts_the_cleanup_of_the_first(void **state)
{
    const struct lab_program p[] = { OPS(TRY, SLEEP(9000), FINALLY, SLEEP(3000), NOTE(1),
                                         END) };
    const int64_t twice[] = { 1000, 2000 };
    (void)state;
    wants(p, 1, at_1000, 1, "0bA 4000nA1 4000eAX");
    wants(p, 1, twice, 2, "0bA 2000eAX");
}

static void uncancel_makes_the_next_timeout_answer_again(void **state)
{
    const struct lab_program polite[] = { OPS(TIMEOUT(5000), TRY, SLEEP(9000),
                                              EXCEPT(LAB_EXC_CANCELLED), UNCANCEL, END,
                                              SLEEP(9000), END) };
    const struct lab_program rude[] = { OPS(TIMEOUT(5000), TRY, SLEEP(9000),
                                            EXCEPT(LAB_EXC_CANCELLED), END, SLEEP(9000),
                                            END) };
    (void)state;
    wants(polite, 1, at_1000, 1, "0bA 1000cA 5000eAT");
    // The request from outside is still open, so the timeout may not answer for its own.
    wants(rude, 1, at_1000, 1, "0bA 1000cA 5000eAX");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(callbacks_run_to_their_end_and_what_comes_waits_for_the_next_turn),
        cmocka_unit_test(poll_is_rounded_up_to_whole_milliseconds),
        cmocka_unit_test(timer_that_is_due_waits_for_the_callback_that_runs),
        cmocka_unit_test(byte_from_another_thread_ends_the_poll),
        cmocka_unit_test(sleep_takes_two_turns),
        cmocka_unit_test(probe_sees_how_long_the_loop_was_blocked),
        cmocka_unit_test(debug_mode_tells_of_callbacks_of_a_tenth_of_a_second),
        cmocka_unit_test(cancelled_timers_are_swept_when_they_are_most_of_many),
        cmocka_unit_test(timers_of_the_same_time_leave_as_from_heapq),
        cmocka_unit_test(cancel_lands_at_the_next_await_that_suspends),
        cmocka_unit_test(task_that_is_cancelled_before_it_began_never_runs),
        cmocka_unit_test(swallowed_cancellation_leaves_no_timeout_error),
        cmocka_unit_test(shield_lets_its_task_run_on),
        cmocka_unit_test(shield_that_was_cancelled_does_not_hear_of_its_task),
        cmocka_unit_test(group_cancels_the_others_waits_and_raises_the_errors),
        cmocka_unit_test(group_waits_for_its_tasks_and_passes_a_cancellation_on),
        cmocka_unit_test(
            group_that_raises_errors_keeps_the_cancellation_for_the_next_await),
        cmocka_unit_test(gather_raises_the_first_error_and_the_others_run_on),
        cmocka_unit_test(cancelled_gather_cancels_all_and_ends_with_them),
        cmocka_unit_test(gather_takes_what_is_done_already),
        cmocka_unit_test(only_the_timeout_that_expired_answers),
        cmocka_unit_test(cancel_from_outside_is_no_timeout),
        cmocka_unit_test(thread_keeps_its_slot_after_its_awaiter_has_gone),
        cmocka_unit_test(pool_grows_by_one_thread_for_each_job_that_finds_none_idle),
        cmocka_unit_test(second_cancel_interrupts_the_cleanup_of_the_first),
        cmocka_unit_test(uncancel_makes_the_next_timeout_answer_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
