#include "sim/report/text.h"

#include <inttypes.h>
#include <stdio.h>

#include "sim/report/explain.h"
#include "sim/report/number.h"
#include "sim/report/text_parts.h"

struct sim_text_options sim_text_default(void)
{
    return (struct sim_text_options){ .width = 80 };
}

// ---- What is simulated ----

// At the right end of the line, where there is room for it.
static void write_file(struct sim_page *p, const char *file)
{
    uint32_t n = file ? sim_page_columns(p, file) : 0;
    if (n == 0 || p->column + p->blanks + n + 2 > p->width)
        return;
    sim_page_style(p, SIM_STYLE_FAINT);
    sim_page_to(p, p->width - n);
    sim_page_script(p, file, n);
}

static void write_title(struct sim_page *p, const struct sim_report *r)
{
    sim_page_style(p, SIM_STYLE_TITLE);
    sim_page_script(p, r->scenario ? r->scenario : "", p->width);
    sim_page_style(p, SIM_STYLE_PLAIN);
    if (r->variant && r->variant[0]) {
        sim_page_text(p, ", variant \"");
        sim_page_script(p, r->variant, p->width / 2);
        sim_page_text(p, "\"");
    }
    write_file(p, r->file);
    sim_page_line(p);
    if (r->about && r->about[0]) {
        sim_page_wrap(p, 0, p->width < SIM_TEXT_MEASURE ? p->width : SIM_TEXT_MEASURE,
                      r->about);
        sim_page_line(p);
    }
}

static void write_extent(struct sim_page *p, const struct sim_report *r)
{
    char length[SIM_NUMBER_ROOM], warmup[SIM_NUMBER_ROOM], left_out[100] = "";
    sim_number_duration(length, (double)sim_run_now(r->run) / SIM_S);
    sim_number_duration(warmup, (double)sim_report_from(r) / SIM_S);
    sim_page_style(p, SIM_STYLE_FAINT);
    if (sim_report_from(r) > 0)
        snprintf(left_out, sizeof left_out, ", the first %s left out%s", warmup,
                 p->width < SIM_TEXT_WHOLE ? "" : " of the figures");
    sim_page_wrapf(p, 0, "%s simulated%s, seed %" PRIu64, length, left_out, r->seed);
    sim_page_line(p);
}

// How big a service is, in brackets: "(2 replicas, 32 workers each)".
static void write_size(char *out, size_t room, const struct sim_model *m, uint32_t service)
{
    uint32_t replicas = sim_model_replicas_at_first(m, service);
    uint32_t workers = sim_model_workers(m, service);
    char many[40] = "", each[40] = "";
    if (replicas > 1)
        snprintf(many, sizeof many, "%" PRIu32 " replicas, ", replicas);
    if (workers != SIM_UNLIMITED)
        snprintf(each, sizeof each, "%" PRIu32 " worker%s%s", workers,
                 workers == 1 ? "" : "s", replicas > 1 ? " each" : "");
    else
        snprintf(each, sizeof each, "workers without limit");
    snprintf(out, room, " (%s%s)", many, each);
}

static uint32_t caller_of(const struct sim_run *run, const char *name)
{
    const struct sim_model *m = sim_run_model(run);
    uint32_t client = sim_model_find_client(m, name);
    return client != SIM_NONE ? client
                              : sim_model_clients(m) + sim_model_find_service(m, name);
}

// "a calls b (1 worker) and c (4 workers)"; nothing for who calls nobody.
static void write_callees(struct sim_page *p, const struct sim_run *run, uint32_t caller)
{
    const struct sim_model *m = sim_run_model(run);
    char text[2048], size[96];
    int used = 0;
    for (uint32_t i = 0; i < sim_run_edges(run) && used < (int)sizeof text; i++) {
        struct sim_edge_view e = sim_run_edge_at(run, i);
        if (caller_of(run, e.from) != caller)
            continue;
        write_size(size, sizeof size, m, sim_model_find_service(m, e.to));
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%s %s%s",
                         used ? "" : e.from, used ? " and" : " calls", e.to, size);
    }
    if (used == 0)
        return;
    sim_page_wrap(p, 0, p->width, text);
    sim_page_line(p);
}

// Callers in the order in which a request meets them, each once: edges are numbered as they
// are first used, so a service calls after it has been called.
static void write_world(struct sim_page *p, const struct sim_run *run)
{
    for (uint32_t i = 0; i < sim_run_edges(run); i++) {
        uint32_t caller = caller_of(run, sim_run_edge_at(run, i).from);
        bool told = false;
        for (uint32_t k = 0; k < i; k++)
            told = told || caller_of(run, sim_run_edge_at(run, k).from) == caller;
        if (!told)
            write_callees(p, run, caller);
    }
}

