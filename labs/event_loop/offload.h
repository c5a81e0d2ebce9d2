#ifndef LABS_EVENT_LOOP_OFFLOAD_H
#define LABS_EVENT_LOOP_OFFLOAD_H

// loop.run_in_executor(): a few threads for what would block the loop. A job that runs cannot
// be stopped: when its awaiter is cancelled, the thread keeps its slot until the job is over.
//
// Threads are begun one by one, each by a job that found no idle one, and the loop stands still
// until the thread has begun. The line of jobs has no limit. Submitting is the loop's alone.

#include "labs/event_loop/future.h"

#define LAB_OFFLOAD_MAX_THREADS 32 // of max_workers: min(32, cores + 4)

struct lab_offload;

struct lab_offload_thread {
    struct lab_offload *pool;
    uint32_t id;
    pthread_t thread;
    bool has_begun; // guarded by the pool's mutex
};

struct lab_offload {
    struct lab_loop *loop;
    uint32_t max_threads, started; // the loop's thread only
    struct lab_offload_thread threads[LAB_OFFLOAD_MAX_THREADS];

    pthread_mutex_t mutex;
    pthread_cond_t called, begun, ended;

    // Guarded by mutex.
    struct lab_offload_job *first, *last;
    uint32_t idle, left;
    bool is_closed;
};

// False when the system has no mutex to give.
bool lab_offload_init(struct lab_offload *o, struct lab_loop *l, uint32_t max_threads);

// Waits until all jobs are over; the loop does not run any more.
void lab_offload_fini(struct lab_offload *o);

// The future of a job. Null when there is no thread, and the system gives none. Cancelling it
// takes the job out of the line, a turn later, or only turns away from it.
struct lab_future *lab_offload_run(struct lab_offload *o, uint32_t id,
                                   void (*run)(void *arg), void *arg);

#endif
