#include <stdlib.h>

#include "sim/engine/reserve.h"
#include "sim/world/inner.h"

// Bulkheads and pools of connections around steps. Each replica, worker process and client has its
// own of each, opened at its first use; what all of one definition do is counted together.
//
// Of a scope of theirs is_held says that it has a place, and is_called that it has been refused and
// is in no line any more; `u` holds until when it waits, and afterwards until when its connection
// is being opened. Its node in the line is its own number plus 1.

bool sim_bulkhead_open_all(struct sim_run *run, size_t stations)
{
    struct sim_bulkheads *all = &run->bulkheads;
    uint32_t n = run->model->bulkheads.count;
    if (n == 0)
        return true;
    all->stations = stations;
    all->first = calloc(n, sizeof *all->first);
    all->books = calloc(n, sizeof *all->books);
    for (uint32_t i = 0; all->first && all->books && i < n; i++) {
        all->first[i] = all->since_each;
        all->since_each += run->model->bulkheads.at[i].rule.kept;
        if (!sim_meter_init(&all->books[i].meter, NULL))
            return false;
    }
    all->at = sim_reserve(stations * n * sizeof *all->at);
    all->since = sim_reserve((stations * all->since_each + 1) * sizeof *all->since);
    all->nodes = sim_reserve((run->scope_limit + 1ul) * sizeof *all->nodes);
    return all->first && all->books && all->at && all->since && all->nodes;
}

void sim_bulkhead_close_all(struct sim_run *run)
{
    struct sim_bulkheads *all = &run->bulkheads;
    uint32_t n = run->model ? run->model->bulkheads.count : 0;
    for (uint32_t i = 0; all->books && i < n; i++)
        sim_meter_fini(&all->books[i].meter);
    free(all->first);
    free(all->books);
    sim_release(all->at, all->stations * n * sizeof *all->at);
    sim_release(all->since, (all->stations * all->since_each + 1) * sizeof *all->since);
    sim_release(all->nodes, (run->scope_limit + 1ul) * sizeof *all->nodes);
}

// ---- One of them ----

struct place {
    const struct sim_bulkhead_def *def;
    struct sim_bulkhead_state *state;
    struct sim_bulkhead_room room;
    struct sim_bulkhead_book *book;
};

static struct sim_bulkhead_keep *keep_of(const struct sim_run *run, uint32_t t,
                                         uint32_t number)
{
    const struct sim_bulkheads *all = &run->bulkheads;
    return &all->at[run->tasks[t].station * run->model->bulkheads.count + number];
}

static struct place place_of(struct sim_run *run, uint32_t t, uint32_t number)
{
    struct sim_bulkheads *all = &run->bulkheads;
    struct place p = { .def = &run->model->bulkheads.at[number],
                       .state = &keep_of(run, t, number)->state,
                       .book = &all->books[number] };
    p.room.nodes = all->nodes;
    p.room.since =
        all->since + run->tasks[t].station * all->since_each + all->first[number];
    return p;
}

// A process that begins anew has no connections. Those of its former life have all left.
static void begin(struct sim_run *run, uint32_t t, uint32_t number)
{
    struct sim_bulkhead_keep *keep = keep_of(run, t, number);
    uint32_t life = sim_life_of(run, t);
    if (keep->life == 0)
        sim_run_take(run, sizeof *keep + run->model->bulkheads.at[number].rule.kept *
                                             sizeof(sim_time));
    if (keep->life != life)
        keep->state.idle = 0;
    keep->life = life;
}

// ---- What is counted ----

static void uses(struct sim_run *run, const struct place *p)
{
    struct sim_bulkhead_book *b = p->book;
    b->used++;
    sim_level_rises(&b->busy, run->now);
    if (p->state->used > b->meter.memory_max)
        b->meter.memory_max = p->state->used;
}

static void uses_no_more(struct sim_run *run, const struct place *p)
{
    p->book->used--;
    sim_level_falls(&p->book->busy, run->now);
}

static void waits(struct sim_run *run, const struct place *p)
{
    struct sim_bulkhead_book *b = p->book;
    b->waiting++;
    b->meter.counts[SIM_BULKHEAD_WAITED]++;
    sim_level_rises(&b->queued, run->now);
    if (p->state->line.count > b->meter.queue_max)
        b->meter.queue_max = p->state->line.count;
}

static void waits_no_more(struct sim_run *run, const struct place *p)
{
    p->book->waiting--;
    sim_level_falls(&p->book->queued, run->now);
}

static uint32_t refusal(struct sim_run *run, uint32_t t, const struct place *p)
{
    enum sim_rejecter by = p->def->rule.pools ? SIM_BY_CONNECTIONS : SIM_BY_BULKHEAD;
    p->book->meter.counts[SIM_BULKHEAD_REFUSED]++;
    sim_meter_refused(sim_meter_of(run, t), by);
    return p->def->status << 8 | by;
}

// ---- Entering ----

static struct sim_random *rng_of(struct sim_run *run, uint32_t t)
{
    const struct sim_station *s = sim_station_of(run, t);
    return s->is_client ? &run->retry_rng[s->entity] : &run->work_rng[s->entity];
}

// How long it takes to open a connection; counts it.
static sim_time opening(struct sim_run *run, uint32_t t, const struct place *p)
{
    p->book->meter.counts[SIM_BULKHEAD_OPENED]++;
    if (p->def->connect == SIM_NONE)
        return 0;
    return sim_value_time(run, p->def->connect, t, rng_of(run, t));
}

