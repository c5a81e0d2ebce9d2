#include "tests/labs/kit/policies/wrong_policies.h"

#include <stdlib.h>
#include <string.h>

int wrong_turn;

// The real side behind a script whose definition has been changed.
struct wrong {
    struct lab_steps script;
    uint32_t at; // steps taken
    void *real;
};

void *wrong_open(const struct lab_steps_side *real, const struct lab_steps *s,
                 void (*err)(struct lab_steps *s))
{
    struct wrong *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->script = *s;
    if (wrong_turn)
        err(&w->script);
    w->real = real->open(&w->script);
    return w;
}

void *wrong_real(void *side)
{
    return ((struct wrong *)side)->real;
}

// A step may be known by its place in its script, so it is put there.
int64_t wrong_step(const struct lab_steps_side *real, void *side, const struct lab_steps *s,
                   const struct lab_step *one)
{
    struct wrong *w = side;
    uint32_t i = w->at++;
    (void)s;
    w->script.at[i] = *one;
    return real->step(w->real, &w->script, &w->script.at[i]);
}

void wrong_close(const struct lab_steps_side *real, void *side)
{
    real->close(((struct wrong *)side)->real);
    free(side);
}

// ---- Retries ----

static void err_retry(struct lab_steps *s)
{
    if (wrong_turn == 1 && s->def.retry.max_attempts > 0)
        s->def.retry.max_attempts++;
}

static void *open_retry(const struct lab_steps *s)
{
    return wrong_open(&lab_retry_pattern.real, s, err_retry);
}

enum {
    FAILS,
    PUSHED_BACK,
    BEGINS
};

static int64_t step_retry(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct wrong *w = side;
    struct lab_step other = *one;
    (void)s;
    if (wrong_turn == 2 && one->word == BEGINS)
        return 1; // what the call before had made still counts
    if (wrong_turn == 3 && one->word == PUSHED_BACK && one->amount >= 0)
        other.word = FAILS; // the wait is what it would have been
    return lab_retry_pattern.real.step(w->real, &w->script, &other);
}

static void close_retry(void *side)
{
    lab_retry_pattern.real.close(((struct wrong *)side)->real);
    free(side);
}

// ---- Budgets ----

enum {
    BUCKET,
    BROOKER,
    GRPC,
    FINAGLE,
    ENVOY,
    AWS,
    FAILURE_RATE
};
enum {
    ASKS,
    CALLS,
    SUCCEEDS,
    FAILED,
    IS_CANCELLED,
    RETRIED_WELL,
    RETRIED_BADLY,
    ENDS
};

static void err_budget(struct lab_steps *s)
{
    struct lab_budget_def *d = &s->def.budget;
    if (wrong_turn == 1 && s->kind <= BROOKER)
        d->is_strict = !d->is_strict;
    if (wrong_turn == 1 && s->kind == FINAGLE)
        d->ttl_ns++;
    if (wrong_turn == 1 && s->kind == ENVOY)
        d->reserve++;
    if (wrong_turn == 2 && s->kind <= GRPC)
        d->deposit_milli = 0;
    if (wrong_turn == 2 && s->kind == FINAGLE)
        d->share_milli = 0;
    if (wrong_turn == 3 && s->kind <= BROOKER)
        d->most_milli += 1000;
    if (wrong_turn == 3 && s->kind == FINAGLE)
        d->reserve++;
    if (wrong_turn == 1 && s->kind == AWS)
        d->is_strict = true;
    if (wrong_turn == 2 && s->kind == AWS)
        d->deposit_milli = 0;
    if (wrong_turn == 3 && s->kind == AWS)
        d->most_milli += 1000;
}

static void *open_budget(const struct lab_steps *s)
{
    return wrong_open(&lab_budget_pattern.real, s, err_budget);
}

// A budget is the first thing in what the real side opened.
static int64_t step_budget(void *side, const struct lab_steps *s,
                           const struct lab_step *one)
{
    struct wrong *w = side;
    struct lab_budget *b = w->real;
    bool retried = one->word == RETRIED_WELL || one->word == RETRIED_BADLY;
    if (wrong_turn == 1 && s->kind == GRPC && one->word == ASKS &&
        2 * b->level_milli == b->def.most_milli)
        return 1; // at half already
    if (wrong_turn == 1 && s->kind == FAILURE_RATE && one->word == ASKS &&
        b->failures * 1000 == b->def.share_milli * b->requests)
        return 0; // at the share itself
    if (wrong_turn == 3 && s->kind == GRPC && one->word == FAILED)
        return 0; // costs nothing
    int64_t answer = lab_budget_pattern.real.step(w->real, &w->script, one);
    if (wrong_turn == 2 && s->kind == ENVOY && retried && answer > 0)
        b->retries++; // is under way for ever
    if (wrong_turn == 3 && s->kind == ENVOY && one->word == ENDS && answer > 0)
        b->requests++;
    if (wrong_turn == 2 && s->kind == FAILURE_RATE && one->word == RETRIED_BADLY &&
        answer > 0)
        b->failures--; // retries do not count
    if (wrong_turn == 3 && s->kind == FAILURE_RATE && one->word == ENDS && answer > 0)
        b->requests--; // only those under way
    return answer;
}

static void close_budget(void *side)
{
    lab_budget_pattern.real.close(((struct wrong *)side)->real);
    free(side);
}

// ---- Breakers ----

enum {
    PYBREAKER = 4
};

static void err_breaker(struct lab_steps *s)
{
    struct lab_breaker_def *d = &s->def.breaker;
    if (wrong_turn == 1)
        d->open_ns++;
    if (wrong_turn == 3 && s->kind == PYBREAKER)
        d->min_calls++;
    else if (wrong_turn == 3)
        d->window++;
}

static void *open_breaker(const struct lab_steps *s)
{
    return wrong_open(&lab_breaker_pattern.real, s, err_breaker);
}

// Closing forgets nothing of what opened it: one more failure, and it is open again.
static int64_t step_breaker(void *side, const struct lab_steps *s,
                            const struct lab_step *one)
{
    struct wrong *w = side;
    struct lab_breaker *b = w->real;
    enum lab_breaker_state before = b->state;
    (void)s;
    int64_t answer = lab_breaker_pattern.real.step(w->real, &w->script, one);
    if (wrong_turn != 2 || before != LAB_BREAKER_HALF_OPEN ||
        b->state != LAB_BREAKER_CLOSED)
        return answer;
    b->consecutive = b->def.min_calls - 1;
    for (uint32_t i = 0; b->window.size > 0 && i < b->def.min_calls; i++)
        lab_window_add(&b->window, true, true, one->at_ns);
    return answer;
}

static void close_breaker(void *side)
{
    lab_breaker_pattern.real.close(((struct wrong *)side)->real);
    free(side);
}

const struct lab_steps_side *wrong_side_of(const struct lab_steps_pattern *p)
{
    static const struct lab_steps_side retry = { open_retry, step_retry, close_retry };
    static const struct lab_steps_side budget = { open_budget, step_budget, close_budget };
    static const struct lab_steps_side breaker = { open_breaker, step_breaker,
                                                   close_breaker };
    if (strcmp(p->name, "retry") == 0)
        return &retry;
    if (p == &lab_bulkhead_pattern)
        return &wrong_bulkhead;
    if (p == &lab_shed_pattern)
        return &wrong_shed;
    if (p == &lab_concurrency_limit_pattern)
        return &wrong_concurrency;
    return strcmp(p->name, "budget") == 0 ? &budget : &breaker;
}
