#include "labs/rate_limit/limiter.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 16u

// The finisher of MurmurHash3: keys are often small numbers in a row.
static uint32_t chain_of(const struct lab_limiter *l, uint64_t key)
{
    key = (key ^ key >> 33) * 0xff51afd7ed558ccd;
    key = (key ^ key >> 33) * 0xc4ceb9fe1a85ec53;
    return (uint32_t)(key ^ key >> 33) & (l->room - 1);
}

static void chain_all(struct lab_limiter *l)
{
    memset(l->chains, 0, l->room * sizeof *l->chains);
    for (uint32_t i = 1; i <= l->count; i++) {
        uint32_t *chain = &l->chains[chain_of(l, l->keys[i].key)];
        l->keys[i].next = *chain;
        *chain = i;
    }
}

// DOC(rate-limit-idle) To ask for nothing tells whether a key remembers anything.
static bool is_idle(struct lab_limiter *l, struct lab_limit *limit, int64_t now_ns)
{
    return lab_limit_take(limit, &l->def, 0, now_ns).reset_after_ns == 0;
}

static void sweep(struct lab_limiter *l, int64_t now_ns)
{
    uint32_t kept = 0;
    for (uint32_t i = 1; i <= l->count; i++) {
        if (is_idle(l, &l->keys[i].limit, now_ns))
            lab_limit_fini(&l->keys[i].limit, &l->def);
        else
            l->keys[++kept] = l->keys[i];
    }
    l->count = kept;
    chain_all(l);
}

static bool grow(struct lab_limiter *l)
{
    uint32_t room = l->room ? 2 * l->room : FIRST_ROOM;
    struct lab_limiter_key *keys = realloc(l->keys, room * sizeof *keys);
    if (keys)
        l->keys = keys;
    uint32_t *chains = keys ? realloc(l->chains, room * sizeof *chains) : NULL;
    if (!chains)
        return false;
    l->chains = chains;
    l->room = room;
    chain_all(l);
    return true;
}

// Sweeping first keeps the table as small as its live keys; doubling then waits until half of
// it is live, so that sweeps stay rare.
static bool make_room(struct lab_limiter *l, int64_t now_ns)
{
    if (l->count + 1 < l->room && l->count < l->max_keys)
        return true;
    sweep(l, now_ns);
    if (l->count >= l->max_keys)
        return false;
    return l->count < l->room / 2 || grow(l) || l->count + 1 < l->room;
}

static struct lab_limit *find(struct lab_limiter *l, uint64_t key, int64_t now_ns)
{
    for (uint32_t i = l->chains[chain_of(l, key)]; i != 0; i = l->keys[i].next)
        if (l->keys[i].key == key)
            return &l->keys[i].limit;
    if (!make_room(l, now_ns))
        return NULL;
    struct lab_limiter_key *new = &l->keys[l->count + 1];
    if (!lab_limit_init(&new->limit, &l->def))
        return NULL;
    uint32_t *chain = &l->chains[chain_of(l, key)];
    new->key = key;
    new->next = *chain;
    *chain = ++l->count;
    return &new->limit;
}

bool lab_limiter_init(struct lab_limiter *l, const struct lab_limit_def *def,
                      uint32_t max_keys)
{
    *l = (struct lab_limiter){ .def = *def, .max_keys = max_keys };
    if (!lab_limit_is_sound(def) || !grow(l))
        goto table;
    if (pthread_mutex_init(&l->mutex, NULL) == 0)
        return true;
table:
    free(l->keys);
    free(l->chains);
    return false;
}

void lab_limiter_fini(struct lab_limiter *l)
{
    for (uint32_t i = 1; i <= l->count; i++)
        lab_limit_fini(&l->keys[i].limit, &l->def);
    pthread_mutex_destroy(&l->mutex);
    free(l->keys);
    free(l->chains);
}

// DOC(rate-limit-atomic) The read, the comparison and the write are under one lock. Two
// threads that read the same last token would both spend it.
enum lab_limiter_verdict lab_limiter_take(struct lab_limiter *l, uint64_t key,
                                          uint32_t cost, int64_t now_ns,
                                          struct lab_limit_answer *answer)
{
    enum lab_limiter_verdict verdict = LAB_LIMITER_FULL;
    pthread_mutex_lock(&l->mutex);
    struct lab_limit *limit = find(l, key, now_ns);
    if (limit) {
        struct lab_limit_answer a = lab_limit_take(limit, &l->def, cost, now_ns);
        verdict = a.is_allowed ? LAB_LIMITER_ALLOWED : LAB_LIMITER_REFUSED;
        if (answer)
            *answer = a;
    }
    pthread_mutex_unlock(&l->mutex);
    return verdict;
}
