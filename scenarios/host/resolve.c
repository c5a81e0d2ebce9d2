#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/host/advice.h"
#include "scenarios/host/drop.h"
#include "scenarios/host/lint.h"
#include "scenarios/host/resolve.h"

// What a script has said, made whole once it has ended: names are found, windows checked, what is
// never sent or used is told.

// Variants are at the end of a script, so their settings are known only after it has run once.
const struct scn_variant *scn_find_variant(const struct scn_scenario *s, const char *name)
{
    for (uint32_t i = 0; i < s->variant_count; i++)
        if (strcmp(s->variants[i].name, name) == 0)
            return &s->variants[i];
    return NULL;
}

bool scn_bad(struct scn_error *error, const char *file, int line, const char *format, ...)
{
    char text[900];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    scn_error_set(error, SCN_ERROR_SCRIPT, file, line, text, strlen(text));
    return false;
}

static bool known_settings(const struct scn_scenario *s, const struct scn_request *r,
                           struct scn_error *error)
{
    const char *names[65] = { 0 };
    for (uint32_t k = 0; k < s->knob_count && k < 64; k++)
        names[k] = s->knobs[k].name;
    for (uint32_t i = 0; i < r->setting_count; i++) {
        bool found = false;
        for (uint32_t k = 0; k < s->knob_count; k++)
            found = found || strcmp(s->knobs[k].name, r->settings[i].knob) == 0;
        if (found)
            continue;
        char advice[500];
        scn_advice(advice, sizeof advice, r->settings[i].knob, names);
        return scn_bad(error, r->file, 0, "there is no knob \"%s\"%s", r->settings[i].knob,
                       advice);
    }
    return true;
}

static bool seal(struct scn_scenario *s, const struct scn_request *r,
                 struct scn_error *error)
{
    char advice[500] = "";
    if (sim_model_seal(s->model))
        return true;
    const struct sim_model_error *e = sim_model_error(s->model);
    if (e->word[0])
        scn_advice(advice, sizeof advice, e->word, e->known);
    return scn_bad(error, r->file, e->line, "%s%s", e->text, advice);
}

// A field that is read and never sent would be 0 for everybody, and a slip would not show.
static bool fields_are_sent(const struct scn_scenario *s, const struct scn_request *r,
                            struct scn_error *error)
{
    const char *sent[SIM_FIELDS + 1] = { 0 };
    uint32_t n = 0;
    char advice[500];
    for (uint32_t i = 0; i < SIM_FIELDS; i++)
        if (s->fields[i].is_sent)
            sent[n++] = s->fields[i].name;
    for (uint32_t i = 0; i < SIM_FIELDS; i++) {
        const struct scn_field *f = &s->fields[i];
        if (f->is_sent || f->read_line == 0)
            continue;
        scn_advice(advice, sizeof advice, f->name, sent);
        return scn_bad(error, r->file, f->read_line,
                       "req.%s: no client sends such a field%s", f->name,
                       n > 0 ? advice : "");
    }
    return true;
}

static bool resolve_path(struct scn_scenario *s, const struct scn_request *r,
                         struct scn_expectation *e, struct scn_error *error)
{
    struct sim_metric_error wrong;
    char advice[800];
    if (!e->path[0])
        return true;
    if (sim_metric_parse(s->model, e->path, &e->metric, &wrong)) {
        bool is_whole = e->metric.subject == SIM_OF_ACCOUNTS;
        const struct sim_model_def *about = sim_model_about(s->model);
        bool is_all = e->from == about->warmup && e->to == about->duration;
        return !is_whole || is_all ||
               scn_bad(
                   error, r->file, e->line,
                   "expect \"%.60s\": \"%.100s\" is of the whole run: leave out from and to",
                   e->claim, e->path);
    }
    scn_advice(advice, sizeof advice, wrong.word, wrong.known);
    return scn_bad(error, r->file, e->line, "expect \"%.60s\": \"%.100s\": %s: \"%s\"%s",
                   e->claim, e->path, wrong.text, wrong.word, advice);
}

static bool names_variant(const struct scn_scenario *s, const char *name)
{
    return !name[0] || strcmp(name, "default") == 0 || scn_find_variant(s, name);
}

bool scn_unknown_variant(const struct scn_scenario *s, const struct scn_request *r,
                         int line, const char *name, struct scn_error *error)
{
    const char *names[65] = { "default" };
    char advice[500];
    for (uint32_t i = 0; i < s->variant_count && i < 63; i++)
        names[i + 1] = s->variants[i].name;
    scn_advice(advice, sizeof advice, name, names);
    return scn_bad(error, r->file, line, "there is no variant \"%s\"%s", name, advice);
}

static bool resolve_expectation(struct scn_scenario *s, const struct scn_request *r,
                                struct scn_expectation *e, struct scn_error *error)
{
    sim_time end = sim_model_about(s->model)->duration;
    if (!names_variant(s, e->variant))
        return scn_unknown_variant(s, r, e->line, e->variant, error);
    if (!names_variant(s, e->relative_to))
        return scn_unknown_variant(s, r, e->line, e->relative_to, error);
    if (e->from < 0)
        e->from = sim_model_about(s->model)->warmup;
    if (e->to == SIM_NEVER)
        e->to = end;
    if (e->to > end || e->from >= e->to)
        return scn_bad(
            error, r->file, e->line,
            "expect \"%.60s\": its window lies outside of the %.14g s that the scenario "
            "lasts",
            e->claim, (double)end / SIM_S);
    return resolve_path(s, r, e, error);
}

