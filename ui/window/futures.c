#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/window/inner.h"

// The run that is seen, the other future beside it, and the one that is under way.

// ---- Engines ----

// Called by the engine's thread. One event is enough until it has been seen.
static void wake(void *ctx)
{
    struct ui_window *w = ctx;
    SDL_Event event = { .type = w->woken };
    if (SDL_AtomicCAS(&w->is_woken, 0, 1))
        SDL_PushEvent(&event);
}

void ui_futures_end(struct ui_engine **e)
{
    if (*e)
        ui_engine_close(*e);
    free(*e);
    *e = NULL;
}

struct ui_engine *ui_futures_engine(struct ui_window *w, const struct scn_job *job,
                                    uint64_t film_bytes)
{
    struct ui_engine *e = malloc(sizeof *e);
    if (e && ui_engine_open(e, job, film_bytes, wake, w))
        return e;
    free(e);
    return NULL;
}

void ui_futures_close(struct ui_window *w)
{
    ui_futures_end(&w->next);
    ui_futures_end(&w->ghost);
    ui_futures_end(&w->engine);
}

bool ui_futures_start(struct ui_window *w)
{
    ui_futures_close(w);
    w->player.keeps = false;
    w->engine = ui_futures_engine(w, &w->def.job, w->def.film_bytes);
    return w->engine != NULL;
}

struct ui_engine *ui_futures_replace(struct ui_window *w, struct ui_engine *e)
{
    struct ui_engine *seen = w->engine;
    ui_futures_end(&w->next);
    ui_futures_end(&w->ghost);
    w->player.keeps = false;
    w->engine = e;
    return seen;
}

// ---- Both ----

void ui_futures_lock(struct ui_window *w)
{
    // Always in one order, whichever of the two futures is in front.
    bool ghost_first = w->ghost && (uintptr_t)w->ghost < (uintptr_t)w->engine;
    if (ghost_first)
        ui_past_lock(w->ghost);
    ui_past_lock(w->engine);
    if (w->ghost && !ghost_first)
        ui_past_lock(w->ghost);
}

void ui_futures_unlock(struct ui_window *w)
{
    if (w->ghost)
        ui_past_unlock(w->ghost);
    ui_past_unlock(w->engine);
}

// Of the other one only what is told of the whole run is drawn, but side by side.
void ui_futures_see(struct ui_window *w)
{
    ui_past_see(w->engine, w->player.at);
    if (w->ghost && w->player.is_beside)
        ui_past_see(w->ghost, w->player.at);
}

const struct ui_film *ui_futures_film(struct ui_window *w)
{
    return ui_past_film(w->engine, w->player.at);
}

// ---- What if ----

// All futures together may hold what one may. Where they leave no quarter of it the one that is seen is
// folded to a half, and the other to a quarter.
static uint64_t room_for_next(struct ui_window *w)
{
    uint64_t all = w->def.film_bytes, held = ui_past_bytes(w->engine);
    if (w->ghost)
        held += ui_past_bytes(w->ghost);
    if (held <= all - all / 4)
        return all - held;
    ui_past_limit(w->engine, all / 2);
    if (w->ghost)
        ui_past_limit(w->ghost, all / 4);
    return w->ghost ? all / 4 : all / 2;
}

static void begin_next(struct ui_window *w, const char *variant,
                       const struct sim_fault *added, uint32_t count)
{
    struct scn_job job = w->def.job;
    job.variant = variant;
    job.added = added;
    job.added_count = count;
    ui_futures_end(&w->next);
    w->next = ui_futures_engine(w, &job, room_for_next(w));
    if (!w->next)
        snprintf(w->note, sizeof w->note, "this machine has no memory for another future");
}

// With what is made ready, from this moment on.
void ui_futures_fire(struct ui_window *w)
{
    struct sim_fault added[UI_ENGINE_ADDED];
    uint32_t n = w->engine->job.added_count;
    if (n == UI_ENGINE_ADDED) {
        snprintf(w->note, sizeof w->note, "%u faults are as many as can be added", n);
        return;
    }
    memcpy(added, w->engine->added, n * sizeof *added);
    ui_engine_lock(w->engine);
    added[n] = ui_arm_fault(&w->player.arm, &w->engine->film, w->player.at);
    ui_engine_unlock(w->engine);
    begin_next(w, w->engine->variant, added, n + 1);
    ui_witness_change(w, "fault", &added[n]);
}

