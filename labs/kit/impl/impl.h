#ifndef LABS_KIT_IMPL_IMPL_H
#define LABS_KIT_IMPL_IMPL_H

// An implementation from outside, in a process of its own: labs/host. It is asked, and what it
// answers is numbers; whether they are right is decided here. However it ends is an answer too.

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct lab_impl_def {
    const char *pattern; // "rate_limit"
    const char *file;    // the shared library
    const char *host;    // the program that loads it
    // Of each process: beyond them it is ended. idle_s: how long all of them together may do
    // nothing while they are waited for.
    uint32_t cpu_s, memory_mb, idle_s;
    bool (*goes_on)(void *ctx); // asked while it is waited for; NULL: for ever
    void *ctx;
};

// Ten seconds of CPU, 256 MB, ten seconds of doing nothing.
void lab_impl_default(struct lab_impl_def *def);

enum lab_impl_end {
    LAB_IMPL_RUNS,
    LAB_IMPL_NOT_LOADABLE, // detail: why
    LAB_IMPL_OTHER_VERSION,
    LAB_IMPL_NOT_THERE, // it says that it has not what it was asked for; it runs on
    LAB_IMPL_CRASHED,
    LAB_IMPL_FORBIDDEN,
    LAB_IMPL_BEYOND, // a limit
    LAB_IMPL_LEFT,   // it ended by itself
    LAB_IMPL_GARBLED // what it said is no answer
};

// Embedded by its owner.
struct lab_impl {
    struct lab_impl_def def; // its texts are borrowed
    enum lab_impl_end end;
    char detail[200]; // of an end: "crashed: segmentation fault"
    char folder[64];  // its own, empty
    pid_t process;    // 0: none
    int wire, output;
    uint32_t printed;  // bytes
    uint32_t restarts; // how often it has been begun anew
    uint32_t idle_ms;  // for how long it did nothing while it was waited for
    int64_t looked_ms; // when that was last looked at
    double spent_s;    // CPU of those that have ended
};

// Begins the process and loads the library. False: `end` and `detail` say why.
bool lab_impl_open(struct lab_impl *i, const struct lab_impl_def *def);
void lab_impl_close(struct lab_impl *i);

// Asks, and waits for so many numbers. False: `end` says why there are none.
bool lab_impl_ask(struct lab_impl *i, const int64_t *in, uint32_t count, int64_t *out,
                  uint32_t wanted);

// Begins it anew after it has ended. False: it cannot be, or has taken too much already: as much
// as one process may, or 100 of them.
bool lab_impl_again(struct lab_impl *i);

// ---- Patterns that have an interface ----

struct lab_verify_def;
struct lab_report;

// Whether a pattern has one; NULL after the last of the names.
const char *lab_impl_pattern(uint32_t n);

// A file to begin with, which compiles, and implements nothing yet.
const char *lab_impl_template(const char *pattern);

// Judges an implementation as `convoy verify` does the shipped one. Returns LAB_IMPL_RUNS when it has
// been judged, whatever the verdict; NOT_LOADABLE or OTHER_VERSION with the reason in `why`.
enum lab_impl_end lab_impl_verify(const struct lab_impl_def *impl,
                                  const struct lab_verify_def *def, struct lab_report *out,
                                  char *why, uint32_t size);

#endif
