#include <math.h>
#include <stdio.h>

#include "sim/report/number.h"
#include "sim/report/report.h"
#include "ui/view/draw.h"
#include "ui/view/type.h"

// The whole run from left to right: goodput under what was offered, faults as flags, and for
// each expectation the time that it is about, with what it claims and its verdict at the end. What
// is still to come at the moment is fainter.

#define ASIDE     12.0 // from the frame to what is drawn
#define PLOT      26.0
#define CHECK_ROW 14.0
#define CHECK_LOW 9.0   // without its claim
#define HIGH      640.0 // a picture that is lower has no room for claims
#define CHECKS    5u    // rows at most
#define TICK      10.0  // kept free for a verdict, at the end of its line
#define LINE      40.0  // left of a line beside its claim
#define AXIS      15.0
#define FAINT     0.4
#define POINTS    1100

static uint32_t check_rows(const struct ui_draw *d)
{
    uint32_t n = 0;
    if (d->look->blind >= UI_BLIND_NAMES)
        return 0;
    for (uint32_t i = 0; i < d->film->check_count; i++)
        n += d->film->checks[i].state != SIM_NOT_JUDGED;
    return n < CHECKS ? n : CHECKS;
}

static double check_row(const struct ui_draw *d)
{
    bool is_low = d->look->height < HIGH && d->look->panel != UI_STRIP;
    return is_low ? CHECK_LOW : CHECK_ROW;
}

double ui_strip_height(const struct ui_draw *d, double width)
{
    double flags = ui_flags_height(d, width - 2 * ASIDE);
    return 8 + flags + PLOT + 3 + check_rows(d) * check_row(d) + AXIS + 6;
}

static double x_of(const struct ui_draw *d, struct ui_rect in, sim_time t)
{
    t = t > d->film->duration ? d->film->duration : t;
    return in.x + in.w * (double)t / (double)d->film->duration;
}

static double top_of(const struct ui_draw *d)
{
    double top = 1;
    for (size_t i = 0; d->film && i < ui_rows_seen(d); i++)
        top = fmax(top, fmax(d->film->rows[i].offered, d->film->rows[i].ok));
    return top;
}

static double scale_of(const struct ui_draw *d)
{
    struct ui_draw ghost = ui_ghost_of(d);
    return fmax(top_of(d), ghost.film ? top_of(&ghost) : 1);
}

// What was offered as a shape, what was answered well as another within it.
static void draw_rows(struct ui_draw *d, struct ui_rect plot, bool good, ui_colour fill)
{
    const struct ui_film *f = d->film;
    struct ui_point points[2 * POINTS + 2];
    double top = scale_of(d), base = plot.y + plot.h;
    uint32_t n = 0;
    for (size_t i = 0; i < ui_rows_seen(d) && i < POINTS; i++) {
        double y = base - plot.h * (good ? f->rows[i].ok : f->rows[i].offered) / top;
        points[n++] = (struct ui_point){ x_of(d, plot, f->rows[i].begin), y };
        points[n++] = (struct ui_point){ x_of(d, plot, f->rows[i].end), y };
    }
    if (n == 0)
        return;
    points[n] = (struct ui_point){ points[n - 1].x, base };
    points[n + 1] = (struct ui_point){ points[0].x, base };
    ui_add_area(d->list, good ? "goodput" : "offered", 0, points, n + 2, fill);
}

// What the other future answered well, also of the time to come.
static void draw_ghost(struct ui_draw *d, struct ui_rect plot)
{
    const struct ui_film *f = d->look->ghost;
    struct ui_point points[POINTS];
    double top = scale_of(d), base = plot.y + plot.h;
    uint32_t n = 0;
    for (size_t i = 0; f && i < f->row_count && i < POINTS; i++) {
        if (f->rows[i].begin >= d->film->duration)
            break; // that of another preset may last longer
        points[n++] =
            (struct ui_point){ x_of(d, plot, (f->rows[i].begin + f->rows[i].end) / 2),
                               base - plot.h * f->rows[i].ok / top };
    }
    if (n > 1)
        ui_add_line(d->list, "ghost", 0, points, n, ui_ghost_stroke(d));
}

static void draw_shapes(struct ui_draw *d, struct ui_rect plot, double faint)
{
    ui_draw_faults(d, plot, SIM_NEVER, faint);
    draw_rows(d, plot, false, ui_colour_faded(d->theme->outline, 0.45 * faint));
    draw_rows(d, plot, true, ui_colour_faded(d->theme->marks[UI_MARK_OK], 0.9 * faint));
}

static void draw_plot(struct ui_draw *d, struct ui_rect plot)
{
    double now = x_of(d, plot, d->at);
    ui_add_rect(d->list, "plot", 0, plot, d->theme->raised);
    ui_add_clip(d->list, (struct ui_rect){ plot.x, plot.y, now - plot.x + 0.01, plot.h });
    draw_shapes(d, plot, 1);
    ui_add_clip(d->list,
                (struct ui_rect){ now, plot.y, plot.x + plot.w - now + 0.01, plot.h });
    if (!ui_hides_future(d))
        draw_shapes(d, plot, FAINT);
    ui_add_unclip(d->list);
    draw_ghost(d, plot);
}

