#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "labs/kit/child.h"
#include "labs/kit/cpython/python.h"
#include "labs/kit/others.h"
#include "labs/kit/verify_private.h"
#include "labs/load/load.h"

// Real servers under open load against the model. What a request costs is taken at one
// setting of each service, its simplest: one worker, one thread, a small answer, never idle. All
// figures are ratios to that setting, which is measured again beside each other one, so that a
// machine that gets slower meanwhile slows both. labs/servers has the services, and servers.lua
// is the same world. Batches are too short to tell what others do meanwhile, so that is asked of
// a bout of them, which is left out as a whole.

#define COMPUTE_S    0.002 // of a request, bytecode
#define LIMIT        0.15
#define OVERLOAD     1.3  // of what the model says that it can do
#define BATCH_S      0.15 // of offered load, at least
#define ANSWERS      60   // in a batch, at least
#define MODEL_S      5.0  // in the model it costs nothing to look for longer
#define BOUT_S       0.8
#define BUDGET_S     3.0 // of real time for one figure
#define START_S      20.0
#define TOTAL_S      80.0 // for all of them
#define GROUPS       5    // small bursts in a batch
#define MOST         2000
#define NS_PER_S     1e9
#define COMPARISONS  5
#define CELERY_TASKS "20"
#define CELERY_S     "0.02"
#define CELERY_LATE  60.0

enum figure {
    THROUGHPUT, // while more comes than can be answered
    MEAN,       // latency of requests that come all at once
    LAST        // of these, the latency of the last
};

struct setting {
    const char *says;
    enum figure figure;
    const char *workers, *threads;
    const char *path;
    double wait_s;
    uint32_t size;    // of the answer, bytes; 0: two
    uint32_t at_once; // 0 for throughput
    const char *way;  // of waiting, in the scenario
};

struct service {
    const char *name, *server, *module;
    const char *needs[2], *packages; // modules, and the Debian packages that they come in
    struct setting base, others[COMPARISONS];
};

// clang-format off
#define SIMPLEST { "", THROUGHPUT, "1", "1", "/work", 0, 0, 0, "awaits" }

static const struct service services[] = {
    { "gunicorn sync", "sync", "plain_wsgi", { "gunicorn", NULL }, "gunicorn", SIMPLEST, {
        { "throughput of 2 workers", THROUGHPUT, "2", "1", "/work", 0, 0, 0, "awaits" },
        { "throughput when 5 ms are waited for", THROUGHPUT, "1", "1", "/work", 0.005, 0, 0, "awaits" },
        { "throughput of answers of 100 kB", THROUGHPUT, "1", "1", "/work", 0, 100000, 0, "awaits" },
        { "mean latency of 8 at once", MEAN, "1", "1", "/work", 0, 0, 8, "awaits" },
        { "mean latency of 8 at once, 2 workers", MEAN, "2", "1", "/work", 0, 0, 8, "awaits" } } },
    { "gunicorn gthread", "gthread", "plain_wsgi", { "gunicorn", NULL }, "gunicorn", SIMPLEST, {
        { "throughput of 4 threads", THROUGHPUT, "1", "4", "/work", 0, 0, 0, "awaits" },
        { "throughput of 4 threads when 10 ms are waited for", THROUGHPUT, "1", "4", "/work", 0.010, 0, 0,
          "awaits" },
        { "throughput of 2 workers of 2 threads when 5 ms are waited for", THROUGHPUT, "2", "2", "/work",
          0.005, 0, 0, "awaits" } } },
    { "uvicorn", "uvicorn", "plain_asgi", { "uvicorn", NULL }, "uvicorn", SIMPLEST, {
        { "throughput of 2 workers", THROUGHPUT, "2", "1", "/work", 0, 0, 0, "awaits" },
        { "last of 60 at once, 2 workers", LAST, "2", "1", "/work", 0, 0, 60, "awaits" },
        { "last of 60 at once that await 10 ms", LAST, "1", "1", "/work", 0.010, 0, 60, "awaits" },
        { "throughput when 5 ms block the loop", THROUGHPUT, "1", "1", "/blocking", 0.005, 0, 0, "blocks" },
        { "mean latency of 8 at once that await 10 ms", MEAN, "1", "1", "/work", 0.010, 0, 8,
          "awaits" } } },
    { "FastAPI", "uvicorn", "with_fastapi", { "fastapi", "uvicorn" },
      "python3-fastapi and uvicorn", SIMPLEST, {
        { "last of 60 at once that await 10 ms", LAST, "1", "1", "/work", 0.010, 0, 60, "awaits" },
        { "last of 60 at once that wait for 10 ms in a thread", LAST, "1", "1", "/blocking", 0.010,
          0, 60, "in a thread" },
        { "throughput of answers of 100 kB", THROUGHPUT, "1", "1", "/work", 0, 100000, 0, "awaits" } } },
    { "Django", "sync", "with_django", { "django", "gunicorn" }, "python3-django and gunicorn",
      SIMPLEST, {
        { "throughput of 2 workers", THROUGHPUT, "2", "1", "/work", 0, 0, 0, "awaits" },
        { "throughput when 5 ms are waited for", THROUGHPUT, "1", "1", "/work", 0.005, 0, 0, "awaits" },
        { "mean latency of 8 at once", MEAN, "1", "1", "/work", 0, 0, 8, "awaits" } } },
};

