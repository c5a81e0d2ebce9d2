#ifndef SCN_RUNNER_PRIVATE_H
#define SCN_RUNNER_PRIVATE_H

#include "scenarios/runner/runner.h"

// Reads what lies beside a script (ctx) or in its library, and nothing else.
bool scn_script_read_beside(void *ctx, const char *name, struct scn_file *file);

#endif
