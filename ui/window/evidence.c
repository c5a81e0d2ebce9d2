#include "ui/window/evidence.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/file/whole_file.h"

#define LINE 400

void ui_evidence_init(struct ui_evidence *e)
{
    *e = (struct ui_evidence){ 0 };
}

void ui_evidence_fini(struct ui_evidence *e)
{
    free(e->text);
}

static bool has_room(struct ui_evidence *e, size_t more)
{
    size_t wanted = e->length + more + 1, room = e->room ? e->room : 4096;
    if (wanted > UI_EVIDENCE_BYTES)
        return false;
    while (room < wanted)
        room *= 2;
    if (room == e->room)
        return true;
    char *text = realloc(e->text, room);
    if (!text)
        return false;
    e->text = text;
    e->room = room;
    return true;
}

void ui_evidence_add(struct ui_evidence *e, uint64_t elapsed, sim_time at, const char *what)
{
    char line[LINE];
    int n =
        snprintf(line, sizeof line, "%" PRIu64 ":%02d:%02d.%03d  %6" PRId64 ".%03d  %.340s",
                 elapsed / 3600000, (int)(elapsed / 60000 % 60), (int)(elapsed / 1000 % 60),
                 (int)(elapsed % 1000), at / SIM_S, (int)(at % SIM_S / SIM_MS), what);
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = ' ';
    // One that was left out is not followed by others, which would look complete.
    if (n < 0 || e->is_full || !has_room(e, (size_t)n + 1)) {
        e->is_full = true;
        return;
    }
    memcpy(e->text + e->length, line, (size_t)n);
    e->length += (size_t)n;
    e->text[e->length++] = '\n';
    e->text[e->length] = '\0';
}

bool ui_evidence_write(const struct ui_evidence *e, const char *path, const char *first,
                       const char *last)
{
    struct ui_whole_file file;
    if (!ui_whole_file_open(&file, path))
        return false;
    int n = fprintf(file.f, "%s\n   elapsed      moment  what\n%s%s%s\n", first,
                    e->text ? e->text : "",
                    e->is_full ? "more was done than is kept here\n" : "", last);
    return ui_whole_file_close(&file, n > 0);
}
