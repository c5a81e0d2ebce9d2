#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "scenarios/host/build.h"

// What a handler does: steps, and the ways to put them together. A word builds; nothing is
// done before the run.

#define DEEPEST 500 // values of the Lua stack; a level takes one or two

struct sim_step *scn_blank_step(struct sim_step *s, enum sim_step_kind kind)
{
    memset(s, 0, sizeof *s);
    s->kind = kind;
    s->value = SIM_NONE;
    return s;
}

// Where the word stands that makes a step. What a running function makes again and again
// counts to the function as a whole: looking up a line for each would take longer than all.
static int step_line(lua_State *L)
{
    return scn_of(L)->is_sealed ? 0 : scn_line(L);
}

uint32_t scn_add_step(lua_State *L, struct sim_step *s)
{
    if (s->line == 0)
        s->line = step_line(L);
    uint32_t id = scn_known(L, 's', s, sizeof *s);
    if (id == SIM_NONE) {
        id = scn_added(L, sim_model_step(scn_of(L)->model, s));
        scn_remember(L, 's', s, sizeof *s, id);
    }
    return id;
}

int scn_push_step(lua_State *L, struct sim_step *s)
{
    uint32_t id = scn_add_step(L, s);
    struct scn_box *b = scn_box_push(L, SCN_STEP);
    b->u.step.step = id;
    b->u.step.kind = s->kind;
    b->u.step.status = s->a;
    return 1;
}

uint32_t scn_step_id(lua_State *L, struct scn_step_box *box)
{
    if (box->step != SIM_NONE)
        return box->step;
    struct sim_step s;
    scn_blank_step(&s, (enum sim_step_kind)box->kind)->flags = box->flags;
    s.line = box->line;
    if (box->plain) {
        lua_pushnumber(L, box->seconds);
        s.value = scn_to_value(L, -1, "work", 0, 1e7);
        lua_pop(L, 1);
    } else {
        s.value = box->value;
    }
    return box->step = scn_add_step(L, &s);
}

// ---- Work ----

// A whole second of work is mostly a unit that was left out.
static void remark_seconds(lua_State *L, enum sim_step_kind kind, const char *what,
                           double seconds)
{
    if (kind != SIM_STEP_IO && seconds >= 1 && !scn_of(L)->is_sealed)
        scn_remark(L, "%s(%.14g) is %.14g s of work; are %.14g*ms meant?", what, seconds,
                   seconds, seconds);
}

static double longest(enum sim_step_kind kind)
{
    bool is_on_core = kind == SIM_STEP_PYTHON || kind == SIM_STEP_NATIVE;
    return is_on_core ? (double)SIM_WORK_MAX / SIM_S : 1e7;
}

static int work(lua_State *L, enum sim_step_kind kind, const char *what, uint32_t flags)
{
    if (lua_type(L, 1) == LUA_TNUMBER) {
        double seconds = scn_check_number(L, 1, what, 0, longest(kind));
        remark_seconds(L, kind, what, seconds);
        struct scn_box *b = scn_box_push(L, SCN_STEP);
        b->u.step = (struct scn_step_box){ .step = SIM_NONE,
                                           .kind = kind,
                                           .flags = flags,
                                           .plain = true,
                                           .line = step_line(L),
                                           .seconds = seconds };
        return 1;
    }
    uint32_t value = scn_to_value(L, 1, what, 0, longest(kind));
    struct scn_box *b = scn_box_push(L, SCN_STEP);
    b->u.step = (struct scn_step_box){
        .step = SIM_NONE, .kind = kind, .flags = flags, .value = value, .line = step_line(L)
    };
    return 1;
}

static void no_options(lua_State *L, const char *what)
{
    struct scn_args a;
    scn_args_open(L, 2, what, &a);
    scn_args_close(&a);
}

static int word_python(lua_State *L)
{
    no_options(L, "python");
    return work(L, SIM_STEP_PYTHON, "python", 0);
}

