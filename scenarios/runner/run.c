#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/runner/runner_private.h"

#define READ_NS (10 * (sim_time)1000000)

void scn_job_default(struct scn_job *job, const struct scn_script *script)
{
    struct sim_run_def def;
    sim_run_default(&def);
    *job = (struct scn_job){
        .script = script, .seed = 1, .until = SIM_NEVER, .limits = def.limits
    };
}

struct scn_scenario *scn_build(const struct scn_job *job, struct scn_error *error)
{
    struct scn_request r = {
        .file = job->script->file,
        .text = job->script->text,
        .length = job->script->length,
        .read_file = scn_script_read_beside,
        .ctx = (void *)job->script,
        .variant = job->variant,
        .settings = job->settings,
        .setting_count = job->setting_count,
        .added = job->added,
        .added_count = job->added_count,
    };
    return scn_scenario_open(&r, error);
}

// Window edges where expectations begin and end, so that their spans are exact.
static void ask_edges(struct scn_scenario *s, struct sim_run *run)
{
    uint32_t n;
    const struct scn_expectation *e = scn_scenario_expectations(s, &n);
    for (uint32_t i = 0; i < n; i++) {
        sim_run_edge(run, e[i].from);
        sim_run_edge(run, e[i].to);
    }
}

static struct sim_run *open_run(const struct scn_job *job, struct scn_scenario *s)
{
    struct sim_run_def def;
    sim_run_default(&def);
    def.model = scn_scenario_model(s);
    def.seed = job->seed;
    def.limits = job->limits;
    def.script = scn_scenario_script(s);
    def.trace_records = job->trace_records;
    def.trace_steps = job->trace_steps;
    struct sim_run *run = sim_run_open(&def);
    if (!run)
        return NULL;
    ask_edges(s, run);
    for (uint32_t i = 0; i < job->edge_count; i++)
        sim_run_edge(run, job->edges[i]);
    if (job->on_slice)
        job->on_slice(job->on_slice_ctx, run);
    return run;
}

// In slices of a thousandth of the whole, so that whoever watches can show progress and stop,
// or of a second, for who wants the digest of each; where a run is cut makes no difference
// to it. Who reads the trace gets slices in which its ring does not come round.
static sim_time slice_of(const struct scn_job *job, sim_time end)
{
    sim_time slice = job->on_second ? SIM_S : end / 1000 + 1;
    return job->on_slice && slice > READ_NS ? READ_NS : slice;
}

static void advance(const struct scn_job *job, struct scn_result *r,
                    struct sim_schedule *schedule)
{
    sim_time duration = sim_model_about(scn_scenario_model(r->scenario))->duration;
    sim_time end = job->until < duration ? job->until : duration;
    sim_time slice = slice_of(job, end);
    r->state = SIM_GOING;
    while (r->state == SIM_GOING && sim_run_now(r->run) < end) {
        sim_time next = sim_run_now(r->run) + slice;
        r->state = sim_schedule_run(schedule, r->run, next < end ? next : end);
        if (job->on_slice)
            job->on_slice(job->on_slice_ctx, r->run);
        if (job->on_second)
            job->on_second(job->on_second_ctx, sim_run_digest(r->run));
        if (job->watch && !job->watch(job->ctx, sim_run_now(r->run), end)) {
            r->end = SCN_INTERRUPTED;
            return;
        }
    }
}

static enum scn_end end_of(enum sim_state state)
{
    if (state == SIM_SCRIPT_ERROR)
        return SCN_BAD_SCRIPT;
    return state == SIM_AT_LIMIT ? SCN_LIMIT : SCN_DONE;
}

static bool holds(void *ctx, const struct sim_run *run, uint32_t fault)
{
    return scn_scenario_holds(ctx, run, fault);
}

// From here on what waited is known by when it happened.
static void learn_times(struct scn_scenario *s, const struct sim_schedule *schedule)
{
    for (uint32_t i = 0; i < schedule->count; i++)
        if (schedule->faults[i].waits)
            scn_scenario_began(s, i, sim_schedule_began(schedule, i));
    for (uint32_t i = 0; i < schedule->count; i++)
        if (sim_schedule_ended(schedule, i) != SIM_NEVER && schedule->faults[i].every == 0)
            scn_scenario_ended(s, i, sim_schedule_ended(schedule, i));
}

static void run_through(const struct scn_job *job, struct scn_result *r)
{
    uint32_t n;
    struct sim_schedule schedule;
    const struct sim_fault *faults = scn_scenario_faults(r->scenario, &n);
    if (!sim_schedule_init(&schedule, faults, n)) {
        r->end = SCN_NO_MEMORY;
        return;
    }
    schedule.holds = holds;
    schedule.ctx = r->scenario;
    advance(job, r, &schedule);
    learn_times(r->scenario, &schedule);
    sim_schedule_fini(&schedule);
    sim_run_finish(r->run);
    if (r->end != SCN_INTERRUPTED)
        r->end = end_of(r->state);
    if (r->end == SCN_BAD_SCRIPT)
        r->error = *scn_scenario_script_error(r->scenario);
}

void scn_run(const struct scn_job *job, struct scn_result *result)
{
    *result = (struct scn_result){ .end = SCN_BAD_SCRIPT };
    result->scenario = scn_build(job, &result->error);
    if (!result->scenario)
        return;
    result->run = open_run(job, result->scenario);
    result->end = SCN_NO_MEMORY;
    if (result->run) {
        result->end = SCN_DONE;
        run_through(job, result);
    }
}

void scn_stop_of(const struct scn_result *result, struct scn_stop *stop)
{
    *stop = (struct scn_stop){ 0 };
    if (result->run && result->end == SCN_LIMIT) {
        stop->at = sim_run_now(result->run);
        snprintf(stop->reason, sizeof stop->reason, "%s", sim_run_reason(result->run));
    } else if (result->end == SCN_NO_MEMORY) {
        snprintf(stop->reason, sizeof stop->reason, "this machine has no memory for it");
    }
}

void scn_result_close(struct scn_result *result)
{
    sim_run_close(result->run);
    scn_scenario_close(result->scenario);
    *result = (struct scn_result){ 0 };
}
