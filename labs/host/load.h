#ifndef LABS_HOST_LOAD_H
#define LABS_HOST_LOAD_H

// Loads a shared library without running any of it: what it would do when it is loaded and ended
// is taken out of a copy of the file first, and can be done later, under a filter. A library that
// brings code which the dynamic linker itself would call, or other libraries, is refused.

#include <stdbool.h>
#include <stddef.h>

struct lab_loaded {
    void *handle;
    char *base;
    size_t init;              // address in the library of its DT_INIT; 0: none
    size_t array, array_size; // of its DT_INIT_ARRAY, in bytes
    char why[160];            // it could not be loaded
};

// Opens, checks and copies the file; returns a descriptor of the copy, or -1.
int lab_load_prepare(const char *path, struct lab_loaded *l);
// Loads that copy, and closes it.
bool lab_load_map(int copy, struct lab_loaded *l);
// Does what the library does when it is loaded.
void lab_load_begin(const struct lab_loaded *l);

#endif
