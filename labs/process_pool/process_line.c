#define _GNU_SOURCE
#include "labs/process_pool/process_line.h"

#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "labs/process_pool/process_cargo.h"

// ---- Opening ----

// With inherited priorities the kernel keeps the line of those who wait, and an unlock makes
// the first of them the owner. Without, an unlock only wakes it; if it is killed just then
// while another has taken the lock, who has not seen anybody wait and will wake nobody, the
// rest sleep for ever. DOC(process-lost-wakeup)
static bool lock_init(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attr;
    if (pthread_mutexattr_init(&attr) != 0)
        return false;
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
    bool is_made = pthread_mutex_init(lock, &attr) == 0;
    pthread_mutexattr_destroy(&attr);
    return is_made;
}

// A pipe that keeps its messages apart, so that one is read whole or not at all.
struct lab_process_pool_line *lab_process_line_open(void)
{
    struct lab_process_pool_line *l =
        mmap(NULL, sizeof *l, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (l == MAP_FAILED)
        return NULL;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, l->calls) != 0)
        goto memory;
    if (!lock_init(&l->lock))
        goto pipe;
    atomic_store(&l->holder, -1);
    return l;
pipe:
    close(l->calls[0]);
    close(l->calls[1]);
memory:
    munmap(l, sizeof *l);
    return NULL;
}

// The lock is not destroyed: a worker that was killed may have it still.
void lab_process_line_close(struct lab_process_pool_line *l)
{
    close(l->calls[0]);
    close(l->calls[1]);
    munmap(l, sizeof *l);
}

bool lab_process_line_put(struct lab_process_pool_line *l,
                          const struct lab_process_pool_message *m, int cargo)
{
    return lab_process_send(l->calls[1], m, sizeof *m, cargo);
}

void lab_process_line_end(struct lab_process_pool_line *l)
{
    shutdown(l->calls[1], SHUT_WR);
}

// A pipe's end in a message that nobody reads is open for ever, and its writer would wait there.
void lab_process_line_empty(struct lab_process_pool_line *l)
{
    struct lab_process_pool_message m;
    int cargo;
    while (lab_process_receive(l->calls[0], &m, sizeof m, MSG_DONTWAIT, &cargo))
        if (cargo != LAB_PROCESS_NO_CARGO)
            close(cargo);
}

// ---- Reading; the lock is held ----

// Leaves it in the pipe, and its bytes with it.
static bool look(struct lab_process_pool_line *l, struct lab_process_pool_message *m,
                 int flags)
{
    ssize_t n;
    do
        n = recv(l->calls[0], m, sizeof *m, flags | MSG_PEEK);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof *m;
}

// The last holder died with the lock. If the call that it had claimed is still the first in
// the pipe, it did not take it, and another will; otherwise it has taken it to its grave.
// DOC(process-claim)
static void repair(struct lab_process_pool_line *l)
{
    struct lab_process_pool_message first;
    int dead = atomic_load(&l->holder);
    uint64_t claim = dead < 0 ? 0 : atomic_load(&l->places[dead].claim);
    if (claim > atomic_load(&l->taken)) {
        bool is_there = look(l, &first, MSG_DONTWAIT);
        if (is_there && first.number + 1 == claim)
            atomic_store(&l->places[dead].claim, 0);
        else
            atomic_store(&l->taken, claim);
    }
    atomic_store(&l->holder, -1);
    pthread_mutex_consistent(&l->lock);
}

// Sleeps with the lock held: so the calls go to the workers in the order in which they came
// to wait. DOC(process-reader)
bool lab_process_line_take(struct lab_process_pool_line *l, uint32_t place,
                           struct lab_process_pool_message *m, int *cargo)
{
    struct lab_process_pool_place *me = &l->places[place];
    atomic_store(&me->doing, LAB_DOING_WAIT);
    if (pthread_mutex_lock(&l->lock) == EOWNERDEAD)
        repair(l);
    atomic_store(&l->holder, (int)place);
    bool has_call = look(l, m, 0);
    if (has_call) {
        atomic_store(&me->claim, m->number + 1);
        lab_process_receive(l->calls[0], m, sizeof *m, 0, cargo);
        atomic_store(&me->doing, LAB_DOING_CALL);
        atomic_store(&l->taken, m->number + 1);
    }
    atomic_store(&l->holder, -1);
    pthread_mutex_unlock(&l->lock);
    return has_call;
}

// ---- After a death ----

static void repair_if_orphaned(struct lab_process_pool_line *l)
{
    int error = pthread_mutex_trylock(&l->lock);
    if (error == EOWNERDEAD)
        repair(l);
    if (error != EBUSY)
        pthread_mutex_unlock(&l->lock);
}

// While it is still called the holder, either nobody has taken the lock since, or somebody has
// and is about to repair it.
uint64_t lab_process_line_bury(struct lab_process_pool_line *l, uint32_t place)
{
    struct lab_process_pool_place *p = &l->places[place];
    while (atomic_load(&l->holder) == (int)place) {
        repair_if_orphaned(l);
        sched_yield();
    }
    uint64_t claim = atomic_exchange(&p->claim, 0);
    atomic_store(&p->doing, LAB_DOING_START);
    return claim;
}
