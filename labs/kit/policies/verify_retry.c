#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "labs/kit/draws.h"
#include "labs/kit/policies/verify_steps.h"
#include "labs/kit/verify_private.h"
#include "sim/policy/retry.h"

// Retries: both sides are told how the attempts of calls end, and draw the same numbers. Whether there
// is another attempt must be the same, and so must be the wait, but for what two ways to write a
// formula leave in the last bit before it is rounded to a nanosecond.

static const struct scheme {
    const char *name;
    enum lab_backoff_scheme lab;
    enum sim_jitter jitter;
    bool is_linear, is_fixed, jitters;
} schemes[] = {
    { "capped", LAB_BACKOFF_CAPPED, SIM_JITTER_NONE, false, false, false },
    { "full", LAB_BACKOFF_FULL_JITTER, SIM_JITTER_FULL, false, false, false },
    { "equal", LAB_BACKOFF_EQUAL_JITTER, SIM_JITTER_EQUAL, false, false, false },
    { "decorrelated", LAB_BACKOFF_DECORRELATED, SIM_JITTER_DECORRELATED, false, false,
      false },
    { "tenacity", LAB_BACKOFF_TENACITY, SIM_JITTER_ADDITIVE, false, false, false },
    { "tenacity, random", LAB_BACKOFF_TENACITY_RANDOM, SIM_JITTER_FULL, false, false,
      false },
    { "grpc", LAB_BACKOFF_GRPC, SIM_JITTER_GRPC, false, false, false },
    { "grpc-legacy", LAB_BACKOFF_GRPC_LEGACY, SIM_JITTER_FULL, false, false, false },
    { "envoy", LAB_BACKOFF_ENVOY, SIM_JITTER_ENVOY, false, false, false },
    { "resilience4j", LAB_BACKOFF_RESILIENCE4J, SIM_JITTER_PROPORTIONAL, false, false,
      false },
    { "polly, fixed", LAB_BACKOFF_POLLY_CONSTANT, SIM_JITTER_PROPORTIONAL, false, true,
      true },
    { "polly, linear", LAB_BACKOFF_POLLY_LINEAR, SIM_JITTER_PROPORTIONAL, true, false,
      true },
    { "polly, exponential", LAB_BACKOFF_POLLY_EXPONENTIAL, SIM_JITTER_POLLY, false, false,
      true },
    { "celery", LAB_BACKOFF_CELERY, SIM_JITTER_WHOLE_SECONDS, false, false, true },
};
#define SCHEMES (sizeof schemes / sizeof *schemes)

static const char *const kinds[SCHEMES + 1] = { "capped",
                                                "full",
                                                "equal",
                                                "decorrelated",
                                                "tenacity",
                                                "tenacity, random",
                                                "grpc",
                                                "grpc-legacy",
                                                "envoy",
                                                "resilience4j",
                                                "polly, fixed",
                                                "polly, linear",
                                                "polly, exponential",
                                                "celery",
                                                NULL };

enum word {
    FAILS,
    PUSHED_BACK, // the server says when to come back, or not to
    BEGINS,      // another call
    IS_FATAL
};
static const char *const words[] = { "fails", "pushed back", "begins", "is fatal", NULL };

// ---- The two sides ----

struct model {
    struct sim_retry r;
    struct sim_retry_state s;
};

static void translate(const struct lab_steps *s, struct sim_retry *r)
{
    const struct scheme *scheme = &schemes[s->kind];
    const struct lab_backoff_def *d = &s->def.retry.backoff;
    *r = sim_retry_default();
    r->max_attempts = s->def.retry.max_attempts ? s->def.retry.max_attempts : SIM_FOR_EVER;
    r->most = scheme->lab == LAB_BACKOFF_GRPC || scheme->lab == LAB_BACKOFF_GRPC_LEGACY
                  ? 5
                  : SIM_FOR_EVER;
    r->base = d->base_ns;
    r->factor = scheme->is_fixed ? 1 : d->factor;
    r->cap = d->cap_ns < SIM_NO_CAP ? d->cap_ns : SIM_NO_CAP;
    r->spread = d->jitter_ns;
    r->share = d->spread;
    r->growth = scheme->is_linear ? SIM_GROWTH_LINEAR : SIM_GROWTH_EXPONENTIAL;
    r->jitter = scheme->jitter;
    bool has_floor =
        scheme->lab == LAB_BACKOFF_TENACITY || scheme->lab == LAB_BACKOFF_TENACITY_RANDOM;
    r->least = has_floor ? d->floor_ns : 0;
}

static void *model_open(const struct lab_steps *s)
{
    struct model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    translate(s, &m->r);
    m->s.attempts = 1;
    return m;
}

// A stream whose next number belongs to the step, for both sides.
static struct sim_random stream_of(const struct lab_step *one)
{
    struct sim_random r;
    uint64_t state = one->chance;
    for (uint32_t i = 0; i < 4; i++)
        r.s[i] = lab_draw(&state) | 1;
    return r;
}

// A wait of nothing is a yes as well.
static int64_t model_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct model *m = side;
    struct sim_random rng = stream_of(one);
    sim_time wait;
    bool again = false;
    (void)s;
    switch ((enum word)one->word) {
    case FAILS:
        again = sim_retry_next(&m->r, &m->s, SIM_ERROR, &rng, &wait);
        break;
    case PUSHED_BACK:
        again = sim_retry_pushed_back(&m->r, &m->s, SIM_ERROR, one->amount, &wait);
        break;
    case BEGINS:
        m->s = (struct sim_retry_state){ .attempts = 1 };
        return 1;
    case IS_FATAL: // as an outcome that is not among those to try again
        again = sim_retry_next(&m->r, &m->s, SIM_CANCELLED, &rng, &wait);
        break;
    }
    return again ? 1 + wait : 0;
}

