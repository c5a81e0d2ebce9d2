#include <stdlib.h>
#include <string.h>

#include "sim/world/inner.h"

// What goes wrong, done to a run between its events.

struct sim_stations sim_trouble_stations(const struct sim_run *run,
                                         struct sim_target target)
{
    uint32_t first = run->first_station[target.service];
    if (target.replica != SIM_NONE)
        return (struct sim_stations){ first + target.replica, first + target.replica + 1 };
    return (struct sim_stations){ first, first + run->services[target.service].replicas };
}

// ---- Slow, and failing ----
//
// What is in force is kept in the order in which it began, and a station has what counts there: one
// factor or share where none of it is of one route, else a value below 0, and each visit asks.

static uint32_t replica_of(const struct sim_run *run, const struct sim_station *s)
{
    return s->home - run->first_station[s->entity];
}

static bool concerns(const struct sim_run *run, const struct sim_service_trouble *t,
                     const struct sim_station *s, bool fails)
{
    return t->fails == fails && t->target.service == s->entity &&
           (t->target.replica == SIM_NONE || t->target.replica == replica_of(run, s));
}

double sim_trouble_of(const struct sim_run *run, const struct sim_station *s,
                      uint32_t route, bool fails)
{
    double amount = fails ? 0 : 1;
    for (uint32_t i = 0; i < run->service_trouble_count; i++) {
        const struct sim_service_trouble *t = &run->service_troubles[i];
        if (concerns(run, t, s, fails) &&
            (t->target.route == SIM_NONE || t->target.route == route))
            amount = t->amount;
    }
    return amount;
}

static double of_station(const struct sim_run *run, const struct sim_station *s, bool fails)
{
    for (uint32_t i = 0; i < run->service_trouble_count; i++) {
        const struct sim_service_trouble *t = &run->service_troubles[i];
        if (concerns(run, t, s, fails) && t->target.route != SIM_NONE)
            return -1;
    }
    return sim_trouble_of(run, s, SIM_NONE, fails);
}

static void take_out(struct sim_run *run, struct sim_target target, bool fails)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < run->service_trouble_count; i++) {
        const struct sim_service_trouble *t = &run->service_troubles[i];
        if (t->fails != fails || t->target.service != target.service ||
            t->target.replica != target.replica || t->target.route != target.route)
            run->service_troubles[n++] = *t;
    }
    run->service_trouble_count = n;
}

static void tell_station(struct sim_run *run, uint32_t station, bool fails)
{
    struct sim_station *s = &run->stations[station];
    double amount = of_station(run, s, fails);
    if (fails)
        s->fail = amount;
    else
        s->slow = amount;
}

static void set(struct sim_run *run, struct sim_target target, bool fails, double amount)
{
    struct sim_stations r = sim_trouble_stations(run, target);
    take_out(run, target, fails);
    if (amount >= 0 && run->service_trouble_count == SIM_TROUBLES) {
        sim_run_stop(run, "more than 256 faults of services are in force at once");
        return;
    }
    if (amount >= 0)
        run->service_troubles[run->service_trouble_count++] =
            (struct sim_service_trouble){ target, fails, amount };
    for (uint32_t i = r.first; i < r.end; i++) {
        const struct sim_process *p = run->stations[i].process;
        tell_station(run, i, fails);
        for (uint32_t k = 0; k < p->processes; k++)
            tell_station(run, p->first_process + k, fails);
    }
}

void sim_run_slow(struct sim_run *run, struct sim_target target, double factor)
{
    set(run, target, false, factor);
}

void sim_run_fail(struct sim_run *run, struct sim_target target, double share)
{
    set(run, target, true, share);
}

// ---- The tasks of a process ----

// In an order that does not depend on which slots they happen to have, because a request
// that needs no task of its own, as most do, leaves other slots free than one that is traced.
struct member {
    sim_time start;
    uint64_t born;
    uint32_t request, task;
};

struct members {
    struct member *at;
    uint32_t count;
};

static bool is_alive(const struct sim_task *task)
{
    return task->state != SIM_FREE && task->state != SIM_DEAD;
}

#define UNLESS_EQUAL(x, y) \
    if ((x) != (y))        \
    return (x) < (y) ? -1 : 1

static int compare(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    UNLESS_EQUAL(x->start, y->start);
    UNLESS_EQUAL(x->request, y->request);
    UNLESS_EQUAL(x->born, y->born);
    return 0;
}

static struct member member(const struct sim_run *run, uint32_t t)
{
    const struct sim_task *task = &run->tasks[t];
    uint64_t born = task->flags & SIM_IS_ROOT ? 0 : run->born[t];
    return (struct member){ task->start, born, task->request, t };
}

