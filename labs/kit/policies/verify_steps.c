#include "labs/kit/policies/verify_steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labs/kit/draws.h"
#include "labs/kit/verify_private.h"

// ---- Playing ----

static bool is_same(const struct lab_steps_pattern *p, const struct lab_step *one,
                    int64_t model, int64_t real)
{
    if (model < 1 || real < 1)
        return model == real;
    int64_t apart = model > real ? model - real : real - model;
    return apart <= (p->slack ? p->slack(one, model) : 0);
}

// Who is compared with the model: a side that is here, or one that is not.
struct player {
    const struct lab_steps_side *side;
    const struct lab_steps_outside *outside; // NULL: here
};

static bool play_here(const struct lab_steps_side *side, const struct lab_steps *s,
                      int64_t *answers)
{
    void *x = side->open(s);
    for (uint32_t i = 0; x && i < s->count; i++)
        answers[i] = side->step(x, s, &s->at[i]);
    if (x)
        side->close(x);
    return x != NULL;
}

// The first step at which they part, the first of all where it ended, or the number of steps.
static enum lab_steps_played compare(const struct lab_steps_pattern *p,
                                     const struct player *real, const struct lab_steps *s,
                                     uint32_t *at, int64_t answers[2])
{
    int64_t model[LAB_STEPS], said[LAB_STEPS];
    enum lab_steps_played how = LAB_STEPS_PLAYED;
    bool ok = play_here(&p->model, s, model);
    if (real->outside)
        how = real->outside->play(real->outside->ctx, s, said);
    else
        ok = play_here(real->side, s, said) && ok;
    *at = 0;
    if (!ok || how != LAB_STEPS_PLAYED)
        return how;
    while (*at < s->count && is_same(p, &s->at[*at], model[*at], said[*at]))
        ++*at;
    if (*at < s->count) {
        answers[0] = model[*at];
        answers[1] = said[*at];
    }
    return how;
}

static bool is_other(const struct lab_steps_pattern *p, const struct player *real,
                     const struct lab_steps *s)
{
    int64_t answers[2];
    uint32_t at;
    return s->count > 0 && compare(p, real, s, &at, answers) != LAB_STEPS_UNKNOWN &&
           at < s->count;
}

// ---- As short as it goes ----

static void take_out(struct lab_steps *s, uint32_t i)
{
    memmove(s->at + i, s->at + i + 1, (--s->count - i) * sizeof *s->at);
}

