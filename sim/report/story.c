#include "sim/report/story.h"

#include <math.h>

static const sim_time *edges_of(const struct sim_run *run, uint32_t *windows)
{
    return sim_run_window_edges(run, windows);
}

static double edge_s(const struct sim_run *run, uint32_t i)
{
    uint32_t windows;
    return (double)edges_of(run, &windows)[i] / SIM_S;
}

// ---- The whole ----

static void read_loss(struct sim_story *s, const struct sim_summary *all)
{
    for (uint32_t o = SIM_OK + 1; o < SIM_OUTCOMES; o++)
        if (all->counts[SIM_ENDED + o] > s->lost) {
            s->lost = all->counts[SIM_ENDED + o];
            s->loss = (enum sim_outcome)o;
        }
}

static void read_whole(struct sim_story *s, const struct sim_run *run)
{
    struct sim_summary all = { 0 };
    sim_summary_with_latency(&all);
    sim_summary_clients(&all, run, s->measured);
    s->offered = all.counts[SIM_ARRIVED];
    s->ok = sim_summary_ok(&all);
    s->ended = sim_summary_ended(&all);
    s->grown = s->offered - s->ended;
    s->p50 = sim_summary_quantile(&all, 0.5);
    s->p99 = sim_summary_quantile(&all, 0.99);
    s->is_growing =
        s->grown >= SIM_STORY_GROWTH_MIN && s->grown >= SIM_STORY_GROWTH * s->offered;
    read_loss(s, &all);
    sim_summary_fini(&all);
}

// ---- The collapse ----

enum row_state {
    ROW_UP,
    ROW_DOWN,
    ROW_EMPTY
};

static enum row_state row_state(const struct sim_run *run, struct sim_windows row)
{
    struct sim_summary s = { 0 };
    sim_summary_clients(&s, run, row);
    if (s.counts[SIM_ARRIVED] < SIM_STORY_ROW_MIN)
        return ROW_EMPTY;
    return sim_summary_ok(&s) < SIM_STORY_DOWN * s.counts[SIM_ARRIVED] ? ROW_DOWN : ROW_UP;
}

// A stretch that is being read: its first row down, its last, and the rows up since.
struct stretch {
    struct sim_windows first, last;
    uint32_t down, up;
};

static void end_stretch(struct sim_story *s, const struct sim_run *run,
                        const struct stretch *t)
{
    if (t->down < SIM_STORY_ROWS)
        return;
    double from = edge_s(run, t->first.a), to = edge_s(run, t->last.b);
    s->other_falls += s->fell;
    if (s->fell && to - from <= s->back_at - s->fell_at)
        return;
    s->fell = true;
    s->fell_at = from;
    s->back_at = to;
    s->is_down = t->up < SIM_STORY_ROWS && s->end_s - to < SIM_STORY_ROWS;
    s->back_at = s->is_down ? s->end_s : to;
    s->focus = (struct sim_windows){ t->first.a, s->is_down ? s->measured.b : t->last.b };
}

static void read_collapse(struct sim_story *s, const struct sim_run *run)
{
    struct sim_windows row = { 0 };
    struct stretch t = { .down = 0 };
    while (sim_windows_next_row(run, &row)) {
        enum row_state state = row_state(run, row);
        if (row.a < s->measured.a || state == ROW_EMPTY)
            continue;
        if (state == ROW_DOWN) {
            t.first = t.down ? t.first : row;
            t.last = row;
            t.down++;
            t.up = 0;
        } else if (t.down && ++t.up == SIM_STORY_ROWS) {
            end_stretch(s, run, &t);
            t.down = 0;
        }
    }
    end_stretch(s, run, &t);
}

// ---- The fault ----

// The n-th time that a fault is at work, up to the end of the run.
static bool occurrence(const struct sim_fault *f, uint32_t n, double end_s, double *from,
                       double *to)
{
    *from = ((double)f->begin + (double)n * (double)f->every) / SIM_S;
    *to = f->end == SIM_NEVER ? end_s : *from + (double)(f->end - f->begin) / SIM_S;
    if (sim_fault_is_momentary(f->kind))
        *to = *from;
    return *from < end_s && (n == 0 || f->every > 0);
}

static void blame(struct sim_story *s, const struct sim_fault *f, uint32_t number)
{
    double from, to;
    for (uint32_t n = 0; occurrence(f, n, s->end_s, &from, &to); n++) {
        bool in_time = from < s->fell_at + 1 && to >= s->fell_at - SIM_STORY_SLACK_S;
        if (!in_time || (s->fault != SIM_NONE && from < s->fault_from))
            continue;
        s->fault = number;
        s->fault_from = from;
        s->fault_to = to;
    }
}

// While a collapse outlives its fault, what keeps it up is seen after the fault.
static void look_behind_fault(struct sim_story *s, const struct sim_run *run)
{
    if (!s->is_down || !s->is_fault_over || s->end_s - s->fault_to < SIM_STORY_SOON_S)
        return;
    uint32_t a = sim_windows_between(run, (sim_time)(s->fault_to * SIM_S), 0).a;
    s->focus.a = a < s->focus.b ? a : s->focus.a;
}

static void read_span(const struct sim_run *run, double from, double to, double *p99,
                      double *good, double *lost)
{
    struct sim_summary s = { 0 };
    struct sim_windows w =
        sim_windows_between(run, (sim_time)(from * SIM_S), (sim_time)(to * SIM_S));
    *p99 = *good = *lost = NAN;
    if (sim_windows_seconds(run, w) < 0.5 * (to - from))
        return;
    sim_summary_with_latency(&s);
    sim_summary_clients(&s, run, w);
    *p99 = sim_summary_quantile(&s, 0.99);
    *good = sim_summary_rate(&s, sim_summary_ok(&s));
    *lost = 1 - sim_summary_ok(&s) / sim_summary_ended(&s);
    sim_summary_fini(&s);
}

