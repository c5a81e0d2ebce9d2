#include "labs/concurrency_limit/concurrency_limit.h"

#include <math.h>

#define S ((int64_t)1000000000)

struct lab_concurrency_def lab_concurrency_default(enum lab_concurrency_kind kind)
{
    struct lab_concurrency_def def = { .kind = kind, .initial = 20, .min = 20, .max = 200 };
    def.smoothing = 1;
    if (kind == LAB_CONCURRENCY_AIMD) {
        def.backoff = 0.9;
        def.timeout_ns = 5 * S;
    } else if (kind == LAB_CONCURRENCY_VEGAS) {
        def.min = 1;
        def.max = 1000;
        def.probe = 30;
    } else if (kind == LAB_CONCURRENCY_GRADIENT2) {
        def.smoothing = 0.2;
        def.queue = 4;
        def.tolerance = 1.5;
        def.long_window = 600;
    }
    return def;
}

static double clamp(double x, double least, double most)
{
    return fmin(fmax(x, least), most);
}

static void move(struct lab_concurrency *c, double wanted)
{
    wanted = clamp(wanted, c->def.min, c->def.max);
    c->limit = (1 - c->def.smoothing) * c->limit + c->def.smoothing * wanted;
}

// DOC(concurrency-idle) A limit that is not used says nothing: with half of it under way everything
// is quick, and it would grow for ever and hold nobody when the load comes.
static bool is_used(const struct lab_concurrency *c, const struct lab_concurrency_sample *s)
{
    return 2.0 * s->in_flight >= c->limit;
}

static void aimd(struct lab_concurrency *c, const struct lab_concurrency_sample *s)
{
    if (s->was_dropped || s->took_ns > c->def.timeout_ns)
        move(c, floor(c->limit * c->def.backoff)); // in whole numbers
    else if (is_used(c, s))
        move(c, c->limit + 1);
}

// ---- Vegas ----

static void await_probe(struct lab_concurrency *c,
                        const struct lab_concurrency_chance *chance)
{
    c->samples = 0;
    c->probe_jitter = 0.5 + chance->draw(chance->ctx) / 2;
}

// How many of the limit are waiting, if all of them were under way: what is not explained by the
// time that one takes alone.
static double queued(const struct lab_concurrency *c,
                     const struct lab_concurrency_sample *s)
{
    return ceil(c->limit * (1 - (double)c->unloaded_ns / (double)s->took_ns));
}

static void adjust_vegas(struct lab_concurrency *c, const struct lab_concurrency_sample *s)
{
    double step = fmax(floor(log10(floor(c->limit))), 1), alpha = 3 * step, beta = 6 * step;
    double queue = queued(c, s);
    if (s->was_dropped)
        move(c, c->limit - step);
    else if (!is_used(c, s))
        return;
    else if (queue <= step)
        move(c, c->limit + beta);
    else if (queue < alpha)
        move(c, c->limit + step);
    else if (queue > beta)
        move(c, c->limit - step);
}

// DOC(concurrency-probe) The shortest time ever seen is of a day that is gone: a service that became
// slower for good would be throttled for good. So it is forgotten now and then, at another moment
// on each client.
static void vegas(struct lab_concurrency *c, const struct lab_concurrency_sample *s,
                  const struct lab_concurrency_chance *chance)
{
    c->samples++;
    if (c->samples >= c->probe_jitter * c->def.probe * c->limit) {
        await_probe(c, chance);
        c->unloaded_ns = s->took_ns;
    } else if (c->unloaded_ns == 0 || s->took_ns < c->unloaded_ns) {
        c->unloaded_ns = s->took_ns;
    } else {
        adjust_vegas(c, s);
    }
}

// ---- Gradient2 ----

// A mean that is plain until it has enough to be a moving one: a first sample that is off would
// weigh for long.
static void learn_usual(struct lab_concurrency *c, double took_ns)
{
    const uint32_t warm_up = 10;
    if (c->usual_count < warm_up) {
        c->usual_count++;
        c->usual_ns += (took_ns - c->usual_ns) / c->usual_count;
    } else {
        c->usual_ns += (took_ns - c->usual_ns) * 2 / (c->def.long_window + 1.0);
    }
}

// DOC(concurrency-drift) What is usual drifts up while a service is overloaded, and then all seems
// well. When it is more than twice what is now, it is let down faster than the samples would.
static void gradient2(struct lab_concurrency *c, const struct lab_concurrency_sample *s)
{
    double took_ns = (double)s->took_ns;
    learn_usual(c, took_ns);
    double usual_ns = c->usual_ns;
    if (usual_ns / took_ns > 2)
        c->usual_ns *= 0.95;
    if (!is_used(c, s))
        return;
    double gradient = clamp(c->def.tolerance * usual_ns / took_ns, 0.5, 1);
    double wanted = c->limit * gradient + c->def.queue;
    c->limit = clamp((1 - c->def.smoothing) * c->limit + c->def.smoothing * wanted,
                     c->def.min, c->def.max);
}

// ---- All of them ----

void lab_concurrency_init(struct lab_concurrency *c, const struct lab_concurrency_def *def,
                          const struct lab_concurrency_chance *chance)
{
    *c = (struct lab_concurrency){ .def = *def, .limit = def->initial };
    if (def->kind == LAB_CONCURRENCY_VEGAS)
        await_probe(c, chance);
}

bool lab_concurrency_allows(const struct lab_concurrency *c, uint32_t in_flight)
{
    return in_flight < floor(c->limit);
}

void lab_concurrency_sample(struct lab_concurrency *c,
                            const struct lab_concurrency_sample *sample,
                            const struct lab_concurrency_chance *chance)
{
    switch (c->def.kind) {
    case LAB_CONCURRENCY_FIXED:
        break;
    case LAB_CONCURRENCY_AIMD:
        aimd(c, sample);
        break;
    case LAB_CONCURRENCY_VEGAS:
        vegas(c, sample, chance);
        break;
    case LAB_CONCURRENCY_GRADIENT2:
        gradient2(c, sample);
        break;
    }
}
