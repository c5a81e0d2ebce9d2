#include "sim/policy/breaker.h"

#include <string.h>

#define MILLION UINT64_C(1000000)

struct sim_breaker sim_breaker_of(enum sim_breaker_scheme scheme)
{
    struct sim_breaker b = { .kind = SIM_BREAKER_RATE,
                             .window = 20,
                             .min_calls = 10,
                             .failure_rate = MILLION / 2,
                             .slow_rate = MILLION,
                             .open_for = 5 * (sim_time)SIM_S,
                             .probes = 3 };
    switch (scheme) {
    case SIM_BREAKER_R4J:
        b.window = b.min_calls = 100;
        b.slow = b.open_for = 60 * (sim_time)SIM_S;
        b.probes = 10;
        break;
    case SIM_BREAKER_AS_HYSTRIX:
        b.kind = SIM_BREAKER_HYSTRIX;
        b.window = 10;
        b.bucket = SIM_S;
        b.min_calls = 20;
        b.snapshot = 500 * (sim_time)SIM_MS;
        b.probes = 1;
        break;
    case SIM_BREAKER_AS_POLLY:
        b.kind = SIM_BREAKER_POLLY;
        b.window = 10; // its health metrics roll in tenths of the 30 s
        b.bucket = 3 * (sim_time)SIM_S;
        b.min_calls = 100;
        b.failure_rate = MILLION / 10;
        b.probes = 1;
        break;
    case SIM_BREAKER_PYBREAKER:
        b.kind = SIM_BREAKER_CONSECUTIVE;
        b.window = 0;
        b.failures = 5;
        b.open_for = 60 * (sim_time)SIM_S;
        b.probes = 1;
        break;
    default:
        break;
    }
    return b;
}

uint32_t sim_breaker_least(const struct sim_breaker *b)
{
    bool of_calls = b->bucket == 0;
    return of_calls && b->window < b->min_calls ? b->window : b->min_calls;
}

// ---- The window ----

static void forget_all(const struct sim_breaker *b, struct sim_breaker_memory *m,
                       struct sim_breaker_bucket *buckets)
{
    memset(buckets, 0, b->window * sizeof *buckets);
    m->sum = (struct sim_breaker_bucket){ 0 };
    m->at = m->used = m->row = 0;
}

static void take_off(struct sim_breaker_memory *m, struct sim_breaker_bucket *old)
{
    m->sum.calls -= old->calls;
    m->sum.failed -= old->failed;
    m->sum.slow -= old->slow;
    *old = (struct sim_breaker_bucket){ 0 };
}

// What is older than the window leaves it, a bucket at a time.
static void move_to(const struct sim_breaker *b, struct sim_breaker_memory *m,
                    struct sim_breaker_bucket *buckets, sim_time now)
{
    int64_t newest = now / b->bucket;
    int64_t steps = newest - m->bucket;
    for (int64_t i = 1; i <= steps && i <= b->window; i++)
        take_off(m, &buckets[(m->bucket + i) % b->window]);
    if (steps > 0)
        m->bucket = newest;
}

static void add(struct sim_breaker_bucket *to, const struct sim_breaker_bucket *one)
{
    to->calls += one->calls;
    to->failed += one->failed;
    to->slow += one->slow;
}

static void note(const struct sim_breaker *b, struct sim_breaker_memory *m,
                 struct sim_breaker_bucket *buckets, sim_time now,
                 const struct sim_breaker_bucket *one)
{
    struct sim_breaker_bucket *place = buckets + m->at;
    if (b->bucket > 0) {
        move_to(b, m, buckets, now);
        place = &buckets[m->bucket % b->window];
    } else {
        take_off(m, place);
        m->at = m->at + 1 < b->window ? m->at + 1 : 0;
    }
    add(place, one);
    add(&m->sum, one);
}

static bool reaches(uint32_t part, uint32_t of, uint32_t rate)
{
    return part * MILLION >= (uint64_t)rate * of;
}

