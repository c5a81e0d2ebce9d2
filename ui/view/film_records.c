#include <stdlib.h>

#include "ui/view/film_inner.h"

// From the record to what is drawn: one pass, in the order in which things happened.

// The smallest array of lives; it grows to the highest slot.
#define LIVES 256

struct ui_life *ui_film_life(struct ui_film *f, uint32_t task)
{
    size_t before = f->life_room;
    if (task >= before) {
        size_t wanted = task < LIVES ? LIVES : (size_t)task + 1;
        void *p = ui_film_grown(f->lives, wanted, &f->life_room, sizeof *f->lives);
        if (!p) {
            f->failed = true;
            return NULL;
        }
        f->lives = p;
        for (size_t i = before; i < f->life_room; i++)
            f->lives[i] =
                (struct ui_life){ SIM_NONE, SIM_NONE, SIM_NONE, SIM_NONE, SIM_NONE, 0 };
    }
    return &f->lives[task];
}

// ---- States of places ----

// The state from this moment on, a copy of the last one, to be changed. What came before
// the film begins is written over.
static struct ui_step *step(struct ui_film *f, uint32_t place, sim_time at)
{
    struct ui_track *t = &f->steps[place];
    bool is_same = t->count > 0 && (t->last.step.at == at || at <= f->keep_from);
    if (!is_same && !ui_track_add(t)) {
        f->failed = true;
        return NULL;
    }
    t->last.step.at = at;
    return &t->last.step;
}

// ---- Edges ----

static uint32_t edge_between(struct ui_film *f, uint32_t from, uint32_t to)
{
    uint32_t *slot = &f->edge_of[(size_t)from * f->node_count + to];
    if (*slot)
        return *slot - 1;
    void *p = ui_film_grown(f->edges, f->edge_count + 1, &f->edge_room, sizeof *f->edges);
    if (!p) {
        f->failed = true;
        return SIM_NONE;
    }
    f->edges = p;
    struct ui_edge *e = &f->edges[f->edge_count];
    *e = (struct ui_edge){ .from = from, .to = to };
    ui_track_init(&e->calls, UI_HOPS);
    ui_track_init(&e->ends, UI_HOPS);
    *slot = ++f->edge_count;
    return f->edge_count - 1;
}

// The most of one second decides how many requests a dot stands for.
static void count_hop(struct ui_film *f, sim_time at)
{
    if (at / SIM_S != f->hop_second)
        f->hops_in_second = 0;
    f->hop_second = at / SIM_S;
    if (++f->hops_in_second > f->hop_peak)
        f->hop_peak = f->hops_in_second;
}

// Before the film begins only the last one is kept, for its totals.
static void hop(struct ui_film *f, struct ui_track *hops, const struct sim_trace_record *r,
                enum ui_mark mark)
{
    count_hop(f, r->end);
    f->hops[mark]++;
    bool is_early = hops->count > 0 && r->end < f->keep_from;
    if (!is_early && !ui_track_add(hops)) {
        f->failed = true;
        return;
    }
    struct ui_hop *h = &hops->last.hop;
    h->at = r->end;
    h->request = r->request;
    h->mark = mark;
    h->total[mark]++;
}

static enum ui_mark mark_of(uint32_t outcome)
{
    switch ((enum sim_outcome)outcome) {
    case SIM_OK:
        return UI_MARK_OK;
    case SIM_ERROR:
        return UI_MARK_ERROR;
    case SIM_REJECTED:
        return UI_MARK_SHED;
    case SIM_CANCELLED:
        return UI_MARK_CANCELLED;
    default:
        return UI_MARK_TIMEOUT;
    }
}

// ---- Lanes ----

static bool add_lane(struct ui_film *f, uint32_t place)
{
    struct ui_lane *lane = calloc(1, sizeof *lane);
    void *lanes =
        ui_film_grown(f->lanes, f->lane_count + 1, &f->lane_room, sizeof *f->lanes);
    if (lanes)
        f->lanes = lanes;
    uint32_t *of =
        realloc(f->lane_of[place], (f->lanes_of[place] + 1u) * sizeof *f->lane_of[place]);
    if (of)
        f->lane_of[place] = of;
    if (!lane || !lanes || !of) {
        free(lane);
        f->failed = true;
        return false;
    }
    ui_track_init(&lane->segments, UI_SEGMENTS);
    ui_track_init(&lane->vain, UI_MOMENTS);
    lane->place = place;
    lane->number = f->lanes_of[place];
    f->lanes[f->lane_count++] = lane;
    of[f->lanes_of[place]++] = f->lane_count;
    return true;
}

