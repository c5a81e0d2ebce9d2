#define _GNU_SOURCE
#include "labs/process_pool/process_rest.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "labs/process_pool/process_line.h"

static void pause_a_little(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 50000 }, NULL);
}

// The kernel's letter for what a process does: S sleeps, Z has ended. It stands behind the
// name, which is in brackets.
static char state_of(pid_t pid)
{
    char path[32], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return '?';
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n < 0 ? 0 : n] = '\0';
    const char *bracket = strrchr(text, ')');
    return bracket && bracket[1] == ' ' ? bracket[2] : '?';
}

// ---- The mutex is held in all of these ----

static bool is_worker_at_rest(const struct lab_process_pool *p, uint32_t place)
{
    int doing = atomic_load(&p->line->places[place].doing);
    bool has_calls = atomic_load(&p->line->put) > atomic_load(&p->line->taken);
    return doing != LAB_DOING_START && !(doing == LAB_DOING_WAIT && has_calls) &&
           state_of(p->workers[place].pid) == 'S';
}

static bool are_threads_at_rest(const struct lab_process_pool *p)
{
    return p->is_polling && p->woken == p->seen && p->wanted == 0 &&
           atomic_load(&p->line->replies) == p->received && p->feeding == 0 &&
           !p->is_sending;
}

static bool is_at_rest(const struct lab_process_pool *p)
{
    if (p->is_fed) // the manager has ended
        return true;
    if (!are_threads_at_rest(p))
        return false;
    for (uint32_t i = 0; i < p->def.max_workers; i++)
        if (p->workers[i].pid != 0 && !is_worker_at_rest(p, i))
            return false;
    return are_threads_at_rest(p);
}

uint32_t lab_process_rest_worker_of(const struct lab_process_pool *p,
                                    const struct lab_process_pool_call *call)
{
    for (uint32_t i = 0; i < p->def.max_workers; i++)
        if (p->workers[i].pid != 0 &&
            atomic_load(&p->line->places[i].claim) == call->number + 1)
            return p->workers[i].number;
    return LAB_PROCESS_POOL_NOBODY;
}

// In the line, or at the gate of a later call, or at its end.
static bool has_gone_on(const struct lab_process_pool *p, uint32_t place, uint64_t done)
{
    const struct lab_process_pool_place *it = &p->line->places[place];
    char letter = state_of(p->workers[place].pid);
    int doing = atomic_load(&it->doing);
    return letter == 'Z' ||
           (letter == 'S' && (doing == LAB_DOING_WAIT ||
                              (doing == LAB_DOING_CALL && atomic_load(&it->claim) > done)));
}

static bool is_waiting(const struct lab_process_pool *p, uint32_t place)
{
    return p->workers[place].pid != 0 &&
           atomic_load(&p->line->places[place].doing) == LAB_DOING_WAIT;
}

// Whoever is first in the line has the lock by now, if anybody is.
static bool has_reader(const struct lab_process_pool *p)
{
    int holder = atomic_load(&p->line->holder);
    bool has_waiters = false;
    for (uint32_t i = 0; i < p->def.max_workers; i++)
        has_waiters |= is_waiting(p, i);
    return !has_waiters || (holder >= 0 && is_waiting(p, (uint32_t)holder) &&
                            state_of(p->workers[holder].pid) == 'S');
}

void lab_process_rest_heard(void *ctx, struct lab_process_pool *p, uint32_t place,
                            uint64_t done)
{
    (void)ctx;
    if (p->workers[place].pid == 0)
        while (!has_reader(p))
            pause_a_little();
    else
        while (!has_gone_on(p, place, done))
            pause_a_little();
}

// ---- It is not ----

static bool has_ended(struct lab_process_pool *p, uint32_t worker)
{
    bool has = true;
    pthread_mutex_lock(&p->mutex);
    for (uint32_t i = 0; i < p->def.max_workers; i++)
        has &= p->workers[i].pid == 0 || p->workers[i].number != worker;
    pthread_mutex_unlock(&p->mutex);
    return has;
}

void lab_process_rest_await_end(struct lab_process_pool *p, uint32_t worker)
{
    while (!has_ended(p, worker))
        pause_a_little();
}

void lab_process_rest_await(struct lab_process_pool *p)
{
    for (;;) {
        pthread_mutex_lock(&p->mutex);
        bool is_over = is_at_rest(p);
        pthread_mutex_unlock(&p->mutex);
        if (is_over)
            return;
        pause_a_little();
    }
}
