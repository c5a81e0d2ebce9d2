#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "sim/report/number.h"
#include "ui/view/draw.h"
#include "ui/view/type.h"

// What each thread of the selected service did just now, the present at the right edge, with
// the GIL's owner above. Height says what colour says: what runs is full, what wants to run is
// half as high, what waits for others is flat.

#define LABELS     76.0
#define ROW        20.0
#define ROW_MOST   56.0 // where the panel has the picture for itself
#define ROW_LEAST  9.0
#define FLAT_LEAST 2.0 // high
#define RIBBON     16.0
#define FOOT       38.0 // axis and legend
#define SPANS_SEEN 16.0 // segments a lane that the window is to hold
#define SHORTEST   ((sim_time)2 * SIM_MS)
#define LONGEST    ((sim_time)30 * SIM_S)

static const struct ui_node *node_of(const struct ui_draw *d)
{
    return &d->film->nodes[d->film->client_count + d->focus];
}

// An event loop is one thread: who holds the GIL is no question for its tasks.
static bool has_ribbon(const struct ui_draw *d)
{
    return node_of(d)->has_gil && !node_of(d)->has_loop;
}

// Of several replicas with a GIL each the first is shown, which is as good as any; of others all.
static uint32_t places_shown(const struct ui_draw *d)
{
    return node_of(d)->has_gil ? 1 : node_of(d)->replicas;
}

static uint32_t rows_wanted(const struct ui_draw *d)
{
    uint32_t n = 0;
    for (uint32_t r = 0; r < places_shown(d); r++)
        n += d->film->lanes_of[node_of(d)->first_place + r];
    return n;
}

bool ui_has_lanes(const struct ui_draw *d)
{
    return d->focus != SIM_NONE && rows_wanted(d) > 0;
}

// The lane of a row: replica by replica.
static const struct ui_lane *lane_of(const struct ui_draw *d, uint32_t row)
{
    uint32_t place = node_of(d)->first_place;
    while (row >= d->film->lanes_of[place])
        row -= d->film->lanes_of[place++];
    return ui_film_lane(d->film, place, row);
}

static void name_lane(const struct ui_draw *d, const struct ui_lane *lane, char *out,
                      size_t size)
{
    uint32_t replica = lane->place - node_of(d)->first_place + 1;
    const char *kind = node_of(d)->has_loop ? "task" : "thread";
    if (places_shown(d) == 1)
        snprintf(out, size, "%s %" PRIu32, kind, lane->number + 1);
    else if (node_of(d)->workers == 1)
        snprintf(out, size, "replica %" PRIu32, replica);
    else
        snprintf(out, size, "%" PRIu32 ": %s %" PRIu32, replica, kind, lane->number + 1);
}

double ui_lanes_height(const struct ui_draw *d)
{
    double ribbon = has_ribbon(d) ? RIBBON + 4 : 0;
    return 30 + 8 + ribbon + rows_wanted(d) * ROW + FOOT;
}

// How much time is seen: the same at every moment of a run. Waiting may take a thousand times as
// long as running; between the two (their geometric mean) something of both is seen.
static sim_time window_of(const struct ui_draw *d)
{
    const struct ui_node *n = node_of(d);
    double mean = n->spans > 0 ? n->span_s / n->spans : 0.01;
    mean = n->runs > 0 ? sqrt(mean * n->run_s / n->runs) : mean;
    sim_time window = (sim_time)(ui_nice(mean * SPANS_SEEN) * SIM_S);
    return window < SHORTEST ? SHORTEST : window > LONGEST ? LONGEST : window;
}

// ---- Segments ----

struct scale {
    struct ui_rect at;
    sim_time from, to;
};

static double x_of(const struct scale *s, sim_time t)
{
    t = t < s->from ? s->from : t > s->to ? s->to : t;
    return s->at.x + s->at.w * (double)(t - s->from) / (double)(s->to - s->from);
}

static void draw_segment(struct ui_draw *d, const struct ui_lane *lane, struct ui_rect row,
                         double x, double end, enum sim_cause cause)
{
    double h = row.h * ui_cause_height(cause), y = row.y + (row.h - h) / 2;
    if (h < FLAT_LEAST) { // on whole points, else every other row of many is faint
        y = round(row.y + (row.h - FLAT_LEAST) / 2);
        h = FLAT_LEAST;
    }
    ui_add_rect(d->list, sim_cause_name(cause), lane->number,
                (struct ui_rect){ x, y, end - x, h }, d->theme->lane[cause]);
}

