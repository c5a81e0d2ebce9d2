#include <stdio.h>
#include <string.h>

#include "sim/world/inner.h"

// What is wrong with links. A fault is kept while it is in force, also of a link that no call has used
// yet, and told to the edges that it concerns; of several for one link the one that began last counts,
// each kind for itself.

static const struct sim_ill WELL = { .extra = { SIM_NONE, SIM_NONE } };

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

static bool goes(enum sim_side side, enum sim_link_way way)
{
    return side == SIM_BOTH_SIDES ||
           side == (way == SIM_WAY_THERE ? SIM_SIDE_REQUEST : SIM_SIDE_REPLY);
}

static void add_way(struct sim_ill *to, const struct sim_link_trouble *more,
                    enum sim_link_way way)
{
    switch (more->kind) {
    case SIM_LINK_LATENCY:
        to->extra[way] = more->value;
        break;
    case SIM_LINK_DROP:
        to->drop[way] = more->amount;
        break;
    case SIM_LINK_BANDWIDTH:
        to->bandwidth[way] = more->amount;
        break;
    case SIM_LINK_CUT:
        to->cut[way] = true;
        break;
    case SIM_LINK_REFUSES:
        to->refuses = true;
        break;
    }
}

static void add(struct sim_ill *to, const struct sim_link_trouble *more)
{
    for (uint32_t way = 0; way < SIM_WAYS; way++)
        if (goes(more->side, (enum sim_link_way)way))
            add_way(to, more, (enum sim_link_way)way);
}

static bool is_ill(const struct sim_ill *ill)
{
    for (uint32_t way = 0; way < SIM_WAYS; way++)
        if (ill->extra[way] != SIM_NONE || ill->drop[way] > 0 || ill->cut[way] ||
            ill->bandwidth[way] > 0)
            return true;
    return ill->refuses;
}

void sim_link_inherit(struct sim_run *run, struct sim_edge *e)
{
    e->ill = WELL;
    for (uint32_t i = 0; i < run->trouble_count; i++)
        if (concerns(run, &run->troubles[i], e))
            add(&e->ill, &run->troubles[i]);
    e->ill.is_ill = is_ill(&e->ill);
}

// ---- Messages ----

sim_time sim_link_latency(struct sim_run *run, struct sim_edge *e, enum sim_link_way way,
                          uint32_t t)
{
    sim_time d = 0;
    if (e->latency != SIM_NONE)
        d += sim_value_time(run, e->latency, t, &e->network);
    if (e->ill.extra[way] != SIM_NONE)
        d += sim_value_time(run, e->ill.extra[way], t, &e->network);
    return d;
}

bool sim_link_loses(struct sim_edge *e, enum sim_link_way way)
{
    return e->ill.cut[way] ||
           (e->ill.drop[way] > 0 && sim_random_chance(&e->network, e->ill.drop[way]));
}

bool sim_link_refuses(const struct sim_run *run, uint32_t visit)
{
    uint32_t edge = run->tasks[visit].edge;
    return edge != SIM_NO_EDGE && run->edges[edge].ill.refuses;
}

// ---- What happens to links ----

static void tell_edges(struct sim_run *run)
{
    run->has_refusals = false;
    for (uint32_t i = 0; i < run->edge_count; i++) {
        struct sim_edge *e = &run->edges[i];
        double there = sim_pipe_bandwidth(e, SIM_WAY_THERE),
               back = sim_pipe_bandwidth(e, SIM_WAY_BACK);
        sim_link_inherit(run, e);
        sim_call_unroot(run, i);
        sim_pipe_changed(run, i, SIM_WAY_THERE, there);
        sim_pipe_changed(run, i, SIM_WAY_BACK, back);
    }
    for (uint32_t i = 0; i < run->trouble_count; i++)
        run->has_refusals |= run->troubles[i].kind == SIM_LINK_REFUSES;
}

static bool is_same(const struct sim_link_trouble *a, const struct sim_link_trouble *b)
{
    return a->kind == b->kind && a->service == b->service && a->side == b->side &&
           strcmp(a->from, b->from) == 0;
}

static void take_out(struct sim_run *run, const struct sim_link_trouble *t)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < run->trouble_count; i++)
        if (!is_same(&run->troubles[i], t))
            run->troubles[n++] = run->troubles[i];
    run->trouble_count = n;
}

// The last that began, in place of one like it; or that one is over.
static void set(struct sim_run *run, struct sim_link_target link,
                struct sim_link_trouble trouble, bool on)
{
    trouble.service = link.service;
    trouble.side = link.side;
    snprintf(trouble.from, sizeof trouble.from, "%s", link.from ? link.from : "");
    take_out(run, &trouble);
    if (on && run->trouble_count == SIM_TROUBLES) {
        sim_run_stop(run, "more than 256 faults of links are in force at once");
        return;
    }
    if (on)
        run->troubles[run->trouble_count++] = trouble;
    tell_edges(run);
}

void sim_run_link_latency(struct sim_run *run, struct sim_link_target link, uint32_t value)
{
    set(run, link, (struct sim_link_trouble){ .kind = SIM_LINK_LATENCY, .value = value },
        value != SIM_NONE);
}

void sim_run_link_drop(struct sim_run *run, struct sim_link_target link, double share)
{
    set(run, link, (struct sim_link_trouble){ .kind = SIM_LINK_DROP, .amount = share },
        share >= 0);
}

void sim_run_link_bandwidth(struct sim_run *run, struct sim_link_target link,
                            double bytes_per_s)
{
    run->has_pipes = true;
    set(run, link,
        (struct sim_link_trouble){ .kind = SIM_LINK_BANDWIDTH, .amount = bytes_per_s },
        bytes_per_s > 0);
}

void sim_run_link_cut(struct sim_run *run, struct sim_link_target link, bool on)
{
    set(run, link, (struct sim_link_trouble){ .kind = SIM_LINK_CUT }, on);
}

void sim_run_link_refuse(struct sim_run *run, struct sim_link_target link, bool on)
{
    set(run, link, (struct sim_link_trouble){ .kind = SIM_LINK_REFUSES }, on);
}
