#ifndef SIM_REPORT_SUMMARY_H
#define SIM_REPORT_SUMMARY_H

// The figures of one client, service or call over a span of windows, read from the meters
// once, so that a table asks for twenty of them at the price of one. Each means what the
// metric of that name means (metric.h); a test compares them all.

#include <stdbool.h>
#include <stdint.h>

#include "sim/report/report.h"
#include "sim/stats/hist.h"

// Windows [a, b) of a run.
struct sim_windows {
    uint32_t a, b;
};

struct sim_summary {
    double counts[SIM_COUNTS]; // growth over the span; of services over all replicas
    double areas[SIM_AREAS];   // in ns
    double seconds;            // the span's length
    double workers;            // of all replicas; 0: without limit, or no service
    uint32_t queue_max;
    uint64_t memory_max;   // bytes of one replica
    struct sim_hist *hist; // owned; NULL when latencies were not asked for
};

// The windows from the one nearest to each of these times.
struct sim_windows sim_windows_between(const struct sim_run *run, sim_time from,
                                       sim_time to);

// The windows that figures without a span of their own are about.
struct sim_windows sim_windows_measured(const struct sim_report *r);

// Goes from one row of the time series to the next, beginning with a span of all zeros: a
// row ends with a whole second, so an extra edge inside a second cuts nothing in two (in a
// long run, whose windows were joined, rows are as wide as those). False after the last.
bool sim_windows_next_row(const struct sim_run *run, struct sim_windows *row);

double sim_windows_seconds(const struct sim_run *run, struct sim_windows w);

// Makes room for latencies, which the calls below then add. False without memory; such
// a summary is whole but for them.
bool sim_summary_with_latency(struct sim_summary *s);
void sim_summary_fini(struct sim_summary *s);

// Each adds to a summary that was zeroed or holds the same span of others.
void sim_summary_client(struct sim_summary *s, const struct sim_run *run,
                        struct sim_windows w, uint32_t client);
void sim_summary_clients(struct sim_summary *s, const struct sim_run *run,
                         struct sim_windows w); // all of them
void sim_summary_service(struct sim_summary *s, const struct sim_run *run,
                         struct sim_windows w, uint32_t service);
// The event loops of a service: latencies are lags, counts those of enum sim_loop_count,
// workers how many loops there are. False when it has none.
bool sim_summary_loops(struct sim_summary *s, const struct sim_run *run,
                       struct sim_windows w, uint32_t service);
void sim_summary_edge(struct sim_summary *s, const struct sim_run *run,
                      struct sim_windows w, uint32_t edge);
// Of all bulkheads of that number: counts are those of enum sim_bulkhead_count, latencies waits.
void sim_summary_bulkhead(struct sim_summary *s, const struct sim_run *run,
                          struct sim_windows w, uint32_t number);

// Counts are those of enum sim_cache_count.
void sim_summary_cache(struct sim_summary *s, const struct sim_run *run,
                       struct sim_windows w, uint32_t cache);
double sim_summary_lookups(const struct sim_summary *s);
double sim_summary_hit_ratio(const struct sim_summary *s);

// Of counts: failed is all but well and cancelled, ended is all, completed all but rejected.
double sim_summary_ok(const struct sim_summary *s);
double sim_summary_failed(const struct sim_summary *s);
double sim_summary_ended(const struct sim_summary *s);
double sim_summary_completed(const struct sim_summary *s);

// Of a client: its requests that were under way when the span began, by how many are inside now,
// at its end. What was offered and these have ended, or are inside.
double sim_summary_before(const struct sim_summary *s, double inside);

// Not a number without samples. Shares are 0 to 1, durations seconds, levels counts.
double sim_summary_rate(const struct sim_summary *s, double count); // per second
double sim_summary_utilisation(const struct sim_summary *s);
double sim_summary_level(const struct sim_summary *s, enum sim_area area);
double sim_summary_inside(const struct sim_summary *s); // visits of a service, on average
double sim_summary_mean(const struct sim_summary *s);
double sim_summary_quantile(const struct sim_summary *s, double q);
double sim_summary_max(const struct sim_summary *s);
double sim_summary_cores(const struct sim_summary *s); // that visits computed on
// All that have ended but those that came to a full line, who spent no time.
double sim_summary_visits(const struct sim_summary *s);
double sim_summary_time(const struct sim_summary *s,
                        enum sim_cause cause); // of one of these

// Of loops: the share of their time that they were in callbacks, and their tasks on average,
// visits and others.
double sim_summary_loop_busy(const struct sim_summary *loops);
double sim_summary_tasks(const struct sim_summary *loops, const struct sim_summary *visits);

// Of all the time charged, in whichever cause: its share, and its seconds.
double sim_summary_charged(const struct sim_summary *s); // seconds
double sim_summary_cause_share(const struct sim_summary *s, enum sim_cause cause);

#endif
