#include "tests/labs/kit/policies/wrong_outbox.h"

#include <stdlib.h>

int wrong_outbox_turn;

// The real side behind a script that has been changed.
struct wrong {
    struct lab_steps script;
    void *real;
};

static void err(struct lab_outbox_rule *rule)
{
    rule->marks_first = wrong_outbox_turn == 1;
    if (wrong_outbox_turn == 2)
        rule->way = 1;
    if (wrong_outbox_turn == 3)
        rule->dedupes = false;
    rule->acks_first = wrong_outbox_turn == 4;
    rule->turns_rows = wrong_outbox_turn == 5;
}

static void *open_as(const struct lab_steps *s, void *(*open)(const struct lab_steps *s))
{
    struct wrong *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->script = *s;
    err(&w->script.def.outbox);
    w->real = open(&w->script);
    if (w->real)
        return w;
    free(w);
    return NULL;
}

static void *open_wrong(const struct lab_steps *s)
{
    return open_as(s, lab_outbox_real_open);
}

static void *open_killed(const struct lab_steps *s)
{
    return open_as(s, lab_outbox_killed_open);
}

static int64_t step_wrong(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct wrong *w = side;
    return lab_outbox_real_step(w->real, &w->script, &w->script.at[one - s->at]);
}

static void close_wrong(void *side)
{
    lab_outbox_real_close(((struct wrong *)side)->real);
    free(side);
}

const struct lab_steps_side wrong_outbox = { open_wrong, step_wrong, close_wrong };
const struct lab_steps_side wrong_outbox_killed = { open_killed, step_wrong, close_wrong };
