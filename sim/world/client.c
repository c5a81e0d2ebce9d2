#include "sim/world/inner.h"

// Where requests come from. A source knows when its next arrival is; each arrival becomes a
// task of the client, which does what the client's step says.

static struct sim_station *station_of(struct sim_run *run, uint32_t client)
{
    return &run->stations[run->first_client + client];
}

// The client's that the visit answers itself.
static uint32_t station_of_root(const struct sim_run *run, const struct sim_task *visit)
{
    return run->first_client + run->edges[visit->edge].caller;
}

static const struct sim_arrivals_def *arrivals(const struct sim_run *run,
                                               const struct sim_source *src)
{
    return &run->clients[src->client].arrivals;
}

static void begin_at(struct sim_run *run, const struct sim_source *src, sim_time at)
{
    sim_heap_arm(&run->heap, src->client, at);
}

// A source that is due arms its timer first of all, so the heap has it at the top.
static void go_on_at(struct sim_run *run, sim_time at)
{
    sim_heap_delay(&run->heap, at);
}

static sim_time exponential(struct sim_source *src, double mean_s)
{
    struct sim_dist d = sim_dist_exponential(mean_s * SIM_S);
    return sim_dist_draw_time(&d, &src->gaps);
}

// ---- A request that is one plain call ----

// Most requests are a call, at most within a timeout, over a link without delay. They need no
// task of their own: the visit answers the client itself. The same events happen at the
// same moments as with a task, and the digest is the same; only work and memory are saved.

// The call's operation, or 0.
static uint32_t plain_call(const struct sim_run *run, uint32_t client)
{
    const struct sim_op *op = &run->ops[run->model->client_entry.at[client].of];
    const struct sim_op *call = op->code == SIM_OP_TIMEOUT ? op + 1 : op;
    const struct sim_op *end = op->code == SIM_OP_TIMEOUT ? op + 3 : op + 1;
    if (call->code != SIM_OP_CALL || end->code != SIM_OP_END || op->value != SIM_NONE)
        return 0;
    const struct sim_call_def *def = &run->model->calls.at[call->a];
    bool tells = def->cancel || def->key != SIM_NO_KEY || def->deadline != SIM_NONE ||
                 def->pass_deadline;
    return tells ? 0 : (uint32_t)(call - run->ops);
}

// ---- A request ----

static void draw_fields(struct sim_run *run, struct sim_source *src, uint32_t t)
{
    const struct sim_client_def *def = &run->clients[src->client];
    uint32_t f = sim_fields_new(run);
    run->fields_of[t] = f + 1;
    for (uint32_t i = 0; i < def->fields; i++) {
        const struct sim_field_set *set = &run->model->sets.at[def->first_field + i];
        run->fields[f].at[set->field] = sim_value_now(run, set->value, t, &src->fields);
    }
}

SIM_INLINE void count_begin(struct sim_run *run, struct sim_source *src, uint32_t t)
{
    struct sim_station *s = station_of(run, src->client);
    s->inside++;
    sim_level_rises(&s->levels.inside, run->now);
    s->meter.counts[SIM_ARRIVED]++;
    run->tasks[t].start = run->tasks[t].mark = run->now;
    run->tasks[t].request = run->next_request++;
    if (run->uses_fields)
        draw_fields(run, src, t);
    if (run->accounts.tenant != SIM_NONE)
        sim_account_begins(run, t);
    sim_note(run, SIM_TRACE_BEGIN, t, SIM_NONE, 0, run->now, run->now);
}

static void begin(struct sim_run *run, struct sim_source *src, uint32_t t)
{
    count_begin(run, src, t);
    run->tasks[t].state = SIM_READY;
    sim_step_go(run, t);
}

static void open_root_timeout(struct sim_run *run, uint32_t visit, uint32_t op)
{
    const struct sim_op *o = &run->ops[op];
    uint32_t client = run->edges[run->tasks[visit].edge].caller;
    uint32_t i = sim_scope_open(run, visit, op);
    run->scopes[i].is_root = 1;
    sim_scope_arm(run, i, sim_dist_draw_time(&o->dist, &run->retry_rng[client]));
}

static bool arrive_plainly(struct sim_run *run, struct sim_source *src)
{
    const struct sim_op *call = &run->ops[src->plain];
    if (src->edge == SIM_NONE)
        src->edge = sim_call_edge(run, src->client, call);
    uint32_t visit = sim_call_visit(run, src->edge, call);
    if (visit == SIM_NONE)
        return false;
    run->tasks[visit].flags |= SIM_IS_ROOT;
    count_begin(run, src, visit);
    if (call[-1].code == SIM_OP_TIMEOUT)
        open_root_timeout(run, visit, (uint32_t)(call - run->ops) - 1);
    // Nothing else happens at this instant: it would come out of the ring at once.
    if (sim_ring_is_empty(&run->ring) && sim_heap_due(&run->heap) > run->now)
        sim_station_arrive(run, visit);
    else
        sim_ring_push(&run->ring, visit);
    return true;
}

