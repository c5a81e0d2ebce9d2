#include "sim/report/summary.h"

#include <math.h>
#include <stdlib.h>

static uint32_t nearest_edge(const sim_time *edges, uint32_t windows, sim_time t)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i <= windows; i++)
        if (llabs(edges[i] - t) < llabs(edges[best] - t))
            best = i;
    return best;
}

struct sim_windows sim_windows_between(const struct sim_run *run, sim_time from,
                                       sim_time to)
{
    uint32_t windows;
    const sim_time *edges = sim_run_window_edges(run, &windows);
    return (struct sim_windows){ nearest_edge(edges, windows, from),
                                 nearest_edge(edges, windows, to) };
}

struct sim_windows sim_windows_measured(const struct sim_report *r)
{
    uint32_t windows;
    const sim_time *edges = sim_run_window_edges(r->run, &windows);
    return sim_windows_between(r->run, sim_report_from(r), edges[windows]);
}

bool sim_windows_next_row(const struct sim_run *run, struct sim_windows *row)
{
    uint32_t windows;
    const sim_time *edges = sim_run_window_edges(run, &windows);
    row->a = row->b;
    while (row->b < windows) {
        row->b++;
        bool whole = edges[row->b] % SIM_S == 0 || row->b == windows;
        if (whole && edges[row->b] > edges[row->a])
            return true;
    }
    return false;
}

double sim_windows_seconds(const struct sim_run *run, struct sim_windows w)
{
    uint32_t windows;
    const sim_time *edges = sim_run_window_edges(run, &windows);
    return w.b > w.a ? (double)(edges[w.b] - edges[w.a]) / SIM_S : 0;
}

static void add(struct sim_summary *s, const struct sim_meter *m, struct sim_windows w)
{
    for (uint32_t i = 0; i < SIM_COUNTS; i++)
        s->counts[i] += (double)sim_meter_count(m, w.a, w.b, (enum sim_count)i);
    for (uint32_t i = 0; i < SIM_AREAS; i++)
        s->areas[i] += sim_meter_area(m, w.a, w.b, (enum sim_area)i);
    uint32_t longest = sim_meter_queue_max(m, w.a, w.b);
    s->queue_max = longest > s->queue_max ? longest : s->queue_max;
    uint64_t memory = sim_meter_memory_max(m, w.a, w.b);
    s->memory_max = memory > s->memory_max ? memory : s->memory_max;
    if (s->hist)
        sim_meter_add_hist(m, w.a, w.b, s->hist);
}

bool sim_summary_with_latency(struct sim_summary *s)
{
    s->hist = calloc(1, sizeof *s->hist);
    return s->hist != NULL;
}

void sim_summary_fini(struct sim_summary *s)
{
    free(s->hist);
    *s = (struct sim_summary){ 0 };
}

void sim_summary_client(struct sim_summary *s, const struct sim_run *run,
                        struct sim_windows w, uint32_t client)
{
    s->seconds = sim_windows_seconds(run, w);
    add(s, sim_run_client_meter(run, client), w);
}

void sim_summary_clients(struct sim_summary *s, const struct sim_run *run,
                         struct sim_windows w)
{
    for (uint32_t c = 0; c < sim_model_clients(sim_run_model(run)); c++)
        sim_summary_client(s, run, w, c);
}

void sim_summary_service(struct sim_summary *s, const struct sim_run *run,
                         struct sim_windows w, uint32_t service)
{
    const struct sim_model *m = sim_run_model(run);
    uint32_t workers = sim_model_workers(m, service);
    uint32_t replicas = sim_model_replicas(m, service);
    s->seconds = sim_windows_seconds(run, w);
    s->workers = workers == SIM_UNLIMITED ? 0 : (double)workers * replicas;
    for (uint32_t r = 0; r < replicas; r++)
        add(s, sim_run_replica_meter(run, service, r), w);
    if (s->areas[SIM_ABSENT_AREA] > 0 && s->workers > 0)
        s->workers -= (double)workers * sim_summary_level(s, SIM_ABSENT_AREA);
}

bool sim_summary_loops(struct sim_summary *s, const struct sim_run *run,
                       struct sim_windows w, uint32_t service)
{
    uint32_t replicas = sim_model_replicas(sim_run_model(run), service);
    s->seconds = sim_windows_seconds(run, w);
    for (uint32_t r = 0; r < replicas; r++) {
        const struct sim_meter *m = sim_run_loop_meter(run, service, r);
        if (!m)
            return false;
        add(s, m, w);
        s->workers++;
    }
    return true;
}

void sim_summary_edge(struct sim_summary *s, const struct sim_run *run,
                      struct sim_windows w, uint32_t edge)
{
    s->seconds = sim_windows_seconds(run, w);
    add(s, sim_run_edge_at(run, edge).meter, w);
}

