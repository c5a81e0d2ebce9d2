#define _GNU_SOURCE
#include "labs/load/load.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000
#define AGAIN_NS 1000000 // a full backlog is tried again after so long

struct request {
    int fd; // -1: not connected
    bool is_open;
    uint32_t written;
    char head[64]; // of the answer: enough for its status
    uint32_t length;
};

struct load {
    const struct lab_load_def *def;
    struct lab_load_sample *samples;
    struct request *requests;
    struct sockaddr_un to;
    socklen_t to_length;
    char text[512]; // what is sent
    uint32_t text_length;
    int epoll;
    int64_t start_ns, again_ns;      // again_ns: when a full backlog is tried again
    uint32_t sent, first_open, open; // first_open: none before it is open
};

static int64_t now(const struct load *l)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * (int64_t)NS_PER_S + t.tv_nsec - l->start_ns;
}

// ---- The plan ----

// splitmix64 (S. Vigna).
static double chance(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

static void plan(const struct load *l)
{
    uint64_t state = l->def->seed;
    uint32_t group = l->def->group > 0 ? l->def->group : 1;
    double at = 0, gap = group / l->def->rate_per_s;
    for (uint32_t i = 0; i < l->def->requests; i++) {
        if (i % group == 0)
            at += (l->def->is_even ? 1 : -log(1 - chance(&state))) * gap;
        l->samples[i] = (struct lab_load_sample){ .intended_ns = (int64_t)(at * NS_PER_S),
                                                  .end = LAB_LOAD_UNSENT };
    }
}

// ---- One request ----

static void end(struct load *l, uint32_t i, enum lab_load_end how)
{
    struct request *r = &l->requests[i];
    if (r->fd >= 0)
        close(r->fd); // epoll forgets it
    r->fd = -1;
    r->is_open = false;
    l->open--;
    l->samples[i].end = how;
    l->samples[i].latency_ns = now(l) - l->samples[i].intended_ns;
}

// Returns false when the server's backlog is full.
static bool begin(struct load *l, uint32_t i)
{
    struct request *r = &l->requests[i];
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool is_connected = fd >= 0 && connect(fd, (void *)&l->to, l->to_length) == 0;
    if (!is_connected && fd >= 0 && errno == EAGAIN) {
        close(fd);
        return false;
    }
    *r = (struct request){ .fd = fd, .is_open = true };
    int64_t could = l->samples[i].intended_ns;
    could = could > l->again_ns ? could : l->again_ns;
    l->samples[i].late_ns = now(l) - could;
    l->open++;
    struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.u32 = i };
    if (!is_connected || epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e) != 0)
        end(l, i, LAB_LOAD_CUT);
    return true;
}

static void write_on(struct load *l, struct request *r)
{
    while (r->written < l->text_length) {
        ssize_t n =
            send(r->fd, l->text + r->written, l->text_length - r->written, MSG_NOSIGNAL);
        if (n <= 0)
            return; // a server that has closed says so when it is read from
        r->written += (uint32_t)n;
    }
}

static int status_of(const struct request *r)
{
    int status = 0;
    return sscanf(r->head, "HTTP/1.%*1[01] %3d", &status) == 1 ? status : 0;
}

// The server closes when it has answered, as it was asked to.
static void read_on(struct load *l, uint32_t i)
{
    struct request *r = &l->requests[i];
    char rest[4096];
    for (;;) {
        bool is_head = r->length < sizeof r->head - 1;
        ssize_t n = is_head
                        ? read(r->fd, r->head + r->length, sizeof r->head - 1 - r->length)
                        : read(r->fd, rest, sizeof rest);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0)
            break;
        r->length += is_head ? (uint32_t)n : 0;
    }
    int status = l->samples[i].status = status_of(r);
    end(l, i, status == 200 ? LAB_LOAD_OK : status ? LAB_LOAD_STATUS : LAB_LOAD_CUT);
}

// ---- The loop ----

