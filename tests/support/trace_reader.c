#include "tests/support/trace_reader.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 3, 4))) static void complain(struct trace *t, size_t event,
                                                           const char *format, ...)
{
    size_t used = strlen(t->complaints);
    t->complained++;
    if (used + 200 > sizeof t->complaints)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(t->complaints + used, 160, format, args);
    va_end(args);
    used = strlen(t->complaints);
    snprintf(t->complaints + used, 40, " (event %zu)\n", event);
}

// ---- Values of an event ----

struct event {
    const struct json *json, *args;
    size_t number;
    char phase;
    int64_t at;
    uint64_t pid, tid;
};

// Microseconds with three decimals, as nanoseconds.
static bool as_ns(const struct json *j, int64_t *ns)
{
    *ns = 0;
    if (!j || j->type != JSON_NUMBER || j->size < 5 || j->text[j->size - 4] != '.')
        return false;
    for (size_t i = 0; i < j->size; i++) {
        if (i == j->size - 4)
            continue;
        if (j->text[i] < '0' || j->text[i] > '9' || *ns > (INT64_MAX - 9) / 10)
            return false;
        *ns = *ns * 10 + (j->text[i] - '0');
    }
    return true;
}

static bool as_count(const struct json *j, uint64_t *n)
{
    *n = 0;
    if (!j || j->type != JSON_NUMBER || j->size > 18)
        return false;
    for (size_t i = 0; i < j->size; i++) {
        if (j->text[i] < '0' || j->text[i] > '9')
            return false;
        *n = *n * 10 + (uint64_t)(j->text[i] - '0');
    }
    return true;
}

static int64_t ns_at(struct trace *t, size_t event, const struct json *j, const char *key)
{
    int64_t ns;
    if (!as_ns(json_at(j, key), &ns))
        complain(t, event, "format: %s is no time", key);
    return ns;
}

static uint64_t count_at(struct trace *t, size_t event, const struct json *j,
                         const char *key)
{
    uint64_t n;
    if (!as_count(json_at(j, key), &n))
        complain(t, event, "format: %s is no count", key);
    return n;
}

// ---- Reading the events ----

static void read_slice(struct trace *t, const struct event *e)
{
    const struct json *category = json_at(e->json, "cat");
    struct trace_slice *s = &t->slices[t->slice_count++];
    *s = (struct trace_slice){
        .begin = e->at,
        .end = e->at + ns_at(t, e->number, e->json, "dur"),
        .pid = e->pid,
        .tid = e->tid,
        .name = json_at(e->json, "name"),
        .category = category,
        .number = e->number,
        .is_request = json_is(category, "request"),
        .is_fault = json_is(category, "fault"),
    };
    s->is_visit =
        s->is_request || json_is(category, "visit") || json_is(category, "branch");
    if (e->tid <= t->highest_tid)
        t->tops[e->tid] = s;
    if (!s->is_visit && !s->is_fault && !json_is(category, "cause"))
        complain(t, e->number, "format: no such kind of slice");
    if (!s->is_visit)
        return;
    s->id = count_at(t, e->number, e->args, "id");
    s->request = count_at(t, e->number, e->args, "request");
    s->waited = ns_at(t, e->number, e->args, "waited_us");
    s->latency = ns_at(t, e->number, e->args, "latency_us");
    s->outcome = json_at(e->args, "outcome");
    s->is_abandoned = json_at(e->args, "abandoned") != NULL;
}

static void read_wait(struct trace *t, const struct event *e)
{
    uint64_t id = count_at(t, e->number, e->json, "id");
    if (e->phase == 'b') {
        t->waits[t->wait_count++] = (struct trace_wait){ id, e->pid, e->at, -1, e->number };
        return;
    }
    size_t i = t->wait_count;
    while (i > 0 && (t->waits[i - 1].id != id || t->waits[i - 1].end >= 0))
        i--;
    if (i == 0 || t->waits[i - 1].pid != e->pid)
        complain(t, e->number, "wait: an end without a beginning");
    else
        t->waits[i - 1].end = e->at;
}

static struct trace_flow *find_flow(struct trace *t, uint64_t id)
{
    for (size_t i = t->flow_count; i > 0; i--)
        if (t->flows[i - 1].id == id)
            return &t->flows[i - 1];
    return NULL;
}

