#include "sim/policy/outcome.h"

const char *sim_outcome_name(enum sim_outcome outcome)
{
    static const char *const names[SIM_OUTCOMES] = {
        [SIM_OK] = "ok",
        [SIM_ERROR] = "error",
        [SIM_TIMEOUT] = "timeout",
        [SIM_CANCELLED] = "cancelled",
        [SIM_REJECTED] = "rejected",
        [SIM_LOST] = "lost",
    };
    return names[outcome];
}

const char *sim_rejecter_name(enum sim_rejecter by)
{
    static const char *const names[SIM_REJECTERS] = {
        [SIM_BY_QUEUE] = "queue",
        [SIM_BY_PATIENCE] = "patience",
        [SIM_BY_DEADLINE] = "deadline",
        [SIM_BY_RATE_LIMIT] = "rate_limit",
        [SIM_BY_STORE] = "store",
        [SIM_BY_BREAKER] = "breaker",
        [SIM_BY_CODEL] = "codel",
        [SIM_BY_BULKHEAD] = "bulkhead",
        [SIM_BY_CONNECTIONS] = "connections",
        [SIM_BY_CONCURRENCY_LIMIT] = "concurrency_limit",
        [SIM_BY_SHED] = "shed",
        [SIM_BY_THROTTLE] = "throttle",
    };
    return names[by];
}

const char *sim_canceller_name(enum sim_canceller by)
{
    static const char *const names[SIM_CANCELLERS] = {
        [SIM_BY_CALLER] = "caller",
        [SIM_BY_TIMEOUT] = "timeout",
        [SIM_BY_GROUP] = "group",
        [SIM_BY_TASK] = "task",
    };
    return names[by];
}
