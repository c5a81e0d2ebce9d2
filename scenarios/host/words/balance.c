#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/host/advice.h"
#include "scenarios/host/build.h"

// The key balance of a service: a name, or {name, keys}. Each key belongs to some of the names,
// and with another it is refused by name.

#define IS(kind) (1u << (kind))

static const uint32_t weighs = IS(SIM_BALANCE_ROUND_ROBIN) | IS(SIM_BALANCE_RANDOM) |
                               IS(SIM_BALANCE_LEAST) | IS(SIM_BALANCE_POWER) |
                               IS(SIM_BALANCE_RING_HASH);
static const uint32_t starts = IS(SIM_BALANCE_ROUND_ROBIN) | IS(SIM_BALANCE_RANDOM) |
                               IS(SIM_BALANCE_LEAST) | IS(SIM_BALANCE_POWER);
static const uint32_t draws = IS(SIM_BALANCE_POWER) | IS(SIM_BALANCE_PEAK_EWMA);
static const uint32_t looks =
    IS(SIM_BALANCE_LEAST) | IS(SIM_BALANCE_POWER) | IS(SIM_BALANCE_PEAK_EWMA);
static const uint32_t biases = IS(SIM_BALANCE_LEAST) | IS(SIM_BALANCE_POWER);

// A key that was given has to belong to the kind.
static void belongs(struct scn_args *a, bool is_given, const char *key, uint32_t kinds,
                    enum sim_balance_kind kind)
{
    char names[128] = "";
    if (!is_given || kinds & IS(kind))
        return;
    for (int i = 0; i < SIM_BALANCES; i++) {
        size_t used = strlen(names);
        if (kinds & IS(i))
            snprintf(names + used, sizeof names - used, "%s\"%s\"", used ? ", " : "",
                     sim_balance_name((enum sim_balance_kind)i));
    }
    scn_args_fail(a, "\"%s\" belongs to %s", key, names);
}

// One positive number a replica.
static void read_weights(struct scn_args *a, struct sim_balance *b, uint32_t replicas)
{
    struct scn_args list;
    char what[128];
    if (!scn_args_push(a, "weights"))
        return;
    belongs(a, true, "weights", weighs, b->kind);
    snprintf(what, sizeof what, "%s: weights", a->what);
    if (!lua_istable(a->L, -1))
        scn_args_fail(a,
                      "weights: expected a list, one number a replica: weights = {3, 1}");
    scn_args_open(a->L, -1, what, &list);
    b->weights = scn_args_list(&list);
    if (b->weights != replicas)
        scn_args_fail(a,
                      "weights: expected one number a replica, which are %u here, got %u",
                      (unsigned)replicas, (unsigned)b->weights);
    for (uint32_t i = 1; i <= b->weights; i++) {
        scn_args_push_item(&list, i);
        double w = lua_isnumber(a->L, -1) ? lua_tonumber(a->L, -1) : 0;
        if (!(w >= 0.001 && w <= 1000))
            scn_args_fail(a, "weights: expected numbers between 0.001 and 1000");
        uint32_t at = scn_added(
            a->L, sim_model_point(scn_of(a->L)->model, (struct sim_point){ i, w }));
        if (i == 1)
            b->first_weight = at;
        lua_pop(a->L, 1);
    }
    scn_args_close(&list);
    lua_pop(a->L, 1);
}

static void read_key(struct scn_args *a, struct sim_balance *b)
{
    bool is_given = scn_args_push(a, "key");
    belongs(a, is_given, "key", IS(SIM_BALANCE_RING_HASH), b->kind);
    if (is_given) {
        const struct scn_box *v = scn_box_test(a->L, -1, SCN_VALUE);
        b->key = v ? sim_model_value_field(scn_of(a->L)->model, v->u.id) : SIM_NONE;
        if (b->key == SIM_NONE)
            scn_args_fail(a,
                          "key: expected a field of the request, such as req.user, got %s",
                          scn_what_is(a->L, -1));
        lua_pop(a->L, 1);
    } else if (b->kind == SIM_BALANCE_RING_HASH) {
        scn_args_lack(a, (const char *const[]){ "key", NULL },
                      "needs a key, by which requests find their replica: "
                      "{\"ring_hash\", key = req.user}");
    }
}

