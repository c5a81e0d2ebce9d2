#include <math.h>
#include <stdio.h>
#include <string.h>

#include "labs/kit/published/family.h"

struct lab_line *lab_outcome_add(struct lab_outcome *o, enum lab_verdict verdict,
                                 const char *what)
{
    // A row with more figures than this is not judged by silence.
    if (o->count == sizeof o->lines / sizeof *o->lines) {
        o->count--;
        verdict = LAB_ABSENT;
    }
    struct lab_line *l = &o->lines[o->count++];
    *l = (struct lab_line){
        .verdict = verdict, .ours = NAN, .half = NAN, .published = NAN, .width = NAN
    };
    snprintf(l->what, sizeof l->what, "%.*s", (int)sizeof l->what - 1, what);
    return l;
}

void lab_outcome_wrong(struct lab_outcome *o, const char *what, const char *why)
{
    struct lab_line *l = lab_outcome_add(o, LAB_ABSENT, what);
    snprintf(l->measured, sizeof l->measured, "%.95s", why);
}

void lab_line_ours(struct lab_line *l, double ours, double half)
{
    l->ours = ours;
    l->half = half;
    snprintf(l->measured, sizeof l->measured, "%.6g +- %.2g", ours, half);
}

void lab_line_published(struct lab_line *l, double published, double width)
{
    l->published = published;
    l->width = width;
    snprintf(l->wanted, sizeof l->wanted, "%.6g +- %.2g", published, width);
}

// ---- From text to knobs ----

// "the parameters do not say N balls and bins": what a pattern stands for, as words.
static void say_missing(struct lab_outcome *o, const struct lab_row *r,
                        const struct lab_reading *k)
{
    char text[96];
    size_t n = (size_t)snprintf(text, sizeof text, "the %s not say \"",
                                k->from == 'm' ? "metric does" : "parameters do");
    for (const char *p = k->pattern; *p && n + 2 < sizeof text; p++) {
        bool number = strncmp(p, "%lf", 3) == 0;
        text[n++] = number ? 'N' : *p;
        p += number ? 2 : 0;
    }
    snprintf(text + n, sizeof text - n, "\"");
    lab_outcome_wrong(o, r->metric, text);
}

static bool read_numbers(const struct lab_family *f, const struct lab_row *r,
                         struct lab_experiment *e, struct lab_outcome *o)
{
    double x[6];
    for (const struct lab_reading *k = f->readings; k < f->readings + 6 && k->pattern;
         k++) {
        // Of "f=0.2; same" the row's own number counts, not that of the row above.
        int n = lab_text_scan(k->from == 'm' ? r->metric : r->params, k->pattern, x);
        if (n == 0 && k->from == 'p')
            n = lab_text_scan(r->context, k->pattern, x);
        if (n == 0 && k->need == '!') {
            say_missing(o, r, k);
            return false;
        }
        for (int i = 0; i < n; i++)
            lab_experiment_set(e, k->knobs[i], x[i]);
    }
    return true;
}

// The first word of each knob that stands in the row counts; of those for one knob one must.
static bool read_words(const struct lab_family *f, const struct lab_row *r,
                       struct lab_experiment *e, struct lab_outcome *o)
{
    const char *knob = NULL;
    bool found = true;
    for (const struct lab_word *w = f->words; w < f->words + 8 && w->text; w++) {
        if (!knob || strcmp(knob, w->knob) != 0) {
            if (!found)
                break;
            found = false;
            knob = w->knob;
        }
        if (!found && strstr(r->context, w->text)) {
            lab_experiment_choose(e, knob, w->value);
            found = true;
        }
    }
    if (!found) {
        char text[96];
        snprintf(text, sizeof text, "the parameters have no word for the %.40s", knob);
        lab_outcome_wrong(o, r->metric, text);
    }
    return found;
}

bool lab_family_read(const struct lab_family *f, const struct lab_row *r,
                     struct lab_experiment *e, struct lab_outcome *o)
{
    *e = (struct lab_experiment){
        .folder = o->folder, .file = f->file, .goes_on = o->goes_on, .ctx = o->ctx
    };
    return read_numbers(f, r, e, o) && read_words(f, r, e, o);
}

// ---- Intervals ----

static enum lab_verdict compare(struct sim_interval i, double expected, double width)
{
    double off = fabs(i.mean - expected);
    if (off + i.half <= width)
        return LAB_AGREE;
    return off - i.half > width ? LAB_DIFFER : LAB_UNDECIDED;
}

void lab_judge_interval(const struct lab_family *f, const struct lab_experiment *e,
                        struct lab_samples *s, uint32_t figure, double expected,
                        double width, const char *what, struct lab_outcome *o)
{
    struct sim_interval i = { 0 };
    enum lab_verdict verdict = LAB_UNDECIDED;
    uint32_t n = s->count > f->first ? s->count : f->first;
    for (;;) {
        if (!lab_experiment_run(e, s, n)) {
            lab_outcome_wrong(o, what, s->error);
            return;
        }
        i = sim_interval_of(s->at[figure], s->count, LAB_CONFIDENCE);
        verdict = compare(i, expected, width);
        if (verdict == LAB_AGREE || n >= f->most ||
            (verdict == LAB_DIFFER && n >= 4 * f->first))
            break;
        n = 2 * n < f->most ? 2 * n : f->most;
    }
    struct lab_line *l = lab_outcome_add(o, verdict, what);
    l->runs = s->count;
    lab_line_ours(l, i.mean, i.half);
    lab_line_published(l, expected, width);
}

