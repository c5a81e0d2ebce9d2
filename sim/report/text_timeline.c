#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/number.h"
#include "sim/report/summary.h"
#include "sim/report/text.h"
#include "sim/report/text_parts.h"

// Two charts over one axis: offered load and goodput on the same scale, so that what was
// asked for and not given is the area between them; and the p99 of what was answered well.

#define MARGIN      11u // columns before the charts: labels of the scale
#define COLUMNS     200u
#define LOAD_ROWS   5
#define P99_ROWS    4
#define FAULT_LINES 8

struct column {
    double offered, good, p99; // per second, per second, seconds
};

struct chart {
    struct sim_page *page;
    const struct sim_report *report;
    uint32_t columns;
    double end_s;
    struct column at[COLUMNS];
};

// ---- Measuring ----

// The windows whose middle lies in a column, or, where windows are wider than columns, the
// one in which the column's middle lies.
static struct sim_windows windows_of(const struct chart *c, uint32_t column)
{
    uint32_t windows;
    const sim_time *edges = sim_run_window_edges(c->report->run, &windows);
    double width = c->end_s * SIM_S / c->columns, begin = width * column;
    struct sim_windows inside = { 0 }, around = { 0 };
    for (uint32_t i = 0; i < windows; i++) {
        double middle = 0.5 * ((double)edges[i] + (double)edges[i + 1]);
        if (middle >= begin && middle < begin + width) {
            inside.a = inside.b ? inside.a : i;
            inside.b = i + 1;
        }
        if ((double)edges[i] <= begin + width / 2)
            around = (struct sim_windows){ i, i + 1 };
    }
    return inside.b ? inside : around;
}

static struct column measure(const struct sim_run *run, struct sim_windows w)
{
    struct sim_summary s = { 0 };
    sim_summary_with_latency(&s);
    sim_summary_clients(&s, run, w);
    struct column c = { .offered = sim_summary_rate(&s, s.counts[SIM_ARRIVED]),
                        .good = sim_summary_rate(&s, sim_summary_ok(&s)),
                        .p99 = sim_summary_quantile(&s, 0.99) };
    sim_summary_fini(&s);
    return c;
}

static void fill(struct chart *c)
{
    struct sim_windows before = { 0 };
    for (uint32_t i = 0; i < c->columns; i++) {
        struct sim_windows w = windows_of(c, i);
        bool same = i > 0 && w.a == before.a && w.b == before.b;
        c->at[i] = same ? c->at[i - 1] : measure(c->report->run, w);
        before = w;
    }
}

// ---- Drawing ----

// The least of 1, 2, 4, 5, 6, 8 times a power of ten that is not below x.
static double round_up(double x)
{
    static const double steps[] = { 1, 1.5, 2, 3, 4, 5, 6, 8, 10 };
    if (!(x > 0))
        return 1;
    double power = pow(10, floor(log10(x)));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i] * power >= x * (1 - 1e-9))
            return steps[i] * power;
    return 10 * power;
}

static void label(struct sim_page *p, const char *text)
{
    sim_page_style(p, SIM_STYLE_FAINT);
    sim_page_right(p, MARGIN - 2, text);
    sim_page_to(p, MARGIN - 1);
    if (text[0])
        sim_page_glyph(p, "\u2524", '+');
    else
        sim_page_glyph(p, "\u2502", '|');
    sim_page_style(p, SIM_STYLE_PLAIN);
}

static const char *const eighths[] = { " ",      "\u2581", "\u2582", "\u2583", "\u2584",
                                       "\u2585", "\u2586", "\u2587", "\u2588" };

// How full a row is, in eighths, when a bar reaches so many rows up. What is more than
// nothing shows at least a trace in the lowest row.
static int level(double rows, int row)
{
    double part = 8 * (rows - row);
    if (row == 0 && rows > 0 && part < 1)
        return 1;
    return part >= 8 ? 8 : part > 0 ? (int)lround(part) : 0;
}

static void draw_load(struct sim_page *p, const struct column *c, double top, int row)
{
    double good = c->good / top * LOAD_ROWS, offered = c->offered / top * LOAD_ROWS;
    int full = level(good, row), wanted = level(offered, row);
    // A shade cannot be cut, so it stands for the missing part where it is at least half of
    // a row; smaller differences are the noise of arrivals and answers.
    if (wanted - full >= 4) {
        sim_page_style(p, SIM_STYLE_BAD);
        sim_page_glyph(p, "\u2591", '.');
    } else if (full > 0) {
        sim_page_style(p, SIM_STYLE_GOOD);
        sim_page_glyph(p, eighths[full], full >= 4 ? '#' : '_');
    } else
        sim_page_text(p, " ");
}

static void write_load(struct chart *c)
{
    struct sim_page *p = c->page;
    double top = 0;
    char text[SIM_NUMBER_ROOM];
    for (uint32_t i = 0; i < c->columns; i++)
        top = fmax(top, fmax(c->at[i].offered, c->at[i].good));
    top = round_up(top);
    for (int row = LOAD_ROWS - 1; row >= 0; row--) {
        sim_number_plain(text, top);
        label(p, row == LOAD_ROWS - 1 ? text : "");
        for (uint32_t i = 0; i < c->columns; i++)
            draw_load(p, &c->at[i], top, row);
        sim_page_line(p);
    }
}

