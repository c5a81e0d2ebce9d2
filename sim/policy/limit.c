#include "sim/policy/limit.h"

#include <stddef.h>

#include "sim/engine/wide.h"

static sim_wide amount_of(const struct sim_limit_state *s)
{
    return (sim_wide)s->u.amount.high << 64 | s->u.amount.low;
}

static void set_amount(struct sim_limit_state *s, sim_wide x)
{
    s->u.amount.high = (uint64_t)(x >> 64);
    s->u.amount.low = (uint64_t)x;
}

// So many calls, in calls times ns of the window; which is also how long they take at the
// limit's rate, in ns times the limit.
static sim_wide calls(const struct sim_limit *l, uint64_t n)
{
    return (sim_wide)(uint64_t)l->window * n;
}

static sim_wide scaled(const struct sim_limit *l, sim_time t)
{
    return (sim_wide)(uint64_t)t * l->limit;
}

// Back to ns, rounded up; what no clock can hold is its end.
static sim_time unscaled(const struct sim_limit *l, sim_wide x)
{
    sim_wide ns = x / l->limit + (x % l->limit != 0);
    return ns < INT64_MAX ? (sim_time)ns : INT64_MAX;
}

static sim_wide later(sim_wide a, sim_wide b)
{
    return a > b ? a : b;
}

// ---- Buckets ----

static bool token_bucket(const struct sim_limit *l, struct sim_limit_state *s, sim_time now,
                         uint32_t cost)
{
    sim_wide tokens = amount_of(s), room = calls(l, l->burst) - tokens;
    sim_wide refill = scaled(l, now - s->last);
    tokens += refill < room ? refill : room;
    bool passes = tokens >= calls(l, cost);
    set_amount(s, passes ? tokens - calls(l, cost) : tokens);
    return passes;
}

static bool leaky_bucket(const struct sim_limit *l, struct sim_limit_state *s, sim_time now,
                         uint32_t cost)
{
    sim_wide level = amount_of(s), drained = scaled(l, now - s->last);
    level -= drained < level ? drained : level;
    bool passes = level + calls(l, cost) <= calls(l, l->burst);
    set_amount(s, passes ? level + calls(l, cost) : level);
    return passes;
}

// ---- One instant: when all that has passed will have left ----

static bool move_instant(const struct sim_limit *l, struct sim_limit_state *s, sim_time now,
                         uint32_t cost, uint64_t ahead)
{
    sim_wide next = later(scaled(l, now), amount_of(s)) + calls(l, cost);
    if (next > scaled(l, now) + calls(l, ahead))
        return false;
    set_amount(s, next);
    return true;
}

static bool gcra(const struct sim_limit *l, struct sim_limit_state *s, sim_time now,
                 uint32_t cost)
{
    return move_instant(l, s, now, cost, (uint64_t)l->burst + 1);
}

static bool leaky_queue(const struct sim_limit *l, struct sim_limit_state *s, sim_time now,
                        uint32_t cost, sim_time *wait)
{
    if (!move_instant(l, s, now, cost, l->burst))
        return false;
    *wait = unscaled(l, amount_of(s) - scaled(l, now));
    return true;
}

// ---- Windows ----

// Nothing of a window but the last one counts.
static void turn_to(const struct sim_limit *l, struct sim_limit_state *s, sim_time now)
{
    int64_t window = now / l->window;
    if (window == s->u.counts.window)
        return;
    s->u.counts.before = window == s->u.counts.window + 1 ? s->u.counts.now : 0;
    s->u.counts.now = 0;
    s->u.counts.window = window;
}

static bool count(struct sim_limit_state *s, uint32_t cost, bool passes)
{
    if (passes)
        s->u.counts.now += cost;
    return passes;
}

static bool fixed_window(const struct sim_limit *l, struct sim_limit_state *s, sim_time now,
                         uint32_t cost)
{
    turn_to(l, s, now);
    return count(s, cost, (uint64_t)s->u.counts.now + cost <= l->limit);
}

static bool sliding_counter(const struct sim_limit *l, struct sim_limit_state *s,
                            sim_time now, uint32_t cost)
{
    turn_to(l, s, now);
    sim_wide in_view = (sim_wide)(uint64_t)(l->window - now % l->window);
    sim_wide estimate = in_view * s->u.counts.before + calls(l, s->u.counts.now);
    return count(s, cost, estimate + calls(l, cost - 1) < calls(l, l->limit));
}

// ---- The log ----

static void forget_old(const struct sim_limit *l, struct sim_limit_state *s,
                       struct sim_limit_log *log, sim_time now)
{
    while (s->u.log.first != 0) {
        uint32_t i = s->u.log.first;
        struct sim_limit_node *oldest = &log->nodes[i];
        if (now - oldest->at < l->window)
            break;
        s->u.log.cost -= oldest->cost;
        s->u.log.first = oldest->next;
        oldest->next = log->free;
        log->free = i;
    }
    if (s->u.log.first == 0)
        s->u.log.end = 0;
}

static uint32_t new_node(struct sim_limit_log *log)
{
    uint32_t i = log->free;
    if (i != 0) {
        log->free = log->nodes[i].next;
        return i;
    }
    return log->used < log->cap ? ++log->used : 0;
}

// Calls of one instant share a node.
static bool write_down(struct sim_limit_state *s, struct sim_limit_log *log, sim_time now,
                       uint32_t cost)
{
    uint32_t end = s->u.log.end;
    if (end == 0 || log->nodes[end].at != now) {
        uint32_t i = new_node(log);
        if (i == 0)
            return false;
        log->nodes[i] = (struct sim_limit_node){ .at = now };
        if (end == 0)
            s->u.log.first = i;
        else
            log->nodes[end].next = i;
        s->u.log.end = end = i;
    }
    log->nodes[end].cost += cost;
    s->u.log.cost += cost;
    return true;
}

