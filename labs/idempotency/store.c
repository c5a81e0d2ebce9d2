#include <stdio.h>
#include <string.h>

#include "labs/idempotency/idempotency.h"

static const char schema[] = "CREATE TABLE IF NOT EXISTS keys("
                             "key TEXT PRIMARY KEY, turn INTEGER NOT NULL, "
                             "fingerprint INTEGER NOT NULL, lease_until INTEGER NOT NULL, "
                             "expires INTEGER NOT NULL, status INTEGER, body TEXT)";

static bool tell(struct lab_idempotency *s, const char *sql)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static void step(struct lab_idempotency *s)
{
    if (s->def.step)
        s->def.step(s->def.ctx, s->steps);
    s->steps++;
}

// A statement with its key and up to four numbers bound, in this order.
static sqlite3_stmt *prepare(struct lab_idempotency *s, const char *sql, const char *key,
                             const int64_t *numbers)
{
    sqlite3_stmt *q = NULL;
    if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) != SQLITE_OK)
        return NULL;
    sqlite3_bind_text(q, 1, key, -1, SQLITE_STATIC);
    for (int i = 2; i <= sqlite3_bind_parameter_count(q); i++)
        sqlite3_bind_int64(q, i, numbers[i - 2]);
    return q;
}

static bool change(struct lab_idempotency *s, const char *sql, const char *key,
                   const int64_t *numbers)
{
    sqlite3_stmt *q = prepare(s, sql, key, numbers);
    bool ok = q && sqlite3_step(q) == SQLITE_DONE;
    sqlite3_finalize(q);
    return ok;
}

bool lab_idempotency_open(struct lab_idempotency *s, const struct lab_idempotency_def *def,
                          const char *path)
{
    *s = (struct lab_idempotency){ .def = *def };
    bool ok = sqlite3_open(path, &s->db) == SQLITE_OK &&
              sqlite3_busy_timeout(s->db, 10000) == SQLITE_OK && tell(s, schema);
    if (!ok)
        lab_idempotency_close(s);
    return ok;
}

void lab_idempotency_close(struct lab_idempotency *s)
{
    sqlite3_close(s->db);
    s->db = NULL;
}

// ---- The key ----

// What is known. False when the store does not answer.
static bool look_up(struct lab_idempotency *s, const char *key,
                    struct lab_idempotency_record *known)
{
    sqlite3_stmt *q = prepare(s,
                              "SELECT fingerprint, lease_until, expires, status, body "
                              "FROM keys WHERE key = ?",
                              key, NULL);
    int row = q ? sqlite3_step(q) : SQLITE_ERROR;
    *known = (struct lab_idempotency_record){ .state = LAB_IDEMPOTENCY_ABSENT };
    if (row == SQLITE_ROW) {
        bool is_done = sqlite3_column_type(q, 3) != SQLITE_NULL;
        known->state = is_done ? LAB_IDEMPOTENCY_DONE : LAB_IDEMPOTENCY_HELD;
        known->fingerprint = (uint64_t)sqlite3_column_int64(q, 0);
        known->lease_until_ns = sqlite3_column_int64(q, 1);
        known->expires_ns = sqlite3_column_int64(q, 2);
        known->reply.status = sqlite3_column_int(q, 3);
        known->reply.has_begun = true;
        if (is_done)
            snprintf(known->reply.body, sizeof known->reply.body, "%s",
                     (const char *)sqlite3_column_text(q, 4));
    }
    sqlite3_finalize(q);
    return row == SQLITE_ROW || row == SQLITE_DONE;
}

// Beyond the clock's end it is below 0, as SQLite has no larger numbers.
static int64_t after(int64_t now_ns, int64_t wait_ns)
{
    return (int64_t)((uint64_t)now_ns + (uint64_t)wait_ns);
}

// DOC(idempotency-claim) Looking and claiming are one transaction that writes from its beginning:
// two who both looked first would both find the key free.
static enum lab_idempotency_verdict claim(struct lab_idempotency *s,
                                          const struct lab_idempotency_request *r,
                                          struct lab_idempotency_reply *reply,
                                          int64_t *turn)
{
    struct lab_idempotency_record known;
    step(s);
    if (!tell(s, "BEGIN IMMEDIATE"))
        return LAB_IDEMPOTENCY_NO_STORE;
    bool ok = look_up(s, r->key, &known);
    enum lab_idempotency_verdict v =
        ok ? lab_idempotency_decide(&known, r->fingerprint, r->now_ns)
           : LAB_IDEMPOTENCY_NO_STORE;
    if (v == LAB_IDEMPOTENCY_RUN) {
        sqlite3_randomness(sizeof *turn, turn);
        const int64_t row[] = { *turn, (int64_t)r->fingerprint,
                                after(r->now_ns, s->def.lease_ns),
                                after(r->now_ns, s->def.expiry_ns) };
        step(s);
        ok = change(s, "INSERT OR REPLACE INTO keys VALUES(?, ?, ?, ?, ?, NULL, NULL)",
                    r->key, row);
        step(s);
    }
    *reply = known.reply;
    if (ok && tell(s, "COMMIT"))
        return v;
    tell(s, "ROLLBACK");
    return LAB_IDEMPOTENCY_NO_STORE;
}