static bool is_bad(const struct sim_breaker *b, const struct sim_breaker_bucket *sum)
{
    return reaches(sum->failed, sum->calls, b->failure_rate) ||
           (b->slow > 0 && reaches(sum->slow, sum->calls, b->slow_rate));
}

// ---- States ----

static void change(struct sim_breaker_memory *m, enum sim_breaker_state to, sim_time now)
{
    m->state = to;
    m->since = now;
    m->turn++;
    m->row = 0;
    m->trial = (struct sim_breaker_bucket){ 0 };
}

static void open(struct sim_breaker_memory *m, const struct sim_breaker_bucket *cause,
                 sim_time now)
{
    struct sim_breaker_bucket kept = *cause;
    change(m, SIM_BREAKER_OPEN, now);
    m->opened++;
    m->cause = kept;
}

static void shut(const struct sim_breaker *b, struct sim_breaker_memory *m,
                 struct sim_breaker_bucket *buckets, sim_time now)
{
    change(m, SIM_BREAKER_CLOSED, now);
    forget_all(b, m, buckets);
    m->has_snapshot = false;
}

static void try_again(const struct sim_breaker *b, struct sim_breaker_memory *m,
                      sim_time now)
{
    change(m, SIM_BREAKER_HALF_OPEN, now);
    m->permits = b->kind == SIM_BREAKER_RATE ? b->probes : 1;
}

static bool is_over(const struct sim_breaker *b, const struct sim_breaker_memory *m,
                    sim_time now)
{
    sim_time open = now - m->since;
    return b->kind == SIM_BREAKER_HYSTRIX ? open > b->open_for : open >= b->open_for;
}

// Whole rounds of open and half open lead back to where they began.
static void skip_rounds(const struct sim_breaker *b, struct sim_breaker_memory *m,
                        sim_time now)
{
    sim_time round = b->open_for + b->half_open_for;
    sim_time rounds = (now - m->since) / round;
    m->since += rounds * round;
    m->opened += (uint64_t)rounds;
}

bool sim_breaker_passes(const struct sim_breaker *b, struct sim_breaker_memory *m,
                        sim_time now)
{
    bool ends = b->half_open_for > 0;
    if (m->state == SIM_BREAKER_OPEN && b->automatic && ends)
        skip_rounds(b, m, now);
    if (m->state == SIM_BREAKER_OPEN && b->automatic && is_over(b, m, now))
        try_again(b, m, m->since + b->open_for);
    else if (m->state == SIM_BREAKER_HALF_OPEN && ends &&
             now - m->since >= b->half_open_for)
        open(m, &m->trial, m->since + b->half_open_for);
    else
        return false;
    return true;
}

// What time alone has changed.
static void settle(const struct sim_breaker *b, struct sim_breaker_memory *m, sim_time now)
{
    while (sim_breaker_passes(b, m, now))
        continue;
}

static void look(const struct sim_breaker *b, struct sim_breaker_memory *m,
                 struct sim_breaker_bucket *buckets, sim_time now)
{
    if (m->has_snapshot && now - m->snapshot < b->snapshot)
        return;
    m->has_snapshot = true;
    m->snapshot = now;
    move_to(b, m, buckets, now);
    if (m->sum.calls >= b->min_calls && is_bad(b, &m->sum))
        open(m, &m->sum, now);
}

void sim_breaker_begin(const struct sim_breaker *b, struct sim_breaker_memory *m,
                       sim_time now)
{
    *m = (struct sim_breaker_memory){ .since = now };
    if (b->bucket > 0)
        m->bucket = now / b->bucket;
}

bool sim_breaker_allows(const struct sim_breaker *b, struct sim_breaker_memory *m,
                        struct sim_breaker_bucket *buckets, sim_time now)
{
    settle(b, m, now);
    if (b->kind == SIM_BREAKER_HYSTRIX && m->state == SIM_BREAKER_CLOSED)
        look(b, m, buckets, now);
    if (m->state == SIM_BREAKER_OPEN && is_over(b, m, now))
        try_again(b, m, now);
    if (m->state != SIM_BREAKER_HALF_OPEN)
        return m->state == SIM_BREAKER_CLOSED || m->state == SIM_BREAKER_DISABLED;
    if (m->permits == 0)
        return false;
    m->permits--;
    return true;
}

