#include "labs/thread_pool/thread_pool.h"

#include <assert.h>

static void wait_on(struct lab_thread_pool *p, pthread_cond_t *cond)
{
    p->def.env.wait(p->def.env.ctx, &p->mutex, cond);
}

static void wake(struct lab_thread_pool *p, pthread_cond_t *cond)
{
    p->def.env.wake(p->def.env.ctx, cond);
}

static void saw(struct lab_thread_pool *p, enum lab_thread_pool_event_kind kind,
                const struct lab_thread_pool_worker *w,
                const struct lab_thread_pool_call *c)
{
    const struct lab_thread_pool_env *env = &p->def.env;
    uint32_t worker = w ? w->id : LAB_THREAD_POOL_NOBODY;
    uint32_t call = c ? c->id : LAB_THREAD_POOL_NOBODY;
    if (env->saw)
        env->saw(env->ctx,
                 &(struct lab_thread_pool_event){ env->now(env->ctx), kind, worker, call });
}

// ---- The line; the mutex is held in all of these ----

static void push(struct lab_thread_pool *p, struct lab_thread_pool_call *c)
{
    c->next = NULL;
    *(p->first ? &p->last->next : &p->first) = c;
    p->last = c;
    p->queued++;
}

static struct lab_thread_pool_call *pop(struct lab_thread_pool *p)
{
    struct lab_thread_pool_call *c = p->first;
    if (c) {
        p->first = c->next;
        p->queued--;
    }
    return c;
}

static void fall_asleep(struct lab_thread_pool *p, struct lab_thread_pool_worker *w)
{
    w->is_asleep = true;
    w->next_asleep = NULL;
    *(p->first_asleep ? &p->last_asleep->next_asleep : &p->first_asleep) = w;
    p->last_asleep = w;
    while (w->is_asleep)
        wait_on(p, &w->called);
}

// Who sleeps longest has the call, or is told to look for it: then a worker that happens to
// be awake can be there first, and the sleeper was woken in vain. DOC(pool-hand-over)
static void put(struct lab_thread_pool *p, struct lab_thread_pool_call *c)
{
    struct lab_thread_pool_worker *w = p->first_asleep;
    if (!w || !p->def.hands_over)
        push(p, c);
    if (!w)
        return;
    p->first_asleep = w->next_asleep;
    w->is_asleep = false;
    w->gift = p->def.hands_over ? c : NULL;
    wake(p, &w->called);
}

// ---- A worker ----

static struct lab_thread_pool_call *await_call(struct lab_thread_pool *p,
                                               struct lab_thread_pool_worker *w)
{
    struct lab_thread_pool_call *c = NULL;
    while (!c) {
        fall_asleep(p, w);
        c = w->gift ? w->gift : pop(p);
        w->gift = NULL;
    }
    return c;
}

// Only who finds the line empty says that it is idle. A worker that said so after each call
// would promise to take the next one while it has another in its hands. DOC(pool-idle)
static struct lab_thread_pool_call *take(struct lab_thread_pool *p,
                                         struct lab_thread_pool_worker *w)
{
    struct lab_thread_pool_call *c = pop(p);
    if (c)
        return c;
    p->idle++;
    saw(p, LAB_THREAD_POOL_IDLED, w, NULL);
    return await_call(p, w);
}

static void run(struct lab_thread_pool *p, struct lab_thread_pool_worker *w,
                struct lab_thread_pool_call *c)
{
    if (c->state == LAB_THREAD_POOL_DROPPED)
        return;
    c->state = LAB_THREAD_POOL_RUNNING;
    saw(p, LAB_THREAD_POOL_RAN, w, c);
    pthread_mutex_unlock(&p->mutex);
    c->run(c->arg);
    pthread_mutex_lock(&p->mutex);
    saw(p, LAB_THREAD_POOL_DONE, w, c);
    c->state = LAB_THREAD_POOL_FINISHED;
    wake(p, &p->finished);
}

static void *worker_main(void *worker)
{
    struct lab_thread_pool_worker *w = worker;
    struct lab_thread_pool *p = w->pool;
    struct lab_thread_pool_call *c;
    pthread_mutex_lock(&p->mutex);
    w->has_begun = true;
    saw(p, LAB_THREAD_POOL_BEGAN, w, NULL);
    wake(p, &p->begun);
    while ((c = take(p, w)) != &p->end)
        run(p, w, c);
    // One end for all: each puts it back for the next. DOC(pool-one-end)
    put(p, &p->end);
    saw(p, LAB_THREAD_POOL_LEFT, w, NULL);
    p->left++;
    wake(p, &p->ended);
    pthread_mutex_unlock(&p->mutex);
    return NULL;
}

