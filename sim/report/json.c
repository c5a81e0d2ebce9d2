#include "sim/report/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "sim/report/account.h"
#include "sim/report/bulkheads.h"
#include "sim/report/explain.h"
#include "sim/report/json_write.h"
#include "sim/report/limits.h"
#include "sim/report/orders.h"
#include "sim/report/summary.h"

static void write_latency(struct sim_json *j, const struct sim_summary *s, const char *key)
{
    sim_json_open(j, key);
    sim_json_number(j, "mean", sim_summary_mean(s));
    sim_json_number(j, "p50", sim_summary_quantile(s, 0.5));
    sim_json_number(j, "p90", sim_summary_quantile(s, 0.9));
    sim_json_number(j, "p95", sim_summary_quantile(s, 0.95));
    sim_json_number(j, "p99", sim_summary_quantile(s, 0.99));
    sim_json_number(j, "p999", sim_summary_quantile(s, 0.999));
    sim_json_number(j, "max", sim_summary_max(s));
    sim_json_close(j);
}

static void write_failed(struct sim_json *j, const struct sim_summary *s)
{
    static const enum sim_outcome failures[] = { SIM_ERROR, SIM_TIMEOUT, SIM_REJECTED,
                                                 SIM_LOST };
    sim_json_open(j, "failed");
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
        sim_json_number(j, sim_outcome_name(failures[i]),
                        s->counts[SIM_ENDED + failures[i]]);
    sim_json_close(j);
}

// Of its calls, by policies of its own.
static void write_refused(struct sim_json *j, const struct sim_summary *s)
{
    sim_json_open(j, "rejected");
    for (uint32_t i = SIM_BY_RATE_LIMIT; i < SIM_REJECTERS; i++)
        if (i != SIM_BY_CODEL) // it has no line
            sim_json_number(j, sim_rejecter_name((enum sim_rejecter)i),
                            s->counts[SIM_REFUSED + i]);
    sim_json_close(j);
    sim_json_number(j, "failed_open", s->counts[SIM_FAIL_OPEN]);
}

static void write_hedges(struct sim_json *j, const struct sim_summary *s)
{
    sim_json_number(j, "hedges", s->counts[SIM_HEDGES]);
    sim_json_number(j, "hedges_won", s->counts[SIM_HEDGES_WON]);
    sim_json_number(j, "hedges_wasted", s->counts[SIM_HEDGES_WASTED]);
}

static void write_policies(struct sim_json *j, const struct sim_summary *s)
{
    sim_json_number(j, "retries_refused", s->counts[SIM_UNPAID]);
    sim_json_number(j, "breaker_opened", s->counts[SIM_OPENED]);
    sim_json_number(j, "fallbacks", s->counts[SIM_FALLBACKS]);
    write_hedges(j, s);
    sim_json_number(j, "replays", s->counts[SIM_REPLAYED]);
    sim_json_number(j, "conflicts", s->counts[SIM_CONFLICTS]);
    sim_json_number(j, "mismatches", s->counts[SIM_MISMATCHED]);
}

static void write_client(struct sim_json *j, const struct sim_report *r, uint32_t client)
{
    struct sim_summary s = { 0 };
    sim_summary_with_latency(&s);
    sim_summary_client(&s, r->run, sim_windows_measured(r), client);
    sim_json_open(j, sim_model_client_name(sim_run_model(r->run), client));
    sim_json_number(j, "offered", s.counts[SIM_ARRIVED]);
    sim_json_number(j, "ok", sim_summary_ok(&s));
    write_failed(j, &s);
    write_refused(j, &s);
    write_policies(j, &s);
    sim_limits_json(j, r, (struct sim_limit_place){ true, client });
    sim_json_number(j, "cancelled", s.counts[SIM_ENDED + SIM_CANCELLED]);
    double inside = (double)sim_run_client_inside(r->run, client);
    sim_json_number(j, "inside", inside);
    sim_json_number(j, "inside_before", sim_summary_before(&s, inside));
    sim_json_number(j, "offered_per_s", sim_summary_rate(&s, s.counts[SIM_ARRIVED]));
    sim_json_number(j, "goodput_per_s", sim_summary_rate(&s, sim_summary_ok(&s)));
    write_latency(j, &s, "latency");
    sim_json_close(j);
    sim_summary_fini(&s);
}