static void send_what_is_due(struct load *l)
{
    int64_t t = now(l);
    while (l->sent < l->def->requests && l->samples[l->sent].intended_ns <= t &&
           l->again_ns <= t) {
        if (!begin(l, l->sent)) {
            l->again_ns = t + AGAIN_NS;
            return;
        }
        l->sent++;
    }
}

// Timeouts are equally long, so they come in the order of intended times.
static void end_what_is_overdue(struct load *l)
{
    int64_t t = now(l);
    for (; l->first_open < l->sent; l->first_open++) {
        if (!l->requests[l->first_open].is_open)
            continue;
        if (l->samples[l->first_open].intended_ns + l->def->timeout_ns > t)
            return;
        end(l, l->first_open, LAB_LOAD_TIMEOUT);
    }
}

static bool wait_and_see(struct load *l)
{
    struct epoll_event seen[64];
    int64_t next = now(l) + NS_PER_S / 10; // looks at `stop` that often
    if (l->sent < l->def->requests) {
        int64_t due = l->samples[l->sent].intended_ns;
        due = due > l->again_ns ? due : l->again_ns;
        next = due < next ? due : next;
    }
    int64_t wait = next - now(l);
    struct timespec t = { 0, wait > 0 ? (long)wait : 0 };
    int n = epoll_pwait2(l->epoll, seen, 64, &t, NULL);
    for (int i = 0; i < n; i++) {
        struct request *r = &l->requests[seen[i].data.u32];
        write_on(l, r);
        if (seen[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
            read_on(l, seen[i].data.u32);
    }
    return n >= 0 || errno == EINTR;
}

static void go(struct load *l)
{
    l->start_ns = 0;
    l->start_ns = now(l);
    while (l->sent < l->def->requests || l->open > 0) {
        if (l->def->stop && *l->def->stop)
            break;
        send_what_is_due(l);
        end_what_is_overdue(l);
        if (!wait_and_see(l))
            break;
    }
    for (uint32_t i = 0; i < l->sent; i++)
        if (l->requests[i].is_open)
            end(l, i, LAB_LOAD_CUT);
}

// A server that has stalled holds a connection for each request since then.
static void allow_many_files(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
        r.rlim_cur = r.rlim_max;
        setrlimit(RLIMIT_NOFILE, &r);
    }
}

// The name of an abstract socket begins with a zero byte, and ends with its length.
static bool set_address(struct load *l, const char *name)
{
    size_t n = strlen(name);
    if (n >= sizeof l->to.sun_path)
        return false;
    l->to.sun_family = AF_UNIX;
    strcpy(l->to.sun_path, name);
    if (name[0] == '@')
        l->to.sun_path[0] = '\0';
    else
        n++;
    l->to_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    return true;
}

// So that every intended time is one.
static bool is_rate(const struct lab_load_def *def)
{
    return def->rate_per_s > 0 && isfinite(def->rate_per_s) &&
           (def->requests + 1.0) * (def->group + 1.0) / def->rate_per_s <=
               LAB_LOAD_LONGEST_S;
}

bool lab_load_run(const struct lab_load_def *def, struct lab_load_sample *samples)
{
    struct load l = { .def = def, .samples = samples };
    l.text_length = (uint32_t)snprintf(l.text, sizeof l.text,
                                       "GET %s HTTP/1.1\r\nHost: localhost\r\n"
                                       "Connection: close\r\n\r\n",
                                       def->path);
    if (!is_rate(def) || l.text_length >= sizeof l.text || !set_address(&l, def->socket))
        return false;
    allow_many_files();
    l.requests = calloc(def->requests, sizeof *l.requests);
    if (!l.requests)
        return false;
    l.epoll = epoll_create1(EPOLL_CLOEXEC);
    bool is_made = l.epoll >= 0;
    if (is_made) {
        plan(&l);
        go(&l);
        close(l.epoll);
    }
    free(l.requests);
    return is_made;
}
