#include "ui/view/requests.h"

#include <stdlib.h>
#include <string.h>

#include "ui/view/film_inner.h"

#define BLOCK      ((size_t)1 << 20) // of bytes that are written down
#define LOOKS_BACK ((sim_time)30 * SIM_S)

// A figure takes 10 bytes at most, a call has 5 figures and a span 5.
#define CALL_MOST 50u
#define SPAN_MOST 50u
_Static_assert(UI_CALLS_MAX *CALL_MOST + UI_SPANS_MAX * SPAN_MOST + 20u < BLOCK,
               "a request lies in one block");

enum {
    IS_BRANCH = 1,
    IS_AGAIN = 2,
    IS_ABANDONED = 4,
    OUTCOME = 8 // times the outcome
};

void ui_request_fini(struct ui_request *q)
{
    free(q->calls);
    free(q->spans);
    *q = (struct ui_request){ 0 };
}

void ui_requests_fini(struct ui_requests *r)
{
    for (size_t i = 0; i < r->live_count; i++)
        ui_request_fini(&r->live[i]);
    for (size_t i = 0; i < r->block_count; i++)
        free(r->blocks[i]);
    free(r->live);
    free(r->spare);
    free(r->lines);
    free(r->blocks);
    free(r->slowest);
    *r = (struct ui_requests){ 0 };
}

uint64_t ui_requests_bytes(const struct ui_requests *r)
{
    size_t full = r->block_count > 0 ? r->block_count - 1 : 0;
    return full * BLOCK + r->used + r->line_room * sizeof *r->lines +
           r->slowest_room * sizeof *r->slowest;
}

// ---- Figures: seven bits a byte, the lowest first ----

static uint8_t *write_figure(uint8_t *at, uint64_t x)
{
    for (; x > 0x7f; x >>= 7)
        *at++ = (uint8_t)(x | 0x80);
    *at++ = (uint8_t)x;
    return at;
}

static const uint8_t *read_figure(const uint8_t *at, uint64_t *x)
{
    unsigned shift = 0;
    for (*x = 0; *at & 0x80; shift += 7)
        *x |= (uint64_t)(*at++ & 0x7f) << shift;
    *x |= (uint64_t)*at++ << shift;
    return at;
}

// ---- Trees of either kind ----

// Room for one more; false at the cap, or without memory.
static bool has_room(void **at, uint32_t count, uint32_t *room, uint32_t most, size_t size,
                     bool *failed)
{
    if (count < *room)
        return true;
    if (count >= most)
        return false;
    uint32_t wanted = *room ? *room * 2 : 4;
    void *p = realloc(*at, wanted * size);
    *failed |= !p;
    if (!p)
        return false;
    *at = p;
    *room = wanted;
    return true;
}

static uint32_t add_call(struct ui_request *q, struct ui_call call, bool *failed)
{
    void *at = q->calls;
    bool ok =
        has_room(&at, q->call_count, &q->call_room, UI_CALLS_MAX, sizeof call, failed);
    q->calls = at;
    q->is_cut |= !ok;
    if (!ok)
        return SIM_NONE;
    q->calls[q->call_count] = call;
    return q->call_count++;
}

static void add_span(struct ui_request *q, struct ui_span span, bool *failed)
{
    void *at = q->spans;
    bool ok =
        has_room(&at, q->span_count, &q->span_room, UI_SPANS_MAX, sizeof span, failed);
    q->spans = at;
    q->is_cut |= !ok;
    if (ok)
        q->spans[q->span_count++] = span;
}

// ---- On their way ----

uint32_t ui_request_open(struct ui_requests *r, uint32_t number, struct ui_call first)
{
    uint32_t slot;
    if (r->spare_count > 0) {
        slot = r->spare[--r->spare_count];
    } else {
        void *p = ui_film_grown(r->live, r->live_count + 1, &r->live_room, sizeof *r->live);
        r->failed |= !p;
        if (!p)
            return SIM_NONE;
        r->live = p;
        slot = (uint32_t)r->live_count++;
        r->live[slot] = (struct ui_request){ 0 };
    }
    struct ui_request *q = &r->live[slot];
    q->number = number;
    q->begin = first.begin;
    q->last = SIM_NEVER;
    q->call_count = q->span_count = 0;
    q->is_cut = false;
    q->open = 1;
    add_call(q, first, &r->failed);
    return slot;
}

