#ifndef SCN_SANDBOX_LIBRARY_H
#define SCN_SANDBOX_LIBRARY_H

// The library of a script, one source a table of Lua: base, string, table, math, utf8. What
// it has behaves as the Lua 5.4 manual says, except that
//   pairs and next go through a table in a defined order: 1, 2, ... up to the first gap, then
//     the other numbers by value, then texts by their bytes, then false and true. Keys made
//     during the traversal are not met. A table with other keys (tables, functions) has no
//     such order and is refused. An iteration costs n log n, a table that is a list less.
//   tostring and %s show "table" or "function" without an address; %p is refused.
//   sort is stable and takes any comparison, an inconsistent one too.
//   math has no generator of its own, and exp, log, sin, cos and tan have the same bits on
//     every machine.
//   pcall does not catch the end of the sandbox.
// Not there: os io debug package coroutine, load and its kin, metatables, string.dump and
// pack. Each of their names says why when it is read.

#include <lua.h>

// Leaves a copy of the value at index as text on the stack, like tostring.
void scn_library_tostring(lua_State *L, int index);

// Each pushes or sets what it is named after; called once, inside a door.
void scn_library_open_order(lua_State *L); // the words pairs and next
void scn_library_open_string(lua_State *L);
void scn_library_open_table(lua_State *L);
void scn_library_open_math(lua_State *L);

struct luaL_Reg;

// Makes a word of a table of functions. Reading a name that it lacks is an error that names
// the nearest one. The table is left on the stack, open for more.
void scn_library_table(lua_State *L, const char *name, const struct luaL_Reg *functions);

#endif
