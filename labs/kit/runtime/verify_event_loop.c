#include <stdio.h>

#include "labs/kit/runtime/verify_event_loop.h"

// The real loop and the model's under the same tasks, which all come at once, as by sockets: each does one thing
// after the other (sleeps, sleeps within a timeout, gathers two sleeps), and works on the loop
// after each. Compared is when each piece of work begins and ends, to the nanosecond: what ran
// first, what a batch held up, what the poll rounded, what a timeout cut short, all show in it.

#define US       1000
#define MS       1000000
#define TASKS    LAB_LOOP_TASKS
#define THINGS   LAB_LOOP_THINGS
#define FACTS    (2 * TASKS * THINGS)
#define SLACK_NS (150 * US)
#define WAKE_NS  (20 * US)

#define WORKS   LAB_LOOP_WORKS
#define SLEEPS  LAB_LOOP_SLEEPS
#define IN_TIME LAB_LOOP_IN_TIME
#define GATHERS LAB_LOOP_GATHERS

static const struct lab_loop_tasks scripts[] = {
    { "tasks run to completion in the order of their coming",
      3,
      { 1, 1, 1 },
      { { { WORKS, 0, 0, 3 * MS } },
        { { WORKS, 0, 0, 2 * MS } },
        { { WORKS, 0, 0, MS } } } },
    { "poll is rounded up to whole milliseconds",
      1,
      { 3 },
      { { { SLEEPS, 100 * US, 0, 10 * US },
          { SLEEPS, 10300 * US, 0, 10 * US },
          { SLEEPS, 3 * MS, 0, 10 * US } } } },
    { "timer that came due in the rounding goes along",
      2,
      { 1, 1 },
      { { { SLEEPS, 2100 * US, 0, MS } }, { { SLEEPS, 2900 * US, 0, MS } } } },
    { "sleep of no time lets the others run",
      2,
      { 3, 1 },
      { { { WORKS, 0, 0, MS }, { SLEEPS, 0, 0, MS }, { SLEEPS, 0, 0, MS } },
        { { WORKS, 0, 0, MS } } } },
    { "busy loop sees its timers late",
      2,
      { 1, 1 },
      { { { SLEEPS, 1 * MS, 0, 100 * US } }, { { WORKS, 0, 0, 20 * MS } } } },
    { "timeout cuts a sleep short",
      1,
      { 2 },
      { { { IN_TIME, 9 * MS, 2 * MS, MS }, { IN_TIME, 2 * MS, 9 * MS, MS } } } },
    { "timeout fires late on a busy loop",
      2,
      { 1, 1 },
      { { { IN_TIME, 9 * MS, 2 * MS, MS } }, { { WORKS, 0, 0, 30 * MS } } } },
    { "gather waits for the longest",
      1,
      { 2 },
      { { { GATHERS, 5 * MS, 2 * MS, MS }, { GATHERS, MS, 3 * MS, MS } } } },
};

// ---- The real side ----

static void add(struct lab_loop_played *p, uint32_t t, struct lab_op op)
{
    struct lab_program *program = &p->programs[t];
    p->ops[t][program->count++] = op;
    program->ops = p->ops[t];
}

static uint32_t add_sleeper(struct lab_loop_played *p, int64_t ns)
{
    struct lab_op *op = &p->sleeps[p->sleepers++];
    *op = (struct lab_op){ .kind = LAB_OP_SLEEP, .ns = ns };
    p->programs[p->count] = (struct lab_program){ op, 1 };
    return p->count++;
}

static void add_thing(struct lab_loop_played *p, uint32_t t, const struct lab_loop_thing *x)
{
    if (x->what == IN_TIME) {
        add(p, t, (struct lab_op){ .kind = LAB_OP_TRY });
        add(p, t, (struct lab_op){ .kind = LAB_OP_TIMEOUT, .ns = x->limit_ns });
    }
    if (x->what == SLEEPS || x->what == IN_TIME)
        add(p, t, (struct lab_op){ .kind = LAB_OP_SLEEP, .ns = x->ns });
    if (x->what == IN_TIME) {
        add(p, t, (struct lab_op){ .kind = LAB_OP_END });
        add(p, t, (struct lab_op){ .kind = LAB_OP_EXCEPT, .a = LAB_EXC_TIMEOUT });
        add(p, t, (struct lab_op){ .kind = LAB_OP_END });
    }
    if (x->what == LAB_LOOP_OFFLOADS)
        add(p, t, (struct lab_op){ .kind = LAB_OP_THREAD, .ns = x->ns });
    if (x->what == GATHERS) {
        uint32_t first = add_sleeper(p, x->ns), last = add_sleeper(p, x->limit_ns);
        add(p, t, (struct lab_op){ .kind = LAB_OP_GATHER, .a = first, .b = last });
    }
    add(p, t, (struct lab_op){ .kind = LAB_OP_NOTE, .a = LAB_LOOP_BEGINS });
    add(p, t, (struct lab_op){ .kind = LAB_OP_WORK, .ns = x->work_ns });
    add(p, t, (struct lab_op){ .kind = LAB_OP_NOTE, .a = LAB_LOOP_HAS_WORKED });
}

