#include <lauxlib.h>
#include <string.h>

#include <stdio.h>

#include "scenarios/host/advice.h"
#include "scenarios/host/build.h"

// What must happen once, and the keys that see to it.

// Wherever it stands an effect of one name is one, for the same.
static uint32_t known_effect(lua_State *L, const struct sim_effect_def *def)
{
    const struct sim_model *m = scn_of(L)->model;
    uint32_t effect = sim_model_find_effect(m, def->name);
    if (effect == SIM_NONE)
        return SIM_NONE;
    const struct sim_effect_def *first = sim_model_effect_at(m, effect);
    if (first->per_count != def->per_count ||
        memcmp(first->per, def->per, sizeof def->per) != 0)
        scn_fail(L, "effect \"%s\" is counted by other fields where it stands first",
                 def->name);
    return effect;
}

static uint32_t new_effect(lua_State *L, const struct sim_effect_def *def)
{
    if (scn_of(L)->is_sealed)
        scn_fail(L,
                 "effect \"%s\" has to be made before the run: local done = effect(\"%s\")",
                 def->name, def->name);
    scn_take_name(L, "effect", def->name);
    return scn_added(L, sim_model_effect(scn_of(L)->model, def));
}

#define KNOWN 64

// Those that it could follow: of itself there is no use.
static void no_such_effect(struct scn_args *a, uint32_t own, const char *name)
{
    const struct sim_model *m = scn_of(a->L)->model;
    const char *known[KNOWN + 1] = { NULL };
    char advice[600];
    uint32_t count = 0;
    for (uint32_t i = 0; i < sim_model_effects(m) && count < KNOWN; i++)
        if (i != own)
            known[count++] = sim_model_effect_at(m, i)->name;
    scn_advice(advice, sizeof advice, name, known);
    scn_args_fail(a, "follows: there is no effect \"%s\" above this line%s", name, advice);
}

// The effect without which this one should not be, and with which it should.
static void follow(struct scn_args *a, uint32_t effect, const char *name)
{
    struct sim_model *m = scn_of(a->L)->model;
    uint32_t first = sim_model_find_effect(m, name);
    if (first == SIM_NONE)
        no_such_effect(a, effect, name);
    const struct sim_effect_def *own = sim_model_effect_at(m, effect);
    const struct sim_effect_def *other = sim_model_effect_at(m, first);
    if (own->follows == first + 1)
        return;
    if (scn_of(a->L)->is_sealed || first == effect || own->follows || own->followed_by ||
        other->follows || other->followed_by)
        scn_args_fail(a,
                      "follows: \"%s\" and \"%s\" cannot be a pair: one of them is of "
                      "another, or it is too late",
                      name, own->name);
    sim_model_follow(m, effect, first);
}

static int word_effect(lua_State *L)
{
    struct scn_args a;
    struct sim_step s;
    struct sim_effect_def def;
    char follows[64] = "";
    memset(&def, 0, sizeof def);
    scn_check_name(L, 1, "effect", def.name, sizeof def.name);
    scn_args_open(L, 2, "effect", &a);
    scn_read_fields(&a, "per", def.per, &def.per_count);
    scn_args_string(&a, "follows", follows, sizeof follows);
    scn_args_close(&a);
    uint32_t effect = known_effect(L, &def);
    if (effect == SIM_NONE)
        effect = new_effect(L, &def);
    if (follows[0] != '\0')
        follow(&a, effect, follows);
    scn_blank_step(&s, SIM_STEP_EFFECT)->a = effect;
    return scn_push_step(L, &s);
}

// ---- Keys ----

