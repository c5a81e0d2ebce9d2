#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/number.h"
#include "ui/view/draw.h"
#include "ui/view/type.h"

// Who calls whom, from left to right: a box a client or service, a road an edge. A road is as
// wide as the logarithm of its rate; calls travel on its upper side, and answers come back
// on the lower.

#define BOX_WIDTH  168.0
#define BOX_HEIGHT 84.0
#define GAP        66.0 // between columns, at least: a rate has room in it
#define GAP_SHARE  0.6  // of a box' width, where there is room for it
#define ROW_GAP    24.0 // between rows, or, where there are many, a share of a row's height
#define ROW_SHARE  0.3
#define ROWS_LEAST 34.0 // lower than that a box has no rows, but its name
#define NAME_LEAST 11.0 // and lower than that not even that
#define LEGEND     22.0
#define TITLE      "Topology"
#define ABOUT_GAP  24.0 // between what a dot is and what the scenario is about

#define CELLS     14u // of a line that is longer than so many
#define SLOTS_ROW 16u
#define SLOTS_MAX 48u // shown one by one

// What of a line is yellow, and what red.
#define NEARLY_FULL 0.7
#define ALL_BUT     0.9

#define RATE_WINDOW SIM_S
#define HIDDEN_ROAD 14.0 // wide, whatever goes over it

// Nothing in a box is set smaller; for an audience, where all is larger, nothing looks smaller.
#define LEAST_TYPE 9.0

static double least_type(const struct ui_draw *d)
{
    return d->look->presents ? LEAST_TYPE / UI_VIEW_PRESENT_LARGER : LEAST_TYPE;
}

struct map {
    struct ui_rect at; // without the legend
    double k;          // size of boxes and their type
    double wide;       // of a box: wider than k has it where there are many rows
    double gap;        // between rows
    uint32_t columns;
};

bool ui_has_topology(const struct ui_draw *d)
{
    return d->film->node_count > 0;
}

static uint32_t in_column(const struct ui_film *f, uint32_t column)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->node_count; i++)
        n += f->nodes[i].layer == column;
    return n;
}

uint32_t ui_topology_columns(const struct ui_draw *d)
{
    uint32_t columns = 1;
    for (uint32_t i = 0; i < d->film->node_count; i++)
        if (d->film->nodes[i].layer + 1 > columns)
            columns = d->film->nodes[i].layer + 1;
    return columns;
}

static struct map map_of(const struct ui_draw *d, struct ui_rect at)
{
    const struct ui_film *f = d->film;
    struct map m = { .at = { at.x, at.y, at.w, at.h - LEGEND },
                     .columns = ui_topology_columns(d) };
    uint32_t rows = 1;
    for (uint32_t c = 0; c < m.columns; c++)
        rows = in_column(f, c) > rows ? in_column(f, c) : rows;
    double gaps = m.columns - 1;
    double wide = fmin((m.at.w - gaps * GAP) / (m.columns * BOX_WIDTH),
                       m.at.w / ((m.columns + gaps * GAP_SHARE) * BOX_WIDTH));
    m.gap = fmin(ROW_GAP, ROW_SHARE * m.at.h / rows);
    double high = (m.at.h - (rows - 1) * m.gap) / (rows * BOX_HEIGHT);
    m.k = fmin(1.7, fmin(wide, high));
    m.wide = BOX_WIDTH * fmax(m.k, fmin(1, wide));
    return m;
}

// Columns stand at equal distances over the whole width; boxes at equal ones over the height.
static struct ui_rect box_of(const struct ui_draw *d, const struct map *m, uint32_t node)
{
    const struct ui_node *n = &d->film->nodes[node];
    double w = m->wide, h = BOX_HEIGHT * m->k;
    uint32_t rows = in_column(d->film, n->layer);
    double gap = m->columns > 1 ? (m->at.w - w * m->columns) / (m->columns - 1) : 0;
    gap = fmin(gap, 300);
    double left = m->at.x + (m->at.w - w * m->columns - gap * (m->columns - 1)) / 2;
    double pitch = (m->at.h - h * rows) / rows;
    return (struct ui_rect){ left + n->layer * (w + gap),
                             m->at.y + pitch / 2 + n->rank * (h + pitch), w, h };
}

// ---- Roads ----

struct tries {
    uint32_t all, again;
};

static struct tries tries_until(const struct ui_edge *e, sim_time t)
{
    struct ui_hop h = ui_film_hops_at(&e->calls, t);
    uint32_t again = h.total[UI_MARK_AGAIN];
    return (struct tries){ h.total[UI_MARK_CALL] + again, again };
}

