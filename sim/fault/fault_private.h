#ifndef SIM_FAULT_FAULT_PRIVATE_H
#define SIM_FAULT_FAULT_PRIVATE_H

#include "sim/fault/fault.h"

// Does it, or undoes it as if nothing else were in force.
void sim_fault_apply(struct sim_run *run, const struct sim_fault *f, bool on);

// A fault begins, and overrules others that do the same to the same thing; it is over, and those that are still
// in force count again.
void sim_fault_begin(struct sim_schedule *s, struct sim_run *run, uint32_t fault);
void sim_fault_end(struct sim_schedule *s, struct sim_run *run, uint32_t fault);

#endif
