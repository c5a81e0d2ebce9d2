#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/engine/random.h"
#include "tests/support/scripts.h"

// Faults that are in force at once: of those that do the same to the same thing the one that began last counts,
// and when it is over the one before it does again. Arrivals and works are even, so that each window's
// figure is known.

#define EVEN                                                                                       \
    "scenario(\"t\", {duration = 60*s})\n"                                                         \
    "local rate = knob(\"rate\", 10)\n"                                                            \
    "local on = knob(\"on\", false)\n"                                                             \
    "local a = service(\"a\", {replicas = 2, executor = threads(90), handler = {io(on "            \
    "and 30.1*ms or 5.3*ms)}})\n"                                                                  \
    "client(\"u\", {target = a, arrivals = constant(rate)})\n"                                     \
    "local function is(path, from, to, x)\n"                                                       \
    "  expect(path .. from, {path, from = from, to = to, about = x, tolerance = x / 20 + 1e-9})\n" \
    "end\n"

static void expect_all(const char *what)
{
    char text[5200];
    struct scn_result r;
    struct scn_job job;
    snprintf(text, sizeof text, "%s%s", EVEN, what);
    struct scn_script script = script_of(text);
    scn_job_default(&job, &script);
    scn_run(&job, &r);
    if (r.end != SCN_DONE)
        fail_msg("%s\n%s", r.error.text, what);
    uint32_t n;
    const struct scn_expectation *e = scn_scenario_expectations(r.scenario, &n);
    assert_true(n > 0);
    for (uint32_t i = 0; i < n; i++) {
        struct scn_error error;
        double x;
        assert_true(scn_measure(&job, &r, &e[i], &x, &error));
        if (!scn_holds(&e[i], x))
            fail_msg("%s is %g\n%s", e[i].claim, x, what);
    }
    scn_result_close(&r);
}

static void last_that_began_counts(void **state)
{
    (void)state;
    expect_all(
        "local w = service(\"w\", {handler = native(4*ms)})\n"
        "client(\"v\", {target = w, arrivals = constant(10)})\n"
        "between(10*s, 50*s, w:slow(2)) between(20*s, 30*s, w:slow(4))\n"
        "is(\"v.latency.mean\", 11, 19, 8*ms) is(\"v.latency.mean\", 21, 29, 16*ms)\n"
        "is(\"v.latency.mean\", 31, 49, 8*ms) is(\"v.latency.mean\", 51, 59, 4*ms)\n");
    expect_all("between(10*s, 20*s, set {rate = 20}) between(15*s, 30*s, set {rate = 40})\n"
               "is(\"u.offered_per_s\", 11, 14, 20) is(\"u.offered_per_s\", 16, 19, 40)\n"
               "is(\"u.offered_per_s\", 21, 29, 40) is(\"u.offered_per_s\", 31, 59, 10)\n");
    expect_all("at(5*s, set {rate = 30}) between(10*s, 20*s, set {rate = 20})\n"
               "is(\"u.offered_per_s\", 6, 9, 30) is(\"u.offered_per_s\", 11, 19, 20)\n"
               "is(\"u.offered_per_s\", 21, 59, 30)\n");
    expect_all(
        "between(20*s, 30*s, link(\"u\", a):latency(7*ms))\n"
        "between(10*s, 40*s, link(\"u\", a):latency(2*ms))\n"
        "is(\"u.latency.mean\", 11, 19, 9.3*ms) is(\"u.latency.mean\", 21, 29, 19.3*ms)\n"
        "is(\"u.latency.mean\", 31, 39, 9.3*ms) is(\"u.latency.mean\", 41, 59, 5.3*ms)\n");
    expect_all("between(10*s, 40*s, a:scale(4)) between(20*s, 30*s, a:scale(1))\n"
               "is(\"a[2].arrivals\", 21, 29, 0) is(\"a[4].arrivals\", 31, 39, 20)\n"
               "is(\"a[2].arrivals\", 41, 49, 40) is(\"a[4].arrivals\", 41, 59, 0)\n");
}

