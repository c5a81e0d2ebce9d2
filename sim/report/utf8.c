#include "sim/report/utf8.h"

#include <stddef.h>

static bool is_tail(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

// How many bytes follow a first byte; -1 where no character begins with it.
static int tail_of(unsigned char c)
{
    if (c < 0x80)
        return 0;
    if (c >= 0xC2 && c <= 0xDF)
        return 1;
    if (c >= 0xE0 && c <= 0xEF)
        return 2;
    return c >= 0xF0 && c <= 0xF4 ? 3 : -1;
}

uint32_t sim_utf8_next(const char **text)
{
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
    const unsigned char *s = (const unsigned char *)(*text)++;
    int tail = tail_of(*s);
    if (tail < 0)
        return SIM_UTF8_REPLACEMENT;
    uint32_t c = tail ? *s & (0x3Fu >> tail) : *s;
    for (int i = 1; i <= tail; i++) {
        if (!is_tail(s[i]))
            return SIM_UTF8_REPLACEMENT;
        c = c << 6 | (s[i] & 0x3Fu);
    }
    if (c < least[tail] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return SIM_UTF8_REPLACEMENT;
    *text += tail;
    return c;
}

void sim_utf8_write(char *out, uint32_t c)
{
    if (c < 0x80)
        *out++ = (char)c;
    else if (c < 0x800)
        *out++ = (char)(0xC0 | c >> 6);
    else if (c < 0x10000)
        *out++ = (char)(0xE0 | c >> 12);
    else {
        *out++ = (char)(0xF0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 0x3F));
    }
    if (c >= 0x800)
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
    if (c >= 0x80)
        *out++ = (char)(0x80 | (c & 0x3F));
    *out = '\0';
}

struct range {
    uint32_t first, last;
};

static bool is_in(const struct range *ranges, size_t n, uint32_t c)
{
    for (size_t i = 0; i < n; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

bool sim_utf8_is_control(uint32_t c)
{
    static const struct range controls[] = {
        { 0, 0x1F },        { 0x7F, 0x9F },     { 0x61C, 0x61C },
        { 0x200B, 0x200F }, { 0x2028, 0x202E }, { 0x2060, 0x206F },
        { 0xFEFF, 0xFEFF }, { 0xFFF9, 0xFFFB }, { 0xE0000, 0xE0FFF },
    };
    return is_in(controls, sizeof controls / sizeof *controls, c);
}

// A short form of Unicode's East Asian Width: the blocks that terminals draw wide.
int sim_utf8_columns(uint32_t c)
{
    static const struct range marks[] = {
        { 0x300, 0x36F },   { 0x1AB0, 0x1AFF }, { 0x20D0, 0x20FF },
        { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F },
    };
    static const struct range wide[] = {
        { 0x1100, 0x115F },   { 0x2E80, 0xA4CF },   { 0xAC00, 0xD7A3 },
        { 0xF900, 0xFAFF },   { 0xFE30, 0xFE6F },   { 0xFF00, 0xFF60 },
        { 0xFFE0, 0xFFE6 },   { 0x1F300, 0x1F64F }, { 0x1F680, 0x1F6FF },
        { 0x1F900, 0x1FAFF }, { 0x20000, 0x3FFFD },
    };
    if (is_in(marks, sizeof marks / sizeof *marks, c))
        return 0;
    return is_in(wide, sizeof wide / sizeof *wide, c) ? 2 : 1;
}
