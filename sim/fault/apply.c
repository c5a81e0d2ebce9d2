#include "sim/fault/fault_private.h"

// What each kind of fault does to a run, and what undoes it.

static void set_link(struct sim_run *run, const struct sim_fault *f, bool on)
{
    struct sim_link_target link = { f->from[0] ? f->from : NULL, f->target.service,
                                    f->side };
    if (f->kind == SIM_FAULT_LATENCY)
        sim_run_link_latency(run, link, on ? f->value : SIM_NONE);
    else if (f->kind == SIM_FAULT_DROP)
        sim_run_link_drop(run, link, on ? f->amount : -1);
    else if (f->kind == SIM_FAULT_BANDWIDTH)
        sim_run_link_bandwidth(run, link, on ? f->amount : 0);
    else if (f->kind == SIM_FAULT_PARTITION)
        sim_run_link_cut(run, link, on);
    else
        sim_run_link_refuse(run, link, on);
}

static void steal(struct sim_run *run, const struct sim_fault *f, double share)
{
    if (f->target.service == SIM_NONE)
        sim_run_steal_host(run, f->value, share);
    else
        sim_run_steal(run, f->target, share);
}

void sim_fault_apply(struct sim_run *run, const struct sim_fault *f, bool on)
{
    switch (f->kind) {
    case SIM_FAULT_SLOW:
        sim_run_slow(run, f->target, on ? f->amount : -1);
        break;
    case SIM_FAULT_FAIL:
        sim_run_fail(run, f->target, on ? f->amount : -1);
        break;
    case SIM_FAULT_CRASH:
        if (on)
            sim_run_crash(run, f->target);
        else
            sim_run_restart(run, f->target);
        break;
    case SIM_FAULT_RESTART:
        if (on)
            sim_run_restart(run, f->target);
        break;
    case SIM_FAULT_PAUSE:
        sim_run_pause(run, f->target, on);
        break;
    case SIM_FAULT_STOP:
        sim_run_drain(run, f->target, on);
        break;
    case SIM_FAULT_OOM:
        if (on)
            sim_run_oom(run, f->target);
        break;
    case SIM_FAULT_POISON:
        sim_run_poison(run, f->target, on ? (uint32_t)f->amount : 0);
        break;
    case SIM_FAULT_STEAL:
        steal(run, f, on ? f->amount : 0);
        break;
    case SIM_FAULT_FAILOVER:
        if (on)
            sim_run_failover(run, f->target.service);
        break;
    case SIM_FAULT_SCALE:
        sim_run_scale(run, f->target.service, on ? (uint32_t)f->amount : SIM_NONE);
        break;
    case SIM_FAULT_DEPLOY:
    case SIM_FAULT_LEAK: // bit by bit, below
        break;
    case SIM_FAULT_TURN:
        if (on)
            sim_run_turn(run, f->to);
        break;
    case SIM_FAULT_SET:
        sim_run_set(run, f->base, f->mask, on ? f->to : f->base);
        break;
    case SIM_FAULT_POOL:
        if (on)
            sim_run_crash_pool(run, f->value, (uint32_t)f->amount);
        break;
    case SIM_FAULT_FLUSH:
        if (on)
            sim_run_flush(run, f->value);
        break;
    case SIM_FAULT_BREAKER:
        sim_run_force_breaker(run, f->value,
                              on ? (enum sim_breaker_state)f->amount : SIM_BREAKER_CLOSED);
        break;
    default:
        set_link(run, f, on);
        break;
    }
}
