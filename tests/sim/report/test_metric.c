#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/report/metric.h"
#include "tests/sim/report/stories.h"
#include "tests/support/statistics.h"
#include "tests/support/worlds.h"

// Paths of metrics, against a world that can be worked out by hand: four requests at once,
// two replicas of one worker each, 10 ms of work. Two requests take 10 ms, two 20. A fifth
// at 500 ms gives up after 4 ms.

static struct sim_model *m;
static struct sim_run *run;

// One task gathers two, of which one sleeps for 90 ms and the other keeps the loop for 111: the
// probe's beats come each 100 ms, and that at 100 is 11 ms late.
static void add_loop(void)
{
    struct sim_service_def loop = loop_def("loop");
    loop.executor.probe = 100 * (sim_time)SIM_MS;
    uint32_t works = do_python(m, 0.111), sleeps = do_sleep(m, 0.090);
    add_service(m, &loop, do_gather(m, 0, STEPS(sleeps, works)));
    add_client(m, "other", burst(1, 0), do_call(m, "loop"));
}

static int open_world(void **state)
{
    (void)state;
    m = world_open(1);
    struct sim_service_def api = service_def("api", 1);
    api.replicas = 2;
    add_service(m, &api, do_io(m, 0.010));
    add_plain(m, "db", 1, do_io(m, 1));
    add_plain(m, "calc", 1, do_python(m, 0.020));
    add_client(m, "counters", burst(3, 0), do_call(m, "calc"));
    add_loop();
    add_client(m, "users", burst(4, 0), do_call(m, "api"));
    add_client(m, "hasty", burst(1, 500 * SIM_MS),
               with_timeout(m, 0.004, do_call(m, "api")));
    world_seal(m);
    run = run_open(m, 1, 0);
    sim_run_edge(run, 400 * SIM_MS);
    assert_int_equal(sim_run_until(run, SIM_NEVER), SIM_FINISHED);
    sim_run_finish(run);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    sim_run_close(run);
    sim_model_close(m);
    return 0;
}

static double measured(const char *path, sim_time from, sim_time to)
{
    struct sim_metric metric;
    struct sim_metric_error error;
    if (!sim_metric_parse(m, path, &metric, &error))
        fail_msg("%s: %s", path, error.text);
    return sim_metric_measure(run, &metric, from, to);
}

struct figure {
    const char *path;
    double want;
};

static void expect_figures(const struct figure *f, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        double got = measured(f[i].path, 0, SIM_S);
        if (!(fabs(got - f[i].want) <= 1e-12 + 0.004 * f[i].want))
            fail_msg("%s is %.9g, wanted %.9g", f[i].path, got, f[i].want);
    }
}

static void clients(void **state)
{
    (void)state;
    const struct figure figures[] = {
        { "users.offered", 4 },
        { "users.ok", 4 },
        { "users.failed", 0 },
        { "users.failed.timeout", 0 },
        { "users.cancelled", 0 },
        { "users.goodput_per_s", 4 },
        { "users.offered_per_s", 4 },
        { "users.latency.mean", 0.015 },
        { "users.latency.p50", 0.010 },
        { "users.latency.p90", 0.020 },
        { "users.latency.max", 0.020 },
        { "users.latency.under(0.015)", 0.5 },
        { "users.inside.mean", 0.060 },
        { "hasty.offered", 1 },
        { "hasty.ok", 0 },
        { "hasty.failed", 1 },
        { "hasty.failed.timeout", 1 },
        { "hasty.failed.error", 0 },
    };
    expect_figures(figures, sizeof figures / sizeof *figures);
}

static void loops(void **state)
{
    (void)state;
    // Nine beats in a second, of which one is late; three tasks for 111 ms.
    const struct figure figures[] = {
        { "loop.loop_lag.p50", 0 },
        { "loop.loop_lag.max", 0.011 },
        { "loop.loop_lag.mean", 0.011 / 9 },
        { "loop[1].loop_lag.max", 0.011 },
        { "loop.loop_busy", 0.111 },
        { "loop.cores", 0 }, // it was a branch that computed
        { "loop.slow_callbacks", 1 },
        { "loop.slow_callbacks_per_s", 1 },
        { "loop.tasks.mean", 0.111 * 2 + 0.111 },
    };
    expect_figures(figures, sizeof figures / sizeof *figures);
}

