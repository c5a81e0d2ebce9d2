#include "sim/report/metric_words.h"

#include <string.h>

struct word {
    const char *name;
    enum sim_metric_what what;
    uint32_t detail;
    double x;
    const char *about; // what it says, for who reads it; NULL: what the word before it says
};

#define COUNT(name, count, about)    \
    {                                \
        name, TOTAL, count, 0, about \
    }
#define FIGURE(name, what, about) \
    {                             \
        name, what, 0, 0, about   \
    }
#define REFUSED(by, rejecter, about)                              \
    {                                                             \
        "rejected." by, TOTAL, SIM_REFUSED + (rejecter), 0, about \
    }
#define SPENT(cause, in, about)                                       \
    {                                                                 \
        "time." cause, TIME, in, 0, "mean seconds of all that ended, but those at a full line: " about \
    }
#define ACCOUNT(name, count, about)      \
    {                                    \
        name, ACCOUNTED, count, 0, about \
    }

// Of a distribution.
#define SPREAD(of, about)                                                                 \
    { of ".mean", MEAN, 0, 0, about }, { of ".p50", QUANTILE, 0, 0.5, NULL },             \
        { of ".p90", QUANTILE, 0, 0.9, NULL }, { of ".p95", QUANTILE, 0, 0.95, NULL },    \
        { of ".p99", QUANTILE, 0, 0.99, NULL }, { of ".p999", QUANTILE, 0, 0.999, NULL }, \
    {                                                                                     \
        of ".max", MAX, 0, 0, NULL                                                        \
    }

#define END FIGURE(NULL, TOTAL, NULL)

// clang-format off
// Of clients, services and calls.
static const struct word common_words[] = {
    COUNT("ok", SIM_ENDED + SIM_OK, "what ended well"),
    FIGURE("failed", FAILED, "what ended with an error or a timeout, was rejected, or lost"),
    COUNT("failed.error", SIM_ENDED + SIM_ERROR, "what ended with an error"),
    COUNT("failed.timeout", SIM_ENDED + SIM_TIMEOUT, "what the caller gave up on, after its timeout"),
    COUNT("failed.rejected", SIM_ENDED + SIM_REJECTED, "what was turned away: by a policy, or at a full line"),
    COUNT("failed.lost", SIM_ENDED + SIM_LOST, "messages that vanished: of calls and of a broker; who waits for the answer knows it by its timeout"),
    COUNT("cancelled", SIM_ENDED + SIM_CANCELLED, "what was called off before it ended"),
    COUNT("breaker_opened", SIM_OPENED, "times that a circuit breaker opened"),
    COUNT("hedges", SIM_HEDGES, "attempts sent beside one that had not been answered yet"),
    COUNT("hedges_won", SIM_HEDGES_WON, "hedges whose answer was taken"),
    COUNT("hedges_wasted", SIM_HEDGES_WASTED, "hedges that were cancelled, for another answer came first"),
    END
};

