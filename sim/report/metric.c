#include "sim/report/metric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/account.h"
#include "sim/report/metric_words.h"

// ---- Understanding a path ----

static bool fail(struct sim_metric_error *e, const char *text, const char *word)
{
    snprintf(e->text, sizeof e->text, "%s", text);
    snprintf(e->word, sizeof e->word, "%s", word);
    return false;
}

static bool unknown_name(const struct sim_model *m, struct sim_metric_error *e,
                         const char *name)
{
    uint32_t n = 0, room = sizeof e->known / sizeof *e->known - 1;
    for (uint32_t i = 0; i < sim_model_clients(m) && n < room; i++)
        e->known[n++] = sim_model_client_name(m, i);
    for (uint32_t i = 0; i < sim_model_services(m) && n < room; i++)
        e->known[n++] = sim_model_service_name(m, i);
    for (uint32_t i = 0; i < sim_model_effects(m) && n < room; i++)
        e->known[n++] = sim_model_effect_at(m, i)->name;
    for (uint32_t i = 0; i < sim_model_bulkheads(m) && n < room; i++)
        if (sim_model_bulkhead_at(m, i)->name[0])
            e->known[n++] = sim_model_bulkhead_at(m, i)->name;
    for (uint32_t i = 0; i < sim_model_caches(m) && n < room; i++)
        e->known[n++] = sim_model_cache_at(m, i)->name;
    e->known[n] = NULL;
    return fail(e, "there is no client, service, effect, bulkhead or cache of that name",
                name);
}

static bool unknown_word(enum sim_metric_words words, bool has_loop,
                         struct sim_metric_error *e, const char *word)
{
    uint32_t room = sizeof e->known / sizeof *e->known - 1;
    uint32_t n = sim_metric_known(words, e->known, 0, room);
    if (has_loop)
        n = sim_metric_known(SIM_WORDS_OF_LOOP, e->known, n, room);
    e->known[n] = NULL;
    return fail(e, "there is no metric of that name", word);
}

static bool parse_under(const char *word, struct sim_metric *metric)
{
    static const char begin[] = "latency.under(";
    if (strncmp(word, begin, sizeof begin - 1) != 0)
        return false;
    const char *number = word + sizeof begin - 1;
    char *end;
    metric->x = strtod(number, &end);
    metric->what = UNDER;
    return end != number && strcmp(end, ")") == 0 && metric->x >= 0 && metric->x < 1e9;
}

static bool parse_word(enum sim_metric_words words, const char *word,
                       struct sim_metric *metric, struct sim_metric_error *error)
{
    if (sim_metric_word(words, word, metric))
        return true;
    if (words == SIM_WORDS_OF_CLIENT && parse_under(word, metric))
        return true;
    return unknown_word(words, false, error, word);
}

static bool parse_service_word(const struct sim_model *m, const char *word,
                               struct sim_metric *metric, struct sim_metric_error *error)
{
    bool has_loop = sim_model_service_at(m, metric->who)->executor.kind == SIM_ASYNCIO;
    if (sim_metric_word(SIM_WORDS_OF_SERVICE, word, metric) || parse_under(word, metric))
        return true;
    if (!sim_metric_word(SIM_WORDS_OF_LOOP, word, metric))
        return unknown_word(SIM_WORDS_OF_SERVICE, has_loop, error, word);
    metric->of_loop = true;
    if (has_loop)
        return true;
    return fail(error, "that service has no event loop (executor = asyncio {})", word);
}

static uint32_t caller_by_name(const struct sim_model *m, const char *name)
{
    uint32_t client = sim_model_find_client(m, name);
    if (client != SIM_NONE)
        return client;
    uint32_t service = sim_model_find_service(m, name);
    return service == SIM_NONE ? SIM_NONE : sim_model_clients(m) + service;
}

