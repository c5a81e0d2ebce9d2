#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "labs/kit/verify.h"

static void verify(const char *name, struct lab_verify_def def, struct lab_report *report)
{
    const char *const names[] = { name };
    def.names = names;
    def.count = 1;
    lab_verify(&def, report);
}

static struct lab_verify_def decisions_only(void)
{
    struct lab_verify_def def;
    lab_verify_default(&def);
    def.has_statistics = false;
    def.random_scripts = 60;
    return def;
}

static void agrees(const char *name, uint32_t least)
{
    struct lab_report r;
    verify(name, decisions_only(), &r);
    assert_true(r.count >= least);
    for (uint32_t i = 0; i < r.count; i++) {
        if (r.checks[i].verdict != LAB_AGREE)
            fail_msg("%s: %s: %s", r.checks[i].name, lab_verdict_name(r.checks[i].verdict),
                     r.checks[i].detail);
    }
}

static const struct lab_check *check_of(const struct lab_report *r, const char *name)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (strcmp(r->checks[i].name, name) == 0)
            return &r->checks[i];
    fail_msg("there is no check %s", name);
    return NULL;
}

static void both_sides_of_the_gil_decide_alike(void **state)
{
    (void)state;
    agrees("gil", 16);
}

static void both_sides_of_the_thread_pool_decide_alike(void **state)
{
    (void)state;
    agrees("thread_pool", 10);
}

static void both_sides_of_the_lock_decide_alike(void **state)
{
    (void)state;
    agrees("lock", 8);
}

static void wrong_fairness_of_the_lock_is_seen(void **state)
{
    struct lab_report r;
    struct lab_verify_def def = decisions_only();
    (void)state;
    def.fairness_factor = 2;
    verify("lock", def, &r);
    assert_int_equal(check_of(&r, "lock/mutex is handed over after a millisecond")->verdict,
                     LAB_DIFFER);
    assert_int_equal(check_of(&r, "lock/random threads")->verdict, LAB_DIFFER);
    // A semaphore is never handed over.
    assert_int_equal(check_of(&r, "lock/semaphore goes to whoever is awake")->verdict,
                     LAB_AGREE);
}

static void both_sides_of_the_process_pool_decide_alike(void **state)
{
    (void)state;
    agrees("process_pool", 7);
}

static void wrong_number_of_processes_is_seen(void **state)
{
    struct lab_report r;
    struct lab_verify_def def = decisions_only();
    (void)state;
    def.wrong_workers = 1;
    verify("process_pool", def, &r);
    assert_int_equal(check_of(&r, "process_pool/one call more than workers is beyond "
                                  "cancellation")
                         ->verdict,
                     LAB_DIFFER);
    assert_int_equal(check_of(&r, "process_pool/all calls run in their order")->verdict,
                     LAB_AGREE);
}

static void both_sides_of_the_event_loop_decide_alike(void **state)
{
    (void)state;
    agrees("event_loop", 9);
}

static void wrong_rounding_of_the_poll_is_seen(void **state)
{
    struct lab_report r;
    struct lab_verify_def def = decisions_only();
    (void)state;
    def.poll_factor = 2;
    verify("event_loop", def, &r);
    assert_int_equal(
        check_of(&r, "event_loop/poll is rounded up to whole milliseconds")->verdict,
        LAB_DIFFER);
    assert_int_equal(check_of(&r, "event_loop/random tasks")->verdict, LAB_DIFFER);
    // What never polls for a timer is not rounded.
    assert_int_equal(
        check_of(&r, "event_loop/tasks run to completion in the order of their coming")
            ->verdict,
        LAB_AGREE);
}

static void wrong_switch_interval_is_seen(void **state)
{
    struct lab_report r;
    struct lab_verify_def def = decisions_only();
    (void)state;
    def.interval_factor = 1.2;
    verify("gil", def, &r);
    assert_int_equal(check_of(&r, "gil/waiter asks after a whole interval")->verdict,
                     LAB_DIFFER);
    assert_int_equal(check_of(&r, "gil/random threads")->verdict, LAB_DIFFER);
    assert_true(r.verdicts[LAB_DIFFER] > r.count / 2);
}

static void wrong_growth_of_the_pool_is_seen(void **state)
{
    struct lab_report r;
    struct lab_verify_def def = decisions_only();
    (void)state;
    def.wrong_workers = 1;
    verify("thread_pool", def, &r);
    assert_int_equal(
        check_of(&r, "thread_pool/pool grows for each call of a burst")->verdict,
        LAB_DIFFER);
    // One that needs no more workers than it has says nothing of how many there may be.
    assert_int_equal(check_of(&r, "thread_pool/a call begins the first worker")->verdict,
                     LAB_AGREE);
}

