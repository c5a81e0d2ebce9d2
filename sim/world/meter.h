#ifndef SIM_WORLD_METER_H
#define SIM_WORLD_METER_H

// What is counted about one client, replica or call: running totals, and a histogram of the
// window that is open. When a window closes its totals and histogram are kept, so that any
// span between two edges can be asked for afterwards, exactly as to counts and within the
// histogram's error as to latencies. Windows are a second long at first; when there are too
// many, two neighbours become one, so memory stays flat however long a run is.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"
#include "sim/engine/wide.h"
#include "sim/model/cause.h"
#include "sim/policy/outcome.h"
#include "sim/stats/hist.h"

// Totals since the start of the run.
enum sim_count {
    SIM_ARRIVED, // requests offered to a client, visits to a replica, first tries of a call
    SIM_ATTEMPTED,                       // tries of a call, the first one counted
    SIM_WAITED,                          // visits that found no free worker
    SIM_GHOSTS,                          // visits that ended when nobody waited any more
    SIM_GHOST_NS,                        // and how long they had been there
    SIM_ENDED,                           // one a kind of outcome
    SIM_TIME = SIM_ENDED + SIM_OUTCOMES, // ns, one a cause
    SIM_HOT_COUNTS = SIM_TIME + SIM_CAUSES,
    // What few have lies apart, with what has been kept.
    SIM_REFUSED = SIM_HOT_COUNTS, // one a rejecter
    SIM_OOM_KILLS =
        SIM_REFUSED + SIM_REJECTERS, // processes of a replica that were killed for memory
    SIM_FAIL_OPEN,   // calls that rate limiters let through because their store had failed
    SIM_UNPAID,      // retries that a budget refused
    SIM_OPENED,      // breakers that opened
    SIM_REPLAYED,    // answers given again for an idempotency key
    SIM_CONFLICTS,   // who were refused as somebody else was at their key
    SIM_MISMATCHED,  // and who asked for something else with it
    SIM_REDELIVERED, // messages that a broker put in line once more
    SIM_EJECTED,    // replicas that a balancer's outlier detection took out of its rotation
    SIM_RETRIED,    // tries of a call that a retry sent
    SIM_HEDGES,     // attempts sent before those before had failed, or as they did
    SIM_HEDGES_WON, // of them, those whose answer was taken
    SIM_HEDGES_WASTED, // and those that were cancelled, for another was
    SIM_FALLBACKS,     // gone to
    SIM_PROBE_FAILED,  // probes of a replica
    SIM_UNREADY,       // times that a replica's readiness took it out of every rotation
    SIM_RESTARTED,     // and its liveness or its startup probe had it started again
    SIM_STOP_REFUSED,  // requests that came to one that had been told to stop
    SIM_STOP_DROPPED,  // and those inside that ended with it
    SIM_POISONED,      // times that somebody died of a poisoned request
    SIM_COUNTS
};

// What the meter of an event loop counts, in the first places; its latencies are lags of the
// probe, and its SIM_INSIDE_AREA tasks that are no visits.
enum sim_loop_count {
    SIM_LOOP_TURNS,
    SIM_LOOP_CALLBACKS,
    SIM_LOOP_SLOW,    // callbacks of 100 ms and more, which asyncio's debug mode logs
    SIM_LOOP_BUSY_NS, // in callbacks, the wait for the GIL and for a core included
    SIM_LOOP_COUNTS
};

// What the meter of an effect counts, in the first places.
enum sim_effect_count {
    SIM_EFFECT_DONE,       // for whom it had not been done before
    SIM_EFFECT_DUPLICATES, // for whom it had
    SIM_EFFECT_MISSING,    // for whom it has not, and who were told that it has
    SIM_EFFECT_LOST,       // who have had the effect that it follows, and not this one
    SIM_EFFECT_INVENTED,   // and who have had this one, and not that
    SIM_EFFECT_COUNTS
};

// What the meter of a bulkhead or a pool of connections counts, in places that mean much the same of
// others; its latencies are the waits of those who got a place, its areas who waits and who is
// inside, and its memory_max the most inside at one place.
enum sim_bulkhead_count {
    SIM_BULKHEAD_ASKED = SIM_ARRIVED,
    SIM_BULKHEAD_OPENED = SIM_ATTEMPTED,            // connections
    SIM_BULKHEAD_WAITED = SIM_WAITED,               // did not pass at once
    SIM_BULKHEAD_REFUSED = SIM_ENDED + SIM_REJECTED // at once, or when their wait was over
};

