#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/scripts.h"

// What readers and editors are told of a word against what the word takes: the errors of the
// words themselves say which keys they know.

static char stubs[65536];

static int read_stubs(void **state)
{
    (void)state;
    FILE *f = fopen(STUBS, "rb");
    if (!f)
        return -1;
    size_t n = fread(stubs, 1, sizeof stubs - 1, f);
    stubs[n] = '\0';
    return fclose(f);
}

static bool names(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = strstr(text, word); p; p = strstr(p + 1, word))
        if ((p == text || (!isalnum((unsigned char)p[-1]) && p[-1] != '_')) &&
            !isalnum((unsigned char)p[n]) && p[n] != '_')
            return true;
    return false;
}

static void every_word_has_a_stub(void **state)
{
    uint32_t n;
    const struct scn_word *words = scn_words(&n);
    size_t missing = 0;
    (void)state;
    for (uint32_t i = 0; i < n; i++) {
        char all[128];
        snprintf(all, sizeof all, "%s", words[i].name);
        for (char *w = strtok(all, " "); w; w = strtok(NULL, " ")) {
            char function[80], value[80];
            snprintf(function, sizeof function, "\nfunction %s(", w);
            snprintf(value, sizeof value, "\n%s = ", w);
            if (strstr(stubs, function) || strstr(stubs, value))
                continue;
            print_error("%s has no stub\n", w);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
}

// Calls of every word that has options, with a key that none knows: the answer lists them.
static const struct {
    const char *word, *call, *type;
} asked[] = {
    { "scenario", "scenario(\"t\", {zzzzzzzzz = 1})", "ScenarioOptions" },
    { "service", "service(\"x\", {handler = io(1), zzzzzzzzz = 1})", "ServiceOptions" },
    { "client", "client(\"x\", {target = \"x\", arrivals = poisson(1), zzzzzzzzz = 1})",
      "ClientOptions" },
    { "host", "host(\"x\", {zzzzzzzzz = 1})", "HostOptions" },
    { "store", "store(\"x\", {zzzzzzzzz = 1})", "StoreOptions" },
    { "quota", "quota {limit = 1, zzzzzzzzz = 1}", "QuotaOptions" },
    { "rate_limit", "rate_limit(\"gcra\", {limit = 1, zzzzzzzzz = 1})", "LimitOptions" },
    { "link", "link(\"a\", \"b\", {zzzzzzzzz = 1})", "LinkOptions" },
    { "cpython", "cpython(\"3.12\", {zzzzzzzzz = 1})", "RuntimeOptions" },
    { "threads", "threads(1, {zzzzzzzzz = 1})", "ThreadsOptions" },
    { "asyncio", "asyncio {zzzzzzzzz = 1}", "AsyncioOptions" },
    { "native", "native(1, {zzzzzzzzz = 1})", "NativeOptions" },
    { "processes", "processes(1, {zzzzzzzzz = 1})", "ProcessesOptions" },
    { "subinterpreters", "subinterpreters(1, {zzzzzzzzz = 1})", "SubinterpretersOptions" },
    { "gunicorn", "gunicorn {zzzzzzzzz = 1}", "GunicornOptions" },
    { "uvicorn", "uvicorn {zzzzzzzzz = 1}", "UvicornOptions" },
    { "fastapi", "fastapi {handler = io(1), zzzzzzzzz = 1}", "FastapiOptions" },
    { "django", "django {handler = io(1), zzzzzzzzz = 1}", "DjangoOptions" },
    { "celery", "celery {zzzzzzzzz = 1}", "CeleryOptions" },
    { "run_in_executor", "run_in_executor(false, io(1), {zzzzzzzzz = 1})", "SendOptions" },
    { "call", "call(\"x\", {zzzzzzzzz = 1})", "CallOptions" },
    { "gather", "gather(2, io(1), {zzzzzzzzz = 1})", "GatherOptions" },
    { "idempotency", "idempotency {zzzzzzzzz = 1}", "IdempotencyOptions" },
    { "effect", "effect(\"charge\", {zzzzzzzzz = 1})", "EffectOptions" },
    { "try", "try(io(1), {any = {}, zzzzzzzzz = 1})", "TryOptions" },
    { "retry", "retry {zzzzzzzzz = 1}", "RetryOptions" },
    { "retry", "retry(\"polly\", {zzzzzzzzz = 1})", "RetryOptions" },
    { "hedge", "hedge {after = 1, zzzzzzzzz = 1}", "HedgeOptions" },
    { "hedge", "hedge(\"polly\", {zzzzzzzzz = 1})", "HedgeOptions" },
    { "cache", "cache(\"x\", {zzzzzzzzz = 1})", "CacheOptions" },
    { "cached", "cached(cache(\"x\"), io(1), {zzzzzzzzz = 1})", "CachedOptions" },
    { "concurrency_limit", "concurrency_limit(5, {zzzzzzzzz = 1})", "ConcurrencyOptions" },
    { "concurrency_limit", "concurrency_limit(\"aimd\", {zzzzzzzzz = 1})",
      "ConcurrencyOptions" },
    { "concurrency_limit", "concurrency_limit(\"vegas\", {zzzzzzzzz = 1})",
      "ConcurrencyOptions" },
    { "concurrency_limit", "concurrency_limit(\"gradient2\", {zzzzzzzzz = 1})",
      "ConcurrencyOptions" },
    { "shed", "shed(\"criticality\", {limit = 1, zzzzzzzzz = 1})", "ShedOptions" },
    { "publish", "publish(\"x\", {zzzzzzzzz = 1})", "PublishOptions" },
    { "shed", "shed(\"utilisation\", {zzzzzzzzz = 1})", "ShedOptions" },
    { "throttle", "throttle {zzzzzzzzz = 1}", "ThrottleOptions" },
    { "breaker", "breaker {zzzzzzzzz = 1}", "BreakerOptions" },
    { "breaker", "breaker(\"hystrix\", {zzzzzzzzz = 1})", "BreakerOptions" },
    { "breaker", "breaker(\"polly\", {zzzzzzzzz = 1})", "BreakerOptions" },
    { "breaker", "breaker(\"pybreaker\", {zzzzzzzzz = 1})", "BreakerOptions" },
    { "fail", "fail(500, {zzzzzzzzz = 1})", "FailOptions" },
    { "bulkhead", "bulkhead(1, {zzzzzzzzz = 1})", "BulkheadOptions" },
    { "bulkhead", "bulkhead(\"polly\", {zzzzzzzzz = 1})", "BulkheadOptions" },
    { "connections", "connections(1, {zzzzzzzzz = 1})", "ConnectionsOptions" },
    { "connections", "connections(\"sqlalchemy\", {zzzzzzzzz = 1})", "ConnectionsOptions" },
    { "connections", "connections(\"hikaricp\", {zzzzzzzzz = 1})", "ConnectionsOptions" },
    { "connections", "connections(\"httpx\", {zzzzzzzzz = 1})", "ConnectionsOptions" },
    { "budget", "budget {zzzzzzzzz = 1}", "BudgetOptions" },
    { "budget", "budget(\"grpc\", {zzzzzzzzz = 1})", "BudgetOptions" },
    { "budget", "budget(\"brooker\", {zzzzzzzzz = 1})", "BudgetOptions" },
    { "budget", "budget(\"aws\", {zzzzzzzzz = 1})", "BudgetOptions" },
    { "budget", "budget(\"finagle\", {zzzzzzzzz = 1})", "BudgetOptions" },
    { "budget", "budget(\"envoy\", {zzzzzzzzz = 1})", "BudgetOptions" },
    { "budget", "budget(\"failure_rate\", {zzzzzzzzz = 1})", "BudgetOptions" },
    { "semaphore", "semaphore(1, {zzzzzzzzz = 1})", "NameOptions" },
    { "lock", "lock {zzzzzzzzz = 1}", "NameOptions" },
    { "lognormal", "lognormal {zzzzzzzzz = 1}", NULL },
    { "pareto", "pareto {zzzzzzzzz = 1}", NULL },
    { "gamma", "gamma {zzzzzzzzz = 1}", NULL },
    { "weibull", "weibull {zzzzzzzzz = 1}", NULL },
    { "zipf", "zipf {zzzzzzzzz = 1}", NULL },
    { "curve", "curve {{0, 1}, zzzzzzzzz = 1}", NULL },
    { "bursty", "bursty {zzzzzzzzz = 1}", NULL },
    { "burst", "burst(1, {zzzzzzzzz = 1})", NULL },
    { "closed", "closed(1, {zzzzzzzzz = 1})", NULL },
    { "knob", "knob(\"x\", 1, {zzzzzzzzz = 1})", "KnobOptions" },
    { "expect", "expect(\"c\", {\"u.ok\", at_least = 1, zzzzzzzzz = 1})", "ExpectOptions" },
};

static const struct scn_word *word_of(const char *name)
{
    uint32_t n;
    const struct scn_word *words = scn_words(&n);
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(words[i].name, name) == 0)
            return &words[i];
    fail_msg("no word %s", name);
    return NULL;
}

// Keys to come are listed among the known ones, and are refused when they are used.
static bool is_to_come(const char *key)
{
    static const char *const keys[] = { "consumes",
                                        "protocol",
                                        "cold",
                                        "autoscale",
                                        "result",
                                        "count",
                                        "memory",
                                        "loss",
                                        "trace",
                                        "req",
                                        "commit",
                                        "budget",
                                        "where",
                                        "set",
                                        "hidden",
                                        "graceful_timeout",
                                        "keepalive",
                                        "worker_connections",
                                        "max_requests_jitter",
                                        "preload_app",
                                        "prefetch_multiplier",
                                        "acks_late",
                                        "timeout_graceful_shutdown",
                                        "timeout_keep_alive",
                                        "limit_max_requests",
                                        "task_soft_time_limit",
                                        NULL };
    for (int i = 0; keys[i]; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

static bool is_told(size_t i, const char *key)
{
    const struct scn_word *word = word_of(asked[i].word);
    bool to_come = is_to_come(key) &&
                   !(strcmp(asked[i].word, "client") == 0 && strcmp(key, "req") == 0);
    if (to_come)
        return true;
    if (!names(word->usage, key) && !names(word->help, key)) {
        print_error("%s: help does not tell of %s\n", asked[i].word, key);
        return false;
    }
    char type[80], field[80];
    snprintf(type, sizeof type, "---@class scenario.%s",
             asked[i].type ? asked[i].type : "");
    snprintf(field, sizeof field, "---@field %s?", key);
    const char *from = asked[i].type ? strstr(stubs, type) : NULL;
    const char *end = from ? strstr(from, "\n\n") : NULL;
    const char *at = from ? strstr(from, field) : NULL;
    if (asked[i].type && !(at && end && at < end)) {
        print_error("%s: the stub of %s has no field %s\n", asked[i].word, type, key);
        return false;
    }
    return true;
}

static void every_key_is_told_of_in_help_and_stub(void **state)
{
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct scn_error e;
        assert_false(script_builds(asked[i].call, &e));
        char *known = strstr(e.advice, "known:");
        if (!strstr(e.text, "zzzzzzzzz") || !known)
            fail_msg("%s: %s\n%s", asked[i].call, e.text, e.advice);
        uint32_t keys = 0;
        for (char *key = strtok(known + 6, " \n"); key; key = strtok(NULL, " \n"), keys++)
            wrong += !is_told(i, key);
        assert_true(keys > 0);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_has_a_stub),
        cmocka_unit_test(every_key_is_told_of_in_help_and_stub),
    };
    return cmocka_run_group_tests(tests, read_stubs, NULL);
}
