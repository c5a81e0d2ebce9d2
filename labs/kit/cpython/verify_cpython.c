#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "labs/kit/child.h"
#include "labs/kit/cpython/python.h"
#include "labs/kit/others.h"
#include "labs/kit/verify_private.h"
#include "scenarios/runner/runner.h"

// Real Python programs against the model with the preset nearest to the interpreter. Programs and
// scenarios lie side by side in labs/cpython: threads.py prints figures of one batch, and
// threads.lua is the same world, of which metrics are taken. Batches are repeated until each
// figure is known, or the time is over; one during which others kept a core busy is left out.

#define BATCHES 60
#define LIMIT_S 30.0 // of one batch
#define FIGURES 8
#define COSTS   2

struct figure {
    const char *name; // as the program prints it
    const char *says; // in the check's name
    const char *settings, *metric;
    const char *relative_to; // settings of what it is divided by; NULL: as it is, in ms
    double limit;
};

struct experiment {
    const char *program; // without its ending; also the scenario's
    const char *args[3];
    uint32_t cores;
    uint32_t count;
    struct figure figures[FIGURES];
};

#define RATIO   0.10
#define LATENCY 0.20
#define CONVOYS 0.15

// What a program may say that this machine costs, at the setting that its figures are relative
// to: knobs of the scenario by the same names, for the model to reckon the others from.
static const char *const costs[COSTS] = { "round_trip", "burst" };

// clang-format off
#define GOODPUT(name, says, settings, base) \
    { name, says, settings, "load.goodput_per_s", base, RATIO }
