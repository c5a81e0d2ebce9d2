#ifndef SIM_POLICY_OUTLIER_H
#define SIM_POLICY_OUTLIER_H

// Envoy's outlier detection: a host that stands out among those that do the same is ejected from
// the rotation, for longer each time. Errors in a row eject at once; a rate of successes that is
// lower than the others' does in a sweep, which comes each interval and lets back in whose time is
// over. What others call a circuit breaker is this, one a host.
//
// Decides and keeps counts, and never acts. Telling a result takes constant time, a sweep
// time for the hosts. Sources: Envoy's "Outlier detection" page and its API's defaults.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"

struct sim_outlier {
    uint32_t consecutive; // errors in a row that eject; 0: not looked at
    sim_time interval;    // between sweeps; 0: no outlier detection at all
    sim_time base, most;  // out for base * times ejected, at most `most`
    uint32_t share; // thousandths: once so many hosts or more are out, no other follows
    // Success rates: with so many hosts that had so many requests in an interval, who is below the
    // mean by more than `deviations` standard deviations (thousandths) is ejected; 0 hosts: not.
    uint32_t hosts, requests, deviations;
};

// Envoy's: 5 in a row, 10 s, 30 s up to 300 s, a tenth; 5 hosts, 100 requests, 1.9.
struct sim_outlier sim_outlier_default(void);

// Of one host; zero at first.
struct sim_outlier_host {
    sim_time ejected;        // when
    uint32_t times;          // it has been
    uint32_t errors;         // in a row
    uint32_t requests, good; // since the last sweep
    bool is_ejected;
};

struct sim_outliers {
    struct sim_outlier rule;
    struct sim_outlier_host *hosts; // borrowed, [count]
    uint32_t count, out;
    sim_time next; // sweep
};

void sim_outliers_init(struct sim_outliers *o, const struct sim_outlier *rule,
                       struct sim_outlier_host *hosts, uint32_t count, sim_time now);

// A request to the host has ended so. True: that has ejected it.
bool sim_outliers_record(struct sim_outliers *o, uint32_t host, bool is_good, sim_time now);

// Does the sweeps that were due up to now. Returns how many hosts they ejected or let back in.
uint32_t sim_outliers_catch_up(struct sim_outliers *o, sim_time now);

#endif
