#include "labs/kit/verify.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "labs/kit/verify_private.h"

static const struct {
    const char *name;
    void (*verify)(const struct lab_verify_def *def,
                   struct lab_report *out); // null: absent
} mechanisms[] = {
    { "gil", lab_verify_gil },
    { "thread_pool", lab_verify_thread_pool },
    { "process_pool", lab_verify_process_pool },
    { "event_loop", lab_verify_event_loop },
    { "lock", lab_verify_lock },
    { "rate_limit", lab_verify_rate_limit },
    { "redis_limit", lab_verify_redis_limit },
    { "retry", lab_verify_retry },
    { "budget", lab_verify_budget },
    { "breaker", lab_verify_breaker },
    { "bulkhead", lab_verify_bulkhead },
    { "balance", lab_verify_balance },
    { "shed", lab_verify_shed },
    { "throttle", lab_verify_throttle },
    { "utilisation", lab_verify_utilisation },
    { "concurrency_limit", lab_verify_concurrency_limit },
    { "idempotency", lab_verify_idempotency },
    { "outbox", lab_verify_outbox },
    { "cache", lab_verify_cache },
    { "hedge", lab_verify_hedge },
    { "cpython", lab_verify_cpython },
    { "servers", lab_verify_servers },
};

#define MECHANISMS (sizeof mechanisms / sizeof *mechanisms)

const char *lab_verify_name(uint32_t i)
{
    return i < MECHANISMS ? mechanisms[i].name : NULL;
}

const char *lab_verdict_name(enum lab_verdict verdict)
{
    static const char *const words[] = { "agree", "differ", "undecided", "absent" };
    return words[verdict];
}

const char *lab_check_kind_name(enum lab_check_kind kind)
{
    return kind == LAB_DECISION ? "decision" : "statistic";
}

void lab_report_add(struct lab_report *out, const struct lab_check *check)
{
    assert(out->count < LAB_CHECKS);
    out->checks[out->count++] = *check;
    out->verdicts[check->verdict]++;
}

void lab_verify_default(struct lab_verify_def *def)
{
    *def = (struct lab_verify_def){ .has_statistics = true,
                                    .budget_s = 10,
                                    .random_scripts = 100,
                                    .interval_factor = 1,
                                    .fairness_factor = 1,
                                    .poll_factor = 1,
                                    .wake_factor = 1 };
}

static void add_absent(struct lab_report *out, const char *name)
{
    struct lab_check check = { .kind = LAB_DECISION, .verdict = LAB_ABSENT };
    snprintf(check.name, sizeof check.name, "%s", name);
    snprintf(check.detail, sizeof check.detail, "has no real implementation yet");
    lab_report_add(out, &check);
}

static void verify_one(const struct lab_verify_def *def, uint32_t i, struct lab_report *out)
{
    if (def->on_progress)
        def->on_progress(def->ctx, mechanisms[i].name);
    if (mechanisms[i].verify)
        mechanisms[i].verify(def, out);
    else
        add_absent(out, mechanisms[i].name);
}

static bool is_named(const struct lab_verify_def *def, const char *name)
{
    for (uint32_t i = 0; i < def->count; i++)
        if (strcmp(def->names[i], name) == 0)
            return true;
    return false;
}

void lab_verify(const struct lab_verify_def *def, struct lab_report *out)
{
    *out = (struct lab_report){ .count = 0 };
    for (uint32_t i = 0; i < MECHANISMS; i++)
        if (def->count == 0 ? mechanisms[i].verify != NULL
                            : is_named(def, mechanisms[i].name))
            verify_one(def, i, out);
}
