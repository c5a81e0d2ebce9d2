#include "labs/host/convoy_impl.h"
#include "labs/kit/impl/impl_patterns.h"

// Hedges from outside: the same scripts as for the shipped one (verify_hedge.c), whose words come in the
// order of the wire's. A timer that is not due is not told.

static size_t define(const struct lab_steps *s, void *def)
{
    const struct lab_hedge_def *d = &s->def.hedge;
    struct convoy_hedge_def *out = def;
    *out = (struct convoy_hedge_def){ .max_attempts = d->max_attempts,
                                      .delay_ns = d->delay_ns,
                                      .is_grpc = d->is_grpc,
                                      .is_tied = d->is_tied };
    return sizeof *out;
}

static bool tell(const struct lab_steps *s, uint32_t i, int64_t model, int64_t *told)
{
    (void)told;
    return s->at[i].word != LAB_WIRE_HEDGE_TIMER || model >= 1;
}

// Of an attempt that is no longer under way nothing comes: no attempts, no cancellations.
static int64_t hear(const struct lab_steps *s, uint32_t i, int64_t model, int64_t answer)
{
    (void)s, (void)i;
    if (model != LAB_HEDGE_IS_STALE || answer == INT64_MIN)
        return answer;
    bool does_nothing = ((answer - 1) % 3000 + 3000) % 3000 < 3;
    return does_nothing ? model : answer;
}

static const char text[] =
    "// Hedges of my own: convoy_impl.h says what is asked of them, and docs/patterns.md what they are for.\n"
    "// Until open() gives something back, nothing is implemented.\n"
    "\n"
    "#include <stdlib.h>\n"
    "\n"
    "#include \"convoy_impl.h\"\n"
    "\n"
    "struct hedge {\n"
    "    struct convoy_hedge_def def;\n"
    "    uint32_t sent, under_way; // how many; which, as bits\n"
    "    int64_t next_ns;\n"
    "};\n"
    "\n"
    "static void *open_hedge(const struct convoy_hedge_def *def)\n"
    "{\n"
    "    return NULL; // not implemented: take this out; begin with what is sent all at once\n"
    "    struct hedge *h = calloc(1, sizeof *h);\n"
    "    if (h)\n"
    "        h->def = *def;\n"
    "    return h;\n"
    "}\n"
    "\n"
    "static struct convoy_hedge_answer nothing(struct hedge *h)\n"
    "{\n"
    "    return (struct convoy_hedge_answer){ CONVOY_HEDGE_WAITS, 0, 0, h->next_ns };\n"
    "}\n"
    "\n"
    "static struct convoy_hedge_answer begin(void *hedge, int64_t now_ns)\n"
    "{\n"
    "    (void)now_ns;\n"
    "    return nothing(hedge);\n"
    "}\n"
    "\n"
    "static struct convoy_hedge_answer timer(void *hedge, int64_t now_ns)\n"
    "{\n"
    "    (void)now_ns;\n"
    "    return nothing(hedge);\n"
    "}\n"
    "\n"
    "static struct convoy_hedge_answer failed(void *hedge, uint32_t attempt, int is_fatal,\n"
    "                                         int64_t now_ns)\n"
    "{\n"
    "    (void)attempt, (void)is_fatal, (void)now_ns;\n"
    "    return nothing(hedge);\n"
    "}\n"
    "\n"
    "static struct convoy_hedge_answer succeeded(void *hedge, uint32_t attempt, int64_t now_ns)\n"
    "{\n"
    "    (void)attempt, (void)now_ns;\n"
    "    return nothing(hedge);\n"
    "}\n"
    "\n"
    "static struct convoy_hedge_answer started(void *hedge, uint32_t attempt, int64_t now_ns)\n"
    "{\n"
    "    (void)attempt, (void)now_ns;\n"
    "    return nothing(hedge);\n"
    "}\n"
    "\n"
    "static void close_hedge(void *hedge)\n"
    "{\n"
    "    free(hedge);\n"
    "}\n"
    "\n"
    "const struct convoy_hedge convoy_hedge = { CONVOY_IMPL_VERSION, open_hedge, begin, timer,\n"
    "                                           failed, succeeded, started, close_hedge };\n";

const struct lab_impl_pattern lab_impl_hedge = { .name = "hedge",
                                                 .text = text,
                                                 .steps = &lab_hedge_pattern,
                                                 .define = define,
                                                 .tell = tell,
                                                 .hear = hear };
