#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "labs/process_pool/process_cargo.h"
#include "labs/process_pool/process_private.h"

// ---- The child's side ----

// The parent had other threads, and only this one came along: a lock that one of them held is
// held for ever. So from here on there are system calls and the caller's function only.

static void forget_signals(void)
{
    // What has come since the fork was kept, and is met with the default now.
    sigset_t none;
    sigemptyset(&none);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// The kernel kills the worker when the thread that forked it is gone, which is the manager's
// and lasts as long as the pool. A worker that computes would not notice a closed pipe, and
// nobody would be left to tell it. DOC(process-no-orphans)
static bool die_with(pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

// A pipe has its end when nobody holds the other side, and the child was born holding it.
static void close_what_is_the_parents(struct lab_process_pool *p)
{
    close(p->line->calls[1]);
    close(p->results[0]);
    close(p->wakeup[0]);
    close(p->wakeup[1]);
    for (uint32_t i = 0; i < 2; i++)
        if (p->cargo[i] != LAB_PROCESS_NO_CARGO)
            close(p->cargo[i]);
    for (uint32_t i = 0; i < p->def.max_workers; i++)
        if (p->workers[i].pid != 0)
            close(p->workers[i].life);
}

// A call's bytes, in memory that is kept for the next.
struct bytes {
    void *at;
    size_t size, room;
};

static bool make_room(struct bytes *b, size_t size)
{
    b->size = size;
    if (size <= b->room)
        return true;
    if (b->room > 0)
        munmap(b->at, b->room);
    b->at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    b->room = b->at == MAP_FAILED ? 0 : size;
    return b->room > 0;
}

static bool fetch(struct bytes *b, size_t size, int cargo)
{
    bool is_there = make_room(b, size) && lab_process_cargo_read(cargo, b->at, size);
    close(cargo);
    return is_there;
}

static bool reply_with_bytes(struct lab_process_pool *p,
                             const struct lab_process_pool_reply *r, const struct bytes *b)
{
    int cargo[2];
    if (pipe2(cargo, O_CLOEXEC) != 0)
        return false;
    bool is_sent = lab_process_send(p->results[1], r, sizeof *r, cargo[0]);
    close(cargo[0]);
    is_sent = is_sent && lab_process_cargo_write(cargo[1], b->at, b->size);
    close(cargo[1]);
    return is_sent;
}

// In one piece, so that a worker that is killed leaves a whole reply or none. The call is its own
// until its bytes have gone too.
static bool reply(struct lab_process_pool *p, const struct lab_process_pool_reply *r,
                  const struct bytes *b)
{
    atomic_fetch_add(&p->line->replies, 1);
    bool is_sent =
        r->has_bytes ? reply_with_bytes(p, r, b)
                     : lab_process_send(p->results[1], r, sizeof *r, LAB_PROCESS_NO_CARGO);
    if (is_sent)
        atomic_store(&p->line->places[r->place].claim, 0);
    return is_sent;
}

static void work(struct lab_process_pool *p, uint32_t place)
{
    struct lab_process_pool_message m;
    struct bytes bytes = { .room = 0 };
    uint32_t left = p->def.max_tasks ? p->def.max_tasks : UINT32_MAX;
    int cargo;
    while (left > 0 && lab_process_line_take(p->line, place, &m, &cargo)) {
        left -= p->def.max_tasks > 0;
        struct lab_process_pool_reply r = { .number = m.number,
                                            .place = place,
                                            .is_last = left == 0,
                                            .has_bytes = m.size > 0 };
        if (m.size > 0 && !fetch(&bytes, m.size, cargo))
            return;
        r.result = m.size > 0 ? m.change(m.arg, bytes.at, m.size) : m.run(m.arg);
        if (!reply(p, &r, &bytes))
            return;
    }
}

static _Noreturn void worker_main(struct lab_process_pool *p, uint32_t place, pid_t parent)
{
    forget_signals();
    close_what_is_the_parents(p);
    if (die_with(parent))
        work(p, place);
    _exit(0); // leaves alone what the parent would do at its end
}

// ---- The parent's side ----

static uint32_t free_place(const struct lab_process_pool *p)
{
    uint32_t place = 0;
    while (p->workers[place].pid != 0)
        place++;
    return place;
}

// A child is born with its parent's way to meet signals. Where that ignores Ctrl-C, one that came
// before the child has changed it would be lost, and the child would work for ever: so signals are
// held back from before the fork on. DOC(process-signals-at-birth)
static pid_t fork_without_signals(sigset_t *before)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, before);
    return fork();
}

// Each has a pipe of its own that it never writes: its end is the end of the process. The
// parent gives up the other side before it forks again, or a sibling would keep it open.
bool lab_process_worker_begin(struct lab_process_pool *p)
{
    int life[2];
    sigset_t before;
    uint32_t place = free_place(p);
    pid_t parent = getpid();
    if (pipe2(life, O_CLOEXEC) != 0)
        return false;
    pid_t pid = fork_without_signals(&before);
    if (pid == 0) {
        close(life[0]);
        worker_main(p, place, parent);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(life[1]);
    if (pid < 0) {
        close(life[0]);
        return false;
    }
    p->workers[place] = (struct lab_process_pool_worker){ p->begun++, pid, life[0] };
    p->alive++;
    if (p->def.heard)
        p->def.heard(p->def.ctx, p, place, 0);
    return true;
}

// It keeps its number for as long as the mutex is free: who reads it there may send a signal.
void lab_process_worker_reap(struct lab_process_pool *p, uint32_t place)
{
    siginfo_t info;
    id_t pid = (id_t)p->workers[place].pid;
    pthread_mutex_unlock(&p->mutex);
    while (waitid(P_PID, pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
        continue;
    pthread_mutex_lock(&p->mutex);
    waitpid(p->workers[place].pid, NULL, 0);
    close(p->workers[place].life);
    p->workers[place].pid = 0;
    p->alive--;
}