// A tick where it passed, a cross where it failed, a ring where it is open.
static void draw_verdict(struct ui_draw *d, uint32_t i, struct ui_point at)
{
    double r = 3.2;
    struct ui_command good = { .stroke = d->theme->good, .width = 1.8 };
    struct ui_command bad = { .stroke = d->theme->alarm, .width = 1.8 };
    struct ui_point tick[] = { { at.x - r, at.y },
                               { at.x - r / 3, at.y + r * 0.8 },
                               { at.x + r, at.y - r } };
    struct ui_point down[] = { { at.x - r, at.y - r }, { at.x + r, at.y + r } };
    struct ui_point up[] = { { at.x - r, at.y + r }, { at.x + r, at.y - r } };
    struct ui_command ring = { .r = r, .stroke = d->theme->muted, .width = 1.5 };
    switch ((enum sim_verdict_state)d->film->checks[i].state) {
    case SIM_PASSED:
        ui_add_line(d->list, "passed", i, tick, 3, good);
        break;
    case SIM_FAILED:
        ui_add_line(d->list, "failed", i, down, 2, bad);
        ui_add_line(d->list, "failed", i, up, 2, bad);
        break;
    default:
        ui_add_circle(d->list, "undecided", i, at, ring);
    }
}

// What is claimed: in the line, before its verdict, where something of the line is left; else behind it,
// or else before it. Where there is no room it is left out. Gives the line's end.
static double draw_claim(struct ui_draw *d, uint32_t i, struct ui_rect row, double x,
                         double end)
{
    const char *claim = d->film->checks[i].claim;
    double w = ui_type_width(UI_SANS, UI_TYPE_SMALL, claim) + 1;
    double line = fmax(end - TICK, x + 2), left;
    if (row.h < CHECK_ROW)
        return line;
    if (line - x >= w + 9 + LINE) {
        left = line - w - 3;
        line = left - 6;
    } else if (row.x + row.w - fmax(end, x + TICK) >= w + 4) {
        left = fmax(end, x + TICK) + 4;
    } else if (x - row.x >= w + 6) {
        left = x - 6 - w;
    } else {
        return line;
    }
    ui_add_text(d->list, "claim", i, (struct ui_rect){ left, row.y, w, row.h }, ui_small(d),
                claim);
    return line;
}

static void draw_checks(struct ui_draw *d, struct ui_rect plot, double y)
{
    uint32_t rows = check_rows(d), row = 0;
    double h = check_row(d);
    for (uint32_t i = 0; i < d->film->check_count && row < rows; i++) {
        const struct ui_check *c = &d->film->checks[i];
        if (c->state == SIM_NOT_JUDGED)
            continue;
        struct ui_rect at = { plot.x, y + row++ * h, plot.w, h };
        double x = x_of(d, plot, c->from), end = x_of(d, plot, c->to);
        double middle = at.y + h / 2, line = draw_claim(d, i, at, x, end);
        ui_add_rect(d->list, "check", i,
                    (struct ui_rect){ x, middle - 0.75, fmax(line - x, 2), 1.5 },
                    d->theme->outline);
        draw_verdict(d, i, (struct ui_point){ fmax(end - 4.5, x + 4), middle });
    }
}

// Round times, so far apart that their labels have room.
static void draw_axis(struct ui_draw *d, struct ui_rect plot, double y)
{
    double seconds = (double)d->film->duration / SIM_S;
    double each = ui_nice(seconds * 70 / plot.w);
    char text[SIM_NUMBER_ROOM];
    for (double t = 0; t <= seconds + each * 1e-6; t += each) {
        double x = plot.x + plot.w * t / seconds;
        ui_add_rect(d->list, "tick", 0, (struct ui_rect){ x - 0.5, y, 1, 4 },
                    d->theme->outline);
        sim_number_duration(text, t);
        if (t == 0)
            snprintf(text, sizeof text, "0 s");
        double w = ui_type_width(UI_SANS, UI_TYPE_SMALL, text);
        double left = fmax(plot.x, fmin(x - w / 2, plot.x + plot.w - w));
        ui_add_text(d->list, "axis", 0, (struct ui_rect){ left, y + 3, w + 1, 13 },
                    ui_small(d), text);
    }
}

static void draw_now(struct ui_draw *d, struct ui_rect plot, double top, double bottom)
{
    double x = x_of(d, plot, d->at);
    ui_add_rect(d->list, "now", 0, (struct ui_rect){ x - 1, top, 2, bottom - top },
                d->theme->text);
    struct ui_command knob = { .r = 4, .fill = d->theme->text };
    ui_add_circle(d->list, "now", 0, (struct ui_point){ x, top }, knob);
}

void ui_draw_strip(struct ui_draw *d, struct ui_rect at)
{
    struct ui_command look = {
        .r = 6, .fill = d->theme->panel, .stroke = d->theme->hairline, .width = 1
    };
    ui_add_box(d->list, "panel", 0, at, look);
    struct ui_rect in = { at.x + ASIDE, at.y + 6, at.w - 2 * ASIDE, at.h - 10 };
    struct ui_rect labels = { in.x, in.y, in.w, ui_flags_height(d, in.w) };
    double spare = at.h - ui_strip_height(d, at.w); // alone, the plot takes what there is
    struct ui_rect plot = { in.x, in.y + labels.h, in.w, PLOT + fmax(spare, 0) };
    double y = plot.y + plot.h + 3;
    draw_plot(d, plot);
    ui_draw_flags(d, labels, plot.y + plot.h);
    draw_checks(d, plot, y);
    y += check_rows(d) * check_row(d);
    draw_axis(d, plot, y);
    draw_now(d, plot, plot.y - 1, plot.y + plot.h + 2);
}
