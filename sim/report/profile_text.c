#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/number.h"
#include "sim/report/page.h"
#include "sim/report/profile_write.h"

#define LINES 256 // of a service that are sorted
#define SHOWN 20
#define PLACE 48 // column of the names of steps

// ---- As a sampling profiler ----

static const char *sample_about(enum sim_sample s)
{
    static const char *const about[] = { "running bytecode", "running native code",
                                         "for I/O, answers, locks, back-off", "for the GIL",
                                         "runnable without a core, or stopped" };
    return about[s];
}

static void write_samples(struct sim_page *p, const struct sim_advice *a)
{
    char share[SIM_NUMBER_ROOM], time[SIM_NUMBER_ROOM];
    for (uint32_t i = 0; i < SIM_SAMPLES; i++) {
        sim_number_share(share, a->samples[i]);
        sim_page_text(p, "  ");
        sim_page_text(p, sim_sample_name((enum sim_sample)i));
        sim_page_right(p, 19, share);
        sim_page_to(p, 21);
        uint32_t n = (uint32_t)lround(a->samples[i] * 20);
        sim_page_style(p, (enum sim_style)(SIM_STYLE_RANK + (i < 3 ? i : 3)));
        for (uint32_t k = 0; k < n; k++)
            sim_page_glyph(p, "\u2588", '#');
        sim_page_style(p, SIM_STYLE_FAINT);
        sim_page_to(p, 43);
        sim_page_text(p, sample_about((enum sim_sample)i));
        sim_page_style(p, SIM_STYLE_PLAIN);
        sim_page_line(p);
    }
    if (!(a->outside > 0))
        return;
    sim_number_duration(time, a->outside);
    sim_page_printf(p, "  and %s a visit in no thread: in line, or travelling", time);
    sim_page_line(p);
}

// ---- As cProfile ----

static int by_cumulated(const void *x, const void *y)
{
    const struct sim_profile_line *a = x, *b = y;
    if (a->cumulated_ns != b->cumulated_ns)
        return a->cumulated_ns < b->cumulated_ns ? 1 : -1;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return strcmp(a->word, b->word);
}

static const char *base_name(const char *file)
{
    const char *slash = file ? strrchr(file, '/') : NULL;
    return slash ? slash + 1 : file ? file : "";
}

// "hello.lua:9(python)", as cProfile names what it counts.
static void write_place(struct sim_page *p, const struct sim_profile_line *l,
                        const char *file)
{
    char text[256];
    const char *of = l->of[0] ? l->of : strcmp(l->word, "handler") == 0 ? l->route : "";
    if (l->line > 0)
        snprintf(text, sizeof text, "%s:%d(%s%s%s)", base_name(file), l->line, l->word,
                 of[0] ? " " : "", of);
    else
        snprintf(text, sizeof text, "(%s%s%s)", l->word, of[0] ? " " : "", of);
    sim_page_to(p, PLACE);
    sim_page_script(p, text, p->width - PLACE);
    sim_page_line(p);
}

// Seconds in eight columns at most: the larger, the fewer decimals.
static void seconds(char *out, double s)
{
    snprintf(out, SIM_NUMBER_ROOM, "%.*f", s < 1000 ? 3 : s < 100000 ? 1 : 0, s);
}

static void write_call(struct sim_page *p, const struct sim_profile_line *l,
                       const char *file)
{
    char cell[SIM_NUMBER_ROOM];
    double n = (double)l->calls, total = (double)l->total_ns / SIM_S;
    double cumulated = (double)l->cumulated_ns / SIM_S;
    sim_number_count(cell, n);
    sim_page_right(p, 10, cell);
    seconds(cell, total);
    sim_page_right(p, 19, cell);
    sim_number_duration(cell, n > 0 ? total / n : NAN);
    sim_page_right(p, 28, cell);
    seconds(cell, cumulated);
    sim_page_right(p, 37, cell);
    sim_number_duration(cell, n > 0 ? cumulated / n : NAN);
    sim_page_right(p, 46, cell);
    write_place(p, l, file);
}

static void write_call_heads(struct sim_page *p)
{
    static const char *const heads[] = { "ncalls", "tottime", "percall", "cumtime",
                                         "percall" };
    sim_page_style(p, SIM_STYLE_HEAD);
    for (uint32_t i = 0; i < 5; i++)
        sim_page_right(p, 10 + 9 * i, heads[i]);
    sim_page_to(p, PLACE);
    sim_page_text(p, "file:line(step)");
    sim_page_style(p, SIM_STYLE_PLAIN);
    sim_page_line(p);
}

