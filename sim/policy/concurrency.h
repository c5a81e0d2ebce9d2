#ifndef SIM_POLICY_CONCURRENCY_H
#define SIM_POLICY_CONCURRENCY_H

// May one more be under way, with so many that are? Limits that stay, and limits that move with what
// becomes of those that were let through: how long each took, how many were under way when it began,
// itself counted, and whether it was dropped, which is to time out or to be refused.
//
//   fixed       so many
//   AIMD        a drop, or what takes longer than a timeout, multiplies the limit by the back-off;
//               any other adds one, while half of the limit is used
//   Vegas       compares with the shortest time there was, which is what it takes without a queue:
//               limit * (1 - shortest / took), rounded up, stand in one. Few of them (log10 of the
//               limit): it grows by 6 log10; below 3 log10, by log10; above 6 log10, or at a drop,
//               it shrinks by log10; log10 in whole numbers, and 1 at least. Each 30 samples a place,
//               with jitter, the shortest is taken anew
//   Gradient2   compares with the usual time, an average over so many samples: times tolerance, by
//               how long this one took, at least a half and at most 1, is what the limit is
//               multiplied by, and a few may always queue. A part of the way there is gone at once
//
// The last two leave the limit alone while less than half of it is used. All of it is Netflix'
// concurrency-limits (VegasLimit, Gradient2Limit, AIMDLimit), with its defaults. A limit is
// kept as a fraction, and so many as are whole in it may be under way.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/random.h"
#include "sim/engine/time.h"

enum sim_concurrency_kind {
    SIM_CONCURRENCY_FIXED,
    SIM_CONCURRENCY_AIMD,
    SIM_CONCURRENCY_VEGAS,
    SIM_CONCURRENCY_GRADIENT2,
    SIM_CONCURRENCIES
};

struct sim_concurrency {
    enum sim_concurrency_kind kind;
    uint32_t initial, min, max; // of a fixed one initial alone
    double smoothing; // Vegas, Gradient2: the share of the way that is gone at once
    double backoff;   // AIMD
    sim_time timeout; // AIMD
    uint32_t queue;   // Gradient2: so many may queue
    double tolerance; // Gradient2
    uint32_t window;  // Gradient2: samples
    uint32_t probe;   // Vegas: samples a place
};

struct sim_concurrency_state {
    double limit;
    sim_time shortest; // Vegas; 0: none is known
    double usual;      // Gradient2: ns
    double jitter;     // Vegas: a half to 1
    uint32_t samples;  // Vegas: since the shortest was taken anew; Gradient2: up to ten
};

struct sim_concurrency sim_concurrency_of(enum sim_concurrency_kind kind); // its defaults
const char *sim_concurrency_name(enum sim_concurrency_kind kind);          // "gradient2"

// Vegas draws once.
void sim_concurrency_begin(const struct sim_concurrency *c, struct sim_concurrency_state *s,
                           struct sim_random *rng);

static inline bool sim_concurrency_allows(const struct sim_concurrency_state *s,
                                          uint32_t under_way)
{
    return under_way < (uint32_t)s->limit;
}

struct sim_concurrency_sample {
    sim_time took;      // what takes no time takes 1 ns
    uint32_t under_way; // when it began, itself counted
    bool is_dropped;
};

// One that was let through has ended. Draws only where Vegas takes the shortest anew.
void sim_concurrency_record(const struct sim_concurrency *c,
                            struct sim_concurrency_state *s,
                            const struct sim_concurrency_sample *one,
                            struct sim_random *rng);

#endif