// Three segments and more within a point cannot be told apart: a zig-zag says so.
static void draw_zigzag(struct ui_draw *d, const struct ui_lane *lane, struct ui_rect row,
                        double x, double end)
{
    struct ui_point points[64];
    uint32_t n = 0;
    for (double at = x; at <= end && n < 64; at += 2, n++)
        points[n] = (struct ui_point){ at, row.y + row.h * (n % 2 ? 0.25 : 0.75) };
    struct ui_command look = { .stroke = d->theme->outline, .width = 1 };
    ui_add_line(d->list, "zig-zag", lane->number, points, n, look);
}

static bool is_thin(const struct scale *s, const struct ui_segment *g)
{
    return x_of(s, g->end) - x_of(s, g->begin) < 1.0 / 3;
}

static bool is_seen(const struct scale *s, const struct ui_cursor *c)
{
    return c->is_there && c->entry.segment.begin < s->to;
}

// How many segments from here on are too thin to be told apart: each follows the last at once, and all
// together are 4 points wide at most. Moves on behind them, and says where they end.
static uint32_t skip_thin(const struct scale *s, struct ui_cursor *c, double *end)
{
    double x = x_of(s, c->entry.segment.begin);
    uint32_t n = 1;
    for (;; n++) {
        struct ui_segment last = c->entry.segment;
        *end = x_of(s, last.end);
        ui_cursor_next(c);
        const struct ui_segment *g = &c->entry.segment;
        if (*end - x >= 4 || !is_thin(s, &last) || !is_seen(s, c) || !is_thin(s, g) ||
            x_of(s, g->begin) - x_of(s, last.end) >= 1.0 / 3)
            return n;
    }
}

static void draw_vain(struct ui_draw *d, const struct ui_lane *lane, const struct scale *s,
                      struct ui_rect row)
{
    struct ui_cursor c = ui_track_after(&lane->vain, s->from);
    for (; c.is_there && c.entry.moment <= s->to; ui_cursor_next(&c))
        ui_add_rect(d->list, "woken in vain", lane->number,
                    (struct ui_rect){ x_of(s, c.entry.moment) - 0.75, row.y, 1.5, row.h },
                    d->theme->text);
}

static void draw_lane(struct ui_draw *d, const struct ui_lane *lane, const struct scale *s,
                      struct ui_rect row)
{
    ui_add_rect(d->list, "lane", lane->number, row, ui_colour_faded(d->theme->empty, 0.45));
    struct ui_cursor c = ui_track_after(&lane->segments, s->from);
    while (is_seen(s, &c)) {
        const struct ui_segment *g = &c.entry.segment;
        double x = x_of(s, g->begin), end;
        struct ui_cursor behind = c;
        if (skip_thin(s, &behind, &end) >= 3) {
            draw_zigzag(d, lane, row, x, end);
            c = behind;
        } else {
            draw_segment(d, lane, row, x, x_of(s, g->end), g->cause);
            ui_cursor_next(&c);
        }
    }
    draw_vain(d, lane, s, row);
}

// ---- The GIL ----

static void draw_owner(struct ui_draw *d, const struct ui_lane *lane, const struct scale *s,
                       struct ui_rect row)
{
    char number[16];
    snprintf(number, sizeof number, "%" PRIu32, lane->number + 1);
    double wide = ui_type_width(UI_MONO, UI_TYPE_SMALL, number) + 4;
    struct ui_cursor c = ui_track_after(&lane->segments, s->from);
    for (; is_seen(s, &c); ui_cursor_next(&c)) {
        const struct ui_segment *g = &c.entry.segment;
        if (!g->has_gil)
            continue;
        double x = x_of(s, g->begin), end = x_of(s, g->end);
        // Hand-overs without a gap stay visible.
        double seam = end - x > 3 ? 1 : 0;
        struct ui_rect at = { x, row.y, end - x - seam, row.h };
        ui_add_rect(d->list, "owner", lane->number, at, d->theme->owner);
        if (at.w < wide)
            continue;
        struct ui_style style = ui_aligned(ui_figure(d, UI_TYPE_SMALL), UI_CENTRE);
        style.colour = d->theme->on_lane;
        ui_add_text(d->list, "owner number", lane->number, at, style, number);
    }
}

static void draw_ribbon(struct ui_draw *d, const struct scale *s, struct ui_rect in)
{
    struct ui_rect row = { s->at.x, in.y, s->at.w, RIBBON };
    ui_add_text(d->list, "lane name", 0, (struct ui_rect){ in.x, in.y, LABELS - 6, RIBBON },
                ui_label(d), "GIL owner");
    ui_add_rect(d->list, "ribbon", 0, row, ui_colour_faded(d->theme->empty, 0.45));
    for (uint32_t i = 0; i < rows_wanted(d); i++)
        draw_owner(d, lane_of(d, i), s, row);
}

