#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/scripts.h"

// What an ill-meaning or unlucky script may try with the words of the language. Each ends by
// itself, in the way that is written beside it, and with a message that names the cap or what is
// wrong. What needs no words stands in test_attacks.c.

struct attempt {
    const char *text; // behind a scenario of 10 s, before a service "a" and a client "u"
    enum scn_end end;
    const char *says; // of the error, or why the run stopped
};

static void run_attempt(const struct attempt *t)
{
    char text[4096], shown[4096];
    struct scn_result r;
    snprintf(
        text, sizeof text,
        "scenario(\"p\", {duration = 10*s})\n%s\nservice(\"a\", {handler = io(1*ms)})\n"
        "client(\"u\", {target = \"a\", arrivals = constant(1)})",
        t->text);
    struct scn_script script = script_of(text);
    struct scn_job job;
    scn_job_default(&job, &script);
    job.limits.events_at_once = 1000000; // as good as twenty times as many, and sooner over
    scn_run(&job, &r);
    if (r.end == SCN_BAD_SCRIPT)
        script_error_text(&r.error, shown, sizeof shown);
    else
        snprintf(shown, sizeof shown, "%s", r.run ? sim_run_reason(r.run) : "");
    if (r.end != t->end || !strstr(shown, t->says))
        fail_msg("%s\nended as %d: %s\nexpected %d: %s", t->text, (int)r.end, shown,
                 (int)t->end, t->says);
    scn_result_close(&r);
}

static void run_all(const struct attempt *all, size_t n)
{
    for (size_t i = 0; i < n; i++)
        run_attempt(&all[i]);
}

#define RUN_ALL(all) run_all(all, sizeof all / sizeof *all)

static void tables_without_end_are_refused(void **state)
{
    static const struct attempt all[] = {
        { "local t = {} t[1] = t service('x', {handler = t})", SCN_BAD_SCRIPT,
          "nested too deep" },
        { "local t = {} for i = 1, 1e5 do t = {t} end service('x', {handler = t})",
          SCN_BAD_SCRIPT, "nested too deep" },
        { "local t = {} t[1] = t pcall(io, t) local ok, e = pcall(gather, t) error(e)",
          SCN_BAD_SCRIPT, "nested too deep" },
        { "local t = {} t[1] = t with(t, io(1))", SCN_BAD_SCRIPT, "" },
        { "local t = {} t[1] = t try(t, {any = t})", SCN_BAD_SCRIPT, "nested too deep" },
        { "local t = {} t[1] = {1, t} service('x', {handler = choose(t)})", SCN_BAD_SCRIPT,
          "" },
        { "local t = {} t.error = t try(io(1), t)", SCN_BAD_SCRIPT, "" },
        { "local t = {} t.x = t client('v', {target = 'a', arrivals = constant(1), req = t})",
          SCN_BAD_SCRIPT, "" },
        { "local t = {} t[1] = t client('v', {target = 'a', arrivals = constant(1), t})",
          SCN_BAD_SCRIPT, "" },
        { "local t = {} t[1] = t retry {on = t}", SCN_BAD_SCRIPT, "" },
        { "local t = {} t[1] = t knob('k', 'a', t)", SCN_BAD_SCRIPT, "" },
        { "local t = {} t.rate = t variant('v', t)", SCN_BAD_SCRIPT, "" },
        { "local t = {} t[1] = t poisson(curve(t))", SCN_BAD_SCRIPT, "" },
        { "local x = io(1*ms) for i = 1, 60 do x = {x, x} end service('x', {handler = x})",
          SCN_BAD_SCRIPT, "cannot have more than" },
        { "local t = {} for i = 1, 60000 do t[i] = io(1*ms) end service('x', {handler = t})",
          SCN_BAD_SCRIPT, "a list of more than 512 steps" },
        { "for i = 1, 1e6 do service('s' .. i, {handler = io(1)}) end", SCN_BAD_SCRIPT,
          "cannot have more than" },
        { "for i = 1, 1e6 do knob('k' .. i, 1) end", SCN_BAD_SCRIPT,
          "cannot have more than" },
        { "for i = 1, 1e6 do pcall(include, 'none.lua') end", SCN_BAD_SCRIPT,
          "50000000 steps" },
        { "local r = poisson(1) for i = 1, 1e6 do r = client('c' .. i, {target = 'a', arrivals = "
          "constant(1)}) end",
          SCN_BAD_SCRIPT, "" },
    };
    (void)state;
    RUN_ALL(all);
}

static void what_takes_no_time_for_ever_is_ended(void **state)
{
    static const struct attempt all[] = {
        { "service('x', {handler = function(req) while true do await {} end end})\n"
          "client('v', {target = 'x', arrivals = constant(1)})",
          SCN_LIMIT, "events at one instant" },
        { "service('x', {handler = function(req) while true do pcall(await, fail(500)) end end})\n"
          "client('v', {target = 'x', arrivals = constant(1)})",
          SCN_LIMIT, "events at one instant" },
        { "local x = {} for i = 1, 60 do x = times(1000, x) end service('x', {handler = x})\n"
          "client('v', {target = 'x', arrivals = constant(1)})",
          SCN_LIMIT, "events at one instant" },
        { "service('x', {executor = threads(math.huge), handler = {call('x'), call('x')}})\n"
          "client('v', {target = 'x', arrivals = constant(1)})",
          SCN_LIMIT, "more than" },
        { "local x = io(1*ms) for i = 1, 6 do x = gather(65535, x) end\n"
          "service('x', {handler = x}) client('v', {target = 'x', arrivals = constant(1)})",
          SCN_LIMIT, "more than" },
        { "client('v', {target = 'a', arrivals = renewal(0)})", SCN_LIMIT, "more than" },
        { "client('v', {target = 'a', arrivals = poisson(1e9)})", SCN_LIMIT, "more than" },
    };
    (void)state;
    RUN_ALL(all);
}

static void absurd_numbers_are_refused_by_name(void **state)
{
    static const struct attempt all[] = {
        { "io(0/0)", SCN_BAD_SCRIPT, "io is no number (0/0)" },
        { "threads(0/0)", SCN_BAD_SCRIPT, "no number" },
        { "lognormal {median = 0/0, p99 = 1}", SCN_BAD_SCRIPT, "median is no number" },
        { "knob('k', 0/0)", SCN_BAD_SCRIPT, "no number" },
        { "knob('k', 1e308)", SCN_BAD_SCRIPT, "1e+308" },
        { "io(math.huge)", SCN_BAD_SCRIPT, "io is inf" },
        { "io(-1*ns)", SCN_BAD_SCRIPT, "io is -1e-09" },
        { "retry {max_attempts = 1e9}", SCN_BAD_SCRIPT, "max_attempts is 1000000000" },
        { "every(1*ns, service('b', {handler = io(1)}):restart())", SCN_BAD_SCRIPT,
          "at least 1 us" },
        { "expect('e', {'u.ok', from = 0/0, at_least = 1, because = 'x'})", SCN_BAD_SCRIPT,
          "from" },
        { "expect('e', {'u.ok', at_least = 0/0, because = 'x'})", SCN_BAD_SCRIPT,
          "at_least" },
        { "service('x', {replicas = 2^53, handler = io(1)})", SCN_BAD_SCRIPT, "replicas" },
    };
    (void)state;
    RUN_ALL(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_without_end_are_refused),
        cmocka_unit_test(what_takes_no_time_for_ever_is_ended),
        cmocka_unit_test(absurd_numbers_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
