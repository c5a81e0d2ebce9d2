#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/report/chrome.h"
#include "sim/report/json.h"
#include "sim/report/text.h"
#include "ui/cli/cli.h"

// convoy run FILE: one run, told as text or as JSON.

#define TRACE_RECORDS (1u << 21) // 64 MiB: the last two million

static void report(const struct ui_options *o, const struct scn_script *script,
                   const struct scn_result *r, const struct scn_judged *judged, double wall)
{
    struct sim_sink sink = ui_stdout();
    struct ui_terminal terminal = ui_terminal_of(STDOUT_FILENO);
    const char *about = scn_scenario_about(r->scenario);
    struct sim_report report = {
        .run = r->run,
        .scenario = scn_scenario_name(r->scenario),
        .about = about[0] ? about : NULL,
        .file = script->file,
        .variant = o->variant,
        .seed = o->seed,
        .version = UI_VERSION,
        .wall_s = wall,
        .state = r->state,
        .interrupted = r->end == SCN_INTERRUPTED,
        .verdicts = judged->verdicts,
        .verdict_count = judged->count,
    };
    report.faults = scn_scenario_faults(r->scenario, &report.fault_count);
    struct sim_text_options text = { terminal.width, terminal.colour, terminal.utf8,
                                     o->quiet };
    if (o->json)
        sim_report_json(&report, &sink);
    else
        sim_report_text(&report, &text, &sink);
}

// A trace is written whole or not at all.
static bool write_trace(const struct ui_options *o, const struct scn_result *r)
{
    char name[1200];
    struct sim_chrome chrome = { .run = r->run, .seed = o->seed };
    snprintf(name, sizeof name, "%s.part", o->trace);
    FILE *f = fopen(name, "wb");
    if (!f)
        return false;
    struct sim_sink sink = ui_stdout();
    sink.ctx = f;
    chrome.faults = scn_scenario_faults(r->scenario, &chrome.fault_count);
    bool ok = sim_chrome_write(&chrome, &sink);
    ok = fflush(f) == 0 && !ferror(f) && ok;
    ok = fclose(f) == 0 && ok;
    if (ok && rename(name, o->trace) == 0)
        return true;
    remove(name);
    return false;
}

static enum ui_status tell(const struct ui_options *o, const struct scn_script *script,
                           const struct scn_job *job, struct scn_result *r, double wall)
{
    struct scn_judged judged;
    if (!sim_run_books(r->run).balanced) {
        ui_complain("the run's books do not balance: this is an error of convoy's own");
        return UI_OUR_ERROR;
    }
    scn_judge(job, r, &judged);
    enum ui_status status = ui_status_of(r, &judged);
    if (judged.has_error)
        ui_complain_error(&judged.error);
    if (status != UI_BAD_INPUT && o->trace && !write_trace(o, r)) {
        ui_complain("the trace cannot be written to %s", o->trace);
        status = UI_BAD_INPUT;
    }
    if (status != UI_BAD_INPUT)
        report(o, script, r, &judged, wall);
    scn_judged_free(&judged);
    return status;
}

static void tell_printed(const struct scn_result *r)
{
    if (r->scenario)
        fputs(scn_scenario_printed(r->scenario), stderr);
}

enum ui_status ui_run(const struct ui_options *o)
{
    struct scn_script script;
    struct scn_job job;
    struct scn_result r;
    enum ui_status status = UI_BAD_INPUT;
    if (!ui_load(o, &script))
        return UI_BAD_INPUT;
    ui_job(o, &script, &job);
    job.trace_records = o->trace ? TRACE_RECORDS : 0;
    ui_watch_signals();
    double begin = ui_clock();
    scn_run(&job, &r);
    double wall = ui_clock() - begin;
    ui_watch_done();
    tell_printed(&r);
    if (r.end == SCN_BAD_SCRIPT) {
        ui_complain_error(&r.error);
    } else if (!r.run) {
        ui_complain("this machine has no memory for the run");
        status = UI_NO_VERDICT;
    } else {
        status = tell(o, &script, &job, &r, wall);
        if (r.end == SCN_LIMIT)
            ui_complain("the run was stopped at %.6g s: %s",
                        (double)sim_run_now(r.run) / SIM_S, sim_run_reason(r.run));
    }
    scn_result_close(&r);
    scn_script_free(&script);
    return status;
}

// ---- --twice: the first second in which two runs differ ----

struct seconds {
    uint64_t *digest;
    uint32_t count, room;
};

static void keep(struct seconds *s, uint64_t digest)
{
    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 256;
        s->digest = realloc(s->digest, s->room * sizeof *s->digest);
    }
    if (s->digest)
        s->digest[s->count++] = digest;
}

static void on_second(void *ctx, uint64_t digest)
{
    keep(ctx, digest);
}

enum ui_status ui_twice(const struct ui_options *o)
{
    struct scn_script script;
    struct seconds seconds[2] = { { 0 }, { 0 } };
    enum ui_status status = UI_WELL;
    if (!ui_load(o, &script))
        return UI_BAD_INPUT;
    ui_watch_signals();
    for (int i = 0; i < 2 && status == UI_WELL; i++) {
        struct scn_job job;
        struct scn_result r;
        struct scn_judged none = { 0 };
        ui_job(o, &script, &job);
        job.on_second = on_second;
        job.on_second_ctx = &seconds[i];
        scn_run(&job, &r);
        status = ui_status_of(&r, &none);
        if (r.end == SCN_BAD_SCRIPT)
            ui_complain_error(&r.error);
        scn_result_close(&r);
    }
    ui_watch_done();
    uint32_t n = seconds[0].count < seconds[1].count ? seconds[0].count : seconds[1].count;
    uint32_t first = 0;
    while (first < n && seconds[0].digest[first] == seconds[1].digest[first])
        first++;
    if (status == UI_WELL && first == n && seconds[0].count == seconds[1].count) {
        printf("twice the same: %u seconds, digest %016llx\n", n,
               n ? (unsigned long long)seconds[0].digest[n - 1] : 0ull);
    } else if (status == UI_WELL) {
        printf("the two runs differ first in second %u\n", first + 1);
        status = UI_OUR_ERROR;
    }
    free(seconds[0].digest);
    free(seconds[1].digest);
    scn_script_free(&script);
    return status;
}
