#ifndef LABS_HEDGE_HEDGE_H
#define LABS_HEDGE_HEDGE_H

// The same request sent again before the first has failed: whoever answers first is taken, and the
// others are cancelled. It decides which attempts to send and to cancel and does neither: race.h
// does. Time is given, in ns of a clock that does not go back. Constant time.
//
// Only for what may be done twice. A loser goes on working until its cancellation reaches it.
//
// Sources: grpc/proposal A6 (hedging policy); Polly 8's hedging; Dean and Barroso, "The Tail at
// Scale" (2013), also for tied requests.

#include <stdbool.h>
#include <stdint.h>

#define LAB_HEDGE_MOST          32            // attempts
#define LAB_HEDGE_AFTER_FAILURE ((int64_t)-1) // as a delay: no hedge before a failure
#define LAB_HEDGE_NEVER         INT64_MAX

struct lab_hedge_def {
    uint32_t max_attempts; // with the first
    int64_t delay_ns; // without an answer for so long, the next is sent; 0: all at once
    bool is_grpc;     // more than 5 attempts are taken for 5
    bool is_tied;     // the first that a server starts on cancels the others
    // Whether a budget lets another attempt out; asked before each but the first. Null: it does.
    bool (*allows)(void *ctx);
    void *ctx;
};

struct lab_hedge_def lab_hedge_grpc(uint32_t max_attempts, int64_t delay_ns);
struct lab_hedge_def lab_hedge_polly(void); // one hedge after 2 s
struct lab_hedge_def lab_hedge_tied(void);  // two at once

enum lab_hedge_verdict {
    LAB_HEDGE_WAITS,
    LAB_HEDGE_SUCCEEDED,
    LAB_HEDGE_FAILED
};

// What is to be done now. Attempts have numbers, from 0 in the order in which they are sent.
struct lab_hedge_answer {
    enum lab_hedge_verdict verdict;
    uint32_t send;   // so many more attempts
    uint32_t cancel; // the attempts whose bits are set
};

// One call.
struct lab_hedge {
    uint32_t sent, under_way; // how many; which, as bits
    int64_t next_ns;          // when the timer is due; LAB_HEDGE_NEVER for not
    bool is_over;
};

struct lab_hedge_answer lab_hedge_begin(struct lab_hedge *h,
                                        const struct lab_hedge_def *def, int64_t now_ns);

// The time is next_ns, or later.
struct lab_hedge_answer lab_hedge_timer(struct lab_hedge *h,
                                        const struct lab_hedge_def *def, int64_t now_ns);

// Results of attempts that are no longer under way change nothing.
struct lab_hedge_answer lab_hedge_failed(struct lab_hedge *h,
                                         const struct lab_hedge_def *def, uint32_t attempt,
                                         bool is_fatal, int64_t now_ns);
struct lab_hedge_answer lab_hedge_succeeded(struct lab_hedge *h, uint32_t attempt);

// A server began to work on it.
struct lab_hedge_answer
lab_hedge_started(struct lab_hedge *h, const struct lab_hedge_def *def, uint32_t attempt);

#endif
