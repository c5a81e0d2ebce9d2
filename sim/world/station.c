#include <stdio.h>

#include "sim/world/inner.h"

// A replica: a line, workers, and the visits inside. A visit waits in line until a worker is
// free, keeps it until its handler has ended, and then its caller is told.

void sim_station_integrate(struct sim_station *s, sim_time now)
{
    s->meter.areas[SIM_QUEUED_AREA] =
        s->levels.queued + (sim_wide)(uint64_t)now * s->waiting;
    s->meter.areas[SIM_BUSY_AREA] = s->levels.busy + (sim_wide)(uint64_t)now * s->busy;
    if (s->is_client)
        s->meter.areas[SIM_INSIDE_AREA] =
            s->levels.inside + (sim_wide)(uint64_t)now * s->inside;
}

static void note_queue(struct sim_run *run, struct sim_station *s, uint32_t visit)
{
    sim_note(run, SIM_TRACE_QUEUE, visit, s->waiting, 0, run->now, run->now);
}

// ---- The line ----

static double priority(struct sim_run *run, uint32_t visit)
{
    return sim_run_field(run, visit, SIM_FIELD_PRIORITY);
}

static void put_behind(struct sim_run *run, struct sim_station *s, uint32_t visit,
                       uint32_t before)
{
    struct sim_task *v = &run->tasks[visit];
    v->prev = before;
    v->next = before == SIM_NONE ? s->head : run->tasks[before].next;
    if (v->prev == SIM_NONE)
        s->head = visit;
    else
        run->tasks[v->prev].next = visit;
    if (v->next == SIM_NONE)
        s->tail = visit;
    else
        run->tasks[v->next].prev = visit;
}

// Behind the last of its own priority. Overload is mostly of one kind, so it looks from the
// end first, and then from the front.
static uint32_t place_by_priority(struct sim_run *run, struct sim_station *s,
                                  uint32_t visit)
{
    double p = priority(run, visit);
    if (s->tail == SIM_NONE || priority(run, s->tail) >= p)
        return s->tail;
    uint32_t before = SIM_NONE;
    for (uint32_t i = s->head; priority(run, i) >= p; i = run->tasks[i].next)
        before = i;
    return before;
}

bool sim_station_is_taken_back(const struct sim_run *run, uint32_t visit)
{
    return run->tasks[visit].flags & SIM_IS_TOLD && run->work[visit] <= run->now;
}

// A visit in line is looked at when its patience ends or when it is taken back, whichever
// is first.
static void look_again(struct sim_run *run, uint32_t visit, sim_time at)
{
    uint32_t timer = run->task_timers + visit;
    if (!sim_heap_armed(&run->heap, timer) ||
        run->heap.at[run->heap.position[timer] - 1].due > at)
        sim_heap_arm(&run->heap, timer, at);
}

// Behind all others: the visit is nobody's neighbour yet, so that there is one link to set.
SIM_INLINE void put_last(struct sim_run *run, struct sim_station *s, uint32_t visit)
{
    run->tasks[visit].prev = s->tail;
    if (s->tail == SIM_NONE)
        s->head = visit;
    else
        run->tasks[s->tail].next = visit;
    s->tail = visit;
}

static __attribute__((noinline)) void put_among(struct sim_run *run, struct sim_station *s,
                                                uint32_t visit)
{
    if (s->discipline == SIM_LIFO)
        put_behind(run, s, visit, SIM_NONE);
    else if (s->discipline == SIM_PRIORITY)
        put_behind(run, s, visit, place_by_priority(run, s, visit));
    else
        put_last(run, s, visit);
}

static const struct sim_executor_def *line_of(const struct sim_run *run,
                                              const struct sim_station *s)
{
    return &run->services[s->entity].executor;
}

static sim_time patience(struct sim_run *run, struct sim_station *s, uint32_t visit)
{
    const struct sim_executor_def *line = line_of(run, s);
    if (!line->controls_wait)
        return sim_value_time(run, s->max_wait, visit, &run->work_rng[s->entity]);
    if (s->waiting == 1)
        s->process->line_empty = run->now;
    return sim_codel_patience(&line->codel, run->now, s->process->line_empty);
}

// A visit in line is looked at when its patience ends, or when it is taken back.
static __attribute__((noinline)) void watch(struct sim_run *run, struct sim_station *s,
                                            uint32_t visit)
{
    if (s->max_wait != SIM_NONE)
        sim_heap_arm(&run->heap, run->task_timers + visit,
                     run->now + patience(run, s, visit));
    if (run->tasks[visit].flags & SIM_IS_TOLD)
        look_again(run, visit, run->work[visit]);
}

