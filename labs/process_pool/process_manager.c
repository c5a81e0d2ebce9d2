#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "labs/process_pool/process_cargo.h"
#include "labs/process_pool/process_private.h"

// The manager's thread. It holds the pool's mutex but when it polls and when it waits for a
// process to end.

// ---- Calls ----

static struct lab_process_pool_call *pop_pending(struct lab_process_pool *p)
{
    struct lab_process_pool_call *c = p->first;
    p->first = c->next;
    return c;
}

// Fills the pipe up to one more than there are workers, so that none waits for the manager
// when it ends a call. What is handed over cannot be cancelled any more: nobody can take it
// back from a pipe. DOC(process-prefetch)
static void refill(struct lab_process_pool *p)
{
    uint64_t room = p->def.max_workers + LAB_PROCESS_POOL_EXTRA_CALLS;
    while (p->first && atomic_load(&p->line->put) - atomic_load(&p->line->taken) < room) {
        struct lab_process_pool_call *c = pop_pending(p);
        if (c->state == LAB_PROCESS_POOL_CANCELLED)
            continue;
        c->state = LAB_PROCESS_POOL_HANDED;
        c->number = p->handed_over++;
        atomic_fetch_add(&p->line->put, 1);
        p->handed[p->in_hand++] = c;
        p->feed[p->feeding++] = c;
        pthread_cond_signal(&p->fed);
    }
}

// Where the call of that number is among those in hand; in_hand if it was over.
static uint32_t find(const struct lab_process_pool *p, uint64_t number)
{
    uint32_t i = 0;
    while (i < p->in_hand && p->handed[i]->number != number)
        i++;
    return i;
}

// The call of that number, which is not in anybody's hands any more; null if it was over.
static struct lab_process_pool_call *take_back(struct lab_process_pool *p, uint64_t number)
{
    uint32_t i = find(p, number);
    if (i == p->in_hand)
        return NULL;
    struct lab_process_pool_call *c = p->handed[i];
    p->handed[i] = p->handed[--p->in_hand];
    return c;
}

static void drop_pending(struct lab_process_pool *p, enum lab_process_pool_state state)
{
    while (p->first) {
        struct lab_process_pool_call *c = pop_pending(p);
        if (c->state == LAB_PROCESS_POOL_PENDING)
            lab_process_pool_settle(p, c, state);
    }
}

// ---- What the manager wakes for ----

// Without the mutex, for the pipe is filled as it is read, and only this thread ends calls. False
// when the worker dies meanwhile: the call stays in hand, and the death is seen next.
static bool fetch(struct lab_process_pool *p, uint64_t number, int cargo)
{
    const struct lab_process_pool_call *c = p->handed[find(p, number)];
    if (cargo == LAB_PROCESS_NO_CARGO)
        return false;
    while (p->sent ==
           c) // its bytes are in their worker, but the feeder has not come back yet
        pthread_cond_wait(&p->over, &p->mutex);
    pthread_mutex_unlock(&p->mutex);
    bool is_there = lab_process_cargo_read(cargo, c->bytes, c->size);
    close(cargo);
    pthread_mutex_lock(&p->mutex);
    return is_there;
}

// False when there is none. One that ends is replaced without a look at the idle: their count
// is of calls that were over, and a worker that was counted may be the very one that went.
// CPython did look at first, and hung when all had gone. DOC(process-stale-promise)
static bool receive_result(struct lab_process_pool *p)
{
    struct lab_process_pool_reply r;
    int cargo;
    if (!lab_process_receive(p->results[0], &r, sizeof r, MSG_DONTWAIT, &cargo))
        return false;
    if (r.has_bytes && !fetch(p, r.number, cargo)) {
        p->received++;
        return true;
    }
    struct lab_process_pool_call *c = take_back(p, r.number);
    if (p->def.heard)
        p->def.heard(p->def.ctx, p, r.place, r.number + 1);
    p->received++;
    c->result = r.result;
    lab_process_pool_settle(p, c, LAB_PROCESS_POOL_DONE);
    if (!r.is_last) {
        p->idle++;
        return true;
    }
    lab_process_worker_reap(p, r.place);
    lab_process_line_bury(p->line, r.place);
    p->wanted += p->alive + p->wanted < p->def.max_workers;
    return true;
}