static void write_clients(struct sim_json *j, const struct sim_report *r)
{
    sim_json_open(j, "clients");
    for (uint32_t i = 0; i < sim_model_clients(sim_run_model(r->run)); i++)
        write_client(j, r, i);
    sim_json_close(j);
}

static void write_rejected(struct sim_json *j, const struct sim_summary *s)
{
    sim_json_open(j, "rejected");
    for (uint32_t i = 0; i < SIM_REJECTERS; i++)
        sim_json_number(j, sim_rejecter_name((enum sim_rejecter)i),
                        s->counts[SIM_REFUSED + i]);
    sim_json_close(j);
}

static void write_time(struct sim_json *j, const struct sim_summary *s)
{
    sim_json_open(j, "time");
    for (uint32_t i = 0; i < SIM_CAUSES; i++)
        sim_json_number(j, sim_cause_name((enum sim_cause)i),
                        sim_summary_time(s, (enum sim_cause)i));
    sim_json_close(j);
}

static void write_levels(struct sim_json *j, const struct sim_summary *s)
{
    sim_json_number(j, "utilisation", sim_summary_utilisation(s));
    sim_json_number(j, "cores", sim_summary_cores(s));
    sim_json_open(j, "queue");
    sim_json_number(j, "mean", sim_summary_level(s, SIM_QUEUED_AREA));
    sim_json_number(j, "max", s->queue_max);
    sim_json_close(j);
    sim_json_open(j, "inside");
    sim_json_number(j, "mean", sim_summary_inside(s));
    sim_json_close(j);
    double arrivals = s->counts[SIM_ARRIVED];
    sim_json_number(j, "waited", arrivals > 0 ? s->counts[SIM_WAITED] / arrivals : NAN);
    sim_json_number(j, "ghosts", s->counts[SIM_GHOSTS]);
    sim_json_number(j, "ghost_s", s->counts[SIM_GHOST_NS] / SIM_S);
    sim_json_number(j, "memory", sim_summary_level(s, SIM_MEMORY_AREA));
    sim_json_number(j, "memory_max", (double)s->memory_max);
    sim_json_number(j, "oom_kills", s->counts[SIM_OOM_KILLS]);
    sim_json_number(j, "poisoned", s->counts[SIM_POISONED]);
    sim_json_number(j, "restarts", s->counts[SIM_RESTARTED]);
    sim_json_number(j, "probes_failed", s->counts[SIM_PROBE_FAILED]);
    sim_json_number(j, "unready", s->counts[SIM_UNREADY]);
    sim_json_number(j, "stop_refused", s->counts[SIM_STOP_REFUSED]);
    sim_json_number(j, "stop_dropped", s->counts[SIM_STOP_DROPPED]);
    sim_json_number(j, "redelivered", s->counts[SIM_REDELIVERED]);
}

static void write_loop(struct sim_json *j, const struct sim_report *r, uint32_t service,
                       const struct sim_summary *visits)
{
    struct sim_summary loops = { 0 };
    sim_summary_with_latency(&loops);
    if (sim_summary_loops(&loops, r->run, sim_windows_measured(r), service)) {
        write_latency(j, &loops, "loop_lag");
        sim_json_number(j, "loop_busy", sim_summary_loop_busy(&loops));
        sim_json_number(j, "loop_turns", loops.counts[SIM_LOOP_TURNS]);
        sim_json_number(j, "slow_callbacks", loops.counts[SIM_LOOP_SLOW]);
        sim_json_open(j, "tasks");
        sim_json_number(j, "mean", sim_summary_tasks(&loops, visits));
        sim_json_close(j);
    }
    sim_summary_fini(&loops);
}

