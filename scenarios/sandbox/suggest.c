#include "scenarios/sandbox/suggest.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned limit_for(size_t length)
{
    return length <= 1 ? 0 : length <= 3 ? 1 : length <= 6 ? 2 : 3;
}

unsigned scn_suggest_distance(const char *a, const char *b, unsigned limit)
{
    size_t rows = strlen(a), columns = strlen(b);
    size_t apart = rows > columns ? rows - columns : columns - rows;
    if (rows >= SCN_SUGGEST_LENGTH || columns >= SCN_SUGGEST_LENGTH || apart > limit)
        return limit + 1;

    // Three rows of the table: the one being filled and the two above it.
    unsigned table[3][SCN_SUGGEST_LENGTH];
    for (size_t j = 0; j <= columns; j++)
        table[0][j] = (unsigned)j;
    for (size_t i = 1; i <= rows; i++) {
        unsigned *row = table[i % 3], *above = table[(i + 2) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= columns; j++) {
            unsigned change = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(change, 1 + least(above[j], row[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], 1 + table[(i + 1) % 3][j - 2]);
        }
    }
    return least(table[rows % 3][columns], limit + 1);
}

void scn_suggest_init(struct scn_suggestion *s, const char *word)
{
    s->word = word;
    s->length = strlen(word);
    s->distance = limit_for(s->length) + 1;
    s->best[0] = '\0';
}

void scn_suggest_offer(struct scn_suggestion *s, const char *known)
{
    size_t length = strlen(known);
    if (length == 0 || length >= SCN_SUGGEST_LENGTH || s->length >= SCN_SUGGEST_LENGTH)
        return;

    unsigned distance = scn_suggest_distance(s->word, known, limit_for(s->length));
    if (distance > limit_for(s->length) || distance >= length)
        return;
    bool is_nearer =
        distance < s->distance || (distance == s->distance && strcmp(known, s->best) < 0);
    if (!is_nearer)
        return;
    s->distance = distance;
    memcpy(s->best, known, length + 1);
}

const char *scn_suggest(const char *word, const char *const *known)
{
    struct scn_suggestion s;
    scn_suggest_init(&s, word);
    for (size_t i = 0; known[i]; i++)
        scn_suggest_offer(&s, known[i]);
    for (size_t i = 0; known[i]; i++)
        if (s.best[0] && strcmp(known[i], s.best) == 0)
            return known[i];
    return NULL;
}

const char *scn_suggest_text(const struct scn_suggestion *s, char *out, size_t size)
{
    out[0] = '\0';
    if (s->best[0])
        snprintf(out, size, "; did you mean \"%s\"?", s->best);
    return out;
}
