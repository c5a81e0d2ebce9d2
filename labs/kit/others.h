#ifndef LABS_KIT_OTHERS_H
#define LABS_KIT_OTHERS_H

#include <sys/types.h>

// How many cores others on the machine kept busy while something was measured: what the kernel
// counted, less what the measurement took itself. The kernel counts in ticks, mostly of 10 ms,
// so less than some 0.3 s of wall time tells nothing.

// Cores that others may be busy with in a measurement that counts.
#define LAB_OTHERS_MOST 0.06

// Seconds of work that a core has done since the machine was started, or, below 0, all of them
// together; below 0 when the kernel does not say.
double lab_busy_s(int core);

// Seconds of work that the living processes of a group have done; 0 where the kernel does not say.
double lab_group_s(pid_t group);

// Cores, on average: from two answers of lab_busy_s and the own work between them, in `wall_s`.
// Below 0 when it is not known. Ticks that fall badly do not make it so.
double lab_others(double before_s, double after_s, double own_s, double wall_s);

#endif
