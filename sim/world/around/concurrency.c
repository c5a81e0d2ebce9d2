#include "sim/engine/reserve.h"
#include "sim/world/inner.h"

// Concurrency limits around steps, and shedding by criticality. Each replica, worker process and
// client has its own of each limit, opened at its first use. How many one lets be under way is
// integrated over time, so that a report can say what it was on average, and when.
//
// Of a limit's scope `u` holds when what is inside began, `prev` how many were under way then,
// itself counted, and has_fired says that its end has been told.

bool sim_concurrency_open_all(struct sim_run *run, size_t stations)
{
    struct sim_concurrency_keeps *all = &run->concurrency;
    uint32_t n = run->model->concurrency.count;
    all->stations = stations;
    if (n == 0)
        return true;
    all->at = sim_reserve(stations * n * sizeof *all->at);
    return all->at != NULL;
}

void sim_concurrency_close_all(struct sim_run *run)
{
    struct sim_concurrency_keeps *all = &run->concurrency;
    sim_release(all->at, all->stations * run->model->concurrency.count * sizeof *all->at);
}

static void integrate(struct sim_run *run, struct sim_concurrency_keep *keep,
                      uint32_t station)
{
    struct sim_meter *m = &run->stations[run->stations[station].home].meter;
    sim_wide d = (uint64_t)(run->now - keep->since);
    m->kept->rare_areas[SIM_LIMIT_AREA - SIM_HOT_AREAS] += d * (uint32_t)keep->state.limit;
    keep->since = run->now;
}

void sim_concurrency_integrate(struct sim_run *run)
{
    struct sim_concurrency_keeps *all = &run->concurrency;
    uint32_t n = run->model->concurrency.count;
    for (uint32_t s = 0; n > 0 && s < all->stations; s++)
        for (uint32_t i = 0; i < n; i++)
            if (all->at[(size_t)s * n + i].life != 0)
                integrate(run, &all->at[(size_t)s * n + i], s);
}

// A limit that does not move is what its rule says now.
void sim_concurrency_turned(struct sim_run *run)
{
    struct sim_concurrency_keeps *all = &run->concurrency;
    uint32_t n = run->model->concurrency.count;
    for (size_t place = 0; place < all->stations * n; place++) {
        const struct sim_concurrency *rule = &run->model->concurrency.at[place % n].rule;
        struct sim_concurrency_keep *keep = &all->at[place];
        if (keep->life == 0 || rule->kind != SIM_CONCURRENCY_FIXED)
            continue;
        integrate(run, keep, (uint32_t)(place / n));
        keep->state.limit = rule->initial;
    }
}

// A process that is replaced forgets what it had found out.
static void begin(struct sim_run *run, struct sim_concurrency_keep *keep,
                  const struct sim_concurrency_def *def, uint32_t t, uint32_t life)
{
    if (keep->life == 0) {
        sim_run_take(run, sizeof *keep);
        sim_station_stream(run, run->tasks[t].station, "concurrency", &keep->rng);
        keep->since = run->now;
    } else {
        integrate(run, keep, run->tasks[t].station);
    }
    keep->life = life;
    keep->under_way = 0;
    sim_concurrency_begin(&def->rule, &keep->state, &keep->rng);
}

static struct sim_concurrency_keep *keep_of(struct sim_run *run, uint32_t t, uint32_t limit)
{
    size_t place = (size_t)run->tasks[t].station * run->model->concurrency.count + limit;
    struct sim_concurrency_keep *keep = &run->concurrency.at[place];
    uint32_t life = sim_life_of(run, t);
    if (keep->life != life)
        begin(run, keep, &run->model->concurrency.at[limit], t, life);
    return keep;
}

bool sim_concurrency_enter(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    struct sim_concurrency_keep *keep = keep_of(run, t, op->a);
    if (!sim_concurrency_allows(&keep->state, keep->under_way)) {
        sim_meter_refused(sim_meter_of(run, t), SIM_BY_CONCURRENCY_LIMIT);
        return false;
    }
    struct sim_scope *s = &run->scopes[sim_scope_open(run, t, run->tasks[t].pc)];
    s->u.since = run->now;
    s->prev = ++keep->under_way;
    run->tasks[t].pc++;
    return true;
}

// What ended neither well nor as a drop says nothing about how many there may be.
void sim_concurrency_ended(struct sim_run *run, uint32_t scope, enum sim_outcome outcome)
{
    struct sim_scope *s = &run->scopes[scope];
    const struct sim_concurrency_def *def = &run->model->concurrency.at[run->ops[s->op].a];
    if (s->has_fired)
        return;
    s->has_fired = 1;
    struct sim_concurrency_keep *keep = keep_of(run, s->task, run->ops[s->op].a);
    keep->under_way -= keep->under_way > 0;
    bool is_dropped = def->on & 1u << outcome;
    if (outcome != SIM_OK && !is_dropped)
        return;
    const struct sim_concurrency_sample one = { run->now - s->u.since, s->prev,
                                                is_dropped };
    integrate(run, keep, run->tasks[s->task].station);
    sim_concurrency_record(&def->rule, &keep->state, &one, &keep->rng);
}

// ---- Shedding ----

static enum sim_criticality criticality(struct sim_run *run, uint32_t t,
                                        const struct sim_shed_def *def)
{
    if (def->by == SIM_NONE)
        return SIM_CRITICAL;
    double x = sim_value_now(run, def->by, t, NULL);
    for (int i = 0; i < SIM_CRITICALITIES; i++)
        if (x == def->words[i])
            return (enum sim_criticality)i;
    return SIM_CRITICAL;
}

static bool lets(struct sim_run *run, uint32_t t, uint32_t shed)
{
    const struct sim_shed_def *def = &run->model->sheds.at[shed];
    enum sim_criticality class = criticality(run, t, def);
    if (def->by_utilisation)
        return sim_utilisation_lets(run, t, shed, class);
    return sim_shed_passes(&def->rule, class,
                           run->stations[sim_station_of(run, t)->home].inside);
}

bool sim_shed_enter(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    if (lets(run, t, op->a)) {
        run->tasks[t].pc++;
        return true;
    }
    sim_meter_refused(sim_meter_of(run, t), SIM_BY_SHED);
    return false;
}
