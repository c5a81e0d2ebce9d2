#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/host/advice.h"
#include "scenarios/host/build.h"

// What a call obeys: policies, and what steps may stand within.

int scn_push_policy(lua_State *L, const struct sim_policy *p)
{
    uint32_t id = scn_known(L, 'p', p, sizeof *p);
    if (id == SIM_NONE) {
        id = scn_added(L, sim_model_policy(scn_of(L)->model, p));
        scn_remember(L, 'p', p, sizeof *p, id);
    }
    struct scn_box *b = scn_box_push(L, SCN_POLICY);
    b->u.policy.id = id;
    b->u.policy.only[0] = '\0';
    return 1;
}

struct sim_policy *scn_blank_policy(struct sim_policy *p, enum sim_policy_kind kind)
{
    memset(p, 0, sizeof *p);
    p->kind = kind;
    p->value = SIM_NONE;
    return p;
}

static int word_timeout(lua_State *L)
{
    struct sim_policy p;
    scn_blank_policy(&p, SIM_POLICY_TIMEOUT)->value = scn_to_value(L, 1, "timeout", 0, 1e7);
    if (lua_gettop(L) > 1)
        return scn_fail(L, "timeout takes one duration: timeout(80*ms)");
    return scn_push_policy(L, &p);
}

// ---- Rate limits ----

static enum sim_limit_kind read_algorithm(lua_State *L)
{
    const char *names[SIM_LIMITS + 1] = { NULL };
    const char *name = lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : NULL;
    if (!name)
        scn_fail(L,
                 "rate_limit: expected an algorithm in quotes, such as "
                 "rate_limit(\"token_bucket\", {limit = 100}), got %s",
                 scn_what_is(L, 1));
    for (int i = 0; i < SIM_LIMITS; i++)
        names[i] = sim_limit_name((enum sim_limit_kind)i);
    return (enum sim_limit_kind)scn_name_among(L, "rate_limit", name, names);
}

static const char *key_of(const struct scn_args *a, const char *key, char text[128])
{
    snprintf(text, 128, "%s: %s", a->what, key);
    return text;
}

static uint32_t read_limit(struct scn_args *a)
{
    if (!scn_args_push(a, "limit"))
        scn_args_lack(a, (const char *const[]){ "limit", NULL },
                      "needs a limit: limit = 100, of calls a window");
    char what[128];
    uint32_t limit = scn_to_value(a->L, -1, key_of(a, "limit", what), 0, 1e9);
    lua_pop(a->L, 1);
    if (!sim_model_value_is_fixed(scn_of(a->L)->model, limit))
        scn_args_fail(
            a, "limit: expected a number or a choice by a field of req, nothing that is "
               "drawn or changes with time");
    return limit;
}

static void read_field(struct scn_args *a, const char *key, uint32_t *per, uint32_t *count)
{
    const struct scn_box *b = scn_box_test(a->L, -1, SCN_VALUE);
    uint32_t field = b ? sim_model_value_field(scn_of(a->L)->model, b->u.id) : SIM_NONE;
    if (field == SIM_NONE)
        scn_args_fail(
            a,
            "%s: expected a field of the request, such as req.tenant, or a list of "
            "such, got %s",
            key, scn_what_is(a->L, -1));
    if (*count == SIM_LIMIT_FIELDS)
        scn_args_fail(a, "%s: more than %d fields", key, (int)SIM_LIMIT_FIELDS);
    per[(*count)++] = field;
}

void scn_read_fields(struct scn_args *a, const char *key, uint32_t *per, uint32_t *count)
{
    struct scn_args list;
    if (!scn_args_push(a, key))
        return;
    if (!lua_istable(a->L, -1)) {
        read_field(a, key, per, count);
        lua_pop(a->L, 1);
        return;
    }
    char what[128];
    scn_args_open(a->L, -1, key_of(a, key, what), &list);
    for (uint32_t i = 1, n = scn_args_list(&list); i <= n; i++) {
        scn_args_push_item(&list, i);
        if (lua_toboolean(a->L, -1))
            read_field(a, key, per, count);
        lua_pop(a->L, 1);
    }
    scn_args_close(&list);
    lua_pop(a->L, 1);
}

// Where the counts lie. Without a store its keys would be ignored.
bool scn_read_store(struct scn_args *a, struct sim_sharing *sharing)
{
    static const char *const ways[] = { "open", "closed", NULL };
    uint32_t closed = !sharing->fails_open;
    char what[128];
    bool has_store = scn_args_push(a, "store");
    if (has_store) {
        scn_to_store_name(a->L, -1, key_of(a, "store", what), sharing->store,
                          sizeof sharing->store);
        lua_pop(a->L, 1);
    }
    bool any = scn_args_choice(a, "on_store_failure", ways, &closed);
    sharing->fails_open = closed == 0;
    bool is_timed = scn_args_push(a, "store_timeout");
    if (is_timed) {
        sharing->timeout =
            scn_to_value(a->L, -1, key_of(a, "store_timeout", what), 1e-9, 1e7);
        lua_pop(a->L, 1);
    }
    if (!has_store && (any || is_timed))
        scn_args_fail(a,
                      "\"on_store_failure\" and \"store_timeout\" belong to what lies in a "
                      "store: store = store(\"redis\", {read = 0.3*ms, write = 0.3*ms})");
    return has_store;
}

