#include "sim/engine/reserve.h"
#include "sim/world/inner.h"

// Client-side throttling around steps. Each replica, worker process and client has its own of
// each, opened at its first use, and draws from a stream of its own: one number a call, whatever is
// decided.
//
// Of a throttle's scope has_fired says that its end has been told.

bool sim_throttle_open_all(struct sim_run *run, size_t stations)
{
    struct sim_throttles *all = &run->throttles;
    uint32_t n = run->model->throttles.count;
    all->stations = stations;
    if (n == 0)
        return true;
    all->at = sim_reserve(stations * n * sizeof *all->at);
    return all->at != NULL;
}

void sim_throttle_close_all(struct sim_run *run)
{
    struct sim_throttles *all = &run->throttles;
    sim_release(all->at, all->stations * run->model->throttles.count * sizeof *all->at);
}

// A process that is replaced begins anew; its draws go on.
static struct sim_throttle_keep *keep_of(struct sim_run *run, uint32_t t, uint32_t throttle)
{
    size_t place = (size_t)run->tasks[t].station * run->model->throttles.count + throttle;
    struct sim_throttle_keep *keep = &run->throttles.at[place];
    uint32_t life = sim_life_of(run, t);
    if (keep->life == life)
        return keep;
    if (keep->life == 0) {
        sim_run_take(run, sizeof *keep);
        sim_station_stream(run, run->tasks[t].station, "throttle", &keep->rng);
    }
    keep->life = life;
    sim_throttle_begin(&run->model->throttles.at[throttle].rule, &keep->memory, run->now);
    return keep;
}

bool sim_throttle_enter(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    struct sim_throttle_keep *keep = keep_of(run, t, op->a);
    uint64_t draw = sim_random_next(&keep->rng);
    if (!sim_throttle_allows(&run->model->throttles.at[op->a].rule, &keep->memory, run->now,
                             draw)) {
        sim_meter_refused(sim_meter_of(run, t), SIM_BY_THROTTLE);
        return false;
    }
    sim_scope_open(run, t, run->tasks[t].pc);
    run->tasks[t].pc++;
    return true;
}

// What was given up is no answer, and so not accepted.
void sim_throttle_left(struct sim_run *run, uint32_t scope, enum sim_outcome outcome)
{
    struct sim_scope *s = &run->scopes[scope];
    const struct sim_throttle_def *def = &run->model->throttles.at[run->ops[s->op].a];
    if (s->has_fired)
        return;
    s->has_fired = 1;
    struct sim_throttle_keep *keep = keep_of(run, s->task, run->ops[s->op].a);
    bool is_accepted = outcome != SIM_CANCELLED && !(def->on & 1u << outcome);
    sim_throttle_ended(&def->rule, &keep->memory, run->now, is_accepted);
}
