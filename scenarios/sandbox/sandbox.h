#ifndef SCN_SANDBOX_SANDBOX_H
#define SCN_SANDBOX_SANDBOX_H

// A Lua state for one script that nobody has read. The script can compute, print a little,
// and call the words that the host put there; it reaches no file, clock, process or address,
// and it ends: every step, byte and text of it is counted.
//
// Steps. A step is a Lua instruction, or about as much work inside a function of the
// library: a character that a pattern was tried on, an entry that a sort moved, 64 bytes of
// a large block. An instruction of Lua may compare whole texts, so a script that has made a
// long text pays more for each instruction from then on. What a script's steps do not depend
// on is time: the same script stops at the same place on a fast machine and on a slow one.
// (One step in thousands may differ between two runs of a process: Lua seeds its hash tables
// by addresses, which moves the moment in which a table grows.)
//
// Past a limit the sandbox has ended, for good: pcall passes the error on, every further
// instruction raises it again, and each door answers with it.
//
// Doors. C enters Lua through scn_sandbox_run, _protect, _call and _resume only. No error
// leaves them as a jump. Whatever can raise, which is nearly all of the Lua API, happens
// inside one of them.
//
// Names. A script's globals are its own; the words stand behind them, and a word cannot be
// replaced. Reading a name that is neither is an error with the nearest known name.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lua.h>

#include "scenarios/sandbox/error.h"

struct scn_sandbox;

struct scn_sandbox_def {
    size_t memory_bytes; // most that the script holds at one moment; 64 MiB
    size_t source_bytes; // longest script; 256 KiB. Lua's parser is quadratic in places
    size_t text_bytes;   // longest text that a script may make; 256 KiB
    size_t print_bytes;  // most that print writes, in all; 64 KiB
    int64_t build_steps; // for running the script, and what is called without a limit; 50 M
    int64_t handler_steps; // for each resume; 10 M
    int64_t total_steps;   // for everything; 20 G, minutes of work
    // Where print goes: cleaned text (error.h) with a line feed at its end. NULL drops it.
    void (*print)(void *data, const char *text, size_t length);
    void *print_data;
};

struct scn_sandbox_def scn_sandbox_default(void);

// Returns NULL and fills the error when there is no memory. The caller closes it.
struct scn_sandbox *scn_sandbox_open(const struct scn_sandbox_def *def,
                                     struct scn_error *error);
void scn_sandbox_close(struct scn_sandbox *sandbox);

// The state itself, and the way back from any of its threads. data is the host's own pointer.
lua_State *scn_sandbox_lua(const struct scn_sandbox *sandbox);
struct scn_sandbox *scn_sandbox_of(lua_State *L);
void scn_sandbox_set_data(struct scn_sandbox *sandbox, void *data);
void *scn_sandbox_data(lua_State *L);

// --- Doors. Each returns false and fills the error where the script is at fault.

// Loads a text under its file name and runs it. The name and text are copied.
bool scn_sandbox_run(struct scn_sandbox *sandbox, const char *name, const char *text,
                     size_t length, struct scn_error *error);

// Runs f with data as a light userdata at index 1, in protected mode: for whatever the host
// does with the API by itself. What f returns is dropped.
bool scn_sandbox_protect(struct scn_sandbox *sandbox, lua_CFunction f, void *data,
                         struct scn_error *error);

// Calls the function below args arguments on the main state's stack, like lua_pcall. On an
// error the stack is as before without them.
bool scn_sandbox_call(struct scn_sandbox *sandbox, int args, int results,
                      struct scn_error *error);

enum scn_resumed {
    SCN_RESUMED_RETURNED,
    SCN_RESUMED_YIELDED,
    SCN_RESUMED_FAILED
};

// Starts or goes on with a thread, like lua_resume; its steps are counted from 0. The thread
// comes from lua_newthread inside a door, anchored by the caller. After FAILED the error is
// filled (without an excerpt if a table was raised), the raised value lies on top of the
// thread's stack, which is no table when the sandbox has ended, and the thread is to be
// dropped: one that died in the step counter would count no more if it were reset. After
// RETURNED, lua_settop(thread, 0) makes it ready for the next function.
enum scn_resumed scn_sandbox_resume(struct scn_sandbox *sandbox, lua_State *thread,
                                    int args, int *results, struct scn_error *error);

// --- Limits.

// Gives the script a fresh allowance of steps, before something else than a resume.
void scn_sandbox_allow(struct scn_sandbox *sandbox, int64_t steps);

// True past a limit; every door fails from then on.
bool scn_sandbox_has_ended(const struct scn_sandbox *sandbox);

// Bytes that Lua holds now, and the most that it ever held.
size_t scn_sandbox_bytes(const struct scn_sandbox *sandbox);
size_t scn_sandbox_peak_bytes(const struct scn_sandbox *sandbox);

// The bytes to copy for a snapshot, always at the same address; 0 in sanitizer builds, where
// there is no such block. Only between doors, and together with the host's own state.
size_t scn_sandbox_image(const struct scn_sandbox *sandbox, void **base);

// --- For words: functions in C that the script calls. These raise.

// Counts steps of work; raises past the limit. Call it before work that grows with what the
// script passes in, and inside loops.
void scn_charge(lua_State *L, int64_t steps);

// The counter itself, for an inner loop that goes on charging by hand; below 0 is too far.
int64_t *scn_steps_left(lua_State *L);

// Raises if the sandbox has ended: after a lua_pcall of a word's own, whose error is never
// to be swallowed otherwise. status is the one that lua_pcall returned, value on top.
void scn_pass_end_on(lua_State *L, int status);

// Loads a text and leaves its function on the stack: for words such as include.
void scn_load(lua_State *L, const char *name, const char *text, size_t length);

// Where the script is: the line of the innermost running function of a script.
struct scn_place {
    const char *file; // borrowed from the sandbox, which keeps it; NULL where there is none
    int line;
};
struct scn_place scn_place_here(lua_State *L);

// Raises "file:line: text" with lines of advice below (NULL: none). A zero place means here.
_Noreturn void scn_raise(lua_State *L, struct scn_place place, const char *advice,
                         const char *format, ...) __attribute__((format(printf, 4, 5)));

// Fills the excerpt of an error whose file and line the caller found by himself.
void scn_sandbox_excerpt(const struct scn_sandbox *sandbox, struct scn_error *error);

// --- Names.

// Pops a value and makes it a word.
void scn_word_set(lua_State *L, const char *name);

// Words that the language has and this program does not have yet: an array ended by NULL,
// borrowed for the sandbox's life. Using one is refused as not there yet.
void scn_words_later(lua_State *L, const char *const *names);

// Pushes a list of a table's keys, and returns how many there are: in the order of pairs, for what is
// made in the order of a table must not be left to chance.
int scn_push_keys(lua_State *L, int table);

#endif
