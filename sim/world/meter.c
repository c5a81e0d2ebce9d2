#include "sim/world/meter.h"

#include <stdlib.h>
#include <string.h>

bool sim_meter_init(struct sim_meter *m, struct sim_hist *shared)
{
    *m = (struct sim_meter){ .live = shared, .owns_hist = !shared };
    if (!shared)
        m->live = calloc(1, sizeof *m->live);
    m->kept = calloc(1, sizeof *m->kept);
    return m->live && m->kept;
}

void sim_meter_fini(struct sim_meter *m)
{
    if (m->owns_hist)
        free(m->live);
    if (!m->kept)
        return;
    free(m->kept->windows);
    free(m->kept->pairs);
    free(m->kept);
}

static bool room_for_window(struct sim_meter *m, uint32_t window)
{
    if (window < m->room)
        return true;
    uint32_t room = m->room ? m->room : 32;
    while (room <= window)
        room *= 2;
    struct sim_window *w = realloc(m->kept->windows, room * sizeof *w);
    if (!w)
        return false;
    // A call that is first made in a late window has had nothing in the earlier ones.
    memset(w + m->room, 0, (room - m->room) * sizeof *w);
    m->kept->windows = w;
    m->room = (uint16_t)room;
    return true;
}

static bool room_for_pairs(struct sim_meter *m, size_t more)
{
    if (m->kept->pair_count + more <= m->kept->pair_room)
        return true;
    size_t room = m->kept->pair_room ? m->kept->pair_room : 256;
    while (room < m->kept->pair_count + more)
        room *= 2;
    struct sim_hist_pair *p = realloc(m->kept->pairs, room * sizeof *p);
    if (!p)
        return false;
    m->kept->pairs = p;
    m->kept->pair_room = (uint32_t)room;
    return true;
}

static int64_t bytes(const struct sim_meter *m)
{
    const struct sim_meter_kept *k = m->kept;
    return (int64_t)(m->room * sizeof *k->windows + k->pair_room * sizeof *k->pairs);
}

// Moves the histogram into the pairs of that window.
static void pack(struct sim_meter *m, struct sim_window *w, struct sim_hist *h)
{
    w->head = h->head;
    w->first = m->kept->pair_count;
    w->packed = 0;
    if (h->head.count > 0) // there may be no pairs yet to point into
        w->packed = (uint32_t)sim_hist_pack(h, m->kept->pairs + m->kept->pair_count);
    m->kept->pair_count += w->packed;
}

int64_t sim_meter_close(struct sim_meter *m, uint32_t window)
{
    int64_t before = bytes(m);
    if (!room_for_window(m, window))
        return -1;
    struct sim_window *w = &m->kept->windows[window];
    memcpy(w->counts, m->counts, sizeof m->counts);
    memcpy(w->counts + SIM_HOT_COUNTS, m->kept->rare, sizeof m->kept->rare);
    memcpy(w->areas, m->areas, sizeof m->areas);
    memcpy(w->areas + SIM_HOT_AREAS, m->kept->rare_areas, sizeof m->kept->rare_areas);
    w->queue_max = m->queue_max;
    w->memory_max = m->memory_max;
    w->first = m->kept->pair_count;
    if (m->owns_hist) {
        if (!room_for_pairs(m, sim_hist_most_pairs(m->live)))
            return -1;
        pack(m, w, m->live);
    }
    return bytes(m) - before;
}

// The windows [a, b) as one, written over window `to`, which lies at or before a. Its pairs
// never need more room than theirs had, so they are packed where theirs began.
static void join(struct sim_meter *m, struct sim_hist *h, uint32_t a, uint32_t b,
                 uint32_t to)
{
    struct sim_window joined = m->kept->windows[b - 1];
    joined.queue_max = sim_meter_queue_max(m, a, b);
    joined.memory_max = sim_meter_memory_max(m, a, b);
    sim_meter_add_hist(m, a, b, h);
    pack(m, &joined, h);
    m->kept->windows[to] = joined;
}

bool sim_meter_fold(struct sim_meter *m, const uint32_t *from, uint32_t n)
{
    struct sim_hist *h = calloc(1, sizeof *h);
    if (!h || !room_for_window(m, from[n] - 1)) {
        free(h);
        return false;
    }
    m->kept->pair_count = 0;
    for (uint32_t i = 0; i < n; i++)
        join(m, h, from[i], from[i + 1], i);
    memset(m->kept->windows + n, 0, (m->room - n) * sizeof *m->kept->windows);
    free(h);
    return true;
}

int64_t sim_meter_count(const struct sim_meter *m, uint32_t a, uint32_t b,
                        enum sim_count what)
{
    if (b <= a || b > m->room)
        return 0;
    return m->kept->windows[b - 1].counts[what] -
           (a ? m->kept->windows[a - 1].counts[what] : 0);
}

double sim_meter_area(const struct sim_meter *m, uint32_t a, uint32_t b, enum sim_area what)
{
    if (b <= a || b > m->room)
        return 0;
    sim_wide before = a ? m->kept->windows[a - 1].areas[what] : 0;
    return (double)(m->kept->windows[b - 1].areas[what] - before);
}

uint32_t sim_meter_queue_max(const struct sim_meter *m, uint32_t a, uint32_t b)
{
    uint32_t max = 0;
    for (uint32_t i = a; i < b && i < m->room; i++)
        if (m->kept->windows[i].queue_max > max)
            max = m->kept->windows[i].queue_max;
    return max;
}

uint64_t sim_meter_memory_max(const struct sim_meter *m, uint32_t a, uint32_t b)
{
    uint64_t max = 0;
    for (uint32_t i = a; i < b && i < m->room; i++)
        if (m->kept->windows[i].memory_max > max)
            max = m->kept->windows[i].memory_max;
    return max;
}

void sim_meter_add_hist(const struct sim_meter *m, uint32_t a, uint32_t b,
                        struct sim_hist *h)
{
    for (uint32_t i = a; i < b && i < m->room; i++) {
        const struct sim_window *w = &m->kept->windows[i];
        // Without samples there may be no pairs to point into.
        sim_hist_add_packed(h, &w->head, w->packed ? m->kept->pairs + w->first : NULL,
                            w->packed);
    }
}
