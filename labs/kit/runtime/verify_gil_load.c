#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "labs/kit/cores.h"
#include "labs/kit/others.h"
#include "labs/kit/verify_private.h"

// What the real lock does in real time, against the model with the costs that Linux has on an
// ordinary machine: how long a slice is, and how long a thread that waits for input waits for
// the lock afterwards, both relative to the switch interval. A batch is a run of a few dozen
// slices, and gives its median. Batches go on until the confidence interval is tight. Many are
// too short to tell what others do meanwhile, so that is asked of a bout of them, which is left
// out as a whole.

#define US      1000
#define MS      1000000
#define LIMIT   0.10
#define TIGHT   0.02 // of the interval: enough batches
#define BATCHES 40
#define BOUT    (300 * (int64_t)MS)  // of real time, from which others' work can be told
#define BUDGET  (2500 * (int64_t)MS) // of real time for one figure
#define SAMPLES 4096

// One thread computes all the time, so the process takes as much time of cores as passes; but
// for the hand-overs. A batch in which it took less was disturbed by others on the machine.
#define UNDISTURBED 0.93

struct load {
    const char *name;
    int64_t interval_ns;
    struct lab_gil_act rounds[2]; // of the second thread, repeated
    uint32_t acts, repeats;
    int64_t spin_ns; // of the first thread
};

// ---- One batch of the real thing ----

struct batch {
    struct lab_gil gil;
    struct lab_gil_env env;
    const struct load *load;
    int64_t wants_ns; // when the second thread's last sleep ended; its own
    // Guarded by the lock's mutex.
    struct lab_slice slices[SAMPLES];
    int64_t waits[SAMPLES];
    uint32_t count, wait_count;
};

struct runner {
    struct batch *batch;
    struct lab_gil_thread t;
};

static void batch_saw(void *ctx, const struct lab_gil_event *e)
{
    struct batch *b = ctx;
    if (b->count == SAMPLES)
        return;
    struct lab_slice *s = &b->slices[b->count];
    if (e->kind == LAB_GIL_TOOK) {
        *s = (struct lab_slice){ e->at_ns, e->at_ns, e->thread };
        if (e->thread == 1 && b->wants_ns && b->wait_count < SAMPLES)
            b->waits[b->wait_count++] = e->at_ns - b->wants_ns;
    } else if (e->kind == LAB_GIL_DROPPED) {
        s->end_ns = e->at_ns;
        b->count++;
    }
}

static void batch_sleep(void *ctx, uint32_t id, int64_t ns)
{
    struct batch *b = ctx;
    b->env.sleep(NULL, id, ns);
    b->wants_ns = b->env.now(NULL);
}

static void *computes(void *runner)
{
    struct runner *r = runner;
    const struct lab_gil_act spin = { LAB_GIL_SPIN, r->batch->load->spin_ns };
    lab_gil_work(&r->batch->gil, &r->t, &spin, 1, 1 * US);
    return NULL;
}

static void *repeats(void *runner)
{
    struct runner *r = runner;
    const struct load *l = r->batch->load;
    struct lab_gil *g = &r->batch->gil;
    struct lab_gil_act acts[64];
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->repeats && n + l->acts <= 64; i++)
        for (uint32_t a = 0; a < l->acts; a++)
            acts[n++] = l->rounds[a];
    lab_gil_work(g, &r->t, acts, n, 1 * US);
    return NULL;
}

static bool run_threads(struct batch *b)
{
    struct runner runners[2] = { { .batch = b }, { .batch = b } };
    pthread_t threads[2];
    lab_gil_thread_init(&runners[0].t, 0);
    lab_gil_thread_init(&runners[1].t, 1);
    if (!lab_begin_on_core(0, &threads[0], computes, &runners[0]))
        return false;
    bool has_both = lab_begin_on_core(1, &threads[1], repeats, &runners[1]);
    pthread_join(threads[0], NULL);
    if (has_both)
        pthread_join(threads[1], NULL);
    return has_both;
}

static int64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// The share of a core that it got; below 0 when it could not be run.
static double run_batch(struct batch *b, const struct load *load)
{
    struct lab_gil_env env = lab_gil_real();
    b->env = env;
    b->load = load;
    b->wants_ns = 0;
    b->count = b->wait_count = 0;
    env.ctx = b;
    env.saw = batch_saw;
    env.sleep = batch_sleep;
    if (!lab_gil_init(&b->gil, load->interval_ns, env))
        return -1;
    int64_t cpu = cpu_ns(), wall = env.now(NULL);
    bool is_run = run_threads(b);
    cpu = cpu_ns() - cpu;
    wall = env.now(NULL) - wall;
    lab_gil_fini(&b->gil);
    return is_run ? (double)cpu / (double)wall : -1;
}

// ---- The figure of a batch, and of the model ----

