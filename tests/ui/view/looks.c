#include "tests/ui/view/looks.h"

#include <math.h>
#include <stdio.h>

// Letters leave some of their line empty above and below.
#define BLANK 0.12

// What the eye takes for a ground: filled shapes. Dots, lines and areas are too small or too ragged to
// carry text, so no text may rely on them.
static bool covers(const struct ui_command *c, double x, double y)
{
    if (!(c->fill & 0xff))
        return false;
    if (c->kind == UI_CIRCLE)
        return hypot(x - c->x, y - c->y) <= c->r;
    return (c->kind == UI_RECT || c->kind == UI_BOX) && x >= c->x && x <= c->x + c->w &&
           y >= c->y && y <= c->y + c->h;
}

static ui_colour ground_of(const struct ui_list *l, size_t text)
{
    const struct ui_command *t = &l->at[text];
    ui_colour ground = 0x000000ff;
    for (size_t i = 0; i < text; i++)
        if (covers(&l->at[i], t->x + t->w / 2, t->y + t->h / 2))
            ground = ui_colour_over(l->at[i].fill, ground);
    return ground;
}

static bool overlap(const struct ui_command *a, const struct ui_command *b)
{
    double top = fmax(a->y + BLANK * a->h, b->y + BLANK * b->h);
    double bottom = fmin(a->y + (1 - BLANK) * a->h, b->y + (1 - BLANK) * b->h);
    return fmin(a->x + a->w, b->x + b->w) - fmax(a->x, b->x) > 0.5 && bottom - top > 0.5;
}

// Within the innermost panel that it began in, or in the picture where it began in none.
static bool is_inside(const struct ui_list *l, size_t text, const struct ui_look *look)
{
    const struct ui_command *t = &l->at[text];
    double left = 0, top = 0, right = look->width, bottom = look->height;
    for (size_t i = 0; i < text; i++) {
        const struct ui_command *c = &l->at[i];
        if (c->kind != UI_BOX || t->x < c->x || t->x > c->x + c->w ||
            t->y + t->h / 2 < c->y || t->y + t->h / 2 > c->y + c->h)
            continue;
        left = c->x;
        top = c->y;
        right = c->x + c->w;
        bottom = c->y + c->h;
    }
    return t->x >= left - 0.5 && t->x + t->w <= right + 0.5 && t->y >= top - 2 &&
           t->y + t->h <= bottom + 2;
}

// Whether a later shape lies over part of a text.
static bool is_covered(const struct ui_list *l, size_t text)
{
    for (size_t i = text + 1; i < l->count; i++) {
        const struct ui_command *c = &l->at[i];
        if ((c->kind == UI_BOX || c->kind == UI_RECT) && (c->fill & 0xff) == 0xff &&
            overlap(&l->at[text], c))
            return true;
    }
    return false;
}

static void note(struct looks *s, unsigned *count, const char *what,
                 const struct ui_list *l, const struct ui_command *c)
{
    if (!s->first[0])
        snprintf(s->first, sizeof s->first, "%s: %s %u \"%s\" at %.0f, %.0f", what, c->what,
                 c->of, ui_list_text(l, c), c->x, c->y);
    ++*count;
}

struct looks looks_of(const struct ui_list *l, const struct ui_look *look)
{
    struct looks s = { 0 };
    for (size_t i = 0; i < l->count; i++) {
        const struct ui_command *c = &l->at[i];
        if (c->kind != UI_TEXT)
            continue;
        if (c->is_cut)
            note(&s, &s.cut, "cut off", l, c);
        if (!is_inside(l, i, look))
            note(&s, &s.outside, "outside", l, c);
        if (ui_colour_contrast(c->fill, ground_of(l, i)) < 4.5)
            note(&s, &s.faint, "faint", l, c);
        if (is_covered(l, i))
            note(&s, &s.covered, "covered", l, c);
        for (size_t k = 0; k < i; k++)
            if (l->at[k].kind == UI_TEXT && overlap(c, &l->at[k]))
                note(&s, &s.overlapping, "over other text", l, c);
    }
    return s;
}
