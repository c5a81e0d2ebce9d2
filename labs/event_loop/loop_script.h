#ifndef LABS_EVENT_LOOP_LOOP_SCRIPT_H
#define LABS_EVENT_LOOP_LOOP_SCRIPT_H

// Runs a real loop, with its epoll, its pipe and its threads, under a schedule of its own: time
// is a number, exactly one thread runs at any instant, and whose turn it is follows from the
// script alone (loop_stage.h).

#include "labs/event_loop/program.h"

enum lab_loop_input_way {
    LAB_LOOP_BY_SOON,  // call_soon, before the loop runs
    LAB_LOOP_BY_TIMER, // call_at(at_ns), before the loop runs
    LAB_LOOP_BY_THREAD // call_soon_threadsafe at at_ns, from a thread of its own
};

enum lab_loop_input_what {
    LAB_LOOP_DO_WORK,  // computes for `ns`; seen as LAB_LOOP_RAN of `who`
    LAB_LOOP_DO_BEGIN, // begins program `who`
    LAB_LOOP_DO_CANCEL // cancels task `who`, if it was begun
};

struct lab_loop_input {
    int64_t at_ns;
    enum lab_loop_input_way way;
    enum lab_loop_input_what what;
    uint32_t who;
    int64_t ns;
};

struct lab_loop_script {
    const struct lab_loop_input *inputs; // those by thread in the order of their times
    uint32_t input_count;
    const struct lab_program *programs;
    uint32_t program_count; // at most LAB_PROGRAM_TASKS
    uint32_t threads;       // of the pool, at most LAB_OFFLOAD_MAX_THREADS
    int64_t start_ns;       // from the wish for a thread to its first instruction
    int64_t wake_ns;  // from a byte, a job, a thread's beginning to the sleeper's next step
    int64_t slack_ns; // by which a poll that ran out is late
    int64_t probe_ns; // the probe's period; 0: no probe
    int64_t slow_ns;  // debug mode's slow_callback_duration; 0: off
    int64_t until_ns; // a timer stops the loop then
};

// Plays it, waits for the jobs that run by then, and writes the first `cap` decisions in the
// order in which they fell, with the script's time. What is due at one instant comes in the
// order in which it was arranged: the loop before the inputs' thread, otherwise the older.
// Returns how many decisions there were, below 0 when the system gave no thread or descriptor.
int64_t lab_loop_script_play(const struct lab_loop_script *script,
                             struct lab_loop_event *out, uint32_t cap);

#endif