static void write_service(struct sim_json *j, const struct sim_report *r, uint32_t service)
{
    struct sim_summary s = { 0 };
    sim_summary_with_latency(&s);
    sim_summary_service(&s, r->run, sim_windows_measured(r), service);
    sim_json_open(j, sim_model_service_name(sim_run_model(r->run), service));
    sim_json_number(j, "arrivals", s.counts[SIM_ARRIVED]);
    sim_json_number(j, "completed", sim_summary_completed(&s));
    sim_json_number(j, "completed_per_s", sim_summary_rate(&s, sim_summary_completed(&s)));
    sim_json_number(j, "ok", sim_summary_ok(&s));
    write_rejected(j, &s);
    write_policies(j, &s);
    sim_limits_json(j, r, (struct sim_limit_place){ false, service });
    write_failed(j, &s);
    sim_json_number(j, "cancelled", s.counts[SIM_ENDED + SIM_CANCELLED]);
    sim_json_number(j, "failed_open", s.counts[SIM_FAIL_OPEN]);
    write_levels(j, &s);
    write_time(j, &s);
    write_loop(j, r, service, &s);
    write_latency(j, &s, "latency");
    sim_json_close(j);
    sim_summary_fini(&s);
}

static void write_services(struct sim_json *j, const struct sim_report *r)
{
    sim_json_open(j, "services");
    for (uint32_t i = 0; i < sim_model_services(sim_run_model(r->run)); i++)
        write_service(j, r, i);
    sim_json_close(j);
}

// In which order policies stand around its calls, each order once.
static void write_orders(struct sim_json *j, const struct sim_model *m, const char *from,
                         const char *to)
{
    struct sim_orders orders;
    sim_orders_read(&orders, m, from, to);
    sim_json_open_array(j, "policies");
    for (uint32_t i = 0; i < orders.count; i++)
        sim_json_text(j, NULL, orders.text[i]);
    sim_json_close_array(j);
}

static void write_call(struct sim_json *j, const struct sim_report *r, uint32_t edge)
{
    struct sim_edge_view e = sim_run_edge_at(r->run, edge);
    char key[160];
    snprintf(key, sizeof key, "%s>%s", e.from, e.to);
    struct sim_summary s = { 0 };
    sim_summary_edge(&s, r->run, sim_windows_measured(r), edge);
    double calls = s.counts[SIM_ARRIVED], attempts = s.counts[SIM_ATTEMPTED];
    sim_json_open(j, key);
    sim_json_number(j, "calls", calls);
    sim_json_number(j, "attempts", attempts);
    sim_json_number(j, "retries", s.counts[SIM_RETRIED]);
    sim_json_number(j, "breaker_opened", s.counts[SIM_OPENED]);
    write_hedges(j, &s);
    sim_json_number(j, "ejections", s.counts[SIM_EJECTED]);
    sim_json_number(j, "attempts_per_request", calls > 0 ? attempts / calls : NAN);
    sim_json_number(j, "ok", sim_summary_ok(&s));
    write_failed(j, &s);
    sim_json_number(j, "cancelled", s.counts[SIM_ENDED + SIM_CANCELLED]);
    write_orders(j, sim_run_model(r->run), e.from, e.to);
    sim_json_close(j);
}

static void write_calls(struct sim_json *j, const struct sim_report *r)
{
    sim_json_open(j, "calls");
    for (uint32_t i = 0; i < sim_run_edges(r->run); i++)
        write_call(j, r, i);
    sim_json_close(j);
}

// ---- Effects ----

static void write_effects(struct sim_json *j, const struct sim_report *r)
{
    static const char *const names[SIM_EFFECT_COUNTS] = {
        [SIM_EFFECT_DONE] = "done",         [SIM_EFFECT_DUPLICATES] = "duplicates",
        [SIM_EFFECT_MISSING] = "missing",   [SIM_EFFECT_LOST] = "lost",
        [SIM_EFFECT_INVENTED] = "invented",
    };
    struct sim_windows w = sim_windows_measured(r);
    sim_json_open(j, "effects");
    for (uint32_t i = 0; i < sim_model_effects(sim_run_model(r->run)); i++) {
        const struct sim_meter *m = sim_run_effect_meter(r->run, i);
        sim_json_open(j, sim_model_effect_at(sim_run_model(r->run), i)->name);
        for (uint32_t k = 0; k < SIM_EFFECT_COUNTS; k++)
            sim_json_number(j, names[k],
                            (double)sim_meter_count(m, w.a, w.b, (enum sim_count)k));
        sim_json_close(j);
    }
    sim_json_close(j);
}

