#include <string.h>

#include "sim/model/model_private.h"

// One model that becomes another in the middle of a run. What a run has built on the model while it was
// opened stays: only what it looks at afresh each time may differ. Definitions are compared byte by byte
// where all of their bytes are known; what is taken for different by mistake is refused, never
// overlooked.

#define SAME(table)                       \
    (m->table.count == to->table.count && \
     (m->table.count == 0 ||              \
      memcmp(m->table.at, to->table.at, m->table.count * sizeof *m->table.at) == 0))

static bool same_values(const struct sim_model *m, const struct sim_model *to)
{
    if (m->values.count != to->values.count)
        return false;
    for (uint32_t i = 0; i < m->values.count; i++) {
        const struct sim_value *a = &m->values.at[i], *b = &to->values.at[i];
        if (a->kind != b->kind || a->a != b->a || a->b != b->b || a->first != b->first ||
            a->count != b->count)
            return false;
    }
    return true;
}

static bool same_ways(const struct sim_model *m, const struct sim_model *to)
{
    if (m->branches.count != to->branches.count || m->points.count != to->points.count ||
        m->program.way_count != to->program.way_count)
        return false;
    for (uint32_t i = 0; i < m->branches.count; i++)
        if (m->branches.at[i].to != to->branches.at[i].to)
            return false;
    for (uint32_t i = 0; i < m->points.count; i++)
        if (m->points.at[i].t != to->points.at[i].t)
            return false;
    for (uint32_t i = 0; i < m->program.way_count; i++)
        if (m->program.ways[i].to != to->program.ways[i].to)
            return false;
    return true;
}

static bool same_program(const struct sim_model *m, const struct sim_model *to)
{
    const struct sim_program *p = &m->program, *q = &to->program;
    if (p->count != q->count || p->lanes != q->lanes)
        return false;
    for (uint32_t i = 0; i < p->count; i++) {
        const struct sim_op *a = &p->ops[i], *b = &q->ops[i];
        if (a->code != b->code || a->flags != b->flags || a->need != b->need ||
            a->a != b->a || a->b != b->b || a->to != b->to || a->value != b->value)
            return false;
    }
    return true;
}

// Apart from what a retry is told by.
static bool same_policies(const struct sim_model *m, const struct sim_model *to)
{
    if (m->policies.count != to->policies.count)
        return false;
    for (uint32_t i = 0; i < m->policies.count; i++) {
        const struct sim_policy *a = &m->policies.at[i], *b = &to->policies.at[i];
        if (a->kind != b->kind || a->value != b->value || a->semaphore != b->semaphore ||
            a->limiter != b->limiter || a->breaker != b->breaker ||
            a->bulkhead != b->bulkhead || a->hedge != b->hedge || a->step != b->step ||
            a->concurrency != b->concurrency || a->shed != b->shed ||
            a->idempotency != b->idempotency || a->throttle != b->throttle ||
            a->retry.budget != b->retry.budget)
            return false;
    }
    return true;
}

// Apart from how much is sent.
static bool same_throttles(const struct sim_model *m, const struct sim_model *to)
{
    if (m->throttles.count != to->throttles.count)
        return false;
    for (uint32_t i = 0; i < m->throttles.count; i++) {
        const struct sim_throttle_def *a = &m->throttles.at[i], *b = &to->throttles.at[i];
        if (a->rule.window != b->rule.window ||
            a->rule.counts_late != b->rule.counts_late || a->on != b->on)
            return false;
    }
    return true;
}

// Apart from the numbers of their rules.
static bool same_concurrency(const struct sim_model *m, const struct sim_model *to)
{
    if (m->concurrency.count != to->concurrency.count)
        return false;
    for (uint32_t i = 0; i < m->concurrency.count; i++) {
        const struct sim_concurrency_def *a = &m->concurrency.at[i],
                                         *b = &to->concurrency.at[i];
        if (a->rule.kind != b->rule.kind || a->on != b->on)
            return false;
    }
    return true;
}