bool ui_shows_traffic(const struct ui_draw *d, const struct ui_edge *edge)
{
    return !ui_hides_inside(d) || d->film->nodes[edge->from].is_client;
}

// Of the last second.
static struct tries tries_of(const struct ui_draw *d, const struct ui_edge *e)
{
    struct tries now = tries_until(e, d->at), before = tries_until(e, d->at - RATE_WINDOW);
    return (struct tries){ now.all - before.all, now.again - before.again };
}

// Calls per second over the last one, or over what there was of it; without those that are tried
// again, where it is hidden that any are.
static double rate(const struct ui_draw *d, const struct ui_edge *e)
{
    sim_time window = d->at < RATE_WINDOW ? d->at : RATE_WINDOW;
    struct tries n = tries_of(d, e);
    double seen = ui_hides_inside(d) ? n.all - n.again : n.all;
    return window > 0 ? seen * SIM_S / (double)window : 0;
}

static double share_again(const struct ui_draw *d, const struct ui_edge *e)
{
    struct tries n = tries_of(d, e);
    return n.all ? (double)n.again / (double)n.all : 0;
}

// Where a road and its rate find room beside the boxes of the columns that it passes: the middle
// of the place, among those between, above and below them, that is nearest to where it would run.
static double lane_of(const struct ui_draw *d, const struct map *m, const struct ui_edge *e,
                      double wish, double room)
{
    const struct ui_film *f = d->film;
    double up = wish, down = wish, least = m->at.y + room, most = m->at.y + m->at.h - room;
    // Boxes stand in rows, so to move by one at a time ends.
    for (uint32_t i = 0, n = f->node_count; i < n * n; i++) {
        uint32_t layer = f->nodes[i % n].layer;
        struct ui_rect box = box_of(d, m, i % n);
        if (layer <= f->nodes[e->from].layer || layer >= f->nodes[e->to].layer)
            continue;
        if (up > box.y - room && up < box.y + box.h + room)
            up = box.y - room;
        if (down > box.y - room && down < box.y + box.h + room)
            down = box.y + box.h + room;
    }
    bool is_up = wish - up <= down - wish;
    if (is_up ? up < least && down <= most : down > most && up >= least)
        is_up = !is_up;
    return is_up ? up : down;
}

// From 0 to 1, level at both ends.
static double slope(double u)
{
    u = fmax(0, fmin(1, u));
    return u * u * (3 - 2 * u);
}

// Past columns: level over them, and in the gaps before and behind to where it begins and ends.
static void bend_past(struct ui_road *road, struct ui_point p, struct ui_point q,
                      double gap, double lane)
{
    for (int i = 0; i < UI_ROAD_POINTS; i++) {
        double x = p.x + (q.x - p.x) * i / (UI_ROAD_POINTS - 1.0);
        road->at[i].x = x;
        road->at[i].y = p.y + (lane - p.y) * slope((x - p.x) / gap) +
                        (q.y - lane) * slope((x - q.x + gap) / gap);
    }
}

// A curve that leaves and arrives level; one that leads back goes around above.
static void bend(struct ui_road *road, struct ui_point p, struct ui_point q, double reach,
                 double lift)
{
    for (int i = 0; i < UI_ROAD_POINTS; i++) {
        double u = i / (UI_ROAD_POINTS - 1.0), v = 1 - u;
        double k0 = v * v * v, k1 = 3 * v * v * u, k2 = 3 * v * u * u, k3 = u * u * u;
        road->at[i].x = k0 * p.x + k1 * (p.x + reach) + k2 * (q.x - reach) + k3 * q.x;
        road->at[i].y = k0 * p.y + k1 * (p.y + lift) + k2 * (q.y + lift) + k3 * q.y;
    }
}

static double type_of_rate(const struct map *m)
{
    return UI_TYPE_SMALL * fmax(1, fmin(m->k, 1.2));
}

