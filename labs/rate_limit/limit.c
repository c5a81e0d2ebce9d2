#include "labs/rate_limit/limit.h"

#include <stdlib.h>

static int64_t divide_up(int64_t x, int64_t by)
{
    return x / by + (x % by != 0);
}

static int64_t later(int64_t x, int64_t y)
{
    return x > y ? x : y;
}

// ---- Buckets: a level in call-ns that leaks `limit` a ns ----

// DOC(rate-limit-exact) The product is taken only when the bucket would not be empty by then,
// so neither a long idle time nor a clock near its end can overflow it.
static void leak(struct lab_limit *l, const struct lab_limit_def *def, int64_t passed)
{
    if (passed >= divide_up(l->u.level, def->limit))
        l->u.level = 0;
    else
        l->u.level -= passed * def->limit;
}

static struct lab_limit_answer refused(bool helps, int64_t excess,
                                       const struct lab_limit_def *def)
{
    return (struct lab_limit_answer){ .retry_after_ns = helps
                                                            ? divide_up(excess, def->limit)
                                                            : LAB_LIMIT_NEVER };
}

static const struct lab_limit_answer allowed = { .is_allowed = true,
                                                 .retry_after_ns = LAB_LIMIT_NEVER };

// DOC(rate-limit-bucket) A token bucket, a leaky bucket and GCRA are one rule in three
// languages: tokens that are missing, water that is in, time that TAT is ahead. They differ
// in what they call the size.
static struct lab_limit_answer bucket(struct lab_limit *l, const struct lab_limit_def *def,
                                      uint32_t size, uint32_t cost)
{
    int64_t full = size * def->window_ns;
    struct lab_limit_answer a = allowed;
    if (cost > size)
        a = refused(false, 0, def);
    else if (l->u.level + cost * def->window_ns > full)
        a = refused(true, l->u.level + cost * def->window_ns - full, def);
    else
        l->u.level += cost * def->window_ns;
    a.remaining = (uint32_t)((full - l->u.level) / def->window_ns);
    a.reset_after_ns = divide_up(l->u.level, def->limit);
    return a;
}

// Nobody is stored: who waits is who has not left yet, and calls leave one by one.
static struct lab_limit_answer queue(struct lab_limit *l, const struct lab_limit_def *def,
                                     uint32_t cost)
{
    uint32_t waiting = (uint32_t)divide_up(l->u.level, def->window_ns);
    struct lab_limit_answer a = allowed;
    if (cost > def->burst) {
        a = refused(false, 0, def);
    } else if (waiting + cost > def->burst) {
        a = refused(true, l->u.level - (def->burst - cost) * def->window_ns, def);
    } else {
        l->u.level += cost * def->window_ns;
        waiting += cost;
        a.wait_ns = divide_up(l->u.level, def->limit);
    }
    a.remaining = def->burst - waiting;
    a.reset_after_ns = divide_up(l->u.level, def->limit);
    return a;
}

// ---- Windows ----

// DOC(rate-limit-stale-window) A key that slept through a whole window has nothing before it:
// forgetting this is the classic mistake, old counts then haunt the next window.
static void roll(struct lab_limit *l, const struct lab_limit_def *def, int64_t now)
{
    int64_t window = now / def->window_ns;
    if (window == l->u.in.window)
        return;
    l->u.in.before = window == l->u.in.window + 1 ? l->u.in.count : 0;
    l->u.in.count = 0;
    l->u.in.window = window;
}

static struct lab_limit_answer fixed(struct lab_limit *l, const struct lab_limit_def *def,
                                     uint32_t cost, int64_t now)
{
    int64_t left = def->window_ns - now % def->window_ns;
    struct lab_limit_answer a = allowed;
    roll(l, def, now);
    if (cost <= def->limit - l->u.in.count) {
        l->u.in.count += cost;
    } else {
        a.is_allowed = false;
        a.retry_after_ns = cost <= def->limit ? left : LAB_LIMIT_NEVER;
    }
    a.remaining = def->limit - l->u.in.count;
    a.reset_after_ns = l->u.in.count > 0 ? left : 0;
    return a;
}

// The first offset into a window at which `before`, weighed by what is left of its window,
// and `calls` more stay below the limit; the window's length when there is none.
static int64_t fits_at(const struct lab_limit_def *def, uint32_t before, int64_t calls)
{
    int64_t room = def->limit - calls;
    if (room > before)
        return 0;
    if (room <= 0)
        return def->window_ns;
    // before * (window - at) < room * window
    return def->window_ns * (before - room) / before + 1;
}

