#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/host/advice.h"
#include "scenarios/host/build.h"

// What exists: services, clients, hosts, links, and what services are made of.

// ---- scenario ----

static int word_scenario(lua_State *L)
{
    struct scn_scenario *scn = scn_of(L);
    struct scn_args a;
    struct sim_model_def def = { .duration = 60 * (sim_time)SIM_S, .latency = SIM_NONE };
    if (scn->has_scenario)
        return scn_fail(L, "a script has one scenario(...), this is the second");
    scn_check_text(L, 1, "scenario", scn->name, sizeof scn->name);
    snprintf(def.name, sizeof def.name, "%s", scn->name);
    scn_args_open(L, 2, "scenario", &a);
    scn_args_string(&a, "about", scn->about, sizeof scn->about);
    scn_args_duration(&a, "duration", &def.duration);
    scn_args_duration(&a, "warmup", &def.warmup);
    scn_args_integer(&a, "seeds", &scn->seeds, 1, 100000);
    if (scn_args_push(&a, "latency")) {
        def.latency = scn_to_value(L, -1, "scenario: latency", 0, 1e7);
        lua_pop(L, 1);
    }
    scn_args_close(&a);
    if (def.duration <= 0)
        return scn_args_fail(&a, "the duration must be longer than 0");
    if (def.warmup >= def.duration)
        return scn_args_fail(&a, "the warmup must be shorter than the duration");
    scn->has_scenario = true;
    sim_model_describe(scn->model, &def);
    return 0;
}

// ---- Runtimes and executors ----

static void set_version(lua_State *L, const char *version, struct sim_runtime *r)
{
    char advice[400];
    if (sim_runtime_preset(version, r))
        return;
    scn_advice(advice, sizeof advice, version, sim_runtime_names());
    scn_fail(L, "there is no cpython \"%s\"%s", version, advice);
}

static bool read_cost(struct scn_args *a, const struct sim_cost *c, double *x)
{
    int64_t ns;
    if (c->unit == SIM_COST_TIME) {
        bool is_given = scn_args_duration(a, c->key, &ns);
        if (is_given)
            *x = (double)ns / SIM_S;
        return is_given;
    }
    double most = c->unit == SIM_COST_CHANCE ? 1 : c->unit == SIM_COST_FACTOR ? 1e6 : 1e15;
    double least = c->unit == SIM_COST_RATE ? 1 : 0;
    return scn_args_number(a, c->key, x, least, most);
}

// Every cost that a mechanism reads is a key.
static void read_costs(struct scn_args *a, struct sim_runtime *r)
{
    uint32_t n;
    const struct sim_cost *costs = sim_runtime_costs(&n);
    for (uint32_t i = 0; i < n; i++) {
        double x;
        if (costs[i].is_read && read_cost(a, &costs[i], &x))
            sim_runtime_set(r, &costs[i], x);
    }
    if (r->switch_interval < SIM_US)
        scn_args_fail(a, "switch_interval: CPython takes 1 us at least");
}

// What a program does to its interpreter: no version has figures of its own for these.
static void read_crowds(struct scn_args *a, struct sim_runtime *r)
{
    scn_args_number(a, "contention", &r->contention, 0, 1000);
    scn_args_number(a, "coherence", &r->coherence, 0, 1000);
    if (r->has_gil && (r->contention > 0 || r->coherence > 0))
        scn_remark(a->L,
                   "contention and coherence are of threads that compute at once, which "
                   "they do without a GIL only, as in cpython \"3.14t\"");
    bool has_live = scn_args_number(a, "gc_live", &r->gc_live, 0, 1e12);
    bool has_every = scn_args_duration(a, "gc_every", &r->gc_every);
    if (has_live && !has_every)
        scn_args_fail(a,
                      "gc_live needs gc_every, how much bytecode runs between two "
                      "collections: cpython(\"3.14t\", {gc_every = 1*s, gc_live = 1e6})");
    if (r->gc_every > 0 && r->gc_live == 0)
        scn_args_fail(a, "gc_every needs gc_live, how many containers are alive: "
                         "cpython(\"3.14t\", {gc_every = 1*s, gc_live = 1e6})");
}

