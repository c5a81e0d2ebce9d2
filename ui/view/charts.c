#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "sim/report/number.h"
#include "ui/view/chart_kinds.h"
#include "ui/view/type.h"

// Figures over time, up to the moment: first what users meet (rate, errors, duration), then what
// it costs (utilisation, saturation). All share the axis of the whole run. A chart of what
// this run does not have is left out.

#define POINTS 1100 // a run has hardly more rows

// A place that is so much wider than high has one row of charts, each at least so wide; the last may
// find no room there.
#define WIDE     2.2
#define WIDE_ROW 600.0
#define A_CHART  240.0

// A chart that is less high shows no curve: the last ones are left out where there is no room for all.
#define LEAST_HIGH 76.0
#define GAP        8.0

struct plot {
    struct ui_rect at;
    double top;        // value at the upper edge
    sim_time duration; // of the axis
    uint32_t of;
};

static uint32_t services(const struct ui_film *f)
{
    return f->node_count - f->client_count;
}

// ---- Series ----

// A value of a row; `of` is a service, or an outcome.
typedef double (*series)(const struct ui_draw *d, size_t row, uint32_t of);

static double p50(const struct ui_draw *d, size_t row, uint32_t of)
{
    (void)of;
    return d->film->rows[row].p50 * 1000;
}

static double p99(const struct ui_draw *d, size_t row, uint32_t of)
{
    (void)of;
    return d->film->rows[row].p99 * 1000;
}

static double offered(const struct ui_draw *d, size_t row, uint32_t of)
{
    (void)of;
    return d->film->rows[row].offered;
}

static double ok(const struct ui_draw *d, size_t row, uint32_t of)
{
    (void)of;
    return d->film->rows[row].ok;
}

// All outcomes up to this one, in the order of their numbers.
static double failed_up_to(const struct ui_draw *d, size_t row, uint32_t of)
{
    double sum = 0;
    for (uint32_t o = 0; o <= of; o++)
        sum += d->film->rows[row].failed[o];
    return sum;
}

static double queue(const struct ui_draw *d, size_t row, uint32_t of)
{
    return of < services(d->film) ? ui_film_service_row(d->film, row, of)->queue : NAN;
}

static double busy(const struct ui_draw *d, size_t row, uint32_t of)
{
    return of < services(d->film) ? ui_film_service_row(d->film, row, of)->busy * 100 : NAN;
}

static double tried(const struct ui_draw *d, size_t row, uint32_t of)
{
    (void)of;
    return d->film->rows[row].tries;
}

static double gil(const struct ui_draw *d, size_t row, uint32_t of)
{
    if (of >= services(d->film))
        return NAN;
    return ui_gil_share(ui_film_service_row(d->film, row, of)) * 100;
}

static double lag(const struct ui_draw *d, size_t row, uint32_t of)
{
    return of < services(d->film) ? ui_film_service_row(d->film, row, of)->lag * 1000 : NAN;
}

static double memory(const struct ui_draw *d, size_t row, uint32_t of)
{
    if (of >= services(d->film))
        return NAN;
    double bytes = ui_film_service_row(d->film, row, of)->memory;
    return bytes > 0 ? bytes / 1e6 : NAN;
}

// What a series of this film is of in the other one, which may have other services: then of none.
static uint32_t of_ghost(const struct ui_draw *d, series value, uint32_t of)
{
    bool is_service =
        value == queue || value == busy || value == gil || value == lag || value == memory;
    return is_service ? ui_ghost_service(d, of) : of;
}

// The greatest of all rows that the film has, so that the scale stays while time goes on; of those
// that may be seen.
static double greatest(const struct ui_draw *d, series value, uint32_t of)
{
    double most = 0;
    for (size_t i = 0; i < ui_rows_seen(d); i++) {
        double v = value(d, i, of);
        most = v > most ? v : most;
    }
    struct ui_draw g = ui_ghost_of(d);
    uint32_t there = g.film ? of_ghost(d, value, of) : of;
    for (size_t i = 0; g.film && i < g.film->row_count; i++) {
        double v = value(&g, i, there);
        most = v > most ? v : most;
    }
    return most;
}

static double x_of(const struct plot *p, sim_time t)
{
    return p->at.x + p->at.w * (double)t / (double)p->duration;
}

