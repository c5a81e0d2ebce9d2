#ifndef LABS_IDEMPOTENCY_IDEMPOTENCY_H
#define LABS_IDEMPOTENCY_IDEMPOTENCY_H

// An effect once only, however often its request comes and wherever its process dies. The
// client gives each request a key of its own and sends the same key when it tries again; the
// server remembers keys in the database that its effects are in (SQLite here).
//
// A key is absent, in progress (somebody has it until its lease ends) or done (an answer is
// kept until it expires). What closes the gap between the effect and its record is that both
// are in one transaction: a process that dies leaves both or none, and a key whose lease ends
// belongs to work that has left nothing behind.
//
// Time is given, in ns of a clock that all processes share and that does not go back. A store is
// a connection and belongs to one thread at a time; threads and processes may have one each on
// the same file. After a fork the child opens its own.
//
// Sources: IETF draft "The Idempotency-Key HTTP Header Field", Stripe's API reference.

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

// How the effect and the record of it go together: only the first is right.
enum lab_idempotency_protection {
    LAB_IDEMPOTENCY_ATOMIC,       // in one transaction
    LAB_IDEMPOTENCY_EFFECT_FIRST, // who dies between them has done it, and it is done again
    LAB_IDEMPOTENCY_RECORD_FIRST  // who dies between them has not done it, and nobody will
};

struct lab_idempotency_def {
    enum lab_idempotency_protection protection;
    int64_t lease_ns;    // so long a request may take; then it is taken for dead
    int64_t expiry_ns;   // so long after it was claimed a key is remembered
    bool replays_errors; // an answer of 400 or more is kept too; else the key is free again
    // Called before each step of the work with its number, from 0; may be null. A test dies here.
    void (*step)(void *ctx, uint32_t number);
    void *ctx;
};

// Atomic, a lease of a minute; errors are kept, for a day: Stripe's API v1.
struct lab_idempotency_def lab_idempotency_default(void);

#define LAB_IDEMPOTENCY_KEY_MOST 255
#define LAB_IDEMPOTENCY_STEPS    8 // that a request has which runs to its end

enum lab_idempotency_verdict {
    LAB_IDEMPOTENCY_RUN,         // it was done just now
    LAB_IDEMPOTENCY_REPLAY,      // it was done before: the same answer again
    LAB_IDEMPOTENCY_IN_PROGRESS, // 409: by somebody else, or taken over from this one
    LAB_IDEMPOTENCY_MISMATCH,    // 422: the key is another request's
    LAB_IDEMPOTENCY_MALFORMED,   // 400: no key, or too long
    LAB_IDEMPOTENCY_NO_STORE     // nothing is known: the client may try again
};

struct lab_idempotency_reply {
    int status;
    bool
        has_begun; // false: refused before anything was done, as by a validation; never kept
    char body[128];
};

struct lab_idempotency_request {
    const char *key;
    uint64_t fingerprint; // of the payload
    int64_t now_ns;
};

// What is known of a key.
enum lab_idempotency_state {
    LAB_IDEMPOTENCY_ABSENT,
    LAB_IDEMPOTENCY_HELD,
    LAB_IDEMPOTENCY_DONE
};

struct lab_idempotency_record {
    enum lab_idempotency_state state;
    uint64_t fingerprint;
    int64_t lease_until_ns, expires_ns; // below 0: beyond the clock's end
    struct lab_idempotency_reply reply;
};

// The rule by itself: what to do with a request, given what is known of its key.
enum lab_idempotency_verdict
lab_idempotency_decide(const struct lab_idempotency_record *known, uint64_t fingerprint,
                       int64_t now_ns);

struct lab_idempotency {
    struct lab_idempotency_def def; // constant
    sqlite3 *db;                    // owned
    uint32_t steps;                 // of this request
};

// The work: its effects go through `db`, inside a transaction that is the caller's to end.
typedef void (*lab_idempotency_work)(sqlite3 *db, void *arg,
                                     struct lab_idempotency_reply *reply);

// Opens or makes the file. False when that fails.
bool lab_idempotency_open(struct lab_idempotency *s, const struct lab_idempotency_def *def,
                          const char *path);
void lab_idempotency_close(struct lab_idempotency *s);

// The reply is filled in for RUN and REPLAY.
enum lab_idempotency_verdict lab_idempotency_handle(struct lab_idempotency *s,
                                                    const struct lab_idempotency_request *r,
                                                    lab_idempotency_work work, void *arg,
                                                    struct lab_idempotency_reply *reply);

// Forgets keys that have expired. False when the store does not answer.
bool lab_idempotency_prune(struct lab_idempotency *s, int64_t now_ns);

#endif
