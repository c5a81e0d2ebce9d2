#ifndef SIM_REPORT_REPORT_H
#define SIM_REPORT_REPORT_H

// What a report is made from: a run that is finished, and what only its runner knows. The
// writers (text.h, json.h, explain.h) read it and change nothing. All pointers are borrowed.
//
// Figures that have no span of their own are those from the end of the warm-up to the end
// of the run, as in expectations without from and to. Ask for a window edge at the end of
// the warm-up (sim_run_edge), else the nearest edge is taken.

#include <stdbool.h>
#include <stdint.h>

#include "sim/fault/fault.h"
#include "sim/world/world.h"

enum sim_verdict_state {
    SIM_PASSED,
    SIM_FAILED,
    SIM_UNDECIDED, // a cap or too few samples left it open
    SIM_NOT_JUDGED // belongs to a variant that was not run
};

enum sim_unit {
    SIM_UNIT_OF_PATH, // what the path's last word says
    SIM_UNIT_NUMBER,
    SIM_UNIT_SECONDS,
    SIM_UNIT_SHARE
};

// What became of an expectation.
struct sim_verdict {
    const char *text;    // the claim
    const char *because; // NULL: the script gives no reason
    const char *path;    // of its metric; NULL where a function measured
    const char *variant; // that it is for; NULL: the one without a name
    const char *note;    // why it is undecided; NULL: nothing to say
    int line;            // in the script
    enum sim_verdict_state state;
    enum sim_unit unit; // of measured, min and max
    double measured;    // not a number without samples
    bool has_min, has_max;
    double min, max;
    sim_time from, to;       // the span that was judged; to 0: the whole of the report
    uint32_t seeds;          // judged on so many; 0 or 1: on the run's own seed
    uint32_t seeds_held;     // so many held
    double share_wanted;     // of the seeds; 0: all
    const char *relative_to; // measured is a multiple of this variant's; NULL: it is not
};

struct sim_report {
    const struct sim_run *run;      // finished
    const struct sim_fault *faults; // as the schedule had them
    uint32_t fault_count;
    const char *scenario, *about; // about NULL: none
    const char *file;             // NULL: none
    const char *variant;          // NULL: the one without a name
    uint64_t seed;
    const char *version; // of the program
    double wall_s;       // that the run took; 0: unknown
    enum sim_state state;
    bool interrupted; // by whoever watched it
    const struct sim_verdict *verdicts;
    uint32_t verdict_count;
};

// "finished", "limit", "script error", "interrupted" or "stopped" (before its time, for no
// reason given).
const char *sim_report_state(const struct sim_report *r);

// The end of the warm-up, or 0 when the run did not get so far.
sim_time sim_report_from(const struct sim_report *r);
const char *sim_report_variant(const struct sim_report *r); // "default" without a name

enum sim_unit sim_verdict_unit(const struct sim_verdict *v); // never SIM_UNIT_OF_PATH
const char *sim_verdict_state_name(enum sim_verdict_state state);

// How many verdicts are in that state.
uint32_t sim_report_verdicts(const struct sim_report *r, enum sim_verdict_state state);

#endif