static int by_size(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static double median(double *x, uint32_t n)
{
    qsort(x, n, sizeof *x, by_size);
    return n == 0 ? 0 : x[n / 2];
}

static bool is_convoy(const struct load *l)
{
    return l->acts == 2;
}

// The last slices are left out: they end because the work does.
static double slice_median(const struct lab_slice *s, uint32_t n)
{
    double x[SAMPLES];
    uint32_t used = 0;
    for (uint32_t i = 1; i + 3 < n; i++)
        x[used++] = (double)(s[i].end_ns - s[i].begin_ns);
    return median(x, used);
}

static double real_figure(const struct batch *b)
{
    double x[SAMPLES];
    if (!is_convoy(b->load))
        return slice_median(b->slices, b->count) / (double)b->load->interval_ns;
    for (uint32_t i = 0; i < b->wait_count; i++)
        x[i] = (double)b->waits[i];
    return median(x, b->wait_count) / (double)b->load->interval_ns;
}

// Sleeps take exactly as long as they should in the model, so a wait is what is left of the
// time between two slices of the thread.
static double wait_median(const struct lab_slice *s, uint32_t n, int64_t sleep_ns)
{
    double x[SAMPLES];
    uint32_t used = 0;
    int64_t last = -1;
    for (uint32_t i = 0; i < n; i++) {
        if (s[i].thread != 1)
            continue;
        if (last >= 0)
            x[used++] = (double)(s[i].begin_ns - last - sleep_ns);
        last = s[i].end_ns;
    }
    return median(x, used);
}

// The costs of linux/amd64 as measured beside a real interpreter: a timer is 60 us late (50 us
// of timer slack, prctl(2)), a woken waiter needs 35 us, a dropper 20 us.
static double model_figure(const struct load *l, double interval_factor)
{
    struct lab_slice s[SAMPLES];
    struct lab_gil_act acts[64];
    const struct lab_gil_act spin = { LAB_GIL_SPIN, l->spin_ns };
    struct lab_gil_part parts[] = { { 0, &spin, 1 },
                                    { 100 * US, acts, l->acts * l->repeats } };
    for (uint32_t i = 0; i < l->acts * l->repeats; i++)
        acts[i] = l->rounds[i % l->acts];
    struct lab_gil_script script = {
        .interval_ns = (int64_t)((double)l->interval_ns * interval_factor),
        .wake_ns = 35 * US,
        .resume_ns = 20 * US,
        .slack_ns = 60 * US,
        .parts = parts,
        .count = 2,
    };
    int64_t n = lab_gil_model_play(&script, s, SAMPLES);
    if (n <= 0)
        return 0;
    double x = is_convoy(l) ? wait_median(s, (uint32_t)n, l->rounds[1].ns)
                            : slice_median(s, (uint32_t)n);
    return x / (double)l->interval_ns;
}

// ---- Repeating it ----

struct sample {
    struct lab_sample of;
    uint32_t disturbed, left_out; // got too little of a core; were beside others
    double share;                 // of a core, sum over those that were disturbed
    double others;                // cores, sum over those that were left out
};

static void run_bout(const struct load *l, struct batch *b, struct sample *s,
                     struct lab_sample *bout)
{
    const struct lab_gil_env real = lab_gil_real();
    int64_t end = real.now(NULL) + BOUT;
    while (real.now(NULL) < end) {
        double share = run_batch(b, l);
        if (share < UNDISTURBED) {
            s->disturbed++;
            s->share += fmax(share, 0);
            continue;
        }
        lab_sample_add(bout, real_figure(b));
    }
}

static void take_bout(const struct load *l, struct batch *b, struct sample *s)
{
    const struct lab_gil_env real = lab_gil_real();
    struct lab_sample bout = { .count = 0 };
    int64_t cpu = cpu_ns(), wall = real.now(NULL);
    double busy = lab_busy_s(-1);
    run_bout(l, b, s, &bout);
    wall = real.now(NULL) - wall;
    cpu = cpu_ns() - cpu;
    double others =
        lab_others(busy, lab_busy_s(-1), (double)cpu / SIM_S, (double)wall / SIM_S);
    if (others > LAB_OTHERS_MOST) {
        s->left_out += bout.count;
        s->others += others * bout.count;
    } else {
        lab_sample_join(&s->of, &bout);
    }
}

static void repeat(const struct load *l, struct batch *b, struct sample *s)
{
    const struct lab_gil_env real = lab_gil_real();
    int64_t end = real.now(NULL) + BUDGET;
    *s = (struct sample){ .disturbed = 0 };
    while (s->of.count < BATCHES && !lab_sample_is_tight(&s->of, TIGHT) &&
           real.now(NULL) < end)
        take_bout(l, b, s);
}

static void judge(struct lab_check *check, const struct sample *s)
{
    lab_sample_judge(&s->of, check);
    if (check->verdict != LAB_AGREE)
        snprintf(
            check->detail, sizeof check->detail,
            "%u batches; in %u more others kept %.2f cores busy; %u were disturbed and "
            "had %.0f %% of a core",
            s->of.count, s->left_out, s->left_out ? s->others / s->left_out : 0,
            s->disturbed, s->disturbed ? 100 * s->share / s->disturbed : 0);
}

// clang-format off
#define SLICE(ms)                                                                            \
    { "slice at " #ms " ms, two threads", (ms) * MS,                                         \
      { { LAB_GIL_SPIN, (ms) * 8 * MS } }, 1, 1, (ms) * 8 * MS }
#define CONVOY(ms)                                                                           \
    { "wait after input at " #ms " ms, beside one thread", (ms) * MS,                        \
      { { LAB_GIL_SPIN, 10 * US }, { LAB_GIL_IO, 1 * MS } }, 2, 8, (ms) * 10 * MS + 12 * MS }
// clang-format on

static const struct load loads[] = { SLICE(1),  SLICE(5),  SLICE(20),
                                     CONVOY(1), CONVOY(5), CONVOY(20) };

void lab_verify_gil_loads(const struct lab_verify_def *def, struct lab_report *out)
{
    struct batch *b = malloc(sizeof *b);
    bool has_cores = lab_has_cores(2);
    for (uint32_t i = 0; i < sizeof loads / sizeof *loads; i++) {
        struct sample s = { .disturbed = 0 };
        struct lab_check check = { .kind = LAB_STATISTIC, .limit = LIMIT };
        snprintf(check.name, sizeof check.name, "gil/%s", loads[i].name);
        check.model = model_figure(&loads[i], def->interval_factor);
        if (b && has_cores)
            repeat(&loads[i], b, &s);
        judge(&check, &s);
        lab_report_add(out, &check);
    }
    free(b);
}