// ---- Caches ----

static void write_cache(struct sim_json *j, const struct sim_report *r, uint32_t cache)
{
    struct sim_summary s = { 0 };
    sim_summary_cache(&s, r->run, sim_windows_measured(r), cache);
    sim_json_open(j, sim_model_cache_at(sim_run_model(r->run), cache)->name);
    sim_json_number(j, "lookups", sim_summary_lookups(&s));
    sim_json_number(j, "hits", s.counts[SIM_CACHE_HIT]);
    sim_json_number(j, "misses", s.counts[SIM_CACHE_MISS]);
    sim_json_number(j, "joined", s.counts[SIM_CACHE_JOINED]);
    sim_json_number(j, "hit_ratio", sim_summary_hit_ratio(&s));
    sim_json_number(j, "bypassed", s.counts[SIM_CACHE_PASSED]);
    sim_json_number(j, "failed_loads", s.counts[SIM_CACHE_FAILED]);
    sim_json_number(j, "evicted", s.counts[SIM_CACHE_EVICTED]);
    sim_json_number(j, "flushes", s.counts[SIM_CACHE_FLUSHED]);
    sim_json_close(j);
}

static void write_caches(struct sim_json *j, const struct sim_report *r)
{
    sim_json_open(j, "caches");
    for (uint32_t i = 0; i < sim_model_caches(sim_run_model(r->run)); i++)
        write_cache(j, r, i);
    sim_json_close(j);
}

// ---- Accounts ----

#define ACCOUNTS_TOLD 1000u

static void write_tenant(struct sim_json *j, const struct sim_report *r,
                         const struct sim_account_view *a)
{
    char name[200];
    double warmup = (double)sim_model_about(sim_run_model(r->run))->warmup / SIM_S;
    double seconds = (double)sim_run_now(r->run) / SIM_S - warmup;
    sim_account_name(r->run, a, name, sizeof name);
    sim_json_open(j, NULL);
    sim_json_text(j, "tenant", name);
    sim_json_whole(j, "offered", (uint64_t)a->counts[SIM_ACCOUNT_OFFERED]);
    sim_json_whole(j, "ok", (uint64_t)a->counts[SIM_ACCOUNT_OK]);
    sim_json_whole(j, "rejected", (uint64_t)a->counts[SIM_ACCOUNT_REJECTED]);
    sim_json_whole(j, "failed", (uint64_t)a->counts[SIM_ACCOUNT_FAILED]);
    sim_json_number(j, "goodput_per_s",
                    seconds > 0 ? (double)a->counts[SIM_ACCOUNT_OK] / seconds : NAN);
    sim_json_close(j);
}

static void write_usage(struct sim_json *j, const struct sim_report *r,
                        const struct sim_account_view *a)
{
    char name[200];
    const struct sim_limiter_def *def =
        sim_model_limiter_at(sim_run_model(r->run), a->book - SIM_BOOK_QUOTAS);
    sim_account_name(r->run, a, name, sizeof name);
    sim_json_open(j, NULL);
    sim_json_text(j, "quota", def->name[0] ? def->name : NULL);
    sim_json_text(j, "key", name);
    sim_json_whole(j, "used", (uint64_t)a->counts[SIM_ACCOUNT_USED]);
    sim_json_whole(j, "over", (uint64_t)a->counts[SIM_ACCOUNT_OVER]);
    sim_json_whole(j, "refused", (uint64_t)a->counts[SIM_ACCOUNT_REFUSED]);
    sim_json_whole(j, "left", (uint64_t)a->left);
    sim_json_number(j, "bill", sim_account_bill(r->run, a));
    sim_json_close(j);
}

