#include "labs/host/answer.h"

#include <stddef.h>

#include "labs/host/convoy_impl.h"
#include "labs/host/wire.h"

int lab_answer_limit(const void *object, const int64_t *in, uint32_t count, int64_t *out)
{
    const struct convoy_rate_limit *impl = object;
    struct convoy_limit_def def = { .algorithm = (enum convoy_limit_algorithm)in[0],
                                    .limit = (uint32_t)in[1],
                                    .window_ns = in[2],
                                    .burst = (uint32_t)in[3] };
    void *limiter = impl->open(&def);
    int n = 0;
    if (!limiter)
        return -1;
    for (uint32_t i = LAB_WIRE_LIMIT_DEF; i + 1 < count; i += 2) {
        struct convoy_limit_answer a = impl->take(limiter, (uint32_t)in[i + 1], in[i]);
        out[n++] = a.is_allowed != 0;
        out[n++] = a.wait_ns;
    }
    impl->close(limiter);
    return n;
}

// ---- breaker ----

static int64_t breaker_step(const struct convoy_breaker *impl, void *b, const int64_t *step)
{
    int64_t at = step[1], amount = step[2];
    switch ((enum lab_wire_breaker_word)step[0]) {
    case LAB_WIRE_ASKS:
        return impl->allows(b, at) != 0;
    case LAB_WIRE_SUCCEEDS:
        impl->record(b, CONVOY_SUCCEEDED, amount, at);
        break;
    case LAB_WIRE_FAILS:
        impl->record(b, CONVOY_FAILED, amount, at);
        break;
    case LAB_WIRE_IS_IGNORED:
        impl->record(b, CONVOY_IGNORED, amount, at);
        break;
    case LAB_WIRE_IS_FORCED:
        impl->force(b, (enum convoy_breaker_state)amount, at);
        break;
    }
    return 1 + (int64_t)impl->state(b, at);
}

int lab_answer_breaker(const void *object, const int64_t *in, uint32_t count, int64_t *out)
{
    const struct convoy_breaker *impl = object;
    struct convoy_breaker_def def = { .kind = (enum convoy_breaker_kind)in[0],
                                      .window = (uint32_t)in[1],
                                      .slice_ns = in[2],
                                      .snapshot_ns = in[3],
                                      .min_calls = (uint32_t)in[4],
                                      .failure_milli = (uint32_t)in[5],
                                      .slow_milli = (uint32_t)in[6],
                                      .slow_ns = in[7],
                                      .open_ns = in[8],
                                      .half_open_ns = in[9],
                                      .probes = (uint32_t)in[10],
                                      .successes = (uint32_t)in[11],
                                      .is_automatic = in[12] != 0 };
    void *b = impl->open(&def);
    int n = 0;
    if (!b)
        return -1;
    for (uint32_t i = LAB_WIRE_BREAKER_DEF; i + LAB_WIRE_STEP <= count; i += LAB_WIRE_STEP)
        out[n++] = breaker_step(impl, b, in + i);
    impl->close(b);
    return n;
}

// ---- budget ----

// What is under way: calls, and the retries that went out, by what each has paid.
struct traffic {
    const struct convoy_budget *impl;
    void *budget;
    int64_t calls;
    uint32_t out, paid[LAB_WIRE_ROOM];
};

static int64_t retry_asks(struct traffic *t, int was_timeout, int64_t now_ns)
{
    uint32_t paid = 0;
    if (!t->impl->allows(t->budget, was_timeout, now_ns, &paid))
        return 0;
    t->paid[t->out++] = paid;
    return 1;
}

static int64_t retry_ends(struct traffic *t, enum convoy_budget_outcome outcome)
{
    if (t->out == 0)
        return 0;
    t->out--;
    t->impl->retry_ended(t->budget);
    t->impl->answered(t->budget, outcome, t->paid[t->out]);
    return 1;
}

static int64_t call_ends(struct traffic *t)
{
    if (t->calls == 0)
        return 0;
    t->calls--;
    if (t->out > 0) {
        t->impl->retry_ended(t->budget);
        t->out--;
    }
    t->impl->request_ended(t->budget);
    return 1;
}

static int64_t budget_step(struct traffic *t, const int64_t *step)
{
    switch ((enum lab_wire_budget_word)step[0]) {
    case LAB_WIRE_BUDGET_ASKS:
        return retry_asks(t, step[2] != 0, step[1]);
    case LAB_WIRE_BUDGET_CALLS:
        t->calls++;
        t->impl->began(t->budget, step[1]);
        return 1;
    case LAB_WIRE_BUDGET_SUCCEEDS:
        t->impl->answered(t->budget, CONVOY_BUDGET_SUCCESS, 0);
        return 0;
    case LAB_WIRE_BUDGET_FAILS:
        t->impl->answered(t->budget, CONVOY_BUDGET_FAILURE, 0);
        return 0;
    case LAB_WIRE_BUDGET_IS_CANCELLED:
        t->impl->answered(t->budget, CONVOY_BUDGET_OTHER, 0);
        return 0;
    case LAB_WIRE_BUDGET_RETRIED_WELL:
        return retry_ends(t, CONVOY_BUDGET_SUCCESS);
    case LAB_WIRE_BUDGET_RETRIED_BADLY:
        return retry_ends(t, CONVOY_BUDGET_FAILURE);
    case LAB_WIRE_BUDGET_ENDS:
        return call_ends(t);
    }
    return 0;
}

int lab_answer_budget(const void *object, const int64_t *in, uint32_t count, int64_t *out)
{
    struct convoy_budget_def def = { .kind = (enum convoy_budget_kind)in[0],
                                     .most_milli = (uint32_t)in[1],
                                     .deposit_milli = (uint32_t)in[2],
                                     .price_milli = (uint32_t)in[3],
                                     .late_price_milli = (uint32_t)in[4],
                                     .deposits_at_try = in[5] != 0,
                                     .share_milli = (uint32_t)in[6],
                                     .reserve = (uint32_t)in[7],
                                     .ttl_ns = in[8] };
    struct traffic t = { .impl = object };
    t.budget = t.impl->open(&def);
    int n = 0;
    if (!t.budget)
        return -1;
    for (uint32_t i = LAB_WIRE_BUDGET_DEF; i + LAB_WIRE_STEP <= count; i += LAB_WIRE_STEP)
        out[n++] = budget_step(&t, in + i);
    t.impl->close(t.budget);
    return n;
}
