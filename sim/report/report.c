#include "sim/report/report.h"

#include <string.h>

const char *sim_report_state(const struct sim_report *r)
{
    if (r->interrupted)
        return "interrupted";
    switch (r->state) {
    case SIM_FINISHED:
        return "finished";
    case SIM_AT_LIMIT:
        return "limit";
    case SIM_SCRIPT_ERROR:
        return "script error";
    default:
        return "stopped";
    }
}

sim_time sim_report_from(const struct sim_report *r)
{
    sim_time warmup = sim_model_about(sim_run_model(r->run))->warmup;
    uint32_t windows;
    const sim_time *edges = sim_run_window_edges(r->run, &windows);
    return warmup < edges[windows] ? warmup : 0;
}

const char *sim_report_variant(const struct sim_report *r)
{
    return r->variant && r->variant[0] ? r->variant : "default";
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), k = strlen(end);
    return n >= k && strcmp(text + n - k, end) == 0;
}

enum sim_unit sim_verdict_unit(const struct sim_verdict *v)
{
    if (v->unit != SIM_UNIT_OF_PATH)
        return v->unit;
    const char *word = v->path ? strchr(v->path, '.') : NULL;
    if (!word || v->relative_to)
        return SIM_UNIT_NUMBER;
    if (strncmp(word, ".latency.under(", 15) == 0 || strcmp(word, ".utilisation") == 0 ||
        strcmp(word, ".waited") == 0)
        return SIM_UNIT_SHARE;
    if (strncmp(word, ".latency.", 9) == 0 || strncmp(word, ".time.", 6) == 0 ||
        ends_with(word, ".ghost_s"))
        return SIM_UNIT_SECONDS;
    return SIM_UNIT_NUMBER;
}

const char *sim_verdict_state_name(enum sim_verdict_state state)
{
    static const char *const names[] = { "passed", "failed", "undecided", "not judged" };
    return names[state];
}

uint32_t sim_report_verdicts(const struct sim_report *r, enum sim_verdict_state state)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->verdict_count; i++)
        n += r->verdicts[i].state == state;
    return n;
}
