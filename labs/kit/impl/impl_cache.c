#include "labs/host/convoy_impl.h"
#include "labs/kit/impl/impl_patterns.h"

// Caches from outside: the same scripts as for the shipped one (verify_cache.c), whose words and answers come
// in the order of the wire's and of labs/host/convoy_impl.h's.

static size_t define(const struct lab_steps *s, void *def)
{
    const struct lab_cache_def *d = &s->def.cache;
    struct convoy_cache_def *out = def;
    *out = (struct convoy_cache_def){ .capacity = d->capacity,
                                      .ttl_ns = d->ttl_ns,
                                      .loads_alone = d->loads_alone };
    return sizeof *out;
}

static const char text[] =
    "// A cache of my own: convoy_impl.h says what is asked of it, and docs/patterns.md what it is for. Until\n"
    "// open() gives something back, nothing is implemented.\n"
    "\n"
    "#include <stdlib.h>\n"
    "\n"
    "#include \"convoy_impl.h\"\n"
    "\n"
    "struct cache {\n"
    "    struct convoy_cache_def def;\n"
    "    // Its keys, what they hold until when, and who loads them.\n"
    "};\n"
    "\n"
    "static void *open_cache(const struct convoy_cache_def *def)\n"
    "{\n"
    "    return NULL; // not implemented: take this out; begin with everybody who misses loading\n"
    "    struct cache *c = calloc(1, sizeof *c);\n"
    "    if (c)\n"
    "        c->def = *def;\n"
    "    return c;\n"
    "}\n"
    "\n"
    "static enum convoy_cache_answer ask(void *cache, uint64_t key, int64_t now_ns, uint64_t *value,\n"
    "                                    uint64_t *load)\n"
    "{\n"
    "    struct cache *c = cache;\n"
    "    (void)c, (void)key, (void)now_ns, (void)value, (void)load;\n"
    "    return CONVOY_CACHE_FULL;\n"
    "}\n"
    "\n"
    "static int loaded(void *cache, uint64_t load, const uint64_t *value, int64_t now_ns)\n"
    "{\n"
    "    struct cache *c = cache;\n"
    "    (void)c, (void)load, (void)value, (void)now_ns;\n"
    "    return 0;\n"
    "}\n"
    "\n"
    "static void flush(void *cache)\n"
    "{\n"
    "    struct cache *c = cache;\n"
    "    (void)c;\n"
    "}\n"
    "\n"
    "static void close_cache(void *cache)\n"
    "{\n"
    "    free(cache);\n"
    "}\n"
    "\n"
    "const struct convoy_cache convoy_cache = { CONVOY_IMPL_VERSION, open_cache, ask, loaded, flush,\n"
    "                                           close_cache };\n";

const struct lab_impl_pattern lab_impl_cache = {
    .name = "cache", .text = text, .steps = &lab_cache_pattern, .define = define
};