static void write_accounts(struct sim_json *j, const struct sim_report *r, bool tenants)
{
    uint32_t told = 0;
    for (uint32_t i = 0; i < sim_run_accounts(r->run) && told < ACCOUNTS_TOLD; i++) {
        struct sim_account_view a = sim_run_account(r->run, i);
        if ((a.book == SIM_BOOK_TENANTS) != tenants)
            continue;
        told++;
        if (tenants)
            write_tenant(j, r, &a);
        else
            write_usage(j, r, &a);
    }
}

static void write_books_of_others(struct sim_json *j, const struct sim_report *r)
{
    sim_json_number(j, "fairness", sim_fairness(r->run));
    sim_json_open_array(j, "tenants");
    write_accounts(j, r, true);
    sim_json_close_array(j);
    sim_json_open_array(j, "quotas");
    write_accounts(j, r, false);
    sim_json_close_array(j);
}

static void write_breaker(struct sim_json *j, const struct sim_run *run, uint32_t i)
{
    struct sim_breaker_view v = sim_run_breaker_change(run, i);
    struct sim_place place = sim_run_place(run, v.place);
    sim_json_open(j, NULL);
    sim_json_number(j, "t", (double)v.at / SIM_S);
    sim_json_text(j, "of", place.name);
    sim_json_whole(j, "replica", place.replica + 1u);
    sim_json_text(j, "before", v.around[0] ? v.around : NULL);
    sim_json_text(j, "from", sim_breaker_state_name(v.from));
    sim_json_text(j, "to", sim_breaker_state_name(v.to));
    if (v.to == SIM_BREAKER_OPEN) {
        sim_json_whole(j, "calls", v.calls);
        sim_json_whole(j, "failed", v.failed);
        sim_json_whole(j, "slow", v.slow);
    }
    sim_json_close(j);
}

// The first so many: what they do afterwards is in the counts.
#define BREAKER_ROWS 1000u

static void write_breakers(struct sim_json *j, const struct sim_report *r)
{
    uint32_t n = sim_run_breaker_changes(r->run);
    sim_json_open_array(j, "breakers");
    for (uint32_t i = 0; i < n && i < BREAKER_ROWS; i++)
        write_breaker(j, r->run, i);
    sim_json_close_array(j);
}

static void write_level(struct sim_json *j, const char *key, double mean, double max)
{
    sim_json_open(j, key);
    sim_json_number(j, "mean", mean);
    sim_json_number(j, "max", max);
    sim_json_close(j);
}

static void write_bulkhead(struct sim_json *j, const struct sim_report *r, uint32_t number)
{
    const struct sim_model *m = sim_run_model(r->run);
    const struct sim_bulkhead_def *def = sim_model_bulkhead_at(m, number);
    const char *owner = sim_bulkhead_owner(m, number);
    struct sim_summary s = { 0 };
    sim_summary_with_latency(&s);
    sim_summary_bulkhead(&s, r->run, sim_windows_measured(r), number);
    double asked = s.counts[SIM_BULKHEAD_ASKED];
    sim_json_open(j, NULL);
    sim_json_text(j, "kind", sim_bulkhead_kind(m, number));
    sim_json_text(j, "name", def->name[0] ? def->name : NULL);
    sim_json_text(j, "of", owner[0] ? owner : NULL);
    sim_json_whole(j, "limit", def->rule.most);
    sim_json_number(j, "asked", asked);
    sim_json_number(j, "waited", asked > 0 ? s.counts[SIM_BULKHEAD_WAITED] / asked : NAN);
    sim_json_number(j, "rejected", s.counts[SIM_BULKHEAD_REFUSED]);
    sim_json_number(j, "opened", s.counts[SIM_BULKHEAD_OPENED]);
    write_level(j, "in_use", sim_summary_level(&s, SIM_BUSY_AREA), (double)s.memory_max);
    write_level(j, "waiting", sim_summary_level(&s, SIM_QUEUED_AREA), s.queue_max);
    write_latency(j, &s, "wait");
    sim_json_close(j);
    sim_summary_fini(&s);
}

