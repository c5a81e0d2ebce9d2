#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/scripts.h"

// A handler as a list and as a function: the same run, to the last event. And what only
// functions can do wrong.

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const char *with_handler(char *text, size_t size, const char *handler)
{
    snprintf(
        text, size,
        "scenario(\"t\", {duration = 5*s}) local gate = semaphore(2)\n"
        "local few = rate_limit(\"gcra\", {limit = 60, burst = 3, per = req.plan})\n"
        "local even = rate_limit(\"leaky_queue\", {limit = 90})\n"
        "local all = rate_limit(\"fixed_window\", {limit = 20, per = req.plan, store = "
        "store(\"redis\", {read = 1*ms, write = 1*ms})})\n"
        "local db = service(\"db\", {replicas = 2, executor = threads(2, {queue = 4}), handler = "
        "{[\"\"] = native(lognormal {median = 4*ms, p99 = 60*ms}), bad = {io(1*ms), fail(503)}}})\n"
        "service(\"api\", {runtime = cpython \"3.12\", cores = 2, executor = threads(8, {queue = "
        "50}), handler = %s})\n"
        "client(\"u\", {target = \"api\", arrivals = poisson(200), timeout(300*ms), cancel = "
        "true, deadline = true, req = {n = uniform(0, 3), plan = choose {{0.3, 1}, {0.7, 2}}}})\n"
        "between(2*s, 3*s, db:slow(4))\n",
        handler);
    return text;
}

struct pair {
    const char *list, *function;
};

