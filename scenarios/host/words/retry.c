#include <lauxlib.h>
#include <string.h>

#include "scenarios/host/advice.h"
#include "scenarios/host/build.h"

// When a call is tried again, and the budgets that retries are paid from.

static void refuse_outcome(struct scn_args *list, const char *word,
                           const char *const *outcomes)
{
    char advice[300];
    scn_advice(advice, sizeof advice, word, outcomes);
    scn_args_fail(list, "cannot be \"%s\"%s", word, advice);
}

void scn_read_on(struct scn_args *a, uint32_t *on)
{
    static const char *const outcomes[] = { "error", "timeout", "rejected", "lost", NULL };
    static const enum sim_outcome bits[] = { SIM_ERROR, SIM_TIMEOUT, SIM_REJECTED,
                                             SIM_LOST };
    if (!scn_args_push(a, "on"))
        return;
    struct scn_args list;
    scn_args_open(a->L, -1, "on", &list);
    *on = 0;
    for (uint32_t i = 1, n = scn_args_list(&list); i <= n; i++) {
        scn_args_push_item(&list, i);
        const char *word = lua_type(a->L, -1) == LUA_TSTRING ? lua_tostring(a->L, -1) : "";
        if (!lua_toboolean(a->L, -1)) {
            lua_pop(a->L, 1);
            continue;
        }
        uint32_t k = 0;
        while (outcomes[k] && strcmp(outcomes[k], word) != 0)
            k++;
        if (!outcomes[k])
            refuse_outcome(&list, word, outcomes);
        *on |= 1u << bits[k];
        lua_pop(a->L, 1);
    }
    scn_args_close(&list);
    lua_pop(a->L, 1);
}

// ---- Budgets ----

// Shares and tokens in whole millionths, as the model counts.
static bool read_millionths(struct scn_args *a, const char *key, int64_t *value, double min,
                            double max)
{
    double x;
    if (!scn_args_number(a, key, &x, min, max))
        return false;
    *value = (int64_t)(x * 1e6 + 0.5);
    return true;
}

static void read_tokens(struct scn_args *a, struct sim_budget *b)
{
    read_millionths(a, "size", &b->size, 0, 1e6);
    read_millionths(a, "per_call", &b->per_call, 0, 1e6);
    if (b->kind != SIM_BUDGET_BROOKER)
        read_millionths(a, "per_success", &b->per_success, 0, 1e6);
    read_millionths(a, "cost", &b->cost, 0, 1e6);
}

static void read_aws(struct scn_args *a, struct sim_budget *b)
{
    read_millionths(a, "size", &b->size, 0, 1e6);
    read_millionths(a, "cost", &b->cost, 0, 1e6);
    read_millionths(a, "timeout_cost", &b->timeout_cost, 0, 1e6);
}

// maxTokens is a whole number up to 1000, of tokenRatio three decimals count (A6).
static void read_grpc(struct scn_args *a, struct sim_budget *b)
{
    uint32_t tokens = (uint32_t)(b->size / SIM_TOKEN);
    double ratio;
    scn_args_integer(a, "max_tokens", &tokens, 1, 1000);
    b->size = (int64_t)tokens * SIM_TOKEN;
    if (scn_args_number(a, "token_ratio", &ratio, 0.001, 1000))
        b->per_success = (int64_t)(ratio * 1000) * (SIM_TOKEN / 1000);
}

static void read_finagle(struct scn_args *a, struct sim_budget *b)
{
    scn_args_duration(a, "ttl", &b->ttl);
    scn_args_integer(a, "min_retries_per_sec", &b->least, 0, 1000000);
    read_millionths(a, "percent_can_retry", &b->per_call, 0, 1000);
    if (b->ttl < SIM_S || b->ttl > 60 * (sim_time)SIM_S)
        scn_args_fail(a, "ttl: expected 1 to 60 seconds");
}

// Where Envoy's budget is not set, max_retries (3) at once is all that there is.
static void read_envoy(struct scn_args *a, struct sim_budget *b)
{
    double percent;
    bool has_least = scn_args_integer(a, "min_retry_concurrency", &b->least, 0, 1000000);
    bool has_percent = scn_args_number(a, "budget_percent", &percent, 0, 100);
    if (has_percent)
        b->share = (int64_t)(percent * 1e4 + 0.5);
    if (!scn_args_integer(a, "max_retries", &b->least, 0, 1000000))
        return;
    if (has_least || has_percent)
        scn_args_fail(a, "a retry budget replaces max_retries: give one or the other");
    b->share = 0;
}

static void read_budget(struct scn_args *a, struct sim_budget *b)
{
    switch (b->kind) {
    case SIM_BUDGET_GRPC:
        read_grpc(a, b);
        break;
    case SIM_BUDGET_AWS:
        read_aws(a, b);
        break;
    case SIM_BUDGET_FINAGLE:
        read_finagle(a, b);
        break;
    case SIM_BUDGET_ENVOY:
        read_envoy(a, b);
        break;
    case SIM_BUDGET_FAILURE_RATE:
        read_millionths(a, "share", &b->share, 0, 1);
        break;
    default:
        read_tokens(a, b);
        break;
    }
}

