#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <time.h>

#include "labs/event_loop/loop.h"

// The machine's own time, threads and polls.

static int64_t real_now(void *ctx)
{
    struct timespec now;
    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Interrupted, it says that nothing happened, and the loop goes round.
static int real_poll(void *ctx, int epoll_fd, struct epoll_event *out, int cap,
                     int timeout_ms)
{
    (void)ctx;
    int n = epoll_wait(epoll_fd, out, cap, timeout_ms);
    return n < 0 ? 0 : n;
}

static void real_burn(void *ctx, int64_t ns)
{
    for (int64_t end = real_now(ctx) + ns; real_now(ctx) < end;)
        continue;
}

static void real_sleep(void *ctx, int64_t ns)
{
    int64_t at = real_now(ctx) + ns;
    struct timespec end = { .tv_sec = at / 1000000000, .tv_nsec = at % 1000000000 };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
        continue;
}

static void real_wait(void *ctx, pthread_mutex_t *mutex, pthread_cond_t *cond)
{
    (void)ctx;
    pthread_cond_wait(cond, mutex);
}

static void real_wake(void *ctx, pthread_cond_t *cond)
{
    (void)ctx;
    pthread_cond_broadcast(cond);
}

static bool real_begin(void *ctx, pthread_t *thread, void *(*main)(void *arg), void *arg)
{
    (void)ctx;
    return pthread_create(thread, NULL, main, arg) == 0;
}

struct lab_loop_env lab_loop_real(void)
{
    return (struct lab_loop_env){ .now = real_now,
                                  .poll = real_poll,
                                  .burn = real_burn,
                                  .sleep = real_sleep,
                                  .wait = real_wait,
                                  .wake = real_wake,
                                  .begin = real_begin };
}
