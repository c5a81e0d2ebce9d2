#include "sim/report/metric_words.h"

#include <string.h>

struct word {
    const char *name;
    enum sim_metric_what what;
    uint32_t detail;
    double x;
};

// Of clients, services and calls.
static const struct word common_words[] = {
    { "breaker_opened", TOTAL, SIM_OPENED, 0 },
    { "hedges", TOTAL, SIM_HEDGES, 0 },
    { "hedges_won", TOTAL, SIM_HEDGES_WON, 0 },
    { "hedges_wasted", TOTAL, SIM_HEDGES_WASTED, 0 },
    { "ok", TOTAL, SIM_ENDED + SIM_OK, 0 },
    { "failed", FAILED, 0, 0 },
    { "failed.error", TOTAL, SIM_ENDED + SIM_ERROR, 0 },
    { "failed.timeout", TOTAL, SIM_ENDED + SIM_TIMEOUT, 0 },
    { "failed.rejected", TOTAL, SIM_ENDED + SIM_REJECTED, 0 },
    { "failed.lost", TOTAL, SIM_ENDED + SIM_LOST, 0 },
    { "cancelled", TOTAL, SIM_ENDED + SIM_CANCELLED, 0 },
    { NULL, 0, 0, 0 },
};

// Of clients and of services.
static const struct word visit_words[] = {
    { "rejected.rate_limit", TOTAL, SIM_REFUSED + SIM_BY_RATE_LIMIT, 0 },
    { "rejected.store", TOTAL, SIM_REFUSED + SIM_BY_STORE, 0 },
    { "failed_open", TOTAL, SIM_FAIL_OPEN, 0 },
    { "rejected.breaker", TOTAL, SIM_REFUSED + SIM_BY_BREAKER, 0 },
    { "rejected.bulkhead", TOTAL, SIM_REFUSED + SIM_BY_BULKHEAD, 0 },
    { "rejected.connections", TOTAL, SIM_REFUSED + SIM_BY_CONNECTIONS, 0 },
    { "rejected.concurrency_limit", TOTAL, SIM_REFUSED + SIM_BY_CONCURRENCY_LIMIT, 0 },
    { "rejected.shed", TOTAL, SIM_REFUSED + SIM_BY_SHED, 0 },
    { "rejected.throttle", TOTAL, SIM_REFUSED + SIM_BY_THROTTLE, 0 },
    { "concurrency_limit", LIMIT_MEAN, 0, 0 },
    { "retries_refused", TOTAL, SIM_UNPAID, 0 },
    { "fallbacks", TOTAL, SIM_FALLBACKS, 0 },
    { "replays", TOTAL, SIM_REPLAYED, 0 },
    { "conflicts", TOTAL, SIM_CONFLICTS, 0 },
    { "mismatches", TOTAL, SIM_MISMATCHED, 0 },
    { "latency.mean", MEAN, 0, 0 },
    { "latency.p50", QUANTILE, 0, 0.5 },
    { "latency.p90", QUANTILE, 0, 0.9 },
    { "latency.p95", QUANTILE, 0, 0.95 },
    { "latency.p99", QUANTILE, 0, 0.99 },
    { "latency.p999", QUANTILE, 0, 0.999 },
    { "latency.max", MAX, 0, 0 },
    { "inside.mean", INSIDE, 0, 0 },
    { "time.dependency", TIME, SIM_IN_DEPENDENCY, 0 },
    { "time.network", TIME, SIM_IN_NETWORK, 0 },
    { "time.backoff", TIME, SIM_IN_BACKOFF, 0 },
    { "time.limit", TIME, SIM_IN_LIMIT, 0 },
    { "time.bulkhead", TIME, SIM_IN_BULKHEAD, 0 },
    { "time.connections", TIME, SIM_IN_CONNECTIONS, 0 },
    { NULL, 0, 0, 0 },
};

static const struct word client_words[] = {
    { "offered", TOTAL, SIM_ARRIVED, 0 },
    { "goodput", TOTAL, SIM_ENDED + SIM_OK, 0 },
    { NULL, 0, 0, 0 },
};

