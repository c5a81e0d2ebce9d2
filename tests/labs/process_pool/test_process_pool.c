#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "labs/process_pool/process_cargo.h"
#include "labs/process_pool/process_line.h"
#include "labs/process_pool/process_script.h"

// What is wanted follows from the rules of CPython's executor by hand, never from a run. At
// steps: worker begins (b) or is gone (g); call is pending (p), in the pipe (q), on a worker (+),
// done (-), cancelled (c), refused (x), lost with the pool (!) or with its worker (d).

#define COUNT(a) (sizeof(a) / sizeof *(a))

enum {
    a,
    b,
    c,
    d,
    e,
    f,
    g,
    CALLS
};

#define SUBMIT(call)                \
    {                               \
        LAB_PROCESS_DO_SUBMIT, call \
    }
#define FINISH(call)                \
    {                               \
        LAB_PROCESS_DO_FINISH, call \
    }
#define CANCEL(call)                \
    {                               \
        LAB_PROCESS_DO_CANCEL, call \
    }
#define KILL(worker)                \
    {                               \
        LAB_PROCESS_DO_KILL, worker \
    }
#define DRAIN                   \
    {                           \
        LAB_PROCESS_DO_DRAIN, 0 \
    }
#define ABANDON                   \
    {                             \
        LAB_PROCESS_DO_ABANDON, 0 \
    }

static void wants(struct lab_process_script script, const char *wanted)
{
    static const char marks[] = "gbxpq+-c!d";
    struct lab_process_change out[64];
    char text[64 * 16] = "";
    size_t used = 0;
    script.calls = CALLS;
    int64_t n = lab_process_script_play(&script, out, COUNT(out));
    assert_in_range(n, 1, COUNT(out));
    for (int64_t i = 0; i < n; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%u%c", i ? " " : "",
                                 out[i].step, marks[out[i].kind]);
        if (out[i].call != LAB_PROCESS_POOL_NOBODY)
            text[used++] = (char)('a' + out[i].call);
        if (out[i].worker != LAB_PROCESS_POOL_NOBODY)
            used += (size_t)snprintf(text + used, sizeof text - used, "%u", out[i].worker);
    }
    assert_string_equal(text, wanted);
}

static void one_call_more_than_workers_is_beyond_cancellation(void **state)
{
    const struct lab_process_step steps[] = { SUBMIT(a), SUBMIT(b), SUBMIT(c), SUBMIT(d),
                                              SUBMIT(e), SUBMIT(f), SUBMIT(g), CANCEL(c),
                                              CANCEL(f), FINISH(a), FINISH(b) };
    (void)state;
    wants((struct lab_process_script){ .max_workers = 2, .steps = steps, .count = 11 },
          "0b0 0b1 0+a0 1+b1 2qc 3qd 4qe 5pf 6pg 8cf 9-a 9+c0 9qg 10-b 10+d1");
}

static void call_goes_to_the_worker_that_is_idle_longest(void **state)
{
    const struct lab_process_step steps[] = { SUBMIT(a), FINISH(a), SUBMIT(b), SUBMIT(c),
                                              SUBMIT(d) };
    (void)state;
    wants((struct lab_process_script){ .max_workers = 3, .steps = steps, .count = 5 },
          "0b0 0b1 0b2 0+a0 1-a 2+b1 3+c2 4+d0");
}

static void call_that_may_end_before_it_runs_ends_at_once(void **state)
{
    const struct lab_process_step steps[] = { SUBMIT(a), FINISH(b), SUBMIT(b), SUBMIT(c),
                                              FINISH(a) };
    (void)state;
    wants((struct lab_process_script){ .max_workers = 1, .steps = steps, .count = 5 },
          "0b0 0+a0 2qb 3qc 4-a 4-b 4+c0");
}

static const struct lab_process_step death[] = { SUBMIT(a), SUBMIT(b), SUBMIT(c),
                                                 SUBMIT(d), SUBMIT(e), SUBMIT(f),
                                                 CANCEL(f), SUBMIT(g), KILL(0) };

static void dead_worker_breaks_the_pool_and_all_that_is_not_over(void **state)
{
    (void)state;
    wants((struct lab_process_script){ .max_workers = 2, .steps = death, .count = 9 },
          "0b0 0b1 0+a0 1+b1 2qc 3qd 4qe 5pf 6cf 7pg 8g0 8g1 8!a 8!b 8!c 8!d 8!e 8!g");
}

