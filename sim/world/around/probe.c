#include "sim/world/inner.h"

#include <stdio.h>
#include <stdlib.h>

// Probes of replicas, as a kubelet sends them. A probe is a visit: it stands in the same line, has
// the same loop, GIL and cores to wait for as requests, and is counted among them; only that it
// is nobody's request, and on no record. Who does not answer in time has failed it, and the visit
// goes on for nobody.
//
// A replica whose readiness fails is out of every rotation. One whose liveness fails is told to
// stop, has its grace, and is started again after the time that its host takes, and after a pause
// that grows with each time (sim/policy/probe.h). With a startup probe the others begin when that
// has succeeded, and one whose startup fails is restarted too. At the start of a run all have been
// well for long. The workers of one socket are one replica here: whichever accepts answers.

static const struct sim_service_def *service_of(const struct sim_run *run, uint32_t station)
{
    return &run->services[run->stations[station].entity];
}

bool sim_probe_watches(const struct sim_service_def *service)
{
    return service->probes[SIM_READINESS].rule.failures > 0 ||
           service->probes[SIM_LIVENESS].rule.failures > 0 ||
           service->probes[SIM_STARTUP].rule.failures > 0 || service->drain.is_used;
}

static uint32_t stride_of(const struct sim_service_def *service)
{
    return service->executor.processes > 1 ? service->executor.processes : 1;
}

// The first of those that are probed as one.
static uint32_t first_of(const struct sim_run *run, uint32_t station)
{
    uint32_t first = run->first_station[run->stations[station].entity];
    return station - (station - first) % stride_of(service_of(run, station));
}

static struct sim_prober *prober_at(const struct sim_run *run, uint32_t station,
                                    enum sim_probe_kind kind)
{
    return &run->probers[(size_t)station * SIM_PROBES + kind];
}

static struct sim_prober *prober_of(const struct sim_run *run, uint32_t agent)
{
    return &run->probers[run->offloaded[agent].pool];
}

// ---- Opening ----

static void open_one(struct sim_run *run, uint32_t station, enum sim_probe_kind kind)
{
    const struct sim_service_def *service = service_of(run, station);
    const struct sim_probe_def *def = &service->probes[kind];
    struct sim_prober *p = prober_at(run, station, kind);
    struct sim_random rng;
    char name[80];
    *p = (struct sim_prober){
        .station = station, .kind = (uint8_t)kind, .visit = SIM_NONE, .state.is_well = true
    };
    if (def->rule.failures == 0)
        return;
    uint32_t replica =
        (station - run->first_station[run->stations[station].entity]) / stride_of(service);
    snprintf(name, sizeof name, "%s[%u]", service->name, replica + 1);
    sim_random_init(&rng, run->seed, name, sim_probe_name(kind));
    uint32_t agent = sim_memory_agent(run, SIM_PC_PROBE);
    run->offloaded[agent].pool = station * SIM_PROBES + kind;
    p->due = (sim_time)sim_random_below(&rng, (uint64_t)def->rule.period);
    sim_task_sleep(run, agent, SIM_SLEEPING, SIM_IN_PAUSE, p->due);
}

bool sim_probe_open(struct sim_run *run)
{
    bool any = false;
    for (uint32_t i = 0; i < run->service_count; i++)
        any = any || sim_rotation_knows(&run->services[i]);
    if (!any)
        return true;
    run->probers = calloc((size_t)run->first_client * SIM_PROBES, sizeof *run->probers);
    if (!run->probers)
        return false;
    for (uint32_t i = 0; i < run->first_client; i++)
        for (int kind = 0; kind < SIM_PROBES && first_of(run, i) == i; kind++)
            open_one(run, i, (enum sim_probe_kind)kind);
    return true;
}

// ---- Asking ----

static bool is_running(const struct sim_run *run, uint32_t first)
{
    uint32_t n = stride_of(service_of(run, first));
    for (uint32_t i = first; i < first + n; i++)
        if (run->stations[i].is_up && !run->stations[i].process->is_told)
            return true;
    return false;
}

