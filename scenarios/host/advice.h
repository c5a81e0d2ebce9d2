#ifndef SCN_HOST_ADVICE_H
#define SCN_HOST_ADVICE_H

// What to say about a word that is not known.

#include <stddef.h>

// Writes what to say behind "there is no X": `; did you mean "Y"?` when something is near, and
// a line with all that is known. Cut to the size.
void scn_advice(char *text, size_t size, const char *word, const char *const *known);

#endif