// What the meter of a cache counts, in the first places. It has no latencies.
enum sim_cache_count {
    SIM_CACHE_HIT,
    SIM_CACHE_MISS,    // lookups that loaded
    SIM_CACHE_JOINED,  // lookups that waited for the load of another
    SIM_CACHE_PASSED,  // of the misses: without a place for what they brought
    SIM_CACHE_FAILED,  // loads that failed, or were given up
    SIM_CACHE_EVICTED, // keys that made room
    SIM_CACHE_FLUSHED, // how often
    SIM_CACHE_COUNTS
};

// Integrals of a level over time, in ns.
enum sim_area {
    SIM_QUEUED_AREA, // entries in line
    SIM_BUSY_AREA,   // workers at work
    SIM_INSIDE_AREA, // a client's requests
    SIM_MEMORY_AREA, // bytes of a replica's processes
    SIM_HOT_AREAS,
    // What few have lies apart.
    SIM_LIMIT_AREA = SIM_HOT_AREAS, // how many its concurrency limits let be under way
    SIM_ABSENT_AREA,                // 1 while its service is scaled to fewer replicas
    SIM_AREAS
};

struct sim_window {
    int64_t counts[SIM_COUNTS]; // totals at its end
    sim_wide areas[SIM_AREAS];
    struct sim_hist_head head; // of the latencies that ended in it
    uint32_t first, packed;    // their buckets, in the meter's pairs
    uint32_t queue_max;        // longest line in it
    uint64_t memory_max;       // most bytes in it
};

// The cold half of a meter.
struct sim_meter_kept {
    struct sim_window *windows;
    struct sim_hist_pair *pairs;
    uint32_t pair_count, pair_room;
    int64_t rare[SIM_COUNTS - SIM_HOT_COUNTS];
    sim_wide rare_areas[SIM_AREAS - SIM_HOT_AREAS];
};

struct sim_meter {
    int64_t counts[SIM_HOT_COUNTS];
    sim_wide areas[SIM_HOT_AREAS];
    uint64_t memory_max; // in the open window
    uint32_t queue_max;  // the same
    uint16_t room;       // for windows, which are a few thousand at most
    bool owns_hist;      // else live is a sibling's, and latencies are kept there
    struct sim_hist *live;
    struct sim_meter_kept *kept;
};

// Counts one more of what happens seldom: from SIM_HOT_COUNTS on.
static inline void sim_meter_rare(struct sim_meter *m, enum sim_count what)
{
    m->kept->rare[what - SIM_HOT_COUNTS]++;
}

static inline void sim_meter_rare_more(struct sim_meter *m, enum sim_count what, uint64_t n)
{
    m->kept->rare[what - SIM_HOT_COUNTS] += (int64_t)n;
}

static inline void sim_meter_refused(struct sim_meter *m, enum sim_rejecter by)
{
    m->kept->rare[SIM_REFUSED + by - SIM_HOT_COUNTS]++;
}

// With a sibling's histogram, or, with NULL, one of its own. False without memory.
bool sim_meter_init(struct sim_meter *m, struct sim_hist *shared);
void sim_meter_fini(struct sim_meter *m);

// Keeps what the open window holds as window number `window`. Returns the bytes newly
// taken, or -1 without memory.
int64_t sim_meter_close(struct sim_meter *m, uint32_t window);

// Makes one window of windows [from[i], from[i + 1]) for each i below n.
bool sim_meter_fold(struct sim_meter *m, const uint32_t *from, uint32_t n);

// Over windows [a, b): a total's growth, an integral's growth, the longest line, the most memory.
int64_t sim_meter_count(const struct sim_meter *m, uint32_t a, uint32_t b,
                        enum sim_count what);
double sim_meter_area(const struct sim_meter *m, uint32_t a, uint32_t b,
                      enum sim_area what);
uint32_t sim_meter_queue_max(const struct sim_meter *m, uint32_t a, uint32_t b);
uint64_t sim_meter_memory_max(const struct sim_meter *m, uint32_t a, uint32_t b);

// Adds the latencies of windows [a, b) to h.
void sim_meter_add_hist(const struct sim_meter *m, uint32_t a, uint32_t b,
                        struct sim_hist *h);

#endif