// Its startup probe has succeeded, or it has none. All had theirs long before the run.
bool sim_probe_has_started(const struct sim_run *run, uint32_t station)
{
    return service_of(run, station)->probes[SIM_STARTUP].rule.failures == 0 ||
           prober_at(run, first_of(run, station), SIM_STARTUP)->state.is_well;
}

bool sim_probe_is_out(const struct sim_run *run, uint32_t station)
{
    return run->stations[first_of(run, station)].process->is_unready;
}

static void note(struct sim_run *run, uint32_t first)
{
    for (uint32_t i = first; i < first + stride_of(service_of(run, first)); i++)
        sim_replica_note(run, i);
}

// Startup is asked until it has succeeded, and the others from then on.
static bool is_its_turn(const struct sim_run *run, const struct sim_prober *p)
{
    return is_running(run, p->station) &&
           (p->kind == SIM_STARTUP) != sim_probe_has_started(run, p->station);
}

// At the next tick of its period, or at once where that has gone by.
static void wait_for_tick(struct sim_run *run, uint32_t agent, struct sim_prober *p)
{
    p->due += service_of(run, p->station)->probes[p->kind].rule.period;
    if (p->due < run->now)
        p->due = run->now;
    sim_task_sleep(run, agent, SIM_SLEEPING, SIM_IN_PAUSE, p->due - run->now);
}

static void ask(struct sim_run *run, uint32_t agent, struct sim_prober *p)
{
    const struct sim_probe_def *def = &service_of(run, p->station)->probes[p->kind];
    uint32_t visit =
        sim_task_new(run, p->station, run->model->route_entry.at[def->route].of);
    run->born[visit] = ++run->births;
    run->tasks[visit].parent = agent;
    run->tasks[visit].edge = SIM_NO_EDGE;
    run->tasks[visit].request = SIM_NONE;
    run->tasks[visit].state = SIM_SENDING;
    run->tasks[visit].cause = SIM_IN_NETWORK;
    run->loads[p->station]++;
    if (run->limit_asks)
        sim_shared_send(run, SIM_NONE, visit, false);
    if (run->keys.of)
        sim_keys_send(run, SIM_NONE, visit, NULL);
    p->visit = visit;
    p->life = run->stations[p->station].process->lives;
    sim_ring_push(&run->ring, visit);
    sim_task_sleep(run, agent, SIM_SLEEPING, SIM_IN_PAUSE, def->rule.timeout);
}

// ---- What is done about it ----

sim_time sim_probe_restart(struct sim_run *run, uint32_t station)
{
    const struct sim_host *host = &run->hosts[run->stations[station].host];
    struct sim_process *process = run->stations[station].process;
    bool by_kubelet = run->probers && sim_probe_watches(service_of(run, station));
    if (host->back_off == SIM_BACK_OFF_USUAL ? !by_kubelet
                                             : host->back_off == SIM_BACK_OFF_NEVER)
        return host->restart;
    if (run->now - process->risen >= SIM_PROBE_ROW_ENDS)
        process->restarts = 0;
    return host->restart + sim_probe_back_off(process->restarts++);
}

static void restart(struct sim_run *run, struct sim_prober *p)
{
    const struct sim_service_def *service = service_of(run, p->station);
    sim_time after = sim_probe_restart(run, p->station);
    sim_meter_rare(&run->stations[p->station].meter, SIM_RESTARTED);
    for (uint32_t i = p->station; i < p->station + stride_of(service); i++)
        sim_drain_restart(run, i, service->termination, after);
}

static bool has_readiness(const struct sim_run *run, uint32_t station)
{
    return service_of(run, station)->probes[SIM_READINESS].rule.failures > 0;
}