// Whether the dashed one is what is seen without its last fault.
static bool is_before_last(const struct ui_engine *ghost, const struct ui_engine *e)
{
    uint32_t n = e->job.added_count - 1;
    if (!ghost || ghost->job.added_count != n || strcmp(ghost->variant, e->variant) != 0)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!ui_same_fault(&ghost->added[i], &e->added[i]))
            return false;
    return true;
}

// The run without the last fault is there when it is the other one; else it is made again.
void ui_futures_undo(struct ui_window *w)
{
    uint32_t n = w->engine->job.added_count;
    if (n == 0) {
        snprintf(w->note, sizeof w->note, "nothing has been changed");
        return;
    }
    ui_witness_change(w, "taken back", &w->engine->added[n - 1]);
    if (is_before_last(w->ghost, w->engine)) {
        ui_futures_end(&w->engine);
        w->engine = w->ghost;
        w->ghost = NULL;
    } else {
        begin_next(w, w->engine->variant, w->engine->added, n - 1);
    }
}

static bool has_other(struct ui_window *w)
{
    if (!w->ghost)
        snprintf(w->note, sizeof w->note,
                 "there is no other future: f makes a fault ready");
    return w->ghost != NULL;
}

void ui_futures_beside(struct ui_window *w)
{
    w->player.is_beside = has_other(w) && !w->player.is_beside;
}

// What is fired or saved from here on is of the preset that is seen.
static void follow_preset(struct ui_window *w)
{
    snprintf(w->variant, sizeof w->variant, "%s", w->engine->variant);
    w->def.job.variant = w->variant;
    ui_engine_lock(w->engine);
    ui_player_fit(&w->player, &w->engine->film);
    ui_engine_unlock(w->engine);
}

void ui_futures_other(struct ui_window *w)
{
    struct ui_engine *e = w->engine;
    if (!has_other(w))
        return;
    w->engine = w->ghost;
    w->ghost = e;
    follow_preset(w);
}

// ---- A and B ----

void ui_futures_keep(struct ui_window *w)
{
    struct ui_player *p = &w->player;
    p->keeps = !p->keeps;
    p->is_beside = false;
    ui_futures_end(&w->ghost);
    if (!p->keeps)
        snprintf(w->note, sizeof w->note, "A is kept no longer");
}

void ui_futures_preset(struct ui_window *w, const char *variant)
{
    begin_next(w, variant, NULL, 0);
}

// In place of what is seen, which becomes the dashed one, unless another is kept as that.
static void show(struct ui_window *w, struct ui_engine *e)
{
    bool is_kept = w->player.keeps && w->ghost;
    bool is_undone = !w->player.keeps && e->job.added_count < w->engine->job.added_count;
    if (is_kept || is_undone)
        ui_futures_end(&w->engine);
    if (!is_kept) {
        ui_futures_end(&w->ghost);
        w->ghost = w->engine;
        w->player.is_beside |= w->player.keeps;
    }
    w->engine = e;
    follow_preset(w);
}

// One that is under way is shown as soon as it has come to the moment that is seen, in place of the
// one that it was forked from.
void ui_futures_show_next(struct ui_window *w)
{
    struct ui_engine *e = w->next;
    if (!e)
        return;
    ui_engine_lock(e);
    bool is_ready =
        e->has_film && (e->film.now > w->player.at || e->state >= UI_ENGINE_DONE);
    bool has_failed = e->state == UI_ENGINE_FAILED;
    ui_engine_unlock(e);
    if (has_failed && !is_ready) {
        snprintf(w->note, sizeof w->note, "that cannot be: %.200s",
                 e->error.text[0] ? e->error.text : e->reason);
        ui_witness_text(w, w->note); // which those who look blind do not see
        w->is_dirty = true;
        ui_futures_end(&w->next);
    }
    if (!is_ready)
        return;
    show(w, e);
    w->next = NULL;
    w->is_dirty = true;
}

bool ui_futures_reset(struct ui_window *w)
{
    bool is_changed = w->ghost || w->next || w->engine->job.added_count > 0;
    w->player.keeps = false;
    return !is_changed || ui_futures_start(w);
}
