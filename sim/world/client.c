#include "sim/world/inner.h"

// Where requests come from. A source knows when its next arrival is; each arrival becomes a
// task of the client, which does what the client's step says.

static struct sim_station *station_of(struct sim_run *run, uint32_t client)
{
    return &run->stations[run->station_count - run->client_count + client];
}

static const struct sim_arrivals_def *arrivals(const struct sim_run *run,
                                               const struct sim_source *src)
{
    return &run->clients[src->client].arrivals;
}

static void arm_at(struct sim_run *run, struct sim_source *src, sim_time at)
{
    sim_heap_arm(&run->heap, (uint32_t)(src - run->sources), at);
}

static sim_time exponential(struct sim_source *src, double mean_s)
{
    struct sim_dist d = sim_dist_exponential(mean_s * SIM_S);
    return sim_dist_draw_time(&d, &src->gaps);
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

static void begin(struct sim_run *run, struct sim_source *src, uint32_t t)
{
    struct sim_station *s = station_of(run, src->client);
    struct sim_task *task = &run->tasks[t];
    sim_station_touch(run, s);
    s->inside++;
    s->meter.counts[SIM_ARRIVED]++;
    task->start = task->mark = run->now;
    task->request = run->next_request++;
    task->state = SIM_READY;
    if (run->uses_fields)
        draw_fields(run, src, t);
    sim_note(run, SIM_TRACE_BEGIN, t, SIM_NONE, 0, run->now, run->now);
    sim_step_go(run, t);
}

static void arrive(struct sim_run *run, struct sim_source *src)
{
    uint32_t station = run->station_count - run->client_count + src->client;
    uint32_t t = sim_task_new(run, station, run->model->client_entry.at[src->client].of);
    begin(run, src, t);
}

static void count_end(struct sim_run *run, struct sim_station *s, sim_time start,
                      enum sim_outcome outcome)
{
    sim_station_touch(run, s);
    s->inside--;
    s->meter.counts[SIM_ENDED + outcome]++;
    if (outcome == SIM_OK)
        sim_hist_record(s->meter.live, run->now - start);
}

static void think(struct sim_run *run, struct sim_source *src)
{
    uint32_t station = run->station_count - run->client_count + src->client;
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
    count_end(run, s, run->tasks[t].start, outcome);
    sim_task_free(run, t);
    if (arrivals(run, src)->kind == SIM_ARRIVE_CLOSED)
        think(run, src);
}

// ---- Arrivals ----

// A Poisson process whose rate changes is thinned: candidates come at the highest rate, and
// each is one with the chance that the rate of its moment has to the highest. (Lewis and
// Shedler 1979.)
static void poisson(struct sim_run *run, struct sim_source *src)
{
    const struct sim_arrivals_def *a = arrivals(run, src);
    arm_at(run, src, run->now + exponential(src, 1 / src->peak));
    bool varies = run->model->values.at[a->rate].kind == SIM_VALUE_CURVE;
    if (varies && sim_random_unit(&src->gaps) * src->peak >=
                      sim_value_now(run, a->rate, 0, &src->gaps))
        return;
    arrive(run, src);
}

// While the rate is 0 it is looked at again each 10 ms.
static void constant(struct sim_run *run, struct sim_source *src)
{
    double rate = sim_value_now(run, arrivals(run, src)->rate, 0, &src->gaps);
    bool any = rate > 0;
    arm_at(run, src, run->now + (any ? sim_seconds(1 / rate) : 10 * (sim_time)SIM_MS));
    if (any)
        arrive(run, src);
}

static void renewal(struct sim_run *run, struct sim_source *src)
{
    arm_at(run, src,
           run->now + sim_value_time(run, arrivals(run, src)->gap, 0, &src->gaps));
    arrive(run, src);
}

// Arrivals of an on time; at its end a rest of exponential length.
static void bursty_next(struct sim_run *run, struct sim_source *src)
{
    const struct sim_arrivals_def *a = arrivals(run, src);
    double rate = sim_value_now(run, a->rate, 0, &src->gaps);
    sim_time at = rate > 0 ? run->now + exponential(src, 1 / rate) : src->switch_at;
    src->is_on = at < src->switch_at;
    arm_at(run, src, src->is_on ? at : src->switch_at + exponential(src, a->off));
}

static void bursty(struct sim_run *run, struct sim_source *src)
{
    bool arrives = src->is_on;
    if (!arrives)
        src->switch_at = run->now + exponential(src, arrivals(run, src)->on);
    bursty_next(run, src);
    if (arrives)
        arrive(run, src);
}

static void burst(struct sim_run *run, struct sim_source *src)
{
    if (++src->left < arrivals(run, src)->n)
        arm_at(run, src, run->now);
    arrive(run, src);
}

static sim_time replay_time(const struct sim_run *run, const struct sim_source *src)
{
    return sim_seconds(run->model->points.at[arrivals(run, src)->first + src->left].t);
}

static void replay(struct sim_run *run, struct sim_source *src)
{
    if (++src->left < arrivals(run, src)->count)
        arm_at(run, src, replay_time(run, src));
    arrive(run, src);
}

void sim_client_due(struct sim_run *run, uint32_t source)
{
    struct sim_source *src = &run->sources[source];
    switch (arrivals(run, src)->kind) {
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

// The first arrival of an open process comes after its first gap.
void sim_client_start(struct sim_run *run, uint32_t source)
{
    struct sim_source *src = &run->sources[source];
    const struct sim_arrivals_def *a = arrivals(run, src);
    switch (a->kind) {
    case SIM_ARRIVE_POISSON:
        src->peak = sim_value_peak(run, a->rate);
        if (src->peak > 0)
            arm_at(run, src, exponential(src, 1 / src->peak));
        break;
    case SIM_ARRIVE_RENEWAL:
        arm_at(run, src, sim_value_time(run, a->gap, 0, &src->gaps));
        break;
    case SIM_ARRIVE_BURST:
        if (a->n > 0)
            arm_at(run, src, a->at);
        break;
    case SIM_ARRIVE_REPLAY:
        if (a->count > 0)
            arm_at(run, src, replay_time(run, src));
        break;
    case SIM_ARRIVE_CLOSED:
        for (uint32_t i = 0; i < a->n; i++)
            think(run, src);
        break;
    default: // constant and bursty: from the start
        arm_at(run, src, 0);
        break;
    }
}

void sim_client_answered(struct sim_run *run, uint32_t visit)
{
    (void)run;
    (void)visit;
}

void sim_client_gives_up(struct sim_run *run, uint32_t visit, uint32_t scope)
{
    (void)run;
    (void)visit;
    (void)scope;
}
