#ifndef LABS_SHED_THROTTLE_H
#define LABS_SHED_THROTTLE_H

// A client that sends less to a server that refuses: of each call it rejects, by itself and with
// this chance, max(0, (requests - K * accepts) / (requests + 1)), over the last two minutes. In the
// steady state the server sees K times what it accepts. Time and chance are given: ns of a clock
// that does not go back, draws uniform in [0, 1). Constant time.
//
// `requests` are all that were asked for, those rejected here among them and those whose answer is
// still to come. Counting when the answer comes is a bug that was real (go-zero, issue 5011): it
// is here to be looked at.
//
// Source: Site Reliability Engineering (2016), "Handling Overload".

#include <stdbool.h>
#include <stdint.h>

#define LAB_THROTTLE_SLICES 120

enum lab_throttle_count {
    LAB_THROTTLE_WHEN_ASKED,   // right
    LAB_THROTTLE_WHEN_ANSWERED // wrong: a server that does not answer is never throttled
};

struct lab_throttle_def {
    double k;
    int64_t window_ns;
    enum lab_throttle_count count;
};

struct lab_throttle_def lab_throttle_default(void); // K = 2, two minutes

struct lab_throttle_slice {
    uint32_t requests, accepts;
};

// Of the last slices of the window, the running one included; they begin at multiples of their
// length.
struct lab_throttle {
    struct lab_throttle_def def; // constant
    struct lab_throttle_slice slices[LAB_THROTTLE_SLICES], total;
    int64_t at; // the number of the running slice
};

void lab_throttle_init(struct lab_throttle *t, const struct lab_throttle_def *def);

// The chance with which a call that comes now is rejected, before it is counted itself.
double lab_throttle_chance(struct lab_throttle *t, int64_t now_ns);

// Whether the call may be sent. `draw` decides; it is counted either way.
bool lab_throttle_allows(struct lab_throttle *t, double draw, int64_t now_ns);

// The server answered: it accepted the call, whatever came of it, or refused it.
void lab_throttle_answered(struct lab_throttle *t, bool was_accepted, int64_t now_ns);

#endif