// Functions may still use one when they run.
static void remark_on_budgets(struct scn_scenario *s)
{
    for (uint32_t i = 0; i < s->budget_count && !s->uses_functions; i++)
        if (!s->budgets[i].is_used)
            scn_add_remark(s, s->budgets[i].line,
                           "no retry takes from this budget: retry {budget = ...}");
}

static void remark_on_bytes(struct scn_scenario *s)
{
    if (s->bytes_line > 0 && !s->has_bandwidth)
        scn_add_remark(
            s, s->bytes_line,
            "no link has a bandwidth, so it does not count how large messages are: "
            "link(a, b, {bandwidth = 10*MB})");
}

static bool is_sent(const struct scn_scenario *s, const char *field)
{
    uint32_t number = sim_model_find_field(s->model, field);
    return number != SIM_NONE && s->fields[number].is_sent;
}

static void remark_on_fields(struct scn_scenario *s)
{
    if (s->priority_line > 0 && !is_sent(s, "priority"))
        scn_add_remark(
            s, s->priority_line,
            "discipline = \"priority\", and no client sends a priority, so that all "
            "wait as in \"fifo\": req = {priority = 1}");
    if (s->criticality_line > 0 && !is_sent(s, "criticality"))
        scn_add_remark(
            s, s->criticality_line,
            "shed goes by req.criticality, and no client sends one, so that all count "
            "as critical: req = {criticality = \"sheddable\"}, or by = another field");
}

// What a function calls is known when it runs.
static void remark_on_links(struct scn_scenario *s)
{
    for (uint32_t i = 0; i < s->link_count && !s->uses_functions; i++) {
        const struct scn_link_named *l = &s->links[i];
        char text[240];
        if (sim_model_may_call(s->model, l->from, l->to))
            continue;
        snprintf(text, sizeof text,
                 "\"%s\" never calls \"%s\", so nothing goes over this link", l->from,
                 l->to);
        scn_add_remark(s, l->line, text);
    }
}

static void remark_on_late(struct scn_scenario *s)
{
    sim_time end = sim_model_about(s->model)->duration;
    for (uint32_t i = 0; i < s->fault_count; i++) {
        const struct sim_fault *f = &s->faults[i];
        char text[240];
        if (f->begin < end || f->line == 0)
            continue;
        snprintf(text, sizeof text,
                 "%.96s: nothing of it happens, for it is for %.9g s, and the run ends at "
                 "%.9g s",
                 f->label, (double)f->begin / SIM_S, (double)end / SIM_S);
        scn_add_remark(s, f->line, text);
    }
}

// Faults from outside the script come behind its own.
static bool add_faults(struct scn_scenario *s, const struct scn_request *r,
                       struct scn_error *error)
{
    uint32_t n = s->fault_count + r->added_count;
    struct sim_fault *faults = realloc(s->faults, (n + 1u) * sizeof *faults);
    if (!faults)
        return scn_bad(error, r->file, 0, "no memory left");
    s->faults = faults;
    s->fault_room = n + 1;
    for (uint32_t i = 0; i < r->added_count; i++) {
        struct sim_fault f = r->added[i];
        if (f.kind != SIM_FAULT_TURN && f.target.service >= sim_model_services(s->model))
            return scn_bad(error, r->file, 0, "%s: there is no such service", f.label);
        if (f.kind == SIM_FAULT_LATENCY)
            f.value = sim_model_value(
                s->model, &(struct sim_value){ .kind = SIM_VALUE_CONST, .x = f.amount });
        if ((f.kind == SIM_FAULT_SCALE || f.kind == SIM_FAULT_DEPLOY) &&
            !sim_model_scale(s->model, f.target.service, (uint32_t)f.amount))
            return scn_bad(error, r->file, 0, "%s: there is no room for so many", f.label);
        s->faults[s->fault_count++] = f;
    }
    return true;
}

bool scn_resolve(struct scn_scenario *s, const struct scn_request *r,
                 struct scn_error *error)
{
    if (!s->has_scenario)
        return scn_bad(error, r->file, 1,
                       "the script has no scenario(\"name\", { duration = 60*s })");
    if (sim_model_clients(s->model) == 0)
        return scn_bad(error, r->file, 1,
                       "the scenario has no client, so nothing would happen");
    if (!known_settings(s, r, error) || !add_faults(s, r, error) || !seal(s, r, error) ||
        !fields_are_sent(s, r, error))
        return false;
    for (uint32_t i = 0; i < s->expectation_count; i++)
        if (!resolve_expectation(s, r, &s->expectations[i], error))
            return false;
    if (!scn_when_resolve(s, error) || !scn_add_turns(s, r, error) ||
        !scn_sets_resolve(s, r, error))
        return false;
    sim_model_lint(s->model, scn_add_remark, s);
    remark_on_budgets(s);
    remark_on_bytes(s);
    remark_on_fields(s);
    remark_on_links(s);
    remark_on_late(s);
    scn_lint_text(r->text, r->length, scn_add_remark, s);
    scn_drop_lint(r->text, r->length, scn_add_remark, s);
    return scn_remark_on_unused(s, error);
}
