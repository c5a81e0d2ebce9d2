#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "labs/outbox/outbox.h"

// The outbox without crashes: what each step leaves, who is refused, what comes in which order.

static char folder[64], store[96], log_path[96];

static struct lab_outbox_def fast(void)
{
    struct lab_outbox_def def = lab_outbox_default();
    def.is_durable = false;
    return def;
}

static struct lab_outbox open_with(struct lab_outbox_def def)
{
    struct lab_outbox s;
    assert_true(lab_outbox_open(&s, &def, store, log_path));
    assert_int_equal(
        sqlite3_exec(s.db,
                     "CREATE TABLE IF NOT EXISTS orders(id INTEGER PRIMARY KEY);"
                     "CREATE TABLE IF NOT EXISTS effects(id INTEGER)",
                     NULL, NULL, NULL),
        SQLITE_OK);
    return s;
}

static bool insert(sqlite3 *db, const char *table, uint64_t id)
{
    char sql[80];
    snprintf(sql, sizeof sql, "INSERT INTO %s VALUES(%lld)", table, (long long)id);
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool order(sqlite3 *db, const struct lab_message *m, void *arg)
{
    (void)arg;
    return insert(db, "orders", m->id);
}

static bool effect(sqlite3 *db, const struct lab_message *m, void *arg)
{
    (void)arg;
    return insert(db, "effects", m->id);
}

static bool refuse(sqlite3 *db, const struct lab_message *m, void *arg)
{
    effect(db, m, arg);
    return order(db, m, arg) && false;
}

static int count(struct lab_outbox *s, const char *what)
{
    char sql[80];
    sqlite3_stmt *q;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", what);
    assert_int_equal(sqlite3_prepare_v2(s->db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    int n = sqlite3_column_int(q, 0);
    sqlite3_finalize(q);
    return n;
}

static void write_one(struct lab_outbox *s, uint64_t id, enum lab_outbox_verdict verdict)
{
    struct lab_message m = { id, "" };
    snprintf(m.body, sizeof m.body, "order %d", (int)id);
    assert_int_equal(lab_outbox_write(s, &m, order, NULL), verdict);
}

static void relay_all(struct lab_outbox *s)
{
    enum lab_outbox_verdict v;
    while ((v = lab_outbox_relay(s)) == LAB_OUTBOX_DONE)
        ;
    assert_int_equal(v, LAB_OUTBOX_NOTHING);
}

static void a_message_waits_for_the_relay_and_then_for_the_consumer(void **state)
{
    (void)state;
    struct lab_outbox s = open_with(fast());
    assert_int_equal(lab_outbox_relay(&s), LAB_OUTBOX_NOTHING);
    assert_int_equal(lab_outbox_consume(&s, effect, NULL), LAB_OUTBOX_NOTHING);
    write_one(&s, 7, LAB_OUTBOX_DONE);
    assert_int_equal(lab_broker_count(&s.broker), 0);
    assert_int_equal(lab_outbox_consume(&s, effect, NULL), LAB_OUTBOX_NOTHING);
    assert_int_equal(lab_outbox_relay(&s), LAB_OUTBOX_DONE);
    assert_int_equal(lab_outbox_relay(&s), LAB_OUTBOX_NOTHING);
    assert_int_equal(lab_outbox_consume(&s, effect, NULL), LAB_OUTBOX_DONE);
    assert_int_equal(lab_outbox_consume(&s, effect, NULL), LAB_OUTBOX_NOTHING);
    assert_int_equal(count(&s, "effects"), 1);
    lab_outbox_close(&s);
}

static void messages_come_in_the_order_of_the_commits(void **state)
{
    (void)state;
    static const uint64_t ids[] = { 5, 3, UINT64_MAX, 4 };
    struct lab_outbox s = open_with(fast());
    for (int i = 0; i < 4; i++)
        write_one(&s, ids[i], LAB_OUTBOX_DONE);
    relay_all(&s);
    assert_int_equal(lab_broker_count(&s.broker), 4);
    for (uint64_t i = 0; i < 4; i++) {
        struct lab_message m;
        assert_true(lab_broker_at(&s.broker, i, &m));
        assert_true(m.id == ids[i]);
        assert_int_equal(strncmp(m.body, "order ", 6), 0);
    }
    lab_outbox_close(&s);
}

static void work_that_is_refused_leaves_neither_row_nor_message(void **state)
{
    (void)state;
    const struct lab_message m = { 7, "order" };
    struct lab_outbox s = open_with(fast());
    assert_int_equal(lab_outbox_write(&s, &m, refuse, NULL), LAB_OUTBOX_REFUSED);
    write_one(&s, 7, LAB_OUTBOX_DONE);
    write_one(&s, 7, LAB_OUTBOX_REFUSED); // the second time of an id
    relay_all(&s);
    assert_int_equal(lab_broker_count(&s.broker), 1);
    lab_outbox_close(&s);
}

// No crash is needed: what was published cannot be taken back with the rest.
static void published_first_what_is_refused_is_invented(void **state)
{
    (void)state;
    const struct lab_message m = { 7, "order" };
    struct lab_outbox_def def = fast();
    def.way = LAB_OUTBOX_PUBLISH_FIRST;
    struct lab_outbox s = open_with(def);
    assert_int_equal(lab_outbox_write(&s, &m, refuse, NULL), LAB_OUTBOX_REFUSED);
    assert_int_equal(count(&s, "orders"), 0);
    assert_int_equal(lab_broker_count(&s.broker), 1);
    lab_outbox_close(&s);
}

static void what_is_published_twice_has_one_effect(void **state)
{
    (void)state;
    const struct lab_message m = { 7, "order" };
    struct lab_outbox_def def = fast();
    struct lab_outbox s = open_with(def);
    for (int i = 0; i < 3; i++)
        assert_true(lab_broker_publish(&s.broker, &m));
    assert_int_equal(lab_outbox_consume(&s, effect, NULL), LAB_OUTBOX_DONE);
    assert_int_equal(lab_outbox_consume(&s, effect, NULL), LAB_OUTBOX_REPEAT);
    assert_int_equal(count(&s, "effects"), 1);
    lab_outbox_close(&s);
    def.dedupes = false;
    s = open_with(def);
    assert_int_equal(lab_outbox_consume(&s, effect, NULL), LAB_OUTBOX_DONE);
    assert_int_equal(count(&s, "effects"), 2);
    lab_outbox_close(&s);
}

static void a_message_that_is_refused_comes_again(void **state)
{
    (void)state;
    struct lab_outbox s = open_with(fast());
    write_one(&s, 7, LAB_OUTBOX_DONE);
    relay_all(&s);
    assert_int_equal(lab_outbox_consume(&s, refuse, NULL), LAB_OUTBOX_REFUSED);
    assert_int_equal(count(&s, "effects"), 0);
    assert_int_equal(lab_outbox_consume(&s, effect, NULL), LAB_OUTBOX_DONE);
    assert_int_equal(count(&s, "effects"), 1);
    lab_outbox_close(&s);
}

// As after the machine has lost its power.
static void a_message_in_part_is_not_read_and_is_written_over(void **state)
{
    (void)state;
    const struct lab_message first = { 7, "first" }, second = { 8, "second" };
    struct lab_message m;
    struct lab_outbox s = open_with(fast());
    assert_true(lab_broker_publish(&s.broker, &first));
    assert_int_equal(pwrite(s.broker.log, &second, 20, sizeof first), 20);
    assert_int_equal(lab_broker_count(&s.broker), 1);
    assert_true(lab_broker_publish(&s.broker, &second));
    assert_int_equal(lab_broker_count(&s.broker), 2);
    assert_true(lab_broker_at(&s.broker, 1, &m));
    assert_memory_equal(&m, &second, sizeof m);
    lab_outbox_close(&s);
}

static void steps_are_counted_up_to_the_end(void **state)
{
    (void)state;
    for (int way = LAB_OUTBOX_ATOMIC; way <= LAB_OUTBOX_PUBLISH_FIRST; way++) {
        struct lab_outbox_def def = fast();
        def.way = (enum lab_outbox_way)way;
        struct lab_outbox s = open_with(def);
        write_one(&s, (uint64_t)way + 1, LAB_OUTBOX_DONE);
        assert_int_equal(s.steps, LAB_OUTBOX_WRITE_STEPS);
        if (way <= LAB_OUTBOX_TWO_COMMITS) {
            assert_int_equal(lab_outbox_relay(&s), LAB_OUTBOX_DONE);
            assert_int_equal(s.steps, LAB_OUTBOX_RELAY_STEPS);
        }
        assert_int_equal(lab_outbox_consume(&s, effect, NULL), LAB_OUTBOX_DONE);
        assert_int_equal(s.steps, LAB_OUTBOX_CONSUME_STEPS);
        lab_outbox_close(&s);
    }
}

static void a_store_or_a_broker_that_is_not_there_is_told(void **state)
{
    (void)state;
    struct lab_outbox_def def = fast();
    struct lab_outbox s;
    assert_false(lab_outbox_open(&s, &def, "/nonexistent/store", log_path));
    assert_false(lab_outbox_open(&s, &def, store, "/nonexistent/log"));
    s = open_with(def);
    write_one(&s, 7, LAB_OUTBOX_DONE);
    lab_broker_close(&s.broker);
    assert_int_equal(lab_outbox_relay(&s), LAB_OUTBOX_UNKNOWN); // and stays unmarked
    assert_int_equal(lab_outbox_consume(&s, effect, NULL), LAB_OUTBOX_UNKNOWN);
    assert_true(lab_broker_open(&s.broker, log_path, false));
    assert_int_equal(lab_outbox_relay(&s), LAB_OUTBOX_DONE);
    assert_int_equal(lab_outbox_consume(&s, effect, NULL), LAB_OUTBOX_DONE);
    lab_outbox_close(&s);
}

// ---- Several at once ----

#define THREADS  2
#define MESSAGES 40

struct worker {
    struct lab_outbox s;
    uint64_t base;
    unsigned failed;
};

static void *writes(void *arg)
{
    struct worker *w = arg;
    for (uint64_t i = 1; i <= MESSAGES; i++) {
        const struct lab_message m = { w->base + i, "order" };
        w->failed += lab_outbox_write(&w->s, &m, order, NULL) != LAB_OUTBOX_DONE;
    }
    return NULL;
}

static void *relays_and_consumes(void *arg)
{
    struct worker *w = arg;
    for (int i = 0; i < 3 * MESSAGES; i++) {
        w->failed += lab_outbox_relay(&w->s) == LAB_OUTBOX_UNKNOWN;
        w->failed += lab_outbox_consume(&w->s, effect, NULL) == LAB_OUTBOX_UNKNOWN;
    }
    return NULL;
}

static void many_at_once_lose_and_repeat_nothing(void **state)
{
    (void)state;
    struct worker workers[2 * THREADS];
    pthread_t threads[2 * THREADS];
    for (int i = 0; i < 2 * THREADS; i++)
        workers[i] = (struct worker){ open_with(fast()), (uint64_t)i * MESSAGES, 0 };
    for (int i = 0; i < 2 * THREADS; i++)
        pthread_create(&threads[i], NULL, i < THREADS ? writes : relays_and_consumes,
                       &workers[i]);
    for (int i = 0; i < 2 * THREADS; i++)
        pthread_join(threads[i], NULL);
    struct lab_outbox *s = &workers[0].s;
    relay_all(s);
    while (lab_outbox_consume(s, effect, NULL) != LAB_OUTBOX_NOTHING)
        ;
    assert_int_equal(count(s, "orders"), THREADS * MESSAGES);
    assert_int_equal(count(s, "effects"), THREADS * MESSAGES);
    assert_int_equal(count(s, "(SELECT DISTINCT id FROM effects)"), THREADS * MESSAGES);
    for (int i = 0; i < 2 * THREADS; i++) {
        assert_int_equal(workers[i].failed, 0);
        lab_outbox_close(&workers[i].s);
    }
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/convoy-outbox-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(store, sizeof store, "%s/store", folder);
    snprintf(log_path, sizeof log_path, "%s/log", folder);
    return 0;
}

static int remove_folder(void **state)
{
    static const char *const files[] = { "store", "store-journal", "log", "log.place" };
    char path[128];
    (void)state;
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        unlink(path);
    }
    return rmdir(folder);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_message_waits_for_the_relay_and_then_for_the_consumer),
        IN_FOLDER(messages_come_in_the_order_of_the_commits),
        IN_FOLDER(work_that_is_refused_leaves_neither_row_nor_message),
        IN_FOLDER(published_first_what_is_refused_is_invented),
        IN_FOLDER(what_is_published_twice_has_one_effect),
        IN_FOLDER(a_message_that_is_refused_comes_again),
        IN_FOLDER(a_message_in_part_is_not_read_and_is_written_over),
        IN_FOLDER(steps_are_counted_up_to_the_end),
        IN_FOLDER(a_store_or_a_broker_that_is_not_there_is_told),
        IN_FOLDER(many_at_once_lose_and_repeat_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