SIM_INLINE void enqueue(struct sim_run *run, struct sim_station *s, uint32_t visit)
{
    if (s->discipline == SIM_FIFO)
        put_last(run, s, visit);
    else
        put_among(run, s, visit);
    run->tasks[visit].state = SIM_QUEUED;
    run->tasks[visit].cause = SIM_IN_QUEUE;
    s->waiting++;
    sim_level_rises(&s->levels.queued, run->now);
    s->meter.counts[SIM_WAITED] += !s->accepts; // else that of who accepts it
    if (s->waiting > s->meter.queue_max)
        s->meter.queue_max = s->waiting;
    if (s->max_wait != SIM_NONE || run->tasks[visit].flags & SIM_IS_TOLD)
        watch(run, s, visit);
    note_queue(run, s, visit);
}

void sim_station_enqueue(struct sim_run *run, uint32_t visit)
{
    enqueue(run, sim_station_of(run, visit), visit);
}

SIM_INLINE void count_out(struct sim_run *run, struct sim_station *s, uint32_t visit)
{
    s->waiting--;
    sim_level_falls(&s->levels.queued, run->now);
    if (s->max_wait != SIM_NONE || run->tasks[visit].flags & SIM_IS_TOLD)
        sim_heap_cancel(&run->heap, run->task_timers + visit);
    note_queue(run, s, visit);
}

static void take_out(struct sim_run *run, struct sim_station *s, uint32_t visit)
{
    struct sim_task *v = &run->tasks[visit];
    if (v->prev == SIM_NONE)
        s->head = v->next;
    else
        run->tasks[v->prev].next = v->next;
    if (v->next == SIM_NONE)
        s->tail = v->prev;
    else
        run->tasks[v->next].prev = v->prev;
    v->next = v->prev = SIM_NONE;
    count_out(run, s, visit);
}

// The same for the first, before which there is nobody.
SIM_INLINE uint32_t take_first(struct sim_run *run, struct sim_station *s)
{
    uint32_t visit = s->head;
    s->head = run->tasks[visit].next;
    run->tasks[visit].next = SIM_NONE;
    if (s->head == SIM_NONE)
        s->tail = SIM_NONE;
    else
        run->tasks[s->head].prev = SIM_NONE;
    count_out(run, s, visit);
    return visit;
}

void sim_station_unqueue(struct sim_run *run, uint32_t visit)
{
    struct sim_station *s = sim_station_of(run, visit);
    take_out(run, s, visit);
    if (s->waiting == 0 && s->discipline == SIM_CODEL)
        sim_codel_empty(&s->process->codel);
}

// ---- Working ----

static __attribute__((noinline)) bool fails_by_route(struct sim_run *run,
                                                     struct sim_station *s, uint32_t visit)
{
    double share = sim_trouble_of(run, s, sim_route_of(run, visit), true);
    return share > 0 && sim_random_chance(&run->fail_rng[s->entity], share);
}

SIM_INLINE bool fails_by_fault(struct sim_run *run, struct sim_station *s, uint32_t visit)
{
    if (!(s->fail > 0))
        return s->fail < 0 && fails_by_route(run, s, visit);
    return sim_random_chance(&run->fail_rng[s->entity], s->fail);
}

// As ThreadPoolExecutor does it: a thread is started for a visit that finds none idle, while
// there are fewer than the most, and never ends. The visit waits until the thread runs.
static __attribute__((noinline)) void
begin_with_new_thread(struct sim_run *run, struct sim_station *s, uint32_t visit)
{
    const struct sim_service_def *def = &run->services[s->entity];
    s->started++;
    sim_task_sleep(run, visit, SIM_SLEEPING, SIM_IN_QUEUE,
                   def->has_runtime ? def->runtime.thread_start : 0);
}

SIM_INLINE void work(struct sim_run *run, struct sim_station *s, uint32_t visit)
{
    s->busy++;
    sim_level_rises(&s->levels.busy, run->now);
    run->tasks[visit].flags |= SIM_HAS_WORKER;
    run->tasks[visit].flags &= (uint16_t)~SIM_IS_TOLD;
    run->tasks[visit].state = SIM_READY;
    sim_note(run, SIM_TRACE_START, visit, 0, 0, run->tasks[visit].start, run->now);
    if (__builtin_expect(run->has_ties, 0))
        sim_hedge_begun(run, visit);
    if (__builtin_expect(run->has_poison, 0) && sim_poison_comes(run, visit))
        return;
    if (fails_by_fault(run, s, visit))
        sim_task_end(run, visit, SIM_ERROR, 500);
    else if (s->busy > s->started)
        begin_with_new_thread(run, s, visit);
    else
        sim_step_go(run, visit);
}