static int bytes_of(lua_State *L, enum sim_step_kind kind, const char *what)
{
    struct sim_step s;
    no_options(L, what);
    scn_blank_step(&s, kind)->value = scn_to_value(L, 1, what, 0, 1e15);
    return scn_push_step(L, &s);
}

static int word_alloc(lua_State *L)
{
    return bytes_of(L, SIM_STEP_ALLOC, "alloc");
}

static int word_leak(lua_State *L)
{
    return bytes_of(L, SIM_STEP_LEAK, "leak");
}

static int word_native(lua_State *L)
{
    struct scn_args a;
    bool holds = false;
    scn_args_open(L, 2, "native", &a);
    scn_args_boolean(&a, "holds_gil", &holds);
    scn_args_close(&a);
    return work(L, SIM_STEP_NATIVE, "native", holds ? SIM_HOLDS_GIL : 0);
}

static int word_io(lua_State *L)
{
    no_options(L, "io");
    return work(L, SIM_STEP_IO, "io", 0);
}

static int word_sleep(lua_State *L)
{
    no_options(L, "sleep");
    return work(L, SIM_STEP_IO, "sleep", SIM_IS_TIMER);
}

// ---- Calls ----

void scn_read_target(lua_State *L, const char *word, struct sim_call_def *c)
{
    memset(c, 0, sizeof *c);
    scn_to_service_name(L, 1, word, c->target, sizeof c->target);
    c->service = SIM_NONE;
    c->deadline = SIM_NONE;
    c->line = scn_line(L);
}

static void read_deadline(struct scn_args *a, struct sim_call_def *c)
{
    if (!scn_args_push(a, "deadline"))
        return;
    c->pass_deadline = true;
    if (!lua_isboolean(a->L, -1))
        c->deadline = scn_to_value(a->L, -1, "deadline", 0, 1e7);
    lua_pop(a->L, 1);
}

uint32_t scn_add_call(lua_State *L, const struct sim_call_def *c)
{
    struct sim_call_def key = *c;
    key.line = 0; // where it stands does not make another call
    uint32_t id = scn_known(L, 'c', &key, sizeof key);
    if (id == SIM_NONE) {
        id = scn_added(L, sim_model_call(scn_of(L)->model, c));
        scn_remember(L, 'c', &key, sizeof key, id);
    }
    return id;
}

static int word_call(lua_State *L)
{
    struct scn_args a;
    struct sim_call_def c;
    scn_read_target(L, "call", &c);
    scn_args_open(L, 2, "call", &a);
    scn_args_string(&a, "route", c.route, sizeof c.route);
    scn_args_cancel(&a, &c.cancel);
    read_deadline(&a, &c);
    c.bytes = scn_read_bytes(&a);
    scn_args_later(&a, "req");
    scn_args_later(&a, "protocol");
    scn_read_key(&a, &c);
    struct sim_step s;
    scn_blank_step(&s, SIM_STEP_CALL)->a = scn_add_call(L, &c);
    uint32_t step = scn_within(L, &a, c.route, scn_add_step(L, &s));
    scn_args_close(&a);
    struct scn_box *b = scn_box_push(L, SCN_STEP);
    b->u.step.step = step;
    b->u.step.kind = SIM_STEP_CALL;
    return 1;
}

// ---- Lists and functions as steps ----

// More than there are would be waited for without end.
static void refuse_need(lua_State *L, uint32_t need, uint32_t branches)
{
    if (need > branches)
        scn_fail(
            L,
            "gather: need is %u of %u %s, and would be waited for without end; expected "
            "%u at most",
            (unsigned)need, (unsigned)branches, branches == 1 ? "branch" : "branches",
            (unsigned)branches);
}

