#include "ui/view/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/number.h"
#include "ui/view/draw.h"
#include "ui/view/type.h"

#define MARGIN        8.0
#define HEADER_HEIGHT 36.0
#define TITLE_HEIGHT  30.0
#define PADDING       12.0
#define MIDDLE_LEAST  320.0 // high; below that the topology alone has room

// ---- Styles ----

struct ui_style ui_label(const struct ui_draw *d)
{
    return (struct ui_style){ UI_SANS, UI_TYPE_LABEL, d->theme->muted, UI_LEFT, false };
}

struct ui_style ui_small(const struct ui_draw *d)
{
    return (struct ui_style){ UI_SANS, UI_TYPE_SMALL, d->theme->muted, UI_LEFT, false };
}

struct ui_style ui_figure(const struct ui_draw *d, double size)
{
    return (struct ui_style){ UI_MONO, size, d->theme->text, UI_LEFT, false };
}

struct ui_style ui_strong(const struct ui_draw *d, double size)
{
    return (struct ui_style){ UI_BOLD, size, d->theme->text, UI_LEFT, false };
}

struct ui_style ui_aligned(struct ui_style style, enum ui_align to)
{
    style.align = to;
    return style;
}

struct ui_style ui_of_name(struct ui_style style)
{
    style.keeps_end = true;
    return style;
}

// ---- Scales ----

double ui_nice(double x)
{
    if (!(x > 0))
        return 1;
    double step = 1;
    while (step >= x * 10)
        step /= 10;
    while (step * 10 < x)
        step *= 10;
    return x <= step       ? step
           : x <= 2 * step ? 2 * step
           : x <= 5 * step ? 5 * step
                           : 10 * step;
}

double ui_nice_top(double x)
{
    static const double steps[] = { 1, 1.5, 2, 3, 4, 5, 6, 8, 10 };
    if (!(x > 0))
        return 1;
    double ten = 1;
    while (ten > x)
        ten /= 10;
    while (ten * 10 <= x)
        ten *= 10;
    size_t i = 0;
    while (steps[i] * ten < x)
        i++;
    return steps[i] * ten;
}

void ui_say_time(char *out, sim_time t)
{
    sim_number_duration(out, (double)t / SIM_S);
}

void ui_say_moment(char *out, sim_time t)
{
    snprintf(out, SIM_NUMBER_ROOM, "%" PRId64 ".%03d s", t / SIM_S,
             (int)(t % SIM_S / SIM_MS));
}

void ui_draw_faults(struct ui_draw *d, struct ui_rect plot, sim_time until, double faint)
{
    const struct ui_film *f = d->film;
    double scale = plot.w / (double)f->duration;
    if (d->look->blind >= UI_BLIND_MOMENTS)
        return;
    for (size_t i = 0; i < f->flag_count; i++) {
        const struct ui_flag *flag = &f->flags[i];
        if (flag->begin > until || f->is_turn[flag->fault])
            continue;
        sim_time last = until < f->duration ? until : f->duration;
        sim_time end = flag->end < last ? flag->end : last;
        double x = plot.x + (double)flag->begin * scale;
        double w = (double)(end - flag->begin) * scale;
        ui_colour c = ui_colour_faded(d->theme->fault, faint);
        ui_add_rect(d->list, "fault", flag->fault,
                    (struct ui_rect){ x, plot.y, w > 1 ? w : 1, plot.h }, c);
    }
}

bool ui_hides_future(const struct ui_draw *d)
{
    return d->look->blind >= UI_BLIND_MOMENTS;
}

bool ui_hides_inside(const struct ui_draw *d)
{
    return d->look->blind >= UI_BLIND_CAUSES;
}

size_t ui_rows_seen(const struct ui_draw *d)
{
    size_t last;
    if (!ui_hides_future(d))
        return d->film->row_count;
    last = ui_film_row_before(d->film, d->at);
    return last == SIZE_MAX ? 0 : last + 1;
}

struct ui_draw ui_ghost_of(const struct ui_draw *d)
{
    struct ui_draw g = *d;
    g.film = d->look->ghost;
    g.focus = d->focus == SIM_NONE ? SIM_NONE : ui_ghost_service(d, d->focus);
    return g;
}

uint32_t ui_ghost_service(const struct ui_draw *d, uint32_t service)
{
    const struct ui_film *f = d->film, *g = d->look->ghost;
    for (uint32_t n = g ? g->client_count : 0; g && n < g->node_count; n++)
        if (strcmp(g->nodes[n].name, f->nodes[f->client_count + service].name) == 0)
            return n - g->client_count;
    return SIM_NONE;
}

