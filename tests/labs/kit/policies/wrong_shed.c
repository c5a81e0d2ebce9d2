#include <stdlib.h>

#include "tests/labs/kit/policies/wrong_policies.h"

// Lines under overload and concurrency limits that err.

enum {
    ADAPTIVE_LIFO = 1
};
enum {
    COMES = 1
};

static void err_shed(struct lab_steps *s)
{
    struct lab_shed_def *d = &s->def.shed;
    if (wrong_turn == 1) {
        d->codel.target_ns++;
        d->lifo_from++;
        d->long_ns++;
    }
    if (wrong_turn == 2 && s->kind == ADAPTIVE_LIFO)
        d->order = LAB_SHED_LIFO; // never goes back to the oldest
    if (wrong_turn == 3 && s->kind == ADAPTIVE_LIFO)
        d->order = LAB_SHED_FIFO;
    if (wrong_turn == 3) {
        d->codel.interval_ns++;
        d->short_ns++;
    }
}

static void *open_shed(const struct lab_steps *s)
{
    return wrong_open(&lab_shed_pattern.real, s, err_shed);
}

// A queue is the first thing in what the real side opened.
static int64_t step_shed(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct lab_shed_queue *q = wrong_real(side);
    struct lab_codel before = q->codel;
    int64_t empty = q->empty_ns;
    int64_t answer = wrong_step(&lab_shed_pattern.real, side, s, one);
    if (wrong_turn == 2 && before.is_above) {
        q->codel.is_above = true; // whoever was quick is forgotten
        q->codel.above_ns = before.above_ns;
    }
    if (wrong_turn == 2 && one->word == COMES)
        q->empty_ns = empty;
    return answer;
}

static void close_shed(void *side)
{
    wrong_close(&lab_shed_pattern.real, side);
}

const struct lab_steps_side wrong_shed = { open_shed, step_shed, close_shed };

// ---- Concurrency limits ----

enum {
    FIXED,
    AIMD,
    VEGAS,
    GRADIENT2
};
enum {
    ASKS,
    SUCCEEDS,
    IS_DROPPED
};

static void err_concurrency(struct lab_steps *s)
{
    struct lab_concurrency_def *d = &s->def.concurrency;
    if (wrong_turn == 1 && s->kind == FIXED)
        d->initial++;
    if (wrong_turn == 1 && s->kind == AIMD)
        d->timeout_ns--;
    if (wrong_turn == 2 && s->kind == AIMD)
        d->min = 0;
    if (wrong_turn == 3 && s->kind == GRADIENT2)
        d->long_window++;
}

static void *open_concurrency(const struct lab_steps *s)
{
    struct lab_concurrency *c;
    void *side = wrong_open(&lab_concurrency_limit_pattern.real, s, err_concurrency);
    if (!side)
        return NULL;
    c = wrong_real(side);
    if (wrong_turn == 2 && s->kind == GRADIENT2)
        c->usual_count = 10; // it is not warmed up
    return side;
}

static int64_t step_concurrency(void *side, const struct lab_steps *s,
                                const struct lab_step *one)
{
    struct lab_concurrency *c = wrong_real(side);
    struct lab_concurrency before = *c;
    struct lab_step other = *one;
    if (wrong_turn == 1 && s->kind >= VEGAS && one->chance % 6 == 0)
        other.chance = one->chance + 1; // half of it, where it was one less
    if (wrong_turn == 3 && s->kind == AIMD)
        other.chance = 4; // all of it, whatever is used
    int64_t answer = wrong_step(&lab_concurrency_limit_pattern.real, side, s, &other);
    if (wrong_turn == 2 && s->kind == VEGAS && c->unloaded_ns < before.unloaded_ns)
        c->unloaded_ns = before.unloaded_ns; // the shortest is the first
    if (wrong_turn == 3 && s->kind == VEGAS && one->word != ASKS)
        c->unloaded_ns = one->amount; // or the last
    if (wrong_turn == 2 && s->kind == FIXED && one->word == IS_DROPPED)
        c->limit--;
    if (wrong_turn == 3 && s->kind == FIXED && one->word == SUCCEEDS)
        c->limit = before.limit + (one->chance % 6 == 4);
    return answer;
}

static void close_concurrency(void *side)
{
    wrong_close(&lab_concurrency_limit_pattern.real, side);
}

const struct lab_steps_side wrong_concurrency = { open_concurrency, step_concurrency,
                                                  close_concurrency };
