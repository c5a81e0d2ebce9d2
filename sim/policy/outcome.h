#ifndef SIM_POLICY_OUTCOME_H
#define SIM_POLICY_OUTCOME_H

// How an attempt, a request or a step ends: exactly one of these.

enum sim_outcome {
    SIM_OK,
    SIM_ERROR,     // an answer that is an error; carries a status
    SIM_TIMEOUT,   // the caller stopped waiting
    SIM_CANCELLED, // somebody told it to stop
    SIM_REJECTED,  // turned away before any work; carries who did it
    SIM_LOST,      // the message vanished; only a timeout can tell
    SIM_OUTCOMES
};

// Who turned a request away. It is the low byte of a rejection's status; what stands above it
// is the status of the answer, where it has one.
enum sim_rejecter {
    SIM_BY_QUEUE,             // the line was full
    SIM_BY_PATIENCE,          // waited in line longer than the service or the caller allows
    SIM_BY_DEADLINE,          // its deadline had passed before it was its turn
    SIM_BY_RATE_LIMIT,        // a rate limiter had counted too many
    SIM_BY_STORE,             // its store had failed, and it lets nothing through then
    SIM_BY_BREAKER,           // a circuit breaker was open
    SIM_BY_CODEL,             // the line had been slow for too long
    SIM_BY_BULKHEAD,          // a bulkhead was full
    SIM_BY_CONNECTIONS,       // no connection of a pool came free in time
    SIM_BY_CONCURRENCY_LIMIT, // as many were under way as a limit lets be
    SIM_BY_SHED,              // others are more critical
    SIM_BY_THROTTLE,          // its caller sends less to who accepts less
    SIM_REJECTERS
};

// Who asked a task to stop: what a cancellation carries.
enum sim_canceller {
    SIM_BY_CALLER,  // the one who waited for its answer is gone
    SIM_BY_TIMEOUT, // a timeout around what it does
    SIM_BY_GROUP,   // another task of its group has failed
    SIM_BY_TASK,    // somebody who holds it
    SIM_CANCELLERS
};

const char *sim_canceller_name(enum sim_canceller by);
const char *sim_outcome_name(enum sim_outcome outcome);
const char *sim_rejecter_name(enum sim_rejecter by);

#endif
