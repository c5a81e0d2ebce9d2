#include "sim/report/story_parts.h"

#include <math.h>

// ---- Who is full ----

// Of the time that workers hold, all but the line: which cause takes most of it.
static double largest_held(const struct sim_summary *s, enum sim_cause *cause)
{
    double held = 0, most = 0;
    for (uint32_t c = 0; c < SIM_CAUSES; c++) {
        if (c == SIM_IN_QUEUE)
            continue;
        held += s->counts[SIM_TIME + c];
        if (s->counts[SIM_TIME + c] > most) {
            most = s->counts[SIM_TIME + c];
            *cause = (enum sim_cause)c;
        }
    }
    return held > 0 ? most / held : NAN;
}

static bool is_full(const struct sim_summary *s)
{
    if (s->workers > 0)
        return sim_summary_utilisation(s) >= SIM_STORY_FULL;
    return sim_summary_cause_share(s, SIM_IN_CORE) +
               sim_summary_cause_share(s, SIM_IN_GIL) >=
           SIM_STORY_SQUEEZED;
}

// How full: those without limit on workers, which wait for cores, count as wholly so.
static double fullness(const struct sim_summary *s)
{
    return s->workers > 0 ? sim_summary_utilisation(s) : 1;
}

static void consider_full(struct sim_story *s, const struct sim_summary *sum,
                          uint32_t service)
{
    enum sim_cause cause = SIM_IN_QUEUE;
    double share = largest_held(sum, &cause);
    if (cause == SIM_IN_DEPENDENCY && share >= SIM_STORY_WAITING) {
        if (s->waiting == SIM_NONE || share > s->waiting_share) {
            s->waiting = service;
            s->waiting_share = share;
        }
        return;
    }
    if (s->bottleneck != SIM_NONE && fullness(sum) <= s->utilisation)
        return;
    s->bottleneck = service;
    s->utilisation = fullness(sum);
    s->in_line = sim_summary_level(sum, SIM_QUEUED_AREA);
    s->cause = cause;
    s->cause_share = share;
}

// Workers without a limit have no utilisation; event loops are busy with callbacks.
static void consider_busiest(struct sim_story *s, const struct sim_run *run,
                             const struct sim_summary *sum, uint32_t service)
{
    struct sim_summary loops = { 0 };
    bool has_loop = sim_summary_loops(&loops, run, s->focus, service);
    double busy = has_loop           ? sim_summary_loop_busy(&loops)
                  : sum->workers > 0 ? sim_summary_utilisation(sum)
                                     : 0;
    if (!(busy > s->busiest_share))
        return;
    s->busiest = service;
    s->busiest_share = busy;
    s->is_busiest_loop = has_loop;
}

static void consider_line(struct sim_story *s, const struct sim_summary *sum,
                          uint32_t service)
{
    double refused = sum->counts[SIM_REFUSED + SIM_BY_QUEUE];
    if (refused <= s->turned_away)
        return;
    s->full_line = service;
    s->turned_away = refused;
    s->full_line_busy = sum->workers > 0 ? sim_summary_utilisation(sum) : NAN;
}

static void consider_ghosts(struct sim_story *s, const struct sim_summary *sum,
                            uint32_t service)
{
    double ended = sim_summary_ended(sum);
    double share = ended >= SIM_STORY_CALLS ? sum->counts[SIM_GHOSTS] / ended : 0;
    if (share < SIM_STORY_GHOSTS || share <= s->ghost_share)
        return;
    s->ghost_service = service;
    s->ghost_share = share;
}

static bool is_wait(enum sim_cause cause)
{
    return cause != SIM_IN_PYTHON && cause != SIM_IN_NATIVE && cause != SIM_IN_IO &&
           cause != SIM_IN_DEPENDENCY;
}

