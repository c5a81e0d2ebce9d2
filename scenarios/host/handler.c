#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/host/build.h"
#include "sim/model/program.h"

// Handlers written as functions. Each request that comes to one runs in a thread of the
// script's; await yields the step to the simulator, which does it and resumes the thread. A
// thread that has returned is used again for the next request: it keeps at the bottom of its
// stack what nearly every start needs, so that none of it is looked up again.

enum {
    KEPT_REQUEST = 1,
    KEPT_FUNCTION, // that of the last request
    KEPT = KEPT_FUNCTION
};

struct thread {
    lua_State *L;
    struct scn_box *request; // lives as long as the thread: anchored with it
    uint32_t fn;             // of which the function is kept; SIM_NONE: nothing is yet
    bool is_last;            // the step under way is the one that the function returned
};

struct scn_threads {
    struct thread *at;
    uint32_t count, room;
    uint32_t *free;
    uint32_t free_count;
    int anchor;         // registry table that keeps the threads alive
    uint32_t *entry_of; // of steps: first operation plus 1, compiled when first awaited
    uint32_t entries;
    uint32_t current;                 // the thread that is running, or SIM_NONE
    struct sim_script_answer *answer; // where it says what it waits for
};

// ---- What a thread asks for ----

static bool is_work(const struct scn_step_box *s)
{
    return s->kind == SIM_STEP_PYTHON || s->kind == SIM_STEP_NATIVE ||
           s->kind == SIM_STEP_IO;
}

static void ask_work(const struct scn_step_box *s, struct sim_script_answer *answer)
{
    answer->wish = SIM_SCRIPT_WORK;
    answer->op = s->kind == SIM_STEP_PYTHON   ? SIM_OP_PYTHON
                 : s->kind == SIM_STEP_NATIVE ? SIM_OP_NATIVE
                                              : SIM_OP_IO;
    answer->flags = (uint8_t)s->flags;
    answer->seconds = s->seconds;
}

// Of the task whose thread has the number.
static enum sim_executor_kind executor_of(const struct scn_threads *threads, uint32_t i)
{
    const struct scn_box *r = threads->at[i].request;
    return sim_run_executor(r->u.request.run, r->u.request.task);
}

// Steps are compiled when they are awaited for the first time, and once for each kind of
// executor.
static uint32_t entry_of(lua_State *L, uint32_t step, enum sim_executor_kind by)
{
    struct scn_threads *threads = scn_of(L)->threads;
    uint32_t place = step * 2 + (by == SIM_ASYNCIO);
    if (place >= threads->entries) {
        uint32_t n = threads->entries ? threads->entries : 64;
        while (n <= place)
            n *= 2;
        uint32_t *e = realloc(threads->entry_of, n * sizeof *e);
        if (!e)
            scn_fail(L, "no memory left");
        memset(e + threads->entries, 0, (n - threads->entries) * sizeof *e);
        threads->entry_of = e;
        threads->entries = n;
    }
    if (threads->entry_of[place] == 0) {
        uint32_t pc = sim_model_extend(scn_of(L)->model, step, by);
        if (pc == SIM_NONE)
            scn_fail(L, "%s", sim_model_error(scn_of(L)->model)->text);
        threads->entry_of[place] = pc + 1;
    }
    return threads->entry_of[place] - 1;
}

bool scn_is_running(lua_State *L)
{
    return scn_of(L)->threads->current != SIM_NONE;
}

uint32_t scn_step_entry(lua_State *L, uint32_t step)
{
    struct scn_threads *threads = scn_of(L)->threads;
    return entry_of(L, step, executor_of(threads, threads->current));
}

static int await_goes_on(lua_State *L, int status, lua_KContext ctx);

// await(step): the wish is written where the simulator waits for it, and nothing is yielded.
static int word_await(lua_State *L)
{
    struct scn_threads *threads = scn_of(L)->threads;
    struct scn_box *b = scn_box_test(L, 1, SCN_STEP);
    if (threads->current == SIM_NONE || !lua_isyieldable(L))
        return scn_fail(L, "await acts only in a function(req) that handles a request");
    if (b && is_work(&b->u.step) && b->u.step.plain) {
        ask_work(&b->u.step, threads->answer);
    } else {
        bool is_known = b && b->u.step.step != SIM_NONE; // as it nearly always is
        uint32_t step = is_known ? b->u.step.step : scn_to_step(L, 1);
        threads->answer->pc = scn_step_entry(L, step);
        threads->answer->wish = SIM_SCRIPT_STEP;
    }
    return lua_yieldk(L, 0, lua_gettop(L), await_goes_on);
}

