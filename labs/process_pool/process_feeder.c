#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "labs/process_pool/process_cargo.h"
#include "labs/process_pool/process_private.h"

// The feeder's thread: it writes calls to the pipe, and their bytes.

static bool has_work(const struct lab_process_pool *p)
{
    return p->feeding > 0 || p->is_fed;
}

static bool send_alone(struct lab_process_pool *p, const struct lab_process_pool_message *m)
{
    pthread_mutex_unlock(&p->mutex);
    bool is_sent = lab_process_line_put(p->line, m, LAB_PROCESS_NO_CARGO);
    pthread_mutex_lock(&p->mutex);
    return is_sent;
}

static void close_cargo(struct lab_process_pool *p, int end)
{
    close(p->cargo[end]);
    p->cargo[end] = LAB_PROCESS_NO_CARGO;
}

// Ends are opened and closed with the mutex held, as workers are begun: so one is born with none
// of them, or knows which it has to close. A reader that dies with its end is told by EPIPE.
static bool send_with_bytes(struct lab_process_pool *p,
                            const struct lab_process_pool_message *m, const void *bytes)
{
    if (pipe2(p->cargo, O_CLOEXEC) != 0) {
        p->cargo[0] = p->cargo[1] = LAB_PROCESS_NO_CARGO;
        return false;
    }
    int begin = p->cargo[1], end = p->cargo[0];
    pthread_mutex_unlock(&p->mutex);
    bool is_sent = lab_process_line_put(p->line, m, end);
    pthread_mutex_lock(&p->mutex);
    close_cargo(p, 0);
    pthread_mutex_unlock(&p->mutex);
    if (is_sent)
        lab_process_cargo_write(begin, bytes, m->size);
    pthread_mutex_lock(&p->mutex);
    close_cargo(p, 1);
    return is_sent;
}

static void feed_first(struct lab_process_pool *p)
{
    const struct lab_process_pool_call *c = p->feed[0];
    const struct lab_process_pool_message m = { .number = c->number,
                                                .run = c->run,
                                                .change = c->change,
                                                .arg = c->arg,
                                                .size = c->change ? c->size : 0 };
    const void *bytes = c->bytes;
    p->feeding--;
    for (uint32_t i = 0; i < p->feeding; i++)
        p->feed[i] = p->feed[i + 1];
    p->is_sending = true;
    p->sent = m.size > 0 ? c : NULL;
    bool is_sent = m.size > 0 ? send_with_bytes(p, &m, bytes) : send_alone(p, &m);
    p->is_sending = false;
    p->sent = NULL;
    if (m.size > 0)
        pthread_cond_broadcast(&p->over);
    if (!is_sent && !p->is_broken) {
        p->is_short = true;
        lab_process_pool_wake(p);
    }
}

// A pipe that is full stops whoever writes to it. That must not be the manager, who reads the
// results that would empty it. DOC(process-feeder)
void *lab_process_feeder_main(void *pool)
{
    struct lab_process_pool *p = pool;
    sigset_t broken;
    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken, NULL);
    pthread_mutex_lock(&p->mutex);
    for (;;) {
        while (!has_work(p))
            pthread_cond_wait(&p->fed, &p->mutex);
        if (p->is_fed)
            break;
        feed_first(p);
    }
    pthread_mutex_unlock(&p->mutex);
    return NULL;
}