static enum sim_budget_kind budget_kind(lua_State *L, const char *name)
{
    const char *names[SIM_BUDGETS + 1] = { NULL };
    for (int i = 0; i < SIM_BUDGETS; i++)
        names[i] = sim_budget_name((enum sim_budget_kind)i);
    return (enum sim_budget_kind)scn_name_among(L, "budget", name, names);
}

static uint32_t add_budget(lua_State *L, const struct sim_budget *b)
{
    if (scn_of(L)->is_sealed)
        scn_fail(L, "retry: a budget made in a function would be another for each request; "
                    "keep the policy in a local outside of it");
    return scn_added(L, sim_model_budget(scn_of(L)->model, b));
}

// So that one that no retry names can be remarked on.
static void note_made(lua_State *L, uint32_t id)
{
    struct scn_scenario *s = scn_of(L);
    s->budgets = scn_grow(L, s->budgets, s->budget_count, &s->budget_room,
                          sizeof *s->budgets, "budgets");
    s->budgets[s->budget_count++] =
        (struct scn_budget_made){ .id = id, .line = scn_line(L) };
}

static void note_used(lua_State *L, uint32_t id)
{
    struct scn_scenario *s = scn_of(L);
    for (uint32_t i = 0; i < s->budget_count; i++)
        s->budgets[i].is_used = s->budgets[i].is_used || s->budgets[i].id == id;
}

static int word_budget(lua_State *L)
{
    struct scn_args a;
    bool is_named = lua_type(L, 1) == LUA_TSTRING;
    struct sim_budget b =
        sim_budget_of(is_named ? budget_kind(L, lua_tostring(L, 1)) : SIM_BUDGET_TOKENS);
    if (!is_named && (!lua_istable(L, 1) || lua_gettop(L) > 1))
        return scn_fail(L,
                        "budget takes a name in quotes and a table, such as "
                        "budget(\"finagle\", {ttl = 10*s}) or budget {size = 10}, got %s",
                        scn_what_is(L, 1));
    scn_args_open(L, is_named ? 2 : 1, "budget", &a);
    read_budget(&a, &b);
    scn_args_close(&a);
    uint32_t id = add_budget(L, &b);
    note_made(L, id);
    scn_box_push(L, SCN_BUDGET)->u.id = id;
    return 1;
}

// The budget on top of the stack: by name, one of its own; or one that others share.
uint32_t scn_to_budget(struct scn_args *a)
{
    const struct scn_box *box = scn_box_test(a->L, -1, SCN_BUDGET);
    if (box) {
        note_used(a->L, box->u.id);
        return box->u.id;
    }
    if (lua_type(a->L, -1) != LUA_TSTRING)
        scn_args_fail(a, "budget: expected a budget or its name in quotes, got %s",
                      scn_what_is(a->L, -1));
    struct sim_budget b = sim_budget_of(budget_kind(a->L, lua_tostring(a->L, -1)));
    return add_budget(a->L, &b);
}

// ---- Retries ----

// How a scheme was asked for.
struct asked {
    enum sim_retry_scheme scheme; // SIM_RETRY_SCHEMES: none
    bool base, factor, cap;
};

static enum sim_retry_scheme to_scheme(lua_State *L)
{
    const char *names[SIM_RETRY_SCHEMES + 1] = { NULL };
    for (int i = 0; i < SIM_RETRY_SCHEMES; i++)
        names[i] = sim_retry_name((enum sim_retry_scheme)i);
    return (enum sim_retry_scheme)scn_name_among(L, "retry", lua_tostring(L, 1), names);
}

// Fixed waits, of libraries that have such unless they are told otherwise, grow by what the
// library says: resilience4j by 1.5, the others by 2.
static void read_growth(struct scn_args *a, const struct asked *asked, struct sim_retry *r)
{
    static const char *const growths[] = { "exponential", "linear", "constant", NULL };
    uint32_t growth;
    if (!scn_args_choice(a, "growth", growths, &growth)) {
        bool backs_off = asked->scheme == SIM_RETRY_CELERY && asked->base;
        growth = backs_off || r->factor > 1 ? 0 : 2;
    }
    if (growth == 0 && !asked->factor && r->factor <= 1)
        r->factor = asked->scheme == SIM_RETRY_RESILIENCE4J ? 1.5 : 2;
    if (growth != 0 && asked->factor && r->factor > 1)
        scn_args_fail(a, "\"factor\" belongs to growth = \"exponential\"");
    if (growth != 0)
        r->factor = 1;
    if (growth == 1)
        r->growth = SIM_GROWTH_LINEAR;
}

