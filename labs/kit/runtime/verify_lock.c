#include <stdio.h>

#include "labs/kit/runtime/verify_lock.h"

// Real threads on the real lock of either kind, and the model's threads on the model's, in a
// world without a GIL: each thread again and again passes a while, wants the lock and holds it
// for a while. Compared is who held it from when to when, to the nanosecond.

#define US      1000
#define MS      1000000
#define THREADS LAB_LOCK_THREADS
#define TURNS   LAB_LOCK_TURNS
#define FACTS   (2 * THREADS * TURNS)

#define WAKE_NS (50 * US)

static const struct lab_lock_turns scripts[] = {
    { "semaphore goes to whoever is awake",
      LAB_LOCK_SEMAPHORE,
      2,
      { 4, 2 },
      { { { 0, MS }, { 0, MS }, { 0, MS }, { 0, MS } }, { { 100 * US, MS }, { 0, MS } } } },
    { "mutex is handed over after a millisecond",
      LAB_LOCK_PYMUTEX,
      2,
      { 4, 2 },
      { { { 0, MS }, { 0, MS }, { 0, MS }, { 0, MS } }, { { 100 * US, MS }, { 0, MS } } } },
    { "mutex is barged within a millisecond",
      LAB_LOCK_PYMUTEX,
      2,
      { 3, 1 },
      { { { 0, 400 * US }, { 0, 300 * US }, { 0, 200 * US } }, { { 100 * US, MS } } } },
    { "newcomer takes it while the woken one wakes",
      LAB_LOCK_SEMAPHORE,
      3,
      { 1, 1, 1 },
      { { { 0, MS } }, { { 10 * US, MS } }, { { MS + 20 * US, MS } } } },
    { "who was woken in vain goes to the end of the line",
      LAB_LOCK_SEMAPHORE,
      4,
      { 2, 1, 1, 1 },
      { { { 0, MS }, { 20 * US, MS } },
        { { 10 * US, MS } },
        { { 20 * US, MS } },
        { { 30 * US, MS } } } },
    { "mutex counts the millisecond from the first wish",
      LAB_LOCK_PYMUTEX,
      2,
      { 5, 1 },
      { { { 0, 400 * US }, { 0, 400 * US }, { 0, 400 * US }, { 0, 400 * US }, { 0, MS } },
        { { 10 * US, MS } } } },
    { "lock that nobody wants is taken at once",
      LAB_LOCK_PYMUTEX,
      2,
      { 2, 1 },
      { { { 0, MS }, { 5 * MS, MS } }, { { 2 * MS, MS } } } },
};

// ---- The real side ----

static void play_real(const struct lab_lock_turns *s, struct lab_facts *out)
{
    struct lab_lock_event e[16 * FACTS];
    struct lab_lock_act acts[THREADS][4 * TURNS];
    struct lab_lock_part parts[THREADS];
    for (uint32_t t = 0; t < s->threads; t++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < s->turns[t]; i++) {
            const struct lab_lock_turn *turn = &s->of[t][i];
            if (turn->pass_ns > 0)
                acts[t][n++] = (struct lab_lock_act){ LAB_LOCK_DO_PASS, turn->pass_ns };
            acts[t][n++] = (struct lab_lock_act){ LAB_LOCK_DO_ACQUIRE, LAB_LOCK_FOREVER };
            acts[t][n++] = (struct lab_lock_act){ LAB_LOCK_DO_PASS, turn->hold_ns };
            acts[t][n++] = (struct lab_lock_act){ LAB_LOCK_DO_RELEASE, 0 };
        }
        parts[t] = (struct lab_lock_part){ 0, acts[t], n };
    }
    const struct lab_lock_script script = {
        .kind = s->kind, .wake_ns = WAKE_NS, .parts = parts, .count = s->threads
    };
    int64_t n = lab_lock_script_play(&script, e, 16 * FACTS);
    for (int64_t i = 0; i < n && n <= 16 * FACTS; i++)
        if (e[i].kind == LAB_LOCK_ACQUIRED)
            lab_fact_add(out, e[i].at_ns, e[i].thread, "takes it");
        else if (e[i].kind == LAB_LOCK_RELEASED)
            lab_fact_add(out, e[i].at_ns, e[i].thread, "releases it");
}

// ---- The model's side: what is done with the lock is native, what lies between is waiting ----

static uint32_t within_lock(struct sim_model *m, uint32_t lock, int64_t ns)
{
    struct sim_policy p = { .kind = SIM_POLICY_SEMAPHORE, .semaphore = lock };
    struct sim_step s = { .kind = SIM_STEP_WITH, .value = SIM_NONE };
    s.a = sim_model_policy(m, &p);
    s.b = lab_model_work(m, SIM_STEP_NATIVE, ns);
    return sim_model_step(m, &s);
}

