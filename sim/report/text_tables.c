#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/bulkheads.h"
#include "sim/report/limits.h"
#include "sim/report/number.h"
#include "sim/report/orders.h"
#include "sim/report/summary.h"
#include "sim/report/text.h"
#include "sim/report/text_parts.h"

// Tables grow with the page: a first column for names, and columns of figures of one width. On a narrow
// page figures that others hint at are left out.

#define RANKS   4
#define FIGURES 7u
#define OUT(i)  (1u << (i))

struct table {
    uint32_t name, cell; // columns of the first, and of each other one
    uint32_t left_out;   // figures, a bit each
};

static struct table layout(const struct sim_page *p, uint32_t out_if_narrow)
{
    uint32_t cells = FIGURES, out = p->width < SIM_TEXT_WHOLE ? out_if_narrow : 0;
    for (uint32_t i = 0; i < FIGURES; i++)
        cells -= out >> i & 1;
    uint32_t cell = (p->width - 14) / cells;
    struct table t = { .cell = cell < 9 ? 9 : cell > 13 ? 13 : cell, .left_out = out };
    uint32_t used = cells * t.cell;
    t.name = p->width > used + 12 ? p->width - used : 12;
    t.name = t.name > 30 ? 30 : t.name;
    return t;
}

// A million with its commas would touch the figure before it, and does without them.
static void keep_apart(const struct table *t, char *cell)
{
    char *to = cell;
    if (strlen(cell) < t->cell)
        return;
    for (const char *from = cell; *from; from++)
        if (*from != ',')
            *to++ = *from;
    *to = '\0';
}

static void write_cells(struct sim_page *p, const struct table *t,
                        char cells[FIGURES][SIM_NUMBER_ROOM])
{
    for (uint32_t i = 0, end = t->name; i < FIGURES; i++) {
        if (t->left_out >> i & 1)
            continue;
        keep_apart(t, cells[i]);
        sim_page_right(p, end += t->cell, cells[i]);
    }
    sim_page_line(p);
}

static void write_heads(struct sim_page *p, const struct table *t, const char *name,
                        const char *const heads[FIGURES])
{
    sim_page_style(p, SIM_STYLE_HEAD);
    sim_page_text(p, name);
    for (uint32_t i = 0, end = t->name; i < FIGURES; i++)
        if (!(t->left_out >> i & 1))
            sim_page_right(p, end += t->cell, heads[i]);
    sim_page_line(p);
}

// ---- Where the time goes ----

struct ranked {
    enum sim_cause cause[SIM_CAUSES];
    uint32_t n; // those with a time at all
};

static struct ranked rank(const struct sim_summary *s)
{
    struct ranked r = { .n = 0 };
    for (uint32_t c = 0; c < SIM_CAUSES; c++) {
        if (!(s->counts[SIM_TIME + c] > 0))
            continue;
        uint32_t i = r.n++;
        for (; i > 0 && s->counts[SIM_TIME + r.cause[i - 1]] < s->counts[SIM_TIME + c]; i--)
            r.cause[i] = r.cause[i - 1];
        r.cause[i] = (enum sim_cause)c;
    }
    return r;
}

static void write_mark(struct sim_page *p, uint32_t place)
{
    static const char *const utf8[] = { "\u2588", "\u2593", "\u2592", "\u2591" };
    static const char ascii[] = "#=:.";
    uint32_t i = place < RANKS ? place : RANKS - 1;
    sim_page_style(p, (enum sim_style)(SIM_STYLE_RANK + i));
    sim_page_glyph(p, utf8[i], ascii[i]);
}

// Each cause gets the columns between the rounded ends of its stretch, so they add up.
static void write_bar(struct sim_page *p, const struct sim_summary *s,
                      const struct ranked *r, uint32_t columns)
{
    double sum = 0;
    uint32_t drawn = 0;
    for (uint32_t i = 0; i < r->n; i++) {
        sum += sim_summary_cause_share(s, r->cause[i]);
        for (; drawn < (uint32_t)lround(sum * columns); drawn++)
            write_mark(p, i);
    }
    sim_page_style(p, SIM_STYLE_PLAIN);
}

