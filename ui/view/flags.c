#include <math.h>
#include <stdio.h>

#include "ui/view/draw.h"
#include "ui/view/type.h"

// What was done to the run, as flags above the strip. Those that lie close stand below one another:
// each in the first row from which its pole meets no other label on its way down. Where no row is
// left, the label that was put last says how many more stand there.

#define ROW      14.0
#define BELOW    6.0 // the knob of the moment stays below the text
#define ROWS     3u
#define POLE     1.5
#define ASIDE    6.0  // a label lies beside its pole
#define BETWEEN  10.0 // two labels of a row
#define COUNTING 28.0 // kept free beside a label, for "+12"

struct label {
    size_t flag;
    double pole, left, width;
    bool is_before; // its pole, where there is no room behind
    double spare;   // for the count; none beside the last
    uint32_t more;  // flags that are told of with it
};

struct sheet {
    struct ui_rect at;         // of the labels
    double foot;               // of the poles
    struct label at_end[ROWS]; // the last so far of each row
    bool is_taken[ROWS];
    uint32_t newest; // row
    uint32_t used;   // rows
    bool is_drawn;   // else only measured
};

static bool has_flags(const struct ui_draw *d)
{
    return d->film->flag_count && d->look->blind < UI_BLIND_MOMENTS;
}

// From those who look blind the names are kept; what is left are numbers.
static void say_label(const struct ui_draw *d, size_t i, char *out, size_t size)
{
    if (d->look->blind == UI_BLIND_NOT)
        snprintf(out, size, "%s", d->film->fault_labels[d->film->flags[i].fault]);
    else
        snprintf(out, size, "%zu", i + 1);
}

static void draw_label(struct ui_draw *d, const struct sheet *s, uint32_t row)
{
    char text[128];
    const struct label *l = &s->at_end[row];
    uint32_t fault = d->film->flags[l->flag].fault;
    struct ui_rect at = { l->left, s->at.y + row * ROW, l->width, ROW };
    if (!s->is_drawn || !s->is_taken[row])
        return;
    say_label(d, l->flag, text, sizeof text);
    ui_add_text(d->list, "flag", fault, at, ui_small(d), text);
    if (l->more == 0)
        return;
    snprintf(text, sizeof text, "+%u", l->more);
    struct ui_style style = ui_small(d);
    style.colour = d->theme->text;
    at.x = l->is_before ? l->left - COUNTING : l->left + l->width + 4;
    at.w = COUNTING - 4;
    ui_add_text(d->list, "more flags", fault, at,
                l->is_before ? ui_aligned(style, UI_RIGHT) : style, text);
}

static double begin_of(const struct label *l)
{
    return l->left - (l->is_before ? l->spare : 0);
}

static double end_of(const struct label *l)
{
    return l->left + l->width + (l->more && !l->is_before ? COUNTING : 0);
}

// Behind its pole, or before it where there is no room behind; cut off where there is room for it
// on neither side.
static struct label label_of(const struct ui_draw *d, const struct sheet *s, size_t flag)
{
    char text[128];
    sim_time begin = d->film->flags[flag].begin, last = d->film->duration;
    struct label l = { .flag = flag };
    l.pole = s->at.x + s->at.w * (double)(begin < last ? begin : last) / (double)last;
    say_label(d, flag, text, sizeof text);
    l.width = ui_type_width(UI_SANS, UI_TYPE_SMALL, text) + 1;
    l.spare = flag + 1 < d->film->flag_count ? COUNTING : 0;
    double behind = s->at.x + s->at.w - l.pole - ASIDE - l.spare;
    double before = l.pole - ASIDE - l.spare - s->at.x;
    l.is_before = l.width > behind && before > behind;
    l.width = fmin(l.width, l.is_before ? before : behind);
    l.left = l.is_before ? l.pole - ASIDE - l.width : l.pole + ASIDE;
    return l;
}

// Below the lowest label that its pole would go through, and where it lies over no other label and
// no pole; ROWS: there is none.
static uint32_t row_of(const struct sheet *s, const struct label *l)
{
    uint32_t row = 0;
    for (uint32_t i = 0; i < ROWS; i++)
        row = s->is_taken[i] && l->pole < end_of(&s->at_end[i]) + 3 ? i + 1 : row;
    for (uint32_t i = 0; i < ROWS && i <= row; i++) {
        const struct label *other = &s->at_end[i];
        if (s->is_taken[i] && begin_of(l) < other->pole + 3)
            return ROWS;
        if (i == row && s->is_taken[i] && begin_of(l) < end_of(other) + BETWEEN)
            row++;
    }
    return row;
}

static void put(struct ui_draw *d, struct sheet *s, size_t flag)
{
    struct label l = label_of(d, s, flag);
    uint32_t row = row_of(s, &l);
    double top = s->at.y + (row < ROWS ? row * ROW + 2 : s->at.h - 4);
    if (s->is_drawn)
        ui_add_rect(d->list, "flag", d->film->flags[flag].fault,
                    (struct ui_rect){ l.pole - POLE / 2, top, POLE, s->foot - top },
                    d->theme->alarm);
    if (row == ROWS) {
        s->at_end[s->newest].more++;
        return;
    }
    draw_label(d, s, row); // which nothing is added to any more
    s->at_end[row] = l;
    s->is_taken[row] = true;
    s->newest = row;
    s->used = row + 1 > s->used ? row + 1 : s->used;
}

static void put_all(struct ui_draw *d, struct sheet *s)
{
    for (size_t i = 0; i < d->film->flag_count; i++)
        put(d, s, i);
    for (uint32_t row = 0; row < ROWS; row++)
        draw_label(d, s, row);
}

double ui_flags_height(const struct ui_draw *d, double width)
{
    struct ui_draw measured = *d;
    struct sheet s = { .at = { .w = width } };
    if (!has_flags(d))
        return 0;
    put_all(&measured, &s);
    return s.used * ROW + BELOW;
}

void ui_draw_flags(struct ui_draw *d, struct ui_rect at, double foot)
{
    struct sheet s = { .at = at, .foot = foot, .is_drawn = true };
    if (has_flags(d))
        put_all(d, &s);
}
