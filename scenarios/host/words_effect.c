#include <lauxlib.h>
#include <string.h>

#include "scenarios/host/build.h"

// What must happen once.

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

static int word_effect(lua_State *L)
{
    struct scn_args a;
    struct sim_step s;
    struct sim_effect_def def;
    memset(&def, 0, sizeof def);
    scn_check_name(L, 1, "effect", def.name, sizeof def.name);
    scn_args_open(L, 2, "effect", &a);
    scn_read_per(&a, def.per, &def.per_count);
    scn_args_close(&a);
    uint32_t effect = known_effect(L, &def);
    scn_blank_step(&s, SIM_STEP_EFFECT)->a =
        effect != SIM_NONE ? effect : new_effect(L, &def);
    return scn_push_step(L, &s);
}

void scn_open_effects(lua_State *L)
{
    static const struct scn_entry words[] = {
        {"effect", word_effect, 2, SCN_ANY_TIME},
        { NULL,    NULL,        0, SCN_ANY_TIME},
    };
    scn_register(L, words);
}