// From which latency to which the chart goes; logarithmic when the ends lie far apart.
struct scale {
    double low, high;
    bool is_log;
};

static struct scale scale_of(const struct chart *c)
{
    double low = INFINITY, high = 0;
    for (uint32_t i = 0; i < c->columns; i++)
        if (c->at[i].p99 > 0) {
            low = fmin(low, c->at[i].p99);
            high = fmax(high, c->at[i].p99);
        }
    if (high < 10 * low)
        return (struct scale){ 0, round_up(high), false };
    return (struct scale){ pow(10, floor(log10(low) + 1e-9)), round_up(high), true };
}

static double height(const struct scale *s, double x)
{
    if (!(x > 0))
        return 0;
    return s->is_log ? log(x / s->low) / log(s->high / s->low) : x / s->high;
}

static void draw_p99(struct sim_page *p, const struct scale *s, double x, int row)
{
    int full = level(height(s, x) * P99_ROWS, row);
    sim_page_style(p, SIM_STYLE_WARN);
    if (isnan(x) && row == 0) {
        sim_page_style(p, SIM_STYLE_FAINT);
        sim_page_glyph(p, "\u00d7", 'x');
    } else if (isnan(x) || (full == 0 && row > 0))
        sim_page_text(p, " ");
    else
        sim_page_glyph(p, eighths[full ? full : 1], full >= 4 ? '#' : '_');
}

static void write_p99(struct chart *c, const struct scale *s)
{
    struct sim_page *p = c->page;
    char high[SIM_NUMBER_ROOM], low[SIM_NUMBER_ROOM];
    sim_number_duration(high, s->high);
    sim_number_duration(low, s->low);
    for (int row = P99_ROWS - 1; row >= 0; row--) {
        label(p, row == P99_ROWS - 1 ? high : row == 0 && s->is_log ? low : "");
        for (uint32_t i = 0; i < c->columns; i++)
            draw_p99(p, s, c->at[i].p99, row);
        sim_page_line(p);
    }
}

// ---- The axis ----

static uint32_t column_of(const struct chart *c, double seconds)
{
    double x = seconds / c->end_s * c->columns;
    return x <= 0 ? 0 : x >= c->columns ? c->columns - 1 : (uint32_t)x;
}

// The least of the steps in which people count seconds that leaves room for the labels.
static double tick_step(const struct chart *c)
{
    static const double clock[] = { 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600 };
    double least = c->end_s * 9 / c->columns;
    double power = pow(10, floor(log10(least)));
    for (size_t i = 0; i < sizeof clock / sizeof *clock && least > 5; i++)
        if (clock[i] >= least && least <= 3600)
            return clock[i];
    return least <= power       ? power
           : least <= 2 * power ? 2 * power
           : least <= 5 * power ? 5 * power
                                : 10 * power;
}

static void write_axis(struct chart *c)
{
    struct sim_page *p = c->page;
    double step = tick_step(c);
    bool ticks[COLUMNS] = { false };
    for (uint32_t i = 0; i * step < c->end_s * (1 - 1e-9); i++)
        ticks[column_of(c, i * step)] = true;
    sim_page_style(p, SIM_STYLE_FAINT);
    sim_page_right(p, MARGIN - 2, "time");
    sim_page_to(p, MARGIN - 1);
    sim_page_glyph(p, "\u2514", '+');
    for (uint32_t i = 0; i < c->columns; i++)
        if (ticks[i])
            sim_page_glyph(p, "\u252c", '+');
        else
            sim_page_glyph(p, "\u2500", '-');
    sim_page_line(p);
    sim_page_style(p, SIM_STYLE_FAINT);
    for (uint32_t i = 0; i * step < c->end_s * (1 - 1e-9); i++) {
        char text[SIM_NUMBER_ROOM];
        sim_number_plain(text, i * step);
        sim_page_to(p, MARGIN + column_of(c, i * step));
        sim_page_printf(p, i == 0 ? "%s s" : "%s", text);
    }
    sim_page_line(p);
}

// ---- Faults ----

// When a fault is at work for the n-th time; false when that is behind the end.
static bool occurrence(const struct sim_fault *f, uint32_t n, double end_s, double *from,
                       double *to)
{
    *from = (double)f->begin / SIM_S + n * ((double)f->every / SIM_S);
    *to = f->end == SIM_NEVER ? end_s : *from + (double)(f->end - f->begin) / SIM_S;
    if (sim_fault_is_momentary(f->kind))
        *to = *from;
    return *from < end_s && (n == 0 || f->every > 0);
}

static void write_bar(struct chart *c, double from, double to)
{
    struct sim_page *p = c->page;
    uint32_t a = column_of(c, from), b = column_of(c, to);
    if (p->column + p->blanks > MARGIN + a)
        return; // the one before covers it
    sim_page_to(p, MARGIN + a);
    if (b == a) {
        sim_page_glyph(p, "\u25b2", '^');
        return;
    }
    sim_page_glyph(p, "\u251c", '|');
    for (uint32_t i = a + 1; i < b; i++)
        sim_page_glyph(p, "\u2500", '-');
    sim_page_glyph(p, "\u2524", '|');
}