static struct lab_limit_answer counter(struct lab_limit *l, const struct lab_limit_def *def,
                                       uint32_t cost, int64_t now)
{
    int64_t w = def->window_ns, at = now % w;
    struct lab_limit_answer a = allowed;
    roll(l, def, now);
    int64_t weighed = l->u.in.before * (w - at);
    int64_t used = l->u.in.count + (int64_t)cost - 1;
    if (cost <= def->limit && used < def->limit && weighed < (def->limit - used) * w) {
        l->u.in.count += cost;
    } else {
        a.is_allowed = false;
        int64_t from = fits_at(def, l->u.in.before, used);
        if (cost <= def->limit)
            a.retry_after_ns =
                from < w ? from - at
                         : w - at + fits_at(def, l->u.in.count, (int64_t)cost - 1);
    }
    int64_t room = (def->limit - (int64_t)l->u.in.count) * w - weighed;
    a.remaining = room > 0 ? (uint32_t)divide_up(room, w) : 0;
    a.reset_after_ns = l->u.in.count > 0 ? 2 * w - at : l->u.in.before > 0 ? w - at : 0;
    return a;
}

// ---- The log ----

static int64_t *entry(const struct lab_limit *l, const struct lab_limit_def *def,
                      uint32_t i)
{
    return &l->u.log.at[(l->u.log.first + (uint64_t)i) % def->limit];
}

static void forget(struct lab_limit *l, const struct lab_limit_def *def, uint32_t n)
{
    l->u.log.first = (uint32_t)((l->u.log.first + (uint64_t)n) % def->limit);
    l->u.log.count -= n;
}

static void remember(struct lab_limit *l, const struct lab_limit_def *def, uint32_t n,
                     int64_t now)
{
    for (uint32_t i = 0; i < n && i < def->limit; i++) {
        if (l->u.log.count == def->limit)
            forget(l, def, 1);
        *entry(l, def, l->u.log.count++) = now;
    }
}

// How long the i-th of the log still counts: not at the age of a window any more.
static int64_t left(const struct lab_limit *l, const struct lab_limit_def *def, uint32_t i,
                    int64_t now)
{
    return def->window_ns - (now - *entry(l, def, i));
}

static struct lab_limit_answer sliding_log(struct lab_limit *l,
                                           const struct lab_limit_def *def, uint32_t cost,
                                           int64_t now)
{
    struct lab_limit_answer a = allowed;
    while (l->u.log.count > 0 && left(l, def, 0, now) <= 0)
        forget(l, def, 1);
    a.is_allowed = cost <= def->limit - l->u.log.count;
    if (a.is_allowed || def->logs_refused)
        remember(l, def, cost, now);
    uint32_t count = l->u.log.count;
    if (!a.is_allowed && cost <= def->limit)
        a.retry_after_ns = left(l, def, count + cost - def->limit - 1, now);
    a.remaining = def->limit - count;
    if (count > 0)
        a.reset_after_ns = left(l, def, count - 1, now);
    return a;
}

// ---- One key ----

bool lab_limit_is_sound(const struct lab_limit_def *def)
{
    int64_t most = ((int64_t)1 << 61) - 1;
    return def->limit > 0 && def->window_ns > 0 &&
           (def->burst > 0 || def->algorithm > LAB_LEAKY_QUEUE) &&
           def->limit <= most / def->window_ns && def->burst < most / def->window_ns;
}

bool lab_limit_init(struct lab_limit *l, const struct lab_limit_def *def)
{
    *l = (struct lab_limit){ .last_ns = INT64_MIN };
    if (def->algorithm != LAB_SLIDING_LOG)
        return true;
    l->u.log.at = calloc(def->limit, sizeof *l->u.log.at);
    return l->u.log.at != NULL;
}

void lab_limit_fini(struct lab_limit *l, const struct lab_limit_def *def)
{
    if (def->algorithm == LAB_SLIDING_LOG)
        free(l->u.log.at);
}

struct lab_limit_answer lab_limit_take(struct lab_limit *l, const struct lab_limit_def *def,
                                       uint32_t cost, int64_t now_ns)
{
    int64_t now = later(now_ns, later(l->last_ns, 0));
    int64_t passed = now - later(l->last_ns, 0);
    l->last_ns = now;
    switch (def->algorithm) {
    case LAB_FIXED_WINDOW:
        return fixed(l, def, cost, now);
    case LAB_SLIDING_COUNTER:
        return counter(l, def, cost, now);
    case LAB_SLIDING_LOG:
        return sliding_log(l, def, cost, now);
    default:
        break;
    }
    leak(l, def, passed);
    if (def->algorithm == LAB_LEAKY_QUEUE)
        return queue(l, def, cost);
    return bucket(l, def, def->burst + (def->algorithm == LAB_GCRA), cost);
}
