#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labs/kit/runtime/verify_event_loop.h"

// The real loop in real time, beside the model's: one task sleeps again and again and sees how late
// it is, as a probe does; another keeps the loop, as a driver does that blocks, or waits in a thread. Nobody
// computes, so that it matters little who else does. A sleep ends late by the timer's slack.

#define US       1000
#define MS       1000000
#define FACTS    (2 * LAB_LOOP_TASKS * LAB_LOOP_THINGS)
#define SLACK_NS (60 * US) // of Linux, as of the interpreter's lock
#define WAKE_NS  (35 * US)
#define NAP_NS   (5 * MS - 500 * US) // the poll makes 5 ms of it

static const struct {
    const char *name;
    struct lab_loop_thing work; // again and again, of the other task
} loads[] = {
    { "event_loop/blocking calls on the loop", { LAB_LOOP_SLEEPS, 6700 * US, 0, 5 * MS } },
    { "event_loop/long blocking calls on the loop",
      { LAB_LOOP_SLEEPS, 12700 * US, 0, 20 * MS } },
    { "event_loop/blocking calls in a thread",
      { LAB_LOOP_OFFLOADS, 11700 * US, 0, 10 * US } },
};

struct load {
    struct lab_loop_tasks tasks;
    struct lab_loop_played played;
    struct lab_loop loop;
    struct lab_offload pool;
    struct lab_programs programs;
    int64_t begun_ns;
    uint32_t living;
    struct lab_fact at[FACTS];
    struct lab_facts facts;
};

// On the loop's thread, but for what jobs do, which is not looked at.
static void saw(void *load, const struct lab_loop_event *e)
{
    struct load *l = load;
    if (e->kind == LAB_LOOP_TASK_NOTED)
        lab_fact_add(&l->facts, e->at_ns - l->begun_ns, e->who,
                     e->value == LAB_LOOP_BEGINS ? "begins to work" : "has worked");
    if (e->kind == LAB_LOOP_TASK_ENDED && --l->living == 0)
        lab_loop_stop(&l->loop);
}

static bool run(struct load *l)
{
    struct lab_loop_env env = lab_loop_real();
    env.ctx = l;
    env.saw = saw;
    env.burn = env.sleep;
    if (!lab_loop_init(&l->loop, env))
        return false;
    bool is_run = lab_offload_init(&l->pool, &l->loop, 1);
    if (is_run) {
        l->facts = (struct lab_facts){ l->at, 0, FACTS, false };
        l->programs = (struct lab_programs){ .loop = &l->loop,
                                             .pool = &l->pool,
                                             .programs = l->played.programs,
                                             .count = l->played.count };
        l->living = l->tasks.tasks;
        l->begun_ns = lab_loop_now(&l->loop);
        for (uint32_t t = 0; t < l->tasks.tasks; t++)
            lab_program_begin(&l->programs, t);
        lab_loop_run(&l->loop);
        lab_offload_fini(&l->pool);
    }
    lab_loop_fini(&l->loop);
    return is_run;
}

// ---- The figures, of either side: multiples of the nap and of the other task's work ----

static int by_size(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

// The time from one look of the napping task to the next, on average and nine times in ten at
// most, and when the other task has made all its calls. The very longest says too much of
// the rest of the machine.
static void figures_of(const struct lab_loop_tasks *tasks, const struct lab_facts *f,
                       double *x)
{
    int64_t gaps[LAB_LOOP_THINGS], last = 0, over = 0;
    uint32_t looks = 0;
    for (uint32_t i = 0; i < f->count; i++) {
        if (f->at[i].who == 1)
            over = f->at[i].at_ns;
        else if (strcmp(f->at[i].what, "begins to work") == 0) {
            gaps[looks++] = f->at[i].at_ns - last;
            last = f->at[i].at_ns;
        }
    }
    qsort(gaps, looks, sizeof *gaps, by_size);
    const struct lab_loop_thing *work = &tasks->of[1][0];
    x[0] = looks > 0 ? (double)last / (double)looks / NAP_NS : 0;
    x[1] = looks > 0 ? (double)gaps[looks * 9 / 10] / NAP_NS : 0;
    x[2] = (double)over / (double)(work->ns + work->work_ns) / tasks->things[1];
}

static bool batch(void *load, double *x)
{
    struct load *l = load;
    if (!run(l))
        return false;
    figures_of(&l->tasks, &l->facts, x);
    return true;
}

static void verify_one(const struct lab_verify_def *def, uint32_t k, struct load *l,
                       struct lab_report *out)
{
    struct lab_bench b = { .name = loads[k].name,
                           .count = 3,
                           .figures = { "mean nap", "p90 of naps", "time of the calls" },
                           .batch = batch,
                           .ctx = l };
    const struct lab_loop_costs costs = { (int64_t)(MS * def->poll_factor), SLACK_NS,
                                          WAKE_NS };
    uint32_t works =
        (uint32_t)(120 * (int64_t)MS / (loads[k].work.ns + loads[k].work.work_ns));
    *l = (struct load){ .tasks = { .name = loads[k].name, .tasks = 2 } };
    l->tasks.things[0] = LAB_LOOP_THINGS;
    l->tasks.things[1] = works < LAB_LOOP_THINGS ? works : LAB_LOOP_THINGS;
    for (uint32_t i = 0; i < LAB_LOOP_THINGS; i++) {
        l->tasks.of[0][i] = (struct lab_loop_thing){ LAB_LOOP_SLEEPS, NAP_NS, 0, 10 * US };
        l->tasks.of[1][i] = loads[k].work;
    }
    lab_loop_tasks_write(&l->tasks, &l->played);
    l->facts = (struct lab_facts){ l->at, 0, FACTS, false };
    struct lab_loop_tasks late = l->tasks;
    for (uint32_t i = 0; i < LAB_LOOP_THINGS; i++) {
        late.of[1][i].work_ns += SLACK_NS;
        late.of[1][i].ns += late.of[1][i].what == LAB_LOOP_OFFLOADS ? SLACK_NS : 0;
    }
    lab_loop_model_play(&late, &costs, &l->facts);
    figures_of(&l->tasks, &l->facts, b.model);
    lab_bench_verify(def, &b, out);
}

void lab_verify_event_loop_loads(const struct lab_verify_def *def, struct lab_report *out)
{
    struct load *l = malloc(sizeof *l);
    for (uint32_t i = 0; l && i < sizeof loads / sizeof *loads; i++)
        verify_one(def, i, l, out);
    free(l);
}