static struct ui_road road_of(const struct ui_draw *d, const struct map *m, uint32_t edge)
{
    const struct ui_edge *e = &d->film->edges[edge];
    struct ui_rect a = box_of(d, m, e->from), b = box_of(d, m, e->to);
    struct ui_point p = { a.x + a.w, a.y + a.h / 2 }, q = { b.x, b.y + b.h / 2 };
    uint32_t from = d->film->nodes[e->from].layer, to = d->film->nodes[e->to].layer;
    double wide = ui_shows_traffic(d, e) ? 8 + 5 * log10(1 + rate(d, e)) : HIDDEN_ROAD;
    struct ui_road road = { .width = wide * fmin(m->k, 1.2) };
    if (to > from + 1) {
        double gap = (q.x - p.x - (to - from - 1) * m->wide) / (to - from);
        double room = road.width / 2 + type_of_rate(m) + 11;
        bend_past(&road, p, q, gap, lane_of(d, m, e, (p.y + q.y) / 2, room));
    } else if (to == from + 1) {
        bend(&road, p, q, (q.x - p.x) / 2, 0);
    } else {
        bool has_room = fmin(a.y, b.y) - m->at.y > 24;
        bend(&road, p, q, 40 * m->k, has_room ? -1.2 * BOX_HEIGHT * m->k : 0);
    }
    return road;
}

static void draw_road(struct ui_draw *d, uint32_t edge, const struct ui_road *road)
{
    struct ui_command look = { .stroke = d->theme->raised, .width = road->width };
    ui_add_line(d->list, "road", edge, road->at, UI_ROAD_POINTS, look);
    look = (struct ui_command){ .stroke = d->theme->hairline, .width = 1, .dash = 4 };
    ui_add_line(d->list, "road middle", edge, road->at, UI_ROAD_POINTS, look);
}

// The rate above the road's middle, and below it a bar of the share that is tried again.
static void draw_rate(struct ui_draw *d, const struct map *m, uint32_t edge,
                      const struct ui_road *road)
{
    const struct ui_edge *e = &d->film->edges[edge];
    char text[SIM_NUMBER_ROOM + 4], number[SIM_NUMBER_ROOM];
    sim_number_count(number, rate(d, e));
    snprintf(text, sizeof text, "%s/s", number);
    double size = type_of_rate(m);
    double w = ui_type_width(UI_MONO, size, text) + 8, h = size + 5;
    struct ui_point mid = road->at[UI_ROAD_POINTS / 2];
    struct ui_rect plate = { mid.x - w / 2, mid.y - road->width / 2 - h - 2, w, h };
    struct ui_command look = { .r = 3, .fill = d->theme->panel };
    ui_add_box(d->list, "rate plate", edge, plate, look);
    struct ui_style style = ui_aligned(ui_figure(d, size), UI_CENTRE);
    ui_add_text(d->list, "rate", edge, plate, style, text);
    double again = share_again(d, e);
    if (again == 0 || ui_hides_inside(d))
        return;
    struct ui_rect bar = { plate.x, plate.y - 6, w, 4 };
    ui_add_rect(d->list, "tries", edge, bar, d->theme->empty);
    bar.w *= again;
    ui_add_rect(d->list, "tries again", edge, bar, d->theme->marks[UI_MARK_AGAIN]);
}

// ---- Boxes ----

enum health {
    WELL,
    FULL,   // all workers busy and a line before them, or a line that is nearly full
    FAILING // half of what ended in the last second did not end well
};

static enum health health_of(const struct ui_draw *d, uint32_t node)
{
    const struct ui_node *n = &d->film->nodes[node];
    if (ui_hides_inside(d) && !n->is_client)
        return WELL; // as far as may be seen
    struct ui_step now = ui_film_node_at(d->film, node, d->at);
    struct ui_step before = ui_film_node_at(d->film, node, d->at - RATE_WINDOW);
    uint32_t ended = now.ended - before.ended, bad = now.bad - before.bad;
    if (ended >= 5 && bad * 2 >= ended)
        return FAILING;
    if (n->is_client)
        return WELL;
    bool limited = n->workers != SIM_UNLIMITED;
    bool busy = limited && now.busy >= n->workers * n->replicas;
    double limit = n->capacity == SIM_UNLIMITED ? 0 : (double)n->capacity * n->replicas;
    return (busy && now.queue > 0) || (limit > 0 && now.queue >= NEARLY_FULL * limit)
               ? FULL
               : WELL;
}

static ui_colour health_colour(const struct ui_draw *d, enum health health)
{
    return health == FAILING ? d->theme->alarm
           : health == FULL  ? d->theme->warning
                             : d->theme->outline;
}

