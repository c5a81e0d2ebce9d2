#include "sim/world/inner.h"

// A broker before the workers of Celery: one line of messages for all replicas of a service.
//
// A worker has messages delivered ahead of time, as long as those that it has not acked are fewer
// than its prefetch (kombu's QoS, AMQP's basic.qos). A message is acked when its task begins
// (celery/worker/request.py, on_accepted), or, with acks_late, when it has ended. So with early acks
// a worker has so many in reserve beside those that run, and with late ones those that run count.
// What is in reserve stands in the worker's own line, and nobody else can have it, however idle.
// Messages go round among the workers that have room, as RabbitMQ deals them out.
//
// A worker that dies takes along what it had acked: who waits for that is never told. What was not
// acked is delivered again, at the place in line that it had: at once by a broker that sees the
// connection close, and, with a visibility timeout, as with Redis, so long after it was delivered.
// That timeout asks nobody whether the worker lives: a task that is not acked by then is delivered
// a second time, while the first goes on.
//
// A message in line is a visit that is still on its way. It is counted in where it is delivered,
// so one that comes back has been lost there. The line is shown as the first replica's.

static struct sim_broker *broker_of(struct sim_run *run, uint32_t service)
{
    return &run->brokers[service];
}

static const struct sim_broker_def *def_of(const struct sim_run *run, uint32_t service)
{
    return &run->services[service].executor.broker;
}

static uint32_t service_of(const struct sim_run *run, uint32_t visit)
{
    return run->stations[run->tasks[visit].station].entity;
}

void sim_broker_open(struct sim_run *run, uint32_t service)
{
    run->brokers[service] = (struct sim_broker){ .line = { SIM_NONE, SIM_NONE, 0 } };
}

// ---- The line ----

static void move_to(struct sim_run *run, uint32_t visit, uint32_t station)
{
    run->loads[run->tasks[visit].station]--;
    run->loads[station]++;
    run->tasks[visit].station = (uint16_t)station;
}

// Who comes back is among the oldest, so its place is looked for from the front.
static void put_in_order(struct sim_run *run, struct sim_row *line, uint32_t visit)
{
    struct sim_task *v = &run->tasks[visit];
    if (line->tail == SIM_NONE || run->tasks[line->tail].start <= v->start) {
        sim_row_join(run, line, visit);
        return;
    }
    uint32_t next = line->head;
    while (run->tasks[next].start <= v->start)
        next = run->tasks[next].next;
    v->next = next;
    v->prev = run->tasks[next].prev;
    run->tasks[next].prev = visit;
    if (v->prev == SIM_NONE)
        line->head = visit;
    else
        run->tasks[v->prev].next = visit;
    line->count++;
}

static void stand(struct sim_run *run, uint32_t visit)
{
    struct sim_station *s = sim_station_of(run, visit);
    sim_task_enter(run, visit, SIM_SENDING, SIM_IN_QUEUE);
    put_in_order(run, &broker_of(run, s->entity)->line, visit);
    s->waiting++;
    sim_level_rises(&s->levels.queued, run->now);
    if (s->waiting > s->meter.queue_max)
        s->meter.queue_max = s->waiting;
    sim_note(run, SIM_TRACE_QUEUE, visit, s->waiting, 0, run->now, run->now);
}

static uint32_t take_first(struct sim_run *run, uint32_t service)
{
    uint32_t visit = sim_row_first(run, &broker_of(run, service)->line);
    struct sim_station *s = sim_station_of(run, visit);
    s->waiting--;
    sim_level_falls(&s->levels.queued, run->now);
    sim_task_charge(run, visit);
    sim_note(run, SIM_TRACE_QUEUE, visit, s->waiting, 0, run->now, run->now);
    return visit;
}

// ---- Delivery ----

static bool has_room(const struct sim_station *s, const struct sim_broker_def *def)
{
    uint32_t unacked = def->acks_late ? s->inside : s->inside - s->busy;
    return s->is_up && !s->is_draining && (def->prefetch == 0 || unacked < def->prefetch);
}

