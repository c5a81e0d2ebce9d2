#include "labs/kit/published/experiment.h"

#include <assert.h>
#include <limits.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/runner/sweep.h"

static struct scn_setting *next_setting(struct lab_experiment *e, const char *knob)
{
    assert(e->setting_count < LAB_SETTINGS);
    struct scn_setting *s = &e->settings[e->setting_count++];
    snprintf(s->knob, sizeof s->knob, "%s", knob);
    return s;
}

void lab_experiment_set(struct lab_experiment *e, const char *knob, double x)
{
    struct scn_setting *s = next_setting(e, knob);
    snprintf(s->value, sizeof s->value, "%.17g", x);
}

void lab_experiment_choose(struct lab_experiment *e, const char *knob, const char *word)
{
    struct scn_setting *s = next_setting(e, knob);
    snprintf(s->value, sizeof s->value, "%s", word);
}

void lab_experiment_figure(struct lab_experiment *e, const char *claim)
{
    assert(e->figure_count < LAB_FIGURES);
    snprintf(e->figures[e->figure_count++], sizeof e->figures[0], "%s", claim);
}

double lab_experiment_setting(const struct lab_experiment *e, const char *knob)
{
    for (uint32_t i = 0; i < e->setting_count; i++)
        if (strcmp(e->settings[i].knob, knob) == 0)
            return strtod(e->settings[i].value, NULL);
    return NAN;
}

struct batch {
    const struct lab_experiment *experiment;
    const struct scn_script *script;
    struct lab_samples *samples;
    uint32_t first;
    char (*errors)[400]; // one a run
};

static const struct scn_expectation *find(struct scn_scenario *s, const char *claim)
{
    uint32_t n;
    const struct scn_expectation *e = scn_scenario_expectations(s, &n);
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(e[i].claim, claim) == 0)
            return &e[i];
    return NULL;
}

static void measure(struct batch *b, struct scn_result *r, uint32_t i)
{
    struct scn_error error = { 0 };
    char *wrong = b->errors[i];
    for (uint32_t f = 0; f < b->experiment->figure_count; f++) {
        const char *claim = b->experiment->figures[f];
        double *x = &b->samples->at[f][b->first + i];
        const struct scn_expectation *e = find(r->scenario, claim);
        if (!e)
            snprintf(wrong, 400, "the scenario has no figure \"%.150s\"", claim);
        else if (!scn_scenario_measure(r->scenario, e, r->run, x, &error))
            snprintf(wrong, 400, "%.150s: %.200s", claim, error.text);
        else if (!isfinite(*x))
            snprintf(wrong, 400, "%.150s: no samples", claim);
    }
}

static bool watch(void *ctx, sim_time now, sim_time end)
{
    const struct lab_experiment *e = ctx;
    (void)now;
    (void)end;
    return e->goes_on(e->ctx);
}

static void run_one(void *ctx, uint32_t i)
{
    struct batch *b = ctx;
    struct scn_job job;
    struct scn_result r;
    struct lab_experiment own = *b->experiment; // to be asked
    scn_job_default(&job, b->script);
    if (own.goes_on) {
        job.watch = watch;
        job.ctx = &own;
    }
    job.settings = b->experiment->settings;
    job.setting_count = b->experiment->setting_count;
    job.seed = b->first + i + 1;
    scn_run(&job, &r);
    if (r.end == SCN_LIMIT)
        snprintf(b->errors[i], 400, "seed %u: %.300s", (unsigned)job.seed,
                 sim_run_reason(r.run));
    else if (r.end != SCN_DONE)
        snprintf(b->errors[i], 400, "seed %u: %.300s", (unsigned)job.seed, r.error.text);
    else if (!sim_run_books(r.run).balanced)
        snprintf(b->errors[i], 400, "seed %u: the books do not balance",
                 (unsigned)job.seed);
    else
        measure(b, &r, i);
    scn_result_close(&r);
}

static void run_batch(struct batch *b, uint32_t n)
{
    struct lab_samples *s = b->samples;
    // What a run frees the next one takes again. Given back to the kernel meanwhile, it is
    // zeroed page by page: nine tenths of the time of thousands of short runs.
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    b->errors = calloc(n, sizeof *b->errors);
    if (!b->errors) {
        snprintf(s->error, sizeof s->error, "no memory");
        return;
    }
    // Two at a time; which two makes no difference to what comes out.
    scn_parallel(n, 2, run_one, b);
    for (uint32_t i = 0; i < n && !s->error[0]; i++)
        memcpy(s->error, b->errors[i], sizeof s->error);
    free(b->errors);
    s->count += n;
}

bool lab_experiment_run(const struct lab_experiment *e, struct lab_samples *s,
                        uint32_t count)
{
    struct scn_script script;
    char file[1024];
    if (count <= s->count || s->error[0])
        return !s->error[0];
    for (uint32_t f = 0; f < e->figure_count; f++) {
        double *more = realloc(s->at[f], count * sizeof *more);
        if (!more) {
            snprintf(s->error, sizeof s->error, "no memory");
            return false;
        }
        s->at[f] = more;
    }
    snprintf(file, sizeof file, "%s/%s", e->folder, e->file);
    if (!scn_script_load(&script, file, NULL, s->error, sizeof s->error))
        return false;
    struct batch b = {
        .experiment = e, .script = &script, .samples = s, .first = s->count
    };
    run_batch(&b, count - s->count);
    scn_script_free(&script);
    return !s->error[0];
}

void lab_samples_free(struct lab_samples *s)
{
    for (uint32_t f = 0; f < LAB_FIGURES; f++)
        free(s->at[f]);
    *s = (struct lab_samples){ 0 };
}
