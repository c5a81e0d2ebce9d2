#include "tests/support/scripts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct scn_script script_of(const char *text)
{
    return (struct scn_script){
        .file = "test.lua", .text = (char *)text, .length = strlen(text), .folder = "."
    };
}

bool script_builds(const char *text, struct scn_error *error)
{
    struct scn_script script = script_of(text);
    struct scn_job job;
    scn_job_default(&job, &script);
    struct scn_scenario *s = scn_build(&job, error);
    scn_scenario_close(s);
    return s != NULL;
}

void script_run(const char *text, const char *variant, uint64_t seed,
                struct scn_result *result)
{
    struct scn_script script = script_of(text);
    struct scn_job job;
    scn_job_default(&job, &script);
    job.variant = variant;
    job.seed = seed;
    scn_run(&job, result);
}

const char *script_error_text(const struct scn_error *error, char *text, size_t size)
{
    scn_error_format(error, text, size);
    return text;
}

uint64_t script_digest(const char *text, uint64_t seed)
{
    struct scn_result r;
    char shown[4096];
    script_run(text, NULL, seed, &r);
    if (r.end != SCN_DONE)
        fail_msg("ended %d: %s", (int)r.end,
                 script_error_text(&r.error, shown, sizeof shown));
    assert_true(sim_run_books(r.run).balanced);
    uint64_t digest = sim_run_digest(r.run);
    scn_result_close(&r);
    return digest;
}

double script_measure(const struct scn_result *result, const char *path)
{
    struct sim_metric metric;
    struct sim_metric_error wrong;
    if (!sim_metric_parse(scn_scenario_model(result->scenario), path, &metric, &wrong))
        fail_msg("%s: %s \"%s\"", path, wrong.text, wrong.word);
    return sim_metric_measure(result->run, &metric, 0, sim_run_now(result->run));
}
