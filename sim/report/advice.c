#include "sim/report/advice.h"

#include <math.h>
#include <stdio.h>

#include "sim/report/number.h"

// Beyond this share of a ceiling lines grow long, whatever the executor.
#define FULL 0.85

// More threads or processes than this at work at a time speak for an event loop: 16 kB each
// is little, but each is one more waiter at the GIL.
#define MANY 200.0

// Ceilings that differ by less decide nothing; then the plainer one is named.
#define ALIKE 0.05

// ---- Samples ----

enum sim_sample sim_sample_of(enum sim_cause cause)
{
    switch (cause) {
    case SIM_IN_PYTHON:
        return SIM_SAMPLE_PYTHON;
    case SIM_IN_NATIVE:
        return SIM_SAMPLE_NATIVE;
    case SIM_IN_IO:
    case SIM_IN_LOCK:
    case SIM_IN_BACKOFF:
    case SIM_IN_DEPENDENCY:
    case SIM_IN_POOL:
    case SIM_IN_LIMIT:
    case SIM_IN_BULKHEAD:
    case SIM_IN_CONNECTIONS:
        return SIM_SAMPLE_WAITING;
    case SIM_IN_GIL:
        return SIM_SAMPLE_GIL;
    case SIM_IN_CORE:
    case SIM_IN_PAUSE:
        return SIM_SAMPLE_SYSTEM;
    case SIM_IN_QUEUE:
    case SIM_IN_LOOP: // no thread waits there
    case SIM_IN_NETWORK:
    case SIM_CAUSES:
        break;
    }
    return SIM_SAMPLE_NONE;
}

const char *sim_sample_name(enum sim_sample sample)
{
    static const char *const names[] = { "python", "native", "waiting", "gil", "system" };
    return sample < SIM_SAMPLES ? names[sample] : "outside";
}

const char *sim_workload_name(enum sim_workload workload)
{
    static const char *const names[] = { "CPU-bound", "I/O-bound", "hybrid", "idle" };
    return names[workload];
}

const char *sim_choice_name(enum sim_choice choice)
{
    static const char *const names[] = { "threads", "asyncio", "processes", "free-threaded",
                                         "native" };
    return names[choice];
}

// ---- Needs ----

// What pools of processes ran, which the charges of who awaits it contain.
static double elsewhere_s(const struct sim_profile *p, uint32_t service)
{
    double ns = 0;
    uint32_t n = p ? sim_profile_lines(p, service) : 0;
    for (uint32_t i = 0; i < n; i++) {
        struct sim_profile_line l = sim_profile_line_at(p, service, i);
        bool is_inside = l.is_elsewhere && !l.runs_beside;
        ns += is_inside ? (double)l.cause_ns[SIM_IN_PYTHON] : 0;
    }
    return ns / SIM_S;
}

// The interpreters of a replica, each with a GIL.
static double interpreters(const struct sim_model *m, const struct sim_service_def *def)
{
    uint32_t pool = def->executor.pool;
    return pool == 0 ? 1 : fmax(sim_model_pool_at(m, pool)->workers, 1);
}

static double holding_s(const struct sim_profile *p, uint32_t service)
{
    double ns = 0;
    uint32_t n = p ? sim_profile_lines(p, service) : 0;
    for (uint32_t i = 0; i < n; i++) {
        struct sim_profile_line l = sim_profile_line_at(p, service, i);
        ns += l.holds_gil ? (double)l.cause_ns[SIM_IN_NATIVE] : 0;
    }
    return ns / SIM_S;
}

static void add_samples(struct sim_advice *a, const struct sim_summary *s)
{
    double inside = 0;
    for (uint32_t c = 0; c < SIM_CAUSES; c++) {
        enum sim_sample sample = sim_sample_of((enum sim_cause)c);
        double t = s->counts[SIM_TIME + c] / SIM_S;
        if (sample == SIM_SAMPLE_NONE) {
            a->outside += t / a->visits;
            continue;
        }
        a->samples[sample] += t;
        inside += t;
    }
    for (uint32_t i = 0; i < SIM_SAMPLES; i++)
        a->samples[i] = inside > 0 ? a->samples[i] / inside : 0;
}

static void classify(struct sim_advice *a)
{
    double computing = a->python + a->native;
    a->own = computing + a->waiting;
    if (!(a->visits > 0) || !(a->own > 0))
        a->workload = SIM_IDLE;
    else if (computing >= SIM_MOSTLY * a->own)
        a->workload = SIM_CPU_BOUND;
    else if (computing <= (1 - SIM_MOSTLY) * a->own)
        a->workload = SIM_IO_BOUND;
    else
        a->workload = SIM_HYBRID;
}

static double time_of(const struct sim_summary *s, const struct sim_advice *a,
                      enum sim_cause cause)
{
    return s->counts[SIM_TIME + cause] / SIM_S / a->visits;
}

