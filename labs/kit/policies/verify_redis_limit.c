#define _POSIX_C_SOURCE 200809L // barriers
#include <stdio.h>
#include <string.h>

#include "labs/kit/draws.h"
#include "labs/kit/verify_private.h"

static void add_absent(struct lab_report *out, const char *what)
{
    struct lab_check check = { .kind = LAB_DECISION, .verdict = LAB_ABSENT };
    snprintf(check.name, sizeof check.name, "redis_limit");
    snprintf(check.detail, sizeof check.detail, "%s", what);
    lab_report_add(out, &check);
}

#ifdef LAB_HAS_REDIS
#    include <inttypes.h>
#    include <pthread.h>

#    include "labs/kit/policies/verify_redis_load.h"
#    include "labs/redis_limit/redis_limit.h"
#    include "labs/redis_limit/redis_server.h"
#    include "sim/policy/limit.h"

// The limiters in a real Redis, a server that is begun for this, against the model: the script decides
// as the model does at one instant, and reading, deciding and writing in two halves lets through whom
// the model lets through, in any order of the halves. Clients that ask at once as they like never get
// more than the limit from a script, and clients that are made to look before anybody writes do.

#    define CALLS   24
#    define CLIENTS 6
#    define KEY     "convoy"

static const struct {
    enum lab_redis_limit_algorithm real;
    enum sim_limit_kind model;
} kinds[] = {
    { LAB_REDIS_FIXED_WINDOW, SIM_LIMIT_FIXED_WINDOW },
    { LAB_REDIS_SLIDING_LOG, SIM_LIMIT_SLIDING_LOG },
    { LAB_REDIS_SLIDING_COUNTER, SIM_LIMIT_SLIDING_COUNTER },
    { LAB_REDIS_TOKEN_BUCKET, SIM_LIMIT_TOKEN_BUCKET },
    { LAB_REDIS_GCRA, SIM_LIMIT_GCRA },
};

#    define KINDS (sizeof kinds / sizeof *kinds)

struct script {
    struct lab_redis_limit_def def;
    enum sim_limit_kind kind;
    uint32_t count;
    struct {
        int64_t at_us;
        uint32_t cost;
    } calls[CALLS];
};

// Most calls stand at an edge, or a microsecond beside it. Time does not go back.
static int64_t next_time(uint64_t *r, const struct script *s)
{
    int64_t window = s->def.window_us, last = s->calls[s->count - 1].at_us;
    int64_t any = s->calls[lab_draw_below(r, s->count)].at_us, at = last;
    int64_t beside = (int64_t)lab_draw_below(r, 3) - 1;
    switch (lab_draw_below(r, s->def.way == LAB_REDIS_SCRIPT ? 6 : 15)) {
    case 0:
        break;
    case 1: // calls have come back
        at = any + window * (1 + lab_draw_below(r, 6)) / s->def.limit + beside;
        break;
    case 2: // a window begins
        at = last + window - last % window + beside;
        break;
    case 3: // some call is as old as the window
        at = any + window + beside;
        break;
    case 4:
        at = last + window * (2 + lab_draw_below(r, 20)) + beside;
        break;
    case 5:
        at = last + lab_draw_below(r, (uint32_t)window + 1);
        break;
    default: // halves meet within an instant
        break;
    }
    return at > last ? at : last;
}

static void make(uint64_t seed, size_t kind, enum lab_redis_limit_way way, struct script *s)
{
    static const int64_t windows[] = { 60, 840, 60000, 1000020, 60000000 };
    uint64_t r = seed * KINDS + kind;
    s->kind = kinds[kind].model;
    s->def = (struct lab_redis_limit_def){ .algorithm = kinds[kind].real, .way = way };
    s->def.limit = 1 + lab_draw_below(&r, 6); // each window is a multiple of it
    s->def.window_us = windows[lab_draw_below(&r, 5)];
    s->def.burst = lab_draw_below(&r, 5) + (s->kind != SIM_LIMIT_GCRA);
    s->count = 1;
    s->calls[0].at_us = lab_draw_below(&r, 1000000);
    s->calls[0].cost = 1;
    while (s->count < CALLS) {
        s->calls[s->count].at_us = next_time(&r, s);
        s->calls[s->count++].cost =
            1 + (lab_draw_below(&r, 4) == 0) * lab_draw_below(&r, 3);
    }
}

