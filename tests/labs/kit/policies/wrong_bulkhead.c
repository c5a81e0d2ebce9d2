#include "tests/labs/kit/policies/wrong_policies.h"

// Bulkheads and pools of connections with a wrong turn. In a pool the first is about connections,
// the others about who waits.

enum {
    PLACES,
    CONNECTIONS
};
enum {
    ASKS,
    LEAVES,
    BREAKS,
    GIVES_UP,
    ENDS
};

static void err(struct lab_steps *s)
{
    struct lab_bulkhead_def *d = &s->def.bulkhead;
    struct lab_pool_def *p = &s->def.pool;
    if (wrong_turn == 1 && s->kind == PLACES && d->max_wait_ns > 0 &&
        d->max_wait_ns < INT64_MAX)
        d->max_wait_ns++;
    if (wrong_turn == 1 && s->kind == CONNECTIONS && p->max_idle_ns < INT64_MAX)
        p->max_idle_ns++;
    if (wrong_turn == 3 && s->kind == PLACES && d->max_waiting < UINT32_MAX)
        d->max_waiting++;
    if (wrong_turn == 3 && s->kind == CONNECTIONS && p->max_overflow > 0) {
        p->max_overflow--;
        p->size++; // kept, and not closed
    }
}

static void *open(const struct lab_steps *s)
{
    return wrong_open(&lab_bulkhead_pattern.real, s, err);
}

static int64_t step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct lab_step other = *one;
    if (wrong_turn == 2 && s->kind == PLACES && one->word == ENDS)
        return 0; // nobody looks at the clock
    if (wrong_turn == 2 && s->kind == CONNECTIONS && one->word == BREAKS)
        other.word = LEAVES; // what is broken is used again
    return wrong_step(&lab_bulkhead_pattern.real, side, s, &other);
}

static void close(void *side)
{
    wrong_close(&lab_bulkhead_pattern.real, side);
}

const struct lab_steps_side wrong_bulkhead = { open, step, close };
