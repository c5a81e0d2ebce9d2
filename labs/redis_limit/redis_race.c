// The ways of asking that are not one step: what is read and decided, and what is written then.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labs/redis_limit/redis_limit_private.h"

// ---- Reading ----

// The number that a reply holds, as text or as itself; `otherwise` where there is nothing.
static int64_t number(const redisReply *r, int64_t otherwise)
{
    if (r->type == REDIS_REPLY_INTEGER)
        return r->integer;
    return r->type == REDIS_REPLY_STRING ? strtoll(r->str, NULL, 10) : otherwise;
}

// Takes the reply, which may be null. False where it is none, or an error.
static bool numbers(redisReply *r, int64_t *out, size_t count)
{
    bool ok = r && r->type != REDIS_REPLY_ERROR &&
              (r->type != REDIS_REPLY_ARRAY || r->elements == count);
    for (size_t i = 0; ok && i < count; i++)
        out[i] = number(r->type == REDIS_REPLY_ARRAY ? r->element[i] : r, out[i]);
    if (r)
        freeReplyObject(r);
    return ok;
}

static int64_t later(int64_t x, int64_t y)
{
    return x > y ? x : y;
}

static void decide(struct lab_redis_limit_seen *s, bool is_allowed, int64_t remaining)
{
    s->answer.verdict = is_allowed ? LAB_REDIS_ALLOWED : LAB_REDIS_REFUSED;
    s->answer.remaining = (uint32_t)later(remaining, 0);
}

static void fixed(struct lab_redis_limit *l, struct lab_redis_limit_seen *s)
{
    int64_t limit = l->def.limit, count = 0, cost = s->cost;
    if (!numbers(lab_redis_limit_ask(l, "GET %s", s->key), &count, 1))
        return;
    bool ok = count + cost <= limit;
    decide(s, ok, limit - count - (ok ? cost : 0));
}

// DOC(redis-limit-increment-first) What comes back is what nobody else was told, so comparing
// it is safe. But a refused call has counted as well, and the key has no end yet.
static void increment(struct lab_redis_limit *l, struct lab_redis_limit_seen *s)
{
    int64_t count = 0;
    if (!numbers(lab_redis_limit_ask(l, "INCRBY %s %u", s->key, s->cost), &count, 1))
        return;
    decide(s, count <= l->def.limit, l->def.limit - count);
}

static void counter(struct lab_redis_limit *l, struct lab_redis_limit_seen *s,
                    const char *key)
{
    int64_t w = l->def.window_us, limit = l->def.limit, counts[2] = { 0 }, cost = s->cost;
    redisReply *r = lab_redis_limit_ask(l, "MGET %s %s:%lld", s->key, key,
                                        (long long)(s->now_us / w - 1));
    if (!numbers(r, counts, 2))
        return;
    int64_t weighed = counts[1] * (w - s->now_us % w);
    bool ok = cost <= limit && weighed < (limit - counts[0] - (cost - 1)) * w;
    int64_t room = (limit - counts[0] - (ok ? cost : 0)) * w - weighed;
    decide(s, ok, room > 0 ? (room + w - 1) / w : 0);
}

static void sliding_log(struct lab_redis_limit *l, struct lab_redis_limit_seen *s)
{
    int64_t limit = l->def.limit, count = 0, cost = s->cost;
    redisReply *r = lab_redis_limit_ask(l, "ZCOUNT %s (%lld +inf", s->key,
                                        (long long)(s->now_us - l->def.window_us));
    if (!numbers(r, &count, 1))
        return;
    bool ok = count + cost <= limit;
    decide(s, ok, limit - count - (ok || l->def.logs_refused ? cost : 0));
}

static void bucket(struct lab_redis_limit *l, struct lab_redis_limit_seen *s)
{
    int64_t w = l->def.window_us, full = l->def.burst * w, state[2] = { 0, s->now_us };
    if (!numbers(lab_redis_limit_ask(l, "HMGET %s level last", s->key), state, 2))
        return;
    s->now_us = later(s->now_us, state[1]);
    int64_t passed = s->now_us - state[1];
    // So long that the product might not fit is long enough for a full bucket.
    int64_t level = passed > state[0] / l->def.limit ? 0 : state[0] - passed * l->def.limit;
    bool ok = s->cost <= l->def.burst && level + s->cost * w <= full;
    s->state = level + (ok ? s->cost * w : 0);
    decide(s, ok, (full - s->state) / w);
}

static void gcra(struct lab_redis_limit *l, struct lab_redis_limit_seen *s)
{
    int64_t every = l->def.window_us / l->def.limit, tau = every * (l->def.burst + 1);
    int64_t tat = s->now_us;
    if (!numbers(lab_redis_limit_ask(l, "GET %s", s->key), &tat, 1))
        return;
    tat = later(tat, s->now_us);
    bool ok =
        s->cost <= l->def.burst + (uint64_t)1 && s->now_us >= tat + every * s->cost - tau;
    s->state = tat + (ok ? every * s->cost : 0);
    decide(s, ok, (tau - (s->state - s->now_us)) / every);
}

