#ifndef LABS_BULKHEAD_GATE_H
#define LABS_BULKHEAD_GATE_H

// A bulkhead that threads go through: enter waits for as long as it may. The clock is the
// machine's monotonic one.

#include <pthread.h>

#include "labs/bulkhead/bulkhead.h"

struct lab_gate {
    pthread_mutex_t mutex;
    struct lab_bulkhead bulkhead; // guarded by mutex, as are the calls that wait in it
};

// False when there is no mutex to be had.
bool lab_gate_init(struct lab_gate *g, const struct lab_bulkhead_def *def);
void lab_gate_fini(struct lab_gate *g);

// True: the caller is inside and has to leave. False: refused, or it waited in vain.
bool lab_gate_enter(struct lab_gate *g);
void lab_gate_leave(struct lab_gate *g);

#endif
