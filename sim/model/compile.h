#ifndef SIM_MODEL_COMPILE_H
#define SIM_MODEL_COMPILE_H

// How steps become operations, for sim/model only: program.c knows the steps, around.c the policies
// around them, emit.c what both write with.

#include "sim/model/model_private.h"

// Compiling one step: everything appends, and a cap that is met is remembered to the end.
struct sim_compiler {
    struct sim_program *p;
    const struct sim_model *m;
    uint32_t frame; // of the step that is being compiled; SIM_NONE: of none
    bool on_loop;
    bool blocking;     // inside a blocking step
    bool hedged;       // or in hedged steps
    uint32_t choices;  // that it stands in
    const char *error; // what is not possible there
    bool full;         // or there is an error: nothing more is appended
};

// ---- emit.c ----

// Appends one and is its number; 0, the spare one, where nothing more fits.
uint32_t sim_emit(struct sim_compiler *c, enum sim_opcode code);
void sim_emit_with(struct sim_compiler *c, enum sim_opcode code, uint32_t a);
void sim_emit_asking(struct sim_compiler *c, enum sim_opcode code, uint32_t a,
                     uint32_t status);
// Before whatever others can see of a task of an event loop.
void sim_emit_pay(struct sim_compiler *c);
uint32_t sim_emit_ways(struct sim_compiler *c, uint32_t n); // the first of n ways to go on
void sim_emit_here(struct sim_compiler *c,
                   uint32_t op); // that one jumps to what comes next
void sim_emit_work(struct sim_compiler *c, uint32_t op,
                   uint32_t value); // how long that one takes
// A body, and what must happen in any case.
void sim_emit_finally(struct sim_compiler *c, uint32_t body,
                      void (*last)(struct sim_compiler *c, uint32_t what), uint32_t what);
// Opens a frame for a step and returns the one around it, to go back to.
uint32_t sim_emit_frame(struct sim_compiler *c, uint32_t step);
void sim_compile_refuse(struct sim_compiler *c, const char *why);
// Whether tasks of its own can be made here.
void sim_compile_check_tasks(struct sim_compiler *c, bool needs_loop);

// ---- program.c, around.c ----

void sim_compile(struct sim_compiler *c, uint32_t step);
void sim_compile_with(struct sim_compiler *c,
                      const struct sim_step *s); // a policy and its steps

#endif
