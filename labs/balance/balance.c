#include "labs/balance/balance.h"

#include <math.h>

#define PENALTY 1e15 // of a host that has work and never answered: behind any that did

// Costs that are nearer than this are equal: they come from the same figures by other roundings.
#define ALIKE 1e-9

struct lab_balance_def lab_balance_default(enum lab_balance_kind kind)
{
    return (struct lab_balance_def){ .kind = kind,
                                     .choices = kind == LAB_BALANCE_LEAST_REQUESTS ? 0 : 2,
                                     .bias = 1,
                                     .tau_ns = 10000000000,
                                     .slow_start_min = 0.1,
                                     .panic_milli = 500 };
}

void lab_balance_init(struct lab_balance *b, const struct lab_balance_def *def,
                      struct lab_balance_host *hosts, uint32_t count)
{
    *b = (struct lab_balance){ .def = *def, .hosts = hosts, .count = count };
}

// ---- Who may be picked, and what is known of it ----

// DOC(balance-panic) When most are down, it is more likely that the check is wrong than that they
// all are; and the few that are up would go down under the load of all.
static bool is_panic(const struct lab_balance *b)
{
    uint64_t up = 0;
    for (uint32_t i = 0; i < b->count; i++)
        up += b->hosts[i].is_up;
    return up * 1000 < (uint64_t)b->def.panic_milli * b->count;
}

static double weight(const struct lab_balance *b, const struct lab_balance_host *h,
                     int64_t now)
{
    double up_for = (double)(now - h->up_ns) / (double)b->def.slow_start_ns;
    if (b->def.slow_start_ns == 0 || up_for >= 1)
        return h->weight;
    return h->weight * fmax(up_for, b->def.slow_start_min);
}

// DOC(balance-stale) Between two looks everybody sends to the one that was idle at the last look.
static void look(struct lab_balance *b, int64_t now)
{
    if (b->has_looked && now - b->looked_ns < b->def.refresh_ns)
        return;
    for (uint32_t i = 0; i < b->count; i++)
        b->hosts[i].seen = b->hosts[i].under_way;
    b->looked_ns = now;
    b->has_looked = true;
}

// DOC(balance-forgets) Looking at a host is an answer that took no time: what is not asked any more
// is forgiven, or who was slow once would never be asked again.
static void observe(const struct lab_balance *b, struct lab_balance_host *h, double took,
                    int64_t now)
{
    double left = exp(-(double)(now - h->sampled_ns) / (double)b->def.tau_ns);
    if (took > h->latency_ns)
        h->latency_ns = took;
    else
        h->latency_ns = h->latency_ns * left + took * (1 - left);
    h->sampled_ns = now;
}

// DOC(balance-peak) A host that never answered costs nothing while it is idle, so that it is tried,
// and more than all others once it has work: one request finds out, and not a hundred.
static double cost(const struct lab_balance *b, struct lab_balance_host *h, int64_t now)
{
    if (b->def.kind != LAB_BALANCE_PEAK_EWMA)
        return pow(h->seen + 1.0, b->def.bias) / weight(b, h, now);
    observe(b, h, 0, now);
    if (h->latency_ns == 0 && h->seen > 0)
        return PENALTY + h->seen;
    return h->latency_ns * (h->seen + 1.0);
}

// ---- Picking; `all` is panic ----

struct field {
    struct lab_balance *b;
    int64_t now;
    bool all;
};

static bool counts(const struct field *f, uint32_t i)
{
    return f->all || f->b->hosts[i].is_up;
}

static uint32_t round_robin(const struct field *f)
{
    uint32_t i = f->b->next % f->b->count;
    while (!counts(f, i))
        i = (i + 1) % f->b->count;
    f->b->next = i + 1;
    return i;
}

static double total_weight(const struct field *f)
{
    double total = 0;
    for (uint32_t i = 0; i < f->b->count; i++)
        total += counts(f, i) ? weight(f->b, &f->b->hosts[i], f->now) : 0;
    return total;
}

