#include "sim/world/inner.h"

// Reading a run: nothing here changes it.

sim_time sim_run_now(const struct sim_run *run)
{
    return run->now;
}

uint64_t sim_run_events(const struct sim_run *run)
{
    return run->events;
}

uint64_t sim_run_digest(const struct sim_run *run)
{
    return sim_digest_value(&run->digest);
}

const char *sim_run_reason(const struct sim_run *run)
{
    return run->reason;
}

const struct sim_model *sim_run_model(const struct sim_run *run)
{
    return run->model;
}

const struct sim_trace *sim_run_trace(const struct sim_run *run)
{
    return run->tracing ? &run->trace : NULL;
}

uint64_t sim_run_memory(const struct sim_run *run)
{
    return run->memory;
}

static const struct sim_station *client_station(const struct sim_run *run, uint32_t client)
{
    return &run->stations[run->first_client + client];
}

const struct sim_meter *sim_run_client_meter(const struct sim_run *run, uint32_t client)
{
    return &client_station(run, client)->meter;
}

int64_t sim_run_client_inside(const struct sim_run *run, uint32_t client)
{
    return client_station(run, client)->inside;
}

const struct sim_meter *sim_run_replica_meter(const struct sim_run *run, uint32_t service,
                                              uint32_t replica)
{
    return &run->stations[run->first_station[service] + replica].meter;
}

uint32_t sim_run_places(const struct sim_run *run)
{
    return run->station_count;
}

struct sim_place sim_run_place(const struct sim_run *run, uint32_t place)
{
    const struct sim_station *s = &run->stations[place];
    if (s->is_client)
        return (struct sim_place){ true, run->clients[s->entity].name, 0, 1 };
    const struct sim_service_def *service = &run->services[s->entity];
    return (struct sim_place){ false, service->name, place - run->first_station[s->entity],
                               service->replicas };
}

const struct sim_meter *sim_run_edge_meter(const struct sim_run *run, uint32_t caller,
                                           uint32_t service)
{
    uint32_t slot = run->edge_of[(size_t)caller * run->service_count + service];
    return slot ? &run->edges[slot - 1].meter : NULL;
}

uint32_t sim_run_edges(const struct sim_run *run)
{
    return run->edge_count;
}

struct sim_edge_view sim_run_edge_at(const struct sim_run *run, uint32_t i)
{
    const struct sim_edge *e = &run->edges[i];
    const char *from = e->caller < run->client_count
                           ? run->clients[e->caller].name
                           : run->services[e->caller - run->client_count].name;
    return (struct sim_edge_view){ from, run->services[e->service].name, &e->meter };
}

uint64_t sim_run_request(const struct sim_run *run, uint32_t task)
{
    return run->tasks[task].request;
}

enum sim_executor_kind sim_run_executor(const struct sim_run *run, uint32_t task)
{
    return sim_loop_of(run, task) ? SIM_ASYNCIO : SIM_THREADS;
}

const struct sim_meter *sim_run_loop_meter(const struct sim_run *run, uint32_t service,
                                           uint32_t replica)
{
    uint32_t loop = run->stations[run->first_station[service] + replica].loop;
    return loop == SIM_NONE ? NULL : &run->loops[loop].meter;
}

// ---- Books ----

// A request that has not ended is in a task of its client, or, where it has none, in the
// visit that answers it.
static int64_t count_inside(const struct sim_run *run)
{
    int64_t inside = 0;
    for (uint32_t t = 0; t < run->task_used; t++) {
        const struct sim_task *task = &run->tasks[t];
        if (task->state == SIM_FREE || task->state == SIM_DEAD ||
            task->state == SIM_THINKING ||
            task->flags & (SIM_IS_BRANCH | SIM_IS_LOOP | SIM_IS_WORD))
            continue;
        inside += run->stations[task->station].is_client || task->flags & SIM_IS_ROOT;
    }
    return inside;
}

// Visits are accounted for in the same way: those that arrived have ended or are there.
static bool visits_balance(const struct sim_run *run)
{
    for (uint32_t i = 0; i < run->first_client; i++) {
        const struct sim_station *s = &run->stations[i];
        int64_t ended = 0;
        for (int o = 0; o < SIM_OUTCOMES; o++)
            ended += s->meter.counts[SIM_ENDED + o];
        if (s->meter.counts[SIM_ARRIVED] != ended + s->inside ||
            (s->workers != SIM_UNLIMITED && s->busy > s->workers))
            return false;
    }
    return true;
}

struct sim_books sim_run_books(const struct sim_run *run)
{
    struct sim_books b = { .inside = count_inside(run) };
    int64_t ended = 0;
    for (uint32_t c = 0; c < run->client_count; c++) {
        const struct sim_meter *m = sim_run_client_meter(run, c);
        b.arrived += m->counts[SIM_ARRIVED];
        for (int o = 0; o < SIM_OUTCOMES; o++) {
            b.ended[o] += m->counts[SIM_ENDED + o];
            ended += m->counts[SIM_ENDED + o];
        }
    }
    b.balanced = b.arrived == ended + b.inside && visits_balance(run);
    return b;
}
