#include "tests/labs/kit/policies/wrong_limits.h"

#include <stdlib.h>

__extension__ typedef __int128 wide;

int wrong_turn;

struct entry {
    int64_t at;
    uint32_t cost;
};

struct wrong {
    bool asked;
    int64_t last, window;
    wide amount;
    int64_t before, count;
    struct entry log[LAB_LIMIT_CALLS];
    uint32_t first, end;
};

static bool turns(int which)
{
    return wrong_turn == which;
}

// 1: a token too many is asked for; 2: no cap; 3: a refusal forgets that it has refilled.
static bool token_bucket(struct wrong *w, const struct lab_limit_def *def, uint32_t cost,
                         int64_t now)
{
    wide unit = def->window_ns, cap = unit * def->burst;
    if (!w->asked)
        w->amount = cap;
    w->amount += (wide)(now - w->last) * def->limit;
    if (w->amount > cap && !turns(2))
        w->amount = cap;
    bool passes = turns(1) ? w->amount > unit * cost : w->amount >= unit * cost;
    if (passes)
        w->amount -= unit * cost;
    if (passes || !turns(3))
        w->last = now;
    return passes;
}

// 1: full before it is full; 2: below empty; 3: a refusal forgets that it has drained.
static bool leaky_bucket(struct wrong *w, const struct lab_limit_def *def, uint32_t cost,
                         int64_t now)
{
    wide unit = def->window_ns, cap = unit * def->burst;
    w->amount -= (wide)(now - w->last) * def->limit;
    if (w->amount < 0 && !turns(2))
        w->amount = 0;
    wide level = w->amount + unit * cost;
    bool passes = turns(1) ? level < cap : level <= cap;
    if (passes)
        w->amount = level;
    if (passes || !turns(3))
        w->last = now;
    return passes;
}

// 1: full before it is full; 2: who was idle saves it up; 3: the first leaves at once.
static bool leaky_queue(struct wrong *w, const struct lab_limit_def *def, uint32_t cost,
                        int64_t now, int64_t *wait)
{
    wide unit = def->window_ns, at = (wide)now * def->limit;
    wide from = w->amount > at || turns(2) ? w->amount : at;
    wide leaves = from + unit * cost, latest = at + unit * def->burst;
    if (turns(1) ? leaves >= latest : leaves > latest)
        return false;
    w->amount = leaves;
    wide held = leaves - at - (turns(3) ? unit : 0);
    *wait = held > 0 ? (int64_t)((held + def->limit - 1) / def->limit) : 0;
    return true;
}

// 1: equality refuses; 2: who was idle saves it up; 3: a refused call moves it.
static bool gcra(struct wrong *w, const struct lab_limit_def *def, uint32_t cost,
                 int64_t now)
{
    wide unit = def->window_ns, at = (wide)now * def->limit;
    wide next = (w->amount > at || turns(2) ? w->amount : at) + unit * cost;
    wide latest = at + unit * ((wide)def->burst + 1);
    bool passes = turns(1) ? next < latest : next <= latest;
    if (passes || turns(3))
        w->amount = next;
    return passes;
}

// 1: one too few; 2: the count is not reset; 3: a window begins with its first call.
static bool fixed_window(struct wrong *w, const struct lab_limit_def *def, uint32_t cost,
                         int64_t now)
{
    int64_t window = now / def->window_ns;
    if (turns(3) && w->asked && now - w->window < def->window_ns)
        window = w->window;
    else if (turns(3))
        window = now;
    if (window != w->window && !turns(2))
        w->count = 0;
    w->window = window;
    bool passes = turns(1) ? w->count + cost < def->limit : w->count + cost <= def->limit;
    w->count += passes ? cost : 0;
    return passes;
}

// 1: a call of the age of the window still counts; 2: only one is forgotten at a time;
// 3: refused calls count.
static bool sliding_log(struct wrong *w, const struct lab_limit_def *def, uint32_t cost,
                        int64_t now)
{
    while (w->first < w->end && (turns(1) ? now - w->log[w->first].at > def->window_ns
                                          : now - w->log[w->first].at >= def->window_ns)) {
        w->count -= w->log[w->first++].cost;
        if (turns(2))
            break;
    }
    bool passes = w->count + cost <= def->limit;
    if (passes || turns(3)) {
        w->log[w->end++] = (struct entry){ now, cost };
        w->count += cost;
    }
    return passes;
}

// 1: the limit itself passes; 2: the window before the last is not forgotten; 3: the count goes
// on from window to window.
static bool sliding_counter(struct wrong *w, const struct lab_limit_def *def, uint32_t cost,
                            int64_t now)
{
    int64_t window = now / def->window_ns;
    if (window != w->window) {
        w->before = window == w->window + 1 || turns(2) ? w->count : 0;
        w->count = turns(3) ? w->count : 0;
        w->window = window;
    }
    wide unit = def->window_ns, weighed = (unit - now % def->window_ns) * w->before;
    wide estimate = weighed + unit * (w->count + cost - 1), limit = unit * def->limit;
    bool passes = turns(1) ? estimate <= limit : estimate < limit;
    w->count += passes ? cost : 0;
    return passes;
}

static bool decide(struct wrong *w, const struct lab_limit_def *def, uint32_t cost,
                   int64_t now, int64_t *wait)
{
    switch (def->algorithm) {
    case LAB_TOKEN_BUCKET:
        return token_bucket(w, def, cost, now);
    case LAB_LEAKY_BUCKET:
        return leaky_bucket(w, def, cost, now);
    case LAB_LEAKY_QUEUE:
        return leaky_queue(w, def, cost, now, wait);
    case LAB_GCRA:
        return gcra(w, def, cost, now);
    case LAB_FIXED_WINDOW:
        return fixed_window(w, def, cost, now);
    case LAB_SLIDING_LOG:
        return sliding_log(w, def, cost, now);
    default:
        return sliding_counter(w, def, cost, now);
    }
}

static struct lab_limit_answer take(void *of, const struct lab_limit_def *def,
                                    uint32_t cost, int64_t now)
{
    struct wrong *w = of;
    struct lab_limit_answer a = { .wait_ns = 0 };
    static const bool buckets[LAB_LIMIT_ALGORITHMS] = {
        [LAB_TOKEN_BUCKET] = true, [LAB_LEAKY_BUCKET] = true
    };
    if (!w->asked)
        w->last = now;
    if (now < w->last)
        now = w->last;
    a.is_allowed = decide(w, def, cost, now, &a.wait_ns);
    w->asked = true;
    if (!buckets[def->algorithm])
        w->last = now;
    return a;
}

static void *open_one(const struct lab_limit_def *def)
{
    (void)def;
    return calloc(1, sizeof(struct wrong));
}

static void close_one(void *w, const struct lab_limit_def *def)
{
    (void)def;
    free(w);
}

const struct lab_limit_side wrong_limits = { .open = open_one,
                                             .take = take,
                                             .close = close_one };