static void read_sharing(struct scn_args *a, struct sim_sharing *sharing)
{
    sharing->fails_open = true;
    bool is_atomic = scn_args_boolean(a, "atomic", &sharing->is_atomic);
    if (!scn_read_store(a, sharing) && is_atomic)
        scn_args_fail(a, "\"atomic\" belongs to a limit in a store: store = "
                         "store(\"redis\", {read = 0.3*ms, write = 0.3*ms})");
}

static uint32_t add_limiter(lua_State *L, const struct sim_limiter_def *def,
                            struct sim_sharing *sharing)
{
    struct sim_model *m = scn_of(L)->model;
    if (sharing->store[0] == '\0')
        return scn_added(L, sim_model_limiter(m, def));
    if (sharing->timeout == SIM_NONE)
        sharing->timeout = scn_added(L, sim_model_const(m, 0.1));
    sharing->line = scn_line(L);
    return scn_added(L, sim_model_shared_limiter(m, def, sharing));
}

static int push_limiter(lua_State *L, const struct sim_limiter_def *def,
                        struct sim_sharing *sharing, const char *only)
{
    struct sim_policy p;
    scn_blank_policy(&p, SIM_POLICY_RATE_LIMIT)->limiter = add_limiter(L, def, sharing);
    scn_push_policy(L, &p);
    struct scn_box *b = scn_box_check(L, -1, SCN_POLICY);
    snprintf(b->u.policy.only, sizeof b->u.policy.only, "%s", only);
    return 1;
}

static void read_rate(struct scn_args *a, struct sim_limiter_def *def)
{
    def->limit = read_limit(a);
    scn_args_duration(a, "window", &def->window);
    if (def->window <= 0)
        scn_args_fail(a, "the window must be longer than 0");
}

// What rate limits and quotas have in common besides.
static void read_limiter(struct scn_args *a, struct sim_limiter_def *def,
                         struct sim_sharing *sharing, char *only, size_t size)
{
    scn_read_fields(a, "per", def->per, &def->per_count);
    scn_args_string(a, "only", only, size);
    scn_args_integer(a, "status", &def->status, 400, 599);
    def->pushes_back = scn_args_duration(a, "retry_after", &def->retry_after);
    read_sharing(a, sharing);
}

// Each use of the word is a limiter of its own, with counts of its own.
static int word_rate_limit(lua_State *L)
{
    struct scn_args a;
    char only[64] = "";
    struct sim_limiter_def def = { .burst = SIM_NONE, .window = SIM_S, .status = 429 };
    struct sim_sharing sharing = { .timeout = SIM_NONE };
    def.kind = read_algorithm(L);
    scn_args_open(L, 2, "rate_limit", &a);
    read_rate(&a, &def);
    bool has_burst = scn_args_integer(&a, "burst", &def.burst, 0, 1000000000);
    read_limiter(&a, &def, &sharing, only, sizeof only);
    scn_args_close(&a);
    if (has_burst && def.kind > SIM_LIMIT_GCRA)
        scn_args_fail(&a, "\"burst\" belongs to buckets, the queue and gcra");
    if (has_burst && def.burst == 0 && def.kind < SIM_LIMIT_GCRA)
        scn_args_fail(&a, "a burst of 0 lets nothing through");
    return push_limiter(L, &def, &sharing, only);
}

// So many calls a window, as a fixed window counts them, and what each key has used. A day: what is
// sold is mostly sold by the day or the month.
static int word_quota(lua_State *L)
{
    struct scn_args a;
    char only[64] = "";
    struct sim_limiter_def def = { .kind = SIM_LIMIT_FIXED_WINDOW,
                                   .burst = SIM_NONE,
                                   .window = 86400 * (sim_time)SIM_S,
                                   .status = 429,
                                   .is_quota = true };
    struct sim_sharing sharing = { .timeout = SIM_NONE };
    scn_args_open(L, 1, "quota", &a);
    read_rate(&a, &def);
    read_limiter(&a, &def, &sharing, only, sizeof only);
    scn_args_number(&a, "price", &def.price, 0, 1e9);
    def.lets_over = scn_args_number(&a, "overage", &def.overage, 0, 1e9);
    if (scn_args_push(&a, "name")) {
        scn_check_name(L, -1, "quota: name", def.name, sizeof def.name);
        scn_take_name(L, "quota", def.name);
        lua_pop(L, 1);
    }
    scn_args_close(&a);
    return push_limiter(L, &def, &sharing, only);
}

// ---- Semaphores ----

