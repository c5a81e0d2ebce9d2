#define _GNU_SOURCE // mkdtemp
#include <stdio.h>

#include "labs/kit/policies/verify_outbox.h"

#ifdef LAB_HAS_SQLITE
#    include <setjmp.h>
#    include <signal.h>
#    include <stdlib.h>
#    include <string.h>
#    include <sys/wait.h>
#    include <unistd.h>

#    include "labs/outbox/outbox.h"

// The real side of the outbox' check. A step of a script is a process of its own that is killed there,
// or, to try a hundred thousand, a connection of its own that goes no further and is closed: what it
// had not committed is undone in either case by the store and not by the code that is tried.

struct real {
    bool forks;
    char folder[40], store[56], log[56];
    struct lab_outbox
        looks; // what it has come to; where it forks it is opened for each look
    sqlite3_stmt *counts;
    int64_t effects; // rowid of the last that has been seen
    // Of the step that is under way.
    struct lab_outbox_def def;
    struct lab_outbox acts;
    const struct lab_steps *script;
    uint32_t word, whole, dies_at, calls;
    jmp_buf dead;
};

// ---- What is done ----

static bool insert(sqlite3 *db, const struct lab_message *m, void *table)
{
    char sql[80];
    snprintf(sql, sizeof sql, "INSERT INTO %s VALUES(%d)", (const char *)table, (int)m->id);
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool refuse(sqlite3 *db, const struct lab_message *m, void *table)
{
    insert(db, m, table);
    return false;
}

static void may_die(void *ctx, uint32_t number)
{
    struct real *r = ctx;
    const struct lab_outbox_rule *rule = &r->script->def.outbox;
    if (rule->acks_first && r->word == LAB_OUTBOX_CONSUMES && number == 2)
        lab_broker_acknowledge(&r->acts.broker);
    if (r->calls != r->whole || number != r->dies_at)
        return;
    if (!r->forks)
        longjmp(r->dead, 1);
    kill(getpid(), SIGKILL);
    pause();
}

static bool open_store(struct lab_outbox *s, const struct lab_outbox_def *def,
                       const struct real *r)
{
    // Who is killed has left a journal behind, from which the next undoes it: in memory there is none.
    return lab_outbox_open(s, def, r->store, r->log) &&
           (r->forks || sqlite3_exec(s->db, "PRAGMA journal_mode = MEMORY", NULL, NULL,
                                     NULL) == SQLITE_OK);
}

static enum lab_outbox_verdict act(struct real *r, uint64_t id)
{
    const struct lab_message m = { id, "order" };
    switch (r->word) {
    case LAB_OUTBOX_WRITES:
        return lab_outbox_write(&r->acts, &m, insert, "orders");
    case LAB_OUTBOX_IS_REFUSED:
        return lab_outbox_write(&r->acts, &m, refuse, "orders");
    case LAB_OUTBOX_RELAYS:
        return lab_outbox_relay(&r->acts);
    default:
        return lab_outbox_consume(&r->acts, insert, "effects");
    }
}

// One life: it goes on until it dies, or, as a writer, has written, or finds nothing.
static bool live(struct real *r, uint64_t id)
{
    enum lab_outbox_verdict v;
    if (!r->acts.db && !open_store(&r->acts, &r->def, r))
        return false;
    do {
        v = act(r, id);
        r->calls++;
    } while ((v == LAB_OUTBOX_DONE || v == LAB_OUTBOX_REPEAT) &&
             r->word >= LAB_OUTBOX_RELAYS);
    return v != LAB_OUTBOX_UNKNOWN;
}

// Who has not died goes on, and after a death there is another.
static bool live_here(struct real *r, uint64_t id)
{
    if (setjmp(r->dead) == 0)
        return live(r, id);
    lab_outbox_close(&r->acts);
    return true;
}

static bool live_elsewhere(struct real *r, uint64_t id)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(!live(r, id));
    if (child < 0 || waitpid(child, &status, 0) != child)
        return false;
    return WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0;
}

// ---- What has come of it ----

