#define _DEFAULT_SOURCE // ioctl's window size
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "scenarios/host/advice.h"
#include "ui/cli/cli.h"
#include "ui/cli/data_dir.h"

// ---- Where it goes ----

static void put(void *ctx, const char *bytes, size_t n)
{
    fwrite(bytes, 1, n, ctx);
}

struct sim_sink ui_stdout(void)
{
    return (struct sim_sink){ put, stdout };
}

bool ui_stdout_ok(void)
{
    return fflush(stdout) == 0 && !ferror(stdout);
}

static bool speaks_utf8(void)
{
    const char *names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
    for (size_t i = 0; i < 3; i++) {
        const char *v = getenv(names[i]);
        if (v && *v)
            return strstr(v, "UTF-8") || strstr(v, "utf8") || strstr(v, "UTF8");
    }
    return false;
}

struct ui_terminal ui_terminal_of(int fd)
{
    struct winsize size;
    struct ui_terminal t = { 80, false, false };
    const char *term = getenv("TERM");
    const char *columns = getenv("COLUMNS");
    const char *plain = getenv("NO_COLOR"); // no-color.org: when it is not empty
    if (!isatty(fd))
        return t;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        t.width = size.ws_col;
    else if (columns && atoi(columns) > 0)
        t.width = (uint32_t)atoi(columns);
    t.utf8 = speaks_utf8();
    t.colour = !(plain && *plain) && term && strcmp(term, "dumb") != 0;
    return t;
}

// ---- Complaints ----

void ui_complain(const char *format, ...)
{
    char text[1200], clean[1600];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    scn_text_clean(clean, sizeof clean, text, strlen(text), 1000, 1);
    fprintf(stderr, "convoy: %s\n", clean);
}

void ui_complain_unknown(const char *what, const char *word, const char *const *known)
{
    char advice[1200], clean[400];
    scn_advice(advice, sizeof advice, word, known);
    scn_text_clean(clean, sizeof clean, word, strlen(word), 80, 1);
    fprintf(stderr, "convoy: there is no %s \"%s\"%s\n", what, clean, advice);
}

void ui_complain_error(const struct scn_error *error)
{
    char text[4096];
    scn_error_format(error, text, sizeof text);
    fputs(text, stderr);
}

void ui_complain_stop(const char *variant, uint64_t seed, const struct scn_stop *stop)
{
    ui_complain("variant \"%s\" on seed %llu was stopped at %.6g s: %s",
                variant && variant[0] ? variant : "default", (unsigned long long)seed,
                (double)stop->at / SIM_S, stop->reason);
}

// ---- Scripts and jobs ----

bool ui_load(const struct ui_options *o, struct scn_script *script)
{
    char message[1200], library[1024];
    if (!ui_data_dir(library, sizeof library))
        library[0] = '\0';
    if (scn_script_load(script, o->files[0], library, message, sizeof message))
        return true;
    ui_complain("%s", message);
    return false;
}

void ui_job(const struct ui_options *o, const struct scn_script *script,
            struct scn_job *job)
{
    scn_job_default(job, script);
    job->variant = o->variant;
    job->settings = o->settings;
    job->setting_count = o->setting_count;
    job->seed = o->seed;
    job->limits = o->limits;
    if (o->until_s > 0)
        job->until = (sim_time)(o->until_s * SIM_S);
    job->watch = ui_watch;
}

void ui_tell_until(const struct ui_options *o, struct scn_scenario *s)
{
    double end = (double)sim_model_about(scn_scenario_model(s))->duration / SIM_S;
    if (o->until_s > end)
        ui_complain("--until %.9g s is beyond the scenario's end, which is at %.9g s",
                    o->until_s, end);
}

enum ui_status ui_status_of(const struct scn_result *result,
                            const struct scn_judged *judged)
{
    enum ui_status status = UI_WELL;
    switch (result->end) {
    case SCN_BAD_SCRIPT:
        return UI_BAD_INPUT;
    case SCN_INTERRUPTED:
        return UI_INTERRUPTED;
    case SCN_LIMIT:
    case SCN_NO_MEMORY:
        return UI_NO_VERDICT;
    default:
        break;
    }
    if (judged->has_error)
        return UI_BAD_INPUT;
    for (uint32_t i = 0; i < judged->count; i++) {
        if (judged->verdicts[i].state == SIM_FAILED)
            return UI_FAILED;
        if (judged->verdicts[i].state == SIM_UNDECIDED)
            status = UI_NO_VERDICT;
    }
    return status;
}

// ---- Watching a run ----

// Set by the handler, which may run in any thread, and read by all that simulate.
static atomic_int interrupted;
static double began, last_shown;
static int shown; // characters of it

static const char *to_say; // at once, by the handler; NULL: nothing

static void on_interrupt(int signal)
{
    int before = errno;
    (void)signal;
    if (to_say && write(STDERR_FILENO, to_say, strlen(to_say)) < 0)
        to_say = NULL;
    errno = before;
    atomic_store_explicit(&interrupted, 1, memory_order_relaxed);
}

double ui_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// A second Ctrl-C ends the program at once, as it would without this.
void ui_watch_signals(void)
{
    struct sigaction act = { .sa_flags = (int)SA_RESETHAND };
    act.sa_handler = on_interrupt;
    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, NULL);
    began = last_shown = ui_clock();
}

void ui_watch_signals_saying(const char *text)
{
    to_say = text;
    ui_watch_signals();
}

bool ui_is_interrupted(void)
{
    return atomic_load_explicit(&interrupted, memory_order_relaxed) != 0;
}

bool ui_watch(void *ctx, sim_time now, sim_time end)
{
    (void)ctx;
    double t = ui_clock();
    if (t - began > 1 && t - last_shown > 0.1 && isatty(STDERR_FILENO)) {
        shown = fprintf(stderr, "\r%3.0f %% of %.4g simulated seconds ",
                        100.0 * (double)now / (double)end, (double)end / SIM_S);
        fflush(stderr);
        last_shown = t;
    }
    return !ui_is_interrupted();
}

void ui_watch_done(void)
{
    if (shown > 0) // blanks, as not every terminal knows how to clear
        fprintf(stderr, "\r%*s\r", shown - 1, "");
    shown = 0;
}
