#define _GNU_SOURCE
#include "labs/process_pool/process_script.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "labs/process_pool/process_rest.h"

#define NOBODY LAB_PROCESS_POOL_NOBODY

struct seen {
    enum lab_process_change_kind kind;
    uint32_t worker;
};

struct play {
    const struct lab_process_script *script;
    struct lab_process_pool pool;
    struct lab_process_pool_call calls[LAB_PROCESS_SCRIPT_CALLS];
    int gates[LAB_PROCESS_SCRIPT_CALLS][2]; // a call waits for a byte from the second
    bool is_submitted[LAB_PROCESS_SCRIPT_CALLS], is_refused[LAB_PROCESS_SCRIPT_CALLS];
    bool is_closed;

    // After the step before.
    struct seen calls_seen[LAB_PROCESS_SCRIPT_CALLS];
    bool is_known[LAB_PROCESS_SCRIPT_CALLS];
    struct lab_process_pool_worker workers[LAB_PROCESS_POOL_MAX_WORKERS];
    uint32_t begun;

    struct lab_process_change *out;
    uint32_t cap, step;
    int64_t count;
};

static int64_t wait_at_gate(int64_t gate)
{
    char byte;
    return recv((int)gate, &byte, 1, 0);
}

static void open_gate(struct play *p, uint32_t call)
{
    (void)!send(p->gates[call][1], "", 1, MSG_NOSIGNAL);
}

// ---- What has changed ----

static void tell(struct play *p, enum lab_process_change_kind kind, uint32_t worker,
                 uint32_t call)
{
    if (p->count < p->cap)
        p->out[p->count] = (struct lab_process_change){ p->step, kind, worker, call };
    p->count++;
}

static bool is_among(const struct lab_process_pool_worker *workers, uint32_t number)
{
    for (uint32_t i = 0; i < LAB_PROCESS_POOL_MAX_WORKERS; i++)
        if (workers[i].pid != 0 && workers[i].number == number)
            return true;
    return false;
}

static void tell_workers(struct play *p)
{
    const struct lab_process_pool *pool = &p->pool;
    for (uint32_t n = 0; n < p->begun; n++)
        if (is_among(p->workers, n) && !is_among(pool->workers, n))
            tell(p, LAB_PROCESS_GONE, n, NOBODY);
    for (uint32_t n = p->begun; n < pool->begun; n++) {
        tell(p, LAB_PROCESS_BEGAN, n, NOBODY);
        if (!is_among(pool->workers, n))
            tell(p, LAB_PROCESS_GONE, n, NOBODY);
    }
    p->begun = pool->begun;
    memcpy(p->workers, pool->workers, sizeof p->workers);
}

static struct seen look_at(const struct play *p, uint32_t call)
{
    static const enum lab_process_change_kind kinds[] = {
        LAB_PROCESS_PENDING,   LAB_PROCESS_QUEUED, LAB_PROCESS_DONE,
        LAB_PROCESS_CANCELLED, LAB_PROCESS_BROKEN, LAB_PROCESS_DIED
    };
    const struct lab_process_pool_call *c = &p->calls[call];
    uint32_t worker = NOBODY;
    if (p->is_refused[call])
        return (struct seen){ LAB_PROCESS_REFUSED, NOBODY };
    if (c->state == LAB_PROCESS_POOL_HANDED)
        worker = lab_process_rest_worker_of(&p->pool, c);
    if (worker != NOBODY)
        return (struct seen){ LAB_PROCESS_RUNNING, worker };
    return (struct seen){ kinds[c->state], NOBODY };
}

static void tell_calls(struct play *p)
{
    for (uint32_t i = 0; i < p->script->calls; i++) {
        if (!p->is_submitted[i])
            continue;
        struct seen now = look_at(p, i), before = p->calls_seen[i];
        if (!p->is_known[i] || now.kind != before.kind || now.worker != before.worker)
            tell(p, now.kind, now.worker, i);
        p->calls_seen[i] = now;
        p->is_known[i] = true;
    }
}

