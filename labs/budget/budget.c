#include "labs/budget/budget.h"

#include <stdlib.h>

#define S     ((int64_t)1000000000)
#define MILLI 1000

static int64_t least(int64_t x, int64_t y)
{
    return x < y ? x : y;
}

static int64_t most(int64_t x, int64_t y)
{
    return x > y ? x : y;
}

struct lab_budget_def lab_budget_default(enum lab_budget_kind kind)
{
    switch (kind) {
    case LAB_BUDGET_BUCKET:
        return (struct lab_budget_def){ .kind = kind,
                                        .most_milli = 5 * MILLI,
                                        .deposit_milli = 100,
                                        .price_milli = MILLI };
    case LAB_BUDGET_GRPC:
        return (struct lab_budget_def){ .kind = kind,
                                        .most_milli = 10 * MILLI,
                                        .deposit_milli = 100,
                                        .price_milli = MILLI };
    case LAB_BUDGET_FINAGLE: // ten a second, over ten seconds
        return (struct lab_budget_def){
            .kind = kind, .share_milli = 200, .reserve = 100, .ttl_ns = 10 * S
        };
    case LAB_BUDGET_AWS:
        return (struct lab_budget_def){ .kind = kind,
                                        .most_milli = 500 * MILLI,
                                        .deposit_milli = MILLI,
                                        .price_milli = 5 * MILLI,
                                        .late_price_milli = 10 * MILLI };
    case LAB_BUDGET_FAILURE_RATE:
        return (struct lab_budget_def){ .kind = kind, .share_milli = 100 };
    case LAB_BUDGET_ENVOY:
        break;
    }
    return (struct lab_budget_def){ .kind = kind, .share_milli = 200, .reserve = 3 };
}

struct lab_budget_def lab_budget_brooker_program(void)
{
    struct lab_budget_def def = lab_budget_default(LAB_BUDGET_BUCKET);
    def.deposits_at_try = true;
    def.is_strict = true;
    return def;
}

void lab_budget_init(struct lab_budget *b, const struct lab_budget_def *def)
{
    *b = (struct lab_budget){ .def = *def, .level_milli = def->most_milli };
}

void lab_budget_fini(struct lab_budget *b)
{
    free(b->log);
}

// ---- Finagle: what came in and went out within the last ttl ----

static struct lab_budget_entry *entry(struct lab_budget *b, uint32_t i)
{
    return &b->log[(b->first + i) % b->room];
}

// DOC(budget-ages) What is as old as the ttl is forgotten, deposits and withdrawals alike: a
// client that was idle has its reserve, and nothing saved up.
static void forget_old(struct lab_budget *b, int64_t now_ns)
{
    while (b->count > 0 && now_ns - entry(b, 0)->at_ns >= b->def.ttl_ns) {
        b->level_milli -= entry(b, 0)->milli;
        b->first = (b->first + 1) % b->room;
        b->count--;
    }
}

static bool grow(struct lab_budget *b)
{
    uint32_t room = b->room ? 2 * b->room : 64;
    struct lab_budget_entry *log = malloc(room * sizeof *log);
    if (!log)
        return false;
    for (uint32_t i = 0; i < b->count; i++)
        log[i] = *entry(b, i);
    free(b->log);
    b->log = log;
    b->first = 0;
    b->room = room;
    return true;
}

// False when there is no memory: then nothing is remembered.
static bool remember(struct lab_budget *b, int64_t milli, int64_t now_ns)
{
    if (b->count > 0 && entry(b, b->count - 1)->at_ns == now_ns) {
        entry(b, b->count - 1)->milli += milli;
    } else {
        if (b->count == b->room && !grow(b))
            return false;
        *entry(b, b->count++) = (struct lab_budget_entry){ now_ns, milli };
    }
    b->level_milli += milli;
    return true;
}

static bool withdraw(struct lab_budget *b, int64_t now_ns)
{
    forget_old(b, now_ns);
    return b->level_milli + (int64_t)b->def.reserve * MILLI >= MILLI &&
           remember(b, -MILLI, now_ns);
}

// ---- The others ----

