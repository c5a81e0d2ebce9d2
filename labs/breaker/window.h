#ifndef LABS_BREAKER_WINDOW_H
#define LABS_BREAKER_WINDOW_H

// How many of the latest calls failed, and how many were slow. The latest are either the last
// so many calls, or those of the last so many slices of time, the running one included; slices
// begin at whole multiples of their length. Adding takes constant time, and so does asking.

#include <stdbool.h>
#include <stdint.h>

struct lab_window_counts {
    uint32_t calls, failures, slow;
};

// Private to window.c. The total is that of all places.
struct lab_window {
    uint32_t size;
    int64_t slice_ns;                 // 0: calls and not time
    struct lab_window_counts *places; // a ring: one call each, or one slice each; owned
    struct lab_window_counts total;
    int64_t at; // calls: how many ever were; time: the number of the running slice
};

// False when there is no memory. A size of 0 remembers nothing.
bool lab_window_init(struct lab_window *w, uint32_t size, int64_t slice_ns);
void lab_window_fini(struct lab_window *w);

void lab_window_clear(struct lab_window *w);
void lab_window_add(struct lab_window *w, bool failed, bool was_slow, int64_t now_ns);
struct lab_window_counts lab_window_counts(struct lab_window *w, int64_t now_ns);

#endif
