#include "sim/fault/fault_private.h"

// Several faults in force at once. Of those that do the same to the same thing the one that began last counts,
// and when it is over the one before it does again.

static bool is_link(const struct sim_fault *f)
{
    return f->kind == SIM_FAULT_LATENCY || f->kind == SIM_FAULT_DROP ||
           f->kind == SIM_FAULT_BANDWIDTH || f->kind == SIM_FAULT_PARTITION ||
           f->kind == SIM_FAULT_REFUSE;
}

// One that is either there or not.
static bool is_whole(const struct sim_fault *f)
{
    return f->kind == SIM_FAULT_CRASH || f->kind == SIM_FAULT_PAUSE ||
           f->kind == SIM_FAULT_STOP;
}

static bool lasts(const struct sim_fault *f)
{
    return is_whole(f) || f->kind == SIM_FAULT_SCALE || f->kind == SIM_FAULT_STEAL ||
           f->kind == SIM_FAULT_BREAKER || f->kind == SIM_FAULT_SET;
}

// Of these the run itself knows all that are in force, by when they began.
static bool is_kept(const struct sim_fault *f)
{
    return is_link(f) || f->kind == SIM_FAULT_SLOW || f->kind == SIM_FAULT_FAIL;
}

// Whether a part of a thing is within another, or they have something in common.
static bool within(uint32_t part, uint32_t of, uint32_t all)
{
    return of == all || part == of;
}

static bool meets(uint32_t a, uint32_t b, uint32_t all)
{
    return within(a, b, all) || within(b, a, all);
}

// Whether all that one does is overruled by the other, when that begins later.
static bool is_within(const struct sim_fault *part, const struct sim_fault *of)
{
    const struct sim_target *a = &part->target, *b = &of->target;
    if (part->kind != of->kind || a->service != b->service)
        return false;
    switch (part->kind) {
    case SIM_FAULT_SET:
        return part->to == of->to;
    case SIM_FAULT_BREAKER:
        return part->value == of->value;
    case SIM_FAULT_STEAL:
        return part->value == of->value && within(a->replica, b->replica, SIM_NONE);
    default:
        return within(a->replica, b->replica, SIM_NONE) &&
               within(a->route, b->route, SIM_NONE);
    }
}

// Whether what one does may overrule a part of what the other does.
static bool touches(const struct sim_fault *f, const struct sim_fault *g)
{
    const struct sim_target *a = &f->target, *b = &g->target;
    if (f->kind != g->kind)
        return false;
    if (f->kind == SIM_FAULT_SET ||
        f->kind == SIM_FAULT_STEAL) // of services on the same hosts
        return true;
    if (a->service != b->service)
        return false;
    if (f->kind == SIM_FAULT_BREAKER)
        return f->value == g->value;
    return meets(a->replica, b->replica, SIM_NONE) && meets(a->route, b->route, SIM_NONE);
}

// Of those in force with an order behind `after`, the first; SIM_NONE: there is none.
static uint32_t next_in_force(const struct sim_schedule *s, uint64_t after)
{
    uint32_t next = SIM_NONE;
    for (uint32_t i = 0; i < s->count; i++)
        if (s->states[i].is_on && s->states[i].order > after &&
            (next == SIM_NONE || s->states[i].order < s->states[next].order))
            next = i;
    return next;
}

// The last one in force that all of this is within, or SIM_NONE.
static uint32_t last_around(const struct sim_schedule *s, const struct sim_fault *f)
{
    uint32_t last = SIM_NONE;
    for (uint32_t i = next_in_force(s, 0); i != SIM_NONE;
         i = next_in_force(s, s->states[i].order))
        if (is_within(f, &s->faults[i]))
            last = i;
    return last;
}

// Who was told to restart is down no more, whatever was to keep it down.
static void overrule(struct sim_schedule *s, const struct sim_fault *restart)
{
    for (uint32_t i = 0; i < s->count; i++) {
        struct sim_fault down = s->faults[i];
        if (down.kind != SIM_FAULT_CRASH && down.kind != SIM_FAULT_STOP)
            continue;
        down.kind = restart->kind;
        if (is_within(&down, restart))
            s->states[i].order = 0;
    }
}

void sim_fault_begin(struct sim_schedule *s, struct sim_run *run, uint32_t fault)
{
    const struct sim_fault *f = &s->faults[fault];
    s->states[fault].order = ++s->begun;
    if (f->kind == SIM_FAULT_RESTART)
        overrule(s, f);
    sim_fault_apply(run, f, true);
}

// Those behind `after` begin once more, in their order.
static void again(struct sim_schedule *s, struct sim_run *run, const struct sim_fault *f,
                  uint64_t after,
                  bool (*concerns)(const struct sim_fault *f, const struct sim_fault *g))
{
    for (uint32_t i = next_in_force(s, after); i != SIM_NONE;
         i = next_in_force(s, s->states[i].order))
        if (concerns(f, &s->faults[i]))
            sim_fault_apply(run, &s->faults[i], true);
}

// All that the run keeps in one order.
static bool is_beside(const struct sim_fault *f, const struct sim_fault *g)
{
    return f->kind == g->kind && f->target.service == g->target.service;
}

void sim_fault_end(struct sim_schedule *s, struct sim_run *run, uint32_t fault)
{
    const struct sim_fault *f = &s->faults[fault];
    if (s->states[fault].order == 0)
        return; // a restart has undone it
    if (is_kept(f)) {
        sim_fault_apply(run, f, false);
        again(s, run, f, 0, is_beside); // one with the same target may have been overruled
        return;
    }
    uint32_t around = lasts(f) ? last_around(s, f) : SIM_NONE;
    uint64_t after = around == SIM_NONE ? 0 : s->states[around].order;
    if (around != SIM_NONE && (is_whole(f) || after > s->states[fault].order))
        return; // as it is
    if (around == SIM_NONE)
        sim_fault_apply(run, f, false);
    else
        sim_fault_apply(run, &s->faults[around], true);
    if (lasts(f))
        again(s, run, f, after, touches);
}
