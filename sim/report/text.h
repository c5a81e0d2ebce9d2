#ifndef SIM_REPORT_TEXT_H
#define SIM_REPORT_TEXT_H

// A finished run as text for a terminal: what was simulated, how it went over time, tables
// of services, clients and retried calls, the expectations, and a paragraph in plain words.

#include <stdbool.h>
#include <stdint.h>

#include "sim/report/report.h"
#include "sim/report/sink.h"

// A report takes at least so many columns, all figures of its tables need so many, and charts take at
// most so many.
#define SIM_TEXT_NARROW 60u
#define SIM_TEXT_WHOLE  76u
#define SIM_TEXT_WIDE   200u

struct sim_text_options {
    uint32_t width; // columns; held between the first and the last above
    bool colour;    // SGR codes
    bool utf8;      // block characters; else ASCII only
    bool quiet;     // only the expectations, and what cut the run short
};

// Plain ASCII at 80 columns, as for a pipe.
struct sim_text_options sim_text_default(void);

void sim_report_text(const struct sim_report *r, const struct sim_text_options *options,
                     const struct sim_sink *sink);

// Of it the tables.
void sim_report_text_tables(const struct sim_report *r,
                            const struct sim_text_options *options,
                            const struct sim_sink *sink);

#endif
