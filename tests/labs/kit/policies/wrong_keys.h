#ifndef TESTS_LABS_KIT_POLICIES_WRONG_KEYS_H
#define TESTS_LABS_KIT_POLICIES_WRONG_KEYS_H

// The real idempotency keys with one small wrong turn each, by number:
//
//   1  < for <=: a lease and a key are over a nanosecond late
//   2  what was asked for is not compared
//   3  errors are kept where they are not to be, and the other way round
//   4  effect and record in another order
//   5  the clock's end is taken for the end of whatever would go beyond it
//
// 0 is right.

#include "labs/kit/policies/verify_steps.h"

#define WRONG_KEY_TURNS 5
extern int wrong_key_turn;
extern const struct lab_steps_side wrong_keys;

#endif