void sim_summary_bulkhead(struct sim_summary *s, const struct sim_run *run,
                          struct sim_windows w, uint32_t number)
{
    s->seconds = sim_windows_seconds(run, w);
    add(s, sim_run_bulkhead_meter(run, number), w);
}

void sim_summary_cache(struct sim_summary *s, const struct sim_run *run,
                       struct sim_windows w, uint32_t cache)
{
    s->seconds = sim_windows_seconds(run, w);
    add(s, sim_run_cache_meter(run, cache), w);
}

double sim_summary_lookups(const struct sim_summary *s)
{
    return s->counts[SIM_CACHE_HIT] + s->counts[SIM_CACHE_MISS] +
           s->counts[SIM_CACHE_JOINED];
}

double sim_summary_hit_ratio(const struct sim_summary *s)
{
    double all = sim_summary_lookups(s);
    return all > 0 ? s->counts[SIM_CACHE_HIT] / all : NAN;
}

static double all_but(const struct sim_summary *s, unsigned left_out)
{
    double sum = 0;
    for (uint32_t o = 0; o < SIM_OUTCOMES; o++)
        if (!(left_out >> o & 1))
            sum += s->counts[SIM_ENDED + o];
    return sum;
}

double sim_summary_ok(const struct sim_summary *s)
{
    return s->counts[SIM_ENDED + SIM_OK];
}

double sim_summary_failed(const struct sim_summary *s)
{
    return all_but(s, 1u << SIM_OK | 1u << SIM_CANCELLED);
}

double sim_summary_ended(const struct sim_summary *s)
{
    return all_but(s, 0);
}

double sim_summary_completed(const struct sim_summary *s)
{
    return all_but(s, 1u << SIM_REJECTED);
}

double sim_summary_before(const struct sim_summary *s, double inside)
{
    return sim_summary_ended(s) + inside - s->counts[SIM_ARRIVED];
}

static double ratio(double x, double y)
{
    return y > 0 ? x / y : NAN;
}

double sim_summary_rate(const struct sim_summary *s, double count)
{
    return ratio(count, s->seconds);
}

double sim_summary_level(const struct sim_summary *s, enum sim_area area)
{
    return ratio(s->areas[area], s->seconds * SIM_S);
}

double sim_summary_inside(const struct sim_summary *s)
{
    return sim_summary_level(s, SIM_QUEUED_AREA) + sim_summary_level(s, SIM_BUSY_AREA);
}

double sim_summary_utilisation(const struct sim_summary *s)
{
    // All workers busy all the time may come out a rounding above 1.
    double share = ratio(sim_summary_level(s, SIM_BUSY_AREA), s->workers);
    return share > 1 ? 1 : share;
}

double sim_summary_mean(const struct sim_summary *s)
{
    return s->hist && sim_hist_count(s->hist) ? sim_hist_mean(s->hist) / SIM_S : NAN;
}

double sim_summary_quantile(const struct sim_summary *s, double q)
{
    bool any = s->hist && sim_hist_count(s->hist);
    return any ? (double)sim_hist_quantile(s->hist, q) / SIM_S : NAN;
}

double sim_summary_max(const struct sim_summary *s)
{
    return s->hist && sim_hist_count(s->hist) ? (double)sim_hist_max(s->hist) / SIM_S : NAN;
}

double sim_summary_cores(const struct sim_summary *s)
{
    return ratio(s->counts[SIM_TIME + SIM_IN_PYTHON] + s->counts[SIM_TIME + SIM_IN_NATIVE],
                 s->seconds * SIM_S);
}

double sim_summary_visits(const struct sim_summary *s)
{
    return sim_summary_ended(s) - s->counts[SIM_REFUSED + SIM_BY_QUEUE];
}

double sim_summary_time(const struct sim_summary *s, enum sim_cause cause)
{
    return ratio(s->counts[SIM_TIME + cause] / SIM_S, sim_summary_visits(s));
}

double sim_summary_charged(const struct sim_summary *s)
{
    double sum = 0;
    for (uint32_t c = 0; c < SIM_CAUSES; c++)
        sum += s->counts[SIM_TIME + c];
    return sum / SIM_S;
}

double sim_summary_cause_share(const struct sim_summary *s, enum sim_cause cause)
{
    return ratio(s->counts[SIM_TIME + cause] / SIM_S, sim_summary_charged(s));
}

double sim_summary_loop_busy(const struct sim_summary *loops)
{
    return ratio(loops->counts[SIM_LOOP_BUSY_NS] / SIM_S, loops->seconds * loops->workers);
}

double sim_summary_tasks(const struct sim_summary *loops, const struct sim_summary *visits)
{
    return sim_summary_level(loops, SIM_INSIDE_AREA) +
           sim_summary_level(visits, SIM_BUSY_AREA);
}
