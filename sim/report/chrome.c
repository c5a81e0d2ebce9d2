#include "sim/report/chrome.h"

#include <inttypes.h>
#include <stdio.h>

#include "sim/report/json_write.h"

// All numbers are integers, so no locale and no rounding has a say in them.

struct writer {
    const struct sim_sink *sink;
    const struct sim_chrome *chrome;
    const struct sim_timeline *line;
    uint32_t places;
    bool any; // events written
};

// ---- Events ----

// Opens an event up to its name.
static void open_event(struct writer *w, const char *phase, const char *category)
{
    sim_sink_printf(w->sink, "%s\n{\"ph\":\"%s\",\"cat\":\"%s\"", w->any ? "," : "", phase,
                    category);
    w->any = true;
}

// Nanoseconds as microseconds. Times of a run are never negative.
static void say_us(struct writer *w, const char *key, sim_time t)
{
    sim_sink_printf(w->sink, ",\"%s\":%" PRId64 ".%03d", key, t / 1000, (int)(t % 1000));
}

// Processes are numbered by place from 1; the one behind them holds the faults. Tracks are
// numbered behind all of these, and no two alike, as threads of one machine are.
static uint32_t pid_of(uint32_t place)
{
    return place + 1;
}

static uint32_t tid_of(const struct writer *w, uint32_t track)
{
    return w->places + 2 + track;
}

static uint32_t fault_tid(const struct writer *w, uint32_t fault)
{
    return tid_of(w, w->line->track_count) + fault;
}

static void say_track(struct writer *w, uint32_t track)
{
    sim_sink_printf(w->sink, ",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32,
                    pid_of(w->line->tracks[track].place), tid_of(w, track));
}

// What belongs to no thread of its process bears the process' own number.
static void say_process(struct writer *w, uint32_t place)
{
    sim_sink_printf(w->sink, ",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32, pid_of(place),
                    pid_of(place));
}

// ---- Names ----

static void name_it(struct writer *w, const char *what, uint32_t pid, uint32_t tid)
{
    open_event(w, "M", "__metadata");
    sim_sink_printf(w->sink,
                    ",\"name\":\"%s\",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32 ",\"args\":{",
                    what, pid, tid);
}

static void name_process(struct writer *w, uint32_t pid, const char *name, uint32_t rank)
{
    name_it(w, "process_name", pid, pid);
    sim_sink_text(w->sink, "\"name\":");
    sim_json_quote(w->sink, name);
    sim_sink_text(w->sink, "}}");
    name_it(w, "process_sort_index", pid, pid);
    sim_sink_printf(w->sink, "\"sort_index\":%" PRIu32 "}}", rank);
}

static void name_thread(struct writer *w, uint32_t pid, uint32_t tid, const char *name,
                        uint32_t rank)
{
    name_it(w, "thread_name", pid, tid);
    sim_sink_text(w->sink, "\"name\":");
    sim_json_quote(w->sink, name);
    sim_sink_text(w->sink, "}}");
    name_it(w, "thread_sort_index", pid, tid);
    sim_sink_printf(w->sink, "\"sort_index\":%" PRIu32 "}}", rank);
}

// Clients are shown first, then services, in the order of the model.
static void name_places(struct writer *w)
{
    for (uint32_t i = 0; i < w->places; i++) {
        struct sim_place p = sim_run_place(w->chrome->run, i);
        char name[96];
        if (p.replicas > 1)
            snprintf(name, sizeof name, "%s[%" PRIu32 "]", p.name, p.replica + 1);
        else
            snprintf(name, sizeof name, "%s", p.name);
        name_process(w, pid_of(i), name, p.is_client ? i : w->places + i);
    }
}

static void name_tracks(struct writer *w)
{
    static const char *const kinds[SIM_TRACK_KINDS] = {
        [SIM_TRACK_WORKER] = "worker",
        [SIM_TRACK_REQUEST] = "request",
        [SIM_TRACK_BRANCH] = "branch",
    };
    for (uint32_t i = 0; i < w->line->track_count; i++) {
        const struct sim_track *t = &w->line->tracks[i];
        char name[40];
        snprintf(name, sizeof name, "%s %" PRIu32, kinds[t->kind] ? kinds[t->kind] : "",
                 t->number + 1);
        name_thread(w, pid_of(t->place), tid_of(w, i),
                    t->kind == SIM_TRACK_DOOR ? "never had a worker" : name,
                    (uint32_t)t->kind << 24 | t->number);
    }
}

static void name_faults(struct writer *w)
{
    if (w->chrome->fault_count == 0)
        return;
    uint32_t pid = pid_of(w->places);
    name_process(w, pid, "faults", 2 * w->places);
    for (uint32_t i = 0; i < w->chrome->fault_count; i++)
        name_thread(w, pid, fault_tid(w, i), w->chrome->faults[i].label, i);
}

// ---- Items ----

static const char *category(const struct writer *w, uint32_t track)
{
    switch (w->line->tracks[track].kind) {
    case SIM_TRACK_REQUEST:
        return "request";
    case SIM_TRACK_BRANCH:
        return "branch";
    default:
        return "visit";
    }
}

