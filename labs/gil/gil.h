#ifndef LABS_GIL_GIL_H
#define LABS_GIL_GIL_H

// CPython's global interpreter lock, on pthreads: one thread at a time runs bytecode, and a
// thread that waits a whole interval may ask the holder to let go. The rules are those of
// Python/ceval_gil.c as of CPython 3.14 (3.11 to 3.13 decide alike).
//
// Invariants: at most one thread holds the lock. `switch_no` counts the takes by a thread
// other than the one before. Nobody queues: a free lock belongs to whoever comes first.
// Uncontended, take and drop cost a lock and an unlock of the mutex each.

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define LAB_GIL_FOREVER             INT64_MAX
#define LAB_GIL_DEFAULT_INTERVAL_NS 5000000 // sys.getswitchinterval()

// What can be seen of a decision, in the order in which they fall.
enum lab_gil_event_kind {
    LAB_GIL_TOOK,    // thread holds the lock now
    LAB_GIL_ASKED,   // thread waited a whole interval and asked the holder to let go
    LAB_GIL_DROPPED, // thread let go, by request or not
    LAB_GIL_YIELDED  // thread let go by request, and waits until another has the lock
};

struct lab_gil_event {
    int64_t at_ns;
    enum lab_gil_event_kind kind;
    uint32_t thread;
};

// Time, and how threads pass it. Injected, so that a test can drive every expiry and every
// wake-up; lab_gil_real() is the machine's own. `id` is the calling thread's. wait and wake
// are called with the lock's mutex held, and wait gives it up while it sleeps.
struct lab_gil_env {
    void *ctx;
    int64_t (*now)(void *ctx); // ns, monotonic
    // True when it was woken (perhaps for nothing), false when the deadline passed.
    bool (*wait)(void *ctx, uint32_t id, pthread_mutex_t *mutex, pthread_cond_t *cond,
                 int64_t deadline_ns);
    void (*wake)(void *ctx, pthread_cond_t *cond);            // one waiter, if any
    void (*burn)(void *ctx, uint32_t id, int64_t ns);         // computes
    void (*sleep)(void *ctx, uint32_t id, int64_t ns);        // is in a system call
    void (*saw)(void *ctx, const struct lab_gil_event *what); // mutex held; may be null
};

struct lab_gil_env lab_gil_real(void);

// One thread's part. Owned by the caller; stays until the lock has been closed.
struct lab_gil_thread {
    uint32_t id;
    atomic_bool asked; // the drop-request bit of the eval breaker: set by others
};

struct lab_gil {
    struct lab_gil_env env;
    int64_t interval_ns; // constant while threads run
    pthread_mutex_t mutex;

    // Guarded by mutex.
    bool held;
    struct lab_gil_thread *last_holder; // also the holder, while held
    uint64_t switch_no;
    pthread_cond_t released; // waiters: somebody let go
    pthread_cond_t switched; // a dropper: another thread has taken the lock
};

// False when the system has no mutex or condition to give; nothing is left then.
bool lab_gil_init(struct lab_gil *g, int64_t interval_ns, struct lab_gil_env env);
void lab_gil_fini(struct lab_gil *g); // no thread uses it any more

void lab_gil_thread_init(struct lab_gil_thread *t, uint32_t id);

// Blocks until t holds the lock.
void lab_gil_take(struct lab_gil *g, struct lab_gil_thread *t);

// Lets go, as before a system call. Blocks after a request until another thread has the lock.
void lab_gil_drop(struct lab_gil *g, struct lab_gil_thread *t);

// Lets go for good, at a thread's end: waits for nobody.
void lab_gil_leave(struct lab_gil *g, struct lab_gil_thread *t);

// The check between two steps of bytecode: lets go and takes again, if somebody asked.
void lab_gil_check(struct lab_gil *g, struct lab_gil_thread *t);

#endif
