#include "ui/view/draw.h"

// How time that was charged to a cause is drawn and called, in threads and waterfalls alike.

double ui_cause_height(enum sim_cause cause)
{
    switch (cause) {
    case SIM_IN_PYTHON:
    case SIM_IN_NATIVE:
        return 1;
    case SIM_IN_GIL:
    case SIM_IN_CORE:
    case SIM_IN_LOCK:
        return 0.5;
    default:
        return 0.22;
    }
}

const char *ui_cause_words(enum sim_cause cause)
{
    static const char *const names[SIM_CAUSES] = {
        [SIM_IN_PYTHON] = "runs bytecode",
        [SIM_IN_NATIVE] = "runs native code",
        [SIM_IN_IO] = "in I/O",
        [SIM_IN_QUEUE] = "in line",
        [SIM_IN_CORE] = "wants a core",
        [SIM_IN_GIL] = "wants the GIL",
        [SIM_IN_LOCK] = "wants a lock",
        [SIM_IN_NETWORK] = "on the network",
        [SIM_IN_BACKOFF] = "backs off",
        [SIM_IN_DEPENDENCY] = "waits for an answer",
        [SIM_IN_PAUSE] = "paused",
        [SIM_IN_POOL] = "waits for a pool",
        [SIM_IN_LOOP] = "waits for the event loop",
        [SIM_IN_LIMIT] = "held back by a limit",
        [SIM_IN_BULKHEAD] = "waits for a place",
        [SIM_IN_CONNECTIONS] = "waits for a connection",
    };
    return names[cause];
}
