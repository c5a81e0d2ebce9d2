#include <math.h>
#include <stdio.h>

#include "sim/report/number.h"
#include "ui/view/draw.h"
#include "ui/view/type.h"

// Two futures of one run at the same moment: a half for each, with the line that sets them apart
// above both, and below them the charts that have the one as a line and the other dashed.

#define LINE    24.0
#define GAP     8.0
#define SHARE   0.55  // of the height for the two halves
#define CHARTS  190.0 // high, at least
#define CAPTION 48.0
#define COLUMN  175.0 // of boxes, with the gap beside it, wide at least

static void draw_difference(struct ui_draw *d, struct ui_rect at)
{
    const char *differs = d->look->differs;
    ui_add_text(d->list, "differs", 0, at, ui_strong(d, UI_TYPE_TITLE),
                differs && differs[0] ? differs : "solid: this future; dashed: the other");
}

// A future may not have been computed up to the moment yet.
static void say_caption(const struct ui_draw *d, const char *name, char *out, size_t size)
{
    char now[SIM_NUMBER_ROOM];
    ui_say_time(now, d->film->now);
    if (d->film->now < d->at)
        snprintf(out, size, "%s: known up to %s", name, now);
    else
        snprintf(out, size, "%s", name);
}

static void draw_half(struct ui_draw *d, struct ui_rect at, uint32_t of, const char *name)
{
    char caption[96];
    say_caption(d, name, caption, sizeof caption);
    struct ui_rect line = { at.x + 6, at.y, at.w - 12, CAPTION / 2 };
    ui_add_text(d->list, "future", of, line, ui_label(d), caption);
    line.y += CAPTION / 2 - 2;
    ui_draw_figures(d, line, UI_TYPE_TITLE + 1);
    ui_draw_panel(d, UI_TOPOLOGY,
                  (struct ui_rect){ at.x, at.y + CAPTION, at.w, at.h - CAPTION });
}

// Many columns of boxes need the whole width: then the one stands above the other, and there is no
// room for charts.
static bool is_stacked(const struct ui_draw *d, const struct ui_draw *other, double width)
{
    uint32_t columns = ui_topology_columns(d), others = ui_topology_columns(other);
    return (columns > others ? columns : others) * COLUMN > width / 2;
}

void ui_draw_beside(struct ui_draw *d, struct ui_rect at)
{
    struct ui_draw other = ui_ghost_of(d);
    draw_difference(d, (struct ui_rect){ at.x + 6, at.y, at.w - 12, LINE });
    at.y += LINE;
    at.h -= LINE;
    bool stacked = is_stacked(d, &other, at.w);
    struct ui_rect here = { at.x, at.y, at.w, (at.h - GAP) / 2 }, there = here;
    there.y += here.h + GAP;
    if (!stacked) {
        here.w = there.w = (at.w - GAP) / 2;
        here.h = there.h = fmin(at.h * SHARE, at.h - CHARTS - GAP);
        there.x = at.x + here.w + GAP;
        there.y = at.y;
    }
    draw_half(d, here, 0, "this future");
    draw_half(&other, there, 1, stacked ? "the other" : "the other, dashed below");
    if (!stacked)
        ui_draw_panel(
            d, UI_CHARTS,
            (struct ui_rect){ at.x, at.y + here.h + GAP, at.w, at.h - here.h - GAP });
}
