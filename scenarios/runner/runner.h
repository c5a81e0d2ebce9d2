#ifndef SCN_RUNNER_RUNNER_H
#define SCN_RUNNER_RUNNER_H

// Running scenarios: a file, a variant and a seed become a finished run with its
// expectations judged. Everything is owned by the caller and freed by the matching close.

#include <stdbool.h>
#include <stdint.h>

#include "scenarios/host/scenario.h"
#include "sim/report/report.h"

// A script in memory, and where what lies beside it is found.
struct scn_script {
    char file[1024]; // as the caller named it
    char *text;
    size_t length;
    char folder[1024];  // that it lies in
    char library[1024]; // of shipped scenarios; "" for none
};

// False with a message when the file cannot be read. library may be NULL.
bool scn_script_load(struct scn_script *script, const char *file, const char *library,
                     char *message, size_t size);
void scn_script_free(struct scn_script *script);

struct scn_job {
    const struct scn_script *script;
    const char *variant; // NULL or "": the default
    const struct scn_setting *settings;
    uint32_t setting_count;
    const struct sim_fault *added; // what happens besides, as struct scn_request has it
    uint32_t added_count;
    uint64_t seed;
    sim_time until;         // SIM_NEVER: the scenario's duration
    uint32_t trace_records; // 0: no trace
    struct sim_limits limits;
    // Called now and then while the run goes on; false ends it there.
    bool (*watch)(void *ctx, sim_time now, sim_time end);
    void *ctx;
    // Called at the end of each simulated second with the digest so far; NULL: not.
    void (*on_second)(void *ctx, uint64_t digest);
    void *on_second_ctx;
    // Called with the run before it begins, and then at least each 10 ms of simulated time: for
    // who reads its trace while it is there; NULL: not.
    void (*on_slice)(void *ctx, const struct sim_run *run);
    void *on_slice_ctx;
    bool trace_steps;    // the trace also tells the steps
    sim_time edges[2];   // of windows, besides those of the expectations
    uint32_t edge_count; // of those
};

void scn_job_default(struct scn_job *job, const struct scn_script *script);

// Builds a job's scenario without running it; NULL with the error.
struct scn_scenario *scn_build(const struct scn_job *job, struct scn_error *error);

enum scn_end {
    SCN_DONE,        // ran to its end
    SCN_INTERRUPTED, // by watch
    SCN_LIMIT,       // a cap of the run
    SCN_BAD_SCRIPT,  // the script, also while it ran; error says what
    SCN_NO_MEMORY,
};

struct scn_result {
    enum scn_end end;
    struct scn_error error;
    struct scn_scenario *scenario; // NULL when the script could not be built
    struct sim_run *run;           // finished; NULL when it could not be begun
    enum sim_state state;
};

// Where a run was stopped, and by which cap: what is left of it when it is closed.
struct scn_stop {
    sim_time at;
    char reason[160];
};
void scn_stop_of(const struct scn_result *result, struct scn_stop *stop);

// Builds and runs. The result is always to be closed.
void scn_run(const struct scn_job *job, struct scn_result *result);
void scn_result_close(struct scn_result *result);

// ---- Judging ----

// Measures of one run, one an expectation; relative ones need the other variant's run.
struct scn_judged {
    struct sim_verdict
        *verdicts; // in the script's order; strings are borrowed from the result
    uint32_t count;
    bool has_error; // of a measure function
    struct scn_error error;
};

// Judges the expectations of the variant that the job ran, on its seed; those of others are
// marked as not judged.
void scn_judge(const struct scn_job *job, struct scn_result *result,
               struct scn_judged *judged);
void scn_judged_free(struct scn_judged *judged);

// One measurement: by its path or function, and relative to another variant on the same
// seed where it asks for that. Not a number without samples.
bool scn_measure(const struct scn_job *job, struct scn_result *result,
                 const struct scn_expectation *e, double *value, struct scn_error *error);

// Whether a measured value lies within an expectation's range.
bool scn_holds(const struct scn_expectation *e, double value);

#endif
