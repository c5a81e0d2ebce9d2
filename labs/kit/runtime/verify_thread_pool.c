#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labs/kit/verify_private.h"
#include "labs/thread_pool/thread_pool_script.h"

// The real pool and the model of ThreadPoolExecutor under the same calls: each is submitted at
// a time, works so long, and is perhaps cancelled after a while. Compared is when each call
// was taken by a worker and when it was done, to the nanosecond. Waking an idle worker takes a
// while and a new one begins at once, so growth shows in when a call is taken.

#define US    1000
#define MS    1000000
#define CALLS 24

#define WAKE_NS (60 * US)

// `cancel_ns` after its submit it is cancelled; 0: never.
struct call {
    int64_t at_ns, work_ns, cancel_ns;
};

struct script {
    const char *name;
    uint32_t workers, count;
    struct call calls[CALLS]; // in the order of their times
};

// Both rules of the line: up to 3.12 a put wakes a worker, since 3.13 it gives him the call.
struct rule {
    const char *prefix;
    bool hands_over;
};

static const struct rule rules[] = { { "", false }, { "since 3.13, ", true } };

static const struct script scripts[] = {
    { "a call begins the first worker", 4, 1, { { 0, MS, 0 } } },
    { "pool grows for each call of a burst",
      3,
      5,
      { { 0, 2 * MS, 0 },
        { 1, 2 * MS, 0 },
        { 2, 2 * MS, 0 },
        { 3, MS, 0 },
        { 4, MS, 0 } } },
    { "idle worker is woken, none is begun",
      4,
      3,
      { { 0, MS, 0 }, { 3 * MS, MS, 0 }, { 6 * MS, MS, 0 } } },
    { "promise is kept for one call only",
      4,
      3,
      { { 0, MS, 0 }, { 3 * MS, MS, 0 }, { 3 * MS + 10 * US, MS, 0 } } },
    { "worker at the line comes before the one that is woken",
      2,
      4,
      { { 0, MS, 0 },
        { 1 * US, 3 * MS, 0 },
        { 3 * MS - 20 * US, MS, 0 },
        { 3 * MS - 10 * US, MS, 0 } } },
    { "line is worked off in order",
      1,
      4,
      { { 0, 2 * MS, 0 }, { 1 * US, MS, 0 }, { 2 * US, MS, 0 }, { 3 * US, MS, 0 } } },
    { "cancelled call in the line never runs",
      1,
      3,
      { { 0, 2 * MS, 0 }, { 1 * US, MS, 500 * US }, { 2 * US, MS, 0 } } },
    { "call that runs is not stopped by a cancel",
      1,
      2,
      { { 0, 2 * MS, 500 * US }, { 1 * US, MS, 0 } } },
    { "call that is cancelled while its worker wakes gives the promise back",
      4,
      3,
      { { 0, MS, 0 }, { 3 * MS, MS, 30 * US }, { 6 * MS, MS, 0 } } },
};

// ---- The real side ----

#define EVENTS (CALLS * 16)

static void read_real(const struct lab_thread_pool_event *e, int64_t n,
                      struct lab_facts *out)
{
    for (int64_t i = 0; i < n; i++)
        if (e[i].kind == LAB_THREAD_POOL_RAN)
            lab_fact_add(out, e[i].at_ns, e[i].call, "begins");
        else if (e[i].kind == LAB_THREAD_POOL_DONE)
            lab_fact_add(out, e[i].at_ns, e[i].call, "is done");
}

// One client a call, so that nobody waits for another's submit or cancel.
static void play_real(const struct script *s, bool hands_over, struct lab_facts *out)
{
    struct lab_thread_pool_event e[EVENTS];
    struct lab_thread_pool_act acts[CALLS][2];
    struct lab_thread_pool_client clients[CALLS];
    int64_t work[CALLS];
    for (uint32_t i = 0; i < s->count; i++) {
        const struct call *c = &s->calls[i];
        work[i] = c->work_ns;
        acts[i][0] = (struct lab_thread_pool_act){ c->at_ns, LAB_THREAD_POOL_DO_SUBMIT, i };
        acts[i][1] = (struct lab_thread_pool_act){ c->at_ns + c->cancel_ns,
                                                   LAB_THREAD_POOL_DO_CANCEL, i };
        clients[i] = (struct lab_thread_pool_client){ acts[i], c->cancel_ns > 0 ? 2 : 1 };
    }
    const struct lab_thread_pool_script script = { .max_workers = s->workers,
                                                   .capacity = UINT32_MAX,
                                                   .hands_over = hands_over,
                                                   .wake_ns = WAKE_NS,
                                                   .work_ns = work,
                                                   .calls = s->count,
                                                   .clients = clients,
                                                   .client_count = s->count };
    int64_t n = lab_thread_pool_script_play(&script, e, EVENTS);
    if (n > 0 && n <= EVENTS)
        read_real(e, n, out);
}

// ---- The model's side ----

static uint32_t within_timeout(struct sim_model *m, int64_t ns, uint32_t step)
{
    struct sim_policy p = { .kind = SIM_POLICY_TIMEOUT,
                            .value = sim_model_const(m, (double)ns / SIM_S) };
    struct sim_step s = { .kind = SIM_STEP_WITH, .value = SIM_NONE, .b = step };
    s.a = sim_model_policy(m, &p);
    return sim_model_step(m, &s);
}

