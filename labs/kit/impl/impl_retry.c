#include <string.h>

#include "labs/host/convoy_impl.h"
#include "labs/kit/impl/impl_patterns.h"

// Retries from outside: the same scripts as for the shipped one (verify_retry.c), whose words and
// schemes come in the order of the wire's and of labs/host/convoy_impl.h's.

static size_t define(const struct lab_steps *s, void *def)
{
    const struct lab_retry_def *d = &s->def.retry;
    struct convoy_retry_def *out = def;
    *out = (struct convoy_retry_def){ .backoff = (enum convoy_backoff)s->kind,
                                      .base_ns = d->backoff.base_ns,
                                      .cap_ns = d->backoff.cap_ns,
                                      .floor_ns = d->backoff.floor_ns,
                                      .jitter_ns = d->backoff.jitter_ns,
                                      .factor = d->backoff.factor,
                                      .spread = d->backoff.spread,
                                      .max_attempts = d->max_attempts };
    return sizeof *out;
}

static bool tell(const struct lab_steps *s, uint32_t i, int64_t model, int64_t *told)
{
    double chance = lab_retry_chance(&s->at[i]);
    (void)model;
    memcpy(&told[3], &chance, sizeof chance);
    return true;
}

static const char text[] =
    "// Retries of my own: convoy_impl.h says what each backoff is and what is asked of it, and\n"
    "// docs/patterns.md what it is for. Until open() gives something back, nothing is implemented.\n"
    "\n"
    "#include <math.h>\n"
    "#include <stdlib.h>\n"
    "\n"
    "#include \"convoy_impl.h\"\n"
    "\n"
    "struct retry {\n"
    "    struct convoy_retry_def def;\n"
    "    uint32_t attempts; // of this call, with the first\n"
    "};\n"
    "\n"
    "static void begins(void *retry)\n"
    "{\n"
    "    struct retry *r = retry;\n"
    "    r->attempts = 1;\n"
    "}\n"
    "\n"
    "static void *open_retry(const struct convoy_retry_def *def)\n"
    "{\n"
    "    switch (def->backoff) {\n"
    "    case CONVOY_BACKOFF_CAPPED: // begin with this one: base, doubled again and again\n"
    "    default:\n"
    "        return NULL; // not implemented; else:\n"
    "    }\n"
    "    struct retry *r = calloc(1, sizeof *r);\n"
    "    if (r) {\n"
    "        r->def = *def;\n"
    "        begins(r);\n"
    "    }\n"
    "    return r;\n"
    "}\n"
    "\n"
    "static int64_t failed(void *retry, enum convoy_retry_failure failure, int64_t advice_ns,\n"
    "                      double chance)\n"
    "{\n"
    "    struct retry *r = retry;\n"
    "    (void)r, (void)failure, (void)advice_ns, (void)chance;\n"
    "    return -1;\n"
    "}\n"
    "\n"
    "static void close_retry(void *retry)\n"
    "{\n"
    "    free(retry);\n"
    "}\n"
    "\n"
    "const struct convoy_retry convoy_retry = { CONVOY_IMPL_VERSION, open_retry, begins, failed,\n"
    "                                           close_retry };\n";

const struct lab_impl_pattern lab_impl_retry = { .name = "retry",
                                                 .text = text,
                                                 .steps = &lab_retry_pattern,
                                                 .define = define,
                                                 .tell = tell };
