#ifndef SIM_REPORT_PROFILE_H
#define SIM_REPORT_PROFILE_H

// Where the time of a run's services went, by the steps of the script: what cProfile says of
// calls. It is read from the trace while the run goes on, so that a ring that keeps the last
// records only is enough, and adds up to what the meters were charged: time counts when it
// ends, as a call does for cProfile.
//
// A step that calls others around it, such as timeout or retry, has their time in its own
// cumulative time. Branches of a gather, and what a pool does, run beside one another: their
// time is their own, and the gather's is what its task waited.

#include <stdbool.h>
#include <stdint.h>

#include "sim/model/frame.h"
#include "sim/world/world.h"

struct sim_profile;

// Of what ends in [from, to). The run must trace its steps (trace_steps), and stays until the
// profile is closed. NULL: no memory.
struct sim_profile *sim_profile_open(const struct sim_run *run, sim_time from, sim_time to);
void sim_profile_close(struct sim_profile *p);

// Reads what the trace has gained. To be called often enough that nothing is lost.
void sim_profile_read(struct sim_profile *p);

// Records that the ring had given up before they were read. Not 0: calls are missing.
uint64_t sim_profile_lost(const struct sim_profile *p);

struct sim_profile_line {
    const char *route; // of the handler; "" for the only one
    const char *word;  // "python", "call"; "handler" for the whole of one
    const char *of;    // whom it calls, which semaphore; "" otherwise
    int line;          // in the script; 0: nobody knows
    uint32_t parent;   // number of the line around it; SIM_NONE: a handler
    int64_t calls;
    int64_t total_ns;             // in the step itself
    int64_t cumulated_ns;         // with the steps inside it
    int64_t cause_ns[SIM_CAUSES]; // of the total
    bool runs_beside;             // its steps are tasks of their own: gather, to_thread
    bool is_elsewhere; // in a pool of processes or interpreters: under a GIL of its own
    bool holds_gil;    // native code that keeps it
};

// Lines of a service, all replicas together; a line stands behind the one around it.
uint32_t sim_profile_lines(const struct sim_profile *p, uint32_t service);
struct sim_profile_line sim_profile_line_at(const struct sim_profile *p, uint32_t service,
                                            uint32_t i);

#endif
