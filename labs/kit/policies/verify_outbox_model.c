#include <stdio.h>
#include <stdlib.h>

#include "labs/kit/policies/verify_outbox.h"
#include "labs/kit/verify_private.h"
#include "sim/world/meter.h"

// The model's side of the outbox' check: a service that writes, a relay and a consumer that are
// services behind a broker, each with one worker. What a process does between two of its steps takes a
// millisecond here, so a death at a step is a crash in the middle of one. Relay and consumer
// are down except in their turns. Each order has routes and effects of its own, so that it is known
// whose effects there are.

#define MS    ((int64_t)SIM_MS)
#define TURN  (20 * MS) // of each step of a script
#define FIRST MS        // into its turn
#define LEASE (3 * MS) // longer than the work takes, shorter than from one turn to the next

enum {
    WRITER,
    RELAY,
    CONSUMER,
    SERVICES
};

struct model {
    struct sim_model *m;
    struct sim_run *run;
    struct {
        uint32_t order, effect; // numbers of effects
        int64_t had;            // times that its effect has been seen
    } of[LAB_STEPS];
};

// ---- Steps ----

static uint32_t plain(struct sim_model *m, struct sim_step s)
{
    s.value = SIM_NONE;
    return sim_model_step(m, &s);
}

static uint32_t takes(struct sim_model *m, int64_t ms)
{
    return lab_model_work(m, SIM_STEP_IO, ms * MS);
}

static uint32_t has(struct sim_model *m, uint32_t effect)
{
    return plain(m, (struct sim_step){ .kind = SIM_STEP_EFFECT, .a = effect });
}

static uint32_t in_transaction(struct sim_model *m, const uint32_t *steps, uint32_t count)
{
    uint32_t list = lab_model_list(m, steps, count);
    return plain(m, (struct sim_step){ .kind = SIM_STEP_TRANSACTION, .b = list });
}

static uint32_t publishes(struct sim_model *m, const char *to, uint32_t number,
                          uint8_t flags)
{
    struct sim_call_def call = { .service = SIM_NONE,
                                 .deadline = SIM_NONE,
                                 .is_message = true,
                                 .key = SIM_KEY_OF_REQUEST };
    snprintf(call.target, sizeof call.target, "%s", to);
    snprintf(call.route, sizeof call.route, "%u", number);
    return plain(m, (struct sim_step){ .kind = SIM_STEP_PUBLISH,
                                       .a = sim_model_call(m, &call),
                                       .flags = flags });
}

#define LIST(m, ...)                                     \
    lab_model_list(m, (const uint32_t[]){ __VA_ARGS__ }, \
                   sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))