// DOC(idempotency-fence) Who was slow for longer than its lease has lost its turn: what it did is
// rolled back with the record that it may not write any more. Turns are drawn, not counted: a key
// that was let go has no row to count on from, and a former turn must never come again.
static bool record(struct lab_idempotency *s, const struct lab_idempotency_request *r,
                   const struct lab_idempotency_reply *reply, int64_t turn)
{
    const int64_t row[] = { turn, reply->status, 0 }; // the body's place, taken below
    sqlite3_stmt *q = prepare(s,
                              "UPDATE keys SET status = ?3, body = ?4 "
                              "WHERE key = ?1 AND turn = ?2 AND status IS NULL",
                              r->key, row);
    bool ok = q && sqlite3_bind_text(q, 4, reply->body, -1, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_step(q) == SQLITE_DONE && sqlite3_changes(s->db) == 1;
    sqlite3_finalize(q);
    return ok;
}

static bool is_kept(const struct lab_idempotency *s,
                    const struct lab_idempotency_reply *reply)
{
    return reply->has_begun && (reply->status < 400 || s->def.replays_errors);
}

// What was done is undone, and the key is free again.
static bool let_go(struct lab_idempotency *s, const struct lab_idempotency_request *r,
                   int64_t turn)
{
    return tell(s, "ROLLBACK") &&
           change(s, "DELETE FROM keys WHERE key = ? AND turn = ?", r->key, &turn);
}

// ---- The work ----

// The gap where a process may die between effect and record, for those who want one.
static bool open_gap(struct lab_idempotency *s, bool is_wanted)
{
    return !is_wanted || (tell(s, "COMMIT") && (step(s), tell(s, "BEGIN IMMEDIATE")));
}

static bool done_first(struct lab_idempotency *s, const struct lab_idempotency_request *r,
                       int64_t turn)
{
    const struct lab_idempotency_reply promised = { .status = 200 };
    return s->def.protection != LAB_IDEMPOTENCY_RECORD_FIRST ||
           (record(s, r, &promised, turn) && open_gap(s, true));
}

// DOC(idempotency-atomic) The effect and the record that it was done become true at one instant,
// with the commit: whenever the process dies, there are both or none.
static bool work_and_record(struct lab_idempotency *s,
                            const struct lab_idempotency_request *r, int64_t turn,
                            lab_idempotency_work work, void *arg,
                            struct lab_idempotency_reply *reply)
{
    step(s);
    if (!tell(s, "BEGIN IMMEDIATE"))
        return false;
    if (!done_first(s, r, turn))
        return false;
    step(s);
    *reply = (struct lab_idempotency_reply){ .status = 200, .has_begun = true };
    work(s->db, arg, reply);
    step(s);
    if (!is_kept(s, reply))
        return let_go(s, r, turn);
    if (s->def.protection == LAB_IDEMPOTENCY_RECORD_FIRST)
        return tell(s, "COMMIT");
    if (!open_gap(s, s->def.protection == LAB_IDEMPOTENCY_EFFECT_FIRST) ||
        !record(s, r, reply, turn))
        return false;
    step(s);
    return tell(s, "COMMIT");
}

enum lab_idempotency_verdict lab_idempotency_handle(struct lab_idempotency *s,
                                                    const struct lab_idempotency_request *r,
                                                    lab_idempotency_work work, void *arg,
                                                    struct lab_idempotency_reply *reply)
{
    int64_t turn;
    s->steps = 0;
    if (!r->key || !*r->key || strlen(r->key) > LAB_IDEMPOTENCY_KEY_MOST)
        return LAB_IDEMPOTENCY_MALFORMED;
    enum lab_idempotency_verdict v = claim(s, r, reply, &turn);
    if (v != LAB_IDEMPOTENCY_RUN)
        return v;
    if (work_and_record(s, r, turn, work, arg, reply)) {
        step(s);
        return LAB_IDEMPOTENCY_RUN;
    }
    bool lost =
        sqlite3_errcode(s->db) == SQLITE_OK || sqlite3_errcode(s->db) == SQLITE_DONE;
    tell(s, "ROLLBACK");
    return lost ? LAB_IDEMPOTENCY_IN_PROGRESS : LAB_IDEMPOTENCY_NO_STORE;
}

bool lab_idempotency_prune(struct lab_idempotency *s, int64_t now_ns)
{
    return change(s, "DELETE FROM keys WHERE expires BETWEEN 0 AND ?2 AND status NOT NULL",
                  NULL, &now_ns);
}