static void see_wakeups(struct lab_process_pool *p)
{
    char bytes[64];
    while (recv(p->wakeup[0], bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        continue;
    p->seen = p->woken;
    if (p->cancels)
        drop_pending(p, LAB_PROCESS_POOL_CANCELLED);
    p->cancels = false;
}

// One shared pipe, and nobody knows what a dead worker had, or left half done: so CPython gives
// up on all calls that are not over, and on all workers. DOC(process-broken)
static void break_down(struct lab_process_pool *p)
{
    p->is_broken = true;
    p->wanted = 0;
    drop_pending(p, LAB_PROCESS_POOL_BROKEN);
    while (p->in_hand > 0)
        lab_process_pool_settle(p, p->handed[--p->in_hand], LAB_PROCESS_POOL_BROKEN);
    p->feeding = 0;
    for (uint32_t i = 0; i < p->def.max_workers; i++)
        if (p->workers[i].pid != 0)
            kill(p->workers[i].pid, SIGKILL);
}

static void replace(struct lab_process_pool *p, uint32_t place)
{
    if (p->def.heard)
        p->def.heard(p->def.ctx, p, place, 0);
    uint64_t claim = lab_process_line_bury(p->line, place);
    struct lab_process_pool_call *c = claim > 0 ? take_back(p, claim - 1) : NULL;
    if (c)
        lab_process_pool_settle(p, c, LAB_PROCESS_POOL_DIED);
    p->idle += c != NULL; // the new one has nothing to do, as after a result
    if (!lab_process_worker_begin(p) && p->alive == 0)
        break_down(p);
}

// What a worker sent before it died counts. The poll may have looked for results just before
// they came, and for the death just after.
static void see_death(struct lab_process_pool *p, uint32_t place)
{
    if (receive_result(p))
        return;
    lab_process_worker_reap(p, place);
    if (p->def.is_isolated)
        replace(p, place);
    else
        break_down(p);
}

// ---- The loop ----

static void begin_wanted(struct lab_process_pool *p)
{
    for (; p->wanted > 0; p->wanted--)
        if (!lab_process_worker_begin(p) && p->alive == 0) {
            break_down(p);
            return;
        }
}

static uint32_t list_descriptors(const struct lab_process_pool *p, struct pollfd *fds,
                                 uint32_t *places)
{
    uint32_t n = 2;
    fds[0] = (struct pollfd){ .fd = p->results[0], .events = POLLIN };
    fds[1] = (struct pollfd){ .fd = p->wakeup[0], .events = POLLIN };
    for (uint32_t i = 0; i < p->def.max_workers; i++)
        if (p->workers[i].pid != 0) {
            places[n] = i;
            fds[n++] = (struct pollfd){ .fd = p->workers[i].life, .events = POLLIN };
        }
    return n;
}

// One thing at a time, with a refill in between.
static void await_something(struct lab_process_pool *p)
{
    struct pollfd fds[2 + LAB_PROCESS_POOL_MAX_WORKERS];
    uint32_t places[2 + LAB_PROCESS_POOL_MAX_WORKERS];
    uint32_t n = list_descriptors(p, fds, places), i = 0;
    p->is_polling = true;
    pthread_mutex_unlock(&p->mutex);
    int found = poll(fds, n, -1);
    pthread_mutex_lock(&p->mutex);
    p->is_polling = false;
    while (found > 0 && fds[i].revents == 0)
        i++;
    if (found <= 0)
        return;
    if (i == 0)
        receive_result(p);
    else if (i == 1)
        see_wakeups(p);
    else
        see_death(p, places[i]);
}

static bool is_over(const struct lab_process_pool *p)
{
    return p->is_broken || (p->is_closed && !p->first && p->in_hand == 0);
}

static void end_workers(struct lab_process_pool *p)
{
    lab_process_line_end(p->line);
    for (uint32_t i = 0; i < p->def.max_workers; i++)
        if (p->workers[i].pid != 0)
            lab_process_worker_reap(p, i);
    lab_process_line_empty(p->line);
    p->is_fed = true;
    pthread_cond_signal(&p->fed);
}

void *lab_process_manager_main(void *pool)
{
    struct lab_process_pool *p = pool;
    pthread_mutex_lock(&p->mutex);
    for (;;) {
        if (p->is_short && !p->is_broken)
            break_down(p);
        begin_wanted(p);
        refill(p);
        if (is_over(p))
            break;
        await_something(p);
    }
    end_workers(p);
    pthread_mutex_unlock(&p->mutex);
    return NULL;
}
