#define _DEFAULT_SOURCE // number of cores
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenarios/runner/sweep.h"
#include "sim/report/json_write.h"
#include "sim/stats/interval.h"
#include "ui/cli/cli.h"

// convoy compare FILE: all variants on the same seed, side by side. A difference from the
// default is marked when it exceeds the noise: when the 95 % interval of the difference, over
// this and four more seeds, each run of one variant against the default's on the same seed,
// leaves out zero.

#define SEEDS    5
#define VARIANTS 16
#define ROWS     64

struct row {
    char path[160];
    bool is_time, is_share, is_memory;
};

struct table {
    const struct ui_options *o;
    const struct scn_script *script;
    char names[VARIANTS][64];
    uint32_t variants, rows;
    struct row row[ROWS];
    double (*x)[VARIANTS][SEEDS]; // [row][variant][seed]
    struct scn_error error;       // of building
    struct end {
        enum scn_end end; // SCN_INTERRUPTED where it was not begun
        struct scn_error error;
        struct scn_stop stop;
    } ends[VARIANTS][SEEDS];
};

static void add_row(struct table *t, const char *who, const char *what)
{
    if (t->rows == ROWS)
        return;
    struct row *r = &t->row[t->rows++];
    snprintf(r->path, sizeof r->path, "%s.%s", who, what);
    r->is_time = strncmp(what, "latency", 7) == 0 || strncmp(what, "time", 4) == 0;
    r->is_share = strcmp(what, "utilisation") == 0;
    r->is_memory = strcmp(what, "memory_max") == 0;
}

static void plan(struct table *t, const struct sim_model *m)
{
    static const char *const of_client[] = { "goodput_per_s", "failed_per_s", "latency.p50",
                                             "latency.p99" };
    static const char *const of_service[] = { "arrivals_per_s", "utilisation",
                                              "cores",          "memory_max",
                                              "queue.mean",     "latency.p99",
                                              "time.gil",       "time.queue" };
    for (uint32_t i = 0; i < sim_model_clients(m); i++)
        for (size_t k = 0; k < sizeof of_client / sizeof *of_client; k++)
            add_row(t, sim_model_client_name(m, i), of_client[k]);
    for (uint32_t i = 0; i < sim_model_services(m); i++)
        for (size_t k = 0; k < sizeof of_service / sizeof *of_service; k++)
            add_row(t, sim_model_service_name(m, i), of_service[k]);
}

static bool watch(void *ctx, sim_time now, sim_time end)
{
    (void)ctx;
    (void)now;
    (void)end;
    return !ui_is_interrupted();
}

static void run_one(void *ctx, uint32_t i)
{
    struct table *t = ctx;
    uint32_t variant = i / SEEDS, seed = i % SEEDS;
    struct scn_job job;
    struct scn_result r;
    ui_job(t->o, t->script, &job);
    job.watch = watch;
    job.variant = t->names[variant];
    job.seed = t->o->seed + seed;
    scn_run(&job, &r);
    struct end *end = &t->ends[variant][seed];
    end->end = r.end;
    end->error = r.error;
    scn_stop_of(&r, &end->stop);
    for (uint32_t k = 0; k < t->rows; k++) {
        struct sim_metric metric;
        struct sim_metric_error wrong;
        t->x[k][variant][seed] = NAN;
        // A variant may lack what another one has.
        if (r.run &&
            sim_metric_parse(sim_run_model(r.run), t->row[k].path, &metric, &wrong))
            t->x[k][variant][seed] = sim_metric_measure(
                r.run, &metric, sim_model_about(sim_run_model(r.run))->warmup,
                sim_run_now(r.run));
    }
    scn_result_close(&r);
}

// The difference from the default is more than chance.
static bool differs(const struct table *t, uint32_t row, uint32_t variant)
{
    double d[SEEDS];
    for (uint32_t s = 0; s < SEEDS; s++) {
        d[s] = t->x[row][variant][s] - t->x[row][0][s];
        if (isnan(d[s]))
            return isnan(t->x[row][variant][s]) != isnan(t->x[row][0][s]);
    }
    struct sim_interval i = sim_interval_of(d, SEEDS, 0.95);
    return i.mean != 0 && fabs(i.mean) > i.half;
}

static void print_value(const struct row *r, double x, bool mark)
{
    char text[32];
    if (isnan(x))
        snprintf(text, sizeof text, "-");
    else if (r->is_time)
        snprintf(text, sizeof text, "%.4g ms", x * 1000);
    else if (r->is_share)
        snprintf(text, sizeof text, "%.1f %%", x * 100);
    else if (r->is_memory)
        snprintf(text, sizeof text, "%.4g MB", x / 1e6);
    else
        snprintf(text, sizeof text, "%.4g", x);
    printf(" %15s%c", text, mark ? '*' : ' ');
}

// As many variants at a time as the width holds; where that is none, a row's name stands on
// a line of its own.
#define NAME_WIDTH 28