struct ui_command ui_ghost_stroke(const struct ui_draw *d)
{
    return (struct ui_command){ .stroke = d->theme->muted, .width = 1.4, .dash = 4 };
}

// ---- Frames ----

struct ui_rect ui_draw_frame(struct ui_draw *d, struct ui_rect at, const char *title,
                             const char *beside)
{
    struct ui_command look = {
        .r = 6, .fill = d->theme->panel, .stroke = d->theme->hairline, .width = 1
    };
    ui_add_box(d->list, "panel", 0, at, look);
    struct ui_rect line = { at.x + PADDING, at.y + 5, at.w - 2 * PADDING, 20 };
    double w = ui_add_text(d->list, "title", 0, line, ui_strong(d, UI_TYPE_TITLE), title);
    line.x += w + 10;
    line.w -= w + 10;
    if (beside[0])
        ui_add_text(d->list, "beside", 0, line, ui_label(d), beside);
    return (struct ui_rect){ at.x + PADDING, at.y + TITLE_HEIGHT, at.w - 2 * PADDING,
                             at.h - TITLE_HEIGHT - 8 };
}

// ---- Panels ----

static const struct {
    const char *name;
    void (*draw)(struct ui_draw *d, struct ui_rect at);
    enum ui_blind until; // the most that may be hidden while it is seen
    const char
        *folded; // its title where its moment is folded; NULL: it is of the whole run
} panels[UI_PANELS] = {
    [UI_HEADER] = { "header", ui_draw_header, UI_BLIND_CAUSES, NULL },
    [UI_TOPOLOGY] = { "topology", ui_draw_topology, UI_BLIND_CAUSES, "Topology" },
    [UI_LANES] = { "threads", ui_draw_lanes, UI_BLIND_MOMENTS, "Threads" },
    [UI_WATERFALL] = { "waterfall", ui_draw_waterfall, UI_BLIND_MOMENTS, "Request" },
    [UI_SCRIPT] = { "script", ui_draw_script, UI_BLIND_NOT, NULL },
    [UI_CHARTS] = { "charts", ui_draw_charts, UI_BLIND_CAUSES, NULL },
    [UI_STRIP] = { "timeline", ui_draw_strip, UI_BLIND_CAUSES, NULL },
};

static const char *const names[] = { "topology", "threads",  "waterfall", "script",
                                     "charts",   "timeline", NULL };

const char *const *ui_panel_names(void)
{
    return names;
}

enum ui_panel ui_panel_of(const char *name)
{
    for (enum ui_panel p = UI_TOPOLOGY; p < UI_PANELS; p++)
        if (strcmp(panels[p].name, name) == 0)
            return p;
    return UI_PANELS;
}

bool ui_panel_is_hidden(enum ui_panel panel, enum ui_blind blind)
{
    return panel != UI_WHOLE && blind > panels[panel].until;
}

bool ui_is_hidden(const struct ui_draw *d, enum ui_panel panel)
{
    return ui_panel_is_hidden(panel, d->look->blind);
}

// A line around what keys go to; no box, which would lie between the mouse and the panel.
static void draw_focus(struct ui_draw *d, struct ui_rect at)
{
    double right = at.x + at.w - 1, bottom = at.y + at.h - 1;
    struct ui_point p[] = { { at.x + 1, at.y + 1 },
                            { right, at.y + 1 },
                            { right, bottom },
                            { at.x + 1, bottom },
                            { at.x + 1, at.y + 1 } };
    struct ui_command look = { .stroke = d->theme->full, .width = 2 };
    ui_add_line(d->list, "focus", 0, p, 5, look);
}

void ui_draw_panel(struct ui_draw *d, enum ui_panel panel, struct ui_rect at)
{
    if (ui_is_hidden(d, panel))
        return;
    d->list->panel = panel;
    if (panels[panel].folded && !ui_film_shows(d->film, d->at))
        ui_draw_folded(d, panels[panel].folded, at);
    else
        panels[panel].draw(d, at);
    if (d->look->focus == panel)
        draw_focus(d, at);
    d->list->panel = UI_WHOLE;
}

