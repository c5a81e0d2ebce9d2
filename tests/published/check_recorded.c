// Compares the model with figures recorded on real interpreters.
//
//   check_recorded FILE.csv FOLDER SEEDS [--report|--goal] [CASE...]
//
// Judges the rows of those cases, or of all, by the mean over so many seeds. --report prints what
// docs/fidelity.md shows; --goal fails where a case misses the goal: a median error of 8 % and nine
// rows in ten within 20 %.
//
// 0: every row has an owner and every one that is off a cause; 1: not so; 2: called wrongly.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/published/recorded.h"

#define GOAL_MEDIAN 0.08
#define GOAL_SHARE  0.90
#define NEAR        0.20

enum part {
    COUNTS,
    INPUT,  // a preset, or a scenario, was set from it
    WAITING // nothing models it yet
};

// The first that fits a row says what it is.
static const struct rule {
    const char *name, *params, *metric; // the case; parts of the others, "" for any
    enum part part;
    const char *file; // of the experiment
    // A recorded figure that the experiment is told, and of which row of the same case.
    const char *given;
    const char *why;
} rules[] = {
    { "c01_cpu", "mode=ppe", "", WAITING, NULL, NULL, "processes" },
    { "c01_cpu", "mode=ipe", "", WAITING, NULL, NULL, "subinterpreters" },
    { "c01_cpu", "", "", COUNTS, "c01_cpu.lua", NULL, "" },
    { "c02_convoy", "k=0", "", INPUT, NULL, NULL, "cost of an echo" },
    { "c02_convoy", "", "cpu_rel_no_io", COUNTS, "c02_convoy.lua", NULL, "" },
    { "c02_convoy", "", "", COUNTS, "c02_convoy.lua", NULL, "" },
    { "c03_mixed", "", "rate", INPUT, NULL, NULL, "length of the work" },
    { "c03_mixed", "", "", COUNTS, "c03_mixed.lua", "rate", "" },
    { "c03_native", "", "rate", INPUT, NULL, NULL, "length of the work" },
    { "c03_native", "", "", COUNTS, "c03_native.lua", "rate", "" },
    { "c04_blockio", "", "", COUNTS, "c04_blockio.lua", NULL, "" },
    { "c05_asyncio", "", "", COUNTS, "c05_asyncio.lua", NULL, "" },
    { "c05_lag", "", "", COUNTS, "c05_lag.lua", NULL, "" },
    { "c06_", "", "", INPUT, NULL, NULL, "costs" },
    { "c07_open", "", "offered", INPUT, NULL, NULL, "load" },
    { "c07_open", "", "", COUNTS, "c07_open.lua", NULL, "" },
    { "c08_lock", "T=1", "wait", INPUT, NULL, NULL, "cost of a lock" },
    { "c08_lock", "", "", COUNTS, "c08_lock.lua", NULL, "" },
    { "c09_ser", "", "", INPUT, NULL, NULL, "serialisation" },
    { "c10_slices", "", "", COUNTS, "c10_slices.lua", NULL, "" },
    { "c12_burst", "", "cpu_over_nominal", INPUT, NULL, NULL, "length of the work" },
    { "c12_burst", "", "", COUNTS, "c12_burst.lua", "cpu_over_nominal", "" },
    { "c14_speed", "", "", INPUT, NULL, NULL, "speed by build" },
};

