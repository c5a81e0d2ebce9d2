#include "sim/report/timeline.h"

#include <stdlib.h>

// Records come in the order in which things happened, those of what took time at its end. So
// one pass over them follows each task's slot from life to life, and takes and gives tracks as
// the run did. A thing's place in that order is the number of its record; what began
// without a record of its own began with the record of its task before.

enum stage {
    UNKNOWN, // nothing known: it began before the oldest record
    SENT,    // begun, and on its way
    IN_LINE, // before a worker is free
    ON_TRACK,
    ENDED // the track is kept until the answer has arrived
};

struct life {
    enum stage stage;
    uint32_t track;                       // while ON_TRACK or ENDED
    uint32_t caller;                      // track that the call came from, SIM_NONE without
    uint64_t id;                          // number of the record that it began with
    const struct sim_trace_record *sent;  // that record, when it is there
    const struct sim_trace_record *since; // in line, or on the track, since then
    uint64_t since_order;
    sim_time mark;      // charged up to here
    uint64_t last, end; // number of its latest record, and of its end
    sim_time end_at;
};

// The tracks of one kind at one place, a bit each.
struct lanes {
    uint64_t *busy;
    uint32_t *track;
    uint32_t words;
};

struct builder {
    struct sim_timeline *line;
    const struct sim_run *run;
    const struct sim_trace *trace;
    const struct sim_fault *faults;
    uint64_t now; // number of the record at hand
    struct life *lives;
    uint32_t life_count;
    struct lanes *lanes;   // SIM_TRACK_KINDS a place
    sim_time *wrong_since; // of faults, SIM_NEVER: not now
    bool failed;           // no memory
};

// The array with room for one more, or NULL. It doubles.
static void *grown(void *at, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return at;
    size_t wanted = *room ? *room * 2 : 64;
    void *p = realloc(at, wanted * size);
    if (p)
        *room = wanted;
    return p;
}

// What happens at the same moment as one record, in this order.
enum {
    FIRST,
    OUTER,
    INNER,
    LAST
};

static uint64_t order(uint64_t record, unsigned rank)
{
    return record << 2 | rank;
}

static void add(struct builder *b, struct sim_item item)
{
    struct sim_timeline *line = b->line;
    struct sim_item *items = grown(line->items, line->count, &line->room, sizeof item);
    b->failed |= !items;
    if (b->failed)
        return;
    line->items = items;
    line->items[line->count++] = item;
}

// ---- Tracks ----

static uint32_t new_track(struct builder *b, struct sim_track track)
{
    struct sim_timeline *line = b->line;
    struct sim_track *tracks =
        grown(line->tracks, line->track_count, &line->track_room, sizeof track);
    b->failed |= !tracks;
    if (b->failed)
        return SIM_NONE;
    line->tracks = tracks;
    line->tracks[line->track_count] = track;
    return line->track_count++;
}

static bool add_word(struct lanes *l)
{
    uint64_t *busy = realloc(l->busy, (l->words + 1) * sizeof *busy);
    if (busy)
        l->busy = busy;
    uint32_t *track = realloc(l->track, (l->words + 1) * 64 * sizeof *track);
    if (track)
        l->track = track;
    if (!busy || !track)
        return false;
    for (uint32_t i = 0; i < 64; i++)
        l->track[l->words * 64 + i] = SIM_NONE;
    l->busy[l->words++] = 0;
    return true;
}

static struct lanes *lanes_of(struct builder *b, uint32_t place, enum sim_track_kind kind)
{
    return &b->lanes[place * SIM_TRACK_KINDS + (uint32_t)kind];
}

// The lowest track that is free.
static uint32_t take_track(struct builder *b, uint32_t place, enum sim_track_kind kind)
{
    struct lanes *l = lanes_of(b, place, kind);
    uint32_t w = 0;
    while (w < l->words && l->busy[w] == UINT64_MAX)
        w++;
    if (w == l->words && !add_word(l)) {
        b->failed = true;
        return SIM_NONE;
    }
    uint32_t lane = w * 64 + (uint32_t)__builtin_ctzll(~l->busy[w]);
    l->busy[w] |= (uint64_t)1 << (lane & 63);
    if (l->track[lane] == SIM_NONE)
        l->track[lane] = new_track(b, (struct sim_track){ place, lane, kind });
    return l->track[lane];
}