// Charts on the right, in one column where the picture is narrow. On the left the topology,
// and the threads below it, or a request's waterfall, with the height that they ask for, up to half.
static void draw_middle(struct ui_draw *d, struct ui_rect at)
{
    struct ui_rect left = at;
    if (ui_chart_count(d) > 0) {
        double w = at.w < 1100 ? at.w * 0.28 : at.w * 0.335;
        left.w = at.w - w - MARGIN;
        ui_draw_panel(d, UI_CHARTS,
                      (struct ui_rect){ left.x + left.w + MARGIN, at.y, w, at.h });
    }
    bool falls =
        d->look->has_waterfall && ui_has_waterfall(d) && !ui_is_hidden(d, UI_WATERFALL);
    if (falls || (ui_has_lanes(d) && !ui_is_hidden(d, UI_LANES))) {
        double wanted = falls ? ui_waterfall_height(d) : ui_lanes_height(d);
        double h = wanted < left.h * 0.5 ? wanted : left.h * 0.5;
        left.h -= h + MARGIN;
        ui_draw_panel(d, falls ? UI_WATERFALL : UI_LANES,
                      (struct ui_rect){ left.x, left.y + left.h + MARGIN, left.w, h });
    }
    ui_draw_panel(d, UI_TOPOLOGY, left);
}

// Everything below the header, over a strip of the whole run.
static void draw_panels(struct ui_draw *d, struct ui_rect rest)
{
    double w = rest.w, strip = ui_strip_height(d, w);
    rest.h -= strip + MARGIN;
    ui_draw_panel(d, UI_STRIP,
                  (struct ui_rect){ rest.x, rest.y + rest.h + MARGIN, w, strip });
    if (d->look->arm) {
        double arm = ui_arm_height(d, w);
        rest.h -= arm + MARGIN;
        ui_draw_arm(d, (struct ui_rect){ rest.x, rest.y + rest.h + MARGIN, w, arm });
    }
    if (rest.h < MIDDLE_LEAST)
        ui_draw_panel(d, UI_TOPOLOGY, rest);
    else if (d->look->is_beside && d->look->ghost)
        ui_draw_beside(d, rest);
    else
        draw_middle(d, rest);
}

static void draw_all(struct ui_draw *d)
{
    double w = d->look->width - 2 * MARGIN, h = d->look->height;
    struct ui_rect header = { MARGIN + 6, 2, w - 12, HEADER_HEIGHT };
    struct ui_rect rest = { MARGIN, HEADER_HEIGHT + 4, w, h - HEADER_HEIGHT - 4 - MARGIN };
    enum ui_panel alone = d->look->panel;
    ui_draw_panel(d, UI_HEADER, header);
    if (d->look->shows_keys) {
        ui_draw_keys(d, rest);
        return;
    }
    if (d->look->wrong && !d->look->arm) {
        double wrong = ui_wrong_height(d, w);
        rest.h -= wrong + MARGIN;
        ui_draw_wrong(d, (struct ui_rect){ rest.x, rest.y + rest.h + MARGIN, w, wrong });
    }
    if (d->look->presents && !d->look->arm)
        ui_draw_presented(d, rest);
    else if (alone != UI_WHOLE && !d->look->arm && !ui_is_hidden(d, alone))
        ui_draw_panel(d, alone, rest);
    else
        draw_panels(d, rest);
}

void ui_look_default(struct ui_look *look)
{
    *look = (struct ui_look){ .width = 1280,
                              .height = 800,
                              .theme = &ui_theme_dark,
                              .selected = SIM_NONE,
                              .pick = { SIM_NONE, 0 },
                              .panel = UI_WHOLE };
}

// What may be seen of what is to be drawn.
static struct ui_look seen_of(const struct ui_look *look)
{
    struct ui_look seen = *look;
    if (look->blind >= UI_BLIND_NAMES) {
        seen.note = seen.differs = NULL; // either may name what was done
        seen.wrong = NULL;               // it has a line of the script
    }
    if (look->blind >= UI_BLIND_MOMENTS)
        seen.ghost = NULL; // which parts from this run when something was done
    return seen;
}

// Two that stand side by side are to be compared.
static uint32_t requests_a_dot(const struct ui_film *film, const struct ui_look *look)
{
    uint32_t n = ui_view_requests_a_dot(film);
    uint32_t m = look->is_beside && look->ghost ? ui_view_requests_a_dot(look->ghost) : 0;
    return n > m ? n : m;
}

void ui_view_draw(struct ui_list *list, const struct ui_film *film,
                  const struct ui_look *look)
{
    struct ui_look seen = seen_of(look);
    struct ui_draw d = {
        list, film, &seen, look->theme, look->selected, look->at, 1, NULL
    };
    d.each = requests_a_dot(film, &seen);
    // Which service is busiest tells where to look.
    if (d.focus == SIM_NONE && look->blind < UI_BLIND_CAUSES)
        d.focus = ui_film_focus_of(film, ui_rows_seen(&d));
    ui_add_rect(list, "ground", 0, (struct ui_rect){ 0, 0, look->width, look->height },
                d.theme->ground);
    draw_all(&d);
    ui_draw_pointer(&d);
}
