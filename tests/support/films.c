#include "tests/support/films.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void take(struct film_run *r)
{
    if (!r->has_film) {
        struct ui_film_def def = { .scenario = scn_scenario_name(r->result.scenario),
                                   .about = scn_scenario_about(r->result.scenario),
                                   .file = r->script.file,
                                   .script = r->has_script ? r->script.text : NULL,
                                   .variant = r->job.variant,
                                   .seed = r->job.seed,
                                   .keep_from = r->keep_from };
        def.faults = scn_scenario_faults(r->result.scenario, &def.fault_count);
        uint32_t n;
        const struct scn_variant *v = scn_scenario_variants(r->result.scenario, &n);
        for (; def.preset_count < n && def.preset_count < UI_PRESETS; def.preset_count++)
            def.presets[def.preset_count] = v[def.preset_count].name;
        r->has_film = ui_film_init(&r->film, r->result.run, &def);
    }
    if (r->has_film)
        ui_film_take(&r->film, r->result.run);
}

static bool watch(void *ctx, sim_time now, sim_time end)
{
    (void)now;
    (void)end;
    take(ctx);
    return true;
}

static void on_second(void *ctx, uint64_t digest)
{
    (void)ctx;
    (void)digest;
}

static void add_checks(struct film_run *r)
{
    struct scn_judged judged;
    uint32_t n;
    const struct scn_expectation *e = scn_scenario_expectations(r->result.scenario, &n);
    struct scn_job job = r->job; // of another variant no film is wanted
    job.trace_records = 0;
    job.watch = NULL;
    job.on_second = NULL;
    scn_judge(&job, &r->result, &judged);
    for (uint32_t i = 0; i < judged.count && i < n; i++) {
        struct ui_check check = { .from = e[i].from,
                                  .to = e[i].to,
                                  .state = (int)judged.verdicts[i].state };
        snprintf(check.claim, sizeof check.claim, "%s", e[i].claim);
        ui_film_check(&r->film, &check);
    }
    scn_judged_free(&judged);
}

static void shoot(struct film_run *r, uint32_t records)
{
    r->job.trace_records = records;
    r->job.added = r->added;
    r->job.added_count = r->added_count;
    r->job.trace_steps = r->has_script;
    r->job.watch = watch;
    r->job.on_second = on_second;
    r->job.ctx = r;
    scn_run(&r->job, &r->result);
    if (r->result.end != SCN_DONE) {
        fprintf(stderr, "%s does not run: %s\n", r->script.file, r->result.error.text);
        exit(1);
    }
    take(r);
    if (!r->has_film || r->film.failed || r->film.lost) {
        fprintf(stderr, "%s gives no whole film\n", r->script.file);
        exit(1);
    }
    add_checks(r);
}

void film_shoot(struct film_run *r, const char *name, const char *variant, double until_s,
                uint32_t records)
{
    char file[1024], message[1200];
    *r = (struct film_run){ .keep_from = r->keep_from,
                            .has_script = r->has_script,
                            .added = r->added,
                            .added_count = r->added_count };
    snprintf(file, sizeof file, CONVOY_SCENARIOS "/%s.lua", name);
    if (!scn_script_load(&r->script, file, CONVOY_SCENARIOS, message, sizeof message)) {
        fprintf(stderr, "%s\n", message);
        exit(1);
    }
    scn_job_default(&r->job, &r->script);
    r->job.variant = variant;
    if (until_s > 0)
        r->job.until = (sim_time)(until_s * SIM_S);
    shoot(r, records);
}

void film_shoot_text(struct film_run *r, const char *text, uint32_t records)
{
    *r = (struct film_run){ .has_script = r->has_script,
                            .script = { .file = "test.lua", .length = strlen(text) } };
    r->script.text = malloc(r->script.length + 1);
    if (!r->script.text)
        exit(1);
    memcpy(r->script.text, text, r->script.length + 1);
    scn_job_default(&r->job, &r->script);
    shoot(r, records);
}

void film_close(struct film_run *r)
{
    ui_film_fini(&r->film);
    scn_result_close(&r->result);
    scn_script_free(&r->script);
}
