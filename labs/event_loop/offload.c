#include "labs/event_loop/offload.h"

#include <assert.h>

enum job_state {
    PENDING,
    RUNNING,
    OVER,
    DROPPED
};

struct lab_offload_job {
    struct lab_offload *pool;
    uint32_t id;
    void (*run)(void *arg);
    void *arg;
    struct lab_future *future; // the loop's thread only

    // Guarded by the pool's mutex.
    enum job_state state;
    struct lab_offload_job *next;
};

bool lab_offload_init(struct lab_offload *o, struct lab_loop *l, uint32_t max_threads)
{
    assert(max_threads > 0 && max_threads <= LAB_OFFLOAD_MAX_THREADS);
    *o = (struct lab_offload){ .loop = l, .max_threads = max_threads };
    if (pthread_mutex_init(&o->mutex, NULL) != 0)
        return false;
    pthread_cond_init(&o->called, NULL);
    pthread_cond_init(&o->begun, NULL);
    pthread_cond_init(&o->ended, NULL);
    return true;
}

static void wait_on(struct lab_offload *o, pthread_cond_t *cond)
{
    o->loop->env.wait(o->loop->env.ctx, &o->mutex, cond);
}

static void wake(struct lab_offload *o, pthread_cond_t *cond)
{
    o->loop->env.wake(o->loop->env.ctx, cond);
}

void lab_offload_fini(struct lab_offload *o)
{
    pthread_mutex_lock(&o->mutex);
    o->is_closed = true;
    wake(o, &o->called);
    while (o->left < o->started)
        wait_on(o, &o->ended);
    pthread_mutex_unlock(&o->mutex);
    for (uint32_t i = 0; i < o->started; i++)
        pthread_join(o->threads[i].thread, NULL);
    pthread_cond_destroy(&o->ended);
    pthread_cond_destroy(&o->begun);
    pthread_cond_destroy(&o->called);
    pthread_mutex_destroy(&o->mutex);
}

// ---- A thread; the mutex is held ----

static bool has_work(const struct lab_offload *o)
{
    return o->first || o->is_closed;
}

// The next job, null to end.
static struct lab_offload_job *take(struct lab_offload *o)
{
    if (!has_work(o)) {
        o->idle++;
        while (!has_work(o))
            wait_on(o, &o->called);
    }
    struct lab_offload_job *j = o->first;
    if (j)
        o->first = j->next;
    return j;
}

// On the loop, a turn after the job was over: by then nobody may wait for it any more.
static void settle(void *job)
{
    struct lab_offload_job *j = job;
    if (!lab_future_is_done(j->future))
        lab_future_set(j->future, LAB_EXC_NONE);
}

static void run(struct lab_offload_thread *t, struct lab_offload_job *j)
{
    struct lab_offload *o = t->pool;
    if (j->state == DROPPED)
        return;
    j->state = RUNNING;
    lab_loop_saw(o->loop, LAB_LOOP_JOB_RAN, j->id, t->id);
    pthread_mutex_unlock(&o->mutex);
    j->run(j->arg);
    pthread_mutex_lock(&o->mutex);
    j->state = OVER;
    lab_loop_saw(o->loop, LAB_LOOP_JOB_DONE, j->id, t->id);
    lab_loop_call_soon_threadsafe(o->loop, settle, j, LAB_LOOP_NOBODY);
}

static void *thread_main(void *thread)
{
    struct lab_offload_thread *t = thread;
    struct lab_offload *o = t->pool;
    struct lab_offload_job *j;
    pthread_mutex_lock(&o->mutex);
    t->has_begun = true;
    wake(o, &o->begun);
    while ((j = take(o)))
        run(t, j);
    o->left++;
    wake(o, &o->ended);
    pthread_mutex_unlock(&o->mutex);
    return NULL;
}

// ---- The loop's side ----

// False when there is no thread at all, and none to be had. The mutex is held.
static bool grow(struct lab_offload *o)
{
    struct lab_offload_thread *t = &o->threads[o->started];
    if (o->idle > 0) {
        o->idle--;
        return true;
    }
    if (o->started == o->max_threads)
        return true;
    t->pool = o;
    t->id = o->started;
    if (!o->loop->env.begin(o->loop->env.ctx, &t->thread, thread_main, t))
        return o->started > 0;
    o->started++;
    while (!t->has_begun)
        wait_on(o, &o->begun);
    return true;
}

// A running job goes on, and its thread with it: nothing in the world stops it.
// DOC(offload-slot-stays)
static void look_if_cancelled(void *job)
{
    struct lab_offload_job *j = job;
    struct lab_offload *o = j->pool;
    if (lab_future_result(j->future) != LAB_EXC_CANCELLED)
        return;
    pthread_mutex_lock(&o->mutex);
    bool is_dropped = j->state == PENDING;
    if (is_dropped) {
        j->state = DROPPED;
        lab_loop_saw(o->loop, LAB_LOOP_JOB_DROPPED, j->id, 0);
    }
    pthread_mutex_unlock(&o->mutex);
    // The executor's future ends too, and tells the loop's, which has no use for it.
    if (is_dropped)
        lab_loop_call_soon_threadsafe(o->loop, settle, j, LAB_LOOP_NOBODY);
}

struct lab_future *lab_offload_run(struct lab_offload *o, uint32_t id,
                                   void (*run_job)(void *), void *arg)
{
    struct lab_offload_job *j = lab_loop_keep(o->loop, sizeof *j);
    *j = (struct lab_offload_job){ .pool = o, .id = id, .run = run_job, .arg = arg };
    j->future = lab_future_new(o->loop);
    pthread_mutex_lock(&o->mutex);
    *(o->first ? &o->last->next : &o->first) = j;
    o->last = j;
    wake(o, &o->called);
    bool is_served = grow(o);
    if (!is_served)
        o->first = NULL; // the only one: nobody will ever come for it
    pthread_mutex_unlock(&o->mutex);
    if (!is_served)
        return NULL;
    lab_future_then(j->future, look_if_cancelled, j);
    return j->future;
}
