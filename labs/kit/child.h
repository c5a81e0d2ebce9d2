#ifndef LABS_KIT_CHILD_H
#define LABS_KIT_CHILD_H

// Runs a program and reads what it prints, with an end: when its time is up, or the caller wants
// to stop, it is killed with all that it has begun. It is in a process group of its own and has
// an environment of its own, so that what it does depends on nothing here.
// It ends with the thread that runs it, even where that is killed: the kernel sees to it. What
// it begins itself must ask the kernel for the same.

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct lab_child_def {
    const char *const *argv; // argv[0]: the program's file; NULL after the last
    double limit_s;
    bool (*goes_on)(void *ctx); // asked now and then; false stops it; may be null
    void *ctx;
    int core; // whose other work is told, or -1: all of them together
};

enum lab_child_end {
    LAB_CHILD_WELL,
    LAB_CHILD_FAILED, // it could not be begun, or ended with another status than 0
    LAB_CHILD_LATE,   // killed when its time was up
    LAB_CHILD_STOPPED // killed because the caller wanted to stop
};

#define LAB_CHILD_OUTPUT 8192

struct lab_child {
    enum lab_child_end end;
    char output[LAB_CHILD_OUTPUT + 1]; // what it printed, errors too; what is longer is cut
    size_t length;
    double wall_s;
    // How many cores others kept busy meanwhile, on average; below 0 where the system does not
    // say.
    double others;
};

void lab_child_run(const struct lab_child_def *def, struct lab_child *out);

// A program that goes on beside the caller until that ends it, as a server does. What it prints
// is not read; it has room for 64 kB of it.
struct lab_companion {
    pid_t pid; // of its group too; 0 when there is none
    int out;
};

bool lab_companion_begin(struct lab_companion *c, const char *const *argv);
bool lab_companion_lives(const struct lab_companion *c);
// Kills it with all that it has begun, and reaps it. Ending twice is harmless.
void lab_companion_end(struct lab_companion *c);

// The last line that is not empty: of a failure, mostly its reason. Ends the output with it.
const char *lab_child_last_line(struct lab_child *c);

#endif