static void read_flow(struct trace *t, const struct event *e)
{
    uint64_t id = count_at(t, e->number, e->json, "id");
    const struct trace_slice *top = e->tid <= t->highest_tid ? t->tops[e->tid] : NULL;
    struct trace_flow_end end = { e->pid, e->tid, e->at, true, top };
    if (json_is(json_at(e->json, "name"), "answer") != (id & 1))
        complain(t, e->number, "flow: %s", "an answer's number is odd, a call's is not");
    struct trace_flow *f = e->phase == 'f' ? find_flow(t, id) : NULL;
    if (e->phase == 's') {
        t->flows[t->flow_count++] =
            (struct trace_flow){ .id = id, .from = end, .number = e->number };
    } else if (!f || f->to.is_there) {
        complain(t, e->number, "flow: %" PRIu64 " ends without a beginning", id);
    } else {
        f->to = end;
    }
    if (e->phase == 'f' && !json_is(json_at(e->json, "bp"), "e"))
        complain(t, e->number, "flow: does not bind to the slice around it");
}

static void read_name(struct trace *t, const struct event *e)
{
    const struct json *what = json_at(e->json, "name");
    bool is_thread = json_is(what, "thread_name");
    if (!is_thread && !json_is(what, "process_name"))
        return;
    if (t->has_begun)
        complain(t, e->number, "names: after what they name");
    if (is_thread && e->tid > t->highest_tid && e->tid < UINT32_MAX / 64)
        t->highest_tid = e->tid;
    t->names[t->name_count++] =
        (struct trace_name){ e->pid, is_thread ? e->tid : 0, json_at(e->args, "name") };
}

static void read_event(struct trace *t, const struct event *e)
{
    switch (e->phase) {
    case 'X':
        read_slice(t, e);
        break;
    case 'b':
    case 'e':
        read_wait(t, e);
        break;
    case 's':
    case 'f':
        read_flow(t, e);
        break;
    case 'C':
        t->counters++;
        break;
    case 'i':
        t->marks += json_is(json_at(e->json, "cat"), "lost");
        break;
    case 'M':
        read_name(t, e);
        break;
    default:
        complain(t, e->number, "format: no such kind of event");
        break;
    }
}

static void open_event(struct trace *t, struct event *e, const struct json *j, size_t i)
{
    const struct json *phase = json_at(j, "ph");
    *e = (struct event){ .json = j, .args = json_at(j, "args"), .number = i };
    e->phase = phase && phase->type == JSON_STRING && phase->size == 1 ? *phase->text : '?';
    e->pid = count_at(t, i, j, "pid");
    e->tid = count_at(t, i, j, "tid");
    if (!json_at(j, "name"))
        complain(t, i, "format: no name");
    if (e->phase != 'M')
        e->at = ns_at(t, i, j, "ts");
}

// ---- Names ----

static int by_name(const void *x, const void *y)
{
    const struct trace_name *a = x, *b = y;
    if (a->pid != b->pid)
        return a->pid < b->pid ? -1 : 1;
    return a->tid < b->tid ? -1 : a->tid > b->tid;
}

static void sort_names(struct trace *t)
{
    t->tops = calloc(t->highest_tid + 1, sizeof *t->tops);
    qsort(t->names, t->name_count, sizeof *t->names, by_name);
    for (size_t i = 1; i < t->name_count; i++)
        if (by_name(&t->names[i - 1], &t->names[i]) == 0)
            complain(t, 0, "names: %" PRIu64 "/%" PRIu64 " has two", t->names[i].pid,
                     t->names[i].tid);
}

static bool has_name(const struct trace *t, uint64_t pid, uint64_t tid)
{
    struct trace_name wanted = { pid, tid, NULL };
    return bsearch(&wanted, t->names, t->name_count, sizeof wanted, by_name) != NULL;
}

static void check_names(struct trace *t, const struct event *e)
{
    if (!has_name(t, e->pid, 0))
        complain(t, e->number, "names: process %" PRIu64 " has none", e->pid);
    if (strchr("Xsf", e->phase) && !has_name(t, e->pid, e->tid))
        complain(t, e->number, "names: thread %" PRIu64 " has none", e->tid);
}

