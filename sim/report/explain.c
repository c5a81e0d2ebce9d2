#include "sim/report/explain.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/bulkheads.h"
#include "sim/report/number.h"
#include "sim/report/story.h"
#include "sim/report/verdict.h"

struct paragraph {
    const struct sim_report *report;
    const struct sim_story *story;
    char *out;
    size_t used, room;
};

// A whole sentence or nothing.
__attribute__((format(printf, 2, 3))) static void say(struct paragraph *p,
                                                      const char *format, ...)
{
    char sentence[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    size_t gap = p->used > 0;
    if (n <= 0 || (size_t)n >= sizeof sentence || p->used + gap + (size_t)n >= p->room)
        return;
    if (gap)
        p->out[p->used] = ' ';
    memcpy(p->out + p->used + gap, sentence, (size_t)n + 1);
    p->used += gap + (size_t)n;
}

// Figures as text by value, so that several fit into one sentence.
struct figure {
    char text[SIM_NUMBER_ROOM];
};

static struct figure duration(double x)
{
    struct figure f;
    sim_number_duration(f.text, x);
    return f;
}

static struct figure count(double x)
{
    struct figure f;
    sim_number_count(f.text, x);
    return f;
}

static struct figure plain(double x)
{
    struct figure f;
    sim_number_plain(f.text, x);
    return f;
}

static struct figure share(double x)
{
    struct figure f;
    sim_number_share(f.text, x);
    return f;
}

// In whole percent, where more would only look exact.
static struct figure about(double x)
{
    return share(round(100 * x) / 100);
}

static const char *service_name(const struct paragraph *p, uint32_t service)
{
    return sim_model_service_name(sim_run_model(p->report->run), service);
}

static const char *fault_label(const struct paragraph *p)
{
    return p->report->faults[p->story->fault].label;
}

// ---- How it went ----

static const char *loss_in_words(enum sim_outcome o)
{
    static const char *const words[SIM_OUTCOMES] = {
        [SIM_ERROR] = "got an error",       [SIM_TIMEOUT] = "timed out",
        [SIM_CANCELLED] = "were cancelled", [SIM_REJECTED] = "were turned away",
        [SIM_LOST] = "were lost",
    };
    return words[o];
}

static void say_loss(struct paragraph *p)
{
    const struct sim_story *s = p->story;
    if (s->ended == s->ok)
        say(p, "All %s requests that ended, ended well.", count(s->ended).text);
    else
        say(p, "Of %s requests that ended, %s ended well; %s %s.", count(s->ended).text,
            share(s->ok / s->ended).text, count(s->lost).text, loss_in_words(s->loss));
}

// "of a half within 1 ms and 99 % within 2 ms", of one client.
static void client_latency(const struct paragraph *p, uint32_t client, char *out,
                           size_t room)
{
    struct sim_summary s = { 0 };
    const struct sim_run *run = p->report->run;
    sim_summary_with_latency(&s);
    sim_summary_client(&s, run, p->story->measured, client);
    snprintf(out, room, "of %s half within %s and 99 %% within %s",
             sim_model_client_name(sim_run_model(run), client),
             duration(sim_summary_quantile(&s, 0.5)).text,
             duration(sim_summary_quantile(&s, 0.99)).text);
    sim_summary_fini(&s);
}

// Who waits for the GIL has not been kept up with, though all ended well.
static void say_well(struct paragraph *p)
{
    const struct sim_story *s = p->story;
    char latency[400], quick[160], slow[160];
    if (s->are_apart) {
        client_latency(p, s->quickest, quick, sizeof quick);
        client_latency(p, s->slowest, slow, sizeof slow);
        snprintf(latency, sizeof latency, "%s, %s", quick, slow);
    } else {
        snprintf(latency, sizeof latency, "half of them within %s and 99 %% within %s",
                 duration(s->p50).text, duration(s->p99).text);
    }
    bool kept_up = s->gil == SIM_NONE;
    struct figure part = share(s->ok / s->ended);
    const char *all = kept_up ? "all" : "All";
    say(p, "%s%s of %s requests that ended, ended well, %s.",
        kept_up ? "The system kept up: " : "", s->ok == s->ended ? all : part.text,
        count(s->ended).text, latency);
}

static void say_whole(struct paragraph *p)
{
    const struct sim_story *s = p->story;
    if (s->offered == 0)
        say(p, "No request was offered in the time that was measured.");
    else if (s->ended == 0)
        say(p, "%s requests were offered, and none of them ended.", count(s->offered).text);
    else if (s->kept_up)
        say_well(p);
    else
        say_loss(p);
}

// ---- The collapse ----

static void say_limit(struct paragraph *p)
{
    const struct sim_story *s = p->story;
    struct figure refused = count(s->limited), offered = count(s->limited_of);
    if (s->fault == SIM_NONE)
        say(p,
            "From %s on the rate limit of %s refused %s of %s requests, so goodput was below "
            "half of what was offered.",
            duration(s->fell_at).text, s->limited_by, refused.text, offered.text);
    else
        say(p, "Of %s requests the rate limit of %s refused %s.", offered.text,
            s->limited_by, refused.text);
}

static void say_fall(struct paragraph *p)
{
    const struct sim_story *s = p->story;
    double late = s->fell_at - s->fault_from;
    if (s->fault == SIM_NONE)
        say(p, "Goodput fell below half of what was offered at %s, %s.",
            duration(s->fell_at).text,
            p->report->fault_count ? "while no fault was at work" : "without any fault");
    else if (late < 1)
        say(p, "With \"%s\" at %s, goodput fell at once below half of what was offered.",
            fault_label(p), duration(s->fault_from).text);
    else
        say(p, "After \"%s\" at %s, goodput fell below half of what was offered, %s later.",
            fault_label(p), duration(s->fault_from).text, duration(late).text);
}

static void say_still_down(struct paragraph *p)
{
    const struct sim_story *s = p->story;
    double since = s->end_s - s->fault_to;
    if (s->fault == SIM_NONE)
        say(p, "It stayed there to the end.");
    else if (!s->is_fault_over)
        say(p, "It stayed there to the end, as did the fault.");
    else if (since < SIM_STORY_SOON_S)
        say(p, "The run ended too soon after the fault to tell whether it comes back.");
    else
        say(p,
            "It did not come back by itself: the fault was gone at %s, and %s later, at "
            "the end, it was still down.",
            duration(s->fault_to).text, duration(since).text);
}

static void say_back(struct paragraph *p)
{
    const struct sim_story *s = p->story;
    double late = s->back_at - s->fault_to;
    if (s->fault == SIM_NONE)
        say(p, "It came back at %s.", duration(s->back_at).text);
    else if (late < -SIM_STORY_SOON_S)
        say(p, "It came back at %s, while the fault still lasted.",
            duration(s->back_at).text);
    else if (late <= SIM_STORY_SOON_S)
        say(p, "It came back when the fault was gone, at %s.", duration(s->back_at).text);
    else
        say(p, "It came back at %s, %s after the fault was gone.",
            duration(s->back_at).text, duration(late).text);
}

static void say_collapse(struct paragraph *p)
{
    const struct sim_story *s = p->story;
    if (!s->fell)
        return;
    if (!s->limited_by || s->fault != SIM_NONE)
        say_fall(p);
    if (s->limited_by)
        say_limit(p);
    if (s->is_down)
        say_still_down(p);
    else
        say_back(p);
    if (s->other_falls > 0)
        say(p, "That was the longest of %" PRIu32 " such times.", s->other_falls + 1);
}

// ---- A fault that did not bring it down ----

static void say_fault(struct paragraph *p)
{
    const struct sim_story *s = p->story;
    if (s->fell || s->fault == SIM_NONE || isnan(s->good_before) || isnan(s->good_during))
        return;
    bool slower = s->p99_during >= SIM_STORY_SLOWER * s->p99_before;
    bool less = s->good_during < SIM_STORY_LESS * s->good_before;
    if (!slower && !less) {
        say(p, "\"%s\" was hardly felt.", fault_label(p));
        return;
    }
    char good[160] = "", p99[160] = "";
    if (less)
        snprintf(good, sizeof good, "goodput fell from %s to %s a second",
                 plain(s->good_before).text, plain(s->good_during).text);
    if (slower)
        snprintf(p99, sizeof p99, "p99 rose from %s to %s", duration(s->p99_before).text,
                 duration(s->p99_during).text);
    say(p, "While \"%s\" lasted, %s%s%s.", fault_label(p), good,
        slower && less ? " and " : "", p99);
}

// ---- Why ----

static const char *cause_in_words(enum sim_cause cause)
{
    static const char *const words[SIM_CAUSES] = {
        [SIM_IN_PYTHON] = "running bytecode",
        [SIM_IN_NATIVE] = "running native code",
        [SIM_IN_IO] = "waiting for input and output",
        [SIM_IN_QUEUE] = "in line",
        [SIM_IN_CORE] = "waiting for a core",
        [SIM_IN_GIL] = "waiting for the GIL",
        [SIM_IN_LOCK] = "waiting for a lock",
        [SIM_IN_LOOP] = "waiting for the event loop",
        [SIM_IN_LIMIT] = "held back by a rate limit",
        [SIM_IN_BULKHEAD] = "waiting for a place in a bulkhead",
        [SIM_IN_CONNECTIONS] = "waiting for a connection",
        [SIM_IN_POOL] = "waiting for a worker of a pool",
        [SIM_IN_NETWORK] = "waiting for the network",
        [SIM_IN_BACKOFF] = "waiting between attempts",
        [SIM_IN_DEPENDENCY] = "waiting for the answers of others",
        [SIM_IN_PAUSE] = "standing still",
    };
    return words[cause];
}

// "In that time", where a sentence is not about the whole run.
static const char *when(const struct paragraph *p)
{
    const struct sim_story *s = p->story;
    if (!s->fell)
        return "Over the run";
    return s->is_down && s->is_fault_over && s->fault != SIM_NONE ? "After the fault"
                                                                  : "In that time";
}

static void say_bottleneck(struct paragraph *p)
{
    const struct sim_story *s = p->story;
    const char *name = service_name(p, s->bottleneck);
    uint32_t workers = sim_model_workers(sim_run_model(p->report->run), s->bottleneck);
    if (workers == SIM_UNLIMITED) {
        say(p, "%s the bottleneck was %s: its visits spent %s of their time %s.", when(p),
            name, about(s->cause_share).text, cause_in_words(s->cause));
        return;
    }
    char line[96] = "";
    if (s->in_line >= 0.5)
        snprintf(line, sizeof line, ", and %s visits stood in line on average",
                 plain(s->in_line).text);
    say(p,
        "%s the bottleneck was %s: its workers were busy %s of the time, %s of that %s%s.",
        when(p), name, about(s->utilisation).text, about(s->cause_share).text,
        cause_in_words(s->cause), line);
}

static void say_full(struct paragraph *p)
{
    const struct sim_story *s = p->story;
    if (s->bottleneck != SIM_NONE)
        say_bottleneck(p);
    else if (s->kept_up && s->busiest != SIM_NONE && s->gil == SIM_NONE)
        say(p, "Nothing was full: the busiest was %s, at %s.", service_name(p, s->busiest),
            about(s->utilisation).text);
    if (s->waiting != SIM_NONE)
        say(p, "%s was full%s, but its workers spent %s of their time %s.",
            service_name(p, s->waiting), s->bottleneck != SIM_NONE ? " too" : "",
            about(s->waiting_share).text, cause_in_words(SIM_IN_DEPENDENCY));
    if (s->gil != SIM_NONE)
        say(p,
            "The visits of %s spent %s of their time waiting for its GIL, which was held %s of "
            "the time: a short request waits for it as long as a long one.",
            service_name(p, s->gil), about(s->gil_share).text, about(s->gil_held).text);
    if (s->slow != SIM_NONE)
        say(p, "The visits of %s spent %s of their time %s.", service_name(p, s->slow),
            about(s->slow_share).text, cause_in_words(s->slow_cause));
}

static void say_waste(struct paragraph *p)
{
    const struct sim_story *s = p->story;
    if (s->edge != SIM_NONE) {
        struct sim_edge_view e = sim_run_edge_at(p->report->run, s->edge);
        say(p, "For each call, %s sent %s attempts to %s.", e.from, plain(s->attempts).text,
            e.to);
    }
    if (s->ghost_service != SIM_NONE)
        say(p, "Of the visits that ended at %s, %s had nobody waiting for them any more.",
            service_name(p, s->ghost_service), about(s->ghost_share).text);
}

// "3 of the last 10 calls had failed", of what a breaker opened for.
static const char *because(const struct sim_breaker_view *v, char *text, size_t size)
{
    bool is_slow = v->slow > v->failed;
    snprintf(text, size, "%" PRIu32 " of %" PRIu32 " calls %s",
             is_slow ? v->slow : v->failed, v->calls,
             is_slow ? "had been slow" : "had failed");
    return text;
}

static void say_breakers(struct paragraph *p)
{
    const struct sim_run *run = p->report->run;
    struct sim_breaker_view first = { 0 };
    uint32_t times = 0;
    char why[80];
    for (uint32_t i = 0; i < sim_run_breaker_changes(run); i++) {
        struct sim_breaker_view v = sim_run_breaker_change(run, i);
        if (v.to == SIM_BREAKER_OPEN && times++ == 0)
            first = v;
    }
    if (times == 0)
        return;
    say(p, "The breaker of %s%s%s opened at %s because %s.",
        sim_run_place(run, first.place).name, first.around[0] ? " before " : "",
        first.around, duration((double)first.at / SIM_S).text,
        because(&first, why, sizeof why));
    if (times > 1)
        say(p, "Breakers opened %s times in all.", count(times).text);
}

// Who was killed, and for what.
static void say_deaths(struct paragraph *p)
{
    const struct sim_run *run = p->report->run;
    for (uint32_t i = 0; i < sim_model_services(sim_run_model(run)); i++) {
        struct sim_summary s = { 0 };
        sim_summary_service(&s, run, sim_windows_measured(p->report), i);
        double restarts = s.counts[SIM_RESTARTED], killed = s.counts[SIM_OOM_KILLS];
        if (restarts > 0)
            say(p,
                "A replica of %s was restarted %s %s, for its liveness probe had failed.",
                service_name(p, i), count(restarts).text, restarts > 1 ? "times" : "time");
        if (killed > 0)
            say(p, "For want of memory a process of %s was killed %s %s.",
                service_name(p, i), count(killed).text, killed > 1 ? "times" : "time");
    }
}

static void say_effects(struct paragraph *p)
{
    const struct sim_run *run = p->report->run;
    struct sim_windows w = sim_windows_measured(p->report);
    for (uint32_t i = 0; i < sim_model_effects(sim_run_model(run)); i++) {
        const struct sim_meter *m = sim_run_effect_meter(run, i);
        const char *name = sim_model_effect_at(sim_run_model(run), i)->name;
        int64_t again = sim_meter_count(m, w.a, w.b, (enum sim_count)SIM_EFFECT_DUPLICATES);
        int64_t missing = sim_meter_count(m, w.a, w.b, (enum sim_count)SIM_EFFECT_MISSING);
        if (again > 0)
            say(p, "\"%s\" happened %s %s more than it should.", name,
                count((double)again).text, again == 1 ? "time" : "times");
        if (missing > 0)
            say(p, "For %s it was said that \"%s\" had happened, and it had not.",
                count((double)missing).text, name);
    }
}

#define MANY_WAITED 0.2

// Where most were refused, or most had to wait.
static void say_bulkheads(struct paragraph *p)
{
    const struct sim_run *run = p->report->run;
    const struct sim_model *m = sim_run_model(run);
    uint32_t worst = SIM_NONE;
    double refused = 0, waited = MANY_WAITED;
    char title[160];
    for (uint32_t i = 0; i < sim_model_bulkheads(m); i++) {
        struct sim_summary s = { 0 };
        sim_summary_bulkhead(&s, run, sim_windows_measured(p->report), i);
        double asked = s.counts[SIM_BULKHEAD_ASKED];
        double n = s.counts[SIM_BULKHEAD_REFUSED];
        double share = asked > 0 ? s.counts[SIM_BULKHEAD_WAITED] / asked : 0;
        if (n < refused || (n == refused && share <= waited))
            continue;
        worst = i;
        refused = n;
        waited = share;
    }
    if (worst == SIM_NONE)
        return;
    sim_bulkhead_title(m, worst, title, sizeof title);
    if (!(waited > 0)) {
        say(p, "At %s, with a limit of %" PRIu32 ", %s were refused.", title,
            sim_model_bulkhead_at(m, worst)->rule.most, count(refused).text);
        return;
    }
    say(p, "At %s, with a limit of %" PRIu32 ", %s had to wait and %s were refused.", title,
        sim_model_bulkhead_at(m, worst)->rule.most, about(waited).text,
        count(refused).text);
}

static void say_verdict(struct paragraph *p)
{
    uint32_t failed = sim_report_verdicts(p->report, SIM_FAILED);
    const struct sim_verdict *v = p->report->verdicts;
    char measured[SIM_NUMBER_ROOM], wanted[SIM_VERDICT_ROOM];
    if (failed == 0)
        return;
    while (v->state != SIM_FAILED)
        v++;
    sim_verdict_measured(v, measured);
    sim_verdict_wanted(v, wanted);
    if (wanted[0])
        say(p, "The expectation \"%s\" failed: measured %s, wanted %s.", v->text, measured,
            wanted);
    else
        say(p, "The expectation \"%s\" failed.", v->text);
    if (failed > 1)
        say(p, "So did %" PRIu32 " more.", failed - 1);
}

void sim_explain(const struct sim_report *r, char *out, size_t room)
{
    struct sim_story story;
    struct paragraph p = { .report = r, .story = &story, .out = out, .room = room };
    if (room == 0)
        return;
    out[0] = '\0';
    sim_story_read(&story, r);
    say_whole(&p);
    say_collapse(&p);
    say_fault(&p);
    if (story.is_growing)
        say(&p, "The backlog grew: %s more were inside at the end than at the beginning.",
            count(story.grown).text);
    say_full(&p);
    say_waste(&p);
    say_deaths(&p);
    say_breakers(&p);
    say_effects(&p);
    say_bulkheads(&p);
    say_verdict(&p);
}
