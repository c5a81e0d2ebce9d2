#include "labs/breaker/breaker.h"

static bool reaches(uint32_t count, uint32_t milli, uint32_t calls)
{
    return (uint64_t)count * 1000 >= (uint64_t)milli * calls;
}

static bool is_too_much(const struct lab_breaker *b, const struct lab_window_counts *c)
{
    return reaches(c->failures, b->def.failure_milli, c->calls) ||
           reaches(c->slow, b->def.slow_milli, c->calls);
}

// A window of calls never holds more than its size, so it asks for no more either.
static uint32_t min_calls(const struct lab_breaker *b)
{
    bool is_small = b->def.signal == LAB_BREAKER_COUNT && b->def.window < b->def.min_calls;
    return is_small ? b->def.window : b->def.min_calls;
}

// DOC(breaker-undefined) Below the least number of calls there is no share, neither a good nor a
// bad one: one failure of one call is not a hundred per cent.
static bool is_failing(const struct lab_breaker *b, const struct lab_window_counts *c)
{
    return c->calls > 0 && c->calls >= min_calls(b) && is_too_much(b, c);
}

// ---- States ----

// DOC(breaker-reset) Whatever was counted belongs to the state that it was counted in. A
// breaker that closed with the old failures in its window would open at the next one.
static void enter(struct lab_breaker *b, enum lab_breaker_state state, int64_t at_ns)
{
    b->state = state;
    b->since_ns = at_ns;
    b->permits = b->def.probes;
    b->half = (struct lab_window_counts){ 0 };
    b->consecutive = 0;
    b->has_picture = false;
    lab_window_clear(&b->window);
}

static bool may_probe(const struct lab_breaker *b, int64_t now_ns)
{
    int64_t open_for = now_ns - b->since_ns;
    return b->def.is_strict ? open_for > b->def.open_ns : open_for >= b->def.open_ns;
}

// What a timer would have done by now, at the instants when it would have. Whole rounds of open and
// half open lead back to the same state: an idle year is not played.
static void catch_up(struct lab_breaker *b, int64_t now_ns)
{
    bool goes_round = b->def.half_open_ns > 0;
    if (b->state == LAB_BREAKER_HALF_OPEN && goes_round &&
        now_ns - b->since_ns >= b->def.half_open_ns)
        enter(b, LAB_BREAKER_OPEN, b->since_ns + b->def.half_open_ns);
    if (b->state != LAB_BREAKER_OPEN || !b->def.is_automatic)
        return;
    int64_t open_ns = b->def.open_ns + b->def.is_strict;
    int64_t round = open_ns + b->def.half_open_ns;
    if (goes_round && now_ns > b->since_ns)
        b->since_ns += (now_ns - b->since_ns) / round * round;
    if (!may_probe(b, now_ns))
        return;
    enter(b, LAB_BREAKER_HALF_OPEN, b->since_ns + open_ns); // for less than half_open_ns
}

bool lab_breaker_init(struct lab_breaker *b, const struct lab_breaker_def *def)
{
    bool is_counting = def->signal != LAB_BREAKER_CONSECUTIVE;
    *b = (struct lab_breaker){ .def = *def, .permits = def->probes };
    return lab_window_init(&b->window, is_counting ? def->window : 0,
                           def->signal == LAB_BREAKER_TIME ? def->slice_ns : 0);
}

void lab_breaker_fini(struct lab_breaker *b)
{
    lab_window_fini(&b->window);
}

// ---- Asking ----

// DOC(breaker-snapshot) Hystrix looks at a picture of its window, so it opens late, by up to the
// age of the picture; and it opens when somebody calls, not when something fails.
static void look_at_picture(struct lab_breaker *b, int64_t now_ns)
{
    if (!b->has_picture || now_ns - b->pictured_ns >= b->def.snapshot_ns) {
        b->picture = lab_window_counts(&b->window, now_ns);
        b->pictured_ns = now_ns;
        b->has_picture = true;
    }
    if (is_failing(b, &b->picture))
        enter(b, LAB_BREAKER_OPEN, now_ns);
}

