#ifndef TESTS_LABS_KIT_POLICIES_WRONG_HEDGE_H
#define TESTS_LABS_KIT_POLICIES_WRONG_HEDGE_H

// The real hedge with one small wrong turn, by number:
//
//   1  one attempt too many
//   2  who has answered is still under way, and so are the others; of tied ones when one begins
//   3  the timer is not set anew when one goes out because another failed, and where there is no
//      timer such a failure is forgotten; after failures only, a fatal one is not seen as such
//
// 0 is right.

#include "labs/kit/policies/verify_steps.h"

#define WRONG_HEDGE_TURNS 3
extern int wrong_hedge_turn;

extern const struct lab_steps_side wrong_hedge;

#endif
