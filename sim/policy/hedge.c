#include "sim/policy/hedge.h"

struct sim_hedge sim_hedge_of(enum sim_hedge_scheme scheme)
{
    // gRPC has no defaults of its own: what is asked for here is the least that hedges.
    if (scheme == SIM_HEDGE_POLLY)
        return (struct sim_hedge){ .max_attempts = 2, .after = 2 * (sim_time)SIM_S };
    return (struct sim_hedge){ .max_attempts = 2, .after = 100 * (sim_time)SIM_MS };
}

const char *sim_hedge_name(enum sim_hedge_scheme scheme)
{
    static const char *const names[SIM_HEDGE_SCHEMES] = {
        [SIM_HEDGE_PLAIN] = "",
        [SIM_HEDGE_GRPC] = "grpc",
        [SIM_HEDGE_POLLY] = "polly",
    };
    return names[scheme];
}

static bool is_at_once(const struct sim_hedge *h)
{
    return h->is_tied || (!h->on_failure && h->after == 0);
}

uint32_t sim_hedge_begin(const struct sim_hedge *h, struct sim_hedge_state *s)
{
    *s = (struct sim_hedge_state){ 0 };
    return is_at_once(h) ? h->max_attempts : 1;
}

uint32_t sim_hedge_due(const struct sim_hedge *h, const struct sim_hedge_state *s)
{
    return !s->is_over && s->sent < h->max_attempts;
}

uint32_t sim_hedge_failed(const struct sim_hedge *h, struct sim_hedge_state *s,
                          bool is_fatal)
{
    s->under_way--;
    s->is_over = s->is_over || is_fatal;
    return sim_hedge_due(h, s);
}

sim_time sim_hedge_sent(const struct sim_hedge *h, struct sim_hedge_state *s, uint32_t n,
                        sim_time now)
{
    s->sent += n;
    s->under_way += n;
    if (s->is_over || s->sent >= h->max_attempts || h->on_failure || is_at_once(h))
        return SIM_NEVER;
    return now > SIM_NEVER - h->after ? SIM_NEVER : now + h->after;
}

bool sim_hedge_is_lost(struct sim_hedge_state *s)
{
    s->is_over = s->is_over || s->under_way == 0;
    return s->is_over;
}

uint32_t sim_hedge_won(struct sim_hedge_state *s)
{
    s->is_over = true;
    return s->under_way - 1;
}

uint32_t sim_hedge_started(const struct sim_hedge *h, struct sim_hedge_state *s)
{
    if (!h->is_tied || s->is_over || s->under_way < 2)
        return 0;
    uint32_t others = s->under_way - 1;
    s->under_way = 1;
    return others;
}
