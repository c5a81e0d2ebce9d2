#include "labs/host/convoy_impl.h"
#include "labs/kit/impl/impl_patterns.h"
#include "sim/policy/breaker.h"

// Breakers from outside: the same scripts as for the shipped one (verify_breaker.c), told by the
// names of labs/host/convoy_impl.h.

static const int64_t forced[] = { CONVOY_CLOSED, CONVOY_DISABLED, CONVOY_FORCED_OPEN };

static bool tell(const struct lab_steps *s, uint32_t i, int64_t model, int64_t *told)
{
    (void)model;
    if (s->at[i].word == LAB_WIRE_IS_FORCED)
        told[2] = forced[s->at[i].amount % 3];
    return true;
}

// One more than the model's state. What is none is no answer of any model's.
static int64_t hear(const struct lab_steps *s, uint32_t i, int64_t model, int64_t answer)
{
    static const enum sim_breaker_state of[] = { SIM_BREAKER_CLOSED, SIM_BREAKER_OPEN,
                                                 SIM_BREAKER_HALF_OPEN,
                                                 SIM_BREAKER_DISABLED,
                                                 SIM_BREAKER_FORCED_OPEN };
    (void)model;
    if (s->at[i].word == LAB_WIRE_ASKS)
        return answer;
    return answer >= 1 && answer <= 5 ? 1 + (int64_t)of[answer - 1] : INT64_MIN;
}

static size_t define(const struct lab_steps *s, void *def)
{
    const struct lab_breaker_def *d = &s->def.breaker;
    struct convoy_breaker_def *out = def;
    *out = (struct convoy_breaker_def){ .kind = (enum convoy_breaker_kind)s->kind,
                                        .window = d->window,
                                        .slice_ns = d->slice_ns,
                                        .snapshot_ns = d->snapshot_ns,
                                        .min_calls = d->min_calls,
                                        .failure_milli = d->failure_milli,
                                        .slow_milli = d->slow_milli,
                                        .slow_ns = d->slow_ns,
                                        .open_ns = d->open_ns,
                                        .half_open_ns = d->half_open_ns,
                                        .probes = d->probes,
                                        .successes = d->successes,
                                        .is_automatic = d->is_automatic };
    return sizeof *out;
}

static const char text[] =
    "// A circuit breaker of my own: docs/patterns.md says what each kind is, and convoy_impl.h\n"
    "// what is asked of it. Until open() gives something back, nothing is implemented.\n"
    "\n"
    "#include <stdlib.h>\n"
    "\n"
    "#include \"convoy_impl.h\"\n"
    "\n"
    "struct breaker {\n"
    "    struct convoy_breaker_def def;\n"
    "    enum convoy_breaker_state state;\n"
    "    // What it has counted, and since when it is in this state.\n"
    "};\n"
    "\n"
    "static void *open_breaker(const struct convoy_breaker_def *def)\n"
    "{\n"
    "    switch (def->kind) {\n"
    "    case CONVOY_BREAKER_PYBREAKER: // begin with this one: failures in a row\n"
    "    default:\n"
    "        return NULL; // not implemented; else:\n"
    "    }\n"
    "    struct breaker *b = calloc(1, sizeof *b);\n"
    "    if (b)\n"
    "        b->def = *def;\n"
    "    return b;\n"
    "}\n"
    "\n"
    "static int allows(void *breaker, int64_t now_ns)\n"
    "{\n"
    "    struct breaker *b = breaker;\n"
    "    (void)b, (void)now_ns;\n"
    "    return 1;\n"
    "}\n"
    "\n"
    "static void record(void *breaker, enum convoy_breaker_outcome outcome, int64_t took_ns,\n"
    "                   int64_t now_ns)\n"
    "{\n"
    "    struct breaker *b = breaker;\n"
    "    (void)b, (void)outcome, (void)took_ns, (void)now_ns;\n"
    "}\n"
    "\n"
    "static void force(void *breaker, enum convoy_breaker_state state, int64_t now_ns)\n"
    "{\n"
    "    struct breaker *b = breaker;\n"
    "    b->state = state;\n"
    "    (void)now_ns;\n"
    "}\n"
    "\n"
    "static enum convoy_breaker_state state(void *breaker, int64_t now_ns)\n"
    "{\n"
    "    struct breaker *b = breaker;\n"
    "    (void)now_ns;\n"
    "    return b->state;\n"
    "}\n"
    "\n"
    "static void close_breaker(void *breaker)\n"
    "{\n"
    "    free(breaker);\n"
    "}\n"
    "\n"
    "const struct convoy_breaker convoy_breaker = { CONVOY_IMPL_VERSION, open_breaker, allows,\n"
    "                                               record, force, state, close_breaker };\n";

const struct lab_impl_pattern lab_impl_breaker = { .name = "breaker",
                                                   .text = text,
                                                   .steps = &lab_breaker_pattern,
                                                   .define = define,
                                                   .tell = tell,
                                                   .hear = hear };