uint64_t trace_process(const struct trace *t, const char *name)
{
    for (size_t i = 0; i < t->name_count; i++)
        if (t->names[i].tid == 0 && json_is(t->names[i].name, name))
            return t->names[i].pid;
    return 0;
}

static void read_events(struct trace *t, const struct json *first)
{
    int64_t before = 0;
    for (const struct json *j = first; j; j = j->next, t->events++) {
        struct event e;
        open_event(t, &e, j, t->events);
        if (e.phase != 'M') {
            if (!t->has_begun)
                sort_names(t);
            t->has_begun = true;
            check_names(t, &e);
            if (e.at < before)
                complain(t, e.number, "order: before the event before it");
            before = e.at;
        }
        read_event(t, &e);
    }
}

// ---- Tracks: nesting, overlap, sums ----

// A slice after its predecessors on the same track; outer is the latest visit there. Returns what
// is the latest then.
static struct trace_slice *check_slice(struct trace *t, struct trace_slice *outer,
                                       struct trace_slice *s)
{
    if (s->is_visit) {
        if (outer && s->begin < outer->end)
            complain(t, s->number, "overlap: begins while another visit has the track");
        return s;
    }
    if (!outer || s->begin > outer->end) {
        complain(t, s->number, "nesting: a cause outside of any visit");
        return outer;
    }
    if (s->begin != outer->begin + outer->filled)
        complain(t, s->number, "sum: a gap, or an overlap, between causes");
    if (s->end > outer->end)
        complain(t, s->number, "nesting: ends after the visit around it");
    s->outer = outer;
    outer->filled += s->end - s->begin;
    return outer;
}

static void check_sum(struct trace *t, const struct trace_slice *s)
{
    if (s->filled != s->end - s->begin)
        complain(t, s->number, "sum: causes %" PRId64 " ns, visit %" PRId64 " ns",
                 s->filled, s->end - s->begin);
    if (s->waited + s->filled != s->latency)
        complain(t, s->number,
                 "sum: wait and causes %" PRId64 " ns, latency %" PRId64 " ns",
                 s->waited + s->filled, s->latency);
}

static int by_track(const void *x, const void *y)
{
    const struct trace_slice *a = *(struct trace_slice *const *)x;
    const struct trace_slice *b = *(struct trace_slice *const *)y;
    if (a->tid != b->tid)
        return a->tid < b->tid ? -1 : 1;
    return a->number < b->number ? -1 : 1;
}

// Faults have tracks of their own, where nothing is asked of them.
static void check_tracks(struct trace *t, struct trace_slice **sorted)
{
    struct trace_slice *outer = NULL;
    for (size_t i = 0; i < t->slice_count; i++) {
        struct trace_slice *s = sorted[i];
        if (i > 0 && sorted[i - 1]->tid != s->tid)
            outer = NULL;
        else if (i > 0 && sorted[i - 1]->pid != s->pid)
            complain(t, s->number, "names: one thread in two processes");
        if (!s->is_fault)
            outer = check_slice(t, outer, s);
    }
    for (size_t i = 0; i < t->slice_count; i++)
        if (t->slices[i].is_visit)
            check_sum(t, &t->slices[i]);
}

// ---- Waits ----

static int by_id(const void *x, const void *y)
{
    const struct trace_slice *a = *(struct trace_slice *const *)x;
    const struct trace_slice *b = *(struct trace_slice *const *)y;
    return a->id < b->id ? -1 : a->id > b->id;
}

static struct trace_slice *visit_of(struct trace_slice **visits, size_t count, uint64_t id)
{
    struct trace_slice wanted = { .id = id }, *w = &wanted;
    struct trace_slice **found = bsearch(&w, visits, count, sizeof *visits, by_id);
    return found ? *found : NULL;
}

