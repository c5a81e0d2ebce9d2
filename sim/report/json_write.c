#include "sim/report/json_write.h"

#include <inttypes.h>

#include "sim/report/number.h"
#include "sim/report/utf8.h"

void sim_json_init(struct sim_json *j, const struct sim_sink *sink)
{
    *j = (struct sim_json){ .sink = *sink, .is_first = true };
}

static void escape(const struct sim_sink *sink, uint32_t c)
{
    char piece[5];
    if (c == '"' || c == '\\')
        sim_sink_printf(sink, "\\%c", (char)c);
    else if (c == '\n')
        sim_sink_text(sink, "\\n");
    else if (c == '\t')
        sim_sink_text(sink, "\\t");
    else if (c < 0x10000 && sim_utf8_is_control(c))
        sim_sink_printf(sink, "\\u%04x", c);
    else {
        sim_utf8_write(piece, c);
        sim_sink_text(sink, piece);
    }
}

void sim_json_quote(const struct sim_sink *sink, const char *text)
{
    sim_sink_text(sink, "\"");
    while (*text)
        escape(sink, sim_utf8_next(&text));
    sim_sink_text(sink, "\"");
}

static void new_line(struct sim_json *j)
{
    sim_sink_printf(&j->sink, "\n%*s", 2 * j->depth, "");
}

static void begin(struct sim_json *j, const char *key)
{
    if (!j->is_first)
        sim_sink_text(&j->sink, ",");
    if (j->depth > 0 && j->depth <= SIM_JSON_LINES)
        new_line(j);
    else if (!j->is_first)
        sim_sink_text(&j->sink, " ");
    j->is_first = false;
    if (key) {
        sim_json_quote(&j->sink, key);
        sim_sink_text(&j->sink, ": ");
    }
}

static void open(struct sim_json *j, const char *key, const char *bracket)
{
    begin(j, key);
    sim_sink_text(&j->sink, bracket);
    j->depth++;
    j->is_first = true;
}

static void close(struct sim_json *j, const char *bracket)
{
    j->depth--;
    if (!j->is_first && j->depth < SIM_JSON_LINES)
        new_line(j);
    j->is_first = false;
    sim_sink_text(&j->sink, bracket);
    if (j->depth == 0)
        sim_sink_text(&j->sink, "\n");
}

void sim_json_open(struct sim_json *j, const char *key)
{
    open(j, key, "{");
}

void sim_json_close(struct sim_json *j)
{
    close(j, "}");
}

void sim_json_open_array(struct sim_json *j, const char *key)
{
    open(j, key, "[");
}

void sim_json_close_array(struct sim_json *j)
{
    close(j, "]");
}

void sim_json_number(struct sim_json *j, const char *key, double x)
{
    char text[SIM_NUMBER_ROOM];
    sim_number_exact(text, x);
    begin(j, key);
    sim_sink_text(&j->sink, text);
}

void sim_json_whole(struct sim_json *j, const char *key, uint64_t x)
{
    begin(j, key);
    sim_sink_printf(&j->sink, "%" PRIu64, x);
}

void sim_json_text(struct sim_json *j, const char *key, const char *text)
{
    if (!text) {
        sim_json_null(j, key);
        return;
    }
    begin(j, key);
    sim_json_quote(&j->sink, text);
}

void sim_json_bool(struct sim_json *j, const char *key, bool x)
{
    begin(j, key);
    sim_sink_text(&j->sink, x ? "true" : "false");
}

void sim_json_null(struct sim_json *j, const char *key)
{
    begin(j, key);
    sim_sink_text(&j->sink, "null");
}