uint32_t scn_step_list(lua_State *L, struct scn_args *a, const struct sim_step *kind)
{
    uint32_t ids[512], n = 0;
    uint32_t length = scn_args_list(a);
    if (length > 512)
        scn_args_fail(a, "a list of more than 512 steps");
    for (uint32_t i = 1; i <= length; i++) {
        scn_args_push_item(a, i);
        if (lua_toboolean(L, -1))
            ids[n++] = scn_to_step(L, -1);
        lua_pop(L, 1);
    }
    struct sim_step s = *kind;
    s.count = n;
    if (s.kind == SIM_STEP_GATHER)
        refuse_need(L, s.a, n);
    uint32_t known = scn_known(L, 'l', ids, n * sizeof *ids);
    s.first = known;
    for (uint32_t i = 0; known == SIM_NONE && i < n; i++) {
        uint32_t at = scn_added(L, sim_model_child(scn_of(L)->model, ids[i]));
        if (i == 0)
            s.first = at;
    }
    if (known == SIM_NONE)
        scn_remember(L, 'l', ids, n * sizeof *ids, s.first);
    return scn_add_step(L, &s);
}

static uint32_t function_step(lua_State *L, int index)
{
    struct scn_scenario *scn = scn_of(L);
    struct sim_step s;
    if (scn->is_sealed)
        scn_fail(L, "a function within a function's step is not there yet");
    lua_Debug about;
    lua_pushvalue(L, index);
    lua_getinfo(L, ">S", &about);
    lua_pushvalue(L, index);
    scn_blank_step(&s, SIM_STEP_SCRIPT)->line = about.linedefined;
    s.a = (uint32_t)luaL_ref(L, LUA_REGISTRYINDEX);
    scn->uses_functions = true;
    return scn_add_step(L, &s);
}

bool scn_is_step(lua_State *L, int index)
{
    return scn_box_test(L, index, SCN_STEP) || lua_istable(L, index) ||
           lua_isfunction(L, index);
}

uint32_t scn_to_step(lua_State *L, int index)
{
    struct scn_box *b = scn_box_test(L, index, SCN_STEP);
    index = lua_absindex(L, index);
    // Each level of a list leaves its own on the stack, so that its height tells how deep this
    // is, also in a list that holds itself.
    if (lua_gettop(L) > DEEPEST)
        scn_fail(L, "lists of steps are nested too deep, or one holds itself");
    luaL_checkstack(L, 20, "steps are nested too deep");
    if (b)
        return scn_step_id(L, &b->u.step);
    if (lua_isfunction(L, index))
        return function_step(L, index);
    if (!lua_istable(L, index))
        scn_fail(L, "expected a step, such as python(2*ms), or a list of steps, got %s",
                 scn_what_is(L, index));
    struct scn_args a;
    struct sim_step list;
    scn_args_open(L, index, "list of steps", &a);
    uint32_t id = scn_step_list(L, &a, scn_blank_step(&list, SIM_STEP_LIST));
    scn_args_close(&a);
    return id;
}

// ---- Putting together ----

static void read_need(lua_State *L, int index, const char *what, uint32_t *need)
{
    struct scn_args a;
    scn_args_open(L, index, what, &a);
    scn_args_integer(&a, "need", need, 1, 65535);
    scn_args_close(&a);
}

// gather(steps, {}) or gather(n, step, {})
static int word_gather(lua_State *L)
{
    uint32_t need = 0;
    if (scn_box_test(L, 1, SCN_VALUE))
        return scn_fail(L,
                        "gather: how many is a whole number fixed in advance, such as "
                        "gather(3, step), and not %s",
                        scn_kind_name(SCN_VALUE));
    if (lua_type(L, 1) != LUA_TNUMBER) {
        struct scn_args a;
        if (lua_gettop(L) > 2)
            return scn_fail(
                L, "gather takes gather(steps, {need}) or gather(n, step, {need})");
        read_need(L, 2, "gather", &need);
        scn_args_open(L, 1, "gather", &a);
        struct sim_step all;
        scn_blank_step(&all, SIM_STEP_GATHER)->a = need;
        uint32_t id = scn_step_list(L, &a, &all);
        scn_args_close(&a);
        scn_box_push(L, SCN_STEP)->u.step = (struct scn_step_box){ .step = id };
        return 1;
    }
    struct sim_step s;
    double n = scn_check_number(L, 1, "gather", 0, 65535);
    if (n != floor(n))
        return scn_fail(L, "gather(%.14g, ...): expected a whole number", n);
    read_need(L, 3, "gather", &need);
    refuse_need(L, need, (uint32_t)n);
    scn_blank_step(&s, SIM_STEP_FANOUT)->a = (uint32_t)n;
    s.b = scn_to_step(L, 2);
    s.value = need;
    return scn_push_step(L, &s);
}

