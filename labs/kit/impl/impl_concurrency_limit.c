#include "labs/host/convoy_impl.h"
#include "labs/kit/impl/impl_patterns.h"

// Concurrency limits from outside: the same scripts as for the shipped one (verify_concurrency_limit.c),
// whose words and kinds come in the order of the wire's and of labs/host/convoy_impl.h's. How many were
// under way is told as the model has it: where limits differ, that has been told by then.

static size_t define(const struct lab_steps *s, void *def)
{
    const struct lab_concurrency_def *d = &s->def.concurrency;
    struct convoy_concurrency_limit_def *out = def;
    *out = (struct convoy_concurrency_limit_def){ .kind =
                                                      (enum convoy_concurrency_kind)s->kind,
                                                  .initial = (uint32_t)d->initial,
                                                  .min = (uint32_t)d->min,
                                                  .max = (uint32_t)d->max,
                                                  .smoothing = d->smoothing,
                                                  .backoff = d->backoff,
                                                  .tolerance = d->tolerance,
                                                  .timeout_ns = d->timeout_ns,
                                                  .queue = (uint32_t)d->queue,
                                                  .long_window = d->long_window,
                                                  .probe = d->probe };
    return sizeof *out;
}

static const char text[] =
    "// A concurrency limit of my own: convoy_impl.h says what each kind is and what is asked of it, and\n"
    "// docs/patterns.md what it is for. Until open() gives something back, nothing is implemented.\n"
    "\n"
    "#include <math.h>\n"
    "#include <stdlib.h>\n"
    "\n"
    "#include \"convoy_impl.h\"\n"
    "\n"
    "struct limiter {\n"
    "    struct convoy_concurrency_limit_def def;\n"
    "    double limit;\n"
    "};\n"
    "\n"
    "static void *open_limiter(const struct convoy_concurrency_limit_def *def)\n"
    "{\n"
    "    switch (def->kind) {\n"
    "    case CONVOY_CONCURRENCY_AIMD: // begin with this one: up by one, down by a share\n"
    "    default:\n"
    "        return NULL; // not implemented; else:\n"
    "    }\n"
    "    struct limiter *l = calloc(1, sizeof *l);\n"
    "    if (l) {\n"
    "        l->def = *def;\n"
    "        l->limit = def->initial;\n"
    "    }\n"
    "    return l;\n"
    "}\n"
    "\n"
    "static int allows(void *limiter, uint32_t in_flight)\n"
    "{\n"
    "    struct limiter *l = limiter;\n"
    "    return in_flight < floor(l->limit);\n"
    "}\n"
    "\n"
    "static double sample(void *limiter, const struct convoy_concurrency_sample *sample)\n"
    "{\n"
    "    struct limiter *l = limiter;\n"
    "    (void)sample;\n"
    "    return l->limit;\n"
    "}\n"
    "\n"
    "static void close_limiter(void *limiter)\n"
    "{\n"
    "    free(limiter);\n"
    "}\n"
    "\n"
    "const struct convoy_concurrency_limit convoy_concurrency_limit = {\n"
    "    CONVOY_IMPL_VERSION, open_limiter, allows, sample, close_limiter\n"
    "};\n";

const struct lab_impl_pattern lab_impl_concurrency_limit = {
    .name = "concurrency_limit",
    .text = text,
    .steps = &lab_concurrency_limit_pattern,
    .define = define,
    .more = lab_concurrency_under_way,
    .draw = lab_concurrency_draws,
};
