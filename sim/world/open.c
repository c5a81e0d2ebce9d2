#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/math.h"
#include "sim/world/inner.h"

// Making a run out of a model, and taking it down.

#define EDGES_CAP  65535u
#define TASKS_CAP  (1u << 23)
#define SCOPES_CAP (1u << 22)
#define THINGS_CAP (1u << 20) // timers of sources, hosts, GILs and lanes together

void sim_run_default(struct sim_run_def *def)
{
    *def = (struct sim_run_def){
        .seed = 1,
        .limits = { .memory_bytes = 256u << 20,
                    .events = 4000000000u,
                    .events_at_once = 20000000u },
    };
}

static uint32_t power_of_two(uint32_t n)
{
    uint32_t p = 1;
    while (p < n)
        p *= 2;
    return p;
}

static bool reserve_pools(struct sim_run *run)
{
    uint64_t tasks = run->limits.memory_bytes / sizeof(struct sim_task) + 2 * SIM_SPARE;
    uint64_t scopes = run->limits.memory_bytes / sizeof(struct sim_scope) + 2 * SIM_SPARE;
    run->task_limit = tasks < TASKS_CAP ? (uint32_t)tasks : TASKS_CAP;
    run->scope_limit = scopes < SCOPES_CAP ? (uint32_t)scopes : SCOPES_CAP;
    run->tasks = sim_reserve_far((size_t)run->task_limit * sizeof *run->tasks);
    run->work = sim_reserve((size_t)run->task_limit * sizeof *run->work);
    run->turn_of = sim_reserve((size_t)run->task_limit * sizeof *run->turn_of);
    run->fields_of = sim_reserve((size_t)run->task_limit * sizeof *run->fields_of);
    run->deadlines = sim_reserve((size_t)run->task_limit * sizeof *run->deadlines);
    run->pushed = sim_reserve((size_t)run->task_limit * sizeof *run->pushed);
    run->born = sim_reserve((size_t)run->task_limit * sizeof *run->born);
    run->sizes = sim_reserve((size_t)run->task_limit * sizeof *run->sizes);
    run->held = sim_reserve((size_t)run->task_limit * sizeof *run->held);
    run->offloaded = sim_reserve((size_t)run->task_limit * sizeof *run->offloaded);
    run->messages = sim_reserve((size_t)run->task_limit * sizeof *run->messages);
    run->coros = sim_reserve((size_t)run->task_limit * sizeof *run->coros);
    run->scopes = sim_reserve((size_t)run->scope_limit * sizeof *run->scopes);
    run->fields = sim_reserve((size_t)SIM_FIELDS_CAP * sizeof *run->fields);
    run->edges = sim_reserve((size_t)EDGES_CAP * sizeof *run->edges);
    run->task_free = run->scope_free = run->fields_free = SIM_NONE;
    return run->tasks && run->work && run->turn_of && run->fields_of && run->deadlines &&
           run->pushed && run->born && run->offloaded && run->held && run->sizes &&
           run->messages && run->coros && run->scopes && run->fields && run->edges &&
           sim_heap_init(&run->heap) &&
           sim_ring_init(&run->ring, power_of_two(run->task_limit)) &&
           sim_ring_init(&run->late, power_of_two(run->scope_limit));
}

// Of a server whose workers are event loops, on one host.
static uint32_t processes_of(const struct sim_service_def *def)
{
    return def->executor.processes ? def->executor.processes : 1;
}

static void count_things(struct sim_run *run)
{
    const struct sim_model *m = run->model;
    run->service_count = m->services.count;
    run->client_count = m->clients.count;
    run->host_count = m->hosts.count;
    run->station_count = m->clients.count;
    for (uint32_t i = 0; i < m->services.count; i++) {
        const struct sim_service_def *s = &m->services.at[i];
        run->station_count += s->replicas;
        run->host_count += s->host == SIM_NONE ? s->replicas / processes_of(s) : 0;
        run->gil_count += s->has_runtime && s->runtime.has_gil ? s->replicas : 0;
        run->loop_count += s->executor.kind == SIM_ASYNCIO ? s->replicas : 0;
    }
    run->first_client = run->station_count - run->client_count;
    sim_process_count(run);
}