// The lowest worker that is free, as the report's timeline has it.
static uint32_t take_lane(struct ui_film *f, uint32_t place)
{
    for (uint32_t i = 0; i < f->lanes_of[place]; i++) {
        uint32_t lane = f->lane_of[place][i] - 1;
        if (!f->lanes[lane]->is_taken) {
            f->lanes[lane]->is_taken = true;
            return lane;
        }
    }
    if (!add_lane(f, place))
        return SIM_NONE;
    f->lanes[f->lane_count - 1]->is_taken = true;
    return f->lane_count - 1;
}

static void segment(struct ui_film *f, struct ui_lane *lane,
                    const struct sim_trace_record *r)
{
    struct ui_node *n = &f->nodes[f->node_of[lane->place]];
    n->causes |= 1u << r->code;
    n->spans++;
    n->span_s += (double)(r->end - r->begin) / SIM_S;
    if (r->code == SIM_IN_PYTHON || r->code == SIM_IN_NATIVE) {
        n->runs++;
        n->run_s += (double)(r->end - r->begin) / SIM_S;
    }
    if (r->end < f->keep_from)
        return;
    union ui_entry *e = ui_track_add(&lane->segments);
    if (e)
        e->segment =
            (struct ui_segment){ r->begin, r->end, (enum sim_cause)r->code, r->other == 1 };
    f->failed |= !e;
}

static void vain(struct ui_film *f, struct ui_lane *lane, sim_time at)
{
    f->nodes[f->node_of[lane->place]].has_vain = true;
    if (at < f->keep_from)
        return;
    union ui_entry *e = ui_track_add(&lane->vain);
    if (e)
        e->moment = at;
    f->failed |= !e;
}

// ---- Records ----

static void visit(struct ui_film *f, struct ui_life *life, const struct sim_trace_record *r)
{
    const struct ui_life *caller = ui_film_life(f, r->other);
    if (!caller || caller->place == SIM_NONE)
        return;
    uint32_t edge = edge_between(f, f->node_of[caller->place], f->node_of[r->place]);
    if (edge == SIM_NONE)
        return;
    life->edge = edge;
    hop(f, &f->edges[edge].calls, r,
        r->code & SIM_TRACE_AGAIN ? UI_MARK_AGAIN : UI_MARK_CALL);
}

static void begin(struct ui_film *f, const struct sim_trace_record *r)
{
    struct ui_life *life = ui_film_life(f, r->task);
    if (!life)
        return;
    life->place = r->place;
    life->edge = life->lane = SIM_NONE;
    if (r->code & SIM_TRACE_BRANCH)
        return;
    struct ui_step *s = step(f, r->place, r->end);
    if (!s)
        return;
    s->begun++;
    s->inside++;
    if (r->other != SIM_NONE) {
        // Looking up the caller may move the lives.
        if (ui_film_life(f, r->other))
            visit(f, &f->lives[r->task], r);
    }
}

// A visit that came to a socket or a broker is with whoever took it from there.
static void move(struct ui_film *f, struct ui_life *life, const struct sim_trace_record *r)
{
    if (life->place == r->place)
        return;
    struct ui_step *from = step(f, life->place, r->end);
    if (from)
        from->inside--;
    struct ui_step *to = step(f, r->place, r->end);
    if (to)
        to->inside++;
    life->place = r->place;
}

static void start(struct ui_film *f, const struct sim_trace_record *r)
{
    struct ui_life *life = ui_film_life(f, r->task);
    if (!life || life->place == SIM_NONE)
        return;
    move(f, life, r);
    life->lane = take_lane(f, r->place);
    struct ui_step *s = step(f, r->place, r->end);
    if (s)
        s->busy++;
}

