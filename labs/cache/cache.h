#ifndef LABS_CACHE_CACHE_H
#define LABS_CACHE_CACHE_H

// A cache whose misses are loaded once: who asks for what is being loaded waits for that load. It
// decides and never waits or loads itself: loader.h does. Time is given, in ns of a clock that
// does not go back. Asking takes time for the capacity, which is for some hundred keys: a larger one wants
// a hash table for finding and a list for putting out.
//
// A value counts from when it was loaded and until just before it is ttl old. What failed to load
// is told to all who wait and is not kept. What was being loaded when the cache was flushed, or
// its key removed, is told to who waited for it and is not kept either: it may be of before.

#include <stdbool.h>
#include <stdint.h>

struct lab_cache_def {
    uint32_t capacity; // keys, those being loaded included
    int64_t ttl_ns;
    bool loads_alone; // false: everybody who misses loads, which is the stampede
};

enum lab_cache_verdict {
    LAB_CACHE_HIT,
    LAB_CACHE_LOAD, // the caller loads it, and says how that went
    LAB_CACHE_WAIT, // somebody does
    LAB_CACHE_FULL  // load it without the cache: every place is being loaded for
};

struct lab_cache_entry {
    uint64_t key, value;
    int64_t expires_ns;
    uint64_t used;  // when it was asked for last, counted in questions
    uint64_t born;  // when it came in, so counted: who comes again is another
    uint32_t loads; // under way, for this key as it is now
    bool is_there, has_value;
};

struct lab_cache {
    struct lab_cache_def def;        // constant
    struct lab_cache_entry *entries; // [capacity], owned
    uint64_t questions;
};

// A load under way; its caller's.
struct lab_cache_load {
    uint64_t born;
    uint32_t place;
};

// False when there is no memory.
bool lab_cache_init(struct lab_cache *c, const struct lab_cache_def *def);
void lab_cache_fini(struct lab_cache *c);

// A hit fills in the value, LOAD the load.
enum lab_cache_verdict lab_cache_ask(struct lab_cache *c, uint64_t key, int64_t now_ns,
                                     uint64_t *value, struct lab_cache_load *load);

// A load ended; null says that it failed. True when its value is kept.
bool lab_cache_loaded(struct lab_cache *c, const struct lab_cache_load *load,
                      const uint64_t *value, int64_t now_ns);

// Forgets one, or all. Who waits goes on waiting; what is loaded meanwhile is not kept.
void lab_cache_remove(struct lab_cache *c, uint64_t key);
void lab_cache_flush(struct lab_cache *c);

#endif