static void fault_of_a_link_ends_within_one_of_all_links(void **state)
{
    (void)state;
    expect_all(
        "between(10*s, 40*s, a:latency(2*ms))\n"
        "between(20*s, 30*s, link(\"u\", a):latency(7*ms))\n"
        "is(\"u.latency.mean\", 21, 29, 19.3*ms) is(\"u.latency.mean\", 31, 39, 9.3*ms)\n"
        "is(\"u.latency.mean\", 41, 59, 5.3*ms)\n");
    expect_all(
        "between(10*s, 40*s, a:refuse()) between(20*s, 30*s, link(\"u\", a):refuse())\n"
        "is(\"u.ok\", 11, 39, 0) is(\"u.ok\", 41, 59, 180)\n");
    expect_all(
        "between(10*s, 40*s, a:drop(1)) between(20*s, 30*s, link(\"u\", a):drop(0))\n"
        "is(\"a.ok\", 11, 19, 0) is(\"a.ok\", 21, 29, 80) is(\"a.ok\", 31, 39, 0)\n"
        "is(\"a.ok\", 41, 59, 180)\n");
    // Which began last counts, and not which was the first to be heard of.
    expect_all(
        "between(1*s, 3*s, link(\"u\", a):latency(7*ms)) between(5*s, 40*s, a:latency(2*ms))\n"
        "between(20*s, 30*s, link(\"u\", a):latency(7*ms))\n"
        "is(\"u.latency.mean\", 6, 19, 9.3*ms) is(\"u.latency.mean\", 21, 29, 19.3*ms)\n"
        "is(\"u.latency.mean\", 31, 39, 9.3*ms)\n");
}

static void faults_of_two_routes_leave_each_other(void **state)
{
    (void)state;
    static const char two[] =
        "local b = service(\"b\", {executor = threads(9), handler = {[\"GET /x\"] = io(4*ms), "
        "[\"GET /y\"] = io(4*ms)}})\n"
        "client(\"x\", {target = b, route = \"GET /x\", arrivals = constant(10)})\n"
        "client(\"y\", {target = b, route = \"GET /y\", arrivals = constant(10)})\n";
    char text[1200];
    snprintf(text, sizeof text, "%s%s", two,
             "between(10*s, 40*s, b:slow(4, {only = \"GET /x\"}))\n"
             "between(20*s, 30*s, b:slow(2, {only = \"GET /y\"}))\n"
             "is(\"x.latency.mean\", 11, 39, 16*ms) is(\"y.latency.mean\", 21, 29, 8*ms)\n"
             "is(\"y.latency.mean\", 31, 39, 4*ms) is(\"x.latency.mean\", 41, 59, 4*ms)\n");
    expect_all(text);
    snprintf(
        text, sizeof text, "%s%s", two,
        "between(10*s, 40*s, b:slow(2)) between(20*s, 30*s, b:slow(4, {only = \"GET /x\"}))\n"
        "is(\"x.latency.mean\", 11, 19, 8*ms) is(\"x.latency.mean\", 21, 29, 16*ms)\n"
        "is(\"x.latency.mean\", 31, 39, 8*ms) is(\"y.latency.mean\", 11, 39, 8*ms)\n");
    expect_all(text);
    snprintf(text, sizeof text, "%s%s", two,
             "between(10*s, 40*s, b:fail(1, {only = \"GET /x\"}))\n"
             "between(20*s, 30*s, b:fail(1, {only = \"GET /y\"}))\n"
             "is(\"x.ok\", 11, 39, 0) is(\"y.ok\", 11, 19, 80) is(\"y.ok\", 21, 29, 0)\n"
             "is(\"y.ok\", 31, 59, 280) is(\"x.ok\", 41, 59, 180)\n");
    expect_all(text);
}

struct span {
    uint32_t begin, end; // in two seconds
    uint32_t of;         // 0: all links; 1 and 2: that of u, that of v
    uint32_t ms;
};

// The last that began, of those in force; of two that begin together the later one.
static double extra_ms(const struct span *f, uint32_t n, uint32_t of, uint32_t at)
{
    const struct span *last = NULL;
    for (uint32_t i = 0; i < n; i++)
        if ((f[i].of == 0 || f[i].of == of) && f[i].begin <= at && at < f[i].end &&
            (!last || f[i].begin >= last->begin))
            last = &f[i];
    return last ? last->ms : 0;
}

// A second of each two, when what was before is answered.
static size_t claim(char *text, size_t size, const struct span *f, uint32_t n)
{
    size_t used = 0;
    for (uint32_t t = 1; t < 26; t++)
        for (uint32_t of = 1; of <= 2; of++)
            used += (size_t)snprintf(
                text + used, size - used, "is(\"%s.latency.mean\", %u, %u, %g*ms)\n",
                of == 1 ? "u" : "v", 2 * t + 1, 2 * t + 2, 5.3 + 2 * extra_ms(f, n, of, t));
    return used;
}

static void any_faults_of_links_are_as_the_last_that_began(void **state)
{
    (void)state;
    static const char *const of[] = { "a", "link(\"u\", a)", "link(\"v\", a)" };
    struct sim_random rng;
    sim_random_init(&rng, 20261126, "test", "overlap");
    for (uint32_t world = 0; world < 12; world++) {
        struct span f[7];
        char text[4200];
        size_t at = (size_t)snprintf(
            text, sizeof text, "client(\"v\", {target = a, arrivals = constant(10)})\n");
        for (uint32_t i = 0; i < 7; i++) {
            uint32_t begin = 1 + (uint32_t)sim_random_below(&rng, 16);
            f[i] = (struct span){ begin, begin + 1 + (uint32_t)sim_random_below(&rng, 8),
                                  (uint32_t)sim_random_below(&rng, 3), 3 * (i + 1) };
            at += (size_t)snprintf(text + at, sizeof text - at,
                                   "between(%u*s, %u*s, %s:latency(%u*ms))\n",
                                   2 * f[i].begin, 2 * f[i].end, of[f[i].of], f[i].ms);
        }
        claim(text + at, sizeof text - at, f, 7);
        expect_all(text);
    }
}

