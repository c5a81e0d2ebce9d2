#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "labs/idempotency/idempotency.h"

#define S       ((int64_t)1000000000)
#define LEASE   (60 * S)
#define DAY     (24 * 3600 * S)
#define THREADS 4

// ---- The rule by itself ----

static void is_decided(struct lab_idempotency_record known, uint64_t fingerprint,
                       int64_t now, enum lab_idempotency_verdict expected)
{
    assert_int_equal(lab_idempotency_decide(&known, fingerprint, now), expected);
}

static void what_is_known_decides(void **state)
{
    const struct lab_idempotency_record absent = { 0 };
    const struct lab_idempotency_record held = {
        LAB_IDEMPOTENCY_HELD, 7, 100, 1000, { 0 }
    };
    const struct lab_idempotency_record done = {
        LAB_IDEMPOTENCY_DONE, 7, 100, 1000, { 0 }
    };
    (void)state;
    is_decided(absent, 7, 0, LAB_IDEMPOTENCY_RUN);
    is_decided(held, 7, 99, LAB_IDEMPOTENCY_IN_PROGRESS);
    is_decided(held, 7, 100, LAB_IDEMPOTENCY_RUN);
    is_decided(held, 8, 99, LAB_IDEMPOTENCY_MISMATCH);
    is_decided(held, 8, 100, LAB_IDEMPOTENCY_MISMATCH);
    is_decided(held, 8, 1000, LAB_IDEMPOTENCY_RUN);
    is_decided(done, 7, 100, LAB_IDEMPOTENCY_REPLAY);
    is_decided(done, 7, 999, LAB_IDEMPOTENCY_REPLAY);
    is_decided(done, 8, 999, LAB_IDEMPOTENCY_MISMATCH);
    is_decided(done, 7, 1000, LAB_IDEMPOTENCY_RUN);
    is_decided(done, 8, 1000, LAB_IDEMPOTENCY_RUN);
}

// What would be over beyond the clock's end is not over there, and what ends with it is.
static void the_end_of_the_clock_is_an_instant_like_others(void **state)
{
    (void)state;
    const int64_t end = INT64_MAX, beyond = INT64_MIN;
    const struct lab_idempotency_record held = {
        LAB_IDEMPOTENCY_HELD, 7, beyond, beyond, { 0 }
    };
    const struct lab_idempotency_record over = {
        LAB_IDEMPOTENCY_HELD, 7, end, beyond, { 0 }
    };
    const struct lab_idempotency_record old = { LAB_IDEMPOTENCY_DONE, 7, 100, end, { 0 } };
    is_decided(held, 7, end, LAB_IDEMPOTENCY_IN_PROGRESS);
    is_decided(over, 7, end - 1, LAB_IDEMPOTENCY_IN_PROGRESS);
    is_decided(over, 7, end, LAB_IDEMPOTENCY_RUN);
    is_decided(old, 7, end - 1, LAB_IDEMPOTENCY_REPLAY);
    is_decided(old, 7, end, LAB_IDEMPOTENCY_RUN);
}

// ---- With a store ----

static char path[64];

