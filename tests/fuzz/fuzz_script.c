#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/host/scenario.h"

// Whatever the text, the host answers with a scenario or with an error that is safe to show,
// and a run of the scenario ends with its books balanced. Limits are small, so that what
// runs into them does so thousands of times a minute.

#define MEMORY_BYTES   (8u << 20)
#define STEPS          200000
#define RUN_BYTES      (32u << 20)
#define EVENTS         20000
#define EVENTS_AT_ONCE 5000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static void check_shown(const struct scn_error *error)
{
    char shown[4096];
    scn_error_format(error, shown, sizeof shown);
    demand(error->text[0] != '\0', "an error has a text");
    for (const char *c = shown; *c; c++)
        demand((unsigned char)*c >= ' ' || *c == '\n',
               "an error shows no control character");
}

// A file that a script may include, so that the words which read files have one.
static bool read_file(void *ctx, const char *name, struct scn_file *file)
{
    (void)ctx;
    const char *text = strstr(name, ".csv") ? "0.1\n0.2,a\n3\n" : "return { 1, 2 }";
    file->length = strlen(text);
    file->text = malloc(file->length + 1);
    if (file->text)
        memcpy(file->text, text, file->length + 1);
    return file->text != NULL;
}

static void run(struct scn_scenario *scenario)
{
    struct sim_run_def def;
    sim_run_default(&def);
    def.model = scn_scenario_model(scenario);
    def.script = scn_scenario_script(scenario);
    def.trace_records = 1000;
    def.limits = (struct sim_limits){ RUN_BYTES, EVENTS, EVENTS_AT_ONCE };
    uint32_t count;
    const struct sim_fault *faults = scn_scenario_faults(scenario, &count);
    struct sim_schedule schedule;
    struct sim_run *r = sim_run_open(&def);
    if (r && sim_schedule_init(&schedule, faults, count)) {
        enum sim_state state = sim_schedule_run(&schedule, r, SIM_NEVER);
        sim_schedule_fini(&schedule);
        sim_run_finish(r);
        demand(sim_run_books(r).balanced, "the books balance");
        if (state == SIM_SCRIPT_ERROR)
            check_shown(scn_scenario_script_error(scenario));
        const struct scn_expectation *e = scn_scenario_expectations(scenario, &count);
        for (uint32_t i = 0; i < count; i++) {
            double value;
            struct scn_error error;
            if (e[i].measure != SCN_NO_FUNCTION &&
                !scn_scenario_measure(scenario, &e[i], r, &value, &error))
                check_shown(&error);
        }
    }
    sim_run_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scn_error error;
    struct scn_request request = {
        .file = "fuzz.lua",
        .text = size ? (const char *)data : "",
        .length = size,
        .read_file = read_file,
        .script_memory = MEMORY_BYTES,
        .script_steps = STEPS,
    };
    struct scn_scenario *scenario = scn_scenario_open(&request, &error);
    if (!scenario) {
        check_shown(&error);
        return 0;
    }
    run(scenario);
    scn_scenario_close(scenario);
    return 0;
}