static double y_of(const struct plot *p, double value)
{
    double part = p->top > 0 ? value / p->top : 0;
    return p->at.y + p->at.h * (1 - fmin(part, 1));
}

static bool is_past(const struct ui_draw *d, size_t row)
{
    return row < d->film->row_count && d->film->rows[row].end <= d->at;
}

// Points from row `i` on, until one has no value; moves i behind them. A row's value stands
// in the middle of its time.
static uint32_t stretch(const struct ui_draw *d, const struct plot *p, series value,
                        uint32_t of, size_t *i, struct ui_point *out)
{
    uint32_t n = 0;
    while (is_past(d, *i) && isnan(value(d, *i, of)))
        ++*i;
    for (; is_past(d, *i) && n < POINTS; ++*i) {
        double v = value(d, *i, of);
        if (isnan(v))
            break;
        const struct ui_row *r = &d->film->rows[*i];
        out[n++] = (struct ui_point){ x_of(p, (r->begin + r->end) / 2), y_of(p, v) };
    }
    return n;
}

// A single point becomes a short dash.
static void draw_series(struct ui_draw *d, const struct plot *p, const char *what,
                        series value, uint32_t of, struct ui_command look)
{
    struct ui_point points[POINTS + 1];
    for (size_t i = 0; is_past(d, i);) {
        uint32_t n = stretch(d, p, value, of, &i, points);
        if (n == 1) {
            points[1] = (struct ui_point){ points[0].x + 2, points[0].y };
            n = 2;
        }
        ui_add_line(d->list, what, p->of, points, n, look);
    }
}

static void draw_ghost(struct ui_draw *d, const struct plot *p, series value, uint32_t of)
{
    struct ui_draw g = ui_ghost_of(d);
    if (g.film)
        draw_series(&g, p, "ghost", value, of_ghost(d, value, of), ui_ghost_stroke(d));
}

// Filled from one series, or from the base line (NULL), to another.
static void fill_between(struct ui_draw *d, const struct plot *p, const char *what,
                         series low, uint32_t low_of, series high, uint32_t high_of,
                         ui_colour fill)
{
    struct ui_point points[2 * POINTS];
    for (size_t i = 0; is_past(d, i);) {
        size_t begin = i;
        uint32_t n = stretch(d, p, high, high_of, &i, points);
        size_t first = i - n;
        for (uint32_t k = 0; k < n; k++) {
            double v = low ? low(d, first + n - 1 - k, low_of) : 0;
            points[n + k] = (struct ui_point){ points[n - 1 - k].x, y_of(p, v) };
        }
        if (n > 1)
            ui_add_area(d->list, what, p->of, points, 2 * n, fill);
        if (i == begin)
            return;
    }
}

// ---- Frames of charts ----

static void draw_axes(struct ui_draw *d, const struct plot *p, const char *top)
{
    const struct ui_rect a = p->at;
    char end[SIM_NUMBER_ROOM];
    ui_draw_faults(d, a, d->at, 1);
    for (int i = 0; i <= 2; i++)
        ui_add_rect(d->list, "grid", p->of,
                    (struct ui_rect){ a.x, a.y + a.h * i / 2 - 0.5, a.w, 1 },
                    d->theme->hairline);
    struct ui_rect below = { a.x, a.y + a.h + 2, a.w, 14 };
    ui_say_time(end, d->film->duration);
    ui_add_text(d->list, "axis", p->of, below, ui_small(d), "0 s");
    ui_add_text(d->list, "axis", p->of, below, ui_aligned(ui_small(d), UI_RIGHT), end);
    ui_add_text(d->list, "axis top", p->of, below, ui_aligned(ui_small(d), UI_CENTRE), top);
    ui_add_rect(d->list, "now", p->of,
                (struct ui_rect){ x_of(p, d->at) - 0.5, a.y, 1, a.h }, d->theme->muted);
}

static struct ui_command stroke(ui_colour c, double width)
{
    return (struct ui_command){ .stroke = c, .width = width };
}

// What a chart is told by: its title, the number of the last whole row, and the scale's end.
struct words {
    char title[96], value[64], top[64];
};

static size_t last_row(const struct ui_draw *d)
{
    return ui_film_row_before(d->film, d->at);
}

static void say_number(char *out, double x, const char *format)
{
    char number[SIM_NUMBER_ROOM];
    sim_number_plain(number, x >= 100 ? round(x) : x);
    if (isnan(x))
        snprintf(out, 64, "-");
    else
        snprintf(out, 64, format, number);
}