// The script that is shown is small: it differs without hardly anything in it.
static void random_script_that_differs_is_made_small(void **state)
{
    struct lab_report r;
    struct lab_verify_def def = decisions_only();
    const char *at;
    uint32_t numbers = 0;
    (void)state;
    def.wrong_workers = 1;
    verify("thread_pool", def, &r);
    const struct lab_check *c = check_of(&r, "thread_pool/random calls");
    assert_int_equal(c->verdict, LAB_DIFFER);
    assert_true(c->error >= 1 && c->error <= c->real);
    at = strstr(c->detail, ", as ");
    assert_non_null(at);
    const char *end = strchr(at, ':');
    assert_non_null(end);
    for (; at < end; at++)
        numbers += *at == '/';
    // Four numbers an item: two calls are enough to need a second worker.
    assert_true(numbers <= 3 * 3);
    assert_non_null(strstr(end, "real "));
}

// The interpreter that is faked finds no module.
static void servers_without_their_packages_are_absent_by_name(void **state)
{
    struct lab_report r;
    struct lab_verify_def def;
    (void)state;
    lab_verify_default(&def);
    def.labs = LABS;
    def.python = FAKE_PYTHON;
    verify("servers", def, &r);
    assert_int_equal(r.verdicts[LAB_ABSENT], r.count);
    static const char *const lacks[][2] = {
        { "servers/gunicorn sync", "gunicorn not there" },
        { "servers/uvicorn", "uvicorn not there" },
        { "servers/FastAPI", "python3-fastapi and uvicorn not" },
        { "servers/Django", "python3-django and gunicorn not" },
        { "servers/Celery", "celery not there" },
    };
    for (size_t i = 0; i < sizeof lacks / sizeof *lacks; i++)
        assert_non_null(strstr(check_of(&r, lacks[i][0])->detail, lacks[i][1]));
}

static void what_is_named_twice_is_verified_once(void **state)
{
    struct lab_report once, twice;
    const char *const names[] = { "thread_pool", "thread_pool" };
    struct lab_verify_def def = decisions_only();
    (void)state;
    verify("thread_pool", def, &once);
    def.names = names;
    def.count = 2;
    lab_verify(&def, &twice);
    assert_int_equal(twice.count, once.count);
}

// Of each real server that is there, each figure has the model's beside it.
static void every_figure_of_a_server_is_asked_of_the_model(void **state)
{
    struct lab_report r;
    struct lab_verify_def def;
    (void)state;
    lab_verify_default(&def);
    def.labs = LABS;
    def.budget_s = 0;
    verify("servers", def, &r);
    assert_true(r.count >= 6);
    for (uint32_t i = 0; i < r.count; i++) {
        const struct lab_check *c = &r.checks[i];
        bool is_asked = c->verdict != LAB_ABSENT && !strstr(c->name, "Celery");
        if (!is_asked || isnan(c->model)) // on a machine so busy that the time was over
            continue;
        assert_true(c->model > 0.05 && c->model < 100);
        assert_int_equal(c->verdict, LAB_UNDECIDED);
    }
}

static void every_check_is_counted_once(void **state)
{
    struct lab_report r;
    uint32_t sum = 0;
    (void)state;
    verify("gil", decisions_only(), &r);
    for (uint32_t v = 0; v < LAB_VERDICTS; v++)
        sum += r.verdicts[v];
    assert_int_equal(sum, r.count);
}

static void interpreter_that_is_not_there_is_absent(void **state)
{
    struct lab_report r;
    struct lab_verify_def def = decisions_only();
    (void)state;
    def.labs = LABS;
    def.python = "/nowhere/python3";
    verify("cpython", def, &r);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.verdicts[LAB_ABSENT], 1);
    assert_string_equal(r.interpreter, "");
}

// Of the real interpreter, if there is one, each figure that has a model's is in the report.
static void every_figure_of_the_interpreter_is_asked_of_the_model(void **state)
{
    struct lab_report r;
    struct lab_verify_def def;
    (void)state;
    lab_verify_default(&def);
    def.labs = LABS;
    def.budget_s = 0;
    verify("cpython", def, &r);
    if (r.verdicts[LAB_ABSENT] > 0)
        return;
    assert_true(strncmp(r.interpreter, "CPython 3.", 10) == 0);
    assert_true(r.count >= 20);
    for (uint32_t i = 0; i < r.count; i++) {
        assert_true(r.checks[i].model > 0);
        assert_int_equal(r.checks[i].verdict, LAB_UNDECIDED);
    }
}

static bool nobody_wants_it(void *ctx)
{
    (void)ctx;
    return false;
}

static void interpreter_is_not_asked_after_the_end(void **state)
{
    struct lab_report r;
    struct lab_verify_def def;
    (void)state;
    lab_verify_default(&def);
    def.labs = LABS;
    def.goes_on = nobody_wants_it;
    verify("cpython", def, &r);
    assert_true(r.count <= 1);
}

