#include "labs/cache/cache.h"

#include <stdlib.h>

bool lab_cache_init(struct lab_cache *c, const struct lab_cache_def *def)
{
    *c = (struct lab_cache){ .def = *def };
    c->entries = calloc(def->capacity, sizeof *c->entries);
    return c->entries != NULL;
}

void lab_cache_fini(struct lab_cache *c)
{
    free(c->entries);
}

static struct lab_cache_entry *find(struct lab_cache *c, uint64_t key)
{
    for (uint32_t i = 0; i < c->def.capacity; i++)
        if (c->entries[i].is_there && c->entries[i].key == key)
            return &c->entries[i];
    return NULL;
}

// A free place, or that of the value that was asked for the longest time ago. Nobody is put out
// while it is loaded: those who wait for it would wait for ever.
static struct lab_cache_entry *make_room(struct lab_cache *c)
{
    struct lab_cache_entry *oldest = NULL;
    for (uint32_t i = 0; i < c->def.capacity; i++) {
        struct lab_cache_entry *e = &c->entries[i];
        if (!e->is_there)
            return e;
        if (e->loads == 0 && (!oldest || e->used < oldest->used))
            oldest = e;
    }
    return oldest;
}

static enum lab_cache_verdict begin_load(struct lab_cache *c, struct lab_cache_entry *e,
                                         struct lab_cache_load *load)
{
    e->loads++;
    *load = (struct lab_cache_load){ .born = e->born, .place = (uint32_t)(e - c->entries) };
    return LAB_CACHE_LOAD;
}

// DOC(cache-single-flight) The first who misses loads, all others wait for it. Without that, a
// popular key that expires is loaded by everybody at once, and what the cache protected is down.
enum lab_cache_verdict lab_cache_ask(struct lab_cache *c, uint64_t key, int64_t now_ns,
                                     uint64_t *value, struct lab_cache_load *load)
{
    struct lab_cache_entry *e = find(c, key);
    c->questions++;
    if (!e) {
        e = make_room(c);
        if (!e)
            return LAB_CACHE_FULL;
        *e = (struct lab_cache_entry){ .key = key, .born = c->questions, .is_there = true };
    }
    e->used = c->questions;
    if (e->has_value && now_ns < e->expires_ns) {
        *value = e->value;
        return LAB_CACHE_HIT;
    }
    e->has_value = false;
    if (e->loads > 0 && c->def.loads_alone)
        return LAB_CACHE_WAIT;
    return begin_load(c, e, load);
}

static int64_t after(int64_t now_ns, int64_t wait_ns)
{
    return wait_ns > INT64_MAX - now_ns ? INT64_MAX : now_ns + wait_ns;
}

// DOC(cache-late-load) What was read before a flush and arrives behind it is old: kept, it would
// undo the flush for a whole ttl, and only under load.
bool lab_cache_loaded(struct lab_cache *c, const struct lab_cache_load *load,
                      const uint64_t *value, int64_t now_ns)
{
    struct lab_cache_entry *e = &c->entries[load->place];
    if (!e->is_there || e->born != load->born)
        return false;
    e->loads--;
    if (value) {
        e->value = *value;
        e->has_value = true;
        e->expires_ns = after(now_ns, c->def.ttl_ns);
    }
    e->is_there = e->has_value || e->loads > 0;
    return value != NULL;
}

void lab_cache_remove(struct lab_cache *c, uint64_t key)
{
    struct lab_cache_entry *e = find(c, key);
    if (e)
        *e = (struct lab_cache_entry){ 0 };
}

void lab_cache_flush(struct lab_cache *c)
{
    for (uint32_t i = 0; i < c->def.capacity; i++)
        c->entries[i] = (struct lab_cache_entry){ 0 };
}
