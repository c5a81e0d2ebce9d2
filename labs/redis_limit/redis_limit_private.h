#ifndef LABS_REDIS_LIMIT_REDIS_LIMIT_PRIVATE_H
#define LABS_REDIS_LIMIT_REDIS_LIMIT_PRIVATE_H

#include "labs/redis_limit/redis_limit.h"

// The script of an algorithm. Keys: the limiter's. Arguments: limit, window, burst, whether a
// log keeps refused calls, cost, time (empty: the server's). Answers allowed and remaining.
const char *lab_redis_limit_script(enum lab_redis_limit_algorithm algorithm);

// Sends a command and waits for the reply, which the caller frees; null when there is none.
redisReply *lab_redis_limit_ask(struct lab_redis_limit *l, const char *format, ...);

#endif
