#include <math.h>
#include <stdio.h>
#include <string.h>

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

static uint32_t arrivals(const struct ui_draw *d)
{
    uint32_t sum = 0;
    for (uint32_t n = 0; n < d->film->client_count; n++)
        sum += ui_film_node_at(d->film, n, d->at).begun;
    return sum;
}

// How many came by now, in both: who turns a knob of the load compares two loads.
static void say_arrivals(const struct ui_draw *d, const struct ui_draw *other, char *out,
                         size_t size)
{
    char here[SIM_NUMBER_ROOM], there[SIM_NUMBER_ROOM];
    uint32_t n = arrivals(d), m = arrivals(other);
    sim_number_plain(here, n);
    sim_number_plain(there, m);
    if (n == m)
        snprintf(out, size, "%s arrivals in both", here);
    else
        snprintf(out, size, "%s arrivals, dashed %s", here, there);
}

static void draw_difference(struct ui_draw *d, const struct ui_draw *other,
                            struct ui_rect at)
{
    char came[2 * SIM_NUMBER_ROOM + 32];
    const char *differs = d->look->differs;
    struct ui_style style = ui_strong(d, UI_TYPE_TITLE);
    if (!differs || !differs[0])
        differs = "solid: this future; dashed: the other";
    double w = ui_type_width(style.face, style.size, differs);
    ui_add_text(d->list, "differs", 0, at, style, differs);
    say_arrivals(d, other, came, sizeof came);
    if (w + GAP + ui_type_width(UI_SANS, UI_TYPE_LABEL, came) < at.w)
        ui_add_text(d->list, "arrivals", 0, at, ui_aligned(ui_label(d), UI_RIGHT), came);
}

// Of the two that are compared, as far as names may be told.
static void name_half(const struct ui_draw *d, bool is_other, char *out, size_t size)
{
    const char *variant = d->film->variant[0] ? d->film->variant : "as it stands";
    if (!d->look->keeps)
        snprintf(out, size, "%s", is_other ? "the other" : "this future");
    else if (d->look->blind != UI_BLIND_NOT)
        snprintf(out, size, "%s", is_other ? "A" : "B");
    else
        snprintf(out, size, "%s: %s", is_other ? "A" : "B", variant);
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

static void draw_half(struct ui_draw *d, struct ui_rect at, bool is_other, bool is_dashed)
{
    char caption[200], name[128];
    uint32_t of = is_other;
    name_half(d, is_other, name, sizeof name - 16);
    snprintf(name + strlen(name), 16, "%s", is_dashed ? ", dashed below" : "");
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
    draw_difference(d, &other, (struct ui_rect){ at.x + 6, at.y, at.w - 12, LINE });
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
    struct ui_draw half = *d;
    half.beside = other.film;
    other.beside = d->film;
    draw_half(&half, here, false, false);
    draw_half(&other, there, true, !stacked);
    if (!stacked)
        ui_draw_panel(
            d, UI_CHARTS,
            (struct ui_rect){ at.x, at.y + here.h + GAP, at.w, at.h - here.h - GAP });
}
