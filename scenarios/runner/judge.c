#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/runner/runner.h"

static bool same_variant(const char *x, const char *y)
{
    x = x && strcmp(x, "default") != 0 ? x : "";
    y = y && strcmp(y, "default") != 0 ? y : "";
    return strcmp(x, y) == 0;
}

// The same measure in another variant, on the same seed.
static bool measure_other(const struct scn_job *job, const struct scn_expectation *e,
                          double *value, struct scn_error *error)
{
    struct scn_job other = *job;
    struct scn_result r;
    uint32_t n;
    other.variant = e->relative_to;
    other.trace_records = 0;
    scn_run(&other, &r);
    *error = r.error;
    bool ok = r.end == SCN_DONE;
    const struct scn_expectation *all =
        ok ? scn_scenario_expectations(r.scenario, &n) : NULL;
    *value = NAN;
    // The script is the same, so the expectation is there, on the same line.
    for (uint32_t i = 0; ok && i < n; i++)
        if (all[i].line == e->line && strcmp(all[i].claim, e->claim) == 0)
            ok = scn_scenario_measure(r.scenario, &all[i], r.run, value, error);
    scn_result_close(&r);
    return ok;
}

bool scn_measure(const struct scn_job *job, struct scn_result *result,
                 const struct scn_expectation *e, double *value, struct scn_error *error)
{
    double other;
    if (!scn_scenario_measure(result->scenario, e, result->run, value, error))
        return false;
    if (!e->relative_to[0])
        return true;
    if (!measure_other(job, e, &other, error))
        return false;
    *value = other != 0 ? *value / other : NAN;
    return true;
}

bool scn_holds(const struct scn_expectation *e, double value)
{
    return value == value && (!e->has_least || value >= e->least) &&
           (!e->has_most || value <= e->most);
}

static struct sim_verdict describe(const struct scn_expectation *e)
{
    return (struct sim_verdict){
        .text = e->claim,
        .because = e->because[0] ? e->because : NULL,
        .path = e->path[0] ? e->path : NULL,
        .variant = e->variant[0] ? e->variant : NULL,
        .line = e->line,
        .state = SIM_NOT_JUDGED,
        .unit = e->relative_to[0] || !e->path[0] ? SIM_UNIT_NUMBER : SIM_UNIT_OF_PATH,
        .measured = NAN,
        .has_min = e->has_least,
        .has_max = e->has_most,
        .min = e->least,
        .max = e->most,
        .from = e->from,
        .to = e->to,
        .relative_to = e->relative_to[0] ? e->relative_to : NULL,
    };
}

static void judge(const struct scn_job *job, struct scn_result *result,
                  const struct scn_expectation *e, struct sim_verdict *v,
                  struct scn_judged *judged)
{
    if (sim_run_now(result->run) < e->to) {
        v->state = SIM_UNDECIDED;
        v->note = "the run ended before its window did";
        return;
    }
    if (!scn_measure(job, result, e, &v->measured, &judged->error)) {
        judged->has_error = judged->error.text[0] != '\0';
        v->state = SIM_UNDECIDED;
        v->note = "its measure could not be taken";
        return;
    }
    v->state = scn_holds(e, v->measured) ? SIM_PASSED : SIM_FAILED;
}

void scn_judge(const struct scn_job *job, struct scn_result *result,
               struct scn_judged *judged)
{
    uint32_t n;
    const struct scn_expectation *e = scn_scenario_expectations(result->scenario, &n);
    *judged = (struct scn_judged){ .verdicts = calloc(n + 1u, sizeof *judged->verdicts) };
    if (!judged->verdicts)
        return;
    judged->count = n;
    for (uint32_t i = 0; i < n; i++) {
        judged->verdicts[i] = describe(&e[i]);
        if (same_variant(e[i].variant, job->variant))
            judge(job, result, &e[i], &judged->verdicts[i], judged);
    }
}

void scn_judged_free(struct scn_judged *judged)
{
    free(judged->verdicts);
    *judged = (struct scn_judged){ 0 };
}