static bool allocate_things(struct sim_run *run)
{
    size_t callers = (size_t)run->client_count + run->service_count;
    size_t stations = (size_t)run->station_count + run->process_count;
    run->stations = calloc(stations + 1, sizeof *run->stations);
    run->processes = calloc(stations + 1, sizeof *run->processes);
    run->hosts = calloc(run->host_count + 1u, sizeof *run->hosts);
    run->cores = calloc(run->host_count + 1u, sizeof *run->cores);
    run->gils = calloc(run->gil_count + 1u, sizeof *run->gils);
    run->loops = calloc(run->loop_count + 1u, sizeof *run->loops);
    run->loads = calloc(run->station_count + 1u, sizeof *run->loads);
    run->sources = calloc(run->client_count + 1u, sizeof *run->sources);
    run->semaphores =
        calloc(stations * run->model->semaphores.count + 1u, sizeof *run->semaphores);
    run->pools = calloc(stations * run->model->pools.count + 1u, sizeof *run->pools);
    run->work_rng = calloc(run->service_count + 1u, sizeof *run->work_rng);
    run->fail_rng = calloc(run->service_count + 1u, sizeof *run->fail_rng);
    run->retry_rng = calloc(callers + 1, sizeof *run->retry_rng);
    run->first_station = calloc(run->service_count + 1u, sizeof *run->first_station);
    run->brokers = calloc(run->service_count + 1u, sizeof *run->brokers);
    run->edge_of = sim_reserve(callers * (run->service_count + 1u) * sizeof(uint32_t));
    return run->stations && run->processes && run->hosts && run->cores && run->gils &&
           run->loops && run->loads && run->sources && run->semaphores && run->pools &&
           run->work_rng && run->fail_rng && run->retry_rng && run->first_station &&
           run->brokers && run->edge_of;
}

static void open_host(struct sim_run *run, uint32_t host, const struct sim_host_def *def)
{
    // Of each slice of a full host one switch is lost.
    sim_time cost = def->switch_cost;
    double kept = def->slice > 0 ? 1.0 - (double)cost / (double)(def->slice + cost) : 1;
    run->hosts[host] = (struct sim_host){ .cores = def->cores,
                                          .full = def->cores,
                                          .speed = SIM_FULL_SPEED,
                                          .switching = (uint32_t)(kept * 65536 + 0.5),
                                          .tick = def->tick,
                                          .memory = def->memory,
                                          .restart = def->restart,
                                          .back_off = (uint8_t)def->back_off,
                                          .longest = -1,
                                          .switch_cost = cost };
    run->cores[host] =
        (struct sim_core){ .current = SIM_NONE, .left = -1, .sender = SIM_NONE };
}

void sim_run_spread(double p90, double *factors)
{
    for (uint32_t i = 0; i < SIM_WAKES_KEPT; i++) {
        double z = sim_normal_quantile((i + 0.5) / SIM_WAKES_KEPT);
        double power = z / sim_normal_quantile(0.9);
        factors[i] = p90 > 1 ? sim_pow(p90, power) : 1;
    }
}

// Times from a signal to the waiter's try.
static void spread_wakes(struct sim_gil *g)
{
    double factors[SIM_WAKES_KEPT];
    sim_run_spread(g->costs->wake_spread, factors);
    for (uint32_t i = 0; i < SIM_WAKES_KEPT; i++)
        g->wakes[i] = (sim_time)((double)g->costs->wake * factors[i] + 0.5);
}

