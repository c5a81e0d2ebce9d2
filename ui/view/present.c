#include "ui/view/draw.h"

// For an audience: one panel and, below it, what users meet.

#define FIGURES 40.0
#define GAP     8.0

static enum ui_panel panel_of(const struct ui_draw *d)
{
    enum ui_panel panel = d->look->panel;
    return panel == UI_WHOLE || ui_is_hidden(d, panel) ? UI_TOPOLOGY : panel;
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