void sim_story_waits(struct sim_story *s, const struct sim_run *run)
{
    for (uint32_t i = 0; i < sim_model_services(sim_run_model(run)); i++) {
        struct sim_summary sum = { 0 };
        sim_summary_service(&sum, run, s->focus, i);
        if (i == s->bottleneck || i == s->waiting || i == s->gil ||
            sim_summary_ended(&sum) < SIM_STORY_CALLS)
            continue;
        for (uint32_t c = 0; c < SIM_CAUSES; c++) {
            double share = sim_summary_cause_share(&sum, (enum sim_cause)c);
            if (!is_wait((enum sim_cause)c) || !(share >= SIM_STORY_WAIT) ||
                share <= s->slow_share)
                continue;
            s->slow = i;
            s->slow_cause = (enum sim_cause)c;
            s->slow_share = share;
        }
    }
}

// What runs bytecode holds the GIL; native code that holds it too is not counted.
static void consider_gil(struct sim_story *s, const struct sim_run *run,
                         const struct sim_summary *sum, uint32_t service)
{
    double share = sim_summary_cause_share(sum, SIM_IN_GIL);
    double all = sum->seconds * sim_model_replicas(sim_run_model(run), service);
    if (!(share >= SIM_STORY_GIL) || share <= s->gil_share)
        return;
    s->gil = service;
    s->gil_share = share;
    s->gil_held = sum->counts[SIM_TIME + SIM_IN_PYTHON] / SIM_S / all;
}

void sim_story_services(struct sim_story *s, const struct sim_run *run)
{
    for (uint32_t i = 0; i < sim_model_services(sim_run_model(run)); i++) {
        struct sim_summary sum = { 0 };
        sim_summary_service(&sum, run, s->focus, i);
        if (is_full(&sum))
            consider_full(s, &sum, i);
        consider_busiest(s, run, &sum, i);
        consider_line(s, &sum, i);
        consider_ghosts(s, &sum, i);
        consider_gil(s, run, &sum, i);
    }
    if (s->gil != SIM_NONE && s->gil == s->bottleneck)
        s->gil = SIM_NONE;
}

// ---- Who refused ----

struct refusals {
    double all, by_limits, most;
    const char *by; // whose limits refused most
};

static void add_refusals(struct refusals *r, const struct sim_summary *sum, const char *who)
{
    double by_limits = sum->counts[SIM_REFUSED + SIM_BY_RATE_LIMIT];
    for (uint32_t i = 0; i < SIM_REJECTERS; i++)
        r->all += sum->counts[SIM_REFUSED + i];
    r->by_limits += by_limits;
    if (by_limits > r->most) {
        r->most = by_limits;
        r->by = who;
    }
}

static struct refusals read_refusals(const struct sim_run *run, struct sim_windows w)
{
    const struct sim_model *m = sim_run_model(run);
    struct refusals r = { .by = NULL };
    for (uint32_t i = 0; i < sim_model_clients(m); i++) {
        struct sim_summary sum = { 0 };
        sim_summary_client(&sum, run, w, i);
        add_refusals(&r, &sum, sim_model_client_name(m, i));
    }
    for (uint32_t i = 0; i < sim_model_services(m); i++) {
        struct sim_summary sum = { 0 };
        sim_summary_service(&sum, run, w, i);
        add_refusals(&r, &sum, sim_model_service_name(m, i));
    }
    return r;
}

// A limit that is meant to refuse does not make a collapse.
void sim_story_limits(struct sim_story *s, const struct sim_run *run)
{
    struct sim_summary all = { 0 };
    if (!s->fell)
        return;
    struct refusals r = read_refusals(run, s->focus);
    sim_summary_clients(&all, run, s->focus);
    double missing = all.counts[SIM_ARRIVED] - sim_summary_ok(&all);
    s->limited = all.counts[SIM_ENDED + SIM_REJECTED];
    s->limited_of = all.counts[SIM_ARRIVED];
    if (r.by_limits > SIM_STORY_LIMITED * r.all && s->limited > SIM_STORY_LIMITED * missing)
        s->limited_by = r.by;
}
