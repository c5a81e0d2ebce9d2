#define _GNU_SOURCE
#include "labs/process_pool/process_pool.h"

#include <assert.h>
#include <sys/socket.h>
#include <unistd.h>

#include "labs/process_pool/process_cargo.h"
#include "labs/process_pool/process_private.h"

// ---- Opening and closing ----

struct lab_process_pool_def lab_process_pool_default(uint32_t cores)
{
    uint32_t max = LAB_PROCESS_POOL_MAX_WORKERS;
    return (struct lab_process_pool_def){ .max_workers = cores < max ? cores : max };
}

static bool open_pipes(struct lab_process_pool *p)
{
    p->line = lab_process_line_open();
    if (!p->line)
        return false;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p->results) != 0)
        goto line;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p->wakeup) != 0)
        goto results;
    return true;
results:
    close(p->results[0]);
    close(p->results[1]);
line:
    lab_process_line_close(p->line);
    return false;
}

static void close_pipes(struct lab_process_pool *p)
{
    close(p->wakeup[0]);
    close(p->wakeup[1]);
    close(p->results[0]);
    close(p->results[1]);
    lab_process_line_close(p->line);
}

static void end_feeder(struct lab_process_pool *p)
{
    pthread_mutex_lock(&p->mutex);
    p->is_fed = true;
    pthread_cond_signal(&p->fed);
    pthread_mutex_unlock(&p->mutex);
    pthread_join(p->feeder, NULL);
}

static bool begin_threads(struct lab_process_pool *p)
{
    if (pthread_create(&p->feeder, NULL, lab_process_feeder_main, p) != 0)
        return false;
    if (pthread_create(&p->manager, NULL, lab_process_manager_main, p) == 0)
        return true;
    end_feeder(p);
    return false;
}

static void destroy_locks(struct lab_process_pool *p)
{
    pthread_cond_destroy(&p->fed);
    pthread_cond_destroy(&p->over);
    pthread_mutex_destroy(&p->mutex);
}

bool lab_process_pool_init(struct lab_process_pool *p,
                           const struct lab_process_pool_def *def)
{
    assert(def->max_workers > 0 && def->max_workers <= LAB_PROCESS_POOL_MAX_WORKERS);
    *p = (struct lab_process_pool){ .def = *def };
    p->cargo[0] = p->cargo[1] = LAB_PROCESS_NO_CARGO;
    if (def->max_tasks > 0)
        p->def.start = LAB_PROCESS_POOL_ON_DEMAND;
    if (!open_pipes(p))
        return false;
    if (pthread_mutex_init(&p->mutex, NULL) != 0)
        goto pipes;
    pthread_cond_init(&p->over, NULL);
    pthread_cond_init(&p->fed, NULL);
    if (!begin_threads(p))
        goto locks;
    return true;
locks:
    destroy_locks(p);
pipes:
    close_pipes(p);
    return false;
}

void lab_process_pool_fini(struct lab_process_pool *p)
{
    assert(p->is_closed);
    pthread_join(p->manager, NULL);
    end_feeder(p);
    destroy_locks(p);
    close_pipes(p);
}

// Sent before the mutex is let go: who sees the count has seen the byte.
void lab_process_pool_wake(struct lab_process_pool *p)
{
    p->woken++;
    (void)!send(p->wakeup[1], "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void lab_process_pool_settle(struct lab_process_pool *p, struct lab_process_pool_call *c,
                             enum lab_process_pool_state state)
{
    c->state = state;
    pthread_cond_broadcast(&p->over);
}

// ---- Submitting, cancelling, waiting ----

static void adjust(struct lab_process_pool *p)
{
    if (p->idle > 0)
        p->idle--;
    else if (p->alive + p->wanted < p->def.max_workers)
        p->wanted++;
}

static void want_workers(struct lab_process_pool *p)
{
    if (p->def.start == LAB_PROCESS_POOL_ON_DEMAND)
        adjust(p);
    else if (!p->has_begun)
        p->wanted = p->def.max_workers;
    p->has_begun = true;
}

enum lab_process_pool_answer lab_process_pool_submit(struct lab_process_pool *p,
                                                     struct lab_process_pool_call *call)
{
    enum lab_process_pool_answer answer = LAB_PROCESS_POOL_ACCEPTED;
    pthread_mutex_lock(&p->mutex);
    if (p->is_broken)
        answer = LAB_PROCESS_POOL_NO_USE;
    else if (p->is_closed)
        answer = LAB_PROCESS_POOL_TOO_LATE;
    if (answer == LAB_PROCESS_POOL_ACCEPTED) {
        call->state = LAB_PROCESS_POOL_PENDING;
        call->next = NULL;
        *(p->first ? &p->last->next : &p->first) = call;
        p->last = call;
        want_workers(p);
        lab_process_pool_wake(p);
    }
    pthread_mutex_unlock(&p->mutex);
    return answer;
}

bool lab_process_pool_cancel(struct lab_process_pool *p, struct lab_process_pool_call *call)
{
    pthread_mutex_lock(&p->mutex);
    if (call->state == LAB_PROCESS_POOL_PENDING)
        lab_process_pool_settle(p, call, LAB_PROCESS_POOL_CANCELLED);
    bool is_cancelled = call->state == LAB_PROCESS_POOL_CANCELLED;
    pthread_mutex_unlock(&p->mutex);
    return is_cancelled;
}

static bool is_over(const struct lab_process_pool_call *c)
{
    return c->state != LAB_PROCESS_POOL_PENDING && c->state != LAB_PROCESS_POOL_HANDED;
}

enum lab_process_pool_state lab_process_pool_await(struct lab_process_pool *p,
                                                   struct lab_process_pool_call *call)
{
    pthread_mutex_lock(&p->mutex);
    while (!is_over(call) || p->sent == call) // the feeder may still read its bytes
        pthread_cond_wait(&p->over, &p->mutex);
    enum lab_process_pool_state state = call->state;
    pthread_mutex_unlock(&p->mutex);
    return state;
}

void lab_process_pool_close(struct lab_process_pool *p, enum lab_process_pool_rest rest)
{
    pthread_mutex_lock(&p->mutex);
    assert(!p->is_closed);
    p->is_closed = true;
    p->cancels = rest == LAB_PROCESS_POOL_CANCEL;
    lab_process_pool_wake(p);
    pthread_mutex_unlock(&p->mutex);
}