static const struct word service_words[] = {
    { "arrivals", TOTAL, SIM_ARRIVED, 0 },
    { "completed", COMPLETED, 0, 0 },
    { "rejected", TOTAL, SIM_ENDED + SIM_REJECTED, 0 },
    { "rejected.queue", TOTAL, SIM_REFUSED + SIM_BY_QUEUE, 0 },
    { "rejected.patience", TOTAL, SIM_REFUSED + SIM_BY_PATIENCE, 0 },
    { "rejected.deadline", TOTAL, SIM_REFUSED + SIM_BY_DEADLINE, 0 },
    { "rejected.codel", TOTAL, SIM_REFUSED + SIM_BY_CODEL, 0 },
    { "utilisation", UTILISATION, 0, 0 },
    { "cores", CORES, 0, 0 },
    { "queue.mean", QUEUE_MEAN, 0, 0 },
    { "queue.max", QUEUE_MAX, 0, 0 },
    { "waited", WAITED, 0, 0 },
    { "ghosts", TOTAL, SIM_GHOSTS, 0 },
    { "ghost_s", GHOST_S, 0, 0 },
    { "memory", MEMORY_MEAN, 0, 0 },
    { "memory_max", MEMORY_MAX, 0, 0 },
    { "oom_kills", TOTAL, SIM_OOM_KILLS, 0 },
    { "poisoned", TOTAL, SIM_POISONED, 0 },
    { "restarts", TOTAL, SIM_RESTARTED, 0 },
    { "probes_failed", TOTAL, SIM_PROBE_FAILED, 0 },
    { "unready", TOTAL, SIM_UNREADY, 0 },
    { "stop_refused", TOTAL, SIM_STOP_REFUSED, 0 },
    { "stop_dropped", TOTAL, SIM_STOP_DROPPED, 0 },
    { "redelivered", TOTAL, SIM_REDELIVERED, 0 },
    { "time.loop", TIME, SIM_IN_LOOP, 0 },
    { "time.python", TIME, SIM_IN_PYTHON, 0 },
    { "time.native", TIME, SIM_IN_NATIVE, 0 },
    { "time.io", TIME, SIM_IN_IO, 0 },
    { "time.queue", TIME, SIM_IN_QUEUE, 0 },
    { "time.core", TIME, SIM_IN_CORE, 0 },
    { "time.gil", TIME, SIM_IN_GIL, 0 },
    { "time.lock", TIME, SIM_IN_LOCK, 0 },
    { "time.pause", TIME, SIM_IN_PAUSE, 0 },
    { "time.pool", TIME, SIM_IN_POOL, 0 },
    { NULL, 0, 0, 0 },
};

// Of services with an event loop.
static const struct word loop_words[] = {
    { "loop_lag.mean", MEAN, 0, 0 },
    { "loop_lag.p50", QUANTILE, 0, 0.5 },
    { "loop_lag.p90", QUANTILE, 0, 0.9 },
    { "loop_lag.p95", QUANTILE, 0, 0.95 },
    { "loop_lag.p99", QUANTILE, 0, 0.99 },
    { "loop_lag.p999", QUANTILE, 0, 0.999 },
    { "loop_lag.max", MAX, 0, 0 },
    { "loop_busy", LOOP_BUSY, 0, 0 },
    { "slow_callbacks", TOTAL, SIM_LOOP_SLOW, 0 },
    { "loop_turns", TOTAL, SIM_LOOP_TURNS, 0 },
    { "tasks.mean", TASKS, 0, 0 },
    { NULL, 0, 0, 0 },
};

static const struct word call_words[] = {
    { "calls", TOTAL, SIM_ARRIVED, 0 },
    { "attempts", TOTAL, SIM_ATTEMPTED, 0 },
    { "attempts_per_request", PER_REQUEST, 0, 0 },
    { "retries", RETRIES, 0, 0 },
    { "ejections", TOTAL, SIM_EJECTED, 0 },
    { NULL, 0, 0, 0 },
};

static const struct word effect_words[] = {
    { "done", TOTAL, SIM_EFFECT_DONE, 0 },
    { "duplicates", TOTAL, SIM_EFFECT_DUPLICATES, 0 },
    { "missing", TOTAL, SIM_EFFECT_MISSING, 0 },
    { "lost", TOTAL, SIM_EFFECT_LOST, 0 },
    { "invented", TOTAL, SIM_EFFECT_INVENTED, 0 },
    { NULL, 0, 0, 0 },
};

static const struct word tenant_words[] = {
    { "offered", ACCOUNTED, SIM_ACCOUNT_OFFERED, 0 },
    { "ok", ACCOUNTED, SIM_ACCOUNT_OK, 0 },
    { "goodput", ACCOUNTED, SIM_ACCOUNT_OK, 0 },
    { "rejected", ACCOUNTED, SIM_ACCOUNT_REJECTED, 0 },
    { "failed", ACCOUNTED, SIM_ACCOUNT_FAILED, 0 },
    { "count", ACCOUNTS, 0, 0 },
    { "fairness", FAIRNESS, 0, 0 },
    { NULL, 0, 0, 0 },
};

