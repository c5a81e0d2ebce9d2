#include "scenarios/sandbox/pattern.h"

#include <ctype.h>
#include <string.h>

// --- Reading

// What is left of a pattern's text.
struct reader {
    const unsigned char *at, *end;
    const char *wrong; // the first thing that is
};

static void set_add(uint32_t *set, unsigned c)
{
    set[c >> 5] |= 1U << (c & 31);
}

static bool set_has(const uint32_t *set, unsigned char c)
{
    return set[c >> 5] >> (c & 31) & 1U;
}

static void set_invert(uint32_t *set)
{
    for (int i = 0; i < 8; i++)
        set[i] = ~set[i];
}

static bool is_in_class(int c, int class, bool *is_class)
{
    *is_class = true;
    switch (class) {
    case 'a':
        return isalpha(c);
    case 'c':
        return iscntrl(c);
    case 'd':
        return isdigit(c);
    case 'g':
        return isgraph(c);
    case 'l':
        return islower(c);
    case 'p':
        return ispunct(c);
    case 's':
        return isspace(c);
    case 'u':
        return isupper(c);
    case 'w':
        return isalnum(c);
    case 'x':
        return isxdigit(c);
    default:
        break;
    }
    *is_class = false;
    return false;
}

// Adds what %class stands for: a class, its complement in upper case, or the character.
static void set_add_class(uint32_t *set, int class)
{
    bool is_class;
    is_in_class(0, tolower(class), &is_class);
    if (!is_class) {
        set_add(set, (unsigned char)class);
        return;
    }
    for (int c = 0; c < 256; c++)
        if ((is_in_class(c, tolower(class), &is_class) != 0) != (isupper(class) != 0))
            set_add(set, (unsigned)c);
}

static int take(struct reader *r, const char *wrong)
{
    if (r->at < r->end)
        return *r->at++;
    if (!r->wrong)
        r->wrong = wrong;
    return 0;
}

// A character of a set, a range, or a class; the first ] of a set is a plain character.
static void read_set_member(struct reader *r, uint32_t *set, const char *missing)
{
    int c = take(r, missing);
    if (c == '%') {
        set_add_class(set, take(r, "malformed pattern (ends with '%')"));
    } else if (r->end - r->at >= 2 && r->at[0] == '-' && r->at[1] != ']') {
        for (int last = r->at[1]; c <= last; c++)
            set_add(set, (unsigned)c);
        r->at += 2;
    } else {
        set_add(set, (unsigned)c);
    }
}

static void read_set(struct reader *r, uint32_t *set)
{
    static const char missing[] = "malformed pattern (missing ']')";
    bool is_complement = r->at < r->end && *r->at == '^';
    r->at += is_complement;
    do {
        read_set_member(r, set, missing);
    } while (!r->wrong && (r->at == r->end || *r->at != ']'));
    take(r, missing);
    if (is_complement)
        set_invert(set);
}

static void read_repeat(struct reader *r, struct scn_pattern_item *item)
{
    item->repeat = 1;
    if (r->at < r->end && strchr("*+-?", *r->at) && *r->at != '\0')
        item->repeat = *r->at++;
}

// What begins with %, after that.
static void read_escape(struct reader *r, struct scn_pattern_item *item,
                        const bool *is_closed)
{
    int c = take(r, "malformed pattern (ends with '%')");
    if (c == 'b') {
        item->kind = SCN_PATTERN_BALANCE;
        item->first = (uint8_t)take(r, "malformed pattern (missing arguments to '%b')");
        item->last = (uint8_t)take(r, "malformed pattern (missing arguments to '%b')");
    } else if (c == 'f') {
        item->kind = SCN_PATTERN_FRONTIER;
        if (take(r, "missing '[' after '%f' in pattern") != '[' && !r->wrong)
            r->wrong = "missing '[' after '%f' in pattern";
        read_set(r, item->set);
    } else if (c >= '0' && c <= '9') {
        item->kind = SCN_PATTERN_BACK;
        item->first = (uint8_t)(c - '1');
        if (c == '0' || !is_closed[item->first])
            r->wrong = "invalid capture index in pattern";
    } else {
        set_add_class(item->set, c);
        read_repeat(r, item);
    }
}

