#include "sim/policy/budget.h"

#define PER_MILLION INT64_C(1000000)

struct sim_budget sim_budget_of(enum sim_budget_kind kind)
{
    struct sim_budget b = { .kind = kind, .cost = SIM_TOKEN, .timeout_cost = SIM_TOKEN };
    b.size = 10 * SIM_TOKEN;
    switch (kind) {
    case SIM_BUDGET_GRPC: // the example of A6
        b.per_success = SIM_TOKEN / 10;
        break;
    case SIM_BUDGET_BROOKER:
        b.size = 5 * SIM_TOKEN;
        b.per_call = SIM_TOKEN / 10;
        break;
    case SIM_BUDGET_AWS:
        b.size = 500 * (int64_t)SIM_TOKEN;
        b.cost = 5 * SIM_TOKEN;
        b.timeout_cost = 10 * SIM_TOKEN;
        break;
    case SIM_BUDGET_FINAGLE:
        b.ttl = 10 * (sim_time)SIM_S;
        b.least = 10;
        b.per_call = SIM_TOKEN / 5;
        break;
    case SIM_BUDGET_ENVOY:
        b.least = 3;
        b.share = PER_MILLION / 5;
        break;
    case SIM_BUDGET_FAILURE_RATE:
        b.share = PER_MILLION / 10;
        break;
    default: // plain: a tenth of the calls, and ten at once
        b.per_call = SIM_TOKEN / 10;
        break;
    }
    return b;
}

void sim_budget_begin(const struct sim_budget *b, struct sim_budget_state *s)
{
    *s = (struct sim_budget_state){ 0 };
    if (b->kind <= SIM_BUDGET_AWS)
        s->tokens = b->size;
}

static void add(const struct sim_budget *b, struct sim_budget_state *s, int64_t amount)
{
    s->tokens += amount;
    if (s->tokens > b->size)
        s->tokens = b->size;
    if (s->tokens < 0)
        s->tokens = 0;
}

// ---- The window ----

static void forget_old(const struct sim_budget *b, struct sim_budget_state *s,
                       struct sim_budget_log *log, sim_time now)
{
    while (s->first != 0 && now - log->nodes[s->first].at >= b->ttl) {
        uint32_t i = s->first;
        s->tokens -= log->nodes[i].amount;
        s->first = log->nodes[i].next;
        log->nodes[i].next = log->free;
        log->free = i;
    }
    if (s->first == 0)
        s->end = 0;
}

static uint32_t new_node(struct sim_budget_log *log)
{
    uint32_t i = log->free;
    if (i == 0)
        return log->used < log->cap ? ++log->used : 0;
    log->free = log->nodes[i].next;
    return i;
}

// What happens at one instant shares a node.
static bool write_down(struct sim_budget_state *s, struct sim_budget_log *log, sim_time now,
                       int64_t amount)
{
    if (s->end == 0 || log->nodes[s->end].at != now) {
        uint32_t i = new_node(log);
        if (i == 0)
            return false;
        log->nodes[i] = (struct sim_budget_node){ .at = now };
        if (s->end == 0)
            s->first = i;
        else
            log->nodes[s->end].next = i;
        s->end = i;
    }
    log->nodes[s->end].amount += amount;
    s->tokens += amount;
    return true;
}

// So many retries a second for as long as deposits last, in millionths.
static int64_t reserve(const struct sim_budget *b)
{
    return b->least * (b->ttl / 1000);
}

static bool window_allows(const struct sim_budget *b, struct sim_budget_state *s,
                          struct sim_budget_log *log, sim_time now)
{
    forget_old(b, s, log, now);
    return s->tokens + reserve(b) >= b->cost && write_down(s, log, now, -b->cost);
}

// ---- All of them ----

bool sim_budget_call(const struct sim_budget *b, struct sim_budget_state *s,
                     struct sim_budget_log *log, sim_time now)
{
    s->calls++;
    if (b->kind == SIM_BUDGET_FINAGLE) {
        forget_old(b, s, log, now);
        return write_down(s, log, now, b->per_call);
    }
    if (b->per_call > 0)
        add(b, s, b->per_call);
    return true;
}

static bool is_failure(enum sim_outcome outcome)
{
    return outcome != SIM_OK && outcome != SIM_CANCELLED;
}

void sim_budget_ended(const struct sim_budget *b, struct sim_budget_state *s,
                      enum sim_outcome outcome, int64_t *taken)
{
    s->failures += is_failure(outcome);
    s->retries -= *taken > 0;
    if (b->kind == SIM_BUDGET_GRPC && is_failure(outcome))
        add(b, s, -(int64_t)SIM_TOKEN);
    if (b->kind == SIM_BUDGET_AWS && outcome == SIM_OK)
        add(b, s, *taken > 0 ? *taken : SIM_TOKEN);
    else if (outcome == SIM_OK && b->per_success > 0)
        add(b, s, b->per_success);
    *taken = 0;
}

static bool takes(struct sim_budget_state *s, int64_t cost)
{
    if (s->tokens < cost)
        return false;
    s->tokens -= cost;
    return true;
}

static bool is_below_share(const struct sim_budget *b, const struct sim_budget_state *s)
{
    int64_t share = b->share * s->calls / PER_MILLION;
    return s->retries < (share > b->least ? share : b->least);
}

bool sim_budget_allows(const struct sim_budget *b, struct sim_budget_state *s,
                       struct sim_budget_log *log, sim_time now, enum sim_outcome outcome,
                       int64_t *taken)
{
    bool allows = false;
    int64_t cost = b->cost;
    switch (b->kind) {
    case SIM_BUDGET_GRPC:
        allows = 2 * s->tokens > b->size;
        break;
    case SIM_BUDGET_BROOKER:
        allows = s->tokens > cost && takes(s, cost);
        break;
    case SIM_BUDGET_AWS:
        cost = outcome == SIM_TIMEOUT ? b->timeout_cost : b->cost;
        allows = takes(s, cost);
        break;
    case SIM_BUDGET_FINAGLE:
        allows = window_allows(b, s, log, now);
        break;
    case SIM_BUDGET_ENVOY:
        allows = is_below_share(b, s);
        break;
    case SIM_BUDGET_FAILURE_RATE:
        allows = (int64_t)s->failures * PER_MILLION <= b->share * (int64_t)s->calls;
        break;
    default:
        allows = takes(s, cost);
        break;
    }
    if (!allows)
        return false;
    *taken = cost > 0 ? cost : 1;
    s->retries++;
    return true;
}

void sim_budget_closed(const struct sim_budget *b, struct sim_budget_state *s,
                       int64_t taken)
{
    s->retries -= taken > 0;
    if (b->kind != SIM_BUDGET_FAILURE_RATE)
        s->calls--;
}

const char *sim_budget_name(enum sim_budget_kind kind)
{
    static const char *const names[SIM_BUDGETS] = {
        [SIM_BUDGET_TOKENS] = "tokens",
        [SIM_BUDGET_GRPC] = "grpc",
        [SIM_BUDGET_BROOKER] = "brooker",
        [SIM_BUDGET_AWS] = "aws",
        [SIM_BUDGET_FINAGLE] = "finagle",
        [SIM_BUDGET_ENVOY] = "envoy",
        [SIM_BUDGET_FAILURE_RATE] = "failure_rate",
    };
    return names[kind];
}
