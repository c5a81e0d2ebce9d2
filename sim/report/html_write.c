#include "sim/report/html_write.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "sim/report/utf8.h"

// What HTML reads as its own; NULL for all other characters.
static const char *escape_of(uint32_t c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static bool is_layout(uint32_t c)
{
    return c == '\n' || c == '\t';
}

void sim_html_text(const struct sim_sink *sink, const char *text)
{
    char out[5];
    while (*text) {
        uint32_t c = sim_utf8_next(&text);
        const char *escape = escape_of(c);
        if (sim_utf8_is_control(c) && !is_layout(c))
            c = SIM_UTF8_REPLACEMENT;
        sim_utf8_write(out, c);
        sim_sink_text(sink, escape ? escape : out);
    }
}

void sim_html_base64(const struct sim_sink *sink, const unsigned char *bytes, size_t n)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        uint32_t x = (uint32_t)bytes[i] << 16;
        x |= i + 1 < n ? (uint32_t)bytes[i + 1] << 8 : 0;
        x |= i + 2 < n ? bytes[i + 2] : 0;
        char four[] = { digits[x >> 18], digits[x >> 12 & 63],
                        i + 1 < n ? digits[x >> 6 & 63] : '=',
                        i + 2 < n ? digits[x & 63] : '=' };
        sink->put(sink->ctx, four, sizeof four);
    }
}

void sim_html_figure(const struct sim_sink *sink, const char *figure)
{
    sim_sink_text(sink, "<td class=\"n\">");
    sim_html_text(sink, figure);
    sim_sink_text(sink, "</td>");
}
