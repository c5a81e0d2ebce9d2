#include <stdlib.h>

#include "sim/engine/reserve.h"
#include "sim/world/inner.h"

// Circuit breakers around steps. Each replica, worker process and client has its own of each,
// opened at its first use; what their windows remember lies in one pool. Changes of state are
// put on record, as far as there is room for them; all of them count.
//
// Of a breaker's scope `u` holds when its call began, and has_fired says that its end has been
// told.

bool sim_breaker_open_all(struct sim_run *run, size_t stations)
{
    struct sim_breakers *all = &run->breakers;
    uint32_t n = run->model->breakers.count;
    if (n == 0)
        return true;
    all->first = calloc(n, sizeof *all->first);
    all->forced = calloc(n, sizeof *all->forced);
    for (uint32_t i = 0; all->first && i < n; i++) {
        all->first[i] = all->buckets_each;
        all->buckets_each += run->model->breakers.at[i].rule.window;
    }
    all->stations = stations;
    all->at = sim_reserve(stations * n * sizeof *all->at);
    all->buckets = sim_reserve((stations * all->buckets_each + 1) * sizeof *all->buckets);
    all->changes = sim_reserve(SIM_BREAKER_CHANGES * sizeof *all->changes);
    return all->first && all->forced && all->at && all->buckets && all->changes;
}

void sim_breaker_close_all(struct sim_run *run)
{
    struct sim_breakers *all = &run->breakers;
    uint32_t n = run->model->breakers.count;
    free(all->first);
    free(all->forced);
    sim_release(all->at, all->stations * n * sizeof *all->at);
    sim_release(all->buckets,
                (all->stations * all->buckets_each + 1) * sizeof *all->buckets);
    sim_release(all->changes, SIM_BREAKER_CHANGES * sizeof *all->changes);
}

// ---- One of them ----

struct place {
    const struct sim_breaker *rule;
    struct sim_breaker_memory *memory;
    struct sim_breaker_bucket *buckets;
};

static void begin(struct sim_run *run, const struct place *p, uint32_t breaker)
{
    enum sim_breaker_state forced = run->breakers.forced[breaker];
    for (uint32_t i = 0; i < p->rule->window; i++)
        p->buckets[i] = (struct sim_breaker_bucket){ 0 };
    sim_breaker_begin(p->rule, p->memory, run->now);
    if (forced != SIM_BREAKER_CLOSED)
        sim_breaker_force(p->rule, p->memory, p->buckets, forced, run->now);
}

static struct place place_at(const struct sim_run *run, size_t station, uint32_t breaker)
{
    const struct sim_breakers *all = &run->breakers;
    struct sim_breaker_keep *keep =
        &all->at[station * run->model->breakers.count + breaker];
    return (struct place){ &run->model->breakers.at[breaker].rule, &keep->memory,
                           all->buckets + station * all->buckets_each +
                               all->first[breaker] };
}

static struct place place_of(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    uint32_t breaker = op->a;
    size_t station = run->tasks[t].station;
    struct sim_breaker_keep *keep =
        &run->breakers.at[station * run->model->breakers.count + breaker];
    struct place p = place_at(run, station, breaker);
    uint32_t life = sim_life_of(run, t);
    if (keep->life == 0)
        sim_run_take(run, sizeof *keep + p.rule->window * sizeof *p.buckets);
    if (keep->life != life)
        begin(run, &p, breaker);
    keep->life = life;
    keep->op = (uint32_t)(op - run->ops);
    return p;
}

// ---- What is put on record ----

static void count_openings(struct sim_run *run, size_t station, const struct sim_op *op,
                           uint64_t n)
{
    // Around none it is nobody's.
    struct sim_edge *e = sim_call_edge_of(run, (uint32_t)station, op->to);
    sim_meter_rare_more(&run->stations[run->stations[station].home].meter, SIM_OPENED, n);
    if (e)
        sim_meter_rare_more(&e->meter, SIM_OPENED, n);
}

static void record(struct sim_run *run, size_t station, const struct sim_op *op,
                   enum sim_breaker_state from, const struct sim_breaker_memory *m)
{
    struct sim_breakers *all = &run->breakers;
    if (all->change_count == SIM_BREAKER_CHANGES)
        return;
    sim_run_take(run, sizeof *all->changes);
    all->changes[all->change_count++] = (struct sim_breaker_change){
        .at = m->since,
        .station = run->stations[station].home,
        .breaker = op->a,
        .call = op->to,
        .from = from,
        .to = m->state,
        .cause = m->cause,
    };
}

// What of its memory tells that something has become of it.
struct before {
    enum sim_breaker_state state;
    uint32_t turn;
    uint64_t opened;
};

static struct before before(const struct place *p)
{
    return (struct before){ p->memory->state, p->memory->turn, p->memory->opened };
}

