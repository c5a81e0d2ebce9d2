#include "labs/kit/impl/impl_patterns.h"

#ifdef LAB_HAS_SQLITE
#    include "labs/host/convoy_impl.h"

// Idempotency keys from outside: the scripts of the comparison with the shipped ones (verify_idempotency.c)
// where effect and record are one, since the others are mistakes. Who dies is not told: nothing is heard of
// it any more. The kit counts the effects.

static const char *const kinds[] = { "with", NULL };

static size_t define(const struct lab_steps *s, void *def)
{
    const struct lab_key_rule *d = &s->def.key;
    struct convoy_idempotency_def *out = def;
    *out = (struct convoy_idempotency_def){ .lease_ns = d->lease_ns,
                                            .expiry_ns = d->expiry_ns,
                                            .replays_errors = d->replays_errors };
    return sizeof *out;
}

static bool tell(const struct lab_steps *s, uint32_t i, int64_t model, int64_t *told)
{
    switch ((enum lab_wire_idempotency_word)s->at[i].word) {
    case LAB_WIRE_IDEMPOTENCY_ASKS:
        told[3] |= (int64_t)(i + 1) << 32;
        return model != LAB_KEY_NOBODY;
    case LAB_WIRE_IDEMPOTENCY_ENDS_WELL:
        told[2] = 200;
        return model != LAB_KEY_NOBODY;
    case LAB_WIRE_IDEMPOTENCY_FAILS:
    case LAB_WIRE_IDEMPOTENCY_IS_REFUSED:
        told[2] = 500;
        return model != LAB_KEY_NOBODY;
    default:
        return false;
    }
}

// That it was not heard is told by the model where there was anything to hear.
static int64_t hear(const struct lab_steps *s, uint32_t i, int64_t model, int64_t answer)
{
    uint32_t word = s->at[i].word;
    bool is_kept = word == LAB_WIRE_IDEMPOTENCY_ENDS_WELL ||
                   (word == LAB_WIRE_IDEMPOTENCY_FAILS && s->def.key.replays_errors);
    if (word == LAB_WIRE_IDEMPOTENCY_ASKS)
        return answer <= CONVOY_IDEMPOTENCY_RUNS && answer >= 0 ? answer - 1 : answer;
    bool was_heard = model < LAB_KEY_NOT_HEARD;
    if (!is_kept || was_heard == (answer != 0))
        return model;
    return model + (was_heard ? LAB_KEY_NOT_HEARD : -LAB_KEY_NOT_HEARD);
}

static const char text[] =
    "// Idempotency keys of my own: convoy_impl.h says what is asked of them, and docs/patterns.md what they\n"
    "// are for. Until open() gives something back, nothing is implemented.\n"
    "\n"
    "#include <stdlib.h>\n"
    "\n"
    "#include \"convoy_impl.h\"\n"
    "\n"
    "struct store {\n"
    "    struct convoy_idempotency_def def;\n"
    "    // What is known of each key: there are few of them.\n"
    "};\n"
    "\n"
    "static void *open_store(const struct convoy_idempotency_def *def)\n"
    "{\n"
    "    return NULL; // not implemented: take this out; begin with keys that are done\n"
    "    struct store *s = calloc(1, sizeof *s);\n"
    "    if (s)\n"
    "        s->def = *def;\n"
    "    return s;\n"
    "}\n"
    "\n"
    "static enum convoy_idempotency_answer ask(void *store, uint64_t key, uint64_t fingerprint,\n"
    "                                          int64_t now_ns, uint64_t *work, int *status)\n"
    "{\n"
    "    struct store *s = store;\n"
    "    (void)s, (void)key, (void)fingerprint, (void)now_ns, (void)work, (void)status;\n"
    "    return CONVOY_IDEMPOTENCY_RUNS;\n"
    "}\n"
    "\n"
    "static int ended(void *store, uint64_t work, enum convoy_idempotency_outcome outcome, int status,\n"
    "                 int64_t now_ns)\n"
    "{\n"
    "    struct store *s = store;\n"
    "    (void)s, (void)work, (void)outcome, (void)status, (void)now_ns;\n"
    "    return 1;\n"
    "}\n"
    "\n"
    "static void close_store(void *store)\n"
    "{\n"
    "    free(store);\n"
    "}\n"
    "\n"
    "const struct convoy_idempotency convoy_idempotency = { CONVOY_IMPL_VERSION, open_store, ask, ended,\n"
    "                                                       close_store };\n";

const struct lab_impl_pattern lab_impl_idempotency = { .name = "idempotency",
                                                       .text = text,
                                                       .steps = &lab_idempotency_pattern,
                                                       .kinds = kinds,
                                                       .define = define,
                                                       .more = lab_key_works,
                                                       .tell = tell,
                                                       .hear = hear };
#endif
