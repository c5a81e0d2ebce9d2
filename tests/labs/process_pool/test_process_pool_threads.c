#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "labs/process_pool/process_pool.h"
#include "tests/support/stress.h"

// Real processes that are killed at any instant. What is asserted holds in every interleaving.
// With arguments of tests/support/stress.h the randomised round is repeated: the stress.

#define CLIENTS 2
#define CALLS   30 // of each client

static struct stress stress;

static uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

#define BYTES_MOST 300000 // several pipes full

// What bytes become on a worker, so that those of another call, or none, would show.
static int64_t turn_over(int64_t x, void *bytes, size_t size)
{
    unsigned char *b = bytes;
    for (size_t i = 0; i < size; i++)
        b[i] = (unsigned char)~b[i];
    return x * x;
}

static unsigned char byte_of(int64_t x, size_t i)
{
    return (unsigned char)((size_t)x * 31 + i * 7 + i / 251);
}

static int64_t square_slowly(int64_t x)
{
    for (volatile int64_t i = 0; i < x % 7 * 5000; i++)
        continue;
    return x * x;
}

struct job {
    struct lab_process_pool_call call;
    enum lab_process_pool_answer answer;
    enum lab_process_pool_state state;
    bool is_cancelled;
};

struct client {
    struct lab_process_pool *pool;
    struct job jobs[CALLS];
    uint64_t seed;
    pthread_t thread;
};

struct round {
    struct lab_process_pool pool;
    struct client clients[CLIENTS];
    enum lab_process_pool_rest rest;
    uint32_t kills;
};

static void *client_main(void *client)
{
    struct client *me = client;
    for (uint32_t i = 0; i < CALLS; i++) {
        struct job *j = &me->jobs[i];
        j->answer = lab_process_pool_submit(me->pool, &j->call);
        if (j->answer != LAB_PROCESS_POOL_ACCEPTED)
            continue;
        if (draw(&me->seed) % 4 == 0)
            j->is_cancelled = lab_process_pool_cancel(me->pool, &j->call);
        if (draw(&me->seed) % 4 == 0)
            lab_process_pool_await(me->pool, &j->call);
    }
    return NULL;
}

// With the mutex held no worker is reaped, so the number is that of a worker.
static void kill_one(struct lab_process_pool *p, uint64_t which)
{
    pthread_mutex_lock(&p->mutex);
    pid_t pid = p->workers[which % p->def.max_workers].pid;
    if (pid != 0)
        kill(pid, SIGKILL);
    pthread_mutex_unlock(&p->mutex);
}

// One in three carries bytes, of which half fit the pipe.
static void set_up_job(struct job *j, uint32_t id, uint64_t *seed)
{
    *j = (struct job){ .call = { .run = square_slowly, .arg = id, .id = id } };
    if (draw(seed) % 3 != 0)
        return;
    j->call.change = turn_over;
    j->call.size = 1 + draw(seed) % (draw(seed) % 2 ? 65536 : BYTES_MOST);
    j->call.bytes = malloc(j->call.size);
    assert_non_null(j->call.bytes);
    for (size_t i = 0; i < j->call.size; i++)
        ((unsigned char *)j->call.bytes)[i] = byte_of(id, i);
}

static void set_up(struct round *r, bool is_isolated, uint64_t *seed)
{
    struct lab_process_pool_def def = lab_process_pool_default(1 + draw(seed) % 4);
    def.is_isolated = is_isolated;
    def.start = draw(seed) % 2 ? LAB_PROCESS_POOL_ON_DEMAND : LAB_PROCESS_POOL_ALL_AT_FIRST;
    def.max_tasks = draw(seed) % 3 ? 0 : 1 + (uint32_t)(draw(seed) % 5);
    r->rest = draw(seed) % 2 ? LAB_PROCESS_POOL_DRAIN : LAB_PROCESS_POOL_CANCEL;
    r->kills = (uint32_t)(draw(seed) % 8);
    assert_true(lab_process_pool_init(&r->pool, &def));
    for (uint32_t i = 0; i < CLIENTS; i++) {
        r->clients[i].pool = &r->pool;
        r->clients[i].seed = draw(seed);
        for (uint32_t k = 0; k < CALLS; k++)
            set_up_job(&r->clients[i].jobs[k], i * CALLS + k, seed);
    }
}