// Why rows are off: the first that fits says it. A row that is off and has no cause fails.
static const struct cause {
    const char *name, *interpreter, *params, *metric; // parts, "" for any
    const char *text;
} causes[] = {
    { "c01_cpu", "t", "", "",
      "Threads of a free-threaded build share objects and stay on the core they were put on; here "
      "they scale as the cores do." },
    { "c02_convoy", "t", "", "",
      "An echo without a GIL is a few wake-ups, whose times depend on which core polls." },
    { "c02_convoy", "", "split", "send",
      "Waking a thread on one's own core costs switches that a send does not have here." },
    { "c02_convoy", "", "split", "",
      "A few microseconds of service decide whether a reply finds the echo owed the core; here those of "
      "wake-ups are one figure for all." },
    { "c02_convoy", "", "k=1", "",
      "How often send and reply lose the lock in the same trip depends on how soon the dropper is "
      "awake, which is one figure for all intervals here." },
    { "c02_convoy", "", "", "",
      "With several threads that compute the kernel's placement decides who is awake when the lock "
      "is free. Here all but the holder sleep on the other core, and none is moved." },
    { "c03_mixed", "", "", "",
      "Four threads on two cores: a thread that wants the lock queues behind native code." },
    { "c03_native", "", "zlib", "",
      "The two virtual cores share caches; here native code scales as the cores do." },
    { "c03_native", "", "", "",
      "Calls of a few us: what a conflict costs depends on whether the loser is asleep yet." },
    { "c04_blockio", "t", "", "",
      "Cores are shared evenly here, where the kernel lets a short burst run to its end." },
    { "c04_blockio", "", "", "",
      "The tail of the order in which a saturated lock is taken." },
    { "c05_lag", "", "inline", "lag_",
      "Some 4 % of the beats are late by most of a block, so in the few seconds that were "
      "recorded chance decided whether the 95th percentile is one of them." },
    { "c05_lag", "", "", "lag_",
      "Work in a process disturbs the loop of its parent more than the parent's own chores here." },
    { "c07_open", "", "", "backlog",
      "What was inside at one instant, inferred: as the last came. A few; here the mean, and that one." },
    { "c07_open", "", "", "", "The tail of the order in which a busy lock is taken." },
    { "c08_lock", "", "cpu1ms;outside_cpu_ms=0", "",
      "The lock is free for a microsecond a section; a waiter is seldom awake just then, here never." },
    { "c08_lock", "", "", "",
      "Rare overtaking in the line of a lock, which makes the longest waits; here it is kept." },
    { "c10_slices", "", "", "gap",
      "How long a core takes to wake up depends on how deep it sleeps; here one distribution, and a "
      "short time after a short sleep." },
    { "c10_slices", "", "", "round_robin",
      "The order among three and more waiters depends on who is awake and where." },
    { "c10_slices", "", "cores=1", "",
      "With eight threads at 0.1 ms the time that wake-ups take is a part of each slice; here they take none." },
    { "c10_slices", "", "cores=2", "",
      "Timers that end together, and droppers that queue behind a busy core: one chance for all here." },
    { "c12_burst", "t", "", "",
      "Thirty-two threads take both cores, and free-threaded ones hold each other up there, as in c01." },
    { "c12_burst", "", "", "", "A saturated lock between bursts." },
};

static const char *cause_of(const struct recorded *r)
{
    bool is_t = r->interpreter[strlen(r->interpreter) - 1] == 't';
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
        if (strcmp(r->name, causes[i].name) == 0 && (!causes[i].interpreter[0] || is_t) &&
            strstr(r->params, causes[i].params) && strstr(r->metric, causes[i].metric))
            return causes[i].text;
    return NULL;
}

static const struct rule *rule_of(const struct recorded *r)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strncmp(r->name, rules[i].name, strlen(rules[i].name)) == 0 &&
            strstr(r->params, rules[i].params) && strstr(r->metric, rules[i].metric))
            return &rules[i];
    return NULL;
}

// ---- One experiment: the rows of one interpreter, case and set of parameters ----

static bool is_same(const struct recorded *a, const struct recorded *b)
{
    return strcmp(a->interpreter, b->interpreter) == 0 && strcmp(a->name, b->name) == 0 &&
           strcmp(a->params, b->params) == 0;
}

// The figure of one thread, where this is one of several.
static void params_alone(const struct recorded *r, char *text, size_t size)
{
    const char *t = strstr(r->params, "T=");
    snprintf(text, size, "%.*sT=1%s", (int)(t - r->params), r->params, t + strcspn(t, ";"));
}

static double given(const struct recordings *all, const struct recorded *r,
                    const struct rule *rule)
{
    char alone[160];
    bool own = strcmp(rule->given, "rate") != 0;
    params_alone(r, alone, sizeof alone);
    for (uint32_t i = 0; i < all->count; i++) {
        const struct recorded *o = &all->at[i];
        if (strcmp(o->interpreter, r->interpreter) == 0 && strcmp(o->name, r->name) == 0 &&
            strcmp(o->params, own ? r->params : alone) == 0 &&
            strcmp(o->metric, rule->given) == 0)
            return o->median;
    }
    return NAN;
}

// One of the experiment's seeds.
struct group {
    const struct recorded *rows[LAB_FIGURES];
    double model[LAB_FIGURES];
    uint32_t count;
};

static bool by_slices(struct lab_experiment *e, uint32_t seeds, struct group *g)
{
    for (uint32_t i = 1; i <= seeds; i++) {
        double x[LAB_FIGURES];
        if (!slices_measure(e, i, x))
            return false;
        for (uint32_t f = 0; f < g->count; f++)
            g->model[f] += x[f] / seeds;
    }
    return true;
}

