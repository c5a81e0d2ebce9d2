#define _GNU_SOURCE
#include "labs/redis_limit/redis_limit.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "labs/redis_limit/redis_limit_private.h"

// How long a limiter may hold up the call that it is to protect something from.
static const struct timeval patience = { .tv_sec = 5 };

bool lab_redis_limit_is_sound(const struct lab_redis_limit_def *def)
{
    const int64_t most = ((int64_t)1 << 53) - 1;
    const bool is_bucket = def->algorithm == LAB_REDIS_TOKEN_BUCKET;
    const bool is_gcra = def->algorithm == LAB_REDIS_GCRA;
    return def->limit > 0 && def->window_us > 0 && def->limit <= most / def->window_us &&
           def->burst < most / def->window_us && (!is_bucket || def->burst > 0) &&
           (!is_gcra || def->window_us % def->limit == 0) &&
           (def->way != LAB_REDIS_INCREMENT_FIRST ||
            def->algorithm == LAB_REDIS_FIXED_WINDOW);
}

bool lab_redis_limit_init(struct lab_redis_limit *l, const struct lab_redis_limit_def *def,
                          const char *socket, uint32_t client)
{
    *l = (struct lab_redis_limit){ .def = *def, .client = client };
    if (!lab_redis_limit_is_sound(def) || strlen(socket) >= sizeof l->socket)
        return false;
    strcpy(l->socket, socket);
    return true;
}

void lab_redis_limit_fini(struct lab_redis_limit *l)
{
    if (l->redis)
        redisFree(l->redis);
    l->redis = NULL;
}

static bool connected(struct lab_redis_limit *l)
{
    if (l->redis && l->redis->err)
        lab_redis_limit_fini(l); // after an error a context is of no more use
    if (!l->redis) {
        l->redis = redisConnectUnixWithTimeout(l->socket, patience);
        if (l->redis && !l->redis->err)
            redisSetTimeout(l->redis, patience);
    }
    return l->redis && !l->redis->err;
}

// DOC(redis-limit-sigpipe) hiredis before 1.0 writes to its socket with write(), so a server
// that went away would not be an error but the end of this process.
static redisReply *send_quietly(redisContext *c, const char *format, va_list args)
{
    sigset_t pipe, before, waiting;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    sigpending(&waiting);
    redisReply *r = redisvCommand(c, format, args);
    if (c->err && !sigismember(&waiting, SIGPIPE))
        sigtimedwait(&pipe, NULL, &(struct timespec){ 0 });
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r;
}

redisReply *lab_redis_limit_ask(struct lab_redis_limit *l, const char *format, ...)
{
    va_list args;
    if (!connected(l))
        return NULL;
    va_start(args, format);
    redisReply *r = send_quietly(l->redis, format, args);
    va_end(args);
    return r;
}

// Sent as text: the server then remembers it under its digest, and a script of a kilobyte is
// not worth a second round trip. DOC(redis-limit-eval)
static struct lab_redis_limit_answer run_script(struct lab_redis_limit *l, const char *key,
                                                uint32_t cost, int64_t now_us)
{
    struct lab_redis_limit_answer a = { .verdict = LAB_REDIS_NO_STORE };
    char now[24] = "";
    if (now_us >= 0)
        snprintf(now, sizeof now, "%" PRId64, now_us);
    redisReply *r = lab_redis_limit_ask(l, "EVAL %s 1 %s %u %lld %u %d %u %s",
                                        lab_redis_limit_script(l->def.algorithm), key,
                                        l->def.limit, (long long)l->def.window_us,
                                        l->def.burst, l->def.logs_refused, cost, now);
    if (r && r->type == REDIS_REPLY_ARRAY && r->elements == 2) {
        a.verdict = r->element[0]->integer ? LAB_REDIS_ALLOWED : LAB_REDIS_REFUSED;
        a.remaining = (uint32_t)r->element[1]->integer;
    }
    if (r)
        freeReplyObject(r);
    return a;
}

struct lab_redis_limit_answer lab_redis_limit_take(struct lab_redis_limit *l,
                                                   const char *key, uint32_t cost,
                                                   int64_t now_us)
{
    if (l->def.way == LAB_REDIS_SCRIPT)
        return run_script(l, key, cost, now_us);
    struct lab_redis_limit_seen seen = lab_redis_limit_read(l, key, cost, now_us);
    return lab_redis_limit_write(l, &seen);
}
