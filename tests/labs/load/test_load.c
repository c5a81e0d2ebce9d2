#define _GNU_SOURCE
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "labs/load/load.h"

#define MS     ((int64_t)1000000)
#define S      (1000 * MS)
#define N      30u
#define STALL  (200 * MS)
#define ANSWER "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"

// A server with one thread: stalls before its first answer, then answers each the same.
struct server {
    char folder[32], socket[48];
    int fd;
    int64_t stall_ns;
    const char *answer; // NULL: accepts and says nothing until it ends
    uint32_t requests;
    pthread_t thread;
};

static void *serve(void *arg)
{
    struct server *s = arg;
    int held[N];
    for (uint32_t i = 0; i < s->requests; i++) {
        char request[512];
        held[i] = accept(s->fd, NULL, NULL);
        if (s->answer && read(held[i], request, sizeof request) > 0) {
            struct timespec t = { 0, i == 0 ? s->stall_ns : 0 };
            nanosleep(&t, NULL);
            if (write(held[i], s->answer, strlen(s->answer)) >= 0)
                close(held[i]);
        }
    }
    return NULL;
}

static void server_open(struct server *s, uint32_t requests, const char *answer)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    *s = (struct server){ .folder = "/tmp/convoy-load-XXXXXX",
                          .answer = answer,
                          .requests = requests };
    assert_non_null(mkdtemp(s->folder));
    snprintf(s->socket, sizeof s->socket, "%s/s", s->folder);
    strcpy(at.sun_path, s->socket);
    s->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(s->fd, (void *)&at, sizeof at), 0);
    assert_int_equal(listen(s->fd, 128), 0);
}

static void server_start(struct server *s)
{
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_close(struct server *s)
{
    close(s->fd);
    unlink(s->socket);
    rmdir(s->folder);
}

static struct lab_load_def load_of(const struct server *s)
{
    return (struct lab_load_def){ .socket = s->socket,
                                  .path = "/",
                                  .rate_per_s = 500,
                                  .requests = N,
                                  .seed = 1,
                                  .timeout_ns = 30 * S };
}

static void every_request_is_answered(void **state)
{
    struct server s;
    struct lab_load_sample got[N];
    (void)state;
    server_open(&s, N, ANSWER);
    server_start(&s);
    struct lab_load_def def = load_of(&s);
    assert_true(lab_load_run(&def, got));
    pthread_join(s.thread, NULL);
    assert_int_equal(lab_load_count(got, N, LAB_LOAD_OK), N);
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(got[i].status, 200);
        assert_true(got[i].late_ns >= 0 && got[i].latency_ns >= got[i].late_ns);
        assert_true(i == 0 || got[i].intended_ns >= got[i - 1].intended_ns);
    }
    server_close(&s);
}

// All that is answered after the stall is answered after it, however late it was meant to
// be sent: a client that waited for its answer first would count those as quick.
static void a_stall_is_charged_to_all_that_were_meant_to_be_sent_in_it(void **state)
{
    struct server s;
    struct lab_load_sample got[N];
    (void)state;
    server_open(&s, N, ANSWER);
    s.stall_ns = STALL;
    server_start(&s);
    struct lab_load_def def = load_of(&s);
    assert_true(lab_load_run(&def, got));
    pthread_join(s.thread, NULL);
    for (uint32_t i = 0; i < N; i++)
        assert_true(got[i].intended_ns + got[i].latency_ns >= got[0].intended_ns + STALL);
    server_close(&s);
}