// The next worker with room, in turn; SIM_NONE when all have enough.
static uint32_t consumer(struct sim_run *run, uint32_t service)
{
    struct sim_broker *b = broker_of(run, service);
    uint32_t n = run->services[service].replicas;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t replica = (b->turn + i) % n;
        uint32_t station = run->first_station[service] + replica;
        if (!has_room(&run->stations[station], def_of(run, service)))
            continue;
        b->turn = (replica + 1) % n;
        return station;
    }
    return SIM_NONE;
}

// A broker with a visibility timeout looks at the message again when that is over.
static void watch(struct sim_run *run, uint32_t visit)
{
    sim_time visibility = def_of(run, service_of(run, visit))->visibility;
    if (visibility == 0 || run->messages[visit].agent == SIM_NONE)
        return;
    uint32_t agent = sim_memory_agent(run, SIM_PC_REDELIVER);
    run->offloaded[agent].pool = visit;
    run->messages[visit].agent = agent + 1;
    sim_task_sleep(run, agent, SIM_SLEEPING, SIM_IN_PAUSE, visibility);
}

// Who does not have to wait in the worker's line may have waited in the broker's.
static void deliver(struct sim_run *run, uint32_t visit, uint32_t station)
{
    struct sim_station *s = &run->stations[station];
    bool begins = s->busy < s->workers && !s->is_paused;
    move_to(run, visit, station);
    s->meter.counts[SIM_WAITED] += begins && run->now > run->tasks[visit].start;
    watch(run, visit);
    sim_station_admit(run, visit);
}

// A visit may end at once and come back here: the loop that is under way goes on then.
void sim_broker_feed(struct sim_run *run, uint32_t service)
{
    struct sim_broker *b = broker_of(run, service);
    if (b->is_feeding || b->line.head == SIM_NONE)
        return;
    b->is_feeding = true;
    while (b->line.head != SIM_NONE) {
        uint32_t station = consumer(run, service);
        if (station == SIM_NONE)
            break;
        deliver(run, take_first(run, service), station);
    }
    b->is_feeding = false;
}

void sim_broker_arrive(struct sim_run *run, uint32_t visit)
{
    uint32_t service = service_of(run, visit);
    run->messages[visit].agent = 0;
    run->messages[visit].entry = run->tasks[visit].pc;
    run->messages[visit].since = run->now;
    move_to(run, visit, run->first_station[service]);
    stand(run, visit);
    sim_broker_feed(run, service);
}

// ---- What comes back, and what does not ----

void sim_broker_forget(struct sim_run *run, uint32_t t)
{
    uint32_t agent = run->messages[t].agent;
    run->messages[t].agent = 0;
    if (agent == 0 || agent == SIM_NONE)
        return;
    sim_heap_cancel(&run->heap, run->task_timers + agent - 1);
    sim_task_free(run, agent - 1);
}

// Out of its worker's hands, without an answer.
static void withdraw(struct sim_run *run, uint32_t visit)
{
    struct sim_station *s = sim_station_of(run, visit);
    bool had_worker = run->tasks[visit].flags & SIM_HAS_WORKER;
    sim_trouble_halt(run, visit);
    sim_memory_release(run, visit);
    sim_task_close(run, visit, SIM_LOST, 0);
    s->meter.counts[SIM_ENDED + SIM_LOST]++;
    s->inside--;
    if (!had_worker)
        return;
    s->busy--;
    sim_level_falls(&s->levels.busy, run->now);
}

// On record as another try of whoever waits for it, if anybody still does.
static void count_again(struct sim_run *run, uint32_t visit, uint32_t caller)
{
    sim_meter_rare(&sim_station_of(run, visit)->meter, SIM_REDELIVERED);
    sim_note(run, SIM_TRACE_BEGIN, visit, caller == SIM_NONE ? visit : caller,
             SIM_TRACE_AGAIN, run->now, run->now);
}

