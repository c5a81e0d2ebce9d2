#ifndef TESTS_SCENARIOS_SANDBOX_SCRIPT_H
#define TESTS_SCENARIOS_SANDBOX_SCRIPT_H

// A script in a sandbox of its own, for tests: what it printed and how it ended.

#include <stdio.h>
#include <string.h>

#include "scenarios/sandbox/sandbox.h"

struct script {
    struct scn_sandbox *sandbox;
    struct scn_error error;
    char printed[8192];
    size_t length;
    int lines;
};

static inline void script_print(void *data, const char *text, size_t length)
{
    struct script *script = data;
    size_t room = sizeof script->printed - 1 - script->length;
    length = length < room ? length : room;
    memcpy(script->printed + script->length, text, length);
    script->length += length;
    script->printed[script->length] = '\0';
    script->lines++;
}

static inline void script_open(struct script *script, struct scn_sandbox_def def)
{
    memset(script, 0, sizeof *script);
    def.print = script_print;
    def.print_data = script;
    script->sandbox = scn_sandbox_open(&def, &script->error);
    assert_non_null(script->sandbox);
    script->error.kind = SCN_ERROR_NONE;
}

static inline void script_close(struct script *script)
{
    scn_sandbox_close(script->sandbox);
}

static inline bool script_run(struct script *script, const char *text)
{
    return scn_sandbox_run(script->sandbox, "test.lua", text, strlen(text), &script->error);
}

// Small limits, so that what runs into them does so at once.
static inline struct scn_sandbox_def script_small(void)
{
    struct scn_sandbox_def def = scn_sandbox_default();
    def.memory_bytes = (size_t)8 << 20;
    def.build_steps = 2000000;
    def.handler_steps = 100000;
    return def;
}

// Runs a text by itself; the error of a text that fails, kind SCN_ERROR_NONE otherwise.
static inline struct scn_error script_try(const char *text)
{
    struct script script;
    script_open(&script, script_small());
    if (script_run(&script, text))
        script.error.kind = SCN_ERROR_NONE;
    script_close(&script);
    return script.error;
}

// The text must run to its end; a failure shows the script's own error.
static inline void script_passes(const char *text)
{
    struct scn_error error = script_try(text);
    char shown[4096];
    if (error.kind == SCN_ERROR_NONE)
        return;
    scn_error_format(&error, shown, sizeof shown);
    fail_msg("%s", shown);
}

// The text must fail with that in its message.
static inline void script_fails(const char *text, const char *message)
{
    struct scn_error error = script_try(text);
    if (error.kind == SCN_ERROR_NONE || !strstr(error.text, message))
        fail_msg("wanted \"%s\", got \"%s\" from %s", message,
                 error.kind ? error.text : "no error", text);
}

#endif
