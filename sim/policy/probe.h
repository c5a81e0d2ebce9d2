#ifndef SIM_POLICY_PROBE_H
#define SIM_POLICY_PROBE_H

// Kubernetes' probes: a container is asked each period whether it is well, and believed only after
// so many answers of one kind in a row. Readiness decides who gets requests, liveness who is
// restarted. Keeps counts and decides; who asks, and what comes of it, is for others.
//
// Source: Kubernetes, "Configure Liveness, Readiness and Startup Probes", and its API's defaults.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"

enum sim_probe_kind {
    SIM_READINESS,
    SIM_LIVENESS,
    SIM_PROBES
};

struct sim_probe {
    sim_time delay, period, timeout; // initialDelaySeconds, periodSeconds, timeoutSeconds
    uint32_t failures, successes;    // thresholds; 0 failures: there is no probe
};

// 0, 10 s, 1 s, 3, 1.
struct sim_probe sim_probe_default(void);

struct sim_probe_state {
    uint32_t good, bad; // in a row
    bool is_well;       // what is believed
};

// True: what is believed has changed.
bool sim_probe_record(const struct sim_probe *p, struct sim_probe_state *s, bool is_good);

// How long a container that is to be started again has to wait, which has been so many times
// before, in its row: not at all, then 10 s, doubling, up to 5 minutes (CrashLoopBackOff).
sim_time sim_probe_back_off(uint32_t restarts);

// One that has run for so long begins a new row.
#define SIM_PROBE_ROW_ENDS (600 * (sim_time)SIM_S)

const char *sim_probe_name(enum sim_probe_kind kind);

#endif
