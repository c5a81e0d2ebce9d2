#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/number.h"
#include "ui/window/inner.h"

// The one line that sets two runs apart, from what went into them: the preset with its knobs, and
// what was fired.

#define KNOBS 3u // that are named

struct line {
    char *text;
    size_t size;
};

static void say(struct line *l, const char *format, ...)
{
    va_list args;
    size_t n = strlen(l->text);
    va_start(args, format);
    vsnprintf(l->text + n, l->size - n, format, args);
    va_end(args);
}

// ---- Presets ----

static const struct ui_knob *same_knob(const struct ui_film *f, const struct ui_knob *k)
{
    for (uint32_t i = 0; i < f->knob_count; i++)
        if (strcmp(f->knobs[i].name, k->name) == 0)
            return &f->knobs[i];
    return NULL;
}

static void say_value(struct line *l, const struct ui_knob *k)
{
    uint32_t i = k->standing > 0 ? (uint32_t)k->standing : 0;
    if (k->choice_count > 0)
        say(l, "%s", k->choices[i < k->choice_count ? i : 0]);
    else
        say(l, "%.4g%s%s", k->standing, k->unit[0] ? " " : "", k->unit);
}

// Values of the knobs that stand elsewhere in the other one, with their names or without. Returns how
// many there are.
static uint32_t say_knobs(struct line *l, const struct ui_film *f,
                          const struct ui_film *other, bool is_named)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->knob_count; i++) {
        const struct ui_knob *k = &f->knobs[i], *o = same_knob(other, k);
        if (!o || o->standing == k->standing || ++n > KNOBS)
            continue;
        say(l, "%s%s%s", n > 1 ? ", " : ": ", is_named ? k->name : "", is_named ? " " : "");
        say_value(l, k);
    }
    if (is_named && n > KNOBS)
        say(l, " and %u more", n - KNOBS);
    return n;
}

static const char *name_of(const struct ui_engine *e)
{
    return e->variant[0] ? e->variant : "as it stands";
}

static void say_presets(struct line *l, const struct ui_engine *e,
                        const struct ui_engine *ghost)
{
    say(l, "%s", name_of(e));
    uint32_t n = say_knobs(l, &e->film, &ghost->film, true);
    say(l, "; dashed, %s", name_of(ghost));
    say_knobs(l, &ghost->film, &e->film, false);
    if (n == 0)
        say(l, ": no knob differs");
    if (e->job.added_count + ghost->job.added_count > 0)
        say(l, "; and what was fired");
}

// ---- Faults ----

bool ui_same_fault(const struct sim_fault *a, const struct sim_fault *b)
{
    return a->kind == b->kind && a->begin == b->begin && a->end == b->end &&
           a->amount == b->amount && strcmp(a->label, b->label) == 0;
}

// The first of what one of them has and the other has not.
static void say_fired(struct line *l, const struct ui_engine *e, uint32_t from)
{
    uint32_t more = e->job.added_count - from - 1;
    const struct sim_fault *f = &e->added[from];
    char begin[SIM_NUMBER_ROOM], last[SIM_NUMBER_ROOM];
    sim_number_duration(begin, (double)f->begin / SIM_S);
    say(l, "%s from %s", f->label, begin);
    if (f->end != SIM_NEVER) {
        sim_number_duration(last, (double)(f->end - f->begin) / SIM_S);
        say(l, " for %s", last);
    }
    if (more > 0)
        say(l, " and %u more", more);
}

static sim_time first_of(const struct ui_engine *e, uint32_t from)
{
    sim_time first = SIM_NEVER;
    for (uint32_t i = from; i < e->job.added_count; i++)
        first = e->added[i].begin < first ? e->added[i].begin : first;
    return first;
}

static void say_faults(struct line *l, const struct ui_engine *e,
                       const struct ui_engine *ghost)
{
    uint32_t x = e->job.added_count, y = ghost->job.added_count, same = 0;
    while (same < x && same < y && ui_same_fault(&e->added[same], &ghost->added[same]))
        same++;
    sim_time here = first_of(e, same), there = first_of(ghost, same);
    sim_time first = here < there ? here : there;
    char begin[SIM_NUMBER_ROOM];
    if (x == same && y == same) {
        say(l, "the same run twice");
        return;
    }
    if (!ui_engine_same_past(e, ghost, first)) {
        sim_number_duration(begin, (double)first / SIM_S);
        say(l, "the two differ before %s: this is a fault of convoy", begin);
        return;
    }
    say(l, x > same ? "with " : "without ");
    say_fired(l, x > same ? e : ghost, same);
    say(l, x == same   ? "; dashed: with"
           : y == same ? "; dashed: without"
                       : "; dashed: with ");
    if (x > same && y > same)
        say_fired(l, ghost, same);
}

void ui_say_difference(char *out, size_t size, const struct ui_engine *e,
                       const struct ui_engine *ghost)
{
    struct line l = { out, size };
    out[0] = '\0';
    if (strcmp(e->variant, ghost->variant) != 0)
        say_presets(&l, e, ghost);
    else
        say_faults(&l, e, ghost);
}
