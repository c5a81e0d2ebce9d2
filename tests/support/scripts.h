#ifndef TESTS_SUPPORT_SCRIPTS_H
#define TESTS_SUPPORT_SCRIPTS_H

// Scripts in the tests' own text, built and run as the command would, without files.

#include <stdbool.h>
#include <stdint.h>

#include "scenarios/runner/runner.h"

// Borrows the text. Its name is test.lua.
struct scn_script script_of(const char *text);

// Builds the script; false with its error.
bool script_builds(const char *text, struct scn_error *error);

// Builds and runs it on a seed; variant may be NULL. The result is to be closed.
void script_run(const char *text, const char *variant, uint64_t seed,
                struct scn_result *result);

// The digest of a run that is well: done, with balanced books. Fails the test otherwise.
uint64_t script_digest(const char *text, uint64_t seed);

// What a finished run measures by a path, over its whole time.
double script_measure(const struct scn_result *result, const char *path);

// The error as it is shown.
const char *script_error_text(const struct scn_error *error, char *text, size_t size);

#endif