static enum sim_limit_answer sliding_log(const struct sim_limit *l,
                                         struct sim_limit_state *s,
                                         struct sim_limit_log *log, sim_time now,
                                         uint32_t cost)
{
    forget_old(l, s, log, now);
    if (s->u.log.cost + cost > l->limit)
        return SIM_LIMIT_REFUSES;
    return write_down(s, log, now, cost) ? SIM_LIMIT_PASSES : SIM_LIMIT_LOG_IS_FULL;
}

// ---- All of them ----

void sim_limit_begin(const struct sim_limit *l, struct sim_limit_state *s, sim_time now)
{
    *s = (struct sim_limit_state){ .last = now };
    if (l->kind == SIM_LIMIT_TOKEN_BUCKET)
        set_amount(s, calls(l, l->burst));
}

enum sim_limit_answer sim_limit_take(const struct sim_limit *l, struct sim_limit_state *s,
                                     struct sim_limit_log *log, sim_time now, uint32_t cost,
                                     sim_time *wait)
{
    bool passes = false;
    *wait = 0;
    if (l->limit == 0)
        return SIM_LIMIT_REFUSES;
    if (now < s->last)
        now = s->last;
    switch (l->kind) {
    case SIM_LIMIT_TOKEN_BUCKET:
        passes = token_bucket(l, s, now, cost);
        break;
    case SIM_LIMIT_LEAKY_BUCKET:
        passes = leaky_bucket(l, s, now, cost);
        break;
    case SIM_LIMIT_LEAKY_QUEUE:
        passes = leaky_queue(l, s, now, cost, wait);
        break;
    case SIM_LIMIT_GCRA:
        passes = gcra(l, s, now, cost);
        break;
    case SIM_LIMIT_FIXED_WINDOW:
        passes = fixed_window(l, s, now, cost);
        break;
    case SIM_LIMIT_SLIDING_COUNTER:
        passes = sliding_counter(l, s, now, cost);
        break;
    default: // the sliding log
        s->last = now;
        return sliding_log(l, s, log, now, cost);
    }
    s->last = now;
    return passes ? SIM_LIMIT_PASSES : SIM_LIMIT_REFUSES;
}

// ---- Looking, deciding and writing apart ----

void sim_limit_look(const struct sim_limit *l, struct sim_limit_state *s,
                    struct sim_limit_log *log, sim_time now, struct sim_limit_state *seen)
{
    if (l->kind == SIM_LIMIT_SLIDING_LOG)
        forget_old(l, s, log, now);
    *seen = *s;
}

enum sim_limit_answer sim_limit_decide(const struct sim_limit *l,
                                       struct sim_limit_state *seen, sim_time now,
                                       uint32_t cost, sim_time *wait)
{
    if (l->kind != SIM_LIMIT_SLIDING_LOG)
        return sim_limit_take(l, seen, NULL, now, cost, wait);
    *wait = 0;
    return seen->u.log.cost + cost <= l->limit ? SIM_LIMIT_PASSES : SIM_LIMIT_REFUSES;
}

// The count of the window that the call was let through in, which may be over.
static void count_up(const struct sim_limit *l, struct sim_limit_state *s, int64_t window,
                     sim_time now, uint32_t cost)
{
    turn_to(l, s, now);
    if (s->u.counts.window == window)
        s->u.counts.now += cost;
    else if (s->u.counts.window == window + 1)
        s->u.counts.before += cost;
}

bool sim_limit_write(const struct sim_limit *l, struct sim_limit_state *s,
                     struct sim_limit_log *log, const struct sim_limit_state *seen,
                     sim_time now, uint32_t cost)
{
    switch (l->kind) {
    case SIM_LIMIT_FIXED_WINDOW:
    case SIM_LIMIT_SLIDING_COUNTER:
        count_up(l, s, seen->u.counts.window, now, cost);
        break;
    case SIM_LIMIT_SLIDING_LOG:
        forget_old(l, s, log, now);
        if (!write_down(s, log, now, cost))
            return false;
        break;
    default:
        *s = *seen;
        return true;
    }
    s->last = now;
    return true;
}

struct sim_limit_reply sim_limit_throttle(const struct sim_limit *l,
                                          struct sim_limit_state *s, sim_time now,
                                          uint32_t cost)
{
    sim_time wait;
    uint64_t most = (uint64_t)l->burst + 1;
    struct sim_limit_reply r = { .limit = most, .retry_after = -1 };
    r.limited = sim_limit_take(l, s, NULL, now, cost, &wait) == SIM_LIMIT_REFUSES;
    sim_wide at = scaled(l, s->last), tau = calls(l, most);
    sim_wide left = later(amount_of(s), at) - at;
    r.remaining = (uint64_t)((tau - left) / calls(l, 1));
    r.reset_after = l->limit ? unscaled(l, left) : 0;
    if (r.limited && cost <= most && l->limit > 0)
        r.retry_after = unscaled(l, left + calls(l, cost) - tau);
    return r;
}

const char *sim_limit_name(enum sim_limit_kind kind)
{
    static const char *const names[SIM_LIMITS] = {
        [SIM_LIMIT_TOKEN_BUCKET] = "token_bucket",
        [SIM_LIMIT_LEAKY_BUCKET] = "leaky_bucket",
        [SIM_LIMIT_LEAKY_QUEUE] = "leaky_queue",
        [SIM_LIMIT_GCRA] = "gcra",
        [SIM_LIMIT_FIXED_WINDOW] = "fixed_window",
        [SIM_LIMIT_SLIDING_LOG] = "sliding_log",
        [SIM_LIMIT_SLIDING_COUNTER] = "sliding_counter",
    };
    return names[kind];
}
