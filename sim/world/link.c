#include <stdio.h>
#include <string.h>

#include "sim/world/inner.h"

// What is wrong with links. A fault is kept for the link that it names, also when no call has used that
// one yet, and told to the edges that it concerns; of several for one link the one that was named
// last counts, each kind for itself.

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

static void add(struct sim_ill *to, const struct sim_ill *more)
{
    for (uint32_t way = 0; way < SIM_WAYS; way++) {
        if (more->extra[way] != SIM_NONE)
            to->extra[way] = more->extra[way];
        if (more->drop[way] > 0)
            to->drop[way] = more->drop[way];
        to->cut[way] |= more->cut[way];
        if (more->bandwidth[way] > 0)
            to->bandwidth[way] = more->bandwidth[way];
    }
    to->refuses |= more->refuses;
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
            add(&e->ill, &run->troubles[i].ill);
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

static struct sim_ill *ill_with(struct sim_run *run, struct sim_link_target link)
{
    const char *from = link.from ? link.from : "";
    for (uint32_t i = 0; i < run->trouble_count; i++)
        if (run->troubles[i].service == link.service &&
            strcmp(run->troubles[i].from, from) == 0)
            return &run->troubles[i].ill;
    if (run->trouble_count == SIM_LINK_TROUBLES) {
        sim_run_stop(run, "more than 256 links have been made worse");
        return NULL;
    }
    struct sim_link_trouble *t = &run->troubles[run->trouble_count++];
    *t = (struct sim_link_trouble){ .service = link.service, .ill = WELL };
    snprintf(t->from, sizeof t->from, "%s", from);
    return &t->ill;
}

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
        run->has_refusals |= run->troubles[i].ill.refuses;
}

static bool goes(struct sim_link_target link, enum sim_link_way way)
{
    return link.side == SIM_BOTH_SIDES ||
           link.side == (way == SIM_WAY_THERE ? SIM_SIDE_REQUEST : SIM_SIDE_REPLY);
}

void sim_run_link_latency(struct sim_run *run, struct sim_link_target link, uint32_t value)
{
    struct sim_ill *ill = ill_with(run, link);
    for (uint32_t way = 0; ill && way < SIM_WAYS; way++)
        if (goes(link, (enum sim_link_way)way))
            ill->extra[way] = value;
    tell_edges(run);
}

void sim_run_link_drop(struct sim_run *run, struct sim_link_target link, double share)
{
    struct sim_ill *ill = ill_with(run, link);
    for (uint32_t way = 0; ill && way < SIM_WAYS; way++)
        if (goes(link, (enum sim_link_way)way))
            ill->drop[way] = share;
    tell_edges(run);
}

void sim_run_link_bandwidth(struct sim_run *run, struct sim_link_target link,
                            double bytes_per_s)
{
    struct sim_ill *ill = ill_with(run, link);
    for (uint32_t way = 0; ill && way < SIM_WAYS; way++)
        if (goes(link, (enum sim_link_way)way))
            ill->bandwidth[way] = bytes_per_s;
    run->has_pipes = true;
    tell_edges(run);
}

void sim_run_link_cut(struct sim_run *run, struct sim_link_target link, bool on)
{
    struct sim_ill *ill = ill_with(run, link);
    for (uint32_t way = 0; ill && way < SIM_WAYS; way++)
        if (goes(link, (enum sim_link_way)way))
            ill->cut[way] = on;
    tell_edges(run);
}

void sim_run_link_refuse(struct sim_run *run, struct sim_link_target link, bool on)
{
    struct sim_ill *ill = ill_with(run, link);
    if (ill)
        ill->refuses = on;
    tell_edges(run);
}
