#ifndef SCN_HOST_ARGS_H
#define SCN_HOST_ARGS_H

// Reading the table of options that a word was given. Every key that the word does not ask
// for is an error with the nearest known one, so nothing is ignored silently; the keys are
// told by the asking, there is no second list. All errors are Lua errors, with the line of
// the call in front.

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCN_ARGS_KEYS 80

struct scn_args {
    lua_State *L;
    int table;     // absolute index, 0 when there is none
    char what[96]; // for messages: service "db"
    const char *keys[SCN_ARGS_KEYS];
    uint32_t count;
    bool list_read;
};

// The table at an index, or nothing there (nil or none), which reads like an empty one.
void scn_args_open(lua_State *L, int index, const char *what, struct scn_args *a);

// Each returns false, and leaves the value alone, when the key is not there or is false.
bool scn_args_number(struct scn_args *a, const char *key, double *value, double min,
                     double max);
bool scn_args_integer(struct scn_args *a, const char *key, uint32_t *value, uint32_t min,
                      uint32_t max);
bool scn_args_duration(struct scn_args *a, const char *key, int64_t *ns); // 0 to 1e7 s
bool scn_args_boolean(struct scn_args *a, const char *key, bool *value);
bool scn_args_is_false(struct scn_args *a,
                       const char *key); // of one for which that is no nothing
bool scn_args_cancel(struct scn_args *a, bool *value); // the key "cancel", a delay to come
bool scn_args_string(struct scn_args *a, const char *key, char *text, size_t size);
// One of names, NULL after the last; its place.
bool scn_args_choice(struct scn_args *a, const char *key, const char *const *names,
                     uint32_t *value);

// Pushes whatever is there; pushes nothing and returns false when there is nothing. A false
// counts as nothing.
bool scn_args_push(struct scn_args *a, const char *key);

// The list part: its length, and item i from 1, pushed. A false in it is nothing: it is pushed as
// such and is for the caller to pass over. A hole is an error.
uint32_t scn_args_list(struct scn_args *a);
void scn_args_push_item(struct scn_args *a, uint32_t i);

// A key of the language that has not landed: refused as such when it is used.
void scn_args_later(struct scn_args *a, const char *key);

// Refuses every key that nobody asked for.
void scn_args_close(struct scn_args *a);

// Raises an error: the line of the word's caller, what, and the text.
int scn_args_fail(struct scn_args *a, const char *format, ...);

// Refuses a table without a key that it needs: text says which and how it is written. Where
// one of its own keys looks like one of the wanted (NULL after the last), that is the error.
int scn_args_lack(struct scn_args *a, const char *const *wanted, const char *text);

// For arguments outside of tables.
double scn_check_number(lua_State *L, int index, const char *what, double min, double max);
int64_t scn_check_duration(lua_State *L, int index, const char *what);
void scn_check_name(lua_State *L, int index, const char *what, char *text, size_t size);
// A text that may contain anything but zeros.
void scn_check_text(lua_State *L, int index, const char *what, char *text, size_t size);
int scn_fail(lua_State *L, const char *format, ...);

// Which of these names that is, NULL being after the last; where it is none: "there is no WHAT
// "NAME"", with advice.
uint32_t scn_name_among(lua_State *L, const char *what, const char *name,
                        const char *const *names);

#endif