static uint32_t handler(struct sim_model *m, uint32_t offload, const struct call *c)
{
    struct sim_step s = { .kind = SIM_STEP_OFFLOAD, .value = SIM_NONE, .a = offload };
    s.b = lab_model_work(m, SIM_STEP_IO, c->work_ns);
    uint32_t step = sim_model_step(m, &s);
    return c->cancel_ns > 0 ? within_timeout(m, c->cancel_ns, step) : step;
}

// Without a GIL, and with no cost but the wake-up: half a round trip.
static struct sim_model *model_of(const struct script *s, bool hands_over,
                                  int wrong_workers)
{
    struct sim_model *m = lab_model_open("thread_pool");
    if (!m)
        return NULL;
    struct sim_pool_def pool = { .kind = SIM_POOL_THREADS };
    pool.workers = (uint32_t)((int)s->workers + wrong_workers);
    struct sim_offload_def offload = { .pool = sim_model_pool(m, &pool) };
    uint32_t number = sim_model_offload(m, &offload);
    struct sim_service_def service = { .name = "python", .replicas = 1, .host = SIM_NONE };
    service.cores = 1;
    service.executor = (struct sim_executor_def){ .workers = SIM_UNLIMITED,
                                                  .capacity = SIM_UNLIMITED,
                                                  .max_wait = SIM_NONE };
    service.has_runtime = true;
    service.runtime = (struct sim_runtime){ .bytecode_factor = 1,
                                            .native_factor = 1,
                                            .hands_over = hands_over,
                                            .executor_round_trip = 2 * WAKE_NS };
    for (uint32_t i = 0; i < s->count; i++)
        lab_model_route(m, &service, i, handler(m, number, &s->calls[i]));
    sim_model_service(m, &service);
    for (uint32_t i = 0; i < s->count; i++)
        lab_model_ask_once(m, "python", i, s->calls[i].at_ns);
    return m;
}

static bool is_branch(const struct sim_trace *t, uint64_t before, uint32_t task)
{
    while (before-- > 0) {
        const struct sim_trace_record *r = sim_trace_at(t, before);
        if (r->kind == SIM_TRACE_BEGIN && r->task == task)
            return r->code & SIM_TRACE_BRANCH;
    }
    return false;
}

// Requests are numbered as they arrive. A call is a branch, and waits within it for I/O only
// while it works.
static void read_model(void *facts, const struct sim_trace *t)
{
    for (uint64_t i = 0; i < t->count; i++) {
        const struct sim_trace_record *r = sim_trace_at(t, i);
        bool is_work = r->kind == SIM_TRACE_SPAN && r->code == SIM_IN_IO;
        if (!is_work || !is_branch(t, i, r->task))
            continue;
        lab_fact_add(facts, r->begin, r->request, "begins");
        lab_fact_add(facts, r->end, r->request, "is done");
    }
}

// ---- Both ----

struct both {
    bool hands_over;
    int wrong_workers;
};

static void play_both(const struct script *s, const struct both *b, struct lab_check *check)
{
    struct lab_fact at[2][2 * CALLS];
    struct lab_facts real = { at[0], 0, 2 * CALLS, false };
    struct lab_facts model = { at[1], 0, 2 * CALLS, false };
    struct sim_model *m = model_of(s, b->hands_over, b->wrong_workers);
    play_real(s, b->hands_over, &real);
    if (m)
        lab_model_run(m, read_model, &model);
    lab_facts_sort(&real);
    lab_facts_sort(&model);
    lab_facts_compare(&real, &model, check);
}

static int by_time(const void *x, const void *y)
{
    const struct call *a = x, *b = y;
    return (a->at_ns > b->at_ns) - (a->at_ns < b->at_ns);
}

// Items: the gap to zero, the work, the patience and a bit of each so that no two things fall
// on the same instant by chance. A third of the calls are cancelled.
static void play_items(void *ctx, const struct lab_item *items, uint32_t count,
                       struct lab_check *check)
{
    struct script s = { .workers = 1 + items[0].x[3] % 4, .count = count };
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t *x = items[i].x;
        s.calls[i] =
            (struct call){ .at_ns = (int64_t)x[0] * 1009 + i,
                           .work_ns = US + (int64_t)x[1] * 997,
                           .cancel_ns = x[3] % 3 == 0 ? 1 + (int64_t)x[2] * 991 : 0 };
    }
    qsort(s.calls, count, sizeof *s.calls, by_time);
    play_both(&s, ctx, check);
}

static void verify_rule(const struct lab_verify_def *def, const struct rule *rule,
                        struct lab_report *out)
{
    struct both b = { rule->hands_over, def->wrong_workers };
    char name[64];
    for (uint32_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct lab_check check = { .kind = LAB_DECISION };
        snprintf(check.name, sizeof check.name, "thread_pool/%s%s", rule->prefix,
                 scripts[i].name);
        play_both(&scripts[i], &b, &check);
        lab_report_add(out, &check);
    }
    snprintf(name, sizeof name, "thread_pool/%srandom calls", rule->prefix);
    const struct lab_random_def random = { .name = name,
                                           .limits = { 4000, 2000, 800, 12 },
                                           .most = 16,
                                           .scripts = def->random_scripts,
                                           .play = play_items,
                                           .ctx = &b };
    if (def->random_scripts > 0)
        lab_verify_random(&random, out);
}

void lab_verify_thread_pool(const struct lab_verify_def *def, struct lab_report *out)
{
    for (uint32_t i = 0; i < sizeof rules / sizeof *rules; i++)
        verify_rule(def, &rules[i], out);
    if (def->has_statistics)
        lab_verify_thread_pool_loads(def, out);
}