static void both_forms_are_one_run(void **state)
{
    static const struct pair pairs[] = {
        { "{python(1*ms), io(exponential(2*ms)), native(0.5*ms)}",
          "function(req) await(python(1*ms)) await(io(exponential(2*ms))) "
          "await(native(0.5*ms)) end" },
        { "{python(1*ms), io(2*ms)}", "function(req) await {python(1*ms), io(2*ms)} end" },
        { "{python(1*ms), io(2*ms)}",
          "function(req) await(python(1*ms)) return io(2*ms) end" },
        { "{python(1*ms), io(2*ms)}",
          "{python(1*ms), function(req) return {io(2*ms)} end}" },
        { "{native(2*ms, {holds_gil = true}), blocking(1*ms)}",
          "function(req) await(native(2*ms, {holds_gil = true})) await(blocking(1*ms)) end" },
        { "{python(req.n * 1*ms), io(req.n * 1*ms + 1*ms)}",
          "function(req) await(python(req.n * 1*ms)) await(io(req.n * 1*ms + 1*ms)) end" },
        { "{python(1*ms), call(db, {retry {max_attempts = 3, base = 5*ms}, timeout(30*ms)})}",
          "function(req) await(python(1*ms)) await(call(db, {retry {max_attempts = 3, base = "
          "5*ms}, timeout(30*ms)})) end" },
        { "{call(db), python(1*ms)}",
          "function(req) await(call(db)) await(python(1*ms)) end" },
        { "try(call(db, {route = \"bad\"}), {error = python(1*ms), any = {}})",
          "function(req) local ok, e = pcall(await, call(db, {route = \"bad\"})) if not ok and "
          "e.outcome == \"error\" then await(python(1*ms)) end end" },
        { "try(call(db, {timeout(8*ms)}), {timeout = io(3*ms)})",
          "function(req) local ok, e = pcall(await, call(db, {timeout(8*ms)})) if not ok then if "
          "e.outcome ~= \"timeout\" then error(e) end await(io(3*ms)) end end" },
        { "{with(few, io(1*ms)), with(even, python(1*ms))}",
          "function(req) local ok, e = pcall(await, with(few, io(1*ms))) if not ok then "
          "assert(e.outcome == \"rejected\" and e.by == \"rate_limit\" and e.status == 429) "
          "error(e) end await(with(even, python(1*ms))) end" },
        { "{try({call(db, {timeout(8*ms)})}, {rejected = reply(202)}), python(1*ms)}",
          "function(req) local ok, e = pcall(await, call(db, {timeout(8*ms)})) if not ok then if "
          "e.outcome ~= \"rejected\" then error(e) end await(reply(202)) end "
          "await(python(1*ms)) end" },
        { "{gather {call(db), io(3*ms), python(1*ms)}, python(0.2*ms)}",
          "function(req) await(gather {call(db), io(3*ms), python(1*ms)}) "
          "await(python(0.2*ms)) end" },
        { "gather(3, call(db), {need = 2})",
          "function(req) await(gather(3, call(db), {need = 2})) end" },
        { "with(timeout(5*ms), gather {try(io(50*ms), {finally = io(10*ms)}), io(1*ms)})",
          "with(timeout(5*ms), gather {function(req) local ok, e = pcall(await, io(50*ms)) "
          "await(io(10*ms)) if not ok then error(e) end end, io(1*ms)})" },
        { "{call(db, {timeout(8*ms)}), python(1*ms)}",
          "function(req) await(call(db, {timeout(8*ms)})) await(python(1*ms)) end" },
        { "with(gate, {io(3*ms), call(db)})",
          "function(req) await(with(gate, {io(3*ms), call(db)})) end" },
        { "with({timeout(20*ms), gate}, call(db))",
          "function(req) return with({timeout(20*ms), gate}, call(db)) end" },
        { "times(3, {python(0.3*ms), io(1*ms)})",
          "function(req) for i = 1, 3 do await(python(0.3*ms)) await(io(1*ms)) end end" },
        { "choose {{0.4, io(2*ms)}, {0.3, python(1*ms)}}",
          "function(req) await(choose {{0.4, io(2*ms)}, {0.3, python(1*ms)}}) end" },
        { "choose(req.plan, {[1] = io(2*ms), other = python(1*ms)})",
          "function(req) if req.plan == 1 then await(io(2*ms)) else await(python(1*ms)) end "
          "end" },
        { "{python(1*ms), fail(503)}",
          "function(req) await(python(1*ms)) await(fail(503)) end" },
        { "{python(1*ms), fail(503)}",
          "function(req) await(python(1*ms)) return fail(503) end" },
        { "{python(1*ms), reply(201), io(2*ms)}",
          "function(req) await(python(1*ms)) await(reply(201)) await(io(2*ms)) end" },
        { "{python(1*ms), reply(201)}",
          "function(req) await(python(1*ms)) return reply(201) end" },
        { "{io(exponential(2*ms))}",
          "function(req) local d = draw(exponential(2*ms)) await(io(d)) end" },
        { "{io(choose {{0.5, 1*ms}, {0.5, 2*ms}})}",
          "function(req) await(io(draw(choose {{0.5, 1*ms}, {0.5, 2*ms}}))) end" },
        { "{io(2*ms)}",
          "function(req) local t = now() await(io(2*ms)) assert(math.abs(now() - t "
          "- 2*ms) < 1e-9) end" },
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

// What a digest would not tell of: that another handler gives another one.
static void another_handler_gives_another_digest(void **state)
{
    char text[4096];
    (void)state;
    uint64_t one = script_digest(with_handler(text, sizeof text, "io(2*ms)"), 1);
    uint64_t other = script_digest(
        with_handler(text, sizeof text, "function(req) await(io(2*ms + 1*ns)) end"), 1);
    assert_true(one != other);
}

static void ok_is(const char *handler, double ok, double failed)
{
    char text[2048];
    struct scn_result r;
    char shown[4096];
    snprintf(
        text, sizeof text,
        "scenario(\"t\", {duration = 2*s}) service(\"bad\", {handler = {io(1*ms), "
        "fail(503)}})\nservice(\"slow\", {executor = threads(1, {queue = 0}), handler = "
        "io(1*s)})\nservice(\"api\", {executor = threads(math.huge), handler = %s})\n"
        "client(\"u\", {target = \"api\", arrivals = burst(5)})\n",
        handler);
    script_run(text, NULL, 1, &r);
    if (r.end != SCN_DONE)
        fail_msg("%s: %s", handler, script_error_text(&r.error, shown, sizeof shown));
    if (script_measure(&r, "u.ok") != ok || script_measure(&r, "u.failed") != failed)
        fail_msg("%s: %g well, %g failed", handler, script_measure(&r, "u.ok"),
                 script_measure(&r, "u.failed"));
    scn_result_close(&r);
}

static void a_failure_is_raised_and_can_be_caught(void **state)
{
    (void)state;
    ok_is("function(req) await(call \"bad\") end", 0, 5);
    ok_is("function(req) pcall(await, call \"bad\") end", 5, 0);
    ok_is(
        "function(req) local ok, e = pcall(await, call \"bad\") assert(not ok and e.outcome "
        "== \"error\" and e.status == 503) end",
        5, 0);
    ok_is("function(req) local ok, e = pcall(await, call \"bad\") error(e) end", 0, 5);
    ok_is(
        "function(req) local ok, e = pcall(await, with(timeout(1*ms), io(1*s))) assert(not ok "
        "and e.outcome == \"timeout\") end",
        5, 0);
    // One is let in, four are refused.
    ok_is("function(req) local ok, e = pcall(await, call \"slow\") if not ok then "
          "assert(e.outcome == \"rejected\" and e.by) error(e) end end",
          1, 4);
    ok_is(
        "function(req) local ok, e = pcall(function() await(io(1*ms)) await(fail(500)) end) "
        "assert(not ok and e.status == 500) end",
        5, 0);
    ok_is("function(req) error({outcome = \"error\", status = 404}) end", 0, 5);
    // A script may say that somebody rejected it who is not there.
    ok_is("(function() local inner = with(timeout(9*s), {function(req) "
          "error({outcome = \"rejected\", code = 77, status = 99}) end}) "
          "return function(req) local ok, e = pcall(await, inner) "
          "assert(e.outcome == \"rejected\" and e.by == \"queue\") end end)()",
          5, 0);
    ok_is("(function() local inner = with(timeout(9*s), {function(req) "
          "error({outcome = \"cancelled\", status = 99}) end}) "
          "return function(req) local ok, e = pcall(await, inner) "
          "assert(e.outcome == \"cancelled\" and e.by == \"caller\") end end)()",
          5, 0);
    // Who rejected it is known behind a second throw, too.
    ok_is("(function() local inner = with(timeout(9*s), {function(req) local fine, first = "
          "pcall(await, call \"slow\") if not fine then error(first) end end}) "
          "return function(req) local ok, e = pcall(await, inner) "
          "assert(ok or e.by == \"queue\") if not ok then error(e) end end end)()",
          1, 4);
    ok_is(
        "(function() local once = rate_limit(\"fixed_window\", {limit = 3, window = 1*hour, "
        "status = 418}) local inner = with(timeout(9*s), {function(req) local fine, first = "
        "pcall(await, with(once, io(0))) if not fine then error(first) end end}) "
        "return function(req) local ok, e = pcall(await, inner) "
        "assert(ok or e.by == \"rate_limit\" and e.status == 418) if not ok then error(e) "
        "end end end)()",
        3, 2);
}

// As an exception that leaves a coroutine is what its task ends with: the visit ends with it,
// and who asked is told the same.
static void ends_as(const char *handler, const char *outcome)
{
    char text[2048], path[64];
    struct scn_result r;
    snprintf(text, sizeof text,
             "scenario(\"t\", {duration = 20*s}) service(\"bad\", {handler = fail(503)})\n"
             "service(\"slow\", {executor = threads(1, {queue = 0}), handler = io(10*s)})\n"
             "service(\"api\", {executor = threads(math.huge), handler = %s})\n"
             "client(\"first\", {target = \"slow\", arrivals = burst(1)})\n"
             "client(\"u\", {target = \"api\", arrivals = burst(1, {at = 1*s})})\n",
             handler);
    script_run(text, NULL, 1, &r);
    assert_int_equal(r.end, SCN_DONE);
    for (int who = 0; who < 2; who++) {
        snprintf(path, sizeof path, "%s.failed.%s", who ? "u" : "api", outcome);
        if (script_measure(&r, path) != 1)
            fail_msg("%s: %s is %g", handler, path, script_measure(&r, path));
    }
    scn_result_close(&r);
}

static void what_nobody_catches_is_what_the_visit_ends_with(void **state)
{
    (void)state;
    ends_as("call(\"bad\")", "error");
    ends_as("function(req) await(call \"bad\") end", "error");
    ends_as("{call(\"slow\")}", "rejected");
    ends_as("function(req) await(call \"slow\") await(io(1*ms)) end", "rejected");
    ends_as("with(timeout(5*ms), io(1*s))", "timeout");
    ends_as("function(req) await(with(timeout(5*ms), io(1*s))) end", "timeout");
    ends_as("function(req) return with(timeout(5*ms), io(1*s)) end", "timeout");
    // Raised again, and made into another.
    ends_as("function(req) local ok, e = pcall(await, call \"slow\") error(e) end",
            "rejected");
    ends_as("function(req) pcall(await, call \"slow\") return fail(503) end", "error");
    ends_as("try(call(\"slow\"), {rejected = fail(503)})", "error");
}

static void bug(const char *handler, int line, const char *says)
{
    char text[2048], shown[4096];
    struct scn_result r;
    snprintf(text, sizeof text,
             "scenario(\"t\", {duration = 2*s})\nlocal db = service(\"db\", {handler = "
             "io(1*ms)})\nservice(\"api\", {handler = function(req)\n%s\nend})\n"
             "client(\"u\", {target = \"api\", arrivals = constant(5)})\n",
             handler);
    script_run(text, NULL, 1, &r);
    script_error_text(&r.error, shown, sizeof shown);
    if (r.end != SCN_BAD_SCRIPT || r.error.line != line || !strstr(shown, says) ||
        !r.error.excerpt[0])
        fail_msg("%s\nended %d: expected line %d, %s\n%s", handler, (int)r.end, line, says,
                 shown);
    assert_string_equal(r.error.file, "test.lua");
    scn_result_close(&r);
}

static void a_bug_in_a_handler_ends_the_run_with_its_line(void **state)
{
    (void)state;
    bug("local x = nil + 1", 4, "arithmetic");
    bug("await(io(1*ms))\nlocal x = req.none", 5, "field \"none\"");
    bug("await(io(1*ms))\n\nerror(\"own words\")", 6, "own words");
    bug("error({})", 4, "no text");
    bug("await(3)", 4, "expected a step");
    bug("await()", 4, "expected a step");
    bug("return 3", 3, "expected a step");
    bug("await(pyton(1*ms))", 4, "did you mean \"python\"");
    bug("await(python(-1))", 4, "python is -1");
    bug("await(python(0/0))", 4, "python is");
    bug("await(call(\"dbb\"))", 4, "dbb");
    bug("await(io(1*ms), 2)", 4, "at most 1 argument");
    bug("table.sort({3, 2, 1}, function(a, b) await(io(1*ms)) return a < b end)", 4,
        "await acts only");
}

static void the_world_is_not_built_in_a_handler(void **state)
{
    static const char *const words[] = {
        "scenario(\"x\")",
        "service(\"x\", {handler = io(1)})",
        "client(\"x\", {target = db, arrivals = poisson(1)})",
        "host \"x\"",
        "knob(\"x\", 1)",
        "variant(\"x\")",
        "expect(\"x\", {\"u.ok\", at_least = 1})",
        "at(1, db:crash())",
        "between(1, 2, db:crash())",
        "every(1, db:crash())",
        "include \"x.lua\"",
        "replay \"x.csv\"",
        "semaphore(1)",
        "lock()",
        "curve {{0, 1}}",
        "link(\"u\", db, {latency = 1*ms})",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(words); i++)
        bug(words[i], 4, "not in a function");
}

static void a_handler_that_loops_for_ever_is_ended_where_it_is(void **state)
{
    (void)state;
    bug("await(io(1*ms))\nwhile true do end", 5, "steps");
    bug("while true do pcall(function() while true do end end) end", 4, "steps");
}

// Each await is another step of the model: kept for ever, so they are bounded.
static void a_handler_that_builds_endless_steps_is_ended(void **state)
{
    struct scn_result r;
    (void)state;
    script_run(
        "scenario(\"t\", {duration = 1000*s})\nlocal i = 0\n"
        "service(\"api\", {executor = threads(8), handler = function(req)\n"
        "for k = 1, 1000 do i = i + 1 await(with(timeout(1 + i * 1e-6), io(0))) end\n"
        "end})\nclient(\"u\", {target = \"api\", arrivals = constant(10)})\n",
        NULL, 1, &r);
    assert_true(r.end == SCN_BAD_SCRIPT || r.end == SCN_LIMIT);
    if (r.end == SCN_BAD_SCRIPT) {
        assert_int_equal(r.error.line, 4);
        assert_true(r.error.text[0] != '\0');
    }
    scn_result_close(&r);
}

static void waiting_in_a_loop_without_end_passes_time_and_is_cut_at_the_end(void **state)
{
    struct scn_result r;
    (void)state;
    script_run(
        "scenario(\"t\", {duration = 2*s})\n"
        "service(\"api\", {executor = threads(4), handler = function(req)\n"
        "while true do await(io(1*ms)) end\nend})\n"
        "client(\"u\", {target = \"api\", arrivals = constant(10), timeout(100*ms)})\n",
        NULL, 1, &r);
    assert_int_equal(r.end, SCN_DONE);
    assert_true(sim_run_books(r.run).balanced);
    assert_true(script_measure(&r, "u.ok") == 0);
    scn_result_close(&r);
    // Without progress of time it is a cap of the run.
    struct scn_script script = script_of(
        "scenario(\"t\", {duration = 2*s})\n"
        "service(\"api\", {handler = function(req)\nwhile true do await(io(0)) end\nend})\n"
        "client(\"u\", {target = \"api\", arrivals = constant(10)})\n");
    struct scn_job job;
    scn_job_default(&job, &script);
    job.limits.events_at_once = 10000;
    scn_run(&job, &r);
    assert_int_equal(r.end, SCN_LIMIT);
    assert_non_null(strstr(sim_run_reason(r.run), "time"));
    scn_result_close(&r);
}

static void threads_that_a_timeout_abandons_are_used_again(void **state)
{
    struct scn_result r;
    (void)state;
    script_run("scenario(\"t\", {duration = 10*s})\n"
               "service(\"api\", {executor = threads(math.huge), handler = {try(\n"
               "with(timeout(1*ms), function(req) await(io(exponential(1*ms))) "
               "await(io(exponential(1*ms))) end), {timeout = {}})}})\n"
               "client(\"u\", {target = \"api\", arrivals = poisson(2000)})\n",
               NULL, 1, &r);
    assert_int_equal(r.end, SCN_DONE);
    assert_true(sim_run_books(r.run).balanced);
    assert_true(script_measure(&r, "u.failed") == 0);
    assert_true(script_measure(&r, "u.ok") > 19000);
    scn_result_close(&r);
}

static void ten_thousand_requests_wait_in_functions(void **state)
{
    struct scn_result r;
    char shown[4096];
    (void)state;
    script_run("scenario(\"t\", {duration = 3*s})\n"
               "service(\"api\", {executor = threads(math.huge), handler = function(req)\n"
               "await(io(2*s)) end})\n"
               "client(\"u\", {target = \"api\", arrivals = burst(10000)})\n",
               NULL, 1, &r);
    if (r.end != SCN_DONE)
        fail_msg("%s", script_error_text(&r.error, shown, sizeof shown));
    assert_true(script_measure(&r, "u.ok") == 10000);
    scn_result_close(&r);
}

static void an_error_leaves_the_next_run_as_it_was(void **state)
{
    char good[4096];
    (void)state;
    with_handler(good, sizeof good, "function(req) await(call(db)) end");
    uint64_t before = script_digest(good, 1);
    bug("await(io(1*ms))\nlocal x = nil + 1", 5, "arithmetic");
    bug("while true do end", 4, "steps");
    assert_true(script_digest(good, 1) == before);
}

static void a_measure_of_its_own_may_not_build(void **state)
{
    static const char *const bodies[] = { "knob(\"x\", 1)",
                                          "await(io(1))",
                                          "now()",
                                          "return \"x\"",
                                          "return run(\"u.okk\")",
                                          "while true do end",
                                          "return run(\"u.ok\", 0.31, 0.5)",
                                          "return run(\"u.ok\", 0.5, 0.5)",
                                          "return run(\"u.ok\", 0, 2)" };
    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        char text[1024];
        struct scn_result r;
        struct scn_judged judged;
        snprintf(text, sizeof text,
                 "scenario(\"t\", {duration = 1*s}) service(\"x\", {handler = io(0)})\n"
                 "client(\"u\", {target = \"x\", arrivals = constant(10)})\n"
                 "expect(\"c\", {at_least = 0, measure = function(run) %s end})\n",
                 bodies[i]);
        struct scn_script script = script_of(text);
        struct scn_job job;
        scn_job_default(&job, &script);
        scn_run(&job, &r);
        assert_int_equal(r.end, SCN_DONE);
        scn_judge(&job, &r, &judged);
        assert_true(judged.has_error);
        assert_int_equal(judged.error.line, 3);
        scn_judged_free(&judged);
        scn_result_close(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_are_one_run),
        cmocka_unit_test(another_handler_gives_another_digest),
        cmocka_unit_test(a_failure_is_raised_and_can_be_caught),
        cmocka_unit_test(what_nobody_catches_is_what_the_visit_ends_with),
        cmocka_unit_test(a_bug_in_a_handler_ends_the_run_with_its_line),
        cmocka_unit_test(the_world_is_not_built_in_a_handler),
        cmocka_unit_test(a_handler_that_loops_for_ever_is_ended_where_it_is),
        cmocka_unit_test(a_handler_that_builds_endless_steps_is_ended),
        cmocka_unit_test(waiting_in_a_loop_without_end_passes_time_and_is_cut_at_the_end),
        cmocka_unit_test(threads_that_a_timeout_abandons_are_used_again),
        cmocka_unit_test(ten_thousand_requests_wait_in_functions),
        cmocka_unit_test(an_error_leaves_the_next_run_as_it_was),
        cmocka_unit_test(a_measure_of_its_own_may_not_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