static void check_waits(struct trace *t, struct trace_slice **visits, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (visits[i - 1]->id == visits[i]->id)
            complain(t, visits[i]->number, "format: two visits with one id");
    int64_t waited = 0;
    for (size_t i = 0; i < t->wait_count; i++) {
        const struct trace_wait *w = &t->waits[i];
        const struct trace_slice *s = visit_of(visits, count, w->id);
        if (w->end < 0)
            complain(t, w->number, "wait: nobody leaves the line");
        else if (s &&
                 (s->pid != w->pid || s->begin != w->end || s->waited != w->end - w->begin))
            complain(t, w->number, "wait: does not fit its visit");
        else if (s)
            waited += s->waited;
    }
    for (size_t i = 0; i < count; i++)
        waited -= visits[i]->waited;
    if (waited != 0)
        complain(t, 0, "wait: %" PRId64 " ns in line are not shown", -waited);
}

// ---- Flows ----

static bool is_within(const struct trace_slice *s, const struct trace_flow_end *e)
{
    return s->pid == e->pid && s->tid == e->tid && s->begin <= e->at && e->at <= s->end;
}

// Whether that end lies in a visit of the request. Visits are sorted by track, and come there
// one after the other.
static bool lies_in_request(struct trace_slice **visits, size_t count,
                            const struct trace_flow_end *e, uint64_t request)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t i = (low + high) / 2;
        const struct trace_slice *s = visits[i];
        if (s->tid < e->tid || (s->tid == e->tid && s->end < e->at))
            low = i + 1;
        else
            high = i;
    }
    for (; low < count && visits[low]->tid == e->tid && visits[low]->begin <= e->at; low++)
        if (is_within(visits[low], e) && visits[low]->request == request)
            return true;
    return false;
}

struct lists {
    struct trace_slice **by_track; // all slices
    struct trace_slice **visits;   // of those, the visits
    struct trace_slice **by_id;    // visits
    size_t visit_count;
};

static const struct trace_slice *visit_around(const struct trace_slice *s)
{
    return s->is_visit || !s->outer ? s : s->outer;
}

static bool is_on_top(const struct trace_flow_end *e, uint64_t id)
{
    return e->top && visit_around(e->top)->id == id;
}

static uint64_t request_of(const struct trace_slice *s)
{
    return visit_around(s)->request;
}

static void check_flow(struct trace *t, const struct lists *l, const struct trace_flow *f)
{
    bool is_call = !(f->id & 1);
    struct trace_slice *s = visit_of(l->by_id, l->visit_count, f->id / 2);
    const struct trace_flow_end *near = is_call ? &f->to : &f->from;
    const struct trace_flow_end *far = is_call ? &f->from : &f->to;
    if (!f->to.is_there) {
        complain(t, f->number, "flow: %" PRIu64 " does not arrive", f->id);
        return;
    }
    if (!s || !is_within(s, near) || near->at != (is_call ? s->begin : s->end)) {
        complain(t, f->number, "flow: %" PRIu64 " is not at its visit", f->id);
        return;
    }
    if (!is_on_top(near, s->id) || !far->top || request_of(far->top) != s->request)
        complain(t, f->number, "flow: %" PRIu64 " binds to another slice", f->id);
    if (!lies_in_request(l->visits, l->visit_count, far, s->request))
        complain(t, f->number, "flow: %" PRIu64 " is not at its caller", f->id);
    s->is_called |= is_call;
}

static int by_flow(const void *x, const void *y)
{
    const struct trace_flow *a = x, *b = y;
    return a->id < b->id ? -1 : a->id > b->id;
}

static void check_flows(struct trace *t, const struct lists *l)
{
    qsort(t->flows, t->flow_count, sizeof *t->flows, by_flow);
    for (size_t i = 1; i < t->flow_count; i++)
        if (t->flows[i - 1].id == t->flows[i].id)
            complain(t, t->flows[i].number, "flow: %" PRIu64 " begins twice",
                     t->flows[i].id);
    for (size_t i = 0; i < t->flow_count; i++)
        check_flow(t, l, &t->flows[i]);
    for (size_t i = 0; i < l->visit_count; i++)
        if (t->lost == 0 && l->visits[i]->is_request == l->visits[i]->is_called)
            complain(t, l->visits[i]->number, "flow: nobody calls this visit");
}

// ---- Counters ----

