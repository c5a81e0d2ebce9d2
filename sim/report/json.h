#ifndef SIM_REPORT_JSON_H
#define SIM_REPORT_JSON_H

// A finished run as one JSON object; docs/run.schema.json describes it. Keys are the words of
// metric paths: clients.users.latency.p99 is the metric users.latency.p99 from the end of
// the warm-up to the end. Durations are seconds, shares 0 to 1, the digest is a string of 16
// hexadecimal digits, a figure without samples is null. Numbers read back exactly.

#include "sim/report/report.h"
#include "sim/report/sink.h"

void sim_report_json(const struct sim_report *r, const struct sim_sink *sink);

#endif
