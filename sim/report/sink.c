#include "sim/report/sink.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sim_sink_text(const struct sim_sink *sink, const char *text)
{
    sink->put(sink->ctx, text, strlen(text));
}

void sim_sink_printf(const struct sim_sink *sink, const char *format, ...)
{
    char piece[SIM_SINK_PIECE];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    if (n > 0)
        sink->put(sink->ctx, piece,
                  (size_t)n < sizeof piece ? (size_t)n : sizeof piece - 1);
}