static bool parse_call(const struct sim_model *m, char *names, const char *word,
                       struct sim_metric *metric, struct sim_metric_error *error)
{
    char *arrow = strchr(names, '>');
    *arrow = '\0';
    metric->subject = SIM_OF_CALL;
    metric->caller = caller_by_name(m, names);
    if (metric->caller == SIM_NONE)
        return unknown_name(m, error, names);
    metric->who = sim_model_find_service(m, arrow + 1);
    if (metric->who == SIM_NONE)
        return unknown_name(m, error, arrow + 1);
    return parse_word(SIM_WORDS_OF_CALL, word, metric, error);
}

static bool parse_replica(const struct sim_model *m, char *name, struct sim_metric *metric,
                          struct sim_metric_error *error)
{
    char *bracket = strchr(name, '[');
    char *end;
    long n = strtol(bracket + 1, &end, 10);
    bool is_number = end != bracket + 1 && strcmp(end, "]") == 0;
    *bracket = '\0';
    if (strcmp(end, "]") == 0) // the error names the number alone
        *end = '\0';
    metric->who = sim_model_find_service(m, name);
    if (metric->who == SIM_NONE)
        return unknown_name(m, error, name);
    metric->subject = SIM_OF_REPLICA;
    metric->replica = (uint32_t)(n - 1);
    if (!is_number || n < 1 || n > sim_model_replicas(m, metric->who))
        return fail(error, "that service has no replica of that number", bracket + 1);
    return true;
}

// "tenants", "NAME" of a quota, or one of their accounts: "tenants[pro]", "NAME[17]". False: it is
// nothing of that kind.
static bool is_book(const struct sim_model *m, const char *name, struct sim_metric *metric)
{
    char book[64];
    size_t n = strcspn(name, "[");
    snprintf(book, sizeof book, "%.*s", (int)(n < 63 ? n : 63), name);
    uint32_t quota = sim_model_find_quota(m, book);
    if (sim_model_find_client(m, book) != SIM_NONE ||
        sim_model_find_service(m, book) != SIM_NONE ||
        (quota == SIM_NONE && strcmp(book, "tenants") != 0))
        return false;
    metric->subject = SIM_OF_ACCOUNTS;
    metric->who = quota == SIM_NONE ? SIM_BOOK_TENANTS : SIM_BOOK_QUOTAS + quota;
    return true;
}

static bool parse_account(const struct sim_model *m, const char *name, const char *word,
                          struct sim_metric *metric, struct sim_metric_error *error)
{
    char key[64];
    const char *bracket = strchr(name, '['), *end;
    metric->x = NAN;
    double x = NAN;
    if (bracket) {
        size_t n = strcspn(bracket + 1, "]");
        snprintf(key, sizeof key, "%.*s", (int)(n < 63 ? n : 63), bracket + 1);
        x = sim_model_find_symbol(m, key);
        if (isnan(x))
            x = strtod(key, (char **)&end);
        if (isnan(sim_model_find_symbol(m, key)) && (end == key || *end != '\0'))
            return fail(error, "no field of a request has that value", key);
    }
    if (!parse_word(metric->who == SIM_BOOK_TENANTS ? SIM_WORDS_OF_TENANTS
                                                    : SIM_WORDS_OF_QUOTA,
                    word, metric, error))
        return false;
    metric->x = x;
    if (bracket && (metric->what == FAIRNESS || metric->what == ACCOUNTS))
        return fail(error, "that is of all of them together", word);
    return true;
}

