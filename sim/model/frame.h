#ifndef SIM_MODEL_FRAME_H
#define SIM_MODEL_FRAME_H

// The steps of a sealed model as they are nested, for those who read a run: each operation of
// the program belongs to a frame, and each frame to the one around it. Steps that only put
// others in a row have frames too.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/model/model.h"

struct sim_frame_view {
    enum sim_step_kind kind;
    uint32_t step;     // the same for all places where an equal step stands
    uint32_t flags;    // of that step
    const char *word;  // of the language: "python", "call", "timeout"
    const char *of;    // whom it calls, which semaphore; "" otherwise
    int line;          // in the script; 0: nobody knows
    bool is_elsewhere; // what it sends to a pool runs under another GIL
    uint32_t parent;   // SIM_NONE: a handler, a request, or what a function awaits
    uint32_t first;    // its first operation, SIM_NONE without any
};

// The frame of an operation; SIM_NONE for the steps of work that functions share.
uint32_t sim_frame_of(const struct sim_model *m, uint32_t op);
uint32_t sim_frames(const struct sim_model *m); // so many
struct sim_frame_view sim_frame_at(const struct sim_model *m, uint32_t frame);

// The route or, behind all routes, the client whose steps begin at this frame; SIM_NONE for
// what a function awaits.
uint32_t sim_frame_route(const struct sim_model *m, uint32_t frame);
const char *sim_model_route_name(const struct sim_model *m, uint32_t route);

// One of the single steps of work that functions share: its word, or NULL.
const char *sim_frame_shared(uint32_t op);

// The policies right around a step, outermost first, with what is said of each: "retry 4 > timeout
// 0.08 s"; "" where there is none.
void sim_frame_around(const struct sim_model *m, uint32_t frame, char *text, size_t size);

// The bulkhead, or pool of connections, that a frame is inside first of all; SIM_NONE: it is none.
uint32_t sim_frame_bulkhead(const struct sim_model *m, uint32_t frame);

// Whose handler or request a frame without a parent is; NULL: a fragment of a function.
const char *sim_frame_owner(const struct sim_model *m, uint32_t frame);

#endif
