#include <stdio.h>
#include <unistd.h>

#include "sim/report/profile_write.h"
#include "ui/cli/cli.h"
#include "ui/cli/profiled.h"

// convoy profile FILE: where the time of each service goes, as profilers would show it.

static void write_profile(const struct ui_options *o, const struct scn_script *script,
                          const struct scn_result *r, const struct ui_profiled *p)
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
    struct sim_profile_report report = ui_profiled_report(p, &of);
    struct sim_text_options text = { terminal.width, terminal.colour, terminal.utf8,
                                     false };
    if (o->json)
        sim_profile_json(&report, &sink);
    else
        sim_profile_text(&report, &text, &sink);
}

static enum ui_status tell(const struct ui_options *o, const struct scn_script *script,
                           const struct scn_result *r, const struct ui_profiled *p)
{
    const struct scn_judged none = { 0 };
    if (p->from >= p->to) {
        ui_complain("profile: nothing lies between %.6g s and %.6g s",
                    (double)p->from / SIM_S, (double)p->to / SIM_S);
        return UI_BAD_INPUT;
    }
    if (!sim_run_books(r->run).balanced) {
        ui_complain("the run's books do not balance: this is an error of convoy's own");
        return UI_OUR_ERROR;
    }
    write_profile(o, script, r, p);
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
    struct ui_profiled p = { .from_s = o->from_s, .to_s = o->to_s };
    enum ui_status status = UI_BAD_INPUT;
    if (!ui_load(o, &script))
        return UI_BAD_INPUT;
    ui_job(o, &script, &job);
    ui_profiled_watch(&p, &job);
    ui_watch_signals();
    scn_run(&job, &r);
    ui_watch_done();
    if (r.scenario)
        fputs(scn_scenario_printed(r.scenario), stderr);
    if (r.end == SCN_BAD_SCRIPT) {
        ui_complain_error(&r.error);
    } else if (!r.run || !p.profile) {
        ui_complain("this machine has no memory for the run");
        status = UI_NO_VERDICT;
    } else {
        status = tell(o, &script, &r, &p);
    }
    ui_profiled_close(&p);
    scn_result_close(&r);
    scn_script_free(&script);
    return status;
}
