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

#include "labs/idempotency/idempotency.h"
#include "tests/support/stress.h"

// The process that does the work is killed at a step that is chosen by number; another process
// then takes the same request on the same file. It may be killed as well, up to three times.

#define S     ((int64_t)1000000000)
#define LEASE (60 * S)
#define FILES 250 // requests to one file: a new one then, as files grow slow

static struct stress stress; // a crash is a round
static uint32_t seed;

static uint32_t chance(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)seed * below) >> 32);
}

static void die_here(void *ctx, uint32_t number)
{
    const uint32_t *at = ctx;
    if (number == *at) {
        kill(getpid(), SIGKILL);
        pause();
    }
}

static void charge(sqlite3 *db, void *arg, struct lab_idempotency_reply *reply)
{
    char sql[64];
    snprintf(sql, sizeof sql, "INSERT INTO charges VALUES('%s')", (const char *)arg);
    sqlite3_exec(db, sql, NULL, NULL, NULL);
    strcpy(reply->body, arg);
}

// A kill loses nothing that was given to the kernel, so waiting for the disk would show nothing.
static bool open_store(struct lab_idempotency *s, const struct lab_idempotency_def *def,
                       const char *path)
{
    return lab_idempotency_open(s, def, path) &&
           sqlite3_exec(s->db,
                        "PRAGMA synchronous = OFF; "
                        "CREATE TABLE IF NOT EXISTS charges(key TEXT)",
                        NULL, NULL, NULL) == SQLITE_OK;
}

// The status of a process that handles one request and, perhaps, dies at a step.
static int process(enum lab_idempotency_protection protection, const char *path, char *key,
                   uint32_t dies_at, int64_t now)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct lab_idempotency_def def = lab_idempotency_default();
        struct lab_idempotency s;
        struct lab_idempotency_reply reply;
        const struct lab_idempotency_request r = { key, 7, now };
        def.protection = protection;
        def.step = die_here;
        def.ctx = &dies_at;
        if (!open_store(&s, &def, path))
            _exit(100);
        enum lab_idempotency_verdict v =
            lab_idempotency_handle(&s, &r, charge, key, &reply);
        _exit(v <= LAB_IDEMPOTENCY_REPLAY && strcmp(reply.body, key) != 0 &&
                      protection == LAB_IDEMPOTENCY_ATOMIC
                  ? 101
                  : (int)v);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int count(struct lab_idempotency *s, const char *sql)
{
    sqlite3_stmt *q;
    assert_int_equal(sqlite3_prepare_v2(s->db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    int n = sqlite3_column_int(q, 0);
    sqlite3_finalize(q);
    return n;
}

struct tally {
    unsigned requests, kills, killed_at[LAB_IDEMPOTENCY_STEPS + 1];
    int once, more, never;
};

// Kills, each at a step of its own, and then a process that comes to an answer.
static void one_request(enum lab_idempotency_protection protection, const char *path,
                        char *key, struct tally *t)
{
    int64_t now = 0;
    uint32_t steps = LAB_IDEMPOTENCY_STEPS + (protection == LAB_IDEMPOTENCY_EFFECT_FIRST);
    for (uint32_t kills = 1 + chance(3); kills > 0; kills--, now += LEASE) {
        uint32_t at = t->requests++ % 2 ? chance(steps) : t->kills % steps;
        int status = process(protection, path, key, at, now);
        // A process that only replays an answer has fewer steps than it might have died at.
        if (WIFSIGNALED(status)) {
            assert_int_equal(WTERMSIG(status), SIGKILL);
            t->kills++;
            t->killed_at[at]++;
        } else {
            assert_int_equal(WEXITSTATUS(status), LAB_IDEMPOTENCY_REPLAY);
        }
    }
    int status = process(protection, path, key, UINT32_MAX, now);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) <= LAB_IDEMPOTENCY_REPLAY);
}

static void one_file(enum lab_idempotency_protection protection, const struct stress *s,
                     struct tally *t)
{
    struct lab_idempotency_def def = lab_idempotency_default();
    struct lab_idempotency store;
    char path[] = "/tmp/convoy-crashes-XXXXXX", journal[64], key[32];
    unsigned until = t->kills + FILES < s->rounds ? t->kills + FILES : s->rounds;
    int keys = 0, fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    while (t->kills < until) {
        snprintf(key, sizeof key, "key-%d", keys++);
        one_request(protection, path, key, t);
    }
    assert_true(open_store(&store, &def, path));
    int charged = count(&store, "SELECT count(DISTINCT key) FROM charges");
    int twice = count(&store, "SELECT count(*) FROM (SELECT key FROM charges GROUP BY key "
                              "HAVING count(*) > 1)");
    t->once += charged - twice;
    t->more += twice;
    t->never += keys - charged;
    lab_idempotency_close(&store);
    unlink(path);
    snprintf(journal, sizeof journal, "%s-journal", path);
    unlink(journal);
}

static struct tally run(enum lab_idempotency_protection protection, const struct stress *s)
{
    struct tally t = { 0 };
    while (stress_goes_on(s, t.kills))
        one_file(protection, s, &t);
    return t;
}

static void whenever_it_dies_the_effect_is_there_once(void **state)
{
    (void)state;
    struct tally t = run(LAB_IDEMPOTENCY_ATOMIC, &stress);
    for (int i = 0; i < LAB_IDEMPOTENCY_STEPS; i++)
        assert_true(t.killed_at[i] >= t.kills / 40);
    assert_true(t.once > 0);
    assert_int_equal(t.more, 0);
    assert_int_equal(t.never, 0);
}

static const struct stress sixty = { .rounds = 60 };

static void without_the_protection_the_same_test_counts_two(void **state)
{
    (void)state;
    assert_true(run(LAB_IDEMPOTENCY_EFFECT_FIRST, &sixty).more > 0);
}

static void with_the_record_first_it_counts_none(void **state)
{
    (void)state;
    struct tally t = run(LAB_IDEMPOTENCY_RECORD_FIRST, &sixty);
    assert_true(t.never > 0);
    assert_int_equal(t.more, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whenever_it_dies_the_effect_is_there_once),
        cmocka_unit_test(without_the_protection_the_same_test_counts_two),
        cmocka_unit_test(with_the_record_first_it_counts_none),
    };
    stress = stress_read(argc, argv, 320);
    seed = (uint32_t)stress.seed;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
