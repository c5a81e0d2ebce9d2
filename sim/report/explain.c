#include "sim/report/explain.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "sim/report/explain_parts.h"
#include "sim/report/verdict.h"

static const char *fault_label(const struct sim_paragraph *p)
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

static void say_loss(struct sim_paragraph *p)
{
    const struct sim_story *s = p->story;
    if (s->ended == s->ok)
        sim_say(p, "All %s requests that ended, ended well.",
                sim_figure_count(s->ended).text);
    else
        sim_say(p, "Of %s requests that ended, %s ended well; %s %s.",
                sim_figure_count(s->ended).text, sim_figure_share(s->ok / s->ended).text,
                sim_figure_count(s->lost).text, loss_in_words(s->loss));
}

// "of a half within 1 ms and 99 % within 2 ms", of one client.
static void client_latency(const struct sim_paragraph *p, uint32_t client, char *out,
                           size_t room)
{
    struct sim_summary s = { 0 };
    const struct sim_run *run = p->report->run;
    sim_summary_with_latency(&s);
    sim_summary_client(&s, run, p->story->measured, client);
    snprintf(out, room, "of %s half within %s and 99 %% within %s",
             sim_model_client_name(sim_run_model(run), client),
             sim_figure_duration(sim_summary_quantile(&s, 0.5)).text,
             sim_figure_duration(sim_summary_quantile(&s, 0.99)).text);
    sim_summary_fini(&s);
}

// Who waits for the GIL has not been kept up with, though all ended well.
static void say_well(struct sim_paragraph *p)
{
    const struct sim_story *s = p->story;
    char latency[400], quick[160], slow[160];
    if (s->are_apart) {
        client_latency(p, s->quickest, quick, sizeof quick);
        client_latency(p, s->slowest, slow, sizeof slow);
        snprintf(latency, sizeof latency, "%s, %s", quick, slow);
    } else {
        snprintf(latency, sizeof latency, "half of them within %s and 99 %% within %s",
                 sim_figure_duration(s->p50).text, sim_figure_duration(s->p99).text);
    }
    bool kept_up = s->gil == SIM_NONE;
    struct sim_figure part = sim_figure_share(s->ok / s->ended);
    const char *all = kept_up ? "all" : "All";
    sim_say(p, "%s%s of %s requests that ended, ended well, %s.",
            kept_up ? "The system kept up: " : "", s->ok == s->ended ? all : part.text,
            sim_figure_count(s->ended).text, latency);
}

static void say_whole(struct sim_paragraph *p)
{
    const struct sim_story *s = p->story;
    if (s->offered == 0)
        sim_say(p, "No request was offered in the time that was measured.");
    else if (s->ended == 0)
        sim_say(p, "%s requests were offered, and none of them ended.",
                sim_figure_count(s->offered).text);
    else if (s->kept_up)
        say_well(p);
    else
        say_loss(p);
}

// ---- The collapse ----

static void say_limit(struct sim_paragraph *p)
{
    const struct sim_story *s = p->story;
    struct sim_figure refused = sim_figure_count(s->limited),
                      offered = sim_figure_count(s->limited_of);
    if (s->fault == SIM_NONE)
        sim_say(
            p,
            "From %s on the rate limit of %s refused %s of %s requests, so goodput was below "
            "half of what was offered.",
            sim_figure_duration(s->fell_at).text, s->limited_by, refused.text,
            offered.text);
    else
        sim_say(p, "Of %s requests the rate limit of %s refused %s.", offered.text,
                s->limited_by, refused.text);
}

static void say_fall(struct sim_paragraph *p)
{
    const struct sim_story *s = p->story;
    double late = s->fell_at - s->fault_from;
    if (s->fault == SIM_NONE)
        sim_say(p, "Goodput fell below half of what was offered at %s, %s.",
                sim_figure_duration(s->fell_at).text,
                p->report->fault_count ? "while no fault was at work"
                                       : "without any fault");
    else if (late < 1)
        sim_say(p,
                "With \"%s\" at %s, goodput fell at once below half of what was offered.",
                fault_label(p), sim_figure_duration(s->fault_from).text);
    else
        sim_say(
            p, "After \"%s\" at %s, goodput fell below half of what was offered, %s later.",
            fault_label(p), sim_figure_duration(s->fault_from).text,
            sim_figure_duration(late).text);
}

