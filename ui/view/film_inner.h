#ifndef UI_VIEW_FILM_INNER_H
#define UI_VIEW_FILM_INNER_H

// The halves of a film, for ui/view only.

#include "ui/view/film.h"

// What is known of the task in a slot of the run.
struct ui_life {
    uint32_t place; // SIM_NONE: nothing, it began before the oldest record
    uint32_t edge;  // that a visit came by, or SIM_NONE
    uint32_t lane;  // while it has a worker, else SIM_NONE
};

// The array with room for so many, or NULL. It doubles.
void *ui_film_grown(void *at, size_t wanted, size_t *room, size_t size);

void ui_film_take_records(struct ui_film *f, const struct sim_run *run);
void ui_film_take_rows(struct ui_film *f, const struct sim_run *run);
void ui_film_place_nodes(struct ui_film *f); // in columns, after an edge was added

#endif