static uint32_t play(struct round *r, uint64_t *seed)
{
    uint32_t n = 0;
    while (n < CLIENTS &&
           pthread_create(&r->clients[n].thread, NULL, client_main, &r->clients[n]) == 0)
        n++;
    for (uint32_t k = 0; k < r->kills; k++) {
        nanosleep(&(struct timespec){ .tv_nsec = (long)(draw(seed) % 2000000) }, NULL);
        kill_one(&r->pool, draw(seed));
    }
    for (uint32_t i = 0; i < n; i++)
        pthread_join(r->clients[i].thread, NULL);
    lab_process_pool_close(&r->pool, r->rest);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < CALLS; k++)
            if (r->clients[i].jobs[k].answer == LAB_PROCESS_POOL_ACCEPTED)
                r->clients[i].jobs[k].state =
                    lab_process_pool_await(&r->pool, &r->clients[i].jobs[k].call);
    lab_process_pool_fini(&r->pool);
    return n;
}

static bool has_turned(const struct lab_process_pool_call *c)
{
    for (size_t i = 0; i < c->size; i++)
        if (((unsigned char *)c->bytes)[i] != (unsigned char)~byte_of(c->arg, i))
            return false;
    return true;
}

static bool is_well(const struct round *r, const struct job *j, bool is_isolated)
{
    if (j->answer == LAB_PROCESS_POOL_NO_USE)
        return !is_isolated && r->kills > 0;
    if (j->is_cancelled)
        return j->state == LAB_PROCESS_POOL_CANCELLED;
    switch (j->state) {
    case LAB_PROCESS_POOL_DONE:
        return j->call.result == j->call.arg * j->call.arg && has_turned(&j->call);
    case LAB_PROCESS_POOL_CANCELLED:
        return r->rest == LAB_PROCESS_POOL_CANCEL;
    case LAB_PROCESS_POOL_BROKEN:
        return !is_isolated && r->kills > 0;
    case LAB_PROCESS_POOL_DIED:
        return is_isolated;
    default:
        return false;
    }
}

static void look_at(const struct round *r, bool is_isolated)
{
    uint32_t died = 0;
    for (uint32_t i = 0; i < CLIENTS; i++)
        for (uint32_t k = 0; k < CALLS; k++) {
            const struct job *j = &r->clients[i].jobs[k];
            assert_true(is_well(r, j, is_isolated));
            free(j->call.bytes);
            died +=
                j->answer == LAB_PROCESS_POOL_ACCEPTED && j->state == LAB_PROCESS_POOL_DIED;
        }
    assert_true(died <= r->kills);
}

