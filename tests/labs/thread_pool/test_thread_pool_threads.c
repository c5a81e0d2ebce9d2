#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/thread_pool/thread_pool.h"
#include "tests/support/stress.h"

// Real threads on the machine's own time. What is asserted holds in every interleaving. With
// arguments of tests/support/stress.h the randomised round is repeated: the stress.

#define CLIENTS 4
#define CALLS   40 // of each client

struct job {
    struct lab_thread_pool_call call;
    enum lab_thread_pool_answer answer;
    enum lab_thread_pool_state state;
    bool is_cancelled;
    uint64_t spins;
    atomic_uint *running, *most;
    atomic_uint runs;
};

struct client {
    struct lab_thread_pool *pool;
    struct job *jobs; // CALLS of them
    uint64_t seed;
    bool awaits;
};

// Guarded by the pool's mutex: written from saw.
struct watch {
    uint32_t promised, begun, living, calls_out;
    uint32_t max_workers;
    uint64_t grew, broken;
};

static struct stress stress;

static uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void job_run(void *job)
{
    struct job *j = job;
    unsigned now = atomic_fetch_add(j->running, 1) + 1;
    unsigned most = atomic_load(j->most);
    while (now > most && !atomic_compare_exchange_weak(j->most, &most, now))
        continue;
    for (volatile uint64_t i = 0; i < j->spins; i++)
        continue;
    atomic_fetch_add(&j->runs, 1);
    atomic_fetch_sub(j->running, 1);
}

static void watch_saw(void *ctx, const struct lab_thread_pool_event *e)
{
    struct watch *w = ctx;
    switch (e->kind) {
    case LAB_THREAD_POOL_GREW:
        // The one before has begun by then, for submits go one by one.
        w->broken += w->begun != w->grew || w->grew == w->max_workers;
        w->grew++;
        break;
    case LAB_THREAD_POOL_BEGAN:
        w->begun++;
        w->living++;
        break;
    case LAB_THREAD_POOL_RAN:
        w->calls_out++;
        w->broken += w->calls_out > w->living;
        break;
    case LAB_THREAD_POOL_DONE:
        w->calls_out--;
        break;
    case LAB_THREAD_POOL_LEFT:
        w->living--;
        break;
    default:
        break;
    }
}

static void *client_main(void *client)
{
    struct client *me = client;
    for (uint32_t i = 0; i < CALLS; i++) {
        struct job *j = &me->jobs[i];
        j->answer = lab_thread_pool_submit(me->pool, &j->call);
        if (j->answer != LAB_THREAD_POOL_ACCEPTED)
            continue;
        if (draw(&me->seed) % 4 == 0)
            j->is_cancelled = lab_thread_pool_cancel(me->pool, &j->call);
        if (me->awaits && draw(&me->seed) % 4 == 0)
            lab_thread_pool_await(me->pool, &j->call);
    }
    return NULL;
}

static void fill(struct client *clients, struct job *jobs, struct lab_thread_pool *p,
                 atomic_uint *running, atomic_uint *most, uint64_t *seed)
{
    for (uint32_t i = 0; i < CLIENTS; i++)
        clients[i] = (struct client){ p, &jobs[i * CALLS], draw(seed), draw(seed) % 2 };
    for (uint32_t i = 0; i < CLIENTS * CALLS; i++) {
        struct job *j = &jobs[i];
        *j = (struct job){ .call = { .run = job_run, .arg = j, .id = i },
                           .running = running,
                           .most = most };
        j->spins = draw(seed) % 3 ? 0 : draw(seed) % 20000;
    }
}

// A call ends in exactly one way, and only a close that cancels drops it unasked.
static void look_at(const struct job *j, bool may_drop)
{
    unsigned runs = atomic_load(&j->runs);
    if (j->answer != LAB_THREAD_POOL_ACCEPTED) {
        assert_int_equal(runs, 0);
        return;
    }
    assert_int_equal(runs, j->state == LAB_THREAD_POOL_FINISHED);
    assert_true(j->state == LAB_THREAD_POOL_FINISHED ||
                j->state == LAB_THREAD_POOL_DROPPED);
    if (j->is_cancelled)
        assert_int_equal(j->state, LAB_THREAD_POOL_DROPPED);
    else if (!may_drop)
        assert_int_equal(j->state, LAB_THREAD_POOL_FINISHED);
}