static bool drop_one(const struct lab_steps_pattern *p, const struct player *real,
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
static bool drop_two(const struct lab_steps_pattern *p, const struct player *real,
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
static bool draw_together(const struct lab_steps_pattern *p, const struct player *real,
                          struct lab_steps *s)
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

static void shrink(const struct lab_steps_pattern *p, const struct player *real,
                   struct lab_steps *s)
{
    while (drop_one(p, real, s) || draw_together(p, real, s) || drop_two(p, real, s))
        ;
}

static int tell_step(const struct lab_steps_pattern *p, const struct lab_steps *s,
                     const struct lab_step *one, const char *before, char *text,
                     size_t size)
{
    char what[64];
    if (p->tell)
        p->tell(s, one, what, sizeof what);
    else if (p->tells_amount && one->word == 0)
        snprintf(what, sizeof what, "%s %" PRId64, p->words[one->word], one->amount);
    else
        snprintf(what, sizeof what, "%s", p->words[one->word]);
    if (p->is_untimed)
        return snprintf(text, size, "%s %s", before, what);
    return snprintf(text, size, "%s %s at %" PRId64, before, what, one->at_ns);
}

static void tell_answer(const struct lab_steps_pattern *p, const struct lab_steps *s,
                        uint32_t at, int64_t answer, char *text, size_t size)
{
    // What is from outside may be any number; what is far below all answers means nothing.
    if (p->tell_answer && answer > INT64_MIN / 2)
        p->tell_answer(s, &s->at[at], answer, text, size);
    else
        snprintf(text, size, "%" PRId64, answer);
}

// Whose answer is whose: one that is brought is told what is right.
static void tell_difference(const struct lab_steps_pattern *p, const struct player *real,
                            const struct lab_steps *s, uint32_t at,
                            const int64_t answers[2], char *text, size_t size)
{
    char right[64], wrong[64];
    tell_answer(p, s, at, answers[0], right, sizeof right);
    tell_answer(p, s, at, answers[1], wrong, sizeof wrong);
    snprintf(text, size, real->outside ? ": expected %s, yours %s" : ": model %s, real %s",
             right, wrong);
}

static const char *end_of(const struct player *real)
{
    return real->outside ? real->outside->how_it_ended(real->outside->ctx) : "";
}

static void describe(const struct lab_steps_pattern *p, const struct player *real,
                     const struct lab_steps *s, char *text, size_t size)
{
    int64_t answers[2] = { 0 };
    uint32_t at;
    char def[160] = "", difference[160] = "";
    enum lab_steps_played how = compare(p, real, s, &at, answers);
    const char *end = end_of(real);
    if (how == LAB_STEPS_PLAYED)
        tell_difference(p, real, s, at, answers, difference, sizeof difference);
    else
        at = s->count; // nobody knows at which of them
    p->describe(s, def, sizeof def);
    size_t room = size - strlen(difference); // which is told whatever else there is
    int n = snprintf(text, room, "%s%s%s:", end, end[0] ? "; " : "", def);
    for (uint32_t i = 0; i <= at && i < s->count && n > 0 && (size_t)n < room; i++)
        n += tell_step(p, s, &s->at[i], i ? "," : "", text + n, room - (size_t)n);
    snprintf(text + strlen(text), size - strlen(text), "%s", difference);
}

// ---- The checks ----

// Plays one script, and tells the first that parts as short as it goes. False: no more of them.
static bool check_script(const struct lab_steps_pattern *p, const struct player *real,
                         struct lab_steps *s, struct lab_check *check)
{
    int64_t answers[2];
    uint32_t at;
    enum lab_steps_played how = compare(p, real, s, &at, answers);
    check->real += s->count;
    check->model += s->count;
    if (how == LAB_STEPS_PLAYED && at == s->count)
        return true;
    bool is_first = check->verdict == LAB_AGREE;
    check->verdict = LAB_DIFFER;
    check->error++;
    if (how == LAB_STEPS_UNKNOWN) {
        snprintf(check->detail, sizeof check->detail, "%.200s", end_of(real));
    } else if (is_first) {
        shrink(p, real, s);
        describe(p, real, s, check->detail, sizeof check->detail);
    }
    return !real->outside;
}

static void verify_kind(const struct lab_verify_def *def, const struct lab_steps_pattern *p,
                        uint32_t kind, const struct player *real, struct lab_report *out)
{
    struct lab_check check = { .kind = LAB_DECISION, .verdict = LAB_AGREE };
    struct lab_steps s;
    snprintf(check.name, sizeof check.name, "%s/%s", p->name, p->kinds[kind]);
    uint32_t scripts = def->random_scripts * (p->scripts ? p->scripts : LAB_STEP_SCRIPTS);
    bool goes_on = true;
    for (uint64_t seed = 1; goes_on && seed <= scripts; seed++) {
        p->make(kind, seed, &s);
        goes_on = check_script(p, real, &s, &check);
    }
    lab_report_add(out, &check);
}

void lab_verify_outside(const struct lab_verify_def *def, const struct lab_steps_pattern *p,
                        const struct lab_steps_outside *outside, struct lab_report *out)
{
    const struct player real = { .outside = outside };
    for (uint32_t kind = 0; p->kinds[kind]; kind++)
        verify_kind(def, p, kind, &real, out);
}

void lab_verify_steps(const struct lab_verify_def *def, const struct lab_steps_pattern *p,
                      const struct lab_steps_side *real, struct lab_report *out)
{
    const struct player player = { .side = real };
    for (uint32_t kind = 0; p->kinds[kind]; kind++)
        verify_kind(def, p, kind, &player, out);
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
