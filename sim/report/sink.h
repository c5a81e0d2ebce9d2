#ifndef SIM_REPORT_SINK_H
#define SIM_REPORT_SINK_H

// Where a report's text goes, piece by piece: a file, a pipe or a buffer, as the caller has it.
// What cannot be written is the caller's to remember; a report goes on as if it had been.

#include <stddef.h>

struct sim_sink {
    void (*put)(void *ctx, const char *bytes, size_t n);
    void *ctx;
};

#endif