// Apart from how many may be inside, the share of each class, and how many may be at work.
static bool same_sheds(const struct sim_model *m, const struct sim_model *to)
{
    if (m->sheds.count != to->sheds.count)
        return false;
    for (uint32_t i = 0; i < m->sheds.count; i++) {
        const struct sim_shed_def *a = &m->sheds.at[i], *b = &to->sheds.at[i];
        if (a->by_utilisation != b->by_utilisation || a->of_cores != b->of_cores ||
            a->by != b->by || a->load.ramp != b->load.ramp || a->load.gap != b->load.gap)
            return false;
        for (int c = 0; c < SIM_CRITICALITIES; c++)
            if (a->words[c] != b->words[c])
                return false;
    }
    return true;
}

// Apart from when the next goes out, and how many do.
static bool same_hedges(const struct sim_model *m, const struct sim_model *to)
{
    if (m->hedges.count != to->hedges.count)
        return false;
    for (uint32_t i = 0; i < m->hedges.count; i++) {
        const struct sim_hedge_def *a = &m->hedges.at[i], *b = &to->hedges.at[i];
        if (a->scheme != b->scheme || a->on != b->on || a->budget != b->budget ||
            a->rule.on_failure != b->rule.on_failure || a->rule.is_tied != b->rule.is_tied)
            return false;
    }
    return true;
}

static bool same_idempotencies(const struct sim_model *m, const struct sim_model *to)
{
    if (m->idempotencies.count != to->idempotencies.count)
        return false;
    for (uint32_t i = 0; i < m->idempotencies.count; i++) {
        const struct sim_idempotency_def *a = &m->idempotencies.at[i],
                                         *b = &to->idempotencies.at[i];
        const struct sim_idempotency *x = &a->rule, *y = &b->rule;
        if (x->ttl != y->ttl || x->lease != y->lease || x->record != y->record ||
            x->checks_fingerprint != y->checks_fingerprint ||
            x->replays_errors != y->replays_errors || a->fingerprint != b->fingerprint ||
            a->is_required != b->is_required || a->wait != b->wait || a->take != b->take ||
            a->tell != b->tell)
            return false;
    }
    return true;
}

// Their padding is what stood on the stack of whoever made them.
static bool same_bulkheads(const struct sim_model *m, const struct sim_model *to)
{
    if (m->bulkheads.count != to->bulkheads.count)
        return false;
    for (uint32_t i = 0; i < m->bulkheads.count; i++) {
        const struct sim_bulkhead_def *a = &m->bulkheads.at[i], *b = &to->bulkheads.at[i];
        const struct sim_bulkhead *x = &a->rule, *y = &b->rule;
        if (strcmp(a->name, b->name) != 0 || a->scheme != b->scheme ||
            a->status != b->status || a->connect != b->connect || x->most != y->most ||
            x->queue != y->queue || x->wait != y->wait || x->pools != y->pools ||
            x->lifo != y->lifo || x->kept != y->kept || x->idle != y->idle)
            return false;
    }
    return true;
}

// Apart from how long a bursty one is on and off.
static bool same_clients(const struct sim_model *m, const struct sim_model *to)
{
    if (m->clients.count != to->clients.count)
        return false;
    for (uint32_t i = 0; i < m->clients.count; i++) {
        const struct sim_client_def *a = &m->clients.at[i], *b = &to->clients.at[i];
        const struct sim_arrivals_def *x = &a->arrivals, *y = &b->arrivals;
        if (strcmp(a->name, b->name) != 0 || a->step != b->step ||
            a->first_field != b->first_field || a->fields != b->fields ||
            x->kind != y->kind || x->rate != y->rate || x->gap != y->gap || x->n != y->n ||
            x->at != y->at || x->first != y->first || x->count != y->count)
            return false;
    }
    return true;
}

static bool same_links(const struct sim_model *m, const struct sim_model *to)
{
    if (m->links.count != to->links.count)
        return false;
    for (uint32_t i = 0; i < m->links.count; i++) {
        const struct sim_link_def *a = &m->links.at[i], *b = &to->links.at[i];
        if (strcmp(a->from, b->from) != 0 || strcmp(a->to, b->to) != 0 ||
            a->latency != b->latency || a->bandwidth < b->bandwidth ||
            a->bandwidth > b->bandwidth)
            return false;
    }
    return true;
}

