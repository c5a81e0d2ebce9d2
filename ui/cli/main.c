#include <stdio.h>
#include <string.h>

#include "ui/cli/cli.h"

static const char usage[] =
    "convoy runs small worlds of services under load and failure, and says why they hold.\n"
    "\n"
    "  convoy run FILE [--set knob=value]... [--seed N | --seeds N] [--variant NAME]\n"
    "             [--until T] [--twice] [--json] [--trace FILE] [--quiet]\n"
    "             [--memory MB] [--events N]\n"
    "  convoy check FILE...            builds and lints, runs nothing\n"
    "  convoy compare FILE [--json]    all variants on the same seed, side by side\n"
    "  convoy bench [--json]           how fast this machine simulates\n"
    "  convoy verify [gil] [--json]    the models against real implementations\n"
    "  convoy help [WORD]              a word of the scenario language\n"
    "  convoy --version\n"
    "\n"
    "Status: 0 well, 1 an expectation failed, 2 bad input, 3 no verdict, 4 our own error,\n"
    "130 interrupted.\n";

static enum ui_status run(const struct ui_options *o)
{
    if (o->twice)
        return ui_twice(o);
    return o->seeds ? ui_seeds(o) : ui_run(o);
}

static const struct {
    const char *name, *takes;
    enum ui_status (*act)(const struct ui_options *o);
} commands[] = {
    {"run",      "set seed seeds variant until twice json trace quiet memory events", run       },
    { "check",   "set variant many",                                                  ui_check  },
    { "compare", "set seed until json memory events",                                 ui_compare},
    { "bench",   "json none",                                                         ui_bench  },
    { "verify",  "json many none",                                                    ui_verify },
};

static enum ui_status dispatch(int argc, char **argv)
{
    struct ui_options o;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(argv[1], commands[i].name) != 0)
            continue;
        if (!ui_options_read(argc - 2, argv + 2, commands[i].name, commands[i].takes, &o))
            return UI_BAD_INPUT;
        return commands[i].act(&o);
    }
    size_t length = strlen(argv[1]);
    if (length > 4 && strcmp(argv[1] + length - 4, ".lua") == 0) {
        ui_complain("what about %s? convoy run %s", argv[1], argv[1]);
        return UI_BAD_INPUT;
    }
    const char *known[] = { "run", "check", "compare", "bench", "verify", "help", NULL };
    ui_complain_unknown("command", argv[1], known);
    return UI_BAD_INPUT;
}

int main(int argc, char **argv)
{
    enum ui_status status = UI_WELL;
    if (argc < 2) {
        fputs(usage, stderr);
        return UI_BAD_INPUT;
    }
    if (strcmp(argv[1], "--version") == 0)
        puts("convoy " UI_VERSION);
    else if (strcmp(argv[1], "--help") == 0 || (strcmp(argv[1], "help") == 0 && argc == 2))
        fputs(usage, stdout);
    else if (strcmp(argv[1], "help") == 0)
        status = ui_help(argv[2]);
    else
        status = dispatch(argc, argv);
    if (!ui_stdout_ok() && status == UI_WELL) {
        fputs("convoy: standard output cannot be written\n", stderr);
        status = UI_OUR_ERROR;
    }
    return (int)status;
}