struct round {
    struct lab_thread_pool pool;
    struct watch seen;
    struct job jobs[CLIENTS * CALLS];
    struct client clients[CLIENTS];
    pthread_t threads[CLIENTS];
    atomic_uint running, most;
    enum lab_thread_pool_rest rest;
    bool closes_early;
};

static bool set_up(struct round *r, uint64_t *seed)
{
    struct lab_thread_pool_def def = lab_thread_pool_default(2);
    *r = (struct round){ .rest = draw(seed) % 2, .closes_early = draw(seed) % 2 };
    def.max_workers = 1 + (uint32_t)(draw(seed) % 6);
    def.capacity = draw(seed) % 2 ? 1 + (uint32_t)(draw(seed) % 8) : UINT32_MAX;
    def.hands_over = draw(seed) % 2;
    def.env.ctx = &r->seen;
    def.env.saw = watch_saw;
    r->seen.max_workers = def.max_workers;
    fill(r->clients, r->jobs, &r->pool, &r->running, &r->most, seed);
    return lab_thread_pool_init(&r->pool, &def);
}

static uint32_t run_clients(struct round *r)
{
    uint32_t n = 0;
    while (n < CLIENTS &&
           pthread_create(&r->threads[n], NULL, client_main, &r->clients[n]) == 0)
        n++;
    if (r->closes_early)
        lab_thread_pool_close(&r->pool, r->rest);
    for (uint32_t i = 0; i < n; i++)
        pthread_join(r->threads[i], NULL);
    if (!r->closes_early)
        lab_thread_pool_close(&r->pool, r->rest);
    return n;
}

static void every_call_ends_in_one_way_whatever_the_order(void **state)
{
    uint64_t seed = stress.seed;
    (void)state;
    for (uint32_t n = 0; stress_goes_on(&stress, n); n++) {
        struct round r;
        assert_true(set_up(&r, &seed));
        uint32_t begun = run_clients(&r);
        for (uint32_t i = 0; i < CLIENTS * CALLS; i++)
            if (r.jobs[i].answer == LAB_THREAD_POOL_ACCEPTED)
                r.jobs[i].state = lab_thread_pool_await(&r.pool, &r.jobs[i].call);
        lab_thread_pool_fini(&r.pool);

        assert_int_equal(begun, CLIENTS);
        for (uint32_t i = 0; i < CLIENTS * CALLS; i++)
            look_at(&r.jobs[i], r.rest == LAB_THREAD_POOL_CANCEL);
        assert_true(atomic_load(&r.most) <= r.seen.max_workers);
        assert_int_equal(r.seen.broken, 0);
        assert_int_equal(r.seen.living, 0);
        assert_int_equal(r.seen.calls_out, 0);
        assert_int_equal(r.seen.begun, r.seen.grew);
    }
}

struct meeting {
    pthread_mutex_t mutex;
    pthread_cond_t met;
    uint32_t here, wanted;
};

static void meet(void *meeting)
{
    struct meeting *m = meeting;
    pthread_mutex_lock(&m->mutex);
    m->here++;
    pthread_cond_broadcast(&m->met);
    while (m->here < m->wanted)
        pthread_cond_wait(&m->met, &m->mutex);
    pthread_mutex_unlock(&m->mutex);
}

// Would hang if the pool had not grown to all of its threads.
static void calls_that_wait_for_one_another_all_run_at_once(void **state)
{
    struct meeting m = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 5 };
    struct lab_thread_pool p;
    struct lab_thread_pool_def def = lab_thread_pool_default(1);
    struct lab_thread_pool_call calls[5];
    (void)state;
    assert_true(lab_thread_pool_init(&p, &def));
    for (uint32_t i = 0; i < 5; i++) {
        calls[i] = (struct lab_thread_pool_call){ .run = meet, .arg = &m, .id = i };
        assert_int_equal(lab_thread_pool_submit(&p, &calls[i]), LAB_THREAD_POOL_ACCEPTED);
    }
    lab_thread_pool_close(&p, LAB_THREAD_POOL_DRAIN);
    lab_thread_pool_fini(&p);
    assert_int_equal(m.here, 5);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_ends_in_one_way_whatever_the_order),
        cmocka_unit_test(calls_that_wait_for_one_another_all_run_at_once),
    };
    stress = stress_read(argc, argv, 3);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
