#ifndef UI_VIEW_REQUESTS_H
#define UI_VIEW_REQUESTS_H

// What each request of a film went through: the tree of its calls, and for each of them what its
// time was charged to. A request is put together while it is on its way; once nobody works for it
// any more it is written down in few bytes and never changed again, with a line in an index. That
// is when its last call has ended, which may be long after its client has gone.
//
// The index is in the order of those last moments, so whatever was under way at a moment is found
// by halving and reading on. The slowest of each UI_SLOT is remembered for itself.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/engine/time.h"
#include "sim/model/cause.h"

// Of a request's tree; what is beyond is left out, and is_cut says so.
#define UI_CALLS_MAX 1024u
#define UI_SPANS_MAX 8192u

// The slowest request is known for each stretch of so long.
#define UI_SLOT ((sim_time)100 * SIM_MS)

// A request at its client, a visit of a replica, or a branch of one.
struct ui_call {
    uint32_t parent; // an earlier call; SIM_NONE for the request itself
    uint32_t place;
    sim_time begin, end; // end SIM_NEVER: not ended yet
    uint8_t outcome;     // of one that has ended
    bool is_branch, is_again;
    bool is_abandoned; // ended when nobody waited for it any more
};

struct ui_span {
    uint32_t call;
    enum sim_cause cause;
    uint32_t line; // of the script, of the step that it was at; 0: nobody knows
    sim_time begin, end;
};

// The tree of one, in the order in which calls began and spans ended. Whoever reads one owns it.
struct ui_request {
    uint32_t number; // low 32 bits
    sim_time begin;
    sim_time last; // end of its last call; SIM_NEVER while one goes on
    struct ui_call *calls;
    uint32_t call_count, call_room;
    struct ui_span *spans;
    uint32_t span_count, span_room;
    bool is_cut;
    uint32_t open; // calls that go on; 0: nobody's
};

struct ui_request_line {
    sim_time begin, last;
    uint64_t at; // of its bytes
    uint32_t number;
};

// Which request: numbers come back after 2^32 of them.
struct ui_pick {
    uint32_t number; // SIM_NONE: none
    sim_time begin;
};

struct ui_slowest {
    sim_time slot; // its number
    sim_time begin, end;
    uint32_t number;
};

struct ui_requests {
    struct ui_request *live; // by slot; slots are used again
    size_t live_count, live_room;
    uint32_t *spare; // slots that are free
    size_t spare_count, spare_room;
    struct ui_request_line *lines;
    size_t line_count, line_room;
    uint8_t **blocks;
    size_t block_count, block_room, used; // used: of the last block
    uint64_t gone;                        // blocks before the first of those
    struct ui_slowest *slowest;
    size_t slowest_count, slowest_room;
    bool failed; // no memory
};

void ui_requests_fini(struct ui_requests *r);
uint64_t ui_requests_bytes(const struct ui_requests *r); // of all that is written down

// ---- While the record is read ----

// A tree begins with a call of its own; the slot that it is put together in, or SIM_NONE. Its first
// call has number 0.
uint32_t ui_request_open(struct ui_requests *r, uint32_t number, struct ui_call first);
// The number of the call, or SIM_NONE.
uint32_t ui_request_call(struct ui_requests *r, uint32_t slot, struct ui_call call);
void ui_request_span(struct ui_requests *r, uint32_t slot, struct ui_span span);
// A call ends. When it was the last that went on, the request is written down, or forgotten when it
// was over before keep_from.
void ui_request_end(struct ui_requests *r, uint32_t slot, uint32_t call, uint8_t outcome,
                    bool is_abandoned, sim_time at, sim_time keep_from);
// Forgets those that were over before `from`.
void ui_requests_fold(struct ui_requests *r, sim_time from);

// A request of a client is answered, well or not.
void ui_request_answered(struct ui_requests *r, uint32_t number, sim_time begin,
                         sim_time end);

// ---- Asking ----

// The slowest of those that were answered in the last second before t, as far as whole slots go; where
// there is none, of the last slot with any in the half minute before.
struct ui_pick ui_requests_slowest(const struct ui_requests *r, sim_time t);

// The one of that number that was under way at a moment from the one to the other.
struct ui_pick ui_requests_within(const struct ui_requests *r, uint32_t number,
                                  sim_time from, sim_time to);

// Reads its tree into one that is empty or was read into before; false when it is not there, or
// without memory.
bool ui_requests_read(const struct ui_requests *r, struct ui_pick pick,
                      struct ui_request *out);
void ui_request_fini(struct ui_request *q);

#endif
