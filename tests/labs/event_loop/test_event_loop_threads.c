#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "labs/event_loop/program.h"
#include "tests/support/stress.h"

// A real loop on the machine's own time, with tasks at random, and threads that call into it.
// What is asserted holds in every interleaving. With arguments of tests/support/stress.h
// the randomised round is repeated: the stress.

#define TASKS   12
#define OPS     40
#define THREADS 3
#define POSTS   200 // of each thread
#define TIMERS  50

static struct stress stress;

static uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

struct watch {
    // The loop's thread only.
    uint32_t begun[TASKS], ended[TASKS];
    // Any thread.
    atomic_uint jobs_running, jobs_run, jobs_done, most_jobs;
};

static void watch_saw(void *ctx, const struct lab_loop_event *e)
{
    struct watch *w = ctx;
    switch (e->kind) {
    case LAB_LOOP_TASK_BEGAN:
        w->begun[e->who]++;
        break;
    case LAB_LOOP_TASK_ENDED:
        w->ended[e->who]++;
        break;
    case LAB_LOOP_JOB_RAN: // with the pool's mutex held, so one after the other
        w->jobs_run++;
        if (++w->jobs_running > w->most_jobs)
            w->most_jobs = (unsigned)w->jobs_running;
        break;
    case LAB_LOOP_JOB_DONE:
        w->jobs_running--;
        w->jobs_done++;
        break;
    default:
        break;
    }
}

// ---- Programs at random: well-formed, and awaiting only tasks of a higher number ----

struct writer {
    struct lab_op *ops;
    uint32_t count, self;
    uint64_t *seed;
};

static void put(struct writer *w, enum lab_op_kind kind, uint32_t a, uint32_t b)
{
    w->ops[w->count++] =
        (struct lab_op){ kind, a, b,
                         (int64_t)(draw(w->seed) % 3 * (draw(w->seed) % 1500000)) };
}

static void write_simple(struct writer *w)
{
    static const enum lab_op_kind any[] = { LAB_OP_SLEEP, LAB_OP_SLEEP, LAB_OP_THREAD,
                                            LAB_OP_NOTE,  LAB_OP_RAISE, LAB_OP_UNCANCEL,
                                            LAB_OP_CANCEL };
    static const enum lab_op_kind of_tasks[] = { LAB_OP_SPAWN, LAB_OP_AWAIT, LAB_OP_SHIELD,
                                                 LAB_OP_GATHER };
    uint32_t above = TASKS - 1 - w->self;
    if (above == 0 || draw(w->seed) % 2) {
        put(w, any[draw(w->seed) % 7], (uint32_t)(draw(w->seed) % TASKS), 0);
        return;
    }
    uint32_t a = w->self + 1 + (uint32_t)(draw(w->seed) % above);
    put(w, of_tasks[draw(w->seed) % 4], a, a + (uint32_t)(draw(w->seed) % (TASKS - a)));
}

static void write_body(struct writer *w, uint32_t depth);

static void write_block(struct writer *w, uint32_t depth)
{
    uint32_t above = TASKS - 1 - w->self;
    switch (draw(w->seed) % 3) {
    case 0:
        put(w, LAB_OP_TIMEOUT, 0, 0);
        write_body(w, depth + 1);
        break;
    case 1:
        put(w, LAB_OP_TRY, 0, 0);
        write_body(w, depth + 1);
        put(w, draw(w->seed) % 2 ? LAB_OP_FINALLY : LAB_OP_EXCEPT,
            1 + (uint32_t)(draw(w->seed) % LAB_EXC_CANCELLED), 0);
        write_simple(w);
        break;
    default:
        put(w, LAB_OP_GROUP, 0, 0);
        if (above > 0)
            put(w, LAB_OP_JOIN, w->self + 1 + (uint32_t)(draw(w->seed) % above), 0);
        write_body(w, depth + 1);
        break;
    }
    put(w, LAB_OP_END, 0, 0);
}

static void write_body(struct writer *w, uint32_t depth)
{
    for (uint64_t n = 1 + draw(w->seed) % 2; n > 0; n--) {
        if (depth < 2 && draw(w->seed) % 2)
            write_block(w, depth);
        else
            write_simple(w);
    }
}

// ---- A round ----

struct round;

struct sender {
    struct round *round;
    uint32_t id, next;
    pthread_t thread;
};

struct post {
    struct sender *from;
    uint32_t number;
};

struct due {
    struct round *round;
    int64_t when_ns;
    bool is_cancelled;
};

struct round {
    struct lab_loop loop;
    struct lab_offload pool;
    struct lab_programs programs;
    struct lab_program program[TASKS];
    struct lab_op ops[TASKS][OPS];
    struct watch seen;
    struct sender senders[THREADS];
    struct post posts[THREADS][POSTS];
    struct due dues[TIMERS];
    uint32_t received, disorder, rung, early;
};

static void receive(void *post)
{
    struct post *p = post;
    p->from->round->disorder += p->number != p->from->next++;
    p->from->round->received++;
}

static void *sender_main(void *sender)
{
    struct sender *s = sender;
    for (uint32_t i = 0; i < POSTS; i++)
        lab_loop_call_soon_threadsafe(&s->round->loop, receive, &s->round->posts[s->id][i],
                                      LAB_LOOP_NOBODY);
    return NULL;
}

static void ring(void *due)
{
    struct due *d = due;
    d->round->rung++;
    d->round->early += lab_loop_now(&d->round->loop) < d->when_ns || d->is_cancelled;
}

