#include "labs/host/convoy_impl.h"
#include "labs/kit/impl/impl_patterns.h"

// Bulkheads and pools from outside: the same scripts as for the shipped ones (verify_bulkhead.c), whose words
// and kinds come in the order of the wire's and of labs/host/convoy_impl.h's. Who gives up is told as the
// model has it, and nobody leaves who is not inside.

static size_t define(const struct lab_steps *s, void *def)
{
    const struct lab_bulkhead_def *b = &s->def.bulkhead;
    const struct lab_pool_def *p = &s->def.pool;
    struct convoy_bulkhead_def *out = def;
    if (s->kind == CONVOY_BULKHEAD_PLACES)
        *out = (struct convoy_bulkhead_def){ .kind = CONVOY_BULKHEAD_PLACES,
                                             .size = b->max_calls,
                                             .max_waiting = b->max_waiting,
                                             .max_wait_ns = b->max_wait_ns };
    else
        *out = (struct convoy_bulkhead_def){ .kind = CONVOY_BULKHEAD_CONNECTIONS,
                                             .size = p->size,
                                             .max_overflow = p->max_overflow,
                                             .max_waiting = p->max_waiting,
                                             .max_wait_ns = p->acquire_timeout_ns,
                                             .max_idle_ns = p->max_idle_ns };
    return sizeof *out;
}

// Who asks is counted.
static void number(const struct lab_steps *s, int64_t *more)
{
    int64_t calls = 0;
    for (uint32_t i = 0; i < s->count; i++)
        more[i] = s->at[i].word == LAB_WIRE_BULKHEAD_ASKS ? ++calls : 0;
}

static bool tell(const struct lab_steps *s, uint32_t i, int64_t model, int64_t *told)
{
    switch ((enum lab_wire_bulkhead_word)s->at[i].word) {
    case LAB_WIRE_BULKHEAD_BREAKS:
        told[3] = s->kind == CONVOY_BULKHEAD_CONNECTIONS;
        return model != 0;
    case LAB_WIRE_BULKHEAD_LEAVES:
        return model != 0;
    case LAB_WIRE_BULKHEAD_GIVES_UP:
        told[3] = model;
        return model != 0;
    default:
        return true;
    }
}

// Inside with a place only, nothing is opened.
static int64_t hear(const struct lab_steps *s, uint32_t i, int64_t model, int64_t answer)
{
    (void)model;
    bool opens = s->at[i].word == LAB_WIRE_BULKHEAD_ASKS && answer == CONVOY_BULKHEAD_OPENS;
    return opens && s->kind == CONVOY_BULKHEAD_PLACES ? CONVOY_BULKHEAD_INSIDE : answer;
}

static const char text[] =
    "// Bulkheads and pools of my own: convoy_impl.h says what each kind is and what is asked of it, and\n"
    "// docs/patterns.md what it is for. Until open() gives something back, nothing is implemented.\n"
    "\n"
    "#include <stdlib.h>\n"
    "\n"
    "#include \"convoy_impl.h\"\n"
    "\n"
    "struct bulkhead {\n"
    "    struct convoy_bulkhead_def def;\n"
    "    uint32_t inside;\n"
    "    // Who waits, and until when.\n"
    "};\n"
    "\n"
    "static void *open_bulkhead(const struct convoy_bulkhead_def *def)\n"
    "{\n"
    "    switch (def->kind) {\n"
    "    case CONVOY_BULKHEAD_PLACES: // begin with this one: a count, and a line\n"
    "    default:\n"
    "        return NULL; // not implemented; else:\n"
    "    }\n"
    "    struct bulkhead *b = calloc(1, sizeof *b);\n"
    "    if (b)\n"
    "        b->def = *def;\n"
    "    return b;\n"
    "}\n"
    "\n"
    "static enum convoy_bulkhead_answer enter(void *bulkhead, uint32_t who, int64_t now_ns)\n"
    "{\n"
    "    struct bulkhead *b = bulkhead;\n"
    "    (void)b, (void)who, (void)now_ns;\n"
    "    return CONVOY_BULKHEAD_REFUSED;\n"
    "}\n"
    "\n"
    "static uint32_t leave(void *bulkhead, int is_broken, int64_t now_ns)\n"
    "{\n"
    "    struct bulkhead *b = bulkhead;\n"
    "    (void)b, (void)is_broken, (void)now_ns;\n"
    "    return 0;\n"
    "}\n"
    "\n"
    "static void cancel(void *bulkhead, uint32_t who)\n"
    "{\n"
    "    struct bulkhead *b = bulkhead;\n"
    "    (void)b, (void)who;\n"
    "}\n"
    "\n"
    "static uint32_t expire(void *bulkhead, int64_t at_ns)\n"
    "{\n"
    "    struct bulkhead *b = bulkhead;\n"
    "    (void)b, (void)at_ns;\n"
    "    return 0;\n"
    "}\n"
    "\n"
    "static void close_bulkhead(void *bulkhead)\n"
    "{\n"
    "    free(bulkhead);\n"
    "}\n"
    "\n"
    "const struct convoy_bulkhead convoy_bulkhead = { CONVOY_IMPL_VERSION, open_bulkhead, enter,\n"
    "                                                 leave, cancel, expire, close_bulkhead };\n";

const struct lab_impl_pattern lab_impl_bulkhead = { .name = "bulkhead",
                                                    .text = text,
                                                    .steps = &lab_bulkhead_pattern,
                                                    .define = define,
                                                    .more = number,
                                                    .tell = tell,
                                                    .hear = hear };
