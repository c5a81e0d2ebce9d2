#include "sim/world/inner.h"

#include <string.h>

// A call: a replica is chosen, the request travels, becomes a visit there, and its answer
// travels back. All state of a call is in the visit and in the caller that waits for it;
// what lasts longer (the balancer's memory, the link's condition, the counts) is in the edge
// between caller and service.

static const char *caller_name(const struct sim_run *run, uint32_t caller)
{
    return caller < run->client_count ? run->clients[caller].name
                                      : run->services[caller - run->client_count].name;
}

static uint32_t declared_latency(const struct sim_run *run, const char *from,
                                 const char *to)
{
    uint32_t any = SIM_NONE;
    for (uint32_t i = 0; i < run->model->links.count; i++) {
        const struct sim_link_def *l = &run->model->links.at[i];
        if (l->latency == SIM_NONE || strcmp(l->to, to) != 0)
            continue;
        if (strcmp(l->from, from) == 0)
            return l->latency;
        if (l->from[0] == '\0')
            any = l->latency;
    }
    return any != SIM_NONE ? any : run->model->def.latency;
}

static __attribute__((noinline)) uint32_t open_edge(struct sim_run *run, uint32_t caller,
                                                    uint32_t service)
{
    struct sim_edge *e = sim_edge_new(run);
    if (!e)
        return 0;
    const char *from = caller_name(run, caller);
    const char *to = run->services[service].name;
    char name[140];
    sim_edge_name(name, sizeof name, from, to);
    e->caller = caller;
    e->service = service;
    e->first = run->first_station[service];
    e->replicas = run->services[service].replicas;
    e->latency = declared_latency(run, from, to);
    e->bandwidth = sim_pipe_declared(run, from, to);
    run->has_pipes |= e->bandwidth > 0;
    sim_random_init(&e->balance, run->seed, name, "balance");
    sim_random_init(&e->network, run->seed, name, "network");
    sim_link_inherit(run, e);
    sim_rotation_open(run, e);
    return (uint32_t)(e - run->edges);
}

// Opened at the first call.
SIM_INLINE uint32_t edge_between(struct sim_run *run, uint32_t caller, uint32_t service)
{
    uint32_t *slot = &run->edge_of[(size_t)caller * run->service_count + service];
    if (*slot == 0)
        *slot = open_edge(run, caller, service) + 1;
    return *slot - 1;
}

// The attempt's number: that of the innermost retry around the call, 1 without one.
static uint32_t attempt(const struct sim_run *run, uint32_t t)
{
    for (uint32_t i = run->tasks[t].scope; i != SIM_NONE; i = run->scopes[i].outer)
        if (run->ops[run->scopes[i].op].code == SIM_OP_RETRY)
            return run->scopes[i].next;
    return 1;
}

struct sim_edge *sim_call_edge_of(struct sim_run *run, uint32_t station, uint32_t call)
{
    if (call == 0)
        return NULL;
    uint32_t caller = sim_caller_of(run, &run->stations[station]);
    uint32_t service = run->model->calls.at[run->ops[call].a].service;
    uint32_t slot = run->edge_of[(size_t)caller * run->service_count + service];
    return slot ? &run->edges[slot - 1] : NULL;
}

enum kind_of_try {
    FIRST_TRY, // a new call
    RETRY,
    HEDGED_TRY // sent once more
};

// What a hedge sends first is what the step around it is.
static enum kind_of_try kind_of_try(const struct sim_run *run, uint32_t t)
{
    if (attempt(run, t) > 1)
        return RETRY;
    if (run->model->hedges.count == 0 || !(run->tasks[t].flags & SIM_IS_BRANCH))
        return FIRST_TRY;
    uint32_t around = run->tasks[t].parent;
    if (around == SIM_NONE || !sim_hedge_waits(run, around))
        return FIRST_TRY;
    return sim_hedge_is_again(run, t) ? HEDGED_TRY : kind_of_try(run, around);
}

// The route whose code the task is in, by the service's number of it; what a function
// awaits is compiled later and counts to the last route.
uint32_t sim_route_of(const struct sim_run *run, uint32_t t)
{
    const struct sim_station *s = &run->stations[run->tasks[t].station];
    const struct sim_service_def *service = &run->services[s->entity];
    uint32_t found = service->first_route;
    for (uint32_t i = 0; i < service->routes; i++)
        if (run->model->route_entry.at[service->first_route + i].of <= run->tasks[t].pc)
            found = service->first_route + i;
    return found;
}

