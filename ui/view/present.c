#include "ui/view/draw.h"

// For an audience: one panel and, below it, what users meet, and a ring in place of
// the pointer.

#define FIGURES 40.0
#define GAP     8.0
#define RING    13.0

static enum ui_panel panel_of(const struct ui_draw *d)
{
    enum ui_panel panel = d->look->panel;
    return panel == UI_WHOLE || ui_is_hidden(d, panel) ? UI_TOPOLOGY : panel;
}

// Light on dark on light, so that it is seen on any ground.
void ui_draw_pointer(struct ui_draw *d)
{
    double r = d->look->is_pressed ? RING - 4 : RING;
    ui_colour inner = d->look->is_pressed ? ui_colour_faded(d->theme->text, 0.3) : 0;
    struct ui_command dark = { .r = r, .stroke = d->theme->ground, .width = 6 };
    struct ui_command ring = {
        .r = r, .fill = inner, .stroke = d->theme->text, .width = 3
    };
    if (!d->look->presents || !d->look->has_pointer)
        return;
    ui_add_circle(d->list, "pointer halo", 0, d->look->pointer, dark);
    ui_add_circle(d->list, "pointer", 0, d->look->pointer, ring);
}

void ui_draw_presented(struct ui_draw *d, struct ui_rect at)
{
    struct ui_rect below = { at.x + 6, at.y + at.h - FIGURES, at.w - 12, FIGURES };
    at.h -= FIGURES + GAP;
    if (d->look->is_beside && d->look->ghost)
        ui_draw_beside(d, at);
    else
        ui_draw_panel(d, panel_of(d), at);
    ui_draw_figures(d, below, UI_TYPE_VALUE + 2);
}