uint32_t ui_request_call(struct ui_requests *r, uint32_t slot, struct ui_call call)
{
    struct ui_request *q = &r->live[slot];
    uint32_t number = add_call(q, call, &r->failed);
    q->open += number != SIM_NONE;
    return number;
}

// What goes on as it was is one span: pieces between two events are nothing to be told.
void ui_request_span(struct ui_requests *r, uint32_t slot, struct ui_span span)
{
    struct ui_request *q = &r->live[slot];
    for (uint32_t i = q->span_count; i-- > 0 && q->span_count - i <= 4;) {
        struct ui_span *s = &q->spans[i];
        if (s->call != span.call)
            continue;
        if (s->cause != span.cause || s->line != span.line || s->end != span.begin)
            break;
        s->end = span.end;
        return;
    }
    add_span(q, span, &r->failed);
}

static void give_back(struct ui_requests *r, uint32_t slot)
{
    struct ui_request *q = &r->live[slot];
    void *p = ui_film_grown(r->spare, r->spare_count + 1, &r->spare_room, sizeof *r->spare);
    r->failed |= !p;
    // A fan-out leaves arrays that few other requests need.
    if (q->span_room > 256)
        ui_request_fini(q);
    q->open = 0;
    if (!p)
        return;
    r->spare = p;
    r->spare[r->spare_count++] = slot;
}

// ---- Written down ----

static uint8_t *write_tree(const struct ui_request *q, uint8_t *at)
{
    at = write_figure(at, q->call_count << 1 | q->is_cut);
    for (uint32_t i = 0; i < q->call_count; i++) {
        const struct ui_call *c = &q->calls[i];
        at = write_figure(at, c->parent == SIM_NONE ? 0 : c->parent + 1);
        at = write_figure(at, c->place);
        at = write_figure(at, (uint64_t)(c->begin - q->begin));
        at = write_figure(at, (uint64_t)(c->end - c->begin));
        at = write_figure(
            at, (c->is_branch ? IS_BRANCH : 0u) | (c->is_again ? IS_AGAIN : 0u) |
                    (c->is_abandoned ? IS_ABANDONED : 0u) | c->outcome * (uint64_t)OUTCOME);
    }
    at = write_figure(at, q->span_count);
    for (uint32_t i = 0; i < q->span_count; i++) {
        const struct ui_span *s = &q->spans[i];
        at = write_figure(at, s->call);
        at = write_figure(at, s->cause);
        at = write_figure(at, s->line);
        at = write_figure(at, (uint64_t)(s->begin - q->begin));
        at = write_figure(at, (uint64_t)(s->end - s->begin));
    }
    return at;
}

static bool has_block(struct ui_requests *r, const struct ui_request *q)
{
    size_t most = 20u + q->call_count * CALL_MOST + q->span_count * SPAN_MOST;
    if (r->block_count > 0 && r->used + most <= BLOCK)
        return true;
    void *p =
        ui_film_grown(r->blocks, r->block_count + 1, &r->block_room, sizeof *r->blocks);
    if (p)
        r->blocks = p;
    uint8_t *block = p ? malloc(BLOCK) : NULL;
    if (!block)
        return false;
    r->blocks[r->block_count++] = block;
    r->used = 0;
    return true;
}

static void write_down(struct ui_requests *r, const struct ui_request *q)
{
    void *p = ui_film_grown(r->lines, r->line_count + 1, &r->line_room, sizeof *r->lines);
    if (p)
        r->lines = p;
    if (!p || !has_block(r, q)) {
        r->failed = true;
        return;
    }
    uint8_t *from = r->blocks[r->block_count - 1] + r->used;
    r->lines[r->line_count++] =
        (struct ui_request_line){ .begin = q->begin,
                                  .last = q->last,
                                  .at = (r->gone + r->block_count - 1) * BLOCK + r->used,
                                  .number = q->number };
    r->used += (size_t)(write_tree(q, from) - from);
}