bool sim_metric_parse(const struct sim_model *m, const char *path,
                      struct sim_metric *metric, struct sim_metric_error *error)
{
    char name[160];
    const char *dot = strchr(path, '.');
    *metric = (struct sim_metric){ 0 };
    *error = (struct sim_metric_error){ 0 };
    if (!dot || (size_t)(dot - path) >= sizeof name)
        return fail(error, "a metric is a path such as \"users.latency.p99\"", path);
    memcpy(name, path, (size_t)(dot - path));
    name[dot - path] = '\0';
    if (is_book(m, name, metric))
        return parse_account(m, name, dot + 1, metric, error);
    metric->who = sim_model_find_bulkhead(m, name);
    metric->subject = SIM_OF_BULKHEAD;
    if (metric->who != SIM_NONE)
        return parse_word(SIM_WORDS_OF_BULKHEAD, dot + 1, metric, error);
    if (strchr(name, '>'))
        return parse_call(m, name, dot + 1, metric, error);
    if (strchr(name, '['))
        return parse_replica(m, name, metric, error) &&
               parse_service_word(m, dot + 1, metric, error);
    metric->who = sim_model_find_client(m, name);
    metric->subject = SIM_OF_CLIENT;
    if (metric->who != SIM_NONE)
        return parse_word(SIM_WORDS_OF_CLIENT, dot + 1, metric, error);
    metric->who = sim_model_find_service(m, name);
    metric->subject = SIM_OF_SERVICE;
    if (metric->who != SIM_NONE)
        return parse_service_word(m, dot + 1, metric, error);
    metric->who = sim_model_find_effect(m, name);
    metric->subject = SIM_OF_EFFECT;
    if (metric->who != SIM_NONE)
        return parse_word(SIM_WORDS_OF_EFFECT, dot + 1, metric, error);
    metric->who = sim_model_find_cache(m, name);
    metric->subject = SIM_OF_CACHE;
    if (metric->who != SIM_NONE)
        return parse_word(SIM_WORDS_OF_CACHE, dot + 1, metric, error);
    return unknown_name(m, error, name);
}

// ---- Measuring ----

static const struct sim_meter *of_replica(const struct sim_run *run,
                                          const struct sim_metric *k, uint32_t replica)
{
    return k->of_loop ? sim_run_loop_meter(run, k->who, replica)
                      : sim_run_replica_meter(run, k->who, replica);
}

// The meters that a subject is made of, one after the other.
static const struct sim_meter *meter(const struct sim_run *run, const struct sim_metric *k,
                                     uint32_t i)
{
    const struct sim_model *m = sim_run_model(run);
    switch (k->subject) {
    case SIM_OF_CLIENT:
        return i == 0 ? sim_run_client_meter(run, k->who) : NULL;
    case SIM_OF_REPLICA:
        return i == 0 ? of_replica(run, k, k->replica) : NULL;
    case SIM_OF_BULKHEAD:
        return i == 0 ? sim_run_bulkhead_meter(run, k->who) : NULL;
    case SIM_OF_SERVICE:
        return i < sim_model_replicas(m, k->who) ? of_replica(run, k, i) : NULL;
    case SIM_OF_EFFECT:
        return i == 0 ? sim_run_effect_meter(run, k->who) : NULL;
    case SIM_OF_CACHE:
        return i == 0 ? sim_run_cache_meter(run, k->who) : NULL;
    default:
        return i == 0 ? sim_run_edge_meter(run, k->caller, k->who) : NULL;
    }
}

struct span {
    const struct sim_run *run;
    const struct sim_metric *metric;
    uint32_t a, b; // windows
    double seconds;
};

static double total(const struct span *s, uint32_t count)
{
    double sum = 0;
    const struct sim_meter *m;
    for (uint32_t i = 0; (m = meter(s->run, s->metric, i)); i++)
        sum += (double)sim_meter_count(m, s->a, s->b, (enum sim_count)count);
    return sum;
}

static double all_but(const struct span *s, unsigned left_out)
{
    double sum = 0;
    for (uint32_t o = 0; o < SIM_OUTCOMES; o++)
        if (!(left_out >> o & 1))
            sum += total(s, SIM_ENDED + o);
    return sum;
}

static double mean_level(const struct span *s, enum sim_area area)
{
    double sum = 0;
    const struct sim_meter *m;
    for (uint32_t i = 0; (m = meter(s->run, s->metric, i)); i++)
        sum += sim_meter_area(m, s->a, s->b, area);
    return s->seconds > 0 ? sum / (s->seconds * SIM_S) : NAN;
}