static void end(struct ui_film *f, const struct sim_trace_record *r)
{
    struct ui_life *life = ui_film_life(f, r->task);
    if (!life || life->place == SIM_NONE)
        return;
    uint32_t outcome = r->code & ~SIM_TRACE_ABANDONED;
    uint32_t lane = life->lane;
    bool is_visit = life->edge != SIM_NONE || f->nodes[f->node_of[r->place]].is_client;
    life->lane = SIM_NONE;
    if (!is_visit)
        return; // a branch
    move(f, life, r);
    struct ui_step *s = step(f, r->place, r->end);
    if (!s)
        return;
    s->inside--;
    s->ended++;
    s->bad += outcome != SIM_OK && outcome != SIM_CANCELLED;
    if (lane == SIM_NONE)
        return;
    s->busy--;
    f->lanes[lane]->is_taken = false;
}

static void answered(struct ui_film *f, const struct sim_trace_record *r)
{
    const struct ui_life *life = ui_film_life(f, r->other);
    if (life && life->edge != SIM_NONE)
        hop(f, &f->edges[life->edge].ends, r, mark_of(r->code));
}

static struct ui_lane *lane_of(struct ui_film *f, uint32_t task)
{
    const struct ui_life *life = ui_film_life(f, task);
    return life && life->lane != SIM_NONE ? f->lanes[life->lane] : NULL;
}

static void queue(struct ui_film *f, const struct sim_trace_record *r)
{
    struct ui_step *s = step(f, r->place, r->end);
    if (!s)
        return;
    s->queue = r->other;
    struct ui_node *n = &f->nodes[f->node_of[r->place]];
    uint32_t sum = 0;
    for (uint32_t i = 0; i < n->replicas; i++)
        sum += f->steps[n->first_place + i].last.step.queue;
    n->queue_max = sum > n->queue_max ? sum : n->queue_max;
}

static void fault(struct ui_film *f, const struct sim_trace_record *r)
{
    for (size_t i = f->flag_count; !r->code && i-- > 0;) {
        if (f->flags[i].fault == r->other && f->flags[i].end == SIM_NEVER) {
            f->flags[i].end = r->begin;
            return;
        }
    }
    void *p = ui_film_grown(f->flags, f->flag_count + 1, &f->flag_room, sizeof *f->flags);
    if (!p) {
        f->failed = true;
        return;
    }
    f->flags = p;
    sim_time end = f->is_momentary[r->other] ? r->begin : SIM_NEVER;
    f->flags[f->flag_count++] = (struct ui_flag){ r->begin, end, r->other };
}

static void replica(struct ui_film *f, const struct sim_trace_record *r)
{
    void *p = ui_film_grown(f->replicas, f->replica_count + 1, &f->replica_room,
                            sizeof *f->replicas);
    if (!p) {
        f->failed = true;
        return;
    }
    f->replicas = p;
    f->replicas[f->replica_count++] =
        (struct ui_replica){ r->end, r->place, (enum sim_replica_state)r->code };
}

static void take(struct ui_film *f, const struct sim_trace_record *r)
{
    struct ui_lane *lane;
    switch ((enum sim_trace_kind)r->kind) {
    case SIM_TRACE_BEGIN:
        begin(f, r);
        break;
    case SIM_TRACE_START:
        start(f, r);
        break;
    case SIM_TRACE_SPAN:
        if ((lane = lane_of(f, r->task)))
            segment(f, lane, r);
        break;
    case SIM_TRACE_VAIN:
        if ((lane = lane_of(f, r->task)))
            vain(f, lane, r->end);
        break;
    case SIM_TRACE_END:
        end(f, r);
        break;
    case SIM_TRACE_REPLY:
    case SIM_TRACE_GIVE_UP:
        answered(f, r);
        break;
    case SIM_TRACE_QUEUE:
        queue(f, r);
        break;
    case SIM_TRACE_FAULT:
        fault(f, r);
        break;
    case SIM_TRACE_REPLICA:
        replica(f, r);
        break;
    case SIM_TRACE_LOOP: // the segments of its tasks are
    case SIM_TRACE_STEP: // not drawn
        break;
    }
}

void ui_film_take_records(struct ui_film *f, const struct sim_run *run)
{
    const struct sim_trace *trace = sim_run_trace(run);
    uint64_t first = sim_trace_first(trace);
    if (f->taken < first) {
        f->lost += first - f->taken;
        f->taken = first;
    }
    for (; f->taken < trace->count && !f->failed; f->taken++) {
        ui_film_take_request(f, sim_run_model(run), sim_trace_at(trace, f->taken));
        take(f, sim_trace_at(trace, f->taken));
    }
}