static bool by_figures(struct lab_experiment *e, uint32_t seeds, struct group *g)
{
    struct lab_samples s = { 0 };
    bool is_good = lab_experiment_run(e, &s, seeds);
    for (uint32_t f = 0; is_good && f < g->count; f++)
        for (uint32_t i = 0; i < seeds; i++)
            g->model[f] += s.at[f][i] / seeds;
    if (!is_good)
        fprintf(stderr, "%s: %s\n", e->file, s.error);
    lab_samples_free(&s);
    return is_good;
}

static bool measure(const struct recordings *all, const struct rule *rule,
                    const char *folder, uint32_t seeds, struct group *g)
{
    struct lab_experiment e = { .folder = folder, .file = rule->file };
    recorded_settings(g->rows[0], &e);
    if (rule->given)
        lab_experiment_set(&e, rule->given, given(all, g->rows[0], rule));
    for (uint32_t i = 0; i < g->count; i++)
        lab_experiment_figure(&e, g->rows[i]->metric);
    return strcmp(rule->name, "c10_slices") == 0 ? by_slices(&e, seeds, g)
                                                 : by_figures(&e, seeds, g);
}

// ---- Judging ----

// Relative to what was recorded; shares that were 0 by their distance.
static double error_of(double model, double recorded)
{
    return recorded == 0 ? fabs(model) : fabs(model / recorded - 1);
}

struct tally {
    const char *name; // borrowed from its first row
    double errors[RECORDED];
    uint32_t counted, inputs, waiting;
    uint32_t scattered; // of the counted: their own repeats are not near each other
    uint32_t inside;    // of those that are off: no further than some repeats
};

// The spread over the repeats of a row, beside what is asked of the model.
static bool is_scattered(const struct recorded *r)
{
    return error_of(r->p10, r->median) > NEAR || error_of(r->p90, r->median) > NEAR;
}

static void count(struct tally *t, const struct recorded *r, double model)
{
    double error = error_of(model, r->median);
    t->errors[t->counted++] = error;
    t->scattered += is_scattered(r);
    t->inside += error > NEAR && r->p10 <= model && model <= r->p90;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of(struct tally *t)
{
    qsort(t->errors, t->counted, sizeof *t->errors, by_size);
    return t->counted ? t->errors[t->counted / 2] : 0;
}

static double near_share(const struct tally *t)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->counted; i++)
        n += t->errors[i] <= NEAR;
    return t->counted ? (double)n / t->counted : 1;
}

static void print_row(const struct recorded *r, double model, double error)
{
    printf("  %-4s %-9s %-11s %-48s %-22s model %10.4g  recorded %10.4g (%.4g to %.4g)  "
           "%5.1f %%\n",
           error <= NEAR ? "near" : "OFF", r->interpreter, r->name, r->params, r->metric,
           model, r->median, r->p10, r->p90, 100 * error);
}

// A row of the list in docs/fidelity.md.
static void print_off(const struct recorded *r, double model)
{
    printf("| %s | %s | %s | %.3g | %.3g |\n", r->interpreter, r->params, r->metric, model,
           r->median);
}

struct off {
    const struct recorded *row;
    double model;
};

struct check {
    struct recordings all;
    struct tally families[32], total;
    uint32_t count, nobodys, failed;
    const char *folder;
    uint32_t seeds;
    bool is_report, has_goal;
    struct off off[RECORDED];
    uint32_t off_count;
    char **names; // of the cases that are asked for
    int name_count;
};

static struct tally *family(struct check *c, const char *name)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (strcmp(c->families[i].name, name) == 0)
            return &c->families[i];
    struct tally *t = &c->families[c->count++];
    t->name = name;
    return t;
}

static bool is_asked_for(const struct check *c, const char *name)
{
    for (int i = 0; i < c->name_count; i++)
        if (strcmp(c->names[i], name) == 0)
            return true;
    return c->name_count == 0;
}

static void judge_group(struct check *c, const struct rule *rule, struct group *g)
{
    if (!measure(&c->all, rule, c->folder, c->seeds, g)) {
        c->failed++;
        return;
    }
    for (uint32_t i = 0; i < g->count; i++) {
        double error = error_of(g->model[i], g->rows[i]->median);
        count(family(c, g->rows[i]->name), g->rows[i], g->model[i]);
        count(&c->total, g->rows[i], g->model[i]);
        if (!c->is_report)
            print_row(g->rows[i], g->model[i], error);
        if (error <= NEAR)
            continue;
        c->off[c->off_count++] = (struct off){ g->rows[i], g->model[i] };
        if (!cause_of(g->rows[i])) {
            printf("no cause is known for the row before\n");
            c->failed++;
        }
    }
    fflush(stdout);
}

