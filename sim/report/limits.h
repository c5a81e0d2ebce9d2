#ifndef SIM_REPORT_LIMITS_H
#define SIM_REPORT_LIMITS_H

// How many the concurrency limits of a client or a service let be under way, over time: of all its
// replicas together.

#include "sim/report/json_write.h"
#include "sim/report/page.h"
#include "sim/report/report.h"
#include "sim/report/summary.h"

struct sim_limit_place {
    bool is_client;
    uint32_t number;
};

// On average; 0 without a limit, or before its first call.
double sim_limits_mean(const struct sim_run *run, struct sim_limit_place place,
                       struct sim_windows w);

// "concurrency_limit", and "limit_series" with a figure for each row of the series; empty
// without a limit.
void sim_limits_json(struct sim_json *j, const struct sim_report *r,
                     struct sim_limit_place place);

// A line with the least, the most and the mean of windows, and their course; nothing without.
void sim_limits_text(struct sim_page *p, const struct sim_report *r,
                     struct sim_limit_place place);

#endif
