#include <stdio.h>

#include "labs/kit/verify_private.h"

// Scripts in which the lock has to decide something, each played by real threads on the real
// lock and by the model of it. Compared is who held it from when to when, to the nanosecond:
// a request that came, or did not come, shows in the end of a slice.

#define US     1000
#define MS     1000000
#define SLICES 128

struct decision {
    const char *name;
    int64_t interval_ns, wake_ns, resume_ns, slack_ns;
    uint32_t count;
    struct lab_gil_part parts[3]; // in the order of their starts
};

// clang-format off
#define PART(start, ...)                                                                     \
    { start, (const struct lab_gil_act[]){ __VA_ARGS__ },                                    \
      sizeof((const struct lab_gil_act[]){ __VA_ARGS__ }) / sizeof(struct lab_gil_act) }
#define SPIN(d) { LAB_GIL_SPIN, (d) }
#define CALL(d) { LAB_GIL_CALL, (d) }
#define HOLD(d) { LAB_GIL_HOLD, (d) }
#define IO(d)   { LAB_GIL_IO, (d) }

static const struct decision decisions[] = {
    { "free lock is taken at once", 5 * MS, 40 * US, 20 * US, 0, 2,
      { PART(0, SPIN(1 * MS)), PART(2 * MS, SPIN(1 * MS)) } },
    { "waiter asks after a whole interval", 5 * MS, 0, 0, 0, 2,
      { PART(0, SPIN(17 * MS)), PART(1 * MS, SPIN(9 * MS)) } },
    { "interval of 1 ms", 1 * MS, 0, 0, 0, 2,
      { PART(0, SPIN(17 * MS)), PART(1 * MS, SPIN(8500 * US)) } },
    { "interval of 20 ms", 20 * MS, 0, 0, 0, 2,
      { PART(0, SPIN(90 * MS)), PART(1 * MS, SPIN(50 * MS)) } },
    { "dropper waits for the switch", 5 * MS, 40 * US, 20 * US, 0, 2,
      { PART(0, SPIN(17 * MS)), PART(1 * MS, SPIN(9 * MS)) } },
    { "late timer asks late", 5 * MS, 40 * US, 20 * US, 60 * US, 2,
      { PART(0, SPIN(17 * MS)), PART(1 * MS, SPIN(12 * MS)) } },
    { "timer over a switch asks for nothing", 5 * MS, 40 * US, 20 * US, 0, 3,
      // A lets go of itself while C sleeps: C's timer ends in B's slice.
      { PART(0, SPIN(3 * MS), IO(2 * MS), SPIN(2 * MS)),
        PART(1 * MS, SPIN(20 * MS)), PART(2 * MS, SPIN(6 * MS)) } },
    { "newcomer takes it before the woken waiter", 5 * MS, 50 * US, 20 * US, 0, 2,
      { PART(0, SPIN(2 * MS), IO(20 * US), SPIN(9 * MS)), PART(1 * MS, SPIN(1 * MS)) } },
    { "waiter woken in vain has a whole interval again", 5 * MS, 50 * US, 20 * US, 60 * US, 2,
      { PART(0, SPIN(2 * MS), IO(20 * US), SPIN(1 * MS), IO(30 * US), SPIN(9 * MS)),
        PART(1 * MS, SPIN(7 * MS)) } },
    { "system call longer than the wake-up loses the lock", 5 * MS, 50 * US, 20 * US, 0, 2,
      { PART(0, SPIN(2 * MS), IO(90 * US), SPIN(2 * MS)), PART(1 * MS, SPIN(12 * MS)) } },
    { "call keeps it past every request", 5 * MS, 40 * US, 20 * US, 0, 2,
      { PART(0, CALL(12 * MS), SPIN(1 * MS)), PART(1 * MS, SPIN(1 * MS)) } },
    { "asked, it waits for the switch before its system call", 5 * MS, 40 * US, 60 * US, 0, 2,
      { PART(0, HOLD(12 * MS), IO(10 * US), SPIN(1 * MS)), PART(1 * MS, SPIN(1 * MS)) } },
    { "request is obeyed between two calls", 5 * MS, 40 * US, 20 * US, 0, 2,
      { PART(0, CALL(7 * MS), CALL(7 * MS), SPIN(1 * MS)), PART(1 * MS, SPIN(1 * MS)) } },
    { "each system call beside a busy thread costs an interval", 5 * MS, 40 * US, 20 * US, 0, 2,
      { PART(0, SPIN(40 * MS)), PART(500 * US, SPIN(10 * US), IO(1 * MS), SPIN(10 * US),
                                 IO(1 * MS), SPIN(10 * US), IO(1 * MS), SPIN(10 * US)) } },
    { "who asked goes to the end of the line", 5 * MS, 40 * US, 20 * US, 0, 3,
      { PART(0, SPIN(9 * MS)), PART(1 * MS, SPIN(6 * MS)), PART(3 * MS, SPIN(6 * MS)) } },
};
// clang-format on