static void read_single(struct reader *r, struct scn_pattern_item *item, int c)
{
    if (c == '[')
        read_set(r, item->set);
    else if (c == '.')
        set_invert(item->set);
    else
        set_add(item->set, (unsigned)c);
    read_repeat(r, item);
}

// Captures nest; which are open is a stack of their numbers.
struct captures {
    int open[SCN_PATTERN_CAPTURES], depth;
    bool is_closed[SCN_PATTERN_CAPTURES];
};

static void read_open(struct reader *r, struct scn_pattern *pattern,
                      struct scn_pattern_item *item, struct captures *captures)
{
    if (pattern->captures == SCN_PATTERN_CAPTURES) {
        r->wrong = "too many captures";
        return;
    }
    int number = pattern->captures++;
    item->first = (uint8_t)number;
    item->kind = SCN_PATTERN_OPEN;
    if (r->at < r->end && *r->at == ')') {
        r->at++;
        item->kind = SCN_PATTERN_POSITION;
        return;
    }
    captures->open[captures->depth++] = number;
}

static void read_close(struct reader *r, struct scn_pattern_item *item,
                       struct captures *captures)
{
    if (captures->depth == 0) {
        r->wrong = "invalid pattern capture";
        return;
    }
    int number = captures->open[--captures->depth];
    item->kind = SCN_PATTERN_CLOSE;
    item->first = (uint8_t)number;
    captures->is_closed[number] = true;
}

static void read_item(struct reader *r, struct scn_pattern *pattern,
                      struct captures *captures)
{
    struct scn_pattern_item *item = &pattern->item[pattern->items++];
    memset(item, 0, sizeof *item);
    int c = *r->at++;
    if (c == '(')
        read_open(r, pattern, item, captures);
    else if (c == ')')
        read_close(r, item, captures);
    else if (c == '$' && r->at == r->end)
        item->kind = SCN_PATTERN_END;
    else if (c == '%')
        read_escape(r, item, captures->is_closed);
    else
        read_single(r, item, c);
}

const char *scn_pattern_read(struct scn_pattern *pattern, const char *text, size_t length,
                             bool may_anchor)
{
    struct reader r = { (const unsigned char *)text, (const unsigned char *)text + length,
                        NULL };
    struct captures captures = { .depth = 0 };
    pattern->items = pattern->captures = 0;
    pattern->is_anchored = may_anchor && length > 0 && text[0] == '^';
    r.at += pattern->is_anchored;
    while (r.at < r.end && !r.wrong) {
        if (pattern->items == SCN_PATTERN_ITEMS)
            return "pattern too long";
        read_item(&r, pattern, &captures);
    }
    if (!r.wrong && captures.depth > 0)
        r.wrong = "unfinished capture";
    return r.wrong;
}

bool scn_pattern_is_plain(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] != '\0' && strchr("^$*+?.([%-", text[i]))
            return false;
    return true;
}

// --- Matching

static bool fits(const struct scn_pattern_item *item, const struct scn_match *m,
                 const char *at)
{
    return at < m->end && set_has(item->set, (unsigned char)*at);
}

static const char *match_balance(const struct scn_pattern_item *item,
                                 const struct scn_match *m, const char *at)
{
    if (at >= m->end || (unsigned char)*at != item->first)
        return NULL;
    size_t depth = 1;
    for (at++; at < m->end; at++) {
        --*m->steps;
        if ((unsigned char)*at == item->last) {
            if (--depth == 0)
                return at + 1;
        } else if ((unsigned char)*at == item->first) {
            depth++;
        }
    }
    return NULL;
}

static bool is_at_frontier(const struct scn_pattern_item *item, const struct scn_match *m,
                           const char *at)
{
    unsigned char before = at > m->text ? (unsigned char)at[-1] : 0;
    unsigned char after = at < m->end ? (unsigned char)*at : 0;
    return !set_has(item->set, before) && set_has(item->set, after);
}

static const char *match_back(const struct scn_pattern_item *item,
                              const struct scn_match *m, const char *at)
{
    const struct scn_capture *capture = &m->capture[item->first];
    if (capture->is_position || (size_t)(m->end - at) < capture->length)
        return NULL;
    *m->steps -= (int64_t)(capture->length / 16);
    return memcmp(capture->start, at, capture->length) == 0 ? at + capture->length : NULL;
}

