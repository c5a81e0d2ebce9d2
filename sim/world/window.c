#include <stdlib.h>

#include "sim/world/inner.h"

// The edges of windows: whole multiples of the width, and the extra ones that somebody asked
// for, which folding leaves alone.

#define WINDOWS_CAP 1024
#define WINDOWS_FEW 64

// Cells of packed histograms that one meter may keep: 2 MiB. With the cap on windows this is
// what keeps a run's memory flat: a long one folds its windows again and again.
#define PAIRS_CAP (1u << 18)

static bool close_meter(struct sim_run *run, struct sim_meter *m)
{
    int64_t more = sim_meter_close(m, run->windows);
    if (more < 0)
        sim_run_stop(run, "the machine has no memory left for the run's records");
    else
        sim_run_take(run, (uint64_t)more);
    return more >= 0;
}

static bool is_extra(const struct sim_run *run, sim_time at)
{
    for (uint32_t i = 0; i < run->extra_count; i++)
        if (run->extra_edges[i] == at)
            return true;
    return false;
}

// Where the windows begin that are left when each two neighbours become one.
static uint32_t halves(const struct sim_run *run, uint32_t *from)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < run->windows;) {
        from[n++] = i;
        bool pair = i + 1 < run->windows && !is_extra(run, run->edges_at[i + 1]);
        i += pair ? 2u : 1u;
    }
    from[n] = run->windows;
    return n;
}

static void fold(struct sim_run *run)
{
    uint32_t from[WINDOWS_CAP + 2];
    uint32_t n = halves(run, from);
    bool ok = true;
    for (uint32_t i = 0; i < run->station_count; i++)
        ok = sim_meter_fold(&run->stations[i].meter, from, n) && ok;
    for (uint32_t i = 0; i < run->loop_count; i++)
        ok = sim_meter_fold(&run->loops[i].meter, from, n) && ok;
    for (uint32_t i = 0; i < run->edge_count; i++)
        ok = sim_meter_fold(&run->edges[i].meter, from, n) && ok;
    for (uint32_t i = 0; i < run->model->effects.count; i++)
        ok = sim_meter_fold(&run->effects.meters[i], from, n) && ok;
    for (uint32_t i = 0; i < run->model->bulkheads.count; i++)
        ok = sim_meter_fold(&run->bulkheads.books[i].meter, from, n) && ok;
    for (uint32_t i = 0; i < run->model->caches.count; i++)
        ok = sim_meter_fold(&run->caches.meter[i], from, n) && ok;
    if (!ok)
        sim_run_stop(run, "the machine has no memory left for the run's records");
    for (uint32_t i = 0; i <= n; i++)
        run->edges_at[i] = run->edges_at[from[i]];
    run->windows = n;
    run->window_width *= 2;
}

// The next window might not find room in some meter.
static bool is_full(const struct sim_run *run)
{
    for (uint32_t i = 0; i < run->station_count; i++)
        if (run->stations[i].meter.kept->pair_count > PAIRS_CAP - SIM_HIST_BUCKETS)
            return true;
    for (uint32_t i = 0; i < run->loop_count; i++)
        if (run->loops[i].meter.kept->pair_count > PAIRS_CAP - SIM_HIST_BUCKETS)
            return true;
    for (uint32_t i = 0; i < run->model->bulkheads.count; i++)
        if (run->bulkheads.books[i].meter.kept->pair_count > PAIRS_CAP - SIM_HIST_BUCKETS)
            return true;
    return false;
}

static bool needs_fold(const struct sim_run *run)
{
    return run->windows >= WINDOWS_CAP || (run->windows > WINDOWS_FEW && is_full(run));
}

static sim_time next_edge(struct sim_run *run, sim_time at)
{
    sim_time next = (at / run->window_width + 1) * run->window_width;
    while (run->extra_next < run->extra_count && run->extra_edges[run->extra_next] <= at)
        run->extra_next++;
    if (run->extra_next < run->extra_count && run->extra_edges[run->extra_next] < next)
        next = run->extra_edges[run->extra_next];
    return next;
}

// The edges lie at their own times, so levels are integrated up to there, not to the event that
// comes next.
void sim_window_close(struct sim_run *run, sim_time at)
{
    run->now = at;
    sim_concurrency_integrate(run);
    sim_scale_integrate(run);
    sim_breaker_pass(run);
    for (uint32_t i = 0; i < run->station_count; i++) {
        struct sim_station *s = &run->stations[i];
        sim_station_integrate(s, at);
        sim_memory_integrate(s, at);
        if (!close_meter(run, &s->meter))
            return;
        s->meter.queue_max = s->waiting;
        sim_memory_next_window(s);
    }
    for (uint32_t i = 0; i < run->loop_count; i++) {
        sim_loop_touch(run, &run->loops[i]);
        if (!close_meter(run, &run->loops[i].meter))
            return;
    }
    for (uint32_t i = 0; i < run->edge_count; i++)
        if (!close_meter(run, &run->edges[i].meter))
            return;
    for (uint32_t i = 0; i < run->model->effects.count; i++)
        if (!close_meter(run, &run->effects.meters[i]))
            return;
    for (uint32_t i = 0; i < run->model->bulkheads.count; i++) {
        sim_bulkhead_integrate(run, i);
        if (!close_meter(run, &run->bulkheads.books[i].meter))
            return;
        sim_bulkhead_next_window(run, i);
    }
    for (uint32_t i = 0; i < run->model->caches.count; i++)
        if (!close_meter(run, &run->caches.meter[i]))
            return;
    run->edges_at[++run->windows] = at;
    // A window between two edges that somebody asked for stays: then there is no more to gain.
    for (uint32_t before = 0; run->windows != before && needs_fold(run);) {
        before = run->windows;
        fold(run);
    }
    run->window_end = next_edge(run, at);
}

bool sim_window_init(struct sim_run *run)
{
    run->edges_at = calloc(WINDOWS_CAP + 2, sizeof *run->edges_at);
    run->window_width = SIM_S;
    run->window_end = SIM_S;
    return run->edges_at != NULL;
}

// Kept in order, each once.
void sim_run_edge(struct sim_run *run, sim_time t)
{
    uint32_t i = 0;
    while (i < run->extra_count && run->extra_edges[i] < t)
        i++;
    if (t <= 0 || run->extra_count == SIM_EXTRA_EDGES ||
        (i < run->extra_count && run->extra_edges[i] == t))
        return;
    for (uint32_t k = run->extra_count++; k > i; k--)
        run->extra_edges[k] = run->extra_edges[k - 1];
    run->extra_edges[i] = t;
    run->window_end = next_edge(run, 0);
}

const sim_time *sim_run_window_edges(const struct sim_run *run, uint32_t *windows)
{
    *windows = run->windows;
    return run->edges_at;
}
