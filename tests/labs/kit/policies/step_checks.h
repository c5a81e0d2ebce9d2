#ifndef TESTS_LABS_KIT_POLICIES_STEP_CHECKS_H
#define TESTS_LABS_KIT_POLICIES_STEP_CHECKS_H

// What the tests of all checks by steps ask: that both sides agree, that wrong turns of an
// implementation are found and made short, and that scripts get everywhere. Of cmocka tests, in
// their own thread.

#include "labs/kit/policies/verify_steps.h"

// An implementation that errs: turn 0 is right, the others up to `turns` are wrong.
struct wrong_side {
    const struct lab_steps_pattern *pattern;
    const struct lab_steps_side *side;
    int *turn;
    int turns;
    uint32_t scripts; // 0: as many as usual
    uint32_t longest; // steps of what is found
};

// Fails unless every kind agrees; gives the steps of all kinds together.
double step_checks_agree(const struct lab_steps_pattern *p,
                         const struct lab_steps_side *side, uint32_t scripts);

// The same of every kind alone: each takes a hundred thousand steps.
void step_checks_agree_at_length(const struct lab_steps_pattern *p,
                                 const struct lab_steps_side *side);

// Each wrong turn is found in every kind.
void step_checks_find(const struct wrong_side *w);

void step_checks_reached(const char *name, const char *what, uint64_t n, uint64_t least);

#endif