// Resumed with the status, which await returns, or with the outcome and the status of a
// failure, which is raised, as in Python. They lie above what await was called with.
static int await_goes_on(lua_State *L, int status, lua_KContext ctx)
{
    (void)status;
    if (lua_gettop(L) == (int)ctx + 1)
        return 1;
    enum sim_outcome outcome = (enum sim_outcome)lua_tointeger(L, -2);
    lua_Integer code = lua_tointeger(L, -1);
    lua_createtable(L, 0, 4);
    lua_pushstring(L, sim_outcome_name(outcome));
    lua_setfield(L, -2, "outcome");
    lua_pushinteger(L, code);
    bool says_by = outcome == SIM_REJECTED || outcome == SIM_CANCELLED;
    lua_setfield(L, -2, says_by ? "code" : "status");
    if (says_by) {
        lua_pushstring(L, outcome == SIM_REJECTED
                              ? sim_rejecter_name((enum sim_rejecter)(code & 0xff))
                              : sim_canceller_name((enum sim_canceller)code));
        lua_setfield(L, -2, "by");
    }
    if (outcome == SIM_REJECTED && code >> 8 != 0) {
        lua_pushinteger(L, code >> 8);
        lua_setfield(L, -2, "status");
    }
    return lua_error(L);
}

// A script may raise what it likes: who rejected or cancelled must be somebody that there is.
static uint32_t known_code(enum sim_outcome outcome, uint32_t code)
{
    bool is_known = (outcome != SIM_REJECTED || (code & 0xff) < SIM_REJECTERS) &&
                    (outcome != SIM_CANCELLED || code < SIM_CANCELLERS);
    return is_known ? code : 0;
}

// The outcome of an error that a step raised and nobody caught; SIM_OUTCOMES for anything
// else, which is a mistake in the script.
static enum sim_outcome outcome_of(lua_State *L, uint32_t *status)
{
    if (!lua_istable(L, -1))
        return SIM_OUTCOMES;
    lua_pushliteral(L, "outcome");
    lua_rawget(L, -2);
    const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    enum sim_outcome found = SIM_OUTCOMES;
    for (int o = SIM_ERROR; o < SIM_OUTCOMES; o++)
        if (strcmp(name, sim_outcome_name((enum sim_outcome)o)) == 0)
            found = (enum sim_outcome)o;
    lua_pop(L, 1);
    // A rejection that is raised again says who rejected, as it did before.
    lua_pushstring(L, found == SIM_REJECTED ? "code" : "status");
    lua_rawget(L, -2);
    *status = known_code(found, (uint32_t)lua_tointeger(L, -1));
    lua_pop(L, 1);
    return found;
}

// ---- Threads ----

static bool grow_threads(struct scn_threads *threads)
{
    uint32_t room = threads->room ? threads->room * 2 : 16;
    struct thread *at = realloc(threads->at, room * sizeof *at);
    if (at)
        threads->at = at;
    uint32_t *free = realloc(threads->free, room * sizeof *free);
    if (free)
        threads->free = free;
    if (!at || !free)
        return false;
    threads->room = room;
    return true;
}

// Inside a door: makes thread number `count`.
static int make_thread(lua_State *L)
{
    struct scn_threads *threads = lua_touserdata(L, 1);
    if (threads->count == threads->room && !grow_threads(threads))
        return scn_fail(L, "no memory left for another request's thread");
    lua_rawgeti(L, LUA_REGISTRYINDEX, threads->anchor);
    struct thread *t = &threads->at[threads->count];
    t->L = lua_newthread(L);
    t->fn = SIM_NONE;
    t->request = scn_box_push(L, SCN_REQUEST);
    lua_rawseti(L, -3, (lua_Integer)threads->count * 2 + 2);
    lua_rawseti(L, -2, (lua_Integer)threads->count * 2 + 1);
    threads->count++;
    return 0;
}

static uint32_t take_thread(struct scn_scenario *s)
{
    struct scn_threads *threads = s->threads;
    if (threads->free_count > 0)
        return threads->free[--threads->free_count];
    if (!scn_sandbox_protect(s->sandbox, make_thread, threads, &s->script_error))
        return SIM_NONE;
    return threads->count - 1;
}

// Its stack is down to what it keeps.
static void give_thread(struct scn_threads *threads, uint32_t i)
{
    threads->free[threads->free_count++] = i;
}

// A thread that has failed or was abandoned inside an await cannot be used again: another
// takes its number.
struct renewal {
    struct scn_threads *threads;
    uint32_t thread;
};

static int renew_thread(lua_State *L)
{
    struct renewal *r = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->threads->anchor);
    r->threads->at[r->thread].L = lua_newthread(L);
    r->threads->at[r->thread].fn = SIM_NONE;
    lua_rawseti(L, -2, (lua_Integer)r->thread * 2 + 1);
    return 0;
}