static void arrive(struct sim_run *run, struct sim_source *src)
{
    if (src->plain != 0 && !run->tracing && arrive_plainly(run, src))
        return;
    uint32_t station = run->first_client + src->client;
    uint32_t t = sim_task_new(run, station, run->model->client_entry.at[src->client].of);
    begin(run, src, t);
}

SIM_INLINE void count_end(struct sim_run *run, struct sim_station *s, uint32_t t,
                          sim_time start, enum sim_outcome outcome)
{
    if (run->accounts.tenant != SIM_NONE)
        sim_account_ended(run, t, outcome);
    s->inside--;
    sim_level_falls(&s->levels.inside, run->now);
    s->meter.counts[SIM_ENDED + outcome]++;
    if (outcome == SIM_OK)
        sim_hist_record(s->meter.live, run->now - start);
}

static void think(struct sim_run *run, struct sim_source *src)
{
    uint32_t station = run->first_client + src->client;
    uint32_t t = sim_task_new(run, station, run->model->client_entry.at[src->client].of);
    sim_time d = sim_value_time(run, arrivals(run, src)->gap, t, &src->gaps);
    run->tasks[t].state = SIM_THINKING;
    sim_heap_arm(&run->heap, run->task_timers + t, run->now + d);
}

void sim_client_think_over(struct sim_run *run, uint32_t t)
{
    begin(run, &run->sources[sim_station_of(run, t)->entity], t);
}

void sim_client_ended(struct sim_run *run, uint32_t t, enum sim_outcome outcome,
                      uint32_t status)
{
    (void)status;
    struct sim_station *s = sim_station_of(run, t);
    struct sim_source *src = &run->sources[s->entity];
    count_end(run, s, t, run->tasks[t].start, outcome);
    sim_task_free(run, t);
    if (src->kind == SIM_ARRIVE_CLOSED)
        think(run, src);
}

// ---- Arrivals ----

// A Poisson process whose rate changes is thinned: candidates come at the highest rate, and
// each is one with the chance that the rate of its moment has to the highest. (Lewis and
// Shedler 1979.)
static bool is_thinned(struct sim_run *run, struct sim_source *src)
{
    return src->varies && sim_random_unit(&src->gaps) * src->peak >=
                              sim_value_now(run, arrivals(run, src)->rate, 0, &src->gaps);
}

static void poisson(struct sim_run *run, struct sim_source *src)
{
    go_on_at(run, run->now + sim_dist_draw_time(&src->gap, &src->gaps));
    if (!is_thinned(run, src))
        arrive(run, src);
}

// Counted from where the rate became what it is: gaps that are rounded one by one drift. While the
// rate is 0 it is looked at again each 10 ms.
static sim_time constant_next(struct sim_run *run, struct sim_source *src, double rate)
{
    if (rate != src->rate) {
        src->rate = rate;
        src->since = run->now;
        src->nth = 0;
    }
    return rate > 0 ? src->since + sim_seconds((double)++src->nth / rate)
                    : run->now + 10 * (sim_time)SIM_MS;
}

static void constant(struct sim_run *run, struct sim_source *src)
{
    double rate = sim_value_now(run, arrivals(run, src)->rate, 0, &src->gaps);
    go_on_at(run, constant_next(run, src, rate));
    if (rate > 0)
        arrive(run, src);
}

static void renewal(struct sim_run *run, struct sim_source *src)
{
    go_on_at(run, run->now + sim_value_time(run, arrivals(run, src)->gap, 0, &src->gaps));
    arrive(run, src);
}

// The next candidate of an on time, at the highest rate; at its end a rest of exponential
// length.
static sim_time bursty_next(struct sim_run *run, struct sim_source *src)
{
    sim_time at =
        src->peak > 0 ? run->now + exponential(src, 1 / src->peak) : src->switch_at;
    src->is_on = at < src->switch_at;
    return src->is_on ? at : src->switch_at + exponential(src, arrivals(run, src)->off);
}

static void bursty(struct sim_run *run, struct sim_source *src)
{
    bool arrives = src->is_on && !is_thinned(run, src);
    if (!src->is_on)
        src->switch_at = run->now + exponential(src, arrivals(run, src)->on);
    go_on_at(run, bursty_next(run, src));
    if (arrives)
        arrive(run, src);
}

static void burst(struct sim_run *run, struct sim_source *src)
{
    if (++src->left < arrivals(run, src)->n)
        go_on_at(run, run->now);
    arrive(run, src);
}

static sim_time replay_time(const struct sim_run *run, const struct sim_source *src)
{
    return sim_seconds(run->model->points.at[arrivals(run, src)->first + src->left].t);
}

static void replay(struct sim_run *run, struct sim_source *src)
{
    if (++src->left < arrivals(run, src)->count)
        go_on_at(run, replay_time(run, src));
    arrive(run, src);
}

void sim_client_due(struct sim_run *run, uint32_t source)
{
    struct sim_source *src = &run->sources[source];
    switch (src->kind) {
    case SIM_ARRIVE_POISSON:
        poisson(run, src);
        break;
    case SIM_ARRIVE_CONSTANT:
        constant(run, src);
        break;
    case SIM_ARRIVE_RENEWAL:
        renewal(run, src);
        break;
    case SIM_ARRIVE_BURSTY:
        bursty(run, src);
        break;
    case SIM_ARRIVE_BURST:
        burst(run, src);
        break;
    case SIM_ARRIVE_REPLAY:
        replay(run, src);
        break;
    case SIM_ARRIVE_CLOSED:
        break;
    }
}

