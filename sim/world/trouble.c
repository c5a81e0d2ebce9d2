#include <stdio.h>
#include <string.h>

#include "sim/world/inner.h"

// What goes wrong, done to a run between its events.

struct range {
    uint32_t first, end;
};

static struct range stations_of(const struct sim_run *run, struct sim_target target)
{
    uint32_t first = run->first_station[target.service];
    if (target.replica != SIM_NONE)
        return (struct range){ first + target.replica, first + target.replica + 1 };
    return (struct range){ first, first + run->services[target.service].replicas };
}

void sim_run_slow(struct sim_run *run, struct sim_target target, double factor)
{
    struct range r = stations_of(run, target);
    for (uint32_t i = r.first; i < r.end; i++) {
        run->stations[i].slow = factor;
        run->stations[i].slow_route = target.route;
    }
}

void sim_run_fail(struct sim_run *run, struct sim_target target, double share)
{
    struct range r = stations_of(run, target);
    for (uint32_t i = r.first; i < r.end; i++) {
        run->stations[i].fail = share;
        run->stations[i].fail_route = target.route;
    }
}

// ---- Crash: the process is gone, and its connections are reset ----

static bool is_alive(const struct sim_task *task)
{
    return task->state != SIM_FREE && task->state != SIM_DEAD;
}

static void end_visit(struct sim_run *run, uint32_t t)
{
    sim_task_detach(run, t, SIM_CANCELLED);
    if (run->tasks[t].flags & SIM_HAS_GIL)
        sim_gil_leave(run, t);
    sim_task_charge(run, t);
    while (run->tasks[t].scope != SIM_NONE && !run->scopes[run->tasks[t].scope].is_root)
        sim_scope_close(run, t);
    if (run->tasks[t].flags & SIM_IS_PARKED)
        sim_station_of(run, t)->parked--;
    run->tasks[t].flags &= (uint16_t) ~(SIM_IS_PARKED | SIM_EXPIRED);
    sim_task_end(run, t, SIM_ERROR, 502);
}

static void crash(struct sim_run *run, uint32_t station)
{
    struct sim_station *s = &run->stations[station];
    s->is_up = false;
    s->is_paused = false;
    for (uint32_t t = 0; t < run->task_used; t++) {
        const struct sim_task *task = &run->tasks[t];
        if (is_alive(task) && task->station == station && task->flags & SIM_IS_INSIDE &&
            task->state != SIM_ANSWERING)
            end_visit(run, t);
    }
    // Branches that nobody gathered any more die with their process.
    for (uint32_t t = 0; t < run->task_used; t++)
        if (is_alive(&run->tasks[t]) && run->tasks[t].station == station &&
            run->tasks[t].flags & SIM_IS_BRANCH)
            sim_task_kill(run, t);
}

void sim_run_crash(struct sim_run *run, struct sim_target target)
{
    struct range r = stations_of(run, target);
    for (uint32_t i = r.first; i < r.end; i++)
        crash(run, i);
}

void sim_run_restart(struct sim_run *run, struct sim_target target)
{
    struct range r = stations_of(run, target);
    for (uint32_t i = r.first; i < r.end; i++) {
        if (run->stations[i].is_up)
            crash(run, i);
        run->stations[i].is_up = true;
    }
}

// ---- Pause: nothing of the process runs, and nothing of it is lost ----

static void pause(struct sim_run *run, uint32_t station)
{
    run->stations[station].is_paused = true;
    for (uint32_t t = 0; t < run->task_used; t++) {
        struct sim_task *task = &run->tasks[t];
        if (task->state != SIM_RUNNING || task->station != station)
            continue;
        sim_host_remove(run, t);
        task->slot = task->cause; // free while it is no job of its host
        sim_task_enter(run, t, SIM_STOPPED, SIM_IN_PAUSE);
    }
}

static void go_on(struct sim_run *run, uint32_t station)
{
    struct sim_station *s = &run->stations[station];
    s->is_paused = false;
    for (uint32_t t = 0; t < run->task_used; t++) {
        struct sim_task *task = &run->tasks[t];
        if (task->station != station || !is_alive(task))
            continue;
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
    sim_station_resume(run, s);
}

void sim_run_pause(struct sim_run *run, struct sim_target target, bool paused)
{
    struct range r = stations_of(run, target);
    for (uint32_t i = r.first; i < r.end; i++) {
        if (paused && !run->stations[i].is_paused)
            pause(run, i);
        else if (!paused && run->stations[i].is_paused)
            go_on(run, i);
    }
}

// ---- Links ----

static const char *caller_name(const struct sim_run *run, const struct sim_edge *e)
{
    return e->caller < run->client_count
               ? run->clients[e->caller].name
               : run->services[e->caller - run->client_count].name;
}

static bool concerns(const struct sim_run *run, const struct sim_link_trouble *trouble,
                     const struct sim_edge *e)
{
    return trouble->service == e->service &&
           (trouble->from[0] == '\0' || strcmp(trouble->from, caller_name(run, e)) == 0);
}

void sim_run_inherit_links(struct sim_run *run, struct sim_edge *e)
{
    e->extra = SIM_NONE;
    e->drop = 0;
    for (uint32_t i = 0; i < run->trouble_count; i++) {
        if (!concerns(run, &run->troubles[i], e))
            continue;
        if (run->troubles[i].extra != SIM_NONE)
            e->extra = run->troubles[i].extra;
        if (run->troubles[i].drop > 0)
            e->drop = run->troubles[i].drop;
    }
}

static struct sim_link_trouble *trouble_with(struct sim_run *run, const char *from,
                                             uint32_t service)
{
    for (uint32_t i = 0; i < run->trouble_count; i++)
        if (run->troubles[i].service == service &&
            strcmp(run->troubles[i].from, from ? from : "") == 0)
            return &run->troubles[i];
    if (run->trouble_count == SIM_LINK_TROUBLES) {
        sim_run_stop(run, "more than 256 links have been made worse");
        return NULL;
    }
    struct sim_link_trouble *t = &run->troubles[run->trouble_count++];
    *t = (struct sim_link_trouble){ .service = service, .extra = SIM_NONE };
    snprintf(t->from, sizeof t->from, "%s", from ? from : "");
    return t;
}

static void tell_edges(struct sim_run *run)
{
    for (uint32_t i = 0; i < run->edge_count; i++) {
        sim_run_inherit_links(run, &run->edges[i]);
        sim_call_unroot(run, i);
    }
}

void sim_run_link_latency(struct sim_run *run, const char *from, uint32_t service,
                          uint32_t value)
{
    struct sim_link_trouble *t = trouble_with(run, from, service);
    if (t)
        t->extra = value;
    tell_edges(run);
}

void sim_run_link_drop(struct sim_run *run, const char *from, uint32_t service,
                       double share)
{
    struct sim_link_trouble *t = trouble_with(run, from, service);
    if (t)
        t->drop = share;
    tell_edges(run);
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
