#ifndef SIM_WORLD_TURNS_H
#define SIM_WORLD_TURNS_H

// Whose turn it is on one core, by the rules of Linux' EEVDF scheduler (I. Stoica and H.
// Abdel-Wahab, 1995; kernel/sched/fair.c, 6.6 and later), all threads being equal.
//
// Each runnable thread has a virtual time, the service that it has had, and a deadline, one slice
// later than where its request began. It is owed service, eligible, while it is not ahead of
// their mean. Of those the one with the earliest deadline is next. Whoever runs keeps the core until
// its deadline as long as it is owed service. A thread that sleeps keeps what it is owed, and is
// put that far behind the mean when it wakes; one that was ahead has nothing to make up for by then.
//
// Picking costs as much as there are runnable threads, which are few: those that wait sleep.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"

#define SIM_SLICE (1400 * (sim_time)SIM_US) // 0.7 ms x (1 + log2 of two cores)

// Of a task. Valid while its process has a GIL on a host of one core; ns of service.
struct sim_turn {
    int64_t had, deadline; // while it is runnable
    int64_t owed;          // while it sleeps
    sim_time began;        // the sleep that has ended while it had no core; -1: none has
    bool is_runnable;
    bool is_known; // has been runnable, or has waited, before
};

struct sim_turns {
    uint32_t *at; // the runnable, in no order
    uint32_t count, room;
    int64_t sum;  // of what they have had
    int64_t kept; // who runs keeps the core until it has had so much, if it is owed service
    // What one had that has just gone to sleep: it is still there for whom it has woken.
    int64_t waker;
    bool has_waker;
};

void sim_turns_fini(struct sim_turns *s);

// It wakes. False: there is no memory.
bool sim_turns_add(struct sim_turns *s, struct sim_turn *of, uint32_t t);
// The one that has just gone to sleep, with those that it has woken.
int64_t sim_turns_owed_to_waker(const struct sim_turns *s);
// It has not gone to sleep after all. The same.
bool sim_turns_restore(struct sim_turns *s, struct sim_turn *of, uint32_t t);
void sim_turns_remove(struct sim_turns *s, struct sim_turn *of, uint32_t t); // it sleeps

// It has run for so long. True: others may have the core now, if they are owed it.
bool sim_turns_ran(struct sim_turns *s, struct sim_turn *of, uint32_t t, sim_time d);

// Who is next, `current` being the one that runs, or UINT32_MAX; that one where nobody else is owed
// service.
uint32_t sim_turns_next(const struct sim_turns *s, const struct sim_turn *of,
                        uint32_t current, bool is_kept);

#endif