static void give_track(struct builder *b, uint32_t track)
{
    if (b->failed)
        return;
    const struct sim_track *t = &b->line->tracks[track];
    struct lanes *l = lanes_of(b, t->place, t->kind);
    l->busy[t->number / 64] &= ~((uint64_t)1 << (t->number & 63));
}

// ---- Lives ----

static struct life *life_of(struct builder *b, uint32_t task)
{
    return task < b->life_count ? &b->lives[task] : NULL;
}

static uint32_t track_of(struct builder *b, uint32_t task)
{
    const struct life *life = life_of(b, task);
    return life && life->stage == ON_TRACK ? life->track : SIM_NONE;
}

static void add_wait(struct builder *b, const struct life *life,
                     const struct sim_trace_record *r, sim_time begin, sim_time end)
{
    if (begin == end)
        return;
    struct sim_item item = { .at = begin,
                             .end = end,
                             .order = order(b->now, FIRST),
                             .id = life->id,
                             .record = r,
                             .track = SIM_NONE,
                             .kind = SIM_ITEM_WAIT };
    add(b, item);
    item.at = end;
    item.kind = SIM_ITEM_WAITED;
    add(b, item);
}

// The call's arrow ends where the visit comes into sight, at the record at hand.
static void add_call(struct builder *b, const struct life *life, sim_time at)
{
    if (life->caller == SIM_NONE)
        return;
    struct sim_item item = { .at = life->sent->begin,
                             .end = life->sent->begin,
                             .order = order(life->id, LAST),
                             .id = life->id,
                             .record = life->sent,
                             .track = life->caller,
                             .kind = SIM_ITEM_CALL };
    add(b, item);
    item.at = item.end = at;
    item.order = order(b->now, LAST);
    item.track = life->track;
    item.kind = SIM_ITEM_CALLED;
    add(b, item);
}

static void enter_track(struct builder *b, struct life *life,
                        const struct sim_trace_record *r, enum sim_track_kind kind)
{
    life->stage = ON_TRACK;
    life->track = take_track(b, r->place, kind);
    life->since = r;
    life->since_order = b->now;
    life->mark = r->end;
    life->last = b->now;
}

static void begin(struct builder *b, const struct sim_trace_record *r)
{
    struct life *life = life_of(b, r->task);
    *life = (struct life){ .stage = SENT,
                           .id = b->now,
                           .sent = r,
                           .caller = track_of(b, r->other),
                           .last = b->now };
    if (!(r->code & SIM_TRACE_BRANCH) && !sim_run_place(b->run, r->place).is_client)
        return;
    bool is_branch = r->code & SIM_TRACE_BRANCH;
    enter_track(b, life, r, is_branch ? SIM_TRACK_BRANCH : SIM_TRACK_REQUEST);
    add_call(b, life, r->end);
}

// A visit whose way here is not on record any more begins with this.
static void start(struct builder *b, const struct sim_trace_record *r)
{
    struct life *life = life_of(b, r->task);
    if (life->stage == UNKNOWN)
        *life = (struct life){ .id = b->now, .caller = SIM_NONE };
    add_wait(b, life, r, r->begin, r->end);
    enter_track(b, life, r, SIM_TRACK_WORKER);
    add_call(b, life, r->end);
}

static void span(struct builder *b, const struct sim_trace_record *r)
{
    struct life *life = life_of(b, r->task);
    if (life->stage != ON_TRACK)
        return;
    add(b, (struct sim_item){ .at = r->begin,
                              .end = r->end,
                              .order = order(life->last, INNER),
                              .id = life->id,
                              .record = r,
                              .track = life->track,
                              .kind = SIM_ITEM_SPAN });
    life->last = b->now;
    life->mark = r->end;
}

