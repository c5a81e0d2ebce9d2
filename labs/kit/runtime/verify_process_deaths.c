#include <stdio.h>

#include "labs/kit/verify_private.h"
#include "labs/process_pool/process_script.h"

// The real pool of processes and the model's where workers die, begin on demand, or end after so
// many calls. Calls are submitted, some end, workers are killed, more calls are submitted, and
// the rest ends. Compared is which calls run, in which order, how each ends, and how many
// workers there are at once.
//
// Killed is who has the first place, which is busy: the model kills the first that is, the real
// side the worker that was begun there last.

#define MS    1000000
#define S     (1000 * (int64_t)MS)
#define CALLS 24

struct script {
    const char *name;
    uint32_t workers, count;
    uint32_t waves;       // so many calls of each worker end first
    uint32_t kills, late; // so many of the calls are submitted after the kills
    bool is_isolated, is_on_demand;
    bool is_serial;     // each is submitted when the one before has ended
    uint32_t max_tasks; // on demand
};

static const struct script scripts[] = {
    { "a death fails all calls and those to come", 2, 8, 0, 1, 2, false, false, false, 0 },
    { "what has ended before a death has ended well", 2, 8, 2, 1, 1, false, false, false,
      0 },
    { "isolated, a death fails one call", 2, 7, 0, 1, 1, true, false, false, 0 },
    { "isolated, workers are replaced again and again", 3, 12, 1, 3, 2, true, false, false,
      0 },
    { "isolated, a lone worker is replaced", 1, 5, 1, 1, 1, true, false, false, 0 },
    { "on demand, a worker begins for each call at once", 4, 3, 0, 0, 0, false, true, false,
      0 },
    { "on demand, an idle worker saves beginning one", 4, 4, 0, 0, 0, false, true, true,
      0 },
    { "on demand, a death fails all calls", 3, 6, 1, 1, 0, false, true, false, 0 },
    { "a worker that has done its share is replaced", 1, 5, 0, 0, 0, false, true, false,
      2 },
    { "each call has a worker of its own", 2, 6, 0, 0, 0, false, true, false, 1 },
};

// ---- The real side ----

#define STEPS   (3 * CALLS)
#define CHANGES (CALLS * 64)

struct steps {
    struct lab_process_step at[STEPS];
    uint32_t count;
};

static void add(struct steps *s, enum lab_process_step_kind kind, uint32_t who)
{
    s->at[s->count++] = (struct lab_process_step){ kind, who };
}

static void write_steps(const struct script *s, struct steps *out)
{
    uint32_t first = s->count - s->late, done = s->waves * s->workers;
    for (uint32_t i = 0; i < first; i++) {
        add(out, LAB_PROCESS_DO_SUBMIT, i);
        if (s->is_serial)
            add(out, LAB_PROCESS_DO_FINISH, i);
    }
    for (uint32_t i = 0; i < done; i++)
        add(out, LAB_PROCESS_DO_FINISH, i);
    for (uint32_t k = 0; k < s->kills; k++)
        add(out, LAB_PROCESS_DO_KILL, k == 0 ? 0 : s->workers + k - 1);
    for (uint32_t i = first; i < s->count; i++)
        add(out, LAB_PROCESS_DO_SUBMIT, i);
    for (uint32_t i = s->is_serial ? s->count : done; i < s->count; i++)
        add(out, LAB_PROCESS_DO_FINISH, i);
}

static const char *end_of(enum lab_process_change_kind kind)
{
    switch (kind) {
    case LAB_PROCESS_DONE:
        return "is done";
    case LAB_PROCESS_BROKEN:
    case LAB_PROCESS_DIED:
    case LAB_PROCESS_REFUSED:
        return "fails";
    default:
        return NULL;
    }
}

