// The shipped balancers behind the interface for implementations from outside: they have to agree. With WRONG
// they take a wrong turn, and must not.

#include <stdlib.h>

#include "labs/balance/balance.h"
#include "labs/host/convoy_impl.h"

// All of a weight at once; looks a nanosecond late; never panics.
#define IS_HASTY (WRONG == 1)
#define IS_LATE  (WRONG == 2)
#define IS_CALM  (WRONG == 3)

struct balance {
    struct lab_balance balance;
    struct lab_balance_host hosts[CONVOY_BALANCE_HOSTS];
    struct lab_balance_chance chance;
};

static void *open_balance(const struct convoy_balance_def *def)
{
    static const enum lab_balance_kind of[] = {
        LAB_BALANCE_ROUND_ROBIN,    LAB_BALANCE_WEIGHTED_ROUND_ROBIN, LAB_BALANCE_RANDOM,
        LAB_BALANCE_LEAST_REQUESTS, LAB_BALANCE_BEST_OF_SOME,         LAB_BALANCE_PEAK_EWMA
    };
    struct lab_balance_def d = { .kind = of[def->kind],
                                 .choices = def->choices,
                                 .bias = def->bias,
                                 .tau_ns = def->tau_ns,
                                 .refresh_ns = def->refresh_ns + IS_LATE,
                                 .slow_start_ns = IS_HASTY ? 0 : def->slow_start_ns,
                                 .slow_start_min = def->slow_start_min,
                                 .panic_milli = IS_CALM ? 0 : def->panic_milli };
    struct balance *b = calloc(1, sizeof *b);
    for (uint32_t i = 0; i < def->hosts; i++)
        b->hosts[i] = (struct lab_balance_host){ .weight = def->weights[i],
                                                 .is_up = true,
                                                 .up_ns = def->opened_ns };
    b->chance = (struct lab_balance_chance){ def->chance.draw, def->chance.ctx };
    lab_balance_init(&b->balance, &d, b->hosts, def->hosts);
    return b;
}

static uint32_t pick(void *balance, int64_t now_ns)
{
    struct balance *b = balance;
    uint32_t host = lab_balance_pick(&b->balance, now_ns, &b->chance);
    if (host != LAB_BALANCE_NOBODY)
        lab_balance_began(&b->balance, host);
    return host == LAB_BALANCE_NOBODY ? CONVOY_BALANCE_NOBODY : host;
}

static void ended(void *balance, uint32_t host, int64_t took_ns, int64_t now_ns)
{
    struct balance *b = balance;
    lab_balance_ended(&b->balance, host, took_ns, now_ns);
}

static void turn(void *balance, uint32_t host, int is_up, int64_t now_ns)
{
    struct balance *b = balance;
    if (is_up && !b->hosts[host].is_up)
        b->hosts[host].up_ns = now_ns;
    b->hosts[host].is_up = is_up != 0;
}

static void close_balance(void *balance)
{
    free(balance);
}

const struct convoy_balance convoy_balance = {
    CONVOY_IMPL_VERSION, open_balance, pick, ended, turn, close_balance
};
