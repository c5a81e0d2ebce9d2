#ifndef SIM_POLICY_HEDGE_H
#define SIM_POLICY_HEDGE_H

// When does the same request go out once more, before the first has failed? The answer that comes
// first is taken, and the others are cancelled. Whoever makes the calls says what happens to them,
// asks a budget where there is one, and acts.
//
//   after      without an answer for so long the next goes out; the wait begins anew with each.
//              0: all at once
//   failure    one that others may make up for sends the next at once; a fatal one ends the call
//   tied       all go out at once, and the first that a server begins to work on cancels the
//              others (Dean and Barroso, The Tail at Scale, 2013)
//
// One that a budget refused when its wait was over is asked for again after another; refused at a
// failure, when the wait that is under way is over, if there is one. What was cancelled counts no
// more. (gRPC, proposal A6; Polly 8.)

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"

#define SIM_HEDGE_MOST 32u // attempts

enum sim_hedge_scheme {
    SIM_HEDGE_PLAIN,
    SIM_HEDGE_GRPC, // never more than 5 attempts
    SIM_HEDGE_POLLY,
    SIM_HEDGE_SCHEMES
};

struct sim_hedge {
    uint32_t max_attempts; // the first one counted
    sim_time after;
    bool on_failure; // no other before one has failed; after is not looked at
    bool is_tied;
};

struct sim_hedge_state {
    uint32_t sent, under_way;
    bool is_over;
};

struct sim_hedge sim_hedge_of(enum sim_hedge_scheme scheme); // with its defaults
const char *sim_hedge_name(enum sim_hedge_scheme scheme);

// Each says how many more should go out now; the first of a call always does. As many as do go out
// are then told; none too, unless that is after a failure.
uint32_t sim_hedge_begin(const struct sim_hedge *h, struct sim_hedge_state *s);
uint32_t sim_hedge_due(const struct sim_hedge *h, const struct sim_hedge_state *s);
// One of those under way has failed. The call is over, with that failure, when it was fatal, or
// when sim_hedge_is_lost says so after the others have gone out.
uint32_t sim_hedge_failed(const struct sim_hedge *h, struct sim_hedge_state *s,
                          bool is_fatal);

// So many have gone out. When the next is due; SIM_NEVER: none.
sim_time sim_hedge_sent(const struct sim_hedge *h, struct sim_hedge_state *s, uint32_t n,
                        sim_time now);

// None is left; the call is over.
bool sim_hedge_is_lost(struct sim_hedge_state *s);

// One of those under way was answered well: the call is over, and so many are cancelled.
uint32_t sim_hedge_won(struct sim_hedge_state *s);

// A server has begun to work on one of those under way: so many others are cancelled.
uint32_t sim_hedge_started(const struct sim_hedge *h, struct sim_hedge_state *s);

#endif