// Of clients and of services.
static const struct word visit_words[] = {
    SPREAD("latency", "seconds, and under(0.2) the share below 0.2; of a client, of requests that ended well; of a service, of visits that were not rejected"),
    FIGURE("inside.mean", INSIDE, "how many were inside at once, on average"),
    SPENT("dependency", SIM_IN_DEPENDENCY, "waiting for the answers of others"),
    SPENT("network", SIM_IN_NETWORK, "its messages travelling"),
    SPENT("backoff", SIM_IN_BACKOFF, "between two attempts"),
    SPENT("limit", SIM_IN_LIMIT, "held back by a rate limiter that lets calls leave evenly"),
    SPENT("bulkhead", SIM_IN_BULKHEAD, "waiting for a place in a bulkhead"),
    SPENT("connections", SIM_IN_CONNECTIONS, "waiting for a connection of a pool, or for one to be opened"),
    REFUSED("rate_limit", SIM_BY_RATE_LIMIT, "calls that a rate limit or a quota refused"),
    REFUSED("store", SIM_BY_STORE, "calls that a limiter refused because its store had failed"),
    REFUSED("breaker", SIM_BY_BREAKER, "calls that an open circuit breaker refused"),
    REFUSED("bulkhead", SIM_BY_BULKHEAD, "calls that got no place in a bulkhead"),
    REFUSED("connections", SIM_BY_CONNECTIONS, "calls that got no connection of a pool"),
    REFUSED("concurrency_limit", SIM_BY_CONCURRENCY_LIMIT, "calls beyond a concurrency limit"),
    REFUSED("shed", SIM_BY_SHED, "calls that load shedding turned away"),
    REFUSED("throttle", SIM_BY_THROTTLE, "calls that a caller's adaptive throttling held back"),
    FIGURE("concurrency_limit", LIMIT_MEAN, "how many calls its concurrency limits let be under way, on average"),
    COUNT("failed_open", SIM_FAIL_OPEN, "calls that a limiter let pass because its store had failed"),
    COUNT("retries_refused", SIM_UNPAID, "retries that a budget did not pay for"),
    COUNT("fallbacks", SIM_FALLBACKS, "calls that went to a fallback"),
    COUNT("replays", SIM_REPLAYED, "answers given again for an idempotency key"),
    COUNT("conflicts", SIM_CONFLICTS, "requests refused because the first of their idempotency key was under way"),
    COUNT("mismatches", SIM_MISMATCHED, "requests whose idempotency key belonged to another request"),
    END
};

static const struct word client_words[] = {
    COUNT("offered", SIM_ARRIVED, "requests that began"),
    COUNT("goodput", SIM_ENDED + SIM_OK, "requests that ended well, as ok"),
    END
};

static const struct word service_words[] = {
    COUNT("arrivals", SIM_ARRIVED, "visits that came"),
    FIGURE("completed", COMPLETED, "visits that ended, but for the rejected"),
    COUNT("rejected", SIM_ENDED + SIM_REJECTED, "visits that were turned away"),
    REFUSED("queue", SIM_BY_QUEUE, "visits that came to a full line"),
    REFUSED("patience", SIM_BY_PATIENCE, "visits whose time in line was over"),
    REFUSED("deadline", SIM_BY_DEADLINE, "visits whose deadline could not be met any more"),
    REFUSED("codel", SIM_BY_CODEL, "visits that controlled delay (CoDel) dropped from the line"),
    FIGURE("utilisation", UTILISATION, "share of its workers that were taken, also by waiting"),
    FIGURE("cores", CORES, "cores that its visits computed on, on average; branches of a gather are left out"),
    FIGURE("queue.mean", QUEUE_MEAN, "visits in line for a worker, on average"),
    FIGURE("queue.max", QUEUE_MAX, "the longest line, of one replica"),
    FIGURE("waited", WAITED, "share of visits that found no free worker"),
    COUNT("ghosts", SIM_GHOSTS, "ghost work: visits that ended when nobody waited for them any more"),
    FIGURE("ghost_s", GHOST_S, "seconds that ghosts had been there"),
    FIGURE("memory", MEMORY_MEAN, "bytes of its processes, on average"),
    FIGURE("memory_max", MEMORY_MAX, "most bytes of its processes, of one replica"),
    COUNT("oom_kills", SIM_OOM_KILLS, "processes that were killed because their host had no memory left"),
    COUNT("poisoned", SIM_POISONED, "times that a process died of a poisoned request"),
    COUNT("restarts", SIM_RESTARTED, "times that its liveness or startup probe had it started again"),
    COUNT("probes_failed", SIM_PROBE_FAILED, "probes that failed"),
    COUNT("unready", SIM_UNREADY, "times that its readiness took it out of the rotation"),
    COUNT("stop_refused", SIM_STOP_REFUSED, "requests that came to a replica that had been told to stop"),
    COUNT("stop_dropped", SIM_STOP_DROPPED, "requests inside that ended with a replica that was told to stop"),
    COUNT("redelivered", SIM_REDELIVERED, "messages that came back to the broker"),
    SPENT("python", SIM_IN_PYTHON, "running bytecode"),
    SPENT("native", SIM_IN_NATIVE, "running native code"),
    SPENT("io", SIM_IN_IO, "its own input and output"),
    SPENT("queue", SIM_IN_QUEUE, "in line for a worker"),
    SPENT("core", SIM_IN_CORE, "able to run, but without a core"),
    SPENT("gil", SIM_IN_GIL, "waiting for the GIL, or to hand it over"),
    SPENT("lock", SIM_IN_LOCK, "waiting for a lock or a semaphore"),
    SPENT("loop", SIM_IN_LOOP, "ready, until the event loop came round to it"),
    SPENT("pool", SIM_IN_POOL, "waiting for a worker of a pool, or on the way to one and back"),
    SPENT("pause", SIM_IN_PAUSE, "stopped with its whole process"),
    END
};

