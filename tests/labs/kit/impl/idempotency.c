// Idempotency keys in memory, behind the interface for implementations from outside: they have to agree. With
// WRONG they take a wrong turn, and must not.

#include <stdlib.h>

#include "labs/host/convoy_impl.h"

// A lease that is over holds for a nanosecond more; anything may be asked for with a key; who was taken
// over is heard.
#define IS_LATE  (WRONG == 1)
#define IS_BLIND (WRONG == 2)
#define HEARS    (WRONG == 3)

enum state {
    ABSENT,
    HELD,
    DONE
};

struct key {
    enum state state;
    uint64_t fingerprint, owner;
    int64_t taken_ns;
    int status;
};

struct store {
    struct convoy_idempotency_def def;
    struct key keys[8];
    uint64_t owners; // so many have been
};

static void *open_store(const struct convoy_idempotency_def *def)
{
    struct store *s = calloc(1, sizeof *s);
    s->def = *def;
    return s;
}

static enum convoy_idempotency_answer ask(void *store, uint64_t key, uint64_t fingerprint,
                                          int64_t now_ns, uint64_t *work, int *status)
{
    struct store *s = store;
    struct key *k = &s->keys[key];
    int64_t age = now_ns - k->taken_ns;
    int is_held = k->state == HELD && age < s->def.lease_ns + IS_LATE;
    if (age >= s->def.expiry_ns && !is_held)
        k->state = ABSENT;
    if (k->state != ABSENT && k->fingerprint != fingerprint && !IS_BLIND)
        return CONVOY_IDEMPOTENCY_MISMATCH;
    if (is_held)
        return CONVOY_IDEMPOTENCY_IN_PROGRESS;
    if (k->state == DONE) {
        *status = k->status;
        return CONVOY_IDEMPOTENCY_REPLAYS;
    }
    *k = (struct key){ HELD, fingerprint, ++s->owners, now_ns, 0 };
    *work = s->owners * 8 + key;
    return CONVOY_IDEMPOTENCY_RUNS;
}

static int ended(void *store, uint64_t work, enum convoy_idempotency_outcome outcome,
                 int status, int64_t now_ns)
{
    struct store *s = store;
    struct key *k = &s->keys[work % 8];
    int is_kept = outcome == CONVOY_IDEMPOTENCY_ENDED_WELL ||
                  (outcome == CONVOY_IDEMPOTENCY_FAILED && s->def.replays_errors);
    if ((k->state != HELD || k->owner != work / 8) && !HEARS)
        return 0;
    k->state = is_kept ? DONE : ABSENT;
    k->status = status;
    return 1;
}

static void close_store(void *store)
{
    free(store);
}

const struct convoy_idempotency convoy_idempotency = { CONVOY_IMPL_VERSION, open_store, ask,
                                                       ended, close_store };