static struct lab_gil_script script_of(const struct decision *d)
{
    return (struct lab_gil_script){ .interval_ns = d->interval_ns,
                                    .step_ns = 10 * US,
                                    .wake_ns = d->wake_ns,
                                    .resume_ns = d->resume_ns,
                                    .slack_ns = d->slack_ns,
                                    .parts = d->parts,
                                    .count = d->count };
}

// Slices of no length leave no trace in the model; nobody else can have had the lock in them.
static int64_t real_slices(const struct lab_gil_script *script, struct lab_slice *out)
{
    struct lab_gil_event e[8 * SLICES];
    uint32_t n = 0;
    int64_t count = lab_gil_script_play(script, e, 8 * SLICES);
    if (count < 0 || count > 8 * SLICES)
        return -1;
    for (int64_t i = 0; i < count && n < SLICES; i++) {
        if (e[i].kind == LAB_GIL_TOOK)
            out[n] = (struct lab_slice){ e[i].at_ns, -1, e[i].thread };
        if (e[i].kind != LAB_GIL_DROPPED)
            continue;
        out[n].end_ns = e[i].at_ns;
        n += out[n].end_ns > out[n].begin_ns;
    }
    return n;
}

static bool is_same(const struct lab_slice *x, const struct lab_slice *y)
{
    return x->begin_ns == y->begin_ns && x->end_ns == y->end_ns && x->thread == y->thread;
}

static void put_slice(char *out, size_t n, const char *side, const struct lab_slice *s,
                      bool is_there)
{
    if (is_there)
        snprintf(out, n, "%s %c from %.2f to %.2f ms", side, 'A' + (int)s->thread,
                 (double)s->begin_ns / MS, (double)s->end_ns / MS);
    else
        snprintf(out, n, "%s nobody", side);
}

static void compare(const struct lab_slice *real, int64_t reals,
                    const struct lab_slice *model, int64_t models, struct lab_check *check)
{
    int64_t most = reals > models ? reals : models, differ = 0;
    for (int64_t i = 0; i < most; i++) {
        bool in_both = i < reals && i < models;
        if (in_both && is_same(&real[i], &model[i]))
            continue;
        if (differ++ > 0)
            continue;
        char one[60], other[60];
        put_slice(one, sizeof one, "real", &real[i], i < reals);
        put_slice(other, sizeof other, "model", &model[i], i < models);
        snprintf(check->detail, sizeof check->detail, "%s, %s", one, other);
    }
    check->error = (double)differ;
    check->verdict = differ == 0 ? LAB_AGREE : LAB_DIFFER;
}

static void decide(const struct decision *d, double interval_factor, struct lab_report *out)
{
    struct lab_slice real[SLICES], model[SLICES];
    struct lab_check check = { .kind = LAB_DECISION };
    struct lab_gil_script script = script_of(d);
    snprintf(check.name, sizeof check.name, "gil/%s", d->name);
    int64_t reals = real_slices(&script, real);
    script.interval_ns = (int64_t)((double)script.interval_ns * interval_factor);
    int64_t models = lab_gil_model_play(&script, model, SLICES);
    check.real = (double)reals;
    check.model = (double)models;
    if (reals <= 0 || models <= 0) {
        check.verdict = LAB_UNDECIDED;
        snprintf(check.detail, sizeof check.detail, "one side could not be run");
    } else {
        compare(real, reals, model, models, &check);
    }
    lab_report_add(out, &check);
}

