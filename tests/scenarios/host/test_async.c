#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/scripts.h"

// Handlers on an event loop, in the language: what its words take and refuse, that a list and a
// function are the same run, and what a function sees of a cancellation.

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const char *with_handler(char *text, size_t size, const char *handler)
{
    snprintf(
        text, size,
        "scenario(\"t\", {duration = 5*s}) local gate = semaphore(2)\n"
        "local db = service(\"db\", {replicas = 2, executor = threads(2, {queue = 4}), "
        "handler = {[\"\"] = native(lognormal {median = 4*ms, p99 = 60*ms}), bad = "
        "{io(1*ms), fail(503)}}})\n"
        "service(\"api\", {runtime = cpython \"3.12\", cores = 2, executor = asyncio {limit "
        "= 20, queue = 50}, handler = %s})\n"
        "client(\"u\", {target = \"api\", arrivals = poisson(150), timeout(40*ms), cancel "
        "= true, req = {n = uniform(0, 3), id = 2}})\n",
        handler);
    return text;
}

static void both_forms_are_one_run(void **state)
{
    static const struct {
        const char *list, *function;
    } pairs[] = {
        { "{python(1*ms), io(exponential(2*ms)), native(0.5*ms)}",
          "function(req) await(python(1*ms)) await(io(exponential(2*ms))) await(native(0.5*ms)) end" },
        { "{python(1*ms), sleep(2.3*ms)}",
          "function(req) await(python(1*ms)) return sleep(2.3*ms) end" },
        { "{native(1*ms, {holds_gil = true}), blocking(1*ms)}",
          "function(req) await(native(1*ms, {holds_gil = true})) await(blocking(1*ms)) end" },
        { "{io(req.id * 1*ms)}", "function(req) await(io(req.id * 1*ms)) end" },
        { "{blocking(call(db)), python(req.n * 1*ms)}",
          "function(req) await(blocking(call(db))) await(python(req.n * 1*ms)) end" },
        { "try(call(db, {timeout(8*ms)}), {timeout = io(3*ms), cancelled = python(1*ms)})",
          "function(req) local ok, e = pcall(await, call(db, {timeout(8*ms)})) if not ok then if "
          "e.outcome == \"timeout\" then await(io(3*ms)) elseif e.outcome == \"cancelled\" then "
          "await(python(1*ms)) else error(e) end end end" },
        { "task_group {call(db), sleep(3*ms), python(1*ms)}",
          "function(req) await(task_group {call(db), sleep(3*ms), python(1*ms)}) end" },
        { "{create_task {io(5*ms), python(1*ms)}, call(db)}",
          "function(req) create_task {io(5*ms), python(1*ms)} await(call(db)) end" },
        { "shield {call(db), python(1*ms)}",
          "function(req) await(shield {call(db), python(1*ms)}) end" },
        { "with({timeout(20*ms), gate}, {io(3*ms), call(db)})",
          "function(req) return with({timeout(20*ms), gate}, {io(3*ms), call(db)}) end" },
        { "{to_thread(python(1*ms)), io(1*ms)}",
          "function(req) await(to_thread(python(1*ms))) await(io(1*ms)) end" },
        { "gather {call(db), io(3*ms), python(1*ms)}",
          "gather {function(req) await(call(db)) end, io(3*ms), python(1*ms)}" },
        { "{}", "function(req) end" },
    };
    char list[4096], function[4096];
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++)
        for (uint64_t seed = 1; seed <= 3; seed++) {
            with_handler(list, sizeof list, pairs[i].list);
            with_handler(function, sizeof function, pairs[i].function);
            if (script_digest(list, seed) == script_digest(function, seed))
                continue;
            print_error("seed %d differs:\n  %s\n  %s\n", (int)seed, pairs[i].list,
                        pairs[i].function);
            wrong++;
        }
    assert_int_equal(wrong, 0);
}