static void say_top(struct words *w, const struct plot *p, const char *unit)
{
    char number[SIM_NUMBER_ROOM];
    sim_number_plain(number, p->top);
    snprintf(w->top, sizeof w->top, "0 to %s%s", number, unit);
}

// Series of times are in milliseconds. Where they go to many thousands all of the chart is told in seconds.
#define MS_MOST 10000

struct unit {
    const char *name;
    double ms;
};

static struct unit unit_of(const struct plot *p)
{
    return p->top >= MS_MOST ? (struct unit){ "s", 1000 } : (struct unit){ "ms", 1 };
}

static void say_top_time(struct words *w, const struct plot *p)
{
    char number[SIM_NUMBER_ROOM];
    sim_number_plain(number, p->top / unit_of(p).ms);
    snprintf(w->top, sizeof w->top, "0 to %s %s", number, unit_of(p).name);
}

static double value_now(const struct ui_draw *d, series value, uint32_t of)
{
    size_t row = last_row(d);
    return row == SIZE_MAX ? NAN : value(d, row, of);
}

// ---- The charts ----

// Where something was offered and nothing answered well there is no latency: a bar at the base says
// so, lest the gap look like nothing to see.
static void draw_no_answers(struct ui_draw *d, const struct plot *p)
{
    for (size_t i = 0; is_past(d, i); i++) {
        const struct ui_row *r = &d->film->rows[i];
        if (!isnan(r->p50) || r->offered == 0)
            continue;
        double x = x_of(p, r->begin), w = x_of(p, r->end) - x;
        ui_add_rect(d->list, "no good answer", p->of,
                    (struct ui_rect){ x, p->at.y + p->at.h - 4, w, 4 }, d->theme->alarm);
    }
}

static void draw_latency(struct ui_draw *d, struct plot *p, struct words *w, bool paint)
{
    char low[64], high[64];
    p->top = ui_nice_top(greatest(d, p99, 0));
    struct unit unit = unit_of(p);
    snprintf(w->title, sizeof w->title, "p50 / p99 (%s)", unit.name);
    say_number(low, value_now(d, p50, 0) / unit.ms, "%s");
    say_number(high, value_now(d, p99, 0) / unit.ms, "%s");
    if (low[0] == '-')
        snprintf(w->value, sizeof w->value, "none");
    else
        snprintf(w->value, sizeof w->value, "%.20s / %.20s", low, high);
    say_top_time(w, p);
    if (!paint)
        return;
    fill_between(d, p, "band", p50, 0, p99, 0, d->theme->band);
    draw_series(d, p, "p99", p99, 0, stroke(d->theme->text, 1.6));
    draw_series(d, p, "p50", p50, 0, stroke(d->theme->full, 1.6));
    draw_ghost(d, p, p99, 0);
    draw_no_answers(d, p);
}

static void draw_goodput(struct ui_draw *d, struct plot *p, struct words *w, bool paint)
{
    char good[64], all[64];
    p->top = ui_nice_top(fmax(greatest(d, offered, 0), greatest(d, ok, 0)));
    snprintf(w->title, sizeof w->title, "goodput");
    say_number(good, value_now(d, ok, 0), "%s");
    say_number(all, value_now(d, offered, 0), "%s");
    snprintf(w->value, sizeof w->value, "%.20s of %.20s", good, all);
    say_top(w, p, "/s");
    if (!paint)
        return;
    ui_colour blue = d->theme->marks[UI_MARK_OK];
    fill_between(d, p, "goodput", NULL, 0, ok, 0, ui_colour_faded(blue, 0.45));
    draw_series(d, p, "goodput", ok, 0, stroke(blue, 1.6));
    draw_series(d, p, "offered", offered, 0, stroke(d->theme->text, 1.2));
    draw_ghost(d, p, ok, 0);
}

static ui_colour outcome_colour(const struct ui_draw *d, uint32_t outcome)
{
    switch ((enum sim_outcome)outcome) {
    case SIM_ERROR:
        return d->theme->marks[UI_MARK_ERROR];
    case SIM_REJECTED:
        return d->theme->marks[UI_MARK_SHED];
    case SIM_CANCELLED:
        return d->theme->marks[UI_MARK_CANCELLED];
    default:
        return d->theme->marks[UI_MARK_TIMEOUT];
    }
}

