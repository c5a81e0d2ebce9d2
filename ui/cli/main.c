#include <stdio.h>
#include <string.h>

#include "ui/cli/cli.h"

static enum ui_status help(int argc, char **argv)
{
    if (argc == 2) {
        ui_usage(stdout);
        return UI_WELL;
    }
    if (argc == 3)
        return ui_help(argv[2]);
    ui_complain("help: takes one word, \"%s\" is too many", argv[3]);
    return UI_BAD_INPUT;
}

static enum ui_status run(const struct ui_options *o)
{
    if (o->twice)
        return ui_twice(o);
    return o->seeds ? ui_seeds(o) : ui_run(o);
}

static enum ui_status bench(const struct ui_options *o)
{
    return o->frame ? ui_bench_frame(o) : ui_bench(o);
}

static const struct {
    const char *name, *takes;
    enum ui_status (*act)(const struct ui_options *o);
} commands[] = {
    { "run", "set seed seeds variant until twice json trace quiet memory events", run },
    { "check", "set many", ui_check },
    { "compare", "set seed until json memory events", ui_compare },
    { "profile", "set seed variant from to json memory events", ui_profile },
    { "bench", "json frame none", bench },
    { "open", "at size theme blind evidence sheet set seed variant memory events",
      ui_open },
    { "render", "at from to out size scale theme panel set seed variant memory events",
      ui_render },
    { "report", "out set seed variant memory events", ui_report },
    { "verify", "json report impl rows many none", ui_verify },
    { "lab", "many none", ui_lab },
    { "calibrate", "seconds json maybe", ui_calibrate },
};

static bool draws(enum ui_status (*act)(const struct ui_options *o))
{
    return act == ui_open || act == ui_render || act == ui_report;
}

static enum ui_status dispatch(int argc, char **argv)
{
    struct ui_options o;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(argv[1], commands[i].name) != 0)
            continue;
        if (argc == 3 && strcmp(argv[2], "--help") == 0) {
            ui_usage_of(argv[1]);
            ui_usage_options(commands[i].takes);
            return UI_WELL;
        }
        if (!ui_options_read(argc - 2, argv + 2, commands[i].name, commands[i].takes, &o))
            return UI_BAD_INPUT;
        if (o.frame || draws(commands[i].act))
            ui_go_beside(argv);
        return commands[i].act(&o);
    }
    size_t length = strlen(argv[1]);
    if (length > 4 && strcmp(argv[1] + length - 4, ".lua") == 0) {
        ui_complain("what about %s? convoy run %s", argv[1], argv[1]);
        return UI_BAD_INPUT;
    }
    const char *known[sizeof commands / sizeof *commands + 2] = { "help" };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        known[i + 1] = commands[i].name;
    ui_complain_unknown("command", argv[1], known);
    return UI_BAD_INPUT;
}

int main(int argc, char **argv)
{
    enum ui_status status = UI_WELL;
    if (argc < 2) {
        ui_usage(stderr);
        return UI_BAD_INPUT;
    }
    if (strcmp(argv[1], "--version") == 0 && argc == 2)
        puts("convoy " UI_VERSION);
    else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        ui_usage(stdout);
    else if (strcmp(argv[1], "help") == 0)
        status = help(argc, argv);
    else
        status = dispatch(argc, argv);
    // A verdict stays what it is, but whoever reads it must know that the rest is missing.
    if (!ui_stdout_ok()) {
        fputs("convoy: standard output cannot be written\n", stderr);
        status = status == UI_WELL ? UI_OUR_ERROR : status;
    }
    return (int)status;
}
