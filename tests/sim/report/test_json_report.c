#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/json.h"
#include "sim/report/metric.h"
#include "tests/sim/report/memory_sink.h"
#include "tests/sim/report/stories.h"
#include "tests/support/json.h"
#include "tests/support/schema.h"
#include "tests/support/statistics.h"

struct written {
    struct memory_sink text;
    struct json_document json;
};

static void write_report(struct written *w, const struct sim_report *r)
{
    struct sim_sink sink = memory_sink(&w->text);
    sim_report_json(r, &sink);
    if (!json_read(&w->json, w->text.text, w->text.n)) {
        print_error("%s at %zu\n", w->json.error, w->json.at);
        fail();
    }
}

static void forget(struct written *w)
{
    json_free(&w->json);
    free(w->text.text);
}

// The value at a path such as "clients.users.latency.p99"; a name may hold no point.
static const struct json *at_path(const struct json *x, const char *path)
{
    char key[128];
    while (x && *path) {
        size_t n = strcspn(path, ".");
        snprintf(key, sizeof key, "%.*s", (int)n, path);
        x = json_at(x, key);
        path += n + (path[n] == '.');
    }
    return x;
}

static double number_at(const struct written *w, const char *path)
{
    const struct json *x = at_path(w->json.nodes, path);
    if (!x) {
        print_error("there is no %s\n", path);
        fail();
    }
    return x->type == JSON_NULL ? NAN : strtod(x->text, NULL);
}

static bool text_is(const struct written *w, const char *path, const char *want)
{
    const struct json *x = at_path(w->json.nodes, path);
    return x && json_is(x, want);
}

// ---- The schema ----

static void read_file(struct memory_sink *m, const char *name)
{
    char bytes[4096];
    size_t n;
    FILE *f = fopen(name, "rb");
    assert_non_null(f);
    memory_sink(m);
    while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
        memory_put(m, bytes, n);
    fclose(f);
}

static bool fits_schema(const struct written *w, char *why, size_t room)
{
    struct memory_sink file;
    struct json_document schema;
    read_file(&file, RUN_SCHEMA);
    assert_true(json_read(&schema, file.text, file.n));
    bool ok = schema_check(&schema, &w->json, why, room);
    json_free(&schema);
    free(file.text);
    return ok;
}

static void expect_schema(const struct written *w)
{
    char why[256];
    if (fits_schema(w, why, sizeof why))
        return;
    print_error("%s\n", why);
    fail();
}

static const struct sim_verdict verdicts[] = {
    { .text = "one",
      .because = "so",
      .path = "users.latency.p99",
      .line = 7,
      .state = SIM_PASSED,
      .measured = 0.02,
      .has_max = true,
      .max = 0.05 },
    { .text = "two",
      .line = 8,
      .state = SIM_FAILED,
      .measured = NAN,
      .has_min = true,
      .min = 1,
      .seeds = 20,
      .seeds_held = 15,
      .share_wanted = 0.9 },
    { .text = "three",
      .line = 9,
      .state = SIM_UNDECIDED,
      .measured = 1.5,
      .relative_to = "default",
      .note = "too few" },
    { .text = "four", .line = 10, .state = SIM_NOT_JUDGED, .variant = "other" },
};

static void real_runs_fit_the_schema(void **state)
{
    (void)state;
    struct story s;
    struct written w;
    story_storm(&s, 4);
    s.report.verdicts = verdicts;
    s.report.verdict_count = 4;
    write_report(&w, &s.report);
    expect_schema(&w);
    forget(&w);
    story_close(&s);
    story_breaker(&s);
    write_report(&w, &s.report);
    expect_schema(&w);
    forget(&w);
    story_close(&s);
    story_effect(&s);
    write_report(&w, &s.report);
    expect_schema(&w);
    forget(&w);
    story_close(&s);
    story_pool(&s);
    write_report(&w, &s.report);
    expect_schema(&w);
    forget(&w);
    story_close(&s);
    story_nothing(&s);
    s.report.scenario = s.report.about = s.report.file = s.report.version = NULL;
    s.report.wall_s = 0;
    write_report(&w, &s.report);
    expect_schema(&w);
    forget(&w);
    story_close(&s);
}

