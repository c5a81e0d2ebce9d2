#include <math.h>
#include <stdio.h>

#include "labs/kit/published/family.h"

// Rows about a system that others measured, of which no more is known than what came out. The world
// of the scenario is not theirs, so what is held against the row is the shape: by how much a tail
// falls and at what price, each to half an order of magnitude.

#define HALF_AN_ORDER 0.5

static void judge_factor(struct lab_outcome *o, const char *what, double ours,
                         double published, uint32_t runs)
{
    bool alike = fabs(log10(ours / published)) <= HALF_AN_ORDER;
    struct lab_line *l = lab_outcome_add(o, alike ? LAB_AGREE : LAB_DIFFER, what);
    l->runs = runs;
    l->ours = ours;
    l->published = published;
    snprintf(l->measured, sizeof l->measured, "%.3g", ours);
    snprintf(l->wanted, sizeof l->wanted, "%.3g, or %.2g times more or less", published,
             pow(10, HALF_AN_ORDER));
}

static double mean_of(const struct lab_samples *s, uint32_t figure)
{
    return sim_interval_of(s->at[figure], s->count, LAB_CONFIDENCE).mean;
}

static bool run(const struct lab_family *f, const struct lab_row *r, const char *hedged,
                struct lab_samples *s, struct lab_outcome *o)
{
    struct lab_experiment e;
    if (!lab_family_read(f, r, &e, o))
        return false;
    lab_experiment_choose(&e, "hedged", hedged);
    lab_experiment_figure(&e, "p99.9");
    lab_experiment_figure(&e, "extra requests");
    if (lab_experiment_run(&e, s, f->first))
        return true;
    lab_outcome_wrong(o, r->metric, s->error);
    return false;
}

// "1800 ms -> 74 ms ; 2%"
void lab_judge_hedge(const struct lab_family *f, const struct lab_row *r,
                     struct lab_outcome *o)
{
    double tail[6], extra[6];
    struct lab_samples before = { 0 }, after = { 0 };
    if (lab_text_scan(r->expected, "%lf ms -> %lf ms", tail) != 2 ||
        lab_text_scan(r->expected, "; %lf%", extra) != 1 ||
        !(tail[0] > 0 && tail[1] > 0 && extra[0] > 0))
        lab_outcome_wrong(o, r->metric, "expected is not \"N ms -> N ms ; N%\"");
    else if (run(f, r, "false", &before, o) && run(f, r, "true", &after, o)) {
        judge_factor(o, "p99.9 after, as a share of before",
                     mean_of(&after, 0) / mean_of(&before, 0), tail[1] / tail[0],
                     after.count);
        judge_factor(o, "extra requests, %", 100 * mean_of(&after, 1), extra[0],
                     after.count);
    }
    lab_samples_free(&before);
    lab_samples_free(&after);
}