// The caller frees the list.
static struct members members_of(struct sim_run *run, uint32_t station)
{
    struct members m = { NULL, 0 };
    uint32_t n = 0;
    for (uint32_t t = 0; t < run->task_used; t++)
        n += run->tasks[t].station == station && is_alive(&run->tasks[t]);
    m.at = malloc((n + 1) * sizeof *m.at);
    if (!m.at) {
        sim_run_stop(run, "the machine has no memory left for a fault");
        return m;
    }
    for (uint32_t t = 0; t < run->task_used; t++)
        if (run->tasks[t].station == station && is_alive(&run->tasks[t]))
            m.at[m.count++] = member(run, t);
    qsort(m.at, m.count, sizeof *m.at, compare);
    return m;
}

// ---- Crash: the process is gone, and its connections are reset ----

// A task that would have gone on at this instant: its place in the ring goes to a dead one,
// because its slot may be another task's by then.
static void leave_ring(struct sim_run *run, uint32_t t)
{
    for (uint32_t i = run->ring.head; i != run->ring.tail; i++) {
        uint64_t *item = &run->ring.at[i & run->ring.mask];
        if (*item != t)
            continue;
        *item = sim_task_new(run, run->tasks[t].station, 0);
        run->tasks[*item].state = SIM_DEAD;
    }
}

void sim_trouble_halt(struct sim_run *run, uint32_t t)
{
    leave_ring(run, t);
    sim_task_detach(run, t, SIM_CANCELLED);
    if (run->tasks[t].flags & SIM_HAS_GIL)
        sim_gil_leave(run, t);
    sim_task_charge(run, t);
    while (run->tasks[t].scope != SIM_NONE && !run->scopes[run->tasks[t].scope].is_root)
        sim_scope_drop(run, t);
    if (run->tasks[t].flags & SIM_IS_PARKED)
        sim_station_of(run, t)->parked--;
    run->tasks[t].flags &= (uint16_t) ~(SIM_IS_PARKED | SIM_EXPIRED);
}

static void end_visit(struct sim_run *run, uint32_t t)
{
    sim_trouble_halt(run, t);
    sim_memory_release(run, t);
    sim_drain_dropped(run, t);
    sim_task_end(run, t, SIM_ERROR, 502);
}

static void kill_branches(struct sim_run *run, uint32_t station, const struct members *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        const struct sim_task *task = &run->tasks[m->at[i].task];
        if (!is_alive(task) || task->station != station)
            continue;
        if (task->flags & SIM_IS_WORD)
            sim_coro_unheard(run, m->at[i].task);
        else if (task->flags & SIM_IS_BRANCH)
            sim_task_kill(run, m->at[i].task);
    }
}

uint32_t sim_trouble_call_in(const struct sim_run *run, uint32_t station)
{
    uint32_t found = SIM_NONE;
    for (uint32_t t = 0; t < run->task_used; t++) {
        const struct sim_task *task = &run->tasks[t];
        if (task->station == station && is_alive(task) && task->flags & SIM_IS_CALL &&
            sim_pool_of(run, t)->station != station &&
            (found == SIM_NONE || run->born[t] < run->born[found]))
            found = t;
    }
    return found;
}

void sim_trouble_clear(struct sim_run *run, uint32_t station)
{
    struct members m = members_of(run, station);
    kill_branches(run, station, &m);
    free(m.at);
    run->stations[station].process->worker = SIM_NONE;
    run->stations[station].process->lives++;
    run->stations[station].is_paused = run->stations[station].detours = false;
    run->stations[station].paused_by = 0;
    sim_memory_end(run, station);
    sim_pool_forget(run, station);
}

static void stop_loop(struct sim_run *run, struct sim_loop *l)
{
    leave_ring(run, l->thread);
    sim_loop_stop(run, l);
}

void sim_trouble_crash(struct sim_run *run, uint32_t station)
{
    struct sim_station *s = &run->stations[station];
    struct sim_loop *l = s->loop == SIM_NONE ? NULL : &run->loops[s->loop];
    s->is_up = s->is_draining = false;
    if (!s->is_client && run->services[s->entity].executor.grows)
        s->started = 0; // of the process that comes after it
    s->is_paused = false;
    s->paused_by = 0;
    s->detours = l != NULL;
    if (l)
        stop_loop(run, l);
    struct members m = members_of(run, station);
    for (uint32_t i = 0; i < m.count; i++) {
        const struct sim_task *task = &run->tasks[m.at[i].task];
        if (!is_alive(task) || task->station != station || !(task->flags & SIM_IS_INSIDE) ||
            task->state == SIM_ANSWERING)
            continue;
        if (s->consumes)
            sim_broker_died(run, m.at[i].task);
        else
            end_visit(run, m.at[i].task);
    }
    // Branches that nobody gathered any more die with their process.
    kill_branches(run, station, &m);
    free(m.at);
    for (uint32_t i = 0; i < s->process->processes; i++)
        sim_trouble_clear(run, s->process->first_process + i);
    sim_pool_forget(run, station);
    s->begins_anew = true;
    // Who left a line or a gathering has woken others that are gone by now, too.
    if (l)
        sim_loop_stop(run, l);
    s->process->lives++;
    s->process->forgets++;
    s->process->codel = (struct sim_codel_state){ 0 };
    sim_memory_end(run, station);
    sim_accept_closed(run, station);
    sim_broker_feed(run, s->entity);
    if (run->probers)
        sim_probe_gone(run, station);
    sim_replica_note(run, station);
}