void lab_loop_tasks_write(const struct lab_loop_tasks *s, struct lab_loop_played *p)
{
    *p = (struct lab_loop_played){ .count = s->tasks };
    for (uint32_t t = 0; t < s->tasks; t++)
        for (uint32_t i = 0; i < s->things[t]; i++)
            add_thing(p, t, &s->of[t][i]);
}

static void play_real(const struct lab_loop_tasks *s, struct lab_facts *out)
{
    struct lab_loop_event e[64 * FACTS];
    struct lab_loop_input inputs[TASKS];
    struct lab_loop_played p;
    lab_loop_tasks_write(s, &p);
    for (uint32_t t = 0; t < s->tasks; t++)
        inputs[t] = (struct lab_loop_input){ .way = LAB_LOOP_BY_THREAD,
                                             .what = LAB_LOOP_DO_BEGIN,
                                             .who = t };
    const struct lab_loop_script script = { .inputs = inputs,
                                            .input_count = s->tasks,
                                            .programs = p.programs,
                                            .program_count = p.count,
                                            .threads = 1,
                                            .wake_ns = WAKE_NS,
                                            .slack_ns = SLACK_NS,
                                            .until_ns = (int64_t)60000 * MS };
    int64_t n = lab_loop_script_play(&script, e, 64 * FACTS);
    for (int64_t i = 0; i < n && n <= 64 * FACTS; i++)
        if (e[i].kind == LAB_LOOP_TASK_NOTED)
            lab_fact_add(out, e[i].at_ns, e[i].who,
                         e[i].value == LAB_LOOP_BEGINS ? "begins to work" : "has worked");
}

// ---- The model's side ----

static uint32_t sleeping(struct sim_model *m, int64_t ns)
{
    struct sim_step s = { .kind = SIM_STEP_IO, .flags = SIM_IS_TIMER };
    s.value = sim_model_const(m, (double)ns / SIM_S);
    return sim_model_step(m, &s);
}

static uint32_t in_time(struct sim_model *m, const struct lab_loop_thing *x)
{
    struct sim_policy p = { .kind = SIM_POLICY_TIMEOUT,
                            .value = sim_model_const(m, (double)x->limit_ns / SIM_S) };
    struct sim_step with = { .kind = SIM_STEP_WITH, .value = SIM_NONE };
    struct sim_step nothing = { .kind = SIM_STEP_NOTHING, .value = SIM_NONE };
    struct sim_step s = { .kind = SIM_STEP_TRY, .value = SIM_NONE, .count = 1 };
    with.a = sim_model_policy(m, &p);
    with.b = sleeping(m, x->ns);
    s.b = sim_model_step(m, &with);
    struct sim_branch caught = { .key = SIM_TIMEOUT, .to = sim_model_step(m, &nothing) };
    s.first = sim_model_branch(m, caught);
    return sim_model_step(m, &s);
}

static uint32_t gathering(struct sim_model *m, const struct lab_loop_thing *x)
{
    uint32_t one = sleeping(m, x->ns), other = sleeping(m, x->limit_ns);
    struct sim_step s = { .kind = SIM_STEP_GATHER, .value = SIM_NONE, .count = 2 };
    s.first = sim_model_child(m, one);
    sim_model_child(m, other);
    return sim_model_step(m, &s);
}

static uint32_t offloading(struct sim_model *m, uint32_t offload, int64_t ns)
{
    struct sim_step s = { .kind = SIM_STEP_OFFLOAD, .value = SIM_NONE, .a = offload };
    s.b = lab_model_work(m, SIM_STEP_IO, ns);
    return sim_model_step(m, &s);
}

static uint32_t handler(struct sim_model *m, uint32_t offload,
                        const struct lab_loop_thing *things, uint32_t count)
{
    uint32_t steps[2 * THINGS], n = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct lab_loop_thing *x = &things[i];
        if (x->what == SLEEPS)
            steps[n++] = sleeping(m, x->ns);
        if (x->what == IN_TIME)
            steps[n++] = in_time(m, x);
        if (x->what == GATHERS)
            steps[n++] = gathering(m, x);
        if (x->what == LAB_LOOP_OFFLOADS)
            steps[n++] = offloading(m, offload, x->ns);
        steps[n++] = lab_model_work(m, SIM_STEP_PYTHON, x->work_ns);
    }
    return lab_model_list(m, steps, n);
}

