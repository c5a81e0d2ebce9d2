#include "tests/labs/kit/policies/wrong_balance.h"

#include <stdlib.h>

int wrong_balance;

enum {
    ROUND_ROBIN,
    WEIGHTED,
    RANDOM,
    LEAST,
    P2C,
    PEAK_EWMA,
    RING,
    OUTLIER
};
enum {
    PICKS,
    ENDS_WELL,
    ENDS_BADLY,
    GOES,
    COMES
};

// The real side behind a script whose definition has been changed, and what it does not know yet.
struct wrong {
    struct lab_steps script;
    struct lab_step late;
    bool is_late;
    void *real;
};

static void err(struct lab_steps *s)
{
    struct lab_balance_script *d = &s->def.balance;
    if (wrong_balance == 1 && s->kind == OUTLIER)
        d->outlier.max_ejection_milli++;
    if (wrong_balance == 3 && s->kind >= LEAST && d->rule.refresh_ns > 0)
        d->rule.refresh_ns++;
    if (wrong_balance == 3 && s->kind == RING && d->bound > 0)
        d->bound += 0.25;
    if (wrong_balance == 3 && s->kind == OUTLIER)
        d->outlier.base_ejection_ns++;
}

static void *wrong_open(const struct lab_steps *s)
{
    struct wrong *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->script = *s;
    err(&w->script);
    w->real = lab_balance_pattern.real.open(&w->script);
    return w;
}

static int64_t right(struct wrong *w, const struct lab_step *one)
{
    return lab_balance_pattern.real.step(w->real, &w->script, one);
}

// Just as many up as the share is panic already. A balancer is the first thing of the real side.
static int64_t panics_early(struct wrong *w, const struct lab_step *one)
{
    struct lab_balance *b = w->real;
    uint32_t panic = b->def.panic_milli;
    b->def.panic_milli += panic > 0 && panic < 1000;
    int64_t answer = right(w, one);
    b->def.panic_milli = panic;
    return answer;
}

static int64_t forgets_who_comes(struct wrong *w, const struct lab_step *one)
{
    struct lab_balance *b = w->real;
    struct lab_balance_host *h = &b->hosts[one->amount % b->count];
    int64_t up = h->up_ns;
    if (w->script.kind == ROUND_ROBIN)
        return 1;
    int64_t answer = right(w, one);
    h->up_ns = up;
    return answer;
}

// An error ends nothing.
static int64_t forgets_an_end(struct wrong *w, const struct lab_step *one)
{
    struct lab_balance *b = w->real;
    int64_t answer = right(w, one);
    if (answer > 0)
        b->hosts[one->amount % b->count].under_way++;
    return answer;
}

static int64_t knows_late(struct wrong *w, const struct lab_step *one)
{
    bool is_late = one->word == GOES || one->word == COMES;
    int64_t answer = is_late ? 1 : right(w, one);
    if (w->is_late)
        right(w, &w->late);
    w->is_late = is_late;
    w->late = *one;
    return answer;
}

static int64_t wrong_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct wrong *w = side;
    struct lab_step other = *one;
    if (wrong_balance == 1 && s->kind < RING && one->word == PICKS)
        return panics_early(w, one);
    if (wrong_balance == 1 && s->kind == RING)
        other.chance++; // the first point that is behind
    if (wrong_balance == 2 && s->kind <= RANDOM && one->word == COMES)
        return forgets_who_comes(w, one);
    if (wrong_balance == 2 && s->kind >= LEAST && s->kind < RING && one->word == ENDS_BADLY)
        return forgets_an_end(w, one);
    if (wrong_balance == 2 && s->kind == RING && one->word == ENDS_BADLY)
        return 1;
    if (wrong_balance == 2 && s->kind == OUTLIER && one->word == ENDS_WELL)
        return 0;
    if (wrong_balance == 3 && s->kind <= RANDOM)
        return knows_late(w, one);
    return right(w, &other);
}

static void wrong_close(void *side)
{
    lab_balance_pattern.real.close(((struct wrong *)side)->real);
    free(side);
}

const struct lab_steps_side wrong_balance_side = { wrong_open, wrong_step, wrong_close };