static uint32_t handler(struct sim_model *m, uint32_t lock,
                        const struct lab_lock_turn *turns, uint32_t count)
{
    uint32_t steps[2 * TURNS], n = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (turns[i].pass_ns > 0)
            steps[n++] = lab_model_work(m, SIM_STEP_IO, turns[i].pass_ns);
        steps[n++] = within_lock(m, lock, turns[i].hold_ns);
    }
    return lab_model_list(m, steps, n);
}

static struct sim_model *model_of(const struct lab_lock_turns *s, int64_t fair_ns,
                                  int64_t wake_ns)
{
    struct sim_model *m = lab_model_open("lock");
    if (!m)
        return NULL;
    uint32_t lock = sim_model_lock(m, "lock");
    struct sim_service_def service = { .name = "python", .replicas = 1, .host = SIM_NONE };
    service.cores = s->threads;
    service.executor = (struct sim_executor_def){ .workers = s->threads,
                                                  .capacity = SIM_UNLIMITED,
                                                  .max_wait = SIM_NONE };
    service.has_runtime = true;
    service.runtime =
        (struct sim_runtime){ .bytecode_factor = 1, .native_factor = 1, .wake = wake_ns };
    service.runtime.lock_handoff = s->kind == LAB_LOCK_PYMUTEX ? fair_ns : 0;
    for (uint32_t t = 0; t < s->threads; t++)
        lab_model_route(m, &service, t, handler(m, lock, s->of[t], s->turns[t]));
    sim_model_service(m, &service);
    for (uint32_t t = 0; t < s->threads; t++)
        lab_model_ask_once(m, "python", t, 0);
    return m;
}

// Requests are numbered in the order of the clients, as all arrive at once.
static void read_model(void *facts, const struct sim_trace *t)
{
    for (uint64_t i = 0; i < t->count; i++) {
        const struct sim_trace_record *r = sim_trace_at(t, i);
        if (r->kind != SIM_TRACE_SPAN || r->code != SIM_IN_NATIVE)
            continue;
        lab_fact_add(facts, r->begin, r->request, "takes it");
        lab_fact_add(facts, r->end, r->request, "releases it");
    }
}

void lab_lock_model_play(const struct lab_lock_turns *s, int64_t fair_ns, int64_t wake_ns,
                         struct lab_facts *out)
{
    struct sim_model *m = model_of(s, fair_ns, wake_ns);
    if (m)
        lab_model_run(m, read_model, out);
    lab_facts_sort(out);
}

// ---- Both ----

static void play_both(const struct lab_lock_turns *s, int64_t fair_ns,
                      struct lab_check *check)
{
    struct lab_fact at[2][FACTS];
    struct lab_facts real = { at[0], 0, FACTS, false };
    struct lab_facts model = { at[1], 0, FACTS, false };
    play_real(s, &real);
    lab_facts_sort(&real);
    lab_lock_model_play(s, fair_ns, WAKE_NS, &model);
    lab_facts_compare(&real, &model, check);
}

// Items: whose turn, how long it passes, how long it holds; a fifth of them go straight back.
static void play_items(void *ctx, const struct lab_item *items, uint32_t count,
                       struct lab_check *check)
{
    struct lab_lock_turns s = { .threads = 0 };
    struct lab_places places = { .count = 0 };
    uint32_t most = 1 + items[0].x[3] % THREADS;
    s.kind = items[0].x[3] / THREADS % 2 ? LAB_LOCK_PYMUTEX : LAB_LOCK_SEMAPHORE;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t *x = items[i].x;
        uint32_t t = lab_place(&places, x[0] % most);
        bool is_greedy = x[3] % 5 == 0 && s.turns[t] > 0;
        if (s.turns[t] < TURNS)
            s.of[t][s.turns[t]++] =
                (struct lab_lock_turn){ is_greedy ? 0 : 1 + (int64_t)x[1] * 1009 + t,
                                        US + (int64_t)x[2] * 997 };
    }
    s.threads = places.count;
    play_both(&s, *(const int64_t *)ctx, check);
}

void lab_verify_lock(const struct lab_verify_def *def, struct lab_report *out)
{
    int64_t fair_ns = (int64_t)((double)MS * def->fairness_factor);
    for (uint32_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct lab_check check = { .kind = LAB_DECISION };
        snprintf(check.name, sizeof check.name, "lock/%s", scripts[i].name);
        play_both(&scripts[i], fair_ns, &check);
        lab_report_add(out, &check);
    }
    const struct lab_random_def random = { .name = "lock/random threads",
                                           .limits = { 256, 800, 800, 40 },
                                           .most = 24,
                                           .scripts = def->random_scripts,
                                           .play = play_items,
                                           .ctx = &fair_ns };
    if (def->random_scripts > 0)
        lab_verify_random(&random, out);
    if (def->has_statistics)
        lab_verify_lock_loads(def, out);
}
