#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "labs/kit/draws.h"
#include "labs/kit/policies/verify_steps.h"
#include "labs/kit/verify_private.h"
#include "sim/policy/balancer.h"

// Balancers, rings and outlier detection: hosts come and go, requests begin and end, and the next
// one has to go to the same host on both sides. Who is chosen has one more under way from then on.
// Where something is drawn both sides draw the same numbers.

enum kind {
    ROUND_ROBIN,
    WEIGHTED,
    RANDOM,
    LEAST,
    P2C,
    PEAK_EWMA,
    RING,
    OUTLIER
};
static const char *const kinds[] = { "round_robin",    "weighted", "random",
                                     "least_requests", "p2c",      "peak_ewma",
                                     "ring_hash",      "outlier",  NULL };

enum word {
    PICKS, // of outlier detection: who is out?
    ENDS_WELL,
    ENDS_BADLY,
    GOES,
    COMES
};
static const char *const words[] = { "picks", "ends well", "ends badly",
                                     "goes",  "comes",     NULL };

enum edge {
    SAME,
    REFRESHED, // loads are looked at again, or a nanosecond beside
    STARTED,   // somebody has all of its weight, or beside
    SWEPT,     // the next sweep of outlier detection, or beside
    RETURNED,  // and the end of somebody's ejection
    IDLE,
    ANY,
    END // of the clock, and the start
};

static bool has_balancer(uint32_t kind)
{
    return kind < RING;
}

// A step's own stream of draws: the first stands for its seed.
static struct sim_random stream_of(const struct lab_step *one)
{
    uint64_t seed = one->chance;
    struct sim_random r;
    for (int i = 0; i < 4; i++)
        r.s[i] = lab_draw(&seed);
    return r;
}

static double draw(void *ctx)
{
    return (double)(sim_random_next(ctx) >> 11) * 0x1p-53;
}

static uint32_t host_of(const struct lab_steps *s, const struct lab_step *one)
{
    return (uint32_t)one->amount % s->def.balance.hosts;
}

// A bit for each that is out.
static int64_t out_mask(uint32_t i, bool is_out)
{
    return is_out ? (int64_t)1 << i : 0;
}

// ---- The model ----

struct model {
    struct sim_balancer b;
    struct sim_balanced hosts[LAB_BALANCE_HOSTS];
    uint32_t in[LAB_BALANCE_HOSTS], loads[LAB_BALANCE_HOSTS];
    struct sim_hash_ring_point points[LAB_BALANCE_HOSTS * LAB_BALANCE_POINTS];
    struct sim_outliers o;
    struct sim_outlier_host outliers[LAB_BALANCE_HOSTS];
};

static struct sim_balance rule_of(const struct lab_steps *s)
{
    static const enum sim_balance_kind of[] = {
        SIM_BALANCE_ROUND_ROBIN, SIM_BALANCE_ROUND_ROBIN, SIM_BALANCE_RANDOM,
        SIM_BALANCE_LEAST,       SIM_BALANCE_POWER,       SIM_BALANCE_PEAK_EWMA,
        SIM_BALANCE_RING_HASH,   SIM_BALANCE_ROUND_ROBIN
    };
    const struct lab_balance_script *d = &s->def.balance;
    struct sim_balance b = sim_balance_default(of[s->kind]);
    b.choices = d->rule.choices;
    b.bias = d->rule.bias;
    b.tau = d->rule.tau_ns;
    b.refresh = d->rule.refresh_ns;
    b.slow_start = d->rule.slow_start_ns;
    b.slow_least = d->rule.slow_start_min;
    b.panic = d->rule.panic_milli;
    b.bound = d->bound;
    b.weights = s->kind == WEIGHTED;
    return b;
}

static void fill_ring(struct model *m, const struct lab_balance_script *d)
{
    double weights = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < d->hosts; i++)
        weights += d->weights[i];
    for (uint32_t i = 0; i < d->hosts; i++) {
        uint32_t own = sim_hash_ring_points_of(d->weights[i], weights, d->points);
        for (uint32_t k = 0; k < own; k++)
            m->points[n++] = (struct sim_hash_ring_point){ sim_hash_ring_place(i, k), i };
    }
    sim_hash_ring_init(&m->b.ring, m->points, n);
}