static void bring(struct lab_budget *b, uint32_t milli)
{
    b->level_milli = least(b->level_milli + milli, b->def.most_milli);
}

static void deposit(struct lab_budget *b)
{
    bring(b, b->def.deposit_milli);
}

static bool pay(struct lab_budget *b, uint32_t price_milli)
{
    if (b->level_milli < (int64_t)price_milli + b->def.is_strict)
        return false;
    b->level_milli -= price_milli;
    return true;
}

// DOC(budget-concurrency) A share of what is under way, and not of what went by: slow calls
// leave room for more retries, quick ones for fewer.
static bool fits(struct lab_budget *b)
{
    int64_t room = b->requests * b->def.share_milli / MILLI;
    if (b->retries >= most(room, b->def.reserve))
        return false;
    b->retries++;
    return true;
}

// ---- What a budget is told, and asked ----

void lab_budget_began(struct lab_budget *b, int64_t now_ns)
{
    b->requests++;
    if (b->def.kind == LAB_BUDGET_BUCKET && b->def.deposits_at_try) {
        deposit(b);
    } else if (b->def.kind == LAB_BUDGET_FINAGLE) {
        forget_old(b, now_ns);
        remember(b, b->def.share_milli, now_ns);
    }
}

// DOC(budget-grpc) A failure costs whether or not it is retried, and a retry by itself costs
// nothing: so the tokens measure the server's health and not the client's restraint.
void lab_budget_answered(struct lab_budget *b, enum lab_budget_outcome outcome)
{
    bool is_grpc = b->def.kind == LAB_BUDGET_GRPC;
    bool is_bucket = b->def.kind == LAB_BUDGET_BUCKET;
    if (outcome == LAB_BUDGET_SUCCESS &&
        (is_grpc || (is_bucket && !b->def.deposits_at_try)))
        deposit(b);
    else if (outcome == LAB_BUDGET_FAILURE && is_grpc)
        b->level_milli = most(b->level_milli - b->def.price_milli, 0);
    if (outcome == LAB_BUDGET_SUCCESS && b->def.kind == LAB_BUDGET_AWS)
        deposit(b);
    b->failures += outcome == LAB_BUDGET_FAILURE;
}

// DOC(budget-returns) What a retry took comes back when it was worth it: a client whose retries go
// well has its whole quota, and one whose retries fail soon has none.
void lab_budget_succeeded(struct lab_budget *b, uint32_t paid_milli)
{
    if (b->def.kind == LAB_BUDGET_AWS && paid_milli > 0)
        bring(b, paid_milli);
    else
        lab_budget_answered(b, LAB_BUDGET_SUCCESS);
}

// It never forgets: what failed long ago counts as what fails now.
static bool is_well(const struct lab_budget *b)
{
    return b->failures * MILLI <= b->def.share_milli * b->requests;
}

bool lab_budget_allows(struct lab_budget *b, int64_t now_ns)
{
    uint32_t paid_milli;
    return lab_budget_allows_after(b, false, now_ns, &paid_milli);
}

bool lab_budget_allows_after(struct lab_budget *b, bool was_timeout, int64_t now_ns,
                             uint32_t *paid_milli)
{
    *paid_milli = b->def.price_milli;
    switch (b->def.kind) {
    case LAB_BUDGET_BUCKET:
        return pay(b, *paid_milli);
    case LAB_BUDGET_AWS:
        *paid_milli = was_timeout ? b->def.late_price_milli : b->def.price_milli;
        return pay(b, *paid_milli);
    case LAB_BUDGET_FAILURE_RATE:
        return is_well(b);
    case LAB_BUDGET_GRPC: // more than half: at half it is refused
        return 2 * b->level_milli > b->def.most_milli;
    case LAB_BUDGET_FINAGLE:
        return withdraw(b, now_ns);
    case LAB_BUDGET_ENVOY:
        return fits(b);
    }
    return false;
}

void lab_budget_retry_ended(struct lab_budget *b)
{
    b->retries -= b->def.kind == LAB_BUDGET_ENVOY;
}

void lab_budget_request_ended(struct lab_budget *b)
{
    b->requests -= b->def.kind != LAB_BUDGET_FAILURE_RATE;
}
