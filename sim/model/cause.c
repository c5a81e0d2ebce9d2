#include "sim/model/cause.h"

const char *sim_cause_name(enum sim_cause cause)
{
    static const char *const names[SIM_CAUSES] = {
        [SIM_IN_PYTHON] = "python",
        [SIM_IN_NATIVE] = "native",
        [SIM_IN_IO] = "io",
        [SIM_IN_QUEUE] = "queue",
        [SIM_IN_CORE] = "core",
        [SIM_IN_GIL] = "gil",
        [SIM_IN_LOCK] = "lock",
        [SIM_IN_NETWORK] = "network",
        [SIM_IN_BACKOFF] = "backoff",
        [SIM_IN_DEPENDENCY] = "dependency",
        [SIM_IN_PAUSE] = "pause",
        [SIM_IN_POOL] = "pool",
        [SIM_IN_LOOP] = "loop",
        [SIM_IN_LIMIT] = "limit",
        [SIM_IN_BULKHEAD] = "bulkhead",
        [SIM_IN_CONNECTIONS] = "connections",
    };
    return names[cause];
}