static void watch(struct model *m, const struct lab_balance_script *d, int64_t now)
{
    const struct lab_outlier_def *o = &d->outlier;
    struct sim_outlier rule = {
        .consecutive = o->consecutive_errors,
        .interval = d->interval_ns,
        .base = o->base_ejection_ns,
        .most = o->max_ejection_ns,
        .share = o->max_ejection_milli,
        .hosts = o->success_rate_hosts,
        .requests = o->success_rate_requests,
        .deviations = (uint32_t)(1000 * o->success_rate_sigmas + 0.5),
    };
    sim_outliers_init(&m->o, &rule, m->outliers, d->hosts, now);
}

// A script begins when all hosts come up.
static void *model_open(const struct lab_steps *s)
{
    const struct lab_balance_script *d = &s->def.balance;
    struct sim_balance rule = rule_of(s);
    struct model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    for (uint32_t i = 0; i < d->hosts; i++)
        m->hosts[i] = (struct sim_balanced){ .weight = d->weights[i],
                                             .has_come = true,
                                             .up = s->at[0].at_ns };
    sim_balancer_init(&m->b, &rule, m->hosts, m->in, d->hosts);
    if (s->kind == RING)
        fill_ring(m, d);
    if (s->kind == OUTLIER)
        watch(m, d, s->at[0].at_ns);
    return m;
}

static int64_t model_outlier(struct model *m, const struct lab_steps *s,
                             const struct lab_step *one)
{
    int64_t mask = 1;
    sim_outliers_catch_up(&m->o, one->at_ns);
    if (one->word == ENDS_WELL || one->word == ENDS_BADLY)
        return sim_outliers_record(&m->o, host_of(s, one), one->word == ENDS_WELL,
                                   one->at_ns);
    for (uint32_t i = 0; i < s->def.balance.hosts; i++)
        mask += out_mask(i, m->outliers[i].is_ejected);
    return mask;
}

static int64_t model_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct model *m = side;
    struct sim_random rng = stream_of(one);
    uint32_t host = host_of(s, one);
    if (s->kind == OUTLIER)
        return model_outlier(m, s, one);
    if (one->word == PICKS) {
        host = sim_balancer_choose(&m->b, m->loads, one->chance, one->at_ns, &rng);
        if (host == SIM_BALANCE_NOBODY)
            return 0;
        m->loads[host]++;
        return 1 + host;
    }
    if (one->word == GOES || one->word == COMES) {
        sim_balancer_set_out(&m->b, host, one->word == GOES, one->at_ns);
        return 1;
    }
    if (m->loads[host] == 0)
        return 0;
    m->loads[host]--;
    if (one->word == ENDS_WELL)
        sim_balancer_took(&m->b, host, s->def.balance.took_ns[one->chance % 4], one->at_ns);
    return 1;
}

// ---- The real side ----

struct real {
    struct lab_balance b;
    struct lab_balance_host hosts[LAB_BALANCE_HOSTS];
    uint32_t loads[LAB_BALANCE_HOSTS];
    struct lab_ring ring;
    struct lab_outlier o;
    struct lab_outlier_host outliers[LAB_BALANCE_HOSTS];
    int64_t sweep_ns;
};

static void *real_open(const struct lab_steps *s)
{
    const struct lab_balance_script *d = &s->def.balance;
    struct real *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    for (uint32_t i = 0; i < d->hosts; i++)
        r->hosts[i] = (struct lab_balance_host){ .weight = d->weights[i],
                                                 .is_up = true,
                                                 .up_ns = s->at[0].at_ns };
    lab_balance_init(&r->b, &d->rule, r->hosts, d->hosts);
    lab_outlier_init(&r->o, &d->outlier, r->outliers, d->hosts);
    r->sweep_ns = lab_moved(s->at[0].at_ns, d->interval_ns);
    if (s->kind == RING &&
        !lab_ring_init(&r->ring, d->weights, d->hosts, d->points, sim_hash_ring_place)) {
        free(r);
        return NULL;
    }
    return r;
}

// Who waits longer than a thousand sweeps needs the rest of them no more.
static void sweep(struct real *r, const struct lab_steps *s, int64_t now)
{
    int64_t interval = s->def.balance.interval_ns;
    for (uint32_t n = 0; r->sweep_ns <= now && r->sweep_ns < INT64_MAX; n++) {
        if (n == 1000)
            r->sweep_ns += (now - r->sweep_ns) / interval * interval;
        lab_outlier_sweep(&r->o, r->sweep_ns);
        r->sweep_ns = lab_moved(r->sweep_ns, interval);
    }
}

