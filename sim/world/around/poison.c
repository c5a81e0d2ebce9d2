#include <stdlib.h>

#include "sim/world/inner.h"

// Requests that kill whoever works on them. Which they are is decided as the first of a service's
// visits get a worker there; it is the request that is remembered, so that whoever tries it again
// dies of it too: another replica after a retry, another worker after its broker.
//
// Nobody dies in the midst of what is done here: an agent comes to the process at the same instant,
// and until then the visit has its worker and does nothing. Where a service is made of processes
// it is the one that has the visit that dies, else the replica; its host starts it again.

static struct sim_poison *dose_for(struct sim_run *run, uint32_t service, uint32_t route)
{
    for (uint32_t i = 0; i < run->poisons.count; i++)
        if (run->poisons.of[i].service == service && run->poisons.of[i].route == route)
            return &run->poisons.of[i];
    return NULL;
}

static bool make_room(struct sim_run *run, uint32_t more)
{
    struct sim_poisons *p = &run->poisons;
    uint32_t room = p->used + more;
    for (uint32_t i = 0; i < p->count; i++)
        room += p->of[i].left;
    struct sim_poison *of = realloc(p->of, (p->count + 1u) * sizeof *of);
    p->of = of ? of : p->of;
    struct sim_poisoned *at = realloc(p->at, room * sizeof *at);
    p->at = at ? at : p->at;
    if (of && at)
        return true;
    sim_run_stop(run, "the machine has no memory left for poisoned requests");
    return false;
}

static void forget(struct sim_run *run, uint32_t service, uint32_t route)
{
    struct sim_poisons *p = &run->poisons;
    struct sim_poison *dose = dose_for(run, service, route);
    uint32_t kept = 0;
    if (!dose)
        return;
    dose->left = 0;
    for (uint32_t i = 0; i < p->used; i++)
        if (p->at[i].dose != (uint32_t)(dose - p->of))
            p->at[kept++] = p->at[i];
    p->used = kept;
}

void sim_run_poison(struct sim_run *run, struct sim_target target, uint32_t n)
{
    if (n == 0) {
        forget(run, target.service, target.route);
        return;
    }
    if (!make_room(run, n))
        return;
    struct sim_poison *dose = dose_for(run, target.service, target.route);
    if (!dose) {
        dose = &run->poisons.of[run->poisons.count++];
        *dose = (struct sim_poison){ target.service, target.route, 0 };
    }
    dose->left += n;
    run->has_poison = true;
}

void sim_poison_close(struct sim_run *run)
{
    free(run->poisons.of);
    free(run->poisons.at);
}

static bool is_known(const struct sim_run *run, uint32_t service, uint32_t request)
{
    const struct sim_poisons *p = &run->poisons;
    for (uint32_t i = 0; i < p->used; i++)
        if (p->at[i].request == request && p->of[p->at[i].dose].service == service)
            return true;
    return false;
}

static bool is_next(struct sim_run *run, uint32_t service, uint32_t visit)
{
    struct sim_poisons *p = &run->poisons;
    for (uint32_t i = 0; i < p->count; i++) {
        struct sim_poison *dose = &p->of[i];
        if (dose->service != service || dose->left == 0 ||
            (dose->route != SIM_NONE && dose->route != sim_route_of(run, visit)))
            continue;
        dose->left--;
        p->at[p->used++] = (struct sim_poisoned){ i, run->tasks[visit].request };
        return true;
    }
    return false;
}

static bool is_poisoned(struct sim_run *run, uint32_t service, uint32_t visit)
{
    uint32_t request = run->tasks[visit].request;
    if (request == SIM_NONE) // a probe's
        return false;
    return is_known(run, service, request) || is_next(run, service, visit);
}

static void send_agent(struct sim_run *run, uint32_t station)
{
    uint32_t t = sim_memory_agent(run, SIM_PC_POISON);
    run->offloaded[t].pool = station;
    run->offloaded[t].status = run->stations[station].process->lives;
    sim_task_ready(run, t);
}

bool sim_poison_comes(struct sim_run *run, uint32_t visit)
{
    uint32_t station = run->tasks[visit].station;
    uint32_t service = run->stations[station].entity;
    uint32_t pool = run->services[service].executor.pool;
    if (!is_poisoned(run, service, visit) ||
        (pool > 0 && run->model->pools.at[pool].serves)) // whose worker it will be
        return false;
    send_agent(run, station);
    return true;
}

bool sim_poison_is_in(struct sim_run *run, uint32_t call)
{
    uint32_t station = run->tasks[call].station;
    const struct sim_station *s = &run->stations[station];
    uint32_t service = run->stations[s->home].entity;
    if (!is_known(run, service, run->tasks[call].request))
        return false;
    run->tasks[call].state = SIM_READY;
    send_agent(run, s->is_interpreter ? s->home : station);
    return true;
}

void sim_poison_acts(struct sim_run *run, uint32_t agent)
{
    uint32_t station = run->offloaded[agent].pool;
    const struct sim_station *s = &run->stations[station];
    bool is_same = s->process->lives == run->offloaded[agent].status;
    sim_task_free(run, agent);
    if (!is_same)
        return;
    sim_meter_rare(&run->stations[s->home].meter, SIM_POISONED);
    sim_memory_kill(run, station);
}