// Of services with an event loop.
static const struct word loop_words[] = {
    SPREAD("loop_lag", "seconds that the event loop came late to a probe that looks at fixed times"),
    FIGURE("loop_busy", LOOP_BUSY, "share of its time that the event loop is in callbacks"),
    COUNT("slow_callbacks", SIM_LOOP_SLOW, "callbacks of 100 ms or more, which asyncio logs in debug mode"),
    COUNT("loop_turns", SIM_LOOP_TURNS, "turns of the event loop"),
    FIGURE("tasks.mean", TASKS, "tasks of the event loop, visits and others, on average"),
    END
};

static const struct word call_words[] = {
    COUNT("calls", SIM_ARRIVED, "calls; each is one attempt or more"),
    COUNT("attempts", SIM_ATTEMPTED, "first attempts, retries and hedges"),
    FIGURE("attempts_per_request", PER_REQUEST, "attempts over calls"),
    COUNT("retries", SIM_RETRIED, "attempts that a retry sent; hedges are counted apart"),
    COUNT("ejections", SIM_EJECTED, "replicas that outlier detection took out of the rotation"),
    END
};

static const struct word effect_words[] = {
    COUNT("done", SIM_EFFECT_DONE, "for how many it was done"),
    COUNT("duplicates", SIM_EFFECT_DUPLICATES, "how often it was done again for one for whom it had been done"),
    COUNT("missing", SIM_EFFECT_MISSING, "for how many it was said to be done and was not"),
    COUNT("lost", SIM_EFFECT_LOST, "for how many that which it follows was done, and it was not"),
    COUNT("invented", SIM_EFFECT_INVENTED, "for how many it was done, and that which it follows was not"),
    END
};

static const struct word tenant_words[] = {
    ACCOUNT("offered", SIM_ACCOUNT_OFFERED, "requests that began"),
    ACCOUNT("ok", SIM_ACCOUNT_OK, "requests that ended well"),
    ACCOUNT("goodput", SIM_ACCOUNT_OK, "requests that ended well, as ok"),
    ACCOUNT("rejected", SIM_ACCOUNT_REJECTED, "requests that were turned away"),
    ACCOUNT("failed", SIM_ACCOUNT_FAILED, "requests that did not end well, the rejected among them"),
    FIGURE("count", ACCOUNTS, "how many tenants there were"),
    FIGURE("fairness", FAIRNESS, "Jain's index of the tenants' goodput: 1 when all have the same"),
    END
};

static const struct word quota_words[] = {
    ACCOUNT("used", SIM_ACCOUNT_USED, "calls that passed, in the whole run"),
    ACCOUNT("over", SIM_ACCOUNT_OVER, "calls beyond the limit that passed, where that is allowed"),
    ACCOUNT("refused", SIM_ACCOUNT_REFUSED, "calls that were refused"),
    FIGURE("bill", BILL, "what its calls cost"),
    FIGURE("left", LEFT, "what is left of the quota"),
    FIGURE("count", ACCOUNTS, "how many keys there were"),
    END
};

