#ifndef SCN_SANDBOX_SLIPS_H
#define SCN_SANDBOX_SLIPS_H

// What somebody who has written Python, or anything else that is not Lua, most often means by a line
// that Lua cannot read or run. Lua's own words are those of a compiler.

#include "scenarios/sandbox/error.h"

// Adds advice to an error that has none, by its text and by the line that it shows.
void scn_slips_advise(struct scn_error *error);

#endif