// Envoy's keys and defaults.
static void read_outlier(struct scn_args *a, struct sim_balance *b)
{
    struct scn_args o;
    char what[128];
    double percent;
    if (!scn_args_push(a, "outlier"))
        return;
    struct sim_outlier d = sim_outlier_default();
    if (!lua_istable(a->L, -1) && !lua_isboolean(a->L, -1))
        scn_args_fail(a,
                      "outlier: expected true or a table: outlier = {consecutive_5xx = 3}");
    snprintf(what, sizeof what, "%s: outlier", a->what);
    scn_args_open(a->L, lua_istable(a->L, -1) ? lua_gettop(a->L) : lua_gettop(a->L) + 1,
                  what, &o);
    scn_args_integer(&o, "consecutive_5xx", &d.consecutive, 0, 1000000);
    scn_args_duration(&o, "interval", &d.interval);
    scn_args_duration(&o, "base_ejection_time", &d.base);
    scn_args_duration(&o, "max_ejection_time", &d.most);
    if (scn_args_number(&o, "max_ejection_percent", &percent, 0, 100))
        d.share = (uint32_t)(10 * percent + 0.5);
    scn_args_integer(&o, "success_rate_minimum_hosts", &d.hosts, 0, 1000000);
    scn_args_integer(&o, "success_rate_request_volume", &d.requests, 1, 1000000);
    scn_args_integer(&o, "success_rate_stdev_factor", &d.deviations, 0, 1000000);
    scn_args_close(&o);
    if (d.interval < SIM_MS || d.base < SIM_MS)
        scn_args_fail(&o, "interval and base_ejection_time: a millisecond at least");
    b->outlier = d;
    b->panic = 500; // Envoy's
    lua_pop(a->L, 1);
}

static void read_keys(struct scn_args *a, struct sim_balance *b, uint32_t replicas)
{
    double panic;
    belongs(a, scn_args_integer(a, "choices", &b->choices, 1, 1000), "choices", draws,
            b->kind);
    belongs(a, scn_args_number(a, "bias", &b->bias, 0, 100), "bias", biases, b->kind);
    belongs(a, scn_args_duration(a, "decay", &b->tau), "decay", IS(SIM_BALANCE_PEAK_EWMA),
            b->kind);
    belongs(a, scn_args_duration(a, "refresh", &b->refresh), "refresh", looks, b->kind);
    bool starts_slow = scn_args_duration(a, "slow_start", &b->slow_start);
    belongs(a, starts_slow, "slow_start", starts, b->kind);
    bool has_least = scn_args_number(a, "min_weight", &b->slow_least, 0.001, 1);
    belongs(a, has_least, "min_weight", starts, b->kind);
    if (has_least && !starts_slow)
        scn_args_fail(a, "min_weight is what slow_start begins with: slow_start = 30*s");
    belongs(a, scn_args_integer(a, "ring", &b->points, 1, 1u << 20), "ring",
            IS(SIM_BALANCE_RING_HASH), b->kind);
    belongs(a, scn_args_number(a, "bound", &b->bound, 1, 1000), "bound",
            IS(SIM_BALANCE_RING_HASH), b->kind);
    read_key(a, b);
    read_weights(a, b, replicas);
    read_outlier(a, b);
    if (scn_args_number(a, "panic", &panic, 0, 1))
        b->panic = (uint32_t)(1000 * panic + 0.5);
    if (b->tau < SIM_US)
        scn_args_fail(a, "decay: a microsecond at least");
}

void scn_read_balance(struct scn_args *a, uint32_t replicas, struct sim_balance *b)
{
    const char *names[SIM_BALANCES + 1] = { NULL };
    struct scn_args t;
    uint32_t kind = SIM_BALANCE_ROUND_ROBIN;
    lua_State *L = a->L;
    for (int i = 0; i < SIM_BALANCES; i++)
        names[i] = sim_balance_name((enum sim_balance_kind)i);
    *b = sim_balance_default(SIM_BALANCE_ROUND_ROBIN);
    if (!scn_args_push(a, "balance"))
        return;
    // A name, or {"p2c", choices = 3}.
    if (lua_type(L, -1) == LUA_TSTRING) {
        lua_createtable(L, 1, 0);
        lua_insert(L, -2);
        lua_rawseti(L, -2, 1);
    }
    scn_args_open(L, -1, "balance", &t);
    if (scn_args_list(&t) != 1)
        scn_args_fail(&t, "expected a name: balance = \"p2c\" or {\"p2c\", choices = 3}");
    lua_rawgeti(L, -1, 1);
    lua_setfield(L, t.table, "name");
    scn_args_choice(&t, "name", names, &kind);
    *b = sim_balance_default((enum sim_balance_kind)kind);
    read_keys(&t, b, replicas);
    scn_args_close(&t);
    lua_pop(L, 1);
}
