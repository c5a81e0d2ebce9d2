#include "sim/world/inner.h"

// A rolling update, as the controller of a Deployment does it (kubernetes.io, "Rolling Update Deployment").
// New replicas are begun while there are fewer than wanted plus the surge, those that end not
// counted; old ones are told to stop while as many as wanted, less the unavailable, are left that are
// ready. A new replica takes a place that nobody has: there are as many as wanted and the surge,
// so where old ones take long to end it waits for one of these.
//
// The workers of one socket are one replica.

struct places {
    uint32_t first, count, stride;
};

static struct places places_of(const struct sim_run *run, uint32_t service)
{
    const struct sim_service_def *s = &run->services[service];
    uint32_t stride = s->executor.processes > 1 ? s->executor.processes : 1;
    return (struct places){ run->first_station[service], s->replicas / stride, stride };
}

static struct sim_process *at(const struct sim_run *run, struct places p, uint32_t i)
{
    return run->stations[p.first + i * p.stride].process;
}

uint32_t sim_run_rollout(struct sim_run *run, uint32_t service)
{
    struct places p = places_of(run, service);
    uint32_t n = 0;
    for (uint32_t i = 0; i < p.count; i++) {
        at(run, p, i)->is_old = !at(run, p, i)->is_absent;
        n += at(run, p, i)->is_old;
    }
    return n;
}

static bool is_available(const struct sim_run *run, struct places p, uint32_t i,
                         sim_time min_ready)
{
    const struct sim_station *s = &run->stations[p.first + i * p.stride];
    const struct sim_process *process = s->process;
    bool is_long = process->is_old || run->now - process->risen >= min_ready;
    return s->is_up && !s->is_draining && !process->is_unready && is_long;
}

// Those that are wanted, by version, and how many of both are available.
struct census {
    uint32_t old, new, available;
};

static struct census count(const struct sim_run *run, struct places p, sim_time min_ready)
{
    struct census c = { 0 };
    for (uint32_t i = 0; i < p.count; i++) {
        if (at(run, p, i)->is_absent)
            continue;
        c.old += at(run, p, i)->is_old;
        c.new += !at(run, p, i)->is_old;
        c.available += is_available(run, p, i, min_ready);
    }
    return c;
}

static bool is_free(const struct sim_run *run, struct places p, uint32_t i)
{
    for (uint32_t k = 0; k < p.stride; k++)
        if (run->stations[p.first + i * p.stride + k].is_up)
            return false;
    return at(run, p, i)->is_absent;
}

static void begin_new(struct sim_run *run, struct places p, uint32_t most, sim_time startup)
{
    for (uint32_t i = 0; i < p.count && most > 0; i++) {
        if (!is_free(run, p, i))
            continue;
        at(run, p, i)->is_old = false;
        for (uint32_t k = 0; k < p.stride; k++)
            sim_scale_come(run, p.first + i * p.stride + k, startup);
        most--;
    }
}

// Those that are not available anyway go first: they cost nobody anything.
static void stop_old(struct sim_run *run, struct places p, uint32_t most, bool available,
                     sim_time min_ready)
{
    for (uint32_t i = 0; i < p.count && most > 0; i++) {
        if (!at(run, p, i)->is_old || at(run, p, i)->is_absent ||
            is_available(run, p, i, min_ready) != available)
            continue;
        for (uint32_t k = 0; k < p.stride; k++)
            sim_scale_leave(run, p.first + i * p.stride + k);
        most--;
    }
}

static uint32_t above(uint32_t x, uint32_t y)
{
    return x > y ? x - y : 0;
}

static uint32_t least(uint32_t x, uint32_t y)
{
    return x < y ? x : y;
}

bool sim_run_roll(struct sim_run *run, uint32_t service, uint32_t replicas,
                  const struct sim_rollout *rule)
{
    struct places p = places_of(run, service);
    struct census c = count(run, p, rule->min_ready);
    begin_new(run, p,
              least(above(replicas + rule->surge, c.old + c.new), above(replicas, c.new)),
              rule->startup);
    stop_old(run, p, c.old, false, rule->min_ready);
    c = count(run, p, rule->min_ready);
    stop_old(run, p, least(c.old, above(c.available, above(replicas, rule->unavailable))),
             true, rule->min_ready);
    c = count(run, p, rule->min_ready);
    return c.old > 0 || c.new < replicas || c.available < replicas;
}
