#include "ui/window/past.h"

#include <stdlib.h>

// As far ahead of what is seen as playing may come before it is looked at again, and as a request
// that is seen may still go on.
#define AHEAD ((sim_time)60 * SIM_S)

// Whether it can still come to a moment, or has been there and kept it. One that has failed would
// only fail again.
static bool can_reach(struct ui_engine *past, sim_time at)
{
    ui_engine_lock(past);
    bool can = !past->has_film || at >= past->film.shown_from;
    ui_engine_unlock(past);
    return can;
}

static void give_up(struct ui_engine *e)
{
    if (e->past)
        ui_engine_close(e->past);
    free(e->past);
    e->past = NULL;
}

void ui_past_see(struct ui_engine *e, sim_time at)
{
    ui_engine_lock(e);
    bool is_needed = e->has_film && !ui_film_shows(&e->film, at);
    sim_time goal = at + AHEAD;
    if (goal >= e->film.now) // where it is over there is nothing to wait for
        goal = e->state == UI_ENGINE_DONE ? SIM_NEVER : e->film.now;
    ui_engine_unlock(e);
    if (!is_needed)
        return;
    if (e->past && !can_reach(e->past, at))
        give_up(e);
    if (!e->past) {
        e->past = malloc(sizeof *e->past);
        if (!e->past || !ui_engine_open_past(e->past, e, at)) {
            free(e->past);
            e->past = NULL;
            return;
        }
    }
    ui_engine_lock(e->past);
    ui_engine_fetch(e->past, at, goal);
    ui_engine_unlock(e->past);
}

void ui_past_limit(struct ui_engine *e, uint64_t bytes)
{
    ui_past_lock(e);
    ui_engine_limit(e, bytes);
    if (e->past)
        ui_engine_limit(e->past, e->film_bytes);
    ui_past_unlock(e);
}

uint64_t ui_past_bytes(struct ui_engine *e)
{
    ui_engine_lock(e);
    uint64_t bytes = e->is_folded  ? e->film_bytes * 2
                     : e->has_film ? ui_film_bytes(&e->film)
                                   : 0;
    ui_engine_unlock(e);
    return bytes;
}

void ui_past_lock(struct ui_engine *e)
{
    ui_engine_lock(e);
    if (e->past)
        ui_engine_lock(e->past);
}

void ui_past_unlock(struct ui_engine *e)
{
    if (e->past)
        ui_engine_unlock(e->past);
    ui_engine_unlock(e);
}

// What it has come to may be drawn, unless it is another run: that would be a fault of convoy.
static bool has_fetched(const struct ui_engine *e, sim_time at)
{
    const struct ui_engine *past = e->past;
    bool is_there =
        past && past->has_film && at >= past->film.shown_from && at <= past->film.now;
    return is_there && ui_engine_same_past(e, past, past->film.now);
}

const struct ui_film *ui_past_film(struct ui_engine *e, sim_time at)
{
    if (e->is_joined)
        ui_film_part(&e->joined);
    e->is_joined = false;
    if (!e->has_film || ui_film_shows(&e->film, at))
        return &e->film;
    if (has_fetched(e, at))
        e->is_joined = ui_film_join(&e->joined, &e->film, &e->past->film);
    e->film.again = e->past && e->past->has_film ? e->past->film.now : 0;
    return e->is_joined ? &e->joined : &e->film;
}
