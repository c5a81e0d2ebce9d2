#include "sim/report/profile.h"

#include <stdlib.h>
#include <string.h>

// Lines of all services lie in one array in the order in which they are first met; each knows
// its service, its step and the line around it.

#define UNKNOWN   SIM_NONE
#define LINES_CAP (1u << 16)

struct line {
    uint32_t service;
    struct sim_profile_line sum; // its parent is a place in the array of all
};

// What is known of a task, by its slot. A charge is for the time up to now, and may come when
// the task has already begun its next operations at this instant; so the line of before this
// instant is kept too.
struct slot {
    uint32_t service; // UNKNOWN: of a client, or not met
    uint32_t at, before;
    uint32_t op;
    uint32_t function; // the line of the function that it runs, for what that awaits
    sim_time since;    // when it came to `at`
    bool is_branch;
};

struct sim_profile {
    const struct sim_run *run;
    const struct sim_model *model;
    sim_time from, to;
    uint64_t next, lost;
    struct line *lines;
    uint32_t count, room;
    struct slot *slots;
    uint32_t slot_room;
};

struct sim_profile *sim_profile_open(const struct sim_run *run, sim_time from, sim_time to)
{
    struct sim_profile *p = calloc(1, sizeof *p);
    if (p)
        *p = (struct sim_profile){
            .run = run, .model = sim_run_model(run), .from = from, .to = to
        };
    return p;
}

void sim_profile_close(struct sim_profile *p)
{
    if (!p)
        return;
    free(p->lines);
    free(p->slots);
    free(p);
}

uint64_t sim_profile_lost(const struct sim_profile *p)
{
    return p->lost;
}

// ---- Lines ----

static uint32_t add_line(struct sim_profile *p, struct line line)
{
    if (p->count == p->room) {
        uint32_t room = p->room ? 2 * p->room : 64;
        struct line *lines =
            room <= LINES_CAP ? realloc(p->lines, room * sizeof *lines) : NULL;
        if (!lines)
            return UNKNOWN;
        p->lines = lines;
        p->room = room;
    }
    p->lines[p->count] = line;
    return p->count++;
}

// Words stand where they stood before, so their addresses tell them apart quickly.
static bool is_same(const struct sim_profile_line *x, const struct sim_profile_line *y)
{
    return x->parent == y->parent && x->line == y->line && x->word == y->word &&
           x->holds_gil == y->holds_gil && strcmp(x->of, y->of) == 0 &&
           strcmp(x->route, y->route) == 0;
}

// The line of a step within another, made when it is met for the first time. As for cProfile,
// what has the same name on the same line of the script is one.
static uint32_t line_of(struct sim_profile *p, uint32_t service,
                        struct sim_profile_line sum)
{
    for (uint32_t i = 0; i < p->count; i++)
        if (p->lines[i].service == service && is_same(&p->lines[i].sum, &sum))
            return i;
    return add_line(p, (struct line){ service, sum });
}

static const char *route_of(const struct sim_profile *p, uint32_t line)
{
    return line == UNKNOWN ? "" : p->lines[line].sum.route;
}

static uint32_t shared_line(struct sim_profile *p, const struct slot *s, uint32_t op)
{
    struct sim_profile_line l = { .route = route_of(p, s->function),
                                  .word = sim_frame_shared(op),
                                  .of = "",
                                  .parent = s->function };
    if (s->function != UNKNOWN)
        l.line = p->lines[s->function].sum.line;
    return line_of(p, s->service, l);
}

static uint32_t handler_line(struct sim_profile *p, uint32_t service, uint32_t frame)
{
    struct sim_profile_line l = { .route = sim_model_route_name(
                                      p->model, sim_frame_route(p->model, frame)),
                                  .word = "handler",
                                  .of = "",
                                  .line = sim_frame_at(p->model, frame).line,
                                  .parent = UNKNOWN };
    return line_of(p, service, l);
}

// A root is the handler, or what a function awaits, which lies within the function; below it
// lists are passed over.
static uint32_t frame_line(struct sim_profile *p, const struct slot *s, uint32_t frame)
{
    struct sim_frame_view f = sim_frame_at(p->model, frame);
    uint32_t around = s->function;
    if (f.parent != SIM_NONE)
        around = frame_line(p, s, f.parent);
    else if (sim_frame_route(p->model, frame) != SIM_NONE)
        around = handler_line(p, s->service, frame);
    if (f.kind == SIM_STEP_LIST)
        return around;
    struct sim_profile_line l = { .route = route_of(p, around),
                                  .word = f.word,
                                  .of = f.of,
                                  .line = f.line,
                                  .parent = around };
    l.is_elsewhere =
        f.is_elsewhere || (around != UNKNOWN && p->lines[around].sum.is_elsewhere);
    l.runs_beside = f.kind == SIM_STEP_GATHER || f.kind == SIM_STEP_FANOUT ||
                    f.kind == SIM_STEP_OFFLOAD;
    l.holds_gil = f.kind == SIM_STEP_NATIVE && f.flags & SIM_HOLDS_GIL;
    return line_of(p, s->service, l);
}

// ---- Records ----

static struct slot *slot_of(struct sim_profile *p, uint32_t task)
{
    if (task >= p->slot_room) {
        uint32_t room = p->slot_room ? p->slot_room : 256;
        while (room <= task)
            room *= 2;
        struct slot *slots = realloc(p->slots, room * sizeof *slots);
        if (!slots)
            return NULL;
        for (uint32_t i = p->slot_room; i < room; i++)
            slots[i] = (struct slot){ .service = UNKNOWN };
        p->slots = slots;
        p->slot_room = room;
    }
    return &p->slots[task];
}

