#include "tests/labs/kit/policies/wrong_cache.h"

#include <stdlib.h>
#include <string.h>

int wrong_cache_turn;

enum {
    ASKS,
    LOADED,
    FAILED,
    FLUSHES
};

// A cache is the first thing in what the real side opened.
static void *open_cache(const struct lab_steps *s)
{
    struct lab_steps script = *s;
    if (wrong_cache_turn == 1)
        script.def.cache.ttl_ns++;
    return lab_cache_pattern.real.open(&script);
}

static struct lab_cache_entry *entry_of(struct lab_cache *c, uint64_t key)
{
    for (uint32_t i = 0; i < c->def.capacity; i++)
        if (c->entries[i].is_there && c->entries[i].key == key)
            return &c->entries[i];
    return NULL;
}

static int64_t ask(struct lab_cache *c, const struct lab_steps *s,
                   const struct lab_step *one)
{
    struct lab_cache_entry *e = entry_of(c, (uint64_t)one->amount);
    uint64_t used = e ? e->used : 0;
    int64_t answer = lab_cache_pattern.real.step(c, s, one);
    if (e && wrong_cache_turn == 2)
        e->used = used;
    return answer;
}

static int64_t flush(struct lab_cache *c, const struct lab_steps *s,
                     const struct lab_step *one)
{
    struct lab_cache_entry kept[LAB_STEPS];
    memcpy(kept, c->entries, c->def.capacity * sizeof *kept);
    int64_t answer = lab_cache_pattern.real.step(c, s, one);
    for (uint32_t i = 0; wrong_cache_turn == 4 && i < c->def.capacity; i++)
        if (kept[i].is_there && kept[i].loads > 0) {
            c->entries[i] = kept[i];
            c->entries[i].has_value = false;
        }
    return answer;
}

static int64_t step_cache(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    if (one->word == ASKS)
        return ask(side, s, one);
    if (one->word == FLUSHES)
        return flush(side, s, one);
    if (one->word == FAILED && wrong_cache_turn == 3)
        return 0;
    return lab_cache_pattern.real.step(side, s, one);
}

static void close_cache(void *side)
{
    lab_cache_pattern.real.close(side);
}

const struct lab_steps_side wrong_cache = { open_cache, step_cache, close_cache };