static void draw_failed(struct ui_draw *d, struct plot *p, struct words *w, bool paint)
{
    p->top = ui_nice_top(greatest(d, failed_up_to, SIM_OUTCOMES - 1));
    snprintf(w->title, sizeof w->title, "failed");
    say_number(w->value, value_now(d, failed_up_to, SIM_OUTCOMES - 1), "%s");
    say_top(w, p, "/s");
    for (uint32_t o = 1; paint && o < SIM_OUTCOMES; o++)
        fill_between(d, p, "failed", failed_up_to, o - 1, failed_up_to, o,
                     ui_colour_faded(outcome_colour(d, o), 0.8));
    if (paint)
        draw_ghost(d, p, failed_up_to, SIM_OUTCOMES - 1);
}

// The selected service's in front, those of the others behind it.
static void draw_services(struct ui_draw *d, struct plot *p, const char *what, series value)
{
    for (uint32_t s = 0; s < services(d->film); s++)
        if (s != d->focus)
            draw_series(d, p, "other", value, s, stroke(d->theme->outline, 1));
    draw_series(d, p, what, value, d->focus, stroke(d->theme->full, 2));
    draw_ghost(d, p, value, d->focus);
}

static const char *focus_name(const struct ui_draw *d, uint32_t service)
{
    return d->film->nodes[d->film->client_count + service].name;
}

static void draw_queue(struct ui_draw *d, struct plot *p, struct words *w, bool paint)
{
    double most = 0;
    for (uint32_t s = 0; s < services(d->film); s++)
        most = fmax(most, greatest(d, queue, s));
    p->top = ui_nice_top(most);
    snprintf(w->title, sizeof w->title, "longest line: %s", focus_name(d, d->focus));
    say_number(w->value, value_now(d, queue, d->focus), "%s");
    say_top(w, p, "");
    if (paint)
        draw_services(d, p, "queue", queue);
}

static void draw_busy(struct ui_draw *d, struct plot *p, struct words *w, bool paint)
{
    p->top = 100;
    snprintf(w->title, sizeof w->title, "workers busy: %s", focus_name(d, d->focus));
    say_number(w->value, round(value_now(d, busy, d->focus)), "%s %%");
    say_top(w, p, " %");
    if (paint)
        draw_services(d, p, "busy", busy);
}

static void draw_lag(struct ui_draw *d, struct plot *p, struct words *w, bool paint)
{
    uint32_t service = ui_chart_service(d, UI_CHART_LAG);
    p->top = ui_nice_top(greatest(d, lag, service));
    snprintf(w->title, sizeof w->title, "loop lag p99: %s", focus_name(d, service));
    bool in_s = unit_of(p).ms > 1;
    say_number(w->value, value_now(d, lag, service) / unit_of(p).ms,
               in_s ? "%s s" : "%s ms");
    say_top_time(w, p);
    if (!paint)
        return;
    draw_series(d, p, "lag", lag, service, stroke(d->theme->lane[SIM_IN_LOOP], 2));
    draw_ghost(d, p, lag, service);
}

static void draw_memory(struct ui_draw *d, struct plot *p, struct words *w, bool paint)
{
    uint32_t service = ui_chart_service(d, UI_CHART_MEMORY);
    p->top = ui_nice_top(greatest(d, memory, service));
    snprintf(w->title, sizeof w->title, "memory: %s", focus_name(d, service));
    say_number(w->value, value_now(d, memory, service), "%s MB");
    say_top(w, p, " MB");
    if (!paint)
        return;
    draw_series(d, p, "memory", memory, service, stroke(d->theme->full, 2));
    draw_ghost(d, p, memory, service);
}

static void draw_tries(struct ui_draw *d, struct plot *p, struct words *w, bool paint)
{
    p->top = ui_nice_top(greatest(d, tried, 0));
    snprintf(w->title, sizeof w->title, "most tries per call");
    double now = value_now(d, tried, 0);
    if (isnan(now))
        snprintf(w->value, sizeof w->value, "-");
    else
        snprintf(w->value, sizeof w->value, "%.2f", now);
    say_top(w, p, "");
    if (!paint)
        return;
    draw_series(d, p, "tries", tried, 0, stroke(d->theme->marks[UI_MARK_AGAIN], 2));
    draw_ghost(d, p, tried, 0);
}

