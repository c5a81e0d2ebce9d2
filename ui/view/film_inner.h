#ifndef UI_VIEW_FILM_INNER_H
#define UI_VIEW_FILM_INNER_H

// The halves of a film, for ui/view only.

#include "ui/view/film.h"

// What is known of the task in a slot of the run.
struct ui_life {
    uint32_t place; // SIM_NONE: nothing, it began before the oldest record
    uint32_t edge;  // that a visit came by, or SIM_NONE
    uint32_t lane;  // while it has a worker, else SIM_NONE
    // Of the tree that is put together: its slot, and the call in it; SIM_NONE: in none.
    uint32_t request, call;
    uint32_t line; // of the script, of the step that it is at; 0: nobody knows
};

// The array with room for so many, or NULL. It doubles.
void *ui_film_grown(void *at, size_t wanted, size_t *room, size_t size);

// That of a task, with room for it made; NULL without memory. Moves the others.
struct ui_life *ui_film_life(struct ui_film *f, uint32_t task);

void ui_film_take_records(struct ui_film *f, const struct sim_run *run);
// What a record says of its request's tree. Called before the rest of the film hears of it, with the
// task's life as it was so far.
void ui_film_take_request(struct ui_film *f, const struct sim_model *m,
                          const struct sim_trace_record *r);
void ui_film_take_rows(struct ui_film *f, const struct sim_run *run);
void ui_film_place_nodes(struct ui_film *f); // in columns, after an edge was added

#endif
