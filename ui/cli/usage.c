#include <stdio.h>
#include <string.h>

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
      "  convoy help [WORD]              a word of the scenario language, or a command\n" },
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

bool ui_usage_of(const char *command)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (strcmp(command, lines[i].command) == 0) {
            fputs(lines[i].text, stdout);
            return true;
        }
    return false;
}
