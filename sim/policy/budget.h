#ifndef SIM_POLICY_BUDGET_H
#define SIM_POLICY_BUDGET_H

// May this retry go out? A budget looks at the traffic of many calls, where a retry policy looks
// at one. Whoever makes the calls says what happens to them, and acts on the answer.
//
//   tokens       what comes in from first tries or from successes, and a retry takes: plain, and
//                grpc, brooker and aws with their own rules (below)
//   window       deposits of first tries less withdrawals of retries over the last ttl, beside a
//                reserve (Finagle): in any ttl at most share * calls + least_per_s * ttl retries
//   concurrency  retries under way, waiting ones too: fewer than the larger of least and share of
//                the calls under way (Envoy)
//   failure_rate a retry is refused while failed attempts are more than share of the calls so far
//                (the breaker of M. Brooker's program of 2022-02-28)
//
// Of tokens: grpc counts as A6 says: a failed attempt takes 1 and a success gives back, a retry
// goes out only above half of the size, and takes nothing. brooker needs strictly more than one
// token, and takes one, as the program does and not its prose. aws takes another cost after a
// timeout, and a success returns what the call's last retry took, or 1 where it needed none.
//
// Amounts are whole millionths, so nothing is rounded on the way.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"
#include "sim/policy/outcome.h"

enum sim_budget_kind {
    SIM_BUDGET_TOKENS,
    SIM_BUDGET_GRPC,
    SIM_BUDGET_BROOKER,
    SIM_BUDGET_AWS,
    SIM_BUDGET_FINAGLE,
    SIM_BUDGET_ENVOY,
    SIM_BUDGET_FAILURE_RATE,
    SIM_BUDGETS
};

#define SIM_TOKEN 1000000 // millionths of one

struct sim_budget {
    enum sim_budget_kind kind;
    uint32_t least;       // envoy: retries at once; finagle: retries a second
    int64_t size;         // of buckets, which begin full
    int64_t per_call;     // a first try brings; finagle: share of calls that may be retried
    int64_t per_success;  // a success brings
    int64_t cost;         // of a retry
    int64_t timeout_cost; // aws: after a timeout
    int64_t share;        // envoy, failure_rate
    sim_time ttl;         // finagle
};

// What came in or went out at one instant, in lists, oldest first.
struct sim_budget_node {
    sim_time at;
    int64_t amount;
    uint32_t next;
};

// Place for such lists: nodes[1 .. cap], borrowed, zeroed at first. A call takes at most one.
struct sim_budget_log {
    struct sim_budget_node *nodes;
    uint32_t free, used, cap;
};

struct sim_budget_state {
    int64_t tokens;          // window: what is in the log, taken together
    uint32_t calls, retries; // under way; failure_rate: calls so far
    uint32_t first, end;     // of the log
    uint32_t failures;       // so far
};

// With its defaults.
struct sim_budget sim_budget_of(enum sim_budget_kind kind);

void sim_budget_begin(const struct sim_budget *b, struct sim_budget_state *s);

// A call begins: its first try goes out. False: the log has no place left.
bool sim_budget_call(const struct sim_budget *b, struct sim_budget_state *s,
                     struct sim_budget_log *log, sim_time now);

// An attempt has ended; a cancellation is neither a success nor a failure. *taken is what its
// retry took, 0 for a first try, and is 0 afterwards.
void sim_budget_ended(const struct sim_budget *b, struct sim_budget_state *s,
                      enum sim_outcome outcome, int64_t *taken);

// May the call that ended so be tried again? If so it is paid for and *taken is above 0. What a
// full log cannot note is refused.
bool sim_budget_allows(const struct sim_budget *b, struct sim_budget_state *s,
                       struct sim_budget_log *log, sim_time now, enum sim_outcome outcome,
                       int64_t *taken);

// The call is over, after its last attempt has ended or while a retry was still to come.
void sim_budget_closed(const struct sim_budget *b, struct sim_budget_state *s,
                       int64_t taken);

const char *sim_budget_name(enum sim_budget_kind kind); // "finagle"

#endif