SIM_INLINE uint32_t choose_replica(struct sim_run *run, struct sim_edge *e, uint32_t t)
{
    if (__builtin_expect(e->rotation != NULL, 0))
        return sim_rotation_choose(run, e, t);
    if (e->replicas == 1)
        return e->first;
    const struct sim_service_def *service = &run->services[e->service];
    uint32_t processes = service->executor.processes;
    if (processes > 1) // to a socket: who accepts there is seen then
        return e->first + e->turn++ % (e->replicas / processes) * processes;
    return e->first + sim_balance_pick(&service->balance, run->loads + e->first,
                                       e->replicas, &e->turn, &e->balance);
}

static void set_deadline(struct sim_run *run, uint32_t t, uint32_t visit,
                         const struct sim_call_def *call)
{
    sim_time deadline = 0;
    if (call->deadline != SIM_NONE)
        deadline =
            run->now +
            sim_value_time(run, call->deadline, t,
                           &run->retry_rng[sim_caller_of(run, sim_station_of(run, t))]);
    if (call->pass_deadline) {
        sim_time own = sim_scope_time_left(run, t);
        if (own && (!deadline || own < deadline))
            deadline = own;
        own = run->deadlines[t];
        if (own && (!deadline || own < deadline))
            deadline = own;
    }
    run->deadlines[visit] = deadline;
}

// From the task that calls.
static void travel(struct sim_run *run, struct sim_edge *e, uint32_t t, uint32_t visit,
                   const struct sim_call_def *call)
{
    struct sim_task *v = &run->tasks[visit];
    sim_time d = sim_link_latency(run, e, SIM_WAY_THERE, t);
    if (__builtin_expect(run->has_pipes, 0))
        d += sim_pipe_request(run, e, t, visit, call);
    v->state = SIM_SENDING;
    v->cause = SIM_IN_NETWORK;
    if (d > 0)
        sim_heap_arm(&run->heap, run->task_timers + visit, run->now + d);
    else
        sim_ring_push(&run->ring, visit);
}

SIM_INLINE uint32_t new_visit(struct sim_run *run, uint32_t t, uint32_t edge,
                              uint32_t station, const struct sim_call_def *call)
{
    uint32_t entry = run->model->route_entry.at[call->entry].of;
    uint32_t visit = sim_task_new(run, station, entry);
    run->tasks[visit].edge = (uint16_t)edge;
    run->loads[station]++;
    if (__builtin_expect(run->limit_asks != NULL, 0))
        sim_shared_send(run, t, visit, call->asks);
    if (__builtin_expect(run->keys.of != NULL, 0))
        sim_keys_send(run, t, visit, call);
    return visit;
}

static bool is_plain(const struct sim_edge *e)
{
    return e->latency == SIM_NONE && e->bandwidth == 0 && !e->ill.is_ill &&
           e->rotation == NULL;
}

uint32_t sim_call_edge(struct sim_run *run, uint32_t client, const struct sim_op *op)
{
    return edge_between(run, client, run->model->calls.at[op->a].service);
}

uint32_t sim_call_visit(struct sim_run *run, uint32_t edge, const struct sim_op *op)
{
    const struct sim_call_def *call = &run->model->calls.at[op->a];
    struct sim_edge *e = &run->edges[edge];
    if (!is_plain(e))
        return SIM_NONE;
    e->meter.counts[SIM_ATTEMPTED]++;
    e->meter.counts[SIM_ARRIVED]++;
    uint32_t station = choose_replica(run, e, SIM_NONE);
    uint32_t visit = new_visit(run, SIM_NONE, edge, station, call);
    run->tasks[visit].state = SIM_SENDING;
    run->tasks[visit].cause = SIM_IN_NETWORK;
    return visit;
}

static void unroot(struct sim_run *run, uint32_t visit)
{
    struct sim_task *v = &run->tasks[visit];
    const struct sim_edge *e = &run->edges[v->edge];
    uint32_t station = run->first_client + e->caller;
    uint32_t call = run->sources[e->caller].plain;
    uint32_t t = sim_task_new(run, station, call + 1);
    struct sim_task *task = &run->tasks[t];
    task->start = task->mark = v->start;
    task->request = v->request;
    task->state = SIM_CALLING;
    task->cause = SIM_IN_DEPENDENCY;
    task->child = visit;
    v->parent = t;
    v->flags &= (uint16_t)~SIM_IS_ROOT;
    run->born[visit] = 0;
    if (run->uses_fields)
        sim_fields_share(run, visit, t);
    sim_scope_hand_over(run, visit, t);
}

void sim_call_unroot(struct sim_run *run, uint32_t edge)
{
    for (uint32_t t = 0; t < run->task_used; t++)
        if (run->tasks[t].state != SIM_FREE && run->tasks[t].flags & SIM_IS_ROOT &&
            run->tasks[t].edge == edge)
            unroot(run, t);
}

