#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "labs/redis_limit/redis_limit_private.h"
#include "labs/redis_limit/redis_server.h"
#include "tests/support/stress.h"

// Every rule is asked of both ways: the script's Lua and the reader's C are written apart.

#define S       ((int64_t)1000000)
#define THREADS 4

static struct lab_redis_server server;
static struct stress stress;
static unsigned keys = 0;

static const enum lab_redis_limit_way both[] = { LAB_REDIS_SCRIPT,
                                                 LAB_REDIS_READ_THEN_WRITE };

struct limiter {
    struct lab_redis_limit l;
    char key[32];
};

static void fresh(struct limiter *x, enum lab_redis_limit_algorithm algorithm,
                  enum lab_redis_limit_way way, uint32_t limit, int64_t window,
                  uint32_t burst)
{
    const struct lab_redis_limit_def def = { algorithm, way, limit, window, burst, false };
    assert_true(lab_redis_limit_init(&x->l, &def, server.socket, 1));
    snprintf(x->key, sizeof x->key, "key-%u", keys++);
}

static bool take(struct limiter *x, uint32_t cost, int64_t at)
{
    struct lab_redis_limit_answer a = lab_redis_limit_take(&x->l, x->key, cost, at);
    assert_int_not_equal(a.verdict, LAB_REDIS_NO_STORE);
    return a.verdict == LAB_REDIS_ALLOWED;
}

// Calls at one instant until one is refused; what was said to remain has to come true.
static uint32_t burst_at(struct limiter *x, int64_t at)
{
    for (uint32_t n = 0;; n++) {
        struct lab_redis_limit_answer a = lab_redis_limit_take(&x->l, x->key, 1, at);
        assert_int_not_equal(a.verdict, LAB_REDIS_NO_STORE);
        if (a.verdict == LAB_REDIS_REFUSED) {
            assert_int_equal(a.remaining, 0);
            return n;
        }
    }
}

static void a_fixed_window_begins_at_multiples_of_its_length(void **state)
{
    struct limiter x;
    (void)state;
    for (int i = 0; i < 2; i++) {
        fresh(&x, LAB_REDIS_FIXED_WINDOW, both[i], 10, S, 0);
        assert_int_equal(burst_at(&x, S - 1), 10);
        assert_int_equal(burst_at(&x, S), 10);
        assert_int_equal(burst_at(&x, 2 * S - 1), 0);
        assert_false(take(&x, 11, 5 * S));
        assert_true(take(&x, 10, 5 * S));
        lab_redis_limit_fini(&x.l);
    }
}

static void a_log_forgets_a_call_at_the_age_of_a_window(void **state)
{
    struct limiter x;
    (void)state;
    for (int i = 0; i < 2; i++) {
        fresh(&x, LAB_REDIS_SLIDING_LOG, both[i], 3, S, 0);
        assert_true(take(&x, 1, 100));
        assert_true(take(&x, 2, 300)); // two of one instant are two
        assert_false(take(&x, 1, S + 99));
        assert_true(take(&x, 1, S + 100));
        assert_false(take(&x, 1, S + 299));
        assert_int_equal(burst_at(&x, S + 300), 2);
        lab_redis_limit_fini(&x.l);
    }
}

static void a_log_of_refused_calls_keeps_an_impatient_caller_out(void **state)
{
    struct limiter x;
    (void)state;
    for (int i = 0; i < 2; i++) {
        fresh(&x, LAB_REDIS_SLIDING_LOG, both[i], 2, S, 0);
        x.l.def.logs_refused = true;
        assert_true(take(&x, 2, 0));
        for (int64_t at = 400000; at <= 4 * S; at += 400000)
            assert_false(take(&x, 1, at));
        assert_false(take(&x, 1, 5 * S - 400001)); // 3.6 s and 4 s still count
        assert_false(take(&x, 2, 5 * S));          // and so does that one
        assert_true(take(&x, 2, 7 * S));
        lab_redis_limit_fini(&x.l);
    }
}

// Cloudflare's example: 42 in the minute before, 18 in this one, 15 s in: 49.5 of 50.
static void a_counter_weighs_the_window_before_and_no_older_one(void **state)
{
    struct limiter x;
    (void)state;
    for (int i = 0; i < 2; i++) {
        fresh(&x, LAB_REDIS_SLIDING_COUNTER, both[i], 50, 60 * S, 0);
        assert_true(take(&x, 42, 30 * S));
        assert_true(take(&x, 8, 60 * S)); // at 42 + 7, one below the limit
        assert_true(take(&x, 10, 75 * S));
        assert_int_equal(burst_at(&x, 75 * S), 1); // at 49.5, then 50.5
        assert_int_equal(burst_at(&x, 180 * S), 50);
        // 50 before weigh less than 50 only after the first instant.
        assert_int_equal(burst_at(&x, 240 * S), 0);
        assert_int_equal(burst_at(&x, 240 * S + 1), 1);
        lab_redis_limit_fini(&x.l);
    }
}

