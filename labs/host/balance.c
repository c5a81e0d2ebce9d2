#include <string.h>

#include "labs/host/convoy_impl.h"
#include "labs/host/pattern.h"

static bool open_balance(struct lab_asked *a, const int64_t *bytes)
{
    const struct convoy_balance *impl = a->impl;
    struct convoy_balance_def def;
    memcpy(&def, bytes, sizeof def);
    def.chance = (struct convoy_chance){ lab_host_draw, a };
    a->own = impl->open(&def);
    return a->own != NULL;
}

static int64_t step(struct lab_asked *a, const int64_t *step)
{
    const struct convoy_balance *impl = a->impl;
    uint32_t host = (uint32_t)step[2];
    int64_t at = step[1];
    switch ((enum lab_wire_balance_word)step[0]) {
    case LAB_WIRE_BALANCE_PICKS:
        a->drawn = (uint32_t)step[3];
        host = impl->pick(a->own, at);
        return host == CONVOY_BALANCE_NOBODY ? 0 : 1 + (int64_t)host;
    case LAB_WIRE_BALANCE_ENDS_WELL:
        impl->ended(a->own, host, step[3], at);
        return 1;
    case LAB_WIRE_BALANCE_ENDS_BADLY:
        impl->ended(a->own, host, -1, at);
        return 1;
    case LAB_WIRE_BALANCE_GOES:
    case LAB_WIRE_BALANCE_COMES:
        impl->turn(a->own, host, step[0] == LAB_WIRE_BALANCE_COMES, at);
        return 1;
    }
    return 0;
}

static void close_balance(struct lab_asked *a)
{
    const struct convoy_balance *impl = a->impl;
    impl->close(a->own);
}

const struct lab_host_pattern lab_host_balance = { .name = "balance",
                                                   .object = "convoy_balance",
                                                   .def_size =
                                                       sizeof(struct convoy_balance_def),
                                                   .open = open_balance,
                                                   .step = step,
                                                   .close = close_balance };
