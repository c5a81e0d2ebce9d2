#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/published/family.h"

struct line *outcome_add(struct outcome *o, enum verdict verdict, const char *what)
{
    // A row with more figures than this is not judged by silence.
    if (o->count == sizeof o->lines / sizeof *o->lines)
        o->lines[--o->count].verdict = FAILED;
    struct line *l = &o->lines[o->count++];
    *l = (struct line){ .verdict = verdict };
    snprintf(l->what, sizeof l->what, "%.*s", (int)sizeof l->what - 1, what);
    return l;
}

void outcome_wrong(struct outcome *o, const char *what, const char *why)
{
    struct line *l = outcome_add(o, FAILED, what);
    snprintf(l->measured, sizeof l->measured, "%.95s", why);
}

// ---- From text to knobs ----

static bool read_numbers(const struct family *f, const struct row *r, struct experiment *e,
                         struct outcome *o)
{
    double x[6];
    for (const struct reading *k = f->readings; k < f->readings + 6 && k->pattern; k++) {
        // Of "f=0.2; same" the row's own number counts, not that of the row above.
        int n = text_scan(k->from == 'm' ? r->metric : r->params, k->pattern, x);
        if (n == 0 && k->from == 'p')
            n = text_scan(r->context, k->pattern, x);
        if (n == 0 && k->need == '!') {
            outcome_wrong(o, k->pattern, "the row does not say this");
            return false;
        }
        for (int i = 0; i < n; i++)
            experiment_set(e, k->knobs[i], x[i]);
    }
    return true;
}

// The first word of each knob that stands in the row counts; of those for one knob one must.
static bool read_words(const struct family *f, const struct row *r, struct experiment *e,
                       struct outcome *o)
{
    const char *knob = NULL;
    bool found = true;
    for (const struct word *w = f->words; w < f->words + 8 && w->text; w++) {
        if (!knob || strcmp(knob, w->knob) != 0) {
            if (!found)
                break;
            found = false;
            knob = w->knob;
        }
        if (!found && strstr(r->context, w->text)) {
            experiment_choose(e, knob, w->value);
            found = true;
        }
    }
    if (!found)
        outcome_wrong(o, knob, "the row has no word for this");
    return found;
}

bool family_read(const struct family *f, const struct row *r, struct experiment *e,
                 struct outcome *o)
{
    *e = (struct experiment){ .folder = o->folder, .file = f->file };
    return read_numbers(f, r, e, o) && read_words(f, r, e, o);
}

// ---- Intervals ----

static enum verdict compare(struct sim_interval i, double expected, double width)
{
    double off = fabs(i.mean - expected);
    if (off + i.half <= width)
        return PASSED;
    return off - i.half > width ? FAILED : UNDECIDED;
}

void judge_interval(const struct family *f, const struct experiment *e, struct samples *s,
                    uint32_t figure, double expected, double width, const char *what,
                    struct outcome *o)
{
    struct sim_interval i = { 0 };
    enum verdict verdict = UNDECIDED;
    uint32_t n = s->count > f->first ? s->count : f->first;
    for (;;) {
        if (!experiment_run(e, s, n)) {
            outcome_wrong(o, what, s->error);
            return;
        }
        i = sim_interval_of(s->at[figure], s->count, CONFIDENCE);
        verdict = compare(i, expected, width);
        if (verdict == PASSED || n >= f->most || (verdict == FAILED && n >= 4 * f->first))
            break;
        n = 2 * n < f->most ? 2 * n : f->most;
    }
    struct line *l = outcome_add(o, verdict, what);
    l->runs = s->count;
    snprintf(l->measured, sizeof l->measured, "%.6g +- %.2g", i.mean, i.half);
    snprintf(l->wanted, sizeof l->wanted, "%.6g +- %.2g", expected, width);
}

// ---- The usual row: figures by the metric column ----

// How far a row's text says that a figure may be off. "3% / 5% relative": one each.
static bool width_of(const struct row *r, uint32_t figure, double expected, double *width)
{
    double x[6], rho = NAN, scv = NAN;
    struct pieces parts;
    struct tolerance t;
    if (text_scan(r->context, "rho=%lf", x) == 1)
        rho = x[0];
    if (text_scan(r->context, "scv %lf", x) == 1)
        scv = x[0];
    text_cut(r->tolerance, &parts);
    bool each = strstr(r->tolerance, " / ") && figure < parts.count;
    if (!tolerance_read_for(each ? parts.at[figure] : r->tolerance, rho, scv, &t))
        return false;
    *width = tolerance_width(t, expected);
    return true;
}

