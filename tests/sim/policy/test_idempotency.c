#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/policy/idempotency.h"

// Keys: who does the work, who gets the answer again, who is turned away.

#define MINE   7
#define OTHERS 8

static struct sim_idempotency rule_of(enum sim_recording record)
{
    struct sim_idempotency rule = sim_idempotency_default();
    rule.ttl = 1000;
    rule.lease = 100;
    rule.record = record;
    rule.checks_fingerprint = true;
    return rule;
}

static void takes(const struct sim_idempotency *rule, struct sim_key *key, sim_time now,
                  uint64_t fingerprint, enum sim_key_answer expected)
{
    uint32_t owner;
    assert_int_equal(sim_key_take(rule, key, now, fingerprint, &owner), expected);
}

static uint32_t goes(const struct sim_idempotency *rule, struct sim_key *key, sim_time now)
{
    uint32_t owner;
    assert_int_equal(sim_key_take(rule, key, now, MINE, &owner), SIM_KEY_GO);
    return owner;
}

static bool ends(const struct sim_idempotency *rule, struct sim_key *key, sim_time now,
                 uint32_t owner, enum sim_outcome outcome, uint32_t status)
{
    return sim_key_finish(rule, key, now, owner, MINE, outcome, status);
}

static void one_does_the_work_and_the_others_are_told(void **state)
{
    (void)state;
    const struct sim_idempotency rule = rule_of(SIM_RECORD_WITH);
    struct sim_key key = { 0 };
    uint32_t owner = goes(&rule, &key, 5);
    takes(&rule, &key, 5, MINE, SIM_KEY_BUSY);
    takes(&rule, &key, 104, MINE, SIM_KEY_BUSY);
    assert_true(ends(&rule, &key, 104, owner, SIM_OK, 201));
    takes(&rule, &key, 104, MINE, SIM_KEY_REPLAY);
    assert_int_equal(key.outcome, SIM_OK);
    assert_int_equal(key.status, 201);
}

static void a_key_is_for_one_thing_only(void **state)
{
    (void)state;
    const struct sim_idempotency rule = rule_of(SIM_RECORD_WITH);
    struct sim_key key = { 0 };
    uint32_t owner = goes(&rule, &key, 0);
    takes(&rule, &key, 1, OTHERS, SIM_KEY_MISMATCH);
    takes(&rule, &key, 100, OTHERS, SIM_KEY_MISMATCH);
    assert_true(ends(&rule, &key, 1, owner, SIM_OK, 200));
    takes(&rule, &key, 999, OTHERS, SIM_KEY_MISMATCH);
    takes(&rule, &key, 1000, OTHERS, SIM_KEY_GO);
}

static void unless_nobody_looks_at_what_was_asked_for(void **state)
{
    (void)state;
    struct sim_idempotency rule = rule_of(SIM_RECORD_WITH);
    struct sim_key key = { 0 };
    rule.checks_fingerprint = false;
    uint32_t owner = goes(&rule, &key, 0);
    takes(&rule, &key, 1, OTHERS, SIM_KEY_BUSY);
    assert_true(ends(&rule, &key, 1, owner, SIM_OK, 200));
    takes(&rule, &key, 2, OTHERS, SIM_KEY_REPLAY);
}

static void a_lease_is_over_at_its_instant_and_the_former_owner_is_not_heard(void **state)
{
    (void)state;
    const struct sim_idempotency rule = rule_of(SIM_RECORD_WITH);
    struct sim_key key = { 0 };
    uint32_t first = goes(&rule, &key, 0);
    takes(&rule, &key, 99, MINE, SIM_KEY_BUSY);
    uint32_t second = goes(&rule, &key, 100);
    assert_int_not_equal(first, second);
    assert_false(ends(&rule, &key, 101, first, SIM_OK, 200));
    takes(&rule, &key, 199, MINE, SIM_KEY_BUSY);
    assert_true(ends(&rule, &key, 150, second, SIM_OK, 200));
    assert_false(ends(&rule, &key, 151, first, SIM_OK, 200));
    takes(&rule, &key, 152, MINE, SIM_KEY_REPLAY);
}

static void who_is_slower_than_the_lease_is_heard_if_nobody_else_came(void **state)
{
    (void)state;
    const struct sim_idempotency rule = rule_of(SIM_RECORD_WITH);
    struct sim_key key = { 0 };
    uint32_t owner = goes(&rule, &key, 0);
    assert_true(ends(&rule, &key, 500, owner, SIM_OK, 200));
    takes(&rule, &key, 501, MINE, SIM_KEY_REPLAY);
}

static void an_answer_is_kept_until_the_very_instant(void **state)
{
    (void)state;
    struct sim_idempotency rule = rule_of(SIM_RECORD_WITH);
    struct sim_key key = { 0 };
    assert_true(ends(&rule, &key, 10, goes(&rule, &key, 3), SIM_OK, 200));
    takes(&rule, &key, 1002, MINE, SIM_KEY_REPLAY);
    takes(&rule, &key, 1003, MINE, SIM_KEY_GO);
    rule.ttl = 0;
    memset(&key, 0, sizeof key);
    assert_true(ends(&rule, &key, 10, goes(&rule, &key, 3), SIM_OK, 200));
    takes(&rule, &key, INT64_MAX, MINE, SIM_KEY_REPLAY);
}