static void loop_figures_belong_to_loops(void **state)
{
    (void)state;
    struct sim_metric metric;
    struct sim_metric_error error;
    assert_false(sim_metric_parse(m, "api.loop_lag.p99", &metric, &error));
    assert_non_null(strstr(error.text, "has no event loop"));
    assert_false(sim_metric_parse(m, "users.loop_lag.p99", &metric, &error));
    assert_false(sim_metric_parse(m, "loop.loop_lag", &metric, &error));
}

static void services(void **state)
{
    (void)state;
    // 50 ms of work on two workers in a second; two visits stood in line for 10 ms.
    const struct figure figures[] = {
        { "api.arrivals", 5 },
        { "api.completed", 5 },
        { "api.failed", 0 },
        { "api.rejected", 0 },
        { "api.rejected.queue", 0 },
        { "api.utilisation", 0.025 },
        { "api.cores", 0 },
        { "calc.cores", 0.060 }, // three times 20 ms in a second
        { "api.queue.mean", 0.020 },
        { "api.queue.max", 1 },
        { "api.waited", 0.4 },
        { "api.time.queue", 0.004 },
        { "api.time.io", 0.010 },
        { "api.latency.mean", 0.014 },
        { "api.latency.max", 0.020 },
        { "api.ghosts", 1 },
        { "api.ghost_s", 0.010 },
        { "api.completed_per_s", 5 },
        { "api.inside.mean", 0.070 },
        { "db.arrivals", 0 },
        { "db.utilisation", 0 },
        { "db.memory", 0 },
        { "db.memory_max", 0 },
        { "db.oom_kills", 0 },
        { "db.redelivered", 0 },
        { "api[1].arrivals", 3 },
        { "api[2].arrivals", 2 },
        { "api[2].utilisation", 0.020 },
        { "api[1].queue.mean", 0.01 },
    };
    expect_figures(figures, sizeof figures / sizeof *figures);
}

static void calls(void **state)
{
    (void)state;
    const struct figure figures[] = {
        { "users>api.calls", 4 },    { "users>api.attempts", 4 },
        { "users>api.ok", 4 },       { "users>api.attempts_per_request", 1 },
        { "hasty>api.attempts", 1 }, { "hasty>api.failed", 1 },
        { "hasty>api.ok", 0 },       { "hasty>api.failed.timeout", 1 },
        { "api>db.attempts", 0 }, // never made
    };
    expect_figures(figures, sizeof figures / sizeof *figures);
}

static double of_pool(const struct story *s, const char *path)
{
    struct sim_metric metric;
    struct sim_metric_error error;
    if (!sim_metric_parse(sim_run_model(s->report.run), path, &metric, &error))
        fail_msg("%s: %s", path, error.text);
    return sim_metric_measure(s->report.run, &metric, 0, 20 * (sim_time)SIM_S);
}

// Two are in use all the time, from 50 ms on; one comes each 50 ms and none waits for longer than
// 200, so there are at most five, the one whose wait is just over counted.
static void places(void **state)
{
    (void)state;
    struct story s;
    story_pool(&s);
    assert_true(of_pool(&s, "pool.asked") == of_pool(&s, "customers.offered"));
    assert_true(of_pool(&s, "pool.rejected") == of_pool(&s, "customers.failed.rejected"));
    assert_true(of_pool(&s, "pool.rejected") == of_pool(&s, "server.rejected.connections"));
    assert_true(of_pool(&s, "pool.rejected") > 100);
    assert_true(of_pool(&s, "pool.opened") == 2);
    assert_true(of_pool(&s, "pool.in_use.max") == 2);
    assert_true(of_pool(&s, "pool.in_use.mean") > 1.95);
    assert_true(of_pool(&s, "pool.waiting.max") <= 5);
    assert_true(of_pool(&s, "pool.waiting.mean") > 1);
    assert_true(of_pool(&s, "pool.waited") > 0.9);
    assert_true(of_pool(&s, "pool.wait.max") <= 0.2);
    assert_true(of_pool(&s, "server.time.connections") > 0.05);
    struct sim_metric metric;
    struct sim_metric_error error;
    assert_false(
        sim_metric_parse(sim_run_model(s.report.run), "pool.used", &metric, &error));
    assert_string_equal(error.word, "used");
    story_close(&s);
}

