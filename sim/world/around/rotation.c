#include "sim/world/inner.h"

#include <stdlib.h>

#include "sim/policy/hash_ring.h"

// Who of a service's replicas gets requests: one balancer between each caller and a service
// whose rule needs a memory, or whose replicas are probed. A replica that is not ready, or that
// the caller's outlier detection has ejected, is out of the rotation; where nobody is in it the
// caller has an error at once, as from a proxy without a healthy host (503).
//
// What is needed is taken when the first call is made, and nothing while requests pass.

// Workers of one socket are one host of the balancer: who of them accepts is up to the kernel.
static uint32_t stride_of(const struct sim_service_def *service)
{
    return service->executor.processes > 1 ? service->executor.processes : 1;
}

// That a replica has died callers only know of a service that is watched: until another number of them is
// asked for, one that scales is as any other.
bool sim_rotation_knows(const struct sim_service_def *service)
{
    return service->scales || sim_probe_watches(service);
}

bool sim_rotation_needed(const struct sim_service_def *service)
{
    return !sim_balance_is_plain(&service->balance) || sim_rotation_knows(service);
}

static double weight_of(const struct sim_run *run, const struct sim_balance *rule,
                        uint32_t host)
{
    return rule->weights ? run->model->points.at[rule->first_weight + host].y : 1;
}

static bool make_ring(struct sim_rotation *r)
{
    const struct sim_balance *rule = &r->b.rule;
    double weights = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->b.count; i++)
        weights += r->hosts[i].weight;
    r->points = malloc((rule->points + (size_t)r->b.count) * sizeof *r->points);
    if (!r->points)
        return false;
    for (uint32_t i = 0; i < r->b.count; i++) {
        uint32_t own = sim_hash_ring_points_of(r->hosts[i].weight, weights, rule->points);
        for (uint32_t k = 0; k < own; k++)
            r->points[n++] = (struct sim_hash_ring_point){ sim_hash_ring_place(i, k), i };
    }
    sim_hash_ring_init(&r->b.ring, r->points, n);
    return true;
}

static bool fill(struct sim_run *run, struct sim_edge *e, struct sim_rotation *r)
{
    const struct sim_service_def *service = &run->services[e->service];
    uint32_t n = e->replicas / stride_of(service);
    r->hosts = calloc(n, sizeof *r->hosts);
    r->in = calloc(n, sizeof *r->in);
    r->watched = calloc(n, sizeof *r->watched);
    if (!r->hosts || !r->in || !r->watched)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        const struct sim_process *p =
            run->stations[e->first + i * stride_of(service)].process;
        r->hosts[i].weight = weight_of(run, &service->balance, i);
        r->hosts[i].is_out = p->is_unready;
    }
    sim_balancer_init(&r->b, &service->balance, r->hosts, r->in, n);
    sim_outliers_init(&r->outliers, &service->balance.outlier, r->watched, n, run->now);
    return service->balance.kind != SIM_BALANCE_RING_HASH || make_ring(r);
}

void sim_rotation_open(struct sim_run *run, struct sim_edge *e)
{
    if (!sim_rotation_needed(&run->services[e->service]))
        return;
    e->rotation = calloc(1, sizeof *e->rotation);
    if (!e->rotation || !fill(run, e, e->rotation))
        sim_run_stop(run, "the machine has no memory left for a balancer");
}

void sim_rotation_close(struct sim_edge *e)
{
    if (!e->rotation)
        return;
    free(e->rotation->hosts);
    free(e->rotation->in);
    free(e->rotation->watched);
    free(e->rotation->points);
    free(e->rotation);
}

// ---- Who is out ----

static void update(struct sim_run *run, struct sim_edge *e)
{
    struct sim_rotation *r = e->rotation;
    uint32_t stride = stride_of(&run->services[e->service]), times = 0;
    for (uint32_t i = 0; i < r->b.count; i++) {
        bool is_unready = run->stations[e->first + i * stride].process->is_unready;
        sim_balancer_set_out(&r->b, i, is_unready || r->watched[i].is_ejected, run->now);
        times += r->watched[i].times;
    }
    for (; r->ejections < times; r->ejections++)
        sim_meter_rare(&e->meter, SIM_EJECTED);
}