static double queue_max(const struct span *s)
{
    uint32_t max = 0;
    const struct sim_meter *m;
    for (uint32_t i = 0; (m = meter(s->run, s->metric, i)); i++)
        if (sim_meter_queue_max(m, s->a, s->b) > max)
            max = sim_meter_queue_max(m, s->a, s->b);
    return max;
}

static double memory_max(const struct span *s)
{
    uint64_t max = 0;
    const struct sim_meter *m;
    for (uint32_t i = 0; (m = meter(s->run, s->metric, i)); i++)
        if (sim_meter_memory_max(m, s->a, s->b) > max)
            max = sim_meter_memory_max(m, s->a, s->b);
    return (double)max;
}

// ---- Accounts ----

static bool is_of(const struct sim_metric *k, const struct sim_account_view *a)
{
    return a->book == k->who && (isnan(k->x) || (a->keys > 0 && a->key[0] == k->x));
}

static double one_account(const struct sim_run *run, const struct sim_metric *k,
                          const struct sim_account_view *a)
{
    switch ((enum sim_metric_what)k->what) {
    case ACCOUNTED:
        return (double)a->counts[k->detail];
    case BILL:
        return sim_account_bill(run, a);
    default:
        return (double)a->left;
    }
}

static double accounts(const struct sim_run *run, const struct sim_metric *k)
{
    double sum = 0, end = (double)sim_run_now(run) / SIM_S;
    double warmup = (double)sim_model_about(sim_run_model(run))->warmup / SIM_S;
    if (k->what == FAIRNESS)
        return sim_fairness(run);
    if (k->what == ACCOUNTS)
        return sim_account_count(run, k->who);
    for (uint32_t i = 0; i < sim_run_accounts(run); i++) {
        struct sim_account_view a = sim_run_account(run, i);
        if (is_of(k, &a))
            sum += one_account(run, k, &a);
    }
    double seconds = k->who == SIM_BOOK_TENANTS ? end - warmup : end;
    return k->per_s ? (seconds > 0 ? sum / seconds : NAN) : sum;
}

static double utilisation(const struct span *s)
{
    uint32_t workers = sim_model_workers(sim_run_model(s->run), s->metric->who);
    uint32_t replicas = s->metric->subject == SIM_OF_SERVICE
                            ? sim_model_replicas(sim_run_model(s->run), s->metric->who)
                            : 1;
    if (workers == SIM_UNLIMITED)
        return NAN;
    double there = (double)replicas - mean_level(s, SIM_ABSENT_AREA);
    return there > 0 ? mean_level(s, SIM_BUSY_AREA) / ((double)workers * there) : NAN;
}

static double from_hist(const struct span *s, const struct sim_hist *h)
{
    switch ((enum sim_metric_what)s->metric->what) {
    case MEAN:
        return sim_hist_mean(h) / SIM_S;
    case QUANTILE:
        return (double)sim_hist_quantile(h, s->metric->x) / SIM_S;
    case MAX:
        return (double)sim_hist_max(h) / SIM_S;
    default:
        return (double)sim_hist_count_below(h, (sim_time)(s->metric->x * SIM_S)) /
               (double)sim_hist_count(h);
    }
}

static double latency(const struct span *s)
{
    struct sim_hist *h = calloc(1, sizeof *h);
    const struct sim_meter *m;
    double x = NAN;
    if (!h)
        return NAN;
    for (uint32_t i = 0; (m = meter(s->run, s->metric, i)); i++)
        sim_meter_add_hist(m, s->a, s->b, h);
    if (sim_hist_count(h) > 0)
        x = from_hist(s, h);
    free(h);
    return x;
}

static double replicas_measured(const struct span *s)
{
    double n = 0;
    for (uint32_t i = 0; meter(s->run, s->metric, i); i++)
        n++;
    return n;
}

