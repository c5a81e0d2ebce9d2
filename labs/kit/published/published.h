#ifndef LABS_KIT_PUBLISHED_PUBLISHED_H
#define LABS_KIT_PUBLISHED_PUBLISHED_H

// Holds the simulator to figures that were published: every row of a file (row.h), each as its
// family says (family.h). What is expected and how far a simulation may be off come from the
// row, and so do the parameters: nothing of a row is known here.

#include "labs/kit/published/family.h"

// What a row has been held against.
enum lab_basis {
    LAB_SIMULATED,
    LAB_FORMULA, // a closed form alone: no simulation can be held against the row
    LAB_SHAPE, // simulated, and what was published is a shape: measured elsewhere, in another world
    LAB_UNJUDGED,
    LAB_BASES
};

struct lab_published_def {
    const char *rows;            // a file
    const char *folder;          // of the experiments' scenarios
    const char *const *families; // these
    uint32_t count;              // 0: all
    bool is_once;                // a few runs of each, of which nothing is to be concluded
    bool (*goes_on)(void *ctx);  // asked now and then, by several threads; may be null
    void (*on_begin)(void *ctx, const struct lab_row *r); // may be null
    void (*on_row)(void *ctx, const struct lab_row *r, const struct lab_outcome *o);
    void *ctx;
};

struct lab_published {
    uint32_t rows, bases[LAB_BASES];
    uint32_t verdicts[LAB_VERDICTS]; // of figures
};

// False with a message when the file is no file of rows, or has none of these families; so both.
bool lab_published_check(const struct lab_published_def *def, char *message, size_t size);
bool lab_published_verify(const struct lab_published_def *def, struct lab_published *out,
                          char *message, size_t size);

enum lab_basis lab_basis_of(const struct lab_row *r, const struct lab_outcome *o);
const char *lab_basis_name(enum lab_basis basis);

#endif
