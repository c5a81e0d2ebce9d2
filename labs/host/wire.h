#ifndef LABS_HOST_WIRE_H
#define LABS_HOST_WIRE_H

// What is said between convoy and the process that an implementation runs in, over one socket:
// a head, and so many numbers. The pattern says what they mean. The host says hello first.

#include <stdint.h>

#define LAB_WIRE_FD   3   // of the host; 0 is empty, 1 and 2 are read and counted
#define LAB_WIRE_ROOM 512 // numbers in one message at most

enum lab_wire_code {
    LAB_WIRE_READY,         // hello: loaded
    LAB_WIRE_NOT_LOADABLE,  // hello: numbers are a text that says why
    LAB_WIRE_NO_PATTERN,    // hello: it does not export the pattern's object
    LAB_WIRE_OTHER_VERSION, // hello: one number, its version
    LAB_WIRE_ASK,
    LAB_WIRE_ANSWER,
    LAB_WIRE_NOT_THERE // the implementation says that it has no such thing
};

struct lab_wire_head {
    uint32_t code, count;
};

// Of rate_limit. Asked: algorithm, limit, window, burst, and an instant and a cost for each call.
// Answered: whether it passes, and its wait, for each.
#define LAB_WIRE_LIMIT_DEF 4

// Of patterns by steps. Asked: how many steps, the bytes of the pattern's definition in convoy_impl.h
// rounded up to whole numbers, each step, and draws: bits of doubles. A step is a word, an instant, an
// amount and what else the word needs. Answered: a number for each step.
#define LAB_WIRE_STEP      4
#define LAB_WIRE_DEF(size) ((uint32_t)(((size) + 7) / 8))

// Of breaker. A call that asks is answered 0 or 1, all else by 1 more than the state that there is then.
enum lab_wire_breaker_word {
    LAB_WIRE_ASKS,
    LAB_WIRE_SUCCEEDS,
    LAB_WIRE_FAILS,
    LAB_WIRE_IS_IGNORED,
    LAB_WIRE_IS_FORCED // into the state that the amount says
};

// Of budget. Answered: whether what happens can, which is 0 for a retry that is refused and for the end
// of a call or a retry when none is out.
enum lab_wire_budget_word {
    LAB_WIRE_BUDGET_ASKS, // after a timeout where the amount says so
    LAB_WIRE_BUDGET_CALLS,
    LAB_WIRE_BUDGET_SUCCEEDS, // a first try
    LAB_WIRE_BUDGET_FAILS,
    LAB_WIRE_BUDGET_IS_CANCELLED,
    LAB_WIRE_BUDGET_RETRIED_WELL, // the retry that went out last
    LAB_WIRE_BUDGET_RETRIED_BADLY,
    LAB_WIRE_BUDGET_ENDS // a call, with the retry that went out last
};

// Of retry. Answered: 1 more than the wait, 0 where there is none; 1 where another call begins. The
// chance of a step is the bits of a double.
enum lab_wire_retry_word {
    LAB_WIRE_RETRY_FAILS,
    LAB_WIRE_RETRY_PUSHED_BACK, // by the amount
    LAB_WIRE_RETRY_BEGINS,
    LAB_WIRE_RETRY_IS_FATAL
};

// Of concurrency_limit. The amount is how long it took, what else is how many were under way. Answered:
// how many may be; after a sample, 1 more than the limit in millionths. The draws are in order.
enum lab_wire_concurrency_word {
    LAB_WIRE_CONCURRENCY_ASKS,
    LAB_WIRE_CONCURRENCY_SUCCEEDS,
    LAB_WIRE_CONCURRENCY_IS_DROPPED
};

// Of shed. The fourth number of who comes is who it is. Answered: how long it may wait; to a worker,
// who is served, how many were dropped, and a hash of who they were.
enum lab_wire_shed_word {
    LAB_WIRE_SHED_IS_FREE,
    LAB_WIRE_SHED_COMES
};

// Of bulkhead. The fourth number is of who asks or gives up its number; of one that leaves, whether its
// connection is broken. Answered: an answer of the interface; who goes in instead, and 1; who gives up; how
// many do.
enum lab_wire_bulkhead_word {
    LAB_WIRE_BULKHEAD_ASKS,
    LAB_WIRE_BULKHEAD_LEAVES,
    LAB_WIRE_BULKHEAD_BREAKS,
    LAB_WIRE_BULKHEAD_GIVES_UP,
    LAB_WIRE_BULKHEAD_ENDS
};

// Of hedge. The amount is an attempt, the bits of the fourth number are what the budget says, the lowest
// first. Answered: verdict, what to send and to cancel, and the next time, in one number.
enum lab_wire_hedge_word {
    LAB_WIRE_HEDGE_TIMER,
    LAB_WIRE_HEDGE_FAILS,
    LAB_WIRE_HEDGE_FAILS_FATALLY,
    LAB_WIRE_HEDGE_SUCCEEDS,
    LAB_WIRE_HEDGE_IS_STARTED,
    LAB_WIRE_HEDGE_BEGINS
};

// Of cache. The amount is a key; the fourth number says which of the loads under way ends, counted round.
// Answered: an answer of the interface, and for a hit its value more; whether it is kept, -1 where none is
// under way.
enum lab_wire_cache_word {
    LAB_WIRE_CACHE_ASKS,
    LAB_WIRE_CACHE_LOADED,
    LAB_WIRE_CACHE_FAILED,
    LAB_WIRE_CACHE_FLUSHES
};

// Of balance. The amount is a host; the fourth number is which draw is the first for who picks, and how long
// who ends took. Answered: 1 more than who is picked, 0 for nobody; 1 to all else.
enum lab_wire_balance_word {
    LAB_WIRE_BALANCE_PICKS,
    LAB_WIRE_BALANCE_ENDS_WELL,
    LAB_WIRE_BALANCE_ENDS_BADLY,
    LAB_WIRE_BALANCE_GOES,
    LAB_WIRE_BALANCE_COMES
};

// Of idempotency. The amount is a fingerprint or a status; the fourth number is a key, or the number of the
// step whose work ends, which who asks has in the key's higher half. Answered: an answer of the interface,
// or 1000 and the status; whether it was heard.
enum lab_wire_idempotency_word {
    LAB_WIRE_IDEMPOTENCY_ASKS,
    LAB_WIRE_IDEMPOTENCY_GOES_ON,
    LAB_WIRE_IDEMPOTENCY_ENDS_WELL,
    LAB_WIRE_IDEMPOTENCY_FAILS,
    LAB_WIRE_IDEMPOTENCY_IS_REFUSED
};

#endif