static void say_still_down(struct sim_paragraph *p)
{
    const struct sim_story *s = p->story;
    double since = s->end_s - s->fault_to;
    if (s->fault == SIM_NONE)
        sim_say(p, "It stayed there to the end.");
    else if (!s->is_fault_over)
        sim_say(p, "It stayed there to the end, as did the fault.");
    else if (since < SIM_STORY_SOON_S)
        sim_say(p, "The run ended too soon after the fault to tell whether it comes back.");
    else
        sim_say(
            p,
            "It did not come back by itself: the fault was gone at %s, and %s later, at "
            "the end, it was still down.",
            sim_figure_duration(s->fault_to).text, sim_figure_duration(since).text);
}

static void say_back(struct sim_paragraph *p)
{
    const struct sim_story *s = p->story;
    double late = s->back_at - s->fault_to;
    if (!s->is_back)
        sim_say(
            p,
            "From %s on goodput was above half of what was offered again, at %s of it on "
            "average.",
            sim_figure_duration(s->back_at).text, sim_figure_about(s->share_after).text);
    else if (s->fault == SIM_NONE)
        sim_say(p, "It came back at %s.", sim_figure_duration(s->back_at).text);
    else if (late < -SIM_STORY_SOON_S)
        sim_say(p, "It came back at %s, while the fault still lasted.",
                sim_figure_duration(s->back_at).text);
    else if (late <= SIM_STORY_SOON_S)
        sim_say(p, "It came back when the fault was gone, at %s.",
                sim_figure_duration(s->back_at).text);
    else
        sim_say(p, "It came back at %s, %s after the fault was gone.",
                sim_figure_duration(s->back_at).text, sim_figure_duration(late).text);
}

static void say_collapse(struct sim_paragraph *p)
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
        sim_say(p, "That was the longest of %" PRIu32 " such times.", s->other_falls + 1);
}

// ---- A fault that did not bring it down ----