void sim_run_open_gil(struct sim_run *run, uint32_t gil, const struct sim_runtime *costs,
                      const char *name)
{
    struct sim_gil *g = &run->gils[gil];
    *g = (struct sim_gil){
        .holder = SIM_NONE,
        .last_holder = SIM_NONE,
        .dropper = SIM_NONE,
        .behind = SIM_NONE,
        .lagging = SIM_NONE,
        .costs = costs,
    };
    spread_wakes(g);
    g->dropped = -1;
    sim_sleepers_init(&g->waiters, costs->switch_interval + costs->timer_slack);
    sim_random_init(&g->rng, run->seed, name, "gil");
}

// Replicas by the dozen share one histogram: their latencies are told apart no more.
#define OWN_HISTOGRAMS 16

static bool open_station(struct sim_run *run, uint32_t station, uint32_t service,
                         uint32_t replica)
{
    const struct sim_service_def *def = &run->services[service];
    struct sim_station *s = &run->stations[station];
    bool shares = replica > 0 && def->replicas > OWN_HISTOGRAMS;
    *s = (struct sim_station){
        .entity = service,
        .gil = SIM_NONE,
        .loop = SIM_NONE,
        .workers = def->executor.workers,
        .capacity = def->executor.capacity,
        .max_wait = def->executor.max_wait,
        .discipline = (uint8_t)def->executor.discipline,
        .drops_expired = def->executor.drop_expired,
        .accepts = def->executor.processes > 0,
        .consumes = def->executor.broker.is_used,
        .started = def->executor.grows ? 0 : def->executor.workers,
        .head = SIM_NONE,
        .tail = SIM_NONE,
        .is_up = true,
        .slow = 1,
    };
    return sim_meter_init(&s->meter, shares ? s[-(ptrdiff_t)replica].meter.live : NULL);
}

static bool open_loop(struct sim_run *run, uint32_t station, uint32_t *loop,
                      const char *name)
{
    run->stations[station].loop = *loop;
    run->stations[station].detours = true;
    return sim_loop_open(run, &run->loops[(*loop)++], station, name);
}

static bool open_service(struct sim_run *run, uint32_t service, uint32_t *station,
                         uint32_t *host, uint32_t *gil, uint32_t *loop)
{
    const struct sim_service_def *def = &run->services[service];
    char name[80];
    run->first_station[service] = *station;
    sim_broker_open(run, service);
    sim_random_init(&run->work_rng[service], run->seed, def->name, "work");
    sim_random_init(&run->fail_rng[service], run->seed, def->name, "fail");
    sim_random_init(&run->retry_rng[run->client_count + service], run->seed, def->name,
                    "retry");
    for (uint32_t r = 0; r < def->replicas; r++, ++*station) {
        if (!open_station(run, *station, service, r))
            return false;
        struct sim_station *s = &run->stations[*station];
        s->host = def->host;
        s->home = *station;
        s->process = &run->processes[*station];
        if (def->host == SIM_NONE && r % processes_of(def) > 0) {
            s->host = *host - 1;
        } else if (def->host == SIM_NONE) {
            struct sim_host_def own;
            sim_host_default(&own);
            own.cores = def->cores;
            open_host(run, *host, &own);
            s->host = (*host)++;
        }
        snprintf(name, sizeof name, "%s[%u]", def->name, r + 1);
        if (def->has_runtime && def->runtime.has_gil) {
            sim_run_open_gil(run, *gil, &def->runtime, name);
            s->gil = (*gil)++;
        }
        if (def->executor.kind == SIM_ASYNCIO && !open_loop(run, *station, loop, name))
            return false;
    }
    return true;
}

static bool open_client(struct sim_run *run, uint32_t client, uint32_t station)
{
    const char *name = run->clients[client].name;
    struct sim_source *src = &run->sources[client];
    run->stations[station] = (struct sim_station){ .entity = client,
                                                   .home = station,
                                                   .gil = SIM_NONE,
                                                   .loop = SIM_NONE,
                                                   .is_client = true,
                                                   .is_up = true,
                                                   .slow = 1,
                                                   .head = SIM_NONE,
                                                   .tail = SIM_NONE };
    src->client = client;
    sim_random_init(&src->gaps, run->seed, name, "arrivals");
    sim_random_init(&src->fields, run->seed, name, "fields");
    sim_random_init(&run->retry_rng[client], run->seed, name, "retry");
    return sim_meter_init(&run->stations[station].meter, NULL);
}

