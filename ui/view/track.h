#ifndef UI_VIEW_TRACK_H
#define UI_VIEW_TRACK_H

// What changed, entry after entry in order of time, in little memory: of an entry only what
// differs from the one before is kept, so one takes 4 to 10 bytes in place of 24 to 48. Each
// UI_TRACK_BLOCK-th is kept whole, with its time beside it: any moment is found by halving
// and by reading through one block, however long the track. Blocks of the past can be thrown away;
// the count goes on as if they were there.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/engine/time.h"
#include "sim/model/cause.h"
#include "ui/view/list.h"

#define UI_TRACK_BLOCK 128u

// The state of a place from a moment on, and totals up to it.
struct ui_step {
    sim_time at;
    uint32_t queue, busy; // of a replica
    uint32_t inside; // requests of a client; visits of a replica, with those on their way
    uint32_t begun, ended, bad; // bad: neither well nor cancelled
};

// Something that went over an edge: a call, or how one ended. The totals count those of each mark
// on the same edge up to this one, which decides which of them a picture shows.
struct ui_hop {
    sim_time at;
    uint32_t request;
    enum ui_mark mark;
    uint32_t total[UI_MARKS];
};

// What a thread did: one cause from begin to end. Segments of a lane do not overlap.
struct ui_segment {
    sim_time begin, end;
    enum sim_cause cause;
    bool has_gil;
};

enum ui_track_kind {
    UI_STEPS,
    UI_HOPS,
    UI_SEGMENTS, // in order of their ends
    UI_MOMENTS,
};

union ui_entry {
    struct ui_step step;
    struct ui_hop hop;
    struct ui_segment segment;
    sim_time moment;
};

struct ui_track_block {
    sim_time at; // of its first entry
    uint8_t *bytes;
    size_t size; // of what is complete
};

// The last entry is not in a block yet: it may still change. The one before it is what it will be
// told apart from.
struct ui_track {
    enum ui_track_kind kind;
    uint64_t count; // entries, with the last
    union ui_entry last, before;
    struct ui_track_block *blocks;
    size_t block_count, block_room;
    uint64_t gone;     // blocks before the first of those
    size_t used, room; // bytes of the open block
    uint64_t bytes;    // all that is allocated
};

void ui_track_init(struct ui_track *t, enum ui_track_kind kind);
void ui_track_fini(struct ui_track *t);

// The new last entry: a copy of the one before, all zero at first, to be changed by the caller
// until the next is added. Its time must not go back. NULL without memory.
union ui_entry *ui_track_add(struct ui_track *t);

// Throws away what is not needed to tell what was at `from` and later. It goes block by block, so some
// entries before that stay.
void ui_track_fold(struct ui_track *t, sim_time from);

// The last entry at t or earlier; false when there is none.
bool ui_track_before(const struct ui_track *t, sim_time at, union ui_entry *entry);

// A place in a track. A copy of it goes on by itself.
struct ui_cursor {
    const struct ui_track *track;
    uint64_t i;
    const uint8_t *next;
    bool is_there; // else behind the end
    union ui_entry entry;
};

// At the first entry that is later than t.
struct ui_cursor ui_track_after(const struct ui_track *t, sim_time at);
void ui_cursor_next(struct ui_cursor *c);

sim_time ui_entry_time(enum ui_track_kind kind, const union ui_entry *entry);

#endif