static void spread_arrivals(struct sim_run *run, struct sim_source *src)
{
    uint32_t rate = arrivals(run, src)->rate;
    src->peak = sim_value_peak(run, rate);
    src->varies = run->model->values.at[rate].kind == SIM_VALUE_CURVE;
    src->gap = sim_dist_exponential(SIM_S / src->peak);
}

// The gap that has begun is not measured afresh; where there was none, one begins. A timer that is
// armed does not tell: at a rate of 0 it is due at the end of time.
void sim_client_turned(struct sim_run *run, uint32_t source)
{
    struct sim_source *src = &run->sources[source];
    if (src->kind != SIM_ARRIVE_POISSON && src->kind != SIM_ARRIVE_BURSTY)
        return;
    bool had_gap = src->peak > 0;
    spread_arrivals(run, src);
    if (src->peak <= 0 || had_gap)
        return;
    if (src->kind == SIM_ARRIVE_POISSON)
        begin_at(run, src, run->now + sim_dist_draw_time(&src->gap, &src->gaps));
    if (src->kind == SIM_ARRIVE_BURSTY && run->now < src->switch_at)
        begin_at(run, src, bursty_next(run, src));
}

// The first arrival of an open process comes after its first gap.
void sim_client_start(struct sim_run *run, uint32_t source)
{
    struct sim_source *src = &run->sources[source];
    const struct sim_arrivals_def *a = arrivals(run, src);
    src->kind = a->kind;
    src->plain = plain_call(run, source);
    src->edge = SIM_NONE;
    switch (a->kind) {
    case SIM_ARRIVE_POISSON:
        spread_arrivals(run, src);
        if (src->peak > 0)
            begin_at(run, src, sim_dist_draw_time(&src->gap, &src->gaps));
        break;
    case SIM_ARRIVE_RENEWAL:
        begin_at(run, src, sim_value_time(run, a->gap, 0, &src->gaps));
        break;
    case SIM_ARRIVE_BURST:
        if (a->n > 0)
            begin_at(run, src, a->at);
        break;
    case SIM_ARRIVE_REPLAY:
        if (a->count > 0)
            begin_at(run, src, replay_time(run, src));
        break;
    case SIM_ARRIVE_CLOSED:
        for (uint32_t i = 0; i < a->n && !run->stop; i++)
            think(run, src);
        break;
    case SIM_ARRIVE_BURSTY:
        spread_arrivals(run, src);
        begin_at(run, src, 0);
        break;
    case SIM_ARRIVE_CONSTANT:
        begin_at(run, src, 0);
        break;
    }
}

void sim_client_answered(struct sim_run *run, uint32_t visit)
{
    struct sim_task *v = &run->tasks[visit];
    uint32_t station = station_of_root(run, v);
    struct sim_station *s = &run->stations[station];
    struct sim_source *src = &run->sources[s->entity];
    if (v->scope != SIM_NONE)
        sim_scope_close(run, visit);
    sim_digest_add(&run->digest,
                   (uint64_t)s->number << 16 | (uint64_t)v->outcome << 8 | 0xff);
    count_end(run, s, visit, v->start, v->outcome);
    sim_task_free(run, visit);
    if (src->kind == SIM_ARRIVE_CLOSED)
        think(run, src);
}

void sim_client_gives_up(struct sim_run *run, uint32_t visit, uint32_t scope)
{
    struct sim_task *v = &run->tasks[visit];
    uint32_t station = station_of_root(run, v);
    struct sim_station *s = &run->stations[station];
    struct sim_source *src = &run->sources[s->entity];
    sim_client_charge(run, visit);
    sim_digest_add(&run->digest,
                   (uint64_t)s->number << 16 | (uint64_t)SIM_TIMEOUT << 8 | 0xff);
    v->flags &= (uint16_t)~SIM_IS_ROOT;
    run->born[visit] = 0;
    run->edges[v->edge].meter.counts[SIM_ENDED + SIM_TIMEOUT]++;
    sim_scope_unlink(run, visit, scope);
    count_end(run, s, visit, run->now, SIM_TIMEOUT);
    if (src->kind == SIM_ARRIVE_CLOSED)
        think(run, src);
}

// What the client's own task would charge when its answer sets out, or when it gives up: no
// link has a delay, so all of it was waiting for the service.
void sim_client_charge(struct sim_run *run, uint32_t visit)
{
    const struct sim_task *v = &run->tasks[visit];
    uint32_t station = station_of_root(run, v);
    struct sim_station *s = &run->stations[station];
    sim_time d = run->now - v->start;
    if (d == 0)
        return;
    s->meter.counts[SIM_TIME + SIM_IN_DEPENDENCY] += d;
    sim_digest_add(&run->digest,
                   (uint64_t)d << 24 | (uint64_t)s->number << 8 | SIM_IN_DEPENDENCY);
}
