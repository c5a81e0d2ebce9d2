#ifndef LABS_KIT_IMPL_IMPL_PATTERNS_H
#define LABS_KIT_IMPL_IMPL_PATTERNS_H

// How implementations from outside are asked, one pattern a file; for labs/kit only. Each takes the
// scripts of the comparison with the shipped code, told by the names of labs/host/convoy_impl.h.

#include "labs/host/wire.h"
#include "labs/kit/impl/impl.h"
#include "labs/kit/policies/verify_steps.h"

#define LAB_IMPL_DEF 256 // bytes of a definition at most

struct lab_impl_pattern {
    const char *name;
    const char *text; // a file to begin with

    // ---- By steps ----

    const struct lab_steps_pattern *steps;
    const char *const *kinds; // those that have an interface; NULL: all
    // Fills in the definition of convoy_impl.h, which is zero before; returns its size.
    size_t (*define)(const struct lab_steps *s, void *def);
    // The fourth number of each step. NULL: its chance.
    void (*more)(const struct lab_steps *s, int64_t *more);
    // Makes of step i, to which the model answers so, what is said: `told` is its word, instant, amount
    // and fourth number already. False: nothing is said, and it counts as answered rightly. NULL: as it is.
    bool (*tell)(const struct lab_steps *s, uint32_t i, int64_t model, int64_t *told);
    // Draws for the script; returns how many. NULL: none.
    uint32_t (*draw)(const struct lab_steps *s, double *draws);
    // What an answer to step i is in the model's words. NULL: that.
    int64_t (*hear)(const struct lab_steps *s, uint32_t i, int64_t model, int64_t answer);

    // ---- Not by steps ----

    void (*judge)(const struct lab_verify_def *def, struct lab_impl *impl,
                  struct lab_report *out);
};

extern const struct lab_impl_pattern lab_impl_rate_limit, lab_impl_breaker, lab_impl_budget,
    lab_impl_retry, lab_impl_concurrency_limit, lab_impl_shed, lab_impl_bulkhead,
    lab_impl_hedge, lab_impl_cache, lab_impl_balance, lab_impl_idempotency;

// Judges one by steps.
void lab_impl_judge_steps(const struct lab_impl_pattern *p,
                          const struct lab_verify_def *def, struct lab_impl *impl,
                          struct lab_report *out);

// "" where it has not ended.
const char *lab_impl_how_it_ended(void *impl);

#endif
