#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/scripts.h"

// Common random numbers: two scenarios differ only by what was changed. The means of the
// latencies are sums of all that was drawn: equal means are equal draws.

struct measured {
    double users, mean, a, a_mean;
};

// A client "u" on a service "a" that nobody else calls, and what a case adds around them.
static struct measured measure(const char *before, const char *between, const char *after,
                               uint64_t seed)
{
    char text[4096], shown[4096];
    struct scn_result r;
    snprintf(
        text, sizeof text,
        "scenario(\"t\", {duration = 20*s})\n%s\n"
        "service(\"a\", {executor = threads(math.huge), handler = io(exponential(5*ms))})\n"
        "%s\nclient(\"u\", {target = \"a\", arrivals = poisson(100)})\n%s\n",
        before, between, after);
    script_run(text, NULL, seed, &r);
    if (r.end != SCN_DONE)
        fail_msg("%s\n%s", text, script_error_text(&r.error, shown, sizeof shown));
    struct measured m = { script_measure(&r, "u.offered"),
                          script_measure(&r, "u.latency.mean"),
                          script_measure(&r, "a.arrivals"),
                          script_measure(&r, "a.latency.mean") };
    scn_result_close(&r);
    return m;
}

static void same(const struct measured *x, const struct measured *y)
{
    assert_true(x->users == y->users);
    assert_true(x->mean == y->mean);
    assert_true(x->a == y->a);
    assert_true(x->a_mean == y->a_mean);
}

static const char other[] =
    "service(\"b\", {cores = 2, executor = threads(4, {queue = 10}), handler = {native("
    "lognormal {median = 5*ms, p99 = 50*ms}), io(uniform(0, 2*ms))}}) client(\"v\", {target = "
    "\"b\", arrivals = poisson(300), timeout(50*ms), retry {max_attempts = 3}})";

static void another_service_and_its_client_change_nothing_elsewhere(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct measured alone = measure("", "", "", seed);
        struct measured first = measure(other, "", "", seed);
        struct measured amid = measure("", other, "", seed);
        struct measured last = measure("", "", other, seed);
        same(&alone, &first);
        same(&alone, &amid);
        same(&alone, &last);
    }
}

static void faults_on_another_service_change_nothing_elsewhere(void **state)
{
    (void)state;
    struct measured alone = measure("", "", "", 1);
    char text[1024];
    snprintf(
        text, sizeof text,
        "%s local b = service(\"c\", {handler = io(1*ms)}) between(2*s, 4*s, b:slow(3)) "
        "at(5*s, b:crash())",
        other);
    struct measured faulty = measure("", "", text, 1);
    same(&alone, &faulty);
}

static void a_policy_more_leaves_arrivals_and_work_as_they_were(void **state)
{
    (void)state;
    struct scn_result r[2];
    static const char *const policies[] = { "", "timeout(10*s), retry {max_attempts = 2}" };
    for (int i = 0; i < 2; i++) {
        char text[1024];
        snprintf(text, sizeof text,
                 "scenario(\"t\", {duration = 20*s})\nlocal a = service(\"a\", {executor = "
                 "threads(math.huge), handler = io(exponential(5*ms))})\n"
                 "client(\"u\", {target = a, arrivals = poisson(100), %s})\n",
                 policies[i]);
        script_run(text, NULL, 1, &r[i]);
        assert_int_equal(r[i].end, SCN_DONE);
    }
    assert_true(script_measure(&r[0], "u.offered") == script_measure(&r[1], "u.offered"));
    assert_true(script_measure(&r[0], "a.latency.mean") ==
                script_measure(&r[1], "a.latency.mean"));
    scn_result_close(&r[0]);
    scn_result_close(&r[1]);
}

static void a_knob_of_the_service_leaves_the_arrivals_as_they_were(void **state)
{
    struct measured m[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        char text[1024];
        struct scn_result r;
        snprintf(
            text, sizeof text,
            "scenario(\"t\", {duration = 20*s})\nservice(\"a\", {executor = threads(%d), "
            "handler = {io(exponential(%d*ms))}})\n"
            "client(\"u\", {target = \"a\", arrivals = poisson(100)})\n",
            4 + 4 * i, 5 + i);
        script_run(text, NULL, 1, &r);
        m[i].users = script_measure(&r, "u.offered");
        m[i].mean = script_measure(&r, "u.latency.mean");
        scn_result_close(&r);
    }
    assert_true(m[0].users == m[1].users);
    assert_true(m[0].mean != m[1].mean); // else nothing was turned
}

static void another_seed_draws_other_numbers(void **state)
{
    (void)state;
    struct measured one = measure("", "", "", 1), two = measure("", "", "", 2);
    assert_true(one.mean != two.mean);
}

static void the_order_of_words_and_names_in_quotes_make_no_difference(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        "scenario(\"t\", {duration = 10*s})\n"
        "local b = service(\"b\", {handler = native(exponential(2*ms))})\n"
        "local a = service(\"a\", {executor = threads(4), handler = {io(exponential(3*ms)), "
        "call(b, {timeout(50*ms)})}})\n"
        "client(\"u\", {target = a, arrivals = poisson(100)})\n"
        "client(\"v\", {target = b, arrivals = poisson(50)})\n",
        "client(\"v\", {target = \"b\", arrivals = poisson(50)})\n"
        "client(\"u\", {target = \"a\", arrivals = poisson(100)})\n"
        "service(\"a\", {executor = threads(4), handler = {io(exponential(3*ms)), call(\"b\", "
        "{timeout(50*ms)})}})\n"
        "service(\"b\", {handler = native(exponential(2*ms))})\n"
        "scenario(\"t\", {duration = 10*s})\n",
    };
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct scn_result r[2];
        static const char *const paths[] = { "u.latency.mean", "v.latency.mean", "u.ok",
                                             "a.time.io", "b.utilisation" };
        for (int i = 0; i < 2; i++) {
            script_run(scripts[i], NULL, seed, &r[i]);
            assert_int_equal(r[i].end, SCN_DONE);
        }
        for (size_t k = 0; k < sizeof paths / sizeof *paths; k++)
            if (script_measure(&r[0], paths[k]) != script_measure(&r[1], paths[k]))
                fail_msg("%s: %.17g, %.17g", paths[k], script_measure(&r[0], paths[k]),
                         script_measure(&r[1], paths[k]));
        scn_result_close(&r[0]);
        scn_result_close(&r[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_service_and_its_client_change_nothing_elsewhere),
        cmocka_unit_test(faults_on_another_service_change_nothing_elsewhere),
        cmocka_unit_test(a_policy_more_leaves_arrivals_and_work_as_they_were),
        cmocka_unit_test(a_knob_of_the_service_leaves_the_arrivals_as_they_were),
        cmocka_unit_test(another_seed_draws_other_numbers),
        cmocka_unit_test(the_order_of_words_and_names_in_quotes_make_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
