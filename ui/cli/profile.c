#include <stdio.h>
#include <unistd.h>

#include "sim/report/profile_write.h"
#include "ui/cli/cli.h"

// convoy profile FILE: where the time of each service goes, as profilers would show it.

#define TRACE_RECORDS (1u << 20) // read each 10 ms of simulated time

struct reading {
    struct sim_profile *profile;
    const struct ui_options *o;
    sim_time from, to;
};

static sim_time span_from(const struct ui_options *o, const struct sim_model *m)
{
    return o->from_s >= 0 ? (sim_time)(o->from_s * SIM_S) : sim_model_about(m)->warmup;
}

static sim_time span_to(const struct ui_options *o, const struct sim_model *m)
{
    sim_time duration = sim_model_about(m)->duration;
    sim_time to = o->to_s >= 0 ? (sim_time)(o->to_s * SIM_S) : duration;
    return to < duration ? to : duration;
}

static void read_slice(void *ctx, const struct sim_run *run)
{
    struct reading *r = ctx;
    const struct sim_model *m = sim_run_model(run);
    if (!r->profile) {
        r->from = span_from(r->o, m);
        r->to = span_to(r->o, m);
        r->profile = sim_profile_open(run, r->from, r->to);
    }
    if (r->profile)
        sim_profile_read(r->profile);
}

static void write_profile(const struct ui_options *o, const struct scn_script *script,
                          const struct scn_result *r, const struct reading *reading)
{
    struct sim_sink sink = ui_stdout();
    struct ui_terminal terminal = ui_terminal_of(STDOUT_FILENO);
    struct sim_report of = { .run = r->run,
                             .scenario = scn_scenario_name(r->scenario),
                             .file = script->file,
                             .variant = o->variant,
                             .seed = o->seed,
                             .state = r->state,
                             .interrupted = r->end == SCN_INTERRUPTED };
    sim_time now = sim_run_now(r->run);
    struct sim_profile_report report = { .of = &of,
                                         .profile = reading->profile,
                                         .from = reading->from,
                                         .to = reading->to < now ? reading->to : now };
    struct sim_text_options text = { terminal.width, terminal.colour, terminal.utf8,
                                     false };
    if (o->json)
        sim_profile_json(&report, &sink);
    else
        sim_profile_text(&report, &text, &sink);
}

static enum ui_status tell(const struct ui_options *o, const struct scn_script *script,
                           const struct scn_result *r, const struct reading *reading)
{
    const struct scn_judged none = { 0 };
    if (reading->from >= reading->to) {
        ui_complain("profile: nothing lies between %.6g s and %.6g s",
                    (double)reading->from / SIM_S, (double)reading->to / SIM_S);
        return UI_BAD_INPUT;
    }
    if (!sim_run_books(r->run).balanced) {
        ui_complain("the run's books do not balance: this is an error of convoy's own");
        return UI_OUR_ERROR;
    }
    write_profile(o, script, r, reading);
    if (r->end == SCN_LIMIT)
        ui_complain("the run was stopped at %.6g s: %s",
                    (double)sim_run_now(r->run) / SIM_S, sim_run_reason(r->run));
    return ui_status_of(r, &none);
}

enum ui_status ui_profile(const struct ui_options *o)
{
    struct scn_script script;
    struct scn_job job;
    struct scn_result r;
    struct reading reading = { .o = o };
    enum ui_status status = UI_BAD_INPUT;
    if (!ui_load(o, &script))
        return UI_BAD_INPUT;
    ui_job(o, &script, &job);
    job.trace_records = TRACE_RECORDS;
    job.trace_steps = true;
    job.on_slice = read_slice;
    job.on_slice_ctx = &reading;
    for (uint32_t i = 0; i < 2; i++)
        if ((i ? o->to_s : o->from_s) >= 0)
            job.edges[job.edge_count++] = (sim_time)((i ? o->to_s : o->from_s) * SIM_S);
    ui_watch_signals();
    scn_run(&job, &r);
    ui_watch_done();
    if (r.scenario)
        fputs(scn_scenario_printed(r.scenario), stderr);
    if (r.end == SCN_BAD_SCRIPT) {
        ui_complain_error(&r.error);
    } else if (!r.run || !reading.profile) {
        ui_complain("this machine has no memory for the run");
        status = UI_NO_VERDICT;
    } else {
        status = tell(o, &script, &r, &reading);
    }
    sim_profile_close(reading.profile);
    scn_result_close(&r);
    scn_script_free(&script);
    return status;
}