// ---- Submitting ----

// The submitter pays for the thread: it goes on when the thread has begun, and other
// submitters wait with it. The new worker serves the line, not this call: when another was
// quicker, it finds nothing and is idle. DOC(pool-growth)
static bool grow(struct lab_thread_pool *p, const struct lab_thread_pool_call *c)
{
    struct lab_thread_pool_worker *w = &p->workers[p->started];
    if (p->idle > 0) {
        p->idle--;
        return true;
    }
    if (p->started == p->def.max_workers)
        return true;
    saw(p, LAB_THREAD_POOL_GREW, w, c);
    if (!p->def.env.begin(p->def.env.ctx, &w->thread, worker_main, w))
        return p->started > 0;
    p->started++;
    while (!w->has_begun)
        wait_on(p, &p->begun);
    return true;
}

static enum lab_thread_pool_answer admit(struct lab_thread_pool *p,
                                         struct lab_thread_pool_call *c)
{
    if (p->is_closed || p->queued >= p->def.capacity) {
        saw(p, LAB_THREAD_POOL_REFUSED, NULL, c);
        return p->is_closed ? LAB_THREAD_POOL_TOO_LATE : LAB_THREAD_POOL_FULL;
    }
    c->state = LAB_THREAD_POOL_PENDING;
    saw(p, LAB_THREAD_POOL_QUEUED, NULL, c);
    put(p, c);
    if (grow(p, c))
        return LAB_THREAD_POOL_ACCEPTED;
    pop(p); // the only one, and nobody will ever come for it
    saw(p, LAB_THREAD_POOL_REFUSED, NULL, c);
    return LAB_THREAD_POOL_NO_THREAD;
}

static void lock_submitting(struct lab_thread_pool *p)
{
    pthread_mutex_lock(&p->mutex);
    while (p->is_submitting)
        wait_on(p, &p->submittable);
    p->is_submitting = true;
}

static void unlock_submitting(struct lab_thread_pool *p)
{
    p->is_submitting = false;
    wake(p, &p->submittable);
}

enum lab_thread_pool_answer lab_thread_pool_submit(struct lab_thread_pool *p,
                                                   struct lab_thread_pool_call *call)
{
    lock_submitting(p);
    enum lab_thread_pool_answer answer = admit(p, call);
    unlock_submitting(p);
    pthread_mutex_unlock(&p->mutex);
    return answer;
}

// ---- Cancelling, waiting, closing ----

// The call stays in the line; the worker that comes to it passes it over.
static bool drop(struct lab_thread_pool *p, struct lab_thread_pool_call *c)
{
    if (c->state == LAB_THREAD_POOL_PENDING) {
        c->state = LAB_THREAD_POOL_DROPPED;
        saw(p, LAB_THREAD_POOL_CANCELLED, NULL, c);
        wake(p, &p->finished);
    }
    return c->state == LAB_THREAD_POOL_DROPPED;
}

bool lab_thread_pool_cancel(struct lab_thread_pool *p, struct lab_thread_pool_call *call)
{
    pthread_mutex_lock(&p->mutex);
    bool is_dropped = drop(p, call);
    pthread_mutex_unlock(&p->mutex);
    return is_dropped;
}

static bool is_over(const struct lab_thread_pool_call *c)
{
    return c->state == LAB_THREAD_POOL_FINISHED || c->state == LAB_THREAD_POOL_DROPPED;
}

enum lab_thread_pool_state lab_thread_pool_await(struct lab_thread_pool *p,
                                                 struct lab_thread_pool_call *call)
{
    pthread_mutex_lock(&p->mutex);
    while (!is_over(call))
        wait_on(p, &p->finished);
    enum lab_thread_pool_state state = call->state;
    pthread_mutex_unlock(&p->mutex);
    return state;
}

void lab_thread_pool_close(struct lab_thread_pool *p, enum lab_thread_pool_rest rest)
{
    lock_submitting(p);
    assert(!p->is_closed);
    p->is_closed = true;
    saw(p, LAB_THREAD_POOL_CLOSED, NULL, NULL);
    for (struct lab_thread_pool_call *c; rest == LAB_THREAD_POOL_CANCEL && (c = pop(p));)
        drop(p, c);
    put(p, &p->end); // behind what is in the line: that runs first
    unlock_submitting(p);
    while (p->left < p->started)
        wait_on(p, &p->ended);
    pthread_mutex_unlock(&p->mutex);
    for (uint32_t i = 0; i < p->started; i++)
        pthread_join(p->workers[i].thread, NULL);
}