static bool is_exponential(const struct sim_retry *r)
{
    return r->growth == SIM_GROWTH_EXPONENTIAL && r->factor > 1;
}

// jitter = true is the one that the library has.
static void read_jitter(struct scn_args *a, const struct asked *asked, struct sim_retry *r)
{
    const char *names[SIM_JITTERS + 1] = { NULL };
    uint32_t jitter = r->jitter;
    for (int i = 0; i < SIM_JITTERS; i++)
        names[i] = sim_jitter_name((enum sim_jitter)i);
    if (asked->scheme == SIM_RETRY_CELERY && is_exponential(r))
        jitter = SIM_JITTER_WHOLE_SECONDS;
    if (scn_args_push(a, "jitter")) {
        bool usual = lua_isboolean(a->L, -1);
        lua_pop(a->L, 1);
        if (usual)
            jitter = sim_retry_usual_jitter(asked->scheme, is_exponential(r));
        else
            scn_args_choice(a, "jitter", names, &jitter);
    } else if (r->spread > 0) {
        jitter = SIM_JITTER_ADDITIVE;
    }
    r->jitter = (enum sim_jitter)jitter;
}

static void check_retry(struct scn_args *a, struct sim_retry *r, bool has_spread,
                        bool has_share)
{
    if (has_spread && r->spread > 0 && r->jitter != SIM_JITTER_ADDITIVE)
        scn_args_fail(a, "\"spread\" belongs to jitter = \"additive\"");
    bool spreads = r->jitter == SIM_JITTER_PROPORTIONAL || r->jitter == SIM_JITTER_GRPC;
    if (has_share && !spreads)
        scn_args_fail(a, "\"share\" belongs to jitter = \"proportional\" or \"grpc\"");
    if (!has_share && spreads && r->share <= 0)
        scn_args_fail(a, "jitter = \"%s\" needs a share: share = 0.2",
                      sim_jitter_name(r->jitter));
}

static void read_retry(struct scn_args *a, struct asked *asked, struct sim_retry *r)
{
    static const char *const ways[] = { "obey", "ignore", NULL };
    scn_args_integer(a, "max_attempts", &r->max_attempts, 1, 1000000);
    asked->base = scn_args_duration(a, "base", &r->base);
    asked->factor = scn_args_number(a, "factor", &r->factor, 1, 1000);
    asked->cap = scn_args_duration(a, "cap", &r->cap);
    bool has_spread = scn_args_duration(a, "spread", &r->spread);
    bool has_share = scn_args_number(a, "share", &r->share, 0, 1);
    scn_args_duration(a, "min", &r->least);
    read_growth(a, asked, r);
    read_jitter(a, asked, r);
    scn_read_on(a, &r->on);
    uint32_t ignores = !r->heeds;
    scn_args_choice(a, "push_back", ways, &ignores);
    r->heeds = !ignores;
    check_retry(a, r, has_spread, has_share);
    if (asked->scheme == SIM_RETRY_ENVOY && asked->base && !asked->cap)
        r->cap = 10 * r->base;
}

// What comes with a library unasked: AWS has its quota, and Envoy three retries at once.
static uint32_t usual_budget(lua_State *L, enum sim_retry_scheme scheme)
{
    struct sim_budget b = sim_budget_of(SIM_BUDGET_AWS);
    if (scheme == SIM_RETRY_AWS)
        return add_budget(L, &b);
    b = sim_budget_of(SIM_BUDGET_ENVOY);
    b.share = 0;
    return scheme == SIM_RETRY_ENVOY ? add_budget(L, &b) : SIM_NO_BUDGET;
}

static int word_retry(lua_State *L)
{
    struct scn_args a;
    struct sim_policy p;
    bool is_named = lua_type(L, 1) == LUA_TSTRING;
    struct asked asked = { .scheme = is_named ? to_scheme(L) : SIM_RETRY_SCHEMES };
    struct sim_retry r = is_named ? sim_retry_of(asked.scheme) : sim_retry_default();
    if (lua_type(L, 1) == LUA_TNUMBER)
        return scn_fail(L, "retry takes a table: retry {max_attempts = 3}");
    if (!is_named && lua_gettop(L) > 1)
        return scn_fail(L, "retry takes one table: retry {max_attempts = 3}");
    scn_args_open(L, is_named ? 2 : 1, "retry", &a);
    read_retry(&a, &asked, &r);
    if (scn_args_push(&a, "budget")) {
        r.budget = scn_to_budget(&a);
        lua_pop(L, 1);
    } else {
        r.budget = usual_budget(L, asked.scheme);
    }
    scn_args_close(&a);
    scn_blank_policy(&p, SIM_POLICY_RETRY);
    memcpy(&p.retry, &r, sizeof r);
    return scn_push_policy(L, &p);
}

void scn_open_retries(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "retry", word_retry, 2, SCN_ANY_TIME },
        { "budget", word_budget, 2, SCN_BUILDS },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
}
