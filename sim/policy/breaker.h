#ifndef SIM_POLICY_BREAKER_H
#define SIM_POLICY_BREAKER_H

// May this call go out, after what became of those before it? A circuit breaker is closed, open
// (refuses) or half open (lets a few try). Whoever makes the calls says what happens to them.
//
//   rate         opens when, of the calls in its window and not before there are min_calls, the
//                share that failed, or that was slow, reaches a threshold: asked after each result.
//                The window is so many calls, or buckets of time. Half open it lets `probes` calls
//                through, and decides by the same shares when so many results are there
//                (resilience4j; a window of calls is never smaller than min_calls)
//   hystrix      the same over time, but looked at when a call asks, by numbers that are taken
//                at most each `snapshot`; it is left strictly later than open_for
//   polly        the same over time, asked after a failure only
//   consecutive  opens at so many failures in a row; any success begins anew (pybreaker)
//
// The last three let one call at a time through while half open: a failure opens, `probes`
// successes close. An open breaker is left by the next call that asks, open_for after it opened.
// A result counts in the state that it meets, whatever the state was when its call began.
//
// Shares are compared as whole numbers, in millionths.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"

enum sim_breaker_kind {
    SIM_BREAKER_RATE,
    SIM_BREAKER_HYSTRIX,
    SIM_BREAKER_POLLY,
    SIM_BREAKER_CONSECUTIVE
};

enum sim_breaker_scheme {
    SIM_BREAKER_PLAIN,
    SIM_BREAKER_R4J,
    SIM_BREAKER_AS_HYSTRIX,
    SIM_BREAKER_AS_POLLY,
    SIM_BREAKER_PYBREAKER,
    SIM_BREAKER_SCHEMES
};

struct sim_breaker {
    enum sim_breaker_kind kind;
    uint32_t window;       // calls, or buckets of time
    sim_time bucket;       // how long one is; 0: the window is of calls
    uint32_t min_calls;    // in the window; before them nothing opens
    uint32_t failure_rate; // millionths: at or above it opens
    uint32_t slow_rate;    // the same, of slow calls
    uint32_t failures;     // consecutive: at so many it opens
    sim_time slow;         // what takes longer is slow; 0: nothing is
    sim_time open_for;
    sim_time half_open_for; // half open for longer, it opens again; 0: for ever
    sim_time snapshot;      // hystrix
    uint32_t probes;
    bool automatic; // becomes half open when open_for is over, whether or not a call asks
};

enum sim_breaker_state {
    SIM_BREAKER_CLOSED,
    SIM_BREAKER_OPEN,
    SIM_BREAKER_HALF_OPEN,
    SIM_BREAKER_DISABLED,   // by hand: lets all through, and counts nothing
    SIM_BREAKER_FORCED_OPEN // by hand: refuses all
};

// Results of one call, or of one bucket of time.
struct sim_breaker_bucket {
    uint32_t calls, failed, slow;
};

struct sim_breaker_memory {
    enum sim_breaker_state state;
    uint32_t
        turn; // how often it has changed its state, rounds that were not played left out
    uint64_t opened;   // how often it has opened, those of such rounds too
    sim_time since;    // when it did last
    sim_time snapshot; // when numbers were taken last, if has_snapshot
    bool has_snapshot;
    int64_t bucket;    // window of time: the number of the newest
    uint32_t at, used; // window of calls: place of the next, and how many there are
    uint32_t permits;  // half open: calls that may still go out
    uint32_t row;      // failures in a row; half open, one at a time: successes
    struct sim_breaker_bucket sum;   // of the window
    struct sim_breaker_bucket trial; // since it is half open
    struct sim_breaker_bucket cause; // what it opened for last
};

enum sim_breaker_result {
    SIM_BREAKER_OK,
    SIM_BREAKER_FAILED,
    SIM_BREAKER_IGNORED // neither: it gives a permit back, whenever it was let through
};

struct sim_breaker sim_breaker_of(enum sim_breaker_scheme scheme); // with its defaults
const char *sim_breaker_name(enum sim_breaker_scheme scheme);      // "resilience4j"

// The window as it is in force: of calls, min_calls is never more than it.
uint32_t sim_breaker_least(const struct sim_breaker *b);

void sim_breaker_begin(const struct sim_breaker *b, struct sim_breaker_memory *m,
                       sim_time now);

// `window` buckets, zeroed at first, go with each memory. Half open, a yes is a permit.
bool sim_breaker_allows(const struct sim_breaker *b, struct sim_breaker_memory *m,
                        struct sim_breaker_bucket *buckets, sim_time now);

// A call that was allowed has ended, after it took so long.
void sim_breaker_record(const struct sim_breaker *b, struct sim_breaker_memory *m,
                        struct sim_breaker_bucket *buckets, sim_time now,
                        enum sim_breaker_result result, sim_time took);

// Somebody puts it into that state: disabled, forced open, or closed, as new.
void sim_breaker_force(const struct sim_breaker *b, struct sim_breaker_memory *m,
                       struct sim_breaker_bucket *buckets, enum sim_breaker_state to,
                       sim_time now);

// Whether time alone ever opens it.
bool sim_breaker_opens_by_itself(const struct sim_breaker *b);

// The next change that time alone has brought about by now. False: none is left. Whole rounds of open and
// half open are counted, and not made. Whoever asks or tells makes all that are left.
bool sim_breaker_passes(const struct sim_breaker *b, struct sim_breaker_memory *m,
                        sim_time now);

// In which state it is, with what time alone has changed.
enum sim_breaker_state sim_breaker_state_at(const struct sim_breaker *b,
                                            struct sim_breaker_memory *m, sim_time now);

const char *sim_breaker_state_name(enum sim_breaker_state state); // "half open"

#endif
