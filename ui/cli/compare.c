#define _DEFAULT_SOURCE // number of cores
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/report/json_write.h"
#include "sim/stats/interval.h"
#include "ui/cli/cli.h"
#include "ui/cli/compare.h"

// convoy compare FILE: all variants on the same seed, side by side. A difference from the
// default is marked when it exceeds the noise: when the 95 % interval of the difference, over
// this and four more seeds, each run of one variant against the default's on the same seed,
// leaves out zero. A seed on which one of the two has no figure is left out; where fewer
// than two remain there is no interval, and it is open.

double *ui_compare_at(const struct ui_compare *t, uint32_t row, uint32_t variant)
{
    return t->x + ((size_t)row * t->variants + variant) * UI_COMPARE_SEEDS;
}

static struct ui_compare_end *end_of(const struct ui_compare *t, uint32_t variant,
                                     uint32_t seed)
{
    return &t->ends[(size_t)variant * UI_COMPARE_SEEDS + seed];
}

// What is compared of whom. Of clients the first four are told in any case; the others, and
// those of all else, where a variant has any.
static const char *const of_client[] = { "goodput_per_s", "failed_per_s",
                                         "latency.p50",   "latency.p99",
                                         "fallbacks",     "hedges",
                                         "replays",       NULL };
static const char *const of_service[] = {
    "arrivals_per_s", "rejected_per_s", "utilisation", "cores",      "memory_max",
    "queue.mean",     "latency.p99",    "time.gil",    "time.queue", "concurrency_limit",
    "fallbacks",      "hedges",         "replays",     "restarts",   "oom_kills",
    "poisoned",       "redelivered",    NULL
};
static const char *const of_bulkhead[] = { "rejected", "wait.p99", NULL };
static const char *const of_cache[] = { "hit_ratio", NULL };
static const char *const of_effect[] = { "done", "duplicates", "missing",
                                         "lost", "invented",   NULL };

// False: there is no memory for it.
static bool add_rows(struct ui_compare *t, const char *who, const char *const *what,
                     size_t always)
{
    for (size_t i = 0; what[i]; i++) {
        void *grown = realloc(t->row, (t->rows + 1) * sizeof *t->row);
        if (!grown)
            return false;
        t->row = grown;
        struct ui_compare_row *r = &t->row[t->rows++];
        *r = (struct ui_compare_row){ .is_told = i < always };
        snprintf(r->path, sizeof r->path, "%s.%s", who, what[i]);
        r->is_time = strncmp(what[i], "latency", 7) == 0 ||
                     strncmp(what[i], "time", 4) == 0 || strncmp(what[i], "wait.", 5) == 0;
        r->is_share =
            strcmp(what[i], "utilisation") == 0 || strcmp(what[i], "hit_ratio") == 0;
        r->is_memory = strcmp(what[i], "memory_max") == 0;
    }
    return true;
}

static bool add_named(struct ui_compare *t, const struct sim_model *m)
{
    bool ok = true;
    for (uint32_t i = 0; i < sim_model_bulkheads(m); i++)
        if (sim_model_bulkhead_at(m, i)->name[0])
            ok = ok && add_rows(t, sim_model_bulkhead_at(m, i)->name, of_bulkhead, 0);
    for (uint32_t i = 0; i < sim_model_caches(m); i++)
        ok = ok && add_rows(t, sim_model_cache_at(m, i)->name, of_cache, 0);
    for (uint32_t i = 0; i < sim_model_effects(m); i++)
        ok = ok && add_rows(t, sim_model_effect_at(m, i)->name, of_effect, 0);
    return ok;
}

static bool plan(struct ui_compare *t, const struct sim_model *m)
{
    bool ok = true;
    for (uint32_t i = 0; i < sim_model_clients(m); i++)
        ok = ok && add_rows(t, sim_model_client_name(m, i), of_client, 4);
    for (uint32_t i = 0; i < sim_model_services(m); i++)
        ok = ok && add_rows(t, sim_model_service_name(m, i), of_service, 0);
    ok = ok && add_named(t, m);
    t->x = calloc((size_t)t->rows * t->variants * UI_COMPARE_SEEDS, sizeof *t->x);
    return ok && t->x;
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
    struct ui_compare *t = ctx;
    uint32_t variant = i / UI_COMPARE_SEEDS, seed = i % UI_COMPARE_SEEDS;
    struct scn_job job;
    struct scn_result r;
    ui_job(t->o, t->script, &job);
    job.watch = watch;
    job.variant = t->names[variant];
    job.seed = t->o->seed + seed;
    scn_run(&job, &r);
    struct ui_compare_end *end = end_of(t, variant, seed);
    end->end = r.end;
    end->error = r.error;
    scn_stop_of(&r, &end->stop);
    for (uint32_t k = 0; k < t->rows; k++) {
        struct sim_metric metric;
        struct sim_metric_error wrong;
        double *x = ui_compare_at(t, k, variant) + seed;
        *x = NAN;
        // A variant may lack what another one has.
        if (r.run &&
            sim_metric_parse(sim_run_model(r.run), t->row[k].path, &metric, &wrong))
            *x = sim_metric_measure(r.run, &metric,
                                    sim_model_about(sim_run_model(r.run))->warmup,
                                    sim_run_now(r.run));
    }
    scn_result_close(&r);
}

