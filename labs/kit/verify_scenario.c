#include <math.h>
#include <stdio.h>
#include <string.h>

#include "labs/kit/verify_private.h"
#include "sim/report/metric.h"

#define SETTINGS 12

bool lab_scenario_load(const struct lab_verify_def *def, const char *name,
                       struct scn_script *out)
{
    char path[1200], message[256];
    snprintf(path, sizeof path, "%s/%s", def->labs ? def->labs : "", name);
    return def->labs && scn_script_load(out, path, NULL, message, sizeof message);
}

// "name=value,name=value", and the preset, if any.
static uint32_t read_settings(const char *text, const char *preset, struct scn_setting *out)
{
    uint32_t n = 0;
    if (preset) {
        snprintf(out[n].knob, sizeof out[n].knob, "version");
        snprintf(out[n++].value, sizeof out->value, "%s", preset);
    }
    for (const char *p = text; *p && n < SETTINGS; n++) {
        size_t name = strcspn(p, "="), value = strcspn(p + name, ",");
        snprintf(out[n].knob, sizeof out[n].knob, "%.*s", (int)name, p);
        snprintf(out[n].value, sizeof out[n].value, "%.*s", (int)value - 1, p + name + 1);
        p += name + value;
        p += *p == ',';
    }
    return n;
}

// What the scenario measures itself under that name. False: it has no such expectation.
static bool measure_own(const struct scn_job *job, struct scn_result *r, const char *name,
                        double *x)
{
    uint32_t count;
    const struct scn_expectation *all = scn_scenario_expectations(r->scenario, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct scn_error error;
        if (strcmp(all[i].claim, name) != 0)
            continue;
        if (!scn_measure(job, r, &all[i], x, &error))
            *x = NAN;
        return true;
    }
    return false;
}

static double measure_metric(const struct sim_run *run, const char *path)
{
    struct sim_metric metric;
    struct sim_metric_error error;
    const struct sim_model *m = sim_run_model(run);
    if (!sim_metric_parse(m, path, &metric, &error))
        return NAN;
    return sim_metric_measure(run, &metric, sim_model_about(m)->warmup, sim_run_now(run));
}

// Of one seed; `seeds` becomes how many the scenario asks for.
static double measure(struct scn_job *job, const char *path, uint32_t *seeds)
{
    struct scn_result r;
    double x = NAN;
    scn_run(job, &r);
    if (r.end == SCN_DONE) {
        *seeds = scn_scenario_seeds(r.scenario);
        if (!measure_own(job, &r, path, &x))
            x = measure_metric(r.run, path);
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