static uint32_t count_descriptors(void)
{
    uint32_t n = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static void every_call_ends_in_one_way_whoever_is_killed(void **state)
{
    uint64_t seed = stress.seed;
    (void)state;
    for (uint32_t n = 0; stress_goes_on(&stress, n); n++) {
        struct round r = { .kills = 0 };
        uint32_t before = count_descriptors();
        bool is_isolated = n % 2;
        set_up(&r, is_isolated, &seed);
        assert_int_equal(play(&r, &seed), CLIENTS);
        look_at(&r, is_isolated);
        // Nothing is left: no process, dead or alive, and no descriptor.
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
        assert_int_equal(count_descriptors(), before);
    }
}

static void pool_without_calls_begins_no_worker(void **state)
{
    struct lab_process_pool p;
    struct lab_process_pool_def def = lab_process_pool_default(100);
    (void)state;
    assert_int_equal(def.max_workers, LAB_PROCESS_POOL_MAX_WORKERS);
    assert_true(lab_process_pool_init(&p, &def));
    lab_process_pool_close(&p, LAB_PROCESS_POOL_DRAIN);
    lab_process_pool_fini(&p);
    assert_int_equal(p.begun, 0);
}

// Less than a pipe holds, just that, a byte more, and many times that; one after the other.
static void bytes_come_back_as_the_worker_left_them(void **state)
{
    const size_t sizes[] = { 1, 65536, 65537, 1 << 20, 100 };
    struct lab_process_pool p;
    struct lab_process_pool_def def = lab_process_pool_default(2);
    unsigned char *bytes = malloc(1 << 20);
    (void)state;
    assert_non_null(bytes);
    assert_true(lab_process_pool_init(&p, &def));
    for (int64_t n = 0; n < 5; n++) {
        struct lab_process_pool_call c = {
            .change = turn_over, .arg = n, .bytes = bytes, .size = sizes[n]
        };
        for (size_t i = 0; i < c.size; i++)
            bytes[i] = byte_of(n, i);
        assert_int_equal(lab_process_pool_submit(&p, &c), LAB_PROCESS_POOL_ACCEPTED);
        assert_int_equal(lab_process_pool_await(&p, &c), LAB_PROCESS_POOL_DONE);
        assert_int_equal(c.result, n * n);
        assert_true(has_turned(&c));
    }
    lab_process_pool_close(&p, LAB_PROCESS_POOL_DRAIN);
    lab_process_pool_fini(&p);
    free(bytes);
}

static int64_t die_of(int64_t x, void *bytes, size_t size)
{
    (void)bytes;
    (void)size;
    if (x == 0)
        kill(getpid(), SIGKILL);
    return x;
}

// The second's bytes are more than the pipe holds, so its feeder waits for the one worker; the first
// takes that along, and with it the pool or, isolated, itself.
static void a_death_leaves_nobody_waiting_at_a_pipe(void **state)
{
    (void)state;
    for (int is_isolated = 0; is_isolated < 2; is_isolated++) {
        struct lab_process_pool p;
        struct lab_process_pool_def def = lab_process_pool_default(1);
        struct lab_process_pool_call calls[2];
        void *bytes = calloc(2, BYTES_MOST);
        assert_non_null(bytes);
        def.is_isolated = is_isolated;
        assert_true(lab_process_pool_init(&p, &def));
        for (uint32_t i = 0; i < 2; i++) {
            calls[i] =
                (struct lab_process_pool_call){ .change = die_of,
                                                .arg = i,
                                                .bytes = (char *)bytes + i * BYTES_MOST,
                                                .size = BYTES_MOST };
            if (lab_process_pool_submit(&p, &calls[i]) != LAB_PROCESS_POOL_ACCEPTED)
                calls[i].state = LAB_PROCESS_POOL_BROKEN; // it was that quick
        }
        assert_int_equal(lab_process_pool_await(&p, &calls[0]),
                         is_isolated ? LAB_PROCESS_POOL_DIED : LAB_PROCESS_POOL_BROKEN);
        assert_int_equal(lab_process_pool_await(&p, &calls[1]),
                         is_isolated ? LAB_PROCESS_POOL_DONE : LAB_PROCESS_POOL_BROKEN);
        lab_process_pool_close(&p, LAB_PROCESS_POOL_DRAIN);
        lab_process_pool_fini(&p);
        free(bytes);
    }
}

static int64_t negative(int64_t x)
{
    return -x;
}

// No descriptor beyond the first three, which are open.
static void a_pool_that_gets_no_pipe_for_bytes_breaks(void **state)
{
    struct lab_process_pool p;
    struct lab_process_pool_def def = lab_process_pool_default(1);
    struct lab_process_pool_call first = { .run = negative, .arg = 1 };
    char byte = 0;
    struct lab_process_pool_call second = { .change = turn_over,
                                            .bytes = &byte,
                                            .size = 1 };
    struct rlimit usual, none;
    (void)state;
    assert_true(lab_process_pool_init(&p, &def));
    assert_int_equal(lab_process_pool_submit(&p, &first), LAB_PROCESS_POOL_ACCEPTED);
    assert_int_equal(lab_process_pool_await(&p, &first), LAB_PROCESS_POOL_DONE);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    none = usual;
    none.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    enum lab_process_pool_answer answer = lab_process_pool_submit(&p, &second);
    enum lab_process_pool_state end = lab_process_pool_await(&p, &second);
    setrlimit(RLIMIT_NOFILE, &usual);
    assert_int_equal(answer, LAB_PROCESS_POOL_ACCEPTED);
    assert_int_equal(end, LAB_PROCESS_POOL_BROKEN);
    assert_int_equal(lab_process_pool_submit(&p, &first), LAB_PROCESS_POOL_NO_USE);
    lab_process_pool_close(&p, LAB_PROCESS_POOL_DRAIN);
    lab_process_pool_fini(&p);
}

// ---- The end of the parent ----

static int64_t never_end(int64_t arg)
{
    for (volatile int64_t i = arg;; i++)
        continue;
    return 0;
}

struct family {
    struct lab_process_pool pool;
    struct lab_process_pool_call calls[2];
};

// Two workers that compute for ever; their numbers go to `out`.
static void begin_family(struct family *f, int out)
{
    struct lab_process_pool_def def = lab_process_pool_default(2);
    pid_t pids[2] = { 0, 0 };
    if (!lab_process_pool_init(&f->pool, &def))
        _exit(1);
    for (uint32_t i = 0; i < 2; i++) {
        f->calls[i] = (struct lab_process_pool_call){ .run = never_end };
        lab_process_pool_submit(&f->pool, &f->calls[i]);
    }
    while (pids[0] == 0 || pids[1] == 0) {
        pthread_mutex_lock(&f->pool.mutex);
        pids[0] = f->pool.workers[0].pid;
        pids[1] = f->pool.workers[1].pid;
        pthread_mutex_unlock(&f->pool.mutex);
    }
    (void)!write(out, pids, sizeof pids);
}

enum end {
    BY_SIGKILL,
    BY_CTRL_C,
    BY_CTRL_C_THAT_IT_IGNORES
};

// In a process of its own, that the test takes along if it fails.
static _Noreturn void be_a_parent(enum end end, int out)
{
    struct family f;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    // Who starts the test may ignore it: a shell does, of what it runs in the background.
    signal(SIGINT, end == BY_CTRL_C_THAT_IT_IGNORES ? SIG_IGN : SIG_DFL);
    begin_family(&f, out);
    // For ever, unless the workers die first.
    for (uint32_t i = 0; i < 2; i++)
        if (lab_process_pool_await(&f.pool, &f.calls[i]) != LAB_PROCESS_POOL_BROKEN)
            _exit(2);
    lab_process_pool_close(&f.pool, LAB_PROCESS_POOL_DRAIN);
    lab_process_pool_fini(&f.pool);
    _exit(waitpid(-1, NULL, WNOHANG) == -1 ? 0 : 3);
}

// What the parent's end was. The test's process inherits the workers that are left when it is
// gone, and would wait for ever if they did not end.
static int status_of_parent(enum end end)
{
    int ends[2], status = 0;
    pid_t pids[2] = { 0, 0 };
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    assert_int_equal(pipe(ends), 0);
    pid_t parent = fork();
    if (parent == 0)
        be_a_parent(end, ends[1]);
    assert_int_equal(read(ends[0], pids, sizeof pids), sizeof pids);
    if (end == BY_SIGKILL)
        kill(parent, SIGKILL);
    else
        kill(-parent, SIGINT);
    assert_int_equal(waitpid(parent, &status, 0), parent);
    while (waitpid(-1, NULL, 0) > 0)
        continue;
    close(ends[0]);
    close(ends[1]);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(kill(pids[i], 0), -1);
    return status;
}

static void workers_end_when_their_parent_is_killed(void **state)
{
    (void)state;
    int status = status_of_parent(BY_SIGKILL);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void workers_end_when_somebody_presses_ctrl_c(void **state)
{
    (void)state;
    int status = status_of_parent(BY_CTRL_C);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
}

static void ctrl_c_breaks_the_pool_of_a_parent_that_ignores_it(void **state)
{
    (void)state;
    int status = status_of_parent(BY_CTRL_C_THAT_IT_IGNORES);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_ends_in_one_way_whoever_is_killed),
        cmocka_unit_test(pool_without_calls_begins_no_worker),
        cmocka_unit_test(bytes_come_back_as_the_worker_left_them),
        cmocka_unit_test(a_death_leaves_nobody_waiting_at_a_pipe),
        cmocka_unit_test(a_pool_that_gets_no_pipe_for_bytes_breaks),
        cmocka_unit_test(workers_end_when_their_parent_is_killed),
        cmocka_unit_test(workers_end_when_somebody_presses_ctrl_c),
        cmocka_unit_test(ctrl_c_breaks_the_pool_of_a_parent_that_ignores_it),
    };
    stress = stress_read(argc, argv, 4);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