// ---- Random scripts ----

// One or two threads; items are dealt to them in turn. Everything lies on the grid of the
// steps of bytecode, for the real lock looks only there. Bytecode comes first, last, and between
// two system calls: the real threads take the lock there, as an interpreter would. A call that keeps the lock is followed
// by bytecode, never at once by a system call: where the two meet, the model obeys a request at
// another moment than the interpreter (docs/runtime.md). The grid is fine and system calls are
// long, so that hardly ever one ends when another thread wakes: who comes first then is
// nobody's rule. Two threads are the most: a third one's sleep that ends while another is being
// woken is the other thing that the model leaves out.
#define GRID    (1 * US)
#define ACTS    32
#define THREADS 2

struct dealt {
    struct lab_gil_act acts[THREADS][ACTS];
    struct lab_gil_part parts[THREADS];
};

static void deal_one(struct lab_gil_act *acts, uint32_t *n, const uint32_t *x)
{
    int64_t ns = (int64_t)(1 + x[2]) * GRID, io = (int64_t)(1 + x[3]) * GRID;
    if (x[1] == 2)
        acts[(*n)++] = (struct lab_gil_act)HOLD(ns);
    if (x[1] == 3)
        acts[(*n)++] = (struct lab_gil_act)CALL(ns);
    if (x[1] == 1 || x[1] == 2)
        acts[(*n)++] = (struct lab_gil_act)IO(io);
    acts[(*n)++] = (struct lab_gil_act)SPIN(x[1] == 0 ? ns : GRID);
}

static struct lab_gil_script deal(struct dealt *d, const struct lab_item *items,
                                  uint32_t count)
{
    uint32_t n[THREADS] = { 0 }, threads = 1 + items[0].x[0] % THREADS;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t t = items[i].x[0] % threads;
        if (n[t] == 0)
            d->acts[t][n[t]++] = (struct lab_gil_act)SPIN(GRID);
        if (n[t] + 3 <= ACTS)
            deal_one(d->acts[t], &n[t], items[i].x);
    }
    uint32_t parts = 0;
    for (uint32_t t = 0; t < threads; t++)
        if (n[t] > 0) {
            d->parts[parts] = (struct lab_gil_part){ 0, d->acts[t], n[t] };
            parts++;
        }
    return (struct lab_gil_script){ .interval_ns = 500 * GRID,
                                    .step_ns = GRID,
                                    .wake_ns = 41 * GRID,
                                    .resume_ns = 17 * GRID,
                                    .slack_ns = 59 * GRID,
                                    .parts = d->parts,
                                    .count = parts };
}

static void play_items(void *ctx, const struct lab_item *items, uint32_t count,
                       struct lab_check *check)
{
    struct dealt d;
    struct lab_slice real[SLICES], model[SLICES];
    struct lab_gil_script script = deal(&d, items, count);
    int64_t reals = real_slices(&script, real);
    script.interval_ns = (int64_t)((double)script.interval_ns * *(const double *)ctx);
    int64_t models = lab_gil_model_play(&script, model, SLICES);
    check->verdict = LAB_UNDECIDED;
    if (reals > 0 && models > 0)
        compare(real, reals, model, models, check);
}

void lab_verify_gil(const struct lab_verify_def *def, struct lab_report *out)
{
    double factor = def->interval_factor;
    for (uint32_t i = 0; i < sizeof decisions / sizeof *decisions; i++)
        decide(&decisions[i], factor, out);
    const struct lab_random_def random = { .name = "gil/random threads",
                                           .limits = { 256, 4, 1500, 400 },
                                           .most = 14,
                                           .scripts = def->random_scripts,
                                           .play = play_items,
                                           .ctx = &factor };
    if (def->random_scripts > 0)
        lab_verify_random(&random, out);
    if (def->has_statistics)
        lab_verify_gil_loads(def, out);
}