static bool open_things(struct sim_run *run)
{
    uint32_t station = 0, host = 0, gil = 0, loop = 0;
    for (uint32_t i = 0; i < run->model->hosts.count; i++) {
        const struct sim_host_def *h = &run->model->hosts.at[i];
        open_host(run, host++, h);
    }
    for (uint32_t i = 0; i < run->service_count; i++)
        if (!open_service(run, i, &station, &host, &gil, &loop))
            return false;
    for (uint32_t i = 0; i < run->client_count; i++)
        if (!open_client(run, i, station++))
            return false;
    sim_process_open(run, gil);
    return true;
}

// Timers are numbered in the order sources, hosts, GILs, tasks, scopes, lanes: lanes are
// last because a handler that is a function can add some while the run goes on.
static bool number_timers(struct sim_run *run)
{
    run->host_timers = run->client_count;
    run->gil_timers = run->host_timers + run->host_count;
    run->task_timers = run->gil_timers + run->gil_count;
    run->scope_timers = run->task_timers + run->task_limit;
    run->lane_timers = run->scope_timers + run->scope_limit;
    return run->lane_timers + THINGS_CAP < SIM_TIMERS;
}

static bool grow_lanes(struct sim_run *run)
{
    uint32_t n = run->model->program.lanes;
    struct sim_lane *lanes = realloc(run->lanes, (n + 1) * sizeof *lanes);
    if (!lanes)
        return false;
    for (uint32_t i = run->lane_count; i < n; i++)
        lanes[i] = (struct sim_lane){ SIM_NONE, SIM_NONE, false };
    run->lanes = lanes;
    run->lane_count = n;
    return true;
}

static void look_for_push_back(struct sim_run *run)
{
    run->uses_push_back = run->model->pushes_back;
    run->frees_more = run->frees_more || run->uses_push_back;
}

void sim_run_grown(struct sim_run *run)
{
    look_for_push_back(run);
    run->ops = run->model->program.ops;
    if (run->model->program.lanes > run->lane_count && !grow_lanes(run))
        sim_run_stop(run, "the machine has no memory left for the handlers' timeouts");
}

void sim_run_turn(struct sim_run *run, const struct sim_model *to)
{
    sim_model_turn(run->model, to);
    sim_concurrency_turned(run);
    for (uint32_t i = 0; i < run->client_count; i++)
        sim_client_turned(run, i);
}

void sim_run_set(struct sim_run *run, const struct sim_model *base,
                 const struct sim_model *mask, const struct sim_model *to)
{
    sim_model_set(run->model, base, mask, to);
    sim_concurrency_turned(run);
    for (uint32_t i = 0; i < run->client_count; i++)
        sim_client_turned(run, i);
}

static bool open_policies(struct sim_run *run)
{
    size_t stations = (size_t)run->station_count + run->process_count;
    return sim_retry_open_budgets(run, stations) && sim_breaker_open_all(run, stations) &&
           sim_concurrency_open_all(run, stations) &&
           sim_throttle_open_all(run, stations) &&
           sim_utilisation_open_all(run, stations) && sim_effect_open(run) &&
           sim_keys_open(run) && sim_bulkhead_open_all(run, stations) &&
           sim_cache_open_all(run, stations);
}

