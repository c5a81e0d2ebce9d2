#ifndef LABS_CONCURRENCY_LIMIT_CONCURRENCY_LIMIT_H
#define LABS_CONCURRENCY_LIMIT_CONCURRENCY_LIMIT_H

// How many requests may be under way at once, found out from how long they take. A limit that is
// right is small enough that nobody queues and large enough that nobody idles; it moves with the
// service, which a fixed one does not. Each sample is one request that ended: how long it took,
// how many were under way when it began, and whether it was dropped. Constant time.
//
// Chance is given: Vegas draws when to measure the unloaded time anew. Sources: Netflix'
// concurrency-limits (VegasLimit, Gradient2Limit, AIMDLimit).

#include <stdbool.h>
#include <stdint.h>

enum lab_concurrency_kind {
    LAB_CONCURRENCY_FIXED,
    LAB_CONCURRENCY_AIMD,
    LAB_CONCURRENCY_VEGAS,
    LAB_CONCURRENCY_GRADIENT2
};

struct lab_concurrency_def {
    enum lab_concurrency_kind kind;
    double initial, min, max;
    double smoothing;     // the share of the new limit in the next: 1 is all of it
    double backoff;       // AIMD: by which a drop multiplies
    int64_t timeout_ns;   // AIMD: longer is a drop
    double queue;         // Gradient2: that may always wait
    double tolerance;     // Gradient2: so much slower than usual is still usual
    uint32_t long_window; // Gradient2: samples that the usual time looks back on
    uint32_t probe;       // Vegas: measures anew after about so many samples a place
};

// Netflix' defaults; a fixed one of 20.
struct lab_concurrency_def lab_concurrency_default(enum lab_concurrency_kind kind);

struct lab_concurrency_sample {
    int64_t took_ns;
    uint32_t in_flight; // when it began, itself included
    bool was_dropped;
};

struct lab_concurrency_chance {
    double (*draw)(void *ctx); // uniform in [0, 1)
    void *ctx;
};

struct lab_concurrency {
    struct lab_concurrency_def def; // constant
    double limit;
    int64_t unloaded_ns;  // Vegas: the shortest time seen since the last probe; 0: none
    double samples;       // Vegas: since then
    double probe_jitter;  // Vegas: 0.5 to 1
    double usual_ns;      // Gradient2
    uint32_t usual_count; // Gradient2: how many it is the plain mean of, at first
};

// Draws once where it is Vegas.
void lab_concurrency_init(struct lab_concurrency *c, const struct lab_concurrency_def *def,
                          const struct lab_concurrency_chance *chance);

// Whether one more may begin while so many are under way.
bool lab_concurrency_allows(const struct lab_concurrency *c, uint32_t in_flight);

// One ended; the limit moves. Draws only where Vegas measures anew.
void lab_concurrency_sample(struct lab_concurrency *c,
                            const struct lab_concurrency_sample *sample,
                            const struct lab_concurrency_chance *chance);

#endif
