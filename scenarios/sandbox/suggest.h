#ifndef SCN_SANDBOX_SUGGEST_H
#define SCN_SANDBOX_SUGGEST_H

// The known word nearest to one that was mistyped. Distance is the number of letters added,
// left out, changed or swapped with their neighbour (F. J. Damerau, CACM 7:3, 1964, without
// editing a swapped pair again). A word of up to 3 letters may be 1 away, up to 6 letters 2,
// longer 3, and never so far that nothing of it is left. Of equally near words the
// alphabetically first is taken, so the order of offering does not matter.

#include <stdbool.h>
#include <stddef.h>

#define SCN_SUGGEST_LENGTH 48 // longer words are neither corrected nor suggested

struct scn_suggestion {
    const char *word; // borrowed
    size_t length;
    unsigned distance;             // of best
    char best[SCN_SUGGEST_LENGTH]; // empty while nothing is near enough
};

void scn_suggest_init(struct scn_suggestion *s, const char *word);
void scn_suggest_offer(struct scn_suggestion *s, const char *known);

// The nearest of an array ended by NULL, or NULL.
const char *scn_suggest(const char *word, const char *const *known);

// Writes `; did you mean "best"?`, or nothing where there is no best. Returns out.
const char *scn_suggest_text(const struct scn_suggestion *s, char *out, size_t size);

// Letters to change; more than limit is given as limit + 1. Both shorter than
// SCN_SUGGEST_LENGTH.
unsigned scn_suggest_distance(const char *a, const char *b, unsigned limit);

#endif
