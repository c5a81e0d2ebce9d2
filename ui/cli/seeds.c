#define _DEFAULT_SOURCE // number of cores
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scenarios/runner/sweep.h"
#include "sim/report/json_write.h"
#include "ui/cli/cli.h"

// convoy run FILE --seeds N: every variant on seeds 1 to N, each expectation with the share of
// the seeds that held.

#define SHOWN 5 // of the seeds on which an expectation failed

static bool holds(const struct scn_tally *t)
{
    return t->judged > 0 && (double)t->held >= t->share * (double)t->judged - 1e-9;
}

// "failed on seeds 3, 7 and 4 more": each can be run by itself.
static void tell_failed(const struct scn_tally *t)
{
    uint32_t failed = t->judged - t->held;
    uint32_t shown = t->failed_kept < SHOWN ? t->failed_kept : SHOWN;
    if (failed == 0)
        return;
    printf("          failed on seed%s ", failed == 1 ? "" : "s");
    for (uint32_t i = 0; i < shown; i++)
        printf("%s%llu", i ? ", " : "", (unsigned long long)t->failed[i]);
    if (failed > shown)
        printf(" and %u more", failed - shown);
    putchar('\n');
}

static void tell(const struct scn_tally *t)
{
    const char *verdict = t->undecided ? "UNDECIDED" : holds(t) ? "held" : "FAILED";
    printf("%-9s %u of %u seeds", verdict, t->held, t->judged);
    if (t->share < 1)
        printf(" (wanted %.4g of them)", t->share);
    if (t->measured)
        printf(", measured %.4g (%.4g to %.4g)", t->mean, t->least, t->most);
    if (t->measured < t->judged)
        printf(", no samples on %u", t->judged - t->measured);
    printf("\n          line %d%s%s: %s\n", t->line, t->variant[0] ? ", variant " : "",
           t->variant, t->claim);
    tell_failed(t);
    if (!holds(t) && t->because[0])
        printf("          expected because: %s\n", t->because);
}

// Quiet is about what held.
static void tell_text(const struct scn_sweep *s, bool quiet)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (!quiet || s->tallies[i].undecided || !holds(&s->tallies[i]))
            tell(&s->tallies[i]);
    printf("%u runs\n", s->runs);
}

static void tell_json(const struct scn_sweep *s, uint32_t seeds)
{
    struct sim_json j;
    struct sim_sink sink = ui_stdout();
    sim_json_init(&j, &sink);
    sim_json_open(&j, NULL);
    sim_json_whole(&j, "seeds", seeds);
    sim_json_whole(&j, "runs", s->runs);
    sim_json_open_array(&j, "expectations");
    for (uint32_t i = 0; i < s->count; i++) {
        const struct scn_tally *t = &s->tallies[i];
        sim_json_open(&j, NULL);
        sim_json_text(&j, "text", t->claim);
        sim_json_text(&j, "variant", t->variant[0] ? t->variant : "default");
        sim_json_whole(&j, "line", (uint64_t)t->line);
        sim_json_bool(&j, "passed", holds(t) && t->undecided == 0);
        sim_json_whole(&j, "held", t->held);
        sim_json_whole(&j, "judged", t->judged);
        sim_json_whole(&j, "measured", t->measured);
        sim_json_whole(&j, "undecided", t->undecided);
        sim_json_open_array(&j, "failed_seeds");
        for (uint32_t k = 0; k < t->failed_kept; k++)
            sim_json_whole(&j, NULL, t->failed[k]);
        sim_json_close_array(&j);
        sim_json_number(&j, "share_wanted", t->share);
        sim_json_number(&j, "least", t->least);
        sim_json_number(&j, "mean", t->mean);
        sim_json_number(&j, "most", t->most);
        sim_json_close(&j);
    }
    sim_json_close_array(&j);
    sim_json_close(&j);
}

static enum ui_status status_of(const struct scn_sweep *s)
{
    enum ui_status status = UI_WELL;
    if (s->unbalanced)
        return UI_OUR_ERROR;
    if (s->end == SCN_BAD_SCRIPT)
        return UI_BAD_INPUT;
    if (s->end == SCN_INTERRUPTED)
        return UI_INTERRUPTED;
    if (s->end != SCN_DONE)
        status = UI_NO_VERDICT;
    for (uint32_t i = 0; i < s->count; i++) {
        if (!s->tallies[i].undecided && !holds(&s->tallies[i]))
            return UI_FAILED;
        if (s->tallies[i].undecided)
            status = UI_NO_VERDICT;
    }
    return status;
}

// The duration may hang on a knob, and the default's stands for all.
static bool tell_until(const struct ui_options *o, const struct scn_job *job,
                       struct scn_error *error)
{
    struct scn_scenario *s = scn_build(job, error);
    if (s)
        ui_tell_until(o, s);
    scn_scenario_close(s);
    return s != NULL;
}

static bool watch(void *ctx, sim_time now, sim_time end)
{
    (void)ctx;
    (void)now;
    (void)end;
    return !ui_is_interrupted();
}

enum ui_status ui_seeds(const struct ui_options *o)
{
    struct scn_script script;
    struct scn_job job;
    struct scn_sweep sweep;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (!ui_load(o, &script))
        return UI_BAD_INPUT;
    ui_job(o, &script, &job);
    job.watch = watch;
    if (o->until_s > 0 && !tell_until(o, &job, &sweep.error)) {
        ui_complain_error(&sweep.error);
        scn_script_free(&script);
        return UI_BAD_INPUT;
    }
    ui_watch_signals();
    scn_sweep(&job, o->seeds, cores > 0 ? (uint32_t)cores : 1, &sweep);
    enum ui_status status = status_of(&sweep);
    if (sweep.end == SCN_BAD_SCRIPT)
        ui_complain_error(&sweep.error);
    else if (o->json)
        tell_json(&sweep, o->seeds);
    else
        tell_text(&sweep, o->quiet);
    if (sweep.end == SCN_LIMIT || sweep.end == SCN_NO_MEMORY)
        ui_complain_stop(sweep.variant, sweep.seed, &sweep.stop);
    if (sweep.end == SCN_INTERRUPTED)
        ui_complain("interrupted: what was measured up to then is told");
    scn_sweep_free(&sweep);
    scn_script_free(&script);
    return status;
}
