#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/gil/gil_work.h"
#include "tests/support/stress.h"

// Real threads on the machine's own time. What is asserted holds in every interleaving, and
// each thread's work is bounded, so no clock decides. With arguments of
// tests/support/stress.h the randomised round is repeated: the stress.

#define THREADS 6
#define ACTS    24

struct worker {
    struct lab_gil *gil;
    struct lab_gil_thread t;
    uint64_t *unguarded; // only the holder may touch it: TSan and the sum both tell
    struct lab_gil_act acts[ACTS];
    uint64_t in_and_out;
};

struct watch {
    struct worker *workers;
    // Guarded by the lock's mutex: written from saw.
    bool held, must_switch;
    uint32_t holder, dropper;
    uint64_t takes, drops, requested, broken;
};

static struct stress stress;

static void watch_saw(void *ctx, const struct lab_gil_event *e)
{
    struct watch *w = ctx;
    switch (e->kind) {
    case LAB_GIL_TOOK:
        w->broken += w->held || (w->must_switch && w->dropper == e->thread);
        w->held = true;
        w->must_switch = false;
        w->holder = e->thread;
        w->takes++;
        break;
    case LAB_GIL_DROPPED:
        w->broken += !w->held || w->holder != e->thread;
        w->held = false;
        w->must_switch = atomic_load(&w->workers[e->thread].t.asked);
        w->dropper = e->thread;
        w->requested += w->must_switch;
        w->drops++;
        break;
    case LAB_GIL_YIELDED:
        w->broken += w->held;
        break;
    case LAB_GIL_ASKED:
        w->broken += !w->held || w->holder == e->thread;
        break;
    }
}

static struct lab_gil_env watched(struct watch *w)
{
    struct lab_gil_env env = lab_gil_real();
    env.ctx = w;
    env.saw = watch_saw;
    return env;
}

static void *work_at_random(void *worker)
{
    struct worker *w = worker;
    for (uint32_t i = 0; i < w->in_and_out; i++) {
        lab_gil_take(w->gil, &w->t);
        ++*w->unguarded;
        lab_gil_drop(w->gil, &w->t);
    }
    lab_gil_work(w->gil, &w->t, w->acts, ACTS, 1000);
    return NULL;
}

static uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static struct lab_gil_act any_act(uint64_t *seed)
{
    enum lab_gil_act_kind kind = (enum lab_gil_act_kind)(draw(seed) % 3);
    return (struct lab_gil_act){ kind, (int64_t)(draw(seed) % 60000) };
}

// One round: starts the threads, waits for all of them, and looks at what was seen.
static void play(struct worker *workers, uint32_t n, int64_t interval_ns,
                 void *(*work)(void *worker), struct watch *seen)
{
    struct lab_gil g;
    pthread_t threads[THREADS];
    uint32_t begun = 0;
    *seen = (struct watch){ .workers = workers };
    assert_true(lab_gil_init(&g, interval_ns, watched(seen)));
    for (; begun < n; begun++) {
        workers[begun].gil = &g;
        lab_gil_thread_init(&workers[begun].t, begun);
        if (pthread_create(&threads[begun], NULL, work, &workers[begun]) != 0)
            break;
    }
    for (uint32_t i = 0; i < begun; i++)
        pthread_join(threads[i], NULL);
    lab_gil_fini(&g);
    assert_int_equal(begun, n);
    assert_int_equal(seen->broken, 0);
    assert_false(seen->held);
    assert_int_equal(seen->takes, seen->drops);
}

static void never_two_holders_and_every_thread_gets_through(void **state)
{
    uint64_t seed = stress.seed, sum = 0, wanted = 0;
    (void)state;
    for (uint32_t round = 0; stress_goes_on(&stress, round); round++) {
        struct worker workers[THREADS] = { { .t = { .id = 0 } } };
        struct watch seen;
        uint32_t n = 2 + (uint32_t)(draw(&seed) % (THREADS - 1));
        for (uint32_t i = 0; i < n; i++) {
            workers[i].unguarded = &sum;
            workers[i].in_and_out = draw(&seed) % 50;
            wanted += workers[i].in_and_out;
            for (uint32_t a = 0; a < ACTS; a++)
                workers[i].acts[a] = any_act(&seed);
        }
        play(workers, n, 1000 + (int64_t)(draw(&seed) % 200000), work_at_random, &seen);
    }
    assert_int_equal(sum, wanted);
}

// Bytecode until the other has had its turn, which needs a request and a switch each time.
static void *pass_the_ball(void *worker)
{
    struct worker *w = worker;
    lab_gil_take(w->gil, &w->t);
    for (uint32_t i = 0; i < 30; i++) {
        while (*w->unguarded % 2 != w->t.id)
            lab_gil_check(w->gil, &w->t);
        ++*w->unguarded;
    }
    lab_gil_leave(w->gil, &w->t);
    return NULL;
}

static void dropper_waits_until_another_has_held_the_lock(void **state)
{
    struct worker workers[2] = { { .t = { .id = 0 } } };
    struct watch seen;
    uint64_t ball = 0;
    (void)state;
    workers[0].unguarded = workers[1].unguarded = &ball;
    play(workers, 2, 20000, pass_the_ball, &seen);
    assert_int_equal(ball, 60);
    // Whoever began first needed no request for its first turn, nor the other for its last.
    assert_true(seen.requested >= 57);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_two_holders_and_every_thread_gets_through),
        cmocka_unit_test(dropper_waits_until_another_has_held_the_lock),
    };
    stress = stress_read(argc, argv, 3);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