static bool open_looks(struct real *r)
{
    struct lab_outbox_def def = lab_outbox_default();
    def.is_durable = false;
    return open_store(&r->looks, &def, r) &&
           sqlite3_exec(r->looks.db,
                        "CREATE TABLE IF NOT EXISTS orders(id INTEGER PRIMARY KEY); "
                        "CREATE TABLE IF NOT EXISTS effects(id INTEGER)",
                        NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(
               r->looks.db,
               "SELECT (SELECT count(*) FROM orders), "
               "(SELECT count(*) FROM orders WHERE id NOT IN (SELECT id FROM effects)), "
               "(SELECT count(DISTINCT id) FROM effects WHERE id NOT IN "
               "(SELECT id FROM orders)), "
               "(SELECT count(*) - count(DISTINCT id) FROM effects), "
               "(SELECT count(*) FROM outbox WHERE published = 0)",
               -1, &r->counts, NULL) == SQLITE_OK;
}

static void close_looks(struct real *r)
{
    sqlite3_finalize(r->counts);
    r->counts = NULL;
    lab_outbox_close(&r->looks);
}

// Whose effects there are since the last look, in their order.
static void look_for_effects(struct real *r, struct lab_outbox_look *look)
{
    sqlite3_stmt *q = NULL;
    sqlite3_prepare_v2(r->looks.db,
                       "SELECT rowid, id FROM effects WHERE rowid > ? ORDER BY rowid", -1,
                       &q, NULL);
    sqlite3_bind_int64(q, 1, r->effects);
    while (sqlite3_step(q) == SQLITE_ROW) {
        r->effects = sqlite3_column_int64(q, 0);
        look->order = look->order * 100 + sqlite3_column_int64(q, 1);
    }
    sqlite3_finalize(q);
}

static bool look(struct real *r, struct lab_outbox_look *out)
{
    struct lab_broker *b = &r->looks.broker;
    struct lab_message m;
    *out = (struct lab_outbox_look){ 0 };
    bool ok = sqlite3_step(r->counts) == SQLITE_ROW && lab_broker_receive(b, &m) >= 0;
    out->orders = sqlite3_column_int64(r->counts, 0);
    out->lost = sqlite3_column_int64(r->counts, 1);
    out->invented = sqlite3_column_int64(r->counts, 2);
    out->repeats = sqlite3_column_int64(r->counts, 3);
    out->unmarked = sqlite3_column_int64(r->counts, 4);
    out->unacked = lab_broker_count(b) - (int64_t)b->received;
    sqlite3_reset(r->counts);
    look_for_effects(r, out);
    return ok;
}

// ---- The side ----

void lab_outbox_real_close(void *side)
{
    static const char *const names[] = { "store", "store-journal", "log", "log.place" };
    struct real *r = side;
    char path[64];
    close_looks(r);
    lab_outbox_close(&r->acts);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", r->folder, names[i]);
        unlink(path);
    }
    rmdir(r->folder);
    free(r);
}

static void *open_real(const struct lab_steps *s, bool forks)
{
    struct real *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->looks.broker = r->acts.broker = (struct lab_broker){ .log = -1, .place = -1 };
    bool in_memory = access("/dev/shm", W_OK) == 0;
    strcpy(r->folder, in_memory ? "/dev/shm/convoy-XXXXXX" : "/tmp/convoy-XXXXXX");
    bool has_folder = mkdtemp(r->folder);
    snprintf(r->store, sizeof r->store, "%s/store", r->folder);
    snprintf(r->log, sizeof r->log, "%s/log", r->folder);
    r->forks = forks;
    r->def = lab_outbox_default();
    r->def.way = (enum lab_outbox_way)s->def.outbox.way;
    r->def.marks_first = s->def.outbox.marks_first;
    r->def.dedupes = s->def.outbox.dedupes;
    r->def.is_durable = false;
    r->def.step = may_die;
    r->def.ctx = r;
    if (has_folder && open_looks(r)) {
        if (forks)
            close_looks(r);
        return r;
    }
    lab_outbox_real_close(r);
    return NULL;
}

void *lab_outbox_real_open(const struct lab_steps *s)
{
    return open_real(s, false);
}

void *lab_outbox_killed_open(const struct lab_steps *s)
{
    return open_real(s, true);
}

// As a sequence may be where several write at once: not in the order of the commits.
static void turn_rows(struct real *r)
{
    sqlite3_exec(
        r->looks.db,
        "UPDATE outbox SET seq = 2000000 - seq WHERE published = 0 AND seq < 1000000", NULL,
        NULL, NULL);
}

int64_t lab_outbox_real_step(void *side, const struct lab_steps *s,
                             const struct lab_step *one)
{
    struct real *r = side;
    struct lab_outbox_look seen;
    uint64_t id = (uint64_t)(one - s->at) + 1;
    r->script = s;
    r->word = one->word;
    r->whole = lab_outbox_whole(one);
    r->dies_at = lab_outbox_dies_at(one);
    r->calls = 0;
    if (s->def.outbox.turns_rows && one->word == LAB_OUTBOX_RELAYS && !r->forks)
        turn_rows(r);
    bool ok = r->forks ? live_elsewhere(r, id) : live_here(r, id);
    if (r->forks && !open_looks(r))
        return -100;
    ok = look(r, &seen) && ok;
    if (r->forks)
        close_looks(r);
    return ok ? lab_outbox_answer(&seen) : -100;
}
#endif