// A cause with its share, and with its time a visit where the page is wide; false when there
// is no room left for it.
static bool write_cause(struct sim_page *p, const struct sim_summary *s,
                        enum sim_cause cause, uint32_t place)
{
    char share[SIM_NUMBER_ROOM], time[SIM_NUMBER_ROOM], text[128];
    sim_number_share(share, sim_summary_cause_share(s, cause));
    sim_number_duration(time, sim_summary_time(s, cause));
    snprintf(text, sizeof text, " %s %s%s%s", sim_cause_name(cause), share,
             p->width >= 120 ? ", " : "", p->width >= 120 ? time : "");
    if (p->column + p->blanks + 3 + sim_page_columns(p, text) > p->width)
        return false;
    sim_page_text(p, "  ");
    write_mark(p, place);
    sim_page_style(p, SIM_STYLE_PLAIN);
    sim_page_text(p, text);
    return true;
}

static void write_time(struct sim_page *p, const struct sim_summary *s)
{
    struct ranked r = rank(s);
    if (r.n == 0)
        return;
    sim_page_text(p, "  ");
    write_bar(p, s, &r, p->width >= 120 ? 40 : p->width >= 100 ? 30 : 20);
    for (uint32_t i = 0; i < r.n && i < 6; i++)
        if (!write_cause(p, s, r.cause[i], i))
            break;
    sim_page_line(p);
}

// ---- Who refused ----

// "refused: 1,800 by rate limits, 641 retries by budgets", by policies at one place.
static void write_refusals(struct sim_page *p, const struct sim_summary *s)
{
    static const struct {
        uint32_t count;
        const char *what;
    } refusals[] = {
        { SIM_REFUSED + SIM_BY_QUEUE, "at a full line" },
        { SIM_REFUSED + SIM_BY_PATIENCE, "who waited too long in line" },
        { SIM_REFUSED + SIM_BY_DEADLINE, "whose deadline had passed" },
        { SIM_REFUSED + SIM_BY_CODEL, "by CoDel" },
        { SIM_REFUSED + SIM_BY_RATE_LIMIT, "by rate limits" },
        { SIM_REFUSED + SIM_BY_STORE, "as a store had failed" },
        { SIM_REFUSED + SIM_BY_BREAKER, "by breakers" },
        { SIM_REFUSED + SIM_BY_BULKHEAD, "by bulkheads" },
        { SIM_REFUSED + SIM_BY_CONNECTIONS, "as no connection came free" },
        { SIM_REFUSED + SIM_BY_SHED, "as less critical" },
        { SIM_REFUSED + SIM_BY_CONCURRENCY_LIMIT, "by concurrency limits" },
        { SIM_REFUSED + SIM_BY_THROTTLE, "by throttles" },
        { SIM_UNPAID, "retries by budgets" },
        { SIM_FAIL_OPEN, "let through as a store failed" },
        { SIM_CONFLICTS, "whose key was in progress" },
        { SIM_MISMATCHED, "with another's key" },
    };
    char text[400] = "refused:", n[SIM_NUMBER_ROOM];
    size_t begin = strlen(text), used = begin;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        if (!(s->counts[refusals[i].count] > 0))
            continue;
        sim_number_count(n, s->counts[refusals[i].count]);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s %s %s",
                                 used > begin ? "," : "", n, refusals[i].what);
    }
    if (used == begin)
        return;
    sim_page_style(p, SIM_STYLE_FAINT);
    sim_page_wrap(p, 2, p->width, text);
    sim_page_line(p);
    sim_page_style(p, SIM_STYLE_PLAIN);
}

// ---- Services ----

// With the number of its replicas, "api x2", where it has several.
static void write_name(struct sim_page *p, const struct sim_model *m, const struct table *t,
                       uint32_t service)
{
    char many[16] = "";
    if (sim_model_replicas_at_first(m, service) > 1)
        snprintf(many, sizeof many, " x%" PRIu32, sim_model_replicas_at_first(m, service));
    sim_page_script(p, sim_model_service_name(m, service),
                    t->name - 1 - sim_page_columns(p, many));
    sim_page_text(p, many);
}