// ---- Steps ----

static void submit(struct play *p, uint32_t call)
{
    p->is_refused[call] =
        lab_process_pool_submit(&p->pool, &p->calls[call]) != LAB_PROCESS_POOL_ACCEPTED;
    p->is_submitted[call] = true;
}

static void finish(struct play *p, uint32_t call)
{
    open_gate(p, call);
    if (p->is_known[call] && p->calls_seen[call].kind == LAB_PROCESS_RUNNING)
        lab_process_pool_await(&p->pool, &p->calls[call]);
}

static void kill_worker(struct play *p, uint32_t number)
{
    for (uint32_t i = 0; i < p->script->max_workers; i++)
        if (p->workers[i].pid != 0 && p->workers[i].number == number) {
            kill(p->workers[i].pid, SIGKILL);
            lab_process_rest_await_end(&p->pool, number);
        }
}

static void close_once(struct play *p, enum lab_process_pool_rest rest)
{
    if (!p->is_closed)
        lab_process_pool_close(&p->pool, rest);
    p->is_closed = true;
}

static void take_step(struct play *p, struct lab_process_step s)
{
    switch (s.kind) {
    case LAB_PROCESS_DO_SUBMIT:
        submit(p, s.who);
        break;
    case LAB_PROCESS_DO_FINISH:
        finish(p, s.who);
        break;
    case LAB_PROCESS_DO_CANCEL:
        if (p->is_submitted[s.who] && !p->is_refused[s.who])
            lab_process_pool_cancel(&p->pool, &p->calls[s.who]);
        break;
    case LAB_PROCESS_DO_KILL:
        kill_worker(p, s.who);
        break;
    case LAB_PROCESS_DO_DRAIN:
        close_once(p, LAB_PROCESS_POOL_DRAIN);
        break;
    case LAB_PROCESS_DO_ABANDON:
        close_once(p, LAB_PROCESS_POOL_CANCEL);
        break;
    }
}

static void play_steps(struct play *p)
{
    for (p->step = 0; p->step < p->script->count; p->step++) {
        take_step(p, p->script->steps[p->step]);
        lab_process_rest_await(&p->pool);
        pthread_mutex_lock(&p->pool.mutex);
        tell_workers(p);
        tell_calls(p);
        pthread_mutex_unlock(&p->pool.mutex);
    }
    for (uint32_t i = 0; i < p->script->calls; i++)
        open_gate(p, i);
    close_once(p, LAB_PROCESS_POOL_DRAIN);
    lab_process_pool_fini(&p->pool);
}

// ---- Playing ----

static uint32_t open_gates(struct play *p)
{
    uint32_t n = 0;
    while (n < p->script->calls &&
           socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p->gates[n]) == 0) {
        p->calls[n] = (struct lab_process_pool_call){ .run = wait_at_gate,
                                                      .arg = p->gates[n][0],
                                                      .id = n };
        n++;
    }
    return n;
}

static void close_gates(struct play *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        close(p->gates[i][0]);
        close(p->gates[i][1]);
    }
}

int64_t lab_process_script_play(const struct lab_process_script *script,
                                struct lab_process_change *out, uint32_t cap)
{
    struct play p = { .script = script, .out = out, .cap = cap };
    const struct lab_process_pool_def def = { .max_workers = script->max_workers,
                                              .start = script->start,
                                              .max_tasks = script->max_tasks,
                                              .is_isolated = script->is_isolated,
                                              .heard = lab_process_rest_heard };
    assert(script->calls <= LAB_PROCESS_SCRIPT_CALLS);
    uint32_t n = open_gates(&p);
    bool is_played = n == script->calls && lab_process_pool_init(&p.pool, &def);
    if (is_played)
        play_steps(&p);
    close_gates(&p, n);
    return is_played ? p.count : -1;
}
