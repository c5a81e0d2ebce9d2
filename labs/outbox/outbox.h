#ifndef LABS_OUTBOX_OUTBOX_H
#define LABS_OUTBOX_OUTBOX_H

// A row and the message that tells of it: both or neither, wherever a process dies. The message is
// a row as well (of the outbox), written in one transaction with what it tells of; a relay
// publishes what stands there, in its order, and marks it then. A relay that dies between the
// two publishes again: at least once. A consumer that remembers ids has each effect once.
//
// The writer, the relay and the consumer are processes of their own. A connection belongs to one
// thread at a time; threads and processes may have one each on the same file. After a fork
// the child opens its own. More than one relay at a time is safe, but then only the first copy of
// each message is in order.
//
// Sources: C. Richardson, "Pattern: Transactional outbox" and "Idempotent consumer"
// (microservices.io); SQLite's documentation of transactions.

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "labs/outbox/broker.h"

// How a row and its message go together: only the first is right.
enum lab_outbox_way {
    LAB_OUTBOX_ATOMIC,      // row and outbox in one transaction
    LAB_OUTBOX_TWO_COMMITS, // in two: who dies between them has written and will never tell
    LAB_OUTBOX_WRITE_FIRST, // no outbox: commit, then publish; lost in between
    LAB_OUTBOX_PUBLISH_FIRST // no outbox: publish, then commit; invented in between
};

struct lab_outbox_def {
    enum lab_outbox_way way;
    bool marks_first; // the relay marks and then publishes: at most once
    bool dedupes;     // the consumer remembers the ids of what it has had
    bool is_durable;  // waits for the disk: outlives the machine and not only the process
    // Called before each step with its number, from 0, and after the last; may be null. A test
    // dies here.
    void (*step)(void *ctx, uint32_t number);
    void *ctx;
};

// Atomic, published before it is marked, remembered, durable.
struct lab_outbox_def lab_outbox_default(void);

// Steps of who runs to its end, whatever the way.
#define LAB_OUTBOX_WRITE_STEPS   5
#define LAB_OUTBOX_RELAY_STEPS   4
#define LAB_OUTBOX_CONSUME_STEPS 6

enum lab_outbox_verdict {
    LAB_OUTBOX_DONE,
    LAB_OUTBOX_NOTHING, // there is nothing to relay or to consume
    LAB_OUTBOX_REPEAT,  // it was had before, and has had no effect now
    LAB_OUTBOX_REFUSED, // the work said no, and is undone
    LAB_OUTBOX_UNKNOWN  // a store or the broker did not answer: try again
};

struct lab_outbox {
    struct lab_outbox_def def; // constant
    sqlite3 *db;               // owned
    struct lab_broker broker;  // owned
    uint32_t steps;            // of this call
};

// What is written, or what a message brings about: through `db`, in a transaction that is the caller's
// to end. False undoes it; of a message, for the time being: it comes again.
typedef bool (*lab_outbox_work)(sqlite3 *db, const struct lab_message *m, void *arg);

// Opens or makes the store and the broker's log. Who consumes may have a store of its own. False
// when that fails.
bool lab_outbox_open(struct lab_outbox *s, const struct lab_outbox_def *def,
                     const char *store, const char *log);
void lab_outbox_close(struct lab_outbox *s);

// Does the work and sees to its message. An id is given once: work that has been done must say no
// the second time, as an INSERT with a primary key does.
enum lab_outbox_verdict lab_outbox_write(struct lab_outbox *s, const struct lab_message *m,
                                         lab_outbox_work work, void *arg);

// Publishes the oldest message that is not marked.
enum lab_outbox_verdict lab_outbox_relay(struct lab_outbox *s);

// Takes the next message from the broker. A message that is refused comes again.
enum lab_outbox_verdict lab_outbox_consume(struct lab_outbox *s, lab_outbox_work work,
                                           void *arg);

#endif
