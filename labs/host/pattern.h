#ifndef LABS_HOST_PATTERN_H
#define LABS_HOST_PATTERN_H

// How the library is asked about each pattern, one pattern a file. Of those by steps a file says what
// a step is to the library; steps.c does the rest.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "labs/host/wire.h"

// One script under way.
struct lab_asked {
    const void *impl; // the library's object
    void *own;        // what its open() gave
    uint32_t number;  // of this step, from 1
    // Draws that are given with the script, as bits of doubles.
    const int64_t *draws;
    uint32_t drawn, draw_count;
    // For the pattern: zero at first.
    uint64_t room[LAB_WIRE_ROOM];
    uint32_t used;
};

struct lab_host_pattern {
    const char *name, *object;
    size_t def_size; // by steps: of its definition in convoy_impl.h
    // False: the library has no such thing.
    bool (*open)(struct lab_asked *a, const int64_t *def);
    int64_t (*step)(struct lab_asked *a,
                    const int64_t *step); // wire.h: LAB_WIRE_STEP numbers
    void (*close)(struct lab_asked *a);
    // NULL: by steps. Else answers `in` in `out`, with so many numbers; -1: no such thing.
    int (*answer)(const void *object, const int64_t *in, uint32_t count, int64_t *out);
};

extern const struct lab_host_pattern lab_host_rate_limit, lab_host_breaker, lab_host_budget,
    lab_host_retry, lab_host_concurrency_limit, lab_host_shed, lab_host_bulkhead,
    lab_host_hedge, lab_host_cache, lab_host_balance, lab_host_idempotency;

// Asks for a script by steps, with what `answer` above gives back.
int lab_host_steps(const struct lab_host_pattern *p, const void *object, const int64_t *in,
                   uint32_t count, int64_t *out);

// The next of the draws, uniform in [0, 1); 0 when they have all been taken. ctx: the script.
double lab_host_draw(void *ctx);

#endif
