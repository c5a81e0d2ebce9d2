#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/host/advice.h"
#include "ui/cli/cli.h"

// One command line for all commands; each takes the options that it names.

struct reading {
    const char *command;
    struct ui_options *o;
};

static bool complain(const struct reading *r, const char *option, const char *value,
                     const char *wanted)
{
    ui_complain("%s: --%s %s: expected %s", r->command, option, value, wanted);
    return false;
}

// Digits and nothing else: 1e3, 0x10 and 1.0 are more likely slips than counts.
static bool read_count(const char *text, uint64_t min, uint64_t max, uint64_t *x)
{
    *x = 0;
    if (*text == '\0')
        return false;
    for (const char *p = text; *p; p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        if (*p < '0' || *p > '9' || *x > (UINT64_MAX - digit) / 10)
            return false;
        *x = *x * 10 + digit;
    }
    return *x >= min && *x <= max;
}

static bool read_set(const struct reading *r, const char *value)
{
    struct ui_options *o = r->o;
    const char *equals = strchr(value, '=');
    if (!equals || equals == value ||
        (size_t)(equals - value) >= sizeof o->settings->knob ||
        strlen(equals + 1) >= sizeof o->settings->value)
        return complain(r, "set", value, "knob=value");
    if (o->setting_count == 64)
        return complain(r, "set", value, "at most 64 of them");
    struct scn_setting *s = &o->settings[o->setting_count++];
    snprintf(s->knob, sizeof s->knob, "%.*s", (int)(equals - value), value);
    snprintf(s->value, sizeof s->value, "%s", equals + 1);
    return true;
}

// "1280x800", points.
static bool read_size(const struct reading *r, const char *value)
{
    char width[16];
    uint64_t w, h;
    const char *x = strchr(value, 'x');
    snprintf(width, sizeof width, "%.*s", x ? (int)(x - value) : 0, value);
    if (!x || x - value > 8 || !read_count(width, 800, 8192, &w) ||
        !read_count(x + 1, 560, 8192, &h))
        return complain(r, "size", value, "WIDTHxHEIGHT, 800x560 to 8192x8192");
    r->o->width = (double)w;
    r->o->height = (double)h;
    return true;
}

// What pictures alone are told.
static bool read_picture_value(const struct reading *r, const char *name, const char *value)
{
    struct ui_options *o = r->o;
    if (strcmp(name, "out") == 0)
        o->out = value;
    if (strcmp(name, "theme") == 0)
        o->theme = value;
    if (strcmp(name, "panel") == 0)
        o->panel = value;
    if (strcmp(name, "size") == 0)
        return read_size(r, value);
    if (strcmp(name, "at") == 0 &&
        (!scn_number_of(value, &o->at_s) || !(o->at_s >= 0 && o->at_s <= 1e9)))
        return complain(r, name, value, "a moment, such as 12.5 or 500ms");
    if (strcmp(name, "scale") == 0 &&
        (!scn_number_of(value, &o->scale) || !(o->scale >= 0.5 && o->scale <= 8)))
        return complain(r, name, value, "0.5 to 8");
    return true;
}

static bool read_value(const struct reading *r, const char *name, const char *value)
{
    struct ui_options *o = r->o;
    uint64_t x;
    if (strcmp(name, "set") == 0)
        return read_set(r, value);
    if (strcmp(name, "variant") == 0)
        o->variant = value;
    if (strcmp(name, "trace") == 0)
        o->trace = value;
    if (strcmp(name, "report") == 0)
        o->report = value;
    if (strcmp(name, "evidence") == 0)
        o->evidence = value;
    if (strcmp(name, "sheet") == 0)
        o->sheet = value;
    if (strcmp(name, "impl") == 0)
        o->impl = value;
    if (strcmp(name, "rows") == 0)
        o->rows = value;
    if (strcmp(name, "seed") == 0) {
        if (!read_count(value, 0, ((uint64_t)1 << 53) - 1, &x))
            return complain(r, name, value, "a whole number from 0 to 2^53 - 1, in digits");
        o->seed = x;
        o->has_seed = true;
    }
    if (strcmp(name, "seconds") == 0) {
        if (!read_count(value, 1, 3600, &x))
            return complain(r, name, value, "a whole number from 1 to 3600, in digits");
        o->seconds = (uint32_t)x;
    }
    if (strcmp(name, "seeds") == 0) {
        if (!read_count(value, 1, 100000, &x))
            return complain(r, name, value, "a whole number from 1 to 100000, in digits");
        o->seeds = (uint32_t)x;
    }
    if (strcmp(name, "until") == 0) {
        if (!scn_number_of(value, &o->until_s) ||
            !(o->until_s >= 1e-9 && o->until_s <= 1e9))
            return complain(r, name, value, "a time, such as 12.5 or 2minute");
    }
    if (strcmp(name, "from") == 0 || strcmp(name, "to") == 0) {
        double *edge = name[0] == 'f' ? &o->from_s : &o->to_s;
        if (!scn_number_of(value, edge) || !(*edge >= 0 && *edge <= 1e9))
            return complain(r, name, value, "a time, such as 12.5 or 2minute");
    }
    if (strcmp(name, "memory") == 0) {
        if (!read_count(value, 1, 65536, &x))
            return complain(r, name, value, "MiB from 1 to 65536");
        o->limits.memory_bytes = x << 20;
    }
    if (strcmp(name, "events") == 0) {
        if (!read_count(value, 1, 1000000000000000, &x))
            return complain(r, name, value, "a whole number from 1 to 10^15, in digits");
        o->limits.events = x;
    }
    return read_picture_value(r, name, value);
}