static void tokens_come_back_at_their_instant_and_not_before(void **state)
{
    struct limiter x;
    (void)state;
    for (int i = 0; i < 2; i++) {
        fresh(&x, LAB_REDIS_TOKEN_BUCKET, both[i], 3, 10, 5); // each 3 1/3 us
        assert_int_equal(burst_at(&x, 0), 5);
        assert_false(take(&x, 1, 3));
        assert_true(take(&x, 1, 4));
        assert_false(take(&x, 1, 6)); // two thirds of a us were left over
        assert_true(take(&x, 1, 7));
        assert_false(take(&x, 6, 1000));
        assert_int_equal(burst_at(&x, (int64_t)9e15), 5);
        lab_redis_limit_fini(&x.l);
    }
}

// redis-cell's example: CL.THROTTLE user123 15 30 60.
static void gcra_lets_the_burst_and_one_through(void **state)
{
    struct limiter x;
    (void)state;
    for (int i = 0; i < 2; i++) {
        fresh(&x, LAB_REDIS_GCRA, both[i], 30, 60 * S, 15);
        assert_false(take(&x, 17, 0));
        assert_int_equal(lab_redis_limit_take(&x.l, x.key, 1, 0).remaining, 15);
        assert_int_equal(burst_at(&x, 0), 15);
        // A refused call does not move the theoretical arrival time.
        assert_false(take(&x, 1, 2 * S - 1));
        assert_true(take(&x, 1, 2 * S));
        assert_false(take(&x, 1, 2 * S));
        assert_int_equal(burst_at(&x, 1000 * S), 16);
        lab_redis_limit_fini(&x.l);
    }
}

static struct lab_redis_limit_def random_def(int algorithm)
{
    struct lab_redis_limit_def def = { .algorithm =
                                           (enum lab_redis_limit_algorithm)algorithm,
                                       .limit = 1 + (uint32_t)rand() % 6,
                                       .window_us = 1 + rand() % 40,
                                       .burst = 1 + (uint32_t)rand() % 5,
                                       .logs_refused = rand() % 2 };
    if (algorithm == LAB_REDIS_GCRA)
        def.window_us *= def.limit;
    return def;
}

static void alone_both_ways_decide_alike(void **state)
{
    (void)state;
    srand(1);
    for (int run = 0; run < 60; run++) {
        struct lab_redis_limit_def def = random_def(run % 5);
        struct limiter x[2];
        // Some begin where a time in microseconds has 16 digits.
        int64_t at = run % 2 ? rand() % 3 : (int64_t)9e15 + rand() % 100;
        for (int i = 0; i < 2; i++) {
            fresh(&x[i], def.algorithm, both[i], def.limit, def.window_us, def.burst);
            x[i].l.def.logs_refused = def.logs_refused;
        }
        for (int i = 0; i < 40; i++) {
            uint32_t cost = 1 + (uint32_t)rand() % 3;
            struct lab_redis_limit_answer a =
                lab_redis_limit_take(&x[0].l, x[0].key, cost, at);
            struct lab_redis_limit_answer b =
                lab_redis_limit_take(&x[1].l, x[1].key, cost, at);
            assert_int_not_equal(a.verdict, LAB_REDIS_NO_STORE);
            assert_int_equal(a.verdict, b.verdict);
            assert_int_equal(a.remaining, b.remaining);
            at += rand() % 20 == 0 ? rand() % 200 : rand() % 6;
        }
        lab_redis_limit_fini(&x[0].l);
        lab_redis_limit_fini(&x[1].l);
    }
}

// ---- The race, by script: who reads before anybody has written passes ----

static uint32_t clients_pass(enum lab_redis_limit_algorithm algorithm, uint32_t clients)
{
    struct lab_redis_limit_seen seen[8];
    struct limiter x[8];
    uint32_t passed = 0;
    for (uint32_t i = 0; i < clients; i++) {
        fresh(&x[i], algorithm, LAB_REDIS_READ_THEN_WRITE, 5, 10 * S,
              algorithm == LAB_REDIS_GCRA ? 4 : 5);
        x[i].l.client = i;
    }
    assert_true(take(&x[0], 4, S)); // one place is left
    for (uint32_t i = 0; i < clients; i++)
        seen[i] = lab_redis_limit_read(&x[i].l, x[0].key, 1, S);
    for (uint32_t i = 0; i < clients; i++)
        passed += lab_redis_limit_write(&x[i].l, &seen[i]).verdict == LAB_REDIS_ALLOWED;
    assert_false(take(&x[0], 1, S)); // after the write everybody sees it
    for (uint32_t i = 0; i < clients; i++)
        lab_redis_limit_fini(&x[i].l);
    return passed;
}

