#ifndef LABS_THREAD_POOL_THREAD_POOL_H
#define LABS_THREAD_POOL_THREAD_POOL_H

// The pool of concurrent.futures.ThreadPoolExecutor, on pthreads: one line of calls, and
// threads that are begun one at a time, only when nobody is idle. The rules are those of
// CPython 3.14's Lib/concurrent/futures/thread.py and Modules/_queuemodule.c.
//
// Invariants: a call leaves the line once, to run or because it was cancelled. Threads are
// never more than max_workers and none ends before the pool closes. `idle` counts promises:
// a worker that found the line empty adds one, a submit that counts on it takes one.
// Submit and take cost O(1) and allocate nothing: the line is threaded through the calls.

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define LAB_THREAD_POOL_NOBODY UINT32_MAX

// What can be seen of a decision, in the order in which they fall.
enum lab_thread_pool_event_kind {
    LAB_THREAD_POOL_QUEUED,    // call is in the line, or in the hands of an idle worker
    LAB_THREAD_POOL_REFUSED,   // call found the line full, or the pool closed
    LAB_THREAD_POOL_GREW,      // worker is being begun, because of call
    LAB_THREAD_POOL_BEGAN,     // worker's first instruction
    LAB_THREAD_POOL_IDLED,     // worker found the line empty, and waits
    LAB_THREAD_POOL_RAN,       // worker runs call
    LAB_THREAD_POOL_DONE,      // worker has run call
    LAB_THREAD_POOL_CANCELLED, // call will never run
    LAB_THREAD_POOL_CLOSED,    // no call comes in any more
    LAB_THREAD_POOL_LEFT       // worker ends
};

struct lab_thread_pool_event {
    int64_t at_ns;
    enum lab_thread_pool_event_kind kind;
    uint32_t worker, call; // LAB_THREAD_POOL_NOBODY where there is none
};

// Time, and how threads come and wait. Injected, so that a test can drive every start and
// every wake-up; lab_thread_pool_real() is the machine's own.
struct lab_thread_pool_env {
    void *ctx;
    int64_t (*now)(void *ctx); // ns, monotonic
    // Sleeps on cond, perhaps to wake for nothing; gives the mutex up meanwhile.
    void (*wait)(void *ctx, pthread_mutex_t *mutex, pthread_cond_t *cond);
    void (*wake)(void *ctx, pthread_cond_t *cond); // all who sleep on it; mutex held
    bool (*begin)(void *ctx, pthread_t *thread, void *(*main)(void *arg), void *arg);
    void (*saw)(void *ctx, const struct lab_thread_pool_event *what); // mutex held; or null
};

struct lab_thread_pool_env lab_thread_pool_real(void);

enum lab_thread_pool_state {
    LAB_THREAD_POOL_PENDING,
    LAB_THREAD_POOL_RUNNING,
    LAB_THREAD_POOL_FINISHED,
    LAB_THREAD_POOL_DROPPED // cancelled before it ran
};

// A call and its future. Owned by the caller, who fills the first three fields; stays until
// it has finished, or the pool has closed.
struct lab_thread_pool_call {
    void (*run)(void *arg);
    void *arg;
    uint32_t id;

    // Guarded by the pool's mutex.
    enum lab_thread_pool_state state;
    struct lab_thread_pool_call *next; // behind this one in the line
};

struct lab_thread_pool_def {
    uint32_t max_workers; // CPython: min(32, cores + 4)
    uint32_t capacity;    // of the line, cancelled calls in it included; CPython: no limit
    // A put gives its call to the worker that sleeps longest, as SimpleQueue does since 3.13.
    // Before, the worker was woken only, and who came first had the call.
    bool hands_over;
    struct lab_thread_pool_env env;
};

// No limit to the line, hand-over, the machine's time, and CPython's own count of workers.
struct lab_thread_pool_def lab_thread_pool_default(uint32_t cores);

struct lab_thread_pool;

struct lab_thread_pool_worker {
    struct lab_thread_pool *pool;
    uint32_t id;
    pthread_t thread;
    pthread_cond_t called;

    // Guarded by the pool's mutex.
    bool has_begun, is_asleep;
    struct lab_thread_pool_call *gift; // handed over; null when only woken
    struct lab_thread_pool_worker *next_asleep;
};

struct lab_thread_pool {
    struct lab_thread_pool_def def;
    struct lab_thread_pool_worker *workers; // max_workers of them, the pool's own
    struct lab_thread_pool_call end; // in the line: what is behind it is never reached

    pthread_mutex_t mutex;
    pthread_cond_t submittable, begun, finished, ended;

    // Guarded by mutex.
    struct lab_thread_pool_call *first, *last;
    struct lab_thread_pool_worker *first_asleep, *last_asleep;
    uint32_t queued, idle, started, left;
    bool is_submitting, is_closed; // is_submitting: the shutdown lock of the executor
};

// False when the system has no memory or no mutex to give; nothing is left then.
bool lab_thread_pool_init(struct lab_thread_pool *p, const struct lab_thread_pool_def *def);
void lab_thread_pool_fini(struct lab_thread_pool *p); // closed, and nobody uses it any more

enum lab_thread_pool_answer {
    LAB_THREAD_POOL_ACCEPTED,
    LAB_THREAD_POOL_FULL,
    LAB_THREAD_POOL_TOO_LATE, // the pool has closed
    LAB_THREAD_POOL_NO_THREAD // there is no worker, and the system gave none
};

// Blocks while another submits; and until the new thread has begun, if the pool grows.
enum lab_thread_pool_answer lab_thread_pool_submit(struct lab_thread_pool *p,
                                                   struct lab_thread_pool_call *call);

// True when the call will never run. A call that runs, or has run, cannot be cancelled.
bool lab_thread_pool_cancel(struct lab_thread_pool *p, struct lab_thread_pool_call *call);

// Blocks until an accepted call has finished, or has been cancelled.
enum lab_thread_pool_state lab_thread_pool_await(struct lab_thread_pool *p,
                                                 struct lab_thread_pool_call *call);

enum lab_thread_pool_rest {
    LAB_THREAD_POOL_DRAIN, // what is in the line still runs: shutdown()
    LAB_THREAD_POOL_CANCEL // it does not: shutdown(cancel_futures=True)
};

// Refuses calls from now on, and blocks until every worker has ended. Once only.
void lab_thread_pool_close(struct lab_thread_pool *p, enum lab_thread_pool_rest rest);

#endif
