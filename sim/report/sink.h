#ifndef SIM_REPORT_SINK_H
#define SIM_REPORT_SINK_H

// Where a report goes. The simulator opens no files and prints nothing, so whoever wants a
// report hands in a place for its bytes: a file, a buffer, a socket.

#include <stddef.h>

// The longest piece that sim_sink_printf writes at once, in bytes; what is longer is cut.
#define SIM_SINK_PIECE 1024

struct sim_sink {
    // Takes n bytes that are valid during the call only. A place that can fail keeps that
    // to itself until its owner asks: a report goes on to its end.
    void (*put)(void *ctx, const char *bytes, size_t n);
    void *ctx; // borrowed
};

void sim_sink_text(const struct sim_sink *sink, const char *text);

// Formats as printf does. For short pieces of a known size; text that comes from a script
// is passed to sim_sink_text in place of a %s here, so that it is never cut.
__attribute__((format(printf, 2, 3))) void sim_sink_printf(const struct sim_sink *sink,
                                                           const char *format, ...);

#endif
