#include "ui/window/picking.h"

#include <math.h>

// A dot is small: what is pressed is 24 points wide.
#define NEAR 12.0

void ui_player_unpick(struct ui_player *p)
{
    p->has_waterfall = false;
    p->pick = (struct ui_pick){ SIM_NONE, 0 };
}

enum ui_wish ui_player_fall(struct ui_player *p)
{
    bool shows_slowest = p->has_waterfall && p->pick.number == SIM_NONE;
    ui_player_unpick(p);
    p->has_waterfall = !shows_slowest;
    if (p->panel == UI_LANES || p->panel == UI_WATERFALL)
        p->panel = p->has_waterfall ? UI_WATERFALL : UI_LANES;
    return UI_WISH_DRAW;
}

static bool pick(struct ui_player *p, const struct ui_film *f, uint32_t number,
                 sim_time from, sim_time to)
{
    struct ui_pick picked = ui_requests_within(&f->requests, number, from, to);
    if (picked.number == SIM_NONE)
        return false;
    p->pick = picked;
    p->has_waterfall = true;
    return true;
}

enum ui_wish ui_player_pick_last(struct ui_player *p, const struct ui_film *f)
{
    struct ui_hop last = { .at = -1 };
    for (uint32_t e = 0; e < f->edge_count; e++) {
        struct ui_hop hops[] = { ui_film_hops_at(&f->edges[e].calls, p->at),
                                 ui_film_hops_at(&f->edges[e].ends, p->at) };
        for (int i = 0; i < 2; i++) {
            bool is_there = hops[i].total[hops[i].mark] > 0; // else nothing had gone there
            last = is_there && hops[i].at >= last.at ? hops[i] : last;
        }
    }
    return last.at >= 0 && pick(p, f, last.request, last.at, last.at) ? UI_WISH_DRAW
                                                                      : UI_WISH_NOTHING;
}

bool ui_player_pick_dot(struct ui_player *p, const struct ui_film *f,
                        const struct ui_list *drawn, double x, double y)
{
    const struct ui_command *best = NULL;
    double least = NEAR;
    for (size_t i = 0; i < drawn->count; i++) {
        const struct ui_command *c = &drawn->at[i];
        if (c->kind != UI_DOT || c->first == SIM_NONE || hypot(c->x - x, c->y - y) > least)
            continue;
        least = hypot(c->x - x, c->y - y);
        best = c;
    }
    // It was under way at some moment of the dot's flight.
    return best && pick(p, f, best->first, p->at - UI_FLIGHT, p->at);
}