static void write_bulkheads(struct sim_json *j, const struct sim_report *r)
{
    sim_json_open_array(j, "bulkheads");
    for (uint32_t i = 0; i < sim_model_bulkheads(sim_run_model(r->run)); i++)
        write_bulkhead(j, r, i);
    sim_json_close_array(j);
}

static void write_judged(struct sim_json *j, const struct sim_verdict *v)
{
    if (v->state == SIM_PASSED || v->state == SIM_FAILED)
        sim_json_bool(j, "passed", v->state == SIM_PASSED);
    else
        sim_json_null(j, "passed");
    sim_json_text(j, "state", sim_verdict_state_name(v->state));
    sim_json_number(j, "measured", v->measured);
    sim_json_number(j, "at_least", v->has_min ? v->min : NAN);
    sim_json_number(j, "at_most", v->has_max ? v->max : NAN);
    sim_json_text(j, "relative_to", v->relative_to);
    sim_json_text(j, "note", v->note);
    if (v->seeds > 1) {
        sim_json_whole(j, "seeds", v->seeds);
        sim_json_whole(j, "seeds_held", v->seeds_held);
        sim_json_number(j, "share", (double)v->seeds_held / v->seeds);
        sim_json_number(j, "share_wanted", v->share_wanted > 0 ? v->share_wanted : 1);
    }
}

static void write_verdict(struct sim_json *j, const struct sim_verdict *v)
{
    sim_json_open(j, NULL);
    sim_json_text(j, "text", v->text);
    if (v->state != SIM_NOT_JUDGED)
        write_judged(j, v);
    sim_json_text(j, "metric", v->path);
    sim_json_text(j, "because", v->because);
    sim_json_text(j, "variant", v->variant ? v->variant : "default");
    sim_json_whole(j, "line", v->line > 0 ? (uint64_t)v->line : 0);
    sim_json_close(j);
}

static void write_verdicts(struct sim_json *j, const struct sim_report *r, const char *key,
                           bool judged)
{
    sim_json_open_array(j, key);
    for (uint32_t i = 0; i < r->verdict_count; i++)
        if ((r->verdicts[i].state != SIM_NOT_JUDGED) == judged)
            write_verdict(j, &r->verdicts[i]);
    sim_json_close_array(j);
}

static void write_books(struct sim_json *j, const struct sim_books *b)
{
    int64_t failed = b->ended[SIM_ERROR] + b->ended[SIM_TIMEOUT] + b->ended[SIM_REJECTED] +
                     b->ended[SIM_LOST];
    sim_json_open(j, "books");
    sim_json_whole(j, "arrived", (uint64_t)b->arrived);
    sim_json_whole(j, "ok", (uint64_t)b->ended[SIM_OK]);
    sim_json_whole(j, "failed", (uint64_t)failed);
    sim_json_whole(j, "cancelled", (uint64_t)b->ended[SIM_CANCELLED]);
    sim_json_whole(j, "inside", (uint64_t)b->inside);
    sim_json_bool(j, "balanced", b->balanced);
    sim_json_close(j);
}

static void write_row(struct sim_json *j, const struct sim_run *run, struct sim_windows w)
{
    uint32_t windows;
    const sim_time *edges = sim_run_window_edges(run, &windows);
    struct sim_summary s = { 0 };
    sim_summary_with_latency(&s);
    sim_summary_clients(&s, run, w);
    sim_json_open(j, NULL);
    sim_json_number(j, "t", (double)edges[w.a] / SIM_S);
    sim_json_number(j, "seconds", s.seconds);
    sim_json_number(j, "offered_per_s", sim_summary_rate(&s, s.counts[SIM_ARRIVED]));
    sim_json_number(j, "goodput_per_s", sim_summary_rate(&s, sim_summary_ok(&s)));
    sim_json_number(j, "failed_per_s", sim_summary_rate(&s, sim_summary_failed(&s)));
    sim_json_number(j, "inside", sim_summary_level(&s, SIM_INSIDE_AREA));
    sim_json_number(j, "p50", sim_summary_quantile(&s, 0.5));
    sim_json_number(j, "p90", sim_summary_quantile(&s, 0.9));
    sim_json_number(j, "p99", sim_summary_quantile(&s, 0.99));
    sim_json_number(j, "max", sim_summary_max(&s));
    sim_json_close(j);
    sim_summary_fini(&s);
}