// A disc with a bang where something fails, a bar where it is full: not by colour alone.
static void draw_badge(struct ui_draw *d, const struct map *m, uint32_t node,
                       struct ui_rect box, enum health health)
{
    if (health == WELL)
        return;
    double r = 9 * m->k;
    struct ui_point at = { box.x + box.w - r * 1.7, box.y + r * 1.7 };
    struct ui_command look = { .r = r, .fill = health_colour(d, health) };
    ui_add_circle(d->list, health == FAILING ? "failing" : "full", node, at, look);
    struct ui_style style = ui_aligned(ui_strong(d, 12 * m->k), UI_CENTRE);
    style.colour = d->theme->panel;
    ui_add_text(d->list, "badge", node,
                (struct ui_rect){ at.x - r, at.y - r, 2 * r, 2 * r }, style,
                health == FAILING ? "!" : "=");
}

// One row of a box: what it is, cells, and the number.
struct row {
    struct ui_rect label, cells, number;
};

static struct row row_of(const struct map *m, struct ui_rect box, int i)
{
    double k = m->k, s = m->wide / BOX_WIDTH;
    double x = box.x + 10 * s, y = box.y + (32 + 23 * i) * k, h = 20 * k;
    struct row r;
    r.label = (struct ui_rect){ x, y, 38 * s, h };
    r.cells = (struct ui_rect){ x + 39 * s, y + 4 * k, 50 * s, h - 8 * k };
    r.number = (struct ui_rect){ x + 91 * s, y, box.w - 111 * s, h };
    return r;
}

// As large as the box has it, and smaller where that is too wide.
static struct ui_style fitting(const struct ui_draw *d, struct ui_style style, double width,
                               const char *text)
{
    while (style.size > least_type(d) &&
           ui_type_width(style.face, style.size, text) > width)
        style.size -= 0.25;
    return style;
}

static void say_row(struct ui_draw *d, const struct map *m, uint32_t node, struct row r,
                    const char *label, const char *number)
{
    struct ui_style small = ui_small(d);
    small.size = fmax(least_type(d), 11 * m->k);
    ui_add_text(d->list, "row label", node, r.label, fitting(d, small, r.label.w, label),
                label);
    struct ui_style digits =
        ui_aligned(ui_figure(d, fmax(least_type(d), 12 * m->k)), UI_RIGHT);
    ui_add_text(d->list, "row number", node, r.number,
                fitting(d, digits, r.number.w, number), number);
}

static void draw_cells(struct ui_draw *d, const char *what, uint32_t node,
                       struct ui_rect at, uint32_t n, uint32_t filled, ui_colour full)
{
    double pitch = at.w / n, gap = pitch > 3 ? 1 : pitch * 0.25;
    for (uint32_t i = 0; i < n; i++)
        ui_add_rect(d->list, i < filled ? what : "empty", node,
                    (struct ui_rect){ at.x + i * pitch, at.y, pitch - gap, at.h },
                    i < filled ? full : d->theme->empty);
}

// How many of the cells are filled: none only when nothing is there.
static uint32_t filled_of(uint32_t cells, double part, double whole)
{
    return whole > 0 ? (uint32_t)fmin(cells, ceil(cells * part / whole)) : 0;
}

// Of those rows that are over by now. A row has the longest line of one replica.
static double longest_by_now(const struct ui_draw *d, uint32_t node)
{
    const struct ui_film *f = d->film;
    double longest = 0;
    for (size_t i = 0; i < f->row_count && f->rows[i].end <= d->at; i++)
        longest = fmax(longest, ui_film_service_row(f, i, node - f->client_count)->queue);
    return longest * f->nodes[node].replicas;
}

// What the bar of a line without a limit is drawn against: the same at all moments, as far as those to come may be
// told of, and in both halves of a picture.
static double longest_line(const struct ui_draw *d, uint32_t node, uint32_t now)
{
    const struct ui_node *n = &d->film->nodes[node];
    uint32_t longest = n->queue_max;
    if (ui_hides_future(d))
        return node < d->film->client_count ? now : fmax(now, longest_by_now(d, node));
    for (uint32_t i = 0; d->beside && i < d->beside->node_count; i++)
        if (strcmp(d->beside->nodes[i].name, n->name) == 0 &&
            d->beside->nodes[i].queue_max > longest)
            longest = d->beside->nodes[i].queue_max;
    return longest;
}