static struct sim_model *model_of(const struct lab_loop_tasks *s,
                                  const struct lab_loop_costs *costs)
{
    struct sim_model *m = lab_model_open("event_loop");
    if (!m)
        return NULL;
    struct sim_pool_def pool = { .kind = SIM_POOL_THREADS, .workers = 1 };
    struct sim_offload_def offload = { .pool = sim_model_pool(m, &pool) };
    uint32_t in_a_thread = sim_model_offload(m, &offload);
    struct sim_service_def service = { .name = "python", .replicas = 1, .host = SIM_NONE };
    service.cores = 1;
    service.executor = (struct sim_executor_def){ .kind = SIM_ASYNCIO,
                                                  .workers = SIM_UNLIMITED,
                                                  .capacity = SIM_UNLIMITED,
                                                  .max_wait = SIM_NONE };
    service.has_runtime = true;
    service.runtime = (struct sim_runtime){ .bytecode_factor = 1,
                                            .native_factor = 1,
                                            .wake = costs->wake_ns,
                                            .executor_round_trip = 2 * costs->wake_ns,
                                            .poll_step = costs->poll_ns,
                                            .poll_slack = costs->slack_ns };
    for (uint32_t t = 0; t < s->tasks; t++)
        lab_model_route(m, &service, t, handler(m, in_a_thread, s->of[t], s->things[t]));
    sim_model_service(m, &service);
    for (uint32_t t = 0; t < s->tasks; t++)
        lab_model_ask_once(m, "python", t, 0);
    return m;
}

static void read_model(void *facts, const struct sim_trace *t)
{
    for (uint64_t i = 0; i < t->count; i++) {
        const struct sim_trace_record *r = sim_trace_at(t, i);
        if (r->kind != SIM_TRACE_SPAN || r->code != SIM_IN_PYTHON)
            continue;
        lab_fact_add(facts, r->begin, r->request, "begins to work");
        lab_fact_add(facts, r->end, r->request, "has worked");
    }
}

void lab_loop_model_play(const struct lab_loop_tasks *s, const struct lab_loop_costs *costs,
                         struct lab_facts *out)
{
    struct sim_model *m = model_of(s, costs);
    if (m)
        lab_model_run(m, read_model, out);
    lab_facts_sort(out);
}

// ---- Both ----

static void play_both(const struct lab_loop_tasks *s, int64_t poll_ns,
                      struct lab_check *check)
{
    struct lab_fact at[2][FACTS];
    struct lab_facts real = { at[0], 0, FACTS, false };
    struct lab_facts model = { at[1], 0, FACTS, false };
    const struct lab_loop_costs costs = { poll_ns, SLACK_NS, WAKE_NS };
    play_real(s, &real);
    lab_facts_sort(&real);
    lab_loop_model_play(s, &costs, &model);
    lab_facts_compare(&real, &model, check);
}

// Items: whose, what, for how long, and how long it then works. Nothing falls on the same instant
// by chance: the order of timers that come due at one is nobody's rule.
static void play_items(void *ctx, const struct lab_item *items, uint32_t count,
                       struct lab_check *check)
{
    struct lab_loop_tasks s = { .tasks = 0 };
    struct lab_places places = { .count = 0 };
    uint32_t sleepers = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t *x = items[i].x;
        uint32_t t = lab_place(&places, x[0] % TASKS);
        s.tasks = places.count;
        struct lab_loop_thing thing = { .what = (enum lab_loop_what)(x[0] / TASKS %
                                                                     LAB_LOOP_WHATS),
                                        .ns = (int64_t)x[1] * 1009 + i + 1,
                                        .limit_ns = (int64_t)x[2] * 1013 + i + 1,
                                        .work_ns = US + (int64_t)x[3] * 997 };
        sleepers += thing.what == GATHERS ? 2 : 0;
        if (s.things[t] < THINGS && s.tasks + sleepers < LAB_PROGRAM_TASKS)
            s.of[t][s.things[t]++] = thing;
    }
    play_both(&s, *(const int64_t *)ctx, check);
}

void lab_verify_event_loop(const struct lab_verify_def *def, struct lab_report *out)
{
    int64_t poll_ns = (int64_t)((double)MS * def->poll_factor);
    for (uint32_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct lab_check check = { .kind = LAB_DECISION };
        snprintf(check.name, sizeof check.name, "event_loop/%s", scripts[i].name);
        play_both(&scripts[i], poll_ns, &check);
        lab_report_add(out, &check);
    }
    const struct lab_random_def random = { .name = "event_loop/random tasks",
                                           .limits = { TASKS * LAB_LOOP_WHATS, 9000, 9000,
                                                       3000 },
                                           .most = 20,
                                           .scripts = def->random_scripts,
                                           .play = play_items,
                                           .ctx = &poll_ns };
    if (def->random_scripts > 0)
        lab_verify_random(&random, out);
    if (def->has_statistics)
        lab_verify_event_loop_loads(def, out);
}