static void draw_gil(struct ui_draw *d, struct plot *p, struct words *w, bool paint)
{
    uint32_t service = ui_chart_service(d, UI_CHART_GIL);
    p->top = 100;
    snprintf(w->title, sizeof w->title, "GIL wait: %s", focus_name(d, service));
    say_number(w->value, round(value_now(d, gil, service)), "%s %%");
    say_top(w, p, " %");
    if (!paint)
        return;
    draw_series(d, p, "gil", gil, service, stroke(d->theme->lane[SIM_IN_GIL], 2));
    draw_ghost(d, p, gil, service);
}

static void draw_cell(struct ui_draw *d, struct ui_rect at, enum ui_chart chart)
{
    static void (*const draw[UI_CHART_KINDS])(struct ui_draw *, struct plot *,
                                              struct words *, bool) = {
        [UI_CHART_LATENCY] = draw_latency, [UI_CHART_GOODPUT] = draw_goodput,
        [UI_CHART_FAILED] = draw_failed,   [UI_CHART_QUEUE] = draw_queue,
        [UI_CHART_BUSY] = draw_busy,       [UI_CHART_LAG] = draw_lag,
        [UI_CHART_MEMORY] = draw_memory,   [UI_CHART_TRIES] = draw_tries,
        [UI_CHART_GIL] = draw_gil,
    };
    struct ui_command look = {
        .r = 6, .fill = d->theme->panel, .stroke = d->theme->hairline, .width = 1
    };
    struct plot p = { .at = { at.x + 10, at.y + 30, at.w - 20, at.h - 50 },
                      .duration = d->film->duration,
                      .of = chart };
    struct words w;
    ui_add_box(d->list, "panel", chart, at, look);
    draw[chart](d, &p, &w, false);
    if (last_row(d) == SIZE_MAX) // nothing is known of the first second before it is over
        snprintf(w.value, sizeof w.value, "-");
    struct ui_rect line = { at.x + 10, at.y + 5, at.w - 20, 20 };
    struct ui_style digits = ui_aligned(ui_figure(d, UI_TYPE_VALUE - 2), UI_RIGHT);
    double title = ui_type_width(UI_SANS, UI_TYPE_LABEL, w.title) + 8;
    while (digits.size > UI_TYPE_SMALL &&
           ui_type_width(UI_MONO, digits.size, w.value) + title > line.w)
        digits.size -= 1;
    double taken = ui_add_text(d->list, "value", chart, line, digits, w.value);
    line.w -= taken + 8;
    ui_add_text(d->list, "chart", chart, line, ui_of_name(ui_label(d)), w.title);
    draw_axes(d, &p, w.top);
    draw[chart](d, &p, &w, true);
}

static uint32_t rows_of(uint32_t charts, uint32_t columns, double height)
{
    uint32_t wanted = (charts + columns - 1) / columns;
    double room = floor((height + GAP) / (LEAST_HIGH + GAP));
    return room < 1 ? 1 : room < wanted ? (uint32_t)room : wanted;
}

void ui_draw_charts(struct ui_draw *d, struct ui_rect at)
{
    uint32_t n = ui_chart_count(d), i = 0;
    if (n == 0) // nothing is there to be charted yet
        return;
    uint32_t columns = at.w >= 400 && n > 3 ? 2 : 1;
    if (at.w > WIDE * at.h && at.w > WIDE_ROW) {
        uint32_t room = (uint32_t)(at.w / A_CHART);
        columns = n = n < room ? n : room > 1 ? room : 1;
    }
    uint32_t rows = rows_of(n, columns, at.h);
    n = n < rows * columns ? n : rows * columns;
    double w = (at.w - GAP * (columns - 1)) / columns, h = (at.h - GAP * (rows - 1)) / rows;
    for (enum ui_chart c = 0; c < UI_CHART_KINDS && i < n; c++) {
        if (!ui_has_chart(d, c))
            continue;
        // An odd one at the end takes the whole width.
        bool alone = columns == 2 && i == n - 1 && n % 2 == 1;
        struct ui_rect cell = { at.x + (i % columns) * (w + GAP),
                                at.y + (i / columns) * (h + GAP), alone ? at.w : w, h };
        draw_cell(d, cell, c);
        i++;
    }
}