static int64_t real_outlier(struct real *r, const struct lab_steps *s,
                            const struct lab_step *one)
{
    int64_t mask = 1;
    sweep(r, s, one->at_ns);
    if (one->word == ENDS_WELL || one->word == ENDS_BADLY)
        return lab_outlier_record(
            &r->o, host_of(s, one),
            one->word == ENDS_WELL ? LAB_OUTLIER_SUCCESS : LAB_OUTLIER_ERROR, one->at_ns);
    for (uint32_t i = 0; i < s->def.balance.hosts; i++)
        mask += out_mask(i, r->outliers[i].is_ejected);
    return mask;
}

static uint32_t real_pick(struct real *r, const struct lab_steps *s,
                          const struct lab_step *one)
{
    struct sim_random rng = stream_of(one);
    struct lab_balance_chance chance = { draw, &rng };
    if (has_balancer(s->kind))
        return lab_balance_pick(&r->b, one->at_ns, &chance);
    if (s->def.balance.bound == 0)
        return lab_ring_find(&r->ring, one->chance);
    return lab_ring_find_bounded(&r->ring, one->chance, r->loads, s->def.balance.bound);
}

static int64_t real_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct real *r = side;
    uint32_t host = host_of(s, one);
    if (s->kind == OUTLIER)
        return real_outlier(r, s, one);
    if (one->word == PICKS) {
        host = real_pick(r, s, one);
        if (host == LAB_BALANCE_NOBODY)
            return 0;
        r->loads[host]++;
        lab_balance_began(&r->b, host);
        return 1 + host;
    }
    if (one->word == GOES || one->word == COMES) {
        if (one->word == COMES && !r->hosts[host].is_up)
            r->hosts[host].up_ns = one->at_ns;
        r->hosts[host].is_up = one->word == COMES;
        return 1;
    }
    if (r->loads[host] == 0)
        return 0;
    r->loads[host]--;
    lab_balance_ended(&r->b, host,
                      one->word == ENDS_WELL ? s->def.balance.took_ns[one->chance % 4] : -1,
                      one->at_ns);
    return 1;
}

static void real_close(void *side)
{
    lab_ring_fini(&((struct real *)side)->ring);
    free(side);
}

uint32_t lab_balance_draws(const struct lab_steps *s, double *draws)
{
    for (uint32_t i = 0; i < s->count; i++) {
        struct sim_random rng = stream_of(&s->at[i]);
        for (uint32_t k = 0; k < LAB_BALANCE_DRAWS; k++)
            draws[LAB_BALANCE_DRAWS * i + k] = draw(&rng);
    }
    return LAB_BALANCE_DRAWS * s->count;
}

// ---- Scripts ----

static void make_rule(uint64_t *r, uint32_t kind, struct lab_balance_script *d)
{
    static const enum lab_balance_kind of[] = {
        LAB_BALANCE_ROUND_ROBIN,    LAB_BALANCE_WEIGHTED_ROUND_ROBIN, LAB_BALANCE_RANDOM,
        LAB_BALANCE_LEAST_REQUESTS, LAB_BALANCE_BEST_OF_SOME,         LAB_BALANCE_PEAK_EWMA,
        LAB_BALANCE_ROUND_ROBIN,    LAB_BALANCE_ROUND_ROBIN
    };
    static const double biases[] = { 0, 0.5, 1, 1, 1, 2 };
    static const uint32_t panics[] = { 0, 0, 333, 500, 1000 };
    d->rule = lab_balance_default(of[kind]);
    d->rule.choices = 1 + lab_draw_below(r, 3);
    if (kind == LEAST || (kind == PEAK_EWMA && lab_draw_below(r, 3) == 0))
        d->rule.choices = 0;
    d->rule.bias = biases[lab_draw_below(r, 6)];
    d->rule.tau_ns = 1 + lab_draw_below(r, 200);
    d->rule.refresh_ns =
        kind < LEAST || lab_draw_below(r, 2) ? 0 : 1 + lab_draw_below(r, 60);
    if (kind == RING)
        d->rule.refresh_ns = 0;
    bool starts_slowly = kind >= WEIGHTED && kind <= P2C && lab_draw_below(r, 2);
    d->rule.slow_start_ns = starts_slowly ? 1 + lab_draw_below(r, 150) : 0;
    d->rule.slow_start_min = 0.125 * lab_draw_below(r, 4);
    if (d->rule.slow_start_min == 0)
        d->rule.slow_start_min = 0.1;
    d->rule.panic_milli = panics[lab_draw_below(r, 5)];
}

