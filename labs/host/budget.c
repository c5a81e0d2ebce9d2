#include <string.h>

#include "labs/host/convoy_impl.h"
#include "labs/host/pattern.h"

// The room holds what the retries that are out have paid; behind them all, how many calls are.
#define CALLS room[LAB_WIRE_ROOM - 1]

static bool open_budget(struct lab_asked *a, const int64_t *bytes)
{
    const struct convoy_budget *impl = a->impl;
    struct convoy_budget_def def;
    memcpy(&def, bytes, sizeof def);
    a->own = impl->open(&def);
    return a->own != NULL;
}

static int64_t retry_asks(struct lab_asked *a, int was_timeout, int64_t now_ns)
{
    const struct convoy_budget *impl = a->impl;
    uint32_t paid = 0;
    if (!impl->allows(a->own, was_timeout, now_ns, &paid))
        return 0;
    a->room[a->used++] = paid;
    return 1;
}

static int64_t retry_ends(struct lab_asked *a, enum convoy_budget_outcome outcome)
{
    const struct convoy_budget *impl = a->impl;
    if (a->used == 0)
        return 0;
    a->used--;
    impl->retry_ended(a->own);
    impl->answered(a->own, outcome, (uint32_t)a->room[a->used]);
    return 1;
}

static int64_t call_ends(struct lab_asked *a)
{
    const struct convoy_budget *impl = a->impl;
    if (a->CALLS == 0)
        return 0;
    a->CALLS--;
    if (a->used > 0) {
        impl->retry_ended(a->own);
        a->used--;
    }
    impl->request_ended(a->own);
    return 1;
}

static int64_t step(struct lab_asked *a, const int64_t *step)
{
    const struct convoy_budget *impl = a->impl;
    switch ((enum lab_wire_budget_word)step[0]) {
    case LAB_WIRE_BUDGET_ASKS:
        return retry_asks(a, step[2] != 0, step[1]);
    case LAB_WIRE_BUDGET_CALLS:
        a->CALLS++;
        impl->began(a->own, step[1]);
        return 1;
    case LAB_WIRE_BUDGET_SUCCEEDS:
        impl->answered(a->own, CONVOY_BUDGET_SUCCESS, 0);
        return 0;
    case LAB_WIRE_BUDGET_FAILS:
        impl->answered(a->own, CONVOY_BUDGET_FAILURE, 0);
        return 0;
    case LAB_WIRE_BUDGET_IS_CANCELLED:
        impl->answered(a->own, CONVOY_BUDGET_OTHER, 0);
        return 0;
    case LAB_WIRE_BUDGET_RETRIED_WELL:
        return retry_ends(a, CONVOY_BUDGET_SUCCESS);
    case LAB_WIRE_BUDGET_RETRIED_BADLY:
        return retry_ends(a, CONVOY_BUDGET_FAILURE);
    case LAB_WIRE_BUDGET_ENDS:
        return call_ends(a);
    }
    return 0;
}

static void close_budget(struct lab_asked *a)
{
    const struct convoy_budget *impl = a->impl;
    impl->close(a->own);
}

const struct lab_host_pattern lab_host_budget = { .name = "budget",
                                                  .object = "convoy_budget",
                                                  .def_size =
                                                      sizeof(struct convoy_budget_def),
                                                  .open = open_budget,
                                                  .step = step,
                                                  .close = close_budget };
