#define _POSIX_C_SOURCE 200809L
#include "labs/kit/cpython/python.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "labs/kit/child.h"

#define LIMIT_S 30.0

static const char *program_or_usual(const char *program)
{
    static const char debian[] = "/usr/bin/python3";
    if (program)
        return program;
    return access(debian, X_OK) == 0 ? debian : "python3";
}

static void name_it(struct lab_python *p, int minor, bool is_free)
{
    int nearest = minor < 11 ? 11 : minor > 14 ? 14 : minor;
    const char *mark = is_free ? "t" : "";
    snprintf(p->version, sizeof p->version, "3.%d%s", minor, mark);
    snprintf(p->preset, sizeof p->preset, "3.%d%s", nearest, mark);
}

// Answers such as "3 11 0 1": version, whether the build is free-threaded, the first core.
bool lab_python_find(struct lab_python *p, const char *program)
{
    static const char ask[] = "import os, sys, sysconfig\n"
                              "print(*sys.version_info[:2],"
                              " int(bool(sysconfig.get_config_var('Py_GIL_DISABLED'))),"
                              " min(os.sched_getaffinity(0)))";
    int major = 0, minor = 0, is_free = 0;
    *p = (struct lab_python){ .program = program_or_usual(program) };
    struct lab_child *c = malloc(sizeof *c);
    const char *const argv[] = { p->program, "-B", "-c", ask, NULL };
    const struct lab_child_def child = { argv, LIMIT_S, NULL, NULL, -1 };
    if (!c)
        return false;
    lab_child_run(&child, c);
    bool ok = c->end == LAB_CHILD_WELL &&
              sscanf(c->output, "%d %d %d %d", &major, &minor, &is_free, &p->core) == 4;
    free(c);
    if (!ok || major != 3 || minor < 9)
        return false;
    name_it(p, minor, is_free != 0);
    return true;
}