void sim_text_head(struct sim_page *p, const struct sim_report *r)
{
    write_title(p, r);
    write_extent(p, r);
    write_world(p, r->run);
    sim_page_line(p);
}

// ---- What cut it short ----

static void write_stop(struct sim_page *p, const struct sim_report *r)
{
    char at[SIM_NUMBER_ROOM], of[SIM_NUMBER_ROOM];
    if (!r->interrupted && (r->state == SIM_FINISHED || r->state == SIM_GOING))
        return;
    sim_number_duration(at, (double)sim_run_now(r->run) / SIM_S);
    sim_number_duration(of,
                        (double)sim_model_about(sim_run_model(r->run))->duration / SIM_S);
    sim_page_style(p, SIM_STYLE_WARN);
    sim_page_printf(p, "%s at %s of %s", r->interrupted ? "Interrupted" : "Stopped", at,
                    of);
    if (!r->interrupted && sim_run_reason(r->run)[0]) {
        sim_page_text(p, ":");
        sim_page_wrap(p, p->column + 1, p->width, sim_run_reason(r->run));
    }
    sim_page_line(p);
    sim_page_line(p);
}

// ---- The end ----

void sim_text_story(struct sim_page *p, const struct sim_report *r)
{
    char text[SIM_EXPLAIN_ROOM];
    sim_explain(r, text, sizeof text);
    sim_page_style(p, SIM_STYLE_HEAD);
    sim_page_text(p, "What happened");
    sim_page_line(p);
    sim_page_wrap(p, 0, p->width < SIM_TEXT_MEASURE ? p->width : SIM_TEXT_MEASURE, text);
    sim_page_line(p);
    sim_page_line(p);
}

void sim_text_foot(struct sim_page *p, const struct sim_report *r)
{
    char requests[SIM_NUMBER_ROOM], events[SIM_NUMBER_ROOM], wall[SIM_NUMBER_ROOM];
    char took[SIM_NUMBER_ROOM + 8] = "";
    struct sim_books books = sim_run_books(r->run);
    sim_number_count(requests, (double)books.arrived);
    sim_number_count(events, (double)sim_run_events(r->run));
    sim_page_style(p, SIM_STYLE_FAINT);
    if (r->wall_s > 0) {
        sim_number_duration(wall, r->wall_s);
        snprintf(took, sizeof took, " in %s", wall);
    }
    sim_page_wrapf(p, 0, "%s requests, %s events%s, digest %016" PRIx64, requests, events,
                   took, sim_run_digest(r->run));
    sim_page_line(p);
    if (!books.balanced) {
        sim_page_style(p, SIM_STYLE_BAD);
        sim_page_text(p, "The books do not balance: this is an error in the simulator.");
        sim_page_line(p);
    }
}

static void open_page(struct sim_page *p, const struct sim_text_options *options,
                      const struct sim_sink *sink)
{
    sim_page_init(p, sink);
    p->width = options->width < SIM_TEXT_NARROW ? SIM_TEXT_NARROW
               : options->width > SIM_TEXT_WIDE ? SIM_TEXT_WIDE
                                                : options->width;
    p->colour = options->colour;
    p->utf8 = options->utf8;
}

static void write_tables(struct sim_page *p, const struct sim_report *r)
{
    sim_text_services(p, r);
    sim_text_clients(p, r);
    sim_text_calls(p, r);
    sim_text_bulkheads(p, r);
    sim_text_caches(p, r);
    sim_text_orders(p, r);
    sim_text_effects(p, r);
    sim_text_accounts(p, r);
}

void sim_report_text(const struct sim_report *r, const struct sim_text_options *options,
                     const struct sim_sink *sink)
{
    struct sim_page page;
    open_page(&page, options, sink);
    if (!options->quiet)
        sim_text_head(&page, r);
    write_stop(&page, r);
    if (!options->quiet) {
        sim_text_timeline(&page, r);
        write_tables(&page, r);
    }
    sim_text_verdicts(&page, r);
    if (options->quiet)
        return;
    sim_text_story(&page, r);
    sim_text_foot(&page, r);
}

void sim_report_text_tables(const struct sim_report *r,
                            const struct sim_text_options *options,
                            const struct sim_sink *sink)
{
    struct sim_page page;
    open_page(&page, options, sink);
    write_tables(&page, r);
}
