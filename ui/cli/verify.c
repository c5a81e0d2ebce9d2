#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/report/json_write.h"
#include "ui/cli/cli.h"
#include "ui/cli/data_dir.h"
#include "ui/cli/verify.h"

// convoy verify: the models against real implementations of the same mechanisms.

static bool is_known(const char *name)
{
    const char *known[32] = { NULL };
    for (uint32_t i = 0; lab_verify_name(i) && i < 31; i++) {
        known[i] = lab_verify_name(i);
        if (strcmp(known[i], name) == 0)
            return true;
    }
    if (strcmp(name, "published") == 0)
        ui_complain(
            "verify: published stands for itself: convoy verify published [CASE]...");
    else
        ui_complain_unknown("mechanism", name, known);
    return false;
}

static void tell_check(const struct lab_check *c)
{
    printf("%-10s%-10s%s", lab_verdict_name(c->verdict), lab_check_kind_name(c->kind),
           c->name);
    bool has_figures = c->kind == LAB_STATISTIC && c->verdict != LAB_ABSENT;
    if (has_figures && isnan(c->error))
        printf(": no figure, model %.3f", c->model);
    else if (has_figures)
        printf(": real %.3f, model %.3f, error %.1f %% +- %.1f (limit %.0f)", c->real,
               c->model, 100 * c->error, 100 * c->interval, 100 * c->limit);
    if (c->detail[0])
        printf(": %s", c->detail);
    putchar('\n');
}

static void tell(const struct lab_report *r)
{
    if (r->interpreter[0])
        printf("%s\n", r->interpreter);
    for (uint32_t i = 0; i < r->count; i++)
        tell_check(&r->checks[i]);
    for (uint32_t v = 0; v < LAB_VERDICTS; v++)
        printf("%s%s %u", v ? ", " : "", lab_verdict_name((enum lab_verdict)v),
               r->verdicts[v]);
    putchar('\n');
}

static void tell_check_json(struct sim_json *j, const struct lab_check *c)
{
    sim_json_open(j, NULL);
    sim_json_text(j, "name", c->name);
    sim_json_text(j, "kind", lab_check_kind_name(c->kind));
    sim_json_number(j, "real", c->real);
    sim_json_number(j, "model", c->model);
    sim_json_number(j, "error", c->error);
    sim_json_number(j, "interval", c->interval);
    sim_json_number(j, "limit", c->limit);
    sim_json_text(j, "verdict", lab_verdict_name(c->verdict));
    sim_json_text(j, "detail", c->detail);
    sim_json_close(j);
}

static void tell_json(const struct lab_report *r)
{
    struct sim_json json, *j = &json;
    struct sim_sink sink = ui_stdout();
    sim_json_init(j, &sink);
    sim_json_open(j, NULL);
    sim_json_text(j, "interpreter", r->interpreter[0] ? r->interpreter : NULL);
    sim_json_open_array(j, "checks");
    for (uint32_t i = 0; i < r->count; i++)
        tell_check_json(j, &r->checks[i]);
    sim_json_close_array(j);
    for (uint32_t v = 0; v < LAB_VERDICTS; v++)
        sim_json_whole(j, lab_verdict_name((enum lab_verdict)v), r->verdicts[v]);
    sim_json_close(j);
}

// It takes a while, and a person wants to know for what.
static void say_next(void *ctx, const char *name)
{
    (void)ctx;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "convoy: verifying %s\n", name);
}

static bool goes_on(void *ctx)
{
    (void)ctx;
    return !ui_is_interrupted();
}

enum ui_status ui_verify_tell(const struct ui_options *o, const struct lab_report *r)
{
    if (o->report && !ui_verify_html(o->report, r)) {
        ui_complain("the report cannot be written to %s", o->report);
        return UI_BAD_INPUT;
    }
    if (o->json)
        tell_json(r);
    else
        tell(r);
    if (ui_is_interrupted())
        return UI_INTERRUPTED;
    if (r->verdicts[LAB_DIFFER] > 0)
        return UI_FAILED;
    // What nobody asked for by name may be absent.
    uint32_t absent = o->file_count > 0 ? r->verdicts[LAB_ABSENT] : 0;
    return r->verdicts[LAB_UNDECIDED] + absent > 0 ? UI_NO_VERDICT : UI_WELL;
}

enum ui_status ui_verify(const struct ui_options *o)
{
    struct lab_verify_def def;
    struct lab_report report;
    char labs[1200];
    if (o->impl)
        return ui_verify_impl(o);
    if (o->file_count > 0 && strcmp(o->files[0], "published") == 0)
        return ui_verify_published(o);
    if (o->rows) {
        ui_complain("verify: --rows is for published: convoy verify published --rows FILE");
        return UI_BAD_INPUT;
    }
    for (uint32_t i = 0; i < o->file_count; i++)
        if (!is_known(o->files[i]))
            return UI_BAD_INPUT;
    lab_verify_default(&def);
    def.names = o->files;
    def.count = o->file_count;
    def.on_progress = say_next;
    def.goes_on = goes_on;
    if (ui_labs_dir(labs, sizeof labs))
        def.labs = labs;
    ui_watch_signals_saying(
        "convoy: interrupted: it ends after the check that is under way\n");
    lab_verify(&def, &report);
    return ui_verify_tell(o, &report);
}