// Small hosts and few requests, so that a script sees ejections of each kind.
static void make_outlier(uint64_t *r, struct lab_balance_script *d)
{
    static const uint32_t shares[] = { 0, 100, 250, 500, 1000, 1000 };
    static const double sigmas[] = { 0, 0.5, 1, 1.9 };
    d->outlier = lab_outlier_default();
    d->outlier.consecutive_errors = lab_draw_below(r, 2) ? 0 : 1 + lab_draw_below(r, 4);
    d->outlier.consecutive_gateway = d->outlier.consecutive_local = 0;
    d->outlier.base_ejection_ns = 1 + lab_draw_below(r, 60);
    d->outlier.max_ejection_ns = 1 + lab_draw_below(r, 200);
    d->outlier.max_ejection_milli = shares[lab_draw_below(r, 6)];
    d->outlier.success_rate_hosts = 1 + lab_draw_below(r, 3);
    d->outlier.success_rate_requests = 1 + lab_draw_below(r, 2);
    d->outlier.success_rate_sigmas = sigmas[lab_draw_below(r, 4)];
    d->outlier.failure_hosts = d->outlier.failure_requests = d->outlier.failure_milli = 0;
    d->interval_ns = 1 + lab_draw_below(r, 200);
}

static void make_def(uint64_t *r, uint32_t kind, struct lab_balance_script *d)
{
    static const double bounds[] = { 0, 1, 1.25, 1.5, 2 };
    make_rule(r, kind, d);
    make_outlier(r, d);
    d->hosts = 1 + lab_draw_below(r, LAB_BALANCE_HOSTS);
    bool has_weights = kind != ROUND_ROBIN && kind != PEAK_EWMA;
    for (uint32_t i = 0; i < d->hosts; i++)
        d->weights[i] = has_weights ? 1 + lab_draw_below(r, 4) : 1;
    d->points = 1 + lab_draw_below(r, LAB_BALANCE_POINTS);
    d->bound = bounds[lab_draw_below(r, 5)];
    for (int i = 0; i < 4; i++)
        d->took_ns[i] = lab_draw_below(r, 1000);
}

static int64_t beside(uint64_t *r)
{
    return (int64_t)lab_draw_below(r, 3) - 1;
}

static int64_t next_time(uint64_t *r, const struct lab_steps *s, enum edge edge)
{
    const struct lab_balance_script *d = &s->def.balance;
    int64_t first = s->at[0].at_ns, last = s->at[s->count - 1].at_ns, at = last;
    int64_t any = s->at[lab_draw_below(r, s->count)].at_ns;
    int64_t times = 1 + lab_draw_below(r, 3);
    if (edge == REFRESHED)
        at = lab_moved(any, d->rule.refresh_ns + beside(r));
    if (edge == STARTED)
        at = lab_moved(any, d->rule.slow_start_ns + beside(r));
    if (edge == SWEPT)
        at = lab_moved(last, d->interval_ns - (last - first) % d->interval_ns + beside(r));
    if (edge == RETURNED)
        at = lab_moved(any, d->outlier.base_ejection_ns * times + beside(r));
    if (edge == IDLE)
        at = lab_moved(last, 100 * (int64_t)lab_draw_below(r, 100));
    if (edge == ANY)
        at = lab_moved(last, (int64_t)lab_draw_below(r, 40));
    if (edge == END)
        at = INT64_MAX - (int64_t)lab_draw_below(r, 3);
    return at > last ? at : last;
}

// A key at some point of the ring, or beside it.
static uint64_t key(uint64_t *r)
{
    if (lab_draw_below(r, 2))
        return lab_draw(r);
    uint32_t host = lab_draw_below(r, LAB_BALANCE_HOSTS);
    return sim_hash_ring_place(host, lab_draw_below(r, 8)) + (uint64_t)beside(r);
}

