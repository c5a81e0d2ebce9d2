#include <string.h>

#include "labs/outbox/outbox.h"

// A sequence that SQLite gives inside a transaction is in the order of the commits, as there is one
// writer at a time. Elsewhere a lower number may become visible after a higher one.
static const char schema[] =
    "CREATE TABLE IF NOT EXISTS outbox(seq INTEGER PRIMARY KEY AUTOINCREMENT, "
    "id INTEGER NOT NULL UNIQUE, body TEXT NOT NULL, published INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX IF NOT EXISTS unpublished ON outbox(seq) WHERE published = 0;"
    "CREATE TABLE IF NOT EXISTS inbox(id INTEGER PRIMARY KEY)";

struct lab_outbox_def lab_outbox_default(void)
{
    return (struct lab_outbox_def){ .dedupes = true, .is_durable = true };
}

static bool tell(struct lab_outbox *s, const char *sql)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

// Nothing is held here but the transaction: no statement is open.
static bool step(struct lab_outbox *s)
{
    if (s->def.step)
        s->def.step(s->def.ctx, s->steps);
    s->steps++;
    return true;
}

bool lab_outbox_open(struct lab_outbox *s, const struct lab_outbox_def *def,
                     const char *store, const char *log)
{
    *s = (struct lab_outbox){ .def = *def, .broker = { .log = -1, .place = -1 } };
    bool ok = sqlite3_open(store, &s->db) == SQLITE_OK &&
              sqlite3_busy_timeout(s->db, 10000) == SQLITE_OK &&
              (def->is_durable || tell(s, "PRAGMA synchronous = OFF")) && tell(s, schema) &&
              lab_broker_open(&s->broker, log, def->is_durable);
    if (!ok)
        lab_outbox_close(s);
    return ok;
}

void lab_outbox_close(struct lab_outbox *s)
{
    sqlite3_close(s->db);
    s->db = NULL;
    lab_broker_close(&s->broker);
}

// Runs a statement with an id, and a text where it has one. False when that fails.
static bool change(struct lab_outbox *s, const char *sql, uint64_t id, const char *text)
{
    sqlite3_stmt *q = NULL;
    bool ok = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) == SQLITE_OK &&
              sqlite3_bind_int64(q, 1, (int64_t)id) == SQLITE_OK &&
              (!text || sqlite3_bind_text(q, 2, text, -1, SQLITE_STATIC) == SQLITE_OK) &&
              sqlite3_step(q) == SQLITE_DONE;
    return sqlite3_finalize(q) == SQLITE_OK && ok;
}

// What cannot be ended well is ended: a transaction that is left open would keep all others out.
static enum lab_outbox_verdict undo(struct lab_outbox *s, enum lab_outbox_verdict why)
{
    if (!sqlite3_get_autocommit(s->db))
        tell(s, "ROLLBACK");
    return why;
}

// ---- Writing ----

static bool begin(struct lab_outbox *s)
{
    return step(s) && tell(s, "BEGIN IMMEDIATE");
}

static bool commit(struct lab_outbox *s)
{
    return step(s) && tell(s, "COMMIT");
}

static bool publish(struct lab_outbox *s, const struct lab_message *m)
{
    return step(s) && lab_broker_publish(&s->broker, m);
}

// DOC(outbox-atomic) The message is a row beside the row that it tells of, and both become true with
// one commit: whenever the process dies, there are both or neither.
static bool keep(struct lab_outbox *s, const struct lab_message *m)
{
    if (s->def.way == LAB_OUTBOX_TWO_COMMITS &&
        (!tell(s, "COMMIT") || !step(s) || !tell(s, "BEGIN IMMEDIATE")))
        return false;
    if (s->def.way == LAB_OUTBOX_ATOMIC)
        step(s);
    return change(s, "INSERT INTO outbox(id, body) VALUES(?, ?)", m->id, m->body);
}

enum lab_outbox_verdict lab_outbox_write(struct lab_outbox *s, const struct lab_message *m,
                                         lab_outbox_work work, void *arg)
{
    bool has_outbox = s->def.way <= LAB_OUTBOX_TWO_COMMITS;
    s->steps = 0;
    if (s->def.way == LAB_OUTBOX_PUBLISH_FIRST && !publish(s, m))
        return LAB_OUTBOX_UNKNOWN;
    if (!begin(s))
        return LAB_OUTBOX_UNKNOWN;
    step(s);
    if (!work(s->db, m, arg))
        return undo(s, LAB_OUTBOX_REFUSED);
    if ((has_outbox && !keep(s, m)) || !commit(s))
        return undo(s, LAB_OUTBOX_UNKNOWN);
    if (s->def.way == LAB_OUTBOX_WRITE_FIRST && !publish(s, m))
        return LAB_OUTBOX_UNKNOWN;
    step(s);
    return LAB_OUTBOX_DONE;
}