// ---- The model ----

struct model {
    struct sim_limit limit;
    struct sim_limit_state state, seen[CLIENTS];
    struct sim_limit_node nodes[CALLS + 1];
    struct sim_limit_log log;
};

static void model_open(struct model *m, const struct script *s, uint32_t wrong)
{
    *m = (struct model){ .log = { .cap = CALLS } };
    m->limit = (struct sim_limit){ .kind = s->kind,
                                   .window = s->def.window_us * 1000,
                                   .limit = s->def.limit + wrong,
                                   .burst = s->def.burst + wrong };
    m->log.nodes = m->nodes;
    sim_limit_begin(&m->limit, &m->state, s->calls[0].at_us * 1000);
}

// ---- The real one ----

struct real {
    struct lab_redis_server server;
    struct lab_redis_limit clients[CLIENTS];
    uint64_t keys; // each script has a key of its own
    char key[64];
    bool is_lost;   // the server did not answer
    uint32_t wrong; // what a test adds to the model's limit
};

static bool real_open(struct real *r, const struct script *s)
{
    snprintf(r->key, sizeof r->key, KEY ":%" PRIu64, r->keys++);
    for (uint32_t i = 0; i < CLIENTS; i++) {
        lab_redis_limit_fini(&r->clients[i]);
        if (!lab_redis_limit_init(&r->clients[i], &s->def, r->server.socket, i))
            return false;
    }
    return true;
}

// ---- Scripts: one call after the other ----

static uint32_t parts_at(struct real *r, const struct script *s, bool *passes)
{
    struct model m;
    model_open(&m, s, r->wrong);
    if (!real_open(r, s))
        return s->count;
    for (uint32_t i = 0; i < s->count; i++) {
        sim_time wait, at = s->calls[i].at_us;
        struct lab_redis_limit_answer a =
            lab_redis_limit_take(&r->clients[i % CLIENTS], r->key, s->calls[i].cost, at);
        *passes = sim_limit_take(&m.limit, &m.state, &m.log, at * 1000, s->calls[i].cost,
                                 &wait) == SIM_LIMIT_PASSES;
        r->is_lost = r->is_lost || a.verdict == LAB_REDIS_NO_STORE;
        if ((a.verdict == LAB_REDIS_ALLOWED) != *passes)
            return i;
    }
    return s->count;
}

// ---- Halves: each client reads, and writes when it is its turn, in an order made at random ----

static void write(struct real *r, struct model *m, const struct lab_redis_limit_seen *seen,
                  uint32_t c)
{
    lab_redis_limit_write(&r->clients[c], seen);
    sim_limit_write(&m->limit, &m->state, &m->log, &m->seen[c], seen->now_us * 1000,
                    seen->cost);
}

// A client that is named reads, or writes where it has read and may. Who has not written by the
// end of the instant does so then.
static uint32_t halves_part_at(struct real *r, const struct script *s, uint64_t seed,
                               bool *passes)
{
    struct model m;
    struct lab_redis_limit_seen seen[CLIENTS];
    bool is_inside[CLIENTS] = { false };
    model_open(&m, s, r->wrong);
    if (!real_open(r, s))
        return s->count;
    for (uint32_t i = 0; i < s->count; i++) {
        sim_time wait, at = s->calls[i].at_us;
        uint32_t c = lab_draw_below(&seed, CLIENTS), cost = s->calls[i].cost;
        struct sim_limit_state *mine = &m.seen[c];
        bool is_later = i > 0 && at > s->calls[i - 1].at_us;
        for (uint32_t k = 0; k < CLIENTS; k++) {
            if (!is_inside[k] || !(is_later || k == c))
                continue;
            write(r, &m, &seen[k], k);
            is_inside[k] = false;
        }
        seen[c] = lab_redis_limit_read(&r->clients[c], r->key, cost, at);
        sim_limit_look(&m.limit, &m.state, &m.log, at * 1000, mine);
        *passes =
            sim_limit_decide(&m.limit, mine, at * 1000, cost, &wait) == SIM_LIMIT_PASSES;
        r->is_lost = r->is_lost || seen[c].answer.verdict == LAB_REDIS_NO_STORE;
        if ((seen[c].answer.verdict == LAB_REDIS_ALLOWED) != *passes)
            return i;
        is_inside[c] = *passes;
    }
    return s->count;
}

