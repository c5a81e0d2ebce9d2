#ifndef LABS_PROCESS_POOL_PROCESS_LINE_H
#define LABS_PROCESS_POOL_PROCESS_LINE_H

// Private to the pool: the pipe of calls and what the parent and its workers know of it, in
// memory that they share. One worker at a time reads the pipe, the others wait for the lock;
// a worker says which call it takes before it takes it. So the parent can tell what a dead
// one had, and the lock survives a death: whoever gets it next puts things right.
//
// Invariant: put - taken is the number of calls in the pipe, but for a moment under the lock.

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "labs/process_pool/process_pool.h"

struct lab_process_pool_message {
    uint64_t number;
    int64_t (*run)(int64_t arg); // of a forked child: at the same address
    int64_t (*change)(int64_t arg, void *bytes, size_t size);
    int64_t arg;
    size_t size; // of its bytes, which come by a pipe of their own; 0: none
};

struct lab_process_pool_reply {
    uint64_t number;
    int64_t result;
    uint32_t place;
    bool is_last;   // the worker ends
    bool has_bytes; // which come as those of the call
};

enum lab_process_pool_doing {
    LAB_DOING_START,
    LAB_DOING_WAIT,
    LAB_DOING_CALL
};

// Written by the worker, but for `claim`, which whoever repairs the line may take back.
struct lab_process_pool_place {
    atomic_int doing;           // an enum lab_process_pool_doing
    atomic_uint_fast64_t claim; // number of its call + 1; 0: none
};

struct lab_process_pool_line {
    int calls[2]; // the workers' end, the feeder's end
    pthread_mutex_t lock;
    atomic_int holder; // place of the worker that has the lock; -1: none
    atomic_uint_fast64_t put, taken, replies;
    struct lab_process_pool_place places[LAB_PROCESS_POOL_MAX_WORKERS];
};

struct lab_process_pool_line *lab_process_line_open(void); // null: none to be had
void lab_process_line_close(struct lab_process_pool_line *l);

// By the feeder; may block. False when the line has ended, or the system lets no descriptor go.
bool lab_process_line_put(struct lab_process_pool_line *l,
                          const struct lab_process_pool_message *m, int cargo);

// No more calls: the workers end when the pipe is empty. Whose bytes still wait for a worker when
// there is none any more, is let go.
void lab_process_line_end(struct lab_process_pool_line *l);
void lab_process_line_empty(struct lab_process_pool_line *l);

// By a worker; blocks. False when there will be no more.
bool lab_process_line_take(struct lab_process_pool_line *l, uint32_t place,
                           struct lab_process_pool_message *m, int *cargo);

// By the manager, when the worker of that place is dead: the number of the call that it took
// and did not give back, + 1; 0 when it had none. The place is free for another then.
uint64_t lab_process_line_bury(struct lab_process_pool_line *l, uint32_t place);

#endif