// true: one for each request; "handler", "attempt": made anew; a field, or several: their values.
void scn_read_key(struct scn_args *a, struct sim_call_def *c)
{
    static const char *const made[] = { "request", "handler", "attempt", NULL };
    static const enum sim_call_key kinds[] = { SIM_KEY_OF_REQUEST, SIM_KEY_OF_HANDLER,
                                               SIM_KEY_OF_ATTEMPT };
    if (!scn_args_push(a, "idempotency_key"))
        return;
    c->key = SIM_KEY_OF_REQUEST;
    bool is_name = lua_type(a->L, -1) == LUA_TSTRING, is_true = lua_isboolean(a->L, -1);
    if (is_name)
        c->key =
            kinds[scn_name_among(a->L, "idempotency_key", lua_tostring(a->L, -1), made)];
    lua_pop(a->L, 1);
    if (is_name || is_true)
        return;
    c->key = SIM_KEY_OF_FIELDS;
    scn_read_fields(a, "idempotency_key", c->key_per, &c->key_per_count);
}

static void read_fingerprint(struct scn_args *a, struct sim_idempotency_def *def)
{
    if (!scn_args_push(a, "fingerprint"))
        return;
    def->fingerprint = scn_to_value(a->L, -1, "idempotency: fingerprint", -1e15, 1e15);
    lua_pop(a->L, 1);
    if (!sim_model_value_is_fixed(scn_of(a->L)->model, def->fingerprint))
        scn_args_fail(a,
                      "fingerprint: expected what a request asks for, such as req.amount, "
                      "nothing that is drawn or changes with time");
    def->rule.checks_fingerprint = true;
}

static void read_replay(struct scn_args *a, bool *replays)
{
    if (!scn_args_boolean(a, "replay_errors", replays) &&
        scn_args_is_false(a, "replay_errors"))
        *replays = false;
}

static void read_rule(struct scn_args *a, struct sim_idempotency_def *def)
{
    const char *names[SIM_RECORDINGS + 1] = { NULL };
    uint32_t record = def->rule.record;
    for (int i = 0; i < SIM_RECORDINGS; i++)
        names[i] = sim_recording_name((enum sim_recording)i);
    scn_args_duration(a, "ttl", &def->rule.ttl);
    scn_args_duration(a, "lease", &def->rule.lease);
    scn_args_choice(a, "record", names, &record);
    def->rule.record = (enum sim_recording)record;
    read_replay(a, &def->rule.replays_errors);
    read_fingerprint(a, def);
    scn_args_boolean(a, "required", &def->is_required);
    scn_args_duration(a, "wait", &def->wait);
    if (def->rule.ttl <= 0 || def->rule.lease <= 0)
        scn_args_fail(a, "ttl and lease must be longer than 0");
}

static int word_idempotency(lua_State *L)
{
    struct scn_args a;
    struct sim_policy p;
    char only[64] = "";
    struct sim_idempotency_def def = { .rule = sim_idempotency_default() };
    struct sim_sharing sharing = { .timeout = SIM_NONE };
    scn_args_open(L, 1, "idempotency", &a);
    read_rule(&a, &def);
    scn_args_string(&a, "only", only, sizeof only);
    bool has_store = scn_read_store(&a, &sharing);
    scn_args_close(&a);
    if (has_store && sharing.timeout == SIM_NONE)
        sharing.timeout = scn_added(L, sim_model_const(scn_of(L)->model, 0.1));
    sharing.line = scn_line(L);
    scn_blank_policy(&p, SIM_POLICY_IDEMPOTENCY)->idempotency = scn_added(
        L, sim_model_idempotency(scn_of(L)->model, &def, has_store ? &sharing : NULL));
    scn_push_policy(L, &p);
    struct scn_box *b = scn_box_check(L, -1, SCN_POLICY);
    snprintf(b->u.policy.only, sizeof b->u.policy.only, "%s", only);
    return 1;
}

void scn_open_effects(lua_State *L)
{
    static const struct scn_entry words[] = {
        { "effect", word_effect, 2, SCN_ANY_TIME },
        { "idempotency", word_idempotency, 1, SCN_BUILDS },
        { NULL, NULL, 0, SCN_ANY_TIME },
    };
    scn_register(L, words);
}
