#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/view/track.h"

// What was put on a track comes back from it, against a plain array of the same entries.

#define MANY 1000u // seven blocks and some

struct tape {
    struct ui_track track;
    union ui_entry plain[MANY];
    uint32_t count;
    uint64_t chance;
};

static uint32_t draw(struct tape *t, uint32_t below)
{
    t->chance = t->chance * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(t->chance >> 33) % below;
}

static void open_tape(struct tape *t, enum ui_track_kind kind)
{
    memset(t, 0, sizeof *t);
    ui_track_init(&t->track, kind);
}

// Often small, at times at one instant, now and then as large as a figure can be.
static sim_time pause_of(struct tape *t)
{
    static const uint32_t longest[] = { 1, 100, 50000, 2000000000 };
    return draw(t, longest[draw(t, 4)]);
}

static uint32_t count_of(struct tape *t, uint32_t before)
{
    switch (draw(t, 6)) {
    case 0:
        return before + 1;
    case 1:
        return before ? before - 1 : 0;
    case 2:
        return draw(t, 300);
    case 3:
        return draw(t, 40) == 0 ? UINT32_MAX - draw(t, 2) : before;
    default:
        return before;
    }
}

static void change(struct tape *t, union ui_entry *e)
{
    switch (t->track.kind) {
    case UI_STEPS:
        e->step.at += pause_of(t);
        e->step.queue = count_of(t, e->step.queue);
        e->step.busy = count_of(t, e->step.busy);
        e->step.inside = count_of(t, e->step.inside);
        e->step.begun = count_of(t, e->step.begun);
        e->step.ended = count_of(t, e->step.ended);
        e->step.bad = count_of(t, e->step.bad);
        break;
    case UI_HOPS:
        e->hop.at += pause_of(t);
        e->hop.request = count_of(t, e->hop.request);
        e->hop.mark = (enum ui_mark)draw(t, UI_MARKS);
        e->hop.total[e->hop.mark]++;
        break;
    case UI_SEGMENTS:
        e->segment.begin = e->segment.end + (draw(t, 3) ? 0 : pause_of(t));
        e->segment.end = e->segment.begin + pause_of(t);
        e->segment.cause = (enum sim_cause)draw(t, SIM_CAUSES);
        e->segment.has_gil = draw(t, 2);
        break;
    case UI_MOMENTS:
        e->moment += pause_of(t);
        break;
    }
}

static void record(struct tape *t, uint32_t n)
{
    for (; n > 0; n--) {
        union ui_entry *e = ui_track_add(&t->track);
        assert_non_null(e);
        change(t, e);
        t->plain[t->count++] = *e;
    }
}

static sim_time time_at(const struct tape *t, uint32_t i)
{
    return ui_entry_time(t->track.kind, &t->plain[i]);
}

static void expect_same(const struct tape *t, const union ui_entry *a, uint32_t i)
{
    const union ui_entry *b = &t->plain[i];
    switch (t->track.kind) {
    case UI_STEPS:
        assert_memory_equal(&a->step, &b->step, sizeof a->step);
        break;
    case UI_HOPS:
        assert_true(a->hop.at == b->hop.at && a->hop.mark == b->hop.mark);
        assert_int_equal(a->hop.request, b->hop.request);
        assert_memory_equal(a->hop.total, b->hop.total, sizeof a->hop.total);
        break;
    case UI_SEGMENTS:
        assert_true(a->segment.begin == b->segment.begin);
        assert_true(a->segment.end == b->segment.end);
        assert_int_equal(a->segment.cause, b->segment.cause);
        assert_int_equal(a->segment.has_gil, b->segment.has_gil);
        break;
    case UI_MOMENTS:
        assert_true(a->moment == b->moment);
        break;
    }
}

static void expect_all_of_it(const struct tape *t)
{
    struct ui_cursor c = ui_track_after(&t->track, -1);
    for (uint32_t i = 0; i < t->count; i++, ui_cursor_next(&c)) {
        assert_true(c.is_there);
        expect_same(t, &c.entry, i);
    }
    assert_false(c.is_there);
}

// At a moment, against a search from the start.
static void expect_moment(const struct tape *t, sim_time at)
{
    uint32_t later = 0;
    union ui_entry entry;
    while (later < t->count && time_at(t, later) <= at)
        later++;
    struct ui_cursor c = ui_track_after(&t->track, at);
    assert_int_equal(c.is_there, later < t->count);
    if (c.is_there)
        expect_same(t, &c.entry, later);
    assert_int_equal(ui_track_before(&t->track, at, &entry), later > 0);
    if (later > 0)
        expect_same(t, &entry, later - 1);
}

