#ifndef SIM_MODEL_RUNTIME_H
#define SIM_MODEL_RUNTIME_H

// What an interpreter costs: one structure of numbers that the mechanisms of sim/world read, one
// table that says what each is and how it is known, and presets of it by version of CPython.
// A scenario may set each cost that a mechanism reads, so another interpreter is another
// set of numbers.
//
// The figures were taken on two cores of a virtual machine (AMD EPYC, Linux 6.18 without
// preemption, ticks of 4 ms) with CPython 3.11.2, 3.13.15 (only its speed), 3.14.7 and
// their free-threaded builds. What was not measured on a version is taken from the nearest
// one that was, and says so.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"

#define SIM_RUNTIMES 6

// Durations are in ns, sizes in bytes, rates in bytes a second.
struct sim_runtime {
    uint8_t version; // of the preset it began as: its place among the names
    bool has_gil;
    bool forks;      // multiprocessing's default start is fork, else forkserver
    bool hands_over; // SimpleQueue.put gives what it puts to who waits, from 3.13 on

    // The GIL (gil.c).
    sim_time switch_interval;
    sim_time timer_slack;  // a waiter's timed wait ends this late
    sim_time wake;         // from the signal to the waiter's try
    sim_time wake_short;   // the same after a short sleep; 0: no other
    double wake_spread;    // of its distribution: the 90th percentile over the median
    sim_time resume;       // from the hand-over to the forced dropper being awake
    double resume_behind;  // chance that the dropper gets no core until the tick
    double requester_wins; // chance that the requester is woken first
    double fifo_share;     // of the rest: the longest waiter; else a random one

    // Speed.
    double bytecode_factor; // time of bytecode relative to the figure in the script
    double native_factor;   // the same of native code

    // Threads and their executor.
    sim_time thread_start; // until a new thread runs; whoever starts it waits
    sim_time sleep_slack;  // time.sleep comes back this late
    sim_time lock_handoff; // who has waited longer for a lock is given it; 0: nobody is
    sim_time executor_round_trip;
    sim_time executor_burst; // a task, of many submitted at once

    // The event loop.
    sim_time loop_start;
    sim_time loop_iteration;
    sim_time task_create; // create, run and await one
    sim_time task_each;   // the same of one among 10,000 gathered
    sim_time task_switch; // one among 1,000 tasks
    sim_time await_coroutine;
    sim_time poll_step;       // a poll's timeout is rounded up to it
    sim_time poll_slack;      // a poll of 1 ms is late by so much
    sim_time poll_slack_long; // and one of 10 ms, for its core sleeps deeper; 0: the same
    sim_time to_thread;

    // Processes.
    sim_time fork_first, fork_start;
    sim_time spawn_first, spawn_start;
    sim_time forkserver_first, forkserver_start;
    sim_time interpreter_boot;
    sim_time pool_round_trip;
    sim_time pool_burst;
    double pickle_bytes, unpickle_bytes;
    double pipe_bytes;   // writing and reading, without waiting
    double fresh_bytes;  // first writing of memory that is new from the kernel
    double memory_bytes; // copying what is in no cache
    double cache_size;   // bytes of the processor's last one
    double pickle_objects, unpickle_objects; // per byte of their JSON form
    double json_encode, json_decode;

    // Subinterpreters.
    sim_time interpreter_create;
    sim_time interpreter_first_run;
    sim_time interpreter_close;
    sim_time interpreter_pool_first; // first task of a pool: imports
    sim_time interpreter_round_trip;

    // The collector: a full collection.
    sim_time gc_object; // for each live container
    double gc_live;     // containers alive
    sim_time gc_every;  // bytecode between two of them; 0: none

    // Where there is no GIL: what n threads that compute at once cost one another, as
    // 1 + contention (n - 1) + coherence n (n - 1).
    double contention, coherence;

    // Memory, each.
    double process_memory; // of the first, imports included
    double thread_memory;
    double task_memory;
    double interpreter_memory;
    double fork_memory, forkserver_memory, spawn_memory; // that are a child's own
};

enum sim_cost_unit {
    SIM_COST_TIME,  // in struct sim_runtime ns, else seconds
    SIM_COST_BYTES, // bytes
    SIM_COST_RATE,  // bytes a second
    SIM_COST_FACTOR,
    SIM_COST_CHANCE // 0 to 1
};

enum sim_cost_origin {
    SIM_COST_MEASURED,  // on that very version
    SIM_COST_NEIGHBOUR, // taken from the version nearest to it that was measured
    SIM_COST_PUBLISHED, // by the interpreter's documentation or source
    SIM_COST_DEFINED    // figures in a script are those of this build, so the factor is 1
};

struct sim_cost {
    const char *key;
    const char *about;
    enum sim_cost_unit unit;
    uint32_t offset;         // in struct sim_runtime
    bool is_read;            // a mechanism reads it, so a scenario may set it
    double at[SIM_RUNTIMES]; // in seconds; not a number: not known of that version
    enum sim_cost_origin origin;
};

// By place: "3.11" "3.12" "3.13" "3.13t" "3.14" "3.14t", and NULL.
const char *const *sim_runtime_names(void);

// False when there is no preset of that name.
bool sim_runtime_preset(const char *name, struct sim_runtime *out);

const struct sim_cost *sim_runtime_costs(uint32_t *n);

// In the unit of the table: seconds, bytes, bytes a second, or a factor.
double sim_runtime_get(const struct sim_runtime *r, const struct sim_cost *c);
void sim_runtime_set(struct sim_runtime *r, const struct sim_cost *c, double x);

// How the cost of a preset is known. A neighbour's place goes to *from.
enum sim_cost_origin sim_runtime_origin(const struct sim_cost *c, uint32_t version,
                                        uint32_t *from);

#endif