static const struct word quota_words[] = {
    { "used", ACCOUNTED, SIM_ACCOUNT_USED, 0 },
    { "over", ACCOUNTED, SIM_ACCOUNT_OVER, 0 },
    { "refused", ACCOUNTED, SIM_ACCOUNT_REFUSED, 0 },
    { "bill", BILL, 0, 0 },
    { "left", LEFT, 0, 0 },
    { "count", ACCOUNTS, 0, 0 },
    { NULL, 0, 0, 0 },
};

static const struct word bulkhead_words[] = {
    { "asked", TOTAL, SIM_BULKHEAD_ASKED, 0 },
    { "rejected", TOTAL, SIM_BULKHEAD_REFUSED, 0 },
    { "opened", TOTAL, SIM_BULKHEAD_OPENED, 0 },
    { "waited", WAITED, 0, 0 },
    { "in_use.mean", IN_USE, 0, 0 },
    { "in_use.max", MEMORY_MAX, 0, 0 },
    { "waiting.mean", QUEUE_MEAN, 0, 0 },
    { "waiting.max", QUEUE_MAX, 0, 0 },
    { "wait.mean", MEAN, 0, 0 },
    { "wait.p50", QUANTILE, 0, 0.5 },
    { "wait.p90", QUANTILE, 0, 0.9 },
    { "wait.p95", QUANTILE, 0, 0.95 },
    { "wait.p99", QUANTILE, 0, 0.99 },
    { "wait.p999", QUANTILE, 0, 0.999 },
    { "wait.max", MAX, 0, 0 },
    { NULL, 0, 0, 0 },
};

static const struct word cache_words[] = {
    { "lookups", LOOKUPS, 0, 0 },
    { "hits", TOTAL, SIM_CACHE_HIT, 0 },
    { "misses", TOTAL, SIM_CACHE_MISS, 0 },
    { "joined", TOTAL, SIM_CACHE_JOINED, 0 },
    { "hit_ratio", HIT_RATIO, 0, 0 },
    { "bypassed", TOTAL, SIM_CACHE_PASSED, 0 },
    { "failed_loads", TOTAL, SIM_CACHE_FAILED, 0 },
    { "evicted", TOTAL, SIM_CACHE_EVICTED, 0 },
    { "flushes", TOTAL, SIM_CACHE_FLUSHED, 0 },
    { NULL, 0, 0, 0 },
};

// The tables that a vocabulary is made of, NULL after the last.
static const struct word *const vocabularies[][4] = {
    [SIM_WORDS_OF_CLIENT] = { client_words, common_words, visit_words },
    [SIM_WORDS_OF_SERVICE] = { service_words, common_words, visit_words },
    [SIM_WORDS_OF_LOOP] = { loop_words },
    [SIM_WORDS_OF_CALL] = { call_words, common_words },
    [SIM_WORDS_OF_EFFECT] = { effect_words },
    [SIM_WORDS_OF_TENANTS] = { tenant_words },
    [SIM_WORDS_OF_QUOTA] = { quota_words },
    [SIM_WORDS_OF_BULKHEAD] = { bulkhead_words },
    [SIM_WORDS_OF_CACHE] = { cache_words },
};

static bool is_count(enum sim_metric_what what)
{
    return what == TOTAL || what == FAILED || what == COMPLETED || what == GHOST_S ||
           what == RETRIES || what == ACCOUNTED || what == LOOKUPS;
}

static bool is_word(const struct word *w, const char *text, struct sim_metric *metric)
{
    size_t n = strlen(w->name);
    if (strncmp(w->name, text, n) != 0)
        return false;
    bool per_s = strcmp(text + n, "_per_s") == 0 && is_count(w->what);
    if (text[n] != '\0' && !per_s)
        return false;
    metric->what = w->what;
    metric->detail = w->detail;
    metric->x = w->x;
    metric->per_s = per_s;
    return true;
}

bool sim_metric_word(enum sim_metric_words which, const char *text,
                     struct sim_metric *metric)
{
    for (const struct word *const *table = vocabularies[which]; *table; table++)
        for (const struct word *w = *table; w->name; w++)
            if (is_word(w, text, metric))
                return true;
    return false;
}

uint32_t sim_metric_known(enum sim_metric_words which, const char **known, uint32_t n,
                          uint32_t room)
{
    for (const struct word *const *table = vocabularies[which]; *table; table++)
        for (const struct word *w = *table; w->name && n < room; w++)
            known[n++] = w->name;
    return n;
}