static void judge_all(struct check *c)
{
    for (uint32_t i = 0, next; i < c->all.count; i = next) {
        struct group g = { .count = 0 };
        const struct rule *counting = NULL;
        for (next = i; next < c->all.count && is_same(&c->all.at[i], &c->all.at[next]);
             next++) {
            const struct recorded *r = &c->all.at[next];
            const struct rule *rule = rule_of(r);
            if (!rule) {
                printf("%s %s %s is nobody's\n", r->name, r->params, r->metric);
                c->nobodys++;
            } else if (rule->part != COUNTS) {
                struct tally *t = family(c, r->name);
                t->inputs += rule->part == INPUT;
                t->waiting += rule->part == WAITING;
            } else if (is_asked_for(c, r->name) && g.count < LAB_FIGURES) {
                counting = rule;
                g.rows[g.count++] = r;
            }
        }
        if (counting)
            judge_group(c, counting, &g);
    }
}

static bool is_met(struct tally *t)
{
    return t->counted == 0 || (median_of(t) <= GOAL_MEDIAN && near_share(t) >= GOAL_SHARE);
}

static void print_tally(struct tally *t)
{
    printf("%-12s %4u counted: median error %5.1f %%, within 20 %%: %5.1f %%; %u inputs, "
           "%u wait%s\n",
           t->name, t->counted, 100 * median_of(t), 100 * near_share(t), t->inputs,
           t->waiting, is_met(t) ? "" : "  SHORT OF THE GOAL");
}

// ---- The part of docs/fidelity.md that is made here ----

static void report_table(struct check *c)
{
    printf(
        "| case | rows that count | median error | within 20 %% | off, but within p10 to p90 | "
        "repeats further apart | inputs | waiting |\n"
        "|---|---|---|---|---|---|---|---|\n");
    for (uint32_t i = 0; i <= c->count; i++) {
        struct tally *t = i < c->count ? &c->families[i] : &c->total;
        if (t->counted > 0)
            printf("| %s | %u | %.1f %% | %.1f %% | %u | %u | %u | %u |\n", t->name,
                   t->counted, 100 * median_of(t), 100 * near_share(t), t->inside,
                   t->scattered, t->inputs, t->waiting);
        else
            printf("| %s | 0 | | | | | %u | %u |\n", t->name, t->inputs, t->waiting);
    }
}

static void report_off(const struct check *c)
{
    for (size_t k = 0; k < sizeof causes / sizeof *causes; k++) {
        bool any = false;
        for (uint32_t i = 0; i < c->off_count; i++) {
            if (cause_of(c->off[i].row) != causes[k].text)
                continue;
            if (!any)
                printf("\n**%s**: %s\n\n| interpreter | parameters | figure | model | "
                       "recorded |\n|---|---|---|---|---|\n",
                       causes[k].name, causes[k].text);
            any = true;
            print_off(c->off[i].row, c->off[i].model);
        }
    }
}

static void print_all(struct check *c)
{
    for (uint32_t i = 0; i < c->count; i++) {
        c->total.inputs += c->families[i].inputs;
        c->total.waiting += c->families[i].waiting;
        if (!c->is_report)
            print_tally(&c->families[i]);
        c->failed += c->has_goal && !is_met(&c->families[i]);
    }
    if (!c->is_report) {
        print_tally(&c->total);
        return;
    }
    report_table(c);
    report_off(c);
}

int main(int argc, char **argv)
{
    static struct check c;
    char message[200];
    if (argc < 4) {
        fprintf(stderr, "usage: check_recorded FILE.csv FOLDER SEEDS [--report|--goal] "
                        "[CASE...]\n");
        return 2;
    }
    c.folder = argv[2];
    c.seeds = (uint32_t)atoi(argv[3]);
    c.is_report = argc > 4 && strcmp(argv[4], "--report") == 0;
    c.has_goal = argc > 4 && strcmp(argv[4], "--goal") == 0;
    int first = c.is_report || c.has_goal ? 5 : 4;
    c.names = argv + first;
    c.name_count = argc - first;
    c.total.name = "all";
    if (!recordings_read(&c.all, argv[1], message, sizeof message)) {
        fprintf(stderr, "%s\n", message);
        return 2;
    }
    judge_all(&c);
    print_all(&c);
    return c.failed || c.nobodys ? 1 : 0;
}
