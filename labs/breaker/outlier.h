#ifndef LABS_BREAKER_OUTLIER_H
#define LABS_BREAKER_OUTLIER_H

// Envoy's outlier detection: hosts of one cluster, each told how its requests ended; who stands
// out is taken out of the rotation for a while. Consecutive errors eject at once; shares are
// looked at in a sweep, each interval. Time is given, in ns, to whoever asks.
//
// This is what elsewhere is called a circuit breaker. What Envoy calls circuit breakers are
// limits of connections, pending requests, requests and retries.
//
// Source: Envoy's "Outlier detection" page and outlier_detection_impl.cc.

#include <stdbool.h>
#include <stdint.h>

struct lab_outlier_def {
    uint32_t consecutive_errors, consecutive_gateway, consecutive_local; // 0: not looked at
    bool splits_local; // an error before any answer counts by itself, and not as an error
    int64_t base_ejection_ns,
        max_ejection_ns;         // how long: base * times ejected, at most max
    uint32_t max_ejection_milli; // nobody else is ejected once this share is, or more
    uint32_t success_rate_hosts,
        success_rate_requests;  // with enough of both in an interval
    double success_rate_sigmas; // below mean - sigmas * deviation
    uint32_t failure_hosts, failure_requests,
        failure_milli; // this share or more; 0: not looked
};

struct lab_outlier_def lab_outlier_default(void);

enum lab_outlier_result {
    LAB_OUTLIER_SUCCESS,
    LAB_OUTLIER_ERROR,   // 5xx
    LAB_OUTLIER_GATEWAY, // 502, 503, 504: an error as well
    LAB_OUTLIER_LOCAL    // timeout, reset, refused: no answer came
};

struct lab_outlier_host {
    bool is_ejected;
    int64_t ejected_ns;
    uint32_t ejections;              // ever
    uint32_t errors, gateway, local; // in a row
    uint32_t requests, successes;    // since the last sweep
};

// The hosts are the caller's, [count], and zero at first.
struct lab_outlier {
    struct lab_outlier_def def;
    struct lab_outlier_host *hosts;
    uint32_t count, ejected;
};

void lab_outlier_init(struct lab_outlier *o, const struct lab_outlier_def *def,
                      struct lab_outlier_host *hosts, uint32_t count);

// True when this result had its host ejected.
bool lab_outlier_record(struct lab_outlier *o, uint32_t host,
                        enum lab_outlier_result result, int64_t now_ns);

// To be called each interval (10 s). Who has been out for long enough returns; then shares are
// looked at, and counted anew.
void lab_outlier_sweep(struct lab_outlier *o, int64_t now_ns);

#endif
