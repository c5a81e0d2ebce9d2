#define _POSIX_C_SOURCE 200809L
#include <sched.h>
#include <time.h>

#include "labs/lock/lock.h"

// The machine's own time, and the system's own sleeps.

static int64_t real_now(void *ctx)
{
    struct timespec now;
    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void real_wait(void *ctx, pthread_mutex_t *mutex, pthread_cond_t *cond,
                      int64_t deadline_ns)
{
    struct timespec deadline = { .tv_sec = deadline_ns / 1000000000,
                                 .tv_nsec = deadline_ns % 1000000000 };
    (void)ctx;
    if (deadline_ns == LAB_LOCK_FOREVER)
        pthread_cond_wait(cond, mutex);
    else
        pthread_cond_timedwait(cond, mutex, &deadline);
}

static void real_wake(void *ctx, pthread_cond_t *cond)
{
    (void)ctx;
    pthread_cond_signal(cond);
}

static void real_yield(void *ctx)
{
    (void)ctx;
    sched_yield();
}

struct lab_lock_env lab_lock_real(void)
{
    return (struct lab_lock_env){
        .now = real_now, .wait = real_wait, .wake = real_wake, .yield = real_yield
    };
}
