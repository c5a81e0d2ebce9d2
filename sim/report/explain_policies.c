#include <inttypes.h>
#include <stdio.h>

#include "sim/report/bulkheads.h"
#include "sim/report/explain_parts.h"

// ---- What there is a meter for ----

// "3 of the last 10 calls had failed", of what a breaker opened for.
static const char *because(const struct sim_breaker_view *v, char *text, size_t size)
{
    bool is_slow = v->slow > v->failed;
    snprintf(text, size, "%" PRIu32 " of %" PRIu32 " calls %s",
             is_slow ? v->slow : v->failed, v->calls,
             is_slow ? "had been slow" : "had failed");
    return text;
}

// Also those that are on no record, for time alone brought them about and nobody asked.
static double openings(const struct sim_paragraph *p)
{
    const struct sim_run *run = p->report->run;
    const struct sim_model *m = sim_run_model(run);
    double sum = 0;
    for (uint32_t i = 0; i < sim_model_clients(m); i++) {
        struct sim_summary s = { 0 };
        sim_summary_client(&s, run, sim_windows_measured(p->report), i);
        sum += s.counts[SIM_OPENED];
    }
    for (uint32_t i = 0; i < sim_model_services(m); i++) {
        struct sim_summary s = { 0 };
        sim_summary_service(&s, run, sim_windows_measured(p->report), i);
        sum += s.counts[SIM_OPENED];
    }
    return sum;
}

static void say_breakers(struct sim_paragraph *p)
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
    sim_say(p, "The breaker of %s%s%s opened at %s because %s.",
            sim_run_place(run, first.place).name, first.around[0] ? " before " : "",
            first.around, sim_figure_duration((double)first.at / SIM_S).text,
            because(&first, why, sizeof why));
    double told = openings(p), all = told > times ? told : times;
    if (all > 1)
        sim_say(p, "Breakers opened %s times in all.", sim_figure_count(all).text);
}

// What was lost to planned stops.
static void say_stops(struct sim_paragraph *p)
{
    const struct sim_run *run = p->report->run;
    for (uint32_t i = 0; i < sim_model_services(sim_run_model(run)); i++) {
        struct sim_summary s = { 0 };
        sim_summary_service(&s, run, sim_windows_measured(p->report), i);
        double refused = s.counts[SIM_STOP_REFUSED], dropped = s.counts[SIM_STOP_DROPPED];
        if (refused > 0)
            sim_say(p,
                    "%s request%s came to a replica of %s that had been told to stop, and "
                    "took nothing more.",
                    sim_figure_count(refused).text, refused > 1 ? "s" : "",
                    sim_service_name(p, i));
        if (dropped > 0)
            sim_say(p,
                    "%s request%s ended with a replica of %s that was stopped amid them.",
                    sim_figure_count(dropped).text, dropped > 1 ? "s" : "",
                    sim_service_name(p, i));
    }
}

// "once", "3 times".
static struct sim_figure how_often(double n)
{
    struct sim_figure f = sim_figure_count(n), text = { "once" };
    if (n != 1)
        snprintf(text.text, sizeof text.text, "%.*s times", (int)(sizeof text.text - 7),
                 f.text);
    return text;
}

// Who was killed, and for what.
static void say_deaths(struct sim_paragraph *p)
{
    const struct sim_run *run = p->report->run;
    for (uint32_t i = 0; i < sim_model_services(sim_run_model(run)); i++) {
        struct sim_summary s = { 0 };
        sim_summary_service(&s, run, sim_windows_measured(p->report), i);
        double restarts = s.counts[SIM_RESTARTED], killed = s.counts[SIM_OOM_KILLS];
        if (restarts > 0)
            sim_say(
                p,
                "A replica of %s was restarted %s, for its liveness or its startup probe had "
                "failed.",
                sim_service_name(p, i), how_often(restarts).text);
        if (killed > 0)
            sim_say(p, "For want of memory a process of %s was killed %s.",
                    sim_service_name(p, i), how_often(killed).text);
        if (s.counts[SIM_POISONED] > 0)
            sim_say(p, "A process of %s died of a poisoned request %s.",
                    sim_service_name(p, i), how_often(s.counts[SIM_POISONED]).text);
    }
}

static void say_what_follows(struct sim_paragraph *p, uint32_t effect, struct sim_windows w)
{
    const struct sim_run *run = p->report->run;
    const struct sim_effect_def *def = sim_model_effect_at(sim_run_model(run), effect);
    if (def->follows == 0)
        return;
    const struct sim_meter *m = sim_run_effect_meter(run, effect);
    const char *first = sim_model_effect_at(sim_run_model(run), def->follows - 1)->name;
    int64_t lost = sim_meter_count(m, w.a, w.b, (enum sim_count)SIM_EFFECT_LOST);
    int64_t invented = sim_meter_count(m, w.a, w.b, (enum sim_count)SIM_EFFECT_INVENTED);
    if (lost > 0)
        sim_say(p, "%s times \"%s\" had happened, and \"%s\" did not follow.",
                sim_figure_count((double)lost).text, first, def->name);
    if (invented > 0)
        sim_say(p, "%s times \"%s\" happened without \"%s\".",
                sim_figure_count((double)invented).text, def->name, first);
}

