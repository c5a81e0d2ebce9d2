#include "labs/host/wire.h"
#include "labs/kit/impl/impl_patterns.h"

// Retry budgets from outside: the same scripts as for the shipped one (verify_budget.c), whose words
// and kinds come in the order of the wire's and of labs/host/convoy_impl.h's.

static enum lab_steps_played play(void *ctx, const struct lab_steps *s, int64_t *answers)
{
    const struct lab_budget_def *d = &s->def.budget;
    const int64_t def[LAB_WIRE_BUDGET_DEF] = {
        s->kind,        d->most_milli,       d->deposit_milli,
        d->price_milli, d->late_price_milli, d->deposits_at_try,
        d->share_milli, d->reserve,          d->ttl_ns,
    };
    return lab_impl_play(ctx, def, LAB_WIRE_BUDGET_DEF, s, NULL, answers);
}

void lab_impl_judge_budget(const struct lab_verify_def *def, struct lab_impl *impl,
                           struct lab_report *out)
{
    struct lab_steps_outside outside = { .play = play,
                                         .how_it_ended = lab_impl_how_it_ended,
                                         .ctx = impl };
    lab_verify_outside(def, &lab_budget_pattern, &outside, out);
}

const char lab_impl_new_budget[] =
    "// A retry budget of my own: docs/patterns.md says what each kind is, and convoy_impl.h what\n"
    "// is asked of it. Until open() gives something back, nothing is implemented.\n"
    "\n"
    "#include <stdlib.h>\n"
    "\n"
    "#include \"convoy_impl.h\"\n"
    "\n"
    "struct budget {\n"
    "    struct convoy_budget_def def;\n"
    "    // Its tokens, or what it counts.\n"
    "};\n"
    "\n"
    "static void *open_budget(const struct convoy_budget_def *def)\n"
    "{\n"
    "    switch (def->kind) {\n"
    "    case CONVOY_BUDGET_BUCKET: // begin with this one: a count of thousandths\n"
    "    default:\n"
    "        return NULL; // not implemented; else:\n"
    "    }\n"
    "    struct budget *b = calloc(1, sizeof *b);\n"
    "    if (b)\n"
    "        b->def = *def;\n"
    "    return b;\n"
    "}\n"
    "\n"
    "static void began(void *budget, int64_t now_ns)\n"
    "{\n"
    "    struct budget *b = budget;\n"
    "    (void)b, (void)now_ns;\n"
    "}\n"
    "\n"
    "static void answered(void *budget, enum convoy_budget_outcome outcome, uint32_t paid_milli)\n"
    "{\n"
    "    struct budget *b = budget;\n"
    "    (void)b, (void)outcome, (void)paid_milli;\n"
    "}\n"
    "\n"
    "static int allows(void *budget, int was_timeout, int64_t now_ns, uint32_t *paid_milli)\n"
    "{\n"
    "    struct budget *b = budget;\n"
    "    (void)b, (void)was_timeout, (void)now_ns;\n"
    "    *paid_milli = 0;\n"
    "    return 0;\n"
    "}\n"
    "\n"
    "static void retry_ended(void *budget)\n"
    "{\n"
    "    struct budget *b = budget;\n"
    "    (void)b;\n"
    "}\n"
    "\n"
    "static void request_ended(void *budget)\n"
    "{\n"
    "    struct budget *b = budget;\n"
    "    (void)b;\n"
    "}\n"
    "\n"
    "static void close_budget(void *budget)\n"
    "{\n"
    "    free(budget);\n"
    "}\n"
    "\n"
    "const struct convoy_budget convoy_budget = { CONVOY_IMPL_VERSION, open_budget, began,\n"
    "                                             answered,            allows,      retry_ended,\n"
    "                                             request_ended,       close_budget };\n";
