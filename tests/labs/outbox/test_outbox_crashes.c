#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "labs/outbox/outbox.h"
#include "tests/support/stress.h"

// A writer, a relay and a consumer at a time, each a process that may be killed at a step that is
// chosen by number; other processes then go on with the same files. When all has been relayed and
// consumed, what was written is held against what it has brought about.

#define FILES   120 // kills with one set of files
#define NEVER   UINT32_MAX
#define UNKNOWN 100

enum role {
    WRITER,
    RELAY,
    CONSUMER,
    ROLES
};
static const uint32_t steps_of[ROLES] = { LAB_OUTBOX_WRITE_STEPS, LAB_OUTBOX_RELAY_STEPS,
                                          LAB_OUTBOX_CONSUME_STEPS };

static struct stress stress; // a crash is a round
static uint32_t seed;

static uint32_t chance(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)seed * below) >> 32);
}

struct files {
    char folder[40], store[64], inbox[64], log[64];
};

struct tally {
    unsigned kills, killed_at[ROLES][8];
    unsigned orders, repeats; // messages that are in the log again
    unsigned lost, invented, twice, misplaced;
};

static void die_here(void *ctx, uint32_t number)
{
    const uint32_t *at = ctx;
    if (number == *at) {
        kill(getpid(), SIGKILL);
        pause();
    }
}

static bool insert(sqlite3 *db, const struct lab_message *m, void *table)
{
    char sql[80];
    snprintf(sql, sizeof sql, "INSERT INTO %s VALUES(%d)", (const char *)table, (int)m->id);
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

// A kill loses nothing that was given to the kernel, so waiting for the disk would show nothing.
static bool open_files(struct lab_outbox *s, struct lab_outbox_def def,
                       const struct files *f, enum role role)
{
    def.is_durable = false;
    return lab_outbox_open(s, &def, role == CONSUMER ? f->inbox : f->store, f->log) &&
           sqlite3_exec(s->db,
                        "CREATE TABLE IF NOT EXISTS orders(id INTEGER PRIMARY KEY); "
                        "CREATE TABLE IF NOT EXISTS effects(id INTEGER)",
                        NULL, NULL, NULL) == SQLITE_OK;
}

static enum lab_outbox_verdict act(struct lab_outbox *s, enum role role, uint64_t id)
{
    const struct lab_message m = { id, "order" };
    if (role == WRITER)
        return lab_outbox_write(s, &m, insert, "orders");
    return role == RELAY ? lab_outbox_relay(s) : lab_outbox_consume(s, insert, "effects");
}

// A process that does one thing and, perhaps, dies at a step of it.
static pid_t begin(struct lab_outbox_def def, const struct files *f, enum role role,
                   uint64_t id, uint32_t dies_at)
{
    pid_t child = fork();
    if (child == 0) {
        struct lab_outbox s;
        def.step = die_here;
        def.ctx = &dies_at;
        _exit(open_files(&s, def, f, role) ? (int)act(&s, role, id) : UNKNOWN);
    }
    assert_true(child > 0);
    return child;
}

static void end(pid_t child, enum role role, uint32_t dies_at, struct tally *t)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGKILL);
        t->kills++;
        t->killed_at[role][dies_at]++;
    } else {
        assert_true(WEXITSTATUS(status) < LAB_OUTBOX_UNKNOWN);
    }
}

// Some ids are tried again: work that was done says no, and has its message all the same.
static void one_round(struct lab_outbox_def def, const struct files *f, uint64_t *id,
                      struct tally *t)
{
    pid_t children[ROLES];
    uint32_t dies_at[ROLES];
    *id += *id == 0 || chance(3) > 0;
    for (uint32_t role = 0; role < ROLES; role++) {
        dies_at[role] = chance(4) > 0 ? chance(steps_of[role]) : NEVER;
        children[role] = begin(def, f, (enum role)role, *id, dies_at[role]);
    }
    for (uint32_t role = 0; role < ROLES; role++)
        end(children[role], (enum role)role, dies_at[role], t);
}

// ---- What has come of it ----

