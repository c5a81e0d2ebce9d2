#ifndef SIM_REPORT_METRIC_H
#define SIM_REPORT_METRIC_H

// A metric is a path. The same paths serve expectations, JSON and everything that comes later. The most
// used; sim_metric_about tells all of them:
//
//   CLIENT.  offered ok failed failed.CAUSE cancelled goodput latency.Q inside.mean
//   SERVICE. arrivals completed failed failed.CAUSE rejected rejected.CAUSE latency.Q
//            utilisation cores queue.mean queue.max waited time.CAUSE ghosts ghost_s memory memory_max oom_kills poisoned restarts probes_failed unready redelivered inside.mean
//            of an asyncio service also loop_lag.Q loop_busy loop_turns slow_callbacks tasks.mean
//   SERVICE[n].  the same of one replica, from 1
//   "CALLER>SERVICE".  calls attempts attempts_per_request ok failed failed.CAUSE
//
//   EFFECT.  done duplicates missing
//   tenants.     offered ok goodput rejected failed count fairness
//   tenants[KEY].  the same of one tenant: a value of the field "tenant"
//   QUOTA.  used over refused bill left count, and QUOTA[KEY].
//   BULKHEAD.  asked rejected opened waited in_use.mean in_use.max waiting.mean waiting.max wait.Q:
//              of a bulkhead or a pool of connections that has a name, all places together
//   CACHE.  lookups hits misses joined hit_ratio bypassed failed_loads evicted flushes
//
// Those of tenants and quotas are of the whole measured time, and of the whole run.
//
// Q is mean p50 p90 p95 p99 p999 max, or under(x): the share of latencies below x seconds.
// Any count may end in _per_s: its rate over the window. Latencies of a client are those of
// its requests that ended well, of a service those of all visits that were not rejected;
// time.CAUSE is the mean, in seconds, that each spent so, of all that ended but who came to a full line; waited is the share of
// visits that found no free worker; cores is how many cores the
// visits that ended in the window had computed on, on average over the window; branches of a
// gather are not the visit. Durations are seconds, shares 0 to 1.

#include <stdbool.h>
#include <stdint.h>

#include "sim/world/world.h"

enum sim_subject {
    SIM_OF_CLIENT,
    SIM_OF_SERVICE,
    SIM_OF_REPLICA,
    SIM_OF_CALL,
    SIM_OF_EFFECT,
    SIM_OF_CACHE,
    SIM_OF_BULKHEAD, // who is its number
    SIM_OF_ACCOUNTS  // tenants, or a quota: who is the book, x the key or not a number
};

struct sim_metric {
    enum sim_subject subject;
    uint32_t who, replica; // number of the client, service or cache
    uint32_t caller;       // of a call: clients by number, then services
    uint32_t what;         // enum sim_metric_what: private to metric.c and metric_words.c
    uint32_t detail;       // outcome, rejecter or cause
    double x;              // quantile, or the bound of under(x)
    bool per_s;
    bool of_loop; // of the replicas' event loops
};

struct sim_metric_error {
    char text[160];        // what is wrong
    char word[64];         // the part that is not known
    const char *known[96]; // what would be known there, NULL after the last
};

// Understands a path against a model, before any run.
bool sim_metric_parse(const struct sim_model *m, const char *path,
                      struct sim_metric *metric, struct sim_metric_error *error);

// One of all that can be measured, for who asks what it says. Its path is `of` and `name` one behind
// the other, in capitals what a scenario has a name for: "CALLER>SERVICE." "retries".
struct sim_metric_about {
    const char *of, *name, *about;
    bool is_count; // may have _per_s behind it
};

// The i-th, from 0. False: there are fewer. The texts live as long as the program.
bool sim_metric_about(uint32_t i, struct sim_metric_about *about);

// Measures over [from, to] of a run that is finished. Not a number without samples. The span
// is widened to the window edges nearest to it; ask for edges beforehand (sim_run_edge)
// where that matters.
double sim_metric_measure(const struct sim_run *run, const struct sim_metric *metric,
                          sim_time from, sim_time to);

#endif
