#ifndef SCN_SANDBOX_ERROR_H
#define SCN_SANDBOX_ERROR_H

// What was wrong with a script: where, what, and what to do about it, as plain text that is
// safe to show. A script is untrusted and its text ends up on a terminal, so control
// characters, broken UTF-8 and characters that turn the direction of writing are shown as
// escapes (\x1b), and long lines are cut.
//
//     retry-storm.lua:18: retry has no key "max_attempt"; did you mean "max_attempts"?
//       18 |       retry { max_attempt = attempts, base = 20*ms, cap = 1*s, jitter = "full" },
//          known: base budget cap factor jitter max_attempts on spread

#include <stddef.h>

enum scn_error_kind {
    SCN_ERROR_NONE,
    SCN_ERROR_SCRIPT, // the script or a word that it used raised
    SCN_ERROR_SYNTAX, // the text is no Lua
    SCN_ERROR_STEPS,  // ran longer than it may
    SCN_ERROR_MEMORY, // used more memory than it may
    SCN_ERROR_TEXT,   // built a text longer than it may
    SCN_ERROR_VALUES, // called a function with more values than it may
    SCN_ERROR_HOST,   // no memory on this machine for a new state
};

struct scn_error {
    enum scn_error_kind kind;
    int line; // of file, from 1; 0 where no place is known
    char file[256];
    char text[768];    // one line
    char excerpt[128]; // the line of the script, empty where there is none
    char advice[1024]; // lines separated by \n, empty where there is none
};

// Copies length bytes of text into out, cleaned, ended by a zero and cut to size. At most
// columns characters of each line are kept. Line feeds stay when lines > 1, up to that many
// lines. Returns the bytes written.
size_t scn_text_clean(char *out, size_t size, const char *text, size_t length, int columns,
                      int lines);

// Fills the error; the message's first line is its text and those after it are the advice.
// file may be NULL, where no place is known.
void scn_error_set(struct scn_error *error, enum scn_error_kind kind, const char *file,
                   int line, const char *message, size_t length);

// Fills the excerpt from the script's own text.
void scn_error_excerpt(struct scn_error *error, const char *source, size_t length);

// Writes the error as shown above, with a line feed after each line, cut to size and ended
// by a zero. Returns the bytes written.
size_t scn_error_format(const struct scn_error *error, char *out, size_t size);

#endif