static void broken_pool_takes_no_calls_and_an_idle_death_breaks_it_too(void **state)
{
    const struct lab_process_step steps[] = { SUBMIT(a), FINISH(a), KILL(1), SUBMIT(b) };
    (void)state;
    wants((struct lab_process_script){ .max_workers = 2, .steps = steps, .count = 4 },
          "0b0 0b1 0+a0 1-a 2g0 2g1 3xb");
}

static void isolated_death_takes_one_call_and_the_worker_is_replaced(void **state)
{
    (void)state;
    wants(
        (struct lab_process_script){
            .max_workers = 2, .is_isolated = true, .steps = death, .count = 9 },
        "0b0 0b1 0+a0 1+b1 2qc 3qd 4qe 5pf 6cf 7pg 8g0 8b2 8da 8+c2 8qg");
}

// The reader of the pipe dies with the lock, and the others go on, one at a time.
static void idle_death_takes_no_call(void **state)
{
    const struct lab_process_step steps[] = { SUBMIT(a), FINISH(a), KILL(1),   SUBMIT(b),
                                              SUBMIT(c), FINISH(b), FINISH(c), SUBMIT(d),
                                              SUBMIT(e), SUBMIT(f) };
    (void)state;
    wants(
        (struct lab_process_script){
            .max_workers = 2, .is_isolated = true, .steps = steps, .count = 10 },
        "0b0 0b1 0+a0 1-a 2g1 2b2 3+b0 4+c2 5-b 6-c 7+d0 8+e2 9qf");
}

static void worker_that_replaces_a_busy_one_counts_as_idle(void **state)
{
    const struct lab_process_step steps[] = { SUBMIT(a), KILL(0), SUBMIT(b), SUBMIT(c) };
    (void)state;
    wants((struct lab_process_script){ .max_workers = 2,
                                       .start = LAB_PROCESS_POOL_ON_DEMAND,
                                       .is_isolated = true,
                                       .steps = steps,
                                       .count = 4 },
          "0b0 0+a0 1g0 1b1 1da 2+b1 3b2 3+c2");
}

static void only_worker_dies_again_and_again(void **state)
{
    const struct lab_process_step steps[] = { SUBMIT(a), SUBMIT(b), KILL(0),
                                              KILL(1),   KILL(2),   SUBMIT(c) };
    (void)state;
    wants(
        (struct lab_process_script){
            .max_workers = 1, .is_isolated = true, .steps = steps, .count = 6 },
        "0b0 0+a0 1qb 2g0 2b1 2da 2+b1 3g1 3b2 3db 4g2 4b3 5+c3");
}

static void worker_ends_after_its_tasks_and_another_takes_its_place(void **state)
{
    const struct lab_process_step steps[] = { SUBMIT(a), SUBMIT(b), SUBMIT(c),
                                              SUBMIT(d), FINISH(a), FINISH(b) };
    // Limited, workers begin on demand.
    const struct lab_process_step two[] = { SUBMIT(a), SUBMIT(b), SUBMIT(c), FINISH(a) };
    (void)state;
    wants(
        (struct lab_process_script){
            .max_workers = 2, .max_tasks = 1, .steps = two, .count = 4 },
        "0b0 0+a0 1b1 1+b1 2qc 3g0 3b2 3-a 3+c2");
    wants(
        (struct lab_process_script){
            .max_workers = 1, .max_tasks = 1, .steps = steps, .count = 6 },
        "0b0 0+a0 1qb 2qc 3pd 4g0 4b1 4-a 4+b1 4qd 5g1 5b2 5-b 5+c2");
}

// A count of calls that were over would say that one is idle: the one that has gone.
static void worker_that_has_gone_is_replaced_whatever_was_promised(void **state)
{
    const struct lab_process_step steps[] = { SUBMIT(a), SUBMIT(b), SUBMIT(c), FINISH(a),
                                              FINISH(b) };
    (void)state;
    wants(
        (struct lab_process_script){
            .max_workers = 1, .max_tasks = 2, .steps = steps, .count = 5 },
        "0b0 0+a0 1qb 2qc 3-a 3+b0 4g0 4b1 4-b 4+c1");
}

static void pool_grows_on_demand_by_the_count_of_idle_workers(void **state)
{
    const struct lab_process_step steps[] = { SUBMIT(a), FINISH(a), SUBMIT(b), SUBMIT(c),
                                              SUBMIT(d) };
    (void)state;
    wants((struct lab_process_script){ .max_workers = 2,
                                       .start = LAB_PROCESS_POOL_ON_DEMAND,
                                       .steps = steps,
                                       .count = 5 },
          "0b0 0+a0 1-a 2+b0 3b1 3+c1 4qd");
}

