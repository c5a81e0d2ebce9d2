#include "labs/kit/cpython/calibrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labs/kit/child.h"
#include "labs/kit/cpython/python.h"

#define LIMIT_S 60.0 // of a round

struct rounds {
    double x[LAB_COSTS][LAB_ROUNDS]; // by the place of the cost in the table
    uint32_t count[LAB_COSTS];
};

void lab_calibrate_default(struct lab_calibrate_def *def)
{
    *def = (struct lab_calibrate_def){ .budget_s = 55 };
}

// ---- A round ----

// A line is a name and a number; what is no cost's name says nothing.
static void read_line(const char *line, struct rounds *r)
{
    char key[64];
    double x;
    uint32_t n;
    const struct sim_cost *costs = sim_runtime_costs(&n);
    if (sscanf(line, "%63s %lf", key, &x) != 2)
        return;
    for (uint32_t i = 0; i < n && i < LAB_COSTS; i++)
        if (strcmp(costs[i].key, key) == 0 && r->count[i] < LAB_ROUNDS)
            r->x[i][r->count[i]++] = x;
}

static void read_round(const char *output, struct rounds *r)
{
    for (const char *line = output; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        read_line(line, r);
    }
}

static void run_rounds(const struct lab_calibrate_def *def, const struct lab_python *python,
                       struct rounds *r, struct lab_calibration *out)
{
    char file[1200];
    double used = 0;
    struct lab_child *c = malloc(sizeof *c);
    const char *const argv[] = { python->program, "-B", file, NULL };
    const struct lab_child_def child = { argv, LIMIT_S, def->goes_on, def->ctx, -1 };
    snprintf(file, sizeof file, "%s/cpython/calibrate.py", def->labs);
    while (c && used < def->budget_s && out->rounds < LAB_ROUNDS && out->failed < 3) {
        lab_child_run(&child, c);
        used += c->wall_s;
        if (c->end == LAB_CHILD_STOPPED)
            break;
        if (c->end != LAB_CHILD_WELL) {
            out->failed++;
            snprintf(out->reason, sizeof out->reason, "%s",
                     c->end == LAB_CHILD_LATE ? "a round took too long"
                                              : lab_child_last_line(c));
            continue;
        }
        read_round(c->output, r);
        out->rounds++;
        out->others += c->others;
    }
    out->others = out->rounds ? out->others / out->rounds : 0;
    free(c);
}

// ---- All rounds ----

static int by_size(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static void take_costs(struct rounds *r, struct lab_calibration *out)
{
    uint32_t n;
    const struct sim_cost *costs = sim_runtime_costs(&n);
    for (uint32_t i = 0; i < n && i < LAB_COSTS; i++) {
        uint32_t count = r->count[i];
        double *x = r->x[i];
        if (count == 0)
            continue;
        qsort(x, count, sizeof *x, by_size);
        out->costs[out->count++] = (struct lab_cost){ .of = &costs[i],
                                                      .median = x[count / 2],
                                                      .p10 = x[count / 10],
                                                      .p90 = x[count * 9 / 10],
                                                      .rounds = count };
    }
}

bool lab_calibrate(const struct lab_calibrate_def *def, struct lab_calibration *out)
{
    struct lab_python python;
    *out = (struct lab_calibration){ .count = 0 };
    if (!def->labs || !lab_python_find(&python, def->python)) {
        snprintf(out->reason, sizeof out->reason, "there is no Python from 3.9 on");
        return false;
    }
    snprintf(out->version, sizeof out->version, "%s", python.version);
    snprintf(out->preset, sizeof out->preset, "%s", python.preset);
    struct rounds *r = calloc(1, sizeof *r);
    if (!r)
        return false;
    run_rounds(def, &python, r, out);
    take_costs(r, out);
    free(r);
    return out->count > 0;
}
