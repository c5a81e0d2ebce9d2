#include "labs/kit/verify_steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labs/kit/draws.h"
#include "labs/kit/verify_private.h"

// ---- Playing ----

static bool is_same(const struct lab_steps_pattern *p, int64_t model, int64_t real)
{
    if (model < 1 || real < 1)
        return model == real;
    int64_t apart = model > real ? model - real : real - model;
    return apart <= (p->slack ? p->slack(model) : 0);
}

// The first step at which they part, or the number of steps.
static uint32_t parts_at(const struct lab_steps_pattern *p,
                         const struct lab_steps_side *real, const struct lab_steps *s,
                         int64_t answers[2])
{
    void *m = p->model.open(s), *r = real->open(s);
    uint32_t i = 0;
    for (; m && r && i < s->count; i++) {
        answers[0] = p->model.step(m, s, &s->at[i]);
        answers[1] = real->step(r, s, &s->at[i]);
        if (!is_same(p, answers[0], answers[1]))
            break;
    }
    if (m)
        p->model.close(m);
    if (r)
        real->close(r);
    return m && r ? i : 0;
}

static bool is_other(const struct lab_steps_pattern *p, const struct lab_steps_side *real,
                     const struct lab_steps *s)
{
    int64_t answers[2];
    return s->count > 0 && parts_at(p, real, s, answers) < s->count;
}

// ---- As short as it goes ----

static void take_out(struct lab_steps *s, uint32_t i)
{
    memmove(s->at + i, s->at + i + 1, (--s->count - i) * sizeof *s->at);
}

static bool drop_one(const struct lab_steps_pattern *p, const struct lab_steps_side *real,
                     struct lab_steps *s)
{
    for (uint32_t i = 0; i < s->count && s->count > 1; i++) {
        struct lab_steps fewer = *s;
        take_out(&fewer, i);
        if (!is_other(p, real, &fewer))
            continue;
        *s = fewer;
        return true;
    }
    return false;
}

// What only an even number of steps brings about is not found by dropping one.
static bool drop_two(const struct lab_steps_pattern *p, const struct lab_steps_side *real,
                     struct lab_steps *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        for (uint32_t k = 0; k < i && s->count > 2; k++) {
            struct lab_steps fewer = *s;
            take_out(&fewer, i);
            take_out(&fewer, k);
            if (!is_other(p, real, &fewer))
                continue;
            *s = fewer;
            return true;
        }
    return false;
}

// Each step at the time of the one before it, where that shows it too.
static bool draw_together(const struct lab_steps_pattern *p,
                          const struct lab_steps_side *real, struct lab_steps *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        struct lab_steps less = *s;
        int64_t gap = s->at[i].at_ns - (i ? s->at[i - 1].at_ns : 0);
        for (uint32_t k = i; gap > 0 && k < s->count; k++)
            less.at[k].at_ns -= gap;
        if (gap <= 0 || !is_other(p, real, &less))
            continue;
        *s = less;
        return true;
    }
    return false;
}

static void shrink(const struct lab_steps_pattern *p, const struct lab_steps_side *real,
                   struct lab_steps *s)
{
    while (drop_one(p, real, s) || draw_together(p, real, s) || drop_two(p, real, s))
        ;
}

static int tell_step(const struct lab_steps_pattern *p, const struct lab_step *one,
                     const char *before, char *text, size_t size)
{
    if (p->tells_amount && one->word == 0)
        return snprintf(text, size, "%s %s %" PRId64 " at %" PRId64, before,
                        p->words[one->word], one->amount, one->at_ns);
    return snprintf(text, size, "%s %s at %" PRId64, before, p->words[one->word],
                    one->at_ns);
}

static void describe(const struct lab_steps_pattern *p, const struct lab_steps_side *real,
                     const struct lab_steps *s, char *text, size_t size)
{
    int64_t answers[2] = { 0 };
    uint32_t at = parts_at(p, real, s, answers);
    char def[120] = "";
    p->describe(s, def, sizeof def);
    int n = snprintf(text, size, "%s:", def);
    for (uint32_t i = 0; i <= at && i < s->count && n > 0 && (size_t)n < size; i++)
        n += tell_step(p, &s->at[i], i ? "," : "", text + n, size - (size_t)n);
    if (n > 0 && (size_t)n < size)
        snprintf(text + n, size - (size_t)n, ": model %" PRId64 ", real %" PRId64,
                 answers[0], answers[1]);
}

// ---- The checks ----

static void verify_kind(const struct lab_verify_def *def, const struct lab_steps_pattern *p,
                        uint32_t kind, const struct lab_steps_side *real,
                        struct lab_report *out)
{
    struct lab_check check = { .kind = LAB_DECISION, .verdict = LAB_AGREE };
    struct lab_steps s;
    snprintf(check.name, sizeof check.name, "%s/%s", p->name, p->kinds[kind]);
    uint32_t scripts = def->random_scripts * (p->scripts ? p->scripts : LAB_STEP_SCRIPTS);
    for (uint64_t seed = 1; seed <= scripts; seed++) {
        p->make(kind, seed, &s);
        check.real += s.count;
        check.model += s.count;
        if (!is_other(p, real, &s))
            continue;
        if (check.verdict == LAB_AGREE) {
            shrink(p, real, &s);
            describe(p, real, &s, check.detail, sizeof check.detail);
        }
        check.verdict = LAB_DIFFER;
        check.error++;
    }
    lab_report_add(out, &check);
}

void lab_verify_steps(const struct lab_verify_def *def, const struct lab_steps_pattern *p,
                      const struct lab_steps_side *real, struct lab_report *out)
{
    for (uint32_t kind = 0; p->kinds[kind]; kind++)
        verify_kind(def, p, kind, real, out);
}

void lab_steps_reach(const struct lab_steps_pattern *p, uint32_t kind, uint32_t scripts,
                     struct lab_steps_reached *out)
{
    struct lab_steps s;
    *out = (struct lab_steps_reached){ 0 };
    for (uint64_t seed = 1; seed <= scripts; seed++) {
        p->make(kind, seed, &s);
        void *m = p->model.open(&s);
        for (uint32_t i = 0; m && i < s.count; i++) {
            bool yes = p->model.step(m, &s, &s.at[i]) > 0;
            out->of[s.at[i].word][yes]++;
            if (s.at[i].word == 0) // what is asked comes first among the words
                out->edges[s.at[i].edge][yes]++;
            out->at_zero += s.at[i].at_ns == 0;
            out->at_end += s.at[i].at_ns > INT64_MAX - 1000;
            out->steps++;
        }
        if (m)
            p->model.close(m);
    }
}