// The checker itself: each of these is a document spoilt in one place.
static void the_schema_refuses_what_is_spoilt(void **state)
{
    (void)state;
    static const char *const spoilt[][2] = {
        { "\"seed\": 1", "\"seed\": 1.5" },
        { "\"seed\": 1", "\"sead\": 1" },
        { "\"balanced\": true", "\"balanced\": 1" },
        { "\"state\": \"finished\"", "\"state\": \"finishes\"" },
        { "\"utilisation\": 0.", "\"utilisation\": 1." },
        { "\"inside\": 0", "\"inside\": -1" },
        { "\"p50\": 0.", "\"p50\": \"0." },
        { "\"digest\": \"", "\"digest\": \"0" },
        { "\"queue\": {\"mean\"", "\"queue\": {\"median\"" },
    };
    struct story s;
    struct written w;
    char why[256];
    story_queue(&s, 300, 3);
    write_report(&w, &s.report);
    expect_schema(&w);
    for (size_t i = 0; i < sizeof spoilt / sizeof *spoilt; i++) {
        struct written bad;
        const char *at = strstr(w.text.text, spoilt[i][0]);
        assert_non_null(at);
        memory_sink(&bad.text);
        memory_put(&bad.text, w.text.text, (size_t)(at - w.text.text));
        memory_put(&bad.text, spoilt[i][1], strlen(spoilt[i][1]));
        at += strlen(spoilt[i][0]);
        if (spoilt[i][1][strlen(spoilt[i][1]) - 3] == '"') { // close the text again
            size_t n = strcspn(at, ",}");
            memory_put(&bad.text, at, n);
            memory_put(&bad.text, "\"", 1);
            at += n;
        }
        memory_put(&bad.text, at, strlen(at));
        assert_true(json_read(&bad.json, bad.text.text, bad.text.n));
        if (fits_schema(&bad, why, sizeof why)) {
            print_error("not refused: %s\n", spoilt[i][1]);
            fail();
        }
        forget(&bad);
    }
    forget(&w);
    story_close(&s);
}

// ---- Keys are metric paths ----

