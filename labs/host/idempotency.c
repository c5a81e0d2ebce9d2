#include <string.h>

#include "labs/host/convoy_impl.h"
#include "labs/host/pattern.h"

static bool open_idempotency(struct lab_asked *a, const int64_t *bytes)
{
    const struct convoy_idempotency *impl = a->impl;
    struct convoy_idempotency_def def;
    memcpy(&def, bytes, sizeof def);
    a->own = impl->open(&def);
    return a->own != NULL;
}

// The room holds the works by the steps that began them.
static int64_t asks(struct lab_asked *a, const int64_t *step)
{
    const struct convoy_idempotency *impl = a->impl;
    uint64_t work = 0;
    uint32_t number = (uint32_t)(step[3] >> 32) % LAB_WIRE_ROOM;
    int status = 0;
    enum convoy_idempotency_answer answer =
        impl->ask(a->own, (uint32_t)step[3], (uint64_t)step[2], step[1], &work, &status);
    a->room[number] = work;
    if (answer == CONVOY_IDEMPOTENCY_REPLAYS)
        return 1000 + (int64_t)status;
    return answer < CONVOY_IDEMPOTENCY_REPLAYS ? (int64_t)answer : INT64_MIN;
}

static int64_t step(struct lab_asked *a, const int64_t *step)
{
    const struct convoy_idempotency *impl = a->impl;
    if (step[0] == LAB_WIRE_IDEMPOTENCY_ASKS)
        return asks(a, step);
    enum convoy_idempotency_outcome outcome =
        step[0] == LAB_WIRE_IDEMPOTENCY_ENDS_WELL ? CONVOY_IDEMPOTENCY_ENDED_WELL
        : step[0] == LAB_WIRE_IDEMPOTENCY_FAILS   ? CONVOY_IDEMPOTENCY_FAILED
                                                  : CONVOY_IDEMPOTENCY_REFUSED;
    return impl->ended(a->own, a->room[step[3] % LAB_WIRE_ROOM], outcome, (int)step[2],
                       step[1]) != 0;
}

static void close_idempotency(struct lab_asked *a)
{
    const struct convoy_idempotency *impl = a->impl;
    impl->close(a->own);
}

const struct lab_host_pattern lab_host_idempotency = { .name = "idempotency",
                                                       .object = "convoy_idempotency",
                                                       .def_size = sizeof(
                                                           struct convoy_idempotency_def),
                                                       .open = open_idempotency,
                                                       .step = step,
                                                       .close = close_idempotency };