static void write_series(struct sim_json *j, const struct sim_report *r)
{
    struct sim_windows row = { 0 };
    sim_json_open_array(j, "series");
    while (sim_windows_next_row(r->run, &row))
        write_row(j, r->run, row);
    sim_json_close_array(j);
}

static void write_faults(struct sim_json *j, const struct sim_report *r)
{
    sim_json_open_array(j, "faults");
    for (uint32_t i = 0; i < r->fault_count; i++) {
        const struct sim_fault *f = &r->faults[i];
        sim_json_open(j, NULL);
        sim_json_text(j, "text", f->label);
        sim_json_text(j, "kind", sim_fault_name(f->kind));
        sim_json_number(j, "from", f->begin == SIM_NEVER ? NAN : (double)f->begin / SIM_S);
        sim_json_number(j, "to", f->end == SIM_NEVER ? NAN : (double)f->end / SIM_S);
        sim_json_number(j, "every", f->every > 0 ? (double)f->every / SIM_S : NAN);
        sim_json_close(j);
    }
    sim_json_close_array(j);
}

static void write_story(struct sim_json *j, const struct sim_report *r)
{
    char text[SIM_EXPLAIN_ROOM];
    sim_explain(r, text, sizeof text);
    sim_json_text(j, "what_happened", text);
}

static void write_head(struct sim_json *j, const struct sim_report *r,
                       const struct sim_books *books)
{
    const struct sim_model_def *def = sim_model_about(sim_run_model(r->run));
    char digest[20];
    snprintf(digest, sizeof digest, "%016" PRIx64, sim_run_digest(r->run));
    sim_json_text(j, "scenario", r->scenario);
    sim_json_text(j, "file", r->file);
    sim_json_text(j, "variant", sim_report_variant(r));
    sim_json_whole(j, "seed", r->seed);
    sim_json_text(j, "version", r->version);
    sim_json_text(j, "state", sim_report_state(r));
    sim_json_text(j, "reason", r->state == SIM_AT_LIMIT ? sim_run_reason(r->run) : NULL);
    sim_json_number(j, "duration", (double)def->duration / SIM_S);
    sim_json_number(j, "warmup", (double)def->warmup / SIM_S);
    sim_json_number(j, "measured_from", (double)sim_report_from(r) / SIM_S);
    sim_json_number(j, "simulated_s", (double)sim_run_now(r->run) / SIM_S);
    sim_json_number(j, "wall_s", r->wall_s > 0 ? r->wall_s : NAN);
    sim_json_number(j, "requests_per_s",
                    r->wall_s > 0 ? (double)books->arrived / r->wall_s : NAN);
    sim_json_whole(j, "events", sim_run_events(r->run));
    sim_json_text(j, "digest", digest);
}

void sim_report_json(const struct sim_report *r, const struct sim_sink *sink)
{
    struct sim_json j;
    struct sim_books books = sim_run_books(r->run);
    sim_json_init(&j, sink);
    sim_json_open(&j, NULL);
    write_head(&j, r, &books);
    write_clients(&j, r);
    write_services(&j, r);
    write_calls(&j, r);
    write_effects(&j, r);
    write_caches(&j, r);
    write_breakers(&j, r);
    write_bulkheads(&j, r);
    write_books_of_others(&j, r);
    write_verdicts(&j, r, "expectations", true);
    write_verdicts(&j, r, "not_judged", false);
    write_faults(&j, r);
    write_books(&j, &books);
    write_story(&j, r);
    write_series(&j, r);
    sim_json_close(&j);
}
