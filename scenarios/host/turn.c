#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/host/resolve.h"

// Knobs that are turned in the middle of a run: the script as it would have been from the start, of which
// the run takes over what can change while it goes on.

static bool turn_to(const struct scn_scenario *s, const struct sim_fault *f,
                    struct scn_setting *out)
{
    for (uint32_t i = 0; i < s->knob_count; i++) {
        const struct scn_knob *k = &s->knobs[i];
        if (strcmp(k->name, f->from) != 0)
            continue;
        snprintf(out->knob, sizeof out->knob, "%s", k->name);
        if (k->type == SCN_KNOB_NUMBER)
            snprintf(out->value, sizeof out->value, "%.17g", f->amount);
        else if (k->type == SCN_KNOB_BOOLEAN)
            snprintf(out->value, sizeof out->value, "%s",
                     f->amount != 0 ? "true" : "false");
        else if (f->amount >= 0 && f->amount < k->choice_count)
            snprintf(out->value, sizeof out->value, "%s", k->choices[(uint32_t)f->amount]);
        return true;
    }
    return false;
}

static bool is_before(const struct scn_request *r, uint32_t i, uint32_t n)
{
    const struct sim_fault *a = &r->added[i], *b = &r->added[n];
    return a->begin < b->begin || (a->begin == b->begin && i < n);
}

// The last turn before the n-th, or the n-th itself when there is none.
static uint32_t turn_before(const struct scn_request *r, uint32_t n)
{
    uint32_t last = n;
    for (uint32_t i = 0; i < r->added_count; i++)
        if (r->added[i].kind == SIM_FAULT_TURN && is_before(r, i, n) &&
            (last == n || is_before(r, last, i)))
            last = i;
    return last;
}

// The same script, with all knobs as they are from a turn on: of settings the last counts, so they are
// written from the end.
static struct scn_scenario *open_turned(struct scn_scenario *s, const struct scn_request *r,
                                        uint32_t turn, struct scn_error *error)
{
    uint32_t n = r->setting_count, first = n + r->added_count;
    struct scn_setting *settings = calloc(first + 1u, sizeof *settings);
    struct scn_scenario *other = NULL;
    if (!settings) {
        scn_bad(error, r->file, 0, "no memory left");
        return NULL;
    }
    bool known = true;
    for (uint32_t i = turn, before; known; i = before) {
        known = turn_to(s, &r->added[i], &settings[--first]);
        before = turn_before(r, i);
        if (before == i)
            break;
    }
    if (n > 0) // there may be none at all
        memcpy(settings + first - n, r->settings, n * sizeof *settings);
    if (known) {
        struct scn_request again = *r;
        again.settings = settings + first - n;
        again.setting_count = n + (r->setting_count + r->added_count - first);
        again.added_count = 0;
        again.sets_nothing = true;
        other = scn_open_once(&again, error);
    } else {
        scn_bad(error, r->file, 0, "there is no knob \"%s\"", r->added[turn].from);
    }
    free(settings);
    return other;
}

static bool add_turn(struct scn_scenario *s, const struct scn_request *r, uint32_t turn,
                     struct scn_error *error)
{
    const char *name = r->added[turn].from;
    if (s->uses_functions)
        return scn_bad(
            error, r->file, 0,
            "%s: a handler that is a function keeps the knobs that it was made with: "
            "they cannot be turned while it runs",
            name);
    struct scn_scenario *other = open_turned(s, r, turn, error);
    if (!other)
        return false;
    s->turned[s->turned_count++] = other;
    const char *apart = sim_model_apart(s->model, other->model);
    if (apart)
        return scn_bad(error, r->file, 0,
                       "%s: it changes %s, which cannot be done while the run goes on",
                       name, apart);
    uint32_t fault = s->fault_count - r->added_count + turn;
    s->faults[fault].to = other->model;
    return true;
}

bool scn_add_turns(struct scn_scenario *s, const struct scn_request *r,
                   struct scn_error *error)
{
    s->turned = calloc(r->added_count + 1u, sizeof(struct scn_scenario *));
    if (!s->turned)
        return scn_bad(error, r->file, 0, "no memory left");
    for (uint32_t i = 0; i < r->added_count; i++)
        if (r->added[i].kind == SIM_FAULT_TURN && !add_turn(s, r, i, error))
            return false;
    return true;
}
