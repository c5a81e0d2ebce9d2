#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "labs/kit/published/published.h"
#include "sim/report/json_write.h"
#include "ui/cli/cli.h"
#include "ui/cli/data_dir.h"
#include "ui/cli/verify.h"

// convoy verify published: the simulator against figures that others published. It stands apart from
// the mechanisms, as it takes minutes and needs nothing real beside it.

struct telling {
    struct sim_json json;
    bool is_json;
};

static const char *basis_of(const struct lab_row *r, const struct lab_outcome *o,
                            const struct lab_line *l)
{
    if (l->verdict == LAB_ABSENT)
        return lab_basis_name(LAB_UNJUDGED);
    return lab_basis_name(l->by_formula ? LAB_FORMULA : lab_basis_of(r, o));
}

static void tell_line(const struct lab_row *r, const struct lab_line *l)
{
    printf("  %-10s%s: ", lab_verdict_name(l->verdict), l->what);
    if (l->verdict == LAB_ABSENT)
        printf("published %s: line %d: %s\n", r->expected, r->line, l->measured);
    else if (isfinite(l->published) && isfinite(l->width))
        printf("published %.6g, ours %s, tolerance %.2g", l->published, l->measured,
               l->width);
    else
        printf("published %s, ours %s", l->wanted[0] ? l->wanted : r->expected,
               l->measured);
    if (l->verdict != LAB_ABSENT && l->by_formula)
        printf(" (formula)\n");
    else if (l->verdict != LAB_ABSENT)
        printf(" (%u run%s)\n", l->runs, l->runs == 1 ? "" : "s");
}

static void tell_line_json(struct sim_json *j, const struct lab_row *r,
                           const struct lab_outcome *o, const struct lab_line *l)
{
    sim_json_open(j, NULL);
    sim_json_text(j, "case", r->family);
    sim_json_whole(j, "line", (uint64_t)r->line);
    sim_json_text(j, "parameters", r->params);
    sim_json_text(j, "figure", l->what);
    sim_json_text(j, "basis", basis_of(r, o, l));
    sim_json_number(j, "published", l->published);
    sim_json_number(j, "ours", l->ours);
    sim_json_number(j, "interval", l->half);
    sim_json_number(j, "tolerance", l->width);
    sim_json_whole(j, "runs", l->runs);
    sim_json_text(j, "verdict", lab_verdict_name(l->verdict));
    sim_json_text(j, "row", r->expected);
    sim_json_text(j, "wanted", l->wanted);
    sim_json_text(j, "detail", l->measured);
    sim_json_close(j);
}

static void tell_row(void *ctx, const struct lab_row *r, const struct lab_outcome *o)
{
    struct telling *t = ctx;
    if (!t->is_json)
        printf("%s: %s; %s\n", r->family, r->params, r->metric);
    for (uint32_t i = 0; i < o->count; i++)
        if (t->is_json)
            tell_line_json(&t->json, r, o, &o->lines[i]);
        else
            tell_line(r, &o->lines[i]);
    // Some rows take a minute, and whoever waits wants to see the others.
    fflush(stdout);
}

static void tell_end(const struct lab_published *p)
{
    printf("%u rows: %u simulated, %u hold only a formula, %u only a shape", p->rows,
           p->bases[LAB_SIMULATED], p->bases[LAB_FORMULA], p->bases[LAB_SHAPE]);
    if (p->bases[LAB_UNJUDGED] > 0)
        printf(", %u could not be judged", p->bases[LAB_UNJUDGED]);
    putchar('\n');
    for (uint32_t v = 0; v < LAB_VERDICTS; v++)
        printf("%s%s %u", v ? ", " : "", lab_verdict_name((enum lab_verdict)v),
               p->verdicts[v]);
    putchar('\n');
}

static void tell_end_json(struct sim_json *j, const struct lab_published *p)
{
    sim_json_close_array(j);
    sim_json_whole(j, "rows", p->rows);
    for (uint32_t b = 0; b < LAB_BASES; b++)
        sim_json_whole(j, lab_basis_name((enum lab_basis)b), p->bases[b]);
    for (uint32_t v = 0; v < LAB_VERDICTS; v++)
        sim_json_whole(j, lab_verdict_name((enum lab_verdict)v), p->verdicts[v]);
    sim_json_close(j);
}

static void say_next(void *ctx, const struct lab_row *r)
{
    (void)ctx;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "convoy: line %d, %s\n", r->line, r->family);
}

static bool goes_on(void *ctx)
{
    (void)ctx;
    return !ui_is_interrupted();
}

static bool is_family(const char *name)
{
    const char *known[64] = { NULL };
    uint32_t count, n = 0;
    const struct lab_family *f = lab_families(&count);
    for (uint32_t i = 0; i < count && n < 63; i++) {
        if (strcmp(f[i].name, name) == 0)
            return true;
        if (n == 0 || strcmp(known[n - 1], f[i].name) != 0)
            known[n++] = f[i].name;
    }
    ui_complain_unknown("case", name, known);
    return false;
}

static enum ui_status status_of(const struct lab_published *p)
{
    if (ui_is_interrupted())
        return UI_INTERRUPTED;
    if (p->verdicts[LAB_DIFFER] > 0)
        return UI_FAILED;
    return p->verdicts[LAB_UNDECIDED] + p->verdicts[LAB_ABSENT] > 0 ? UI_NO_VERDICT
                                                                    : UI_WELL;
}

static enum ui_status verify(const struct ui_options *o, struct lab_published_def *def)
{
    struct telling t = { .is_json = o->json };
    struct lab_published p;
    struct sim_sink sink = ui_stdout();
    char message[400];
    // Before anything is said.
    if (!lab_published_check(def, message, sizeof message)) {
        ui_complain("%s", message);
        return UI_BAD_INPUT;
    }
    if (o->json) {
        sim_json_init(&t.json, &sink);
        sim_json_open(&t.json, NULL);
        sim_json_open_array(&t.json, "figures");
    }
    def->ctx = &t;
    ui_watch_signals();
    if (!lab_published_verify(def, &p, message, sizeof message)) {
        ui_complain("%s", message);
        return UI_OUR_ERROR;
    }
    if (o->json)
        tell_end_json(&t.json, &p);
    else
        tell_end(&p);
    return status_of(&p);
}

enum ui_status ui_verify_published(const struct ui_options *o)
{
    char folder[1200], rows[1240];
    if (o->report) {
        ui_complain("verify: --report is for mechanisms, not for published figures: --json "
                    "holds them all");
        return UI_BAD_INPUT;
    }
    for (uint32_t i = 1; i < o->file_count; i++)
        if (!is_family(o->files[i]))
            return UI_BAD_INPUT;
    if (!ui_published_dir(folder, sizeof folder)) {
        ui_complain("verify: the experiments are not installed beside the scenarios");
        return UI_BAD_INPUT;
    }
    snprintf(rows, sizeof rows, "%s/published-cases.csv", folder);
    struct lab_published_def def = { .rows = o->rows ? o->rows : rows,
                                     .folder = folder,
                                     .families = o->files + 1,
                                     .count = o->file_count - 1,
                                     .goes_on = goes_on,
                                     .on_begin = say_next,
                                     .on_row = tell_row };
    return verify(o, &def);
}
