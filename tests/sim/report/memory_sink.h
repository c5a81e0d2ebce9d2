#ifndef TESTS_SIM_REPORT_MEMORY_SINK_H
#define TESTS_SIM_REPORT_MEMORY_SINK_H

// A sink that keeps what it is given, for tests. Freed by its owner.

#include <stdlib.h>
#include <string.h>

#include "sim/report/sink.h"

struct memory_sink {
    char *text; // always ended
    size_t n, room;
};

static inline void memory_put(void *ctx, const char *bytes, size_t n)
{
    struct memory_sink *m = ctx;
    if (m->n + n + 1 > m->room) {
        m->room = 2 * (m->n + n + 1);
        m->text = realloc(m->text, m->room);
        if (!m->text)
            abort();
    }
    memcpy(m->text + m->n, bytes, n);
    m->n += n;
    m->text[m->n] = '\0';
}

static inline struct sim_sink memory_sink(struct memory_sink *m)
{
    *m = (struct memory_sink){ 0 };
    memory_put(m, "", 0);
    return (struct sim_sink){ memory_put, m };
}

#endif