static void fault_text(char *out, size_t room, const struct chart *c,
                       const struct sim_fault *f)
{
    char from[SIM_NUMBER_ROOM], to[SIM_NUMBER_ROOM];
    double begin, end;
    occurrence(f, 0, c->end_s, &begin, &end);
    sim_number_duration(from, begin);
    sim_number_duration(to, end);
    if (f->every > 0) {
        sim_number_duration(to, (double)f->every / SIM_S);
        snprintf(out, room, "%s, at %s and every %s", f->label, from, to);
    } else if (f->end == SIM_NEVER || sim_fault_is_momentary(f->kind))
        snprintf(out, room, "%s, %s %s", f->label,
                 sim_fault_is_momentary(f->kind) ? "at" : "from", from);
    else
        snprintf(out, room, "%s, %s to %s", f->label, from, to);
}

// The label stands behind the last bar, or before the first, or below.
static void write_fault(struct chart *c, const struct sim_fault *f)
{
    struct sim_page *p = c->page;
    char text[256];
    double from, to;
    fault_text(text, sizeof text, c, f);
    uint32_t n = sim_page_columns(p, text);
    uint32_t first = MARGIN + column_of(c, (double)f->begin / SIM_S);
    bool before =
        first > n + 1 && (f->every > 0 || f->end == SIM_NEVER ||
                          MARGIN + column_of(c, (double)f->end / SIM_S) + 2 + n > p->width);
    sim_page_style(p, SIM_STYLE_FAULT);
    if (before) {
        sim_page_to(p, first - n - 1);
        sim_page_script(p, text, n);
    }
    for (uint32_t i = 0; occurrence(f, i, c->end_s, &from, &to); i++)
        write_bar(c, from, to);
    if (!before && p->column + 1 + n > p->width) {
        sim_page_line(p);
        sim_page_style(p, SIM_STYLE_FAULT);
        sim_page_to(p, p->width > n ? (first + n > p->width ? p->width - n : first) : 0);
        sim_page_script(p, text, p->width);
    } else if (!before) {
        sim_page_text(p, " ");
        sim_page_script(p, text, n);
    }
    sim_page_line(p);
}

static void write_faults(struct chart *c)
{
    uint32_t shown = 0, seen = 0;
    for (uint32_t i = 0; i < c->report->fault_count; i++) {
        const struct sim_fault *f = &c->report->faults[i];
        if ((double)f->begin / SIM_S >= c->end_s)
            continue;
        seen++;
        if (shown == FAULT_LINES)
            continue;
        write_fault(c, f);
        shown++;
    }
    if (seen > shown) {
        sim_page_to(c->page, MARGIN);
        sim_page_printf(c->page, "and %u more", (unsigned)(seen - shown));
        sim_page_line(c->page);
    }
}

static void write_key(struct sim_page *p)
{
    sim_page_style(p, SIM_STYLE_HEAD);
    sim_page_text(p, "Requests per second");
    sim_page_style(p, SIM_STYLE_GOOD);
    sim_page_text(p, "   ");
    sim_page_glyph(p, "\u2588", '#');
    sim_page_style(p, SIM_STYLE_PLAIN);
    sim_page_text(p, " goodput   ");
    sim_page_style(p, SIM_STYLE_BAD);
    sim_page_glyph(p, "\u2591", '.');
    sim_page_style(p, SIM_STYLE_PLAIN);
    sim_page_text(p, p->width < SIM_TEXT_WHOLE ? " not answered well"
                                               : " offered, but not answered well");
    sim_page_line(p);
}

static void write_p99_key(const struct chart *c, const struct scale *s)
{
    struct sim_page *p = c->page;
    bool gaps = false;
    for (uint32_t i = 0; i < c->columns; i++)
        gaps = gaps || isnan(c->at[i].p99);
    sim_page_style(p, SIM_STYLE_HEAD);
    sim_page_text(p, "Latency, p99");
    sim_page_style(p, SIM_STYLE_PLAIN);
    sim_page_text(p, s->is_log ? " of good answers, logarithmic" : " of good answers");
    if (gaps) {
        sim_page_text(p, "   ");
        sim_page_style(p, SIM_STYLE_FAINT);
        sim_page_glyph(p, "\u00d7", 'x');
        sim_page_text(p, " none");
    }
    sim_page_line(p);
}

void sim_text_timeline(struct sim_page *p, const struct sim_report *r)
{
    uint32_t windows;
    const sim_time *edges = sim_run_window_edges(r->run, &windows);
    struct chart c = { .page = p,
                       .report = r,
                       .columns = p->width - MARGIN,
                       .end_s = (double)edges[windows] / SIM_S };
    if (windows == 0 || edges[windows] == 0)
        return;
    fill(&c);
    struct scale s = scale_of(&c);
    write_key(p);
    write_load(&c);
    write_p99_key(&c, &s);
    write_p99(&c, &s);
    write_axis(&c);
    write_faults(&c);
    sim_page_line(p);
}
