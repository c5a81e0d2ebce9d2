#define _DEFAULT_SOURCE // open_memstream
#include "tests/support/drawn.h"

#include <stdio.h>
#include <stdlib.h>

#include "ui/view/record.h"

static void put(void *ctx, const char *bytes, size_t n)
{
    if (fwrite(bytes, 1, n, ctx) != n)
        exit(1);
}

char *drawn_text(const struct ui_film *film, const struct ui_look *look)
{
    struct ui_list list;
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        exit(1);
    struct sim_sink sink = { put, file };
    ui_list_init(&list);
    ui_view_draw(&list, film, look);
    ui_record_write(&list, &sink);
    ui_list_fini(&list);
    if (fclose(file) != 0 || !text)
        exit(1);
    return text;
}
