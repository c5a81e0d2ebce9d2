#ifndef TESTS_LABS_KIT_POLICIES_WRONG_BALANCE_H
#define TESTS_LABS_KIT_POLICIES_WRONG_BALANCE_H

// The real balancers, ring and outlier detection with one small wrong turn each, by number:
//
//   1  an edge on its wrong side: of panic, of a point on the ring, of the share that may be out
//   2  something is forgotten: who comes back, when it did, an end, a success
//   3  something stale or too large: who is up, the loads, the bound, the ejection
//
// 0 is right.

#include "labs/kit/policies/verify_steps.h"

#define WRONG_BALANCES 3
extern int wrong_balance;

extern const struct lab_steps_side wrong_balance_side;

#endif
