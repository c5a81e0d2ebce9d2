#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#include "labs/kit/others.h"
#include "labs/kit/verify_private.h"

// Batches are too short to tell what others on the machine do meanwhile, so that is asked of a
// bout of them, which is left out as a whole.

#define BOUT_S   0.3
#define BUDGET_S 2.5
#define BATCHES  60u

struct bouts {
    struct lab_sample figures[LAB_BENCH_FIGURES];
    uint32_t disturbed, failed;
    double others; // cores, sum over batches that were left out
};

static double clock_s(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

// Of this process and of the children that have ended.
static double own_s(void)
{
    struct rusage r;
    getrusage(RUSAGE_CHILDREN, &r);
    return clock_s(CLOCK_PROCESS_CPUTIME_ID) + seconds_of(r.ru_utime) +
           seconds_of(r.ru_stime);
}

static void take_bout(const struct lab_bench *b, struct bouts *all)
{
    struct lab_sample bout[LAB_BENCH_FIGURES] = { { 0 } };
    double begun = clock_s(CLOCK_MONOTONIC), own = own_s(), busy = lab_busy_s(-1);
    uint32_t taken = 0;
    while (clock_s(CLOCK_MONOTONIC) < begun + BOUT_S && all->failed < 3) {
        double x[LAB_BENCH_FIGURES];
        bool is_taken = b->batch(b->ctx, x);
        all->failed += !is_taken;
        taken += is_taken;
        for (uint32_t i = 0; is_taken && i < b->count; i++)
            lab_sample_add(&bout[i], x[i]);
    }
    double others =
        lab_others(busy, lab_busy_s(-1), own_s() - own, clock_s(CLOCK_MONOTONIC) - begun);
    if (others > LAB_OTHERS_MOST) {
        all->disturbed += taken;
        all->others += others * taken;
        return;
    }
    for (uint32_t i = 0; i < b->count; i++)
        lab_sample_join(&all->figures[i], &bout[i]);
}

static double limit_of(const struct lab_bench *b)
{
    return b->limit > 0 ? b->limit : LAB_BENCH_LIMIT;
}

static bool is_known(const struct lab_bench *b, const struct bouts *all)
{
    bool is_tight = true;
    for (uint32_t i = 0; i < b->count; i++)
        is_tight = is_tight && lab_sample_is_tight(&all->figures[i], limit_of(b) / 5);
    return is_tight || all->figures[0].count >= BATCHES;
}

void lab_bench_verify(const struct lab_verify_def *def, const struct lab_bench *b,
                      struct lab_report *out)
{
    struct bouts all = { .disturbed = 0 };
    double end = clock_s(CLOCK_MONOTONIC) +
                 fmin(b->budget_s > 0 ? b->budget_s : BUDGET_S, def->budget_s);
    while (clock_s(CLOCK_MONOTONIC) < end && all.failed < 3 && !is_known(b, &all) &&
           (!def->goes_on || def->goes_on(def->ctx)))
        take_bout(b, &all);
    for (uint32_t i = 0; i < b->count; i++) {
        struct lab_check check = { .kind = LAB_STATISTIC,
                                   .limit = limit_of(b),
                                   .model = b->model[i] };
        snprintf(check.name, sizeof check.name, "%s, %s", b->name, b->figures[i]);
        lab_sample_judge(&all.figures[i], &check);
        if (check.verdict != LAB_AGREE)
            snprintf(check.detail, sizeof check.detail,
                     "%u batches; in %u more others kept %.2f cores busy; %u failed",
                     all.figures[i].count, all.disturbed,
                     all.disturbed ? all.others / all.disturbed : 0, all.failed);
        lab_report_add(out, &check);
    }
}