static void say_effects(struct sim_paragraph *p)
{
    const struct sim_run *run = p->report->run;
    struct sim_windows w = sim_windows_measured(p->report);
    for (uint32_t i = 0; i < sim_model_effects(sim_run_model(run)); i++) {
        const struct sim_meter *m = sim_run_effect_meter(run, i);
        const char *name = sim_model_effect_at(sim_run_model(run), i)->name;
        int64_t again = sim_meter_count(m, w.a, w.b, (enum sim_count)SIM_EFFECT_DUPLICATES);
        int64_t missing = sim_meter_count(m, w.a, w.b, (enum sim_count)SIM_EFFECT_MISSING);
        if (again > 0)
            sim_say(p, "\"%s\" happened %s %s more than it should.", name,
                    sim_figure_count((double)again).text, again == 1 ? "time" : "times");
        if (missing > 0)
            sim_say(p, "For %s it was said that \"%s\" had happened, and it had not.",
                    sim_figure_count((double)missing).text, name);
        say_what_follows(p, i, w);
    }
}

#define MANY_WAITED 0.2

// Where most were refused, or most had to wait.
static void say_bulkheads(struct sim_paragraph *p)
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
        sim_say(p, "At %s, with a limit of %" PRIu32 ", %s were refused.", title,
                sim_model_bulkhead_at(m, worst)->rule.most, sim_figure_count(refused).text);
        return;
    }
    sim_say(p, "At %s, with a limit of %" PRIu32 ", %s had to wait and %s were refused.",
            title, sim_model_bulkhead_at(m, worst)->rule.most,
            sim_figure_about(waited).text, sim_figure_count(refused).text);
}

// ---- Who did most of something ----

// A client or a service, and how often it did what is asked for; of how many requests or visits.
struct doer {
    const char *name; // NULL: nobody did
    double times, of;
};

static double times_in(const struct sim_summary *s, uint32_t first, uint32_t kinds)
{
    double n = 0;
    for (uint32_t i = 0; i < kinds; i++)
        n += s->counts[first + i];
    return n;
}

static void consider(struct doer *d, const struct sim_summary *s, const char *name,
                     uint32_t first, uint32_t kinds)
{
    double n = times_in(s, first, kinds);
    if (n > d->times)
        *d = (struct doer){ name, n, s->counts[SIM_ARRIVED] };
}

// Of counts from `first` on, so many kinds together.
static struct doer who_most(const struct sim_paragraph *p, uint32_t first, uint32_t kinds)
{
    const struct sim_run *run = p->report->run;
    const struct sim_model *m = sim_run_model(run);
    struct doer d = { .name = NULL };
    for (uint32_t i = 0; i < sim_model_clients(m); i++) {
        struct sim_summary s = { 0 };
        sim_summary_client(&s, run, p->story->measured, i);
        consider(&d, &s, sim_model_client_name(m, i), first, kinds);
    }
    for (uint32_t i = 0; i < sim_model_services(m); i++) {
        struct sim_summary s = { 0 };
        sim_summary_service(&s, run, p->story->measured, i);
        consider(&d, &s, sim_model_service_name(m, i), first, kinds);
    }
    return d;
}

static const char *times(double n)
{
    return n > 1 ? "times" : "time";
}

static void say_fallbacks(struct sim_paragraph *p)
{
    struct doer d = who_most(p, SIM_FALLBACKS, 1);
    if (d.times >= SIM_STORY_POLICY * d.of && d.times > 0)
        sim_say(p, "%s went to a fallback %s %s, in %s requests.", d.name,
                sim_figure_count(d.times).text, times(d.times),
                sim_figure_count(d.of).text);
}

static void say_replays(struct sim_paragraph *p)
{
    struct doer d = who_most(p, SIM_REPLAYED, 1);
    if (d.times > 0)
        sim_say(p,
                "%s %s %s knew the idempotency key and answered as before, without doing "
                "the work again.",
                sim_figure_count(d.times).text, times(d.times), d.name);
}

static void say_hedges(struct sim_paragraph *p)
{
    struct doer sent = who_most(p, SIM_HEDGES, 1), won = who_most(p, SIM_HEDGES_WON, 1);
    if (sent.times >= SIM_STORY_POLICY * sent.of && sent.times > 0)
        sim_say(p,
                "%s sent a second attempt beside the first %s %s, in %s requests; %s won.",
                sent.name, sim_figure_count(sent.times).text, times(sent.times),
                sim_figure_count(sent.of).text,
                won.name ? sim_figure_count(won.times).text : "none");
}

// Limits that are met where they stand; rate limits and breakers have sentences of their own.
static void say_limits(struct sim_paragraph *p)
{
    static const struct {
        enum sim_rejecter by;
        const char *words;
    } kinds[] = { { SIM_BY_CONCURRENCY_LIMIT, "concurrency limit" },
                  { SIM_BY_SHED, "shedding" },
                  { SIM_BY_CODEL, "CoDel" } };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct doer d = who_most(p, SIM_REFUSED + kinds[i].by, 1);
        if (d.times >= SIM_STORY_POLICY * d.of && d.times > 0)
            sim_say(p, "The %s of %s turned away %s of %s.", kinds[i].words, d.name,
                    sim_figure_count(d.times).text, sim_figure_count(d.of).text);
    }
}

void sim_explain_policies(struct sim_paragraph *p)
{
    say_stops(p);
    say_deaths(p);
    say_breakers(p);
    say_limits(p);
    say_fallbacks(p);
    say_hedges(p);
    say_replays(p);
    say_effects(p);
    say_bulkheads(p);
}
