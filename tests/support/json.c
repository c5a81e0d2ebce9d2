#include "tests/support/json.h"

#include <stdlib.h>
#include <string.h>

#define DEEPEST 64

struct reader {
    struct json_document *d;
    const char *start, *p, *end;
    int depth;
};

static bool fail(struct reader *r, const char *why)
{
    if (!r->d->error) {
        r->d->error = why;
        r->d->at = (size_t)(r->p - r->start);
    }
    return false;
}

static bool is_digit(const struct reader *r)
{
    return r->p < r->end && *r->p >= '0' && *r->p <= '9';
}

static void skip_blanks(struct reader *r)
{
    while (r->p < r->end && strchr(" \t\r\n", *r->p) && *r->p)
        r->p++;
}

static bool skip(struct reader *r, char c)
{
    if (r->p == r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

// ---- Strings and numbers ----

static bool character(struct reader *r)
{
    const unsigned char *s = (const unsigned char *)r->p;
    size_t left = (size_t)(r->end - r->p);
    size_t n = *s < 0x80 ? 1 : *s < 0xc2 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4;
    if (n == 0 || n > left || *s > 0xf4)
        return fail(r, "not UTF-8");
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return fail(r, "not UTF-8");
    if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
        (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
        return fail(r, "not UTF-8");
    r->p += n;
    return true;
}

static bool escape(struct reader *r)
{
    r->p++;
    if (r->p == r->end || !*r->p || !strchr("\"\\/bfnrtu", *r->p))
        return fail(r, "no such escape");
    if (*r->p++ != 'u')
        return true;
    for (int i = 0; i < 4; i++, r->p++)
        if (r->p == r->end || !*r->p || !strchr("0123456789abcdefABCDEF", *r->p))
            return fail(r, "four hexadecimal digits are needed");
    return true;
}

static bool string(struct reader *r, const char **text, size_t *size)
{
    if (!skip(r, '"'))
        return fail(r, "a string is needed");
    *text = r->p;
    while (r->p < r->end && *r->p != '"') {
        if ((unsigned char)*r->p < 0x20)
            return fail(r, "a control character in a string");
        if (!(*r->p == '\\' ? escape(r) : character(r)))
            return false;
    }
    *size = (size_t)(r->p - *text);
    return skip(r, '"') || fail(r, "a string without end");
}

static bool digits(struct reader *r)
{
    if (!is_digit(r))
        return fail(r, "a digit is needed");
    while (is_digit(r))
        r->p++;
    return true;
}

static bool number(struct reader *r, struct json *j)
{
    j->type = JSON_NUMBER;
    j->text = r->p;
    skip(r, '-');
    if (!skip(r, '0') && !digits(r))
        return false;
    if (skip(r, '.') && !digits(r))
        return false;
    if (skip(r, 'e') || skip(r, 'E')) {
        if (!skip(r, '+'))
            skip(r, '-');
        if (!digits(r))
            return false;
    }
    j->size = (size_t)(r->p - j->text);
    return true;
}

// ---- Values ----

static bool value(struct reader *r, struct json *j);

static struct json *new_node(struct reader *r)
{
    return &r->d->nodes[r->d->count++];
}

static bool key(struct reader *r, const struct json *object, struct json *j)
{
    if (!string(r, &j->key, &j->key_size))
        return false;
    for (const struct json *i = object->child; i && i != j; i = i->next)
        if (i->key_size == j->key_size && memcmp(i->key, j->key, i->key_size) == 0)
            return fail(r, "a key twice");
    skip_blanks(r);
    if (!skip(r, ':'))
        return fail(r, "':' is needed");
    skip_blanks(r);
    return true;
}

static bool members(struct reader *r, struct json *j, char close)
{
    const struct json **link = &j->child;
    skip_blanks(r);
    if (skip(r, close))
        return true;
    do {
        skip_blanks(r);
        struct json *member = new_node(r);
        if (j->type == JSON_OBJECT && !key(r, j, member))
            return false;
        *link = member;
        link = &member->next;
        if (!value(r, member))
            return false;
        skip_blanks(r);
    } while (skip(r, ','));
    return skip(r, close) || fail(r, "',' or an end is needed");
}

static bool word(struct reader *r, struct json *j, const char *text, enum json_type type)
{
    size_t n = strlen(text);
    if ((size_t)(r->end - r->p) < n || memcmp(r->p, text, n) != 0)
        return fail(r, "a value is needed");
    j->type = type;
    r->p += n;
    return true;
}

static bool nested(struct reader *r, struct json *j, enum json_type type, char close)
{
    j->type = type;
    r->p++;
    if (++r->depth > DEEPEST)
        return fail(r, "too deep");
    bool ok = members(r, j, close);
    r->depth--;
    return ok;
}

static bool value(struct reader *r, struct json *j)
{
    switch (r->p < r->end ? *r->p : '\0') {
    case '{':
        return nested(r, j, JSON_OBJECT, '}');
    case '[':
        return nested(r, j, JSON_ARRAY, ']');
    case '"':
        j->type = JSON_STRING;
        return string(r, &j->text, &j->size);
    case 't':
        return word(r, j, "true", JSON_TRUE);
    case 'f':
        return word(r, j, "false", JSON_FALSE);
    case 'n':
        return word(r, j, "null", JSON_NULL);
    default:
        return number(r, j);
    }
}

// Each value but the first follows one of these characters.
static size_t most_values(const char *text, size_t size)
{
    size_t n = 2;
    for (size_t i = 0; i < size; i++)
        n += text[i] == ',' || text[i] == '[' || text[i] == '{';
    return n;
}

bool json_read(struct json_document *d, const char *text, size_t size)
{
    *d = (struct json_document){ 0 };
    struct reader r = { .d = d, .start = text, .p = text, .end = text + size };
    d->nodes = calloc(most_values(text, size), sizeof *d->nodes);
    if (!d->nodes)
        return fail(&r, "no memory");
    skip_blanks(&r);
    if (!value(&r, new_node(&r)))
        return false;
    skip_blanks(&r);
    return r.p == r.end || fail(&r, "something behind the end");
}

void json_free(struct json_document *d)
{
    free(d->nodes);
    *d = (struct json_document){ 0 };
}

const struct json *json_at(const struct json *object, const char *name)
{
    if (!object || object->type != JSON_OBJECT)
        return NULL;
    for (const struct json *i = object->child; i; i = i->next)
        if (i->key_size == strlen(name) && memcmp(i->key, name, i->key_size) == 0)
            return i;
    return NULL;
}

bool json_is(const struct json *j, const char *text)
{
    return j && j->type == JSON_STRING && j->size == strlen(text) &&
           memcmp(j->text, text, j->size) == 0;
}
