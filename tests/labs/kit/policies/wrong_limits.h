#ifndef TESTS_LABS_KIT_POLICIES_WRONG_LIMITS_H
#define TESTS_LABS_KIT_POLICIES_WRONG_LIMITS_H

// A plain implementation of the seven rate limiters that can be told to take a wrong turn, one of
// three for each algorithm: such as people take. The check has to find every one of them.

#include "labs/kit/policies/verify_rate_limit.h"

#define WRONG_TURNS 3

// Of the side below: 0 is right, 1 to WRONG_TURNS are wrong. Tests run one after the other.
extern int wrong_turn;
extern const struct lab_limit_side wrong_limits;

#endif
