#include <stdio.h>
#include <string.h>

#include "scenarios/sandbox/suggest.h"
#include "ui/cli/cli.h"

// How the program is called.

static const struct {
    const char *command, *text;
} lines[] = {
    { "run",
      "  convoy run FILE [--set knob=value]... [--seed N | --seeds N] [--variant NAME]\n"
      "             [--until T] [--twice] [--json] [--trace FILE] [--quiet]\n"
      "             [--memory MB] [--events N]\n" },
    { "check", "  convoy check FILE... [--set knob=value]...\n"
               "                                  builds and lints, runs nothing\n" },
    { "compare",
      "  convoy compare FILE [--set knob=value]... [--seed N] [--until T] [--json]\n"
      "             [--memory MB] [--events N]\n"
      "                                  all variants on the same seed, side by side\n" },
    { "profile",
      "  convoy profile FILE [--from T] [--to T] [--json] [--variant NAME]\n"
      "             [--set knob=value]... [--seed N] [--memory MB] [--events N]\n"
      "                                  where its time goes, as profilers would show it\n" },
    { "bench",
      "  convoy bench [--json] [--frame] how fast this machine simulates, or draws\n" },
    { "open",
      "  convoy open FILE [--at T] [--size 1280x800] [--theme dark|light]\n"
      "             [--blind] [--evidence FILE.txt] [--sheet FILE.md]\n"
      "             [--set knob=value]... [--seed N] [--variant NAME] [--memory MB] [--events N]\n"
      "                                  plays a run in a window; ? there tells the keys\n" },
    { "render",
      "  convoy render FILE --at T -o PICTURE.png|.svg|.pdf [--size 1280x800] [--scale 2]\n"
      "             [--theme dark|light]\n"
      "             [--panel topology|threads|waterfall|script|charts|timeline]\n"
      "             [--set knob=value]... [--seed N] [--variant NAME] [--memory MB] [--events N]\n"
      "  convoy render FILE [--from T] [--to T] -o FILM.gif|.mp4 ...\n"
      "                                  a moment of a run as a picture, or a stretch that moves\n" },
    { "report",
      "  convoy report FILE -o PAGE.html [--set knob=value]... [--seed N] [--variant NAME]\n"
      "             [--memory MB] [--events N]\n"
      "                                  a run as one page, with pictures and the profile\n" },
    { "verify",
      "  convoy verify [NAME]... [--json] [--report FILE.html]\n"
      "                                  the models against real implementations: gil,\n"
      "                                  thread_pool, process_pool, lock, event_loop,\n"
      "                                  rate_limit, redis_limit, retry, budget, breaker,\n"
      "                                  bulkhead, balance, shed, utilisation, throttle,\n"
      "                                  concurrency_limit, cache, hedge, idempotency, outbox,\n"
      "                                  cpython, servers; all without a name\n"
      "  convoy verify published [CASE]... [--rows FILE.csv] [--json]\n"
      "                                  the simulator against figures that others published\n" },
    { "lab",
      "  convoy verify PATTERN --impl FILE.so\n"
      "  convoy lab new-impl PATTERN [FILE.c]\n"
      "                                  judges an implementation of your own, and writes\n"
      "                                  one to begin with; PATTERN is one of rate_limit\n"
      "                                  breaker budget retry concurrency_limit shed bulkhead\n"
      "                                  hedge cache balance idempotency\n" },
    { "calibrate",
      "  convoy calibrate [FILE.lua] [--seconds N] [--json]\n"
      "                                  what this machine's Python costs, in about a minute:\n"
      "                                  a runtime for scenarios to include\n" },
    { "help",
      "  convoy help [WORD]              a word of the language, a figure, a command, an\n"
      "                                  option; metrics: all that is measured\n" },
    { "--version", "  convoy --version\n" },
};

void ui_usage(FILE *f)
{
    fputs(
        "convoy runs small worlds of services under load and failure, and says why they hold.\n"
        "\n",
        f);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        fputs(lines[i].text, f);
    fputs(
        "\n"
        "Status: 0 well, 1 an expectation failed, 2 bad input, 3 no verdict, 4 our own error,\n"
        "130 interrupted.\n",
        f);
}

// ---- Options ----

static const struct {
    const char *name, *value, *about;
} options[] = {
    { "at", "T", "the moment to show, such as 12.5, 500ms or 2minute" },
    { "blind", "",
      "hides names, lines and causes, for an interview: the candidate says why" },
    { "events", "N", "the most steps of a run, after which it ends without a verdict" },
    { "evidence", "FILE", "writes down what is done at the window" },
    { "frame", "", "how fast this machine draws" },
    { "from", "T", "the begin of the time that counts, or of a film" },
    { "impl", "FILE.so", "an implementation of your own in place of the shipped one" },
    { "json", "", "the result as JSON; docs/ has a schema for each command" },
    { "memory", "MB", "the most memory of a run, after which it ends without a verdict" },
    { "out", "FILE", "where the picture, film or page goes; -o is the same" },
    { "panel", "NAME", "one panel in place of all" },
    { "quiet", "", "prints expectations alone" },
    { "report", "FILE.html", "the result as a page too" },
    { "rows", "FILE.csv", "published figures from a file of your own" },
    { "scale", "X", "pixels a point, 0.5 to 8" },
    { "seconds", "N", "how long to measure" },
    { "seed", "N", "another draw of all that is random; the same seed gives the same run" },
    { "seeds", "N",
      "runs seeds 1 to N of every variant, and counts how often expectations hold" },
    { "set", "KNOB=VALUE", "turns a knob of the scenario" },
    { "sheet", "FILE.md", "a page for who leads the interview" },
    { "size", "1280x800", "of the picture or the window, in points" },
    { "theme", "dark|light", "colours" },
    { "to", "T", "the end of the time that counts, or of a film" },
    { "trace", "FILE", "writes spans for a viewer of traces (Perfetto, chrome://tracing)" },
    { "twice", "", "runs it twice and compares; names the first second that differs" },
    { "until", "T", "ends the run there" },
    { "variant", "NAME", "one of the scenario's variants" },
};
#define OPTIONS (sizeof options / sizeof *options)

static void print_option(size_t i)
{
    char name[40];
    snprintf(name, sizeof name, "--%s %s", options[i].name, options[i].value);
    printf("  %-22s %s\n", name, options[i].about);
}

bool ui_is_among(const char *names, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = names; *p; p += strcspn(p, " "), p += *p == ' ')
        if (strcspn(p, " ") == n && strncmp(p, name, n) == 0)
            return true;
    return false;
}

void ui_usage_options(const char *takes)
{
    for (size_t i = 0; i < OPTIONS; i++)
        if (ui_is_among(takes, options[i].name))
            print_option(i);
}

bool ui_usage_of_option(const char *option)
{
    bool is_long = strncmp(option, "--", 2) == 0;
    if (!is_long && strcmp(option, "-o") != 0)
        return false;
    const char *name = is_long ? option + 2 : "out";
    for (size_t i = 0; i < OPTIONS; i++)
        if (strcmp(name, options[i].name) == 0) {
            print_option(i);
            return true;
        }
    return false;
}

void ui_usage_offer_options(struct scn_suggestion *near)
{
    static char names[OPTIONS][16];
    for (size_t i = 0; i < OPTIONS; i++) {
        snprintf(names[i], sizeof names[i], "--%s", options[i].name);
        scn_suggest_offer(near, names[i]);
    }
}

bool ui_usage_of(const char *command)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (strcmp(command, lines[i].command) == 0) {
            fputs(lines[i].text, stdout);
            return true;
        }
    return false;
}