static unsigned count(struct lab_outbox *s, const char *sql)
{
    sqlite3_stmt *q;
    assert_int_equal(sqlite3_prepare_v2(s->db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    int n = sqlite3_column_int(q, 0);
    sqlite3_finalize(q);
    return (unsigned)n;
}

// First copies that are not in the order of the outbox, and how many copies there are more.
static void read_log(struct lab_outbox *s, struct tally *t)
{
    uint64_t last = 0;
    int64_t messages = lab_broker_count(&s->broker);
    char *seen = calloc((size_t)messages + 4096, 1), sql[64];
    for (int64_t i = 0; i < messages; i++) {
        struct lab_message m;
        assert_true(lab_broker_at(&s->broker, (uint64_t)i, &m));
        assert_true(m.id < 4096);
        if (seen[m.id]++) {
            t->repeats++;
            continue;
        }
        snprintf(sql, sizeof sql, "SELECT sum(seq) FROM outbox WHERE id = %d", (int)m.id);
        uint64_t seq = count(s, sql);
        t->misplaced += seq < last;
        last = seq;
    }
    free(seen);
}

static void judge(struct lab_outbox_def def, const struct files *f, struct tally *t)
{
    char sql[128];
    struct lab_outbox s, inbox;
    assert_true(open_files(&s, def, f, WRITER));
    assert_true(open_files(&inbox, def, f, CONSUMER));
    while (act(&s, RELAY, 0) == LAB_OUTBOX_DONE)
        ;
    while (act(&inbox, CONSUMER, 0) != LAB_OUTBOX_NOTHING)
        ;
    read_log(&s, t);
    lab_outbox_close(&inbox);
    snprintf(sql, sizeof sql, "ATTACH '%s' AS there", f->inbox);
    assert_int_equal(sqlite3_exec(s.db, sql, NULL, NULL, NULL), SQLITE_OK);
    t->orders += count(&s, "SELECT count(*) FROM main.orders");
    t->lost += count(&s, "SELECT count(*) FROM main.orders WHERE id NOT IN "
                         "(SELECT id FROM there.effects)");
    t->invented += count(&s, "SELECT count(*) FROM there.effects WHERE id NOT IN "
                             "(SELECT id FROM main.orders)");
    t->twice += count(&s, "SELECT count(*) - count(DISTINCT id) FROM there.effects");
    lab_outbox_close(&s);
}

static void make_files(struct files *f)
{
    strcpy(f->folder, "/tmp/convoy-crashes-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->store, sizeof f->store, "%s/store", f->folder);
    snprintf(f->inbox, sizeof f->inbox, "%s/inbox", f->folder);
    snprintf(f->log, sizeof f->log, "%s/log", f->folder);
}

static void remove_files(const struct files *f)
{
    static const char *const names[] = { "store",         "store-journal", "inbox",
                                         "inbox-journal", "log",           "log.place" };
    char path[80];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", f->folder, names[i]);
        unlink(path);
    }
    rmdir(f->folder);
}

static struct tally run(struct lab_outbox_def def, const struct stress *s)
{
    struct tally t = { 0 };
    while (stress_goes_on(s, t.kills)) {
        struct files f;
        struct lab_outbox first;
        uint64_t id = 0;
        unsigned until = t.kills + FILES < s->rounds ? t.kills + FILES : s->rounds;
        make_files(&f);
        for (int role = WRITER; role < ROLES; role++) {
            assert_true(open_files(&first, def, &f, (enum role)role));
            lab_outbox_close(&first);
        }
        while (t.kills < until)
            one_round(def, &f, &id, &t);
        judge(def, &f, &t);
        remove_files(&f);
    }
    return t;
}

static void whenever_who_dies_each_effect_is_there_once_and_in_order(void **state)
{
    (void)state;
    struct tally t = run(lab_outbox_default(), &stress);
    for (uint32_t role = 0; role < ROLES; role++)
        for (uint32_t i = 0; i < steps_of[role]; i++)
            assert_true(t.killed_at[role][i] >= t.kills / 60);
    assert_true(t.orders > t.kills / 10);
    assert_true(t.repeats > 0); // at least once: the inbox had something to do
    assert_int_equal(t.lost, 0);
    assert_int_equal(t.invented, 0);
    assert_int_equal(t.twice, 0);
    assert_int_equal(t.misplaced, 0);
}

static const struct stress some = { .rounds = 120 };

static struct tally run_way(enum lab_outbox_way way)
{
    struct lab_outbox_def def = lab_outbox_default();
    def.way = way;
    return run(def, &some);
}

static void written_and_then_published_some_are_lost(void **state)
{
    (void)state;
    struct tally t = run_way(LAB_OUTBOX_WRITE_FIRST);
    assert_true(t.lost > 0);
    assert_int_equal(t.invented, 0);
}

static void published_and_then_written_some_are_invented(void **state)
{
    (void)state;
    struct tally t = run_way(LAB_OUTBOX_PUBLISH_FIRST);
    assert_true(t.invented > 0);
    assert_int_equal(t.lost, 0);
}

static void an_outbox_of_another_transaction_loses(void **state)
{
    (void)state;
    assert_true(run_way(LAB_OUTBOX_TWO_COMMITS).lost > 0);
}

static void a_relay_that_marks_first_loses(void **state)
{
    (void)state;
    struct lab_outbox_def def = lab_outbox_default();
    def.marks_first = true;
    assert_true(run(def, &some).lost > 0);
}

static void without_an_inbox_there_are_two(void **state)
{
    (void)state;
    struct lab_outbox_def def = lab_outbox_default();
    def.dedupes = false;
    struct tally t = run(def, &some);
    assert_true(t.twice > 0);
    assert_int_equal(t.lost, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whenever_who_dies_each_effect_is_there_once_and_in_order),
        cmocka_unit_test(written_and_then_published_some_are_lost),
        cmocka_unit_test(published_and_then_written_some_are_invented),
        cmocka_unit_test(an_outbox_of_another_transaction_loses),
        cmocka_unit_test(a_relay_that_marks_first_loses),
        cmocka_unit_test(without_an_inbox_there_are_two),
    };
    stress = stress_read(argc, argv, 600);
    seed = (uint32_t)stress.seed;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
