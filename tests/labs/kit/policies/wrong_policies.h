#ifndef TESTS_LABS_KIT_POLICIES_WRONG_POLICIES_H
#define TESTS_LABS_KIT_POLICIES_WRONG_POLICIES_H

// The real retries, budgets, breakers, lines and concurrency limits with one small wrong turn each,
// by number:
//
//   1  < for <=: an attempt too many, an edge of time or of an amount on its wrong side
//   2  something is forgotten: a reset, a deposit, an end
//   3  something stale or too large: a window, a reserve, a wait
//
// 0 is right.

#include "labs/kit/policies/verify_steps.h"

#define WRONG_TURNS 3
extern int wrong_turn;

extern const struct lab_steps_side wrong_shed, wrong_concurrency, wrong_bulkhead;

// The real side behind a script whose definition has been changed by `err`.
void *wrong_open(const struct lab_steps_side *real, const struct lab_steps *s,
                 void (*err)(struct lab_steps *s));
void *wrong_real(void *side); // what the real side opened
int64_t wrong_step(const struct lab_steps_side *real, void *side, const struct lab_steps *s,
                   const struct lab_step *one);
void wrong_close(const struct lab_steps_side *real, void *side);

const struct lab_steps_side *wrong_side_of(const struct lab_steps_pattern *p);

#endif