void sim_call_lose(struct sim_run *run, uint32_t visit)
{
    struct sim_task *v = &run->tasks[visit];
    if (v->flags & SIM_IS_ROOT)
        unroot(run, visit);
    if (v->parent != SIM_NONE) {
        run->edges[v->edge].meter.counts[SIM_ENDED + SIM_LOST]++;
        sim_task_enter(run, v->parent, SIM_HANGING, SIM_IN_DEPENDENCY);
        run->tasks[v->parent].child = SIM_NONE;
    }
    sim_task_free(run, visit);
}

bool sim_call_send(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    const struct sim_call_def *call = &run->model->calls.at[op->a];
    uint32_t caller = sim_caller_of(run, sim_station_of(run, t));
    uint32_t edge = edge_between(run, caller, call->service);
    struct sim_edge *e = &run->edges[edge];
    run->tasks[t].pc++;
    e->meter.counts[SIM_ATTEMPTED]++;
    enum kind_of_try kind = kind_of_try(run, t);
    e->meter.counts[SIM_ARRIVED] += kind == FIRST_TRY;
    if (kind == RETRY)
        sim_meter_rare(&e->meter, SIM_RETRIED);
    if (sim_link_loses(e, SIM_WAY_THERE)) {
        e->meter.counts[SIM_ENDED + SIM_LOST]++;
        sim_task_enter(run, t, SIM_HANGING, SIM_IN_NETWORK);
        return true;
    }
    uint32_t station = choose_replica(run, e, t);
    if (__builtin_expect(station == SIM_NONE, 0)) {
        e->meter.counts[SIM_ENDED + SIM_ERROR]++;
        run->tasks[t].pc--;
        return false;
    }
    uint32_t visit = new_visit(run, t, edge, station, call);
    run->born[visit] = ++run->births;
    run->tasks[visit].parent = t;
    run->tasks[visit].request = run->tasks[t].request;
    if (run->uses_fields)
        sim_fields_share(run, t, visit);
    if (run->uses_deadlines)
        set_deadline(run, t, visit, call);
    sim_task_enter(run, t, SIM_CALLING, SIM_IN_DEPENDENCY);
    run->tasks[t].child = visit;
    sim_note(run, SIM_TRACE_BEGIN, visit, t, kind == FIRST_TRY ? 0 : SIM_TRACE_AGAIN,
             run->now, run->now);
    travel(run, e, t, visit, call);
    return true;
}

// ---- Messages ----

uint32_t sim_call_message(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    const struct sim_call_def *call = &run->model->calls.at[op->a];
    uint32_t caller = sim_caller_of(run, sim_station_of(run, t));
    uint32_t edge = edge_between(run, caller, call->service);
    uint32_t message = new_visit(run, t, edge, run->edges[edge].first, call);
    run->born[message] = ++run->births;
    run->tasks[message].request = run->tasks[t].request;
    run->tasks[message].state = SIM_SENDING;
    run->tasks[message].cause = SIM_IN_NETWORK;
    run->messages[message].is_published = true;
    if (run->uses_fields)
        sim_fields_share(run, t, message);
    return message;
}

void sim_call_take_back(struct sim_run *run, uint32_t message)
{
    run->loads[run->tasks[message].station]--;
    sim_task_free(run, message);
}

// For its sender a message has ended well when it is on its way.
void sim_call_post(struct sim_run *run, uint32_t t, uint32_t message)
{
    const struct sim_call_def plain = { 0 };
    struct sim_task *v = &run->tasks[message];
    struct sim_edge *e = &run->edges[v->edge];
    e->meter.counts[SIM_ATTEMPTED]++;
    e->meter.counts[SIM_ARRIVED]++;
    if (sim_link_loses(e, SIM_WAY_THERE)) {
        e->meter.counts[SIM_ENDED + SIM_LOST]++;
        sim_call_take_back(run, message);
        return;
    }
    e->meter.counts[SIM_ENDED + SIM_OK]++;
    v->start = v->mark = run->now;
    sim_note(run, SIM_TRACE_BEGIN, message, t, 0, run->now, run->now);
    travel(run, e, t, message, &plain);
}