// "event loop: 2.1 tasks, busy 23 %, lag p50 0.4 ms, p99 12 ms, max 50 ms, 3 slow callbacks"
static void write_loop(struct sim_page *p, const struct sim_report *r, uint32_t service,
                       const struct sim_summary *visits)
{
    char tasks[SIM_NUMBER_ROOM], busy[SIM_NUMBER_ROOM], slow[SIM_NUMBER_ROOM];
    char p50[SIM_NUMBER_ROOM], p99[SIM_NUMBER_ROOM], max[SIM_NUMBER_ROOM];
    struct sim_summary s = { 0 };
    sim_summary_with_latency(&s);
    if (sim_summary_loops(&s, r->run, sim_windows_measured(r), service)) {
        sim_number_plain(tasks, sim_summary_tasks(&s, visits));
        sim_number_share(busy, sim_summary_loop_busy(&s));
        sim_number_duration(p50, sim_summary_quantile(&s, 0.5));
        sim_number_duration(p99, sim_summary_quantile(&s, 0.99));
        sim_number_duration(max, sim_summary_max(&s));
        sim_number_count(slow, s.counts[SIM_LOOP_SLOW]);
        bool any_slow = s.counts[SIM_LOOP_SLOW] > 0;
        sim_page_wrapf(p, 2, "loop: %s tasks, busy %s, lag p50 %s p99 %s max %s%s%s%s",
                       tasks, busy, p50, p99, max, any_slow ? ", " : "",
                       any_slow ? slow : "", any_slow ? " slow" : "");
        sim_page_line(p);
    }
    sim_summary_fini(&s);
}

// "probes: 112 failed, 21 restarts, out of the rotation 3 times"
static void write_probes(struct sim_page *p, const struct sim_summary *s)
{
    char failed[SIM_NUMBER_ROOM], restarts[SIM_NUMBER_ROOM], unready[SIM_NUMBER_ROOM];
    if (!(s->counts[SIM_PROBE_FAILED] > 0 || s->counts[SIM_RESTARTED] > 0))
        return;
    sim_number_count(failed, s->counts[SIM_PROBE_FAILED]);
    sim_number_count(restarts, s->counts[SIM_RESTARTED]);
    sim_number_count(unready, s->counts[SIM_UNREADY]);
    sim_page_style(p, SIM_STYLE_FAINT);
    sim_page_wrapf(p, 2, "probes: %s failed, %s restart%s, out of the rotation %s time%s",
                   failed, restarts, s->counts[SIM_RESTARTED] == 1 ? "" : "s", unready,
                   s->counts[SIM_UNREADY] == 1 ? "" : "s");
    sim_page_line(p);
    sim_page_style(p, SIM_STYLE_PLAIN);
}

// "stops: 31 refused, 4 dropped"
static void write_stops(struct sim_page *p, const struct sim_summary *s)
{
    char refused[SIM_NUMBER_ROOM], dropped[SIM_NUMBER_ROOM];
    if (!(s->counts[SIM_STOP_REFUSED] > 0 || s->counts[SIM_STOP_DROPPED] > 0))
        return;
    sim_number_count(refused, s->counts[SIM_STOP_REFUSED]);
    sim_number_count(dropped, s->counts[SIM_STOP_DROPPED]);
    sim_page_style(p, SIM_STYLE_FAINT);
    sim_page_printf(p, "  stops: %s refused, %s dropped", refused, dropped);
    sim_page_line(p);
    sim_page_style(p, SIM_STYLE_PLAIN);
}

// As a column is wide: what nearly never stands there has more digits than meaning.
static void level(char *cell, double x)
{
    if (x > 0 && x < 0.001)
        strcpy(cell, "<0.001");
    else
        sim_number_plain(cell, x);
}

static void write_service(struct sim_page *p, const struct sim_report *r,
                          const struct table *t, uint32_t service)
{
    const struct sim_model *m = sim_run_model(r->run);
    char cells[FIGURES][SIM_NUMBER_ROOM];
    struct sim_summary s = { 0 };
    sim_summary_with_latency(&s);
    sim_summary_service(&s, r->run, sim_windows_measured(r), service);
    double ended = sim_summary_ended(&s);
    write_name(p, m, t, service);
    sim_number_plain(cells[0], sim_summary_rate(&s, sim_summary_completed(&s)));
    sim_number_share(cells[1], sim_summary_utilisation(&s));
    level(cells[2], sim_summary_level(&s, SIM_QUEUED_AREA));
    sim_number_count(cells[3], s.queue_max);
    sim_number_duration(cells[4], sim_summary_quantile(&s, 0.5));
    sim_number_duration(cells[5], sim_summary_quantile(&s, 0.99));
    sim_number_share(cells[6], ended > 0 ? sim_summary_failed(&s) / ended : NAN);
    write_cells(p, t, cells);
    write_time(p, &s);
    write_loop(p, r, service, &s);
    write_probes(p, &s);
    write_stops(p, &s);
    write_refusals(p, &s);
    sim_limits_text(p, r, (struct sim_limit_place){ false, service });
    sim_summary_fini(&s);
}

