#ifndef SIM_WORLD_STEP_H
#define SIM_WORLD_STEP_H

// What the files of the steps share. An operation that needs the GIL, or must give it up first,
// and cannot at once, leaves the program counter where it is and is run again when the task goes
// on; so work is drawn only when it really begins.

#include "sim/world/inner.h"

enum verdict {
    WAITS, // or is gone
    GOES_ON
};

// True when the task holds no GIL any more; false when it has to wait before it goes on.
SIM_INLINE bool without_gil(struct sim_run *run, uint32_t t)
{
    return !(run->tasks[t].flags & SIM_HAS_GIL) || sim_gil_give(run, t, true);
}

// Does an operation of a policy: one from SIM_OP_RETRY to SIM_OP_LOOKUP, or of a key.
enum verdict sim_step_around(struct sim_run *run, uint32_t t, const struct sim_op *op);

#endif