static struct lab_step any_step(uint64_t *r, uint32_t kind)
{
    static const uint32_t balancing[] = { PICKS, PICKS, PICKS,     PICKS,     PICKS,
                                          GOES,  COMES, ENDS_WELL, ENDS_WELL, ENDS_BADLY };
    static const uint32_t watching[] = { PICKS,      PICKS,      ENDS_WELL,  ENDS_WELL,
                                         ENDS_WELL,  ENDS_BADLY, ENDS_BADLY, ENDS_BADLY,
                                         ENDS_BADLY, ENDS_BADLY };
    const uint32_t *likely = kind == OUTLIER ? watching : balancing;
    struct lab_step one = { .word = likely[lab_draw_below(r, 10)] };
    if (kind == RING && (one.word == GOES || one.word == COMES))
        one.word = PICKS;
    one.amount = lab_draw_below(r, LAB_BALANCE_HOSTS);
    one.chance = kind == RING ? key(r) : lab_draw(r);
    return one;
}

static void make(uint32_t kind, uint64_t seed, struct lab_steps *s)
{
    static const enum edge edges[] = { SAME,      SAME,      SAME,    SAME,
                                       REFRESHED, REFRESHED, STARTED, SWEPT,
                                       RETURNED,  RETURNED,  ANY,     ANY };
    uint64_t r = seed * 8 + kind;
    *s = (struct lab_steps){ .kind = kind, .count = 1 };
    make_def(&r, kind, &s->def.balance);
    s->at[0] = any_step(&r, kind);
    s->at[0].at_ns = lab_draw_beginning(&r);
    s->at[0].edge = END;
    while (s->count < LAB_STEPS) {
        enum edge edge = edges[lab_draw_below(&r, 12)];
        if (lab_draw_below(&r, 40) == 0)
            edge = IDLE;
        if (lab_draw_below(&r, 300) == 0)
            edge = END;
        struct lab_step one = any_step(&r, kind);
        one.at_ns = next_time(&r, s, edge);
        one.edge = edge;
        s->at[s->count++] = one;
    }
}

static void describe(const struct lab_steps *s, char *text, size_t size)
{
    const struct lab_balance_script *d = &s->def.balance;
    if (s->kind == OUTLIER)
        snprintf(text, size,
                 "%" PRIu32 " hosts, %" PRIu32 " in a row, sweeps of %" PRId64
                 " ns, out for %" PRId64 " to %" PRId64 " ns, %" PRIu32 "/1000 at most",
                 d->hosts, d->outlier.consecutive_errors, d->interval_ns,
                 d->outlier.base_ejection_ns, d->outlier.max_ejection_ns,
                 d->outlier.max_ejection_milli);
    else
        snprintf(text, size,
                 "%" PRIu32 " hosts, choices %" PRIu32 ", bias %g, refresh %" PRId64
                 " ns, slow start %" PRId64 " ns, panic %" PRIu32 "/1000, bound %g",
                 d->hosts, d->rule.choices, d->rule.bias, d->rule.refresh_ns,
                 d->rule.slow_start_ns, d->rule.panic_milli, d->bound);
}

static void tell(const struct lab_steps *s, const struct lab_step *one, char *text,
                 size_t size)
{
    double draws[LAB_BALANCE_DRAWS * LAB_STEPS];
    uint32_t first = LAB_BALANCE_DRAWS * (uint32_t)(one - s->at);
    bool is_drawn = s->kind == RANDOM || (s->kind >= P2C && s->kind < RING);
    lab_balance_draws(s, draws);
    if (one->word != PICKS)
        snprintf(text, size, "host %" PRIu32 " %s", host_of(s, one), words[one->word]);
    else if (is_drawn)
        snprintf(text, size, "picks (%.3g %.3g %.3g)", draws[first], draws[first + 1],
                 draws[first + 2]);
    else
        snprintf(text, size, "%s", words[one->word]);
}

static void tell_answer(const struct lab_steps *s, const struct lab_step *one,
                        int64_t answer, char *text, size_t size)
{
    if (one->word != PICKS || s->kind == OUTLIER)
        snprintf(text, size, "%" PRId64, answer);
    else if (answer < 1)
        snprintf(text, size, "nobody");
    else
        snprintf(text, size, "host %" PRId64, answer - 1);
}

const struct lab_steps_pattern lab_balance_pattern = {
    .name = "balance",
    .kinds = kinds,
    .words = words,
    .model = { model_open, model_step, free },
    .real = { real_open, real_step, real_close },
    .make = make,
    .describe = describe,
    .tell = tell,
    .tell_answer = tell_answer,
};

void lab_verify_balance(const struct lab_verify_def *def, struct lab_report *out)
{
    lab_verify_steps(def, &lab_balance_pattern, &lab_balance_pattern.real, out);
}
