#ifndef LABS_PROCESS_POOL_PROCESS_POOL_H
#define LABS_PROCESS_POOL_PROCESS_POOL_H

// The pool of concurrent.futures.ProcessPoolExecutor, with fork and pipes. A call goes from the
// submitter to a manager thread, from there to a feeder thread, through a pipe to whichever
// worker is idle longest, and its result through another pipe back to the manager. The rules
// are those of CPython 3.14's Lib/concurrent/futures/process.py and multiprocessing/queues.py.
//
// Invariants: at most max_workers + 1 calls are in the pipe besides those that run; these are
// beyond cancellation. The manager looks for more only when a result or a submit wakes it.
// Every accepted call ends in exactly one way, whoever is killed when. When the parent dies,
// the kernel kills the workers; nothing is ever on disk.
//
// No time is measured and nothing is drawn: there is nothing to inject.

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LAB_PROCESS_POOL_NOBODY      UINT32_MAX
#define LAB_PROCESS_POOL_MAX_WORKERS 61 // as in CPython on the system that allows fewest
#define LAB_PROCESS_POOL_EXTRA_CALLS 1  // EXTRA_QUEUED_CALLS

enum lab_process_pool_state {
    LAB_PROCESS_POOL_PENDING,   // in the parent: can be cancelled
    LAB_PROCESS_POOL_HANDED,    // in the pipe or on a worker: cannot
    LAB_PROCESS_POOL_DONE,      // `result` is there
    LAB_PROCESS_POOL_CANCELLED, // never ran
    LAB_PROCESS_POOL_BROKEN,    // the pool broke first: BrokenProcessPool
    LAB_PROCESS_POOL_DIED       // its worker died of it, and the pool lives on
};

struct lab_process_pool_line; // process_line.h

// A call and its future. Owned by the caller, who fills the first fields; stays until
// it is over, one that was cancelled until fini. `run` is called in a process that was forked: it sees the parent's memory as
// it was when the worker was begun, and may use nothing that another thread may have locked.
struct lab_process_pool_call {
    int64_t (*run)(int64_t arg);
    int64_t arg;
    uint32_t id;
    // With bytes `change` is called instead of run, with a copy; as that leaves them, they come back
    // to their place, which is the pool's until await has returned. Null: none.
    int64_t (*change)(int64_t arg, void *bytes, size_t size);
    void *bytes;
    size_t size; // at least 1

    // Guarded by the pool's mutex.
    enum lab_process_pool_state state;
    int64_t result;
    uint64_t number;                    // of those that were handed over, in their order
    struct lab_process_pool_call *next; // in the line of the pending
};

enum lab_process_pool_start {
    LAB_PROCESS_POOL_ALL_AT_FIRST, // with the first submit, as CPython does with fork
    LAB_PROCESS_POOL_ON_DEMAND // one for a submit that finds none idle: spawn, forkserver
};

struct lab_process_pool;

struct lab_process_pool_def {
    uint32_t max_workers; // CPython: the number of cores
    enum lab_process_pool_start start;
    uint32_t max_tasks; // of a worker, which then ends; 0: no limit. Implies ON_DEMAND
    // A worker that dies takes its call along and is replaced. In CPython, false: it takes the
    // pool along, and every call that is not over.
    bool is_isolated;
    // The manager, with the mutex, has begun the worker of that place (done is 0), is about to
    // act on its reply (the number of the call + 1), or has reaped it (the place is free). A
    // script takes the races between the manager and the workers here. May be null.
    void (*heard)(void *ctx, struct lab_process_pool *p, uint32_t place, uint64_t done);
    void *ctx;
};

struct lab_process_pool_def lab_process_pool_default(uint32_t cores);

struct lab_process_pool_worker {
    uint32_t number; // counts on: one that replaces another has a number of its own
    pid_t pid;       // 0: the place is free
    int life;        // at its end when the worker is gone
};

struct lab_process_pool {
    struct lab_process_pool_def def;
    struct lab_process_pool_line *line; // shared with the workers
    int results[2], wakeup[2];          // first the manager's end
    pthread_t manager, feeder;
    struct lab_process_pool_worker workers[LAB_PROCESS_POOL_MAX_WORKERS]; // the manager's

    pthread_mutex_t mutex;
    pthread_cond_t over; // a call is
    pthread_cond_t fed;  // the feeder has something to do

    // Guarded by mutex.
    struct lab_process_pool_call *first, *last; // pending; may hold cancelled ones
    struct lab_process_pool_call *handed[2 * LAB_PROCESS_POOL_MAX_WORKERS + 2];
    uint32_t in_hand;
    struct lab_process_pool_call *feed[LAB_PROCESS_POOL_MAX_WORKERS + 2]; // for the feeder
    uint32_t feeding;
    const struct lab_process_pool_call *sent; // by the feeder just now
    int cargo[2];                             // the pipe of its bytes; below 0: none
    uint64_t handed_over;                     // number of the next
    uint32_t alive, wanted, idle; // workers; those to be begun; promises, as of a semaphore
    uint32_t begun;               // workers, ever
    uint64_t woken, seen, received; // wake-ups sent and seen, results received
    bool has_begun, is_closed, cancels, is_broken;
    bool is_polling, is_sending, is_fed; // manager; feeder; the feeder may end
    bool is_short;                       // the system had no pipe for a call's bytes
};

// False when the system has no memory, pipe or thread to give; nothing is left then.
bool lab_process_pool_init(struct lab_process_pool *p,
                           const struct lab_process_pool_def *def);

// Waits until every call is over and every worker gone. After close.
void lab_process_pool_fini(struct lab_process_pool *p);

enum lab_process_pool_answer {
    LAB_PROCESS_POOL_ACCEPTED,
    LAB_PROCESS_POOL_TOO_LATE, // the pool has closed
    LAB_PROCESS_POOL_NO_USE    // it is broken
};

enum lab_process_pool_answer lab_process_pool_submit(struct lab_process_pool *p,
                                                     struct lab_process_pool_call *call);

// True when the call will never run.
bool lab_process_pool_cancel(struct lab_process_pool *p,
                             struct lab_process_pool_call *call);

// Blocks until an accepted call is over.
enum lab_process_pool_state lab_process_pool_await(struct lab_process_pool *p,
                                                   struct lab_process_pool_call *call);

enum lab_process_pool_rest {
    LAB_PROCESS_POOL_DRAIN, // what is pending still runs
    LAB_PROCESS_POOL_CANCEL // it does not
};

// Refuses calls from now on, and does not wait. Once only.
void lab_process_pool_close(struct lab_process_pool *p, enum lab_process_pool_rest rest);

#endif