static void hear(struct sim_run *run, uint32_t station, bool is_ready)
{
    struct sim_station *s = &run->stations[station];
    if (s->process->is_unready == !is_ready)
        return;
    s->process->is_unready = !is_ready;
    for (uint32_t i = 0; i < stride_of(&run->services[s->entity]); i++)
        sim_replica_note(run, station + i);
    for (uint32_t i = 0; i < run->edge_count; i++)
        if (run->edges[i].service == s->entity && run->edges[i].rotation)
            update(run, &run->edges[i]);
}

// What is told earlier is heard earlier, for all of it takes as long.
void sim_rotation_set_ready(struct sim_run *run, uint32_t station, bool is_ready)
{
    sim_time lag = run->services[run->stations[station].entity].drain.endpoint_lag;
    if (lag == 0) {
        hear(run, station, is_ready);
        return;
    }
    uint32_t agent = sim_memory_agent(run, SIM_PC_HEAR);
    run->offloaded[agent].pool = station;
    run->offloaded[agent].status = is_ready;
    sim_task_sleep(run, agent, SIM_SLEEPING, SIM_IN_PAUSE, lag);
}

void sim_rotation_hear(struct sim_run *run, uint32_t agent)
{
    hear(run, run->offloaded[agent].pool, run->offloaded[agent].status);
    sim_task_free(run, agent);
}

// ---- Choosing, and what came of it ----

static uint64_t key_of(struct sim_run *run, const struct sim_balance *rule, uint32_t t)
{
    if (rule->kind != SIM_BALANCE_RING_HASH)
        return 0;
    return sim_random_mix(sim_who_bits(sim_run_field(run, t, rule->key)));
}

uint32_t sim_rotation_choose(struct sim_run *run, struct sim_edge *e, uint32_t t)
{
    struct sim_rotation *r = e->rotation;
    const struct sim_service_def *service = &run->services[e->service];
    if (run->stop) // there was no memory for it
        return SIM_NONE;
    if (service->balance.outlier.interval > 0 &&
        sim_outliers_catch_up(&r->outliers, run->now) > 0)
        update(run, e);
    uint32_t host =
        sim_balancer_choose(&r->b, run->loads + e->first, key_of(run, &service->balance, t),
                            run->now, &e->balance);
    return host == SIM_BALANCE_NOBODY ? SIM_NONE : e->first + host * stride_of(service);
}

// What Envoy counts as a 5xx: an answer from 500 on, no answer in time, a refusal for want of
// room. Too many requests (429) is no fault of the host's.
static bool is_good(enum sim_outcome outcome, uint32_t status)
{
    if (outcome == SIM_OK)
        return true;
    if (outcome == SIM_ERROR)
        return status < 500;
    return outcome == SIM_REJECTED && status >> 8 > 0 && status >> 8 < 500;
}

void sim_rotation_ended(struct sim_run *run, uint32_t visit, sim_time since,
                        enum sim_outcome outcome, uint32_t status)
{
    struct sim_edge *e = &run->edges[run->tasks[visit].edge];
    struct sim_rotation *r = e->rotation;
    const struct sim_service_def *service = &run->services[e->service];
    uint32_t host = (run->tasks[visit].station - e->first) / stride_of(service);
    if (outcome == SIM_CANCELLED)
        return;
    sim_balancer_took(&r->b, host, run->now - since, run->now);
    if (service->balance.outlier.interval == 0)
        return;
    bool is_changed = sim_outliers_catch_up(&r->outliers, run->now) > 0;
    is_changed |=
        sim_outliers_record(&r->outliers, host, is_good(outcome, status), run->now);
    if (is_changed)
        update(run, e);
}
