#ifndef LABS_BULKHEAD_POOL_H
#define LABS_BULKHEAD_POOL_H

// A pool of connections: a bulkhead whose places are kept. `size` of them stay open when nobody
// uses them, `max_overflow` more are opened when all are in use and closed when given back. It
// says whether a connection is to be opened and never opens one. Time is given, as to a bulkhead.
//
// Invariant: open = in use + idle <= size + max_overflow, and nobody waits while one is idle.
// Constant time, but for what is closed because it was idle for too long.
//
// Sources: SQLAlchemy's QueuePool, HikariCP; what becomes of idle ones is as in httpcore.

#include "labs/bulkhead/bulkhead.h"

#define LAB_POOL_NEVER INT64_MAX

struct lab_pool_def {
    uint32_t size, max_overflow, max_waiting;
    int64_t acquire_timeout_ns; // 0: nobody waits
    int64_t max_idle_ns;        // idle for longer, it is not used any more
};

struct lab_pool_def lab_pool_sqlalchemy(void); // 5, 10 more, 30 s
struct lab_pool_def lab_pool_hikari(void);     // 10, 30 s

// The caller's, which keeps it while it waits.
struct lab_pool_call {
    struct lab_bulkhead_call call; // first: who waits in the line is its call
    bool opens;                    // inside: it has to open its connection
};

struct lab_pool {
    struct lab_pool_def def; // constant
    struct lab_bulkhead places;
    int64_t *idle_since; // [size], a ring, the longest idle first; owned
    uint32_t first, idle, open;
};

// False when there is no memory.
bool lab_pool_init(struct lab_pool *p, const struct lab_pool_def *def);
void lab_pool_fini(struct lab_pool *p);

// Inside, waiting or refused. The connection that was idle for longest is used first.
enum lab_bulkhead_state lab_pool_acquire(struct lab_pool *p, struct lab_pool_call *c,
                                         int64_t now_ns);

// A connection comes back; a broken one is not used again. Returns who is inside now and had to wait,
// or null.
struct lab_pool_call *lab_pool_release(struct lab_pool *p, bool is_broken, int64_t now_ns);

// Whose time is up gives up. At one instant, this is for after all that come back.
void lab_pool_expire(struct lab_pool *p, int64_t now_ns);

#endif
