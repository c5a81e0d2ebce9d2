#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/report/chrome.h"
#include "sim/report/json.h"
#include "sim/report/json_write.h"
#include "sim/report/text.h"
#include "ui/cli/cli.h"
#include "ui/file/whole_file.h"

// convoy run FILE: one run, told as text or as JSON.

// The last 262144: a file of some 35 MB, which Perfetto opens in seconds.
#define TRACE_RECORDS (1u << 18)

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

// A device or a pipe is written to as it is: a file in its place would put an end to it.
static bool is_special(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && !S_ISREG(about.st_mode);
}

static bool write_chrome(const struct ui_options *o, const struct scn_result *r, FILE *f)
{
    struct sim_chrome chrome = { .run = r->run, .seed = o->seed };
    struct sim_sink sink = ui_stdout();
    sink.ctx = f;
    chrome.faults = scn_scenario_faults(r->scenario, &chrome.fault_count);
    return sim_chrome_write(&chrome, &sink);
}

static bool write_trace(const struct ui_options *o, const struct scn_result *r)
{
    struct ui_whole_file w;
    if (!is_special(o->trace))
        return ui_whole_file_open(&w, o->trace) &&
               ui_whole_file_close(&w, write_chrome(o, r, w.f));
    FILE *f = fopen(o->trace, "wb");
    if (!f)
        return false;
    bool ok = write_chrome(o, r, f) && fflush(f) == 0 && !ferror(f);
    return fclose(f) == 0 && ok;
}

static void tell_left_out(const struct scn_result *r)
{
    const struct sim_trace *trace = sim_run_trace(r->run);
    uint64_t first = sim_trace_first(trace);
    if (first > 0)
        ui_complain(
            "the trace holds the last %llu of %llu records, from %.6g s on; --until "
            "shows what was before",
            (unsigned long long)(trace->count - first), (unsigned long long)trace->count,
            (double)sim_trace_at(trace, first)->end / SIM_S);
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
    if (status != UI_BAD_INPUT && o->trace) {
        if (write_trace(o, r)) {
            tell_left_out(r);
        } else {
            ui_complain("the trace cannot be written to %s", o->trace);
            status = UI_BAD_INPUT;
        }
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

// Who never calls check should hear that it has something to say.
static void tell_remarks(const struct ui_options *o, struct scn_scenario *s)
{
    uint32_t n;
    scn_scenario_remarks(s, &n);
    if (n > 0 && !o->quiet && !o->json)
        ui_complain("convoy check %s has %u remark%s on this script", o->files[0], n,
                    n == 1 ? "" : "s");
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
        ui_tell_until(o, r.scenario);
        tell_remarks(o, r.scenario);
        if (r.end == SCN_LIMIT)
            ui_complain("the run was stopped at %.6g s: %s",
                        (double)sim_run_now(r.run) / SIM_S, sim_run_reason(r.run));
        if (status == UI_INTERRUPTED)
            ui_complain("interrupted: what was measured up to then is told");
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

static enum ui_status run_once(const struct ui_options *o, const struct scn_script *script,
                               struct seconds *seconds, bool first)
{
    struct scn_job job;
    struct scn_result r;
    struct scn_judged none = { 0 };
    struct scn_stop stop;
    ui_job(o, script, &job);
    job.on_second = on_second;
    job.on_second_ctx = seconds;
    scn_run(&job, &r);
    ui_watch_done();
    scn_stop_of(&r, &stop);
    if (r.end == SCN_BAD_SCRIPT)
        ui_complain_error(&r.error);
    else if (r.end == SCN_INTERRUPTED)
        ui_complain("interrupted in second %u of the %s run: nothing is compared",
                    seconds->count, first ? "first" : "second");
    else if (r.end != SCN_DONE)
        ui_complain_stop(o->variant, o->seed, &stop);
    else if (first)
        ui_tell_until(o, r.scenario);
    enum ui_status status = ui_status_of(&r, &none);
    scn_result_close(&r);
    return status;
}

static void tell_twice(const struct ui_options *o, const struct seconds *s, uint32_t same,
                       bool differ)
{
    char digest[24];
    struct sim_json j;
    struct sim_sink sink = ui_stdout();
    snprintf(digest, sizeof digest, "%016llx",
             same ? (unsigned long long)s->digest[same - 1] : 0ull);
    if (o->json) {
        sim_json_init(&j, &sink);
        sim_json_open(&j, NULL);
        sim_json_bool(&j, "same", !differ);
        sim_json_whole(&j, "seconds_alike", same);
        sim_json_text(&j, "digest", digest);
        sim_json_close(&j);
    } else if (differ) {
        printf("the two runs differ first in second %u\n", same + 1);
    } else {
        printf("twice the same: %u seconds, digest %s\n", same, digest);
    }
}

enum ui_status ui_twice(const struct ui_options *o)
{
    struct scn_script script;
    struct seconds seconds[2] = { { 0 }, { 0 } };
    enum ui_status status = UI_WELL;
    if (!ui_load(o, &script))
        return UI_BAD_INPUT;
    ui_watch_signals();
    for (int i = 0; i < 2 && status == UI_WELL; i++)
        status = run_once(o, &script, &seconds[i], i == 0);
    uint32_t n = seconds[0].count < seconds[1].count ? seconds[0].count : seconds[1].count;
    uint32_t same = 0;
    while (same < n && seconds[0].digest[same] == seconds[1].digest[same])
        same++;
    if (status == UI_WELL) {
        bool differ = same < n || seconds[0].count != seconds[1].count;
        tell_twice(o, &seconds[0], same, differ);
        status = differ ? UI_OUR_ERROR : UI_WELL;
    }
    free(seconds[0].digest);
    free(seconds[1].digest);
    scn_script_free(&script);
    return status;
}