static void all_who_read_before_the_write_have_the_last_place(void **state)
{
    (void)state;
    for (int a = LAB_REDIS_FIXED_WINDOW; a <= LAB_REDIS_GCRA; a++) {
        assert_int_equal(clients_pass((enum lab_redis_limit_algorithm)a, 1), 1);
        assert_int_equal(clients_pass((enum lab_redis_limit_algorithm)a, 2), 2);
        assert_int_equal(clients_pass((enum lab_redis_limit_algorithm)a, 8), 8);
    }
}

// A counter that is added to knows of both calls; a state that is overwritten knows of one.
static void what_is_overwritten_loses_a_call_each_time(void **state)
{
    (void)state;
    for (int a = LAB_REDIS_FIXED_WINDOW; a <= LAB_REDIS_GCRA; a++) {
        enum lab_redis_limit_algorithm algorithm = (enum lab_redis_limit_algorithm)a;
        bool is_added = a <= LAB_REDIS_SLIDING_COUNTER;
        struct limiter x[2];
        int passed = 0;
        for (uint32_t i = 0; i < 2; i++) {
            fresh(&x[i], algorithm, LAB_REDIS_READ_THEN_WRITE, 5, 10 * S,
                  algorithm == LAB_REDIS_GCRA ? 4 : 5);
            x[i].l.client = i;
        }
        for (int i = 0; i < 10; i++) {
            struct lab_redis_limit_seen s = lab_redis_limit_read(&x[0].l, x[0].key, 1, S);
            struct lab_redis_limit_seen t = lab_redis_limit_read(&x[1].l, x[0].key, 1, S);
            passed += lab_redis_limit_write(&x[0].l, &s).verdict == LAB_REDIS_ALLOWED;
            passed += lab_redis_limit_write(&x[1].l, &t).verdict == LAB_REDIS_ALLOWED;
        }
        assert_int_equal(passed, is_added ? 6 : 10);
        lab_redis_limit_fini(&x[0].l);
        lab_redis_limit_fini(&x[1].l);
    }
}

static void counting_first_lets_one_have_the_last_place(void **state)
{
    struct lab_redis_limit_seen s, t;
    struct limiter x, y;
    (void)state;
    fresh(&x, LAB_REDIS_FIXED_WINDOW, LAB_REDIS_INCREMENT_FIRST, 5, S, 0);
    fresh(&y, LAB_REDIS_FIXED_WINDOW, LAB_REDIS_INCREMENT_FIRST, 5, S, 0);
    assert_true(take(&x, 4, 0));
    s = lab_redis_limit_read(&x.l, x.key, 1, 0);
    t = lab_redis_limit_read(&y.l, x.key, 1, 0);
    assert_int_equal(lab_redis_limit_write(&x.l, &s).verdict, LAB_REDIS_ALLOWED);
    assert_int_equal(lab_redis_limit_write(&y.l, &t).verdict, LAB_REDIS_REFUSED);
    lab_redis_limit_fini(&x.l);
    lab_redis_limit_fini(&y.l);
}

// ---- The server's own clock ----

static long long ask_number(const char *command, const char *key)
{
    redisContext *c = redisConnectUnix(server.socket);
    assert_true(c && !c->err);
    redisReply *r = redisCommand(c, "%s %s", command, key);
    assert_true(r && r->type == REDIS_REPLY_INTEGER);
    long long n = r->integer;
    freeReplyObject(r);
    redisFree(c);
    return n;
}

static void a_key_expires_when_it_means_nothing_any_more(void **state)
{
    struct limiter x;
    (void)state;
    for (int way = 0; way < 2; way++)
        for (int a = LAB_REDIS_SLIDING_LOG; a <= LAB_REDIS_GCRA; a++) {
            if (a == LAB_REDIS_SLIDING_COUNTER)
                continue; // its key holds the window's number, as that of the next test
            fresh(&x, (enum lab_redis_limit_algorithm)a, both[way], 10, 1000 * S, 5);
            assert_true(take(&x, 1, LAB_REDIS_NOW));
            long long left = ask_number("PTTL", x.key);
            long long most = a == LAB_REDIS_SLIDING_LOG ? 1000000 : 100000;
            assert_true(left > most / 2 && left <= most + 1);
            lab_redis_limit_fini(&x.l);
        }
}

