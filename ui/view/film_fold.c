#include <stdlib.h>
#include <string.h>

#include "ui/view/film_inner.h"

// What a film throws away, and how another one stands in for it.

void ui_film_fold(struct ui_film *f, sim_time from)
{
    if (from <= 0 || from <= f->keep_from)
        return;
    f->keep_from = from;
    f->shown_from = from + UI_LOOKS_BACK;
    for (uint32_t i = 0; i < f->place_count; i++)
        ui_track_fold(&f->steps[i], from);
    for (uint32_t i = 0; i < f->edge_count; i++) {
        ui_track_fold(&f->edges[i].calls, from);
        ui_track_fold(&f->edges[i].ends, from);
    }
    for (uint32_t i = 0; i < f->lane_count; i++) {
        ui_track_fold(&f->lanes[i]->segments, from);
        ui_track_fold(&f->lanes[i]->vain, from);
    }
    ui_requests_fold(&f->requests, from);
}

// An eighth of what is left at a time: a run is seldom equally busy from end to end.
void ui_film_fold_to(struct ui_film *f, uint64_t bytes, sim_time most)
{
    sim_time last = most < f->now ? most : f->now;
    while (ui_film_bytes(f) > bytes && f->keep_from < last) {
        sim_time begin = f->keep_from > 0 ? f->keep_from : 0;
        sim_time from = begin + (last - begin) / 8 + SIM_MS;
        ui_film_fold(f, from < last ? from : last);
    }
}

bool ui_film_shows(const struct ui_film *f, sim_time t)
{
    return t >= f->shown_from && t <= f->shown_to;
}

// ---- Joining ----

// Edges and lanes are numbered as they are first used, so a shorter film of the same run has
// the first of them.
static bool is_same_run(const struct ui_film *a, const struct ui_film *b)
{
    bool same = a->place_count == b->place_count && a->node_count == b->node_count;
    for (uint32_t i = 0; same && i < a->edge_count && i < b->edge_count; i++)
        same = a->edges[i].from == b->edges[i].from && a->edges[i].to == b->edges[i].to;
    for (uint32_t i = 0; same && i < a->lane_count && i < b->lane_count; i++)
        same = a->lanes[i]->place == b->lanes[i]->place;
    return same;
}

static void join_edges(struct ui_film *f, const struct ui_film *stretch)
{
    for (uint32_t i = 0; i < f->edge_count; i++) {
        if (i < stretch->edge_count) {
            f->edges[i] = stretch->edges[i];
            continue;
        }
        ui_track_init(&f->edges[i].calls, UI_HOPS);
        ui_track_init(&f->edges[i].ends, UI_HOPS);
    }
}

// What has not been used yet is empty, and the film's own.
static bool join_lanes(struct ui_film *f, const struct ui_film *stretch)
{
    for (uint32_t i = 0; i < f->lane_count; i++) {
        const struct ui_lane *of = f->lanes[i];
        if (i < stretch->lane_count) {
            f->lanes[i] = stretch->lanes[i];
            continue;
        }
        f->lanes[i] = calloc(1, sizeof *f->lanes[i]);
        if (!f->lanes[i]) {
            f->lane_count = i;
            return false;
        }
        f->lanes[i]->place = of->place;
        f->lanes[i]->number = of->number;
        ui_track_init(&f->lanes[i]->segments, UI_SEGMENTS);
        ui_track_init(&f->lanes[i]->vain, UI_MOMENTS);
    }
    return true;
}

bool ui_film_join(struct ui_film *f, const struct ui_film *whole,
                  const struct ui_film *stretch)
{
    *f = *whole;
    f->edges = malloc((whole->edge_count + 1u) * sizeof *f->edges);
    f->lanes = malloc((whole->lane_count + 1u) * sizeof *f->lanes);
    f->steps = stretch->steps;
    f->requests = stretch->requests;
    f->keep_from = stretch->keep_from;
    f->shown_from = stretch->shown_from;
    f->shown_to = stretch->now;
    f->lane_room = stretch->lane_count; // those behind are its own
    bool ok = f->edges && f->lanes && is_same_run(whole, stretch);
    if (!ok)
        f->lane_count = 0;
    for (uint32_t i = 0; ok && i < f->edge_count; i++)
        f->edges[i] = whole->edges[i];
    for (uint32_t i = 0; ok && i < f->lane_count; i++)
        f->lanes[i] = whole->lanes[i];
    if (ok) {
        join_edges(f, stretch);
        ok = join_lanes(f, stretch);
    }
    if (!ok)
        ui_film_part(f);
    return ok;
}

void ui_film_part(struct ui_film *f)
{
    for (size_t i = f->lane_room; i < f->lane_count; i++)
        free(f->lanes[i]);
    free(f->lanes);
    free(f->edges);
    *f = (struct ui_film){ 0 };
}
