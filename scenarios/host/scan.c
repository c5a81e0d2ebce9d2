#include "scenarios/host/scan.h"

#include <ctype.h>
#include <string.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static void step(struct scn_scan *s)
{
    s->line += *s->p == '\n';
    s->p++;
}

// Past a long text or comment: [[ ... ]] or [==[ ... ]==]. False when there is none here.
static bool skip_long(struct scn_scan *s)
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

static void skip_comment(struct scn_scan *s)
{
    s->p += 2;
    if (s->p < s->end && skip_long(s))
        return;
    while (s->p < s->end && *s->p != '\n')
        s->p++;
}

static void skip_text(struct scn_scan *s)
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

// Numbers with all that may be in one: 0x1p-3, 1e+5, 2.5. An exponent's sign belongs to it.
static void skip_number(struct scn_scan *s)
{
    while (s->p < s->end && (is_word(*s->p) || *s->p == '.' ||
                             ((*s->p == '+' || *s->p == '-') && strchr("eEpP", s->p[-1]))))
        s->p++;
}

static void skip_sign(struct scn_scan *s)
{
    static const char *const doubles[] = { "==", "~=", "<=", ">=", "..",
                                           "::", "//", "<<", ">>" };
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++)
        if (s->end - s->p >= 2 && memcmp(s->p, doubles[i], 2) == 0) {
            s->p += 2;
            return;
        }
    s->p++;
}

static void skip_blanks(struct scn_scan *s)
{
    while (s->p < s->end) {
        if (s->end - s->p >= 2 && s->p[0] == '-' && s->p[1] == '-')
            skip_comment(s);
        else if (isspace((unsigned char)*s->p))
            step(s);
        else
            return;
    }
}

struct scn_scan scn_scan_of(const char *text, size_t length)
{
    return (struct scn_scan){ .p = text, .end = text + length, .line = 1 };
}

struct scn_token scn_scan_next(struct scn_scan *s)
{
    skip_blanks(s);
    struct scn_token t = { .kind = SCN_TOKEN_END, .text = s->p, .line = s->line };
    if (s->p >= s->end)
        return t;
    bool point = *s->p == '.' && s->end - s->p >= 2 && isdigit((unsigned char)s->p[1]);
    if (*s->p == '"' || *s->p == '\'') {
        t.kind = SCN_TOKEN_TEXT;
        skip_text(s);
    } else if (*s->p == '[' && skip_long(s)) {
        t.kind = SCN_TOKEN_TEXT;
    } else if (isdigit((unsigned char)*s->p) || point) {
        t.kind = SCN_TOKEN_NUMBER;
        skip_number(s);
    } else if (is_word(*s->p)) {
        t.kind = SCN_TOKEN_NAME;
        while (s->p < s->end && is_word(*s->p))
            s->p++;
    } else {
        t.kind = SCN_TOKEN_SIGN;
        skip_sign(s);
    }
    t.n = (size_t)(s->p - t.text);
    return t;
}

bool scn_token_is(const struct scn_token *t, const char *text)
{
    return (t->kind == SCN_TOKEN_NAME || t->kind == SCN_TOKEN_SIGN) &&
           t->n == strlen(text) && memcmp(t->text, text, t->n) == 0;
}

bool scn_token_is_any(const struct scn_token *t, const char *const *texts)
{
    while (*texts && !scn_token_is(t, *texts))
        texts++;
    return *texts != NULL;
}

bool scn_token_ends_statement(const struct scn_token *t)
{
    static const char *const joins[] = { "and",   "or",    "not",   "return", "in",
                                         "if",    "while", "until", "elseif", "function",
                                         "local", "for",   "goto",  NULL };
    static const char *const ends[] = { ")", "]", "}", ";", NULL };
    return t->kind == SCN_TOKEN_SIGN ? scn_token_is_any(t, ends)
                                     : !scn_token_is_any(t, joins);
}
