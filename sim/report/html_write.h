#ifndef SIM_REPORT_HTML_WRITE_H
#define SIM_REPORT_HTML_WRITE_H

// Pieces of a page of HTML. Text from scripts stays text: what HTML reads as its own is escaped,
// what is no UTF-8 becomes U+FFFD, and marks that turn the direction of writing round are shown
// as U+FFFD too, so that a page says what its reader sees.

#include <stddef.h>

#include "sim/report/sink.h"

// Inside an element or a quoted attribute. Line ends and tabs are kept.
void sim_html_text(const struct sim_sink *sink, const char *text);

// Bytes as base64 (RFC 4648, section 4), for data: addresses.
void sim_html_base64(const struct sim_sink *sink, const unsigned char *bytes, size_t n);

// A cell of a table with a figure.
void sim_html_figure(const struct sim_sink *sink, const char *figure);

#endif