static bool read_flag(struct ui_options *o, const char *name)
{
    bool *flag = strcmp(name, "json") == 0    ? &o->json
                 : strcmp(name, "quiet") == 0 ? &o->quiet
                 : strcmp(name, "twice") == 0 ? &o->twice
                 : strcmp(name, "frame") == 0 ? &o->frame
                 : strcmp(name, "blind") == 0 ? &o->blind
                                              : NULL;
    if (flag)
        *flag = true;
    return flag != NULL;
}

static bool is_flag(const char *name)
{
    struct ui_options scratch;
    return read_flag(&scratch, name);
}

static bool unknown_option(const char *takes, const char *name)
{
    char words[256];
    const char *known[32] = { 0 };
    uint32_t n = 0;
    snprintf(words, sizeof words, "%s", takes);
    for (char *w = strtok(words, " "); w && n < 31; w = strtok(NULL, " "))
        if (strcmp(w, "many") != 0 && strcmp(w, "none") != 0 && strcmp(w, "maybe") != 0)
            known[n++] = w;
    ui_complain_unknown("option", name, known);
    return false;
}

static bool read_file_name(const struct reading *r, const char *takes, const char *name)
{
    struct ui_options *o = r->o;
    uint32_t room = ui_is_among(takes, "many") ? 64 : ui_is_among(takes, "none") ? 0 : 1;
    if (o->file_count == room) {
        ui_complain("%s: takes %s, \"%s\" is too many", r->command,
                    room == 0   ? "no file"
                    : room == 1 ? "one file"
                                : "64 files",
                    name);
        return false;
    }
    o->files[o->file_count++] = name;
    return true;
}

// --name, --name=value, --name value, or -o value for --out; returns how many words it took, 0 after a message.
static int read_option(const struct reading *r, const char *takes, char **argv, int left)
{
    char name[32];
    const char *word = strcmp(argv[0], "-o") == 0 ? "out" : argv[0] + 2;
    const char *equals = strchr(word, '=');
    size_t n = equals ? (size_t)(equals - word) : strlen(word);
    snprintf(name, sizeof name, "%.*s", (int)(n < 31 ? n : 31), word);
    if (!ui_is_among(takes, name))
        return unknown_option(takes, name);
    if (equals && is_flag(name)) {
        ui_complain("%s: --%s takes no value", r->command, name);
        return 0;
    }
    if (read_flag(r->o, name))
        return 1;
    if (!equals && left < 2) {
        ui_complain("%s: --%s needs a value", r->command, name);
        return 0;
    }
    if (!read_value(r, name, equals ? equals + 1 : argv[1]))
        return 0;
    return equals ? 1 : 2;
}

static bool check_together(const struct reading *r, const char *takes)
{
    const struct ui_options *o = r->o;
    if (o->file_count == 0 && !ui_is_among(takes, "none") && !ui_is_among(takes, "maybe"))
        ui_complain("%s: which scenario? convoy %s FILE.lua", r->command, r->command);
    else if (o->seeds && (o->twice || o->trace || o->has_seed || o->variant))
        ui_complain("%s: --seeds runs seeds 1 to N of every variant: not with --seed, "
                    "--variant, --twice or --trace",
                    r->command);
    else if (o->twice && o->trace)
        ui_complain("%s: --twice compares two runs: not with --trace", r->command);
    else
        return true;
    return false;
}

bool ui_options_read(int argc, char **argv, const char *command, const char *takes,
                     struct ui_options *o)
{
    struct sim_run_def def;
    sim_run_default(&def);
    *o = (struct ui_options){ .seed = 1,
                              .until_s = -1,
                              .from_s = -1,
                              .to_s = -1,
                              .limits = def.limits,
                              .at_s = -1,
                              .width = 1280,
                              .height = 800,
                              .scale = 1,
                              .theme = "dark" };
    struct reading r = { command, o };
    bool only_files = false; // behind "--"
    for (int i = 0; i < argc;) {
        int took = 1;
        if (!only_files && strcmp(argv[i], "--") == 0)
            only_files = true;
        else if (!only_files &&
                 (strncmp(argv[i], "--", 2) == 0 || strcmp(argv[i], "-o") == 0))
            took = read_option(&r, takes, argv + i, argc - i);
        else if (!only_files && argv[i][0] == '-' && argv[i][1] != '\0')
            return unknown_option(takes, argv[i]);
        else if (!read_file_name(&r, takes, argv[i]))
            return false;
        if (took == 0)
            return false;
        i += took;
    }
    return check_together(&r, takes);
}