bool lab_judge_once(const struct lab_experiment *e, double *x, const char *what,
                    struct lab_outcome *o)
{
    struct lab_samples s = { 0 };
    bool good = lab_experiment_run(e, &s, 1);
    for (uint32_t i = 0; good && i < e->figure_count; i++)
        x[i] = s.at[i][0];
    if (!good)
        lab_outcome_wrong(o, what, s.error);
    lab_samples_free(&s);
    return good;
}

// ---- The usual row: figures by the metric column ----

// How far a row's text says that a figure may be off. "3% / 5% relative": one each.
static bool width_of(const struct lab_row *r, uint32_t figure, double expected,
                     double *width)
{
    double x[6], rho = NAN, scv = NAN;
    struct lab_pieces parts;
    struct lab_tolerance t;
    if (lab_text_scan(r->context, "rho=%lf", x) == 1)
        rho = x[0];
    if (lab_text_scan(r->context, "scv %lf", x) == 1)
        scv = x[0];
    lab_text_cut(r->tolerance, &parts);
    bool each = strstr(r->tolerance, " / ") && figure < parts.count;
    if (!lab_tolerance_read_for(each ? parts.at[figure] : r->tolerance, rho, scv, &t))
        return false;
    *width = lab_tolerance_width(t, expected);
    return true;
}

static void judge_formula(const struct lab_family *f, const struct lab_row *r,
                          const char *figure, double expected, double half_digit,
                          struct lab_outcome *o)
{
    double x = f->formula(r, figure);
    if (isnan(x)) {
        lab_outcome_wrong(o, figure, "no closed form is known for this");
        return;
    }
    // The column was rounded, to five or six significant digits, and zeros at the end were
    // left out: "9" is 9.0000. That is all that can be asked of it.
    double fifth =
        expected == 0 ? half_digit : 0.5 * pow(10, floor(log10(fabs(expected))) - 4);
    double fourth = 20 * fifth;
    double width = half_digit <= fourth ? half_digit : fifth;
    width += 1e-9 * fabs(expected);
    struct lab_line *l =
        lab_outcome_add(o, fabs(x - expected) <= width ? LAB_AGREE : LAB_DIFFER, figure);
    l->by_formula = true;
    lab_line_ours(l, x, 0);
    lab_line_published(l, expected, width);
    snprintf(l->measured, sizeof l->measured, "%.9g", x);
}

// "mean / p99 response": what follows the last piece belongs to all. Figures are looked up
// whole, so such a piece gets the rest of the last one added.
static void name_figure(const struct lab_row *r, const struct lab_pieces *names, uint32_t i,
                        char name[192])
{
    const char *rest = strchr(names->at[names->count - 1], ' ');
    bool shares = strstr(r->metric, " / ") && rest && i + 1 < names->count &&
                  !strchr(names->at[i], ' ');
    snprintf(name, 192, "%s%s", names->at[i], shares ? rest : "");
}

static void judge_figures(const struct lab_family *f, const struct lab_row *r,
                          struct lab_experiment *e, const struct lab_pieces *values,
                          bool by_formula, struct lab_outcome *o)
{
    struct lab_samples s = { 0 };
    double x, half_digit, width;
    for (uint32_t i = 0; i < values->count; i++) {
        const char *name = e->figures[i];
        if (!lab_text_number(values->at[i], &x, &half_digit))
            lab_outcome_wrong(o, name, "the expected figure is not a number");
        else if (by_formula)
            judge_formula(f, r, name, x, half_digit, o);
        else if (!width_of(r, i, x, &width))
            lab_outcome_wrong(o, name, "the row has no tolerance for a simulation");
        else
            lab_judge_interval(f, e, &s, i, x, width, name, o);
    }
    lab_samples_free(&s);
}

static void judge_each(const struct lab_family *f, const struct lab_row *r,
                       struct lab_experiment *e, const struct lab_pieces *values,
                       struct lab_outcome *o)
{
    if (!f->each_knob) {
        judge_figures(f, r, e, values, false, o);
        return;
    }
    for (uint32_t i = 0; i < 4 && f->each_word[i]; i++) {
        struct lab_experiment one = *e;
        lab_experiment_choose(&one, f->each_knob, f->each_word[i]);
        uint32_t first = o->count;
        judge_figures(f, r, &one, values, false, o);
        for (; first < o->count; first++) {
            struct lab_line *l = &o->lines[first];
            size_t n = strlen(l->what);
            snprintf(l->what + n, sizeof l->what - n, " [%s]", f->each_word[i]);
        }
    }
}

static void judge_usual(const struct lab_family *f, const struct lab_row *r,
                        struct lab_outcome *o)
{
    struct lab_experiment e = { 0 };
    struct lab_pieces names, values;
    lab_text_cut(r->metric, &names);
    lab_text_cut(r->expected, &values);
    if (names.count != values.count || names.count > LAB_FIGURES) {
        lab_outcome_wrong(o, r->metric, "not as many figures as names");
        return;
    }
    if (f->file && !lab_family_read(f, r, &e, o))
        return;
    for (uint32_t i = 0; i < names.count; i++) {
        char name[192];
        name_figure(r, &names, i, name);
        lab_experiment_figure(&e, name);
    }
    if (strstr(r->tolerance, "formula") && f->formula)
        judge_figures(f, r, &e, &values, true, o);
    else if (strstr(r->tolerance, "formula"))
        lab_outcome_wrong(o, r->metric, "no closed form for this family");
    if (f->file)
        judge_each(f, r, &e, &values, o);
}

void lab_family_judge(const struct lab_family *f, const struct lab_row *r,
                      struct lab_outcome *o)
{
    if (f->judge)
        f->judge(f, r, o);
    else
        judge_usual(f, r, o);
    if (o->goes_on && !o->goes_on(o->ctx))
        o->count = 0; // it was not seen through
    else if (o->count == 0)
        lab_outcome_wrong(o, r->metric, "nothing was judged");
}