static const char *match_from(const struct scn_pattern *p, struct scn_match *m, int item,
                              const char *at);

// As many as fit, then fewer until the rest of the pattern fits too.
static const char *match_most(const struct scn_pattern *p, struct scn_match *m, int i,
                              const char *at, size_t least, size_t most)
{
    size_t count = 0;
    while (count < most && fits(&p->item[i], m, at + count))
        count++;
    *m->steps -= (int64_t)count;
    for (; count + 1 > least && *m->steps >= 0; count--) {
        const char *end = match_from(p, m, i + 1, at + count);
        if (end)
            return end;
        if (count == 0)
            break;
    }
    return NULL;
}

// As few as possible, then more.
static const char *match_least(const struct scn_pattern *p, struct scn_match *m, int i,
                               const char *at)
{
    while (*m->steps >= 0) {
        const char *end = match_from(p, m, i + 1, at);
        if (end)
            return end;
        if (!fits(&p->item[i], m, at))
            return NULL;
        at++;
    }
    return NULL;
}

static const char *match_repeat(const struct scn_pattern *p, struct scn_match *m, int i,
                                const char *at)
{
    switch (p->item[i].repeat) {
    case '*':
        return match_most(p, m, i, at, 0, SIZE_MAX);
    case '+':
        return match_most(p, m, i, at, 1, SIZE_MAX);
    case '?':
        return match_most(p, m, i, at, 0, 1);
    default:
        return match_least(p, m, i, at);
    }
}

// An item that takes one way only: the place after it, or NULL.
static const char *match_item(const struct scn_pattern_item *item, struct scn_match *m,
                              const char *at)
{
    // No item but an open one has a number that its capture was not filled for: each path
    // through a pattern goes over all of its items in order.
    struct scn_capture *capture = &m->capture[item->first % SCN_PATTERN_CAPTURES];
    switch ((enum scn_pattern_kind)item->kind) {
    case SCN_PATTERN_SET:
        return fits(item, m, at) ? at + 1 : NULL;
    case SCN_PATTERN_OPEN:
        *capture = (struct scn_capture){ at, 0, false };
        return at;
    case SCN_PATTERN_CLOSE:
        capture->length = (size_t)(at - capture->start);
        return at;
    case SCN_PATTERN_POSITION:
        *capture = (struct scn_capture){ at, 0, true };
        return at;
    case SCN_PATTERN_BACK:
        return match_back(item, m, at);
    case SCN_PATTERN_BALANCE:
        return match_balance(item, m, at);
    case SCN_PATTERN_FRONTIER:
        return is_at_frontier(item, m, at) ? at : NULL;
    case SCN_PATTERN_END:
        return at == m->end ? at : NULL;
    }
    return NULL;
}

static const char *match_from(const struct scn_pattern *p, struct scn_match *m, int i,
                              const char *at)
{
    for (; i < p->items && at; i++) {
        if (--*m->steps < 0)
            return NULL;
        const struct scn_pattern_item *item = &p->item[i];
        if (item->kind == SCN_PATTERN_SET && item->repeat != 1)
            return match_repeat(p, m, i, at);
        at = match_item(item, m, at);
    }
    return at;
}

const char *scn_pattern_match_at(const struct scn_pattern *pattern, struct scn_match *match,
                                 const char *at)
{
    --*match->steps;
    return match_from(pattern, match, 0, at);
}

const char *scn_pattern_find_plain(const char *text, size_t length, const char *wanted,
                                   size_t wanted_length, int64_t *steps)
{
    if (wanted_length == 0)
        return text;
    const char *end = text + length;
    while ((size_t)(end - text) >= wanted_length && *steps >= 0) {
        size_t width = (size_t)(end - text) - wanted_length + 1;
        const char *found = memchr(text, wanted[0], width);
        *steps -= 1 + ((found ? found : text + width) - text) / 64;
        if (!found)
            return NULL;
        size_t same = 1;
        while (same < wanted_length && found[same] == wanted[same])
            same++;
        *steps -= (int64_t)(same / 16);
        if (same == wanted_length)
            return found;
        text = found + 1;
    }
    return NULL;
}
