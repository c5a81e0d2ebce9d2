#ifndef TESTS_SCENARIOS_HOST_WRONG_H
#define TESTS_SCENARIOS_HOST_WRONG_H

// What is wrong in a script is refused where it stands: each error names its file and line,
// shows the line, and says what is wrong in words that the case names.

#include <stdbool.h>
#include <stddef.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

struct wrong {
    const char *piece; // stands in line 2, beneath a service "db" and a knob "k"
    const char *says,
        *advises; // parts of the text and of what follows it; advises may be NULL
};

// Says what is there in place of that where it is not.
bool piece_is_refused(const struct wrong *w);

// Fails the test, with each case that was not.
void all_are_refused(const struct wrong *list, size_t n);

#endif