// ---- As short as it goes ----

struct play {
    struct real *real;
    uint64_t seed; // of the halves' order
    bool by_halves;
};

static uint32_t play(const struct play *p, const struct script *s, bool *passes)
{
    return p->by_halves ? halves_part_at(p->real, s, p->seed, passes)
                        : parts_at(p->real, s, passes);
}

static void shorten(const struct play *p, struct script *s)
{
    bool passes;
    for (uint32_t i = 0; i < s->count && s->count > 1;) {
        struct script fewer = *s;
        memmove(fewer.calls + i, fewer.calls + i + 1,
                (--fewer.count - i) * sizeof *fewer.calls);
        if (play(p, &fewer, &passes) < fewer.count)
            *s = fewer;
        else
            i++;
    }
}

static void describe(const struct play *p, const struct script *s, char *text, size_t size)
{
    bool passes = false;
    uint32_t at = play(p, s, &passes);
    int n = snprintf(text, size, "limit %" PRIu32 " in %" PRId64 " us, burst %" PRIu32 ":",
                     s->def.limit, s->def.window_us, s->def.burst);
    for (uint32_t i = 0; i <= at && i < s->count && n > 0 && (size_t)n < size; i++) {
        bool is_new = i == 0 || s->calls[i].at_us != s->calls[i - 1].at_us;
        if (is_new)
            n += snprintf(text + n, size - (size_t)n, "%s at %" PRId64 " us cost",
                          i ? "," : "", s->calls[i].at_us);
        if ((size_t)n < size)
            n += snprintf(text + n, size - (size_t)n, " %" PRIu32, s->calls[i].cost);
    }
    if (n > 0 && (size_t)n < size)
        snprintf(text + n, size - (size_t)n, ": model %s, Redis does otherwise",
                 passes ? "lets it through" : "refuses");
}

static void verify_kind(const struct lab_verify_def *def, struct real *r, size_t kind,
                        bool by_halves, struct lab_report *out)
{
    struct lab_check check = { .kind = LAB_DECISION, .verdict = LAB_AGREE };
    struct play p = { .real = r, .by_halves = by_halves };
    struct script s;
    bool passes;
    snprintf(check.name, sizeof check.name, "redis_limit/%s, %s",
             sim_limit_name(kinds[kind].model), by_halves ? "two halves" : "script");
    for (p.seed = 1; p.seed <= def->random_scripts && !r->is_lost; p.seed++) {
        make(p.seed, kind, by_halves ? LAB_REDIS_READ_THEN_WRITE : LAB_REDIS_SCRIPT, &s);
        check.real += s.count;
        check.model += s.count;
        if (play(&p, &s, &passes) == s.count)
            continue;
        if (check.error++ == 0) {
            shorten(&p, &s);
            describe(&p, &s, check.detail, sizeof check.detail);
        }
        check.verdict = LAB_DIFFER;
    }
    if (r->is_lost) {
        check.verdict = LAB_UNDECIDED;
        snprintf(check.detail, sizeof check.detail, "the server did not answer");
    }
    lab_report_add(out, &check);
}

// ---- Invariants ----

#    define THREADS 8
#    define TAKES   100
#    define LIMIT   50

struct crowd {
    struct lab_redis_limit client;
    const char *key;
    pthread_barrier_t *reads; // all have read before one writes; NULL: as it comes
    uint32_t allowed;
    bool is_lost;
};

static void count(struct crowd *c, struct lab_redis_limit_answer a)
{
    c->allowed += a.verdict == LAB_REDIS_ALLOWED;
    c->is_lost = c->is_lost || a.verdict == LAB_REDIS_NO_STORE;
}

static void *take_many(void *arg)
{
    struct crowd *c = arg;
    for (int i = 0; i < TAKES; i++)
        count(c, lab_redis_limit_take(&c->client, c->key, 1, 0));
    return NULL;
}