static int word_times(lua_State *L)
{
    struct sim_step s;
    double n = scn_check_number(L, 1, "times", 0, 1e6);
    if (n != floor(n))
        return scn_fail(L, "times(%.14g, ...): expected a whole number", n);
    scn_blank_step(&s, n > 0 ? SIM_STEP_TIMES : SIM_STEP_NOTHING)->a = (uint32_t)n;
    s.b = scn_to_step(L, 2);
    return scn_push_step(L, &s);
}

static uint32_t status(lua_State *L, int index, const char *what, uint32_t standard)
{
    if (lua_isnoneornil(L, index))
        return standard;
    double x = scn_check_number(L, index, what, 100, 599);
    if (x != floor(x))
        scn_fail(L, "%s(%.14g): expected a whole number from 100 to 599", what, x);
    return (uint32_t)x;
}

// When to come back, or "never".
static void read_push_back(lua_State *L, struct sim_step *s)
{
    if (lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "never") == 0) {
        s->flags = SIM_NO_MORE;
        return;
    }
    s->flags = SIM_PUSHES_BACK;
    s->value = scn_to_value(L, -1, "fail: retry_after", 0, 1e7);
}

static int word_fail(lua_State *L)
{
    struct scn_args a;
    struct sim_step s;
    scn_blank_step(&s, SIM_STEP_FAIL)->a = status(L, 1, "fail", 500);
    scn_args_open(L, 2, "fail", &a);
    if (scn_args_push(&a, "retry_after")) {
        read_push_back(L, &s);
        lua_pop(L, 1);
    }
    scn_args_close(&a);
    return scn_push_step(L, &s);
}

static int word_reply(lua_State *L)
{
    struct scn_args a;
    struct sim_step s;
    scn_args_open(L, 2, "reply", &a);
    scn_blank_step(&s, SIM_STEP_REPLY)->a = status(L, 1, "reply", 200);
    s.b = scn_read_bytes(&a);
    scn_args_later(&a, "chunks");
    scn_args_close(&a);
    return scn_push_step(L, &s);
}

static uint32_t add_branches(lua_State *L, const struct sim_branch *b, uint32_t n)
{
    uint32_t first = scn_known(L, 'b', b, n * sizeof *b);
    for (uint32_t i = 0; first == SIM_NONE && i < n; i++) {
        uint32_t at = scn_added(L, sim_model_branch(scn_of(L)->model, b[i]));
        if (i == n - 1) {
            first = at - (n - 1);
            scn_remember(L, 'b', b, n * sizeof *b, first);
        }
    }
    return first;
}