static double draw(void *ctx)
{
    return sim_random_unit(ctx);
}

static void *real_open(const struct lab_steps *s)
{
    struct lab_retry *r = calloc(1, sizeof *r);
    if (r)
        lab_retry_init(r, &s->def.retry, 0);
    return r;
}

static int64_t real_step(void *side, const struct lab_steps *s, const struct lab_step *one)
{
    struct lab_retry *r = side;
    struct sim_random rng = stream_of(one);
    struct lab_backoff_chance chance = { draw, &rng };
    bool is_fatal = one->word == IS_FATAL;
    if (one->word == BEGINS) {
        lab_retry_init(r, &s->def.retry, 0);
        return 1;
    }
    struct lab_retry_answer a = lab_retry_failed(
        r, &s->def.retry, is_fatal ? LAB_RETRY_FATAL : LAB_RETRY_TRANSIENT,
        one->word == PUSHED_BACK ? one->amount : LAB_RETRY_NO_ADVICE, 0, &chance);
    return a.verdict == LAB_RETRY_AGAIN ? 1 + a.at_ns : 0;
}

double lab_retry_chance(const struct lab_step *one)
{
    struct sim_random rng = stream_of(one);
    return sim_random_unit(&rng);
}

// ---- Scripts ----

static void make(uint32_t kind, uint64_t seed, struct lab_steps *s)
{
    static const int64_t bases[] = { 0, 1, 7, 1000000, 100000000, 1000000000, 2500000000 };
    static const double factors[] = { 1, 1.5, 2, 3 };
    uint64_t r = seed * 16 + kind;
    *s = (struct lab_steps){ .kind = kind };
    struct lab_retry_def *def = &s->def.retry;
    *def = lab_retry_default(schemes[kind].lab);
    def->try_timeout_ns = def->timeout_ns = LAB_RETRY_NEVER;
    def->max_attempts = lab_draw_below(&r, 4) ? 1 + lab_draw_below(&r, 8) : 0;
    def->backoff.base_ns = bases[lab_draw_below(&r, 7)];
    def->backoff.cap_ns = bases[1 + lab_draw_below(&r, 6)] * (1 + lab_draw_below(&r, 20));
    def->backoff.factor = factors[lab_draw_below(&r, 4)];
    if (schemes[kind].jitter == SIM_JITTER_POLLY || schemes[kind].lab == LAB_BACKOFF_CELERY)
        def->backoff.factor = 2;
    def->backoff.floor_ns = bases[lab_draw_below(&r, 7)];
    def->backoff.jitter_ns = bases[lab_draw_below(&r, 7)];
    def->backoff.spread = lab_draw_below(&r, 11) / 10.0;
    def->backoff.jitters = schemes[kind].jitters;
    while (s->count < LAB_STEPS) {
        static const uint32_t likely[] = { FAILS, FAILS,       FAILS,  FAILS, FAILS,
                                           FAILS, PUSHED_BACK, BEGINS, FAILS, IS_FATAL };
        struct lab_step one = { .word = likely[lab_draw_below(&r, 10)] };
        one.amount = (int64_t)lab_draw_below(&r, 12) - 1;
        one.chance = lab_draw(&r);
        s->at[s->count++] = one;
    }
}

// A nanosecond, and a part in 10^12 for what is so long that doubles are no finer.
static int64_t slack(const struct lab_step *one, int64_t answer)
{
    (void)one;
    return 1 + answer / INT64_C(1000000000000);
}

static void describe(const struct lab_steps *s, char *text, size_t size)
{
    const struct lab_retry_def *d = &s->def.retry;
    snprintf(text, size,
             "attempts %" PRIu32 ", base %" PRId64 ", factor %g, cap %" PRId64
             ", floor %" PRId64 ", jitter %" PRId64 ", spread %g",
             d->max_attempts, d->backoff.base_ns, d->backoff.factor, d->backoff.cap_ns,
             d->backoff.floor_ns, d->backoff.jitter_ns, d->backoff.spread);
}

static void tell(const struct lab_steps *s, const struct lab_step *one, char *text,
                 size_t size)
{
    bool is_drawn = schemes[s->kind].jitter != SIM_JITTER_NONE;
    if (one->word == PUSHED_BACK)
        snprintf(text, size, "%s by %" PRId64, words[one->word], one->amount);
    else if (one->word == FAILS && is_drawn)
        snprintf(text, size, "%s (chance %.17g)", words[one->word], lab_retry_chance(one));
    else
        snprintf(text, size, "%s", words[one->word]);
}

static void tell_answer(const struct lab_steps *s, const struct lab_step *one,
                        int64_t answer, char *text, size_t size)
{
    (void)s;
    if (one->word == BEGINS || answer < 1)
        snprintf(text, size, "%s", one->word == BEGINS ? "a call" : "no retry");
    else
        snprintf(text, size, "a retry in %" PRId64 " ns", answer - 1);
}

const struct lab_steps_pattern lab_retry_pattern = {
    .name = "retry",
    .kinds = kinds,
    .words = words,
    .model = { model_open, model_step, free },
    .real = { real_open, real_step, free },
    .make = make,
    .slack = slack,
    .describe = describe,
    .tell = tell,
    .tell_answer = tell_answer,
};

void lab_verify_retry(const struct lab_verify_def *def, struct lab_report *out)
{
    lab_verify_steps(def, &lab_retry_pattern, &lab_retry_pattern.real, out);
}
