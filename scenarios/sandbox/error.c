#include "scenarios/sandbox/error.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TEXT_COLUMNS    600
#define EXCERPT_COLUMNS 100
#define WORD_COLUMNS    15    // that are to be seen of what is wrong
#define COLUMNS_BEFORE  40    // and of what stands before it in a long line
#define SEARCHED        10000 // bytes of a line, which a script can make as long as it is
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

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

// Where a word of n bytes stands by itself in a line; its width where it does not.
static size_t find_word(const char *line, size_t width, const char *word, size_t n)
{
    for (size_t i = 0; n > 0 && i + n <= width; i++)
        if (memcmp(line + i, word, n) == 0 && (i == 0 || !is_word(line[i - 1])) &&
            (i + n == width || !is_word(line[i + n])))
            return i;
    return width;
}

// Lua tells lines and no columns, but the message names what is wrong: mostly in quotes, else
// at its beginning, as in "io: expected a number". The place of that in the line, or 0.
static size_t culprit(const char *text, const char *line, size_t width)
{
    const char *advice = strchr(text, ';'); // behind which stands what it should be
    for (const char *p = text; (p = strpbrk(p, "\"'")) && (!advice || p < advice); p++) {
        const char *end = strchr(p + 1, *p);
        size_t n = end ? (size_t)(end - p - 1) : 0;
        size_t at = find_word(line, width, p + 1, n);
        if (at < width)
            return at;
        p = end ? end : p;
    }
    size_t at = find_word(line, width, text, strcspn(text, " :"));
    return at < width ? at : 0;
}

// Of a long line the part around what is wrong.
static void excerpt_around(struct scn_error *error, const char *line, size_t width)
{
    size_t at = culprit(error->text, line, width < SEARCHED ? width : SEARCHED);
    if (at + WORD_COLUMNS <= EXCERPT_COLUMNS) {
        scn_text_clean(error->excerpt, sizeof error->excerpt, line, width, EXCERPT_COLUMNS,
                       1);
        return;
    }
    size_t from = at - COLUMNS_BEFORE;
    while (from < at && (line[from] & 0xc0) == 0x80) // not in the midst of a character
        from++;
    strcpy(error->excerpt, "...");
    scn_text_clean(error->excerpt + 3, sizeof error->excerpt - 3, line + from, width - from,
                   EXCERPT_COLUMNS - 3, 1);
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
        excerpt_around(error, source, width);
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
