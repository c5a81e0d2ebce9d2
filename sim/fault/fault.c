#include <stdlib.h>

#include "sim/fault/fault_private.h"

const char *sim_fault_name(enum sim_fault_kind kind)
{
    static const char *const names[SIM_FAULTS] = {
        [SIM_FAULT_SLOW] = "slow",         [SIM_FAULT_FAIL] = "fail",
        [SIM_FAULT_CRASH] = "crash",       [SIM_FAULT_RESTART] = "restart",
        [SIM_FAULT_PAUSE] = "pause",       [SIM_FAULT_LATENCY] = "latency",
        [SIM_FAULT_DROP] = "drop",         [SIM_FAULT_POOL] = "pool_crash",
        [SIM_FAULT_STOP] = "stop",         [SIM_FAULT_FLUSH] = "flush",
        [SIM_FAULT_BREAKER] = "breaker",   [SIM_FAULT_TURN] = "turn",
        [SIM_FAULT_SET] = "set",           [SIM_FAULT_PARTITION] = "partition",
        [SIM_FAULT_REFUSE] = "refuse",     [SIM_FAULT_OOM] = "oom",
        [SIM_FAULT_LEAK] = "leak",         [SIM_FAULT_SCALE] = "scale",
        [SIM_FAULT_DEPLOY] = "deploy",     [SIM_FAULT_STEAL] = "steal",
        [SIM_FAULT_POISON] = "poison",     [SIM_FAULT_BANDWIDTH] = "bandwidth",
        [SIM_FAULT_FAILOVER] = "failover",
    };
    return names[kind];
}

bool sim_fault_is_momentary(enum sim_fault_kind kind)
{
    return kind == SIM_FAULT_RESTART || kind == SIM_FAULT_FLUSH || kind == SIM_FAULT_OOM;
}

bool sim_schedule_init(struct sim_schedule *s, const struct sim_fault *faults,
                       uint32_t count)
{
    *s = (struct sim_schedule){ .faults = faults, .count = count };
    s->states = calloc(count + 1u, sizeof *s->states);
    if (!s->states)
        return false;
    for (uint32_t i = 0; i < count; i++)
        s->states[i] = (struct sim_fault_state){ .next = faults[i].begin,
                                                 .waits = faults[i].waits,
                                                 .began = SIM_NEVER,
                                                 .ended = SIM_NEVER };
    return true;
}

sim_time sim_schedule_began(const struct sim_schedule *s, uint32_t fault)
{
    return s->states[fault].began;
}

sim_time sim_schedule_ended(const struct sim_schedule *s, uint32_t fault)
{
    return s->states[fault].ended;
}

void sim_schedule_fini(struct sim_schedule *s)
{
    free(s->states);
    *s = (struct sim_schedule){ 0 };
}

// ---- Leaks: what grows while a fault lasts ----

#define LEAK_STEP (100 * (sim_time)SIM_MS)

static void leak_on(struct sim_fault_state *state)
{
    bool ends_sooner = state->over - state->since < LEAK_STEP;
    state->next = ends_sooner ? state->over : state->since + LEAK_STEP;
}

static void begin_leak(struct sim_fault_state *state, sim_time now)
{
    state->since = now;
    state->over = state->next;
    leak_on(state);
}

// True: that was all that was due.
static bool leak(struct sim_schedule *s, struct sim_run *run, uint32_t i)
{
    struct sim_fault_state *state = &s->states[i];
    const struct sim_fault *f = &s->faults[i];
    if (f->kind != SIM_FAULT_LEAK || !state->is_on)
        return false;
    double seconds = (double)(state->next - state->since) / SIM_S;
    sim_run_leak(run, f->target, (int64_t)(f->amount * seconds + 0.5));
    state->since = state->next;
    if (state->since == state->over)
        return false;
    leak_on(state);
    return true;
}

// ---- Deploys: what is done step by step, and ends when it is done ----

#define ROLL_EVERY (100 * (sim_time)SIM_MS)

static void begin_deploy(struct sim_schedule *s, struct sim_run *run, uint32_t i,
                         sim_time now)
{
    struct sim_fault_state *state = &s->states[i];
    state->replicas = sim_run_rollout(run, s->faults[i].target.service);
    state->is_on = true;
    state->next = now;
    state->since = now;
}

static void end_deploy(struct sim_schedule *s, struct sim_run *run, uint32_t i)
{
    struct sim_fault_state *state = &s->states[i];
    sim_time now = state->next, every = s->faults[i].every;
    state->is_on = false;
    if (state->ended == SIM_NEVER)
        state->ended = now;
    state->next =
        every > 0 ? state->since + ((now - state->since) / every + 1) * every : SIM_NEVER;
    sim_run_note_fault(run, i, false);
}

// True: that was all that was due.
static bool roll(struct sim_schedule *s, struct sim_run *run, uint32_t i)
{
    struct sim_fault_state *state = &s->states[i];
    const struct sim_fault *f = &s->faults[i];
    if (f->kind != SIM_FAULT_DEPLOY || !state->is_on)
        return false;
    if (sim_run_roll(run, f->target.service, state->replicas, &f->rollout))
        state->next += ROLL_EVERY;
    else
        end_deploy(s, run, i);
    return true;
}

// ---- Conditions ----

#define LOOK_EVERY SIM_S

// True: its condition does not hold, and it is looked at again.
static bool waits(struct sim_schedule *s, const struct sim_run *run, uint32_t i)
{
    struct sim_fault_state *state = &s->states[i];
    if (state->waits)
        state->waits = !s->holds || !s->holds(s->ctx, run, i);
    if (state->waits)
        state->next += LOOK_EVERY;
    return state->waits;
}

static void change(struct sim_schedule *s, struct sim_run *run, uint32_t i)
{
    if (waits(s, run, i) || leak(s, run, i) || roll(s, run, i))
        return;
    const struct sim_fault *f = &s->faults[i];
    struct sim_fault_state *state = &s->states[i];
    sim_time now = state->next;
    state->is_on = !state->is_on;
    if (state->began == SIM_NEVER)
        state->began = now;
    if (state->is_on)
        sim_fault_begin(s, run, i);
    else
        sim_fault_end(s, run, i);
    sim_run_note_fault(run, i, state->is_on);
    if (state->is_on && f->end != SIM_NEVER)
        state->next += f->end - f->begin;
    else if (f->every > 0) {
        state->next += state->is_on ? f->every : f->every - (f->end - f->begin);
        state->is_on = false;
    } else
        state->next = SIM_NEVER;
    if (f->kind == SIM_FAULT_LEAK && state->is_on)
        begin_leak(state, now);
    if (f->kind == SIM_FAULT_DEPLOY)
        begin_deploy(s, run, i, now);
}

static uint32_t first_due(const struct sim_schedule *s)
{
    uint32_t first = 0;
    for (uint32_t i = 1; i < s->count; i++)
        if (s->states[i].next < s->states[first].next)
            first = i;
    return first;
}

enum sim_state sim_schedule_run(struct sim_schedule *s, struct sim_run *run, sim_time t)
{
    for (;;) {
        uint32_t i = first_due(s);
        sim_time next = s->count ? s->states[i].next : SIM_NEVER;
        enum sim_state state = sim_run_until(run, next < t ? next : t);
        if (state != SIM_GOING || next >= t)
            return state;
        change(s, run, i);
    }
}