// Without a collapse: the first fault, and what it did while it lasted.
static void read_first_fault(struct sim_story *s, const struct sim_report *r)
{
    double from, to;
    for (uint32_t i = 0; i < r->fault_count && s->fault == SIM_NONE; i++) {
        if (!occurrence(&r->faults[i], 0, s->end_s, &from, &to))
            continue;
        s->fault = i;
        s->fault_from = from;
        s->fault_to = to;
    }
    if (s->fault == SIM_NONE)
        return;
    double end = fmin(s->fault_to, s->end_s);
    double begin = edge_s(r->run, s->measured.a);
    if (begin < s->fault_from)
        read_span(r->run, begin, s->fault_from, &s->p99_before, &s->good_before,
                  &s->lost_before);
    if (end - s->fault_from >= 1)
        read_span(r->run, s->fault_from, end, &s->p99_during, &s->good_during,
                  &s->lost_during);
}

static void read_fault(struct sim_story *s, const struct sim_report *r)
{
    if (s->fell)
        for (uint32_t i = 0; i < r->fault_count; i++)
            blame(s, &r->faults[i], i);
    else
        read_first_fault(s, r);
    if (s->fault == SIM_NONE)
        return;
    s->is_fault_over = s->fault_to < s->end_s;
    s->fault_to = fmin(s->fault_to, s->end_s);
    look_behind_fault(s, r->run);
}

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

static void read_waits(struct sim_story *s, const struct sim_run *run)
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

static void read_services(struct sim_story *s, const struct sim_run *run)
{
    double busiest = 0;
    for (uint32_t i = 0; i < sim_model_services(sim_run_model(run)); i++) {
        struct sim_summary sum = { 0 };
        sim_summary_service(&sum, run, s->focus, i);
        if (is_full(&sum))
            consider_full(s, &sum, i);
        if (sum.workers > 0 && sim_summary_utilisation(&sum) > busiest) {
            busiest = sim_summary_utilisation(&sum);
            s->busiest = i;
        }
        consider_ghosts(s, &sum, i);
        consider_gil(s, run, &sum, i);
    }
    if (s->gil != SIM_NONE && s->gil == s->bottleneck)
        s->gil = SIM_NONE;
    if (s->bottleneck == SIM_NONE)
        s->utilisation = busiest;
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
static void read_limits(struct sim_story *s, const struct sim_run *run)
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

// ---- Clients and calls ----

static double median_of(const struct sim_story *s, const struct sim_run *run,
                        uint32_t client)
{
    struct sim_summary sum = { 0 };
    sim_summary_with_latency(&sum);
    sim_summary_client(&sum, run, s->measured, client);
    double median =
        sim_summary_ok(&sum) >= SIM_STORY_CALLS ? sim_summary_quantile(&sum, 0.5) : NAN;
    sim_summary_fini(&sum);
    return median;
}

static void read_clients(struct sim_story *s, const struct sim_run *run)
{
    double least = INFINITY, most = 0;
    for (uint32_t i = 0; i < sim_model_clients(sim_run_model(run)); i++) {
        double median = median_of(s, run, i);
        if (median < least) {
            least = median;
            s->quickest = i;
        }
        if (median > most) {
            most = median;
            s->slowest = i;
        }
    }
    s->are_apart = isfinite(least) && most > least && most >= SIM_STORY_APART * least;
}

static void read_attempts(struct sim_story *s, const struct sim_run *run)
{
    for (uint32_t i = 0; i < sim_run_edges(run); i++) {
        struct sim_summary sum = { 0 };
        sim_summary_edge(&sum, run, s->focus, i);
        double calls = sum.counts[SIM_ARRIVED];
        double attempts = calls > 0 ? sum.counts[SIM_ATTEMPTED] / calls : 0;
        if (calls < SIM_STORY_CALLS || attempts < SIM_STORY_ATTEMPTS ||
            attempts <= s->attempts)
            continue;
        s->edge = i;
        s->attempts = attempts;
    }
}

void sim_story_read(struct sim_story *s, const struct sim_report *r)
{
    uint32_t windows;
    *s = (struct sim_story){ .measured = sim_windows_measured(r),
                             .fault = SIM_NONE,
                             .bottleneck = SIM_NONE,
                             .waiting = SIM_NONE,
                             .busiest = SIM_NONE,
                             .edge = SIM_NONE,
                             .slow = SIM_NONE,
                             .gil = SIM_NONE,
                             .ghost_service = SIM_NONE,
                             .p99_before = NAN,
                             .p99_during = NAN,
                             .good_before = NAN,
                             .good_during = NAN,
                             .lost_before = NAN,
                             .lost_during = NAN };
    edges_of(r->run, &windows);
    s->end_s = edge_s(r->run, windows);
    s->focus = s->measured;
    read_whole(s, r->run);
    read_collapse(s, r->run);
    read_fault(s, r);
    read_services(s, r->run);
    read_limits(s, r->run);
    read_waits(s, r->run);
    read_attempts(s, r->run);
    read_clients(s, r->run);
    s->kept_up =
        !s->fell && !s->is_growing && s->ended > 0 && s->ok >= SIM_STORY_WELL * s->ended;
}