static void closing_can_cancel_what_is_pending_but_not_what_is_in_the_pipe(void **state)
{
    const struct lab_process_step steps[] = { SUBMIT(a), SUBMIT(b), SUBMIT(c),
                                              SUBMIT(d), ABANDON,   SUBMIT(e),
                                              FINISH(a), FINISH(b), FINISH(c) };
    (void)state;
    wants((struct lab_process_script){ .max_workers = 1, .steps = steps, .count = 9 },
          "0b0 0+a0 1qb 2qc 3pd 4cd 5xe 6-a 6+b0 7-b 7+c0 8g0 8-c");
}

static void closing_can_drain(void **state)
{
    const struct lab_process_step steps[] = { SUBMIT(a), SUBMIT(b), SUBMIT(c),
                                              SUBMIT(d), DRAIN,     FINISH(a),
                                              FINISH(b), FINISH(c), FINISH(d) };
    (void)state;
    wants((struct lab_process_script){ .max_workers = 1, .steps = steps, .count = 9 },
          "0b0 0+a0 1qb 2qc 3pd 5-a 5+b0 5qd 6-b 6+c0 7-c 7+d0 8g0 8-d");
}

// A reader that has claimed the first call dies with the lock, before or after it took it.
static void die_reading(struct lab_process_pool_line *l, bool takes)
{
    struct lab_process_pool_message m;
    pid_t pid = fork();
    if (pid == 0) {
        pthread_mutex_lock(&l->lock);
        atomic_store(&l->holder, 0);
        atomic_store(&l->places[0].claim, 1);
        if (takes)
            (void)!recv(l->calls[0], &m, sizeof m, 0);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void lock_of_the_pipe_survives_its_holder_and_the_call_is_found(void **state)
{
    (void)state;
    for (int takes = 0; takes < 2; takes++) {
        struct lab_process_pool_line *l = lab_process_line_open();
        struct lab_process_pool_message m = { .number = 0 };
        int cargo;
        assert_non_null(l);
        lab_process_line_put(l, &m, LAB_PROCESS_NO_CARGO);
        m.number = 1;
        lab_process_line_put(l, &m, LAB_PROCESS_NO_CARGO);
        die_reading(l, takes);
        assert_true(lab_process_line_take(l, 1, &m, &cargo));
        assert_int_equal(m.number, takes);
        assert_int_equal(atomic_load(&l->taken), takes + 1);
        assert_int_equal(lab_process_line_bury(l, 0), takes);
        assert_int_equal(pthread_mutex_lock(&l->lock), 0); // in good order again
        pthread_mutex_unlock(&l->lock);
        lab_process_line_close(l);
    }
}

static void manager_repairs_the_lock_when_no_worker_is_there_to(void **state)
{
    (void)state;
    for (int takes = 0; takes < 2; takes++) {
        struct lab_process_pool_line *l = lab_process_line_open();
        const struct lab_process_pool_message m = { .number = 0 };
        assert_non_null(l);
        lab_process_line_put(l, &m, LAB_PROCESS_NO_CARGO);
        die_reading(l, takes);
        assert_int_equal(lab_process_line_bury(l, 0), takes);
        assert_int_equal(atomic_load(&l->taken), takes);
        assert_int_equal(pthread_mutex_lock(&l->lock), 0);
        pthread_mutex_unlock(&l->lock);
        lab_process_line_close(l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_call_more_than_workers_is_beyond_cancellation),
        cmocka_unit_test(call_goes_to_the_worker_that_is_idle_longest),
        cmocka_unit_test(call_that_may_end_before_it_runs_ends_at_once),
        cmocka_unit_test(dead_worker_breaks_the_pool_and_all_that_is_not_over),
        cmocka_unit_test(broken_pool_takes_no_calls_and_an_idle_death_breaks_it_too),
        cmocka_unit_test(isolated_death_takes_one_call_and_the_worker_is_replaced),
        cmocka_unit_test(idle_death_takes_no_call),
        cmocka_unit_test(worker_that_replaces_a_busy_one_counts_as_idle),
        cmocka_unit_test(only_worker_dies_again_and_again),
        cmocka_unit_test(worker_ends_after_its_tasks_and_another_takes_its_place),
        cmocka_unit_test(worker_that_has_gone_is_replaced_whatever_was_promised),
        cmocka_unit_test(pool_grows_on_demand_by_the_count_of_idle_workers),
        cmocka_unit_test(closing_can_cancel_what_is_pending_but_not_what_is_in_the_pipe),
        cmocka_unit_test(closing_can_drain),
        cmocka_unit_test(lock_of_the_pipe_survives_its_holder_and_the_call_is_found),
        cmocka_unit_test(manager_repairs_the_lock_when_no_worker_is_there_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
