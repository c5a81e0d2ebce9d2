#include "labs/host/convoy_impl.h"
#include "labs/kit/draws.h"
#include "labs/kit/impl/impl_patterns.h"

// Lines from outside: the same scripts as for the shipped one (verify_shed.c), whose words and kinds come
// in the order of the wire's and of labs/host/convoy_impl.h's.

static size_t define(const struct lab_steps *s, void *def)
{
    const struct lab_shed_def *d = &s->def.shed;
    struct convoy_shed_def *out = def;
    *out = (struct convoy_shed_def){ .kind = (enum convoy_shed_kind)s->kind,
                                     .target_ns = d->short_ns,
                                     .interval_ns = d->long_ns,
                                     .lifo_from = d->lifo_from,
                                     .opened_ns = s->at[0].at_ns };
    return sizeof *out;
}

static void number(const struct lab_steps *s, int64_t *more)
{
    for (uint32_t i = 0; i < s->count; i++)
        more[i] = 1 + i;
}

// The model says until when who comes may wait, and the clock has an end.
static int64_t hear(const struct lab_steps *s, uint32_t i, int64_t model, int64_t answer)
{
    int64_t now = s->at[i].at_ns;
    (void)model;
    if (s->at[i].word == LAB_WIRE_SHED_IS_FREE)
        return answer;
    return answer < 0 ? INT64_MIN : lab_moved(lab_moved(now, answer) - now, 1);
}

static const char text[] =
    "// Lines under overload of my own: convoy_impl.h says what each kind is and what is asked of it, and\n"
    "// docs/patterns.md what it is for. Until open() gives something back, nothing is implemented.\n"
    "\n"
    "#include <stdlib.h>\n"
    "\n"
    "#include \"convoy_impl.h\"\n"
    "\n"
    "struct shed {\n"
    "    struct convoy_shed_def def;\n"
    "    // Who waits, and since when.\n"
    "};\n"
    "\n"
    "static void *open_shed(const struct convoy_shed_def *def)\n"
    "{\n"
    "    switch (def->kind) {\n"
    "    case CONVOY_SHED_ADAPTIVE_LIFO: // begin with this one: it drops nobody\n"
    "    default:\n"
    "        return NULL; // not implemented; else:\n"
    "    }\n"
    "    struct shed *s = calloc(1, sizeof *s);\n"
    "    if (s)\n"
    "        s->def = *def;\n"
    "    return s;\n"
    "}\n"
    "\n"
    "static int64_t comes(void *shed, uint32_t who, int64_t now_ns)\n"
    "{\n"
    "    struct shed *s = shed;\n"
    "    (void)s, (void)who, (void)now_ns;\n"
    "    return INT64_MAX;\n"
    "}\n"
    "\n"
    "static uint32_t next(void *shed, int64_t now_ns, uint32_t *dropped, uint32_t *count)\n"
    "{\n"
    "    struct shed *s = shed;\n"
    "    (void)s, (void)now_ns, (void)dropped, (void)count;\n"
    "    return 0;\n"
    "}\n"
    "\n"
    "static void close_shed(void *shed)\n"
    "{\n"
    "    free(shed);\n"
    "}\n"
    "\n"
    "const struct convoy_shed convoy_shed = { CONVOY_IMPL_VERSION, open_shed, comes, next, close_shed };\n";

const struct lab_impl_pattern lab_impl_shed = { .name = "shed",
                                                .text = text,
                                                .steps = &lab_shed_pattern,
                                                .define = define,
                                                .more = number,
                                                .hear = hear };
