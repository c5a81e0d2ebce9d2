#include "labs/kit/policies/verify_rate_limit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labs/kit/draws.h"
#include "labs/kit/verify_private.h"
#include "sim/policy/limit.h"

// The real rate limiters and the models under the same calls: each decision must be the same, at
// every edge. Scripts are made at random, but most of their calls stand at an edge or one
// nanosecond beside it; one that parts is made as short as it goes.

static const enum sim_limit_kind kinds[LAB_LIMIT_ALGORITHMS] = {
    [LAB_TOKEN_BUCKET] = SIM_LIMIT_TOKEN_BUCKET,
    [LAB_LEAKY_BUCKET] = SIM_LIMIT_LEAKY_BUCKET,
    [LAB_LEAKY_QUEUE] = SIM_LIMIT_LEAKY_QUEUE,
    [LAB_GCRA] = SIM_LIMIT_GCRA,
    [LAB_FIXED_WINDOW] = SIM_LIMIT_FIXED_WINDOW,
    [LAB_SLIDING_LOG] = SIM_LIMIT_SLIDING_LOG,
    [LAB_SLIDING_COUNTER] = SIM_LIMIT_SLIDING_COUNTER,
};

// ---- The two sides ----

static void *real_open(const struct lab_limit_def *def)
{
    struct lab_limit *l = calloc(1, sizeof *l);
    if (l && lab_limit_init(l, def))
        return l;
    free(l);
    return NULL;
}

static struct lab_limit_answer real_take(void *l, const struct lab_limit_def *def,
                                         uint32_t cost, int64_t now_ns)
{
    return lab_limit_take(l, def, cost, now_ns);
}

static void real_close(void *l, const struct lab_limit_def *def)
{
    lab_limit_fini(l, def);
    free(l);
}

const struct lab_limit_side lab_limit_real = { .open = real_open,
                                               .take = real_take,
                                               .close = real_close };

struct model {
    struct sim_limit limit;
    struct sim_limit_state state;
    struct sim_limit_node nodes[LAB_LIMIT_CALLS + 1];
    struct sim_limit_log log;
};

static void model_open(struct model *m, const struct lab_limit_def *def, int64_t now)
{
    *m = (struct model){ .log = { .cap = LAB_LIMIT_CALLS } };
    m->limit =
        (struct sim_limit){ kinds[def->algorithm], def->window_ns, def->limit, def->burst };
    m->log.nodes = m->nodes;
    sim_limit_begin(&m->limit, &m->state, now);
}

static bool model_take(struct model *m, const struct lab_limit_call *c, sim_time *wait)
{
    return sim_limit_take(&m->limit, &m->state, &m->log, c->at_ns, c->cost, wait) ==
           SIM_LIMIT_PASSES;
}

static enum lab_limit_played play(const struct lab_limit_side *real,
                                  const struct lab_limit_script *s,
                                  struct lab_limit_answer *answers)
{
    if (real->play)
        return real->play(real->ctx, s, answers);
    void *l = real->open(&s->def);
    if (!l)
        return LAB_LIMIT_UNKNOWN;
    for (uint32_t i = 0; i < s->count; i++)
        answers[i] = real->take(l, &s->def, s->calls[i].cost, s->calls[i].at_ns);
    real->close(l, &s->def);
    return LAB_LIMIT_PLAYED;
}

// The first call about which they part, the first of all where it ended, or the number of calls.
static enum lab_limit_played parts_at(const struct lab_limit_side *real,
                                      const struct lab_limit_script *s, uint32_t *at,
                                      bool *model_passes)
{
    struct model m;
    struct lab_limit_answer answers[LAB_LIMIT_CALLS];
    enum lab_limit_played how = play(real, s, answers);
    model_open(&m, &s->def, s->calls[0].at_ns);
    for (*at = 0; *at < s->count; ++*at) {
        sim_time wait;
        const struct lab_limit_answer *a = &answers[*at];
        *model_passes = model_take(&m, &s->calls[*at], &wait);
        if (how != LAB_LIMIT_PLAYED || a->is_allowed != *model_passes ||
            (a->is_allowed && a->wait_ns != wait))
            break;
    }
    return how;
}

static bool is_other(const struct lab_limit_side *real, const struct lab_limit_script *s)
{
    bool passes;
    uint32_t at;
    return parts_at(real, s, &at, &passes) != LAB_LIMIT_UNKNOWN && at < s->count;
}

// ---- Scripts ----

static void make_def(uint64_t *r, enum lab_limit_algorithm algorithm,
                     struct lab_limit_def *def)
{
    static const int64_t windows[] = { 1, 7, 10, 60, 1000, 1000000007, 3600000000000 };
    def->algorithm = algorithm;
    def->limit = 1 + lab_draw_below(r, 6);
    def->window_ns = windows[lab_draw_below(r, 7)];
    def->burst = lab_draw_below(r, 5) + (algorithm != LAB_GCRA);
}

