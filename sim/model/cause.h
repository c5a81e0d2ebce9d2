#ifndef SIM_MODEL_CAUSE_H
#define SIM_MODEL_CAUSE_H

// Where a task's time goes. Every nanosecond between the start and the end of a task is
// charged to exactly one of these, so their sum is the task's latency.

enum sim_cause {
    SIM_IN_PYTHON,      // running bytecode
    SIM_IN_NATIVE,      // running native code
    SIM_IN_IO,          // its own input and output
    SIM_IN_QUEUE,       // in line for a worker
    SIM_IN_CORE,        // runnable, without a core
    SIM_IN_GIL,         // waiting for the GIL, or to hand it over
    SIM_IN_LOCK,        // waiting for a lock or a semaphore
    SIM_IN_NETWORK,     // its messages travelling
    SIM_IN_BACKOFF,     // between two attempts
    SIM_IN_DEPENDENCY,  // waiting for the answer of somebody else
    SIM_IN_PAUSE,       // stopped with its whole process
    SIM_IN_POOL,        // waiting for a worker of a pool, or on the way to one and back
    SIM_IN_LOOP,        // ready, until the event loop comes round to it
    SIM_IN_LIMIT,       // held back by a rate limiter that lets calls leave evenly
    SIM_IN_BULKHEAD,    // waiting for a place in a bulkhead
    SIM_IN_CONNECTIONS, // waiting for a connection of a pool, or for one to be opened
    SIM_CAUSES
};

const char *sim_cause_name(enum sim_cause cause);

#endif