static bool is_late(const struct sim_run *run, uint32_t visit)
{
    return run->deadlines[visit] && run->deadlines[visit] <= run->now;
}

// A message is for whom it is about: nobody waits for it, and it is not in vain.
static bool is_in_vain(const struct sim_run *run, uint32_t visit)
{
    const struct sim_task *v = &run->tasks[visit];
    if (v->parent != SIM_NONE || v->flags & SIM_IS_ROOT)
        return false;
    return !(run->publishes && run->messages[visit].is_published);
}

// An entry that need not be worked on any more is thrown away when it is its turn.
static bool is_dropped(struct sim_run *run, struct sim_station *s, uint32_t visit)
{
    if (run->uses_deadlines && is_late(run, visit))
        sim_station_refuse(run, visit, SIM_BY_DEADLINE);
    else if (s->drops_expired && is_in_vain(run, visit))
        sim_task_end(run, visit, SIM_CANCELLED, 0);
    else
        return false;
    return true;
}

// Whose turn it is where the line itself decides: SIM_NONE, somebody was dropped instead.
static __attribute__((noinline)) uint32_t take_by_rule(struct sim_run *run,
                                                       struct sim_station *s)
{
    const struct sim_executor_def *line = line_of(run, s);
    uint32_t visit = s->head;
    if (s->discipline == SIM_ADAPTIVE_LIFO) {
        visit = sim_shed_newest_first(line->lifo_from, s->waiting) ? s->tail : s->head;
        take_out(run, s, visit);
        return visit;
    }
    take_first(run, s);
    if (!sim_codel_drops(&line->codel, &s->process->codel, run->now,
                         run->tasks[visit].start, s->waiting == 0))
        return visit;
    sim_task_charge(run, visit);
    sim_station_refuse(run, visit, SIM_BY_CODEL);
    return SIM_NONE;
}

// A visit may end at once, fail for example, and come back here: the loop that began it goes
// on then, and the stack does not grow with the line.
static __attribute__((noinline)) void hand_out(struct sim_run *run, struct sim_station *s)
{
    s->is_handing = true;
    while (s->busy < s->workers && s->head != SIM_NONE && !s->is_paused && s->is_up) {
        uint32_t visit = __builtin_expect(s->discipline > SIM_PRIORITY, 0)
                             ? take_by_rule(run, s)
                             : take_first(run, s);
        if (visit == SIM_NONE)
            continue;
        sim_task_charge(run, visit);
        if (!is_dropped(run, s, visit))
            work(run, s, visit);
    }
    s->is_handing = false;
}

SIM_INLINE void work_on(struct sim_run *run, struct sim_station *s)
{
    if (s->head != SIM_NONE && !s->is_handing && !s->accepts)
        hand_out(run, s);
}

void sim_station_resume(struct sim_run *run, struct sim_station *s)
{
    work_on(run, s);
    if (s->consumes)
        sim_broker_feed(run, s->entity);
}

SIM_INLINE void count_in(struct sim_run *run, struct sim_station *s, uint32_t visit)
{
    s->meter.counts[SIM_ARRIVED]++;
    s->inside++;
    run->tasks[visit].flags |= SIM_IS_INSIDE;
}

void sim_station_count_in(struct sim_run *run, uint32_t visit)
{
    count_in(run, sim_station_of(run, visit), visit);
}

// Where a backlog is the line, who has been accepted works or is refused.
SIM_INLINE void admit(struct sim_run *run, struct sim_station *s, uint32_t visit)
{
    count_in(run, s, visit);
    if (!s->is_up || s->is_draining)
        sim_drain_refuse(run, visit);
    else if (sim_station_is_taken_back(run, visit))
        sim_task_end(run, visit, SIM_CANCELLED, 0);
    else if (s->busy < s->workers && (!s->is_paused || s->accepts))
        work(run, s, visit);
    else if (s->waiting < s->capacity && !s->accepts)
        enqueue(run, s, visit);
    else
        sim_station_refuse(run, visit, SIM_BY_QUEUE);
}

void sim_station_admit(struct sim_run *run, uint32_t visit)
{
    admit(run, sim_station_of(run, visit), visit);
}

// Where it is not the replica's own line that it comes to.
static __attribute__((noinline)) void
arrive_before(struct sim_run *run, const struct sim_station *s, uint32_t visit)
{
    if (s->accepts)
        sim_accept_arrive(run, visit);
    else
        sim_broker_arrive(run, visit);
}

