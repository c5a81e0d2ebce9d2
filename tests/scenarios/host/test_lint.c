#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "scenarios/host/lint.h"

// What only the text of a script shows.

struct heard {
    char text[1024];
};

static void hear(void *ctx, int line, const char *text)
{
    struct heard *h = ctx;
    size_t n = strlen(h->text);
    snprintf(h->text + n, sizeof h->text - n, "%d: %s\n", line, text);
}

// Expects remarks on just these lines, each with a part of what it says: "2 io, 4 req", or "".
static void expect_remarks(const char *script, const char *wanted)
{
    struct heard h = { "" };
    const char *p = h.text;
    scn_lint_text(script, strlen(script), hear, &h);
    while (*wanted) {
        char part[100];
        int line, n = 0;
        if (sscanf(wanted, "%d %99[^,]%n", &line, part, &n) != 2)
            fail_msg("what is %s", wanted);
        char begin[16];
        snprintf(begin, sizeof begin, "%d: ", line);
        const char *end = strchr(p, '\n');
        const char *found = strstr(p, part);
        if (!end || strncmp(p, begin, strlen(begin)) != 0 || !found || found > end)
            fail_msg("%s\nremarks:\n%sexpected %d: %s", script, h.text, line, part);
        p = end + 1;
        wanted += n;
        wanted += strspn(wanted, ", ");
    }
    if (*p)
        fail_msg("%s\nnot expected:\n%s", script, p);
}

static void a_local_name_may_not_hide_a_word(void **state)
{
    (void)state;
    expect_remarks("local s = 5", "1 \"s\"");
    expect_remarks("local x, ms,\n y, io = 1, 2, 3, 4", "1 \"ms\", 2 \"io\"");
    expect_remarks("local s <const> = 5", "1 \"s\"");
    expect_remarks("local x <const>, day <const> = 5, 6", "1 \"day\"");
    expect_remarks("for s = 1, 3 do end", "1 \"s\"");
    expect_remarks("for k, host in pairs {} do end", "1 \"host\"");
    expect_remarks("local function call(x) end", "1 \"call\"");
    expect_remarks("local f = function(x, s) end", "1 \"s\"");
    expect_remarks("local function f(\ntimeout) end", "2 \"timeout\"");
    expect_remarks("local client = client(\"a\", {})", "1 \"client\"");
}

static void other_names_hide_nothing(void **state)
{
    (void)state;
    expect_remarks("local seconds, S, t, rate = 1, 2, {}, 4", "");
    expect_remarks("local t = { s = 5, io = 3, [s] = 4 } t.s = 5 t.x.ms = 3", "");
    expect_remarks("local function f(req) return req.rows end", "");
    expect_remarks("-- local s = 5\n--[[ local s\n = 5 ]] local x = [==[ local s ]] ]==]",
                   "");
    expect_remarks("local x = \"local s = 5\" local y = 'a\\'local s' ", "");
    expect_remarks("local x = 2*s local y = io(5*ms)", "");
    expect_remarks("function t.at(x) end function t:every() end", "");
    expect_remarks("local locals = 5 local x = forest(s)", "");
}

static void a_step_dropped_in_a_function_is_told(void **state)
{
    (void)state;
    expect_remarks("local h = function(req)\n  io(5*ms)\nend", "2 await(io");
    expect_remarks("local function h(req) local x = 3\ncall(db) call \"db\" end",
                   "2 await(call, 2 await(call");
    expect_remarks(
        "local h = function(req) if req.x then\npython(1*ms) else\ngather {}\nend "
        "for i = 1, 3 do\ntimes(3, io(1*s)) end; native(2) end",
        "2 await(python, 3 await(gather, 5 await(times, 5 await(native");
    expect_remarks("service(\"a\", { handler = function(req)\nwith(gate, io(1*s)) end })",
                   "2 await(with");
    expect_remarks("local h = function() local t = { io(1*s), call(db) }\nfail(503) end",
                   "2 await(fail");
    expect_remarks("local function h() return 1 end local x = function()\nreply(200) end",
                   "2 await(reply");
}

static void a_step_that_goes_somewhere_is_not(void **state)
{
    (void)state;
    expect_remarks("local h = function(req) await(io(5*ms)) end", "");
    expect_remarks("local h = function(req) return io(5*ms) end", "");
    expect_remarks("local h = function(req) local x = io(5*ms) await(x) end", "");
    expect_remarks(
        "local h = function(req) await(gather { io(1*s), call(db),\n python(2) }) end", "");
    expect_remarks("local h = function(req) local t = {} t[1] = io(1*s)\nawait(t) end", "");
    expect_remarks(
        "local h = function(req) local x = a and\nio(1*s) or\ncall(db) await(x) end", "");
    expect_remarks("local h = function(req) t.io(5*s) t:call(3) end", "");
    expect_remarks("io(5*ms)", ""); // outside of functions there is nothing to await
    expect_remarks("local function f() return 1 end io(5*ms)", "");
}