static void note(struct sim_run *run, size_t station, const struct sim_op *op,
                 struct before was, const struct sim_breaker_memory *m)
{
    if (m->opened != was.opened)
        count_openings(run, station, op, m->opened - was.opened);
    if (m->turn != was.turn)
        record(run, station, op, was.state, m);
}

// What time alone has changed, one after the other.
static void pass(struct sim_run *run, const struct place *p, size_t station,
                 const struct sim_op *op)
{
    for (bool more = true; more;) {
        struct before was = before(p);
        more = sim_breaker_passes(p->rule, p->memory, run->now);
        note(run, station, op, was, p->memory);
    }
}

void sim_breaker_pass(struct sim_run *run)
{
    const struct sim_breakers *all = &run->breakers;
    uint32_t n = run->model->breakers.count;
    for (uint32_t breaker = 0; breaker < n; breaker++) {
        if (!sim_breaker_opens_by_itself(&run->model->breakers.at[breaker].rule))
            continue;
        for (size_t station = 0; station < all->stations; station++) {
            const struct sim_breaker_keep *keep = &all->at[station * n + breaker];
            struct place p = place_at(run, station, breaker);
            if (keep->life != 0 && keep->life == sim_life_at(run, (uint32_t)station))
                pass(run, &p, station, &run->ops[keep->op]);
        }
    }
}

// ---- Deciding ----

bool sim_breaker_enter(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    size_t station = run->tasks[t].station;
    struct place p = place_of(run, t, op);
    pass(run, &p, station, op);
    struct before was = before(&p);
    bool allows = sim_breaker_allows(p.rule, p.memory, p.buckets, run->now);
    note(run, station, op, was, p.memory);
    if (!allows) {
        sim_meter_refused(sim_meter_of(run, t), SIM_BY_BREAKER);
        return false;
    }
    struct sim_scope *s = &run->scopes[sim_scope_open(run, t, run->tasks[t].pc)];
    s->u.since = run->now;
    run->tasks[t].pc++;
    return true;
}

static enum sim_breaker_result result_of(const struct sim_run *run, const struct sim_op *op,
                                         enum sim_outcome outcome)
{
    if (outcome == SIM_OK)
        return SIM_BREAKER_OK;
    bool counts = run->model->breakers.at[op->a].on & 1u << outcome;
    return counts ? SIM_BREAKER_FAILED : SIM_BREAKER_IGNORED;
}

void sim_breaker_ended(struct sim_run *run, uint32_t scope, enum sim_outcome outcome)
{
    struct sim_scope *s = &run->scopes[scope];
    const struct sim_op *op = &run->ops[s->op];
    if (s->has_fired)
        return;
    s->has_fired = 1;
    size_t station = run->tasks[s->task].station;
    struct place p = place_of(run, s->task, op);
    pass(run, &p, station, op);
    struct before was = before(&p);
    sim_breaker_record(p.rule, p.memory, p.buckets, run->now, result_of(run, op, outcome),
                       run->now - s->u.since);
    note(run, station, op, was, p.memory);
}

// ---- By hand ----

// Where it stands in the program first; a breaker around nothing is nobody's.
static const struct sim_op *op_of(const struct sim_run *run, uint32_t breaker)
{
    for (uint32_t i = 0; i < run->model->program.count; i++)
        if (run->ops[i].code == SIM_OP_BREAKER && run->ops[i].a == breaker)
            return &run->ops[i];
    return NULL;
}

// Those that have not been used yet begin so.
void sim_run_force_breaker(struct sim_run *run, uint32_t breaker, enum sim_breaker_state to)
{
    struct sim_breakers *all = &run->breakers;
    const struct sim_op *op = op_of(run, breaker);
    all->forced[breaker] = to;
    for (size_t station = 0; op && station < all->stations; station++) {
        struct place p = place_at(run, station, breaker);
        if (all->at[station * run->model->breakers.count + breaker].life == 0)
            continue;
        enum sim_breaker_state from = p.memory->state;
        sim_breaker_force(p.rule, p.memory, p.buckets, to, run->now);
        record(run, station, op, from, p.memory);
    }
}

// ---- What others may see ----

uint32_t sim_run_breaker_changes(const struct sim_run *run)
{
    return run->breakers.change_count;
}

struct sim_breaker_view sim_run_breaker_change(const struct sim_run *run, uint32_t i)
{
    const struct sim_breaker_change *c = &run->breakers.changes[i];
    const char *around = "";
    if (c->call != 0)
        around = run->services[run->model->calls.at[run->ops[c->call].a].service].name;
    return (struct sim_breaker_view){ .at = c->at,
                                      .place = c->station,
                                      .around = around,
                                      .from = c->from,
                                      .to = c->to,
                                      .calls = c->cause.calls,
                                      .failed = c->cause.failed,
                                      .slow = c->cause.slow };
}
