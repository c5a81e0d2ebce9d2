#include "sim/report/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/utf8.h"

void sim_page_init(struct sim_page *p, const struct sim_sink *sink)
{
    *p = (struct sim_page){ .sink = *sink, .width = 80 };
}

void sim_page_style(struct sim_page *p, enum sim_style style)
{
    p->style = style;
}

// Colours are those that a terminal names, so that its owner's choice of palette holds.
static void write_style(struct sim_page *p)
{
    static const char *const codes[SIM_STYLES] = {
        [SIM_STYLE_PLAIN] = "\033[0m",       [SIM_STYLE_TITLE] = "\033[0;1m",
        [SIM_STYLE_HEAD] = "\033[0;1m",      [SIM_STYLE_FAINT] = "\033[0;2m",
        [SIM_STYLE_GOOD] = "\033[0;32m",     [SIM_STYLE_BAD] = "\033[0;1;31m",
        [SIM_STYLE_WARN] = "\033[0;33m",     [SIM_STYLE_FAULT] = "\033[0;35m",
        [SIM_STYLE_RANK] = "\033[0;36m",     [SIM_STYLE_RANK + 1] = "\033[0;33m",
        [SIM_STYLE_RANK + 2] = "\033[0;35m", [SIM_STYLE_RANK + 3] = "\033[0;34m",
    };
    if (p->colour && p->style != p->written)
        sim_sink_text(&p->sink, codes[p->style]);
    p->written = p->style;
}

static void write_blanks(struct sim_page *p)
{
    if (p->blanks > 0)
        sim_sink_printf(&p->sink, "%*s", (int)p->blanks, "");
    p->column += p->blanks;
    p->blanks = 0;
}

static void put(struct sim_page *p, const char *bytes, uint32_t columns)
{
    write_blanks(p);
    write_style(p);
    sim_sink_text(&p->sink, bytes);
    p->column += columns;
}

static void put_character(struct sim_page *p, uint32_t c)
{
    char bytes[5];
    if (c == ' ') {
        p->blanks++;
        return;
    }
    sim_utf8_write(bytes, c);
    put(p, bytes, (uint32_t)sim_utf8_columns(c));
}

static uint32_t shown(const struct sim_page *p, uint32_t c)
{
    return sim_utf8_is_control(c) || (c >= 0x80 && !p->utf8) ? '?' : c;
}

void sim_page_text(struct sim_page *p, const char *text)
{
    while (*text)
        put_character(p, sim_utf8_next(&text));
}

void sim_page_printf(struct sim_page *p, const char *format, ...)
{
    char piece[SIM_SINK_PIECE];
    va_list args;
    va_start(args, format);
    vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    sim_page_text(p, piece);
}

void sim_page_glyph(struct sim_page *p, const char *utf8, char ascii)
{
    put_character(p, p->utf8 ? sim_utf8_next(&utf8) : (unsigned char)ascii);
}

uint32_t sim_page_columns(const struct sim_page *p, const char *text)
{
    uint32_t n = 0;
    while (*text)
        n += (uint32_t)sim_utf8_columns(shown(p, sim_utf8_next(&text)));
    return n;
}

void sim_page_script(struct sim_page *p, const char *text, uint32_t columns)
{
    bool cut = sim_page_columns(p, text) > columns;
    uint32_t n = 0;
    while (*text) {
        uint32_t c = shown(p, sim_utf8_next(&text));
        n += (uint32_t)sim_utf8_columns(c);
        if (cut && n >= columns) {
            sim_page_glyph(p, "\u2026", '~');
            return;
        }
        put_character(p, c);
    }
}

void sim_page_to(struct sim_page *p, uint32_t column)
{
    if (column > p->column + p->blanks)
        p->blanks = column - p->column;
}

void sim_page_right(struct sim_page *p, uint32_t end, const char *text)
{
    uint32_t n = sim_page_columns(p, text);
    sim_page_to(p, end > n ? end - n : 0);
    sim_page_text(p, text);
}

void sim_page_line(struct sim_page *p)
{
    p->style = SIM_STYLE_PLAIN;
    write_style(p);
    p->blanks = p->column = 0;
    sim_sink_text(&p->sink, "\n");
}

static size_t word_bytes(const char *text)
{
    return strcspn(text, " \n");
}

static bool is_unit(const char *word, size_t n)
{
    static const char *const units[] = { "%", "s", "ms", "us", "ns", "min", "h" };
    while (n > 0 && strchr(".,;:)", word[n - 1]))
        n--;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i]) == n && memcmp(word, units[i], n) == 0)
            return true;
    return false;
}

// A word, with the unit behind it where it is a number.
static const char *end_of_word(const char *text)
{
    const char *end = text + word_bytes(text);
    if (*end == ' ' && end > text && end[-1] >= '0' && end[-1] <= '9' &&
        is_unit(end + 1, word_bytes(end + 1)))
        end += 1 + word_bytes(end + 1);
    return end;
}

static uint32_t columns_between(const struct sim_page *p, const char *text, const char *end)
{
    uint32_t n = 0;
    while (text < end)
        n += (uint32_t)sim_utf8_columns(shown(p, sim_utf8_next(&text)));
    return n;
}

void sim_page_wrap(struct sim_page *p, uint32_t indent, uint32_t limit, const char *text)
{
    enum sim_style style = p->style;
    sim_page_to(p, indent);
    bool is_first = true;
    while (*(text += strspn(text, " \n"))) {
        const char *end = end_of_word(text);
        uint32_t at = p->column + p->blanks + !is_first;
        if (!is_first && at + columns_between(p, text, end) > limit) {
            sim_page_line(p);
            p->style = style;
            sim_page_to(p, indent);
        } else if (!is_first)
            p->blanks++;
        while (text < end)
            put_character(p, shown(p, sim_utf8_next(&text)));
        is_first = false;
    }
}

void sim_page_wrapf(struct sim_page *p, uint32_t indent, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sim_page_wrap(p, indent, p->width, text);
}
