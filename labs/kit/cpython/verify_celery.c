#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labs/kit/child.h"
#include "labs/kit/verify_private.h"

// How many messages a real Celery worker has at a time: a decision, for it is a whole number that
// does not depend on how quick the machine is, once the worker had the time to fill its hands.

#define TRIES   3
#define SECONDS "2.5" // that a worker is watched
#define LIMIT_S 30.0

// clang-format off
static const struct {
    const char *concurrency, *multiplier, *acks;
} cases[] = {
    { "2", "4", "early" }, { "2", "4", "late" }, { "2", "1", "early" },
    { "2", "1", "late" },  { "3", "2", "early" }, { "3", "2", "late" },
};
// clang-format on

static double watch(const struct lab_verify_def *def, const char *python,
                    const char *folder, uint32_t i)
{
    char file[1200];
    double most = NAN;
    struct lab_child *c = malloc(sizeof *c);
    snprintf(file, sizeof file, "%s/reserve.py", folder);
    const char *const argv[] = {
        python,        "-B",    file, cases[i].concurrency, cases[i].multiplier,
        cases[i].acks, SECONDS, NULL
    };
    const struct lab_child_def child = { argv, LIMIT_S, def->goes_on, def->ctx, -1 };
    if (!c)
        return NAN;
    lab_child_run(&child, c);
    const char *at = c->end == LAB_CHILD_WELL ? strstr(c->output, "most ") : NULL;
    if (at && sscanf(at, "most %lf", &most) != 1)
        most = NAN;
    free(c);
    return most;
}

// It never has more than it may, and a worker that had no time to take as many is tried again.
static double real_of(const struct lab_verify_def *def, const char *python,
                      const char *folder, uint32_t i, double model)
{
    double most = NAN;
    for (int k = 0; k < TRIES && !(most >= model); k++)
        if (!def->goes_on || def->goes_on(def->ctx))
            most = fmax(most, watch(def, python, folder, i));
    return most;
}

static void compare(const struct lab_verify_def *def, const char *python,
                    const char *preset, const char *folder, const struct scn_script *script,
                    uint32_t i, struct lab_report *out)
{
    struct lab_check check = { .kind = LAB_DECISION };
    char settings[96];
    snprintf(settings, sizeof settings, "concurrency=%s,multiplier=%s,late=%s",
             cases[i].concurrency, cases[i].multiplier,
             strcmp(cases[i].acks, "late") == 0 ? "true" : "false");
    snprintf(check.name, sizeof check.name,
             "servers/Celery, messages in hand: %s threads, prefetch of %s, %s acks",
             cases[i].concurrency, cases[i].multiplier, cases[i].acks);
    check.model = lab_scenario_measure(script, preset, settings, "app[2].inside.mean");
    check.real = real_of(def, python, folder, i, check.model);
    check.error = fabs(check.real - check.model);
    check.interval = 0;
    if (isnan(check.error))
        check.verdict = LAB_UNDECIDED;
    else
        check.verdict = check.error < 0.5 ? LAB_AGREE : LAB_DIFFER;
    if (check.verdict == LAB_UNDECIDED)
        snprintf(check.detail, sizeof check.detail, "the worker said nothing");
    lab_report_add(out, &check);
}

void lab_verify_celery_reserve(const struct lab_verify_def *def, const char *python,
                               const char *preset, const char *folder,
                               struct lab_report *out)
{
    char path[1200], message[256];
    struct scn_script script;
    snprintf(path, sizeof path, "%s/reserve.lua", folder);
    if (!scn_script_load(&script, path, NULL, message, sizeof message))
        return;
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!def->goes_on || def->goes_on(def->ctx))
            compare(def, python, preset, folder, &script, i, out);
    scn_script_free(&script);
}
