#define _GNU_SOURCE // mkstemp
#include <stdio.h>
#include <string.h>

#include "labs/kit/policies/verify_steps.h"
#include "labs/kit/verify_private.h"

#ifdef LAB_HAS_SQLITE
#    include <inttypes.h>
#    include <stdlib.h>
#    include <ucontext.h>
#    include <unistd.h>

#    ifdef __SANITIZE_THREAD__ // has to be told which stack runs
#        include <sanitizer/tsan_interface.h>
#    endif

#    include "labs/idempotency/idempotency.h"
#    include "labs/kit/draws.h"
#    include "sim/policy/idempotency.h"

// Idempotency keys: the same requests ask on both sides, are under way side by side, end well or
// badly or die, and each must be told the same; what they have done must be the same in number.
//
// The real side handles each request on a stack of its own, with a connection of its own to one
// file, and stops it where no transaction is open: behind the claim, and, where effect and
// record are two transactions, between them too. Who dies is stopped for good, and let go when
// the script is over and nobody looks any more.

#    define KEYS  3u
#    define WORKS 4u // under way at once; the dead among them

enum kind {
    WITH,
    AFTER,
    BEFORE
};
static const char *const kinds[] = { "with", "after", "before", NULL };

enum word {
    ASKS,
    GOES_ON, // to between its effect and its record
    ENDS_WELL,
    FAILS,
    IS_REFUSED,
    DIES
};
static const char *const words[] = { "asks",       "goes on", "ends well", "fails",
                                     "is refused", "dies",    NULL };

enum edge {
    SAME,
    LEASE, // some step's lease ends, or a nanosecond beside
    EXPIRY,
    ANY,
    END // of the clock, and the start
};

// Of a step, what it is about: a key and what is asked for with it, or one of the works.
static uint32_t key_of(const struct lab_step *one)
{
    return (uint32_t)one->chance % KEYS;
}

static uint32_t payload_of(const struct lab_step *one)
{
    return (uint32_t)one->amount;
}

// Answers to who asks; to the others 1 plus how often the key's effect has been had.
#    define MISMATCH    -1
#    define IN_PROGRESS 0
#    define RUNS        1
#    define REPLAYS     1000              // plus the status
#    define NOBODY      LAB_KEY_NOBODY    // no such work, or no room for one more
#    define NOT_HEARD   LAB_KEY_NOT_HEARD // added where somebody else has the key

// ---- Works under way, as both sides count them ----

enum stage {
    NONE,
    BEGUN,
    HALFWAY,
    DEAD
};

// The n-th that lives, counted round; WORKS: there is none.
static uint32_t living(const enum stage *stages, uint32_t n)
{
    uint32_t count = 0, at = 0;
    for (uint32_t i = 0; i < WORKS; i++)
        count += stages[i] == BEGUN || stages[i] == HALFWAY;
    if (count == 0)
        return WORKS;
    for (n %= count; stages[at] == NONE || stages[at] == DEAD || n-- > 0;)
        at++;
    return at;
}

static uint32_t unused(const enum stage *stages)
{
    uint32_t at = 0;
    while (at < WORKS && stages[at] != NONE)
        at++;
    return at;
}

// ---- The model ----

struct model {
    struct sim_idempotency rule;
    struct sim_key keys[KEYS];
    int64_t effects[KEYS];
    enum stage stages[WORKS];
    struct {
        uint32_t key, owner, payload;
    } works[WORKS];
};

static void *model_open(const struct lab_steps *s)
{
    static const enum sim_recording records[] = { SIM_RECORD_WITH, SIM_RECORD_AFTER,
                                                  SIM_RECORD_BEFORE };
    struct model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->rule = (struct sim_idempotency){ .ttl = s->def.key.expiry_ns,
                                        .lease = s->def.key.lease_ns,
                                        .record = records[s->kind],
                                        .checks_fingerprint = true,
                                        .replays_errors = s->def.key.replays_errors };
    return m;
}