static void what_was_recorded_comes_back(void **state)
{
    (void)state;
    static struct tape t;
    for (int kind = UI_STEPS; kind <= UI_MOMENTS; kind++) {
        open_tape(&t, (enum ui_track_kind)kind);
        record(&t, MANY);
        expect_all_of_it(&t);
        ui_track_fini(&t.track);
    }
}

static void a_moment_is_found_at_every_length(void **state)
{
    (void)state;
    static struct tape t;
    for (int kind = UI_STEPS; kind <= UI_MOMENTS; kind++) {
        open_tape(&t, (enum ui_track_kind)kind);
        expect_moment(&t, 5);
        for (uint32_t n = 1; n <= MANY; n += 37) {
            record(&t, n - t.count);
            for (uint32_t i = 0; i < t.count; i += 13) {
                expect_moment(&t, time_at(&t, i) - 1);
                expect_moment(&t, time_at(&t, i));
            }
            expect_moment(&t, time_at(&t, t.count - 1) + 1);
        }
        ui_track_fini(&t.track);
    }
}

static void the_last_entry_may_still_change(void **state)
{
    (void)state;
    static struct tape t;
    open_tape(&t, UI_STEPS);
    for (uint32_t n = 0; n < 3 * UI_TRACK_BLOCK; n++) {
        record(&t, 1);
        t.track.last.step.queue = t.plain[n].step.queue = n * 7 % 11;
        expect_moment(&t, time_at(&t, n));
    }
    expect_all_of_it(&t);
    ui_track_fini(&t.track);
}

// A copy of a place goes on without the other.
static void a_copied_cursor_goes_on_by_itself(void **state)
{
    (void)state;
    static struct tape t;
    open_tape(&t, UI_SEGMENTS);
    record(&t, MANY);
    struct ui_cursor c = ui_track_after(&t.track, -1);
    for (uint32_t i = 0; i < MANY; i++, ui_cursor_next(&c)) {
        struct ui_cursor ahead = c;
        ui_cursor_next(&ahead);
        ui_cursor_next(&ahead);
        expect_same(&t, &c.entry, i);
        assert_int_equal(ahead.is_there, i + 2 < MANY);
        if (ahead.is_there)
            expect_same(&t, &ahead.entry, i + 2);
    }
    ui_track_fini(&t.track);
}

// From the moment that it is folded to on all is as it was, also of what is added later, and what was
// before takes hardly any room.
static void what_is_folded_leaves_the_rest(void **state)
{
    (void)state;
    static struct tape t;
    for (int kind = UI_STEPS; kind <= UI_MOMENTS; kind++) {
        open_tape(&t, (enum ui_track_kind)kind);
        record(&t, MANY / 2);
        for (uint32_t from = 0; from < MANY / 2; from += 61) {
            ui_track_fold(&t.track, time_at(&t, from));
            record(&t, 3);
            for (uint32_t i = from; i < t.count; i += 7)
                expect_moment(&t, time_at(&t, i));
            assert_true((t.track.gone + 2) * UI_TRACK_BLOCK >= from);
        }
        assert_true(t.track.gone >= 2);
        uint64_t before = t.track.bytes;
        ui_track_fold(&t.track, time_at(&t, t.count - 1));
        assert_true(t.track.bytes < before && t.track.block_count == 1);
        expect_moment(&t, time_at(&t, t.count - 1));
        ui_track_fini(&t.track);
    }
}

static void it_takes_a_fifth_of_plain_entries(void **state)
{
    (void)state;
    struct ui_track t;
    ui_track_init(&t, UI_STEPS);
    for (uint32_t i = 0; i < 100000; i++) {
        struct ui_step *s = &ui_track_add(&t)->step;
        s->at += 200000 + i % 77 * 1000;
        s->queue += i % 3 ? 1 : (uint32_t)-2;
        s->begun += i % 3 == 0;
    }
    assert_true(t.bytes < 100000 * sizeof(struct ui_step) / 5);
    ui_track_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_recorded_comes_back),
        cmocka_unit_test(a_moment_is_found_at_every_length),
        cmocka_unit_test(the_last_entry_may_still_change),
        cmocka_unit_test(a_copied_cursor_goes_on_by_itself),
        cmocka_unit_test(what_is_folded_leaves_the_rest),
        cmocka_unit_test(it_takes_a_fifth_of_plain_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