static const char *outcome(const struct sim_trace_record *r)
{
    if (r->kind != SIM_TRACE_END)
        return "still inside";
    return sim_outcome_name((enum sim_outcome)(r->code & ~SIM_TRACE_ABANDONED));
}

// A rejection's status says who rejected.
static void say_status(struct writer *w, const struct sim_trace_record *r)
{
    if (r->kind != SIM_TRACE_END)
        return;
    uint32_t code = r->code & ~SIM_TRACE_ABANDONED;
    if (code == SIM_REJECTED && (r->other & 0xff) < SIM_REJECTERS)
        sim_sink_printf(w->sink, ",\"rejected_by\":\"%s\"",
                        sim_rejecter_name((enum sim_rejecter)(r->other & 0xff)));
    else
        sim_sink_printf(w->sink, ",\"status\":%" PRIu32, r->other);
    if (r->code & SIM_TRACE_ABANDONED)
        sim_sink_printf(w->sink, ",\"abandoned\":true");
}

static void say_visit(struct writer *w, const struct sim_item *item)
{
    const struct sim_trace_record *r = item->record;
    bool abandoned = r->kind == SIM_TRACE_END && r->code & SIM_TRACE_ABANDONED;
    open_event(w, "X", category(w, item->track));
    sim_sink_printf(w->sink, ",\"name\":\"%s%s #%" PRIu32 "\"", outcome(r),
                    abandoned ? ", abandoned" : "", r->request);
    say_track(w, item->track);
    say_us(w, "ts", item->at);
    say_us(w, "dur", item->end - item->at);
    sim_sink_printf(
        w->sink, ",\"args\":{\"id\":%" PRIu64 ",\"request\":%" PRIu32 ",\"outcome\":\"%s\"",
        item->id, r->request, outcome(r));
    say_status(w, r);
    say_us(w, "waited_us", item->at - r->begin);
    say_us(w, "latency_us", item->end - r->begin);
    sim_sink_text(w->sink, "}}");
}

static void say_span(struct writer *w, const struct sim_item *item)
{
    const char *name = item->kind == SIM_ITEM_REST
                           ? "still inside"
                           : sim_cause_name((enum sim_cause)item->record->code);
    open_event(w, "X", "cause");
    sim_sink_printf(w->sink, ",\"name\":\"%s\"", name);
    say_track(w, item->track);
    say_us(w, "ts", item->at);
    say_us(w, "dur", item->end - item->at);
    sim_sink_text(w->sink, "}");
}

static void say_wait(struct writer *w, const struct sim_item *item)
{
    bool begins = item->kind == SIM_ITEM_WAIT;
    open_event(w, begins ? "b" : "e", "queue");
    sim_sink_printf(w->sink, ",\"name\":\"in line\",\"id\":%" PRIu64, item->id);
    say_process(w, item->record->place);
    say_us(w, "ts", item->at);
    sim_sink_printf(w->sink, ",\"args\":{\"request\":%" PRIu32 "}}", item->record->request);
}

static void say_flow(struct writer *w, const struct sim_item *item)
{
    bool is_call = item->kind == SIM_ITEM_CALL || item->kind == SIM_ITEM_CALLED;
    bool starts = item->kind == SIM_ITEM_CALL || item->kind == SIM_ITEM_ANSWER;
    const char *name = is_call ? "call" : "answer";
    open_event(w, starts ? "s" : "f", name);
    sim_sink_printf(w->sink, ",\"name\":\"%s\",\"id\":%" PRIu64 "%s", name,
                    2 * item->id + !is_call, starts ? "" : ",\"bp\":\"e\"");
    say_track(w, item->track);
    say_us(w, "ts", item->at);
    sim_sink_text(w->sink, "}");
}

// The answer's arrow ends at a mark of its own: the slice in which the caller waits began before
// the visit's, and Perfetto lets arrows go from the earlier slice to the later.
static void say_answered(struct writer *w, const struct sim_item *item)
{
    open_event(w, "i", "answer");
    sim_sink_printf(w->sink, ",\"name\":\"answer: %s\",\"s\":\"t\"",
                    sim_outcome_name((enum sim_outcome)item->record->code));
    say_track(w, item->track);
    say_us(w, "ts", item->at);
    sim_sink_text(w->sink, "}");
    say_flow(w, item);
}

static void say_queue(struct writer *w, const struct sim_item *item)
{
    open_event(w, "C", "queue");
    sim_sink_text(w->sink, ",\"name\":\"queue\"");
    say_process(w, item->record->place);
    say_us(w, "ts", item->at);
    sim_sink_printf(w->sink, ",\"args\":{\"waiting\":%" PRIu32 "}}", item->record->other);
}

