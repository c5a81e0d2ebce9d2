#include "labs/host/convoy_impl.h"
#include "labs/kit/impl/impl_patterns.h"

// Retry budgets from outside: the same scripts as for the shipped one (verify_budget.c), whose words
// and kinds come in the order of the wire's and of labs/host/convoy_impl.h's.

static size_t define(const struct lab_steps *s, void *def)
{
    const struct lab_budget_def *d = &s->def.budget;
    struct convoy_budget_def *out = def;
    *out = (struct convoy_budget_def){ .kind = (enum convoy_budget_kind)s->kind,
                                       .most_milli = d->most_milli,
                                       .deposit_milli = d->deposit_milli,
                                       .price_milli = d->price_milli,
                                       .late_price_milli = d->late_price_milli,
                                       .deposits_at_try = d->deposits_at_try,
                                       .share_milli = d->share_milli,
                                       .reserve = d->reserve,
                                       .ttl_ns = d->ttl_ns };
    return sizeof *out;
}

static const char text[] =
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

const struct lab_impl_pattern lab_impl_budget = {
    .name = "budget", .text = text, .steps = &lab_budget_pattern, .define = define
};
