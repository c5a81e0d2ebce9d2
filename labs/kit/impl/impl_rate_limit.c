#include "labs/kit/impl/impl_patterns.h"
#include "labs/kit/policies/verify_rate_limit.h"

static enum lab_limit_played play_limit(void *ctx, const struct lab_limit_script *s,
                                        struct lab_limit_answer *answers)
{
    struct lab_impl *impl = ctx;
    int64_t in[LAB_WIRE_LIMIT_DEF + 2 * LAB_LIMIT_CALLS] = { s->def.algorithm, s->def.limit,
                                                             s->def.window_ns,
                                                             s->def.burst };
    int64_t out[2 * LAB_LIMIT_CALLS];
    for (uint32_t i = 0; i < s->count; i++) {
        in[LAB_WIRE_LIMIT_DEF + 2 * i] = s->calls[i].at_ns;
        in[LAB_WIRE_LIMIT_DEF + 2 * i + 1] = s->calls[i].cost;
    }
    if (!impl->process && !lab_impl_again(impl))
        return LAB_LIMIT_UNKNOWN;
    if (!lab_impl_ask(impl, in, LAB_WIRE_LIMIT_DEF + 2 * s->count, out, 2 * s->count))
        return impl->end == LAB_IMPL_NOT_THERE ? LAB_LIMIT_UNKNOWN : LAB_LIMIT_ENDED;
    for (uint32_t i = 0; i < s->count; i++)
        answers[i] = (struct lab_limit_answer){ .is_allowed = out[2 * i] != 0,
                                                .wait_ns = out[2 * i + 1] };
    return LAB_LIMIT_PLAYED;
}

static void judge_limit(const struct lab_verify_def *def, struct lab_impl *impl,
                        struct lab_report *out)
{
    struct lab_limit_side side = { .play = play_limit,
                                   .how_it_ended = lab_impl_how_it_ended,
                                   .ctx = impl };
    lab_verify_limits(def, &side, out);
}

static const char new_limit[] =
    "// A rate limiter of my own: docs/patterns.md says what each algorithm is, and convoy_impl.h\n"
    "// what is asked of it. Until open() gives something back, nothing is implemented.\n"
    "\n"
    "#include <stdlib.h>\n"
    "\n"
    "#include \"convoy_impl.h\"\n"
    "\n"
    "struct limiter {\n"
    "    struct convoy_limit_def def;\n"
    "    // What one key remembers.\n"
    "};\n"
    "\n"
    "static void *open_limiter(const struct convoy_limit_def *def)\n"
    "{\n"
    "    switch (def->algorithm) {\n"
    "    case CONVOY_FIXED_WINDOW: // begin with this one: a count, and the window it is of\n"
    "    default:\n"
    "        return NULL; // not implemented; else:\n"
    "    }\n"
    "    struct limiter *l = calloc(1, sizeof *l);\n"
    "    if (l)\n"
    "        l->def = *def;\n"
    "    return l;\n"
    "}\n"
    "\n"
    "static struct convoy_limit_answer take(void *limiter, uint32_t cost, int64_t now_ns)\n"
    "{\n"
    "    struct limiter *l = limiter;\n"
    "    (void)l, (void)cost, (void)now_ns;\n"
    "    return (struct convoy_limit_answer){ .is_allowed = 0, .wait_ns = 0 };\n"
    "}\n"
    "\n"
    "static void close_limiter(void *limiter)\n"
    "{\n"
    "    free(limiter);\n"
    "}\n"
    "\n"
    "const struct convoy_rate_limit convoy_rate_limit = { CONVOY_IMPL_VERSION, open_limiter,\n"
    "                                                     take, close_limiter };\n";

const struct lab_impl_pattern lab_impl_rate_limit = { .name = "rate_limit",
                                                      .text = new_limit,
                                                      .judge = judge_limit };