static int word_cpython(lua_State *L)
{
    struct scn_args a;
    struct sim_runtime r;
    if (lua_type(L, 1) != LUA_TSTRING)
        return scn_fail(L,
                        "cpython: expected a version in quotes, such as cpython \"3.12\", "
                        "got %s",
                        scn_what_is(L, 1));
    set_version(L, lua_tostring(L, 1), &r);
    scn_args_open(L, 2, "cpython", &a);
    if (!scn_args_boolean(&a, "gil", &r.has_gil) && r.has_gil &&
        scn_args_is_false(&a, "gil"))
        scn_args_fail(
            &a, "gil: this version has one, and it cannot be turned off; \"3.13t\" and "
                "\"3.14t\" are free-threaded");
    read_costs(&a, &r);
    read_crowds(&a, &r);
    scn_args_close(&a);
    scn_box_push(L, SCN_RUNTIME)->u.runtime = r;
    return 1;
}

static uint32_t workers(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TNUMBER && lua_tonumber(L, 1) == (lua_Number)HUGE_VALF)
        return SIM_UNLIMITED;
    double n = scn_check_number(L, 1, "threads", 1, 1e6);
    if (n != (double)(uint32_t)n)
        scn_fail(L, "threads(%.14g): expected a whole number", n);
    return (uint32_t)n;
}

static int word_threads(lua_State *L)
{
    struct scn_args a;
    struct sim_executor_def e;
    memset(&e, 0, sizeof e);
    e.workers = workers(L);
    e.capacity = SIM_UNLIMITED;
    e.max_wait = SIM_NONE;
    scn_args_open(L, 2, "threads", &a);
    scn_read_line(L, &a, &e);
    scn_args_boolean(&a, "grows", &e.grows);
    scn_args_close(&a);
    scn_box_push(L, SCN_EXECUTOR)->u.executor = e;
    return 1;
}

// ---- service ----

void scn_new_name(lua_State *L, const char *what, char *name, size_t size)
{
    scn_check_name(L, 1, what, name, size);
    scn_take_name(L, what, name);
}

void scn_add_route(lua_State *L, struct sim_service_def *s, const char *name, uint32_t step)
{
    struct sim_route_def r = { .step = scn_served(L, s->executor.pool, step) };
    snprintf(r.name, sizeof r.name, "%.63s", name);
    uint32_t at = scn_added(L, sim_model_route(scn_of(L)->model, &r));
    if (s->routes++ == 0)
        s->first_route = at;
}

static bool has_names(lua_State *L)
{
    lua_pushnil(L);
    bool any = false;
    while (lua_next(L, -2)) {
        any = any || lua_type(L, -2) == LUA_TSTRING;
        lua_pop(L, 1);
    }
    return any;
}

struct route {
    char name[64];
    uint32_t step;
};

// A handler is a step, or a table of routes: names with steps. Steps are made first, for each
// may make things in the model, and routes lie in a row; by name, because a table has no
// order.
static uint32_t read_routes(lua_State *L, struct scn_args *a, struct scn_args *policies,
                            struct route *routes, uint32_t room)
{
    uint32_t n = 0;
    int table = lua_gettop(L), count = scn_push_keys(L, table);
    for (int key = 1; key <= count; key++) {
        lua_rawgeti(L, table + 1, key);
        lua_pushvalue(L, -1);
        lua_rawget(L, table);
        if (lua_type(L, -2) != LUA_TSTRING)
            scn_args_fail(a, "handler: a table of routes has names only, or none");
        if (n == room)
            scn_args_fail(a, "handler: more than %d routes", (int)room);
        uint32_t at = n++;
        const char *name = lua_tostring(L, -2);
        if (strlen(name) >= sizeof routes->name)
            scn_args_fail(a, "handler: the route \"%.40s...\" has more than 63 letters",
                          name);
        while (at > 0 && strcmp(routes[at - 1].name, name) > 0) {
            routes[at] = routes[at - 1];
            at--;
        }
        snprintf(routes[at].name, sizeof routes[at].name, "%.63s", name);
        routes[at].step = scn_within(L, policies, name, scn_to_step(L, -1));
        lua_pop(L, 2);
    }
    lua_settop(L, table);
    return n;
}