static void ends_are_told_apart(void **state)
{
    static const struct {
        const char *answer;
        enum lab_load_end end;
        int status;
    } cases[] = {
        { "HTTP/1.1 503 Busy\r\nConnection: close\r\n\r\n", LAB_LOAD_STATUS, 503 },
        { "HTTP/1.1 ", LAB_LOAD_CUT, 0 },
        { "", LAB_LOAD_CUT, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct server s;
        struct lab_load_sample got[N];
        server_open(&s, N, cases[i].answer);
        server_start(&s);
        struct lab_load_def def = load_of(&s);
        assert_true(lab_load_run(&def, got));
        pthread_join(s.thread, NULL);
        assert_int_equal(lab_load_count(got, N, cases[i].end), N);
        assert_int_equal(got[0].status, cases[i].status);
        server_close(&s);
    }
}

static void a_silent_server_is_given_up(void **state)
{
    struct server s;
    struct lab_load_sample got[N];
    (void)state;
    server_open(&s, N, NULL);
    server_start(&s);
    struct lab_load_def def = load_of(&s);
    def.timeout_ns = 30 * MS;
    assert_true(lab_load_run(&def, got));
    pthread_join(s.thread, NULL);
    assert_int_equal(lab_load_count(got, N, LAB_LOAD_TIMEOUT), N);
    for (uint32_t i = 0; i < N; i++)
        assert_true(got[i].latency_ns >= 30 * MS);
    assert_int_equal(lab_load_quantile(got, N, 0, 0.5), -1);
    server_close(&s);
}

static void where_no_server_is_nothing_hangs(void **state)
{
    struct server s;
    struct lab_load_sample got[N];
    (void)state;
    server_open(&s, 0, ANSWER);
    server_close(&s);
    struct lab_load_def def = load_of(&s);
    assert_true(lab_load_run(&def, got));
    assert_int_equal(lab_load_count(got, N, LAB_LOAD_CUT), N);
}

// ---- The plan: nothing is sent ----

static void planned(struct lab_load_sample *got, uint32_t n, bool is_even, uint64_t seed)
{
    static const volatile int stop = 1;
    struct lab_load_def def = { .socket = "/nowhere",
                                .path = "/",
                                .rate_per_s = 1000,
                                .requests = n,
                                .is_even = is_even,
                                .seed = seed,
                                .timeout_ns = S,
                                .stop = &stop };
    assert_true(lab_load_run(&def, got));
    assert_int_equal(lab_load_count(got, n, LAB_LOAD_UNSENT), n);
}

static void even_requests_are_a_period_apart(void **state)
{
    static struct lab_load_sample got[1000];
    (void)state;
    planned(got, 1000, true, 1);
    for (int i = 0; i < 1000; i++)
        assert_in_range(got[i].intended_ns, (i + 1) * MS - 2, (i + 1) * MS + 2);
}

static void groups_are_meant_for_one_moment(void **state)
{
    struct lab_load_sample got[12];
    static const volatile int stop = 1;
    const struct lab_load_def def = { .socket = "/nowhere",
                                      .path = "/",
                                      .rate_per_s = 1000,
                                      .requests = 12,
                                      .is_even = true,
                                      .group = 4,
                                      .timeout_ns = S,
                                      .stop = &stop };
    (void)state;
    assert_true(lab_load_run(&def, got));
    for (int i = 0; i < 12; i++)
        assert_in_range(got[i].intended_ns, (i / 4 + 1) * 4 * MS - 2,
                        (i / 4 + 1) * 4 * MS + 2);
}

static void abstract_socket_is_reached_by_its_name(void **state)
{
    struct server s = { .answer = ANSWER, .requests = N };
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    struct lab_load_sample got[N];
    char name[64];
    (void)state;
    int n = snprintf(name, sizeof name, "@convoy-test-%ld", (long)getpid());
    memcpy(at.sun_path + 1, name + 1, (size_t)n - 1);
    s.fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(s.fd, (void *)&at,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n)),
                     0);
    assert_int_equal(listen(s.fd, 128), 0);
    server_start(&s);
    struct lab_load_def def = load_of(&s);
    def.socket = name;
    assert_true(lab_load_run(&def, got));
    pthread_join(s.thread, NULL);
    close(s.fd);
    assert_int_equal(lab_load_count(got, N, LAB_LOAD_OK), N);
}

