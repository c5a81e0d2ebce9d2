#ifndef LABS_EVENT_LOOP_LOOP_STAGE_H
#define LABS_EVENT_LOOP_LOOP_STAGE_H

// Real threads that take turns: time is a number, exactly one thread runs at any instant, and
// the next is whoever is due first; of those due at one instant, who was arranged first.
//
// Whoever has the turn may write what the others read: turns are passed under the mutex.

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define LAB_LOOP_STAGE_SEATS 64

struct lab_loop_seat {
    struct lab_loop_stage *stage;
    pthread_t thread; // to be joined by whoever began it
    void *(*main)(void *arg);
    void *arg;
    int64_t wake_ns; // from being woken to its next step
    pthread_cond_t turn;

    // Guarded by the stage's mutex.
    pthread_cond_t *on; // slept on, null when not in a wait
    int64_t due;        // INT64_MAX: not by itself
    uint64_t seq;       // of the last arrangement
};

struct lab_loop_stage {
    pthread_key_t me; // the seat of the calling thread

    // Guarded by mutex.
    pthread_mutex_t mutex;
    int64_t clock;
    uint64_t seq;
    struct lab_loop_seat *running; // null: nobody
    uint32_t seated;
    struct lab_loop_seat seats[LAB_LOOP_STAGE_SEATS];
};

bool lab_loop_stage_init(struct lab_loop_stage *s); // false: no key to be had
void lab_loop_stage_fini(struct lab_loop_stage *s); // all threads are joined

// Begins a thread that runs main(arg) from `due` on. Null when the system gives none.
struct lab_loop_seat *lab_loop_stage_seat(struct lab_loop_stage *s, int64_t due,
                                          int64_t wake_ns, void *(*main)(void *arg),
                                          void *arg);

// The first turn; the caller has no seat, and joins the threads.
void lab_loop_stage_raise(struct lab_loop_stage *s);

// By a thread that has the turn: lets time pass; sleeps until woken or until `due`, without
// the mutex, if there is one; and wakes all who sleep on cond, who sleeps longest first.
void lab_loop_stage_until(struct lab_loop_stage *s, int64_t due);
void lab_loop_stage_wait(struct lab_loop_stage *s, pthread_mutex_t *mutex,
                         pthread_cond_t *cond, int64_t due);
void lab_loop_stage_wake(struct lab_loop_stage *s, pthread_cond_t *cond);

#endif