static void *read_then_write(void *arg)
{
    struct crowd *c = arg;
    struct lab_redis_limit_seen seen = lab_redis_limit_read(&c->client, c->key, 1, 0);
    count(c, seen.answer);
    pthread_barrier_wait(c->reads);
    if (seen.answer.verdict == LAB_REDIS_ALLOWED)
        lab_redis_limit_write(&c->client, &seen);
    return NULL;
}

// So many clients at once, each with a connection and a thread of its own. Returns how many calls
// were let through, or -1: the server did not answer.
static int crowd(struct real *r, size_t kind, enum lab_redis_limit_way way, uint32_t limit,
                 void *(*act)(void *))
{
    struct lab_redis_limit_def def = { .algorithm = kinds[kind].real,
                                       .way = way,
                                       .limit = limit,
                                       .window_us = limit * 1000000,
                                       .burst =
                                           limit - (kinds[kind].model == SIM_LIMIT_GCRA) };
    struct crowd crowds[THREADS];
    pthread_t threads[THREADS];
    pthread_barrier_t reads;
    char key[64];
    int allowed = 0;
    snprintf(key, sizeof key, KEY ":%" PRIu64, r->keys++);
    pthread_barrier_init(&reads, NULL, THREADS);
    for (uint32_t i = 0; i < THREADS; i++) {
        crowds[i] = (struct crowd){ .key = key, .reads = &reads };
        lab_redis_limit_init(&crowds[i].client, &def, r->server.socket, i);
        pthread_create(&threads[i], NULL, act, &crowds[i]);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        allowed = crowds[i].is_lost || allowed < 0 ? -1 : allowed + (int)crowds[i].allowed;
        lab_redis_limit_fini(&crowds[i].client);
    }
    pthread_barrier_destroy(&reads);
    return allowed;
}

static void add_invariant(const char *what, size_t kind, int real, int model,
                          struct lab_report *out)
{
    struct lab_check check = { .kind = LAB_DECISION, .real = real, .model = model };
    snprintf(check.name, sizeof check.name, "redis_limit/%s, %s",
             sim_limit_name(kinds[kind].model), what);
    check.error = real != model;
    check.verdict = real < 0 ? LAB_UNDECIDED : real == model ? LAB_AGREE : LAB_DIFFER;
    if (real != model)
        snprintf(check.detail, sizeof check.detail, "%d calls passed, of the model %d",
                 real, model);
    lab_report_add(out, &check);
}

static void verify_all(const struct lab_verify_def *def, struct real *r,
                       struct lab_report *out)
{
    for (size_t kind = 0; kind < KINDS; kind++) {
        verify_kind(def, r, kind, false, out);
        verify_kind(def, r, kind, true, out);
        add_invariant("a crowd never gets more than the limit", kind,
                      crowd(r, kind, LAB_REDIS_SCRIPT, LIMIT, take_many), LIMIT, out);
        add_invariant("who looks at once gets the last place", kind,
                      crowd(r, kind, LAB_REDIS_READ_THEN_WRITE, 1, read_then_write),
                      THREADS, out);
    }
}

static void verify_with(const struct lab_verify_def *def, struct real *r,
                        struct lab_report *out)
{
    switch (lab_redis_server_open(&r->server)) {
    case LAB_REDIS_SERVER_UP:
        verify_all(def, r, out);
        if (def->has_statistics)
            lab_verify_redis_loads(def, r->server.socket, out);
        for (uint32_t i = 0; i < CLIENTS; i++)
            lab_redis_limit_fini(&r->clients[i]);
        lab_redis_server_close(&r->server);
        break;
    case LAB_REDIS_SERVER_ABSENT:
        add_absent(out, "needs a Redis server: Debian's redis-tools");
        break;
    default:
        add_absent(out, "the Redis server did not come up");
    }
}

void lab_verify_redis_limit(const struct lab_verify_def *def, struct lab_report *out)
{
    struct real r = { .wrong = def->wrong_limit };
    verify_with(def, &r, out);
}

#else

void lab_verify_redis_limit(const struct lab_verify_def *def, struct lab_report *out)
{
    (void)def;
    add_absent(out, "was built without hiredis: Debian's libhiredis-dev");
}

#endif
