#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/lock/lock.h"
#include "tests/support/stress.h"

// Real threads on the machine's own time. What is asserted holds in every interleaving. With
// arguments of tests/support/stress.h the randomised round is repeated: the stress.

#define THREADS 6
#define TURNS   60
#define NOBODY  UINT32_MAX

struct worker {
    struct lab_lock *lock;
    uint32_t id;
    uint64_t *unguarded; // only the owner may touch it: TSan and the sum both tell
    uint64_t seed, got, missed;
};

// Each is written by who owns the lock, or has just made another the owner.
struct watch {
    atomic_bool held;
    atomic_uint heir; // was handed the lock, and must be the next to go on
    atomic_uint acquired, released, gave_up, broken;
};

static struct stress stress;

static uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void acquired(struct watch *w, uint32_t thread)
{
    unsigned heir = atomic_exchange(&w->heir, NOBODY);
    bool was_held = atomic_exchange(&w->held, true);
    w->broken += was_held || (heir != NOBODY && heir != thread);
    w->acquired++;
}

static void watch_saw(void *ctx, const struct lab_lock_event *e)
{
    struct watch *w = ctx;
    switch (e->kind) {
    case LAB_LOCK_ACQUIRED:
        acquired(w, e->thread);
        break;
    case LAB_LOCK_RELEASED:
        w->broken += !atomic_exchange(&w->held, false);
        w->released++;
        break;
    case LAB_LOCK_HANDED:
        w->broken += atomic_exchange(&w->heir, e->thread) != NOBODY;
        break;
    case LAB_LOCK_GAVE_UP:
        w->gave_up++;
        break;
    case LAB_LOCK_WAITED:
    case LAB_LOCK_WOKEN:
        break;
    }
}

static bool acquire_somehow(struct worker *w)
{
    const struct lab_lock_env *env = &w->lock->def.env;
    switch (draw(&w->seed) % 4) {
    case 0:
        return lab_lock_try(w->lock, w->id);
    case 1:
        return lab_lock_acquire(w->lock, w->id,
                                env->now(env->ctx) + (int64_t)(draw(&w->seed) % 200000));
    default:
        return lab_lock_acquire(w->lock, w->id, LAB_LOCK_FOREVER);
    }
}

static void *work(void *worker)
{
    struct worker *w = worker;
    for (uint32_t i = 0; i < TURNS; i++) {
        if (!acquire_somehow(w)) {
            w->missed++;
            continue;
        }
        w->got++;
        ++*w->unguarded;
        for (volatile uint64_t n = draw(&w->seed) % 30000; n > 0; n--)
            continue;
        lab_lock_release(w->lock, w->id);
    }
    return NULL;
}

struct round {
    struct lab_lock lock;
    struct watch seen;
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    uint64_t sum;
};

static uint32_t run(struct round *r, uint32_t n, uint64_t *seed)
{
    uint32_t begun = 0;
    for (; begun < n; begun++) {
        struct worker *w = &r->workers[begun];
        *w = (struct worker){ &r->lock, begun, &r->sum, draw(seed), 0, 0 };
        if (pthread_create(&r->threads[begun], NULL, work, w) != 0)
            break;
    }
    for (uint32_t i = 0; i < begun; i++)
        pthread_join(r->threads[i], NULL);
    return begun;
}

static void play(enum lab_lock_kind kind, uint32_t n, uint32_t spins, uint64_t *seed)
{
    struct round r = { .seen = { .heir = NOBODY } };
    struct lab_lock_def def = lab_lock_default(kind);
    uint64_t got = 0, missed = 0;
    def.spins = spins;
    def.env.ctx = &r.seen;
    def.env.saw = watch_saw;
    assert_true(lab_lock_init(&r.lock, &def));
    uint32_t begun = run(&r, n, seed);
    for (uint32_t i = 0; i < begun; i++) {
        got += r.workers[i].got;
        missed += r.workers[i].missed;
    }
    lab_lock_fini(&r.lock);

    assert_int_equal(begun, n);
    assert_int_equal(got + missed, n * TURNS);
    assert_int_equal(r.sum, got);
    assert_int_equal(atomic_load(&r.seen.acquired), got);
    assert_int_equal(atomic_load(&r.seen.released), got);
    assert_true(atomic_load(&r.seen.gave_up) <= missed);
    assert_int_equal(atomic_load(&r.seen.broken), 0);
    assert_int_equal(atomic_load(&r.seen.heir), NOBODY);
}

static void never_two_owners_and_every_thread_gets_through(void **state)
{
    uint64_t seed = stress.seed;
    (void)state;
    for (uint32_t round = 0; stress_goes_on(&stress, round); round++) {
        uint32_t n = 2 + (uint32_t)(draw(&seed) % (THREADS - 1));
        uint32_t spins = draw(&seed) % 2 ? LAB_LOCK_SPINS : 0;
        play(LAB_LOCK_SEMAPHORE, n, 0, &seed);
        play(LAB_LOCK_PYMUTEX, n, spins, &seed);
    }
}

struct loser {
    struct lab_lock *lock;
    atomic_bool got;
};

static void *want_once(void *loser)
{
    struct loser *l = loser;
    lab_lock_acquire(l->lock, 1, LAB_LOCK_FOREVER);
    atomic_store(&l->got, true);
    lab_lock_release(l->lock, 1);
    return NULL;
}

// A thread that lets go and takes again without a pause would keep a semaphore for as long as
// it liked; it would hang here, but for the hand-over.
static void greedy_thread_cannot_starve_the_other(void **state)
{
    struct lab_lock lock;
    struct lab_lock_def def = lab_lock_default(LAB_LOCK_PYMUTEX);
    struct loser loser = { .lock = &lock };
    pthread_t thread;
    (void)state;
    assert_true(lab_lock_init(&lock, &def));
    lab_lock_acquire(&lock, 0, LAB_LOCK_FOREVER);
    bool is_begun = pthread_create(&thread, NULL, want_once, &loser) == 0;
    while (is_begun && !atomic_load(&loser.got)) {
        lab_lock_release(&lock, 0);
        lab_lock_acquire(&lock, 0, LAB_LOCK_FOREVER);
    }
    lab_lock_release(&lock, 0);
    if (is_begun)
        pthread_join(thread, NULL);
    lab_lock_fini(&lock);
    assert_true(is_begun);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_two_owners_and_every_thread_gets_through),
        cmocka_unit_test(greedy_thread_cannot_starve_the_other),
    };
    stress = stress_read(argc, argv, 3);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