enum ui_compare_verdict ui_compare_of(const struct ui_compare *t, uint32_t row,
                                      uint32_t variant)
{
    const double *x = ui_compare_at(t, row, variant), *standard = ui_compare_at(t, row, 0);
    double d[UI_COMPARE_SEEDS];
    uint32_t pairs = 0;
    bool any = false;
    for (uint32_t s = 0; s < UI_COMPARE_SEEDS; s++) {
        d[pairs] = x[s] - standard[s];
        pairs += isnan(d[pairs]) ? 0 : 1;
        any = any || !isnan(x[s]) || !isnan(standard[s]);
    }
    if (pairs < 2)
        return any ? UI_COMPARE_OPEN : UI_COMPARE_ALIKE;
    struct sim_interval i = sim_interval_of(d, pairs, 0.95);
    bool differs = i.mean != 0 && fabs(i.mean) > i.half;
    return differs ? UI_COMPARE_DIFFERS : UI_COMPARE_ALIKE;
}

static void write_differs(struct sim_json *j, enum ui_compare_verdict verdict)
{
    if (verdict == UI_COMPARE_OPEN)
        sim_json_null(j, "differs");
    else
        sim_json_bool(j, "differs", verdict == UI_COMPARE_DIFFERS);
}

static void print_json(const struct ui_compare *t, uint32_t variants)
{
    struct sim_json j;
    struct sim_sink sink = ui_stdout();
    sim_json_init(&j, &sink);
    sim_json_open(&j, NULL);
    sim_json_whole(&j, "seed", t->o->seed);
    sim_json_whole(&j, "seeds", UI_COMPARE_SEEDS);
    sim_json_open(&j, "variants");
    for (uint32_t v = 0; v < variants; v++) {
        sim_json_open(&j, t->names[v]);
        for (uint32_t k = 0; k < t->rows; k++) {
            sim_json_open(&j, t->row[k].path);
            sim_json_number(&j, "value", *ui_compare_at(t, k, v));
            write_differs(&j, v ? ui_compare_of(t, k, v) : UI_COMPARE_ALIKE);
            sim_json_close(&j);
        }
        sim_json_close(&j);
    }
    sim_json_close(&j);
    sim_json_close(&j);
}

// The variants before the first that was cut short.
static uint32_t whole_variants(const struct ui_compare *t)
{
    for (uint32_t v = 0; v < t->variants; v++)
        for (uint32_t s = 0; s < UI_COMPARE_SEEDS; s++)
            if (end_of(t, v, s)->end != SCN_DONE)
                return v;
    return t->variants;
}

// The names of the variants, the default first.
static bool name_variants(struct ui_compare *t, const struct scn_variant *v, uint32_t n)
{
    t->variants = n + 1;
    t->names = calloc(t->variants, sizeof *t->names);
    t->ends = calloc((size_t)t->variants * UI_COMPARE_SEEDS, sizeof *t->ends);
    if (!t->names || !t->ends)
        return false;
    snprintf(t->names[0], sizeof t->names[0], "default");
    for (uint32_t i = 0; i < n; i++)
        snprintf(t->names[i + 1], sizeof t->names[0], "%s", v[i].name);
    return true;
}

static enum ui_status prepare(struct ui_compare *t)
{
    struct scn_job job;
    uint32_t n;
    ui_job(t->o, t->script, &job);
    struct scn_scenario *s = scn_build(&job, &t->error);
    if (!s) {
        ui_complain_error(&t->error);
        return UI_BAD_INPUT;
    }
    const struct scn_variant *v = scn_scenario_variants(s, &n);
    bool ok = name_variants(t, v, n) && plan(t, scn_scenario_model(s));
    if (ok)
        ui_tell_until(t->o, s);
    else
        ui_complain("this machine has no memory for %u variants", n);
    scn_scenario_close(s);
    return ok ? UI_WELL : UI_NO_VERDICT;
}

static enum ui_status status_of_end(const struct ui_compare *t, uint32_t v, uint32_t s)
{
    const struct ui_compare_end *end = end_of(t, v, s);
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
static enum ui_status status_of(const struct ui_compare *t)
{
    for (uint32_t v = 0; v < t->variants; v++)
        for (uint32_t s = 0; s < UI_COMPARE_SEEDS; s++)
            if (end_of(t, v, s)->end != SCN_DONE)
                return status_of_end(t, v, s);
    return UI_WELL;
}

static enum ui_status compare(struct ui_compare *t)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    enum ui_status status = prepare(t);
    if (status != UI_WELL)
        return status;
    ui_watch_signals();
    scn_parallel(t->variants * UI_COMPARE_SEEDS, cores > 0 ? (uint32_t)cores : 1, run_one,
                 t);
    status = status_of(t);
    // Who interrupts is told of the variants that are there.
    uint32_t told = status == UI_INTERRUPTED ? whole_variants(t) : t->variants;
    bool tells = status == UI_WELL || (status == UI_INTERRUPTED && told > 0);
    if (tells && t->o->json)
        print_json(t, told);
    else if (tells)
        ui_compare_text(t, told);
    return status;
}

enum ui_status ui_compare(const struct ui_options *o)
{
    struct scn_script script;
    if (!ui_load(o, &script))
        return UI_BAD_INPUT;
    struct ui_compare t = { .o = o, .script = &script };
    enum ui_status status = compare(&t);
    free(t.names);
    free(t.ends);
    free(t.row);
    free(t.x);
    scn_script_free(&script);
    return status;
}