static bool has_all_ended(const struct round *r)
{
    for (uint32_t k = 0; k < TASKS; k++)
        if (r->programs.tasks[k] && !lab_future_is_done(&r->programs.tasks[k]->future))
            return false;
    return r->received == THREADS * POSTS && r->loop.timers.count == 0;
}

static void stop_when_over(void *round)
{
    struct round *r = round;
    if (has_all_ended(r))
        lab_loop_stop(&r->loop);
    else
        lab_loop_call_at(&r->loop, lab_loop_now(&r->loop) + 1000000, stop_when_over, r,
                         LAB_LOOP_NOBODY);
}

static void set_timers(struct round *r, uint64_t *seed)
{
    for (uint32_t i = 0; i < TIMERS; i++) {
        struct due *d = &r->dues[i];
        *d = (struct due){ r, lab_loop_now(&r->loop) + (int64_t)(draw(seed) % 4000000),
                           false };
        struct lab_loop_handle *h =
            lab_loop_call_at(&r->loop, d->when_ns, ring, d, LAB_LOOP_NOBODY);
        d->is_cancelled = draw(seed) % 4 == 0;
        if (d->is_cancelled)
            lab_loop_cancel(&r->loop, h);
    }
}

static void write_programs(struct round *r, uint64_t *seed)
{
    for (uint32_t k = 0; k < TASKS; k++) {
        struct writer w = { r->ops[k], 0, k, seed };
        write_body(&w, 0);
        r->program[k] = (struct lab_program){ r->ops[k], w.count };
    }
    r->programs = (struct lab_programs){
        .loop = &r->loop, .pool = &r->pool, .programs = r->program, .count = TASKS
    };
}

static uint32_t begin_senders(struct round *r)
{
    uint32_t n = 0;
    for (; n < THREADS; n++) {
        r->senders[n] = (struct sender){ .round = r, .id = n };
        for (uint32_t i = 0; i < POSTS; i++)
            r->posts[n][i] = (struct post){ &r->senders[n], i };
        if (pthread_create(&r->senders[n].thread, NULL, sender_main, &r->senders[n]) != 0)
            break;
    }
    return n;
}

static void look_at(const struct round *r, uint32_t threads)
{
    uint32_t wanted = 0;
    for (uint32_t i = 0; i < TIMERS; i++)
        wanted += !r->dues[i].is_cancelled;
    assert_int_equal(r->rung, wanted);
    assert_int_equal(r->early, 0);
    assert_int_equal(r->disorder, 0);
    for (uint32_t k = 0; k < TASKS; k++) {
        assert_true(r->seen.begun[k] <= 1);
        assert_int_equal(r->seen.ended[k], r->programs.tasks[k] != NULL);
    }
    assert_int_equal(atomic_load(&r->seen.jobs_run), atomic_load(&r->seen.jobs_done));
    assert_true(atomic_load(&r->seen.most_jobs) <= threads);
}

static void every_task_ends_once_whatever_it_does_and_no_timer_is_early(void **state)
{
    uint64_t seed = stress.seed;
    (void)state;
    for (uint32_t round = 0; stress_goes_on(&stress, round); round++) {
        static struct round r;
        uint32_t threads = 1 + (uint32_t)(draw(&seed) % 3);
        r = (struct round){ .received = 0 };
        struct lab_loop_env env = lab_loop_real();
        env.ctx = &r.seen;
        env.saw = watch_saw;
        assert_true(lab_loop_init(&r.loop, env));
        assert_true(lab_offload_init(&r.pool, &r.loop, threads));
        write_programs(&r, &seed);
        lab_program_begin(&r.programs, 0);
        lab_program_begin(&r.programs, 1);
        set_timers(&r, &seed);
        stop_when_over(&r);
        uint32_t begun = begin_senders(&r);
        if (begun == THREADS)
            lab_loop_run(&r.loop);
        for (uint32_t i = 0; i < begun; i++)
            pthread_join(r.senders[i].thread, NULL);
        lab_offload_fini(&r.pool);
        lab_loop_fini(&r.loop);
        assert_int_equal(begun, THREADS);
        look_at(&r, threads);
    }
}

// ---- Descriptors ----

struct echo {
    struct lab_loop loop;
    int ends[2];
    uint32_t turns, bytes;
};

static void hear(void *echo)
{
    struct echo *e = echo;
    char byte;
    e->turns++;
    e->bytes += recv(e->ends[0], &byte, 1, MSG_DONTWAIT) == 1;
    if (e->bytes < 3)
        return;
    lab_loop_remove_reader(&e->loop, e->ends[0]);
    lab_loop_stop(&e->loop);
}

static void reader_is_called_once_a_turn_while_there_is_something_to_read(void **state)
{
    struct echo e = { .turns = 0 };
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, e.ends), 0);
    assert_true(lab_loop_init(&e.loop, lab_loop_real()));
    assert_true(lab_loop_add_reader(&e.loop, e.ends[0], hear, &e));
    assert_int_equal(send(e.ends[1], "abcd", 4, 0), 4);
    lab_loop_run(&e.loop);
    // The fourth byte is there, and nobody listens any more.
    lab_loop_stop(&e.loop);
    lab_loop_run(&e.loop);
    lab_loop_fini(&e.loop);
    close(e.ends[0]);
    close(e.ends[1]);
    assert_int_equal(e.bytes, 3);
    assert_int_equal(e.turns, 3);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_ends_once_whatever_it_does_and_no_timer_is_early),
        cmocka_unit_test(reader_is_called_once_a_turn_while_there_is_something_to_read),
    };
    stress = stress_read(argc, argv, 3);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
