#ifndef SIM_ENGINE_TIME_H
#define SIM_ENGINE_TIME_H

// Simulated time and durations: whole nanoseconds since the start of the run. 64 bits hold
// 292 years, so a sum of two times inside a run never overflows.

#include <stdint.h>

typedef int64_t sim_time;

#define SIM_NEVER INT64_MAX

#define SIM_US 1000
#define SIM_MS 1000000
#define SIM_S  1000000000

#endif