#define TRANSACTION(m, ...)                              \
    in_transaction(m, (const uint32_t[]){ __VA_ARGS__ }, \
                   sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

// The row, and where it is refused the end of it all.
static uint32_t row(struct sim_model *m, uint32_t effect, bool is_refused)
{
    uint32_t had = has(m, effect);
    if (!is_refused)
        return had;
    uint32_t fail = plain(m, (struct sim_step){ .kind = SIM_STEP_FAIL, .a = 500 });
    return LIST(m, had, fail);
}

static uint32_t writer(struct sim_model *m, uint32_t kind, uint32_t number, uint32_t r)
{
    uint32_t message;
    switch (kind) {
    case LAB_OUTBOX_APART:
        message = publishes(m, "relay", number, SIM_OUTBOX);
        return LIST(m, takes(m, 1), TRANSACTION(m, takes(m, 1), r), takes(m, 1),
                    TRANSACTION(m, message, takes(m, 1)), takes(m, 1));
    case LAB_OUTBOX_AFTER:
        message = publishes(m, "consumer", number, 0);
        return LIST(m, takes(m, 1), TRANSACTION(m, takes(m, 1), r, takes(m, 1)),
                    takes(m, 1), message, takes(m, 1));
    case LAB_OUTBOX_BEFORE:
        message = publishes(m, "consumer", number, 0);
        return LIST(m, takes(m, 1), message, takes(m, 1),
                    TRANSACTION(m, takes(m, 1), r, takes(m, 1)), takes(m, 1));
    default:
        message = publishes(m, "relay", number, SIM_OUTBOX);
        return LIST(m, takes(m, 1),
                    TRANSACTION(m, takes(m, 1), r, takes(m, 1), message, takes(m, 1)),
                    takes(m, 1));
    }
}

static uint32_t relay(struct sim_model *m, uint32_t number)
{
    uint32_t message = publishes(m, "consumer", number, 0);
    return LIST(m, takes(m, 2), message, takes(m, 1));
}

// What has been had is not had again, and takes as long: a process has the same steps then.
static uint32_t consumer(struct sim_model *m, uint32_t effect, uint32_t keys)
{
    if (keys == SIM_NONE)
        return LIST(m, takes(m, 2),
                    TRANSACTION(m, takes(m, 1), has(m, effect), takes(m, 1)), takes(m, 1));
    uint32_t once = plain(
        m, (struct sim_step){ .kind = SIM_STEP_WITH,
                              .a = keys,
                              .b = LIST(m, takes(m, 1), has(m, effect), takes(m, 1)) });
    uint32_t first = sim_model_child(m, once);
    sim_model_child(m, takes(m, 2));
    uint32_t both =
        plain(m, (struct sim_step){ .kind = SIM_STEP_GATHER, .first = first, .count = 2 });
    return LIST(m, takes(m, 2), both, takes(m, 1));
}

// ---- The world ----

// The keys lie in a store that takes no time, and outlive whoever asks.
static void add_inbox(struct sim_model *m)
{
    struct sim_store_def store = { .name = "inbox",
                                   .connections = SIM_UNLIMITED,
                                   .capacity = SIM_UNLIMITED };
    for (int i = 0; i < SIM_STORE_ACTIONS; i++)
        store.took[i] = sim_model_const(m, 0);
    sim_model_store(m, &store);
}

static uint32_t keys_of(struct sim_model *m)
{
    struct sim_sharing sharing = { .store = "inbox", .is_atomic = true };
    sharing.timeout = sim_model_const(m, 1);
    struct sim_idempotency_def def = { .rule = sim_idempotency_default() };
    def.rule.record = SIM_RECORD_WITH;
    def.rule.lease = LEASE;
    def.rule.checks_fingerprint = false;
    struct sim_policy p = { .kind = SIM_POLICY_IDEMPOTENCY };
    p.idempotency = sim_model_idempotency(m, &def, &sharing);
    return sim_model_policy(m, &p);
}

static struct sim_service_def service_def(const char *name, bool is_behind_broker)
{
    struct sim_service_def s = { .replicas = 1, .host = SIM_NONE, .cores = 1 };
    snprintf(s.name, sizeof s.name, "%s", name);
    s.executor = (struct sim_executor_def){ .workers = 1,
                                            .capacity = SIM_UNLIMITED,
                                            .max_wait = SIM_NONE };
    if (is_behind_broker)
        s.executor.broker =
            (struct sim_broker_def){ .is_used = true, .acks_late = true, .prefetch = 1 };
    return s;
}

static bool is_order(const struct lab_step *one)
{
    return one->word == LAB_OUTBOX_WRITES || one->word == LAB_OUTBOX_IS_REFUSED;
}

static void add_effects(struct model *x, const struct lab_steps *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        struct sim_effect_def order = { 0 }, effect = { 0 };
        if (!is_order(&s->at[i]))
            continue;
        snprintf(order.name, sizeof order.name, "order %u", i);
        snprintf(effect.name, sizeof effect.name, "effect %u", i);
        x->of[i].order = sim_model_effect(x->m, &order);
        x->of[i].effect = sim_model_effect(x->m, &effect);
        sim_model_follow(x->m, x->of[i].effect, x->of[i].order);
    }
}

static uint32_t handler(struct model *x, const struct lab_steps *s, uint32_t service,
                        uint32_t i, uint32_t keys)
{
    uint32_t effect = x->of[i].effect;
    if (service == WRITER)
        return writer(x->m, s->kind, i,
                      row(x->m, x->of[i].order, s->at[i].word == LAB_OUTBOX_IS_REFUSED));
    return service == RELAY ? relay(x->m, i) : consumer(x->m, effect, keys);
}

// All of a service's routes are in a row, so their steps are made before.
static void add_service(struct model *x, const struct lab_steps *s, uint32_t service,
                        uint32_t keys)
{
    static const char *const names[] = { "writer", "relay", "consumer" };
    struct sim_service_def def = service_def(names[service], service != WRITER);
    uint32_t steps[LAB_STEPS], idle = takes(x->m, 1);
    for (uint32_t i = 0; i < s->count; i++)
        if (is_order(&s->at[i]))
            steps[i] = handler(x, s, service, i, keys);
    lab_model_route(x->m, &def, LAB_STEPS, idle); // a script may have no order
    for (uint32_t i = 0; i < s->count; i++)
        if (is_order(&s->at[i]))
            lab_model_route(x->m, &def, i, steps[i]);
    sim_model_service(x->m, &def);
}

static int64_t turn_of(uint32_t step)
{
    return FIRST + step * TURN;
}

static struct sim_target target_of(uint32_t service)
{
    return (struct sim_target){ service, SIM_NONE, SIM_NONE };
}

