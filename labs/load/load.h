#ifndef LABS_LOAD_LOAD_H
#define LABS_LOAD_LOAD_H

// An open-loop HTTP/1.1 client for one server on this machine: requests are sent at the times
// that were drawn for them beforehand, whether or not earlier ones have been answered, and a
// latency counts from the time at which a request was meant to be sent. A client that waits for
// an answer before it asks again would leave out just those requests that met a stalled
// server (coordinated omission; G. Tene, "How NOT to Measure Latency").
//
// Each request has a connection of its own, over a Unix socket: no port is taken, and nobody
// else can be reached by mistake. One thread, one epoll; a request costs some 150 bytes.
// A socket whose name begins with '@' is an abstract one (unix(7)), which is nowhere on disk.

#include <stdbool.h>
#include <stdint.h>

#define LAB_LOAD_LONGEST_S 1e6

struct lab_load_def {
    const char *socket; // path of the server's socket, or '@' and a name
    const char *path;   // of the request, with its query: "/work?cpu=0.002"
    double rate_per_s; // above 0, and such that all requests come within LAB_LOAD_LONGEST_S
    uint32_t requests;
    bool is_even;   // at equal distances; else a Poisson process
    uint32_t group; // so many are meant for one moment; 0 is as 1
    uint64_t seed;
    int64_t timeout_ns;       // from the intended time; then the connection is closed
    const volatile int *stop; // may be null; not 0: send no more, wait for none
};

enum lab_load_end {
    LAB_LOAD_OK,     // status 200 and a whole answer
    LAB_LOAD_STATUS, // another status
    LAB_LOAD_CUT,    // refused, or closed before the answer was whole
    LAB_LOAD_TIMEOUT,
    LAB_LOAD_UNSENT // stopped before its time
};

struct lab_load_sample {
    int64_t intended_ns; // from the start of the load
    int64_t latency_ns;  // from the intended time to the end, whichever end it was
    // How much later the client began to connect than it should have: than intended, or, where the
    // server's backlog was full then, than it meant to try again.
    int64_t late_ns;
    int status; // of HTTP; 0 where none came
    enum lab_load_end end;
};

// Runs the load and fills samples[def->requests], in order of intended times; owned by the
// caller. Returns false, with nothing started, when the system lacks memory or descriptors,
// the socket's path is too long, or the rate is none.
bool lab_load_run(const struct lab_load_def *def, struct lab_load_sample *samples);

// The q-th quantile (0 to 1) of the latencies of good answers from the intended time `from_ns`
// on, or -1 when there is none.
int64_t lab_load_quantile(const struct lab_load_sample *samples, uint32_t n,
                          int64_t from_ns, double q);

// The q-th quantile of how late the client itself was, or 0 where nothing was sent.
int64_t lab_load_lateness(const struct lab_load_sample *samples, uint32_t n, double q);

uint32_t lab_load_count(const struct lab_load_sample *samples, uint32_t n,
                        enum lab_load_end end);

#endif
