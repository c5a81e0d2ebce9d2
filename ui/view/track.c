#include "ui/view/track.h"

#include <stdlib.h>
#include <string.h>

#include "ui/view/film_inner.h"

// An entry is a byte that says which of its figures are not as expected, a bit each, and then for each of
// those the difference: seven bits a byte, the lowest first, with the sign folded into the lowest bit.
#define FIGURES    7
#define MOST       (1 + FIGURES * 10)
#define LEAST_ROOM 64u

void ui_track_init(struct ui_track *t, enum ui_track_kind kind)
{
    *t = (struct ui_track){ .kind = kind };
}

void ui_track_fini(struct ui_track *t)
{
    for (size_t i = 0; i < t->block_count; i++)
        free(t->blocks[i].bytes);
    free(t->blocks);
    *t = (struct ui_track){ .kind = t->kind };
}

sim_time ui_entry_time(enum ui_track_kind kind, const union ui_entry *e)
{
    switch (kind) {
    case UI_STEPS:
        return e->step.at;
    case UI_HOPS:
        return e->hop.at;
    case UI_SEGMENTS:
        return e->segment.end;
    default:
        return e->moment;
    }
}

// ---- What differs ----

// Counts go round at 2^32, and so does what lies between them.
static int64_t apart(uint32_t now, uint32_t before)
{
    return (int32_t)(now - before);
}

static int64_t code_of(const struct ui_segment *s)
{
    return (int64_t)s->cause * 2 + s->has_gil;
}

// A segment is expected to begin where the last one ended, all else to be as it was. A hop counts
// itself: its totals need not be told.
static void differ(enum ui_track_kind kind, const union ui_entry *b,
                   const union ui_entry *e, int64_t *d)
{
    switch (kind) {
    case UI_STEPS:
        d[0] = e->step.at - b->step.at;
        d[1] = apart(e->step.queue, b->step.queue);
        d[2] = apart(e->step.busy, b->step.busy);
        d[3] = apart(e->step.inside, b->step.inside);
        d[4] = apart(e->step.begun, b->step.begun);
        d[5] = apart(e->step.ended, b->step.ended);
        d[6] = apart(e->step.bad, b->step.bad);
        break;
    case UI_HOPS:
        d[0] = e->hop.at - b->hop.at;
        d[1] = apart(e->hop.request, b->hop.request);
        d[2] = (int64_t)e->hop.mark - (int64_t)b->hop.mark;
        break;
    case UI_SEGMENTS:
        d[0] = e->segment.begin - b->segment.end;
        d[1] = e->segment.end - e->segment.begin;
        d[2] = code_of(&e->segment) - code_of(&b->segment);
        break;
    case UI_MOMENTS:
        d[0] = e->moment - b->moment;
        break;
    }
}

// The inverse: from the entry before to the next.
static void advance(enum ui_track_kind kind, union ui_entry *e, const int64_t *d)
{
    int64_t code;
    switch (kind) {
    case UI_STEPS:
        e->step.at += d[0];
        e->step.queue += (uint32_t)d[1];
        e->step.busy += (uint32_t)d[2];
        e->step.inside += (uint32_t)d[3];
        e->step.begun += (uint32_t)d[4];
        e->step.ended += (uint32_t)d[5];
        e->step.bad += (uint32_t)d[6];
        break;
    case UI_HOPS:
        e->hop.at += d[0];
        e->hop.request += (uint32_t)d[1];
        e->hop.mark = (enum ui_mark)((int64_t)e->hop.mark + d[2]);
        e->hop.total[e->hop.mark]++;
        break;
    case UI_SEGMENTS:
        code = code_of(&e->segment) + d[2];
        e->segment.begin = e->segment.end + d[0];
        e->segment.end = e->segment.begin + d[1];
        e->segment.cause = (enum sim_cause)(code / 2);
        e->segment.has_gil = code % 2;
        break;
    case UI_MOMENTS:
        e->moment += d[0];
        break;
    }
}

static uint8_t *write_figure(uint8_t *at, int64_t figure)
{
    uint64_t folded = (uint64_t)figure << 1 ^ (figure < 0 ? UINT64_MAX : 0);
    for (; folded > 0x7f; folded >>= 7)
        *at++ = (uint8_t)(folded | 0x80);
    *at++ = (uint8_t)folded;
    return at;
}

static const uint8_t *read_figure(const uint8_t *at, int64_t *figure)
{
    uint64_t folded = 0;
    unsigned shift = 0;
    for (; *at & 0x80; shift += 7)
        folded |= (uint64_t)(*at++ & 0x7f) << shift;
    folded |= (uint64_t)*at++ << shift;
    *figure = (int64_t)(folded >> 1) ^ -(int64_t)(folded & 1);
    return at;
}

// ---- Writing ----

