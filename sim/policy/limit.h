#ifndef SIM_POLICY_LIMIT_H
#define SIM_POLICY_LIMIT_H

// May this call go on now? Seven rate limiters, as decisions about one key: whoever asks says
// what time it is, and acts on the answer.
//
//   token bucket     burst tokens at first; limit a window come back, never more than burst
//   leaky bucket     the same from the other side: a level that drains, and must fit burst
//   leaky queue      burst may wait; one leaves each window / limit, so the output is even
//   GCRA             one instant (TAT); burst and one at once (ITU-T I.371, redis-cell)
//   fixed window     limit in each window; windows begin at whole multiples of their length
//   sliding log      limit in any window; a call as old as the window has left the log
//   sliding counter  the window before counts by the share of it that is still in view; a call
//                    of cost c passes while estimate + c - 1 < limit (Cloudflare, 2017)
//
// Nothing is rounded before it is compared: levels are counted in calls times nanoseconds of
// the window, and instants of GCRA and the queue in nanoseconds times the limit. 128 bits hold
// both for any window and any limit up to the clock's end. A limit of 0 lets nothing through.
// A call that is refused changes nothing, and a clock that goes back stands still.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"

enum sim_limit_kind {
    SIM_LIMIT_TOKEN_BUCKET,
    SIM_LIMIT_LEAKY_BUCKET,
    SIM_LIMIT_LEAKY_QUEUE,
    SIM_LIMIT_GCRA,
    SIM_LIMIT_FIXED_WINDOW,
    SIM_LIMIT_SLIDING_LOG,
    SIM_LIMIT_SLIDING_COUNTER,
    SIM_LIMITS
};

struct sim_limit {
    enum sim_limit_kind kind;
    sim_time window; // ns, above 0
    uint32_t limit;  // calls a window
    uint32_t burst;  // of the first four
};

// Calls that a sliding log remembers, in one list a key, oldest first.
struct sim_limit_node {
    sim_time at;
    uint32_t next, cost;
};

// Place for such lists: nodes[1 .. cap], borrowed, zeroed at first. A take uses at most one.
struct sim_limit_log {
    struct sim_limit_node *nodes;
    uint32_t free, used, cap;
};

// What one key remembers. 128-bit numbers are kept in halves, so that it is 24 bytes.
struct sim_limit_state {
    sim_time last; // when it was asked last
    union {
        struct {
            uint64_t high, low;
        } amount; // tokens, level, or the instant of GCRA and of the queue
        struct {
            int64_t window; // by number
            uint32_t before, now;
        } counts;
        struct {
            uint32_t first, end; // nodes; 0: none
            uint64_t cost;       // of all that are in the log
        } log;
    } u;
};
_Static_assert(sizeof(struct sim_limit_state) == 24, "a million keys fit 64 MB");

enum sim_limit_answer {
    SIM_LIMIT_PASSES,
    SIM_LIMIT_REFUSES,
    SIM_LIMIT_LOG_IS_FULL, // no decision: the log has no place left
};

// The state of a key that nobody has asked for yet.
void sim_limit_begin(const struct sim_limit *l, struct sim_limit_state *s, sim_time now);

// Decides about a call of that cost, at least 1. Where it passes, *wait says how long it is
// held back: 0, but in the queue, whose calls leave at a whole nanosecond, never too early. The
// log may be null for all but the sliding log.
enum sim_limit_answer sim_limit_take(const struct sim_limit *l, struct sim_limit_state *s,
                                     struct sim_limit_log *log, sim_time now, uint32_t cost,
                                     sim_time *wait);

// ---- What a client does whose store cannot decide for it: it looks, decides, and writes ----

// What a key remembers, as it is now. Of a log that is how much is in it.
void sim_limit_look(const struct sim_limit *l, struct sim_limit_state *s,
                    struct sim_limit_log *log, sim_time now, struct sim_limit_state *seen);

// Decides by what was seen, and notes in that what is to be written.
enum sim_limit_answer sim_limit_decide(const struct sim_limit *l,
                                       struct sim_limit_state *seen, sim_time now,
                                       uint32_t cost, sim_time *wait);

// Writes a call down that passed by what was seen. A bucket's level and the instant of GCRA are
// set, whatever others have set meanwhile; windows count it up and a log adds it, as INCR and
// ZADD do. False: the log is full.
bool sim_limit_write(const struct sim_limit *l, struct sim_limit_state *s,
                     struct sim_limit_log *log, const struct sim_limit_state *seen,
                     sim_time now, uint32_t cost);

// What redis-cell's CL.THROTTLE answers, in ns; retry_after is -1 for a call that passed and
// for one that is too big to pass ever.
struct sim_limit_reply {
    bool limited;
    uint64_t limit, remaining;
    sim_time retry_after, reset_after;
};

// Asks a GCRA and says so.
struct sim_limit_reply sim_limit_throttle(const struct sim_limit *l,
                                          struct sim_limit_state *s, sim_time now,
                                          uint32_t cost);

const char *sim_limit_name(enum sim_limit_kind kind); // "token_bucket"

#endif