// ---- The relay ----

// The oldest that is not marked: 1; 0 when there is none, -1 when that is not known.
static int oldest(struct lab_outbox *s, uint64_t *seq, struct lab_message *m)
{
    sqlite3_stmt *q = NULL;
    int row = sqlite3_prepare_v2(s->db,
                                 "SELECT seq, id, body FROM outbox WHERE published = 0 "
                                 "ORDER BY seq LIMIT 1",
                                 -1, &q, NULL) == SQLITE_OK
                  ? sqlite3_step(q)
                  : SQLITE_ERROR;
    *m = (struct lab_message){ 0 }; // no bytes of ours go into the log
    if (row == SQLITE_ROW) {
        *seq = (uint64_t)sqlite3_column_int64(q, 0);
        m->id = (uint64_t)sqlite3_column_int64(q, 1);
        strncpy(m->body, (const char *)sqlite3_column_text(q, 2), sizeof m->body - 1);
    }
    sqlite3_finalize(q);
    return row == SQLITE_ROW ? 1 : row == SQLITE_DONE ? 0 : -1;
}

static bool mark(struct lab_outbox *s, uint64_t seq)
{
    return step(s) && change(s, "UPDATE outbox SET published = 1 WHERE seq = ?", seq, NULL);
}

// DOC(outbox-relay) First publish, then mark: who dies in between publishes again, and no message
// is lost. No transaction is open while the broker is waited for, so writers go on. A
// message that cannot be published is tried again before those behind it: order.
enum lab_outbox_verdict lab_outbox_relay(struct lab_outbox *s)
{
    struct lab_message m;
    uint64_t seq;
    s->steps = 0;
    step(s);
    int found = oldest(s, &seq, &m);
    if (found <= 0)
        return found == 0 ? LAB_OUTBOX_NOTHING : LAB_OUTBOX_UNKNOWN;
    bool ok = s->def.marks_first ? mark(s, seq) && publish(s, &m)
                                 : publish(s, &m) && mark(s, seq);
    if (!ok)
        return LAB_OUTBOX_UNKNOWN;
    step(s);
    return LAB_OUTBOX_DONE;
}

// ---- The consumer ----

// DOC(outbox-inbox) The id is remembered in the transaction of the effect: in one of its own there
// would be an instant at which to die, with an effect that is not remembered, or the other way.
static bool remember(struct lab_outbox *s, const struct lab_message *m, bool *is_new)
{
    bool ok = change(s, "INSERT OR IGNORE INTO inbox VALUES(?)", m->id, NULL);
    *is_new = !s->def.dedupes || sqlite3_changes(s->db) == 1;
    return ok;
}

// DOC(outbox-acknowledge) First the effect, then the acknowledgement: the same order as the relay's,
// for the same reason, and the inbox makes good what it repeats.
enum lab_outbox_verdict lab_outbox_consume(struct lab_outbox *s, lab_outbox_work work,
                                           void *arg)
{
    struct lab_message m;
    bool is_new;
    s->steps = 0;
    step(s);
    int found = lab_broker_receive(&s->broker, &m);
    if (found <= 0)
        return found == 0 ? LAB_OUTBOX_NOTHING : LAB_OUTBOX_UNKNOWN;
    m.body[sizeof m.body - 1] = '\0'; // who knows who wrote the log
    if (!begin(s) || !remember(s, &m, &is_new))
        return undo(s, LAB_OUTBOX_UNKNOWN);
    step(s);
    if (is_new && !work(s->db, &m, arg))
        return undo(s, LAB_OUTBOX_REFUSED);
    if (!commit(s))
        return undo(s, LAB_OUTBOX_UNKNOWN);
    step(s);
    if (!lab_broker_acknowledge(&s->broker))
        return LAB_OUTBOX_UNKNOWN;
    step(s);
    return is_new ? LAB_OUTBOX_DONE : LAB_OUTBOX_REPEAT;
}
