#ifndef SIM_REPORT_HTML_H
#define SIM_REPORT_HTML_H

// A finished run as one page of HTML that needs nothing else: it opens from disk, can be sent to
// somebody, and prints well. It has what happened, the expectations, pictures, the figures and
// the profile as the terminal shows them, the script, and how to have the same run again.
//
// The same run gives the same bytes, where the pictures are the same.

#include "sim/report/profile_write.h"
#include "sim/report/report.h"
#include "sim/report/sink.h"

struct sim_html_picture {
    const char *caption;        // also what is read out in its place
    const char *type;           // "image/svg+xml"
    const unsigned char *bytes; // of the file
    size_t size;
};

struct sim_html {
    const struct sim_report *of;
    const struct sim_html_picture *pictures;
    uint32_t picture_count;
    const struct sim_profile_report *profile; // NULL: none
    const char *script;                       // its text
    const char *command;                      // that makes the same run
};

void sim_report_html(const struct sim_html *h, const struct sim_sink *sink);

#endif
