#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "labs/thread_pool/thread_pool_script.h"

// What is wanted follows from the rules of CPython's executor by hand, never from a run: at
// microseconds, which call was queued (q), refused (x) or cancelled (c), which worker is being
// begun (g), begins (b), is idle (i), runs (+) or has run (-) a call, leaves (l); ! closes.

#define US       1000
#define COUNT(a) (sizeof(a) / sizeof *(a))
#define CLIENT(acts)      \
    {                     \
        acts, COUNT(acts) \
    }

enum {
    a,
    b,
    c,
    d
};

static const struct lab_thread_pool_script two_workers = {
    .max_workers = 2, .capacity = UINT32_MAX, .hands_over = true, .client_count = 1
};

static void tell(char *text, size_t size, const struct lab_thread_pool_event *e)
{
    static const char marks[] = { 'q', 'x', 'g', 'b', 'i', '+', '-', 'c', '!', 'l' };
    size_t used = strlen(text);
    used += (size_t)snprintf(text + used, size - used, "%s%lld%c", used ? " " : "",
                             (long long)(e->at_ns / US), marks[e->kind]);
    if (e->worker != LAB_THREAD_POOL_NOBODY)
        used += (size_t)snprintf(text + used, size - used, "%u", e->worker);
    if (e->call != LAB_THREAD_POOL_NOBODY)
        snprintf(text + used, size - used, "%c", 'a' + (int)e->call);
}

static void wants(const struct lab_thread_pool_script *script, const char *wanted)
{
    struct lab_thread_pool_event e[64];
    char text[64 * 16] = "";
    int64_t n = lab_thread_pool_script_play(script, e, COUNT(e));
    assert_in_range(n, 1, COUNT(e));
    for (int64_t i = 0; i < n; i++)
        tell(text, sizeof text, &e[i]);
    assert_string_equal(text, wanted);
}

static void submit_waits_until_the_new_thread_has_begun(void **state)
{
    const int64_t work[] = { 1000 * US, 1000 * US };
    const struct lab_thread_pool_act acts[] = { { 0, LAB_THREAD_POOL_DO_SUBMIT, a },
                                                { 0, LAB_THREAD_POOL_DO_SUBMIT, b } };
    const struct lab_thread_pool_client client = CLIENT(acts);
    struct lab_thread_pool_script s = two_workers;
    (void)state;
    s.start_ns = 100 * US;
    s.work_ns = work;
    s.calls = 2;
    s.clients = &client;
    wants(&s, "0qa 0g0a 100b0 100+0a 100qb 100g1b 200b1 200+1b 200! 1100-0a 1100l0 "
              "1200-1b 1200l1");
}

static void idle_worker_is_woken_and_the_pool_does_not_grow(void **state)
{
    const int64_t work[] = { 100 * US, 100 * US };
    const struct lab_thread_pool_act acts[] = {
        { 0, LAB_THREAD_POOL_DO_SUBMIT, a }, { 1000 * US, LAB_THREAD_POOL_DO_SUBMIT, b }
    };
    const struct lab_thread_pool_client client = CLIENT(acts);
    struct lab_thread_pool_script s = two_workers;
    (void)state;
    s.start_ns = 10 * US;
    s.wake_ns = 30 * US;
    s.work_ns = work;
    s.calls = 2;
    s.clients = &client;
    wants(&s, "0qa 0g0a 10b0 10+0a 110-0a 110i0 1000qb 1000! 1030+0b 1130-0b 1130l0");
}

static void promise_of_an_idle_worker_counts_once(void **state)
{
    const int64_t work[] = { 100 * US, 200 * US, 300 * US };
    const struct lab_thread_pool_act acts[] = { { 0, LAB_THREAD_POOL_DO_SUBMIT, a },
                                                { 1000 * US, LAB_THREAD_POOL_DO_SUBMIT, b },
                                                { 1000 * US, LAB_THREAD_POOL_DO_SUBMIT,
                                                  c } };
    const struct lab_thread_pool_client client = CLIENT(acts);
    struct lab_thread_pool_script s = two_workers;
    (void)state;
    s.wake_ns = 30 * US;
    s.work_ns = work;
    s.calls = 3;
    s.clients = &client;
    wants(&s, "0qa 0g0a 0b0 0+0a 100-0a 100i0 1000qb 1000qc 1000g1c 1000b1 1000+1c 1000! "
              "1030+0b 1230-0b 1230l0 1300-1c 1300l1");
}

