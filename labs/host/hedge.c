#include <string.h>

#include "labs/host/convoy_impl.h"
#include "labs/host/pattern.h"

// What the budget says next.
static int allows(void *ctx)
{
    struct lab_asked *a = ctx;
    int yes = (int)(a->room[0] & 1);
    a->room[0] >>= 1;
    return yes;
}

static bool open_hedge(struct lab_asked *a, const int64_t *bytes)
{
    const struct convoy_hedge *impl = a->impl;
    struct convoy_hedge_def def;
    memcpy(&def, bytes, sizeof def);
    def.allows = allows;
    def.ctx = a;
    a->own = impl->open(&def);
    return a->own != NULL;
}

// As the model's side puts it. What does not fit is no answer of any model's.
static int64_t answer_of(const struct convoy_hedge_answer *a, int64_t now_ns)
{
    bool fits = a->verdict <= CONVOY_HEDGE_FAILED && a->send < 10 && a->cancel < 64 &&
                a->next_ns >= 0;
    int64_t until = a->next_ns == CONVOY_HEDGE_NEVER ? 0 : 1 + (a->next_ns - now_ns) % 1000;
    return fits ? 1 + (int64_t)a->verdict + 3 * (int64_t)a->send + 30 * (int64_t)a->cancel +
                      3000 * until
                : INT64_MIN;
}

static int64_t step(struct lab_asked *a, const int64_t *step)
{
    const struct convoy_hedge *impl = a->impl;
    struct convoy_hedge_answer answer = { CONVOY_HEDGE_WAITS, 0, 0, 0 };
    uint32_t attempt = (uint32_t)step[2];
    int64_t at = step[1];
    a->room[0] = (uint64_t)step[3];
    switch ((enum lab_wire_hedge_word)step[0]) {
    case LAB_WIRE_HEDGE_TIMER:
        answer = impl->timer(a->own, at);
        break;
    case LAB_WIRE_HEDGE_FAILS:
    case LAB_WIRE_HEDGE_FAILS_FATALLY:
        answer = impl->failed(a->own, attempt, step[0] == LAB_WIRE_HEDGE_FAILS_FATALLY, at);
        break;
    case LAB_WIRE_HEDGE_SUCCEEDS:
        answer = impl->succeeded(a->own, attempt, at);
        break;
    case LAB_WIRE_HEDGE_IS_STARTED:
        answer = impl->started(a->own, attempt, at);
        break;
    case LAB_WIRE_HEDGE_BEGINS:
        answer = impl->begin(a->own, at);
        break;
    }
    return answer_of(&answer, at);
}

static void close_hedge(struct lab_asked *a)
{
    const struct convoy_hedge *impl = a->impl;
    impl->close(a->own);
}

const struct lab_host_pattern lab_host_hedge = { .name = "hedge",
                                                 .object = "convoy_hedge",
                                                 .def_size =
                                                     sizeof(struct convoy_hedge_def),
                                                 .open = open_hedge,
                                                 .step = step,
                                                 .close = close_hedge };
