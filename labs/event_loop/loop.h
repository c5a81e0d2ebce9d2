#ifndef LABS_EVENT_LOOP_LOOP_H
#define LABS_EVENT_LOOP_LOOP_H

// asyncio's event loop, on epoll: a queue of callbacks that are ready, a heap of timers, and
// one thread that runs the callbacks one after the other, each to its end. The rules are
// those of CPython 3.14's asyncio/base_events.py, selector_events.py and selectors.py.
//
// Invariants: callbacks run in the order in which they became ready. An iteration runs those
// that were ready when its poll was over, and no others. Nothing but call_soon_threadsafe may
// be used by another thread.
//
// What the loop gives out lives until the loop is closed: there is no collector here. Memory
// that cannot be had ends the program.

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "labs/event_loop/timers.h"

#define LAB_LOOP_NOBODY        UINT32_MAX
#define LAB_LOOP_MAX_POLL_NS   86400000000000 // MAXIMUM_SELECT_TIMEOUT: a day
#define LAB_LOOP_RESOLUTION_NS 1              // of the monotonic clock on Linux
#define LAB_LOOP_MIN_TIMERS    100            // fewer are never swept
#define LAB_LOOP_SLOW_NS       100000000      // slow_callback_duration, in debug mode

// What can be seen of a decision, in the order in which they fall.
enum lab_loop_event_kind {
    LAB_LOOP_POLLED,      // begins to poll, for `value` ms; -1: until something happens
    LAB_LOOP_RAN,         // runs a callback that has a tag: `who`
    LAB_LOOP_SLOW,        // that took too long: `value` ns
    LAB_LOOP_LAGGED,      // the probe is `value` ns late
    LAB_LOOP_TASK_BEGAN,  // task `who` runs for the first time
    LAB_LOOP_TASK_NOTED,  // task `who` passed its mark number `value`
    LAB_LOOP_TASK_CAUGHT, // task `who` swallowed a cancellation
    LAB_LOOP_TASK_ENDED,  // task `who` ended, `value` is an enum lab_exc
    LAB_LOOP_JOB_RAN,     // a thread runs job `who`; `value` is the thread
    LAB_LOOP_JOB_DONE,    // it has run it
    LAB_LOOP_JOB_DROPPED  // job `who` was cancelled in the line
};

struct lab_loop_event {
    int64_t at_ns;
    enum lab_loop_event_kind kind;
    uint32_t who;
    int64_t value;
};

// Time, and how it passes. Injected, so that a script can drive every expiry and wake-up;
// lab_loop_real() is the machine's own. Threads of the pool use all but poll.
struct lab_loop_env {
    void *ctx;
    int64_t (*now)(void *ctx); // ns, monotonic
    int (*poll)(void *ctx, int epoll_fd, struct epoll_event *out, int cap, int timeout_ms);
    void (*sent)(void *ctx);             // a byte went to the loop; may be null
    void (*burn)(void *ctx, int64_t ns); // computes
    void (*sleep)(void *ctx, int64_t ns);
    // Sleeps on cond, perhaps to wake for nothing; gives the mutex up meanwhile.
    void (*wait)(void *ctx, pthread_mutex_t *mutex, pthread_cond_t *cond);
    void (*wake)(void *ctx, pthread_cond_t *cond); // all who sleep on it; mutex held
    bool (*begin)(void *ctx, pthread_t *thread, void *(*main)(void *arg), void *arg);
    void (*saw)(void *ctx, const struct lab_loop_event *what); // may be null; any thread
};

struct lab_loop_env lab_loop_real(void);

struct lab_loop_handle {
    void (*run)(void *arg);
    void *arg;
    uint32_t tag;    // LAB_LOOP_NOBODY: not worth an event
    int64_t when_ns; // of a timer
    bool is_cancelled;
    bool is_scheduled; // in the heap

    // Guarded by the loop's mutex.
    struct lab_loop_handle *next; // in the ready queue
};

struct lab_loop {
    struct lab_loop_env env;
    int64_t slow_ns; // INT64_MAX: nobody looks, as without debug mode
    int epoll_fd, pipe[2];

    // The loop's thread only.
    struct lab_timers timers;
    uint32_t cancelled_timers;
    uint32_t descriptors; // registered with epoll
    bool is_stopping;
    struct lab_loop_handle wakeup; // reads the pipe
    int64_t probe_ns, probe_due_ns;

    pthread_mutex_t mutex;

    // Guarded by mutex.
    struct lab_loop_handle *first, *last; // ready
    uint32_t ready;
    struct lab_loop_kept *kept; // all that was given out
};

// False when the system has no descriptor or mutex to give; nothing is left then.
bool lab_loop_init(struct lab_loop *l, struct lab_loop_env env);
void lab_loop_fini(struct lab_loop *l); // no thread uses it any more

// Runs iterations until somebody has called stop; the last one is finished.
void lab_loop_run(struct lab_loop *l);
void lab_loop_stop(struct lab_loop *l);

struct lab_loop_handle *lab_loop_call_soon(struct lab_loop *l, void (*run)(void *arg),
                                           void *arg, uint32_t tag);
struct lab_loop_handle *lab_loop_call_at(struct lab_loop *l, int64_t when_ns,
                                         void (*run)(void *arg), void *arg, uint32_t tag);

// From any thread: call_soon, and a byte for the poll to see.
void lab_loop_call_soon_threadsafe(struct lab_loop *l, void (*run)(void *arg), void *arg,
                                   uint32_t tag);

// It will not run. It stays where it is until the loop comes by; harmless afterwards.
void lab_loop_cancel(struct lab_loop *l, struct lab_loop_handle *h);

// Runs the callback in each iteration whose poll finds fd readable. False when epoll refuses.
bool lab_loop_add_reader(struct lab_loop *l, int fd, void (*run)(void *arg), void *arg);
void lab_loop_remove_reader(struct lab_loop *l, int fd);

// From now on a timer goes off period_ns after it last did, and says how late it is.
void lab_loop_probe(struct lab_loop *l, int64_t period_ns);

// Zeroed memory that lives as long as the loop. From any thread.
void *lab_loop_keep(struct lab_loop *l, size_t size);

int64_t lab_loop_now(const struct lab_loop *l);
void lab_loop_saw(const struct lab_loop *l, enum lab_loop_event_kind kind, uint32_t who,
                  int64_t value);

#endif