static int64_t beside(uint64_t *r)
{
    return (int64_t)lab_draw_below(r, 3) - 1;
}

// When the next call comes; the edge is what it was meant for.
static int64_t next_time(uint64_t *r, const struct lab_limit_script *s,
                         enum lab_limit_edge edge)
{
    const struct lab_limit_call *last = &s->calls[s->count - 1];
    const struct lab_limit_call *any = &s->calls[lab_draw_below(r, s->count)];
    int64_t window = s->def.window_ns, limit = s->def.limit;
    switch (edge) {
    case LAB_EDGE_SAME:
        return last->at_ns;
    case LAB_EDGE_REFILL: // k tokens have come back since some call
        return lab_moved(any->at_ns,
                         (window * (1 + lab_draw_below(r, 6)) + limit - 1) / limit +
                             beside(r));
    case LAB_EDGE_WINDOW: // the next multiple of the window
        return lab_moved(last->at_ns, window - last->at_ns % window + beside(r));
    case LAB_EDGE_AGE: // some call is as old as the window
        return lab_moved(any->at_ns, window + beside(r));
    case LAB_EDGE_IDLE:
        return lab_moved(last->at_ns, window * (2 + lab_draw_below(r, 20)) + beside(r));
    case LAB_EDGE_BACK:
        return lab_moved(last->at_ns, -(int64_t)lab_draw_below(r, 20));
    case LAB_EDGE_END:
        return INT64_MAX - (int64_t)lab_draw_below(r, 3);
    default:
        return lab_moved(last->at_ns, (int64_t)(lab_draw(r) % (uint64_t)(window + 1)));
    }
}

void lab_limit_make(enum lab_limit_algorithm algorithm, uint64_t seed,
                    struct lab_limit_script *s)
{
    uint64_t r = seed * LAB_LIMIT_ALGORITHMS + algorithm;
    make_def(&r, algorithm, &s->def);
    s->def.logs_refused = false;
    s->count = 1;
    s->calls[0] = (struct lab_limit_call){ lab_draw_beginning(&r), 1, LAB_EDGE_START };
    while (s->count < LAB_LIMIT_CALLS) {
        // The end of the clock is the end of most scripts, so few go there.
        enum lab_limit_edge edge = (enum lab_limit_edge)lab_draw_below(&r, LAB_EDGE_END);
        if (lab_draw_below(&r, 100) == 0)
            edge = LAB_EDGE_END;
        int64_t at = next_time(&r, s, edge);
        s->calls[s->count++] = (struct lab_limit_call){
            at, 1 + (lab_draw_below(&r, 4) == 0) * lab_draw_below(&r, 3), edge
        };
    }
}

void lab_limit_reach(enum lab_limit_algorithm algorithm, uint32_t scripts,
                     struct lab_limit_reached *out)
{
    struct lab_limit_script s;
    struct model m;
    *out = (struct lab_limit_reached){ 0 };
    for (uint64_t seed = 1; seed <= scripts; seed++) {
        lab_limit_make(algorithm, seed, &s);
        model_open(&m, &s.def, s.calls[0].at_ns);
        for (uint32_t i = 0; i < s.count; i++) {
            sim_time wait;
            bool passes = model_take(&m, &s.calls[i], &wait);
            out->of[s.calls[i].edge][passes]++;
            out->held += wait > 0;
            out->at_zero += s.calls[i].at_ns == 0;
            out->calls++;
        }
    }
}

// ---- As short as it goes ----

static bool drop_one(const struct lab_limit_side *real, struct lab_limit_script *s)
{
    for (uint32_t i = 0; i < s->count && s->count > 1; i++) {
        struct lab_limit_script fewer = *s;
        memmove(fewer.calls + i, fewer.calls + i + 1,
                (--fewer.count - i) * sizeof *fewer.calls);
        if (!is_other(real, &fewer))
            continue;
        *s = fewer;
        return true;
    }
    return false;
}

// What adds up over many calls needs fewer of them when they stand further apart.
static bool stretch_one(const struct lab_limit_side *real, struct lab_limit_script *s)
{
    for (uint32_t i = 1; i < s->count; i++) {
        struct lab_limit_script wider = *s;
        int64_t gap = s->calls[i].at_ns - s->calls[i - 1].at_ns;
        for (uint32_t k = i; gap > 0 && k < s->count; k++)
            wider.calls[k].at_ns = lab_moved(s->calls[k].at_ns, gap);
        if (gap <= 0 || !drop_one(real, &wider))
            continue;
        *s = wider;
        return true;
    }
    return false;
}

static bool cheapen_one(const struct lab_limit_side *real, struct lab_limit_script *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        struct lab_limit_script less = *s;
        if (less.calls[i].cost == 1)
            continue;
        less.calls[i].cost--;
        if (!is_other(real, &less))
            continue;
        *s = less;
        return true;
    }
    return false;
}

