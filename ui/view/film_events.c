#include "ui/view/film.h"

// The events of a film, one after the other in time, whatever they are: each track is in that order,
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

static void look(struct search *s, const struct ui_track *t)
{
    if (!s->before) {
        struct ui_cursor c = ui_track_after(t, s->t);
        if (c.is_there)
            consider(s, ui_entry_time(t->kind, &c.entry));
        return;
    }
    union ui_entry entry;
    if (ui_track_before(t, s->t - 1, &entry))
        consider(s, ui_entry_time(t->kind, &entry));
}

sim_time ui_film_event_beside(const struct ui_film *f, sim_time t, bool before)
{
    struct search s = { t, SIM_NEVER, before };
    if (!ui_film_shows(f, t))
        return SIM_NEVER;
    for (uint32_t i = 0; i < f->place_count; i++)
        look(&s, &f->steps[i]);
    for (uint32_t i = 0; i < f->edge_count; i++) {
        look(&s, &f->edges[i].calls);
        look(&s, &f->edges[i].ends);
    }
    for (uint32_t i = 0; i < f->lane_count; i++)
        look(&s, &f->lanes[i]->segments);
    for (size_t i = 0; i < f->flag_count; i++) {
        consider(&s, f->flags[i].begin);
        if (f->flags[i].end != SIM_NEVER)
            consider(&s, f->flags[i].end);
    }
    return s.best;
}