static void new_worker_serves_the_line_and_may_find_it_empty(void **state)
{
    const int64_t work[] = { 150 * US, 150 * US };
    const struct lab_thread_pool_act acts[] = {
        { 0, LAB_THREAD_POOL_DO_SUBMIT, a }, { 200 * US, LAB_THREAD_POOL_DO_SUBMIT, b }
    };
    const struct lab_thread_pool_client client = CLIENT(acts);
    struct lab_thread_pool_script s = two_workers;
    (void)state;
    s.start_ns = 100 * US;
    s.work_ns = work;
    s.calls = 2;
    s.clients = &client;
    // b makes the pool grow, and the first worker runs it while the second is being begun.
    wants(&s, "0qa 0g0a 100b0 100+0a 200qb 200g1b 250-0a 250+0b 300b1 300i1 300! 300l1 "
              "400-0b 400l0");
}

static const int64_t overtaking_work[] = { 100 * US, 1000 * US, 200 * US, 300 * US };
static const struct lab_thread_pool_act overtaking[] = {
    { 0, LAB_THREAD_POOL_DO_SUBMIT, a },
    { 10 * US, LAB_THREAD_POOL_DO_SUBMIT, b },
    { 1000 * US, LAB_THREAD_POOL_DO_SUBMIT, c },
    { 1060 * US, LAB_THREAD_POOL_DO_SUBMIT, d }
};
static const struct lab_thread_pool_client overtaking_client = CLIENT(overtaking);

static void call_is_handed_to_the_sleeper_and_nobody_overtakes_it(void **state)
{
    struct lab_thread_pool_script s = two_workers;
    (void)state;
    s.wake_ns = 50 * US;
    s.work_ns = overtaking_work;
    s.calls = 4;
    s.clients = &overtaking_client;
    wants(&s, "0qa 0g0a 0b0 0+0a 10qb 10g1b 10b1 10+1b 100-0a 100i0 1000qc 1010-1b 1010i1 "
              "1050+0c 1060qd 1060! 1110+1d 1250-0c 1250l0 1410-1d 1410l1");
}

static void sleeper_that_was_only_woken_may_come_too_late(void **state)
{
    struct lab_thread_pool_script s = two_workers;
    (void)state;
    s.hands_over = false;
    s.wake_ns = 50 * US;
    s.work_ns = overtaking_work;
    s.calls = 4;
    s.clients = &overtaking_client;
    // Worker 1 ends b at 1010 and takes c; worker 0 looks in vain at 1050, and d wakes it.
    wants(&s, "0qa 0g0a 0b0 0+0a 10qb 10g1b 10b1 10+1b 100-0a 100i0 1000qc 1010-1b 1010+1c "
              "1060qd 1060! 1110+0d 1210-1c 1210l1 1410-0d 1410l0");
}

static const int64_t three_hundred[] = { 100 * US, 100 * US, 100 * US };

static void queued_call_can_be_cancelled_and_a_running_one_cannot(void **state)
{
    const struct lab_thread_pool_act acts[] = { { 0, LAB_THREAD_POOL_DO_SUBMIT, a },
                                                { 1 * US, LAB_THREAD_POOL_DO_SUBMIT, b },
                                                { 2 * US, LAB_THREAD_POOL_DO_SUBMIT, c },
                                                { 50 * US, LAB_THREAD_POOL_DO_CANCEL, b },
                                                { 60 * US, LAB_THREAD_POOL_DO_CANCEL, a } };
    const struct lab_thread_pool_client client = CLIENT(acts);
    struct lab_thread_pool_script s = two_workers;
    (void)state;
    s.max_workers = 1;
    s.work_ns = three_hundred;
    s.calls = 3;
    s.clients = &client;
    wants(&s, "0qa 0g0a 0b0 0+0a 1qb 2qc 50cb 60! 100-0a 100+0c 200-0c 200l0");
}

static void closing_can_drop_what_is_in_the_line(void **state)
{
    const struct lab_thread_pool_act acts[] = { { 0, LAB_THREAD_POOL_DO_SUBMIT, a },
                                                { 1 * US, LAB_THREAD_POOL_DO_SUBMIT, b },
                                                { 2 * US, LAB_THREAD_POOL_DO_SUBMIT, c },
                                                { 60 * US, LAB_THREAD_POOL_DO_ABANDON,
                                                  0 } };
    const struct lab_thread_pool_client client = CLIENT(acts);
    struct lab_thread_pool_script s = two_workers;
    (void)state;
    s.max_workers = 1;
    s.work_ns = three_hundred;
    s.calls = 3;
    s.clients = &client;
    wants(&s, "0qa 0g0a 0b0 0+0a 1qb 2qc 60! 60cb 60cc 100-0a 100l0");
}

