#ifndef LABS_KIT_POLICIES_VERIFY_OUTBOX_H
#define LABS_KIT_POLICIES_VERIFY_OUTBOX_H

// What both sides of the outbox' check, and its tests, know of a script. Its steps are processes, one
// after the other: a writer of one order, a relay, or a consumer. Each does its work so many times
// and dies at a numbered step of the next, or when there is nothing left to do.

#include "labs/kit/policies/verify_steps.h"

enum lab_outbox_word {
    LAB_OUTBOX_WRITES,
    LAB_OUTBOX_IS_REFUSED, // a writer whose work says no at its end
    LAB_OUTBOX_RELAYS,
    LAB_OUTBOX_CONSUMES
};

// Of each pattern's kinds, by number.
enum lab_outbox_kind {
    LAB_OUTBOX_KEPT,   // the outbox, and a consumer that remembers
    LAB_OUTBOX_AFTER,  // dual write: commit, then publish
    LAB_OUTBOX_BEFORE, // publish, then commit
    LAB_OUTBOX_FORGOT, // an outbox, and a consumer that does not remember
    LAB_OUTBOX_APART,  // an outbox in a transaction of its own
    LAB_OUTBOX_KINDS
};

// Steps of each at which it may die; a writer that dies at its last has done all.
#define LAB_OUTBOX_WRITER_DEATHS   6u
#define LAB_OUTBOX_RELAY_DEATHS    4u
#define LAB_OUTBOX_CONSUMER_DEATHS 6u
#define LAB_OUTBOX_WHOLE           3u // it does its work at most so often less one before

static inline uint32_t lab_outbox_whole(const struct lab_step *one)
{
    return (uint32_t)one->amount / 8;
}

static inline uint32_t lab_outbox_dies_at(const struct lab_step *one)
{
    return (uint32_t)one->amount % 8;
}

// What there is after a step.
struct lab_outbox_look {
    int64_t orders, lost, invented, repeats; // lost: so far, it may be on its way
    int64_t unmarked, unacked;               // rows, messages
    int64_t order; // whose effects the step has had, two digits each, in their order
};

// An answer is all of it, two digits each: orders, lost, invented, repeats, unmarked, unacked, and
// the effects that were had.
static inline int64_t lab_outbox_answer(const struct lab_outbox_look *l)
{
    int64_t n = l->orders * 100 + l->lost;
    n = (n * 100 + l->invented) * 100 + l->repeats;
    n = (n * 100 + l->unmarked) * 100 + l->unacked;
    return n * 1000000 + l->order;
}

// As struct lab_steps_side has them.
void *lab_outbox_model_open(const struct lab_steps *s);
int64_t lab_outbox_model_step(void *side, const struct lab_steps *s,
                              const struct lab_step *one);
void lab_outbox_model_close(void *side);

// Only where SQLite is. Opened with connections that go no further, or with processes that are
// killed.
void *lab_outbox_real_open(const struct lab_steps *s);
void *lab_outbox_killed_open(const struct lab_steps *s);
int64_t lab_outbox_real_step(void *side, const struct lab_steps *s,
                             const struct lab_step *one);
void lab_outbox_real_close(void *side);

// The same scripts with processes that are killed, which takes longer: of the first three kinds.
extern const struct lab_steps_pattern lab_outbox_killed_pattern;

#endif
