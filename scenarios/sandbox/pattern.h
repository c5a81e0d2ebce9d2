#ifndef SCN_SANDBOX_PATTERN_H
#define SCN_SANDBOX_PATTERN_H

// Lua's patterns, matched within an allowance of steps: a pattern such as
// ("a-"):rep(50) .. "b" takes longer than anybody waits on a long text that it does not fit.
//
// A pattern is read once into items, checked, and then tried by going back over what its
// repetitions took. Semantics are those of the Lua 5.4 reference manual, 6.4.1. Every test of
// a character is a step. The stack grows with the number of repetitions in the pattern only.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCN_PATTERN_ITEMS    200 // a longer pattern is refused
#define SCN_PATTERN_CAPTURES 32

enum scn_pattern_kind {
    SCN_PATTERN_SET,      // one character out of a set
    SCN_PATTERN_OPEN,     // a capture begins
    SCN_PATTERN_CLOSE,    // a capture ends
    SCN_PATTERN_POSITION, // a capture of the place
    SCN_PATTERN_BACK,     // what a capture holds, again
    SCN_PATTERN_BALANCE,  // %bxy
    SCN_PATTERN_FRONTIER, // %f[set]
    SCN_PATTERN_END,      // $
};

struct scn_pattern_item {
    uint8_t kind;
    uint8_t repeat;      // of a set: 1, or the character * + - ?
    uint8_t first, last; // of a balance; first is the capture's number elsewhere
    uint32_t set[8];     // a bit for each character
};

struct scn_pattern {
    int items, captures;
    bool is_anchored;
    struct scn_pattern_item item[SCN_PATTERN_ITEMS];
};

// A capture of the place has no length.
struct scn_capture {
    const char *start;
    size_t length;
    bool is_position;
};

struct scn_match {
    const char *text, *end; // the whole subject
    int64_t *steps;         // counted down; the match gives up below 0
    struct scn_capture capture[SCN_PATTERN_CAPTURES];
};

// Reads a pattern; a leading ^ anchors it only if may_anchor. Returns NULL, or what is wrong
// with the pattern.
const char *scn_pattern_read(struct scn_pattern *pattern, const char *text, size_t length,
                             bool may_anchor);

// True for a text without special characters, which stands for itself.
bool scn_pattern_is_plain(const char *text, size_t length);

// Tries the pattern at one place of the text. Returns the end of the match, with the captures
// filled, or NULL where it does not fit or the steps went below 0.
const char *scn_pattern_match_at(const struct scn_pattern *pattern, struct scn_match *match,
                                 const char *at);

// Finds a text within another; NULL where it is not or the steps went below 0.
const char *scn_pattern_find_plain(const char *text, size_t length, const char *wanted,
                                   size_t wanted_length, int64_t *steps);

#endif
