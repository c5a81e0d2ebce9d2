#include "scenarios/sandbox/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TEXT_COLUMNS    600
#define EXCERPT_COLUMNS 100
#define ADVICE_COLUMNS  800
#define ADVICE_LINES    8
#define TAB_WIDTH       4

// A text being written into a fixed space that always keeps room for the ending zero.
struct sink {
    char *out;
    size_t size, length;
};

static bool emit(struct sink *sink, const char *bytes, size_t count)
{
    if (sink->length + count >= sink->size)
        return false;
    memcpy(sink->out + sink->length, bytes, count);
    sink->length += count;
    sink->out[sink->length] = '\0';
    return true;
}

static bool emit_escape(struct sink *sink, unsigned char byte)
{
    char escape[5];
    snprintf(escape, sizeof escape, "\\x%02x", byte);
    return emit(sink, escape, 4);
}

// Returns the length of the UTF-8 sequence at text and its code point, 0 where it is broken.
static size_t decode(const unsigned char *text, size_t length, uint32_t *code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned char first = text[0];
    size_t need = first < 0x80             ? 1
                  : (first & 0xe0) == 0xc0 ? 2
                  : (first & 0xf0) == 0xe0 ? 3
                  : (first & 0xf8) == 0xf0 ? 4
                                           : 0;
    if (need == 0 || need > length)
        return 0;

    uint32_t value = need == 1 ? first : first & (0x7fU >> need);
    for (size_t i = 1; i < need; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (text[i] & 0x3fU);
    }
    *code = value;
    return value >= least[need] && value <= 0x10ffff ? need : 0;
}

// Control characters, those that turn or hide writing, surrogates and line separators.
static bool is_harmful(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || (code >= 0xd800 && code <= 0xdfff) ||
           code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) || code >= 0xe0000;
}

static bool emit_character(struct sink *sink, const unsigned char *text, size_t length,
                           size_t *taken)
{
    uint32_t code = 0;
    size_t width = decode(text, length, &code);
    *taken = width ? width : 1;
    if (width && code == '\t')
        return emit(sink, "    ", TAB_WIDTH);
    if (width && !is_harmful(code))
        return emit(sink, (const char *)text, width);
    for (size_t i = 0; i < *taken; i++)
        if (!emit_escape(sink, text[i]))
            return false;
    return true;
}

size_t scn_text_clean(char *out, size_t size, const char *text, size_t length, int columns,
                      int lines)
{
    struct sink sink = { out, size, 0 };
    const unsigned char *bytes = (const unsigned char *)text;
    int column = 0;
    out[0] = '\0';
    for (size_t i = 0, taken = 0; i < length; i += taken) {
        if (bytes[i] == '\n') {
            taken = 1;
            column = 0;
            if (--lines <= 0 || !emit(&sink, "\n", 1))
                break;
        } else if (column++ < columns) {
            if (!emit_character(&sink, bytes + i, length - i, &taken))
                break;
        } else {
            if (column == columns + 2)
                emit(&sink, "...", 3);
            taken = 1;
        }
    }
    return sink.length;
}

void scn_error_set(struct scn_error *error, enum scn_error_kind kind, const char *file,
                   int line, const char *message, size_t length)
{
    memset(error, 0, sizeof *error);
    error->kind = kind;
    if (file) {
        scn_text_clean(error->file, sizeof error->file, file, strlen(file),
                       (int)sizeof error->file, 1);
        error->line = line;
    }

    const char *end = memchr(message, '\n', length);
    size_t first = end ? (size_t)(end - message) : length;
    scn_text_clean(error->text, sizeof error->text, message, first, TEXT_COLUMNS, 1);
    if (end)
        scn_text_clean(error->advice, sizeof error->advice, end + 1, length - first - 1,
                       ADVICE_COLUMNS, ADVICE_LINES);
}

void scn_error_excerpt(struct scn_error *error, const char *source, size_t length)
{
    for (int line = 1; line < error->line; line++) {
        const char *end = memchr(source, '\n', length);
        if (!end)
            return;
        length -= (size_t)(end + 1 - source);
        source = end + 1;
    }
    const char *end = memchr(source, '\n', length);
    size_t width = end ? (size_t)(end - source) : length;
    if (width > 0 && source[width - 1] == '\r')
        width--;
    if (error->line > 0)
        scn_text_clean(error->excerpt, sizeof error->excerpt, source, width,
                       EXCERPT_COLUMNS, 1);
}

static void emit_text(struct sink *sink, const char *text)
{
    size_t length = strlen(text);
    size_t room = sink->size - 1 - sink->length;
    emit(sink, text, length < room ? length : room);
}

static void emit_advice(struct sink *sink, const char *advice)
{
    while (*advice) {
        size_t width = strcspn(advice, "\n");
        emit_text(sink, "     ");
        emit(sink, advice, width);
        emit_text(sink, "\n");
        advice += width + (advice[width] == '\n');
    }
}

size_t scn_error_format(const struct scn_error *error, char *out, size_t size)
{
    struct sink sink = { out, size, 0 };
    char number[32];
    if (size == 0)
        return 0;
    out[0] = '\0';
    if (error->file[0]) {
        emit_text(&sink, error->file);
        snprintf(number, sizeof number, error->line > 0 ? ":%d: " : ": ", error->line);
        emit_text(&sink, number);
    }
    emit_text(&sink, error->text);
    emit_text(&sink, "\n");
    if (error->excerpt[0]) {
        snprintf(number, sizeof number, "%4d | ", error->line);
        emit_text(&sink, number);
        emit_text(&sink, error->excerpt);
        emit_text(&sink, "\n");
    }
    emit_advice(&sink, error->advice);
    return sink.length;
}