static void add_visit(struct builder *b, const struct life *life,
                      const struct sim_trace_record *r, sim_time end)
{
    add(b, (struct sim_item){ .at = life->since->end,
                              .end = end,
                              .order = order(life->since_order, OUTER),
                              .id = life->id,
                              .record = r,
                              .track = life->track,
                              .kind = SIM_ITEM_VISIT });
}

// It was turned away, or gave up, in line: a point at the door.
static void end_at_door(struct builder *b, struct life *life,
                        const struct sim_trace_record *r)
{
    struct lanes *l = lanes_of(b, r->place, SIM_TRACK_DOOR);
    if (l->words)
        life->track = l->track[0];
    else
        life->track = take_track(b, r->place, SIM_TRACK_DOOR);
    life->since = r;
    life->since_order = b->now;
    add_wait(b, life, r, r->begin, r->end);
    add_visit(b, life, r, r->end);
    add_call(b, life, r->end);
}

static void end(struct builder *b, const struct sim_trace_record *r)
{
    struct life *life = life_of(b, r->task);
    if (life->stage == UNKNOWN) {
        b->line->cut++;
        return;
    }
    if (life->stage == ON_TRACK) {
        add_visit(b, life, r, r->end);
        give_track(b, life->track);
    } else {
        end_at_door(b, life, r);
    }
    life->stage = ENDED;
    life->end = b->now;
    life->end_at = r->end;
}

static void reply(struct builder *b, const struct sim_trace_record *r)
{
    struct life *caller = life_of(b, r->task);
    const struct life *visit = life_of(b, r->other);
    caller->last = b->now;
    if (caller->stage != ON_TRACK || !visit || visit->stage != ENDED)
        return;
    struct sim_item item = { .at = visit->end_at,
                             .end = visit->end_at,
                             .order = order(visit->end, LAST),
                             .id = visit->id,
                             .record = r,
                             .track = visit->track,
                             .kind = SIM_ITEM_ANSWER };
    add(b, item);
    item.at = item.end = r->end;
    item.order = order(b->now, FIRST);
    item.track = caller->track;
    item.kind = SIM_ITEM_ANSWERED;
    add(b, item);
}

// ---- The line ----

static void queue(struct builder *b, const struct sim_trace_record *r)
{
    struct life *life = life_of(b, r->task);
    if (life->stage == SENT) {
        life->stage = IN_LINE;
        life->since = r;
    }
    add(b, (struct sim_item){ .at = r->begin,
                              .end = r->end,
                              .order = order(b->now, FIRST),
                              .record = r,
                              .track = SIM_NONE,
                              .kind = SIM_ITEM_QUEUE });
}

// ---- Faults ----

static void add_fault(struct builder *b, uint32_t fault, sim_time begin, sim_time end)
{
    add(b, (struct sim_item){ .at = begin,
                              .end = end,
                              .order = order(b->now, FIRST),
                              .id = fault,
                              .track = SIM_NONE,
                              .kind = SIM_ITEM_FAULT });
}

// A restart or a flush is over at once, and so is what comes again and again without being mended.
static bool lasts(const struct sim_fault *f)
{
    return !sim_fault_is_momentary(f->kind) && (f->end != SIM_NEVER || f->every == 0);
}

static void fault(struct builder *b, const struct sim_trace_record *r)
{
    sim_time *since = &b->wrong_since[r->other];
    if (!r->code) {
        sim_time first = sim_trace_at(b->trace, sim_trace_first(b->trace))->begin;
        add_fault(b, r->other, *since == SIM_NEVER ? first : *since, r->begin);
        *since = SIM_NEVER;
    } else if (lasts(&b->faults[r->other])) {
        *since = r->begin;
    } else {
        add_fault(b, r->other, r->begin, r->begin);
    }
}

// ---- The pass ----