void sim_trouble_rise(struct sim_run *run, uint32_t station)
{
    if (run->stations[station].is_up || run->stations[station].process->is_absent)
        return;
    run->stations[station].is_up = true;
    run->stations[station].process->is_told = false;
    sim_memory_begin(run, station);
    sim_process_begin(run, station);
    if (run->stations[station].loop != SIM_NONE)
        sim_loop_start(run, &run->loops[run->stations[station].loop]);
    sim_broker_feed(run, run->stations[station].entity);
    if (run->probers)
        sim_probe_came(run, station);
    sim_replica_note(run, station);
}

void sim_run_crash(struct sim_run *run, struct sim_target target)
{
    struct sim_stations r = sim_trouble_stations(run, target);
    for (uint32_t i = r.first; i < r.end; i++)
        sim_trouble_crash(run, i);
}

void sim_run_drain(struct sim_run *run, struct sim_target target, bool on)
{
    struct sim_stations r = sim_trouble_stations(run, target);
    for (uint32_t i = r.first; i < r.end; i++) {
        if (on)
            sim_drain_begin(run, i);
        else
            sim_drain_undo(run, i);
    }
}

void sim_run_restart(struct sim_run *run, struct sim_target target)
{
    struct sim_stations r = sim_trouble_stations(run, target);
    for (uint32_t i = r.first; i < r.end; i++) {
        if (run->stations[i].is_up)
            sim_trouble_crash(run, i);
        sim_trouble_rise(run, i);
    }
}

// ---- Pause: nothing of the process runs, and nothing of it is lost ----

static void pause(struct sim_run *run, uint32_t station, bool all)
{
    run->stations[station].is_paused = run->stations[station].detours = true;
    struct members m = members_of(run, station);
    for (uint32_t i = 0; i < m.count; i++) {
        uint32_t t = m.at[i].task;
        struct sim_task *task = &run->tasks[t];
        if (task->state != SIM_RUNNING || (!all && task->cause != SIM_IN_PYTHON))
            continue;
        sim_host_remove(run, t);
        task->slot = task->cause; // free while it is no job of its host
        sim_task_enter(run, t, SIM_STOPPED, SIM_IN_PAUSE);
    }
    free(m.at);
}

static void go_on(struct sim_run *run, uint32_t station)
{
    struct sim_station *s = &run->stations[station];
    s->is_paused = false;
    s->detours = s->loop != SIM_NONE;
    struct members m = members_of(run, station);
    for (uint32_t i = 0; i < m.count; i++) {
        uint32_t t = m.at[i].task;
        struct sim_task *task = &run->tasks[t];
        if (task->state == SIM_STOPPED) {
            sim_task_enter(run, t, SIM_RUNNING, (enum sim_cause)task->slot);
            sim_host_add(run, t, run->work[t]);
        } else if (task->flags & SIM_IS_PARKED) {
            task->flags &= (uint16_t)~SIM_IS_PARKED;
            s->parked--;
            sim_task_charge(run, t);
            sim_task_ready(run, t);
        }
    }
    free(m.at);
}

void sim_trouble_pause(struct sim_run *run, uint32_t station, uint8_t by, bool paused)
{
    struct sim_station *s = &run->stations[station];
    uint8_t before = s->paused_by;
    s->paused_by = (uint8_t)(paused ? before | by : before & ~by);
    if (s->paused_by == before)
        return;
    if (paused)
        pause(run, station, by == SIM_FAULT_STOPS);
    else if (s->paused_by == 0)
        go_on(run, station);
    if (s->paused_by == 0 && s->home == station)
        sim_station_resume(run, s);
}

void sim_run_pause(struct sim_run *run, struct sim_target target, bool paused)
{
    struct sim_stations r = sim_trouble_stations(run, target);
    for (uint32_t i = r.first; i < r.end; i++) {
        const struct sim_station *s = &run->stations[i];
        sim_trouble_pause(run, i, SIM_FAULT_STOPS, paused);
        for (uint32_t k = 0; k < s->process->processes; k++)
            sim_trouble_pause(run, s->process->first_process + k, SIM_FAULT_STOPS, paused);
    }
}

// Faults are part of the digest and of the trace: a run in which one came elsewhere is another
// run.
void sim_run_note_fault(struct sim_run *run, uint32_t fault, bool on)
{
    sim_digest_add(&run->digest, (uint64_t)run->now);
    sim_digest_add(&run->digest, (uint64_t)fault << 1 | on);
    if (run->tracing)
        sim_trace_put(&run->trace, (struct sim_trace_record){ .begin = run->now,
                                                              .end = run->now,
                                                              .other = fault,
                                                              .kind = SIM_TRACE_FAULT,
                                                              .code = on });
}
