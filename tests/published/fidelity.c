#include "tests/published/fidelity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_all(const char *file)
{
    FILE *f = fopen(file, "r");
    size_t room = 1 << 20;
    char *text = f ? malloc(room) : NULL;
    if (text)
        text[fread(text, 1, room - 1, f)] = '\0';
    if (f)
        fclose(f);
    return text;
}

bool fidelity_read(struct fidelity *f, const char *file)
{
    *f = (struct fidelity){ .text = read_all(file) };
    if (!f->text)
        return false;
    uint32_t room = 1;
    for (const char *p = f->text; *p; p++)
        room += *p == '\n';
    f->lines = calloc(room, sizeof *f->lines);
    if (!f->lines)
        return false;
    for (char *line = strtok(f->text, "\n"); line; line = strtok(NULL, "\n"))
        if (line[0] == '|')
            f->lines[f->count++] = line;
    return true;
}

void fidelity_free(struct fidelity *f)
{
    free(f->lines);
    free(f->text);
}

// A table's cell, without the blanks around it. Returns where the next one begins.
static const char *cell_is(const char *line, const char *text, bool *is)
{
    const char *end = strchr(line + 1, '|');
    size_t length = strlen(text);
    if (!end)
        end = line + strlen(line);
    line += 1 + strspn(line + 1, " ");
    while (end > line && end[-1] == ' ')
        end--;
    *is = *is && (size_t)(end - line) == length && memcmp(line, text, length) == 0;
    return end + strcspn(end, "|");
}

bool fidelity_lists(const struct fidelity *f, const char *family, const char *params,
                    const char *figure)
{
    for (uint32_t i = 0; i < f->count; i++) {
        bool is = true;
        const char *next = cell_is(f->lines[i], family, &is);
        next = *next ? cell_is(next, params, &is) : next;
        next = *next ? cell_is(next, figure, &is) : next;
        if (is && *next)
            return true;
    }
    return false;
}
