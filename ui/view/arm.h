#ifndef UI_VIEW_ARM_H
#define UI_VIEW_ARM_H

// A fault that is made ready and not fired yet: what, where, how much and for how long, each chosen
// among a few. Faults are those of the language, on services, on single replicas of them, and on
// the links that lead there. In the same way a knob of the script is turned: which, and to what.

#include <stdbool.h>

#include "sim/fault/fault.h"
#include "ui/view/film.h"

enum ui_arm_row {
    UI_ARM_WHAT,
    UI_ARM_WHERE,
    UI_ARM_SIZE, // absent where a fault has none
    UI_ARM_FOR,  // absent where it is over at once
    UI_ARM_ROWS
};

struct ui_arm {
    bool is_open;
    uint32_t row; // that the arrow keys go to
    uint32_t chosen[UI_ARM_ROWS];
};

// What is to be slow, by 8, for 5 s; where is the caller's business.
void ui_arm_default(struct ui_arm *arm);

// What is chosen in a row, which has choices.
uint32_t ui_arm_chosen(const struct ui_arm *arm, const struct ui_film *f, uint32_t row);

// How many choices a row has with what is chosen in the others; 0: it is absent.
uint32_t ui_arm_choices(const struct ui_arm *arm, const struct ui_film *f, uint32_t row);
void ui_arm_say(const struct ui_arm *arm, const struct ui_film *f, uint32_t row,
                uint32_t choice, char *out, size_t size);
const char *ui_arm_row_name(uint32_t row);

// Commands called "choice" are boxes to be pressed: the row times this, and the choice.
#define UI_ARM_ROW 4096u

// The number of a fault by its key, such as 's', or SIM_NONE.
uint32_t ui_arm_by_key(int key);

// The choice of a service with all its replicas; of a turn, which is of no service, the first knob.
uint32_t ui_arm_where(const struct ui_arm *arm, const struct ui_film *f, uint32_t service);

// The fault as it would begin at that moment.
struct sim_fault ui_arm_fault(const struct ui_arm *arm, const struct ui_film *f,
                              sim_time at);

#endif