void sim_station_arrive(struct sim_run *run, uint32_t visit)
{
    struct sim_station *s = sim_station_of(run, visit);
    run->tasks[visit].start = run->tasks[visit].mark = run->now;
    if (__builtin_expect(run->has_refusals, 0) && sim_link_refuses(run, visit))
        sim_call_refused(run, visit);
    else if (__builtin_expect(s->accepts | s->consumes, 0))
        arrive_before(run, s, visit);
    else
        admit(run, s, visit);
}

void sim_station_refuse(struct sim_run *run, uint32_t visit, enum sim_rejecter by)
{
    sim_meter_refused(&sim_station_of(run, visit)->meter, by);
    sim_task_end(run, visit, SIM_REJECTED, by);
}

void sim_station_impatient(struct sim_run *run, uint32_t visit)
{
    sim_station_unqueue(run, visit);
    if (!(run->tasks[visit].flags & SIM_IS_INSIDE))
        sim_station_count_in(run, visit); // it stood in a backlog
    if (sim_station_is_taken_back(run, visit))
        sim_task_end(run, visit, SIM_CANCELLED, 0);
    else
        sim_station_refuse(run, visit, SIM_BY_PATIENCE);
}

void sim_station_tell(struct sim_run *run, uint32_t visit, sim_time delay)
{
    struct sim_task *v = &run->tasks[visit];
    if (v->flags & SIM_IS_INSIDE && v->state != SIM_QUEUED) {
        if (sim_station_of(run, visit)->loop != SIM_NONE)
            sim_coro_abandoned(run, visit, delay);
        return;
    }
    if (v->state != SIM_QUEUED && v->state != SIM_SENDING)
        return;
    v->flags |= SIM_IS_TOLD;
    run->work[visit] = run->now + delay;
    if (v->state != SIM_QUEUED)
        return;
    if (delay == 0)
        sim_station_impatient(run, visit);
    else
        look_again(run, visit, run->work[visit]);
}

static void count(struct sim_run *run, uint32_t visit, enum sim_outcome outcome)
{
    const struct sim_task *v = &run->tasks[visit];
    struct sim_meter *m = &run->stations[v->station].meter;
    m->counts[SIM_ENDED + outcome]++;
    if (outcome != SIM_REJECTED)
        sim_hist_record(m->live, run->now - v->start);
    if (is_in_vain(run, visit) && outcome != SIM_CANCELLED) {
        m->counts[SIM_GHOSTS]++;
        m->counts[SIM_GHOST_NS] += run->now - v->start;
    }
}

static __attribute__((noinline)) void left(struct sim_run *run, uint32_t station)
{
    const struct sim_station *s = &run->stations[station];
    if (s->is_draining && s->inside == 0)
        sim_drain_left(run, station);
    if (s->consumes)
        sim_broker_feed(run, s->entity);
}

void sim_station_leave(struct sim_run *run, uint32_t visit, enum sim_outcome outcome,
                       uint32_t status)
{
    uint32_t station = run->tasks[visit].station;
    struct sim_station *s = &run->stations[station];
    bool had_worker = run->tasks[visit].flags & SIM_HAS_WORKER;
    count(run, visit, outcome);
    if (__builtin_expect(run->holds_memory, 0))
        sim_memory_release(run, visit);
    s->inside--;
    run->loads[station]--;
    if (had_worker) {
        s->busy--;
        sim_level_falls(&s->levels.busy, run->now);
    }
    sim_call_answer(run, visit, outcome, status);
    if (had_worker)
        work_on(run, s);
    if (__builtin_expect(s->is_draining | s->consumes, 0))
        left(run, station);
}

void sim_station_stream(struct sim_run *run, uint32_t station, const char *purpose,
                        struct sim_random *rng)
{
    struct sim_station *s = &run->stations[station];
    char name[120], what[48];
    if (s->is_client) {
        snprintf(name, sizeof name, "%s", run->clients[s->entity].name);
    } else {
        uint32_t service = run->stations[s->home].entity;
        uint32_t replica = s->home - run->first_station[service] + 1;
        uint32_t worker = station == s->home
                              ? 0
                              : station - run->stations[s->home].process->first_process + 1;
        snprintf(name, sizeof name, "%s[%u].%u", run->services[service].name, replica,
                 worker);
    }
    snprintf(what, sizeof what, "%s %u", purpose, s->streams++);
    sim_random_init(rng, run->seed, name, what);
}

sim_time sim_station_slowed(struct sim_run *run, uint32_t t, sim_time d)
{
    const struct sim_station *s = sim_station_of(run, t);
    double factor =
        s->slow < 0 ? sim_trouble_of(run, s, sim_route_of(run, t), false) : s->slow;
    return factor != 1.0 ? sim_seconds((double)d * factor / SIM_S) : d;
}
