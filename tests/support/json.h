#ifndef TESTS_SUPPORT_JSON_H
#define TESTS_SUPPORT_JSON_H

// A strict reader of JSON (RFC 8259), for tests of what the program writes: it refuses all that
// the grammar does not allow, text that is not UTF-8, and a key twice in one object. Numbers
// and strings stay as they were written: what is exact in the text stays exact.

#include <stdbool.h>
#include <stddef.h>

enum json_type {
    JSON_NULL,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json {
    enum json_type type;
    const char *text; // as written; a string without its quotes, escapes left as they are
    size_t size;
    const char *key; // in an object, as written
    size_t key_size;
    const struct json *child, *next;
};

struct json_document {
    struct json *nodes; // the first is the whole
    size_t count;
    const char *error; // what is wrong, and where; NULL: nothing
    size_t at;
};

// The text is borrowed for the document's life. False with an error.
bool json_read(struct json_document *d, const char *text, size_t size);
void json_free(struct json_document *d);

// Of an object; NULL when it is no object or has no such key.
const struct json *json_at(const struct json *object, const char *key);
bool json_is(const struct json *string, const char *text); // a string with that content

#endif
