#ifndef LABS_EVENT_LOOP_FUTURE_H
#define LABS_EVENT_LOOP_FUTURE_H

// asyncio's Future: pending, then done once, with a result or an exception, or cancelled.
// Who waits is told by a callback in a later turn of the loop, never at once. The loop's
// thread only; what is made here lives as long as the loop.

#include "labs/event_loop/loop.h"

// The exceptions that matter here. Results have no value.
enum lab_exc {
    LAB_EXC_NONE,
    LAB_EXC_ERROR,
    LAB_EXC_TIMEOUT,  // TimeoutError
    LAB_EXC_GROUP,    // ExceptionGroup
    LAB_EXC_CANCELLED // CancelledError
};

enum lab_future_state {
    LAB_FUTURE_PENDING,
    LAB_FUTURE_DONE,
    LAB_FUTURE_CANCELLED
};

struct lab_future_callback {
    void (*run)(void *arg);
    void *arg;
    bool is_removed;
    struct lab_future_callback *next;
};

struct lab_future {
    struct lab_loop *loop;
    enum lab_future_state state;
    enum lab_exc exc; // of one that is done; LAB_EXC_NONE is a result
    struct lab_future_callback *first, *last;
    // What a cancel does; a task passes it on. False when it did nothing.
    bool (*cancel)(struct lab_future *f);
};

void lab_future_init(struct lab_future *f, struct lab_loop *l);
struct lab_future *lab_future_new(struct lab_loop *l);

bool lab_future_is_done(const struct lab_future *f); // or cancelled

// What an await of it raises, once it is done.
enum lab_exc lab_future_result(const struct lab_future *f);

void lab_future_set(struct lab_future *f, enum lab_exc exc); // pending until now

// As an awaiting task would; and the future's own part of it. False when it did nothing.
bool lab_future_cancel(struct lab_future *f);
bool lab_future_mark_cancelled(struct lab_future *f);

// Tells when it is done, by call_soon; also if it is so already.
struct lab_future_callback *lab_future_then(struct lab_future *f, void (*run)(void *arg),
                                            void *arg);

#endif
