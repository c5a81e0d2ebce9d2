#include <stddef.h>

#include "labs/redis_limit/redis_limit_private.h"

// DOC(redis-limit-number) Redis turns a Lua number into text with 14 digits: a time in
// microseconds has 16, and would be stored rounded to a tenth of a millisecond.
#define PRELUDE                                                                              \
    "local limit, window, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])\n" \
    "local logs_refused, cost = ARGV[4] == '1', tonumber(ARGV[5])\n"                         \
    "local now, own = tonumber(ARGV[6]), false\n"                                            \
    "local key = KEYS[1]\n"                                                                  \
    "if not now then\n"                                                                      \
    "  local t = redis.call('TIME')\n"                                                       \
    "  now, own = t[1] * 1000000 + t[2], true\n"                                             \
    "end\n"                                                                                  \
    "local function whole(x) return string.format('%.0f', x) end\n"                          \
    "local function expire(name, us)\n"                                                      \
    "  if own then redis.call('PEXPIRE', name, whole(math.ceil(us / 1000))) end\n"           \
    "end\n"                                                                                  \
    "local function count_of(name) return tonumber(redis.call('GET', name) or '0') end\n"    \
    "local function answer(is_allowed, remaining)\n"                                         \
    "  return {is_allowed and 1 or 0, math.max(0, remaining)}\n"                             \
    "end\n"

// DOC(redis-limit-whole) A script runs whole: between the read and the write there is nobody.
static const char fixed_window[] =
    PRELUDE "local name = key .. ':' .. whole((now - now % window) / window)\n"
            "local count = count_of(name)\n"
            "if count + cost > limit then return answer(false, limit - count) end\n"
            "redis.call('INCRBY', name, whole(cost))\n"
            "expire(name, window)\n"
            "return answer(true, limit - count - cost)\n";

// The windows have keys of their own, so one that nobody called in is simply not there.
static const char sliding_counter[] =
    PRELUDE "local id, at = (now - now % window) / window, now % window\n"
            "local name = key .. ':' .. whole(id)\n"
            "local count = count_of(name)\n"
            "local weighed = count_of(key .. ':' .. whole(id - 1)) * (window - at)\n"
            "local ok = weighed < (limit - count - (cost - 1)) * window\n"
            "if ok then\n"
            "  count = count + cost\n"
            "  redis.call('INCRBY', name, whole(cost))\n"
            "  expire(name, 2 * window)\n"
            "end\n"
            "return answer(ok, math.ceil(((limit - count) * window - weighed) / window))\n";

// Entries of one instant are numbered, for a sorted set holds each name once: without that,
// two calls in a microsecond would be one.
static const char sliding_log[] = PRELUDE
    "local last = redis.call('ZREVRANGE', key, 0, 0, 'WITHSCORES')[2]\n"
    "if last then now = math.max(now, tonumber(last)) end\n"
    "redis.call('ZREMRANGEBYSCORE', key, '-inf', whole(now - window))\n"
    "local count = redis.call('ZCARD', key)\n"
    "local ok = count + cost <= limit\n"
    "if ok or logs_refused then\n"
    "  local same = redis.call('ZCOUNT', key, whole(now), whole(now))\n"
    "  for i = 1, math.min(cost, limit) do\n"
    "    redis.call('ZADD', key, whole(now), whole(now) .. ':' .. whole(same + i))\n"
    "  end\n"
    "  redis.call('ZREMRANGEBYRANK', key, 0, whole(-limit - 1))\n"
    "  expire(key, window)\n"
    "end\n"
    "return answer(ok, limit - redis.call('ZCARD', key))\n";

// The level is what is missing from a full bucket, times the window: a whole number. A refused
// call need not be written: the same level is found again from the older state.
static const char token_bucket[] =
    PRELUDE "local state = redis.call('HMGET', key, 'level', 'last')\n"
            "local last = tonumber(state[2] or now)\n"
            "now = math.max(now, last)\n"
            "local level = math.max(0, tonumber(state[1] or '0') - (now - last) * limit)\n"
            "local ok = level + cost * window <= burst * window\n"
            "if ok then\n"
            "  level = level + cost * window\n"
            "  redis.call('HSET', key, 'level', whole(level), 'last', whole(now))\n"
            "  expire(key, level / limit)\n"
            "end\n"
            "return answer(ok, math.floor((burst * window - level) / window))\n";

// A refused call does not move the theoretical arrival time.
static const char gcra[] =
    PRELUDE "local every = window / limit\n"
            "local tau = every * (burst + 1)\n"
            "local tat = math.max(now, tonumber(redis.call('GET', key) or now))\n"
            "local new = tat + every * cost\n"
            "local ok = now >= new - tau\n"
            "if ok then\n"
            "  tat = new\n"
            "  redis.call('SET', key, whole(new))\n"
            "  expire(key, new - now)\n"
            "end\n"
            "return answer(ok, math.floor((tau - (tat - now)) / every))\n";

const char *lab_redis_limit_script(enum lab_redis_limit_algorithm algorithm)
{
    switch (algorithm) {
    case LAB_REDIS_FIXED_WINDOW:
        return fixed_window;
    case LAB_REDIS_SLIDING_LOG:
        return sliding_log;
    case LAB_REDIS_SLIDING_COUNTER:
        return sliding_counter;
    case LAB_REDIS_TOKEN_BUCKET:
        return token_bucket;
    case LAB_REDIS_GCRA:
        return gcra;
    }
    return NULL;
}