static int64_t model_asks(struct model *m, const struct lab_step *one)
{
    uint32_t at = unused(m->stages), key = key_of(one), owner;
    if (at == WORKS)
        return NOBODY;
    switch (sim_key_take(&m->rule, &m->keys[key], one->at_ns, payload_of(one), &owner)) {
    case SIM_KEY_GO:
        m->stages[at] = BEGUN;
        m->works[at].key = key;
        m->works[at].owner = owner;
        m->works[at].payload = payload_of(one);
        return RUNS;
    case SIM_KEY_REPLAY:
        return REPLAYS + m->keys[key].status;
    case SIM_KEY_MISMATCH:
        return MISMATCH;
    default:
        return IN_PROGRESS;
    }
}

// Half way it can only end well: the effect has been had.
static enum word ends_as(enum stage stage, const struct lab_step *one)
{
    return stage == HALFWAY ? ENDS_WELL : (enum word)one->word;
}

// An effect that is in one with its record is undone where that is not heard. Nothing is to be heard
// of what is not kept, or was written down before.
static int64_t model_ends(struct model *m, uint32_t at, const struct lab_step *one)
{
    enum word word = ends_as(m->stages[at], one);
    enum sim_outcome outcome = word == ENDS_WELL ? SIM_OK
                               : word == FAILS   ? SIM_ERROR
                                                 : SIM_REJECTED;
    bool had = m->stages[at] == HALFWAY, is_with = m->rule.record == SIM_RECORD_WITH;
    bool is_kept = outcome == SIM_OK || (outcome == SIM_ERROR && m->rule.replays_errors);
    uint32_t key = m->works[at].key;
    m->stages[at] = NONE;
    bool heard =
        sim_key_finish(&m->rule, &m->keys[key], one->at_ns, m->works[at].owner,
                       m->works[at].payload, outcome, outcome == SIM_OK ? 200 : 500);
    m->effects[key] += !had && outcome == SIM_OK && (heard || !is_with);
    heard = heard || !is_kept || m->rule.record == SIM_RECORD_BEFORE;
    return 1 + m->effects[key] + (heard ? 0 : NOT_HEARD);
}

static int64_t model_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct model *m = side;
    if (one->word == ASKS)
        return model_asks(m, one);
    uint32_t at = living(m->stages, (uint32_t)one->chance);
    if (at == WORKS)
        return NOBODY;
    uint32_t key = m->works[at].key;
    if (one->word == GOES_ON && m->stages[at] == BEGUN && s->kind == AFTER) {
        m->effects[key]++;
        m->stages[at] = HALFWAY;
    }
    if (one->word == DIES)
        m->stages[at] = DEAD;
    if (one->word == GOES_ON || one->word == DIES)
        return 1 + m->effects[key];
    return model_ends(m, at, one);
}

void lab_key_works(const struct lab_steps *s, int64_t *works)
{
    struct model *m = model_open(s);
    int64_t began[WORKS] = { 0 };
    for (uint32_t i = 0; m && i < s->count; i++) {
        const struct lab_step *one = &s->at[i];
        bool asks = one->word == ASKS;
        uint32_t at = asks ? unused(m->stages) : living(m->stages, (uint32_t)one->chance);
        works[i] = asks ? key_of(one) : at < WORKS ? began[at] : 0;
        if (model_step(m, s, one) == RUNS && asks)
            began[at] = 1 + i;
    }
    free(m);
}

// ---- The real side ----

#    define STACK (512u << 10)

struct real;

struct work {
    struct real *of; // NULL: has not been used
    ucontext_t context;
    char *stack;
    void *fiber; // what ThreadSanitizer knows it by
    bool is_finished;
    // Of the request that it handles.
    struct lab_idempotency store;
    struct lab_idempotency_request request;
    struct lab_idempotency_reply reply;
    enum lab_idempotency_verdict verdict;
    char key[8];
    enum word order;
    bool has_claimed, halts_halfway;
    uint32_t gaps; // between transactions, that it has come to
};

struct real {
    ucontext_t main;
    void *fiber;
    enum kind kind;
    char path[40];
    struct lab_idempotency_def def;
    struct lab_idempotency looks; // what it has come to
    enum stage stages[WORKS];
    struct work works[WORKS];
};

static void begin_fiber(struct work *w)
{
#    ifdef __SANITIZE_THREAD__
    w->of->fiber = __tsan_get_current_fiber();
    w->fiber = __tsan_create_fiber(0);
#    else
    (void)w;
#    endif
}

static void end_fiber(struct work *w)
{
#    ifdef __SANITIZE_THREAD__
    __tsan_destroy_fiber(w->fiber);
#    else
    (void)w;
#    endif
}