static void measure(struct sim_advice *a, const struct sim_summary *s, uint32_t replicas,
                    double holding)
{
    a->visits = sim_summary_visits(s);
    if (!(a->visits > 0))
        return;
    a->python = time_of(s, a, SIM_IN_PYTHON);
    a->native = time_of(s, a, SIM_IN_NATIVE);
    a->holding = fmin(holding / a->visits, a->native);
    a->waiting = time_of(s, a, SIM_IN_IO) + time_of(s, a, SIM_IN_DEPENDENCY) +
                 time_of(s, a, SIM_IN_BACKOFF);
    a->arrivals_per_s = s->counts[SIM_ARRIVED] / s->seconds / replicas;
    a->completed_per_s = a->visits / s->seconds / replicas;
    a->cores_busy = a->completed_per_s * (a->python + a->native) / a->cores;
    add_samples(a, s);
}

// ---- Ceilings ----

static void lower(struct sim_ceiling *c, double busy_s, double of, const char *by)
{
    double per_s = busy_s > 0 ? of / busy_s : INFINITY;
    if (per_s < c->per_s)
        *c = (struct sim_ceiling){ per_s, by };
}

// Each call through a ProcessPoolExecutor keeps the parent's GIL for the time that one takes
// in a burst of many, and as long again goes by in the workers.
static double parent_s(const struct sim_runtime *own)
{
    struct sim_runtime usual;
    if (own->pool_burst > 0)
        return (double)own->pool_burst / SIM_S;
    return sim_runtime_preset("3.14", &usual) ? (double)usual.pool_burst / SIM_S : 0;
}

static double free_threaded_factor(void)
{
    struct sim_runtime r;
    return sim_runtime_preset("3.14t", &r) ? r.bytecode_factor : 1;
}

static void find_ceilings(struct sim_advice *a, const struct sim_runtime *own)
{
    double parent = parent_s(own);
    struct sim_ceiling *c = a->ceilings;
    double python = a->python / a->speed;
    double gil = python + a->holding, work = python + a->native;
    for (uint32_t i = 0; i < SIM_CHOICES; i++)
        c[i] = (struct sim_ceiling){ INFINITY, "nothing" };
    lower(&c[SIM_CHOOSE_THREADS], work, a->cores, "the cores");
    lower(&c[SIM_CHOOSE_THREADS], gil, 1, "the GIL");
    lower(&c[SIM_CHOOSE_ASYNCIO], work, 1, "the event loop");
    lower(&c[SIM_CHOOSE_PROCESSES], work + parent, a->cores, "the cores");
    lower(&c[SIM_CHOOSE_PROCESSES], parent, 1, "the pool's parent");
    lower(&c[SIM_CHOOSE_FREE_THREADED], free_threaded_factor() * python + a->native,
          a->cores, "the cores");
    lower(&c[SIM_CHOOSE_NATIVE], work, a->cores, "the cores");
}

// ---- The choice ----

static bool carries(const struct sim_advice *a, enum sim_choice choice)
{
    return a->ceilings[choice].per_s * FULL >= a->arrivals_per_s;
}

// Processes need nothing but a pool, another interpreter its extensions, native code to be
// written: the first that carries what comes, else the one that carries most.
static enum sim_choice parallel(const struct sim_advice *a)
{
    enum sim_choice best = SIM_CHOOSE_PROCESSES;
    for (enum sim_choice i = best; i < SIM_CHOICES; i++)
        if (carries(a, i))
            return i;
    for (enum sim_choice i = best; i < SIM_CHOICES; i++)
        if (a->ceilings[i].per_s > (1 + ALIKE) * a->ceilings[best].per_s)
            best = i;
    return best;
}

static double at_work(const struct sim_advice *a)
{
    return a->arrivals_per_s * a->own;
}

static void choose(struct sim_advice *a)
{
    enum sim_choice better = parallel(a);
    double gain = a->ceilings[better].per_s / a->ceilings[SIM_CHOOSE_THREADS].per_s;
    a->choice = SIM_CHOOSE_THREADS;
    if (a->workload == SIM_IO_BOUND && at_work(a) > MANY && carries(a, SIM_CHOOSE_ASYNCIO))
        a->choice = SIM_CHOOSE_ASYNCIO;
    else if (!carries(a, SIM_CHOOSE_THREADS) && gain > 1 + ALIKE)
        a->choice = better;
    a->is_enough = carries(a, a->choice);
    double rate = fmin(a->arrivals_per_s, FULL * a->ceilings[a->choice].per_s);
    double busy = rate * a->own / FULL;
    if (a->choice == SIM_CHOOSE_PROCESSES)
        busy = fmax(busy, a->cores);
    if (a->choice != SIM_CHOOSE_ASYNCIO)
        a->workers = (uint32_t)fmin(ceil(fmax(busy, 1)), 1e6);
}