static void executors_are_taken(void **state)
{
    static const char *const executors[] = {
        "asyncio()",
        "asyncio {}",
        "asyncio {limit = 5}",
        "asyncio {limit = 5, queue = 10, discipline = \"lifo\", max_wait = 1*s, drop_expired = true}",
        "asyncio {threads = 4, probe = 50*ms}",
    };
    char text[1024];
    struct scn_error e;
    (void)state;
    for (size_t i = 0; i < COUNT(executors); i++) {
        snprintf(
            text, sizeof text,
            "scenario(\"t\", {duration = 1*s}) service(\"api\", {executor = %s, handler = "
            "io(1*ms)})\nclient(\"u\", {target = \"api\", arrivals = constant(10)})",
            executors[i]);
        if (!script_builds(text, &e))
            fail_msg("%s: %s", executors[i], e.text);
    }
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *executor, *handler, *says;
    } list[] = {
        { "asyncio {limt = 5}", "io(1*ms)", "did you mean \"limit\"" },
        { "asyncio {limit = 0}", "io(1*ms)", "limit" },
        { "asyncio {queue = 5}", "io(1*ms)", "without a limit" },
        { "asyncio {probe = 10*us}", "io(1*ms)", "each millisecond at most" },
        { "threads(2)", "create_task(io(1*ms))", "an event loop's" },
        { "threads(2)", "shield(io(1*ms))", "an event loop's" },
        { "threads(2)", "task_group {io(1*ms)}", "an event loop's" },
        { "asyncio {}", "blocking(gather {io(1*ms), io(1*ms)})", "a blocked event loop" },
        { "asyncio {}", "to_thread(task_group {io(1*ms)})", "an event loop's" },
        { "asyncio {}", "task_group(1)", "task_group" },
        { "asyncio {}", "run_in_executor(asyncio {limit = 2}, io(1*ms))",
          "an event loop is no pool" },
    };
    char text[1024];
    struct scn_error e;
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(list); i++) {
        snprintf(
            text, sizeof text,
            "scenario(\"t\", {duration = 1*s}) service(\"api\", {executor = %s, handler = "
            "%s})\nclient(\"u\", {target = \"api\", arrivals = constant(10)})",
            list[i].executor, list[i].handler);
        if (!script_builds(text, &e) && strstr(e.text, list[i].says))
            continue;
        print_error("%s, %s: wanted \"%s\", got \"%s\"\n", list[i].executor,
                    list[i].handler, list[i].says, e.text);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

// ---- What a function sees ----

// One request a second for four seconds; its client leaves after 10 ms and says so.
static double measured(const char *handler, const char *path)
{
    char text[2048];
    struct scn_result result;
    snprintf(
        text, sizeof text,
        "scenario(\"t\", {duration = 5*s})\n"
        "local log = service(\"log\", {executor = threads(9), handler = io(0)})\n"
        "service(\"api\", {executor = asyncio {}, handler = %s})\n"
        "client(\"u\", {target = \"api\", arrivals = burst(1, {at = 1*s}), timeout(10*ms), "
        "cancel = true})\n",
        handler);
    script_run(text, NULL, 1, &result);
    assert_int_equal(result.end, SCN_DONE);
    double x = script_measure(&result, path);
    scn_result_close(&result);
    return x;
}

static void a_function_is_told_who_cancelled(void **state)
{
    (void)state;
    const char *by_caller =
        "function(req) local ok, e = pcall(await, io(1*s)) if e.outcome == "
        "\"cancelled\" and e.by == \"caller\" then await(call(log)) end error(e) end";
    const char *by_timeout =
        "with(timeout(5*ms), function(req) local ok, e = pcall(await, io(1*s)) if "
        "e.by == \"timeout\" then await(call(log)) end error(e) end)";
    assert_true(measured(by_caller, "log.arrivals") == 1);
    assert_true(measured(by_caller, "api.cancelled") == 1);
    assert_true(measured(by_timeout, "log.arrivals") == 1);
    assert_true(measured(by_timeout, "api.failed.timeout") == 1);
}

static void a_task_can_be_cancelled(void **state)
{
    (void)state;
    const char *cancels =
        "function(req) local t = create_task {io(3*ms), call(log)} await(io(1*ms)) "
        "t:cancel() end";
    const char *too_late =
        "function(req) local t = create_task {io(3*ms), call(log)} await(io(6*ms)) "
        "t:cancel() end";
    assert_true(measured(cancels, "log.arrivals") == 0);
    assert_true(measured(too_late, "log.arrivals") == 1);
    assert_true(measured(too_late, "api.ok") == 1);
}

static void what_a_function_swallows_is_a_ghost(void **state)
{
    (void)state;
    const char *swallows =
        "function(req) pcall(await, io(1*s)) await(io(20*ms)) await(call(log)) end";
    assert_true(measured(swallows, "log.arrivals") == 1);
    assert_true(measured(swallows, "api.ghosts") == 1);
    double ghost_s = measured(swallows, "api.ghost_s");
    assert_true(ghost_s > 0.0299 && ghost_s < 0.0301);
}

static void abandoned_thread_keeps_its_place(void **state)
{
    (void)state;
    const char *thread =
        "{try(with(timeout(2*ms), to_thread {io(5*ms), call(log)}), {timeout = {}})}";
    assert_true(measured(thread, "log.arrivals") == 1);
    assert_true(measured(thread, "api.ok") == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_are_one_run),
        cmocka_unit_test(executors_are_taken),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(a_function_is_told_who_cancelled),
        cmocka_unit_test(a_task_can_be_cancelled),
        cmocka_unit_test(what_a_function_swallows_is_a_ghost),
        cmocka_unit_test(abandoned_thread_keeps_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
