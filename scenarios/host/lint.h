#ifndef SCN_HOST_LINT_H
#define SCN_HOST_LINT_H

// What only the text of a script shows. Outside of a function, req stands for the request that
// will come, and Lua lets nothing overload ==: req.plan == "free" is simply false there. A local
// variable named s makes 2*s something else than two seconds. io(5) are five
// seconds, as io(5*s) are, and only the latter says so. And a step in a function that nobody awaits
// is built and does nothing.

#include <stddef.h>

#include "sim/model/lint.h"

void scn_lint_text(const char *text, size_t length, sim_lint_remark *remark, void *ctx);

#endif