static void read_handler(lua_State *L, struct scn_args *a, struct sim_service_def *s)
{
    if (!scn_args_push(a, "handler"))
        scn_args_lack(a, (const char *const[]){ "handler", NULL },
                      "needs a handler: handler = { python(2*ms), io(5*ms) }");
    if (lua_istable(L, -1) && has_names(L)) {
        struct route routes[64];
        const char *names[65] = { NULL };
        uint32_t n = read_routes(L, a, a, routes, 64);
        for (uint32_t i = 0; i < n; i++)
            names[i] = routes[i].name;
        scn_check_only(a, names);
        for (uint32_t i = 0; i < n; i++)
            scn_add_route(L, s, routes[i].name, routes[i].step);
    } else {
        scn_check_only(a, (const char *const[]){ NULL });
        scn_add_route(L, s, "", scn_within(L, a, "", scn_to_step(L, -1)));
    }
    lua_pop(L, 1);
}

static void read_host(lua_State *L, struct scn_args *a, struct sim_service_def *s)
{
    bool own_cores = scn_args_integer(a, "cores", &s->cores, 1, 100000);
    if (!scn_args_push(a, "host"))
        return;
    s->host = scn_box_check(L, -1, SCN_HOST)->u.id;
    lua_pop(L, 1);
    if (own_cores)
        scn_args_fail(a, "cores are those of its host: give one of \"cores\" and \"host\"");
}

static void refuse_later(struct scn_args *a)
{
    static const char *const later[] = { "consumes", "protocol", "cold", "autoscale" };
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        scn_args_later(a, later[i]);
}

// A pool of processes or interpreters serves: each has requests handed to it as they come.
static void read_executor(lua_State *L, struct sim_service_def *s)
{
    const struct scn_box *pool = scn_box_test(L, -1, SCN_POOL);
    uint32_t cores =
        s->host == SIM_NONE ? s->cores : sim_model_host_cores(scn_of(L)->model, s->host);
    if (pool && pool->breaks)
        scn_fail(L, "on_crash = \"break\" is of a pool that run_in_executor sends to: of a "
                    "service each process serves by itself, and one that dies is replaced");
    if (pool)
        s->executor = scn_serving(L, pool->u.id, cores);
    else
        s->executor = scn_box_check(L, -1, SCN_EXECUTOR)->u.executor;
}

// A worker of Celery has no port: what is sent to it stands in its broker's line, and any worker
// may take it.
static void check_probes(struct scn_args *a, const struct sim_service_def *s)
{
    if (s->executor.broker.is_used && scn_is_probed(s))
        scn_args_fail(a, "a worker of Celery answers no probes: leave out readiness, "
                         "liveness and startup");
    if (s->executor.broker.is_used && s->drain.is_used)
        scn_args_fail(a, "a worker of Celery has no port that callers know of: leave out "
                         "drain; grace is until it is killed");
}

// Each process of a server of event loops is a replica, and stands on the host of its server.
static void count_processes(struct scn_args *a, struct sim_service_def *s)
{
    uint32_t each = s->executor.processes;
    if (s->executor.broker.is_used && s->balance.kind != SIM_BALANCE_ROUND_ROBIN)
        scn_args_fail(a,
                      "the workers of Celery take from one broker, which deals out round "
                      "robin to those with room");
    if (each <= 1)
        return;
    if (s->replicas > 1 && s->balance.kind != SIM_BALANCE_ROUND_ROBIN)
        scn_args_fail(a,
                      "between several servers of several workers each requests go round "
                      "robin only; who accepts within one is up to the kernel");
    s->replicas *= each;
}

static int word_service(lua_State *L)
{
    struct scn_args a;
    char what[96];
    struct sim_service_def s; // its bytes are compared (sim_model_apart)
    memset(&s, 0, sizeof s);
    s.replicas = s.cores = 1;
    s.host = SIM_NONE;
    s.executor.workers = 1;
    s.executor.capacity = SIM_UNLIMITED;
    s.executor.max_wait = SIM_NONE;
    scn_new_name(L, "service", s.name, sizeof s.name);
    s.line = scn_line(L);
    snprintf(what, sizeof what, "service \"%s\"", s.name);
    scn_args_open(L, 2, what, &a);
    scn_args_integer(&a, "replicas", &s.replicas, 1, 10000);
    read_host(L, &a, &s);
    if (scn_args_push(&a, "runtime")) {
        s.runtime = scn_box_check(L, -1, SCN_RUNTIME)->u.runtime;
        s.has_runtime = true;
        lua_pop(L, 1);
    }
    if (scn_args_push(&a, "executor")) {
        read_executor(L, &s);
        lua_pop(L, 1);
    }
    scn_read_balance(&a, s.replicas, &s.balance);
    read_handler(L, &a, &s);
    scn_read_probes(&a, &s);
    refuse_later(&a);
    scn_args_close(&a);
    check_probes(&a, &s);
    count_processes(&a, &s);
    uint32_t id = scn_added(L, sim_model_service(scn_of(L)->model, &s));
    struct scn_box *b = scn_box_push(L, SCN_SERVICE);
    b->u.service.id = id;
    b->u.service.replica = SIM_NONE;
    return 1;
}

