#ifndef SIM_POLICY_PROBE_H
#define SIM_POLICY_PROBE_H

// Kubernetes' probes: a container is asked each period whether it is well, and believed only after
// so many answers of one kind in a row. Readiness decides who gets requests, liveness who is
// restarted, and startup holds both back until it has had its answer, or is restarted too. Keeps
// counts and decides; who asks, and what comes of it, is for others.
//
// Source: Kubernetes, "Configure Liveness, Readiness and Startup Probes", and its API's defaults;
// how long a kubelet waits: pkg/kubelet/kuberuntime/kuberuntime_container.go, killContainer.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"

enum sim_probe_kind {
    SIM_READINESS,
    SIM_LIVENESS,
    SIM_STARTUP,
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

// How one that is told to stop is stopped: callers hear of it after endpoint_lag; its process is
// told when its pre-stop is over, within the grace, and is killed when that is.
struct sim_drain {
    bool is_used;
    sim_time pre_stop;
    sim_time endpoint_lag; // of all that callers hear of its readiness
};

// 0 and 1 s. Kubernetes names no figure for the second, which is how long a change of a Service's
// endpoints takes to all nodes: a guess, for scenarios to change.
struct sim_drain sim_probe_drain_default(void);

// When its process is told, from when the pod is; 0 of grace has no end.
sim_time sim_probe_told_after(const struct sim_drain *d, sim_time grace);

// And how long after that it is killed: what is left of the grace, and after a pre-stop 2 s at
// least; 0: never.
sim_time sim_probe_killed_after(const struct sim_drain *d, sim_time grace);

#endif