// try(steps, { timeout = steps, any = steps, finally = steps })
static int word_try(lua_State *L)
{
    static const struct {
        const char *key;
        enum sim_outcome outcome;
    } keys[] = { { "error", SIM_ERROR },
                 { "timeout", SIM_TIMEOUT },
                 { "cancelled", SIM_CANCELLED },
                 { "rejected", SIM_REJECTED },
                 { "lost", SIM_LOST } };
    struct scn_args a;
    struct sim_branch b[8];
    struct sim_step s;
    uint32_t n = 0, finally = SIM_NONE;
    memset(b, 0, sizeof b);
    uint32_t body = scn_to_step(L, 1);
    scn_args_open(L, 2, "try", &a);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!scn_args_push(&a, keys[i].key))
            continue;
        b[n].key = keys[i].outcome;
        b[n++].to = scn_to_step(L, -1);
        lua_pop(L, 1);
    }
    if (scn_args_push(&a, "any")) {
        b[n].key = NAN;
        b[n++].to = scn_to_step(L, -1);
        lua_pop(L, 1);
    }
    if (scn_args_push(&a, "finally")) {
        finally = scn_to_step(L, -1);
        lua_pop(L, 1);
    }
    scn_args_close(&a);
    if (n == 0 && finally == SIM_NONE)
        return scn_args_fail(&a, "catches nothing: try(steps, {timeout = steps})");
    if (n > 0) {
        scn_blank_step(&s, SIM_STEP_TRY)->b = body;
        s.first = add_branches(L, b, n);
        s.count = n;
        body = scn_add_step(L, &s);
    }
    if (finally != SIM_NONE) {
        memset(b, 0, sizeof b);
        b[0].key = NAN;
        b[0].to = finally;
        scn_blank_step(&s, SIM_STEP_TRY)->b = body;
        s.flags = SIM_FINALLY;
        s.first = add_branches(L, b, 1);
        s.count = 1;
        body = scn_add_step(L, &s);
    }
    scn_box_push(L, SCN_STEP)->u.step = (struct scn_step_box){ .step = body };
    return 1;
}

// ---- choose: steps or numbers, by weight or by a field ----

#define WAYS 64

struct choice {
    struct sim_branch b[WAYS];
    uint32_t n;
    bool steps;
};

// False is nothing: steps that are none.
static void add_way(lua_State *L, struct choice *c, struct scn_args *a)
{
    if (lua_isboolean(L, -1) && !lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
    }
    bool is_step = scn_is_step(L, -1);
    if (c->n == WAYS)
        scn_args_fail(a, "more than %d ways", WAYS);
    if (c->n > 0 && is_step != c->steps)
        scn_args_fail(a, "some ways are steps and some are numbers");
    c->steps = is_step;
    struct sim_model *m = scn_of(L)->model;
    c->b[c->n++].to =
        is_step ? scn_to_step(L, -1)
        : lua_type(L, -1) == LUA_TSTRING // of a field: plan = choose {{0.1, "pro"}, ...}
            ? scn_added(L, sim_model_const(m, sim_model_symbol(m, lua_tostring(L, -1))))
            : scn_to_value(L, -1, "choose", -1e15, 1e15);
    lua_pop(L, 1);
}

static void read_weights(lua_State *L, struct choice *c)
{
    struct scn_args a;
    double sum = 0;
    scn_args_open(L, 1, "choose", &a);
    for (uint32_t i = 1, n = scn_args_list(&a); i <= n; i++) {
        scn_args_push_item(&a, i);
        if (!lua_toboolean(L, -1)) {
            lua_pop(L, 1);
            continue;
        }
        if (!lua_istable(L, -1) || lua_rawlen(L, -1) != 2)
            scn_args_fail(&a, "way %d: expected {weight, steps} or {weight, number}",
                          (int)i);
        lua_rawgeti(L, -1, 1);
        double w = scn_check_number(L, -1, "choose: a weight", 0, 1);
        lua_pop(L, 1);
        lua_rawgeti(L, -1, 2);
        add_way(L, c, &a);
        c->b[c->n - 1].weight = w;
        sum += w;
        lua_pop(L, 1);
    }
    scn_args_close(&a);
    if (c->n == 0)
        scn_args_fail(&a, "needs ways: choose {{0.9, steps}, {0.1, steps}}");
    if (sum > 1 + 1e-9)
        scn_args_fail(&a, "the weights add up to %.14g, more than 1", sum);
}

// The field that a value stands for.
static uint32_t field_of(lua_State *L, int index)
{
    struct scn_box *b = scn_box_test(L, index, SCN_VALUE);
    uint32_t field = b ? sim_model_value_field(scn_of(L)->model, b->u.id) : SIM_NONE;
    if (field == SIM_NONE)
        scn_fail(L,
                 "choose: expected a field of the request, such as req.plan, or a list of "
                 "{weight, steps}; got %s",
                 scn_what_is(L, index));
    return field;
}

