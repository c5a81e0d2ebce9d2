#include <stdio.h>

#include "labs/kit/verify_private.h"
#include "labs/process_pool/process_script.h"

// The real pool of processes and the model's under the same calls: all are submitted, some are then
// cancelled, and only then does any of them end, in the order in which they run. Compared is
// which of them run, in which order, and which do not: the calls that were on their way to a
// worker, one more than there are workers, are beyond cancellation.

#define MS    1000000
#define CALLS 24

struct script {
    const char *name;
    uint32_t workers, count;
    bool is_cancelled[CALLS];
};

static const struct script scripts[] = {
    { "all calls run in their order", 2, 7, { false } },
    { "running calls are not cancelled", 2, 2, { true, true } },
    { "one call more than workers is beyond cancellation",
      2,
      9,
      { true, true, true, true, true, true, true, true, true } },
    { "one worker takes two more", 1, 6, { true, true, true, true, true, true } },
    { "cancelled calls leave gaps", 3, 12, { [7] = true, [9] = true, [10] = true } },
    { "more workers than calls", 4, 3, { true, false, true } },
};

// ---- The real side ----

#define CHANGES (CALLS * 64)

// Calls end in the order of their ids: those that run do, the others as soon as they do.
static uint32_t steps_of(const struct script *s, struct lab_process_step *steps)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->count; i++)
        steps[n++] = (struct lab_process_step){ LAB_PROCESS_DO_SUBMIT, i };
    for (uint32_t i = 0; i < s->count; i++)
        if (s->is_cancelled[i])
            steps[n++] = (struct lab_process_step){ LAB_PROCESS_DO_CANCEL, i };
    for (uint32_t i = 0; i < s->count; i++)
        steps[n++] = (struct lab_process_step){ LAB_PROCESS_DO_FINISH, i };
    return n;
}

static void play_real(const struct script *s, struct lab_facts *out)
{
    struct lab_process_step steps[3 * CALLS];
    struct lab_process_change e[CHANGES];
    const struct lab_process_script script = { .max_workers = s->workers,
                                               .calls = s->count,
                                               .steps = steps,
                                               .count = steps_of(s, steps) };
    bool has_run[CALLS] = { false };
    int64_t rank = 0, n = lab_process_script_play(&script, e, CHANGES);
    for (int64_t i = 0; i < n && n <= CHANGES; i++)
        if (e[i].kind == LAB_PROCESS_RUNNING && !has_run[e[i].call]) {
            has_run[e[i].call] = true;
            lab_fact_add(out, rank++, e[i].call, "runs");
        } else if (e[i].kind == LAB_PROCESS_CANCELLED) {
            lab_fact_add(out, INT64_MAX, e[i].call, "is cancelled");
        }
}

// ---- The model's side: a call a millisecond, cancelled after half a second, of a second each ----

static uint32_t handler(struct sim_model *m, uint32_t offload, bool is_cancelled)
{
    struct sim_step s = { .kind = SIM_STEP_OFFLOAD, .value = SIM_NONE, .a = offload };
    s.b = lab_model_work(m, SIM_STEP_IO, (int64_t)1000 * MS);
    uint32_t step = sim_model_step(m, &s);
    if (!is_cancelled)
        return step;
    struct sim_policy p = { .kind = SIM_POLICY_TIMEOUT, .value = sim_model_const(m, 0.5) };
    struct sim_step with = { .kind = SIM_STEP_WITH, .value = SIM_NONE, .b = step };
    with.a = sim_model_policy(m, &p);
    return sim_model_step(m, &with);
}

