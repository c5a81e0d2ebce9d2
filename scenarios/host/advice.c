#include "scenarios/host/advice.h"

#include <stdio.h>

#include "scenarios/sandbox/suggest.h"

void scn_advice(char *text, size_t size, const char *word, const char *const *known)
{
    const char *near = scn_suggest(word, known);
    size_t n = 0;
    text[0] = '\0';
    if (near)
        n = (size_t)snprintf(text, size, "; did you mean \"%s\"?", near);
    if (!*known || n >= size)
        return;
    n += (size_t)snprintf(text + n, size - n, "\nknown:");
    for (; *known && n < size; known++)
        n += (size_t)snprintf(text + n, size - n, " %s", *known);
}