void scn_to_service_name(lua_State *L, int index, const char *what, char *name, size_t size)
{
    struct scn_box *b = scn_box_test(L, index, SCN_SERVICE);
    if (b && b->u.service.replica != SIM_NONE)
        scn_fail(L, "%s: a call to one replica is not there yet; call the service", what);
    if (b)
        snprintf(name, size, "%s",
                 sim_model_service_name(scn_of(L)->model, b->u.service.id));
    else if (lua_type(L, index) == LUA_TSTRING)
        scn_check_name(L, index, what, name, size);
    else
        scn_fail(L, "%s: expected a service or its name in quotes, got %s", what,
                 scn_what_is(L, index));
}

// ---- client ----

static void refuse_drawn_route(lua_State *L, struct scn_args *a)
{
    if (a->table && lua_getfield(L, a->table, "route") && scn_box_test(L, -1, SCN_VALUE))
        scn_args_fail(a, "a route that is drawn for each request is not there yet: route = "
                         "\"GET /item\"");
    if (a->table)
        lua_pop(L, 1);
}

// Nobody sends a client a key, by which it would know what it has done.
static void refuse_keys(struct scn_args *a)
{
    const struct sim_model *m = scn_of(a->L)->model;
    for (uint32_t i = 1, n = scn_args_list(a); i <= n; i++) {
        scn_args_push_item(a, i);
        const struct scn_box *b = scn_box_test(a->L, -1, SCN_POLICY);
        if (b && sim_model_policy_at(m, b->u.policy.id)->kind == SIM_POLICY_IDEMPOTENCY)
            scn_args_fail(
                a, "idempotency is of a service, and nobody sends a client a key: put "
                   "it in the list of the service, and idempotency_key = true here");
        lua_pop(a->L, 1);
    }
}

static uint32_t client_step(lua_State *L, struct scn_args *a)
{
    struct sim_call_def c;
    struct sim_step s;
    memset(&c, 0, sizeof c);
    memset(&s, 0, sizeof s);
    c.service = c.deadline = SIM_NONE;
    c.line = scn_line(L);
    if (!scn_args_push(a, "target"))
        scn_args_lack(a, (const char *const[]){ "target", NULL },
                      "needs a target: target = api");
    scn_to_service_name(L, -1, "target", c.target, sizeof c.target);
    lua_pop(L, 1);
    refuse_drawn_route(L, a);
    scn_args_string(a, "route", c.route, sizeof c.route);
    scn_args_cancel(a, &c.cancel);
    if (scn_args_push(a, "deadline")) {
        c.pass_deadline = true;
        if (!lua_isboolean(L, -1))
            c.deadline = scn_to_value(L, -1, "deadline", 0, 1e7);
        lua_pop(L, 1);
    }
    scn_read_key(a, &c);
    refuse_keys(a);
    c.bytes = scn_read_req_bytes(a);
    s.kind = SIM_STEP_CALL;
    s.value = SIM_NONE;
    s.a = scn_added(L, sim_model_call(scn_of(L)->model, &c));
    return scn_within(L, a, c.route, scn_add_step(L, &s));
}

static uint32_t field_value(lua_State *L)
{
    if (lua_type(L, -1) == LUA_TSTRING)
        return scn_added(
            L, sim_model_const(scn_of(L)->model,
                               sim_model_symbol(scn_of(L)->model, lua_tostring(L, -1))));
    if (lua_isboolean(L, -1))
        return scn_added(L, sim_model_const(scn_of(L)->model, lua_toboolean(L, -1)));
    return scn_to_value(L, -1, "a field of req", -1e15, 1e15);
}

