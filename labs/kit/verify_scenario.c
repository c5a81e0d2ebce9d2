#include <math.h>
#include <stdio.h>
#include <string.h>

#include "labs/kit/verify_private.h"
#include "sim/report/metric.h"

#define SETTINGS 12

// "name=value,name=value", and the preset.
static uint32_t read_settings(const char *text, const char *preset, struct scn_setting *out)
{
    uint32_t n = 0;
    snprintf(out[n].knob, sizeof out[n].knob, "version");
    snprintf(out[n++].value, sizeof out->value, "%s", preset);
    for (const char *p = text; *p && n < SETTINGS; n++) {
        size_t name = strcspn(p, "="), value = strcspn(p + name, ",");
        snprintf(out[n].knob, sizeof out[n].knob, "%.*s", (int)name, p);
        snprintf(out[n].value, sizeof out[n].value, "%.*s", (int)value - 1, p + name + 1);
        p += name + value;
        p += *p == ',';
    }
    return n;
}

// Of one seed; `seeds` becomes how many the scenario asks for.
static double measure(struct scn_job *job, const char *path, uint32_t *seeds)
{
    struct scn_result r;
    struct sim_metric metric;
    struct sim_metric_error error;
    double x = NAN;
    scn_run(job, &r);
    if (r.end == SCN_DONE &&
        sim_metric_parse(sim_run_model(r.run), path, &metric, &error)) {
        *seeds = scn_scenario_seeds(r.scenario);
        x = sim_metric_measure(r.run, &metric,
                               sim_model_about(sim_run_model(r.run))->warmup,
                               sim_run_now(r.run));
    }
    scn_result_close(&r);
    return x;
}

double lab_scenario_measure(const struct scn_script *script, const char *preset,
                            const char *settings, const char *path)
{
    struct scn_setting set[SETTINGS];
    struct scn_job job;
    uint32_t seeds = 1;
    double sum = 0;
    scn_job_default(&job, script);
    job.settings = set;
    job.setting_count = read_settings(settings, preset, set);
    for (job.seed = 1; job.seed <= seeds; job.seed++)
        sum += measure(&job, path, &seeds);
    return sum / seeds;
}
