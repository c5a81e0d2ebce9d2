#define _POSIX_C_SOURCE 200809L
#include "labs/event_loop/loop.h"

#include <sys/socket.h>

#define POLL_CAP 64

// ---- The ready queue ----

static void append(struct lab_loop *l, struct lab_loop_handle *h)
{
    pthread_mutex_lock(&l->mutex);
    h->next = NULL;
    *(l->first ? &l->last->next : &l->first) = h;
    l->last = h;
    l->ready++;
    pthread_mutex_unlock(&l->mutex);
}

static struct lab_loop_handle *take_first(struct lab_loop *l)
{
    pthread_mutex_lock(&l->mutex);
    struct lab_loop_handle *h = l->first;
    l->first = h->next;
    l->ready--;
    pthread_mutex_unlock(&l->mutex);
    return h;
}

static uint32_t count_ready(struct lab_loop *l)
{
    pthread_mutex_lock(&l->mutex);
    uint32_t n = l->ready;
    pthread_mutex_unlock(&l->mutex);
    return n;
}

static struct lab_loop_handle *new_handle(struct lab_loop *l, void (*run)(void *arg),
                                          void *arg, uint32_t tag)
{
    struct lab_loop_handle *h = lab_loop_keep(l, sizeof *h);
    *h = (struct lab_loop_handle){ .run = run, .arg = arg, .tag = tag };
    return h;
}

struct lab_loop_handle *lab_loop_call_soon(struct lab_loop *l, void (*run)(void *arg),
                                           void *arg, uint32_t tag)
{
    struct lab_loop_handle *h = new_handle(l, run, arg, tag);
    append(l, h);
    return h;
}

// The byte is for a loop that polls already. One that runs callbacks finds it at its next
// poll, which the callback itself keeps from sleeping. DOC(loop-self-pipe)
void lab_loop_call_soon_threadsafe(struct lab_loop *l, void (*run)(void *arg), void *arg,
                                   uint32_t tag)
{
    append(l, new_handle(l, run, arg, tag));
    // A pipe that is full holds bytes enough to end any poll.
    (void)!send(l->pipe[1], "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (l->env.sent)
        l->env.sent(l->env.ctx);
}

// ---- Timers, the probe ----

struct lab_loop_handle *lab_loop_call_at(struct lab_loop *l, int64_t when_ns,
                                         void (*run)(void *arg), void *arg, uint32_t tag)
{
    struct lab_loop_handle *h = new_handle(l, run, arg, tag);
    h->when_ns = when_ns;
    lab_timers_push(&l->timers, h);
    return h;
}

void lab_loop_cancel(struct lab_loop *l, struct lab_loop_handle *h)
{
    l->cancelled_timers += h->is_scheduled && !h->is_cancelled;
    h->is_cancelled = true;
}

static void probe(void *loop)
{
    struct lab_loop *l = loop;
    int64_t now = lab_loop_now(l);
    if (l->probe_due_ns > 0)
        lab_loop_saw(l, LAB_LOOP_LAGGED, LAB_LOOP_NOBODY, now - l->probe_due_ns);
    l->probe_due_ns = now + l->probe_ns;
    lab_loop_call_at(l, l->probe_due_ns, probe, l, LAB_LOOP_NOBODY);
}

void lab_loop_probe(struct lab_loop *l, int64_t period_ns)
{
    l->probe_ns = period_ns;
    probe(l);
}

// ---- One iteration ----

// Cancelled timers cost nothing until they come to the head, unless they are most of many.
static void drop_cancelled(struct lab_loop *l)
{
    struct lab_timers *t = &l->timers;
    if (t->count > LAB_LOOP_MIN_TIMERS && 2 * (uint64_t)l->cancelled_timers > t->count) {
        lab_timers_sweep(t);
        l->cancelled_timers = 0;
        return;
    }
    while (t->count > 0 && t->heap[0]->is_cancelled) {
        lab_timers_pop(t);
        l->cancelled_timers--;
    }
}

// epoll counts in milliseconds. Rounded down, the loop would poll in vain until the timer is
// due; so a sleep of 0.1 ms takes a whole one. DOC(loop-whole-ms)
static int poll_ms(struct lab_loop *l)
{
    if (l->is_stopping || count_ready(l) > 0)
        return 0;
    if (l->timers.count == 0)
        return -1;
    int64_t ns = l->timers.heap[0]->when_ns - lab_loop_now(l);
    if (ns > LAB_LOOP_MAX_POLL_NS)
        ns = LAB_LOOP_MAX_POLL_NS;
    return ns <= 0 ? 0 : (int)((ns + 999999) / 1000000);
}

static void poll(struct lab_loop *l)
{
    struct epoll_event events[POLL_CAP];
    int ms = poll_ms(l);
    lab_loop_saw(l, LAB_LOOP_POLLED, LAB_LOOP_NOBODY, ms);
    int cap = l->descriptors < POLL_CAP ? (int)l->descriptors : POLL_CAP;
    int n = l->env.poll(l->env.ctx, l->epoll_fd, events, cap, ms);
    for (int i = 0; i < n; i++)
        append(l, events[i].data.ptr);
}

// A cancelled one that leaves here is still counted as one of the heap's, as in asyncio.
static void move_due_timers(struct lab_loop *l)
{
    int64_t end = lab_loop_now(l) + LAB_LOOP_RESOLUTION_NS;
    while (l->timers.count > 0 && l->timers.heap[0]->when_ns < end)
        append(l, lab_timers_pop(&l->timers));
}

static void run_handle(struct lab_loop *l, struct lab_loop_handle *h)
{
    int64_t begun = l->slow_ns == INT64_MAX ? 0 : lab_loop_now(l);
    if (h->tag != LAB_LOOP_NOBODY)
        lab_loop_saw(l, LAB_LOOP_RAN, h->tag, 0);
    h->run(h->arg);
    if (l->slow_ns == INT64_MAX)
        return;
    int64_t took = lab_loop_now(l) - begun;
    if (took >= l->slow_ns)
        lab_loop_saw(l, LAB_LOOP_SLOW, h->tag, took);
}

// Counted before the first one runs: what they add waits for the next iteration, or a
// callback that calls itself again would keep every socket from being heard. DOC(loop-batch)
static void run_once(struct lab_loop *l)
{
    drop_cancelled(l);
    poll(l);
    move_due_timers(l);
    for (uint32_t left = count_ready(l); left > 0; left--) {
        struct lab_loop_handle *h = take_first(l);
        if (!h->is_cancelled)
            run_handle(l, h);
    }
}

void lab_loop_run(struct lab_loop *l)
{
    do
        run_once(l);
    while (!l->is_stopping);
    l->is_stopping = false;
}

void lab_loop_stop(struct lab_loop *l)
{
    l->is_stopping = true;
}