static void play_real(const struct script *s, struct lab_facts *out)
{
    struct steps steps = { .count = 0 };
    struct lab_process_change e[CHANGES];
    bool has_run[CALLS] = { false };
    uint32_t alive = 0, most = 0;
    write_steps(s, &steps);
    const struct lab_process_script script = { .max_workers = s->workers,
                                               .start = s->is_on_demand
                                                            ? LAB_PROCESS_POOL_ON_DEMAND
                                                            : LAB_PROCESS_POOL_ALL_AT_FIRST,
                                               .max_tasks = s->max_tasks,
                                               .is_isolated = s->is_isolated,
                                               .calls = s->count,
                                               .steps = steps.at,
                                               .count = steps.count };
    int64_t rank = 0, n = lab_process_script_play(&script, e, CHANGES);
    for (int64_t i = 0; i < n && n <= CHANGES; i++) {
        alive += e[i].kind == LAB_PROCESS_BEGAN;
        alive -= e[i].kind == LAB_PROCESS_GONE;
        most = alive > most ? alive : most;
        if (e[i].kind == LAB_PROCESS_RUNNING && !has_run[e[i].call]) {
            has_run[e[i].call] = true;
            lab_fact_add(out, rank++, e[i].call, "runs");
        }
        if (end_of(e[i].kind))
            lab_fact_add(out, INT64_MAX, e[i].call, end_of(e[i].kind));
    }
    lab_fact_add(out, INT64_MAX, most, "workers at once");
}

// ---- The model's side: a call a millisecond, of a second each; a process has a byte ----

static int64_t killing(const struct script *s, uint32_t kill)
{
    return s->waves * S + 600 * MS + kill * 10 * MS;
}

static int64_t submitting(const struct script *s, uint32_t call)
{
    uint32_t first = s->count - s->late;
    if (s->is_serial)
        return call * 2 * S;
    return call < first ? call * MS : killing(s, s->kills) + call * MS;
}

static uint32_t handler(struct sim_model *m, uint32_t offload)
{
    struct sim_step s = { .kind = SIM_STEP_OFFLOAD, .value = SIM_NONE, .a = offload };
    s.b = lab_model_work(m, SIM_STEP_IO, S);
    return sim_model_step(m, &s);
}

static struct sim_model *model_of(const struct script *s, int wrong_workers)
{
    struct sim_model *m = lab_model_open("process_pool");
    if (!m)
        return NULL;
    uint32_t workers = (uint32_t)((int)s->workers + wrong_workers);
    struct sim_pool_def pool = sim_pool_default(SIM_POOL_PROCESSES, workers);
    pool.start = s->is_on_demand ? SIM_START_SPAWN : SIM_START_FORK;
    pool.isolates = s->is_isolated;
    pool.max_tasks = s->max_tasks;
    struct sim_offload_def offload = { .pool = sim_model_pool(m, &pool),
                                       .bytes = SIM_NONE,
                                       .reply_bytes = SIM_NONE };
    uint32_t number = sim_model_offload(m, &offload);
    struct sim_service_def service = { .name = "python", .replicas = 1, .host = SIM_NONE };
    service.cores = CALLS;
    service.executor = (struct sim_executor_def){ .workers = SIM_UNLIMITED,
                                                  .capacity = SIM_UNLIMITED,
                                                  .max_wait = SIM_NONE };
    service.has_runtime = true;
    service.runtime = (struct sim_runtime){
        .bytecode_factor = 1, .native_factor = 1, .fork_memory = 1, .spawn_memory = 1
    };
    for (uint32_t i = 0; i < s->count; i++)
        lab_model_route(m, &service, i, handler(m, number));
    sim_model_service(m, &service);
    for (uint32_t i = 0; i < s->count; i++)
        lab_model_ask_once(m, "python", i, submitting(s, i));
    return m;
}

// When each began, -1 where it never did: the work is the only wait for I/O.
static void read_begins(const struct sim_trace *t, int64_t *begun, uint32_t calls)
{
    for (uint32_t i = 0; i < calls; i++)
        begun[i] = -1;
    for (uint64_t i = 0; i < t->count; i++) {
        const struct sim_trace_record *e = sim_trace_at(t, i);
        bool is_work = e->kind == SIM_TRACE_SPAN && e->code == SIM_IN_IO;
        if (is_work && begun[e->request] < 0)
            begun[e->request] = e->begin;
    }
}

