#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/model/cause.h"
#include "tests/published/recorded.h"

// Who held the GIL from when to when, from the record of a run in which threads only compute.

#define SLICES 100000

struct slice {
    double begin, end; // seconds
    uint32_t thread;
};

struct slices {
    struct slice *at;
    uint32_t count;
};

static int by_begin(const void *a, const void *b)
{
    const struct slice *x = a, *y = b;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void collect(const struct sim_trace *t, struct slices *s)
{
    for (uint64_t i = sim_trace_first(t); i < t->count && s->count < SLICES; i++) {
        const struct sim_trace_record *r = sim_trace_at(t, i);
        if (r->kind == SIM_TRACE_SPAN && r->code == SIM_IN_PYTHON && r->end > r->begin)
            s->at[s->count++] = (struct slice){ (double)r->begin / SIM_S,
                                                (double)r->end / SIM_S, r->request };
    }
    qsort(s->at, s->count, sizeof *s->at, by_begin);
}

static bool run_it(const struct lab_experiment *e, uint64_t seed, struct slices *s)
{
    struct scn_script script;
    struct scn_job job;
    struct scn_result r;
    char file[1024], message[400];
    snprintf(file, sizeof file, "%s/%s", e->folder, e->file);
    if (!scn_script_load(&script, file, NULL, message, sizeof message))
        return false;
    scn_job_default(&job, &script);
    job.settings = e->settings;
    job.setting_count = e->setting_count;
    job.seed = seed;
    job.trace_records = 1 << 20;
    scn_run(&job, &r);
    bool is_done = r.end == SCN_DONE;
    if (is_done)
        collect(sim_run_trace(r.run), s);
    else
        fprintf(stderr, "%s: %s\n", file, r.error.text);
    scn_result_close(&r);
    scn_script_free(&script);
    return is_done;
}

static double percentile(double *x, uint32_t n, double p)
{
    qsort(x, n, sizeof *x, by_size);
    return x[(uint32_t)fmin(floor(p * n), n - 1)];
}

// How often the last k holders were all different ones.
static double round_robin_share(const struct slices *s, uint32_t k)
{
    uint32_t all = 0, distinct = 0;
    for (uint32_t i = k - 1; i < s->count; i++, all++) {
        bool differ = true;
        for (uint32_t a = i - k + 1; a <= i; a++)
            for (uint32_t b = a + 1; b <= i; b++)
                differ = differ && s->at[a].thread != s->at[b].thread;
        distinct += differ;
    }
    return (double)distinct / all;
}

static bool figure(const struct slices *s, const char *metric, uint32_t k, double *x)
{
    double *d = malloc((s->count + 1) * sizeof *d);
    double p = NAN;
    bool is_gap = strncmp(metric, "handoff_gap_p", 13) == 0;
    if (!d || s->count < 10)
        abort();
    for (uint32_t i = 0; i + 1 < s->count; i++)
        d[i] = is_gap ? (s->at[i + 1].begin - s->at[i].end) * 1e6
                      : (s->at[i].end - s->at[i].begin) * 1e3;
    if (sscanf(metric, is_gap ? "handoff_gap_p%lf" : "slice_p%lf", &p) == 1)
        *x = percentile(d, s->count - 1, p / 100);
    else if (strcmp(metric, "switches") == 0)
        *x = s->count / s->at[s->count - 1].end;
    else if (strcmp(metric, "round_robin_share") == 0)
        *x = round_robin_share(s, k);
    else
        *x = NAN;
    free(d);
    return isfinite(*x);
}

bool slices_measure(const struct lab_experiment *e, uint64_t seed, double x[LAB_FIGURES])
{
    struct slices s = { .at = malloc(SLICES * sizeof *s.at) };
    uint32_t k = 2;
    for (uint32_t i = 0; i < e->setting_count; i++)
        if (strcmp(e->settings[i].knob, "k") == 0)
            k = (uint32_t)atoi(e->settings[i].value);
    bool is_good = s.at && run_it(e, seed, &s);
    for (uint32_t i = 0; is_good && i < e->figure_count; i++)
        is_good = figure(&s, e->figures[i], k, &x[i]);
    free(s.at);
    return is_good;
}
