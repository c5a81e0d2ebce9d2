#include "labs/host/convoy_impl.h"
#include "labs/kit/impl/impl_patterns.h"

// Balancers from outside: the same scripts as for the shipped one (verify_balance.c), whose words and kinds
// come in the order of the wire's and of labs/host/convoy_impl.h's; rings and outliers have no interface. No
// request ends at a host that has none.

static const char *const kinds[] = { "round_robin", "weighted",  "random", "least_requests",
                                     "p2c",         "peak_ewma", NULL };

static size_t define(const struct lab_steps *s, void *def)
{
    const struct lab_balance_script *d = &s->def.balance;
    struct convoy_balance_def *out = def;
    *out = (struct convoy_balance_def){ .kind = (enum convoy_balance_kind)s->kind,
                                        .hosts = d->hosts,
                                        .opened_ns = s->at[0].at_ns,
                                        .choices = d->rule.choices,
                                        .bias = d->rule.bias,
                                        .tau_ns = d->rule.tau_ns,
                                        .refresh_ns = d->rule.refresh_ns,
                                        .slow_start_ns = d->rule.slow_start_ns,
                                        .slow_start_min = d->rule.slow_start_min,
                                        .panic_milli = d->rule.panic_milli };
    for (uint32_t i = 0; i < d->hosts; i++)
        out->weights[i] = d->weights[i];
    return sizeof *out;
}

static bool tell(const struct lab_steps *s, uint32_t i, int64_t model, int64_t *told)
{
    const struct lab_step *one = &s->at[i];
    told[2] = one->amount % s->def.balance.hosts;
    told[3] = one->word == LAB_WIRE_BALANCE_PICKS ? LAB_BALANCE_DRAWS * (int64_t)i
                                                  : s->def.balance.took_ns[one->chance % 4];
    return one->word == LAB_WIRE_BALANCE_PICKS || model > 0;
}

static const char text[] =
    "// A balancer of my own: convoy_impl.h says what each kind is and what is asked of it, and\n"
    "// docs/patterns.md what it is for. Until open() gives something back, nothing is implemented.\n"
    "\n"
    "#include <stdlib.h>\n"
    "\n"
    "#include \"convoy_impl.h\"\n"
    "\n"
    "struct balance {\n"
    "    struct convoy_balance_def def;\n"
    "    // Of each host, whether it is up, and what is under way there.\n"
    "};\n"
    "\n"
    "static void *open_balance(const struct convoy_balance_def *def)\n"
    "{\n"
    "    switch (def->kind) {\n"
    "    case CONVOY_BALANCE_ROUND_ROBIN: // begin with this one: who comes after the last one\n"
    "    default:\n"
    "        return NULL; // not implemented; else:\n"
    "    }\n"
    "    struct balance *b = calloc(1, sizeof *b);\n"
    "    if (b)\n"
    "        b->def = *def;\n"
    "    return b;\n"
    "}\n"
    "\n"
    "static uint32_t pick(void *balance, int64_t now_ns)\n"
    "{\n"
    "    struct balance *b = balance;\n"
    "    (void)b, (void)now_ns;\n"
    "    return CONVOY_BALANCE_NOBODY;\n"
    "}\n"
    "\n"
    "static void ended(void *balance, uint32_t host, int64_t took_ns, int64_t now_ns)\n"
    "{\n"
    "    struct balance *b = balance;\n"
    "    (void)b, (void)host, (void)took_ns, (void)now_ns;\n"
    "}\n"
    "\n"
    "static void turn(void *balance, uint32_t host, int is_up, int64_t now_ns)\n"
    "{\n"
    "    struct balance *b = balance;\n"
    "    (void)b, (void)host, (void)is_up, (void)now_ns;\n"
    "}\n"
    "\n"
    "static void close_balance(void *balance)\n"
    "{\n"
    "    free(balance);\n"
    "}\n"
    "\n"
    "const struct convoy_balance convoy_balance = { CONVOY_IMPL_VERSION, open_balance, pick, ended,\n"
    "                                               turn, close_balance };\n";

const struct lab_impl_pattern lab_impl_balance = { .name = "balance",
                                                   .text = text,
                                                   .steps = &lab_balance_pattern,
                                                   .kinds = kinds,
                                                   .define = define,
                                                   .tell = tell,
                                                   .draw = lab_balance_draws };
