#ifndef LABS_KIT_CPYTHON_PYTHON_H
#define LABS_KIT_CPYTHON_PYTHON_H

// The machine's own Python interpreter, and the preset that is nearest to it.

#include <stdbool.h>

struct lab_python {
    const char *program; // its file, or a name for the PATH
    char version[16];    // "3.11", "3.13t"
    char preset[16];     // of cpython{}
    int core;            // the first that it may run on
};

// Asks `program`, or where it is NULL Debian's python3, else any. False when there is none, or
// one older than 3.9; p->program is set in any case.
bool lab_python_find(struct lab_python *p, const char *program);

#endif