static void believe(struct sim_run *run, struct sim_prober *p)
{
    if (p->kind == SIM_READINESS && !p->state.is_well)
        sim_meter_rare(&run->stations[p->station].meter, SIM_UNREADY);
    if (p->kind == SIM_READINESS)
        sim_rotation_set_ready(run, p->station, p->state.is_well);
    else if (!p->state.is_well)
        restart(run, p);
    else if (p->kind == SIM_STARTUP && !has_readiness(run, p->station))
        sim_rotation_set_ready(run, p->station, true);
    note(run, p->station);
}

static void learn(struct sim_run *run, struct sim_prober *p, bool is_good)
{
    const struct sim_probe_def *def = &service_of(run, p->station)->probes[p->kind];
    struct sim_meter *meter = &run->stations[p->station].meter;
    if (p->life != run->stations[p->station].process->lives)
        return; // it was another process
    if (!is_good)
        sim_meter_rare(meter, SIM_PROBE_FAILED);
    bool is_changed = sim_probe_record(&def->rule, &p->state, is_good);
    bool never_starts =
        p->kind == SIM_STARTUP && !p->state.is_well && p->state.bad == def->rule.failures;
    if ((is_changed || never_starts) && is_running(run, p->station))
        believe(run, p);
}

// A tick, an answer, or the end of the time that one had. Answers are learnt from here and not where
// they come, which may be amid a process that is then to end.
void sim_probe_go(struct sim_run *run, uint32_t agent)
{
    struct sim_prober *p = prober_of(run, agent);
    const struct sim_probe *rule = &service_of(run, p->station)->probes[p->kind].rule;
    const struct sim_process *process = run->stations[p->station].process;
    bool is_new = process->lives > 0 && run->now - process->risen < rule->delay;
    if (p->has_answer) {
        p->has_answer = false;
        learn(run, p, p->is_good);
    } else if (p->visit != SIM_NONE) {
        run->tasks[p->visit].parent = SIM_NONE;
        p->visit = SIM_NONE;
        learn(run, p, false);
    } else if (is_its_turn(run, p) && !is_new) {
        ask(run, agent, p);
        return;
    }
    wait_for_tick(run, agent, p);
}

void sim_probe_answered(struct sim_run *run, uint32_t visit, enum sim_outcome outcome,
                        uint32_t status)
{
    uint32_t agent = run->tasks[visit].parent;
    sim_task_free(run, visit);
    if (agent == SIM_NONE)
        return;
    struct sim_prober *p = prober_of(run, agent);
    p->visit = SIM_NONE;
    p->has_answer = true;
    p->is_good = (outcome == SIM_OK || outcome == SIM_ERROR) && status < 400;
    sim_heap_cancel(&run->heap, run->task_timers + agent);
    sim_task_sleep(run, agent, SIM_SLEEPING, SIM_IN_PAUSE, 0);
}

// ---- Processes that go and come ----

static bool has_left(const struct sim_run *run, uint32_t station)
{
    return run->probers && sim_probe_watches(service_of(run, station)) &&
           !is_running(run, first_of(run, station));
}

// Where a drain is described callers hear of it when it is told; else when it is gone.
void sim_probe_told(struct sim_run *run, uint32_t station)
{
    if (has_left(run, station) && service_of(run, station)->drain.is_used)
        sim_rotation_set_ready(run, first_of(run, station), false);
}

void sim_probe_gone(struct sim_run *run, uint32_t station)
{
    uint32_t first = first_of(run, station);
    if (!has_left(run, station))
        return;
    for (int kind = 0; kind < SIM_PROBES; kind++)
        prober_at(run, first, (enum sim_probe_kind)kind)->state =
            (struct sim_probe_state){ .is_well = kind == SIM_LIVENESS };
    sim_rotation_set_ready(run, first, false);
}

// Where nothing asks whether it is ready or has started, running is enough.
void sim_probe_came(struct sim_run *run, uint32_t station)
{
    uint32_t first = first_of(run, station);
    run->stations[first].process->risen = run->now;
    if (run->probers && sim_rotation_knows(service_of(run, station)) &&
        !has_readiness(run, station) && sim_probe_has_started(run, first))
        sim_rotation_set_ready(run, first, true);
}