// Each earns its weight, the richest is picked and pays for all.
static uint32_t weighted_round_robin(const struct field *f)
{
    struct lab_balance_host *hosts = f->b->hosts;
    uint32_t best = LAB_BALANCE_NOBODY;
    for (uint32_t i = 0; i < f->b->count; i++) {
        if (!counts(f, i))
            continue;
        hosts[i].credit += weight(f->b, &hosts[i], f->now);
        if (best == LAB_BALANCE_NOBODY || hosts[i].credit > hosts[best].credit)
            best = i;
    }
    hosts[best].credit -= total_weight(f);
    return best;
}

static uint32_t random_by_weight(const struct field *f,
                                 const struct lab_balance_chance *chance)
{
    double at = chance->draw(chance->ctx) * total_weight(f);
    uint32_t last = 0;
    for (uint32_t i = 0; i < f->b->count; i++) {
        if (!counts(f, i))
            continue;
        last = i;
        at -= weight(f->b, &f->b->hosts[i], f->now);
        if (at < 0)
            break;
    }
    return last; // rounding may leave a little over: that is the last one's
}

// The n-th of those that count, where n is drawn.
static uint32_t draw_one(const struct field *f, const struct lab_balance_chance *chance)
{
    uint32_t count = 0, i = 0;
    for (uint32_t k = 0; k < f->b->count; k++)
        count += counts(f, k);
    uint32_t n = (uint32_t)(chance->draw(chance->ctx) * count);
    for (;; i++)
        if (counts(f, i) && n-- == 0)
            return i;
}

static uint32_t cheaper(const struct field *f, uint32_t best, uint32_t i)
{
    if (best == LAB_BALANCE_NOBODY)
        return i;
    double least = cost(f->b, &f->b->hosts[best], f->now);
    return cost(f->b, &f->b->hosts[i], f->now) < least * (1 - ALIKE) ? i : best;
}

// DOC(balance-ties) It goes round: were it always the first of equals, an idle service would be its
// first host.
static uint32_t cheapest_of_all(const struct field *f)
{
    uint32_t best = LAB_BALANCE_NOBODY, count = f->b->count;
    for (uint32_t k = 0; k < count; k++) {
        uint32_t i = (f->b->next + k) % count;
        best = counts(f, i) ? cheaper(f, best, i) : best;
    }
    f->b->next = best + 1;
    return best;
}

// DOC(balance-two) The best of all is the same one for everybody who looks; of two that are drawn
// the better one is nearly as good, and everybody draws another two.
static uint32_t cheapest_of_some(const struct field *f,
                                 const struct lab_balance_chance *chance)
{
    uint32_t best = LAB_BALANCE_NOBODY;
    for (uint32_t n = 0; n < f->b->def.choices; n++)
        best = cheaper(f, best, draw_one(f, chance));
    return best;
}

static bool is_anybody_there(const struct field *f)
{
    for (uint32_t i = 0; i < f->b->count; i++)
        if (counts(f, i))
            return true;
    return false;
}

uint32_t lab_balance_pick(struct lab_balance *b, int64_t now_ns,
                          const struct lab_balance_chance *chance)
{
    struct field f = { b, now_ns, is_panic(b) };
    if (!is_anybody_there(&f))
        return LAB_BALANCE_NOBODY;
    look(b, now_ns);
    switch (b->def.kind) {
    case LAB_BALANCE_ROUND_ROBIN:
        return round_robin(&f);
    case LAB_BALANCE_WEIGHTED_ROUND_ROBIN:
        return weighted_round_robin(&f);
    case LAB_BALANCE_RANDOM:
        return random_by_weight(&f, chance);
    default:
        return b->def.choices > 0 ? cheapest_of_some(&f, chance) : cheapest_of_all(&f);
    }
}

void lab_balance_began(struct lab_balance *b, uint32_t host)
{
    b->hosts[host].under_way++;
}

// A peak is believed at once, that it is over only with time: exp(-dt / tau) of it is left.
void lab_balance_ended(struct lab_balance *b, uint32_t host, int64_t took_ns,
                       int64_t now_ns)
{
    struct lab_balance_host *h = &b->hosts[host];
    h->under_way--;
    if (took_ns >= 0)
        observe(b, h, (double)took_ns, now_ns);
}