static void say_fault(struct sim_paragraph *p)
{
    const struct sim_story *s = p->story;
    if (s->fell || s->fault == SIM_NONE || isnan(s->good_before) || isnan(s->good_during))
        return;
    bool less = s->good_during < SIM_STORY_LESS * s->good_before;
    bool slower = s->p99_during >= SIM_STORY_SLOWER * s->p99_before;
    bool worse = s->lost_during >= s->lost_before + SIM_STORY_WORSE;
    if (!slower && !less && !worse) {
        sim_say(p, "\"%s\" was hardly felt.", fault_label(p));
        return;
    }
    char felt[3][160];
    uint32_t n = 0;
    if (less)
        snprintf(felt[n++], sizeof felt[0], "goodput fell from %s to %s a second",
                 sim_figure_plain(s->good_before).text,
                 sim_figure_plain(s->good_during).text);
    if (slower)
        snprintf(felt[n++], sizeof felt[0], "p99 rose from %s to %s",
                 sim_figure_duration(s->p99_before).text,
                 sim_figure_duration(s->p99_during).text);
    if (worse)
        snprintf(felt[n++], sizeof felt[0], "%s of what ended did not end well, %s before",
                 sim_figure_share(s->lost_during).text,
                 sim_figure_share(s->lost_before).text);
    sim_say(p, "While \"%s\" lasted, %s%s%s%s%s.", fault_label(p), felt[0],
            n == 3   ? ", "
            : n == 2 ? " and "
                     : "",
            n > 1 ? felt[1] : "", n == 3 ? " and " : "", n == 3 ? felt[2] : "");
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

static bool outlives_fault(const struct sim_story *s)
{
    return s->is_down && s->is_fault_over && s->fault != SIM_NONE;
}

// "In that time", where a sentence is not about the whole run.
static const char *when(const struct sim_paragraph *p)
{
    if (!p->story->fell)
        return "Over the run";
    return outlives_fault(p->story) ? "After the fault" : "In that time";
}

// The same within a sentence; nothing where the sentence before has said it, or no other time has
// been spoken of.
static const char *of_which_time(const struct sim_paragraph *p)
{
    const struct sim_story *s = p->story;
    if (s->bottleneck != SIM_NONE)
        return "";
    if (!s->fell)
        return s->fault != SIM_NONE && s->good_during > 0 ? " over the run" : "";
    return outlives_fault(s) ? " after the fault" : " in that time";
}

static void say_bottleneck(struct sim_paragraph *p)
{
    const struct sim_story *s = p->story;
    const char *name = sim_service_name(p, s->bottleneck);
    uint32_t workers = sim_model_workers(sim_run_model(p->report->run), s->bottleneck);
    if (workers == SIM_UNLIMITED) {
        sim_say(p, "%s the bottleneck was %s: its visits spent %s of their time %s.",
                when(p), name, sim_figure_about(s->cause_share).text,
                cause_in_words(s->cause));
        return;
    }
    char line[96] = "";
    if (s->in_line >= 0.5)
        snprintf(line, sizeof line, ", and %s visits stood in line on average",
                 sim_figure_plain(s->in_line).text);
    if (isnan(s->cause_share)) {
        sim_say(
            p,
            "%s the bottleneck was %s: its workers were busy %s of the time with visits of "
            "which none ended%s.",
            when(p), name, sim_figure_about(s->utilisation).text, line);
        return;
    }
    sim_say(
        p,
        "%s the bottleneck was %s: its workers were busy %s of the time, %s of that %s%s.",
        when(p), name, sim_figure_about(s->utilisation).text,
        sim_figure_about(s->cause_share).text, cause_in_words(s->cause), line);
}

// Its workers have time on average, and now and then they have none.
static void say_full_line(struct sim_paragraph *p)
{
    const struct sim_story *s = p->story;
    char busy[96] = "";
    if (!isnan(s->full_line_busy))
        snprintf(busy, sizeof busy, ", though its workers were busy only %s of the time",
                 sim_figure_about(s->full_line_busy).text);
    sim_say(p, "%s the line of %s was full at times: it turned away %s visit%s%s.", when(p),
            sim_service_name(p, s->full_line), sim_figure_count(s->turned_away).text,
            s->turned_away > 1 ? "s" : "", busy);
}

static void say_full(struct sim_paragraph *p)
{
    const struct sim_story *s = p->story;
    if (s->bottleneck != SIM_NONE)
        say_bottleneck(p);
    else if (s->full_line != SIM_NONE)
        say_full_line(p);
    else if (s->kept_up && s->busiest != SIM_NONE && s->gil == SIM_NONE)
        sim_say(p, "Nothing was full: the busiest was %s%s, at %s.",
                s->is_busiest_loop ? "the event loop of " : "",
                sim_service_name(p, s->busiest), sim_figure_about(s->busiest_share).text);
    if (s->waiting != SIM_NONE)
        sim_say(p, "%s was full%s, but its workers spent %s of their time %s.",
                sim_service_name(p, s->waiting), s->bottleneck != SIM_NONE ? " too" : "",
                sim_figure_about(s->waiting_share).text, cause_in_words(SIM_IN_DEPENDENCY));
    if (s->gil != SIM_NONE)
        sim_say(
            p,
            "The visits of %s spent %s of their time waiting for its GIL, which was held %s of "
            "the time: a short request waits for it as long as a long one.",
            sim_service_name(p, s->gil), sim_figure_about(s->gil_share).text,
            sim_figure_about(s->gil_held).text);
    if (s->slow != SIM_NONE)
        sim_say(p, "The visits of %s spent %s of their time %s.",
                sim_service_name(p, s->slow), sim_figure_about(s->slow_share).text,
                cause_in_words(s->slow_cause));
}

static void say_waste(struct sim_paragraph *p)
{
    const struct sim_story *s = p->story;
    if (s->edge != SIM_NONE) {
        struct sim_edge_view e = sim_run_edge_at(p->report->run, s->edge);
        sim_say(p, "For each call%s, %s sent %s attempts to %s.", of_which_time(p), e.from,
                sim_figure_plain(s->attempts).text, e.to);
    }
    if (s->ghost_service != SIM_NONE)
        sim_say(
            p, "Of the visits that ended at %s, %s had nobody waiting for them any more.",
            sim_service_name(p, s->ghost_service), sim_figure_about(s->ghost_share).text);
}

static void say_verdict(struct sim_paragraph *p)
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
        sim_say(p, "The expectation \"%s\" failed: measured %s, wanted %s.", v->text,
                measured, wanted);
    else
        sim_say(p, "The expectation \"%s\" failed.", v->text);
    if (failed > 1)
        sim_say(p, "So did %" PRIu32 " more.", failed - 1);
}

void sim_explain(const struct sim_report *r, char *out, size_t room)
{
    struct sim_story story;
    struct sim_paragraph p = { .report = r, .story = &story, .out = out, .room = room };
    if (room == 0)
        return;
    out[0] = '\0';
    sim_story_read(&story, r);
    say_whole(&p);
    say_collapse(&p);
    say_fault(&p);
    if (story.is_growing)
        sim_say(&p,
                "The backlog grew: %s more were inside at the end than at the beginning.",
                sim_figure_count(story.grown).text);
    say_full(&p);
    say_waste(&p);
    sim_explain_policies(&p);
    say_verdict(&p);
}