void ui_request_end(struct ui_requests *r, uint32_t slot, uint32_t call, uint8_t outcome,
                    bool is_abandoned, sim_time at, sim_time keep_from)
{
    struct ui_request *q = &r->live[slot];
    q->calls[call].end = at;
    q->calls[call].outcome = outcome;
    q->calls[call].is_abandoned = is_abandoned;
    if (--q->open > 0)
        return;
    q->last = at;
    if (at >= keep_from)
        write_down(r, q);
    give_back(r, slot);
}

// ---- Thrown away ----

// The first line that is not over before t.
static size_t line_from(const struct ui_requests *r, sim_time t)
{
    size_t low = 0, high = r->line_count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (r->lines[mid].last < t)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void fold_slowest(struct ui_requests *r, sim_time from)
{
    size_t n = 0;
    while (n < r->slowest_count && r->slowest[n].slot < from / UI_SLOT)
        n++;
    if (n == 0)
        return;
    r->slowest_count -= n;
    memmove(r->slowest, r->slowest + n, r->slowest_count * sizeof *r->slowest);
}

// What was needed before and is not any more.
static void give_back_lines(struct ui_requests *r)
{
    size_t room = r->line_count + r->line_count / 2 + 16;
    void *p = room < r->line_room ? realloc(r->lines, room * sizeof *r->lines) : NULL;
    if (!p)
        return;
    r->lines = p;
    r->line_room = room;
}

// Lines are in order of their ends, and so are the bytes that they stand for.
void ui_requests_fold(struct ui_requests *r, sim_time from)
{
    fold_slowest(r, from);
    size_t n = line_from(r, from);
    if (n == 0)
        return;
    r->line_count -= n;
    memmove(r->lines, r->lines + n, r->line_count * sizeof *r->lines);
    give_back_lines(r);
    size_t blocks = r->block_count - 1; // the last one may be written on
    if (r->line_count > 0)
        blocks = (size_t)(r->lines[0].at / BLOCK - r->gone);
    for (size_t i = 0; i < blocks; i++)
        free(r->blocks[i]);
    r->block_count -= blocks;
    r->gone += blocks;
    memmove(r->blocks, r->blocks + blocks, r->block_count * sizeof *r->blocks);
}

void ui_request_answered(struct ui_requests *r, uint32_t number, sim_time begin,
                         sim_time end)
{
    sim_time slot = end / UI_SLOT;
    struct ui_slowest *last = r->slowest_count ? &r->slowest[r->slowest_count - 1] : NULL;
    if (!last || last->slot != slot) {
        void *p = ui_film_grown(r->slowest, r->slowest_count + 1, &r->slowest_room,
                                sizeof *r->slowest);
        r->failed |= !p;
        if (!p)
            return;
        r->slowest = p;
        r->slowest[r->slowest_count++] = (struct ui_slowest){ slot, begin, end, number };
    } else if (end - begin > last->end - last->begin) {
        *last = (struct ui_slowest){ slot, begin, end, number };
    }
}

// ---- Asking ----

struct ui_pick ui_requests_slowest(const struct ui_requests *r, sim_time t)
{
    sim_time now = t / UI_SLOT, second = SIM_S / UI_SLOT; // slots before now are whole
    size_t low = 0, high = r->slowest_count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (r->slowest[mid].slot < now)
            low = mid + 1;
        else
            high = mid;
    }
    const struct ui_slowest *best = NULL;
    for (size_t i = low; i-- > 0;) {
        const struct ui_slowest *s = &r->slowest[i];
        if (best ? s->slot < now - second : s->slot < now - LOOKS_BACK / UI_SLOT)
            break;
        if (!best || s->end - s->begin > best->end - best->begin)
            best = s;
    }
    return best ? (struct ui_pick){ best->number, best->begin }
                : (struct ui_pick){ SIM_NONE, 0 };
}