// A smaller burst or limit needs fewer calls.
static bool lower_def(const struct lab_limit_side *real, struct lab_limit_script *s)
{
    struct lab_limit_script less = *s;
    uint32_t least = s->def.algorithm != LAB_GCRA;
    less.def.burst -= less.def.burst > least;
    if (less.def.burst < s->def.burst && is_other(real, &less)) {
        *s = less;
        return true;
    }
    less.def.burst = s->def.burst;
    less.def.limit -= less.def.limit > 1;
    if (less.def.limit == s->def.limit || !is_other(real, &less))
        return false;
    *s = less;
    return true;
}

// All calls earlier by a share of when the first one comes: a multiple of the window keeps edges.
static bool shift_all(const struct lab_limit_side *real, struct lab_limit_script *s)
{
    struct lab_limit_script less = *s;
    int64_t first = s->calls[0].at_ns, by = first - first % s->def.window_ns;
    for (uint32_t i = 0; by > 0 && i < s->count; i++)
        less.calls[i].at_ns = lab_moved(s->calls[i].at_ns, -by);
    if (by == 0 || !is_other(real, &less))
        return false;
    *s = less;
    return true;
}

static void shrink(const struct lab_limit_side *real, struct lab_limit_script *s)
{
    while (drop_one(real, s) || stretch_one(real, s) || cheapen_one(real, s) ||
           lower_def(real, s) || shift_all(real, s))
        ;
}

static void describe(const struct lab_limit_side *real, const struct lab_limit_script *s,
                     char *text, size_t size)
{
    bool passes = false;
    uint32_t at;
    enum lab_limit_played how = parts_at(real, s, &at, &passes);
    if (how != LAB_LIMIT_PLAYED)
        at = s->count; // nobody knows at which of them
    const char *end = real->how_it_ended ? real->how_it_ended(real->ctx) : "";
    int n =
        snprintf(text, size, "%s%slimit %" PRIu32 " in %" PRId64 " ns, burst %" PRIu32 ":",
                 end, end[0] ? "; " : "", s->def.limit, s->def.window_ns, s->def.burst);
    for (uint32_t i = 0; i <= at && i < s->count && n > 0 && (size_t)n < size; i++)
        n += snprintf(text + n, size - (size_t)n, "%s at %" PRId64 " ns cost %" PRIu32,
                      i ? "," : "", s->calls[i].at_ns, s->calls[i].cost);
    if (n > 0 && (size_t)n < size && how == LAB_LIMIT_PLAYED)
        snprintf(text + n, size - (size_t)n, ": model %s, real does otherwise",
                 passes ? "lets it through" : "refuses");
}

// ---- The checks ----

// Of one that plays elsewhere the first difference is all: it may end each time.
static bool is_over(const struct lab_limit_side *real, const struct lab_limit_script *s,
                    struct lab_check *check)
{
    bool passes;
    uint32_t at;
    enum lab_limit_played how = parts_at(real, s, &at, &passes);
    if (how == LAB_LIMIT_UNKNOWN)
        snprintf(check->detail, sizeof check->detail, "%.200s",
                 real->how_it_ended ? real->how_it_ended(real->ctx) : "no memory");
    if (how == LAB_LIMIT_PLAYED && at == s->count)
        return false;
    check->verdict = LAB_DIFFER;
    check->error++;
    return how == LAB_LIMIT_UNKNOWN;
}

static void verify_one(const struct lab_verify_def *def, enum lab_limit_algorithm algorithm,
                       const struct lab_limit_side *real, struct lab_report *out)
{
    struct lab_check check = { .kind = LAB_DECISION, .verdict = LAB_AGREE };
    struct lab_limit_script s;
    snprintf(check.name, sizeof check.name, "rate_limit/%s",
             sim_limit_name(kinds[algorithm]));
    uint32_t scripts = def->random_scripts * LAB_LIMIT_SCRIPTS;
    for (uint64_t seed = 1; seed <= scripts; seed++) {
        lab_limit_make(algorithm, seed, &s);
        double errors = check.error;
        check.real += s.count;
        check.model += s.count;
        if (is_over(real, &s, &check))
            break;
        if (errors == 0 && check.error > 0) {
            shrink(real, &s);
            describe(real, &s, check.detail, sizeof check.detail);
        }
        if (real->play && check.error > 0)
            break;
    }
    lab_report_add(out, &check);
}

void lab_verify_limits(const struct lab_verify_def *def, const struct lab_limit_side *real,
                       struct lab_report *out)
{
    for (uint32_t a = 0; a < LAB_LIMIT_ALGORITHMS; a++)
        verify_one(def, (enum lab_limit_algorithm)a, real, out);
}

void lab_verify_rate_limit(const struct lab_verify_def *def, struct lab_report *out)
{
    lab_verify_limits(def, &lab_limit_real, out);
}
