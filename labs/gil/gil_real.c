#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <time.h>

#include "labs/gil/gil.h"

// The machine's own time, and the system's own sleeps.

static int64_t real_now(void *ctx)
{
    struct timespec now;
    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static struct timespec timespec_of(int64_t ns)
{
    return (struct timespec){ .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };
}

static bool real_wait(void *ctx, uint32_t id, pthread_mutex_t *mutex, pthread_cond_t *cond,
                      int64_t deadline_ns)
{
    struct timespec deadline = timespec_of(deadline_ns);
    (void)ctx;
    (void)id;
    if (deadline_ns == LAB_GIL_FOREVER)
        return pthread_cond_wait(cond, mutex) == 0;
    return pthread_cond_timedwait(cond, mutex, &deadline) != ETIMEDOUT;
}

static void real_wake(void *ctx, pthread_cond_t *cond)
{
    (void)ctx;
    pthread_cond_signal(cond);
}

static void real_burn(void *ctx, uint32_t id, int64_t ns)
{
    (void)id;
    for (int64_t end = real_now(ctx) + ns; real_now(ctx) < end;)
        continue;
}

static void real_sleep(void *ctx, uint32_t id, int64_t ns)
{
    struct timespec end = timespec_of(real_now(ctx) + ns);
    (void)id;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
        continue;
}

struct lab_gil_env lab_gil_real(void)
{
    return (struct lab_gil_env){ .now = real_now,
                                 .wait = real_wait,
                                 .wake = real_wake,
                                 .burn = real_burn,
                                 .sleep = real_sleep };
}
