#include "tests/labs/kit/policies/wrong_hedge.h"

#include <stdlib.h>

int wrong_hedge_turn;

enum {
    AFTER_FAILURE = 2
};

enum {
    TIMER,
    FAILS,
    FAILS_FATALLY,
    SUCCEEDS,
    IS_STARTED,
    BEGINS
};

static void *open_hedge(const struct lab_steps *s)
{
    struct lab_steps script = *s;
    if (wrong_hedge_turn == 1)
        script.def.hedge.max_attempts++;
    return lab_hedge_pattern.real.open(&script);
}

// A hedge is the first thing in what the real side opened.
static int64_t step_hedge(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct lab_hedge *h = side, before = *h;
    uint32_t bit = 1u << one->amount;
    bool is_under_way = before.under_way & bit;
    bool has_timer = before.next_ns != LAB_HEDGE_NEVER;
    if (wrong_hedge_turn == 3 && one->word == FAILS && !has_timer && is_under_way &&
        (before.under_way & ~bit)) {
        h->under_way &= ~bit;
        return 1;
    }
    struct lab_step other = *one;
    if (wrong_hedge_turn == 3 && s->kind == AFTER_FAILURE && one->word == FAILS_FATALLY)
        other.word = FAILS;
    int64_t answer = lab_hedge_pattern.real.step(side, s, &other);
    if (wrong_hedge_turn == 2 && (one->word == SUCCEEDS || one->word == IS_STARTED) &&
        is_under_way)
        h->under_way = before.under_way;
    if (wrong_hedge_turn == 3 && one->word == FAILS && has_timer && h->sent > before.sent &&
        h->next_ns != LAB_HEDGE_NEVER)
        h->next_ns = before.next_ns;
    return answer;
}

static void close_hedge(void *side)
{
    lab_hedge_pattern.real.close(side);
}

const struct lab_steps_side wrong_hedge = { open_hedge, step_hedge, close_hedge };
