#include <math.h>

#include "sim/report/summary.h"
#include "ui/view/film_inner.h"

// The time series, read from the meters as their windows close.

// Of the edge where calls are tried most often: a mean over all of them would be as low as there are
// edges on which nothing is tried again.
static double most_tries(const struct sim_run *run, struct sim_windows w)
{
    double most = NAN;
    for (uint32_t e = 0; e < sim_run_edges(run); e++) {
        struct sim_summary edge = { 0 };
        sim_summary_edge(&edge, run, w, e);
        if (edge.counts[SIM_ARRIVED] > 0)
            most = fmax(most, edge.counts[SIM_ATTEMPTED] / edge.counts[SIM_ARRIVED]);
    }
    return most;
}

static struct ui_row row_of(const struct sim_run *run, struct sim_windows w)
{
    uint32_t n;
    const sim_time *edges = sim_run_window_edges(run, &n);
    struct ui_row row = { .begin = edges[w.a], .end = edges[w.b], .last_window = w.b };
    struct sim_summary s = { 0 };
    sim_summary_with_latency(&s);
    sim_summary_clients(&s, run, w);
    row.offered = sim_summary_rate(&s, s.counts[SIM_ARRIVED]);
    row.ok = sim_summary_rate(&s, sim_summary_ok(&s));
    for (uint32_t o = 0; o < SIM_OUTCOMES; o++)
        row.failed[o] = o == SIM_OK ? 0 : sim_summary_rate(&s, s.counts[SIM_ENDED + o]);
    row.p50 = sim_summary_quantile(&s, 0.5);
    row.p99 = sim_summary_quantile(&s, 0.99);
    sim_summary_fini(&s);
    row.tries = most_tries(run, w);
    return row;
}

// What visits waited for what the service itself has too little of. Who is in line while all workers
// wait for the answers of others is held up by those: that counts, but little.
#define HELD_UP 0.01

static double lost_in(const struct sim_summary *s, double own)
{
    static const enum sim_cause waits[] = { SIM_IN_CORE,    SIM_IN_GIL,  SIM_IN_LOCK,
                                            SIM_IN_POOL,    SIM_IN_LOOP, SIM_IN_CONNECTIONS,
                                            SIM_IN_BULKHEAD };
    double sum = fmax(own, HELD_UP) * s->areas[SIM_QUEUED_AREA];
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
        sum += s->counts[SIM_TIME + waits[i]];
    return sum / SIM_S;
}

// Not a number where there is no loop, or nothing was handed to it.
static double lag_of(const struct sim_run *run, struct sim_windows w, uint32_t service)
{
    struct sim_summary loops = { 0 };
    double p99 = NAN;
    if (!sim_run_loop_meter(run, service, 0) || !sim_summary_with_latency(&loops))
        return NAN;
    if (sim_summary_loops(&loops, run, w, service))
        p99 = sim_summary_quantile(&loops, 0.99);
    sim_summary_fini(&loops);
    return p99;
}

static struct ui_service_row service_row_of(const struct sim_run *run, struct sim_windows w,
                                            uint32_t service)
{
    struct sim_summary s = { 0 };
    sim_summary_service(&s, run, w, service);
    double causes = sim_summary_charged(&s);
    double worked = causes - s.counts[SIM_TIME + SIM_IN_QUEUE] / SIM_S;
    double waited = s.counts[SIM_TIME + SIM_IN_DEPENDENCY] / SIM_S;
    double own = worked > 0 ? fmax(1 - waited / worked, 0) : 0;
    double busy = s.workers > 0 ? sim_summary_utilisation(&s) : NAN;
    return (struct ui_service_row){
        .queue = s.queue_max,
        .busy = busy,
        .gil = s.counts[SIM_TIME + SIM_IN_GIL] / SIM_S,
        .causes = causes,
        .own = busy > 0 ? busy * own : 0,
        .lost = lost_in(&s, own),
        .lag = lag_of(run, w, service),
        .memory = (double)s.memory_max,
    };
}

static bool add_row(struct ui_film *f, const struct sim_run *run, struct sim_windows w)
{
    uint32_t services = f->node_count - f->client_count;
    void *rows = ui_film_grown(f->rows, f->row_count + 1, &f->row_room, sizeof *f->rows);
    if (rows)
        f->rows = rows;
    void *more = ui_film_grown(f->service_rows, (f->row_count + 1) * services,
                               &f->service_row_room, sizeof *f->service_rows);
    if (more)
        f->service_rows = more;
    if (!rows || (!more && services)) {
        f->failed = true;
        return false;
    }
    f->rows[f->row_count] = row_of(run, w);
    for (uint32_t s = 0; s < services; s++)
        f->service_rows[f->row_count * services + s] = service_row_of(run, w, s);
    f->row_count++;
    return true;
}

// A row that ended inside a second was the last of its time: it is made again. When windows
// were joined, all of them are.
static void drop_unfinished(struct ui_film *f, const sim_time *edges, uint32_t windows)
{
    if (f->row_count && f->rows[f->row_count - 1].end % SIM_S != 0)
        f->row_count--;
    const struct ui_row *last = f->row_count ? &f->rows[f->row_count - 1] : NULL;
    if (last && (last->last_window > windows || edges[last->last_window] != last->end))
        f->row_count = 0;
}

void ui_film_take_rows(struct ui_film *f, const struct sim_run *run)
{
    uint32_t windows;
    const sim_time *edges = sim_run_window_edges(run, &windows);
    drop_unfinished(f, edges, windows);
    uint32_t from = f->row_count ? f->rows[f->row_count - 1].last_window : 0;
    struct sim_windows w = { from, from };
    while (!f->failed && sim_windows_next_row(run, &w))
        if (!add_row(f, run, w))
            return;
}