static const struct word bulkhead_words[] = {
    COUNT("asked", SIM_BULKHEAD_ASKED, "calls that asked for a place"),
    COUNT("rejected", SIM_BULKHEAD_REFUSED, "calls that got no place, at once or when their wait was over"),
    COUNT("opened", SIM_BULKHEAD_OPENED, "connections that were opened"),
    FIGURE("waited", WAITED, "share of those who asked that did not pass at once"),
    FIGURE("in_use.mean", IN_USE, "places in use, on average"),
    FIGURE("in_use.max", MEMORY_MAX, "most places in use, of one replica"),
    FIGURE("waiting.mean", QUEUE_MEAN, "calls that waited for a place, on average"),
    FIGURE("waiting.max", QUEUE_MAX, "most that waited, of one replica"),
    SPREAD("wait", "seconds that those who got a place had waited for it"),
    END
};

static const struct word cache_words[] = {
    FIGURE("lookups", LOOKUPS, "hits, misses, and those that joined the load of another"),
    COUNT("hits", SIM_CACHE_HIT, "lookups that found it"),
    COUNT("misses", SIM_CACHE_MISS, "lookups that loaded"),
    COUNT("joined", SIM_CACHE_JOINED, "lookups that waited for the load of another"),
    FIGURE("hit_ratio", HIT_RATIO, "hits over lookups"),
    COUNT("bypassed", SIM_CACHE_PASSED, "misses that found no place for what they brought"),
    COUNT("failed_loads", SIM_CACHE_FAILED, "loads that failed, or were given up"),
    COUNT("evicted", SIM_CACHE_EVICTED, "keys that made room for others"),
    COUNT("flushes", SIM_CACHE_FLUSHED, "times that it lost all it had"),
    END
};
// clang-format on

// The tables that a vocabulary is made of, NULL after the last, and how a path to it begins.
static const struct {
    const char *of;
    const struct word *const tables[4];
} vocabularies[] = {
    [SIM_WORDS_OF_CLIENT] = { "CLIENT.", { client_words, common_words, visit_words } },
    [SIM_WORDS_OF_SERVICE] = { "SERVICE.", { service_words, common_words, visit_words } },
    [SIM_WORDS_OF_LOOP] = { "SERVICE.", { loop_words } },
    [SIM_WORDS_OF_CALL] = { "CALLER>SERVICE.", { call_words, common_words } },
    [SIM_WORDS_OF_EFFECT] = { "EFFECT.", { effect_words } },
    [SIM_WORDS_OF_TENANTS] = { "tenants.", { tenant_words } },
    [SIM_WORDS_OF_QUOTA] = { "QUOTA.", { quota_words } },
    [SIM_WORDS_OF_BULKHEAD] = { "BULKHEAD.", { bulkhead_words } },
    [SIM_WORDS_OF_CACHE] = { "CACHE.", { cache_words } },
};

static bool is_count(enum sim_metric_what what)
{
    return what == TOTAL || what == FAILED || what == COMPLETED || what == GHOST_S ||
           what == ACCOUNTED || what == LOOKUPS;
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
    for (const struct word *const *table = vocabularies[which].tables; *table; table++)
        for (const struct word *w = *table; w->name; w++)
            if (is_word(w, text, metric))
                return true;
    return false;
}

uint32_t sim_metric_known(enum sim_metric_words which, const char **known, uint32_t n,
                          uint32_t room)
{
    for (const struct word *const *table = vocabularies[which].tables; *table; table++)
        for (const struct word *w = *table; w->name && n < room; w++)
            known[n++] = w->name;
    return n;
}

#define VOCABULARIES (sizeof vocabularies / sizeof *vocabularies)

// The i-th word of all, and of which vocabulary it is. NULL: there are fewer.
static const struct word *word_at(uint32_t i, const char **of, const char **about)
{
    for (uint32_t v = 0; v < VOCABULARIES; v++)
        for (const struct word *const *table = vocabularies[v].tables; *table; table++)
            for (const struct word *w = *table; w->name; w++) {
                *of = vocabularies[v].of;
                *about = w->about ? w->about : *about;
                if (i-- == 0)
                    return w;
            }
    return NULL;
}

bool sim_metric_about(uint32_t i, struct sim_metric_about *about)
{
    const struct word *w = word_at(i, &about->of, &about->about);
    if (!w)
        return false;
    about->name = w->name;
    about->is_count = is_count(w->what);
    return true;
}