static bool tell_time(struct lab_redis_limit *l, struct lab_redis_limit_seen *s)
{
    int64_t time[2] = { 0 };
    if (s->is_own_clock && !numbers(lab_redis_limit_ask(l, "TIME"), time, 2))
        return false;
    if (s->is_own_clock)
        s->now_us = time[0] * 1000000 + time[1];
    return true;
}

static void name_key(const struct lab_redis_limit *l, struct lab_redis_limit_seen *s,
                     const char *key)
{
    if (l->def.algorithm == LAB_REDIS_FIXED_WINDOW ||
        l->def.algorithm == LAB_REDIS_SLIDING_COUNTER)
        snprintf(s->key, sizeof s->key, "%.100s:%" PRId64, key,
                 s->now_us / l->def.window_us);
    else
        snprintf(s->key, sizeof s->key, "%.100s", key);
}

// DOC(redis-limit-race) From here until the write, everybody else reads the same. MULTI would
// not help: it cannot branch on what it reads.
struct lab_redis_limit_seen lab_redis_limit_read(struct lab_redis_limit *l, const char *key,
                                                 uint32_t cost, int64_t now_us)
{
    struct lab_redis_limit_seen s = { .answer = { .verdict = LAB_REDIS_NO_STORE },
                                      .is_own_clock = now_us < 0,
                                      .cost = cost,
                                      .now_us = now_us };
    if (!tell_time(l, &s))
        return s;
    name_key(l, &s, key);
    if (l->def.way == LAB_REDIS_INCREMENT_FIRST)
        increment(l, &s);
    else if (l->def.algorithm == LAB_REDIS_FIXED_WINDOW)
        fixed(l, &s);
    else if (l->def.algorithm == LAB_REDIS_SLIDING_COUNTER)
        counter(l, &s, key);
    else if (l->def.algorithm == LAB_REDIS_SLIDING_LOG)
        sliding_log(l, &s);
    else if (l->def.algorithm == LAB_REDIS_TOKEN_BUCKET)
        bucket(l, &s);
    else
        gcra(l, &s);
    return s;
}

// ---- Writing ----

static bool done(redisReply *r)
{
    int64_t ignored = 0;
    return numbers(r, &ignored, 1);
}

// What a script leaves to itself, a client does by hand: names of its own, and old entries.
static bool log_call(struct lab_redis_limit *l, const struct lab_redis_limit_seen *s)
{
    long long now = (long long)s->now_us, from = now - (long long)l->def.window_us;
    bool ok = done(lab_redis_limit_ask(l, "ZREMRANGEBYSCORE %s -inf %lld", s->key, from));
    for (uint32_t i = 0; ok && i < s->cost && i < l->def.limit; i++)
        ok = done(lab_redis_limit_ask(l, "ZADD %s %lld %u:%llu", s->key, now, l->client,
                                      (unsigned long long)l->calls++));
    return ok;
}

static bool store(struct lab_redis_limit *l, const struct lab_redis_limit_seen *s)
{
    switch (l->def.algorithm) {
    case LAB_REDIS_FIXED_WINDOW:
    case LAB_REDIS_SLIDING_COUNTER:
        return l->def.way == LAB_REDIS_INCREMENT_FIRST ||
               done(lab_redis_limit_ask(l, "INCRBY %s %u", s->key, s->cost));
    case LAB_REDIS_SLIDING_LOG:
        return log_call(l, s);
    case LAB_REDIS_TOKEN_BUCKET:
        return done(lab_redis_limit_ask(l, "HSET %s level %lld last %lld", s->key,
                                        (long long)s->state, (long long)s->now_us));
    case LAB_REDIS_GCRA:
        break;
    }
    return done(lab_redis_limit_ask(l, "SET %s %lld", s->key, (long long)s->state));
}

static int64_t lasts_us(const struct lab_redis_limit *l,
                        const struct lab_redis_limit_seen *s)
{
    if (l->def.algorithm == LAB_REDIS_SLIDING_COUNTER)
        return 2 * l->def.window_us;
    if (l->def.algorithm == LAB_REDIS_TOKEN_BUCKET)
        return s->state / l->def.limit + 1;
    return l->def.algorithm == LAB_REDIS_GCRA ? s->state - s->now_us : l->def.window_us;
}

struct lab_redis_limit_answer lab_redis_limit_write(struct lab_redis_limit *l,
                                                    const struct lab_redis_limit_seen *seen)
{
    bool is_logged = l->def.algorithm == LAB_REDIS_SLIDING_LOG && l->def.logs_refused;
    if (seen->answer.verdict == LAB_REDIS_NO_STORE ||
        (seen->answer.verdict == LAB_REDIS_REFUSED && !is_logged))
        return seen->answer;
    bool ok = store(l, seen);
    if (ok && seen->is_own_clock)
        ok = done(lab_redis_limit_ask(l, "PEXPIRE %s %lld", seen->key,
                                      (long long)(lasts_us(l, seen) / 1000 + 1)));
    if (!ok)
        return (struct lab_redis_limit_answer){ .verdict = LAB_REDIS_NO_STORE };
    return seen->answer;
}
