#include "ui/cli/filmed.h"

#include <stdio.h>

// The ring needs to hold what a simulated second records: 32 MiB.
#define TRACE_RECORDS (1u << 20)

static bool begin(struct ui_filmed *f)
{
    struct ui_film_def def = {
        .scenario = scn_scenario_name(f->result.scenario),
        .about = scn_scenario_about(f->result.scenario),
        .file = f->job.script->file,
        .script = f->job.script->text,
        .variant = f->job.variant,
        .seed = f->job.seed,
        .keep_from = f->keep_from,
    };
    def.faults = scn_scenario_faults(f->result.scenario, &def.fault_count);
    return ui_film_init(&f->film, f->result.run, &def);
}

static void take(struct ui_filmed *f)
{
    if (!f->has_film && !f->failed)
        f->has_film = begin(f);
    f->failed |= !f->has_film;
    if (f->has_film)
        ui_film_take(&f->film, f->result.run);
    f->failed |= f->film.failed;
}

static bool watch(void *ctx, sim_time now, sim_time end)
{
    struct ui_filmed *f = ctx;
    take(f);
    return !f->watch || f->watch(NULL, now, end);
}

// Its being there cuts the run into seconds, each of which the record holds.
static void on_second(void *ctx, uint64_t digest)
{
    (void)ctx;
    (void)digest;
}

void ui_filmed_run(struct ui_filmed *f)
{
    f->watch = f->job.watch;
    f->job.trace_records = TRACE_RECORDS;
    f->job.trace_steps = true;
    f->job.watch = watch;
    f->job.ctx = f;
    f->job.on_second = on_second;
    scn_run(&f->job, &f->result);
    if (f->result.run && f->result.end != SCN_BAD_SCRIPT)
        take(f); // what the last window closed with
}

static void add_checks(struct ui_filmed *f, const struct scn_judged *judged)
{
    uint32_t n;
    const struct scn_expectation *e = scn_scenario_expectations(f->result.scenario, &n);
    for (uint32_t i = 0; i < n && i < judged->count; i++) {
        struct ui_check check = { .from = e[i].from,
                                  .to = e[i].to,
                                  .state = (int)judged->verdicts[i].state };
        snprintf(check.claim, sizeof check.claim, "%s", e[i].claim);
        f->failed |= !ui_film_check(&f->film, &check);
    }
}

// Another variant may have to be run for that, which is not filmed.
bool ui_filmed_judge(struct ui_filmed *f, struct scn_error *error)
{
    struct scn_judged judged;
    struct scn_job job = f->job;
    job.trace_records = 0;
    job.watch = f->watch;
    job.on_second = NULL;
    scn_judge(&job, &f->result, &judged);
    bool ok = !judged.has_error;
    if (ok)
        add_checks(f, &judged);
    else
        *error = judged.error;
    scn_judged_free(&judged);
    return ok;
}

void ui_filmed_close(struct ui_filmed *f)
{
    if (f->has_film)
        ui_film_fini(&f->film);
    scn_result_close(&f->result);
}