static void spans_count_what_lies_in_them(void **state)
{
    (void)state;
    expect_near(measured("api.arrivals", 0, 400 * SIM_MS), 4, 0);
    expect_near(measured("api.arrivals", 400 * SIM_MS, SIM_S), 1, 0);
    expect_near(measured("users.ok_per_s", 0, 400 * SIM_MS), 10, 1e-9);
    expect_near(measured("api.utilisation", 0, 400 * SIM_MS), 0.05, 1e-9);
}

static void without_samples_it_is_not_a_number(void **state)
{
    (void)state;
    assert_true(isnan(measured("users.latency.p99", 400 * SIM_MS, SIM_S)));
    assert_true(isnan(measured("hasty.latency.mean", 0, SIM_S)));
    assert_true(isnan(measured("db.latency.max", 0, SIM_S)));
    assert_true(isnan(measured("db.time.io", 0, SIM_S)));
    assert_true(isnan(measured("db.waited", 0, SIM_S)));
    assert_true(isnan(measured("api>db.attempts_per_request", 0, SIM_S)));
}

// ---- What is not understood ----

// Of four who work for 10 ms one gets the worker of the other service, and three are refused there.
static void time_is_of_all_who_have_spent_it(void **state)
{
    (void)state;
    struct sim_model *narrow = world_open(1);
    struct sim_service_def db = service_def("db", 1);
    struct sim_metric metric;
    struct sim_metric_error error;
    db.executor.capacity = 0;
    add_service(narrow, &db, do_io(narrow, 0.100));
    add_plain(narrow, "api", 4,
              do_list(narrow, STEPS(do_io(narrow, 0.010), do_call(narrow, "db"))));
    add_client(narrow, "users", burst(4, 0), do_call(narrow, "api"));
    world_seal(narrow);
    struct sim_run *r = run_open(narrow, 1, 0);
    assert_int_equal(sim_run_until(r, SIM_NEVER), SIM_FINISHED);
    sim_run_finish(r);
    assert_true(sim_metric_parse(narrow, "api.rejected", &metric, &error));
    assert_true(sim_metric_measure(r, &metric, 0, SIM_S) == 3);
    assert_true(sim_metric_parse(narrow, "api.time.io", &metric, &error));
    assert_true(fabs(sim_metric_measure(r, &metric, 0, SIM_S) - 0.010) < 1e-9);
    sim_run_close(r);
    sim_model_close(narrow);
}

// Each has a meaning of its own or shares it with the one before, and those of clients and services
// are understood as paths.
static void all_that_is_measured_is_told(void **state)
{
    (void)state;
    struct sim_metric_about a;
    struct sim_metric metric;
    struct sim_metric_error error;
    char path[160];
    uint32_t n = 0;
    for (; sim_metric_about(n, &a); n++) {
        assert_true(strlen(a.about) > 5);
        bool is_client = strcmp(a.of, "CLIENT.") == 0;
        if (!is_client && strcmp(a.of, "SERVICE.") != 0)
            continue;
        snprintf(path, sizeof path, "%s.%s%s", is_client ? "users" : "loop", a.name,
                 a.is_count ? "_per_s" : "");
        if (!sim_metric_parse(m, path, &metric, &error))
            fail_msg("%s: %s", path, error.text);
    }
    assert_true(n > 150);
}

