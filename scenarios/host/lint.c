#include "scenarios/host/lint.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

// A scanner of just as much Lua as is needed: it knows comments, texts, words, and how deep
// inside of functions it is.

struct scan {
    const char *p, *end;
    int line;
    int depth;    // of blocks
    int function; // the depth at which the outermost function began, 0 outside of functions
};

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static void step(struct scan *s)
{
    s->line += *s->p == '\n';
    s->p++;
}

// Past a long text or comment: [[ ... ]] or [==[ ... ]==]. False when there is none here.
static bool skip_long(struct scan *s)
{
    const char *p = s->p + 1;
    while (p < s->end && *p == '=')
        p++;
    if (s->p >= s->end || *s->p != '[' || p >= s->end || *p != '[')
        return false;
    size_t level = (size_t)(p - s->p - 1);
    for (; s->p < s->end; step(s)) {
        size_t n = 0;
        while (*s->p == ']' && s->p + n + 1 < s->end && n < level && s->p[n + 1] == '=')
            n++;
        if (*s->p == ']' && n == level && s->p + n + 1 < s->end && s->p[n + 1] == ']') {
            s->p += level + 2;
            return true;
        }
    }
    return true;
}

static void skip_comment(struct scan *s)
{
    s->p += 2;
    if (s->p < s->end && skip_long(s))
        return;
    while (s->p < s->end && *s->p != '\n')
        s->p++;
}

static void skip_text(struct scan *s)
{
    char quote = *s->p;
    step(s);
    while (s->p < s->end && *s->p != quote && *s->p != '\n') {
        if (*s->p == '\\' && s->p + 1 < s->end)
            step(s);
        step(s);
    }
    if (s->p < s->end)
        step(s);
}

static bool is(const char *word, size_t n, const char *name)
{
    return n == strlen(name) && memcmp(word, name, n) == 0;
}

static void count_block(struct scan *s, const char *word, size_t n)
{
    if (is(word, n, "function") || is(word, n, "if") || is(word, n, "do") ||
        is(word, n, "repeat"))
        s->depth++;
    if (is(word, n, "function") && s->function == 0)
        s->function = s->depth;
    if (!is(word, n, "end") && !is(word, n, "until"))
        return;
    if (s->depth == s->function)
        s->function = 0;
    s->depth--;
}

// Behind the word req: a field and a comparison?
static bool is_compared(struct scan s)
{
    if (s.p >= s.end || *s.p != '.')
        return false;
    s.p++;
    while (s.p < s.end && is_word(*s.p))
        s.p++;
    while (s.p < s.end && (*s.p == ' ' || *s.p == '\t'))
        s.p++;
    return s.end - s.p >= 2 && (s.p[0] == '=' || s.p[0] == '~') && s.p[1] == '=';
}

static void take_word(struct scan *s, sim_lint_remark *remark, void *ctx)
{
    const char *word = s->p;
    while (s->p < s->end && is_word(*s->p))
        s->p++;
    size_t n = (size_t)(s->p - word);
    count_block(s, word, n);
    if (s->function == 0 && is(word, n, "req") && is_compared(*s))
        remark(ctx, s->line,
               "comparing a field of req outside of a function(req) is always false: use "
               "choose(req.field, {value = steps})");
}

void scn_lint_text(const char *text, size_t length, sim_lint_remark *remark, void *ctx)
{
    struct scan s = { .p = text, .end = text + length, .line = 1 };
    while (s.p < s.end) {
        if (s.end - s.p >= 2 && s.p[0] == '-' && s.p[1] == '-')
            skip_comment(&s);
        else if (*s.p == '"' || *s.p == '\'')
            skip_text(&s);
        else if (*s.p == '[' && skip_long(&s))
            continue;
        else if (is_word(*s.p))
            take_word(&s, remark, ctx);
        else
            step(&s);
    }
}