// Behind the end of a name may stand anything.
static bool same_names(const struct sim_name *a, uint32_t n, const struct sim_name *b,
                       uint32_t m)
{
    for (uint32_t i = 0; i < n && n == m; i++)
        if (strcmp(a[i].text, b[i].text) != 0)
            return false;
    return n == m;
}

static bool same_fields(const struct sim_model *m, const struct sim_model *to)
{
    return SAME(sets) &&
           same_names(m->fields.at, m->fields.count, to->fields.at, to->fields.count) &&
           same_names(m->symbols.at, m->symbols.count, to->symbols.at, to->symbols.count);
}

const char *sim_model_apart(const struct sim_model *m, const struct sim_model *to)
{
    if (!SAME(services) || !SAME(hosts) || !SAME(routes))
        return "the services";
    if (!SAME(pools) || !SAME(offloads))
        return "a pool";
    if (!same_links(m, to) || !same_fields(m, to))
        return "links or fields";
    if (!SAME(semaphores) || !SAME(limiters) || !SAME(budgets) || !SAME(breakers) ||
        !same_bulkheads(m, to) || !SAME(effects) || !same_throttles(m, to))
        return "what limiters, breakers, bulkheads, budgets or throttles remember by";
    if (!same_concurrency(m, to) || !same_sheds(m, to) || !same_hedges(m, to) ||
        !same_idempotencies(m, to))
        return "more than numbers of a concurrency limit, of shedding or of a hedge, or idempotency";
    if (!SAME(caches) || !SAME(cached))
        return "a cache";
    if (!SAME(calls) || !SAME(route_entry) || !SAME(client_entry) || !SAME(children) ||
        !same_ways(m, to) || !same_values(m, to) || !same_policies(m, to) ||
        !same_program(m, to))
        return "the steps of a handler";
    if (!same_clients(m, to))
        return "the clients";
    bool same_times = m->def.duration == to->def.duration &&
                      m->def.warmup == to->def.warmup && m->def.latency == to->def.latency;
    return same_times ? NULL : "how long the run takes";
}

// With no base all of them are. Nobody has padding of chance value in these, for they are made from zeroed memory; what is taken for
// different by mistake is set to what it is.
#define SET(place)                                                             \
    do {                                                                       \
        if (!base || memcmp(&base->place, &mask->place, sizeof m->place) != 0) \
            memcpy(&m->place, &to->place, sizeof m->place);                    \
    } while (0)

// Of policies that look at theirs each time.
static void set_rules(struct sim_model *m, const struct sim_model *base,
                      const struct sim_model *mask, const struct sim_model *to)
{
    for (uint32_t i = 0; i < m->throttles.count; i++)
        SET(throttles.at[i].rule.k);
    for (uint32_t i = 0; i < m->concurrency.count; i++)
        SET(concurrency.at[i].rule);
    for (uint32_t i = 0; i < m->sheds.count; i++) {
        SET(sheds.at[i].rule);
        SET(sheds.at[i].load.threshold);
    }
    for (uint32_t i = 0; i < m->hedges.count; i++) {
        SET(hedges.at[i].rule.max_attempts);
        SET(hedges.at[i].rule.after);
    }
}

void sim_model_set(struct sim_model *m, const struct sim_model *base,
                   const struct sim_model *mask, const struct sim_model *to)
{
    for (uint32_t i = 0; i < m->values.count; i++) {
        SET(values.at[i].x);
        SET(values.at[i].dist);
    }
    for (uint32_t i = 0; i < m->branches.count; i++)
        SET(branches.at[i]);
    for (uint32_t i = 0; i < m->points.count; i++)
        SET(points.at[i]);
    for (uint32_t i = 0; i < m->program.way_count; i++)
        SET(program.ways[i]);
    for (uint32_t i = 0; i < m->program.count; i++)
        SET(program.ops[i].dist);
    for (uint32_t i = 0; i < m->policies.count; i++)
        SET(policies.at[i].retry);
    set_rules(m, base, mask, to);
    for (uint32_t i = 0; i < m->clients.count; i++)
        SET(clients.at[i].arrivals);
}

void sim_model_turn(struct sim_model *m, const struct sim_model *to)
{
    sim_model_set(m, NULL, NULL, to);
}
