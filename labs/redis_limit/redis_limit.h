#ifndef LABS_REDIS_LIMIT_REDIS_LIMIT_H
#define LABS_REDIS_LIMIT_REDIS_LIMIT_H

// Rate limits that many processes share in a Redis: five algorithms, in three ways of asking.
// A Lua script runs whole, so nobody comes between its read and its write. To read, decide here
// and then write is the race that everybody writes first: with R clients that have read before
// one has written, R calls have the last place. To count first and look at what came back is
// safe too, as far as it goes: it can count and nothing else, and who dies before the EXPIRE
// leaves a key for ever.
//
// Time is in microseconds, as Redis tells it, given by the caller or the server's own. A Lua
// number is a double, so all products below stay under 2^53 and everything is compared exactly.
// A connection belongs to one thread at a time. Keys hold the window's number: a cluster would
// need {} around the name.
//
// Sources: Redis' EVAL, INCR (its "Pattern: Rate limiter") and TIME pages; redis-cell for GCRA.

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdint.h>

enum lab_redis_limit_algorithm {
    LAB_REDIS_FIXED_WINDOW,    // count < limit
    LAB_REDIS_SLIDING_LOG,     // entries younger than a window < limit
    LAB_REDIS_SLIDING_COUNTER, // before * (1 - elapsed / window) + count < limit
    LAB_REDIS_TOKEN_BUCKET,    // `burst` tokens, full at first, limit / window come back
    LAB_REDIS_GCRA             // `burst` beyond the first at once: redis-cell's max_burst
};

enum lab_redis_limit_way {
    LAB_REDIS_SCRIPT,          // one EVALSHA: atomic
    LAB_REDIS_READ_THEN_WRITE, // a race, on purpose
    LAB_REDIS_INCREMENT_FIRST // INCRBY and compare: fixed windows only, refused calls count
};

// limit * window_us and (burst + 1) * window_us stay below 2^53, as do all times; for GCRA the
// window is a multiple of the limit, for its interval is kept as a whole number.
struct lab_redis_limit_def {
    enum lab_redis_limit_algorithm algorithm;
    enum lab_redis_limit_way way;
    uint32_t limit;
    int64_t window_us;
    uint32_t burst;    // bucket (from 1) and GCRA (from 0)
    bool logs_refused; // sliding log: a refused call counts as well
};

// The server's own time; its keys then expire as soon as they mean nothing. With times that are
// given, keys stay: a script's clock and the server's do not go alike.
#define LAB_REDIS_NOW ((int64_t)-1)

enum lab_redis_limit_verdict {
    LAB_REDIS_REFUSED,
    LAB_REDIS_ALLOWED,
    LAB_REDIS_NO_STORE // no answer, and perhaps counted: the caller fails open, or closed
};

struct lab_redis_limit_answer {
    enum lab_redis_limit_verdict verdict;
    uint32_t remaining; // calls of cost 1 that would be allowed now, one after the other
};

// One client with a connection of its own.
struct lab_redis_limit {
    struct lab_redis_limit_def def;
    char socket[108];
    redisContext *redis; // null while there is none: the next call connects
    uint32_t client;     // tells the entries of this client in a log from others
    uint64_t calls;
};

// Between the two halves of a call that is not atomic.
struct lab_redis_limit_seen {
    struct lab_redis_limit_answer answer;
    char key[128]; // what is read and written
    bool is_own_clock;
    uint32_t cost;
    int64_t now_us;
    int64_t state; // what would be written
};

bool lab_redis_limit_is_sound(const struct lab_redis_limit_def *def);

// Clients of one store have numbers of their own. False when the definition is not sound or
// the path too long; a server that is not there shows when it is asked.
bool lab_redis_limit_init(struct lab_redis_limit *l, const struct lab_redis_limit_def *def,
                          const char *socket, uint32_t client);
void lab_redis_limit_fini(struct lab_redis_limit *l);

// cost is at least 1; now_us does not go back. The key has at most 100 characters.
struct lab_redis_limit_answer lab_redis_limit_take(struct lab_redis_limit *l,
                                                   const char *key, uint32_t cost,
                                                   int64_t now_us);

// The two halves of a call in the two other ways, so that a test can put another client
// between them: what is read and decided, and what is written then.
struct lab_redis_limit_seen lab_redis_limit_read(struct lab_redis_limit *l, const char *key,
                                                 uint32_t cost, int64_t now_us);
struct lab_redis_limit_answer
lab_redis_limit_write(struct lab_redis_limit *l, const struct lab_redis_limit_seen *seen);

#endif