#define AT(name, says, settings, metric, limit) { name, says, settings, metric, NULL, limit }
#define CONVOY(ms, k)                                                                        \
    { "convoy", { #ms, #k }, 1, 1,                                                           \
      { AT("p50", "p50 of a round trip beside " #k " computing, " #ms " ms, one core",       \
           "interval=" #ms "ms,busy=" #k, "p50", CONVOYS) } }
#define POOL(rate, workers)                                                                  \
    { "pool", { #rate, #workers, NULL }, 2, 3,                                                \
      { AT("p50", "p50 of 2 ms + 20 ms in " #workers " threads, " #rate " a second",         \
           "rate=" #rate ",workers=" #workers, "load.latency.p50", LATENCY),                 \
        AT("p90", "p90 of 2 ms + 20 ms in " #workers " threads, " #rate " a second",         \
           "rate=" #rate ",workers=" #workers, "load.latency.p90", LATENCY),                 \
        AT("p99", "p99 of 2 ms + 20 ms in " #workers " threads, " #rate " a second",         \
           "rate=" #rate ",workers=" #workers, "load.latency.p99", LATENCY) } }
#define LOOP(where, settings)                                                                \
    { AT("lag_mean", "mean lag of a loop, 50 ms of work " where, settings,                   \
         "app.loop_lag.mean", LATENCY),                                                      \
      AT("p50", "p50 of a request, 50 ms of work " where, settings, "load.latency.p50",      \
         LATENCY) }
#define ECHO(name, says, size) \
    { name, says, "size=" size, "load.latency.p50", "size=100", LATENCY }

static const struct experiment experiments[] = {
    { "threads", { NULL }, 2, 5,
      { GOODPUT("two_threads", "bytecode in 2 threads against 1", "threads=2", "threads=1"),
        GOODPUT("four_threads", "bytecode in 4 threads against 1", "threads=4", "threads=1"),
        GOODPUT("releasing", "hashing 1 MB in 2 threads against 1", "threads=2,code=releasing",
                "threads=1,code=releasing"),
        GOODPUT("keeping", "hashing 1 kB in 2 threads against 1", "threads=2,code=keeping",
                "threads=1,code=keeping"),
        GOODPUT("two_processes", "bytecode in 2 processes against 1", "processes=2",
                "processes=1") } },
    CONVOY(1, 1), CONVOY(1, 2), CONVOY(1, 4),
    CONVOY(5, 1), CONVOY(5, 2), CONVOY(5, 4),
    CONVOY(20, 1), CONVOY(20, 2), CONVOY(20, 4),
    POOL(150, 8), POOL(350, 32),
    { "loop", { "loop", NULL }, 2, 2, LOOP("in the handler", "way=loop") },
    { "loop", { "thread", NULL }, 2, 2, LOOP("in a thread", "way=thread") },
    { "processes", { NULL }, 2, 3,
      { ECHO("kB_10", "echo of 10 kB through a pool of processes against 100 bytes", "10000"),
        ECHO("MB_1", "echo of 1 MB through a pool of processes against 100 bytes", "1000000"),
        ECHO("MB_10", "echo of 10 MB through a pool of processes against 100 bytes",
             "10000000") } },
};
// clang-format on

// ---- Batches ----

struct batches {
    struct lab_sample samples[FIGURES], costs[COSTS];
    uint32_t disturbed, failed;
    double others; // cores, sum over those that were disturbed
    char reason[120];
};

// ---- The model ----

struct world {
    const struct scn_script *script;
    const char *preset;
    const struct batches *batches;
};

// The figure's settings, and the costs that were measured with it.
static double model_of(const struct world *w, const char *settings, const char *path)
{
    char all[256];
    size_t n = (size_t)snprintf(all, sizeof all, "%s", settings);
    for (uint32_t i = 0; i < COSTS && n < sizeof all; i++)
        if (w->batches->costs[i].count > 0)
            n += (size_t)snprintf(all + n, sizeof all - n, "%s%s=%.9g", n > 0 ? "," : "",
                                  costs[i], lab_sample_mean(&w->batches->costs[i]));
    return lab_scenario_measure(w->script, w->preset, all, path);
}

static double figure_of_model(const struct world *w, const struct figure *f)
{
    double x = model_of(w, f->settings, f->metric);
    return f->relative_to ? x / model_of(w, f->relative_to, f->metric) : 1000 * x;
}

// ---- The real side ----

static bool read_figure(const char *output, const char *name, double *x)
{
    size_t n = strlen(name);
    for (const char *line = output; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, n) == 0 && line[n] == ' ')
            return sscanf(line + n, "%lf", x) == 1;
    }
    return false;
}

static void take_batch(const struct experiment *e, struct lab_child *c, struct batches *b)
{
    if (c->end != LAB_CHILD_WELL) {
        b->failed++;
        snprintf(b->reason, sizeof b->reason, "%s",
                 c->end == LAB_CHILD_LATE ? "took too long" : lab_child_last_line(c));
        return;
    }
    if (c->others > LAB_OTHERS_MOST) {
        b->disturbed++;
        b->others += c->others;
        return;
    }
    double x;
    for (uint32_t i = 0; i < e->count; i++)
        if (read_figure(c->output, e->figures[i].name, &x))
            lab_sample_add(&b->samples[i], x);
    for (uint32_t i = 0; i < COSTS; i++)
        if (read_figure(c->output, costs[i], &x))
            lab_sample_add(&b->costs[i], x);
}

static bool is_known(const struct experiment *e, const struct batches *b)
{
    for (uint32_t i = 0; i < e->count; i++)
        if (!lab_sample_is_tight(&b->samples[i], e->figures[i].limit / 5))
            return false;
    return true;
}

static void repeat(const struct lab_verify_def *def, const struct experiment *e,
                   const struct lab_python *python, struct batches *b)
{
    char file[1200];
    struct lab_child *c = malloc(sizeof *c);
    double used = 0;
    snprintf(file, sizeof file, "%s/cpython/%s.py", def->labs, e->program);
    for (uint32_t i = 0; c && i < BATCHES && used < def->budget_s && b->failed < 3; i++) {
        const char *const argv[] = { python->program, "-B",       file, e->args[0],
                                     e->args[1],      e->args[2], NULL };
        const struct lab_child_def child = { argv, LIMIT_S, def->goes_on, def->ctx,
                                             e->cores == 1 ? python->core : -1 };
        lab_child_run(&child, c);
        if (c->end == LAB_CHILD_STOPPED)
            break;
        take_batch(e, c, b);
        used += c->wall_s;
        if (is_known(e, b))
            break;
    }
    free(c);
}

static void say_noise(const struct batches *b, struct lab_check *check, uint32_t count)
{
    int n = snprintf(check->detail, sizeof check->detail,
                     "%u batches; in %u more others kept %.2f cores busy", count,
                     b->disturbed, b->disturbed ? b->others / b->disturbed : 0);
    if (b->failed > 0 && n > 0)
        snprintf(check->detail + n, sizeof check->detail - (size_t)n, "; %u failed: %s",
                 b->failed, b->reason);
}

static void verify_one(const struct lab_verify_def *def, const struct experiment *e,
                       const struct lab_python *python, struct lab_report *out)
{
    char path[1200], message[256];
    struct batches b = { .disturbed = 0 };
    struct scn_script script;
    snprintf(path, sizeof path, "%s/cpython/%s.lua", def->labs, e->program);
    bool has_script = scn_script_load(&script, path, NULL, message, sizeof message);
    if (has_script && sysconf(_SC_NPROCESSORS_ONLN) >= (long)e->cores)
        repeat(def, e, python, &b);
    const struct world world = { &script, python->preset, &b };
    for (uint32_t i = 0; i < e->count; i++) {
        const struct figure *f = &e->figures[i];
        struct lab_check check = { .kind = LAB_STATISTIC, .limit = f->limit };
        snprintf(check.name, sizeof check.name, "cpython/%s", f->says);
        check.model = has_script ? figure_of_model(&world, f) : NAN;
        lab_sample_judge(&b.samples[i], &check);
        if (check.verdict != LAB_AGREE)
            say_noise(&b, &check, b.samples[i].count);
        lab_report_add(out, &check);
    }
    if (has_script)
        scn_script_free(&script);
}

static void add_absent(struct lab_report *out, const char *program)
{
    struct lab_check check = { .kind = LAB_STATISTIC, .verdict = LAB_ABSENT };
    check.real = check.model = check.error = check.interval = NAN;
    snprintf(check.name, sizeof check.name, "cpython");
    snprintf(check.detail, sizeof check.detail, "%.100s is not there, or older than 3.9",
             program);
    lab_report_add(out, &check);
}

static bool goes_on(const struct lab_verify_def *def)
{
    return !def->goes_on || def->goes_on(def->ctx);
}

void lab_verify_cpython(const struct lab_verify_def *def, struct lab_report *out)
{
    struct lab_python python;
    if (!goes_on(def))
        return;
    if (!lab_python_find(&python, def->python) || !def->labs) {
        add_absent(out, python.program);
        return;
    }
    snprintf(out->interpreter, sizeof out->interpreter, "CPython %s, preset \"%s\"",
             python.version, python.preset);
    if (!def->has_statistics)
        return;
    for (uint32_t i = 0; i < sizeof experiments / sizeof *experiments && goes_on(def); i++)
        verify_one(def, &experiments[i], &python, out);
}