static void take(struct builder *b, const struct sim_trace_record *r)
{
    switch ((enum sim_trace_kind)r->kind) {
    case SIM_TRACE_BEGIN:
        begin(b, r);
        break;
    case SIM_TRACE_START:
        start(b, r);
        break;
    case SIM_TRACE_SPAN:
        span(b, r);
        break;
    case SIM_TRACE_END:
        end(b, r);
        break;
    case SIM_TRACE_REPLY:
        reply(b, r);
        break;
    case SIM_TRACE_GIVE_UP: // told by the caller's next span
    case SIM_TRACE_VAIN:
    case SIM_TRACE_LOOP: // told by the spans of the tasks that it went on with
        break;
    case SIM_TRACE_QUEUE:
        queue(b, r);
        break;
    case SIM_TRACE_FAULT:
        fault(b, r);
        break;
    case SIM_TRACE_REPLICA:
    case SIM_TRACE_STEP:
        break;
    }
}

// What is still inside when the run ends.
static void close_life(struct builder *b, const struct life *life, sim_time now)
{
    if (life->stage == IN_LINE)
        add_wait(b, life, life->since, life->since->begin, now);
    if (life->stage != ON_TRACK)
        return;
    add_visit(b, life, life->since, now);
    if (life->mark < now)
        add(b, (struct sim_item){ .at = life->mark,
                                  .end = now,
                                  .order = order(life->last, INNER),
                                  .id = life->id,
                                  .record = life->since,
                                  .track = life->track,
                                  .kind = SIM_ITEM_REST });
}

static void pass(struct builder *b, uint32_t fault_count)
{
    for (b->now = sim_trace_first(b->trace); b->now < b->trace->count; b->now++)
        take(b, sim_trace_at(b->trace, b->now));
    sim_time now = sim_run_now(b->run);
    for (uint32_t i = 0; i < b->life_count; i++)
        close_life(b, &b->lives[i], now);
    for (uint32_t i = 0; i < fault_count; i++)
        if (b->wrong_since[i] != SIM_NEVER)
            add_fault(b, i, b->wrong_since[i], now);
}

static int compare(const void *x, const void *y)
{
    const struct sim_item *a = x, *b = y;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

static uint32_t highest_task(const struct sim_trace *trace)
{
    uint32_t highest = 0;
    for (uint64_t i = sim_trace_first(trace); i < trace->count; i++)
        if (sim_trace_at(trace, i)->task > highest)
            highest = sim_trace_at(trace, i)->task;
    return highest;
}

static bool prepare(struct builder *b, uint32_t fault_count)
{
    b->life_count = highest_task(b->trace) + 1;
    b->lives = calloc(b->life_count, sizeof *b->lives);
    b->lanes =
        calloc((size_t)sim_run_places(b->run) * SIM_TRACK_KINDS + 1, sizeof *b->lanes);
    b->wrong_since = malloc((fault_count + 1u) * sizeof *b->wrong_since);
    if (!b->lives || !b->lanes || !b->wrong_since)
        return false;
    for (uint32_t i = 0; i < fault_count; i++)
        b->wrong_since[i] = SIM_NEVER;
    return true;
}

static void put_away(struct builder *b)
{
    for (size_t i = 0; b->lanes && i < (size_t)sim_run_places(b->run) * SIM_TRACK_KINDS;
         i++) {
        free(b->lanes[i].busy);
        free(b->lanes[i].track);
    }
    free(b->lanes);
    free(b->lives);
    free(b->wrong_since);
}

bool sim_timeline_init(struct sim_timeline *line, const struct sim_run *run,
                       const struct sim_fault *faults, uint32_t fault_count)
{
    struct builder b = {
        .line = line, .run = run, .trace = sim_run_trace(run), .faults = faults
    };
    *line = (struct sim_timeline){ .lost = sim_trace_first(b.trace) };
    bool ok = prepare(&b, fault_count);
    if (ok)
        pass(&b, fault_count);
    put_away(&b);
    if (!ok || b.failed) {
        sim_timeline_fini(line);
        return false;
    }
    if (line->count)
        qsort(line->items, line->count, sizeof *line->items, compare);
    return true;
}

void sim_timeline_fini(struct sim_timeline *line)
{
    free(line->items);
    free(line->tracks);
    *line = (struct sim_timeline){ 0 };
}