static void full_line_refuses_and_so_does_a_closed_pool(void **state)
{
    const struct lab_thread_pool_act acts[] = { { 0, LAB_THREAD_POOL_DO_SUBMIT, a },
                                                { 1 * US, LAB_THREAD_POOL_DO_SUBMIT, b },
                                                { 2 * US, LAB_THREAD_POOL_DO_SUBMIT, c },
                                                { 10 * US, LAB_THREAD_POOL_DO_DRAIN, 0 } };
    const struct lab_thread_pool_act late[] = { { 20 * US, LAB_THREAD_POOL_DO_SUBMIT, d } };
    const struct lab_thread_pool_client clients[] = { CLIENT(acts), CLIENT(late) };
    const int64_t work[] = { 100 * US, 100 * US, 100 * US, 100 * US };
    struct lab_thread_pool_script s = two_workers;
    (void)state;
    s.max_workers = 1;
    s.capacity = 1;
    s.work_ns = work;
    s.calls = 4;
    s.clients = clients;
    s.client_count = 2;
    wants(&s, "0qa 0g0a 0b0 0+0a 1qb 2xc 10! 20xd 100-0a 100+0b 200-0b 200l0");
}

static void other_submitters_wait_while_one_begins_a_thread(void **state)
{
    const struct lab_thread_pool_act first[] = { { 0, LAB_THREAD_POOL_DO_SUBMIT, a } };
    const struct lab_thread_pool_act second[] = { { 50 * US, LAB_THREAD_POOL_DO_SUBMIT,
                                                    b } };
    const struct lab_thread_pool_client clients[] = { CLIENT(first), CLIENT(second) };
    struct lab_thread_pool_script s = two_workers;
    (void)state;
    s.start_ns = 100 * US;
    s.resume_ns = 20 * US;
    s.work_ns = overtaking_work;
    s.calls = 2;
    s.clients = clients;
    s.client_count = 2;
    // The first goes on at 120, and the second 20 after that; a is over by the time that the
    // second worker begins, and the first worker has taken b.
    wants(&s, "0qa 0g0a 100b0 100+0a 140qb 140g1b 200-0a 200+0b 240b1 240i1 260! 260l1 "
              "1200-0b 1200l0");
}

static void executor_has_four_threads_more_than_cores_and_at_most_32(void **state)
{
    (void)state;
    assert_int_equal(lab_thread_pool_default(2).max_workers, 6);
    assert_int_equal(lab_thread_pool_default(64).max_workers, 32);
}

static bool begin_none(void *ctx, pthread_t *thread, void *(*main)(void *arg), void *arg)
{
    (void)ctx, (void)thread, (void)main, (void)arg;
    return false;
}

static void first_call_is_taken_back_when_no_thread_can_be_had(void **state)
{
    struct lab_thread_pool p;
    struct lab_thread_pool_def def = lab_thread_pool_default(1);
    struct lab_thread_pool_call call = { 0 };
    (void)state;
    def.env.begin = begin_none;
    assert_true(lab_thread_pool_init(&p, &def));
    assert_int_equal(lab_thread_pool_submit(&p, &call), LAB_THREAD_POOL_NO_THREAD);
    assert_int_equal(p.queued, 0);
    lab_thread_pool_close(&p, LAB_THREAD_POOL_DRAIN);
    lab_thread_pool_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(submit_waits_until_the_new_thread_has_begun),
        cmocka_unit_test(idle_worker_is_woken_and_the_pool_does_not_grow),
        cmocka_unit_test(promise_of_an_idle_worker_counts_once),
        cmocka_unit_test(new_worker_serves_the_line_and_may_find_it_empty),
        cmocka_unit_test(call_is_handed_to_the_sleeper_and_nobody_overtakes_it),
        cmocka_unit_test(sleeper_that_was_only_woken_may_come_too_late),
        cmocka_unit_test(queued_call_can_be_cancelled_and_a_running_one_cannot),
        cmocka_unit_test(closing_can_drop_what_is_in_the_line),
        cmocka_unit_test(full_line_refuses_and_so_does_a_closed_pool),
        cmocka_unit_test(other_submitters_wait_while_one_begins_a_thread),
        cmocka_unit_test(executor_has_four_threads_more_than_cores_and_at_most_32),
        cmocka_unit_test(first_call_is_taken_back_when_no_thread_can_be_had),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