static void who_dies_after_counting_leaves_a_key_for_ever(void **state)
{
    struct limiter x;
    struct lab_redis_limit_seen s;
    (void)state;
    fresh(&x, LAB_REDIS_FIXED_WINDOW, LAB_REDIS_INCREMENT_FIRST, 5, 1000 * S, 0);
    s = lab_redis_limit_read(&x.l, x.key, 1, LAB_REDIS_NOW);
    assert_int_equal(ask_number("PTTL", s.key), -1);
    lab_redis_limit_write(&x.l, &s);
    assert_true(ask_number("PTTL", s.key) > 0);
    lab_redis_limit_fini(&x.l);
}

static void times_that_are_given_leave_keys_alone(void **state)
{
    struct limiter x;
    (void)state;
    fresh(&x, LAB_REDIS_GCRA, LAB_REDIS_SCRIPT, 1, 1, 0);
    assert_true(take(&x, 1, 0));
    assert_int_equal(ask_number("PTTL", x.key), -1);
    lab_redis_limit_fini(&x.l);
}

// ---- The store's own failure ----

static void a_store_that_is_gone_is_an_answer_and_no_end(void **state)
{
    struct limiter x;
    (void)state;
    for (int i = 0; i < 2; i++) {
        fresh(&x, LAB_REDIS_FIXED_WINDOW, both[i], 2, S, 0);
        assert_true(take(&x, 2, 0));
        lab_redis_server_crash(&server);
        for (int n = 0; n < 3; n++)
            assert_int_equal(lab_redis_limit_take(&x.l, x.key, 1, 0).verdict,
                             LAB_REDIS_NO_STORE);
        assert_int_equal(lab_redis_server_restart(&server), LAB_REDIS_SERVER_UP);
        assert_int_equal(burst_at(&x, 0), 2); // it remembers nothing
        lab_redis_limit_fini(&x.l);
    }
}

static void a_key_of_another_kind_is_no_answer(void **state)
{
    struct limiter x, y;
    (void)state;
    fresh(&x, LAB_REDIS_GCRA, LAB_REDIS_SCRIPT, 2, 2, 0);
    assert_true(take(&x, 1, 0));
    for (int i = 0; i < 2; i++) {
        fresh(&y, LAB_REDIS_SLIDING_LOG, both[i], 2, S, 0);
        assert_int_equal(lab_redis_limit_take(&y.l, x.key, 1, 0).verdict,
                         LAB_REDIS_NO_STORE);
        lab_redis_limit_fini(&y.l);
    }
    lab_redis_limit_fini(&x.l);
}

// The server of a process that is killed comes to this one, which waits for its end.
static void a_server_ends_with_the_process_that_began_it(void **state)
{
    struct lab_redis_server its;
    int pipes[2];
    (void)state;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        lab_redis_server_open(&its);
        (void)!write(pipes[1], &its, sizeof its);
        for (;;)
            pause();
    }
    assert_int_equal(read(pipes[0], &its, sizeof its), sizeof its);
    assert_true(its.pid > 0);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(waitpid(its.pid, NULL, 0), its.pid);
    unlink(its.socket);
    assert_int_equal(rmdir(its.folder), 0);
    close(pipes[0]);
    close(pipes[1]);
}

static void unsound_definitions_are_told(void **state)
{
    const struct lab_redis_limit_def bad[] = {
        { LAB_REDIS_FIXED_WINDOW, LAB_REDIS_SCRIPT, 0, S, 0, false },
        { LAB_REDIS_FIXED_WINDOW, LAB_REDIS_SCRIPT, 1, 0, 0, false },
        { LAB_REDIS_FIXED_WINDOW, LAB_REDIS_SCRIPT, 2, (int64_t)1 << 52, 0, false },
        { LAB_REDIS_TOKEN_BUCKET, LAB_REDIS_SCRIPT, 1, S, 0, false },
        { LAB_REDIS_GCRA, LAB_REDIS_SCRIPT, 3, S, 0, false },
        { LAB_REDIS_SLIDING_LOG, LAB_REDIS_INCREMENT_FIRST, 1, S, 0, false },
    };
    struct lab_redis_limit l;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(lab_redis_limit_init(&l, &bad[i], server.socket, 0));
}

// ---- Threads, and faults: whatever they do at once, an atomic limit holds ----

struct part {
    struct lab_redis_limit_def def;
    uint32_t client, seed, allowed[4], unknown;
    const char *prefix;
    bool has_faults;
};