// The visit's slot is free from here on; the answer may still have to travel.
void sim_call_answer(struct sim_run *run, uint32_t visit, enum sim_outcome outcome,
                     uint32_t status)
{
    struct sim_task *v = &run->tasks[visit];
    struct sim_edge *e = &run->edges[v->edge];
    v->outcome = (uint8_t)outcome;
    v->slot = status;
    if (v->flags & SIM_IS_ROOT) {
        e->meter.counts[SIM_ENDED + outcome]++;
        sim_client_charge(run, visit);
        sim_task_leaves_gil(run, visit);
        v->state = SIM_ANSWERING;
        sim_ring_push(&run->ring, visit);
        return;
    }
    if (__builtin_expect(v->edge == SIM_NO_EDGE, 0)) {
        sim_probe_answered(run, visit, outcome, status);
        return;
    }
    if (v->parent == SIM_NONE) {
        sim_task_free(run, visit);
        return;
    }
    if (sim_link_loses(e, SIM_WAY_BACK)) {
        e->meter.counts[SIM_ENDED + SIM_LOST]++;
        sim_task_enter(run, v->parent, SIM_HANGING, SIM_IN_NETWORK);
        sim_task_free(run, visit);
        return;
    }
    sim_time d = sim_link_latency(run, e, SIM_WAY_BACK, visit);
    if (__builtin_expect(run->has_pipes, 0))
        d += sim_pipe_reply(run, e, visit);
    if (d == 0) {
        sim_call_arrived(run, visit);
        return;
    }
    sim_task_leaves_gil(run, visit);
    v->state = SIM_ANSWERING;
    sim_heap_arm(&run->heap, run->task_timers + visit, run->now + d);
}

// Nobody has let it in, so it counts for its call and for no replica.
void sim_call_refused(struct sim_run *run, uint32_t visit)
{
    run->loads[run->tasks[visit].station]--;
    if (sim_station_of(run, visit)->consumes)
        run->messages[visit].since = run->now; // no broker has it
    sim_task_close(run, visit, SIM_ERROR, 503);
    sim_call_answer(run, visit, SIM_ERROR, 503);
}

// The caller's wait was the way there, the visit, and the way back. The visit's own time began
// when it arrived and has been charged up to its end.
void sim_call_arrived(struct sim_run *run, uint32_t visit)
{
    struct sim_task *v = &run->tasks[visit];
    uint32_t t = v->parent;
    if (t != SIM_NONE) {
        struct sim_task *caller = &run->tasks[t];
        struct sim_edge *e = &run->edges[v->edge];
        e->meter.counts[SIM_ENDED + v->outcome]++;
        if (__builtin_expect(e->rotation != NULL, 0))
            sim_rotation_ended(run, visit, caller->mark, v->outcome, v->slot);
        sim_task_charge_as(run, t, SIM_IN_NETWORK, v->start - caller->mark);
        sim_task_charge_as(run, t, SIM_IN_DEPENDENCY, v->mark - v->start);
        sim_task_charge_as(run, t, SIM_IN_NETWORK, run->now - v->mark);
        caller->child = SIM_NONE;
        caller->outcome = v->outcome;
        caller->slot = v->slot;
        if (run->uses_push_back)
            run->pushed[t] = run->pushed[visit];
        sim_note(run, SIM_TRACE_REPLY, t, visit, v->outcome, v->mark, run->now);
        sim_task_ready(run, t);
    }
    sim_task_free(run, visit);
}

// Abandoned work goes on. Where the call says so the callee is told, and gives up if it has
// not begun: a thread that runs notices nothing. Who loses a race of attempts is always told, and
// the word takes as long as the way there.
void sim_call_abandon(struct sim_run *run, uint32_t t, enum sim_outcome why)
{
    uint32_t visit = run->tasks[t].child;
    struct sim_task *v = &run->tasks[visit];
    run->tasks[t].child = SIM_NONE;
    v->parent = SIM_NONE;
    run->edges[v->edge].meter.counts[SIM_ENDED + why]++;
    if (run->edges[v->edge].rotation)
        sim_rotation_ended(run, visit, run->tasks[t].mark, why, 0);
    sim_note(run, SIM_TRACE_GIVE_UP, t, visit, why, run->now, run->now);
    if (v->state == SIM_ANSWERING) {
        sim_heap_cancel(&run->heap, run->task_timers + visit);
        sim_task_free(run, visit);
        return;
    }
    struct sim_edge *e = &run->edges[v->edge];
    if (e->ill.cut[SIM_WAY_THERE])
        return; // the word does not come through
    const struct sim_op *op = &run->ops[run->tasks[t].pc - 1];
    const struct sim_call_def *call = &run->model->calls.at[op->a];
    if (op->code == SIM_OP_CALL && op->flags & SIM_IS_HEDGED)
        sim_station_tell(run, visit, sim_link_latency(run, e, SIM_WAY_THERE, visit));
    else if (op->code == SIM_OP_CALL && call->cancel)
        sim_station_tell(run, visit, call->cancel_delay);
}
