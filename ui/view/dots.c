#include <math.h>
#include <stdio.h>

#include "ui/view/draw.h"
#include "ui/view/type.h"

// Requests on their way. A dot is a call that has just been made, or one that has just ended; it
// flies for UI_FLIGHT, however long the message took, for most take no time at all. Where a dot
// stands for N, each N-th of its kind on its edge is shown, the same ones in every picture, so
// the shares of the kinds are right but for less than one dot of each. All are drawn in the
// order of time, so no kind covers the others.

#define SEEN_AT_ONCE 600.0

uint32_t ui_view_requests_a_dot(const struct ui_film *film)
{
    double seen = film->hop_peak * ((double)UI_FLIGHT / SIM_S);
    uint32_t n = 1;
    while (seen / n > SEEN_AT_ONCE)
        n = (uint32_t)ui_nice(n + 1);
    return n;
}

// Where it is hidden that calls are tried again they look like all others.
static enum ui_mark seen_as(const struct ui_draw *d, enum ui_mark mark)
{
    return mark == UI_MARK_AGAIN && ui_hides_inside(d) ? UI_MARK_CALL : mark;
}

static ui_colour colour(const struct ui_draw *d, enum ui_mark mark)
{
    return d->theme->marks[mark];
}

// A number from 0 to 1 that looks like chance and always is the same for a request.
static double scatter(uint32_t request, uint32_t nth)
{
    uint32_t x = request * 2654435761u ^ nth * 2246822519u;
    x ^= x >> 15;
    x *= 2654435761u;
    x ^= x >> 13;
    return (x & 0xffff) / 65535.0;
}

// A point of the road at u from 0 to 1, and so far to the left of its middle.
static struct ui_point along(const struct ui_road *road, double u, double aside)
{
    double x = u * (UI_ROAD_POINTS - 1);
    int i = x >= UI_ROAD_POINTS - 1 ? UI_ROAD_POINTS - 2 : (int)x;
    struct ui_point a = road->at[i], b = road->at[i + 1];
    double dx = b.x - a.x, dy = b.y - a.y, length = sqrt(dx * dx + dy * dy);
    double part = x - i, side = length > 0 ? aside / length : 0;
    return (struct ui_point){ a.x + part * dx + side * dy, a.y + part * dy - side * dx };
}

// What was given up does not come back: it falls off the road.
static struct ui_point falling(const struct ui_road *road, double u, double aside,
                               double from)
{
    struct ui_point p = along(road, 0.9 - 0.6 * from - 0.15 * u, aside);
    p.y += 40 * u * u;
    return p;
}

// Among those of its mark on its edge, from 0.
static uint32_t nth_of(const struct ui_hop *hop)
{
    return hop->total[hop->mark] - 1;
}

static void draw_hop(struct ui_draw *d, uint32_t edge, const struct ui_road *road,
                     const struct ui_hop *hop, double radius)
{
    double u = (double)(d->at - hop->at) / (double)UI_FLIGHT;
    double lane = road->width / 2;
    double aside = (0.15 + 0.7 * scatter(hop->request, nth_of(hop))) * lane;
    struct ui_point p;
    switch (hop->mark) {
    case UI_MARK_CALL:
    case UI_MARK_AGAIN:
        p = along(road, u, aside);
        break;
    case UI_MARK_TIMEOUT:
    case UI_MARK_CANCELLED:
        p = falling(road, u, -aside, scatter(nth_of(hop), hop->request));
        break;
    default:
        p = along(road, 1 - u, -aside);
    }
    enum ui_mark mark = seen_as(d, hop->mark);
    ui_add_dot(d->list, edge, p, radius, mark, colour(d, mark));
    ui_name_dot(d->list, hop->request);
}

// Whether there is another in the window that is shown, from here on.
static bool find_next(struct ui_cursor *c, sim_time until, uint32_t each)
{
    while (c->is_there && c->entry.hop.at <= until && nth_of(&c->entry.hop) % each != 0)
        ui_cursor_next(c);
    return c->is_there && c->entry.hop.at <= until;
}

void ui_draw_dots(struct ui_draw *d, uint32_t edge, const struct ui_road *road,
                  double radius)
{
    const struct ui_edge *e = &d->film->edges[edge];
    uint32_t each = d->each;
    struct ui_cursor calls = ui_track_after(&e->calls, d->at - UI_FLIGHT);
    struct ui_cursor ends = ui_track_after(&e->ends, d->at - UI_FLIGHT);
    for (;;) {
        bool call = find_next(&calls, d->at, each), end = find_next(&ends, d->at, each);
        if (!call && !end)
            return;
        bool is_call = call && (!end || calls.entry.hop.at <= ends.entry.hop.at);
        struct ui_cursor *c = is_call ? &calls : &ends;
        draw_hop(d, edge, road, &c->entry.hop, radius);
        ui_cursor_next(c);
    }
}

// ---- Legend ----

static const char *const names[UI_MARKS] = { [UI_MARK_CALL] = "call",
                                             [UI_MARK_AGAIN] = "tried again",
                                             [UI_MARK_OK] = "ok",
                                             [UI_MARK_ERROR] = "error",
                                             [UI_MARK_TIMEOUT] = "given up",
                                             [UI_MARK_SHED] = "turned away",
                                             [UI_MARK_CANCELLED] = "cancelled" };

static uint32_t total(const struct ui_draw *d, enum ui_mark mark)
{
    const struct ui_film *f = d->film;
    uint32_t sum = 0;
    if (!ui_hides_future(d))
        return f->hops[mark];
    if (seen_as(d, mark) != mark)
        return 0;
    for (uint32_t e = 0; e < f->edge_count; e++) {
        if (!ui_shows_traffic(d, &f->edges[e]))
            continue;
        sum += ui_film_hops_at(&f->edges[e].calls, d->at).total[mark] +
               ui_film_hops_at(&f->edges[e].ends, d->at).total[mark];
    }
    return sum;
}

// Kinds that this run has known; up to the moment, where the time to come is hidden.
void ui_draw_legend(struct ui_draw *d, struct ui_rect at)
{
    double x = at.x + 5;
    for (enum ui_mark m = 0; m < UI_MARKS; m++) {
        if (total(d, m) == 0)
            continue;
        double w = ui_type_width(UI_SANS, UI_TYPE_LABEL, names[m]);
        if (x + 12 + w > at.x + at.w)
            return;
        ui_add_dot(d->list, SIM_NONE, (struct ui_point){ x, at.y + at.h / 2 }, 3.6, m,
                   colour(d, m));
        ui_add_text(d->list, "legend", m, (struct ui_rect){ x + 10, at.y, w + 1, at.h },
                    ui_label(d), names[m]);
        x += 10 + w + 18;
    }
}
