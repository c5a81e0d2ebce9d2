#ifndef SIM_REPORT_METRIC_WORDS_H
#define SIM_REPORT_METRIC_WORDS_H

// The names of metrics, for metric.c only: what each stands for, and of whom it is told. Names of
// counts may have _per_s behind them.

#include <stdbool.h>
#include <stdint.h>

#include "sim/report/metric.h"

enum sim_metric_what {
    TOTAL,     // growth of the count in detail
    FAILED,    // all outcomes but ok and cancelled
    COMPLETED, // all outcomes but rejected
    MEAN,      // of latency
    QUANTILE,  // x
    MAX,
    UNDER, // share of latencies below x
    UTILISATION,
    CORES, // computed on
    QUEUE_MEAN,
    LIMIT_MEAN,
    QUEUE_MAX,
    WAITED, // share of arrivals
    TIME,   // cause in detail, mean of those that ended
    GHOST_S,
    MEMORY_MEAN,
    MEMORY_MAX,
    INSIDE,
    PER_REQUEST, // attempts
    LOOP_BUSY,   // share of its time
    TASKS,       // of an event loop, visits and others
    ACCOUNTED,   // the count in detail, of accounts
    ACCOUNTS,    // how many there are
    FAIRNESS,    // of tenants
    BILL,
    LEFT,
    IN_USE,  // places of a bulkhead, on average
    LOOKUPS, // of a cache
    HIT_RATIO
};

enum sim_metric_words {
    SIM_WORDS_OF_CLIENT,
    SIM_WORDS_OF_SERVICE,
    SIM_WORDS_OF_LOOP, // of services with one, beside the others
    SIM_WORDS_OF_CALL,
    SIM_WORDS_OF_EFFECT,
    SIM_WORDS_OF_TENANTS,
    SIM_WORDS_OF_QUOTA,
    SIM_WORDS_OF_BULKHEAD,
    SIM_WORDS_OF_CACHE
};

// Writes what that name stands for into the metric. False: there is no such name.
bool sim_metric_word(enum sim_metric_words which, const char *text,
                     struct sim_metric *metric);

// Appends the names that there are behind the first n, up to `room`; returns how many there are.
uint32_t sim_metric_known(enum sim_metric_words which, const char **known, uint32_t n,
                          uint32_t room);

#endif