static void print_columns(const struct table *t, uint32_t first, uint32_t last, bool narrow)
{
    int name_width = narrow ? 0 : NAME_WIDTH;
    printf("%-*s %15s ", name_width, "", t->names[0]);
    for (uint32_t v = first; v < last; v++)
        printf(" %15.15s ", t->names[v]);
    putchar('\n');
    for (uint32_t k = 0; k < t->rows; k++) {
        if (narrow)
            printf("%s\n", t->row[k].path);
        else
            printf("%-*.*s", NAME_WIDTH, NAME_WIDTH, t->row[k].path);
        print_value(&t->row[k], t->x[k][0][0], false);
        for (uint32_t v = first; v < last; v++)
            print_value(&t->row[k], t->x[k][v][0], differs(t, k, v));
        putchar('\n');
    }
}

static void print_text(const struct table *t)
{
    uint32_t width = ui_terminal_of(STDOUT_FILENO).width;
    bool narrow = width < NAME_WIDTH + 2 * 17;
    uint32_t at_once = narrow ? 1 : (width - NAME_WIDTH - 17) / 17;
    for (uint32_t v = 1; v < t->variants || v == 1; v += at_once) {
        uint32_t last = v + at_once < t->variants ? v + at_once : t->variants;
        print_columns(t, v, last, narrow);
        putchar('\n');
    }
    printf("seed %llu; * differs from the default by%smore than the noise of %d seeds\n",
           (unsigned long long)t->o->seed, narrow ? "\n" : " ", SEEDS);
}

static void print_json(const struct table *t)
{
    struct sim_json j;
    struct sim_sink sink = ui_stdout();
    sim_json_init(&j, &sink);
    sim_json_open(&j, NULL);
    sim_json_whole(&j, "seed", t->o->seed);
    sim_json_whole(&j, "seeds", SEEDS);
    sim_json_open(&j, "variants");
    for (uint32_t v = 0; v < t->variants; v++) {
        sim_json_open(&j, t->names[v]);
        for (uint32_t k = 0; k < t->rows; k++) {
            sim_json_open(&j, t->row[k].path);
            sim_json_number(&j, "value", t->x[k][v][0]);
            sim_json_bool(&j, "differs", v && differs(t, k, v));
            sim_json_close(&j);
        }
        sim_json_close(&j);
    }
    sim_json_close(&j);
    sim_json_close(&j);
}

// The variants before the first that was cut short.
static uint32_t whole_variants(const struct table *t)
{
    for (uint32_t v = 0; v < t->variants; v++)
        for (uint32_t s = 0; s < SEEDS; s++)
            if (t->ends[v][s].end != SCN_DONE)
                return v;
    return t->variants;
}

static bool prepare(struct table *t)
{
    struct scn_job job;
    uint32_t n;
    ui_job(t->o, t->script, &job);
    struct scn_scenario *s = scn_build(&job, &t->error);
    if (!s) {
        ui_complain_error(&t->error);
        return false;
    }
    plan(t, scn_scenario_model(s));
    ui_tell_until(t->o, s);
    const struct scn_variant *v = scn_scenario_variants(s, &n);
    snprintf(t->names[0], sizeof t->names[0], "default");
    for (t->variants = 1; t->variants <= n && t->variants < VARIANTS; t->variants++)
        snprintf(t->names[t->variants], sizeof t->names[0], "%s", v[t->variants - 1].name);
    scn_scenario_close(s);
    return true;
}

static enum ui_status status_of_end(const struct table *t, uint32_t v, uint32_t s)
{
    const struct end *end = &t->ends[v][s];
    if (end->end == SCN_BAD_SCRIPT) {
        ui_complain_error(&end->error);
        return UI_BAD_INPUT;
    }
    if (end->end == SCN_INTERRUPTED) {
        ui_complain("interrupted after %u of %u variants", whole_variants(t), t->variants);
        return UI_INTERRUPTED;
    }
    ui_complain_stop(t->names[v], t->o->seed + s, &end->stop);
    return UI_NO_VERDICT;
}

// That of the first run, by variant and seed, that did not end as it should.
static enum ui_status status_of(const struct table *t)
{
    for (uint32_t v = 0; v < t->variants; v++)
        for (uint32_t s = 0; s < SEEDS; s++)
            if (t->ends[v][s].end != SCN_DONE)
                return status_of_end(t, v, s);
    return UI_WELL;
}

enum ui_status ui_compare(const struct ui_options *o)
{
    struct scn_script script;
    enum ui_status status = UI_BAD_INPUT;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (!ui_load(o, &script))
        return UI_BAD_INPUT;
    struct table *t = calloc(1, sizeof *t);
    if (t) {
        t->o = o;
        t->script = &script;
        t->x = calloc(ROWS, sizeof *t->x);
    }
    if (t && t->x && prepare(t)) {
        ui_watch_signals();
        scn_parallel(t->variants * SEEDS, cores > 0 ? (uint32_t)cores : 1, run_one, t);
        status = status_of(t);
        // Who interrupts is told of the variants that are there.
        if (status == UI_INTERRUPTED)
            t->variants = whole_variants(t);
        bool tells = status == UI_WELL || (status == UI_INTERRUPTED && t->variants > 0);
        if (tells && o->json)
            print_json(t);
        else if (tells)
            print_text(t);
    }
    if (t)
        free(t->x);
    free(t);
    scn_script_free(&script);
    return status;
}
