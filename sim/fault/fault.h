#ifndef SIM_FAULT_FAULT_H
#define SIM_FAULT_FAULT_H

// What goes wrong, and when: a list of faults, and the clockwork that runs a simulation from
// one to the next. A fault at time t acts before all other events of t.

#include <stdbool.h>
#include <stdint.h>

#include "sim/world/world.h"

enum sim_fault_kind {
    SIM_FAULT_SLOW, // work that begins takes amount times as long
    SIM_FAULT_FAIL, // a share of the visits is answered with an error at once
    SIM_FAULT_CRASH, // visits inside end with an error; new ones are refused; undone: restarts
    SIM_FAULT_RESTART, // crashes and is up again at once
    SIM_FAULT_PAUSE,   // nothing of the process runs, nothing is lost
    SIM_FAULT_LATENCY, // a link takes longer, each way
    SIM_FAULT_DROP,    // a share of a link's messages vanishes, each way
    SIM_FAULT_POOL,    // workers of a pool die
    SIM_FAULT_STOP, // takes nothing new and ends when what is inside has; undone: starts again
    SIM_FAULT_FLUSH,   // a cache forgets all that it holds; cannot be undone
    SIM_FAULT_BREAKER, // somebody puts a breaker into a state; undone: it is closed, as new
    SIM_FAULT_PARTITION, // nothing of a link's messages gets through
    SIM_FAULT_REFUSE,    // whoever comes over a link is refused; who is inside stays
    SIM_FAULT_OOM,       // the kernel kills the largest process; cannot be undone
    SIM_FAULT_LEAK,      // a process grows; undone: no more, and what it has it keeps
    SIM_FAULT_SCALE,     // no fault: a service has so many replicas; undone: as at first
    SIM_FAULT_DEPLOY, // no fault: all replicas are replaced, some at a time; ends by itself
    SIM_FAULT_STEAL,  // a share of a host's cores goes to other machines
    SIM_FAULT_POISON, // so many requests kill whoever works on them; undone: they are harmless
    SIM_FAULT_BANDWIDTH, // a link has so many bytes a second, each way
    SIM_FAULT_FAILOVER,  // a store is away until another is in its place; ends by itself
    SIM_FAULT_TURN, // no fault: the model's numbers are others from here on; never undone
    SIM_FAULT_SET,  // no fault: some of them are; undone: they are as they were
    SIM_FAULTS
};

struct sim_fault {
    enum sim_fault_kind kind;
    struct sim_target target;
    enum sim_side side; // of a link's latency, drop, partition and bandwidth
    char from[64];      // of a link: the caller, "" for all; of a turn: the knob
    double
        amount; // factor or share; how many workers; bytes per second; how many replicas; which state; what a knob
                // is turned to
    // Of latency: a value of the model, in seconds; of a pool, a cache or a breaker: its number; of
    // stolen time with a target service SIM_NONE: the host.
    uint32_t value;
    sim_time begin; // first time
    sim_time end;   // when it is undone; SIM_NEVER: not by itself
    // It is for a condition: looked at from begin on, each second, until it holds once. Then it lasts
    // for end - begin.
    bool waits;
    sim_time every;             // again each so long; 0: once
    struct sim_rollout rollout; // of a deploy
    char label[96];             // as a reader would say it: "db slow x8"
    int line;                   // in the script
    const struct sim_model *to; // of a turn or a set; borrowed
    // Of a set: as the numbers are without it, and where those that differ are set; both borrowed.
    const struct sim_model *base, *mask;
};

const char *sim_fault_name(enum sim_fault_kind kind);
bool sim_fault_is_momentary(enum sim_fault_kind kind); // over as soon as it happens

// Progress through a list of faults that is borrowed for the schedule's life.
struct sim_schedule {
    const struct sim_fault *faults;
    uint32_t count;
    // Whether the condition of a fault that waits holds now; without it none ever does.
    bool (*holds)(void *ctx, const struct sim_run *run, uint32_t fault);
    void *ctx;
    uint64_t begun; // so often any fault did
    struct sim_fault_state {
        sim_time next; // of its next change, or look; SIM_NEVER when it is over
        bool is_on, waits;
        uint64_t order;       // in which it began last among all of them; 0: not yet
        sim_time began;       // first; SIM_NEVER: not yet
        sim_time ended;       // of what ends by itself; SIM_NEVER: not yet
        uint32_t replicas;    // of a deploy: how many there are to be
        sim_time since, over; // of a leak: what is leaked up to then, and when it is undone
    } * states;
};

bool sim_schedule_init(struct sim_schedule *s, const struct sim_fault *faults,
                       uint32_t count); // false: no memory
void sim_schedule_fini(struct sim_schedule *s);

// When a fault was first at work, and when what ends by itself did first; SIM_NEVER: not so far.
sim_time sim_schedule_began(const struct sim_schedule *s, uint32_t fault);
sim_time sim_schedule_ended(const struct sim_schedule *s, uint32_t fault);

// Like sim_run_until, with the faults applied on the way.
enum sim_state sim_schedule_run(struct sim_schedule *s, struct sim_run *run, sim_time t);

#endif