void sim_text_services(struct sim_page *p, const struct sim_report *r)
{
    static const char *const heads[] = { "per s", "busy", "in line", "longest",
                                         "p50",   "p99",  "failed" };
    struct table t = layout(p, OUT(3) | OUT(4));
    write_heads(p, &t, "Services", heads);
    for (uint32_t i = 0; i < sim_model_services(sim_run_model(r->run)); i++)
        write_service(p, r, &t, i);
    sim_page_line(p);
}

// ---- Clients ----

// "16,000 timeout, 455 rejected, 3 not yet ended, 5 more from the warm-up" under a client that lost any, or
// of which more have ended than the row above says were offered.
static void write_losses(struct sim_page *p, const struct sim_summary *s, int64_t inside)
{
    char n[SIM_NUMBER_ROOM], text[400] = "";
    size_t used = 0;
    for (uint32_t o = SIM_OK + 1; o < SIM_OUTCOMES; o++) {
        if (!(s->counts[SIM_ENDED + o] > 0))
            continue;
        sim_number_count(n, s->counts[SIM_ENDED + o]);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s",
                                 used > 0 ? ", " : "", n,
                                 sim_outcome_name((enum sim_outcome)o));
    }
    sim_number_count(n, (double)inside);
    if (inside > 0)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s not yet ended",
                                 used > 0 ? ", " : "", n);
    double early = sim_summary_before(s, (double)inside);
    sim_number_count(n, early);
    if (early > 0)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "%s%s more from the warm-up", used > 0 ? ", " : "", n);
    if (used == 0)
        return;
    sim_page_style(p, SIM_STYLE_FAINT);
    sim_page_wrap(p, 2, p->width, text);
    sim_page_line(p);
    sim_page_style(p, SIM_STYLE_PLAIN);
}

static void write_client(struct sim_page *p, const struct sim_report *r,
                         const struct table *t, uint32_t client)
{
    char cells[FIGURES][SIM_NUMBER_ROOM];
    struct sim_summary s = { 0 };
    sim_summary_with_latency(&s);
    sim_summary_client(&s, r->run, sim_windows_measured(r), client);
    sim_page_script(p, sim_model_client_name(sim_run_model(r->run), client), t->name - 1);
    sim_number_count(cells[0], s.counts[SIM_ARRIVED]);
    sim_number_count(cells[1], sim_summary_ok(&s));
    sim_number_count(cells[2], sim_summary_failed(&s));
    sim_number_plain(cells[3], sim_summary_rate(&s, sim_summary_ok(&s)));
    sim_number_duration(cells[4], sim_summary_quantile(&s, 0.5));
    sim_number_duration(cells[5], sim_summary_quantile(&s, 0.99));
    sim_number_duration(cells[6], sim_summary_max(&s));
    write_cells(p, t, cells);
    write_losses(p, &s, sim_run_client_inside(r->run, client));
    write_refusals(p, &s);
    sim_limits_text(p, r, (struct sim_limit_place){ true, client });
    sim_summary_fini(&s);
}

void sim_text_clients(struct sim_page *p, const struct sim_report *r)
{
    static const char *const heads[] = { "offered", "ok",  "failed", "ok per s",
                                         "p50",     "p99", "max" };
    struct table t = layout(p, OUT(3) | OUT(6));
    write_heads(p, &t, "Clients", heads);
    for (uint32_t i = 0; i < sim_model_clients(sim_run_model(r->run)); i++)
        write_client(p, r, &t, i);
    sim_page_line(p);
}

// ---- Calls that were tried again ----