static bool make_room(struct ui_track *t, struct ui_track_block *b, size_t more)
{
    if (t->used + more <= t->room)
        return true;
    size_t room = t->room ? t->room * 2 : LEAST_ROOM;
    while (room < t->used + more)
        room *= 2;
    uint8_t *p = realloc(b->bytes, room);
    if (!p)
        return false;
    t->bytes += room - t->room;
    b->bytes = p;
    t->room = room;
    return true;
}

// What is complete keeps the bytes that it has used.
static void close_block(struct ui_track *t)
{
    if (t->block_count == 0)
        return;
    struct ui_track_block *b = &t->blocks[t->block_count - 1];
    uint8_t *p = realloc(b->bytes, t->used);
    if (p) {
        b->bytes = p;
        t->bytes -= t->room - t->used;
    }
    b->size = p ? t->used : t->room;
    t->used = t->room = 0;
}

static bool open_block(struct ui_track *t)
{
    size_t room = t->block_room;
    close_block(t);
    void *p =
        ui_film_grown(t->blocks, t->block_count + 1, &t->block_room, sizeof *t->blocks);
    if (!p)
        return false;
    t->blocks = p;
    t->bytes += (t->block_room - room) * sizeof *t->blocks;
    struct ui_track_block b = { .at = ui_entry_time(t->kind, &t->last) };
    if (!make_room(t, &b, sizeof t->last))
        return false;
    memcpy(b.bytes, &t->last, sizeof t->last);
    t->used = sizeof t->last;
    t->blocks[t->block_count++] = b;
    return true;
}

static bool write_entry(struct ui_track *t)
{
    struct ui_track_block *b = &t->blocks[t->block_count - 1];
    int64_t d[FIGURES] = { 0 };
    if (!make_room(t, b, MOST))
        return false;
    differ(t->kind, &t->before, &t->last, d);
    uint8_t *said = b->bytes + t->used, *at = said + 1;
    *said = 0;
    for (int i = 0; i < FIGURES; i++) {
        if (d[i] == 0)
            continue;
        *said |= (uint8_t)(1u << i);
        at = write_figure(at, d[i]);
    }
    t->used = (size_t)(at - b->bytes);
    return true;
}

union ui_entry *ui_track_add(struct ui_track *t)
{
    if (t->count > 0) {
        bool ok = (t->count - 1) % UI_TRACK_BLOCK == 0 ? open_block(t) : write_entry(t);
        if (!ok)
            return NULL;
        t->before = t->last;
    }
    t->count++;
    return &t->last;
}

void ui_track_fold(struct ui_track *t, sim_time from)
{
    size_t n = 0; // a block is needed while the one behind it begins later
    while (n + 1 < t->block_count && t->blocks[n + 1].at <= from) {
        t->bytes -= t->blocks[n].size;
        free(t->blocks[n++].bytes);
    }
    if (n == 0)
        return;
    t->block_count -= n;
    t->gone += n;
    memmove(t->blocks, t->blocks + n, t->block_count * sizeof *t->blocks);
}

// ---- Reading ----

static void load(struct ui_cursor *c)
{
    const struct ui_track *t = c->track;
    c->is_there = c->i < t->count;
    if (!c->is_there)
        return;
    if (c->i == t->count - 1) {
        c->entry = t->last;
    } else if (c->i % UI_TRACK_BLOCK == 0) {
        c->next = t->blocks[c->i / UI_TRACK_BLOCK - t->gone].bytes;
        memcpy(&c->entry, c->next, sizeof c->entry);
        c->next += sizeof c->entry;
    } else {
        int64_t d[FIGURES] = { 0 };
        uint8_t said = *c->next++;
        for (int i = 0; i < FIGURES; i++)
            if (said >> i & 1)
                c->next = read_figure(c->next, &d[i]);
        advance(t->kind, &c->entry, d);
    }
}

void ui_cursor_next(struct ui_cursor *c)
{
    c->i++;
    load(c);
}

// At the beginning of the last block that begins at t or earlier, or of what there is of the track.
static struct ui_cursor near(const struct ui_track *t, sim_time at)
{
    size_t low = 0, high = t->block_count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (t->blocks[mid].at <= at)
            low = mid + 1;
        else
            high = mid;
    }
    struct ui_cursor c = { .track = t,
                           .i = (t->gone + (low ? low - 1 : 0)) * UI_TRACK_BLOCK };
    load(&c);
    return c;
}

struct ui_cursor ui_track_after(const struct ui_track *t, sim_time at)
{
    struct ui_cursor c = near(t, at);
    while (c.is_there && ui_entry_time(t->kind, &c.entry) <= at)
        ui_cursor_next(&c);
    return c;
}

bool ui_track_before(const struct ui_track *t, sim_time at, union ui_entry *entry)
{
    if (t->count > 0 && ui_entry_time(t->kind, &t->last) <= at) {
        *entry = t->last;
        return true;
    }
    bool found = false;
    struct ui_cursor c = near(t, at);
    for (; c.is_there && ui_entry_time(t->kind, &c.entry) <= at; ui_cursor_next(&c)) {
        *entry = c.entry;
        found = true;
    }
    return found;
}