static void turn_to(void *fiber)
{
#    ifdef __SANITIZE_THREAD__
    __tsan_switch_to_fiber(fiber, 0);
#    else
    (void)fiber;
#    endif
}

static void halt(struct work *w)
{
    turn_to(w->of->fiber);
    swapcontext(&w->context, &w->of->main);
}

static void run(struct work *w)
{
    turn_to(w->fiber);
    swapcontext(&w->of->main, &w->context);
}

// Where no transaction is open, once it has been in that of the claim.
static void may_halt(void *ctx, uint32_t number)
{
    struct work *w = ctx;
    (void)number;
    if (!sqlite3_get_autocommit(w->store.db))
        w->has_claimed = true;
    else if (w->has_claimed && (++w->gaps == (w->of->kind == BEFORE ? 2u : 1u) ||
                                (w->gaps == 2 && w->halts_halfway)))
        halt(w);
}

static void do_work(sqlite3 *db, void *arg, struct lab_idempotency_reply *reply)
{
    struct work *w = arg;
    char sql[64];
    snprintf(sql, sizeof sql, "INSERT INTO effects VALUES('%s')", w->key);
    if (w->order == ENDS_WELL)
        sqlite3_exec(db, sql, NULL, NULL, NULL);
    if (w->order == FAILS)
        reply->status = 500;
    if (w->order == IS_REFUSED)
        reply->has_begun = false;
}

// What begins on a stack of its own is told who it is in two halves.
static void handle(unsigned high, unsigned low)
{
    struct work *w = (struct work *)((uintptr_t)high << 32 | low);
    for (;;) {
        w->verdict = lab_idempotency_handle(&w->store, &w->request, do_work, w, &w->reply);
        w->is_finished = true;
        halt(w);
    }
}

// Nothing has to outlive the machine, so nothing waits for the disk.
static bool open_store(struct lab_idempotency *store, const struct lab_idempotency_def *def,
                       const char *path)
{
    return lab_idempotency_open(store, def, path) &&
           sqlite3_exec(store->db,
                        "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; "
                        "CREATE TABLE IF NOT EXISTS effects(key TEXT)",
                        NULL, NULL, NULL) == SQLITE_OK;
}

static bool open_work(struct real *r, struct work *w)
{
    struct lab_idempotency_def def = r->def;
    def.step = may_halt;
    def.ctx = w;
    w->stack = malloc(STACK);
    if (!w->stack || !open_store(&w->store, &def, r->path)) {
        free(w->stack);
        return false;
    }
    w->of = r;
    begin_fiber(w);
    getcontext(&w->context);
    w->context.uc_stack.ss_sp = w->stack;
    w->context.uc_stack.ss_size = STACK;
    w->context.uc_link = NULL;
    makecontext(&w->context, (void (*)(void))handle, 2, (unsigned)((uintptr_t)w >> 32),
                (unsigned)(uintptr_t)w);
    return true;
}

static void *real_open(const struct lab_steps *s)
{
    static const enum lab_idempotency_protection of[] = { LAB_IDEMPOTENCY_ATOMIC,
                                                          LAB_IDEMPOTENCY_EFFECT_FIRST,
                                                          LAB_IDEMPOTENCY_RECORD_FIRST };
    struct real *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    // In memory where there is such a place: making a store waits for the disk.
    bool in_memory = access("/dev/shm", W_OK) == 0;
    strcpy(r->path, in_memory ? "/dev/shm/convoy-XXXXXX" : "/tmp/convoy-XXXXXX");
    r->kind = (enum kind)s->kind;
    r->def = lab_idempotency_default();
    r->def.protection = of[s->kind];
    r->def.lease_ns = s->def.key.lease_ns;
    r->def.expiry_ns = s->def.key.expiry_ns;
    r->def.replays_errors = s->def.key.replays_errors;
    int fd = mkstemp(r->path);
    if (fd < 0 || !open_store(&r->looks, &r->def, r->path)) {
        free(r);
        return NULL;
    }
    close(fd);
    return r;
}

