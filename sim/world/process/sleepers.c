#include "sim/world/process/sleepers.h"

#include <stdlib.h>

#define NOBODY UINT32_MAX

void sim_sleepers_init(struct sim_sleepers *s, sim_time turn)
{
    *s = (struct sim_sleepers){ .turn = turn > 0 ? turn : 1, .seen = -1 };
}

void sim_sleepers_fini(struct sim_sleepers *s)
{
    free(s->at);
    s->at = NULL;
}

static uint32_t sector_of(const struct sim_sleepers *s, sim_time phase)
{
    return (uint32_t)((uint64_t)phase * SIM_SECTORS / (uint64_t)s->turn);
}

// Behind `before`, at the front of the sector where that is nobody.
static void link_behind(struct sim_sleepers *s, uint32_t sector, uint32_t i,
                        uint32_t before)
{
    bool is_empty = !(s->filled >> sector & 1);
    uint32_t next = before != NOBODY ? s->at[before].next
                    : is_empty       ? NOBODY
                                     : s->heads[sector];
    s->at[i].prev = before;
    s->at[i].next = next;
    if (before == NOBODY)
        s->heads[sector] = i;
    else
        s->at[before].next = i;
    if (next == NOBODY)
        s->tails[sector] = i;
    else
        s->at[next].prev = i;
    s->filled |= (uint64_t)1 << sector;
}

static bool wakes_later(const struct sim_sleepers *s, uint32_t i, sim_time phase,
                        sim_time now)
{
    const struct sim_sleeper *w = &s->at[i];
    return w->phase > phase || (w->phase == phase && s->seen < now && w->since < now);
}

static bool grow(struct sim_sleepers *s)
{
    uint32_t room = s->room ? s->room * 2 : 16;
    struct sim_sleeper *at = realloc(s->at, room * sizeof *at);
    if (!at)
        return false;
    s->at = at;
    s->room = room;
    return true;
}

uint32_t sim_sleepers_add(struct sim_sleepers *s, uint32_t task, sim_time now)
{
    if (s->count == s->room && !grow(s))
        return NOBODY;
    uint32_t i = s->count++;
    sim_time phase = now % s->turn;
    uint32_t sector = sector_of(s, phase);
    uint32_t before = s->filled >> sector & 1 ? s->tails[sector] : NOBODY;
    while (before != NOBODY && wakes_later(s, before, phase, now))
        before = s->at[before].prev;
    s->at[i] = (struct sim_sleeper){ .phase = phase, .since = now, .task = task };
    link_behind(s, sector, i, before);
    return i;
}

// Those beside i in sector are told that it is now i_new, or that it is gone and they are
// neighbours.
static void relink(struct sim_sleepers *s, uint32_t i, uint32_t as_next, uint32_t as_prev)
{
    const struct sim_sleeper *w = &s->at[i];
    uint32_t sector = sector_of(s, w->phase);
    if (w->prev == NOBODY)
        s->heads[sector] = as_next;
    else
        s->at[w->prev].next = as_next;
    if (w->next == NOBODY)
        s->tails[sector] = as_prev;
    else
        s->at[w->next].prev = as_prev;
    if (s->heads[sector] == NOBODY)
        s->filled &= ~((uint64_t)1 << sector);
}

uint32_t sim_sleepers_remove(struct sim_sleepers *s, uint32_t i)
{
    relink(s, i, s->at[i].next, s->at[i].prev);
    uint32_t last = --s->count;
    if (i == last)
        return NOBODY;
    relink(s, last, i, i);
    s->at[i] = s->at[last];
    return i;
}

// The first filled sector behind this one, all round the face to itself.
static uint32_t next_sector(const struct sim_sleepers *s, uint32_t sector)
{
    uint64_t behind = sector + 1 < SIM_SECTORS ? s->filled >> (sector + 1) : 0;
    return behind ? sector + 1 + (uint32_t)__builtin_ctzll(behind)
                  : (uint32_t)__builtin_ctzll(s->filled);
}

static uint32_t first_from(const struct sim_sleepers *s, sim_time phase)
{
    uint32_t sector = sector_of(s, phase);
    uint32_t i = s->filled >> sector & 1 ? s->tails[sector] : NOBODY;
    if (i == NOBODY || s->at[i].phase < phase)
        return s->heads[next_sector(s, sector)];
    while (s->at[i].prev != NOBODY && s->at[s->at[i].prev].phase >= phase)
        i = s->at[i].prev;
    return i;
}

uint32_t sim_sleepers_from(const struct sim_sleepers *s, sim_time t, sim_time *end)
{
    if (s->count == 0)
        return NOBODY;
    sim_time phase = t % s->turn;
    uint32_t i = first_from(s, phase);
    while (s->at[i].since == t) {
        i = s->at[i].next;
        if (i == NOBODY || s->at[i].phase != phase)
            return sim_sleepers_after(s, t, end);
    }
    sim_time ahead = s->at[i].phase - phase;
    *end = t + (ahead < 0 ? ahead + s->turn : ahead);
    return i;
}

uint32_t sim_sleepers_after(const struct sim_sleepers *s, sim_time t, sim_time *end)
{
    return sim_sleepers_from(s, t + 1, end);
}