// What the line of each process holds when the trace ends: in `last`, by its number.
static void check_counters(struct trace *t, const struct json *first, int64_t *last)
{
    for (size_t i = 0; i <= t->name_count; i++)
        last[i] = t->lost ? -1 : 0;
    size_t number = 0;
    for (const struct json *j = first; j; j = j->next, number++) {
        uint64_t pid, length;
        if (!json_is(json_at(j, "ph"), "C") || !as_count(json_at(j, "pid"), &pid))
            continue;
        if (!as_count(json_at(json_at(j, "args"), "waiting"), &length)) {
            complain(t, number, "counter: no length");
            continue;
        }
        int64_t *before = &last[pid <= t->name_count ? pid : 0];
        if (*before >= 0 && llabs(*before - (int64_t)length) != 1)
            complain(t, number, "counter: from %" PRId64 " to %" PRIu64, *before, length);
        *before = (int64_t)length;
    }
}

static void check_last_in_line(struct trace *t, const struct lists *l, int64_t *last)
{
    for (size_t i = 0; i < t->wait_count; i++)
        if (t->waits[i].pid <= t->name_count &&
            !visit_of(l->by_id, l->visit_count, t->waits[i].id))
            last[t->waits[i].pid]--;
    for (size_t i = 0; i <= t->name_count; i++)
        if (t->lost == 0 && last[i] != 0)
            complain(t, 0, "wait: process %zu: %" PRId64 " in line are not shown", i,
                     last[i]);
}

// ---- The whole ----

static void check_losses(struct trace *t, const struct json *whole)
{
    const struct json *other = json_at(whole, "otherData");
    t->lost = count_at(t, 0, other, "records_lost");
    t->cut = count_at(t, 0, other, "visits_cut");
    if ((t->lost > 0) != (t->marks == 1) || t->marks > 1)
        complain(t, 0, "lost: said and shown differ");
    if (t->cut > t->lost)
        complain(t, 0, "lost: more visits than records");
}

static void check_all(struct trace *t, const struct json *events)
{
    int64_t *last = calloc(t->name_count + 1, sizeof *last);
    struct trace_slice **p = calloc(t->slice_count * 3 + 1, sizeof *p);
    struct lists l = { p, p + t->slice_count, p + 2 * t->slice_count, 0 };
    for (size_t i = 0; i < t->slice_count; i++)
        l.by_track[i] = &t->slices[i];
    qsort(l.by_track, t->slice_count, sizeof *p, by_track);
    for (size_t i = 0; i < t->slice_count; i++)
        if (l.by_track[i]->is_visit)
            l.by_id[l.visit_count] = l.visits[l.visit_count] = l.by_track[i],
            l.visit_count++;
    qsort(l.by_id, l.visit_count, sizeof *p, by_id);
    check_tracks(t, l.by_track);
    check_waits(t, l.by_id, l.visit_count);
    check_flows(t, &l);
    check_counters(t, events, last);
    check_last_in_line(t, &l, last);
    free(last);
    free(p);
}

static bool make_room(struct trace *t, const struct json *first)
{
    size_t n = 1;
    for (const struct json *j = first; j; j = j->next)
        n++;
    t->slices = calloc(n, sizeof *t->slices);
    t->waits = calloc(n, sizeof *t->waits);
    t->flows = calloc(n, sizeof *t->flows);
    t->names = calloc(n, sizeof *t->names);
    return t->slices && t->waits && t->flows && t->names;
}

bool trace_read(struct trace *t, const char *text, size_t size)
{
    *t = (struct trace){ 0 };
    if (!json_read(&t->json, text, size)) {
        complain(t, 0, "format: %s at byte %zu", t->json.error, t->json.at);
        return false;
    }
    const struct json *events = json_at(&t->json.nodes[0], "traceEvents");
    if (!events || events->type != JSON_ARRAY || !make_room(t, events->child)) {
        complain(t, 0, "format: no events");
        return false;
    }
    read_events(t, events->child);
    check_losses(t, &t->json.nodes[0]);
    check_all(t, events->child);
    return t->complained == 0;
}

void trace_free(struct trace *t)
{
    json_free(&t->json);
    free(t->slices);
    free(t->waits);
    free(t->flows);
    free(t->names);
    free(t->tops);
    *t = (struct trace){ 0 };
}