// With a limit a cell is its share of that; without, of a round number that the longest line stays
// below, and there is no end to be full.
static void draw_queue(struct ui_draw *d, const struct map *m, uint32_t node,
                       struct ui_rect box, struct ui_step now)
{
    const struct ui_node *n = &d->film->nodes[node];
    struct row r = row_of(m, box, 0);
    char text[64];
    bool limited = n->capacity != SIM_UNLIMITED;
    uint32_t limit = limited ? n->capacity * n->replicas : 0;
    double whole = limited ? limit : fmax(CELLS, ui_nice(longest_line(d, node, now.queue)));
    uint32_t cells = limited && limit < CELLS ? limit : CELLS;
    double part = whole > 0 ? now.queue / whole : 0;
    ui_colour full = !limited || part < NEARLY_FULL ? d->theme->full
                     : part < ALL_BUT               ? d->theme->warning
                                                    : d->theme->alarm;
    if (cells > 0)
        draw_cells(d, "queue cell", node, r.cells, cells,
                   filled_of(cells, now.queue, whole), full);
    if (limited)
        snprintf(text, sizeof text, "%" PRIu32 "/%" PRIu32, now.queue, limit);
    else
        sim_number_count(text, now.queue);
    say_row(d, m, node, r, "line", text);
}

static void draw_workers(struct ui_draw *d, const struct map *m, uint32_t node,
                         struct ui_rect box, struct ui_step now)
{
    const struct ui_node *n = &d->film->nodes[node];
    struct row r = row_of(m, box, 1);
    char text[64];
    if (n->workers == SIM_UNLIMITED) {
        sim_number_count(text, now.busy);
        say_row(d, m, node, r, "busy", text);
        return;
    }
    uint32_t all = n->workers * n->replicas;
    uint32_t rows = all <= SLOTS_MAX ? (all + SLOTS_ROW - 1) / SLOTS_ROW : 1;
    uint32_t a_row = all <= SLOTS_MAX ? (all + rows - 1) / rows : CELLS;
    uint32_t left = all <= SLOTS_MAX ? now.busy : filled_of(CELLS, now.busy, all);
    uint32_t slots = all <= SLOTS_MAX ? all : CELLS;
    double pitch = r.cells.h / rows;
    for (uint32_t i = 0; i < rows; i++) {
        uint32_t here = slots < a_row ? slots : a_row;
        struct ui_rect line = { r.cells.x, r.cells.y + i * pitch, r.cells.w * here / a_row,
                                pitch - (rows > 1 ? 1 : 0) };
        uint32_t filled = left < here ? left : here;
        draw_cells(d, "busy slot", node, line, here, filled, d->theme->owner);
        left -= filled;
        slots -= here;
    }
    snprintf(text, sizeof text, "%" PRIu32 "/%" PRIu32, now.busy, all);
    say_row(d, m, node, r, "busy", text);
}

static void draw_client(struct ui_draw *d, const struct map *m, uint32_t node,
                        struct ui_rect box, struct ui_step now)
{
    struct ui_step before = ui_film_node_at(d->film, node, d->at - RATE_WINDOW);
    double window = (double)(d->at < RATE_WINDOW ? d->at : RATE_WINDOW) / SIM_S;
    double sent = now.begun - before.begun, ended = now.ended - before.ended;
    double well = ended - (now.bad - before.bad);
    char number[SIM_NUMBER_ROOM], text[SIM_NUMBER_ROOM + 4];
    struct row r = row_of(m, box, 0);
    sim_number_count(number, window > 0 ? sent / window : 0);
    snprintf(text, sizeof text, "%s/s", number);
    say_row(d, m, node, r, "sends", text);
    r = row_of(m, box, 1);
    draw_cells(d, "well", node, r.cells, CELLS, filled_of(CELLS, well, fmax(sent, ended)),
               d->theme->marks[UI_MARK_OK]);
    sim_number_count(number, window > 0 ? well / window : 0);
    snprintf(text, sizeof text, "%s/s", number);
    say_row(d, m, node, r, "well", text);
}

static void draw_name(struct ui_draw *d, const struct map *m, uint32_t node,
                      struct ui_rect box, bool has_badge)
{
    const struct ui_node *n = &d->film->nodes[node];
    double k = m->k;
    char text[96], times[16] = "";
    if (n->replicas > 1)
        snprintf(times, sizeof times, "\xc3\x97%" PRIu32, n->replicas);
    double side = 10 * m->wide / BOX_WIDTH;
    struct ui_rect line = { box.x + side, box.y + 8 * k,
                            box.w - 2 * side - (has_badge ? 22 : 0) * k, 20 * k };
    double wide = times[0] ? ui_type_width(UI_MONO, 12 * k, times) + 6 * k : 0;
    struct ui_rect name = { line.x, line.y, line.w - wide, line.h };
    snprintf(text, sizeof text, "%s", n->name);
    double w = ui_add_text(d->list, "name", node, name,
                           ui_of_name(ui_strong(d, fmax(least_type(d), 13.5 * k))), text);
    if (times[0])
        ui_add_text(d->list, "replicas", node,
                    (struct ui_rect){ name.x + w + 6 * k, line.y, wide, line.h },
                    ui_figure(d, 12 * k), times);
}

