#ifndef TESTS_LABS_KIT_POLICIES_WRONG_CACHE_H
#define TESTS_LABS_KIT_POLICIES_WRONG_CACHE_H

// The real cache with one small wrong turn, by number:
//
//   1  <= for <: a value is still fresh when it is as old as it may be
//   2  a hit is no use: the key that came in longest ago makes room
//   3  the end of a load that failed is forgotten
//   4  a flush forgets what is there, and not what is being loaded
//
// 0 is right.

#include "labs/kit/policies/verify_steps.h"

#define WRONG_CACHE_TURNS 4
extern int wrong_cache_turn;

extern const struct lab_steps_side wrong_cache;

#endif