void lab_outbox_model_close(void *side)
{
    struct model *x = side;
    if (x->run)
        sim_run_close(x->run);
    sim_model_close(x->m);
    free(x);
}

void *lab_outbox_model_open(const struct lab_steps *s)
{
    struct model *x = calloc(1, sizeof *x);
    struct sim_run_def def;
    if (!x || !(x->m = lab_model_open("outbox"))) {
        free(x);
        return NULL;
    }
    add_effects(x, s);
    uint32_t keys = s->kind == LAB_OUTBOX_FORGOT ? SIM_NONE : keys_of(x->m);
    for (uint32_t service = WRITER; service < SERVICES; service++)
        add_service(x, s, service, keys);
    if (keys != SIM_NONE)
        add_inbox(x->m); // a service as well, behind those that are known by number
    for (uint32_t i = 0; i < s->count; i++)
        if (is_order(&s->at[i]))
            lab_model_ask_once(x->m, "writer", i, turn_of(i));
    sim_run_default(&def);
    def.model = x->m;
    if (sim_model_seal(x->m))
        x->run = sim_run_open(&def);
    if (!x->run) {
        lab_outbox_model_close(x);
        return NULL;
    }
    sim_run_crash(x->run, target_of(RELAY));
    sim_run_crash(x->run, target_of(CONSUMER));
    return x;
}

// ---- A step ----

static int64_t times_of(const struct sim_run *run, uint32_t effect)
{
    const int64_t *counts = sim_run_effect_meter(run, effect)->counts;
    return counts[SIM_EFFECT_DONE] + counts[SIM_EFFECT_DUPLICATES];
}

// Looked for after each message, so at most one of them is new.
static void look_for_effects(struct model *x, const struct lab_steps *s,
                             struct lab_outbox_look *out)
{
    for (uint32_t i = 0; i < s->count; i++) {
        if (!is_order(&s->at[i]) || times_of(x->run, x->of[i].effect) == x->of[i].had)
            continue;
        x->of[i].had = times_of(x->run, x->of[i].effect);
        out->order = out->order * 100 + i + 1;
    }
}

// Messages of a broker that nobody has acknowledged.
static int64_t left(const struct sim_run *run, const struct lab_steps *s, uint32_t service)
{
    int64_t sent = 0;
    uint32_t clients = 0;
    for (uint32_t i = 0; i < s->count; i++)
        clients += is_order(&s->at[i]);
    for (uint32_t from = WRITER; from < service; from++) {
        const struct sim_meter *edge = sim_run_edge_meter(run, clients + from, service);
        sent += edge ? edge->counts[SIM_ATTEMPTED] : 0;
    }
    return sent - sim_run_replica_meter(run, service, 0)->counts[SIM_ENDED + SIM_OK];
}

static void look(struct model *x, const struct lab_steps *s, struct lab_outbox_look *out)
{
    for (uint32_t i = 0; i < s->count; i++) {
        if (!is_order(&s->at[i]))
            continue;
        const int64_t *effect = sim_run_effect_meter(x->run, x->of[i].effect)->counts;
        out->orders += times_of(x->run, x->of[i].order);
        out->lost += effect[SIM_EFFECT_LOST];
        out->invented += effect[SIM_EFFECT_INVENTED];
        out->repeats += effect[SIM_EFFECT_DUPLICATES];
    }
    out->unmarked = left(x->run, s, RELAY);
    out->unacked = left(x->run, s, CONSUMER);
}

static void live(struct model *x, const struct lab_steps *s, const struct lab_step *one,
                 struct lab_outbox_look *out)
{
    int64_t at = turn_of((uint32_t)(one - s->at));
    int64_t dies = lab_outbox_dies_at(one) * MS + MS / 2;
    uint32_t service = is_order(one)                    ? WRITER
                       : one->word == LAB_OUTBOX_RELAYS ? RELAY
                                                        : CONSUMER;
    int64_t each = service == RELAY ? 3 * MS : 5 * MS;
    sim_run_until(x->run, at);
    if (service != WRITER)
        sim_run_restart(x->run, target_of(service));
    for (uint32_t i = 0; i < lab_outbox_whole(one); i++) {
        sim_run_until(x->run, at += each);
        look_for_effects(x, s, out);
    }
    sim_run_until(x->run, at + dies);
    look_for_effects(x, s, out);
    sim_run_crash(x->run, target_of(service));
    if (service == WRITER)
        sim_run_restart(x->run, target_of(service));
}

int64_t lab_outbox_model_step(void *side, const struct lab_steps *s,
                              const struct lab_step *one)
{
    struct model *x = side;
    struct lab_outbox_look seen = { 0 };
    live(x, s, one, &seen);
    look(x, s, &seen);
    return lab_outbox_answer(&seen);
}