// n 0: a lock.
static int push_semaphore(lua_State *L, uint32_t n, int options)
{
    struct scn_args a;
    char name[64] = "";
    scn_args_open(L, options, "semaphore", &a);
    if (scn_args_push(&a, "name")) {
        scn_check_name(L, -1, "semaphore: name", name, sizeof name);
        scn_take_name(L, "semaphore", name);
        lua_pop(L, 1);
    }
    scn_args_close(&a);
    struct sim_model *m = scn_of(L)->model;
    uint32_t id =
        scn_added(L, n > 0 ? sim_model_semaphore(m, name, n) : sim_model_lock(m, name));
    scn_box_push(L, SCN_SEMAPHORE)->u.id = id;
    return 1;
}

static int word_semaphore(lua_State *L)
{
    double n = scn_check_number(L, 1, "semaphore", 1, 1e9);
    if (n != (double)(uint32_t)n)
        return scn_fail(L, "semaphore(%.14g): expected a whole number", n);
    return push_semaphore(L, (uint32_t)n, 2);
}

static int word_lock(lua_State *L)
{
    return push_semaphore(L, 0, 1);
}

// ---- Wrapping steps ----

static uint32_t policy_of_semaphore(lua_State *L, uint32_t semaphore)
{
    struct sim_policy p;
    scn_blank_policy(&p, SIM_POLICY_SEMAPHORE)->semaphore = semaphore;
    scn_push_policy(L, &p);
    uint32_t id = scn_box_check(L, -1, SCN_POLICY)->u.policy.id;
    lua_pop(L, 1);
    return id;
}

static uint32_t to_policy(lua_State *L, int index)
{
    struct scn_box *b = scn_box_test(L, index, SCN_SEMAPHORE);
    if (b)
        return policy_of_semaphore(L, b->u.id);
    return scn_box_check(L, index, SCN_POLICY)->u.policy.id;
}

static uint32_t wrap(lua_State *L, uint32_t policy, uint32_t step)
{
    struct sim_step s;
    memset(&s, 0, sizeof s);
    s.kind = SIM_STEP_WITH;
    s.a = policy;
    s.b = step;
    s.value = SIM_NONE;
    return scn_add_step(L, &s);
}

// Whether the thing on top of the stack stands around steps of that route: false does not.
static bool is_for(lua_State *L, const char *route)
{
    const struct scn_box *b = scn_box_test(L, -1, SCN_POLICY);
    if (!b || b->u.policy.only[0] == '\0')
        return lua_toboolean(L, -1);
    if (!route)
        scn_fail(
            L,
            "only = \"%s\": \"only\" belongs to the list of a service, a call or a client",
            b->u.policy.only);
    return route && strcmp(b->u.policy.only, route) == 0;
}

void scn_check_only(struct scn_args *policies, const char *const *routes)
{
    char advice[400];
    for (uint32_t i = 1, n = scn_args_list(policies); i <= n; i++) {
        scn_args_push_item(policies, i);
        const struct scn_box *b = scn_box_test(policies->L, -1, SCN_POLICY);
        const char *only = b ? b->u.policy.only : "";
        uint32_t k = 0;
        while (routes[k] && strcmp(routes[k], only) != 0)
            k++;
        if (only[0] != '\0' && !routes[k]) {
            scn_advice(advice, sizeof advice, only, routes);
            scn_args_fail(policies, "only = \"%s\": there is no such route%s", only,
                          advice);
        }
        lua_pop(policies->L, 1);
    }
}

uint32_t scn_within(lua_State *L, struct scn_args *policies, const char *route,
                    uint32_t step)
{
    for (uint32_t i = scn_args_list(policies); i > 0; i--) {
        scn_args_push_item(policies, i);
        if (is_for(L, route))
            step = wrap(L, to_policy(L, -1), step);
        lua_pop(L, 1);
    }
    return step;
}

static int word_with(lua_State *L)
{
    struct scn_args a;
    uint32_t step = scn_to_step(L, 2);
    if (lua_istable(L, 1)) {
        scn_args_open(L, 1, "with", &a);
        step = scn_within(L, &a, NULL, step);
        scn_args_close(&a);
    } else if (lua_toboolean(L, 1)) {
        lua_pushvalue(L, 1);
        is_for(L, NULL);
        lua_pop(L, 1);
        step = wrap(L, to_policy(L, 1), step);
    }
    struct scn_box *b = scn_box_push(L, SCN_STEP);
    b->u.step.step = step;
    b->u.step.kind = SIM_STEP_WITH;
    return 1;
}

void scn_open_policies(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "timeout", word_timeout, 1, SCN_ANY_TIME },
        { "rate_limit", word_rate_limit, 2, SCN_BUILDS },
        { "quota", word_quota, 1, SCN_BUILDS },
        { "semaphore", word_semaphore, 2, SCN_BUILDS },
        { "lock", word_lock, 1, SCN_BUILDS },
        { "with", word_with, 2, SCN_ANY_TIME },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
}
