// The shipped budgets behind the interface for implementations from outside: they have to agree. With
// WRONG they take a wrong turn, and must not.

#include <stdlib.h>

#include "labs/budget/budget.h"
#include "labs/host/convoy_impl.h"

// One retry more in reserve; gives nothing back for a success; forgets that a retry has ended.
#define IS_RICH (WRONG == 1)
#define IS_MEAN (WRONG == 2)
#define FORGETS (WRONG == 3)

static void *open_budget(const struct convoy_budget_def *def)
{
    static const enum lab_budget_kind of[] = { LAB_BUDGET_BUCKET,      LAB_BUDGET_BUCKET,
                                               LAB_BUDGET_GRPC,        LAB_BUDGET_FINAGLE,
                                               LAB_BUDGET_ENVOY,       LAB_BUDGET_AWS,
                                               LAB_BUDGET_FAILURE_RATE };
    struct lab_budget_def d = { .kind = of[def->kind],
                                .most_milli = def->most_milli,
                                .deposit_milli = def->deposit_milli,
                                .price_milli = def->price_milli,
                                .late_price_milli = def->late_price_milli,
                                .deposits_at_try = def->deposits_at_try,
                                .is_strict = def->kind == CONVOY_BUDGET_BROOKER,
                                .share_milli = def->share_milli,
                                .reserve = def->reserve + IS_RICH,
                                .ttl_ns = def->ttl_ns };
    struct lab_budget *b = calloc(1, sizeof *b);
    lab_budget_init(b, &d);
    return b;
}

static void began(void *budget, int64_t now_ns)
{
    lab_budget_began(budget, now_ns);
}

static void answered(void *budget, enum convoy_budget_outcome outcome, uint32_t paid_milli)
{
    if (outcome == CONVOY_BUDGET_SUCCESS && !IS_MEAN)
        lab_budget_succeeded(budget, paid_milli);
    else if (outcome != CONVOY_BUDGET_SUCCESS)
        lab_budget_answered(budget, outcome == CONVOY_BUDGET_FAILURE ? LAB_BUDGET_FAILURE
                                                                     : LAB_BUDGET_OTHER);
}

static int allows(void *budget, int was_timeout, int64_t now_ns, uint32_t *paid_milli)
{
    return lab_budget_allows_after(budget, was_timeout, now_ns, paid_milli);
}

static void retry_ended(void *budget)
{
    if (!FORGETS)
        lab_budget_retry_ended(budget);
}

static void request_ended(void *budget)
{
    lab_budget_request_ended(budget);
}

static void close_budget(void *budget)
{
    lab_budget_fini(budget);
    free(budget);
}

const struct convoy_budget convoy_budget = {
    CONVOY_IMPL_VERSION, open_budget,   began,       answered, allows,
    retry_ended,         request_ended, close_budget
};
