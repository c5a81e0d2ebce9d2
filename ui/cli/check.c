#define _DEFAULT_SOURCE // open_memstream
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/cli/cli.h"

// convoy check FILE...: builds every variant and says what the linter has to say. What there
// is to say of good files is held back until it is known that none is at fault: a program that
// reads the output can rely on its being empty then.

static bool build(const struct scn_script *script, const struct ui_options *o,
                  const char *variant, uint32_t *remarks, FILE *out)
{
    struct scn_job job;
    struct scn_error error;
    uint32_t n;
    ui_job(o, script, &job);
    job.variant = variant;
    struct scn_scenario *s = scn_build(&job, &error);
    if (!s) {
        ui_complain_error(&error);
        return false;
    }
    const struct scn_remark *r = scn_scenario_remarks(s, &n);
    for (uint32_t i = 0; i < n && !variant; i++)
        fprintf(out, "%s:%d: %s\n", script->file, r[i].line, r[i].text);
    *remarks += variant ? 0 : n;
    scn_scenario_close(s);
    return true;
}

static bool check_variants(const struct scn_script *script, const struct ui_options *o,
                           FILE *out)
{
    struct scn_job job;
    struct scn_error error;
    uint32_t n;
    uint32_t none = 0;
    bool ok = true;
    ui_job(o, script, &job);
    job.variant = NULL;
    struct scn_scenario *s = scn_build(&job, &error);
    if (!s)
        return false;
    const struct scn_variant *v = scn_scenario_variants(s, &n);
    for (uint32_t i = 0; i < n && ok; i++)
        ok = build(script, o, v[i].name, &none, out);
    scn_scenario_close(s);
    return ok;
}

static bool check_file(const struct ui_options *o, const char *file, FILE *out)
{
    struct ui_options one = *o;
    struct scn_script script;
    uint32_t remarks = 0;
    one.files[0] = file;
    if (!ui_load(&one, &script))
        return false;
    bool ok = build(&script, o, NULL, &remarks, out) && check_variants(&script, o, out);
    if (ok)
        fprintf(out, "%s: %s\n", file, remarks ? "builds, with remarks" : "well");
    scn_script_free(&script);
    return ok;
}

enum ui_status ui_check(const struct ui_options *o)
{
    bool ok = true;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out) {
        ui_complain("this machine has no memory left");
        return UI_NO_VERDICT;
    }
    for (uint32_t i = 0; i < o->file_count; i++)
        ok = check_file(o, o->files[i], out) && ok;
    fclose(out);
    if (ok)
        fputs(text, stdout);
    free(text);
    return ok ? UI_WELL : UI_BAD_INPUT;
}
