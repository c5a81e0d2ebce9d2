#ifndef SIM_POLICY_IDEMPOTENCY_H
#define SIM_POLICY_IDEMPOTENCY_H

// Has this been asked for before? What is remembered of one idempotency key (IETF draft
// "The Idempotency-Key HTTP Header Field"; Stripe's API v1 and v2).
//
//   absent       nobody has asked with it, or what was remembered is too old: do the work
//   in progress  somebody does the work: not twice at once (409)
//   done         the answer is there, and is given again
//
// With a fingerprint of what was asked for, the same key for something else is a mismatch (422),
// in progress and done. Whoever does the work owns the key for as long as the lease; after that it
// is thought dead and the next who asks takes the key over, and what the former says is no longer
// heard. A key is remembered for ttl from when it was taken last. Both are over at their very
// instant.
//
// An answer is remembered when the work has ended well, and, where errors are replayed, when it has
// ended in an error; whatever else became of it (a timeout, a cancellation, a rejection) leaves the
// key as if nobody had asked. What was written down before is taken back then, and else stays.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/time.h"
#include "sim/policy/outcome.h"

// When the answer is written down. Only the first is safe in a crash.
enum sim_recording {
    SIM_RECORD_WITH,   // in one with the effect: both, or neither
    SIM_RECORD_AFTER,  // behind it: who dies in between did it, and it is done again
    SIM_RECORD_BEFORE, // before it: who dies in between never does it, and says it did
    SIM_RECORD_LATE, // behind it, and nothing is taken before: two at once do both the work
    SIM_RECORDINGS
};

struct sim_idempotency {
    sim_time ttl;   // 0: for ever
    sim_time lease; // 0: for ever
    enum sim_recording record;
    bool checks_fingerprint;
    bool replays_errors;
};

enum sim_key_state {
    SIM_KEY_ABSENT,
    SIM_KEY_IN_PROGRESS,
    SIM_KEY_DONE
};

// Of one key; all zeros is one that nobody has asked with.
struct sim_key {
    sim_time taken; // when it was last
    uint64_t fingerprint;
    uint32_t owner; // how often it has been taken
    uint32_t status;
    uint8_t state;   // enum sim_key_state
    uint8_t outcome; // done: enum sim_outcome
};

enum sim_key_answer {
    SIM_KEY_GO, // do the work
    SIM_KEY_REPLAY,
    SIM_KEY_BUSY,
    SIM_KEY_MISMATCH,
    SIM_KEY_ANSWERS
};

// Stripe's: a day, errors too, what was asked for is compared. A lease of a minute is ours.
struct sim_idempotency sim_idempotency_default(void);

// Somebody asks with the key. SIM_KEY_GO: *owner says who that is, for when the work has ended.
enum sim_key_answer sim_key_take(const struct sim_idempotency *rule, struct sim_key *key,
                                 sim_time now, uint64_t fingerprint, uint32_t *owner);

// The owner's work has ended so. False: the key is not the owner's any more, and what it did, if it
// can still be undone, must be.
bool sim_key_finish(const struct sim_idempotency *rule, struct sim_key *key, sim_time now,
                    uint32_t owner, uint64_t fingerprint, enum sim_outcome outcome,
                    uint32_t status);

const char *sim_recording_name(enum sim_recording record); // "with"

#endif