static void say_fault(struct writer *w, const struct sim_item *item)
{
    uint32_t fault = (uint32_t)item->id;
    open_event(w, "X", "fault");
    sim_sink_text(w->sink, ",\"name\":");
    sim_json_quote(w->sink, w->chrome->faults[fault].label);
    sim_sink_printf(w->sink, ",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32, pid_of(w->places),
                    fault_tid(w, fault));
    say_us(w, "ts", item->at);
    say_us(w, "dur", item->end - item->at);
    sim_sink_text(w->sink, "}");
}

static void say_item(struct writer *w, const struct sim_item *item)
{
    switch (item->kind) {
    case SIM_ITEM_VISIT:
        say_visit(w, item);
        break;
    case SIM_ITEM_SPAN:
    case SIM_ITEM_REST:
        say_span(w, item);
        break;
    case SIM_ITEM_WAIT:
    case SIM_ITEM_WAITED:
        say_wait(w, item);
        break;
    case SIM_ITEM_CALL:
    case SIM_ITEM_CALLED:
    case SIM_ITEM_ANSWER:
        say_flow(w, item);
        break;
    case SIM_ITEM_ANSWERED:
        say_answered(w, item);
        break;
    case SIM_ITEM_QUEUE:
        say_queue(w, item);
        break;
    case SIM_ITEM_FAULT:
        say_fault(w, item);
        break;
    }
}

// ---- Event loops: a track for the thread of each, with the callbacks it ran ----

static uint32_t loop_tid(const struct writer *w, uint32_t place)
{
    return fault_tid(w, w->chrome->fault_count) + place;
}

static void name_loops(struct writer *w)
{
    const struct sim_run *run = w->chrome->run;
    const struct sim_model *m = sim_run_model(run);
    for (uint32_t i = 0; i < w->places; i++) {
        struct sim_place p = sim_run_place(run, i);
        uint32_t service = p.is_client ? SIM_NONE : sim_model_find_service(m, p.name);
        if (service != SIM_NONE && sim_run_loop_meter(run, service, p.replica))
            name_thread(w, pid_of(i), loop_tid(w, i), "event loop", 0);
    }
}

static void say_callback(struct writer *w, const struct sim_trace_record *r)
{
    open_event(w, "X", "loop");
    if (r->other == SIM_NONE)
        sim_sink_text(w->sink, ",\"name\":\"callback\"");
    else
        sim_sink_printf(w->sink, ",\"name\":\"task of #%" PRIu32 "\"", r->other);
    sim_sink_printf(w->sink, ",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32, pid_of(r->place),
                    loop_tid(w, r->place));
    say_us(w, "ts", r->begin);
    say_us(w, "dur", r->end - r->begin);
    sim_sink_printf(w->sink, ",\"args\":{\"slow\":%s}}", r->code ? "true" : "false");
}

static void say_callbacks(struct writer *w)
{
    const struct sim_trace *trace = sim_run_trace(w->chrome->run);
    for (uint64_t i = sim_trace_first(trace); i < trace->count; i++)
        if (sim_trace_at(trace, i)->kind == SIM_TRACE_LOOP)
            say_callback(w, sim_trace_at(trace, i));
}

// ---- The whole ----

static void say_lost(struct writer *w)
{
    if (w->line->lost == 0)
        return;
    open_event(w, "i", "lost");
    sim_sink_printf(w->sink,
                    ",\"name\":\"%" PRIu64
                    " earlier records are lost\",\"s\":\"g\",\"pid\":1,\"tid\":1",
                    w->line->lost);
    say_us(w, "ts", w->line->count ? w->line->items[0].at : 0);
    sim_sink_text(w->sink, "}");
}

static void say_head(struct writer *w)
{
    const struct sim_run *run = w->chrome->run;
    sim_sink_printf(
        w->sink,
        "{\"displayTimeUnit\":\"ns\",\n\"otherData\":{\"producer\":\"convoy\",\"scenario\":");
    sim_json_quote(w->sink, sim_model_about(sim_run_model(run))->name);
    sim_sink_printf(w->sink,
                    ",\"seed\":\"%" PRIu64 "\",\"digest\":\"%016" PRIx64
                    "\",\"records\":%" PRIu64 ",\"records_lost\":%" PRIu64
                    ",\"visits_cut\":%" PRIu64 "},\n\"traceEvents\":[",
                    w->chrome->seed, sim_run_digest(run), sim_run_trace(run)->count,
                    w->line->lost, w->line->cut);
}

bool sim_chrome_write(const struct sim_chrome *chrome, const struct sim_sink *sink)
{
    struct sim_timeline line;
    if (!sim_run_trace(chrome->run) ||
        !sim_timeline_init(&line, chrome->run, chrome->faults, chrome->fault_count))
        return false;
    struct writer w = { sink, chrome, &line, sim_run_places(chrome->run), false };
    say_head(&w);
    name_places(&w);
    name_tracks(&w);
    name_faults(&w);
    name_loops(&w);
    say_lost(&w);
    for (size_t i = 0; i < line.count; i++)
        say_item(&w, &line.items[i]);
    say_callbacks(&w);
    sim_sink_text(sink, "\n]}\n");
    sim_timeline_fini(&line);
    return true;
}