static bool open_run(struct sim_run *run, const struct sim_run_def *def)
{
    run->model = def->model;
    run->services = def->model->services.at;
    run->clients = def->model->clients.at;
    run->ops = def->model->program.ops;
    run->limits = def->limits;
    run->script = def->script;
    run->seed = def->seed;
    run->tracing = def->trace_records > 0;
    run->tracing_steps = run->tracing && def->trace_steps;
    run->uses_fields = def->model->sets.count > 0;
    for (uint32_t i = 0; i < def->model->calls.count; i++)
        if (def->model->calls.at[i].deadline != SIM_NONE ||
            def->model->calls.at[i].pass_deadline)
            run->uses_deadlines = true;
    for (uint32_t i = 0; i < def->model->services.count; i++) {
        const struct sim_service_def *s = &def->model->services.at[i];
        if (s->has_runtime && (s->runtime.contention > 0 || s->runtime.coherence > 0 ||
                               s->runtime.gc_every > 0))
            run->has_crowds = true;
        run->redelivers |= s->executor.broker.visibility > 0;
    }
    for (uint32_t i = 0; i < def->model->hedges.count; i++)
        run->has_ties = run->has_ties || def->model->hedges.at[i].rule.is_tied;
    for (uint32_t i = 0; i < def->model->calls.count; i++)
        run->publishes |= def->model->calls.at[i].is_message;
    run->frees_more =
        run->uses_fields || run->uses_deadlines || run->redelivers || run->publishes;
    look_for_push_back(run);
    sim_digest_init(&run->digest);
    count_things(run);
    return reserve_pools(run) && number_timers(run) && allocate_things(run) &&
           open_things(run) && sim_limiter_open(run) && sim_account_open(run) &&
           open_policies(run) && grow_lanes(run) && sim_window_init(run) &&
           (!run->tracing || sim_trace_init(&run->trace, def->trace_records));
}

// Worker processes count as the replica that they belong to.
static bool is_spare(const struct sim_run *run, uint32_t station)
{
    uint32_t home = run->stations[station].home, service = run->stations[home].entity;
    if (run->stations[home].is_client)
        return false;
    const struct sim_service_def *s = &run->services[service];
    return home - run->first_station[service] >= s->replicas - s->spare;
}

// The spare ones behind all others.
static void number_stations(struct sim_run *run)
{
    uint32_t number = 0, all = run->station_count + run->process_count;
    for (int spare = 0; spare < 2; spare++)
        for (uint32_t i = 0; i < all; i++)
            if (is_spare(run, i) == spare)
                run->stations[i].number = number++;
}

struct sim_run *sim_run_open(const struct sim_run_def *def)
{
    struct sim_run *run = calloc(1, sizeof *run);
    if (!run)
        return NULL;
    if (!open_run(run, def)) {
        sim_run_close(run);
        return NULL;
    }
    number_stations(run);
    if (run->model->def.warmup > 0)
        sim_run_edge(run, run->model->def.warmup);
    for (uint32_t i = 0; i < run->first_client; i++) {
        if (is_spare(run, i))
            continue;
        sim_memory_begin(run, i);
        sim_process_begin(run, i);
    }
    if (!sim_probe_open(run)) {
        sim_run_close(run);
        return NULL;
    }
    sim_scale_open(run);
    for (uint32_t i = 0; i < run->client_count; i++)
        sim_client_start(run, i);
    return run;
}

struct sim_edge *sim_edge_new(struct sim_run *run)
{
    if (run->edge_count == EDGES_CAP) {
        sim_run_stop(run, "more than 65,535 pairs of a caller and a service");
        return NULL;
    }
    struct sim_edge *e = &run->edges[run->edge_count];
    sim_run_take(run, sizeof *e);
    // A call keeps no latencies: its caller and its service do.
    if (!sim_meter_init(&e->meter, run->stations[0].meter.live)) {
        sim_run_stop(run, "the machine has no memory left for the run's records");
        return NULL;
    }
    run->edge_count++;
    return e;
}

void sim_edge_name(char *text, size_t size, const char *from, const char *to)
{
    snprintf(text, size, "%s>%s", from, to);
}

// ---- Closing ----

