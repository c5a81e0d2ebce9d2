#ifndef SCN_HOST_DROP_H
#define SCN_HOST_DROP_H

// What a script makes and drops, as its text shows: a call that stands alone as a statement, such as
// db:slow(2), or a local name that is never met again. What stands in a table, or is handed on, may be
// used in some variant, and nothing is said of it.

#include <stddef.h>
#include <stdint.h>

#include "sim/model/lint.h"

// Remarks on knobs, hosts, policies, executors and runtimes that are dropped.
void scn_drop_lint(const char *text, size_t length, sim_lint_remark *remark, void *ctx);

// The lines that drop what a method gives, or the word set; how many, at most so many as there is room
// for.
uint32_t scn_drop_lines(const char *text, size_t length, int *lines, uint32_t room);

#endif
