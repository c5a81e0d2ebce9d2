#include "tests/labs/kit/policies/wrong_keys.h"

#include <stdlib.h>

int wrong_key_turn;

// The real side behind a script that has been changed.
struct wrong {
    struct lab_steps script;
    void *real;
};

static int64_t at_most(int64_t length, int64_t now)
{
    return length < INT64_MAX - now ? length : INT64_MAX - now;
}

static void err(struct lab_steps *s)
{
    struct lab_key_rule *d = &s->def.key;
    if (wrong_key_turn == 1) {
        d->lease_ns++;
        d->expiry_ns++;
    }
    if (wrong_key_turn == 3)
        d->replays_errors = !d->replays_errors;
    if (wrong_key_turn == 4)
        s->kind = (s->kind + 1) % 3;
    if (wrong_key_turn == 5 && s->count > 0) {
        d->lease_ns = at_most(d->lease_ns, s->at[s->count - 1].at_ns);
        d->expiry_ns = at_most(d->expiry_ns, s->at[s->count - 1].at_ns);
    }
}

static void *open_wrong(const struct lab_steps *s)
{
    struct wrong *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->script = *s;
    err(&w->script);
    w->real = lab_idempotency_pattern.real.open(&w->script);
    if (w->real)
        return w;
    free(w);
    return NULL;
}

static int64_t step_wrong(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct wrong *w = side;
    struct lab_step other = *one;
    (void)s;
    if (wrong_key_turn == 2)
        other.amount = 0;
    return lab_idempotency_pattern.real.step(w->real, &w->script, &other);
}

static void close_wrong(void *side)
{
    lab_idempotency_pattern.real.close(((struct wrong *)side)->real);
    free(side);
}

const struct lab_steps_side wrong_keys = { open_wrong, step_wrong, close_wrong };