static void renew(struct scn_scenario *s, uint32_t thread)
{
    struct renewal r = { s->threads, thread };
    struct scn_error ignored;
    if (scn_sandbox_protect(s->sandbox, renew_thread, &r, &ignored))
        s->threads->free[s->threads->free_count++] = thread;
}

// ---- The simulator's side ----

// Inside a door, on the thread: what a function has returned is done last.
struct returned {
    struct scn_scenario *s;
    lua_State *thread;
    uint32_t number;
    struct sim_script_answer *answer;
};

static int read_returned(lua_State *L)
{
    struct returned *r = lua_touserdata(L, 1);
    lua_xmove(r->thread, L, 1);
    struct scn_box *b = scn_box_test(L, -1, SCN_STEP);
    if (b && is_work(&b->u.step) && b->u.step.plain) {
        ask_work(&b->u.step, r->answer);
        return 0;
    }
    r->answer->wish = SIM_SCRIPT_STEP;
    r->answer->pc = entry_of(L, scn_to_step(L, -1), executor_of(r->s->threads, r->number));
    return 0;
}

// The function has ended, so that what was wrong with its end stands where it begins.
static void place_at_function(struct scn_scenario *s, const struct thread *t)
{
    lua_Debug about;
    if (s->script_error.line > 0)
        return;
    lua_rawgeti(t->L, LUA_REGISTRYINDEX, (lua_Integer)t->fn);
    if (!lua_getinfo(t->L, ">S", &about) || about.linedefined <= 0)
        return;
    s->script_error.line = about.linedefined;
    snprintf(s->script_error.file, sizeof s->script_error.file, "%s", s->file);
    scn_sandbox_excerpt(s->sandbox, &s->script_error);
}

static void answer_return(struct scn_scenario *s, uint32_t i, int results,
                          struct sim_script_answer *answer)
{
    struct thread *t = &s->threads->at[i];
    if (results == KEPT || t->is_last || lua_isnil(t->L, -1)) {
        if (results != KEPT)
            lua_settop(t->L, KEPT);
        give_thread(s->threads, i);
        answer->wish = SIM_SCRIPT_DONE;
        return;
    }
    struct returned r = { s, t->L, i, answer };
    t->is_last = true;
    if (!scn_sandbox_protect(s->sandbox, read_returned, &r, &s->script_error)) {
        place_at_function(s, t);
        renew(s, i);
        answer->wish = SIM_SCRIPT_BUG;
    }
}

static void take_error(struct scn_scenario *s, const struct scn_error *error)
{
    s->script_error = *error;
    if (!error->excerpt[0])
        scn_sandbox_excerpt(s->sandbox, &s->script_error);
}

static void answer_failure(struct scn_scenario *s, uint32_t i,
                           const struct scn_error *error, struct sim_script_answer *answer)
{
    answer->status = 500;
    answer->outcome = outcome_of(s->threads->at[i].L, &answer->status);
    answer->wish = answer->outcome == SIM_OUTCOMES ? SIM_SCRIPT_BUG : SIM_SCRIPT_FAIL;
    if (answer->wish == SIM_SCRIPT_BUG)
        take_error(s, error);
    renew(s, i);
}

static void go_on(struct scn_scenario *s, uint32_t i, int args,
                  struct sim_script_answer *answer)
{
    struct scn_error error;
    struct thread *t = &s->threads->at[i];
    int results = 0;
    s->threads->current = i;
    s->threads->answer = answer;
    enum scn_resumed how = scn_sandbox_resume(s->sandbox, t->L, args, &results, &error);
    s->threads->current = SIM_NONE;
    if (how == SCN_RESUMED_RETURNED)
        answer_return(s, i, results, answer);
    else if (how == SCN_RESUMED_FAILED)
        answer_failure(s, i, &error, answer);
}

// A fresh stack has room for these, and raw reads of a table raise nothing.
static void keep(struct scn_threads *threads, uint32_t i, uint32_t fn)
{
    struct thread *t = &threads->at[i];
    lua_settop(t->L, 0);
    lua_rawgeti(t->L, LUA_REGISTRYINDEX, threads->anchor);
    lua_rawgeti(t->L, -1, (lua_Integer)i * 2 + 2);
    lua_replace(t->L, KEPT_REQUEST);
    lua_rawgeti(t->L, LUA_REGISTRYINDEX, (lua_Integer)fn);
    t->fn = fn;
}