static int64_t effects_of(struct real *r, const char *key)
{
    sqlite3_stmt *q = NULL;
    int64_t n = -1;
    sqlite3_prepare_v2(r->looks.db, "SELECT count(*) FROM effects WHERE key = ?", -1, &q,
                       NULL);
    if (sqlite3_bind_text(q, 1, key, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_step(q) == SQLITE_ROW)
        n = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return n;
}

static int64_t asked(struct real *r, uint32_t at)
{
    const struct work *w = &r->works[at];
    if (!w->is_finished) {
        r->stages[at] = BEGUN;
        return RUNS;
    }
    switch (w->verdict) {
    case LAB_IDEMPOTENCY_REPLAY:
        return REPLAYS + w->reply.status;
    case LAB_IDEMPOTENCY_MISMATCH:
        return MISMATCH;
    case LAB_IDEMPOTENCY_IN_PROGRESS:
        return IN_PROGRESS;
    default:
        return -100 - (int64_t)w->verdict;
    }
}

static int64_t real_asks(struct real *r, const struct lab_step *one)
{
    uint32_t at = unused(r->stages);
    if (at == WORKS)
        return NOBODY;
    struct work *w = &r->works[at];
    if (!w->of && !open_work(r, w))
        return -100;
    snprintf(w->key, sizeof w->key, "k%u", (unsigned)key_of(one));
    w->request = (struct lab_idempotency_request){ w->key, payload_of(one), one->at_ns };
    w->is_finished = w->has_claimed = w->halts_halfway = false;
    w->gaps = 0;
    w->order = IS_REFUSED;
    run(w);
    return asked(r, at);
}

static int64_t real_goes_on(struct real *r, uint32_t at)
{
    struct work *w = &r->works[at];
    if (r->kind == AFTER && r->stages[at] == BEGUN) {
        w->order = ENDS_WELL;
        w->halts_halfway = true;
        run(w);
        r->stages[at] = HALFWAY;
    }
    return 1 + effects_of(r, w->key);
}

static int64_t real_ends(struct real *r, uint32_t at, const struct lab_step *one)
{
    struct work *w = &r->works[at];
    w->order = ends_as(r->stages[at], one);
    r->stages[at] = NONE;
    run(w);
    if (!w->is_finished ||
        (w->verdict != LAB_IDEMPOTENCY_RUN && w->verdict != LAB_IDEMPOTENCY_IN_PROGRESS))
        return -100 - (int64_t)w->verdict;
    return 1 + effects_of(r, w->key) + (w->verdict == LAB_IDEMPOTENCY_RUN ? 0 : NOT_HEARD);
}

static int64_t real_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct real *r = side;
    (void)s;
    if (one->word == ASKS)
        return real_asks(r, one);
    uint32_t at = living(r->stages, (uint32_t)one->chance);
    if (at == WORKS)
        return NOBODY;
    if (one->word == GOES_ON)
        return real_goes_on(r, at);
    if (one->word != DIES)
        return real_ends(r, at, one);
    r->stages[at] = DEAD;
    return 1 + effects_of(r, r->works[at].key);
}

// What was stopped for good goes on to its end, and nobody asks what it does there.
static void close_work(struct work *w)
{
    if (!w->of)
        return;
    w->halts_halfway = false;
    while (!w->is_finished)
        run(w);
    end_fiber(w);
    lab_idempotency_close(&w->store);
    free(w->stack);
}

static void real_close(void *side)
{
    struct real *r = side;
    for (uint32_t i = 0; i < WORKS; i++)
        close_work(&r->works[i]);
    lab_idempotency_close(&r->looks);
    unlink(r->path);
    free(r);
}

// ---- Scripts ----

static int64_t beside(uint64_t *r)
{
    return (int64_t)lab_draw_below(r, 3) - 1;
}

static int64_t next_time(uint64_t *r, const struct lab_steps *s, enum edge edge)
{
    int64_t last = s->at[s->count - 1].at_ns, at = last;
    int64_t any = s->at[lab_draw_below(r, s->count)].at_ns;
    if (edge == LEASE)
        at = lab_moved(any, s->def.key.lease_ns + beside(r));
    if (edge == EXPIRY)
        at = lab_moved(any, s->def.key.expiry_ns + beside(r));
    if (edge == ANY)
        at = lab_moved(last, (int64_t)lab_draw_below(r, 40));
    if (edge == END)
        at = INT64_MAX - (int64_t)lab_draw_below(r, 3);
    return at > last ? at : last;
}