// Those of visits are counted by the replicas, the others by the loops.
static double tasks(const struct span *s)
{
    struct sim_metric visits = *s->metric;
    struct span of_visits = *s;
    visits.of_loop = false;
    of_visits.metric = &visits;
    return mean_level(s, SIM_INSIDE_AREA) + mean_level(&of_visits, SIM_BUSY_AREA);
}

static double ratio(double x, double y)
{
    return y > 0 ? x / y : NAN;
}

static double lookups(const struct span *s)
{
    return total(s, SIM_CACHE_HIT) + total(s, SIM_CACHE_MISS) + total(s, SIM_CACHE_JOINED);
}

static double measure(const struct span *s)
{
    const unsigned good = 1u << SIM_OK | 1u << SIM_CANCELLED;
    uint32_t detail = s->metric->detail;
    switch ((enum sim_metric_what)s->metric->what) {
    case TOTAL:
        return total(s, detail);
    case FAILED:
        return all_but(s, good);
    case COMPLETED:
        return all_but(s, 1u << SIM_REJECTED);
    case UTILISATION:
        return utilisation(s);
    case CORES:
        return ratio(total(s, SIM_TIME + SIM_IN_PYTHON) +
                         total(s, SIM_TIME + SIM_IN_NATIVE),
                     s->seconds * SIM_S);
    case QUEUE_MEAN:
        return mean_level(s, SIM_QUEUED_AREA);
    case LIMIT_MEAN:
        return mean_level(s, SIM_LIMIT_AREA);
    case QUEUE_MAX:
        return queue_max(s);
    case WAITED:
        return ratio(total(s, SIM_WAITED), total(s, SIM_ARRIVED));
    case TIME:
        return ratio(total(s, SIM_TIME + detail) / SIM_S,
                     all_but(s, 0) - total(s, SIM_REFUSED + SIM_BY_QUEUE));
    case GHOST_S:
        return total(s, SIM_GHOST_NS) / SIM_S;
    case MEMORY_MEAN:
        return mean_level(s, SIM_MEMORY_AREA);
    case MEMORY_MAX:
        return memory_max(s);
    case INSIDE:
        if (s->metric->subject == SIM_OF_CLIENT)
            return mean_level(s, SIM_INSIDE_AREA);
        return mean_level(s, SIM_QUEUED_AREA) + mean_level(s, SIM_BUSY_AREA);
    case LOOP_BUSY:
        return ratio(total(s, SIM_LOOP_BUSY_NS) / SIM_S, s->seconds * replicas_measured(s));
    case TASKS:
        return tasks(s);
    case IN_USE:
        return mean_level(s, SIM_BUSY_AREA);
    case LOOKUPS:
        return lookups(s);
    case HIT_RATIO:
        return ratio(total(s, SIM_CACHE_HIT), lookups(s));
    case PER_REQUEST:
        return ratio(total(s, SIM_ATTEMPTED), total(s, SIM_ARRIVED));
    default:
        return latency(s);
    }
}

static uint32_t nearest_edge(const sim_time *edges, uint32_t windows, sim_time t)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i <= windows; i++)
        if (llabs(edges[i] - t) < llabs(edges[best] - t))
            best = i;
    return best;
}

double sim_metric_measure(const struct sim_run *run, const struct sim_metric *metric,
                          sim_time from, sim_time to)
{
    if (metric->subject == SIM_OF_ACCOUNTS)
        return accounts(run, metric);
    struct span s = { .run = run, .metric = metric };
    uint32_t windows;
    const sim_time *edges = sim_run_window_edges(run, &windows);
    s.a = nearest_edge(edges, windows, from);
    s.b = nearest_edge(edges, windows, to);
    s.seconds = (double)(edges[s.b] - edges[s.a]) / SIM_S;
    double x = measure(&s);
    return metric->per_s ? ratio(x, s.seconds) : x;
}