// Gaps of a Poisson process: their mean is the period, and so is their standard deviation.
static void uneven_requests_are_a_poisson_process(void **state)
{
    static struct lab_load_sample got[20000], again[20000];
    double sum = 0, squares = 0;
    (void)state;
    planned(got, 20000, false, 7);
    planned(again, 20000, false, 7);
    for (int i = 0; i < 20000; i++) {
        double gap = (double)(got[i].intended_ns - (i ? got[i - 1].intended_ns : 0)) / MS;
        sum += gap;
        squares += gap * gap;
        assert_int_equal(got[i].intended_ns, again[i].intended_ns);
    }
    double mean = sum / 20000, sd = sqrt(squares / 20000 - mean * mean);
    assert_true(fabs(mean - 1) < 4 / sqrt(20000)); // four standard errors
    assert_true(fabs(sd - 1) < 4 * sqrt(2) / sqrt(20000));
}

// One connection may wait, and the server accepts none for a while: what is refused meanwhile is tried
// again each millisecond or so, and that is not the client's lateness.
static void waiting_for_a_full_backlog_is_not_the_clients_lateness(void **state)
{
    struct server s;
    struct lab_load_sample got[N];
    (void)state;
    server_open(&s, N, ANSWER);
    assert_int_equal(listen(s.fd, 0), 0);
    s.stall_ns = STALL;
    server_start(&s);
    struct lab_load_def def = load_of(&s);
    assert_true(lab_load_run(&def, got));
    pthread_join(s.thread, NULL);
    assert_true(got[N - 1].latency_ns > STALL / 2);
    assert_true(lab_load_lateness(got, N, 0.5) < STALL / 4);
    server_close(&s);
}

static void lateness_is_of_all_that_were_sent(void **state)
{
    struct lab_load_sample s[10];
    (void)state;
    for (int i = 0; i < 10; i++)
        s[i] = (struct lab_load_sample){ .late_ns = 10 * i,
                                         .end = i == 9 ? LAB_LOAD_UNSENT : LAB_LOAD_CUT };
    assert_int_equal(lab_load_lateness(s, 10, 0.5), 40);
    assert_int_equal(lab_load_lateness(s, 10, 0.99), 80);
    assert_int_equal(lab_load_lateness(s + 9, 1, 0.5), 0);
}

static void quantiles_are_of_good_answers_from_a_time_on(void **state)
{
    struct lab_load_sample s[10];
    (void)state;
    for (int i = 0; i < 10; i++)
        s[i] = (struct lab_load_sample){ .intended_ns = i,
                                         .latency_ns = 100 - i,
                                         .end = i == 9 ? LAB_LOAD_STATUS : LAB_LOAD_OK };
    assert_int_equal(lab_load_quantile(s, 10, 0, 0), 92);
    assert_int_equal(lab_load_quantile(s, 10, 0, 1), 100);
    assert_int_equal(lab_load_quantile(s, 10, 5, 1), 95);
    assert_int_equal(lab_load_quantile(s, 10, 9, 0.5), -1);
}

static void what_is_no_rate_is_refused(void **state)
{
    (void)state;
    const double none[] = { 0, -1, NAN, INFINITY, 1e-300 };
    struct lab_load_sample samples[2];
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        struct lab_load_def def = {
            .socket = "@nobody", .path = "/", .rate_per_s = none[i], .requests = 2
        };
        assert_false(lab_load_run(&def, samples));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_is_answered),
        cmocka_unit_test(a_stall_is_charged_to_all_that_were_meant_to_be_sent_in_it),
        cmocka_unit_test(ends_are_told_apart),
        cmocka_unit_test(a_silent_server_is_given_up),
        cmocka_unit_test(where_no_server_is_nothing_hangs),
        cmocka_unit_test(even_requests_are_a_period_apart),
        cmocka_unit_test(groups_are_meant_for_one_moment),
        cmocka_unit_test(abstract_socket_is_reached_by_its_name),
        cmocka_unit_test(uneven_requests_are_a_poisson_process),
        cmocka_unit_test(waiting_for_a_full_backlog_is_not_the_clients_lateness),
        cmocka_unit_test(what_is_no_rate_is_refused),
        cmocka_unit_test(lateness_is_of_all_that_were_sent),
        cmocka_unit_test(quantiles_are_of_good_answers_from_a_time_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