// ---- Axis and legend ----

static void draw_axis(struct ui_draw *d, const struct scale *s, double y)
{
    char text[SIM_NUMBER_ROOM + 8], ago[SIM_NUMBER_ROOM];
    struct ui_rect line = { s->at.x, y, s->at.w, 14 };
    ui_say_time(ago, s->to - s->from);
    snprintf(text, sizeof text, "%s ago", ago);
    ui_add_text(d->list, "axis", 0, line, ui_small(d), text);
    ui_say_time(ago, (s->to - s->from) / 2);
    snprintf(text, sizeof text, "%s", ago);
    ui_add_text(d->list, "axis", 1, line, ui_aligned(ui_small(d), UI_CENTRE), text);
    ui_add_text(d->list, "axis", 2, line, ui_aligned(ui_small(d), UI_RIGHT), "now");
}

// One word of the legend; returns where the next begins.
static double draw_word(struct ui_draw *d, struct ui_rect line, double x, uint32_t of,
                        struct ui_rect swatch, ui_colour colour, const char *text)
{
    double w = ui_type_width(UI_SANS, UI_TYPE_SMALL, text);
    if (x + 18 + w > line.x + line.w)
        return x;
    ui_add_rect(d->list, "legend", of, swatch, colour);
    ui_add_text(d->list, "legend", of, (struct ui_rect){ x + 18, line.y, w + 1, line.h },
                ui_small(d), text);
    return x + 18 + w + 14;
}

static void draw_legend(struct ui_draw *d, struct ui_rect line)
{
    double x = line.x;
    for (enum sim_cause c = 0; c < SIM_CAUSES; c++) {
        if (!(node_of(d)->causes >> c & 1))
            continue;
        double h = 12 * ui_cause_height(c);
        struct ui_rect swatch = { x, line.y + (line.h - h) / 2, 12, h };
        x = draw_word(d, line, x, c, swatch, d->theme->lane[c], ui_cause_words(c));
    }
    if (node_of(d)->has_vain)
        draw_word(d, line, x, SIM_CAUSES,
                  (struct ui_rect){ x + 5, line.y + line.h / 2 - 6, 1.5, 12 },
                  d->theme->text, "woken in vain");
}

// ---- The panel ----

static void say_beside(const struct ui_draw *d, char *out, size_t size, uint32_t shown)
{
    const struct ui_node *n = node_of(d);
    char window[SIM_NUMBER_ROOM], which[64] = "", more[64] = "";
    ui_say_time(window, window_of(d));
    if (places_shown(d) < n->replicas)
        snprintf(which, sizeof which, " 1 of %" PRIu32, n->replicas);
    if (shown < rows_wanted(d))
        snprintf(more, sizeof more, "%" PRIu32 " of %" PRIu32 " %s, ", shown,
                 rows_wanted(d), n->has_loop ? "tasks" : "threads");
    snprintf(out, size, "%s%s: %sthe last %s", n->name, which, more, window);
}

void ui_draw_lanes(struct ui_draw *d, struct ui_rect at)
{
    char beside[256], name[40];
    double ribbon = has_ribbon(d) ? RIBBON + 4 : 0;
    double space = at.h - 38 - ribbon - FOOT;
    uint32_t wanted = rows_wanted(d), shown = (uint32_t)fmax(1, floor(space / ROW_LEAST));
    shown = shown < wanted ? shown : wanted;
    double pitch = fmin(ROW_MOST, space / shown);
    say_beside(d, beside, sizeof beside, shown);
    struct ui_rect in =
        ui_draw_frame(d, at, node_of(d)->has_loop ? "Tasks" : "Threads", beside);
    struct scale s = { { in.x + LABELS, in.y, in.w - LABELS, in.h },
                       d->at - window_of(d),
                       d->at };
    if (ribbon > 0)
        draw_ribbon(d, &s, in);
    double y = in.y + ribbon;
    for (uint32_t i = 0; i < shown; i++, y += pitch) {
        struct ui_rect row = { s.at.x, y, s.at.w, pitch - (pitch > 12 ? 4 : 2) };
        // Where rows are narrow, every other one is named.
        name_lane(d, lane_of(d, i), name, sizeof name);
        if (pitch >= 14 || i % 2 == 0)
            ui_add_text(d->list, "lane name", i,
                        (struct ui_rect){ in.x, y - 4, LABELS - 6, row.h + 8 }, ui_small(d),
                        name);
        draw_lane(d, lane_of(d, i), &s, row);
    }
    draw_axis(d, &s, y + 1);
    draw_legend(d, (struct ui_rect){ in.x, at.y + at.h - 23, in.w, 18 });
}
