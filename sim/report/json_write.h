#ifndef SIM_REPORT_JSON_WRITE_H
#define SIM_REPORT_JSON_WRITE_H

// Writes JSON (RFC 8259) piece by piece: commas, line ends and escapes come by themselves.
// Inside an object each value has a key before it, inside an array the key is NULL. What is
// written is ASCII where it can be: characters of scripts are kept as UTF-8, and bytes that
// are none become U+FFFD.

#include <stdbool.h>
#include <stdint.h>

#include "sim/report/sink.h"

// The depth to which members stand on lines of their own; what lies deeper is on one line,
// so that a row of a series, or the figures of a client, can be found with grep.
#define SIM_JSON_LINES 2

struct sim_json {
    struct sim_sink sink;
    int depth;
    bool is_first; // of the innermost object or array
};

void sim_json_init(struct sim_json *j, const struct sim_sink *sink);

void sim_json_open(struct sim_json *j, const char *key);       // an object
void sim_json_close(struct sim_json *j);                       // its end
void sim_json_open_array(struct sim_json *j, const char *key); // an array
void sim_json_close_array(struct sim_json *j);

void sim_json_number(struct sim_json *j, const char *key, double x); // null without samples
void sim_json_whole(struct sim_json *j, const char *key, uint64_t x);
void sim_json_text(struct sim_json *j, const char *key, const char *text); // NULL: null
void sim_json_bool(struct sim_json *j, const char *key, bool x);
void sim_json_null(struct sim_json *j, const char *key);

// A string alone, for writers that lay out their lines themselves.
void sim_json_quote(const struct sim_sink *sink, const char *text);

#endif
