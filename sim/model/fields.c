// What requests carry: fields by name, words as values, and the order in which fields are drawn.

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/model/model_private.h"

static uint32_t find_name(const struct sim_name *at, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(at[i].text, name) == 0)
            return i;
    return SIM_NONE;
}

uint32_t sim_model_field(struct sim_model *m, const char *name)
{
    uint32_t found = find_name(m->fields.at, m->fields.count, name);
    if (found != SIM_NONE)
        return found;
    struct sim_name n;
    snprintf(n.text, sizeof n.text, "%s", name);
    return SIM_PUSH(m, fields, n, "fields of requests", SIM_FIELDS);
}

double sim_model_symbol(struct sim_model *m, const char *word)
{
    uint32_t found = find_name(m->symbols.at, m->symbols.count, word);
    if (found == SIM_NONE) {
        struct sim_name n;
        snprintf(n.text, sizeof n.text, "%s", word);
        found = SIM_PUSH(m, symbols, n, "words as values of fields", SIM_THINGS_CAP);
    }
    // Words are told from numbers by lying where no count or amount lies.
    return SIM_SYMBOL_BASE - (double)found;
}

uint32_t sim_model_find_field(const struct sim_model *m, const char *name)
{
    return find_name(m->fields.at, m->fields.count, name);
}

double sim_model_find_symbol(const struct sim_model *m, const char *word)
{
    uint32_t found = find_name(m->symbols.at, m->symbols.count, word);
    return found == SIM_NONE ? NAN : SIM_SYMBOL_BASE - (double)found;
}

const char *sim_model_symbol_text(const struct sim_model *m, double x)
{
    double i = SIM_SYMBOL_BASE - x;
    return i >= 0 && i < m->symbols.count ? m->symbols.at[(uint32_t)i].text : NULL;
}

uint32_t sim_model_field_set(struct sim_model *m, struct sim_field_set set)
{
    return SIM_PUSH(m, sets, set, "fields of clients", SIM_THINGS_CAP);
}

static bool looks_at(const struct sim_model *m, uint32_t value, uint32_t field)
{
    const struct sim_value *v = &m->values.at[value];
    switch (v->kind) {
    case SIM_VALUE_FIELD:
        return v->a == field;
    case SIM_VALUE_ADD:
    case SIM_VALUE_SUB:
    case SIM_VALUE_MUL:
    case SIM_VALUE_DIV:
        return looks_at(m, v->a, field) || looks_at(m, v->b, field);
    case SIM_VALUE_MIX:
    case SIM_VALUE_SWITCH:
        for (uint32_t i = 0; i < v->count; i++)
            if (looks_at(m, m->branches.at[v->first + i].to, field))
                return true;
        return v->kind == SIM_VALUE_SWITCH && v->a == field;
    default:
        return false;
    }
}

static bool is_ready(const struct sim_model *m, const struct sim_field_set *sets,
                     uint32_t n, uint32_t i, uint32_t done)
{
    for (uint32_t k = done; k < n; k++)
        if (looks_at(m, sets[i].value, sets[k].field))
            return false;
    return true;
}

bool sim_model_order_fields(const struct sim_model *m, struct sim_field_set *sets,
                            uint32_t n)
{
    for (uint32_t done = 0; done < n; done++) {
        uint32_t best = n;
        for (uint32_t i = done; i < n; i++)
            if (is_ready(m, sets, n, i, done) &&
                (best == n || strcmp(m->fields.at[sets[i].field].text,
                                     m->fields.at[sets[best].field].text) < 0))
                best = i;
        if (best == n)
            return false;
        struct sim_field_set swap = sets[done];
        sets[done] = sets[best];
        sets[best] = swap;
    }
    return true;
}