// Words whose figure stands in the document in another form.
static bool is_elsewhere(const char *word)
{
    static const char *const words[] = {
        "goodput",     // goodput_per_s
        "failed",      // an object, of its causes
        "rejected",    // likewise
        "inside.mean", // of a client: inside is how many are left
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static void expect_same(const struct written *w, const struct sim_report *r,
                        const char *group, const char *name, const char *word)
{
    char path[200], place[200];
    struct sim_metric metric;
    struct sim_metric_error error;
    uint32_t windows;
    snprintf(path, sizeof path, "%s.%s", name, word);
    snprintf(place, sizeof place, "%s.%s.%s", group, name, word);
    assert_true(sim_metric_parse(sim_run_model(r->run), path, &metric, &error));
    const sim_time *edges = sim_run_window_edges(r->run, &windows);
    double want = sim_metric_measure(r->run, &metric, sim_report_from(r), edges[windows]);
    double got = number_at(w, place);
    if ((isnan(want) && isnan(got)) || fabs(want - got) <= 1e-12 * fabs(want))
        return;
    print_error("%s is %.17g, the metric is %.17g\n", place, got, want);
    fail();
}

// All words that the metrics know of a client, a service or a call.
static uint32_t compare_all(const struct written *w, const struct sim_report *r,
                            const char *group, const char *name)
{
    char path[200];
    struct sim_metric metric;
    struct sim_metric_error error;
    uint32_t n = 0;
    snprintf(path, sizeof path, "%s.?", name);
    assert_false(sim_metric_parse(sim_run_model(r->run), path, &metric, &error));
    bool is_client = strcmp(group, "clients") == 0;
    for (const char *const *word = error.known; *word; word++) {
        if (is_client && strncmp(*word, "time.", 5) == 0)
            continue; // as yet told of services only
        if (is_elsewhere(*word) && (is_client || strcmp(*word, "inside.mean") != 0))
            continue;
        expect_same(w, r, group, name, *word);
        n++;
    }
    return n;
}

static void figures_are_those_of_the_metrics_of_that_path(void **state)
{
    (void)state;
    struct story s;
    struct written w;
    story_storm(&s, 3);
    write_report(&w, &s.report);
    assert_true(compare_all(&w, &s.report, "clients", "users") >= 12);
    expect_same(&w, &s.report, "clients", "users", "goodput_per_s");
    expect_same(&w, &s.report, "clients", "users", "offered_per_s");
    assert_true(compare_all(&w, &s.report, "services", "db") >= 30);
    assert_true(compare_all(&w, &s.report, "services", "api") >= 30);
    expect_same(&w, &s.report, "services", "api", "completed_per_s");
    assert_true(compare_all(&w, &s.report, "calls", "api>db") >= 8);
    forget(&w);
    story_close(&s);
}

static void figures_of_loops_are_there_where_loops_are(void **state)
{
    (void)state;
    struct story s;
    struct written w;
    story_loop(&s);
    write_report(&w, &s.report);
    expect_schema(&w);
    assert_true(compare_all(&w, &s.report, "services", "app") >= 40);
    assert_true(number_at(&w, "services.app.loop_lag.max") >= 0.020);
    forget(&w);
    story_close(&s);
    story_queue(&s, 300, 1);
    write_report(&w, &s.report);
    assert_null(json_at(w.json.nodes, "services.server.loop_lag"));
    forget(&w);
    story_close(&s);
}

// ---- The rest ----

static void books_add_up_and_the_series_does_too(void **state)
{
    (void)state;
    struct story s;
    struct written w;
    story_queue(&s, 300, 7.5);
    write_report(&w, &s.report);
    double arrived = number_at(&w, "books.arrived"), offered = 0, seconds = 0;
    uint32_t rows = 0;
    for (const struct json *row = json_at(w.json.nodes, "series")->child; row;
         row = row->next, rows++) {
        double length = strtod(json_at(row, "seconds")->text, NULL);
        expect_near(strtod(json_at(row, "t")->text, NULL), seconds, 1e-9);
        offered += strtod(json_at(row, "offered_per_s")->text, NULL) * length;
        seconds += length;
    }
    assert_int_equal(rows, 8); // the last is half a second
    expect_near(seconds, 7.5, 1e-9);
    expect_near(offered, arrived, 1e-6);
    expect_near(number_at(&w, "books.ok") + number_at(&w, "books.inside"), arrived, 0);
    forget(&w);
    story_close(&s);
}

static void extra_edges_cut_no_row(void **state)
{
    (void)state;
    struct story s;
    struct written w;
    story_queue(&s, 300, 0.1);
    sim_run_close(s.run);
    struct sim_run_def def;
    sim_run_default(&def);
    def.model = s.model;
    s.run = sim_run_open(&def);
    sim_run_edge(s.run, 40 * SIM_MS);
    assert_int_equal(sim_run_until(s.run, SIM_NEVER), SIM_FINISHED);
    sim_run_finish(s.run);
    s.report.run = s.run;
    write_report(&w, &s.report);
    const struct json *row = json_at(w.json.nodes, "series")->child;
    assert_non_null(row);
    assert_null(row->next);
    expect_near(strtod(json_at(row, "seconds")->text, NULL), 0.1, 1e-12);
    forget(&w);
    story_close(&s);
}

static void who_came_before_the_figures_begin_is_told(void **state)
{
    (void)state;
    struct story s;
    struct written w;
    story_early(&s);
    write_report(&w, &s.report);
    assert_true(number_at(&w, "clients.customers.offered") == 1);
    assert_true(number_at(&w, "clients.customers.ok") == 6);
    assert_true(number_at(&w, "clients.customers.inside") == 0);
    assert_true(number_at(&w, "clients.customers.inside_before") == 5);
    forget(&w);
    story_close(&s);
}

static void without_samples_there_is_null(void **state)
{
    (void)state;
    struct story s;
    struct written w;
    story_nothing(&s);
    write_report(&w, &s.report);
    assert_true(isnan(number_at(&w, "clients.customers.latency.p99")));
    assert_true(isnan(number_at(&w, "services.server.waited")));
    assert_true(isnan(number_at(&w, "services.server.time.native")));
    assert_true(number_at(&w, "clients.customers.offered") == 0);
    assert_true(number_at(&w, "books.arrived") == 1); // of the whole run
    assert_true(number_at(&w, "measured_from") == 1);
    forget(&w);
    story_close(&s);
}

static void words_of_scripts_are_escaped(void **state)
{
    (void)state;
    struct story s;
    struct written w;
    story_queue(&s, 300, 1);
    s.report.scenario = "a \"b\" \\ \033[31m\n\xff \xe2\x80\xae caf\xc3\xa9";
    write_report(&w, &s.report);
    assert_true(text_is(&w, "scenario",
                        "a \\\"b\\\" \\\\ \\u001b[31m\\n\xef\xbf\xbd \\u202e caf\xc3\xa9"));
    forget(&w);
    story_close(&s);
}

static void verdicts_stand_where_they_belong(void **state)
{
    (void)state;
    struct story s;
    struct written w;
    story_queue(&s, 300, 1);
    s.report.verdicts = verdicts;
    s.report.verdict_count = 4;
    write_report(&w, &s.report);
    const struct json *v = json_at(w.json.nodes, "expectations")->child;
    assert_true(json_is(json_at(v, "text"), "one"));
    assert_int_equal(json_at(v, "passed")->type, JSON_TRUE);
    assert_int_equal(json_at(v, "at_least")->type, JSON_NULL);
    v = v->next;
    assert_int_equal(json_at(v, "passed")->type, JSON_FALSE);
    assert_int_equal(json_at(v, "measured")->type, JSON_NULL);
    assert_true(strtod(json_at(v, "share")->text, NULL) == 0.75);
    v = v->next;
    assert_int_equal(json_at(v, "passed")->type, JSON_NULL);
    assert_null(v->next);
    v = json_at(w.json.nodes, "not_judged")->child;
    assert_true(json_is(json_at(v, "variant"), "other"));
    assert_null(v->next);
    forget(&w);
    story_close(&s);
}

static void seeds_keep_all_their_digits(void **state)
{
    (void)state;
    struct story s;
    struct written w;
    story_queue(&s, 300, 1);
    s.report.seed = UINT64_MAX;
    write_report(&w, &s.report);
    assert_non_null(strstr(w.text.text, "\"seed\": 18446744073709551615,"));
    forget(&w);
    story_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_runs_fit_the_schema),
        cmocka_unit_test(the_schema_refuses_what_is_spoilt),
        cmocka_unit_test(figures_are_those_of_the_metrics_of_that_path),
        cmocka_unit_test(figures_of_loops_are_there_where_loops_are),
        cmocka_unit_test(books_add_up_and_the_series_does_too),
        cmocka_unit_test(extra_edges_cut_no_row),
        cmocka_unit_test(who_came_before_the_figures_begin_is_told),
        cmocka_unit_test(without_samples_there_is_null),
        cmocka_unit_test(words_of_scripts_are_escaped),
        cmocka_unit_test(verdicts_stand_where_they_belong),
        cmocka_unit_test(seeds_keep_all_their_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