static uint32_t service_at(const struct sim_profile *p, uint32_t place)
{
    struct sim_place at = sim_run_place(p->run, place);
    return at.is_client ? UNKNOWN : sim_model_find_service(p->model, at.name);
}

static void begin(struct sim_profile *p, struct slot *s, const struct sim_trace_record *r)
{
    bool is_branch = r->code & SIM_TRACE_BRANCH;
    const struct slot *parent =
        is_branch && r->other < p->slot_room ? &p->slots[r->other] : NULL;
    *s = (struct slot){ .service = service_at(p, r->place),
                        .at = UNKNOWN,
                        .before = UNKNOWN,
                        .op = UNKNOWN,
                        .function = parent ? parent->function : UNKNOWN,
                        .since = r->begin,
                        .is_branch = is_branch };
}

static bool counts(const struct sim_profile *p, sim_time t)
{
    return t >= p->from && t < p->to;
}

// What stands first in a list has begun the list too, but only a step is called.
static bool is_call(const struct sim_profile *p, uint32_t frame, uint32_t op)
{
    if (frame == SIM_NONE)
        return true;
    struct sim_frame_view f = sim_frame_at(p->model, frame);
    return f.first == op && f.kind != SIM_STEP_LIST;
}

static void come_to(struct sim_profile *p, struct slot *s, const struct sim_trace_record *r,
                    uint32_t frame)
{
    uint32_t line =
        frame == SIM_NONE ? shared_line(p, s, r->other) : frame_line(p, s, frame);
    if (r->begin > s->since) {
        s->before = s->at;
        s->since = r->begin;
    }
    s->at = line;
    s->op = r->other;
    if (line == UNKNOWN)
        return;
    if (!r->code && counts(p, r->begin) && is_call(p, frame, r->other))
        p->lines[line].sum.calls++;
    if (frame != SIM_NONE && sim_frame_at(p->model, frame).kind == SIM_STEP_SCRIPT)
        s->function = line;
}

// An operation that comes twice in a row had to wait and goes on. The ends of work that
// functions share belong to no step.
static void step(struct sim_profile *p, struct slot *s, const struct sim_trace_record *r)
{
    uint32_t frame = sim_frame_of(p->model, r->other);
    if (s->service == UNKNOWN || r->other == s->op)
        return;
    if (frame != SIM_NONE || sim_frame_shared(r->other))
        come_to(p, s, r, frame);
    else
        s->op = r->other;
}

static void span(struct sim_profile *p, struct slot *s, const struct sim_trace_record *r)
{
    uint32_t line = r->begin < s->since ? s->before : s->at;
    int64_t d = r->end - r->begin;
    bool is_outside = r->code == SIM_IN_QUEUE || r->code == SIM_IN_NETWORK;
    if (s->service == UNKNOWN || line == UNKNOWN || is_outside || !counts(p, r->end))
        return;
    p->lines[line].sum.total_ns += d;
    p->lines[line].sum.cause_ns[r->code] += d;
    // The time of a branch is no time of the gather around it.
    bool goes_on = true;
    for (; goes_on; line = p->lines[line].sum.parent) {
        uint32_t around = p->lines[line].sum.parent;
        p->lines[line].sum.cumulated_ns += d;
        goes_on = around != UNKNOWN && !(s->is_branch && p->lines[around].sum.runs_beside);
    }
}

static void call_handler(struct sim_profile *p, const struct slot *s, sim_time t)
{
    uint32_t line = s->at;
    if (line == UNKNOWN || s->is_branch || !counts(p, t))
        return;
    while (p->lines[line].sum.parent != UNKNOWN)
        line = p->lines[line].sum.parent;
    p->lines[line].sum.calls++;
}

static void take(struct sim_profile *p, const struct sim_trace_record *r)
{
    struct slot *s = slot_of(p, r->task);
    if (!s)
        return;
    if (r->kind == SIM_TRACE_BEGIN) {
        begin(p, s, r);
    } else if (r->kind == SIM_TRACE_STEP) {
        bool had_begun = s->at != UNKNOWN;
        step(p, s, r);
        if (!had_begun)
            call_handler(p, s, r->begin);
    } else if (r->kind == SIM_TRACE_SPAN) {
        span(p, s, r);
    } else if (r->kind == SIM_TRACE_END) {
        s->service = UNKNOWN;
    }
}

void sim_profile_read(struct sim_profile *p)
{
    const struct sim_trace *t = sim_run_trace(p->run);
    uint64_t first = sim_trace_first(t);
    if (p->next < first) {
        p->lost += first - p->next;
        p->next = first;
    }
    for (; p->next < t->count; p->next++)
        take(p, sim_trace_at(t, p->next));
}

// ---- What came out ----

uint32_t sim_profile_lines(const struct sim_profile *p, uint32_t service)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->count; i++)
        n += p->lines[i].service == service;
    return n;
}

// Lines are numbered within their service; the one around a line was met before it.
static uint32_t number_of(const struct sim_profile *p, uint32_t line)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < line; i++)
        n += p->lines[i].service == p->lines[line].service;
    return n;
}

struct sim_profile_line sim_profile_line_at(const struct sim_profile *p, uint32_t service,
                                            uint32_t i)
{
    uint32_t line = 0;
    for (;; line++)
        if (p->lines[line].service == service && i-- == 0)
            break;
    struct sim_profile_line sum = p->lines[line].sum;
    if (sum.parent != UNKNOWN)
        sum.parent = number_of(p, sum.parent);
    return sum;
}
