#ifndef SIM_REPORT_PROFILE_WRITE_H
#define SIM_REPORT_PROFILE_WRITE_H

// A profile as text and as JSON (docs/profile.schema.json): for each service its time as a
// sampling profiler shows it, its calls as cProfile does, and what they speak for.

#include "sim/report/advice.h"
#include "sim/report/report.h"
#include "sim/report/text.h"

struct sim_profile_report {
    const struct sim_report *of; // of the run; its verdicts and story are not used
    const struct sim_profile *profile;
    sim_time from, to;
};

void sim_profile_text(const struct sim_profile_report *r,
                      const struct sim_text_options *options, const struct sim_sink *sink);
void sim_profile_json(const struct sim_profile_report *r, const struct sim_sink *sink);

#endif
