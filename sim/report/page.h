#ifndef SIM_REPORT_PAGE_H
#define SIM_REPORT_PAGE_H

// Lines of text for a terminal: it knows in which column it is, so that tables line up
// whatever the characters, and it is plain unless colour is asked for. Blanks are held back
// until something follows them, so no line ends with any.
//
// All text that a script wrote goes through sim_page_script.

#include <stdbool.h>
#include <stdint.h>

#include "sim/report/sink.h"

enum sim_style {
    SIM_STYLE_PLAIN,
    SIM_STYLE_TITLE,
    SIM_STYLE_HEAD, // of a table
    SIM_STYLE_FAINT,
    SIM_STYLE_GOOD,
    SIM_STYLE_BAD,
    SIM_STYLE_WARN,
    SIM_STYLE_FAULT,
    SIM_STYLE_RANK, // and the three behind it: the largest, the second largest, ...
    SIM_STYLES = SIM_STYLE_RANK + 4
};

struct sim_page {
    struct sim_sink sink;
    uint32_t width; // in columns
    bool colour;    // SGR codes (ECMA-48), and no other escape
    bool utf8;      // else all that leaves is ASCII
    // Private.
    uint32_t column, blanks;
    enum sim_style style, written;
};

void sim_page_init(struct sim_page *p, const struct sim_sink *sink);

void sim_page_style(struct sim_page *p, enum sim_style style); // until the next
void sim_page_text(struct sim_page *p, const char *text);      // our own words
__attribute__((format(printf, 2, 3))) void sim_page_printf(struct sim_page *p,
                                                           const char *format, ...);

// One of our own characters, or its stand-in where only ASCII may leave.
void sim_page_glyph(struct sim_page *p, const char *utf8, char ascii);

// A script's words: controls become '?', and so does, where only ASCII may leave, all that
// is not. Cut to so many columns, the last of which then says so; UINT32_MAX: as long as
// they are.
void sim_page_script(struct sim_page *p, const char *text, uint32_t columns);
uint32_t sim_page_columns(const struct sim_page *p, const char *text); // it would take

void sim_page_to(struct sim_page *p, uint32_t column);                   // blanks up to it
void sim_page_right(struct sim_page *p, uint32_t end, const char *text); // ends before it
void sim_page_line(struct sim_page *p);                                  // ends a line

// Words of a script or of ours, broken between words so that they keep within indent and
// limit (a longer word stands alone). A number is not parted from its unit. Begins in the present column, ends without a line end.
void sim_page_wrap(struct sim_page *p, uint32_t indent, uint32_t limit, const char *text);
// The same of our own words, within the page.
__attribute__((format(printf, 3, 4))) void
sim_page_wrapf(struct sim_page *p, uint32_t indent, const char *format, ...);

#endif
