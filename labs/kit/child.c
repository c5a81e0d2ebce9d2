#define _GNU_SOURCE // wait4
#include "labs/kit/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
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

static bool begin(const char *const *argv, int out, pid_t *pid)
{
    static char *const environment[] = { "PATH=/usr/local/bin:/usr/bin:/bin",
                                         "LC_ALL=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1",
                                         "PYTHONHASHSEED=0", NULL };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGTERM);
    sigaddset(&usual, SIGPIPE);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, out, STDERR_FILENO);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                        POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &usual);
    bool ok =
        posix_spawnp(pid, argv[0], &files, &attr, (char *const *)argv, environment) == 0;
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
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
