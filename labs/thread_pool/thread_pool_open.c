#define _POSIX_C_SOURCE 200809L
#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "labs/thread_pool/thread_pool.h"

// ---- The machine's own time and threads ----

static int64_t real_now(void *ctx)
{
    struct timespec now;
    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
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

struct lab_thread_pool_env lab_thread_pool_real(void)
{
    return (struct lab_thread_pool_env){
        .now = real_now, .wait = real_wait, .wake = real_wake, .begin = real_begin
    };
}

// ---- Opening ----

struct lab_thread_pool_def lab_thread_pool_default(uint32_t cores)
{
    return (struct lab_thread_pool_def){ .max_workers = cores + 4 < 32 ? cores + 4 : 32,
                                         .capacity = UINT32_MAX,
                                         .hands_over = true,
                                         .env = lab_thread_pool_real() };
}

// On glibc a condition takes no resources: it cannot fail, and there is nothing to unwind.
static void init_conditions(struct lab_thread_pool *p)
{
    pthread_cond_init(&p->submittable, NULL);
    pthread_cond_init(&p->begun, NULL);
    pthread_cond_init(&p->finished, NULL);
    pthread_cond_init(&p->ended, NULL);
    for (uint32_t i = 0; i < p->def.max_workers; i++) {
        p->workers[i].pool = p;
        p->workers[i].id = i;
        pthread_cond_init(&p->workers[i].called, NULL);
    }
}

bool lab_thread_pool_init(struct lab_thread_pool *p, const struct lab_thread_pool_def *def)
{
    assert(def->max_workers > 0);
    *p = (struct lab_thread_pool){ .def = *def, .end.id = LAB_THREAD_POOL_NOBODY };
    p->workers = calloc(def->max_workers, sizeof *p->workers);
    if (!p->workers)
        return false;
    if (pthread_mutex_init(&p->mutex, NULL) != 0) {
        free(p->workers);
        return false;
    }
    init_conditions(p);
    return true;
}

void lab_thread_pool_fini(struct lab_thread_pool *p)
{
    assert(p->is_closed && p->left == p->started);
    for (uint32_t i = 0; i < p->def.max_workers; i++)
        pthread_cond_destroy(&p->workers[i].called);
    pthread_cond_destroy(&p->ended);
    pthread_cond_destroy(&p->finished);
    pthread_cond_destroy(&p->begun);
    pthread_cond_destroy(&p->submittable);
    pthread_mutex_destroy(&p->mutex);
    free(p->workers);
}
