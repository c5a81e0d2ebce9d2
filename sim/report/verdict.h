#ifndef SIM_REPORT_VERDICT_H
#define SIM_REPORT_VERDICT_H

// A verdict's figures as text for people, in the unit of its metric.

#include "sim/report/report.h"

#define SIM_VERDICT_ROOM 128

// "991 ms", "no samples", "0.18"; out has SIM_NUMBER_ROOM.
void sim_verdict_measured(const struct sim_verdict *v, char *out);

// "at most 50 ms", "98 to 102", "" without bounds; out has SIM_VERDICT_ROOM.
void sim_verdict_wanted(const struct sim_verdict *v, char *out);

#endif
