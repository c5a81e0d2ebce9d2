#ifndef LABS_SHED_CODEL_H
#define LABS_SHED_CODEL_H

// CoDel: which of those that come to the head of a queue to drop, told by how long each has been
// in it. A queue may be long for a moment, that is what it is for; when nobody got through in less
// than the target for a whole interval it is a standing one, and drops begin: one, then the next
// after interval / sqrt(2), after interval / sqrt(3) and so on, until the target is met.
//
// Time is given, in ns. Constant time and memory. Source: RFC 8289, section 5.

#include <stdbool.h>
#include <stdint.h>

struct lab_codel_def {
    int64_t target_ns, interval_ns;
};

struct lab_codel_def lab_codel_default(void); // 5 ms and 100 ms

// Zero at first.
struct lab_codel {
    bool is_dropping;
    bool is_above; // the target, since above_ns
    int64_t above_ns;
    int64_t next_ns;       // dropping: when the next one goes
    bool has_begun;        // the first of a spell went, and nobody has been looked at since
    bool has_dropped;      // one went, and next_ns is still what it was due at
    uint32_t count;        // dropping: how many have gone
    uint32_t count_before; // when the last spell of dropping began
};

enum lab_codel_verdict {
    LAB_CODEL_PASS, // it goes on to be served
    LAB_CODEL_DROP  // it is dropped: look at the next one at this instant
};

// The head of the queue has waited for so long. `is_last` says that nothing is behind it.
enum lab_codel_verdict lab_codel_look(struct lab_codel *c, const struct lab_codel_def *def,
                                      int64_t waited_ns, bool is_last, int64_t now_ns);

// The queue was found empty.
void lab_codel_empty(struct lab_codel *c);

#endif
