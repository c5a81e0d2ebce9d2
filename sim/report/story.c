#include "sim/report/story_parts.h"

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

// Of what was offered then; not a number where nothing was.
static double share_well(const struct sim_run *run, struct sim_windows w)
{
    struct sim_summary s = { 0 };
    sim_summary_clients(&s, run, w);
    return s.counts[SIM_ARRIVED] > 0 ? sim_summary_ok(&s) / s.counts[SIM_ARRIVED] : NAN;
}

// Up is not back: that it is where goodput is, up to the end, about what it was before the fall.
static void read_return(struct sim_story *s, const struct sim_run *run)
{
    if (!s->fell || s->is_down)
        return;
    struct sim_windows before = { s->measured.a, s->focus.a };
    double was = before.b > before.a ? share_well(run, before) : 1;
    s->share_after = share_well(run, (struct sim_windows){ s->focus.b, s->measured.b });
    s->is_back = !(s->share_after < SIM_STORY_BACK * (isnan(was) ? 1 : was));
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
    read_return(s, run);
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
                             .full_line = SIM_NONE,
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
    sim_story_services(s, r->run);
    sim_story_limits(s, r->run);
    sim_story_waits(s, r->run);
    read_attempts(s, r->run);
    read_clients(s, r->run);
    s->kept_up =
        !s->fell && !s->is_growing && s->ended > 0 && s->ok >= SIM_STORY_WELL * s->ended;
}
