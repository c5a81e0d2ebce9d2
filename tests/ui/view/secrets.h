#ifndef TESTS_UI_VIEW_SECRETS_H
#define TESTS_UI_VIEW_SECRETS_H

// What an interviewer keeps from those who look at the window: names of faults, knobs, variants,
// the scenario and its file, claims, their reasons and notes. They are looked for in all texts of
// a list of draw commands.

#include "tests/support/films.h"
#include "ui/view/view.h"

// How many texts give something away; the first of them is copied to `first`, which has 256 bytes.
// `more` are further secrets, such as a note, ended by NULL.
unsigned secrets_in(const struct ui_list *list, const struct film_run *run,
                    const char *const *more, char *first);

#endif