static const struct {
    const char *says, *pool, *concurrency, *wait;
} celery[] = {
    { "throughput of 2 processes", "prefork", "2", "0" },
    { "throughput of 2 threads", "threads", "2", "0" },
    { "throughput of 4 threads when 60 ms are waited for", "threads", "4", "0.06" },
};
// clang-format on

struct servers {
    const struct lab_verify_def *def;
    struct lab_report *out;
    struct lab_python python;
    struct scn_script script;
    char folder[1100];
    double encode_s; // a byte of JSON, taken at an answer of 10 kB
    double end_s;    // what has not been measured by then is undecided
    uint32_t begun;  // servers, so that each has a socket of its own
};

static bool goes_on(const struct servers *v)
{
    return !v->def->goes_on || v->def->goes_on(v->def->ctx);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / NS_PER_S;
}

static bool has_time(const struct servers *v)
{
    return now_s() < v->end_s && goes_on(v);
}

static double own_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / NS_PER_S;
}

// ---- One server ----

struct server {
    struct lab_companion process;
    const struct setting *setting;
    char socket[64]; // with its '@'
    char path[128];
};

static bool offer(const struct server *s, double rate, uint32_t requests, uint32_t group,
                  struct lab_load_sample *samples)
{
    const struct lab_load_def load = { .socket = s->socket,
                                       .path = s->path,
                                       .rate_per_s = rate,
                                       .requests = requests,
                                       .is_even = true,
                                       .group = group,
                                       .timeout_ns = (int64_t)(START_S / 2 * NS_PER_S) };
    return lab_load_run(&load, samples);
}

