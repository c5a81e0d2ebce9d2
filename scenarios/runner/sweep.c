#include "scenarios/runner/sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// One run of a sweep: a variant on a seed.
struct cell {
    enum scn_end end;
    struct scn_stop stop;
    bool unbalanced;
    struct scn_error error;
    double *measured; // one an expectation
    enum sim_verdict_state *state;
};

struct sweeping {
    const struct scn_job *job;
    const struct scn_variant *variants;
    uint32_t variant_count, seeds, expectations;
    struct cell *cells; // [variant + 1][seed], variant 0 is the default
};

static void run_cell(void *ctx, uint32_t i)
{
    struct sweeping *s = ctx;
    struct cell *c = &s->cells[i];
    struct scn_job job = *s->job;
    struct scn_result r;
    struct scn_judged judged = { 0 };
    uint32_t variant = i / s->seeds;
    job.variant = variant ? s->variants[variant - 1].name : NULL;
    job.seed = i % s->seeds + 1;
    scn_run(&job, &r);
    c->end = r.end;
    c->error = r.error;
    scn_stop_of(&r, &c->stop);
    if (r.run) {
        c->unbalanced = !sim_run_books(r.run).balanced;
        scn_judge(&job, &r, &judged);
    }
    for (uint32_t k = 0; k < judged.count && k < s->expectations; k++) {
        c->measured[k] = judged.verdicts[k].measured;
        c->state[k] = judged.verdicts[k].state;
    }
    if (judged.has_error) {
        c->end = SCN_BAD_SCRIPT;
        c->error = judged.error;
    }
    scn_judged_free(&judged);
    scn_result_close(&r);
}

static void add(struct scn_tally *t, uint64_t seed, double x, enum sim_verdict_state state)
{
    if (state == SIM_NOT_JUDGED)
        return;
    if (state == SIM_UNDECIDED) {
        t->undecided++;
        return;
    }
    t->judged++;
    t->held += state == SIM_PASSED;
    if (state == SIM_FAILED && t->failed_kept < SCN_FAILED_SEEDS)
        t->failed[t->failed_kept++] = seed;
    if (isnan(x))
        return;
    bool is_first = t->measured++ == 0;
    t->least = is_first || x < t->least ? x : t->least;
    t->most = is_first || x > t->most ? x : t->most;
    t->mean = is_first ? x : t->mean + (x - t->mean) / t->measured;
}

static void take_end(const struct sweeping *s, uint32_t i, struct scn_sweep *sweep)
{
    const struct cell *c = &s->cells[i];
    uint32_t variant = i / s->seeds;
    sweep->end = c->end;
    sweep->error = c->error;
    sweep->stop = c->stop;
    sweep->seed = i % s->seeds + 1;
    if (variant)
        snprintf(sweep->variant, sizeof sweep->variant, "%s",
                 s->variants[variant - 1].name);
}

static void collect(struct sweeping *s, const struct scn_expectation *e,
                    struct scn_sweep *sweep)
{
    uint32_t n = (s->variant_count + 1) * s->seeds;
    for (uint32_t k = 0; k < s->expectations; k++) {
        struct scn_tally *t = &sweep->tallies[k];
        snprintf(t->claim, sizeof t->claim, "%s", e[k].claim);
        snprintf(t->because, sizeof t->because, "%s", e[k].because);
        snprintf(t->variant, sizeof t->variant, "%s", e[k].variant);
        t->least = t->most = t->mean = NAN;
        t->share = e[k].share;
        t->line = e[k].line;
        for (uint32_t i = 0; i < n; i++)
            add(t, i % s->seeds + 1, s->cells[i].measured[k], s->cells[i].state[k]);
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct cell *c = &s->cells[i];
        sweep->unbalanced = sweep->unbalanced || c->unbalanced;
        if (c->end != SCN_DONE && sweep->end == SCN_DONE)
            take_end(s, i, sweep);
    }
    sweep->count = s->expectations;
    sweep->runs = n;
}

static bool open_cells(struct sweeping *s)
{
    uint32_t n = (s->variant_count + 1) * s->seeds;
    s->cells = calloc(n, sizeof *s->cells);
    for (uint32_t i = 0; s->cells && i < n; i++) {
        s->cells[i].measured = calloc(s->expectations + 1u, sizeof(double));
        s->cells[i].state = calloc(s->expectations + 1u, sizeof(enum sim_verdict_state));
        if (!s->cells[i].measured || !s->cells[i].state)
            return false;
        for (uint32_t k = 0; k < s->expectations; k++)
            s->cells[i].state[k] = SIM_UNDECIDED;
    }
    return s->cells != NULL;
}

static void free_cells(struct sweeping *s)
{
    uint32_t n = (s->variant_count + 1) * s->seeds;
    for (uint32_t i = 0; s->cells && i < n; i++) {
        free(s->cells[i].measured);
        free(s->cells[i].state);
    }
    free(s->cells);
}

void scn_sweep(const struct scn_job *job, uint32_t seeds, uint32_t cores,
               struct scn_sweep *sweep)
{
    struct scn_job plain = *job;
    struct sweeping s = { .job = job, .seeds = seeds };
    *sweep = (struct scn_sweep){ .end = SCN_BAD_SCRIPT };
    plain.variant = NULL;
    struct scn_scenario *scenario = scn_build(&plain, &sweep->error);
    if (!scenario)
        return;
    const struct scn_expectation *e = scn_scenario_expectations(scenario, &s.expectations);
    s.variants = scn_scenario_variants(scenario, &s.variant_count);
    sweep->tallies = calloc(s.expectations + 1u, sizeof *sweep->tallies);
    sweep->end = SCN_NO_MEMORY;
    if (open_cells(&s) && sweep->tallies) {
        sweep->end = SCN_DONE;
        scn_parallel((s.variant_count + 1) * seeds, cores, run_cell, &s);
        collect(&s, e, sweep);
    }
    free_cells(&s);
    scn_scenario_close(scenario);
}

void scn_sweep_free(struct scn_sweep *sweep)
{
    free(sweep->tallies);
    *sweep = (struct scn_sweep){ 0 };
}