static struct sim_model *model_of(const struct script *s, int wrong_workers)
{
    struct sim_model *m = lab_model_open("process_pool");
    if (!m)
        return NULL;
    uint32_t workers = (uint32_t)((int)s->workers + wrong_workers);
    struct sim_pool_def pool = sim_pool_default(SIM_POOL_PROCESSES, workers);
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
    service.runtime = (struct sim_runtime){ .bytecode_factor = 1, .native_factor = 1 };
    for (uint32_t i = 0; i < s->count; i++)
        lab_model_route(m, &service, i, handler(m, number, s->is_cancelled[i]));
    sim_model_service(m, &service);
    for (uint32_t i = 0; i < s->count; i++)
        lab_model_ask_once(m, "python", i, (int64_t)i * MS);
    return m;
}

struct reading {
    struct lab_facts *out;
    uint32_t calls;
};

struct begun {
    int64_t at_ns[CALLS]; // -1: it never ran
};

// The work is the only wait for I/O; it is charged to the call and to whoever awaits it.
static void read_model(void *reading, const struct sim_trace *t)
{
    struct reading *r = reading;
    struct begun b;
    for (uint32_t i = 0; i < r->calls; i++)
        b.at_ns[i] = -1;
    for (uint64_t i = 0; i < t->count; i++) {
        const struct sim_trace_record *e = sim_trace_at(t, i);
        bool is_work = e->kind == SIM_TRACE_SPAN && e->code == SIM_IN_IO;
        if (is_work && e->request < r->calls &&
            (b.at_ns[e->request] < 0 || e->begin < b.at_ns[e->request]))
            b.at_ns[e->request] = e->begin;
    }
    for (uint32_t i = 0; i < r->calls; i++) {
        int64_t rank = 0;
        for (uint32_t k = 0; k < r->calls; k++)
            rank += b.at_ns[k] >= 0 &&
                    (b.at_ns[k] < b.at_ns[i] || (b.at_ns[k] == b.at_ns[i] && k < i));
        if (b.at_ns[i] < 0)
            lab_fact_add(r->out, INT64_MAX, i, "is cancelled");
        else
            lab_fact_add(r->out, rank, i, "runs");
    }
}

// ---- Both ----

static void play_both(const struct script *s, int wrong_workers, struct lab_check *check)
{
    struct lab_fact at[2][CALLS];
    struct lab_facts real = { at[0], 0, CALLS, false };
    struct lab_facts model = { at[1], 0, CALLS, false };
    struct reading reading = { &model, s->count };
    struct sim_model *m = model_of(s, wrong_workers);
    play_real(s, &real);
    if (m)
        lab_model_run(m, read_model, &reading);
    lab_facts_sort(&real);
    lab_facts_sort(&model);
    lab_facts_compare(&real, &model, check);
}

// Items are calls; the first says how many workers there are.
static void play_items(void *ctx, const struct lab_item *items, uint32_t count,
                       struct lab_check *check)
{
    struct script s = { .workers = 1 + items[0].x[0] % 4, .count = count };
    for (uint32_t i = 0; i < count; i++)
        s.is_cancelled[i] = items[i].x[1] != 0;
    play_both(&s, *(const int *)ctx, check);
}

void lab_verify_process_pool(const struct lab_verify_def *def, struct lab_report *out)
{
    int wrong_workers = def->wrong_workers;
    for (uint32_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct lab_check check = { .kind = LAB_DECISION };
        snprintf(check.name, sizeof check.name, "process_pool/%s", scripts[i].name);
        play_both(&scripts[i], wrong_workers, &check);
        lab_report_add(out, &check);
    }
    // Real processes are begun and ended for each: a few scripts say enough.
    const struct lab_random_def random = { .name = "process_pool/random calls",
                                           .limits = { 4, 2 },
                                           .most = 16,
                                           .scripts = def->random_scripts / 10,
                                           .play = play_items,
                                           .ctx = &wrong_workers };
    if (random.scripts > 0)
        lab_verify_random(&random, out);
    lab_verify_process_deaths(def, out);
    if (def->has_statistics) {
        lab_verify_process_pool_loads(def, out);
        lab_verify_process_bytes(def, out);
    }
}