// "  hedged: 480 more sent, 300 of them taken, 150 for nothing"
static void write_hedged(struct sim_page *p, const struct sim_summary *s)
{
    char sent[SIM_NUMBER_ROOM], won[SIM_NUMBER_ROOM], wasted[SIM_NUMBER_ROOM];
    if (!(s->counts[SIM_HEDGES] > 0))
        return;
    sim_number_count(sent, s->counts[SIM_HEDGES]);
    sim_number_count(won, s->counts[SIM_HEDGES_WON]);
    sim_number_count(wasted, s->counts[SIM_HEDGES_WASTED]);
    sim_page_style(p, SIM_STYLE_FAINT);
    sim_page_wrapf(p, 2, "hedged: %s more sent, %s of them taken, %s for nothing", sent,
                   won, wasted);
    sim_page_line(p);
    sim_page_style(p, SIM_STYLE_PLAIN);
}

static bool write_call(struct sim_page *p, const struct sim_report *r,
                       const struct table *t, uint32_t edge, bool any)
{
    static const char *const heads[] = { "", "", "", "", "calls", "attempts", "per call" };
    struct sim_edge_view e = sim_run_edge_at(r->run, edge);
    struct sim_summary s = { 0 };
    char cells[FIGURES][SIM_NUMBER_ROOM] = { "", "", "", "" };
    sim_summary_edge(&s, r->run, sim_windows_measured(r), edge);
    double calls = s.counts[SIM_ARRIVED], attempts = s.counts[SIM_ATTEMPTED];
    if (!(calls > 0) || attempts <= calls)
        return any;
    if (!any)
        write_heads(p, t, "Calls tried again, or hedged", heads);
    uint32_t before = t->left_out ? 2 : 4; // columns without a figure
    uint32_t room = (t->name + before * t->cell - 8) / 2;
    sim_page_script(p, e.from, room);
    sim_page_text(p, " calls ");
    sim_page_script(p, e.to, room);
    sim_number_count(cells[4], calls);
    sim_number_count(cells[5], attempts);
    sim_number_plain(cells[6], attempts / calls);
    write_cells(p, t, cells);
    write_hedged(p, &s);
    return true;
}

// "users calls api: outlier detection ejected a replica 3 times"
static bool write_ejections(struct sim_page *p, const struct sim_report *r, uint32_t edge,
                            bool any)
{
    struct sim_edge_view e = sim_run_edge_at(r->run, edge);
    struct sim_summary s = { 0 };
    char n[SIM_NUMBER_ROOM];
    sim_summary_edge(&s, r->run, sim_windows_measured(r), edge);
    if (!(s.counts[SIM_EJECTED] > 0))
        return any;
    sim_number_count(n, s.counts[SIM_EJECTED]);
    sim_page_script(p, e.from, p->width / 4);
    sim_page_text(p, " calls ");
    sim_page_script(p, e.to, p->width / 4);
    sim_page_printf(p, ": ejected a replica %s", n);
    sim_page_text(p, s.counts[SIM_EJECTED] > 1 ? " times" : " time");
    sim_page_line(p);
    return true;
}

void sim_text_calls(struct sim_page *p, const struct sim_report *r)
{
    struct table t = layout(p, OUT(0) | OUT(1));
    bool any = false;
    for (uint32_t i = 0; i < sim_run_edges(r->run); i++)
        any = write_call(p, r, &t, i, any);
    for (uint32_t i = 0; i < sim_run_edges(r->run); i++)
        any = write_ejections(p, r, i, any);
    if (any)
        sim_page_line(p);
}

// ---- Bulkheads and pools of connections ----

// One that stands around nothing, as in another variant of the scenario, is left out.
static void write_bulkhead(struct sim_page *p, const struct sim_report *r,
                           const struct table *t, uint32_t number)
{
    const struct sim_model *m = sim_run_model(r->run);
    if (sim_bulkhead_owner(m, number)[0] == '\0')
        return;
    char cells[FIGURES][SIM_NUMBER_ROOM], title[160];
    struct sim_summary s = { 0 };
    sim_summary_with_latency(&s);
    sim_summary_bulkhead(&s, r->run, sim_windows_measured(r), number);
    double asked = s.counts[SIM_BULKHEAD_ASKED];
    sim_bulkhead_title(m, number, title, sizeof title);
    sim_page_script(p, title, t->name - 1);
    sim_number_count(cells[0], sim_model_bulkhead_at(m, number)->rule.most);
    sim_number_plain(cells[1], sim_summary_level(&s, SIM_BUSY_AREA));
    sim_number_count(cells[2], (double)s.memory_max);
    sim_number_share(cells[3], asked > 0 ? s.counts[SIM_BULKHEAD_WAITED] / asked : NAN);
    sim_number_count(cells[4], s.queue_max);
    sim_number_duration(cells[5], sim_summary_quantile(&s, 0.99));
    sim_number_count(cells[6], s.counts[SIM_BULKHEAD_REFUSED]);
    write_cells(p, t, cells);
    sim_summary_fini(&s);
}