static void errors_are_kept_or_not(void **state)
{
    (void)state;
    struct sim_idempotency rule = rule_of(SIM_RECORD_WITH);
    struct sim_key key = { 0 };
    assert_true(ends(&rule, &key, 1, goes(&rule, &key, 0), SIM_ERROR, 500));
    takes(&rule, &key, 2, MINE, SIM_KEY_REPLAY);
    assert_int_equal(key.outcome, SIM_ERROR);
    assert_int_equal(key.status, 500);
    rule.replays_errors = false;
    memset(&key, 0, sizeof key);
    assert_true(ends(&rule, &key, 1, goes(&rule, &key, 0), SIM_ERROR, 500));
    takes(&rule, &key, 2, MINE, SIM_KEY_GO);
}

static void what_was_not_done_is_never_kept(void **state)
{
    (void)state;
    static const enum sim_outcome outcomes[] = { SIM_TIMEOUT, SIM_CANCELLED, SIM_REJECTED,
                                                 SIM_LOST };
    const struct sim_idempotency rule = rule_of(SIM_RECORD_WITH);
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        struct sim_key key = { 0 };
        assert_true(ends(&rule, &key, 1, goes(&rule, &key, 0), outcomes[i], 0));
        takes(&rule, &key, 2, MINE, SIM_KEY_GO);
    }
}

static void recorded_before_it_is_said_to_be_done_at_once(void **state)
{
    (void)state;
    const struct sim_idempotency rule = rule_of(SIM_RECORD_BEFORE);
    struct sim_key key = { 0 };
    uint32_t owner = goes(&rule, &key, 0);
    takes(&rule, &key, 1, MINE, SIM_KEY_REPLAY);
    assert_int_equal(key.outcome, SIM_OK);
    assert_true(ends(&rule, &key, 2, owner, SIM_ERROR, 500));
    takes(&rule, &key, 3, MINE, SIM_KEY_REPLAY);
    assert_int_equal(key.outcome, SIM_OK);
    assert_true(ends(&rule, &key, 4, owner, SIM_CANCELLED, 0));
    takes(&rule, &key, 5, MINE, SIM_KEY_GO);
}

static void work_that_outlives_its_lease_and_its_key_is_as_good_as_none(void **state)
{
    (void)state;
    struct sim_idempotency rule = rule_of(SIM_RECORD_WITH);
    struct sim_key key = { 0 };
    rule.ttl = 50;
    goes(&rule, &key, 0);
    takes(&rule, &key, 99, MINE, SIM_KEY_BUSY);
    takes(&rule, &key, 99, OTHERS, SIM_KEY_MISMATCH);
    takes(&rule, &key, 100, OTHERS, SIM_KEY_GO);
}

// Who lost a key hears nothing of what became of it since.
static void a_key_that_was_freed_is_not_the_former_owners(void **state)
{
    (void)state;
    const struct sim_idempotency rule = rule_of(SIM_RECORD_WITH);
    struct sim_key key = { 0 };
    uint32_t first = goes(&rule, &key, 0), second = goes(&rule, &key, 100);
    assert_true(ends(&rule, &key, 101, second, SIM_CANCELLED, 0));
    uint32_t third = goes(&rule, &key, 102);
    assert_false(ends(&rule, &key, 103, first, SIM_OK, 200));
    assert_true(ends(&rule, &key, 104, third, SIM_OK, 200));
}

static void recorded_late_two_at_once_do_the_work_and_the_first_is_kept(void **state)
{
    (void)state;
    const struct sim_idempotency rule = rule_of(SIM_RECORD_LATE);
    struct sim_key key = { 0 };
    uint32_t first = goes(&rule, &key, 0), second = goes(&rule, &key, 1);
    assert_true(ends(&rule, &key, 2, second, SIM_OK, 202));
    assert_false(ends(&rule, &key, 3, first, SIM_OK, 201));
    takes(&rule, &key, 4, MINE, SIM_KEY_REPLAY);
    assert_int_equal(key.status, 202);
    takes(&rule, &key, 4, OTHERS, SIM_KEY_MISMATCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_does_the_work_and_the_others_are_told),
        cmocka_unit_test(a_key_is_for_one_thing_only),
        cmocka_unit_test(unless_nobody_looks_at_what_was_asked_for),
        cmocka_unit_test(a_lease_is_over_at_its_instant_and_the_former_owner_is_not_heard),
        cmocka_unit_test(who_is_slower_than_the_lease_is_heard_if_nobody_else_came),
        cmocka_unit_test(an_answer_is_kept_until_the_very_instant),
        cmocka_unit_test(errors_are_kept_or_not),
        cmocka_unit_test(what_was_not_done_is_never_kept),
        cmocka_unit_test(work_that_outlives_its_lease_and_its_key_is_as_good_as_none),
        cmocka_unit_test(a_key_that_was_freed_is_not_the_former_owners),
        cmocka_unit_test(recorded_before_it_is_said_to_be_done_at_once),
        cmocka_unit_test(recorded_late_two_at_once_do_the_work_and_the_first_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