// Fields in an order in which each comes after those that it is made from; a table has none.
static void read_req(lua_State *L, struct scn_args *a, struct sim_client_def *c)
{
    struct sim_field_set sets[SIM_FIELDS];
    uint32_t n = 0;
    struct sim_model *m = scn_of(L)->model;
    if (!scn_args_push(a, "req"))
        return;
    if (!lua_istable(L, -1))
        scn_args_fail(a, "req: expected a table of fields, got %s", scn_what_is(L, -1));
    int table = lua_gettop(L), count = scn_push_keys(L, table);
    for (int key = 1; key <= count; key++) {
        char name[64];
        lua_rawgeti(L, table + 1, key);
        lua_pushvalue(L, -1);
        lua_rawget(L, table);
        scn_check_name(L, -2, "a field of req", name, sizeof name);
        if (n == SIM_FIELDS)
            scn_args_fail(a, "req: more than %d fields", (int)SIM_FIELDS);
        sets[n].field = scn_field(L, name);
        scn_of(L)->fields[sets[n].field].is_sent = true;
        sets[n++].value = field_value(L);
        lua_pop(L, 2);
    }
    lua_settop(L, table - 1);
    if (!sim_model_order_fields(m, sets, n))
        scn_args_fail(a, "req: fields are made from one another in a circle");
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = scn_added(L, sim_model_field_set(m, sets[i]));
        if (i == 0)
            c->first_field = at;
    }
    c->fields = n;
}

static int word_client(lua_State *L)
{
    struct scn_args a;
    char what[96];
    struct sim_client_def c = { 0 };
    scn_new_name(L, "client", c.name, sizeof c.name);
    c.line = scn_line(L);
    snprintf(what, sizeof what, "client \"%s\"", c.name);
    scn_args_open(L, 2, what, &a);
    c.step = client_step(L, &a);
    if (!scn_args_push(&a, "arrivals"))
        scn_args_lack(&a, (const char *const[]){ "arrivals", NULL },
                      "needs arrivals: arrivals = poisson(100)");
    c.arrivals = scn_box_check(L, -1, SCN_ARRIVALS)->u.arrivals;
    lua_pop(L, 1);
    read_req(L, &a, &c);
    scn_args_later(&a, "result");
    scn_args_later(&a, "count");
    scn_args_close(&a);
    uint32_t id = scn_added(L, sim_model_client(scn_of(L)->model, &c));
    scn_box_push(L, SCN_CLIENT)->u.id = id;
    return 1;
}

// ---- host and link ----

static enum sim_back_off back_off_of(struct scn_args *a)
{
    bool backs_off;
    if (scn_args_boolean(a, "back_off", &backs_off))
        return SIM_BACK_OFF_ALWAYS;
    return scn_args_is_false(a, "back_off") ? SIM_BACK_OFF_NEVER : SIM_BACK_OFF_USUAL;
}

static int word_host(lua_State *L)
{
    struct scn_args a;
    char what[96];
    struct sim_host_def h;
    sim_host_default(&h);
    scn_new_name(L, "host", h.name, sizeof h.name);
    snprintf(what, sizeof what, "host \"%s\"", h.name);
    scn_args_open(L, 2, what, &a);
    scn_args_integer(&a, "cores", &h.cores, 1, 100000);
    scn_args_duration(&a, "slice", &h.slice);
    bool zero = scn_args_push(&a, "switch_cost");
    if (zero) {
        lua_pop(L, 1);
        scn_args_duration(&a, "switch_cost", &h.switch_cost);
    }
    scn_args_duration(&a, "tick", &h.tick);
    double memory = 0;
    if (scn_args_number(&a, "memory", &memory, 1, 1e15))
        h.memory = (int64_t)memory;
    scn_args_duration(&a, "restart", &h.restart);
    h.back_off = back_off_of(&a);
    scn_args_close(&a);
    if (h.slice <= 0)
        scn_args_fail(&a, "slice must be longer than 0");
    uint32_t id = scn_added(L, sim_model_host(scn_of(L)->model, &h));
    scn_box_push(L, SCN_HOST)->u.id = id;
    return 1;
}