void sim_text_bulkheads(struct sim_page *p, const struct sim_report *r)
{
    static const char *const heads[] = { "limit",   "in use",   "most",   "waited",
                                         "longest", "wait p99", "refused" };
    struct table t = layout(p, OUT(2) | OUT(4));
    uint32_t n = sim_model_bulkheads(sim_run_model(r->run));
    if (n == 0)
        return;
    write_heads(p, &t, "Places", heads);
    for (uint32_t i = 0; i < n; i++)
        write_bulkhead(p, r, &t, i);
    sim_page_line(p);
}

// ---- Caches ----

static void write_cache(struct sim_page *p, const struct sim_report *r,
                        const struct table *t, uint32_t cache)
{
    static const enum sim_cache_count counts[] = { SIM_CACHE_MISS, SIM_CACHE_JOINED,
                                                   SIM_CACHE_FAILED, SIM_CACHE_EVICTED };
    char cells[FIGURES][SIM_NUMBER_ROOM];
    struct sim_summary s = { 0 };
    sim_summary_cache(&s, r->run, sim_windows_measured(r), cache);
    sim_page_script(p, sim_model_cache_at(sim_run_model(r->run), cache)->name, t->name - 1);
    sim_number_count(cells[0], sim_summary_lookups(&s));
    sim_number_share(cells[1], sim_summary_hit_ratio(&s));
    for (uint32_t i = 0; i < 4; i++)
        sim_number_count(cells[2 + i], s.counts[counts[i]]);
    sim_number_plain(cells[6], sim_summary_rate(&s, s.counts[SIM_CACHE_MISS]));
    write_cells(p, t, cells);
}

void sim_text_caches(struct sim_page *p, const struct sim_report *r)
{
    static const char *const heads[] = { "lookups", "hits",    "misses", "joined",
                                         "failed",  "evicted", "loads/s" };
    struct table t = layout(p, OUT(3) | OUT(5));
    uint32_t n = sim_model_caches(sim_run_model(r->run));
    if (n == 0)
        return;
    write_heads(p, &t, "Caches", heads);
    for (uint32_t i = 0; i < n; i++)
        write_cache(p, r, &t, i);
    sim_page_line(p);
}

// ---- In which order policies stand around calls ----

static bool write_orders(struct sim_page *p, const struct sim_run *run, uint32_t edge,
                         bool any)
{
    struct sim_edge_view e = sim_run_edge_at(run, edge);
    struct sim_orders orders;
    sim_orders_read(&orders, sim_run_model(run), e.from, e.to);
    for (uint32_t i = 0; i < orders.count; i++) {
        if (!strchr(orders.text[i], '>')) // one alone is in no order
            continue;
        if (!any) {
            sim_page_style(p, SIM_STYLE_HEAD);
            sim_page_text(p, "Around calls, outermost first");
            sim_page_line(p);
        }
        any = true;
        sim_page_style(p, SIM_STYLE_PLAIN);
        sim_page_script(p, e.from, 24);
        sim_page_text(p, " calls ");
        sim_page_script(p, e.to, 24);
        sim_page_text(p, ":");
        sim_page_to(p, p->column + 1);
        sim_page_wrap(p, 2, p->width, orders.text[i]);
        sim_page_line(p);
    }
    return any;
}

void sim_text_orders(struct sim_page *p, const struct sim_report *r)
{
    bool any = false;
    for (uint32_t i = 0; i < sim_run_edges(r->run); i++)
        any = write_orders(p, r->run, i, any);
    if (any)
        sim_page_line(p);
}