// ---- Results ----

static void record_closed(const struct sim_breaker *b, struct sim_breaker_memory *m,
                          struct sim_breaker_bucket *buckets, sim_time now,
                          const struct sim_breaker_bucket *one)
{
    if (b->kind == SIM_BREAKER_CONSECUTIVE) {
        m->row = one->failed ? m->row + 1 : 0;
        if (m->row >= b->failures)
            open(m, &(struct sim_breaker_bucket){ m->row, m->row, 0 }, now);
        return;
    }
    note(b, m, buckets, now, one);
    bool asks =
        b->kind == SIM_BREAKER_RATE || (b->kind == SIM_BREAKER_POLLY && one->failed);
    if (asks && m->sum.calls >= sim_breaker_least(b) && is_bad(b, &m->sum))
        open(m, &m->sum, now);
}

static void record_half_open(const struct sim_breaker *b, struct sim_breaker_memory *m,
                             struct sim_breaker_bucket *buckets, sim_time now,
                             const struct sim_breaker_bucket *one)
{
    bool of_all = b->kind == SIM_BREAKER_RATE;
    add(&m->trial, one);
    bool has_all = m->trial.calls >= b->probes;
    if (of_all ? has_all && is_bad(b, &m->trial) : one->failed > 0) {
        open(m, &m->trial, now);
    } else if (has_all) {
        shut(b, m, buckets, now);
    } else if (!of_all && m->permits == 0) {
        m->permits = 1;
    }
}

void sim_breaker_record(const struct sim_breaker *b, struct sim_breaker_memory *m,
                        struct sim_breaker_bucket *buckets, sim_time now,
                        enum sim_breaker_result result, sim_time took)
{
    struct sim_breaker_bucket one = { .calls = 1, .failed = result == SIM_BREAKER_FAILED };
    one.slow = b->slow > 0 && took > b->slow;
    settle(b, m, now);
    if (result == SIM_BREAKER_IGNORED) {
        m->permits += m->state == SIM_BREAKER_HALF_OPEN;
        return;
    }
    if (m->state == SIM_BREAKER_CLOSED)
        record_closed(b, m, buckets, now, &one);
    else if (m->state == SIM_BREAKER_HALF_OPEN)
        record_half_open(b, m, buckets, now, &one);
}

void sim_breaker_force(const struct sim_breaker *b, struct sim_breaker_memory *m,
                       struct sim_breaker_bucket *buckets, enum sim_breaker_state to,
                       sim_time now)
{
    shut(b, m, buckets, now);
    m->state = to;
}

bool sim_breaker_opens_by_itself(const struct sim_breaker *b)
{
    return b->half_open_for > 0;
}

enum sim_breaker_state sim_breaker_state_at(const struct sim_breaker *b,
                                            struct sim_breaker_memory *m, sim_time now)
{
    settle(b, m, now);
    return m->state;
}

const char *sim_breaker_name(enum sim_breaker_scheme scheme)
{
    static const char *const names[SIM_BREAKER_SCHEMES] = {
        [SIM_BREAKER_PLAIN] = "plain",         [SIM_BREAKER_R4J] = "resilience4j",
        [SIM_BREAKER_AS_HYSTRIX] = "hystrix",  [SIM_BREAKER_AS_POLLY] = "polly",
        [SIM_BREAKER_PYBREAKER] = "pybreaker",
    };
    return names[scheme];
}

const char *sim_breaker_state_name(enum sim_breaker_state state)
{
    static const char *const names[] = { [SIM_BREAKER_CLOSED] = "closed",
                                         [SIM_BREAKER_OPEN] = "open",
                                         [SIM_BREAKER_HALF_OPEN] = "half open",
                                         [SIM_BREAKER_DISABLED] = "disabled",
                                         [SIM_BREAKER_FORCED_OPEN] = "forced open" };
    return names[state];
}
