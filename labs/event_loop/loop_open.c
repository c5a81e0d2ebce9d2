#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "labs/event_loop/loop.h"

struct lab_loop_kept {
    struct lab_loop_kept *next;
    max_align_t data[];
};

static void read_pipe(void *loop)
{
    char bytes[4096];
    while (recv(((struct lab_loop *)loop)->pipe[0], bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        continue;
}

static bool watch(struct lab_loop *l, int fd, struct lab_loop_handle *h)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = h };
    if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        return false;
    l->descriptors++;
    return true;
}

bool lab_loop_init(struct lab_loop *l, struct lab_loop_env env)
{
    *l = (struct lab_loop){ .env = env, .slow_ns = INT64_MAX };
    l->wakeup =
        (struct lab_loop_handle){ .run = read_pipe, .arg = l, .tag = LAB_LOOP_NOBODY };
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll_fd < 0)
        return false;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, l->pipe) != 0)
        goto epoll;
    if (!watch(l, l->pipe[0], &l->wakeup) || pthread_mutex_init(&l->mutex, NULL) != 0)
        goto pipe;
    return true;
pipe:
    close(l->pipe[0]);
    close(l->pipe[1]);
epoll:
    close(l->epoll_fd);
    return false;
}

void lab_loop_fini(struct lab_loop *l)
{
    while (l->kept) {
        struct lab_loop_kept *next = l->kept->next;
        free(l->kept);
        l->kept = next;
    }
    lab_timers_fini(&l->timers);
    pthread_mutex_destroy(&l->mutex);
    close(l->pipe[0]);
    close(l->pipe[1]);
    close(l->epoll_fd);
}

void *lab_loop_keep(struct lab_loop *l, size_t size)
{
    struct lab_loop_kept *block = calloc(1, sizeof *block + size);
    if (!block)
        abort();
    pthread_mutex_lock(&l->mutex);
    block->next = l->kept;
    l->kept = block;
    pthread_mutex_unlock(&l->mutex);
    return block->data;
}

int64_t lab_loop_now(const struct lab_loop *l)
{
    return l->env.now(l->env.ctx);
}

void lab_loop_saw(const struct lab_loop *l, enum lab_loop_event_kind kind, uint32_t who,
                  int64_t value)
{
    if (l->env.saw)
        l->env.saw(l->env.ctx,
                   &(struct lab_loop_event){ lab_loop_now(l), kind, who, value });
}

// ---- Descriptors ----

bool lab_loop_add_reader(struct lab_loop *l, int fd, void (*run)(void *arg), void *arg)
{
    struct lab_loop_handle *h = lab_loop_keep(l, sizeof *h);
    *h = (struct lab_loop_handle){ .run = run, .arg = arg, .tag = LAB_LOOP_NOBODY };
    return watch(l, fd, h);
}

void lab_loop_remove_reader(struct lab_loop *l, int fd)
{
    if (epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, fd, NULL) == 0)
        l->descriptors--;
}
