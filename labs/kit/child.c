#define _GNU_SOURCE // wait4, execvpe
#include "labs/kit/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "labs/kit/others.h"

#define LOOK_MS 50

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

// ---- The child ----

// All that follows a fork is safe after one, whatever other threads hold.
static void become(const char *const *argv, int out, pid_t parent)
{
    static char *const environment[] = { "PATH=/usr/local/bin:/usr/bin:/bin",
                                         "LC_ALL=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1",
                                         "PYTHONHASHSEED=0", NULL };
    sigset_t none;
    int in = open("/dev/null", O_RDONLY);
    sigemptyset(&none);
    // Asked here and not by the program, for it would outlive a caller that is killed by as long
    // as it takes to begin. What was killed before that is no parent any more.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        return;
    if (in < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
        dup2(out, STDERR_FILENO) < 0)
        return;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvpe(argv[0], (char *const *)argv, environment);
}

// True when the program runs: its exec closes the other end, and a byte comes where there was none.
static bool begin(const char *const *argv, int out, pid_t *pid)
{
    int failed[2];
    char byte = 0;
    pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, failed) != 0)
        return false;
    *pid = fork();
    if (*pid == 0) {
        setpgid(0, 0);
        become(argv, out, parent);
        send(failed[1], &byte, 1, MSG_NOSIGNAL);
        _exit(127);
    }
    close(failed[1]);
    ssize_t n;
    do
        n = *pid > 0 ? read(failed[0], &byte, 1) : 1;
    while (n < 0 && errno == EINTR);
    close(failed[0]);
    bool ok = n == 0;
    if (*pid > 0 && !ok)
        waitpid(*pid, NULL, 0);
    return ok;
}

static void keep(struct lab_child *c, const char *bytes, size_t n)
{
    size_t room = LAB_CHILD_OUTPUT - c->length;
    n = n < room ? n : room;
    memcpy(c->output + c->length, bytes, n);
    c->length += n;
}

// Reads until all of the group have closed their ends, or something ends it.
static void follow(const struct lab_child_def *def, int in, double begun,
                   struct lab_child *c)
{
    char bytes[1024];
    struct pollfd p = { .fd = in, .events = POLLIN };
    for (;;) {
        int ready = poll(&p, 1, LOOK_MS);
        ssize_t n = ready > 0 ? read(in, bytes, sizeof bytes) : 0;
        if (ready > 0 && n <= 0)
            return;
        keep(c, bytes, n > 0 ? (size_t)n : 0);
        if (def->goes_on && !def->goes_on(def->ctx))
            c->end = LAB_CHILD_STOPPED;
        else if (now_s() - begun > def->limit_s)
            c->end = LAB_CHILD_LATE;
        if (c->end != LAB_CHILD_WELL)
            return;
    }
}

static void finish(pid_t pid, struct lab_child *c, double *cpu_s)
{
    int status = 0;
    struct rusage used;
    memset(&used, 0, sizeof used);
    // The group is killed in any case: a worker may have outlived who began it.
    if (c->end != LAB_CHILD_WELL)
        kill(-pid, SIGKILL);
    while (wait4(pid, &status, 0, &used) < 0)
        continue;
    kill(-pid, SIGKILL);
    *cpu_s = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
    if (c->end == LAB_CHILD_WELL && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
        c->end = LAB_CHILD_FAILED;
}

void lab_child_run(const struct lab_child_def *def, struct lab_child *c)
{
    int ends[2];
    pid_t pid;
    double cpu_s = 0, busy = lab_busy_s(def->core), begun = now_s();
    c->end = LAB_CHILD_FAILED;
    c->length = 0;
    c->output[0] = '\0';
    c->others = -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return;
    bool has_begun = begin(def->argv, ends[1], &pid);
    close(ends[1]);
    if (has_begun) {
        c->end = LAB_CHILD_WELL;
        follow(def, ends[0], begun, c);
        finish(pid, c, &cpu_s);
    }
    close(ends[0]);
    c->output[c->length] = '\0';
    c->wall_s = now_s() - begun;
    c->others = lab_others(busy, lab_busy_s(def->core), cpu_s, c->wall_s);
}

const char *lab_child_last_line(struct lab_child *c)
{
    while (c->length > 0 && c->output[c->length - 1] == '\n')
        c->output[--c->length] = '\0';
    const char *line = strrchr(c->output, '\n');
    return line ? line + 1 : c->output;
}

// ---- A companion ----

bool lab_companion_begin(struct lab_companion *c, const char *const *argv)
{
    int ends[2];
    c->pid = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    bool has_begun = begin(argv, ends[1], &c->pid);
    close(ends[1]);
    c->out = ends[0];
    if (!has_begun) {
        close(ends[0]);
        c->pid = 0;
    }
    return has_begun;
}

bool lab_companion_lives(const struct lab_companion *c)
{
    siginfo_t info = { .si_pid = 0 };
    return c->pid > 0 &&
           waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
}

// It is reaped last: as long as it is not, its group's number is nobody else's.
void lab_companion_end(struct lab_companion *c)
{
    if (c->pid <= 0)
        return;
    kill(-c->pid, SIGKILL);
    while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    close(c->out);
    c->pid = 0;
}
