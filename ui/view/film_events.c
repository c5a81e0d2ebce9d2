#include "ui/view/film.h"

// The events of a film, one after the other in time, whatever they are: each array is in that order,
// so the nearest of each is looked up and the nearest of those taken.

struct search {
    sim_time t, best;
    bool before;
};

static void consider(struct search *s, sim_time at)
{
    if (s->before ? at < s->t && (s->best == SIM_NEVER || at > s->best)
                  : at > s->t && at < s->best)
        s->best = at;
}

// First of n moments that is later than t; `at` gives the i-th.
static size_t later(const void *array, size_t n, sim_time t,
                    sim_time (*at)(const void *array, size_t i))
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (at(array, mid) <= t)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void look(struct search *s, const void *array, size_t n,
                 sim_time (*at)(const void *array, size_t i))
{
    size_t i = later(array, n, s->before ? s->t - 1 : s->t, at);
    if (s->before ? i > 0 : i < n)
        consider(s, at(array, s->before ? i - 1 : i));
}

static sim_time of_step(const void *array, size_t i)
{
    return ((const struct ui_step *)array)[i].at;
}

static sim_time of_hop(const void *array, size_t i)
{
    return ((const struct ui_hop *)array)[i].at;
}

static sim_time of_segment(const void *array, size_t i)
{
    return ((const struct ui_segment *)array)[i].end;
}

sim_time ui_film_event_beside(const struct ui_film *f, sim_time t, bool before)
{
    struct search s = { t, SIM_NEVER, before };
    for (uint32_t i = 0; i < f->place_count; i++)
        look(&s, f->steps[i].at, f->steps[i].count, of_step);
    for (uint32_t i = 0; i < f->edge_count; i++) {
        look(&s, f->edges[i].calls.at, f->edges[i].calls.count, of_hop);
        look(&s, f->edges[i].ends.at, f->edges[i].ends.count, of_hop);
    }
    for (uint32_t i = 0; i < f->lane_count; i++)
        look(&s, f->lanes[i]->at, f->lanes[i]->count, of_segment);
    for (size_t i = 0; i < f->flag_count; i++) {
        consider(&s, f->flags[i].begin);
        if (f->flags[i].end != SIM_NEVER)
            consider(&s, f->flags[i].end);
    }
    return s.best;
}
