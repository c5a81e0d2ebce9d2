#include <stdatomic.h>
#include <stdio.h>

#include "labs/cache/loader.h"
#include "labs/kit/draws.h"
#include "labs/kit/policies/crowd.h"
#include "labs/kit/policies/loads.h"

// The loader in real time: users ask for a few keys that are soon stale, one of those who miss a key loads
// it, and the others wait for that; against labs/cache/loader.lua.

#define MS      ((int64_t)1000000)
#define USERS   24
#define KEYS    16
#define TTL_NS  (80 * MS)
#define LOAD_NS (20 * MS)

struct load {
    struct lab_crowd crowd;
    struct lab_loader loader;
    atomic_uint loads; // that began behind the warm-up
};

enum {
    TOOK_NS
};

static bool load_key(void *ctx, uint64_t key, uint64_t *value)
{
    struct load *load = ctx;
    int64_t begun = lab_crowd_now();
    if (begun >= load->crowd.counts_ns)
        atomic_fetch_add(&load->loads, 1);
    lab_crowd_sleep_until(begun + LOAD_NS);
    *value = key;
    return true;
}

static int64_t now(void *ctx)
{
    (void)ctx;
    return lab_crowd_now();
}

static void call(void *ctx, struct lab_crowd_call *c)
{
    struct load *load = ctx;
    uint64_t value;
    lab_loader_get(&load->loader, lab_draw_below(c->draws, KEYS), &value);
    c->says[TOOK_NS] = (double)(lab_crowd_now() - c->begun_ns);
}

static bool batch(void *ctx, double *figures)
{
    const struct lab_loader_def def = {
        .cache = { KEYS, TTL_NS, true }, .load = load_key, .now = now, .ctx = ctx
    };
    struct load *load = ctx;
    struct lab_crowd_sums sums;
    atomic_store(&load->loads, 0);
    if (!lab_loader_init(&load->loader, &def))
        return false;
    bool is_played = lab_crowd_play(&load->crowd, &sums);
    lab_loader_fini(&load->loader);
    figures[0] = (double)atomic_load(&load->loads) / (double)sums.calls;
    figures[1] = sums.of[TOOK_NS] / (double)sums.calls / (double)LOAD_NS;
    return is_played;
}

static void predict(const struct scn_script *script, uint32_t keys, double *figures)
{
    char set[64];
    double load_s = (double)LOAD_NS / 1e9;
    snprintf(set, sizeof set, "keys=%u,load=%.9f", keys, load_s);
    figures[0] = lab_scenario_measure(script, NULL, set, "hot.misses") /
                 lab_scenario_measure(script, NULL, set, "hot.lookups");
    figures[1] = lab_scenario_measure(script, NULL, set, "users.latency.mean") / load_s;
}

void lab_verify_cache_load(const struct lab_verify_def *def, struct lab_report *out)
{
    struct load load;
    struct scn_script script;
    struct lab_bench bench = { .name = "cache/loader of threads",
                               .count = 2,
                               .figures = { "share that loads", "latency against a load" },
                               .batch = batch,
                               .limit = LAB_LOAD_LIMIT,
                               .budget_s = LAB_LOAD_BUDGET_S,
                               .ctx = &load };
    load.crowd = (struct lab_crowd){ .users = USERS,
                                     .think_ns = 20 * MS,
                                     .warmup_ns = 200 * MS,
                                     .lasts_ns = 1400 * MS,
                                     .call = call,
                                     .ctx = &load };
    if (!lab_scenario_load(def, "cache/loader.lua", &script))
        return;
    predict(&script, KEYS + def->wrong_limit, bench.model);
    scn_script_free(&script);
    lab_bench_verify(def, &bench, out);
}
