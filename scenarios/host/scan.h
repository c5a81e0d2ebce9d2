#ifndef SCN_HOST_SCAN_H
#define SCN_HOST_SCAN_H

// A script's text as Lua's parser sees it, token by token, without comments. For remarks on what
// only the text shows: a text that Lua refuses is no concern of this.

#include <stdbool.h>
#include <stddef.h>

enum scn_token_kind {
    SCN_TOKEN_NAME, // keywords too
    SCN_TOKEN_NUMBER,
    SCN_TOKEN_TEXT,
    SCN_TOKEN_SIGN, // one character, or two that belong together, such as == and ..
    SCN_TOKEN_END
};

struct scn_token {
    enum scn_token_kind kind;
    const char *text; // borrowed from the script
    size_t n;
    int line;
};

struct scn_scan {
    const char *p, *end;
    int line;
};

struct scn_scan scn_scan_of(const char *text, size_t length);
struct scn_token scn_scan_next(struct scn_scan *s);
bool scn_token_is(const struct scn_token *t, const char *text); // a name or a sign
bool scn_token_is_any(const struct scn_token *t, const char *const *texts); // NULL after the last
// Whether a name behind that one begins a statement: it can be no part of its expression. Where
// brackets are open there are none.
bool scn_token_ends_statement(const struct scn_token *t);

#endif