static void end_of_one_leaves_the_order_of_the_others(void **state)
{
    (void)state;
    expect_all(
        "local w = service(\"w\", {replicas = 2, executor = threads(9), handler = io(4*ms)})\n"
        "client(\"v\", {target = w, arrivals = constant(20)})\n"
        "between(5*s, 40*s, w[1]:slow(4)) between(10*s, 58*s, w:slow(2))\n"
        "between(20*s, 58*s, w[2]:slow(8))\n"
        "is(\"w[2].latency.mean\", 21, 39, 32*ms) is(\"w[2].latency.mean\", 41, 57, 32*ms)\n"
        "is(\"w[1].latency.mean\", 11, 57, 8*ms)\n");
}

static void part_and_whole_are_undone_each_by_itself(void **state)
{
    (void)state;
    expect_all("between(10*s, 50*s, a[2]:crash()) between(20*s, 30*s, a:crash())\n"
               "is(\"a[1].ok\", 11, 19, 40) is(\"a[2].ok\", 11, 19, 0)\n"
               "is(\"u.ok\", 21, 29, 0) is(\"a[2].ok\", 31, 49, 0)\n"
               "is(\"a[1].ok\", 31, 49, 90) is(\"a[2].ok\", 51, 59, 40)\n");
    expect_all("between(10*s, 50*s, a:fail(1)) between(20*s, 30*s, a[2]:fail(0))\n"
               "is(\"u.ok\", 11, 19, 0) is(\"a[2].ok\", 21, 29, 40)\n"
               "is(\"u.ok\", 31, 49, 0) is(\"u.ok\", 51, 59, 80)\n");
    expect_all("between(10*s, 50*s, a:crash()) between(20*s, 30*s, a[2]:crash())\n"
               "is(\"u.ok\", 11, 49, 0) is(\"u.ok\", 51, 59, 80)\n");
}

static void restart_ends_what_kept_it_down(void **state)
{
    (void)state;
    expect_all("at(10*s, a:crash()) at(20*s, a:restart()) between(30*s, 40*s, a:crash())\n"
               "is(\"u.ok\", 11, 19, 0) is(\"u.ok\", 21, 29, 80) is(\"u.ok\", 31, 39, 0)\n"
               "is(\"u.ok\", 41, 59, 180)\n");
    // Nor is there anything to undo then, which would be a restart that ends what is inside.
    expect_all(
        "between(10*s, 30.002*s, a:crash()) at(20*s, a:restart())\n"
        "is(\"u.ok\", 11, 19, 0) is(\"u.ok\", 21, 59, 380) is(\"u.failed\", 21, 59, 0)\n");
}

static void knob_is_set_back_to_what_it_was(void **state)
{
    (void)state;
    expect_all(
        "at(10*s, set {rate = 100}) at(20*s, set {rate = 10})\n"
        "is(\"u.offered_per_s\", 11, 19, 100) is(\"u.offered_per_s\", 21, 59, 10)\n");
    expect_all(
        "at(10*s, set {rate = 50, on = true}) between(20*s, 30*s, set {on = false})\n"
        "is(\"a.latency.mean\", 11, 19, 30.1*ms) is(\"a.latency.mean\", 21, 29, 5.3*ms)\n"
        "is(\"a.latency.mean\", 31, 59, 30.1*ms) is(\"u.offered_per_s\", 21, 59, 50)\n");
}

static void set_takes_a_store_that_came_first(void **state)
{
    (void)state;
    expect_all("local r = store(\"r\", {write = 1*ms})\n"
               "at(10*s, set {rate = 50}) is(\"u.offered_per_s\", 11, 59, 50)\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_that_began_counts),
        cmocka_unit_test(fault_of_a_link_ends_within_one_of_all_links),
        cmocka_unit_test(faults_of_two_routes_leave_each_other),
        cmocka_unit_test(any_faults_of_links_are_as_the_last_that_began),
        cmocka_unit_test(end_of_one_leaves_the_order_of_the_others),
        cmocka_unit_test(part_and_whole_are_undone_each_by_itself),
        cmocka_unit_test(restart_ends_what_kept_it_down),
        cmocka_unit_test(knob_is_set_back_to_what_it_was),
        cmocka_unit_test(set_takes_a_store_that_came_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