static void tell_ranks(const int64_t *begun, uint32_t calls, struct lab_facts *out)
{
    for (uint32_t i = 0; i < calls; i++) {
        int64_t rank = 0;
        for (uint32_t k = 0; k < calls; k++)
            rank +=
                begun[k] >= 0 && (begun[k] < begun[i] || (begun[k] == begun[i] && k < i));
        if (begun[i] >= 0)
            lab_fact_add(out, rank, i, "runs");
    }
}

// Of the window that is open, which begins with those that are there.
static uint32_t workers_of(const struct sim_run *run)
{
    return (uint32_t)sim_run_replica_meter(run, 0, 0)->memory_max;
}

static void read_run(const struct script *s, struct sim_run *run, struct lab_facts *out)
{
    int64_t begun[CALLS];
    read_begins(sim_run_trace(run), begun, s->count);
    tell_ranks(begun, s->count, out);
    for (uint32_t i = 0; i < s->count; i++) {
        const struct sim_meter *client = sim_run_client_meter(run, i);
        bool is_done = client->counts[SIM_ENDED + SIM_OK] == 1;
        lab_fact_add(out, INT64_MAX, i, is_done ? "is done" : "fails");
    }
}

static void play_model(const struct script *s, int wrong_workers, struct lab_facts *out)
{
    struct sim_run_def def;
    struct sim_model *m = model_of(s, wrong_workers);
    struct sim_run *run = NULL;
    if (m && sim_model_seal(m)) {
        sim_run_default(&def);
        def.model = m;
        def.trace_records = 1u << 14;
        run = sim_run_open(&def);
    }
    uint32_t most = 0;
    for (uint32_t k = 0; run && k < s->kills; k++) {
        sim_run_until(run, killing(s, k));
        most = workers_of(run) > most ? workers_of(run) : most;
        sim_run_crash_pool(run, 1, 1);
    }
    if (run) {
        sim_run_until(run, SIM_NEVER);
        most = workers_of(run) > most ? workers_of(run) : most;
        read_run(s, run, out);
        lab_fact_add(out, INT64_MAX, most, "workers at once");
        sim_run_close(run);
    }
    sim_model_close(m);
}

// ---- Both ----

static void play_both(const struct script *s, int wrong_workers, struct lab_check *check)
{
    struct lab_fact at[2][2 * CALLS + 1];
    struct lab_facts real = { at[0], 0, 2 * CALLS + 1, false };
    struct lab_facts model = { at[1], 0, 2 * CALLS + 1, false };
    play_real(s, &real);
    play_model(s, wrong_workers, &model);
    lab_facts_sort(&real);
    lab_facts_sort(&model);
    lab_facts_compare(&real, &model, check);
}

// Items are calls; the first says all else. Whoever is killed must be busy, on both sides.
static void play_items(void *ctx, const struct lab_item *items, uint32_t count,
                       struct lab_check *check)
{
    const uint32_t *x = items[0].x;
    struct script s = { .workers = 1 + x[0] % 4, .count = count, .late = x[3] % 3 };
    s.is_isolated = x[1] % 2 == 1;
    s.kills = s.is_isolated ? x[2] % 3 : x[2] % 2;
    s.late = s.late < count ? s.late : 0;
    s.waves = x[3] / 3 % 3;
    while (s.waves > 0 && s.waves * s.workers + s.workers + s.kills + s.late > count)
        s.waves--;
    if (s.workers + s.kills + s.late > count)
        s.kills = 0;
    play_both(&s, *(const int *)ctx, check);
}

void lab_verify_process_deaths(const struct lab_verify_def *def, struct lab_report *out)
{
    int wrong_workers = def->wrong_workers;
    for (uint32_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct lab_check check = { .kind = LAB_DECISION };
        snprintf(check.name, sizeof check.name, "process_pool/%s", scripts[i].name);
        play_both(&scripts[i], wrong_workers, &check);
        lab_report_add(out, &check);
    }
    const struct lab_random_def random = { .name = "process_pool/random deaths",
                                           .limits = { 4, 2, 6, 9 },
                                           .most = 16,
                                           .scripts = def->random_scripts / 10,
                                           .play = play_items,
                                           .ctx = &wrong_workers };
    if (random.scripts > 0)
        lab_verify_random(&random, out);
}
