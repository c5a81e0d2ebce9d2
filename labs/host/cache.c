#include <string.h>

#include "labs/host/convoy_impl.h"
#include "labs/host/pattern.h"

static bool open_cache(struct lab_asked *a, const int64_t *bytes)
{
    const struct convoy_cache *impl = a->impl;
    struct convoy_cache_def def;
    memcpy(&def, bytes, sizeof def);
    a->own = impl->open(&def);
    return a->own != NULL;
}

static int64_t asks(struct lab_asked *a, uint64_t key, int64_t now_ns)
{
    const struct convoy_cache *impl = a->impl;
    uint64_t value = 0, load = 0;
    enum convoy_cache_answer answer = impl->ask(a->own, key, now_ns, &value, &load);
    if (answer == CONVOY_CACHE_LOADS)
        a->room[a->used++] = load;
    // What could be taken for another answer is none.
    if (answer == CONVOY_CACHE_HITS)
        return value < LAB_WIRE_ROOM ? CONVOY_CACHE_HITS + (int64_t)value : INT64_MIN;
    return answer < CONVOY_CACHE_HITS ? (int64_t)answer : INT64_MIN;
}

// The room holds the loads that are under way. A value is the number of the step that it is of.
static int64_t ends(struct lab_asked *a, const int64_t *step)
{
    const struct convoy_cache *impl = a->impl;
    uint64_t value = a->number - 1;
    if (a->used == 0)
        return -1;
    uint32_t i = (uint32_t)((uint64_t)step[3] % a->used);
    uint64_t load = a->room[i];
    a->room[i] = a->room[--a->used];
    return impl->loaded(a->own, load, step[0] == LAB_WIRE_CACHE_LOADED ? &value : NULL,
                        step[1]) != 0;
}

static int64_t step(struct lab_asked *a, const int64_t *step)
{
    const struct convoy_cache *impl = a->impl;
    if (step[0] == LAB_WIRE_CACHE_ASKS)
        return asks(a, (uint64_t)step[2], step[1]);
    if (step[0] != LAB_WIRE_CACHE_FLUSHES)
        return ends(a, step);
    impl->flush(a->own);
    return 1;
}

static void close_cache(struct lab_asked *a)
{
    const struct convoy_cache *impl = a->impl;
    impl->close(a->own);
}

const struct lab_host_pattern lab_host_cache = { .name = "cache",
                                                 .object = "convoy_cache",
                                                 .def_size =
                                                     sizeof(struct convoy_cache_def),
                                                 .open = open_cache,
                                                 .step = step,
                                                 .close = close_cache };
