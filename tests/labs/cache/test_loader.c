#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "labs/cache/loader.h"
#include "tests/support/stress.h"

#define THREADS 4

static struct stress stress;

struct source {
    atomic_int loads[8], now, under_way[8], most;
    bool fails, is_alone;
    struct lab_loader loader;
};

// Waits for nothing but the others: who loads goes on when all others wait for it.
static bool load_when_all_wait(void *ctx, uint64_t key, uint64_t *value)
{
    struct source *s = ctx;
    atomic_fetch_add(&s->loads[key], 1);
    for (uint32_t waiting = 0; waiting < THREADS - 1;) {
        pthread_mutex_lock(&s->loader.mutex);
        // Private, but there is no other way to know without a clock: each question counts.
        waiting = (uint32_t)s->loader.cache.questions - 1;
        pthread_mutex_unlock(&s->loader.mutex);
    }
    *value = 7;
    return !s->fails;
}

static int64_t given(void *ctx)
{
    return atomic_load(&((struct source *)ctx)->now);
}

struct asker {
    struct source *source;
    uint64_t value;
    bool has_value;
    uint32_t seed, wrong;
};

static void *ask_once(void *arg)
{
    struct asker *a = arg;
    a->has_value = lab_loader_get(&a->source->loader, 1, &a->value);
    return NULL;
}

static void start(struct source *s, bool (*load)(void *, uint64_t, uint64_t *),
                  uint32_t capacity)
{
    const struct lab_loader_def def = { { capacity, 5, true }, load, given, s };
    assert_true(lab_loader_init(&s->loader, &def));
}

static void run(struct asker *askers, void *(*body)(void *))
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, body, &askers[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void all_who_ask_at_once_share_one_load(void **state)
{
    struct stress part = stress_part(&stress, 0, 2);
    (void)state;
    for (uint32_t i = 0; stress_goes_on(&part, i); i++) {
        struct source s = { .fails = i % 2 };
        struct asker askers[THREADS] = { 0 };
        start(&s, load_when_all_wait, 4);
        for (int n = 0; n < THREADS; n++)
            askers[n].source = &s;
        run(askers, ask_once);
        assert_int_equal(atomic_load(&s.loads[1]), 1);
        for (int n = 0; n < THREADS; n++) {
            assert_int_equal(askers[n].has_value, !s.fails);
            if (!s.fails)
                assert_int_equal(askers[n].value, 7);
        }
        lab_loader_fini(&s.loader);
    }
}

static bool load_at_random(void *ctx, uint64_t key, uint64_t *value)
{
    struct source *s = ctx;
    int n = atomic_fetch_add(&s->under_way[key], 1) + 1, most = atomic_load(&s->most);
    while (n > most && !atomic_compare_exchange_weak(&s->most, &most, n))
        ;
    int loads = atomic_fetch_add(&s->loads[key], 1);
    *value = key * 1000;
    atomic_fetch_sub(&s->under_way[key], 1);
    return loads % 5 != 4;
}

static void *ask_and_flush(void *arg)
{
    struct asker *a = arg;
    for (int i = 0; i < 200; i++) {
        uint64_t value;
        a->seed = a->seed * 1664525u + 1013904223u;
        uint64_t key = a->seed >> 29;
        if ((a->seed >> 20) % 64 == 0)
            atomic_fetch_add(&a->source->now, 1);
        if (!a->source->is_alone && (a->seed >> 8) % 32 == 0)
            lab_loader_flush(&a->source->loader);
        if (lab_loader_get(&a->source->loader, key, &value) && value != key * 1000)
            a->wrong++;
    }
    return NULL;
}

static void whatever_happens_values_are_those_of_their_keys(void **state)
{
    struct stress part = stress_part(&stress, 1, 2);
    (void)state;
    for (uint32_t i = 0; stress_goes_on(&part, i); i++) {
        struct source s = { .is_alone = i % 2 };
        struct asker askers[THREADS] = { 0 };
        start(&s, load_at_random, s.is_alone ? 8 : 3);
        for (unsigned n = 0; n < THREADS; n++) {
            askers[n].source = &s;
            askers[n].seed = ((uint32_t)stress.seed + i) * THREADS + n;
        }
        run(askers, ask_and_flush);
        for (int n = 0; n < THREADS; n++)
            assert_int_equal(askers[n].wrong, 0);
        // With room for all and no flush, nobody loads what is being loaded.
        if (s.is_alone)
            assert_int_equal(atomic_load(&s.most), 1);
        assert_null(s.loader.flights);
        lab_loader_fini(&s.loader);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_who_ask_at_once_share_one_load),
        cmocka_unit_test(whatever_happens_values_are_those_of_their_keys),
    };
    stress = stress_read(argc, argv, 20);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