enum sim_bulkhead_answer sim_bulkhead_would(struct sim_run *run, uint32_t t,
                                            uint32_t number)
{
    begin(run, t, number);
    struct place p = place_of(run, t, number);
    return sim_bulkhead_asks(&p.def->rule, p.state, &p.room, run->now);
}

static bool opens(struct sim_run *run, uint32_t t, struct sim_scope *s,
                  const struct place *p)
{
    sim_time d = opening(run, t, p);
    s->u.due = run->now + d;
    if (d == 0)
        return false;
    sim_task_sleep(run, t, SIM_SLEEPING, SIM_IN_CONNECTIONS, d);
    return true;
}

static void stands_in_line(struct sim_run *run, uint32_t t, uint32_t scope,
                           const struct place *p)
{
    waits(run, p);
    if (p->def->rule.wait != SIM_NEVER)
        sim_scope_arm(run, scope, p->def->rule.wait);
    sim_task_enter(run, t, SIM_LINED,
                   p->def->rule.pools ? SIM_IN_CONNECTIONS : SIM_IN_BULKHEAD);
}

bool sim_bulkhead_go_in(struct sim_run *run, uint32_t t, const struct sim_op *op,
                        uint32_t *refused)
{
    struct place p = place_of(run, t, op->a);
    p.book->meter.counts[SIM_BULKHEAD_ASKED]++;
    *refused = 0;
    if (sim_bulkhead_asks(&p.def->rule, p.state, &p.room, run->now) ==
        SIM_BULKHEAD_REFUSES) {
        *refused = refusal(run, t, &p);
        return false;
    }
    uint32_t i = sim_scope_open(run, t, run->tasks[t].pc);
    struct sim_scope *s = &run->scopes[i];
    enum sim_bulkhead_answer answer =
        sim_bulkhead_enter(&p.def->rule, p.state, &p.room, i + 1, run->now);
    run->tasks[t].pc++;
    if (answer == SIM_BULKHEAD_WAITS) {
        stands_in_line(run, t, i, &p);
        return false;
    }
    s->is_held = 1;
    uses(run, &p);
    sim_hist_record(p.book->meter.live, 0);
    return answer == SIM_BULKHEAD_PASSES || !opens(run, t, s, &p);
}

// ---- Leaving ----

// The scope has a place from now on, that of one who has left.
static void give(struct sim_run *run, const struct place *p, uint32_t scope, bool is_open)
{
    struct sim_scope *s = &run->scopes[scope];
    uint32_t t = s->task;
    sim_scope_disarm(run, scope);
    waits_no_more(run, p);
    uses(run, p);
    sim_hist_record(p->book->meter.live, run->now - p->room.nodes[scope + 1].since);
    s->is_held = 1;
    s->u.due = run->now;
    if (!is_open && opens(run, t, s, p))
        return;
    sim_task_charge(run, t);
    run->tasks[t].outcome = SIM_OK;
    sim_task_ready(run, t);
}

void sim_bulkhead_go_out(struct sim_run *run, uint32_t scope)
{
    struct sim_scope *s = &run->scopes[scope];
    struct place p = place_of(run, s->task, run->ops[s->op].a);
    sim_scope_disarm(run, scope);
    if (!s->is_held) {
        if (s->is_called)
            return;
        waits_no_more(run, &p);
        sim_bulkhead_give_up(p.state, &p.room, scope + 1);
        return;
    }
    bool is_open = run->now >= s->u.due;
    uses_no_more(run, &p);
    uint32_t next = is_open ? sim_bulkhead_leave(&p.def->rule, p.state, &p.room, run->now)
                            : sim_bulkhead_leave_broken(p.state, &p.room);
    if (next != 0)
        give(run, &p, next - 1, is_open);
}

void sim_bulkhead_waited(struct sim_run *run, uint32_t scope)
{
    struct sim_scope *s = &run->scopes[scope];
    uint32_t t = s->task;
    struct place p = place_of(run, t, run->ops[s->op].a);
    if (s->is_held) // since this very instant
        return;
    waits_no_more(run, &p);
    sim_bulkhead_give_up(p.state, &p.room, scope + 1);
    s->is_called = 1;
    sim_task_charge(run, t);
    run->tasks[t].outcome = SIM_REJECTED;
    run->tasks[t].slot = refusal(run, t, &p);
    sim_task_ready(run, t);
}

// ---- Windows ----

void sim_bulkhead_integrate(struct sim_run *run, uint32_t number)
{
    struct sim_bulkhead_book *b = &run->bulkheads.books[number];
    sim_wide now = (sim_wide)(uint64_t)run->now;
    b->meter.areas[SIM_QUEUED_AREA] = b->queued + now * b->waiting;
    b->meter.areas[SIM_BUSY_AREA] = b->busy + now * b->used;
}

// The most and the longest line of one place are those of the window: they begin with what is
// there now.
void sim_bulkhead_next_window(struct sim_run *run, uint32_t number)
{
    struct sim_bulkheads *all = &run->bulkheads;
    struct sim_meter *m = &all->books[number].meter;
    uint32_t n = run->model->bulkheads.count;
    m->queue_max = 0;
    m->memory_max = 0;
    for (size_t i = 0; i < all->stations; i++) {
        const struct sim_bulkhead_state *s = &all->at[i * n + number].state;
        if (s->line.count > m->queue_max)
            m->queue_max = s->line.count;
        if (s->used > m->memory_max)
            m->memory_max = s->used;
    }
}

const struct sim_meter *sim_run_bulkhead_meter(const struct sim_run *run, uint32_t number)
{
    return &run->bulkheads.books[number].meter;
}