// As it was before its worker had it.
static void renew(struct sim_run *run, uint32_t visit)
{
    struct sim_task *v = &run->tasks[visit];
    v->flags &= SIM_IS_ROOT | SIM_IS_TOLD;
    v->pc = run->messages[visit].entry;
    run->messages[visit].since = run->now;
    v->child = SIM_NONE;
    v->slot = 0;
    v->outcome = SIM_OK;
    count_again(run, visit, v->parent);
    move_to(run, visit, run->first_station[service_of(run, visit)]);
}

static void put_back(struct sim_run *run, uint32_t visit)
{
    withdraw(run, visit);
    renew(run, visit);
    if (run->messages[visit].agent != SIM_NONE)
        sim_broker_forget(run, visit);
    stand(run, visit);
}

// It was lost with what its worker had acked. A second delivery, too: nobody waits for that one.
static void lose(struct sim_run *run, uint32_t visit)
{
    withdraw(run, visit);
    run->loads[run->tasks[visit].station]--;
    sim_call_lose(run, visit);
}

void sim_broker_died(struct sim_run *run, uint32_t visit)
{
    const struct sim_broker_def *def = def_of(run, service_of(run, visit));
    bool is_acked = !def->acks_late && run->tasks[visit].flags & SIM_HAS_WORKER;
    if (is_acked || run->messages[visit].agent == SIM_NONE) {
        lose(run, visit);
    } else if (def->visibility == 0) {
        put_back(run, visit);
    } else {
        withdraw(run, visit);
        renew(run, visit);
        sim_task_enter(run, visit, SIM_SENDING, SIM_IN_QUEUE);
    }
}

void sim_broker_rejected(struct sim_run *run, uint32_t visit)
{
    put_back(run, visit);
}

void sim_broker_freed(struct sim_run *run, uint32_t station)
{
    const struct sim_station *s = &run->stations[station];
    sim_station_resume(run, &run->stations[station]);
    if (s->is_draining && s->inside == 0)
        sim_drain_left(run, station);
}

void sim_broker_return(struct sim_run *run, uint32_t station)
{
    const struct sim_station *s = &run->stations[station];
    while (s->head != SIM_NONE)
        put_back(run, s->head);
    sim_broker_feed(run, s->entity);
}

// ---- The visibility timeout ----

static void deliver_twice(struct sim_run *run, uint32_t visit)
{
    uint32_t first = run->first_station[service_of(run, visit)];
    uint32_t again = sim_task_new(run, first, run->messages[visit].entry);
    run->messages[again] =
        (struct sim_message){ SIM_NONE, run->messages[visit].entry,
                              run->messages[visit].is_published, run->now };
    run->tasks[again].edge = run->tasks[visit].edge;
    run->tasks[again].request = run->tasks[visit].request;
    run->born[again] = ++run->births;
    run->loads[first]++;
    if (run->uses_fields)
        sim_fields_share(run, visit, again);
    if (run->uses_deadlines)
        run->deadlines[again] = run->deadlines[visit];
    if (run->limit_asks)
        sim_shared_send(run, SIM_NONE, again, false);
    if (run->keys.of)
        sim_keys_send_again(run, visit, again);
    count_again(run, again, run->tasks[visit].parent);
    stand(run, again);
}

void sim_broker_due(struct sim_run *run, uint32_t agent)
{
    uint32_t visit = run->offloaded[agent].pool, service = service_of(run, visit);
    uint16_t flags = run->tasks[visit].flags;
    run->messages[visit].agent = 0;
    sim_task_free(run, agent);
    if (!(flags & SIM_IS_INSIDE)) { // its worker has died
        stand(run, visit);
    } else if (def_of(run, service)->acks_late || !(flags & SIM_HAS_WORKER)) {
        watch(run, visit);
        deliver_twice(run, visit);
    }
    sim_broker_feed(run, service);
}
