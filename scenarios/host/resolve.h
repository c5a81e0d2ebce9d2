#ifndef SCN_HOST_RESOLVE_H
#define SCN_HOST_RESOLVE_H

// From a script that has run to a scenario that can: between the files of this room.

#include "scenarios/host/build.h"
#include "scenarios/host/scenario.h"

// Sets the error at a line of a file, 0 for none, and is false.
bool scn_bad(struct scn_error *error, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void scn_add_remark(void *scenario, int line, const char *text);

const struct scn_variant *scn_find_variant(const struct scn_scenario *s, const char *name);
// Says so with the nearest one, and is false.
bool scn_unknown_variant(const struct scn_scenario *s, const struct scn_request *r,
                         int line, const char *name, struct scn_error *error);

// Finds what names mean and checks what can only be checked at the end; false: the error is set.
bool scn_resolve(struct scn_scenario *s, const struct scn_request *r,
                 struct scn_error *error);
// Adds to the faults what turns of knobs lead to.
bool scn_add_turns(struct scn_scenario *s, const struct scn_request *r,
                   struct scn_error *error);

// Remarks on faults that are dropped, with no time. Once, when the script has ended.
bool scn_remark_on_unused(struct scn_scenario *s, struct scn_error *error);

// Runs the script with the request's settings and without its variant; NULL: the error is set.
struct scn_scenario *scn_open_once(const struct scn_request *r, struct scn_error *error);

#endif