static double key_of(lua_State *L, int index)
{
    if (lua_type(L, index) == LUA_TNUMBER)
        return lua_tonumber(L, index);
    const char *word = lua_tostring(L, index);
    return strcmp(word, "other") == 0 ? NAN : sim_model_symbol(scn_of(L)->model, word);
}

static void read_cases(lua_State *L, struct choice *c)
{
    struct scn_args a;
    scn_args_open(L, 2, "choose", &a);
    if (!a.table)
        scn_args_fail(&a, "needs ways: choose(req.plan, {free = steps, other = steps})");
    int count = scn_push_keys(L, a.table), keys = lua_gettop(L);
    for (int key = 1; key <= count; key++) {
        lua_rawgeti(L, keys, key);
        lua_pushvalue(L, -1);
        lua_rawget(L, a.table);
        if (lua_type(L, -2) != LUA_TNUMBER && lua_type(L, -2) != LUA_TSTRING)
            scn_args_fail(&a, "keys are words or numbers");
        add_way(L, c, &a);
        c->b[c->n - 1].key = key_of(L, -1);
        lua_pop(L, 1);
    }
    lua_settop(L, keys - 1);
    if (c->n == 0)
        scn_args_fail(&a, "needs ways: choose(req.plan, {free = steps, other = steps})");
    // By key, with "other" last; equal scenarios must be equal.
    for (uint32_t i = 1; i < c->n; i++)
        for (uint32_t k = i;
             k > 0 && (isnan(c->b[k - 1].key) || c->b[k].key < c->b[k - 1].key); k--) {
            struct sim_branch swap = c->b[k];
            c->b[k] = c->b[k - 1];
            c->b[k - 1] = swap;
        }
}

static int word_choose(lua_State *L)
{
    struct choice c;
    memset(&c, 0, sizeof c);
    bool by_field = !lua_istable(L, 1);
    if (!by_field && lua_gettop(L) > 1)
        return scn_fail(L, "choose takes one list: choose {{0.9, steps}, {0.1, steps}}");
    uint32_t field = by_field ? field_of(L, 1) : 0;
    if (by_field)
        read_cases(L, &c);
    else
        read_weights(L, &c);
    uint32_t first = add_branches(L, c.b, c.n);
    if (c.steps) {
        struct sim_step s;
        scn_blank_step(&s, by_field ? SIM_STEP_SWITCH : SIM_STEP_MIX)->a = field;
        s.first = first;
        s.count = c.n;
        return scn_push_step(L, &s);
    }
    struct sim_value v;
    memset(&v, 0, sizeof v);
    v.kind = by_field ? SIM_VALUE_SWITCH : SIM_VALUE_MIX;
    v.a = field;
    v.first = first;
    v.count = c.n;
    for (uint32_t i = 0; i < c.n; i++)
        v.b |= sim_model_value_is_word(scn_of(L)->model, c.b[i].to);
    return scn_push_value(L, &v);
}

void scn_open_steps(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "python", word_python, 2, SCN_ANY_TIME },
        { "native", word_native, 2, SCN_ANY_TIME },
        { "io", word_io, 2, SCN_ANY_TIME },
        { "sleep", word_sleep, 2, SCN_ANY_TIME },
        { "alloc", word_alloc, 2, SCN_ANY_TIME },
        { "leak", word_leak, 2, SCN_ANY_TIME },
        { "call", word_call, 2, SCN_ANY_TIME },
        { "gather", word_gather, 3, SCN_ANY_TIME },
        { "times", word_times, 2, SCN_ANY_TIME },
        { "fail", word_fail, 2, SCN_ANY_TIME },
        { "reply", word_reply, 2, SCN_ANY_TIME },
        { "try", word_try, 2, SCN_ANY_TIME },
        { "choose", word_choose, 2, SCN_ANY_TIME },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
}
