#include "sim/world/process/turns.h"

#include <stdlib.h>

#define NOBODY UINT32_MAX

// Nobody is owed more than the longer of two slices and a tick (entity_lag).
#define MOST_OWED (4 * (int64_t)SIM_MS)

void sim_turns_fini(struct sim_turns *s)
{
    free(s->at);
    s->at = NULL;
}

static bool grow(struct sim_turns *s)
{
    uint32_t room = s->room ? s->room * 2 : 16;
    uint32_t *at = realloc(s->at, room * sizeof *at);
    if (!at)
        return false;
    s->at = at;
    s->room = room;
    return true;
}

// Rounded down, so that who is owed nothing is not ahead of the mean for a rest.
static int64_t divided(int64_t a, int64_t n)
{
    int64_t q = a / n;
    return q * n > a ? q - 1 : q;
}

static int64_t owed(int64_t sum, int64_t n, int64_t had)
{
    int64_t d = divided(sum, n) - had;
    return d < 0 ? 0 : d > MOST_OWED ? MOST_OWED : d;
}

int64_t sim_turns_owed_to_waker(const struct sim_turns *s)
{
    return owed(s->sum + s->waker, (int64_t)s->count + 1, s->waker);
}

bool sim_turns_add(struct sim_turns *s, struct sim_turn *of, uint32_t t)
{
    if (s->count == s->room && !grow(s))
        return false;
    struct sim_turn *x = &of[t];
    bool is_woken = s->has_waker;
    int64_t n = s->count + is_woken, sum = s->sum + (is_woken ? s->waker : 0);
    // Its own weight draws the mean: it is put as far behind as leaves it owed so much.
    x->had = n > 0 ? divided(sum - x->owed * (n + 1), n) : 0;
    x->deadline = x->had + SIM_SLICE;
    x->is_runnable = x->is_known = true;
    x->began = -1;
    s->sum = s->count > 0 ? s->sum + x->had : x->had;
    s->at[s->count++] = t;
    return true;
}

bool sim_turns_restore(struct sim_turns *s, struct sim_turn *of, uint32_t t)
{
    if (s->count == s->room && !grow(s))
        return false;
    of[t].is_runnable = true;
    s->sum += of[t].had;
    s->at[s->count++] = t;
    return true;
}

void sim_turns_remove(struct sim_turns *s, struct sim_turn *of, uint32_t t)
{
    struct sim_turn *x = &of[t];
    x->owed = owed(s->sum, s->count, x->had);
    x->is_runnable = false;
    s->sum -= x->had;
    uint32_t i = 0;
    while (s->at[i] != t)
        i++;
    s->at[i] = s->at[--s->count];
}

bool sim_turns_ran(struct sim_turns *s, struct sim_turn *of, uint32_t t, sim_time d)
{
    struct sim_turn *x = &of[t];
    x->had += d;
    s->sum += d;
    bool is_over = x->had >= x->deadline;
    if (is_over)
        x->deadline = x->had + SIM_SLICE;
    if (is_over && s->count == 1)
        s->kept = x->deadline;
    return s->count > 1 && (is_over || x->had >= s->kept);
}

static bool is_owed(const struct sim_turns *s, const struct sim_turn *x)
{
    return x->had * (int64_t)s->count <= s->sum;
}

uint32_t sim_turns_next(const struct sim_turns *s, const struct sim_turn *of,
                        uint32_t current, bool is_kept)
{
    bool stays = current != NOBODY && is_owed(s, &of[current]);
    if (stays && is_kept && of[current].had < s->kept)
        return current;
    uint32_t next = stays ? current : NOBODY;
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t t = s->at[i];
        if (t != current && is_owed(s, &of[t]) &&
            (next == NOBODY || of[t].deadline < of[next].deadline))
            next = t;
    }
    return next != NOBODY ? next : current;
}