static void judge_formula(const struct family *f, const struct row *r, const char *figure,
                          double expected, double half_digit, struct outcome *o)
{
    double x = f->formula(r, figure);
    if (isnan(x)) {
        outcome_wrong(o, figure, "no closed form is known for this");
        return;
    }
    // The column was rounded, to five or six significant digits, and zeros at the end were
    // left out: "9" is 9.0000. That is all that can be asked of it.
    double fifth =
        expected == 0 ? half_digit : 0.5 * pow(10, floor(log10(fabs(expected))) - 4);
    double fourth = 20 * fifth;
    double width = half_digit <= fourth ? half_digit : fifth;
    width += 1e-9 * fabs(expected);
    struct line *l = outcome_add(o, fabs(x - expected) <= width ? PASSED : FAILED, figure);
    l->by_formula = true;
    snprintf(l->measured, sizeof l->measured, "%.9g", x);
    snprintf(l->wanted, sizeof l->wanted, "%.9g +- %.1g", expected, width);
}

// "mean / p99 response": what follows the last piece belongs to all. Figures are looked up
// whole, so such a piece gets the rest of the last one added.
static void name_figure(const struct row *r, const struct pieces *names, uint32_t i,
                        char name[192])
{
    const char *rest = strchr(names->at[names->count - 1], ' ');
    bool shares = strstr(r->metric, " / ") && rest && i + 1 < names->count &&
                  !strchr(names->at[i], ' ');
    snprintf(name, 192, "%s%s", names->at[i], shares ? rest : "");
}

static void judge_figures(const struct family *f, const struct row *r, struct experiment *e,
                          const struct pieces *values, bool by_formula, struct outcome *o)
{
    struct samples s = { 0 };
    double x, half_digit, width;
    for (uint32_t i = 0; i < values->count; i++) {
        const char *name = e->figures[i];
        if (!text_number(values->at[i], &x, &half_digit))
            outcome_wrong(o, name, "the expected figure is not a number");
        else if (by_formula)
            judge_formula(f, r, name, x, half_digit, o);
        else if (!width_of(r, i, x, &width))
            outcome_wrong(o, name, "the row has no tolerance for a simulation");
        else
            judge_interval(f, e, &s, i, x, width, name, o);
    }
    samples_free(&s);
}

static void judge_each(const struct family *f, const struct row *r, struct experiment *e,
                       const struct pieces *values, struct outcome *o)
{
    if (!f->each_knob) {
        judge_figures(f, r, e, values, false, o);
        return;
    }
    for (uint32_t i = 0; i < 4 && f->each_word[i]; i++) {
        struct experiment one = *e;
        experiment_choose(&one, f->each_knob, f->each_word[i]);
        uint32_t first = o->count;
        judge_figures(f, r, &one, values, false, o);
        for (; first < o->count; first++) {
            struct line *l = &o->lines[first];
            size_t n = strlen(l->what);
            snprintf(l->what + n, sizeof l->what - n, " [%s]", f->each_word[i]);
        }
    }
}

static void judge_usual(const struct family *f, const struct row *r, struct outcome *o)
{
    struct experiment e = { 0 };
    struct pieces names, values;
    text_cut(r->metric, &names);
    text_cut(r->expected, &values);
    if (names.count != values.count || names.count > FIGURES) {
        outcome_wrong(o, r->metric, "not as many figures as names");
        return;
    }
    if (f->file && !family_read(f, r, &e, o))
        return;
    for (uint32_t i = 0; i < names.count; i++) {
        char name[192];
        name_figure(r, &names, i, name);
        experiment_figure(&e, name);
    }
    if (strstr(r->tolerance, "formula") && f->formula)
        judge_figures(f, r, &e, &values, true, o);
    else if (strstr(r->tolerance, "formula"))
        outcome_wrong(o, r->metric, "no closed form for this family");
    if (f->file)
        judge_each(f, r, &e, &values, o);
}

void family_judge(const struct family *f, const struct row *r, struct outcome *o)
{
    if (f->judge)
        f->judge(f, r, o);
    else
        judge_usual(f, r, o);
    if (o->count == 0)
        outcome_wrong(o, r->metric, "nothing was judged");
}
