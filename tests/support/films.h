#ifndef TESTS_SUPPORT_FILMS_H
#define TESTS_SUPPORT_FILMS_H

// Films of scenarios, shipped ones or in the tests' own text, and their record beside them.

#include "scenarios/runner/runner.h"
#include "ui/view/film.h"

struct film_run {
    struct scn_script script;
    struct scn_job job;
    struct scn_result result;
    struct ui_film film;
    bool has_film;
    sim_time keep_from;
    const struct sim_fault *added; // to a shipped scenario
    uint32_t added_count;
    bool has_script; // the film knows its text, and which step each task was at
};

// Runs a shipped scenario ("retry-storm") in a variant (NULL: the default) for so many seconds (0: to
// its end). Its record holds `records`. Ends the program when that does not work: there would
// be nothing to test.
void film_shoot(struct film_run *r, const char *name, const char *variant, double until_s,
                uint32_t records);

// The same of a script in memory, borrowed. In both what is asked for stands in `r` already: zero at first.
void film_shoot_text(struct film_run *r, const char *text, uint32_t records);

void film_close(struct film_run *r);

#endif