// Cuts the connections of all clients, this one's too.
static void cut(struct lab_redis_limit *l)
{
    redisReply *r = lab_redis_limit_ask(l, "CLIENT KILL TYPE normal SKIPME no");
    if (r)
        freeReplyObject(r);
}

static void *ask(void *arg)
{
    struct part *p = arg;
    struct lab_redis_limit l;
    char key[64];
    if (!lab_redis_limit_init(&l, &p->def, server.socket, p->client))
        return NULL;
    for (int i = 0; i < 200; i++) {
        p->seed = p->seed * 1664525u + 1013904223u;
        uint32_t k = p->seed >> 30;
        snprintf(key, sizeof key, "%s-%u", p->prefix, k);
        struct lab_redis_limit_answer a = lab_redis_limit_take(&l, key, 1, 7);
        p->allowed[k] += a.verdict == LAB_REDIS_ALLOWED;
        p->unknown += a.verdict == LAB_REDIS_NO_STORE;
        if (p->has_faults && p->seed >> 8 & 1 && i % 20 == 0)
            cut(&l);
    }
    lab_redis_limit_fini(&l);
    return NULL;
}

static void one_round(const struct lab_redis_limit_def *def, uint32_t seed, bool has_faults)
{
    struct part parts[THREADS] = { 0 };
    pthread_t threads[THREADS];
    uint32_t unknown = 0;
    char prefix[32];
    snprintf(prefix, sizeof prefix, "threads-%u", keys++);
    for (uint32_t i = 0; i < THREADS; i++) {
        parts[i] = (struct part){ .def = *def,
                                  .client = i,
                                  .prefix = prefix,
                                  .seed = seed * THREADS + i,
                                  .has_faults = has_faults };
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &parts[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (uint32_t i = 0; i < THREADS; i++)
        unknown += parts[i].unknown;
    assert_true(has_faults || unknown == 0);
    for (int key = 0; key < 4; key++) {
        uint32_t sum = 0;
        for (int i = 0; i < THREADS; i++)
            sum += parts[i].allowed[key];
        assert_true(sum <= 20);
        assert_true(sum + unknown >= 20);
    }
}

static void threads_together_get_the_limit_and_no_more(void **state)
{
    (void)state;
    for (uint32_t i = 0; stress_goes_on(&stress, i); i++)
        for (int a = LAB_REDIS_FIXED_WINDOW; a <= LAB_REDIS_GCRA; a++) {
            struct lab_redis_limit_def def = { (enum lab_redis_limit_algorithm)a,
                                               LAB_REDIS_SCRIPT,
                                               20,
                                               20 * S,
                                               a == LAB_REDIS_GCRA ? 19 : 20,
                                               false };
            one_round(&def, (uint32_t)stress.seed + i, false);
            one_round(&def, (uint32_t)stress.seed + i, true);
            def.way = LAB_REDIS_INCREMENT_FIRST;
            if (a == LAB_REDIS_FIXED_WINDOW)
                one_round(&def, (uint32_t)stress.seed + i, false);
        }
}

static int start(void **state)
{
    (void)state;
    return lab_redis_server_open(&server);
}

static int end(void **state)
{
    (void)state;
    lab_redis_server_close(&server);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fixed_window_begins_at_multiples_of_its_length),
        cmocka_unit_test(a_log_forgets_a_call_at_the_age_of_a_window),
        cmocka_unit_test(a_log_of_refused_calls_keeps_an_impatient_caller_out),
        cmocka_unit_test(a_counter_weighs_the_window_before_and_no_older_one),
        cmocka_unit_test(tokens_come_back_at_their_instant_and_not_before),
        cmocka_unit_test(gcra_lets_the_burst_and_one_through),
        cmocka_unit_test(alone_both_ways_decide_alike),
        cmocka_unit_test(all_who_read_before_the_write_have_the_last_place),
        cmocka_unit_test(what_is_overwritten_loses_a_call_each_time),
        cmocka_unit_test(counting_first_lets_one_have_the_last_place),
        cmocka_unit_test(a_key_expires_when_it_means_nothing_any_more),
        cmocka_unit_test(who_dies_after_counting_leaves_a_key_for_ever),
        cmocka_unit_test(times_that_are_given_leave_keys_alone),
        cmocka_unit_test(a_store_that_is_gone_is_an_answer_and_no_end),
        cmocka_unit_test(a_key_of_another_kind_is_no_answer),
        cmocka_unit_test(a_server_ends_with_the_process_that_began_it),
        cmocka_unit_test(unsound_definitions_are_told),
        cmocka_unit_test(threads_together_get_the_limit_and_no_more),
    };
    stress = stress_read(argc, argv, 3);
    return cmocka_run_group_tests(tests, start, end);
}
