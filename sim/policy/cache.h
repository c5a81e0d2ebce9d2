#ifndef SIM_POLICY_CACHE_H
#define SIM_POLICY_CACHE_H

// Is the value there, or who loads it? A cache is asked for a key and answers; whoever asks does
// the loading, and says how that ended.
//
//   age      a value counts from the moment it was loaded and is fresh while its age is below its
//            time to live (RFC 9111, 4.2): at that age itself it is stale. That is noticed when
//            somebody asks, and until then it takes up room
//   misses   everybody who finds nothing fresh loads, which is the stampede; of those who ask for
//            a single flight one does, and the others join: they get what becomes of that load
//   failure  what failed to load is told to all who joined and is not kept
//   room     a place is taken when a load begins. The key that nobody has asked for longest makes
//            room, but none that is being loaded: where all are, the load passes the cache by
//   flush    forgets all. Loads under way may be of before: what they bring is for those who wait
//            for it and is not kept, and who asks now begins anew
//
// All caches of a run share one pool of entries, found by a hash of owner and key. Asking and
// loading take constant time, as long as few of the oldest are being loaded; a flush goes through
// what is forgotten.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"

#define SIM_CACHE_UNLIMITED UINT32_MAX

struct sim_cache_entry {
    uint64_t key;
    sim_time until;        // the value is fresh before it
    uint32_t owner;        // the cache's number
    uint32_t chain;        // next of the same hash, or next free place; 0: none
    uint32_t newer, older; // by when they were asked for; 0: none
    uint32_t turn;         // changes when the place is given away
    uint32_t loads : 30;   // under way
    uint32_t has_value : 1;
    uint32_t in_flight : 1; // one of the loads is one to join
};

// at[1 .. cap] and heads[0 .. 2^n), as many as cap rounded up to such a power, are borrowed and
// zeroed at first.
struct sim_cache_pool {
    struct sim_cache_entry *at;
    uint32_t *heads;
    uint32_t cap, used, free, live;
    uint32_t mask; // of the heads in use
};

// What one cache remembers. A lot of them begin as zeros, each with a number of its own.
struct sim_cache_memory {
    uint32_t owner;
    uint32_t newest, oldest, count;
    uint32_t loading; // entries with loads under way
    uint64_t evicted; // so far: keys that made room
};

enum sim_cache_answer {
    SIM_CACHE_HITS,
    SIM_CACHE_LOADS,    // the asker does, and says how it ended
    SIM_CACHE_JOINS,    // somebody does
    SIM_CACHE_BYPASSES, // the asker does, and the cache takes no notice
    SIM_CACHE_POOL_IS_FULL
};

// A load, or the one that is joined.
struct sim_cache_load {
    uint32_t place, turn;
};

void sim_cache_pool_init(struct sim_cache_pool *p, struct sim_cache_entry *at,
                         uint32_t *heads, uint32_t cap);

// Asks a cache with room for so many entries. HITS fills in the place, LOADS and JOINS the load.
enum sim_cache_answer sim_cache_ask(struct sim_cache_pool *p, struct sim_cache_memory *m,
                                    uint32_t entries, uint64_t key, bool single_flight,
                                    sim_time now, struct sim_cache_load *load);

// Whether it would answer JOINS; asks nothing.
bool sim_cache_would_join(struct sim_cache_pool *p, const struct sim_cache_memory *m,
                          uint64_t key, sim_time now);

// The load that the asker was told to do has ended; single_flight as when asked. A time to live
// below 0: it failed. True: its value is kept.
bool sim_cache_loaded(struct sim_cache_pool *p, struct sim_cache_memory *m,
                      struct sim_cache_load load, bool single_flight, sim_time now,
                      sim_time ttl);

void sim_cache_flush(struct sim_cache_pool *p, struct sim_cache_memory *m);

#endif