static void caller_name(lua_State *L, int index, char *name, size_t size)
{
    struct scn_box *c = scn_box_test(L, index, SCN_CLIENT);
    if (c)
        snprintf(name, size, "%s", sim_model_client_name(scn_of(L)->model, c->u.id));
    else
        scn_to_service_name(L, index, "link", name, size);
}

static const char links_key;

// Of two the first would count, and the other be ignored.
static void take_link(struct scn_args *a, const struct sim_link_def *l)
{
    lua_State *L = a->L;
    int top = lua_gettop(L);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &links_key) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &links_key);
    }
    lua_pushfstring(L, "%s>%s", l->from, l->to);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) != LUA_TNIL)
        scn_args_fail(
            a,
            "what the way from \"%s\" to \"%s\" is like is said by the link of line "
            "%d: give all of its options there",
            l->from, l->to, (int)lua_tointeger(L, -1));
    lua_pop(L, 1);
    lua_pushinteger(L, scn_line(L));
    lua_rawset(L, -3);
    lua_settop(L, top);
}

// For a remark where they never call each other.
static void note_link(lua_State *L, const struct sim_link_def *l)
{
    struct scn_scenario *scn = scn_of(L);
    if (scn->is_sealed || scn->link_count == SCN_REMARKS)
        return;
    struct scn_link_named *named = &scn->links[scn->link_count++];
    memcpy(named->from, l->from, sizeof named->from);
    memcpy(named->to, l->to, sizeof named->to);
    named->line = scn_line(L);
}

// link(a, b, {latency}) declares; link(a, b) also names one that something happens to.
static int word_link(lua_State *L)
{
    struct scn_args a;
    struct sim_link_def l = { .latency = SIM_NONE };
    caller_name(L, 1, l.from, sizeof l.from);
    scn_to_service_name(L, 2, "link", l.to, sizeof l.to);
    scn_args_open(L, 3, "link", &a);
    if (scn_args_push(&a, "latency")) {
        l.latency = scn_to_value(L, -1, "link: latency", 0, 1e7);
        lua_pop(L, 1);
    }
    scn_args_number(&a, "bandwidth", &l.bandwidth, 1, 1e15);
    scn_of(L)->has_bandwidth |= l.bandwidth > 0;
    bool declares = l.latency != SIM_NONE || l.bandwidth > 0;
    if (declares && scn_of(L)->is_sealed)
        scn_args_fail(&a, "the world is built before it runs, not in a function");
    if (declares) {
        take_link(&a, &l);
        scn_added(L, sim_model_link(scn_of(L)->model, &l));
    }
    note_link(L, &l);
    scn_args_later(&a, "loss");
    scn_args_later(&a, "protocol");
    scn_args_close(&a);
    struct scn_box *b = scn_box_push(L, SCN_LINK);
    memcpy(b->u.link.from, l.from, sizeof l.from);
    memcpy(b->u.link.to_name, l.to, sizeof l.to);
    return 1;
}

// ---- include ----

static int word_include(lua_State *L)
{
    struct scn_scenario *scn = scn_of(L);
    if (lua_type(L, 1) != LUA_TSTRING)
        return scn_fail(L, "include: expected the name of a file in quotes, got %s",
                        scn_what_is(L, 1));
    if (scn->includes >= 16)
        return scn_fail(L, "include: files include one another too deep");
    const char *name = lua_tostring(L, 1);
    lua_settop(L, 1);
    scn_push_file(L, name, "lua");
    size_t n;
    const char *text = lua_tolstring(L, 2, &n);
    scn_load(L, name, text, n);
    scn->includes++;
    lua_call(L, 0, LUA_MULTRET);
    scn->includes--;
    return lua_gettop(L) - 2;
}

void scn_open_world(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "scenario", word_scenario, 2, SCN_BUILDS },
        { "service", word_service, 2, SCN_BUILDS },
        { "client", word_client, 2, SCN_BUILDS },
        { "host", word_host, 2, SCN_BUILDS },
        { "link", word_link, 3, SCN_ANY_TIME },
        { "cpython", word_cpython, 2, SCN_ANY_TIME },
        { "threads", word_threads, 2, SCN_ANY_TIME },
        { "include", word_include, 1, SCN_BUILDS },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
}