void sim_advise(struct sim_advice *a, const struct sim_run *run,
                const struct sim_profile *profile, struct sim_windows w, uint32_t service)
{
    const struct sim_model *m = sim_run_model(run);
    const struct sim_service_def *def = sim_model_service_at(m, service);
    struct sim_summary s = { 0 };
    sim_summary_service(&s, run, w, service);
    *a = (struct sim_advice){ .cores = sim_model_cores(m, service),
                              .has_workers = sim_model_workers(m, service),
                              .has_runtime = def->has_runtime,
                              .has_gil = def->has_runtime && def->runtime.has_gil,
                              .speed = def->has_runtime ? def->runtime.bytecode_factor : 1,
                              .interpreters = interpreters(m, def),
                              .gil_busy = NAN };
    measure(a, &s, def->replicas, holding_s(profile, service));
    if (a->has_gil && a->visits > 0)
        a->gil_busy = a->completed_per_s *
                      (a->python + a->holding - elsewhere_s(profile, service) / a->visits) /
                      a->interpreters;
    classify(a);
    find_ceilings(a, &def->runtime);
    choose(a);
    sim_summary_fini(&s);
}

// ---- In words ----

void sim_advice_evidence(const struct sim_advice *a, char *out, size_t room)
{
    char share[SIM_NUMBER_ROOM], computing[SIM_NUMBER_ROOM], own[SIM_NUMBER_ROOM];
    char gil[SIM_NUMBER_ROOM], cores[SIM_NUMBER_ROOM];
    if (a->workload == SIM_IDLE) {
        snprintf(out, room, "idle: no visit spent any time here");
        return;
    }
    sim_number_share(share, (a->python + a->native) / a->own);
    sim_number_duration(computing, a->python + a->native);
    sim_number_duration(own, a->own);
    sim_number_share(cores, a->cores_busy);
    int n = snprintf(out, room,
                     "%s: a visit computes for %s of its own %s (%s), the rest "
                     "is waiting; all together kept %u core%s busy for %s",
                     sim_workload_name(a->workload), computing, own, share, a->cores,
                     a->cores == 1 ? "" : "s", cores);
    if (!a->has_gil || n < 0 || (size_t)n >= room)
        return;
    sim_number_share(gil, a->gil_busy);
    snprintf(out + n, room - (size_t)n, ", and %s for %s",
             a->interpreters > 1 ? "each GIL" : "the GIL", gil);
}

void sim_advice_rate(char *out, double per_s)
{
    if (isfinite(per_s))
        sim_number_plain(out, per_s);
    else
        snprintf(out, SIM_NUMBER_ROOM, "any number");
}

void sim_advice_reason(const struct sim_advice *a, char *out, size_t room)
{
    char top[SIM_NUMBER_ROOM], came[SIM_NUMBER_ROOM], threads[SIM_NUMBER_ROOM];
    const struct sim_ceiling *c = &a->ceilings[a->choice];
    const char *name = sim_choice_name(a->choice);
    sim_advice_rate(top, c->per_s);
    sim_advice_rate(came, a->arrivals_per_s);
    sim_advice_rate(threads, a->ceilings[SIM_CHOOSE_THREADS].per_s);
    if (a->workload == SIM_IDLE)
        snprintf(out, room, "nothing to choose by");
    else if (!a->has_runtime && !isfinite(c->per_s))
        snprintf(out, room, "%s: this is no Python, and a visit needs no core", name);
    else if (!a->has_runtime)
        snprintf(out, room, "%s: this is no Python; %s a second came, and %s end at %s",
                 name, came, c->by, top);
    else if (a->choice == SIM_CHOOSE_ASYNCIO)
        snprintf(out, room,
                 "%s: %.0f visits are inside at a time and nearly all wait, so one "
                 "loop carries them; it ends at %s a second, and %s came",
                 name, at_work(a), top, came);
    else if (a->choice != SIM_CHOOSE_THREADS)
        snprintf(out, room,
                 "%s: %s a second came, and threads end at %s, where %s is busy "
                 "all the time; with %s it is %s, by %s",
                 name, came, threads, a->ceilings[SIM_CHOOSE_THREADS].by, name, top, c->by);
    else if (a->is_enough && a->has_workers < a->workers)
        snprintf(
            out, room,
            "%s: %s a second came, and threads end at %s, by %s; %u of them are wanted, "
            "and there are %u",
            name, came, top, c->by, a->workers, a->has_workers);
    else if (a->is_enough)
        snprintf(out, room,
                 "%s: %s a second came, and threads end at %s, by %s; %u of them "
                 "%s enough",
                 name, came, top, c->by, a->workers, a->workers == 1 ? "is" : "are");
    else
        snprintf(out, room,
                 "%s: %s a second came, threads end at %s, by %s, and no other "
                 "executor does more on %u core%s",
                 name, came, top, c->by, a->cores, a->cores == 1 ? "" : "s");
}
