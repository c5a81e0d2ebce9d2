#ifndef LABS_KIT_RUNTIME_VERIFY_EVENT_LOOP_H
#define LABS_KIT_RUNTIME_VERIFY_EVENT_LOOP_H

#include "labs/event_loop/loop_script.h"
#include "labs/kit/verify_private.h"

// What tasks do on one loop, for its decisions and for its loads in real time.

#define LAB_LOOP_TASKS  6
#define LAB_LOOP_THINGS 12 // of a task

enum lab_loop_what {
    LAB_LOOP_WORKS,   // at once
    LAB_LOOP_SLEEPS,  // for ns
    LAB_LOOP_IN_TIME, // sleeps for ns within a timeout of limit_ns, and goes on in any case
    LAB_LOOP_GATHERS, // sleeps for ns and for limit_ns at once
    LAB_LOOP_WHATS,   // of those above scripts are made at random
    LAB_LOOP_OFFLOADS, // a thread waits for ns; in real time only
};

// And then it works on the loop.
struct lab_loop_thing {
    enum lab_loop_what what;
    int64_t ns, limit_ns, work_ns;
};

struct lab_loop_tasks {
    const char *name;
    uint32_t tasks;
    uint32_t things[LAB_LOOP_TASKS];
    struct lab_loop_thing of[LAB_LOOP_TASKS][LAB_LOOP_THINGS];
};

// Marks that a task leaves around its work.
#define LAB_LOOP_BEGINS     1
#define LAB_LOOP_HAS_WORKED 2

// As programs of the real loop: 0 to tasks - 1 are the tasks; those that they gather come behind.
// Must stay where it is, for the programs point into it.
struct lab_loop_played {
    struct lab_op ops[LAB_LOOP_TASKS][LAB_LOOP_THINGS * 12];
    struct lab_op sleeps[LAB_LOOP_TASKS * LAB_LOOP_THINGS * 2];
    struct lab_program programs[LAB_PROGRAM_TASKS];
    uint32_t count, sleepers;
};

void lab_loop_tasks_write(const struct lab_loop_tasks *s, struct lab_loop_played *p);

// What a poll is rounded up to, how late it is, and how long who is woken needs.
struct lab_loop_costs {
    int64_t poll_ns, slack_ns, wake_ns;
};

// Plays them in the model: facts "begins to work" and "has worked".
void lab_loop_model_play(const struct lab_loop_tasks *s, const struct lab_loop_costs *costs,
                         struct lab_facts *out);

#endif
