#include <stdio.h>
#include <string.h>

#include "labs/host/wire.h"
#include "labs/kit/impl/impl_patterns.h"
#include "labs/kit/policies/verify_rate_limit.h"
#include "labs/kit/verify_private.h"

// Which patterns an implementation from outside may be of: how each is asked and judged, and what a
// new one begins as. A further pattern is a further entry, one in labs/host/host.c, and what is said to it in labs/host/answer.c.

const char *lab_impl_how_it_ended(void *impl)
{
    const struct lab_impl *i = impl;
    return i->end == LAB_IMPL_RUNS ? "" : i->detail;
}

// ---- Patterns by steps ----

enum lab_steps_played lab_impl_play(struct lab_impl *i, const int64_t *def,
                                    uint32_t def_count, const struct lab_steps *s,
                                    int64_t (*amount_of)(const struct lab_step *one),
                                    int64_t *answers)
{
    int64_t in[LAB_WIRE_ROOM];
    uint32_t n = def_count;
    memcpy(in, def, def_count * sizeof *in);
    for (uint32_t k = 0; k < s->count; k++) {
        in[n++] = s->at[k].word;
        in[n++] = s->at[k].at_ns;
        in[n++] = amount_of ? amount_of(&s->at[k]) : s->at[k].amount;
    }
    if (!i->process && !lab_impl_again(i))
        return LAB_STEPS_UNKNOWN;
    if (lab_impl_ask(i, in, n, answers, s->count))
        return LAB_STEPS_PLAYED;
    return i->end == LAB_IMPL_NOT_THERE ? LAB_STEPS_UNKNOWN : LAB_STEPS_ENDED;
}

// ---- rate_limit ----

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

// ---- All of them ----

static const struct {
    const char *name, *text;
    void (*judge)(const struct lab_verify_def *def, struct lab_impl *impl,
                  struct lab_report *out);
} patterns[] = {
    { "rate_limit", new_limit, judge_limit },
    { "breaker", lab_impl_new_breaker, lab_impl_judge_breaker },
    { "budget", lab_impl_new_budget, lab_impl_judge_budget },
};

#define PATTERNS (sizeof patterns / sizeof *patterns)

const char *lab_impl_pattern(uint32_t n)
{
    return n < PATTERNS ? patterns[n].name : NULL;
}

static size_t pattern_of(const char *name)
{
    size_t i = 0;
    while (i < PATTERNS && strcmp(patterns[i].name, name) != 0)
        i++;
    return i;
}

const char *lab_impl_template(const char *pattern)
{
    size_t i = pattern_of(pattern);
    return i < PATTERNS ? patterns[i].text : NULL;
}

// However it ended before it was asked anything, that is a difference.
static void add_end(const struct lab_impl *i, struct lab_report *out)
{
    struct lab_check check = { .kind = LAB_DECISION, .verdict = LAB_DIFFER, .error = 1 };
    snprintf(check.name, sizeof check.name, "%s", i->def.pattern);
    snprintf(check.detail, sizeof check.detail, "while it was loaded: %s", i->detail);
    lab_report_add(out, &check);
}

enum lab_impl_end lab_impl_verify(const struct lab_impl_def *impl,
                                  const struct lab_verify_def *def, struct lab_report *out,
                                  char *why, uint32_t size)
{
    struct lab_impl i;
    size_t pattern = pattern_of(impl->pattern);
    *out = (struct lab_report){ .count = 0 };
    if (pattern == PATTERNS)
        return LAB_IMPL_NOT_LOADABLE;
    if (lab_impl_open(&i, impl)) {
        patterns[pattern].judge(def, &i, out);
        lab_impl_close(&i);
        return LAB_IMPL_RUNS;
    }
    snprintf(why, size, "%s", i.detail);
    if (i.end == LAB_IMPL_NOT_LOADABLE || i.end == LAB_IMPL_OTHER_VERSION)
        return i.end;
    add_end(&i, out);
    return LAB_IMPL_RUNS;
}
