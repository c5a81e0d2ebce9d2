#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/scripts.h"

// What a script says that comes to nothing: it builds, and convoy check remarks on it.

// How many remarks on line 3 of a scenario, which the piece is, say so.
static uint32_t remarks_of(const char *piece, const char *say)
{
    char text[2048];
    struct scn_result r;
    uint32_t n, found = 0;
    snprintf(text, sizeof text,
             "scenario(\"t\", {duration = 2*s}) local box = host \"box\"\n"
             "local db = service(\"db\", {host = box, replicas = 2, handler = io(1*ms)}) "
             "local b = breaker {} local red = store(\"red\", {failover = 1*s})\n"
             "%s\n"
             "client(\"u\", {target = db, arrivals = constant(10), b})\n",
             piece);
    script_run(text, NULL, 1, &r);
    if (r.end != SCN_DONE)
        fail_msg("%s\n%s", piece, r.error.text);
    const struct scn_remark *remarks = scn_scenario_remarks(r.scenario, &n);
    for (uint32_t i = 0; i < n; i++)
        found += remarks[i].line == 3 && strstr(remarks[i].text, say);
    scn_result_close(&r);
    return found;
}

static void expect_remark(const char *piece, const char *say)
{
    if (remarks_of(piece, say) != 1)
        fail_msg("no remark that %s:\n%s", say, piece);
}

static void expect_none(const char *piece)
{
    if (remarks_of(piece, "") != 0)
        fail_msg("a remark on what is well:\n%s", piece);
}

static void a_fault_without_a_time_is_told(void **state)
{
    (void)state;
    expect_remark("db:slow(2)",
                  "db slow x2: this never happens, for no time is given to it: "
                  "at(10*s, ...) or between(10*s, 20*s, ...)");
    expect_remark("db[2]:crash()", "db[2] crash: this never happens");
    expect_remark("db:scale(3)", "this never happens");
    expect_remark("db:deploy {}", "at(10*s, ...)");
    expect_remark("red:failover()", "this never happens");
    expect_remark("link(\"u\", db):drop(0.5)", "this never happens");
    expect_remark("b:force_open()", "this never happens");
    expect_remark("box:steal(0.5)", "this never happens");
    expect_remark("local later = db:slow(2)", "this never happens");
    expect_remark("local n = knob(\"n\", 10) set {n = 20} client(\"v\", {target = db, "
                  "arrivals = constant(n)})",
                  "set n = 20: this never happens");
    assert_int_equal(remarks_of("db:slow(2) db:slow(3) at(1, db:slow(4))", "happens"), 2);
    // What is over by itself has no end.
    assert_int_equal(remarks_of("db:deploy {} db:restart()", "between"), 0);
}

static void a_fault_with_a_time_is_not(void **state)
{
    (void)state;
    expect_none("at(1, db:slow(2)) between(0.5, 1, b:force_open()) every(1, db:restart())");
    expect_none("when({\"u.ok\", at_least = 1}, db:slow(3))");
    // Some of these may be chosen, in a variant.
    expect_none("local ways = { db:slow(2), db:crash() } at(1, ways[1])");
    expect_none("local x, y = db:slow(2), db:crash() at(1, true and x or y)");
    expect_none("local f = db:slow(2) for t = 0, 1 do between(t, t + 0.5, f) end");
}

// Nothing of it could happen any more.
static void a_fault_in_a_function_is_refused(void **state)
{
    (void)state;
    struct scn_result r;
    script_run("scenario(\"t\", {duration = 1*s})\nlocal db = service(\"db\", {handler = "
               "io(0)})\nlocal x = service(\"x\", {handler = function(req)\ndb:slow(2)\n"
               "end})\nclient(\"u\", {target = x, arrivals = burst(1)})",
               NULL, 1, &r);
    assert_int_equal(r.error.line, 4);
    assert_non_null(strstr(r.error.text, "before the run, with its time"));
    scn_result_close(&r);
}