static void close_things(struct sim_run *run)
{
    for (uint32_t i = 0; run->stations && i < run->station_count; i++)
        sim_meter_fini(&run->stations[i].meter);
    for (uint32_t i = 0; i < run->edge_count; i++) {
        sim_meter_fini(&run->edges[i].meter);
        sim_rotation_close(&run->edges[i]);
    }
    for (uint32_t i = 0; run->hosts && i < run->host_count; i++)
        free(run->hosts[i].jobs);
    for (uint32_t i = 0; run->cores && i < run->host_count; i++)
        sim_turns_fini(&run->cores[i].turns);
    for (uint32_t i = 0; run->gils && i < run->gil_count; i++)
        sim_sleepers_fini(&run->gils[i].waiters);
    for (uint32_t i = 0; run->loops && i < run->loop_count; i++)
        sim_loop_fini(&run->loops[i]);
}

// Threads of the script that are still waiting belong to the scopes of their tasks.
static void drop_threads(struct sim_run *run)
{
    for (uint32_t i = 0; i < run->scope_used; i++) {
        const struct sim_scope *s = &run->scopes[i];
        if (s->task != SIM_NONE && run->ops[s->op].code == SIM_OP_SCRIPT &&
            s->u.kept != SIM_NONE)
            run->script->drop(run->script->ctx, (uint32_t)s->u.kept);
    }
}

void sim_run_close(struct sim_run *run)
{
    if (!run)
        return;
    if (run->script && run->scopes)
        drop_threads(run);
    close_things(run);
    size_t callers = (size_t)run->client_count + run->service_count;
    sim_release(run->edge_of, callers * (run->service_count + 1u) * sizeof(uint32_t));
    sim_release(run->tasks, (size_t)run->task_limit * sizeof *run->tasks);
    sim_release(run->work, (size_t)run->task_limit * sizeof *run->work);
    sim_release(run->turn_of, (size_t)run->task_limit * sizeof *run->turn_of);
    sim_release(run->fields_of, (size_t)run->task_limit * sizeof *run->fields_of);
    sim_release(run->deadlines, (size_t)run->task_limit * sizeof *run->deadlines);
    sim_release(run->pushed, (size_t)run->task_limit * sizeof *run->pushed);
    sim_release(run->born, (size_t)run->task_limit * sizeof *run->born);
    sim_release(run->sizes, (size_t)run->task_limit * sizeof *run->sizes);
    sim_release(run->held, (size_t)run->task_limit * sizeof *run->held);
    sim_release(run->offloaded, (size_t)run->task_limit * sizeof *run->offloaded);
    sim_release(run->messages, (size_t)run->task_limit * sizeof *run->messages);
    sim_release(run->coros, (size_t)run->task_limit * sizeof *run->coros);
    sim_release(run->scopes, (size_t)run->scope_limit * sizeof *run->scopes);
    sim_release(run->fields, (size_t)SIM_FIELDS_CAP * sizeof *run->fields);
    sim_release(run->edges, (size_t)EDGES_CAP * sizeof *run->edges);
    sim_limiter_close(run);
    sim_account_close(run);
    sim_retry_close_budgets(run);
    sim_breaker_close_all(run);
    sim_concurrency_close_all(run);
    sim_throttle_close_all(run);
    sim_poison_close(run);
    sim_utilisation_close_all(run);
    sim_effect_close(run);
    sim_keys_close(run);
    sim_bulkhead_close_all(run);
    sim_cache_close_all(run);
    sim_heap_fini(&run->heap);
    sim_ring_fini(&run->ring);
    sim_ring_fini(&run->late);
    if (run->trace.at)
        sim_trace_fini(&run->trace);
    void *things[] = { run->stations, run->processes, run->hosts,         run->gils,
                       run->loads,    run->sources,   run->semaphores,    run->work_rng,
                       run->fail_rng, run->retry_rng, run->first_station, run->lanes,
                       run->edges_at, run->pools,     run->loops,         run->brokers,
                       run->probers,  run->cores };
    for (size_t i = 0; i < sizeof things / sizeof *things; i++)
        free(things[i]);
    free(run);
}