static void a_step_that_is_kept_for_nothing_is_told(void **state)
{
    (void)state;
    expect_remarks("local h = function(req)\nlocal x = io(5*ms)\nend", "2 await(x)");
    expect_remarks("local h = function(req) if req.a then local x =\ncall(db) end\n"
                   "local y = gather {} end local x = 3 print(x, y)",
                   "1 await(x), 3 await(y)");
    expect_remarks("local function h(req) local a = function() local x = io(1*s)\nend "
                   "local y = io(2*s) a() end",
                   "1 await(x), 2 await(y)");
    expect_remarks("local function h(req) local x = io(1*s) req.x = 3 end", "1 await(x)");
}

static void a_step_whose_name_is_met_again_is_not(void **state)
{
    (void)state;
    expect_remarks("local h = function(req) local x = io(1*s) await(x) end", "");
    expect_remarks("local h = function(req) local x = io(1*s) return x end", "");
    expect_remarks("local h = function(req) local x, y = io(1*s), call(db) end", "");
    expect_remarks("local h = function(req) local x = io(1*s) local f = function()\n"
                   "await(x) end f() end",
                   "");
    expect_remarks("local h = function(req) repeat local x = call(db) until await(x) end",
                   "");
    expect_remarks("local x = io(1*s)",
                   ""); // a handler may stand further down, or elsewhere
    expect_remarks("local h = function(req) local x = iota(1) local y = t.io(2) end", "");
}

static void a_field_of_req_is_compared_in_functions_only(void **state)
{
    (void)state;
    expect_remarks("local x = req.plan == \"pro\"", "1 always false");
    expect_remarks("if\nreq . plan ~= 3 then end", "2 always false");
    expect_remarks("local f = function(req) return req.plan == 3 end local y = req.n\n"
                   "local z = req.n == 2",
                   "2 always false");
    expect_remarks("local f = function(req) while true do if req.x == 1 then end end\n"
                   "repeat until req.y == 2 end",
                   "");
    expect_remarks("-- req.plan == 3\nlocal x = req.n * 2", "");
}

static void seconds_without_a_unit_are_told(void **state)
{
    (void)state;
    expect_remarks("local x = io(5)", "1 io(5) is 5 s; are 5*ms meant?");
    expect_remarks("local x = { sleep( 5 ),\nio(1.5) }", "1 sleep(5), 2 io(1.5)");
    expect_remarks("call(db, {\ntimeout(500), retry { max_attempts = 3,\nbase = 20 } })",
                   "2 timeout(500) is 500 s; are 500*ms, 3 base = 20 is 20 s; are 20*ms");
    expect_remarks("link(a, b, { latency = 5 }) cache(\"c\",\n{ latency = 3 })",
                   "1 latency = 5, 2 latency = 3");
    expect_remarks("at(3*s, db:latency(100))", "1 latency(100) is 100 s");
    expect_remarks("retry { base = 1e2 }", "1 base = 100 is 100 s");
}

static void seconds_with_a_unit_are_not(void **state)
{
    (void)state;
    expect_remarks("local x = { io(5*ms), sleep(5*s), timeout(500 * ms), io(2/3) }", "");
    expect_remarks("local x = { io(0), io(0.005), sleep(x), timeout(t) }", "");
    expect_remarks("retry { base = 0, max_attempts = 4 } retry { base = 20*ms }", "");
    expect_remarks("local base = 20 local t = { base = 20, latency = 5 } retry(t)", "");
    expect_remarks("x.io(5) x:timeout(5) x.latency(5) link(a, b, { bandwidth = 5 })", "");
}

static void any_text_is_read_to_its_end(void **state)
{
    (void)state;
    static const char *const odd[] = {
        "",          "--",    "--[[",  "[[",          "\"",
        "'\\",       "1e+",   "0x1p-", "end end end", "..",
        ".5.5",      "local", "for",   "local x <",   "function",
        "function(", "req.",  "req",   "}}}))]",      "\"a\\\nb\" local"
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        expect_remarks(odd[i], "");
    char deep[4096];
    memset(deep, '{', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    expect_remarks(deep, "");
    memset(deep, '}', 2000);
    expect_remarks(deep, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_local_name_may_not_hide_a_word),
        cmocka_unit_test(other_names_hide_nothing),
        cmocka_unit_test(a_step_dropped_in_a_function_is_told),
        cmocka_unit_test(a_step_that_is_kept_for_nothing_is_told),
        cmocka_unit_test(a_step_whose_name_is_met_again_is_not),
        cmocka_unit_test(a_step_that_goes_somewhere_is_not),
        cmocka_unit_test(a_field_of_req_is_compared_in_functions_only),
        cmocka_unit_test(seconds_without_a_unit_are_told),
        cmocka_unit_test(seconds_with_a_unit_are_not),
        cmocka_unit_test(any_text_is_read_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