static void expect_error(const char *path, const char *word, const char *known)
{
    struct sim_metric metric;
    struct sim_metric_error error;
    bool found = false;
    if (sim_metric_parse(m, path, &metric, &error))
        fail_msg("%s is understood", path);
    if (strcmp(error.word, word) != 0)
        fail_msg("%s: \"%s\" is named in place of \"%s\"", path, error.word, word);
    assert_true(error.text[0] != '\0');
    for (uint32_t i = 0; known && error.known[i]; i++)
        found = found || strcmp(error.known[i], known) == 0;
    if (known && !found)
        fail_msg("%s: \"%s\" is not offered", path, known);
}

static void unknown_words_are_named_with_what_is_known(void **state)
{
    (void)state;
    expect_error("uzers.ok", "uzers", "users");
    expect_error("users.okay", "okay", "ok");
    expect_error("users.latency.p98", "latency.p98", "latency.p99");
    expect_error("users.failed.tiemout", "failed.tiemout", "failed.timeout");
    expect_error("api.rejected.bored", "rejected.bored", "rejected.patience");
    expect_error("api.time.coffee", "time.coffee", "time.queue");
    expect_error("api.queue.min", "queue.min", "queue.max");
    expect_error("users>dbb.calls", "dbb", "db");
    expect_error("userz>db.calls", "userz", "users");
    expect_error("users>db.utilisation", "utilisation", "attempts");
    expect_error("users.utilisation", "utilisation", "ok");
    expect_error("api.offered", "offered", "arrivals");
}

static void what_is_no_path_is_refused(void **state)
{
    (void)state;
    const char *const paths[] = {
        "",
        "users",
        "users.",
        ".ok",
        "users..ok",
        "users.ok.",
        "users.ok.ok",
        "users.latency",
        "api[0].arrivals",
        "api[3].arrivals",
        "api[].arrivals",
        "api[1.arrivals",
        "api[x].arrivals",
        "api[-1].arrivals",
        "api[99999999999999999999].arrivals",
        "users[1].ok",
        "users>.calls",
        ">api.calls",
        "users>api",
        "users>api>db.calls",
        "users.latency.under()",
        "users.latency.under(x)",
        "users.latency.under(0.1",
        "users.latency.p50_per_s",
        "api.utilisation_per_s",
        "users.ok_per_s_per_s",
        "api.time",
    };
    for (uint32_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct sim_metric metric;
        struct sim_metric_error error;
        if (sim_metric_parse(m, paths[i], &metric, &error))
            fail_msg("\"%s\" is understood", paths[i]);
        assert_true(error.text[0] != '\0');
    }
}

static void a_wrong_replica_is_named_by_its_number(void **state)
{
    (void)state;
    struct sim_metric metric;
    struct sim_metric_error error;
    assert_false(sim_metric_parse(m, "api[3].arrivals", &metric, &error));
    assert_string_equal(error.word, "3");
    assert_false(sim_metric_parse(m, "api[1.arrivals", &metric, &error));
    assert_string_equal(error.word, "1");
}

static void long_paths_are_refused_and_not_written_past(void **state)
{
    (void)state;
    char path[5000];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    struct sim_metric metric;
    struct sim_metric_error error;
    assert_false(sim_metric_parse(m, path, &metric, &error));
    path[2000] = '.';
    assert_false(sim_metric_parse(m, path, &metric, &error));
    memcpy(path, "users.", 6);
    assert_false(sim_metric_parse(m, path, &metric, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients),
        cmocka_unit_test(services),
        cmocka_unit_test(loops),
        cmocka_unit_test(loop_figures_belong_to_loops),
        cmocka_unit_test(calls),
        cmocka_unit_test(places),
        cmocka_unit_test(spans_count_what_lies_in_them),
        cmocka_unit_test(without_samples_it_is_not_a_number),
        cmocka_unit_test(time_is_of_all_who_have_spent_it),
        cmocka_unit_test(all_that_is_measured_is_told),
        cmocka_unit_test(unknown_words_are_named_with_what_is_known),
        cmocka_unit_test(what_is_no_path_is_refused),
        cmocka_unit_test(a_wrong_replica_is_named_by_its_number),
        cmocka_unit_test(long_paths_are_refused_and_not_written_past),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
