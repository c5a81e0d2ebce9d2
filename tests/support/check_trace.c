// check_trace FILE: reads a trace and complains of what does not hold together. Status 1 when
// there is anything to complain of.

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/trace_reader.h"

static char *contents(const char *name, size_t *size)
{
    FILE *f = fopen(name, "rb");
    if (!f)
        return NULL;
    char *text = NULL;
    size_t room = 0;
    *size = 0;
    do {
        room = room ? room * 2 : 1 << 16;
        text = realloc(text, room);
        *size += text ? fread(text + *size, 1, room - *size, f) : 0;
    } while (text && *size == room);
    fclose(f);
    return text;
}

int main(int argc, char **argv)
{
    size_t size;
    char *text = argc == 2 ? contents(argv[1], &size) : NULL;
    if (!text) {
        fprintf(stderr, "check_trace FILE: no such file\n");
        return 2;
    }
    struct trace t;
    bool ok = trace_read(&t, text, size);
    printf("%zu events, %zu slices, %zu flows, %zu waits, %llu records lost\n%s", t.events,
           t.slice_count, t.flow_count, t.wait_count, (unsigned long long)t.lost,
           t.complaints);
    trace_free(&t);
    free(text);
    return ok ? 0 : 1;
}