static bool take_permit(struct lab_breaker *b)
{
    if (b->permits <= 0)
        return false;
    b->permits--;
    return true;
}

bool lab_breaker_allows(struct lab_breaker *b, int64_t now_ns)
{
    catch_up(b, now_ns);
    if (b->state == LAB_BREAKER_CLOSED && b->def.look == LAB_BREAKER_EACH_CALL)
        look_at_picture(b, now_ns);
    // DOC(breaker-lazy) Nothing happens when the time is up: the next call finds it so, and is
    // the probe. Without calls a breaker stays open, and a dashboard shows it red all night.
    if (b->state == LAB_BREAKER_OPEN && may_probe(b, now_ns))
        enter(b, LAB_BREAKER_HALF_OPEN, now_ns);
    if (b->state == LAB_BREAKER_HALF_OPEN)
        return take_permit(b);
    return b->state != LAB_BREAKER_OPEN && b->state != LAB_BREAKER_FORCED_OPEN;
}

// ---- Telling ----

static bool is_opened_by(struct lab_breaker *b, bool failed, int64_t now_ns)
{
    b->consecutive = failed ? b->consecutive + 1 : 0;
    if (b->def.signal == LAB_BREAKER_CONSECUTIVE)
        return failed && b->consecutive >= b->def.min_calls;
    if (b->def.look == LAB_BREAKER_EACH_CALL ||
        (b->def.look == LAB_BREAKER_EACH_FAILURE && !failed))
        return false;
    struct lab_window_counts c = lab_window_counts(&b->window, now_ns);
    return is_failing(b, &c);
}

static enum lab_breaker_state after_probe(struct lab_breaker *b, bool failed, bool was_slow)
{
    b->half.calls++;
    b->half.failures += failed;
    b->half.slow += was_slow;
    if (b->def.probing == LAB_BREAKER_ALL_TOGETHER) {
        if (b->half.calls < b->def.probes)
            return LAB_BREAKER_HALF_OPEN;
        return is_too_much(b, &b->half) ? LAB_BREAKER_OPEN : LAB_BREAKER_CLOSED;
    }
    if (b->permits < b->def.probes)
        b->permits++; // for the next one, if it takes more of them
    if (failed)
        return LAB_BREAKER_OPEN;
    return b->half.calls < b->def.successes ? LAB_BREAKER_HALF_OPEN : LAB_BREAKER_CLOSED;
}

bool lab_breaker_record(struct lab_breaker *b, enum lab_breaker_outcome outcome,
                        int64_t took_ns, int64_t now_ns)
{
    bool failed = outcome == LAB_BREAKER_FAILURE, was_slow = took_ns > b->def.slow_ns;
    catch_up(b, now_ns);
    enum lab_breaker_state next = b->state;
    if (outcome == LAB_BREAKER_IGNORED) {
        b->permits += b->state == LAB_BREAKER_HALF_OPEN;
        return false;
    }
    if (b->state == LAB_BREAKER_CLOSED || b->state == LAB_BREAKER_METRICS_ONLY)
        lab_window_add(&b->window, failed, was_slow, now_ns);
    if (b->state == LAB_BREAKER_CLOSED && is_opened_by(b, failed, now_ns))
        next = LAB_BREAKER_OPEN;
    else if (b->state == LAB_BREAKER_HALF_OPEN)
        next = after_probe(b, failed, was_slow);
    if (next == b->state)
        return false;
    enter(b, next, now_ns);
    return next == LAB_BREAKER_OPEN;
}

enum lab_breaker_state lab_breaker_state(struct lab_breaker *b, int64_t now_ns)
{
    catch_up(b, now_ns);
    return b->state;
}

void lab_breaker_force(struct lab_breaker *b, enum lab_breaker_state state, int64_t now_ns)
{
    enter(b, state, now_ns);
}
