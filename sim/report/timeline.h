#ifndef SIM_REPORT_TIMELINE_H
#define SIM_REPORT_TIMELINE_H

// A run's record laid out to be drawn: what happened on which track from when to when. A track
// is a thread, or something that does one thing at a time as a thread does: a worker of a
// replica, a request of a client, a branch of a gather. Tracks are used again, the lowest
// free one first, so there are as many as were busy at once.
//
// On a track lie the visits that it served, one after the other; in each visit lie its spans,
// one a cause, without gaps: their lengths and the wait in line before the worker add up to
// the visit's latency. Items are in order of time, and at one instant in the order in
// which things caused one another: what encloses comes before what is in it, a message
// leaves before it arrives, and a track is left before it is taken again.
//
// What began before the oldest record that is kept has no beginning: such visits are left out,
// and counted. Time and memory are proportional to the records kept (about 60 bytes each).

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/fault/fault.h"
#include "sim/world/world.h"

enum sim_track_kind {
    SIM_TRACK_WORKER,
    SIM_TRACK_REQUEST, // of a client
    SIM_TRACK_BRANCH,
    SIM_TRACK_DOOR, // visits that ended before they had a worker, as points
    SIM_TRACK_KINDS
};

struct sim_track {
    uint32_t place;
    uint32_t number; // among those of its place and kind, from 0
    enum sim_track_kind kind;
};

enum sim_item_kind {
    SIM_ITEM_VISIT, // a visit on its worker, a client's request, a branch. record: its end, or
        // what it began with when it is still inside; before that it was in line
    SIM_ITEM_SPAN,   // record: the span
    SIM_ITEM_REST,   // the time of a visit since its last charge when the run ended
    SIM_ITEM_WAIT,   // a visit gets into line, until `end`; no track
    SIM_ITEM_WAITED, // and leaves it
    SIM_ITEM_CALL,   // a call leaves its caller; record: the visit's beginning
    SIM_ITEM_CALLED,
    SIM_ITEM_ANSWER, // an answer leaves the visit; record: the caller's reply
    SIM_ITEM_ANSWERED,
    SIM_ITEM_QUEUE, // record: a line's new length
    SIM_ITEM_FAULT, // id: the fault's number; no track
};

struct sim_item {
    sim_time at, end;
    uint64_t order; // of items at one instant
    uint64_t id;    // of the visit; its flows and its wait bear it too
    const struct sim_trace_record *record; // borrowed from the run
    uint32_t track;                        // SIM_NONE: none
    enum sim_item_kind kind;
};

struct sim_timeline {
    struct sim_item *items;
    size_t count, room;
    struct sim_track *tracks;
    uint32_t track_count;
    size_t track_room;
    uint64_t lost; // records that had given way to later ones
    uint64_t cut;  // visits left out that ended: their beginning was among them
};

// Of a run that has been traced and is finished, and the faults that it was given; both stay
// the caller's, and the run must outlive the timeline. False without memory.
bool sim_timeline_init(struct sim_timeline *line, const struct sim_run *run,
                       const struct sim_fault *faults, uint32_t fault_count);
void sim_timeline_fini(struct sim_timeline *line);

#endif
