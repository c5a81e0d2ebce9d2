// For fdopen and realpath.
#define _XOPEN_SOURCE 700

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "labs/kit/impl/impl.h"
#include "ui/cli/cli.h"
#include "ui/cli/data_dir.h"
#include "ui/cli/verify.h"

// Implementations of one's own: a file to begin with, and its judgement.

static bool has_interface(const char *name)
{
    const char *known[32] = { NULL };
    for (uint32_t i = 0; lab_impl_pattern(i) && i < 31; i++) {
        known[i] = lab_impl_pattern(i);
        if (strcmp(known[i], name) == 0)
            return true;
    }
    ui_complain_unknown("pattern with an interface", name, known);
    return false;
}

// ---- convoy verify PATTERN --impl FILE ----

static bool goes_on(void *ctx)
{
    (void)ctx;
    return !ui_is_interrupted();
}

enum ui_status ui_verify_impl(const struct ui_options *o)
{
    struct lab_verify_def def;
    struct lab_impl_def impl;
    struct lab_report report;
    char why[256] = "", folder[PATH_MAX - 16] = "", host[PATH_MAX];
    if (o->file_count != 1) {
        ui_complain("verify: --impl needs one pattern: convoy verify rate_limit --impl %s",
                    o->impl);
        return UI_BAD_INPUT;
    }
    if (!has_interface(o->files[0]))
        return UI_BAD_INPUT;
    ui_program_dir(folder, sizeof folder);
    snprintf(host, sizeof host, "%s/convoy-host", folder);
    lab_impl_default(&impl);
    impl.pattern = o->files[0];
    impl.file = o->impl;
    impl.host = host;
    impl.goes_on = goes_on;
    lab_verify_default(&def);
    ui_watch_signals();
    if (lab_impl_verify(&impl, &def, &report, why, sizeof why) == LAB_IMPL_RUNS)
        return ui_verify_tell(o, &report);
    ui_complain("%s: %s", o->impl, why);
    return UI_BAD_INPUT;
}

// ---- convoy lab new-impl PATTERN [FILE] ----

static bool write_new(const char *file, const char *text)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!f) {
        bool is_there = access(file, F_OK) == 0;
        ui_complain("lab: %s %s", file,
                    is_there ? "is there already"
                             : "cannot be written: is its folder there?");
        return false;
    }
    bool ok = fputs(text, f) >= 0;
    return fclose(f) == 0 && ok;
}

static enum ui_status new_impl(const char *pattern, const char *given)
{
    char file[PATH_MAX], labs[PATH_MAX], folder[PATH_MAX + 16];
    if (!has_interface(pattern))
        return UI_BAD_INPUT;
    snprintf(file, sizeof file, given ? "%s" : "%s.c", given ? given : pattern);
    size_t stem = strlen(file);
    if (stem < 3 || strcmp(file + stem - 2, ".c") != 0) {
        ui_complain("lab: %s: expected the name of a C file, such as mine.c", file);
        return UI_BAD_INPUT;
    }
    if (!write_new(file, lab_impl_template(pattern)))
        return UI_BAD_INPUT;
    bool has_labs = ui_labs_dir(labs, sizeof labs);
    snprintf(folder, sizeof folder, "%s/host", has_labs ? labs : "labs");
    char *header = realpath(folder, NULL);
    const char *from = file[0] == '/' ? "" : "./";
    printf("%s: compile it, and have it judged:\n\n"
           "  cc -std=c11 -O2 -Wall -shared -fPIC -I '%s' -o '%.*s.so' '%s'\n"
           "  convoy verify %s --impl '%s%.*s.so'\n",
           file, header ? header : folder, (int)stem - 2, file, file, pattern, from,
           (int)stem - 2, file);
    free(header);
    return UI_WELL;
}

enum ui_status ui_lab(const struct ui_options *o)
{
    static const char *const known[] = { "new-impl", NULL };
    if (o->file_count > 0 && strcmp(o->files[0], "new-impl") != 0)
        ui_complain_unknown("thing to do with a lab", o->files[0], known);
    else if (o->file_count < 2 || o->file_count > 3)
        ui_complain("lab: convoy lab new-impl PATTERN [FILE.c], such as rate_limit mine.c");
    else
        return new_impl(o->files[1], o->file_count == 3 ? o->files[2] : NULL);
    return UI_BAD_INPUT;
}