// Until it has answered: before it listens it refuses.
static bool answers(const struct servers *v, const struct server *s)
{
    const struct timespec pause = { 0, 20000000 };
    double end = now_s() + START_S;
    while (now_s() < end && goes_on(v) && lab_companion_lives(&s->process)) {
        struct lab_load_sample first;
        if (offer(s, 1e6, 1, 1, &first) && first.end == LAB_LOAD_OK)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

static bool server_begin(struct servers *v, const struct service *of, struct server *s)
{
    const struct setting *setting = s->setting;
    char file[1200];
    snprintf(file, sizeof file, "%s/serve.py", v->folder);
    snprintf(s->socket, sizeof s->socket, "@convoy-verify-%ld-%u", (long)getpid(),
             v->begun++);
    snprintf(s->path, sizeof s->path, "%s?cpu=%g&io=%g&size=%u", setting->path, COMPUTE_S,
             setting->wait_s, setting->size);
    const char *const argv[] = { v->python.program, "-B",       file,
                                 s->socket + 1,     of->server, setting->workers,
                                 setting->threads,  of->module, NULL };
    return lab_companion_begin(&s->process, argv) && answers(v, s);
}

static void server_end(struct server *s)
{
    lab_companion_end(&s->process);
}

// ---- The model ----

// Requests a second, and for how long.
struct offer {
    double rate, batch_s;
};

// More than is answered, and for long enough to count.
static struct offer beyond(double answers_per_s)
{
    return (struct offer){ OVERLOAD * answers_per_s,
                           fmax(BATCH_S, ANSWERS / answers_per_s) };
}

static double model_of(const struct servers *v, const char *server, const struct setting *s,
                       double cost_s, struct offer offer)
{
    static const char *const metrics[] = { "load.goodput_per_s", "load.latency.mean",
                                           "load.latency.max" };
    char settings[320];
    snprintf(
        settings, sizeof settings,
        "server=%s,workers=%s,threads=%s,cost=%.6f,wait=%g,way=%s,rate=%.3f,batch=%g,at_once=%u",
        server, s->workers, s->threads, 1000 * (cost_s + v->encode_s * s->size),
        1000 * s->wait_s, s->way, offer.rate, MODEL_S, s->at_once);
    return lab_scenario_measure(&v->script, v->python.preset, settings, metrics[s->figure]);
}

// ---- Our own client ----

// A batch whose client was late is no measurement: it did not offer what it was to offer, and its
// own lateness is in the latencies. Late are those of whose requests more than one in ten
// began later than a fifth of the limit of what is measured.
struct client {
    uint32_t late;   // batches
    double lateness; // the most of the others, in seconds
};

static bool is_late(struct client *c, const struct lab_load_sample *samples, uint32_t n,
                    double measured_s)
{
    double s = (double)lab_load_lateness(samples, n, 0.9) / NS_PER_S;
    bool is = s > LIMIT / 5 * measured_s;
    c->late += is;
    if (!is)
        c->lateness = fmax(c->lateness, s);
    return is;
}

// ---- One batch: a figure of a server ----

// Answers a second while requests came, after the first fifth of that time.
static double throughput(const struct server *s, struct offer o, struct client *c)
{
    struct lab_load_sample samples[MOST];
    if (!(o.rate > 0)) // who has answered nothing says nothing about what to offer
        return NAN;
    uint32_t n = (uint32_t)fmin(o.rate * o.batch_s, MOST), answered = 0;
    if (!offer(s, o.rate, n, 1, samples) || lab_load_count(samples, n, LAB_LOAD_OK) != n)
        return NAN;
    double end = (double)samples[n - 1].intended_ns, begin = end / 5;
    if (is_late(c, samples, n, (end - begin) / NS_PER_S))
        return NAN;
    for (uint32_t i = 0; i < n; i++) {
        double at = (double)(samples[i].intended_ns + samples[i].latency_ns);
        answered += at > begin && at <= end;
    }
    return answered / ((end - begin) / NS_PER_S);
}

// Of bursts so far apart that each finds the server idle: the mean latency, or that of the last.
static double latency(const struct server *s, double cost_s, struct client *c)
{
    struct lab_load_sample samples[MOST];
    uint32_t group = s->setting->at_once, groups = group < 20 ? GROUPS : 1;
    double gap = 1.5 * group * cost_s + 2 * s->setting->wait_s, sum = 0, most = 0;
    uint32_t n = group * groups;
    if (!offer(s, group / gap, n, group, samples) ||
        lab_load_count(samples, n, LAB_LOAD_OK) != n)
        return NAN;
    for (uint32_t i = 0; i < n; i++) {
        sum += (double)samples[i].latency_ns;
        most = fmax(most, (double)samples[i].latency_ns);
    }
    double x = (s->setting->figure == MEAN ? sum / n : most) / NS_PER_S;
    return is_late(c, samples, n, x) ? NAN : x;
}

// ---- Repeating it ----

struct batches {
    struct lab_sample of;
    uint32_t disturbed, failed;
    double others; // cores, sum over bouts that were disturbed
    uint32_t disturbed_bouts;
    struct client client;
};

// A setting beside its base: what the model says that either can do is offered, and more.
struct pair {
    struct server base, other;
    struct offer to_base, to_other;
    double cost_s;
};

static void take_batch(const struct pair *p, struct lab_sample *ratios, struct batches *b)
{
    bool is_latency = p->other.setting->figure != THROUGHPUT;
    uint32_t late = b->client.late;
    double base = throughput(&p->base, p->to_base, &b->client);
    double x = is_latency ? latency(&p->other, p->cost_s, &b->client)
                          : throughput(&p->other, p->to_other, &b->client);
    if (b->client.late > late)
        return;
    if (isnan(base) || isnan(x) || base <= 0) {
        b->failed++;
        return;
    }
    lab_sample_add(ratios, is_latency ? x * base : x / base);
}

static void take_bout(const struct pair *p, struct batches *b)
{
    struct lab_sample ratios = { .count = 0 };
    double begun = now_s(), busy = lab_busy_s(-1), own = own_s();
    double of_base = lab_group_s(p->base.process.pid),
           of_other = lab_group_s(p->other.process.pid);
    while (now_s() < begun + BOUT_S && b->failed < 3)
        take_batch(p, &ratios, b);
    own = own_s() - own + lab_group_s(p->base.process.pid) - of_base +
          lab_group_s(p->other.process.pid) - of_other;
    double others = lab_others(busy, lab_busy_s(-1), own, now_s() - begun);
    if (others > LAB_OTHERS_MOST) {
        b->disturbed += ratios.count;
        b->disturbed_bouts++;
        b->others += others;
        return;
    }
    lab_sample_join(&b->of, &ratios);
}

static void repeat(const struct servers *v, const struct pair *p, struct batches *b)
{
    double end = now_s() + fmin(BUDGET_S, v->def->budget_s);
    while (now_s() < end && has_time(v) && b->failed < 3 &&
           !lab_sample_is_tight(&b->of, LIMIT / 5))
        take_bout(p, b);
}

// How late the client was is said of what agrees, too. Celery has none: its sender waits.
static void say_how(const struct batches *b, struct lab_check *check)
{
    char client[80] = "";
    int n = 0;
    if (b->client.late > 0 || b->client.lateness > 0)
        snprintf(client, sizeof client,
                 "client late by %.2g ms at most, in %u batches by too much",
                 1000 * b->client.lateness, b->client.late);
    if (check->verdict != LAB_AGREE)
        n = snprintf(check->detail, sizeof check->detail,
                     "%u batches; in %u more others kept %.2f cores busy; %u failed%s",
                     b->of.count, b->disturbed,
                     b->disturbed_bouts ? b->others / b->disturbed_bouts : 0, b->failed,
                     client[0] ? "; " : "");
    if (n >= 0)
        snprintf(check->detail + n, sizeof check->detail - (size_t)n, "%s", client);
}

static void judge(const struct servers *v, const char *name, const struct batches *b,
                  double model)
{
    struct lab_check check = { .kind = LAB_STATISTIC, .limit = LIMIT, .model = model };
    snprintf(check.name, sizeof check.name, "servers/%s", name);
    lab_sample_judge(&b->of, &check);
    say_how(b, &check);
    lab_report_add(v->out, &check);
}

// ---- One service ----

static void compare(struct servers *v, const struct service *of, struct pair *p)
{
    const struct setting *s = p->other.setting;
    struct batches b = { .disturbed = 0 };
    char name[80];
    double base = model_of(v, of->server, &of->base, p->cost_s, p->to_base);
    if (!s->at_once)
        p->to_other = beyond(model_of(v, of->server, s, p->cost_s, p->to_other));
    double x = model_of(v, of->server, s, p->cost_s, p->to_other);
    double model = s->at_once ? x * base : x / base;
    if (answers(v, &p->other)) {
        take_batch(p, &(struct lab_sample){ 0 }, &b);
        repeat(v, p, &b);
    }
    snprintf(name, sizeof name, "%s, %s", of->name, s->says);
    judge(v, name, &b, model);
}

// What a request costs: the first batches warm it up.
static double cost_of(const struct server *s)
{
    struct client client = { 0 };
    double best = NAN;
    for (int i = 0; i < 4; i++)
        best = fmax(throughput(s, beyond(1 / COMPUTE_S), &client), best);
    return 1 / best;
}

static void verify_service(struct servers *v, const struct service *of)
{
    struct pair p = { .base.setting = &of->base };
    bool has_base = has_time(v) && server_begin(v, of, &p.base);
    p.cost_s = has_base ? cost_of(&p.base) : NAN;
    p.to_base = beyond(1 / p.cost_s);
    for (uint32_t i = 0; i < COMPARISONS && of->others[i].says && goes_on(v); i++) {
        p.to_other = beyond(2 / p.cost_s);
        p.other = (struct server){ .setting = &of->others[i] };
        if (has_base && has_time(v))
            server_begin(v, of, &p.other);
        compare(v, of, &p);
        server_end(&p.other);
    }
    server_end(&p.base);
}

// ---- Celery: worker and sender are one program ----

// Adds what each round says, as multiples of `base`; returns the cores that others kept busy.
static double take_celery(const struct servers *v, const char *pool,
                          const char *concurrency, const char *wait, double base,
                          struct lab_sample *sample)
{
    char file[1200];
    struct lab_child *c = malloc(sizeof *c);
    snprintf(file, sizeof file, "%s/with_celery.py", v->folder);
    const char *const argv[] = { v->python.program, "-B", file,         pool, concurrency,
                                 CELERY_S,          wait, CELERY_TASKS, "8",  NULL };
    const struct lab_child_def def = { argv, CELERY_LATE, v->def->goes_on, v->def->ctx,
                                       -1 };
    double x, others = 0;
    if (!c)
        return 0;
    lab_child_run(&def, c);
    others = c->others;
    for (const char *at = c->output; (at = strstr(at, "rate ")); at++)
        if (c->end == LAB_CHILD_WELL && sscanf(at, "rate %lf", &x) == 1)
            lab_sample_add(sample, x / base);
    free(c);
    return others;
}

// Twice at most: what was disturbed is thrown away.
static void run_celery(const struct servers *v, const char *pool, const char *concurrency,
                       const char *wait, double base, struct batches *b)
{
    for (int i = 0; i < 2 && has_time(v) && b->of.count < LAB_SAMPLE_LEAST; i++) {
        struct lab_sample rounds = { .count = 0 };
        double others = take_celery(v, pool, concurrency, wait, base, &rounds);
        b->failed += rounds.count == 0;
        if (others <= LAB_OTHERS_MOST) {
            lab_sample_join(&b->of, &rounds);
        } else {
            b->disturbed += rounds.count;
            b->disturbed_bouts++;
            b->others += others;
        }
    }
}

static void verify_celery(struct servers *v)
{
    const struct setting one = { "", THROUGHPUT, "1", "1", "", 0, 0, 0, "awaits" };
    struct batches base = { .disturbed = 0 };
    run_celery(v, "prefork", "1", "0", 1, &base);
    double rate = lab_sample_mean(&base.of);
    for (uint32_t i = 0; i < sizeof celery / sizeof *celery && goes_on(v); i++) {
        const char *n = celery[i].concurrency, *wait = celery[i].wait;
        const struct setting s = { "", THROUGHPUT, n, n, "", atof(wait), 0, 0, "awaits" };
        struct batches b = base;
        char name[80];
        b.of = (struct lab_sample){ .count = 0 };
        if (base.of.count > 0)
            run_celery(v, celery[i].pool, n, wait, rate, &b);
        double model = model_of(v, celery[i].pool, &s, 1 / rate, beyond(4 * rate)) /
                       model_of(v, "prefork", &one, 1 / rate, beyond(4 * rate));
        snprintf(name, sizeof name, "Celery, %s", celery[i].says);
        judge(v, name, &b, model);
    }
    lab_verify_celery_reserve(v->def, v->python.program, v->python.preset, v->folder,
                              v->out);
}

// ---- What is there ----

struct found {
    char names[128]; // of modules, each between blanks
};

static void find_modules(const struct servers *v, struct found *f)
{
    static const char ask[] =
        "import importlib.util as u\n"
        "print('', *(n for n in 'gunicorn uvicorn fastapi django celery'.split()"
        " if u.find_spec(n)), '')";
    struct lab_child *c = malloc(sizeof *c);
    const char *const argv[] = { v->python.program, "-B", "-c", ask, NULL };
    const struct lab_child_def child = { argv, START_S, v->def->goes_on, v->def->ctx, -1 };
    f->names[0] = '\0';
    if (c) {
        lab_child_run(&child, c);
        snprintf(f->names, sizeof f->names, "%.120s", c->output);
    }
    free(c);
}

static bool has(const struct found *f, const char *module)
{
    char word[32];
    snprintf(word, sizeof word, " %s ", module);
    return strstr(f->names, word);
}

static void add_absent(struct lab_report *out, const char *name, const char *lacks,
                       const char *whom)
{
    struct lab_check check = { .kind = LAB_STATISTIC, .verdict = LAB_ABSENT };
    check.real = check.model = check.error = check.interval = NAN;
    snprintf(check.name, sizeof check.name, "servers/%s", name);
    snprintf(check.detail, sizeof check.detail, "%.80s not there for %.100s", lacks, whom);
    lab_report_add(out, &check);
}

// What encoding costs is taken at a small answer.
static double encoding(const struct servers *v)
{
    char file[1200];
    double x = NAN;
    struct lab_child *c = malloc(sizeof *c);
    snprintf(file, sizeof file, "%s/work.py", v->folder);
    const char *const argv[] = { v->python.program, "-B", file, "10000", NULL };
    const struct lab_child_def child = { argv, START_S, v->def->goes_on, v->def->ctx, -1 };
    if (c)
        lab_child_run(&child, c);
    if (c && (c->end != LAB_CHILD_WELL || sscanf(c->output, "encode %lf", &x) != 1))
        x = NAN;
    free(c);
    return x;
}

static void verify_what_is_there(struct servers *v, const struct found *f)
{
    const char *program = v->python.program;
    for (uint32_t i = 0; i < sizeof services / sizeof *services && goes_on(v); i++) {
        const struct service *s = &services[i];
        bool is_there = has(f, s->needs[0]) && (!s->needs[1] || has(f, s->needs[1]));
        if (!is_there)
            add_absent(v->out, s->name, s->packages, program);
        else if (v->def->has_statistics)
            verify_service(v, s);
    }
    if (!has(f, "celery"))
        add_absent(v->out, "Celery", "celery", program);
    else if (v->def->has_statistics && goes_on(v))
        verify_celery(v);
}

void lab_verify_servers(const struct lab_verify_def *def, struct lab_report *out)
{
    struct servers v = { .def = def, .out = out, .end_s = now_s() + TOTAL_S };
    struct found found;
    char path[1200], message[256];
    if (!goes_on(&v))
        return;
    if (!lab_python_find(&v.python, def->python) || !def->labs) {
        add_absent(out, "python", "Python 3.9 or newer", v.python.program);
        return;
    }
    snprintf(v.folder, sizeof v.folder, "%s/servers", def->labs);
    snprintf(path, sizeof path, "%s/servers.lua", v.folder);
    if (!scn_script_load(&v.script, path, NULL, message, sizeof message)) {
        add_absent(out, "scenario", path, "the model");
        return;
    }
    snprintf(out->interpreter, sizeof out->interpreter, "CPython %s, preset \"%s\"",
             v.python.version, v.python.preset);
    find_modules(&v, &found);
    v.encode_s = def->has_statistics ? encoding(&v) : 0;
    verify_what_is_there(&v, &found);
    scn_script_free(&v.script);
}
