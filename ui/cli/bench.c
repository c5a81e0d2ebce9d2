#define _DEFAULT_SOURCE // wait4
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/engine/heap.h"
#include "sim/engine/random.h"
#include "sim/report/json_write.h"
#include "ui/cli/cli.h"
#include "ui/cli/data_dir.h"

// convoy bench: how fast this machine simulates. Ordinary runs of scenarios that lie in the
// shipped library, so that each can be had by `convoy run` too, with the same digest.

#define REPEATS 9
#define STARTS  20

// NaN before it is measured, like all that follows.
struct figure {
    double median, p10, p90;
};

static const struct figure unmeasured = { NAN, NAN, NAN };

static int by_size(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static struct figure figure_of(double *x, uint32_t n)
{
    qsort(x, n, sizeof *x, by_size);
    return (struct figure){ x[n / 2], x[n / 10], x[n - 1 - n / 10] };
}

// ---- A bare heap loop, timed in the same hour, to compare machines by ----

static double reference_once(void)
{
    struct sim_heap h;
    struct sim_random rng;
    const uint32_t timers = 1000, steps = 2000000;
    if (!sim_heap_init(&h))
        return 0;
    sim_random_init(&rng, 1, "bench", "reference");
    for (uint32_t i = 0; i < timers; i++)
        sim_heap_arm(&h, i, (sim_time)sim_random_below(&rng, 1000000));
    double begin = ui_clock();
    for (uint32_t i = 0; i < steps; i++) {
        sim_time now = sim_heap_due(&h);
        sim_heap_arm(&h, sim_heap_pop(&h), now + (sim_time)sim_random_below(&rng, 1000000));
    }
    double wall = ui_clock() - begin;
    sim_heap_fini(&h);
    return steps / wall;
}

static struct figure reference(void)
{
    double x[REPEATS];
    for (uint32_t i = 0; i < REPEATS && !ui_is_interrupted(); i++)
        x[i] = reference_once();
    return ui_is_interrupted() ? unmeasured : figure_of(x, REPEATS);
}

// ---- Scenarios ----

struct bench {
    const char *name;
    struct scn_setting settings[3];
    uint32_t count;
};

static bool load(const char *name, struct scn_script *script)
{
    char library[1024], file[1200], message[1400];
    if (!ui_data_dir(library, sizeof library))
        library[0] = '\0';
    snprintf(file, sizeof file, "%s/lib/bench/%s.lua", library, name);
    if (scn_script_load(script, file, library, message, sizeof message))
        return true;
    ui_complain("%s", message);
    return false;
}

static bool goes_on(void *ctx, sim_time now, sim_time end)
{
    (void)ctx, (void)now, (void)end;
    return !ui_is_interrupted();
}

// Requests that arrived in a second of wall clock; below 0 when the run could not be made.
static double rate_once(const struct bench *b, const struct scn_script *script)
{
    struct scn_job job;
    struct scn_result r;
    scn_job_default(&job, script);
    job.settings = b->settings;
    job.setting_count = b->count;
    job.limits.memory_bytes = (uint64_t)2 << 30;
    job.watch = goes_on;
    double begin = ui_clock();
    scn_run(&job, &r);
    double wall = ui_clock() - begin;
    double rate = -1;
    if (r.end == SCN_DONE)
        rate = (double)sim_run_books(r.run).arrived / wall;
    else if (r.end != SCN_INTERRUPTED)
        ui_complain_error(&r.error);
    scn_result_close(&r);
    return rate;
}

// False, and nothing measured, when a run could not be made or was interrupted.
static bool rates(const struct bench *b, struct figure *f)
{
    struct scn_script script;
    double x[REPEATS];
    uint32_t n = 0;
    if (!load(b->name, &script))
        return false;
    while (n < REPEATS && (x[n] = rate_once(b, &script)) > 0)
        n++;
    scn_script_free(&script);
    if (n == REPEATS)
        *f = figure_of(x, REPEATS);
    return n == REPEATS;
}

// Of two that are run in turn, so that both meet the same machine: the rate of the second, and its
// share of the first's.
static bool rates_beside(const struct bench *bare, const struct bench *with,
                         struct figure *f, struct figure *share)
{
    struct scn_script script;
    double x[REPEATS], of_bare[REPEATS];
    uint32_t n = 0;
    if (!load(bare->name, &script))
        return false;
    for (; n < REPEATS; n++) {
        double rate = rate_once(bare, &script);
        x[n] = rate_once(with, &script);
        of_bare[n] = x[n] / rate;
        if (!(rate > 0 && x[n] > 0))
            break;
    }
    scn_script_free(&script);
    if (n < REPEATS)
        return false;
    *f = figure_of(x, REPEATS);
    *share = figure_of(of_bare, REPEATS);
    return true;
}

// Who is interrupted while it waits interrupts the child.
static bool ended_well(pid_t child, struct rusage *usage)
{
    int status;
    pid_t got;
    while ((got = wait4(child, &status, 0, usage)) < 0 && errno == EINTR)
        kill(child, SIGINT);
    return got == child && status == 0;
}

// The most memory that a process of its own needs for the run, in MiB; NaN when it is not known.
static double peak_mib(const struct bench *b)
{
    struct rusage usage;
    fflush(stdout);
    if (ui_is_interrupted())
        return NAN;
    pid_t child = fork();
    if (child == 0) {
        struct scn_script script;
        _exit(load(b->name, &script) && rate_once(b, &script) > 0 ? 0 : 1);
    }
    if (child < 0 || !ended_well(child, &usage))
        return NAN;
    return (double)usage.ru_maxrss / 1024;
}

// ---- From command to first line ----

static double start_once(const char *program, const char *file)
{
    int ends[2];
    char byte;
    struct rusage usage;
    if (pipe(ends) != 0)
        return -1;
    double begin = ui_clock();
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execl(program, "convoy", "run", file, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    ssize_t n = read(ends[0], &byte, 1);
    double wall = ui_clock() - begin;
    close(ends[0]);
    ended_well(child, &usage);
    return n == 1 ? wall * 1000 : -1;
}

static struct figure start(void)
{
    char library[1024], file[1100];
    double x[STARTS];
    if (!ui_data_dir(library, sizeof library))
        library[0] = '\0';
    snprintf(file, sizeof file, "%s/hello.lua", library);
    for (uint32_t i = 0; i < STARTS && !ui_is_interrupted(); i++)
        x[i] = start_once("/proc/self/exe", file);
    return ui_is_interrupted() ? unmeasured : figure_of(x, STARTS);
}

// ---- All of it ----

struct results {
    struct figure reference, mm1, mm1_lua, three_tier, gil_bound, start;
    struct figure policies, policies_share;      // three tiers with them, of those without
    struct figure thousand, million;             // in flight
    struct figure thousand_lined, million_lined; // in one line
    double mm1_peak, mm1_peak_10, lua_peak, three_peak, gil_peak;
    double bytes_each, lined_bytes_each;
};

static const struct bench mm1 = { "mm1", { { "", "" } }, 0 };
static const struct bench mm1_long = { "mm1", { { "seconds", "11000" } }, 1 };
static const struct bench mm1_lua = { "mm1_lua", { { "", "" } }, 0 };
static const struct bench three_tier = { "three_tier", { { "", "" } }, 0 };
static const struct bench policies = { "three_tier", { { "policies", "true" } }, 1 };
static const struct bench gil_bound = { "gil_bound", { { "", "" } }, 0 };
static const struct bench thousand = { "in_flight",
                                       { { "n", "1000" }, { "seconds", "4000" } },
                                       2 };
// As long as the million's run, so that their peaks differ by the requests in flight alone.
static const struct bench thousand_short = { "in_flight",
                                             { { "n", "1000" }, { "seconds", "4" } },
                                             2 };
static const struct bench million = { "in_flight",
                                      { { "n", "1000000" }, { "seconds", "4" } },
                                      2 };

static const struct bench thousand_lined = { "in_line", { { "", "" } }, 0 };
static const struct bench thousand_lined_short = { "in_line", { { "seconds", "4" } }, 1 };
static const struct bench million_lined = {
    "in_line", { { "n", "1000000" }, { "seconds", "4" }, { "rate", "1000000" } }, 3
};

// What each of `more` further requests adds to the peak; NaN when it is not known.
static double bytes_each(const struct bench *few, const struct bench *many, double more)
{
    double small = peak_mib(few), large = peak_mib(many);
    return (large - small) * 1048576 / more;
}

static void measure_memory(struct results *r)
{
    // Stays last a second in the mean, so after four seconds as many are inside.
    const double inside = 1 - 0.0183156; // 1 - exp(-4)
    r->mm1_peak = peak_mib(&mm1);
    r->mm1_peak_10 = peak_mib(&mm1_long);
    r->lua_peak = peak_mib(&mm1_lua);
    r->three_peak = peak_mib(&three_tier);
    r->gil_peak = peak_mib(&gil_bound);
    r->bytes_each = bytes_each(&thousand_short, &million, (1e6 - 1e3) * inside);
    r->lined_bytes_each = bytes_each(&thousand_lined_short, &million_lined, 1e6 - 1e3);
}

static void measure_nothing(struct results *r)
{
    double *x = (double *)r; // all of it is doubles
    for (size_t i = 0; i < sizeof *r / sizeof *x; i++)
        x[i] = NAN;
}

// What it comes to before it is interrupted, or before something cannot be measured.
static bool measure(struct results *r)
{
    measure_nothing(r);
    // Memory first: a child begins with what its parent has touched.
    measure_memory(r);
    r->start = start();
    r->reference = reference();
    return r->bytes_each > 0 && r->lined_bytes_each > 0 && rates(&mm1, &r->mm1) &&
           rates(&mm1_lua, &r->mm1_lua) && rates(&three_tier, &r->three_tier) &&
           rates_beside(&three_tier, &policies, &r->policies, &r->policies_share) &&
           rates(&gil_bound, &r->gil_bound) && rates(&thousand, &r->thousand) &&
           rates(&million, &r->million) && rates(&thousand_lined, &r->thousand_lined) &&
           rates(&million_lined, &r->million_lined);
}

static void row(const char *name, struct figure f, const char *more, double x)
{
    if (isnan(f.median))
        return;
    printf("%-34s %8.2f M/s  (%.2f to %.2f)", name, f.median / 1e6, f.p10 / 1e6,
           f.p90 / 1e6);
    if (more)
        printf(more, x);
    putchar('\n');
}

static void tell(const struct results *r)
{
    printf("medians of %d, with p10 and p90; compare by ratio, machines differ\n", REPEATS);
    row("reference: bare heap loop", r->reference, NULL, 0);
    row("M/M/1, customers", r->mm1, ", %.1f MiB", r->mm1_peak);
    if (!isnan(r->mm1.median))
        printf("%-34s %8.1f MiB\n", "  the same, ten times as long", r->mm1_peak_10);
    row("M/M/1, handler in Lua", r->mm1_lua, ", %.1f MiB", r->lua_peak);
    row("three tiers, requests", r->three_tier, ", %.1f MiB", r->three_peak);
    row("three tiers, with policies", r->policies, ", %.2f of bare",
        r->policies_share.median);
    row("32 threads and a GIL, requests", r->gil_bound, ", %.1f MiB", r->gil_peak);
    row("a thousand in flight", r->thousand, NULL, 0);
    row("a million in flight", r->million, ", %.0f bytes each", r->bytes_each);
    row("a thousand in one line", r->thousand_lined, NULL, 0);
    row("a million in one line", r->million_lined, ", %.0f bytes each",
        r->lined_bytes_each);
    if (!isnan(r->start.median))
        printf("%-34s %8.2f ms   (%.2f to %.2f)\n", "from command to first line",
               r->start.median, r->start.p10, r->start.p90);
}

static void open_figure(struct sim_json *j, const char *name, const char *unit,
                        struct figure f)
{
    sim_json_open(j, name);
    sim_json_number(j, unit, f.median);
    sim_json_number(j, "p10", f.p10);
    sim_json_number(j, "p90", f.p90);
}

static void tell_million(struct sim_json *j, const char *name, struct figure f, double each,
                         struct figure with_a_thousand)
{
    open_figure(j, name, "requests_per_s", f);
    sim_json_whole(j, "n", 1000000);
    sim_json_number(j, "bytes_each", each);
    sim_json_number(j, "requests_per_s_with_a_thousand", with_a_thousand.median);
    sim_json_close(j);
}

static void tell_json(const struct results *r)
{
    struct utsname machine;
    char text[160];
    struct sim_json json, *j = &json;
    struct sim_sink sink = ui_stdout();
    uname(&machine);
    snprintf(text, sizeof text, "%.60s %.60s", machine.sysname, machine.machine);
    sim_json_init(j, &sink);
    sim_json_open(j, NULL);
    sim_json_text(j, "machine", text);
    sim_json_text(j, "build", UI_VERSION " " UI_BUILD);
    open_figure(j, "reference", "per_s", r->reference);
    sim_json_close(j);
    open_figure(j, "mm1", "customers_per_s", r->mm1);
    sim_json_number(j, "peak_mib", r->mm1_peak);
    sim_json_number(j, "peak_mib_ten_times_as_long", r->mm1_peak_10);
    sim_json_close(j);
    open_figure(j, "mm1_lua", "customers_per_s", r->mm1_lua);
    sim_json_number(j, "peak_mib", r->lua_peak);
    sim_json_close(j);
    open_figure(j, "three_tier", "requests_per_s", r->three_tier);
    sim_json_number(j, "peak_mib", r->three_peak);
    sim_json_close(j);
    open_figure(j, "policies", "requests_per_s", r->policies);
    sim_json_number(j, "share_of_bare", r->policies_share.median);
    sim_json_close(j);
    open_figure(j, "gil_bound", "requests_per_s", r->gil_bound);
    sim_json_number(j, "peak_mib", r->gil_peak);
    sim_json_close(j);
    tell_million(j, "in_flight", r->million, r->bytes_each, r->thousand);
    tell_million(j, "in_line", r->million_lined, r->lined_bytes_each, r->thousand_lined);
    sim_json_number(j, "start_ms", r->start.median);
    sim_json_close(j);
}

enum ui_status ui_bench(const struct ui_options *o)
{
    struct results r;
    ui_watch_signals();
    bool whole = measure(&r);
    if (ui_is_interrupted())
        ui_complain("interrupted: what was measured up to then is told");
    else if (!whole)
        return UI_NO_VERDICT;
    if (o->json)
        tell_json(&r);
    else
        tell(&r);
    return ui_is_interrupted() ? UI_INTERRUPTED : UI_WELL;
}