static void a_part_that_is_dropped_is_told(void **state)
{
    (void)state;
    expect_remark("knob(\"n\", 1)", "nothing reads this knob");
    expect_remark("local n = knob(\"n\", 1) variant(\"big\", {n = 2})",
                  "nothing reads the knob in \"n\"");
    expect_remark("local n <const> = knob(\"n\", 1)", "nothing reads the knob in \"n\"");
    expect_remark("timeout(1*s)", "timeout(...) makes something here that is dropped");
    expect_remark("local r = retry {max_attempts = 2} db:crash()",
                  "nothing uses \"r\", so its retry(...) changes nothing");
    expect_remark("host \"other\"", "host(...) makes something here that is dropped");
    expect_remark("local h = host(\"other\", {cores = 2}) local t = {h = 1} t.h = 2",
                  "nothing uses \"h\"");
    expect_remark("local pool = threads(4)", "nothing uses \"pool\"");
}

static void a_part_that_goes_somewhere_is_not(void **state)
{
    (void)state;
    expect_none("local n = knob(\"n\", 1) local m = n");
    expect_none("local n = knob(\"n\", 1) == 1 and 5");
    expect_none("local p = timeout(1*s) local ways = {p}");
    expect_none("local p = true and timeout(1*s)");
    expect_none("x = timeout(1*s) y = knob(\"n\", 1)"); // another file may use it
    expect_none("local c = cache \"c\" client(\"v\", {target = db, arrivals = burst(1)})");
    expect_none("local function one(x) return timeout(x) end one(1)");
}

static void a_link_that_nobody_takes_is_told(void **state)
{
    (void)state;
    expect_remark("link(db, red, {latency = 1*ms}) service(\"x\", {handler = call(red)}) "
                  "client(\"v\", {target = \"x\", arrivals = burst(1)})",
                  "\"db\" never calls \"red\", so nothing goes over this link");
    expect_remark("at(1, link(\"nobody\", db):drop(0.5))", "\"nobody\" never calls \"db\"");
    expect_remark("at(1, link(db, db):drop(0.5))", "\"db\" never calls \"db\"");
    expect_none("at(1, link(\"u\", db):drop(0.5)) link(\"u\", db, {latency = 1*ms})");
    expect_none("link(\"x\", red, {latency = 1*ms}) client(\"v\", {target = service(\"x\", "
                "{handler = transaction(red, io(0))}), arrivals = burst(1)})");
    // Another variant may have a use for it.
    expect_none("link(db, red, {latency = 1*ms})");
    expect_none(
        "local way = {io(1*ms), call(red)} link(\"x\", red, {latency = 1*ms}) "
        "client(\"v\", {target = service(\"x\", {handler = way[1]}), arrivals = "
        "burst(1)}) client(\"w\", {target = red, route = \"read\", arrivals = burst(1)})");
}

static void a_field_that_nobody_sends_is_told(void **state)
{
    (void)state;
    expect_remark(
        "service(\"x\", {executor = threads(1, {discipline = \"priority\"}), handler "
        "= io(1*ms)})",
        "no client sends a priority");
    expect_none(
        "client(\"v\", {target = service(\"x\", {executor = threads(1, {discipline = "
        "\"priority\"}), handler = io(1*ms)}), arrivals = burst(1), req = {priority = "
        "1}})");
    expect_remark(
        "service(\"x\", {shed(\"criticality\", {limit = 9}), handler = io(1*ms)})",
        "no client sends one, so that all count as critical");
    expect_none(
        "client(\"v\", {target = service(\"x\", {shed(\"criticality\", {limit = 9}), "
        "handler = io(1*ms)}), arrivals = burst(1), req = {criticality = \"critical\"}})");
    expect_none(
        "client(\"v\", {target = service(\"x\", {shed(\"criticality\", {limit = 9, by = "
        "req.tier}), handler = io(1*ms)}), arrivals = burst(1), req = {tier = \"x\"}})");
}

static void crowds_under_a_gil_are_told(void **state)
{
    (void)state;
    expect_remark(
        "service(\"x\", {runtime = cpython(\"3.14\", {coherence = 0.01}), handler = "
        "io(0)})",
        "without a GIL only");
    expect_none(
        "service(\"x\", {runtime = cpython(\"3.14t\", {coherence = 0.01}), handler = "
        "io(0)})");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_without_a_time_is_told),
        cmocka_unit_test(a_fault_with_a_time_is_not),
        cmocka_unit_test(a_fault_in_a_function_is_refused),
        cmocka_unit_test(a_part_that_is_dropped_is_told),
        cmocka_unit_test(a_part_that_goes_somewhere_is_not),
        cmocka_unit_test(a_link_that_nobody_takes_is_told),
        cmocka_unit_test(a_field_that_nobody_sends_is_told),
        cmocka_unit_test(crowds_under_a_gil_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
