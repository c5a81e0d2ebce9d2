#ifndef TESTS_PUBLISHED_FIDELITY_H
#define TESTS_PUBLISHED_FIDELITY_H

// The figures that docs/fidelity.md lists as differing: rows of a table whose first three columns
// are the family, the parameters and the figure. The page is the only list there is.

#include <stdbool.h>
#include <stdint.h>

struct fidelity {
    char *text; // the page, cut into lines
    const char **lines;
    uint32_t count;
};

// False when the page cannot be read.
bool fidelity_read(struct fidelity *f, const char *file);
void fidelity_free(struct fidelity *f);

bool fidelity_lists(const struct fidelity *f, const char *family, const char *params,
                    const char *figure);

#endif