static uint32_t start(void *ctx, struct sim_run *run, uint32_t fn, uint32_t task,
                      struct sim_script_answer *answer)
{
    struct scn_scenario *s = ctx;
    uint32_t i = take_thread(s);
    answer->wish = SIM_SCRIPT_BUG;
    if (i == SIM_NONE)
        return SIM_NONE;
    struct thread *t = &s->threads->at[i];
    t->is_last = false;
    t->request->u.request.run = run;
    t->request->u.request.task = task;
    if (t->fn != fn)
        keep(s->threads, i, fn);
    lua_pushvalue(t->L, KEPT_FUNCTION);
    lua_pushvalue(t->L, KEPT_REQUEST);
    go_on(s, i, 1, answer);
    return i;
}

static void resume(void *ctx, uint32_t thread, enum sim_outcome outcome, uint32_t status,
                   struct sim_script_answer *answer)
{
    struct scn_scenario *s = ctx;
    struct thread *t = &s->threads->at[thread];
    answer->wish = SIM_SCRIPT_BUG;
    if (t->is_last) {
        // The returned step has ended: so has the function.
        answer->wish = outcome == SIM_OK ? SIM_SCRIPT_DONE : SIM_SCRIPT_FAIL;
        answer->outcome = outcome;
        answer->status = status;
        lua_settop(t->L, KEPT);
        give_thread(s->threads, thread);
        return;
    }
    if (outcome != SIM_OK)
        lua_pushinteger(t->L, outcome);
    lua_pushinteger(t->L, (lua_Integer)status);
    go_on(s, thread, outcome == SIM_OK ? 1 : 2, answer);
}

static void drop(void *ctx, uint32_t thread)
{
    renew(ctx, thread);
}

// ---- Words that act ----

static int field_of_request(lua_State *L)
{
    struct scn_box *b = scn_box_check(L, 1, SCN_REQUEST);
    struct sim_model *m = scn_of(L)->model;
    if (lua_type(L, 2) != LUA_TSTRING)
        return scn_fail(L, "a field of req has a name");
    const char *name = lua_tostring(L, 2);
    uint32_t field = sim_model_find_field(m, name);
    if (field == SIM_NONE && strcmp(name, "id") == 0) { // unless a client sends one
        lua_pushinteger(L,
                        (lua_Integer)sim_run_request(b->u.request.run, b->u.request.task));
        return 1;
    }
    if (field == SIM_NONE)
        return scn_fail(L,
                        "no client gives its requests a field \"%s\": req = { %s = ... }",
                        name, name);
    double x = sim_run_field(b->u.request.run, b->u.request.task, field);
    const char *word = sim_model_symbol_text(m, x);
    if (word)
        lua_pushstring(L, word);
    else
        lua_pushnumber(L, x);
    return 1;
}

const struct scn_box *scn_running_request(lua_State *L, const char *word)
{
    struct scn_threads *threads = scn_of(L)->threads;
    if (threads->current == SIM_NONE)
        scn_fail(L, "%s acts only in a function(req) that handles a request", word);
    return threads->at[threads->current].request;
}

static int word_draw(lua_State *L)
{
    const struct scn_box *r = scn_running_request(L, "draw");
    uint32_t value = scn_to_value(L, 1, "draw", -1e15, 1e15);
    lua_pushnumber(L, sim_run_draw(r->u.request.run, r->u.request.task, value));
    return 1;
}

static int word_now(lua_State *L)
{
    const struct scn_box *r = scn_running_request(L, "now");
    lua_pushnumber(L, (double)sim_run_now(r->u.request.run) / SIM_S);
    return 1;
}

void scn_open_handlers(lua_State *L)
{
    static const struct scn_entry words[] = { { "await", word_await, 1, SCN_ANY_TIME },
                                              { "draw", word_draw, 1, SCN_ANY_TIME },
                                              { "now", word_now, 0, SCN_ANY_TIME },
                                              { NULL, NULL, 0, SCN_ANY_TIME } };
    scn_register(L, words);
    lua_pushcfunction(L, field_of_request);
    scn_box_method(L, SCN_REQUEST, "__index");
    lua_newtable(L);
    scn_of(L)->threads->anchor = luaL_ref(L, LUA_REGISTRYINDEX);
}

bool scn_threads_open(struct scn_scenario *s)
{
    s->threads = calloc(1, sizeof *s->threads);
    s->script = (struct sim_script){ s, start, resume, drop };
    if (s->threads)
        s->threads->current = SIM_NONE;
    return s->threads != NULL;
}

void scn_threads_close(struct scn_scenario *s)
{
    if (!s->threads)
        return;
    free(s->threads->at);
    free(s->threads->free);
    free(s->threads->entry_of);
    free(s->threads);
}
