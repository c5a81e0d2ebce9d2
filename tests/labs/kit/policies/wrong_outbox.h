#ifndef TESTS_LABS_KIT_POLICIES_WRONG_OUTBOX_H
#define TESTS_LABS_KIT_POLICIES_WRONG_OUTBOX_H

// The real outbox with one small wrong turn each, by number:
//
//   1  the relay marks before it publishes
//   2  a row and its message are in two transactions
//   3  the consumer does not remember what it has had
//   4  it acknowledges before its effect is committed
//   5  rows are not numbered in the order of their commits
//
// 0 is right. Killed processes are tried with all but the last.

#include "labs/kit/policies/verify_outbox.h"

#define WRONG_OUTBOX_TURNS 5
extern int wrong_outbox_turn;
extern const struct lab_steps_side wrong_outbox, wrong_outbox_killed;

#endif
