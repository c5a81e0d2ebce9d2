#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/labs/kit/policies/step_checks.h"
#include "tests/labs/kit/policies/wrong_outbox.h"

// The check of the outbox: both sides come to the same, with connections that go no further and
// with processes that are killed; scripts get everywhere; wrong turns are found and made short.

static void real_and_model_come_to_the_same_on_a_hundred_thousand_steps(void **state)
{
    (void)state;
    const struct lab_steps_pattern *p = &lab_outbox_pattern;
    assert_true(step_checks_agree(p, &p->real, 0) >= 100000);
}

static void killed_processes_come_to_the_same(void **state)
{
    (void)state;
    const struct lab_steps_pattern *p = &lab_outbox_killed_pattern;
    step_checks_agree(p, &p->real, 10);
}

// ---- Wrong turns ----

// Of the only kind that has all of it to lose.
static struct lab_steps_pattern only_kept(void)
{
    static const char *const kinds[] = { "outbox", NULL };
    struct lab_steps_pattern p = lab_outbox_pattern;
    p.kinds = kinds;
    p.scripts = 2;
    return p;
}

static void the_implementation_that_will_err_is_right_at_first(void **state)
{
    (void)state;
    const struct lab_steps_pattern p = only_kept();
    wrong_outbox_turn = 0;
    step_checks_agree(&p, &wrong_outbox, 5);
    step_checks_agree(&p, &wrong_outbox_killed, 1);
}

static void every_wrong_turn_is_found_and_made_short(void **state)
{
    (void)state;
    const struct lab_steps_pattern p = only_kept();
    const struct wrong_side w = { .pattern = &p,
                                  .side = &wrong_outbox,
                                  .turn = &wrong_outbox_turn,
                                  .turns = WRONG_OUTBOX_TURNS,
                                  .scripts = 10,
                                  .longest = 6 };
    step_checks_find(&w);
}

// Not made short here: each try of that is a process for each step.
static bool parts(const struct lab_steps *s)
{
    const struct lab_steps_side *model = &lab_outbox_pattern.model;
    void *m = model->open(s), *r = wrong_outbox_killed.open(s);
    bool is_other = false;
    assert_true(m && r);
    for (uint32_t i = 0; i < s->count && !is_other; i++)
        is_other =
            model->step(m, s, &s->at[i]) != wrong_outbox_killed.step(r, s, &s->at[i]);
    wrong_outbox_killed.close(r);
    model->close(m);
    return is_other;
}

static void killed_processes_find_them_too(void **state)
{
    (void)state;
    for (wrong_outbox_turn = 1; wrong_outbox_turn < WRONG_OUTBOX_TURNS;
         wrong_outbox_turn++) {
        bool is_found = false;
        for (uint64_t seed = 1; seed <= 10 && !is_found; seed++) {
            struct lab_steps s;
            lab_outbox_pattern.make(LAB_OUTBOX_KEPT, seed, &s);
            is_found = parts(&s);
        }
        if (!is_found)
            fail_msg("wrong turn %d is not found", wrong_outbox_turn);
    }
    wrong_outbox_turn = 0;
}

// ---- What the scripts reach, by the model's answers ----

struct reached {
    unsigned died[4][8]; // by word, at each step
    int64_t orders, lost, invented, repeats, unmarked, unacked, two_effects;
};

static int64_t most(int64_t x, int64_t y)
{
    return x > y ? x : y;
}

static void count(struct reached *r, const struct lab_step *one, int64_t answer)
{
    r->died[one->word][lab_outbox_dies_at(one)]++;
    r->two_effects += answer % 1000000 > 99;
    answer /= 1000000;
    r->unacked = most(r->unacked, answer % 100);
    r->unmarked = most(r->unmarked, answer / 100 % 100);
    r->repeats = most(r->repeats, answer / 10000 % 100);
    r->invented = most(r->invented, answer / 1000000 % 100);
    r->lost = most(r->lost, answer / 100000000 % 100);
    r->orders = most(r->orders, answer / 10000000000);
}

static struct reached reach(uint32_t kind)
{
    const struct lab_steps_pattern *p = &lab_outbox_pattern;
    struct reached r = { 0 };
    struct lab_steps s;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        p->make(kind, seed, &s);
        void *m = p->model.open(&s);
        assert_non_null(m);
        for (uint32_t i = 0; i < s.count; i++)
            count(&r, &s.at[i], p->model.step(m, &s, &s.at[i]));
        p->model.close(m);
    }
    return r;
}

static void everybody_dies_everywhere(const struct reached *r)
{
    static const uint32_t deaths[] = { LAB_OUTBOX_WRITER_DEATHS, LAB_OUTBOX_WRITER_DEATHS,
                                       LAB_OUTBOX_RELAY_DEATHS,
                                       LAB_OUTBOX_CONSUMER_DEATHS };
    for (uint32_t word = 0; word < 4; word++)
        for (uint32_t at = 0; at < deaths[word]; at++)
            assert_true(r->died[word][at] > 10);
}

static void scripts_come_to_every_end(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < LAB_OUTBOX_KINDS; kind++) {
        struct reached r = reach(kind);
        bool has_relay = kind != LAB_OUTBOX_AFTER && kind != LAB_OUTBOX_BEFORE;
        everybody_dies_everywhere(&r);
        assert_true(r.orders > 5 && r.lost > 2 && r.unacked > 2 && r.two_effects > 20);
        assert_true(has_relay ? r.unmarked > 2 : r.unmarked == 0);
        assert_true(kind == LAB_OUTBOX_BEFORE ? r.invented > 2 : r.invented == 0);
        assert_true(kind == LAB_OUTBOX_FORGOT ? r.repeats > 2 : r.repeats == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_and_model_come_to_the_same_on_a_hundred_thousand_steps),
        cmocka_unit_test(killed_processes_come_to_the_same),
        cmocka_unit_test(the_implementation_that_will_err_is_right_at_first),
        cmocka_unit_test(every_wrong_turn_is_found_and_made_short),
        cmocka_unit_test(killed_processes_find_them_too),
        cmocka_unit_test(scripts_come_to_every_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
