#ifndef LABS_KIT_CORES_H
#define LABS_KIT_CORES_H

// Threads that stay on a core each. Where the kernel places them, two that want the same thing are
// now and then on one core, and then other rules hold: who computes runs on to the next tick of the
// kernel's clock, and who is woken goes before who woke it. A mean over runs of either
// kind is a figure of neither.

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

// Whether this process may use so many cores.
bool lab_has_cores(uint32_t count);

// Begins a thread on the n-th core that this process may use. False when there is none, or no thread.
bool lab_begin_on_core(uint32_t n, pthread_t *thread, void *(*what)(void *arg), void *arg);

#endif