struct ui_pick ui_requests_within(const struct ui_requests *r, uint32_t number,
                                  sim_time from, sim_time to)
{
    for (size_t i = line_from(r, from); i < r->line_count; i++)
        if (r->lines[i].number == number && r->lines[i].begin <= to)
            return (struct ui_pick){ number, r->lines[i].begin };
    for (size_t i = 0; i < r->live_count; i++)
        if (r->live[i].open > 0 && r->live[i].number == number && r->live[i].begin <= to)
            return (struct ui_pick){ number, r->live[i].begin };
    return (struct ui_pick){ SIM_NONE, 0 };
}

static const uint8_t *read_call(const uint8_t *at, const struct ui_request *q,
                                struct ui_call *c)
{
    uint64_t parent, place, begin, length, flags;
    at = read_figure(at, &parent);
    at = read_figure(at, &place);
    at = read_figure(at, &begin);
    at = read_figure(at, &length);
    at = read_figure(at, &flags);
    *c = (struct ui_call){ .parent = parent ? (uint32_t)parent - 1 : SIM_NONE,
                           .place = (uint32_t)place,
                           .begin = q->begin + (sim_time)begin,
                           .end = q->begin + (sim_time)(begin + length),
                           .outcome = (uint8_t)(flags / OUTCOME),
                           .is_branch = flags & IS_BRANCH,
                           .is_again = flags & IS_AGAIN,
                           .is_abandoned = flags & IS_ABANDONED };
    return at;
}

static const uint8_t *read_span(const uint8_t *at, const struct ui_request *q,
                                struct ui_span *s)
{
    uint64_t call, cause, line, begin, length;
    at = read_figure(at, &call);
    at = read_figure(at, &cause);
    at = read_figure(at, &line);
    at = read_figure(at, &begin);
    at = read_figure(at, &length);
    *s = (struct ui_span){ .call = (uint32_t)call,
                           .cause = (enum sim_cause)cause,
                           .line = (uint32_t)line,
                           .begin = q->begin + (sim_time)begin,
                           .end = q->begin + (sim_time)(begin + length) };
    return at;
}

static bool read_line(const struct ui_requests *r, const struct ui_request_line *line,
                      struct ui_request *out)
{
    const uint8_t *at = r->blocks[line->at / BLOCK - r->gone] + line->at % BLOCK;
    uint64_t calls, spans;
    bool failed = false;
    out->begin = line->begin;
    out->last = line->last;
    at = read_figure(at, &calls);
    for (uint64_t i = 0; i < calls >> 1; i++) {
        struct ui_call call;
        at = read_call(at, out, &call);
        add_call(out, call, &failed);
    }
    at = read_figure(at, &spans);
    for (uint64_t i = 0; i < spans; i++) {
        struct ui_span span;
        at = read_span(at, out, &span);
        add_span(out, span, &failed);
    }
    out->is_cut = calls & 1;
    return !failed;
}

static bool read_live(const struct ui_request *q, struct ui_request *out)
{
    bool failed = false;
    out->begin = q->begin;
    out->last = q->last;
    for (uint32_t i = 0; i < q->call_count; i++)
        add_call(out, q->calls[i], &failed);
    for (uint32_t i = 0; i < q->span_count; i++)
        add_span(out, q->spans[i], &failed);
    out->is_cut = q->is_cut;
    return !failed;
}

bool ui_requests_read(const struct ui_requests *r, struct ui_pick pick,
                      struct ui_request *out)
{
    out->number = pick.number;
    out->call_count = out->span_count = 0;
    out->is_cut = false;
    for (size_t i = line_from(r, pick.begin); i < r->line_count; i++)
        if (r->lines[i].number == pick.number && r->lines[i].begin == pick.begin)
            return read_line(r, &r->lines[i], out);
    for (size_t i = 0; i < r->live_count; i++)
        if (r->live[i].open > 0 && r->live[i].number == pick.number &&
            r->live[i].begin == pick.begin)
            return read_live(&r->live[i], out);
    return false;
}