static void write_calls(struct sim_page *p, const struct sim_profile_report *r,
                        uint32_t service)
{
    struct sim_profile_line lines[LINES];
    uint32_t n = sim_profile_lines(r->profile, service);
    n = n < LINES ? n : LINES;
    if (n == 0)
        return;
    for (uint32_t i = 0; i < n; i++)
        lines[i] = sim_profile_line_at(r->profile, service, i);
    qsort(lines, n, sizeof *lines, by_cumulated);
    write_call_heads(p);
    for (uint32_t i = 0; i < n && i < SHOWN; i++)
        write_call(p, &lines[i], r->of->file);
    if (n > SHOWN) {
        sim_page_printf(p, "  and %" PRIu32 " more (--json has them all)", n - SHOWN);
        sim_page_line(p);
    }
}

// ---- What it speaks for ----

static void write_sentence(struct sim_page *p, const char *text)
{
    sim_page_text(p, "  ");
    sim_page_wrap(p, 2, p->width < 100 ? p->width : 100, text);
    sim_page_line(p);
}

static void write_ceilings(struct sim_page *p, const struct sim_advice *a)
{
    char text[SIM_ADVICE_ROOM] = "at most, a second: ", rate[SIM_NUMBER_ROOM];
    if (!a->has_runtime || a->workload == SIM_IDLE)
        return;
    for (uint32_t i = 0; i < SIM_CHOICES; i++) {
        const struct sim_ceiling *c = &a->ceilings[i];
        size_t n = strlen(text);
        sim_advice_rate(rate, c->per_s);
        snprintf(text + n, sizeof text - n, "%s%s %s (%s)", i ? ", " : "",
                 sim_choice_name((enum sim_choice)i), rate, c->by);
    }
    write_sentence(p, text);
}

static void write_service(struct sim_page *p, const struct sim_profile_report *r,
                          uint32_t service)
{
    const struct sim_run *run = r->of->run;
    char text[SIM_ADVICE_ROOM];
    struct sim_advice a;
    sim_advise(&a, run, r->profile, sim_windows_between(run, r->from, r->to), service);
    sim_page_line(p);
    sim_page_style(p, SIM_STYLE_TITLE);
    sim_page_script(p, sim_model_service_name(sim_run_model(run), service), 40);
    sim_page_style(p, SIM_STYLE_PLAIN);
    sim_page_line(p);
    if (a.workload != SIM_IDLE)
        write_samples(p, &a);
    write_calls(p, r, service);
    sim_advice_evidence(&a, text, sizeof text);
    write_sentence(p, text);
    write_ceilings(p, &a);
    sim_page_style(p, SIM_STYLE_GOOD);
    sim_advice_reason(&a, text, sizeof text);
    write_sentence(p, text);
    sim_page_style(p, SIM_STYLE_PLAIN);
}

static void write_head(struct sim_page *p, const struct sim_profile_report *r)
{
    char from[SIM_NUMBER_ROOM], to[SIM_NUMBER_ROOM];
    sim_page_style(p, SIM_STYLE_TITLE);
    sim_page_script(p, r->of->scenario ? r->of->scenario : "", p->width);
    sim_page_style(p, SIM_STYLE_PLAIN);
    if (r->of->variant && r->of->variant[0]) {
        sim_page_text(p, ", variant \"");
        sim_page_script(p, r->of->variant, p->width / 2);
        sim_page_text(p, "\"");
    }
    sim_page_line(p);
    sim_number_duration(from, (double)r->from / SIM_S);
    sim_number_duration(to, (double)r->to / SIM_S);
    sim_page_style(p, SIM_STYLE_FAINT);
    sim_page_printf(p,
                    "From %s to %s, seed %" PRIu64 ". Times are wall time: waiting for "
                    "the GIL is in them.",
                    from, to, r->of->seed);
    sim_page_style(p, SIM_STYLE_PLAIN);
    sim_page_line(p);
    if (sim_profile_lost(r->profile) > 0) {
        sim_page_printf(p, "Calls are missing: the trace lost %" PRIu64 " records.",
                        sim_profile_lost(r->profile));
        sim_page_line(p);
    }
}

void sim_profile_text(const struct sim_profile_report *r,
                      const struct sim_text_options *options, const struct sim_sink *sink)
{
    struct sim_page page;
    sim_page_init(&page, sink);
    page.width = options->width < SIM_TEXT_WHOLE  ? SIM_TEXT_WHOLE
                 : options->width > SIM_TEXT_WIDE ? SIM_TEXT_WIDE
                                                  : options->width;
    page.colour = options->colour;
    page.utf8 = options->utf8;
    write_head(&page, r);
    for (uint32_t i = 0; i < sim_model_services(sim_run_model(r->of->run)); i++)
        write_service(&page, r, i);
}