// Of many boxes above one another: each says who it is, if there is room for that.
static void draw_low(struct ui_draw *d, uint32_t node, struct ui_rect box)
{
    struct ui_rect line = { box.x + 4, box.y, box.w - 8, box.h };
    if (box.h >= NAME_LEAST)
        ui_add_text(d->list, "name", node, line,
                    ui_of_name(ui_strong(d, fmax(least_type(d), fmin(13.5, 0.6 * box.h)))),
                    d->film->nodes[node].name);
}

static void draw_box(struct ui_draw *d, const struct map *m, uint32_t node)
{
    const struct ui_node *n = &d->film->nodes[node];
    struct ui_rect box = box_of(d, m, node);
    struct ui_step now = ui_film_node_at(d->film, node, d->at);
    enum health health = health_of(d, node);
    bool focused = !n->is_client && node - d->film->client_count == d->focus;
    struct ui_command look = { .r = 7 * m->k,
                               .fill = d->theme->raised,
                               .stroke = health_colour(d, health),
                               .width = health == WELL ? (focused ? 2 : 1) : 2.5 };
    ui_add_box(d->list, "box", node, box, look);
    if (box.h < ROWS_LEAST) {
        draw_low(d, node, box);
        return;
    }
    draw_name(d, m, node, box, health != WELL);
    draw_badge(d, m, node, box, health);
    if (n->is_client) {
        draw_client(d, m, node, box, now);
        return;
    }
    if (ui_hides_inside(d))
        return;
    draw_queue(d, m, node, box, now);
    draw_workers(d, m, node, box, now);
    double high = fmin(12 * m->k, m->gap - 8);
    ui_draw_replicas(d, node, (struct ui_rect){ box.x, box.y + box.h + 3, box.w, high });
}

// ---- The panel ----

// What the scenario is about, at the right end of the line that has the title, where there is room.
static void draw_about(struct ui_draw *d, struct ui_rect in, const char *beside)
{
    const char *about = d->film->about;
    struct ui_style style = ui_aligned(ui_label(d), UI_RIGHT);
    double taken = ui_type_width(UI_BOLD, UI_TYPE_TITLE, TITLE) + 10 +
                   ui_type_width(UI_SANS, UI_TYPE_LABEL, beside);
    struct ui_rect line = { in.x, in.y - 25, in.w, 20 };
    style.colour = d->theme->text;
    if (d->look->blind == UI_BLIND_NOT && !d->look->is_beside && about[0] &&
        taken + ABOUT_GAP + ui_type_width(style.face, style.size, about) < in.w)
        ui_add_text(d->list, "about", 0, line, style, about);
}

void ui_draw_topology(struct ui_draw *d, struct ui_rect at)
{
    char beside[160], flight[SIM_NUMBER_ROOM];
    uint32_t each = d->each;
    ui_say_time(flight, UI_FLIGHT);
    snprintf(beside, sizeof beside, "1 dot = %" PRIu32 " request%s, seen for %s", each,
             each == 1 ? "" : "s", flight);
    struct ui_rect in = ui_draw_frame(d, at, TITLE, beside);
    struct map m = map_of(d, in);
    draw_about(d, in, beside);
    if (m.k <= 0) // no room at all
        return;
    ui_add_clip(d->list, (struct ui_rect){ at.x + 1, at.y + 1, at.w - 2, at.h - 2 });
    for (uint32_t e = 0; e < d->film->edge_count; e++) {
        struct ui_road road = road_of(d, &m, e);
        draw_road(d, e, &road);
    }
    for (uint32_t e = 0; e < d->film->edge_count; e++) {
        if (!ui_shows_traffic(d, &d->film->edges[e]))
            continue;
        struct ui_road road = road_of(d, &m, e);
        ui_draw_dots(d, e, &road, 3 * fmax(0.9, fmin(m.k, 1.2)));
        draw_rate(d, &m, e, &road);
    }
    for (uint32_t i = 0; i < d->film->node_count; i++)
        draw_box(d, &m, i);
    ui_draw_legend(d, (struct ui_rect){ in.x, in.y + in.h - LEGEND + 4, in.w, LEGEND - 4 });
    ui_add_unclip(d->list);
}
