#ifndef LABS_KIT_POLICIES_VERIFY_RATE_LIMIT_H
#define LABS_KIT_POLICIES_VERIFY_RATE_LIMIT_H

// What the check of rate limiters is made of, for the tests that see to it that it finds things:
// the scripts, what they reach, and the implementation's side, which may be another one.

#include "labs/kit/verify.h"
#include "labs/rate_limit/limit.h"

#define LAB_LIMIT_ALGORITHMS 7
#define LAB_LIMIT_CALLS      24 // in each script
#define LAB_LIMIT_SCRIPTS    50 // for each of lab_verify_def's: 120,000 calls by default

// What a call was put there for.
enum lab_limit_edge {
    LAB_EDGE_SAME, // the instant of the call before
    LAB_EDGE_REFILL, // when a whole number of calls has drained since an earlier one, or beside
    LAB_EDGE_WINDOW, // a window's edge, or beside
    LAB_EDGE_AGE,    // a window after an earlier call, or beside
    LAB_EDGE_IDLE,   // after two windows at least
    LAB_EDGE_BACK,   // the clock goes back
    LAB_EDGE_ANY,
    LAB_EDGE_END, // the last nanoseconds of the clock
    LAB_EDGE_START,
    LAB_EDGES
};

struct lab_limit_call {
    int64_t at_ns;
    uint32_t cost;
    enum lab_limit_edge edge;
};

struct lab_limit_script {
    struct lab_limit_def def;
    struct lab_limit_call calls[LAB_LIMIT_CALLS];
    uint32_t count;
};

// The same script for the same seed, everywhere.
void lab_limit_make(enum lab_limit_algorithm algorithm, uint64_t seed,
                    struct lab_limit_script *s);

struct lab_limit_reached {
    uint64_t of[LAB_EDGES][2]; // calls by edge, refused and passed
    uint64_t held, at_zero, calls;
};

// What the first so many scripts reach, by the model's decisions.
void lab_limit_reach(enum lab_limit_algorithm algorithm, uint32_t scripts,
                     struct lab_limit_reached *out);

// How a script went that was played elsewhere.
enum lab_limit_played {
    LAB_LIMIT_PLAYED, // there are answers to all calls
    LAB_LIMIT_ENDED,  // there is none, and it ended so: that differs from any model
    LAB_LIMIT_UNKNOWN // it could not be asked any more
};

// An implementation of all algorithms; open returns NULL without memory. One that is not here
// plays whole scripts instead, and says how it ended.
struct lab_limit_side {
    void *(*open)(const struct lab_limit_def *def);
    struct lab_limit_answer (*take)(void *l, const struct lab_limit_def *def, uint32_t cost,
                                    int64_t now_ns);
    void (*close)(void *l, const struct lab_limit_def *def);
    enum lab_limit_played (*play)(void *ctx, const struct lab_limit_script *s,
                                  struct lab_limit_answer *answers); // or NULL
    const char *(*how_it_ended)(void *ctx);                          // "" where it did not
    void *ctx;
};
extern const struct lab_limit_side lab_limit_real;

// One check an algorithm.
void lab_verify_limits(const struct lab_verify_def *def, const struct lab_limit_side *real,
                       struct lab_report *out);

#endif