static struct lab_step any_step(uint64_t *r)
{
    static const uint32_t likely[] = { ASKS,      ASKS, ASKS,       ASKS,
                                       ASKS,      ASKS, ENDS_WELL,  FAILS,
                                       ENDS_WELL, DIES, IS_REFUSED, GOES_ON };
    struct lab_step one = { .word = likely[lab_draw_below(r, 12)] };
    one.chance = lab_draw_below(r, 12);
    one.amount =
        lab_draw_below(r, 5) == 0; // what is asked for with a key is mostly the same
    return one;
}

static void make(uint32_t kind, uint64_t seed, struct lab_steps *s)
{
    static const enum edge edges[] = { SAME, SAME, SAME, LEASE, LEASE, EXPIRY, ANY, ANY };
    uint64_t r = seed * 8 + kind;
    *s = (struct lab_steps){ .kind = kind, .count = 1 };
    s->def.key.lease_ns = 1 + lab_draw_below(&r, 60);
    s->def.key.expiry_ns = 1 + lab_draw_below(&r, 200);
    s->def.key.replays_errors = lab_draw_below(&r, 2);
    s->at[0] = any_step(&r);
    s->at[0].at_ns = lab_draw_beginning(&r);
    s->at[0].edge = END;
    while (s->count < LAB_STEPS) {
        enum edge edge = edges[lab_draw_below(&r, 8)];
        if (lab_draw_below(&r, 300) == 0)
            edge = END;
        struct lab_step one = any_step(&r);
        one.at_ns = next_time(&r, s, edge);
        one.edge = edge;
        s->at[s->count++] = one;
    }
}

static void describe(const struct lab_steps *s, char *text, size_t size)
{
    const struct lab_key_rule *d = &s->def.key;
    snprintf(text, size, "lease %" PRId64 " ns, expiry %" PRId64 " ns, errors %s",
             d->lease_ns, d->expiry_ns, d->replays_errors ? "kept" : "not kept");
}

static void tell(const struct lab_steps *s, const struct lab_step *one, char *text,
                 size_t size)
{
    int64_t works[LAB_STEPS] = { 0 };
    lab_key_works(s, works);
    if (one->word == ASKS)
        snprintf(text, size, "step %u asks for key %u, fingerprint %u",
                 1 + (unsigned)(one - s->at), key_of(one), payload_of(one));
    else
        snprintf(text, size, "step %u's %s", (unsigned)works[one - s->at],
                 words[one->word]);
}

static void tell_answer(const struct lab_steps *s, const struct lab_step *one,
                        int64_t answer, char *text, size_t size)
{
    static const char *const said[] = { "a mismatch", "in progress", "a run" };
    (void)s;
    if (one->word == ASKS && answer >= MISMATCH && answer <= RUNS)
        snprintf(text, size, "%s", said[answer - MISMATCH]);
    else if (one->word == ASKS && answer >= REPLAYS && answer < NOBODY)
        snprintf(text, size, "the answer %" PRId64 " again", answer - REPLAYS);
    else if (answer >= NOT_HEARD && answer < REPLAYS)
        snprintf(text, size, "it is not heard");
    else
        snprintf(text, size, "%" PRId64 " effects", answer - 1);
}

const struct lab_steps_pattern lab_idempotency_pattern = {
    .name = "idempotency",
    .kinds = kinds,
    .words = words,
    .model = { model_open, model_step, free },
    .real = { real_open, real_step, real_close },
    .make = make,
    .scripts = LAB_STEP_SCRIPTS / 3 + 1, // all kinds together as many as of others each
    .describe = describe,
    .tell = tell,
    .tell_answer = tell_answer,
};

void lab_verify_idempotency(const struct lab_verify_def *def, struct lab_report *out)
{
    lab_verify_steps(def, &lab_idempotency_pattern, &lab_idempotency_pattern.real, out);
}

#else

void lab_verify_idempotency(const struct lab_verify_def *def, struct lab_report *out)
{
    struct lab_check check = { .kind = LAB_DECISION, .verdict = LAB_ABSENT };
    (void)def;
    snprintf(check.name, sizeof check.name, "idempotency");
    snprintf(check.detail, sizeof check.detail,
             "needs SQLite when convoy is built (Debian: libsqlite3-dev)");
    lab_report_add(out, &check);
}

#endif