static struct lab_idempotency open_with(struct lab_idempotency_def def)
{
    struct lab_idempotency s;
    assert_true(lab_idempotency_open(&s, &def, path));
    sqlite3_exec(s.db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    sqlite3_exec(s.db, "CREATE TABLE IF NOT EXISTS charges(amount INTEGER)", NULL, NULL,
                 NULL);
    return s;
}

static int charges(struct lab_idempotency *s)
{
    sqlite3_stmt *q;
    assert_int_equal(
        sqlite3_prepare_v2(s->db, "SELECT count(*) FROM charges", -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    int n = sqlite3_column_int(q, 0);
    sqlite3_finalize(q);
    return n;
}

static void charge(sqlite3 *db, void *arg, struct lab_idempotency_reply *reply)
{
    const struct lab_idempotency_reply *wanted = arg;
    sqlite3_exec(db, "INSERT INTO charges VALUES(1)", NULL, NULL, NULL);
    if (wanted)
        *reply = *wanted;
    else
        strcpy(reply->body, "charged");
}

static void handled(struct lab_idempotency *s, const char *key, uint64_t fingerprint,
                    int64_t now, void *wanted, enum lab_idempotency_verdict verdict,
                    const char *body, int charged)
{
    const struct lab_idempotency_request r = { key, fingerprint, now };
    struct lab_idempotency_reply reply;
    assert_int_equal(lab_idempotency_handle(s, &r, charge, wanted, &reply), verdict);
    if (body)
        assert_string_equal(reply.body, body);
    assert_int_equal(charges(s), charged);
}

static void a_second_time_gets_the_same_answer(void **state)
{
    struct lab_idempotency s = open_with(lab_idempotency_default());
    struct lab_idempotency_reply other = { 201, true, "another" };
    (void)state;
    handled(&s, "a", 7, 0, &other, LAB_IDEMPOTENCY_RUN, "another", 1);
    handled(&s, "a", 7, 1, NULL, LAB_IDEMPOTENCY_REPLAY, "another", 1);
    handled(&s, "a", 8, 1, NULL, LAB_IDEMPOTENCY_MISMATCH, NULL, 1);
    handled(&s, "b", 8, 1, NULL, LAB_IDEMPOTENCY_RUN, "charged", 2);
    handled(&s, "a", 7, DAY - 1, NULL, LAB_IDEMPOTENCY_REPLAY, "another", 2);
    handled(&s, "a", 8, DAY, NULL, LAB_IDEMPOTENCY_RUN, "charged", 3); // a new request
    handled(&s, "a", 7, DAY, NULL, LAB_IDEMPOTENCY_MISMATCH, NULL, 3);
    lab_idempotency_close(&s);
}

static void keys_have_a_length(void **state)
{
    struct lab_idempotency s = open_with(lab_idempotency_default());
    char key[LAB_IDEMPOTENCY_KEY_MOST + 2] = { 0 };
    (void)state;
    handled(&s, NULL, 7, 0, NULL, LAB_IDEMPOTENCY_MALFORMED, NULL, 0);
    handled(&s, "", 7, 0, NULL, LAB_IDEMPOTENCY_MALFORMED, NULL, 0);
    memset(key, 'k', LAB_IDEMPOTENCY_KEY_MOST);
    handled(&s, key, 7, 0, NULL, LAB_IDEMPOTENCY_RUN, NULL, 1);
    key[LAB_IDEMPOTENCY_KEY_MOST] = 'k';
    handled(&s, key, 7, 0, NULL, LAB_IDEMPOTENCY_MALFORMED, NULL, 1);
    lab_idempotency_close(&s);
}

static void errors_are_replayed_or_tried_again(void **state)
{
    struct lab_idempotency_reply broken = { 500, true, "broken" };
    struct lab_idempotency_reply invalid = { 422, false, "invalid" };
    struct lab_idempotency_def def = lab_idempotency_default();
    struct lab_idempotency s = open_with(def);
    (void)state;
    handled(&s, "a", 7, 0, &invalid, LAB_IDEMPOTENCY_RUN, "invalid", 0); // undone
    handled(&s, "a", 8, 0, &broken, LAB_IDEMPOTENCY_RUN, "broken", 1);
    handled(&s, "a", 8, 0, NULL, LAB_IDEMPOTENCY_REPLAY, "broken", 1);
    lab_idempotency_close(&s);
    def.replays_errors = false;
    s = open_with(def);
    handled(&s, "b", 7, 0, &broken, LAB_IDEMPOTENCY_RUN, "broken", 1);
    broken.status = 400;
    handled(&s, "b", 7, 0, &broken, LAB_IDEMPOTENCY_RUN, "broken", 1);
    broken.status = 399;
    handled(&s, "b", 7, 0, &broken, LAB_IDEMPOTENCY_RUN, "broken", 2);
    handled(&s, "b", 7, 0, NULL, LAB_IDEMPOTENCY_REPLAY, "broken", 2);
    lab_idempotency_close(&s);
}

static void what_has_expired_is_forgotten(void **state)
{
    struct lab_idempotency s = open_with(lab_idempotency_default());
    (void)state;
    handled(&s, "a", 7, 0, NULL, LAB_IDEMPOTENCY_RUN, NULL, 1);
    handled(&s, "b", 7, 1, NULL, LAB_IDEMPOTENCY_RUN, NULL, 2);
    assert_true(lab_idempotency_prune(&s, DAY));
    handled(&s, "a", 8, 5, NULL, LAB_IDEMPOTENCY_RUN, NULL, 3);
    handled(&s, "b", 8, 5, NULL, LAB_IDEMPOTENCY_MISMATCH, NULL, 3);
    lab_idempotency_close(&s);
}

// Between the claim and the work of one owner, at step 3, somebody else asks.
struct other {
    struct lab_idempotency store;
    int64_t now;
    enum lab_idempotency_verdict verdict;
};

static void ask_meanwhile(void *ctx, uint32_t number)
{
    struct other *o = ctx;
    struct lab_idempotency_reply reply;
    const struct lab_idempotency_request r = { "a", 7, o->now };
    if (number == 3)
        o->verdict = lab_idempotency_handle(&o->store, &r, charge, NULL, &reply);
}

static void two_at_once(int64_t now, enum lab_idempotency_verdict first,
                        enum lab_idempotency_verdict second)
{
    struct lab_idempotency_def def = lab_idempotency_default();
    struct other other = { open_with(def), now, LAB_IDEMPOTENCY_NO_STORE };
    def.step = ask_meanwhile;
    def.ctx = &other;
    struct lab_idempotency s = open_with(def);
    handled(&s, "a", 7, 0, NULL, first, NULL, 1);
    assert_int_equal(other.verdict, second);
    lab_idempotency_close(&other.store);
    lab_idempotency_close(&s);
}

static void who_comes_meanwhile_is_told_so(void **state)
{
    (void)state;
    two_at_once(LEASE - 1, LAB_IDEMPOTENCY_RUN, LAB_IDEMPOTENCY_IN_PROGRESS);
}

static void who_is_slower_than_its_lease_has_lost_its_turn(void **state)
{
    (void)state;
    two_at_once(LEASE, LAB_IDEMPOTENCY_IN_PROGRESS, LAB_IDEMPOTENCY_RUN);
}

static void take_the_turn(void *ctx, uint32_t number)
{
    struct other *o = ctx;
    if (number == 3)
        sqlite3_exec(o->store.db, "UPDATE keys SET turn = turn + 1", NULL, NULL, NULL);
}

// Who took over is still at it: its turn is another one, though nothing is recorded.
static void who_lost_its_turn_does_not_record_for_the_next(void **state)
{
    struct lab_idempotency_def def = lab_idempotency_default();
    struct other other = { open_with(def), 0, LAB_IDEMPOTENCY_NO_STORE };
    (void)state;
    def.step = take_the_turn;
    def.ctx = &other;
    struct lab_idempotency s = open_with(def);
    handled(&s, "a", 7, 0, NULL, LAB_IDEMPOTENCY_IN_PROGRESS, NULL, 0);
    lab_idempotency_close(&other.store);
    lab_idempotency_close(&s);
}

static void a_store_that_fails_is_an_answer(void **state)
{
    struct lab_idempotency_def def = lab_idempotency_default();
    struct lab_idempotency s;
    (void)state;
    assert_false(lab_idempotency_open(&s, &def, "/nonexistent/store"));
    s = open_with(def);
    sqlite3_exec(s.db, "DROP TABLE keys", NULL, NULL, NULL);
    handled(&s, "a", 7, 0, NULL, LAB_IDEMPOTENCY_NO_STORE, NULL, 0);
    lab_idempotency_close(&s);
}

// ---- Threads ----

static void *ask_all_keys(void *arg)
{
    struct lab_idempotency_def def = lab_idempotency_default();
    struct lab_idempotency s;
    int *unknown = arg;
    *unknown += !lab_idempotency_open(&s, &def, path);
    sqlite3_exec(s.db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    for (int i = 0; i < 40; i++) {
        struct lab_idempotency_reply reply;
        char key[16];
        snprintf(key, sizeof key, "key-%d", i);
        const struct lab_idempotency_request r = { key, 7, i };
        enum lab_idempotency_verdict v =
            lab_idempotency_handle(&s, &r, charge, NULL, &reply);
        *unknown += v > LAB_IDEMPOTENCY_IN_PROGRESS;
    }
    lab_idempotency_close(&s);
    return NULL;
}

static void threads_with_the_same_keys_have_one_effect_each(void **state)
{
    pthread_t threads[THREADS];
    int unknown[THREADS] = { 0 };
    struct lab_idempotency s = open_with(lab_idempotency_default());
    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_all_keys, &unknown[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(unknown[i], 0);
    assert_int_equal(charges(&s), 40);
    lab_idempotency_close(&s);
}

static int fresh_path(void **state)
{
    (void)state;
    strcpy(path, "/tmp/convoy-idempotency-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0;
}

static int no_path(void **state)
{
    (void)state;
    return unlink(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh_path, no_path)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_known_decides),
        cmocka_unit_test(the_end_of_the_clock_is_an_instant_like_others),
        TEST(a_second_time_gets_the_same_answer),
        TEST(keys_have_a_length),
        TEST(errors_are_replayed_or_tried_again),
        TEST(what_has_expired_is_forgotten),
        TEST(who_comes_meanwhile_is_told_so),
        TEST(who_is_slower_than_its_lease_has_lost_its_turn),
        TEST(who_lost_its_turn_does_not_record_for_the_next),
        TEST(a_store_that_fails_is_an_answer),
        TEST(threads_with_the_same_keys_have_one_effect_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
