#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "labs/kit/cpython/calibrate.h"
#include "sim/report/json_write.h"
#include "sim/report/number.h"
#include "ui/cli/cli.h"
#include "ui/cli/data_dir.h"
#include "ui/file/whole_file.h"

// convoy calibrate [FILE]: measures this machine's costs, and writes them as a runtime that a
// scenario includes.

#define BUSY 0.1 // cores of others beyond which the figures are not this machine's alone

static void put_value(char *out, const struct sim_cost *of, double x)
{
    if (of->unit == SIM_COST_TIME)
        sim_number_duration(out, x);
    else if (of->unit == SIM_COST_RATE)
        snprintf(out, SIM_NUMBER_ROOM, "%.0f MB/s", x / 1e6);
    else
        snprintf(out, SIM_NUMBER_ROOM, "%.3g", x);
}

// As the scenario language writes it.
static void put_lua(char *out, const struct sim_cost *of, double x)
{
    if (of->unit == SIM_COST_TIME && x >= 1e-3)
        snprintf(out, SIM_NUMBER_ROOM, "%.4g*ms", x * 1e3);
    else if (of->unit == SIM_COST_TIME)
        snprintf(out, SIM_NUMBER_ROOM, "%.4g*us", x * 1e6);
    else if (of->unit == SIM_COST_RATE)
        snprintf(out, SIM_NUMBER_ROOM, "%.0f*MB", x / 1e6);
    else
        snprintf(out, SIM_NUMBER_ROOM, "%.3g", x);
}

static void write_cost(FILE *f, const struct lab_cost *c)
{
    char value[SIM_NUMBER_ROOM], low[SIM_NUMBER_ROOM], high[SIM_NUMBER_ROOM], line[160];
    put_lua(value, c->of, c->median);
    put_value(low, c->of, c->p10);
    put_value(high, c->of, c->p90);
    snprintf(line, sizeof line, "  %s%s = %s,", c->of->is_read ? "" : "-- ", c->of->key,
             value);
    fprintf(f, "%-36s -- %s to %s\n", line, low, high);
}

static void write_file(FILE *f, const struct lab_calibration *c)
{
    fprintf(
        f,
        "-- What CPython %s costs on this machine, measured by convoy calibrate in %u "
        "rounds on %ld cores.\n"
        "-- Behind each median: the 10th to the 90th percentile. A scenario beside this file "
        "uses it so:\n"
        "--   local here = include \"NAME.lua\"\n"
        "--   service(\"api\", { runtime = here, ... })\n",
        c->version, c->rounds, sysconf(_SC_NPROCESSORS_ONLN));
    if (c->others > BUSY)
        fprintf(
            f,
            "-- The machine was busy: others used %.1f cores meanwhile, which is in all of "
            "this.\n",
            c->others);
    fprintf(f,
            "-- What stands behind -- is not asked for by any mechanism yet.\n"
            "return cpython(\"%s\", {\n",
            c->preset);
    for (uint32_t i = 0; i < c->count; i++)
        write_cost(f, &c->costs[i]);
    fputs("})\n", f);
}

static bool write_preset(const char *file, const struct lab_calibration *c)
{
    struct ui_whole_file w;
    if (!ui_whole_file_open(&w, file))
        return false;
    write_file(w.f, c);
    return ui_whole_file_close(&w, true);
}

static void tell(const struct lab_calibration *c, const char *file)
{
    char value[SIM_NUMBER_ROOM], low[SIM_NUMBER_ROOM], high[SIM_NUMBER_ROOM];
    printf("CPython %s, preset \"%s\", %u rounds; others kept %.2f cores busy\n",
           c->version, c->preset, c->rounds, c->others);
    printf("%-22s%13s%13s%13s\n", "cost", "median", "p10", "p90");
    for (uint32_t i = 0; i < c->count; i++) {
        put_value(value, c->costs[i].of, c->costs[i].median);
        put_value(low, c->costs[i].of, c->costs[i].p10);
        put_value(high, c->costs[i].of, c->costs[i].p90);
        printf("%-22s%13s%13s%13s  %s\n", c->costs[i].of->key, value, low, high,
               c->costs[i].of->about);
    }
    printf("written to %s\n", file);
}

static const char *unit_name(enum sim_cost_unit unit)
{
    static const char *const names[] = { "s", "bytes", "bytes/s", "factor", "share" };
    return names[unit];
}

static void tell_json(const struct lab_calibration *c, const char *file)
{
    struct sim_json json, *j = &json;
    struct sim_sink sink = ui_stdout();
    sim_json_init(j, &sink);
    sim_json_open(j, NULL);
    sim_json_text(j, "interpreter", c->version);
    sim_json_text(j, "preset", c->preset);
    sim_json_text(j, "file", file);
    sim_json_whole(j, "rounds", c->rounds);
    sim_json_number(j, "others", c->others);
    sim_json_open_array(j, "costs");
    for (uint32_t i = 0; i < c->count; i++) {
        const struct lab_cost *k = &c->costs[i];
        sim_json_open(j, NULL);
        sim_json_text(j, "cost", k->of->key);
        sim_json_text(j, "unit", unit_name(k->of->unit));
        sim_json_number(j, "median", k->median);
        sim_json_number(j, "p10", k->p10);
        sim_json_number(j, "p90", k->p90);
        sim_json_whole(j, "rounds", k->rounds);
        sim_json_bool(j, "is_read", k->of->is_read);
        sim_json_close(j);
    }
    sim_json_close_array(j);
    sim_json_close(j);
}

static bool goes_on(void *ctx)
{
    (void)ctx;
    return !ui_is_interrupted();
}

static enum ui_status conclude(const struct ui_options *o, const struct lab_calibration *c,
                               const char *file)
{
    if (ui_is_interrupted()) {
        ui_complain("interrupted: nothing is written");
        return UI_INTERRUPTED;
    }
    if (!write_preset(file, c)) {
        ui_complain("calibrate: cannot write to %s", file);
        return UI_BAD_INPUT;
    }
    if (o->json)
        tell_json(c, file);
    else
        tell(c, file);
    if (c->others <= BUSY)
        return UI_WELL;
    ui_complain("calibrate: the machine was busy, the figures hold for that");
    return UI_NO_VERDICT;
}

enum ui_status ui_calibrate(const struct ui_options *o)
{
    const char *file = o->file_count > 0 ? o->files[0] : "this-machine.lua";
    struct lab_calibrate_def def;
    struct lab_calibration c;
    char labs[1200];
    lab_calibrate_default(&def);
    def.goes_on = goes_on;
    if (o->seconds > 0)
        def.budget_s = o->seconds;
    if (ui_labs_dir(labs, sizeof labs))
        def.labs = labs;
    ui_watch_signals();
    if (!lab_calibrate(&def, &c) && !ui_is_interrupted()) {
        ui_complain("calibrate: %s", c.reason[0] ? c.reason : "nothing could be measured");
        return UI_NO_VERDICT;
    }
    return conclude(o, &c, file);
}