// Whether the real lock is as fast as the model says is for `convoy verify` to tell: here no
// clock decides. On a busy machine all of them may be undecided.
static void verdict_follows_from_the_figures(void **state)
{
    struct lab_verify_def def;
    struct lab_report r;
    uint32_t statistics = 0;
    (void)state;
    lab_verify_default(&def);
    verify("gil", def, &r);
    for (uint32_t i = 0; i < r.count; i++) {
        const struct lab_check *c = &r.checks[i];
        if (c->kind != LAB_STATISTIC)
            continue;
        statistics++;
        assert_true(c->model > 0.9 && c->model < 1.2);
        bool is_within = fabs(c->error) + c->interval <= c->limit;
        bool is_beyond =
            fabs(c->error) - c->interval > c->limit && fabs(c->error) > 2 * c->interval;
        assert_int_equal(c->verdict, is_within   ? LAB_AGREE
                                     : is_beyond ? LAB_DIFFER
                                                 : LAB_UNDECIDED);
    }
    assert_int_equal(statistics, 6);
}

static void wrong_switch_interval_agrees_with_no_statistic(void **state)
{
    struct lab_verify_def def;
    struct lab_report r;
    (void)state;
    lab_verify_default(&def);
    def.interval_factor = 0.5;
    verify("gil", def, &r);
    for (uint32_t i = 0; i < r.count; i++)
        if (r.checks[i].kind == LAB_STATISTIC)
            assert_int_not_equal(r.checks[i].verdict, LAB_AGREE);
}

// Each load has both sides' figures; a busy machine leaves all of them undecided.
static void no_load_agrees_with_a_wrong_constant(void **state)
{
    static const struct {
        const char *mechanism, *check;
        double fairness_factor, poll_factor, wake_factor;
        int wrong_workers;
    } cases[] = {
        { "thread_pool", "thread_pool/24 calls at once, 4 threads against 1", 1, 1, 1, 2 },
        { "process_pool", "process_pool/24 calls at once, 4 workers against 1", 1, 1, 1,
          2 },
        { "process_pool", "process_pool/round trip by bytes, 1 MB against 1 kB", 1, 1, 10,
          0 },
        { "lock", "lock/mutex that two want at once, changes of hands", 4, 1, 1, 0 },
        { "event_loop", "event_loop/blocking calls in a thread, mean nap", 1, 3, 1, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lab_report right, wrong;
        struct lab_verify_def def;
        lab_verify_default(&def);
        def.labs = LABS;
        def.random_scripts = 0;
        def.budget_s = 0;
        verify(cases[i].mechanism, def, &right);
        def.budget_s = 10;
        def.fairness_factor = cases[i].fairness_factor;
        def.poll_factor = cases[i].poll_factor;
        def.wake_factor = cases[i].wake_factor;
        def.wrong_workers = cases[i].wrong_workers;
        verify(cases[i].mechanism, def, &wrong);
        const struct lab_check *c = check_of(&wrong, cases[i].check);
        assert_true(check_of(&right, cases[i].check)->model > 0);
        assert_true(fabs(c->model / check_of(&right, cases[i].check)->model - 1) >
                    c->limit);
        assert_int_not_equal(c->verdict, LAB_AGREE);
    }
}

// With an argument: the slow ones.
int main(int argc, char **argv)
{
    const struct CMUnitTest slow[] = {
        cmocka_unit_test(every_figure_of_the_interpreter_is_asked_of_the_model),
        cmocka_unit_test(every_figure_of_a_server_is_asked_of_the_model),
        cmocka_unit_test(verdict_follows_from_the_figures),
        cmocka_unit_test(wrong_switch_interval_agrees_with_no_statistic),
        cmocka_unit_test(no_load_agrees_with_a_wrong_constant),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_of_the_gil_decide_alike),
        cmocka_unit_test(both_sides_of_the_thread_pool_decide_alike),
        cmocka_unit_test(both_sides_of_the_lock_decide_alike),
        cmocka_unit_test(both_sides_of_the_event_loop_decide_alike),
        cmocka_unit_test(wrong_rounding_of_the_poll_is_seen),
        cmocka_unit_test(both_sides_of_the_process_pool_decide_alike),
        cmocka_unit_test(wrong_number_of_processes_is_seen),
        cmocka_unit_test(wrong_fairness_of_the_lock_is_seen),
        cmocka_unit_test(wrong_switch_interval_is_seen),
        cmocka_unit_test(wrong_growth_of_the_pool_is_seen),
        cmocka_unit_test(random_script_that_differs_is_made_small),
        cmocka_unit_test(servers_without_their_packages_are_absent_by_name),
        cmocka_unit_test(what_is_named_twice_is_verified_once),
        cmocka_unit_test(every_check_is_counted_once),
        cmocka_unit_test(interpreter_that_is_not_there_is_absent),
        cmocka_unit_test(interpreter_is_not_asked_after_the_end),
    };
    (void)argv;
    return argc > 1 ? cmocka_run_group_tests(slow, NULL, NULL)
                    : cmocka_run_group_tests(tests, NULL, NULL);
}
