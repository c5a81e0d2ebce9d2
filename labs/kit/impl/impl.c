#define _GNU_SOURCE // pipe2, mkdtemp, posix_spawn_file_actions_addchdir_np
#include "labs/kit/impl/impl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "labs/host/wire.h"

// The child has one socket to here, and a pipe for what it prints, which is counted and thrown away.
// A word from it is believed as numbers and nothing else.

#define OUTPUT_MOST 65536u
#define LOOK_MS     5
#define HANGING_MS  1000u // of doing nothing, with the wire closed
#define RESTARTS    100u

void lab_impl_default(struct lab_impl_def *def)
{
    *def = (struct lab_impl_def){ .cpu_s = 10, .memory_mb = 256, .idle_s = 10 };
}

// ---- How it ends ----

static bool ended(struct lab_impl *i, enum lab_impl_end end, const char *detail)
{
    i->end = end;
    snprintf(i->detail, sizeof i->detail, "%s", detail);
    return false;
}

static bool died_of(struct lab_impl *i, int signal)
{
    char text[100];
    switch (signal) {
    case SIGSYS:
        return ended(i, LAB_IMPL_FORBIDDEN,
                     "forbidden: it made a system call that it does not need (processes, "
                     "files, network, signals)");
    case SIGXFSZ:
        return ended(i, LAB_IMPL_FORBIDDEN, "forbidden: it wrote to a file");
    case SIGXCPU:
    case SIGKILL:
        snprintf(text, sizeof text, "out of limits: more than %u s of computing",
                 i->def.cpu_s);
        return ended(i, LAB_IMPL_BEYOND, text);
    default:
        snprintf(text, sizeof text, "crashed: %s", strsignal(signal));
        return ended(i, LAB_IMPL_CRASHED, text);
    }
}

static void release(struct lab_impl *i)
{
    close(i->wire);
    close(i->output);
    i->process = 0;
    rmdir(i->folder);
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

// False: it has not ended yet.
static bool reap(struct lab_impl *i, int options, int *status)
{
    struct rusage used;
    pid_t gone;
    while ((gone = wait4(i->process, status, options, &used)) < 0 && errno == EINTR)
        continue;
    if (gone == 0)
        return false;
    i->spent_s += seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
    release(i);
    return true;
}

static void kill_it(struct lab_impl *i)
{
    int status;
    kill(-i->process, SIGKILL);
    reap(i, 0, &status);
}

// Whether it waits for something. One that could run and has no core is not idle.
static bool is_idle(const struct lab_impl *i)
{
    char path[64], line[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)i->process);
    FILE *f = fopen(path, "re");
    const char *state = f && fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
    if (f)
        fclose(f);
    return state && (state[2] == 'S' || state[2] == 'T');
}

// Its end of the wire is closed: it is ending, or has hung up and is ended.
static bool find_end(struct lab_impl *i)
{
    char text[80];
    int status = 0;
    bool has_ended = reap(i, WNOHANG, &status);
    for (uint32_t idle = 0; !has_ended && idle < HANGING_MS; idle += is_idle(i)) {
        poll(NULL, 0, 1);
        has_ended = reap(i, WNOHANG, &status);
    }
    if (!has_ended) {
        kill_it(i);
        return ended(i, LAB_IMPL_LEFT, "it hung up");
    }
    if (WIFSIGNALED(status))
        return died_of(i, WTERMSIG(status));
    snprintf(text, sizeof text, "it ended by itself, with status %d", WEXITSTATUS(status));
    return ended(i, LAB_IMPL_LEFT, text);
}

static bool stop(struct lab_impl *i, enum lab_impl_end end, const char *detail)
{
    kill_it(i);
    return ended(i, end, detail);
}

// ---- The wire ----

static bool drain(struct lab_impl *i)
{
    char bytes[4096];
    ssize_t n;
    while (i->printed <= OUTPUT_MOST && (n = read(i->output, bytes, sizeof bytes)) > 0)
        i->printed += (uint32_t)n;
    return i->printed <= OUTPUT_MOST ||
           stop(i, LAB_IMPL_BEYOND, "out of limits: it printed more than 64 KB");
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// It owes an answer. One that prints a little now and then, or answers a byte at a time, does nothing
// all the same: so it is looked at by the clock, and what it has idled adds up from question to question.
static bool has_patience(struct lab_impl *i)
{
    int64_t now = now_ms();
    if (i->def.goes_on && !i->def.goes_on(i->def.ctx))
        return stop(i, LAB_IMPL_BEYOND, "interrupted");
    if (now - i->looked_ms < LOOK_MS)
        return true;
    i->idle_ms += is_idle(i) ? (uint32_t)(now - i->looked_ms) : 0;
    i->looked_ms = now;
    return i->idle_ms <= 1000 * i->def.idle_s ||
           stop(i, LAB_IMPL_BEYOND, "out of limits: it did not answer");
}

static bool receive(struct lab_impl *i, void *bytes, size_t n)
{
    char *at = bytes;
    i->looked_ms = now_ms();
    while (n > 0) {
        struct pollfd p[] = { { i->wire, POLLIN, 0 }, { i->output, POLLIN, 0 } };
        poll(p, 2, LOOK_MS);
        if (p[1].revents & POLLIN && !drain(i))
            return false;
        if (!has_patience(i))
            return false;
        if (p[0].revents == 0)
            continue;
        ssize_t moved = recv(i->wire, at, n, MSG_DONTWAIT);
        if (moved < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (moved <= 0)
            return find_end(i);
        at += moved;
        n -= (size_t)moved;
    }
    return true;
}

static bool send_all(struct lab_impl *i, const void *bytes, size_t n)
{
    // All that is ever under way fits a socket's buffer, unless it answers what it has not read.
    ssize_t sent = send(i->wire, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent == (ssize_t)n || find_end(i);
}

static bool receive_message(struct lab_impl *i, struct lab_wire_head *head, int64_t *out)
{
    if (!receive(i, head, sizeof *head))
        return false;
    if (head->count > LAB_WIRE_ROOM)
        return stop(i, LAB_IMPL_GARBLED, "what it said is no answer");
    return receive(i, out, head->count * sizeof *out);
}

bool lab_impl_ask(struct lab_impl *i, const int64_t *in, uint32_t count, int64_t *out,
                  uint32_t wanted)
{
    struct lab_wire_head head = { LAB_WIRE_ASK, count };
    int64_t said[LAB_WIRE_ROOM];
    if (!i->process)
        return false;
    if (!send_all(i, &head, sizeof head) || !send_all(i, in, count * sizeof *in) ||
        !receive_message(i, &head, said))
        return false;
    if (head.code == LAB_WIRE_NOT_THERE)
        return ended(i, LAB_IMPL_NOT_THERE, "not implemented: open() returned NULL");
    if (head.code != LAB_WIRE_ANSWER || head.count != wanted)
        return stop(i, LAB_IMPL_GARBLED, "what it said is no answer");
    memcpy(out, said, wanted * sizeof *out);
    i->end = LAB_IMPL_RUNS;
    return true;
}

// ---- Beginning ----

static void file_actions(const struct lab_impl *i, int wire, int output,
                         posix_spawn_file_actions_t *files)
{
    posix_spawn_file_actions_init(files);
    posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(files, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(files, output, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(files, wire, LAB_WIRE_FD);
    posix_spawn_file_actions_addchdir_np(files, i->folder);
}

static bool spawn(struct lab_impl *i, int wire, int output)
{
    char cpu[16], memory[16], path[4096];
    char *environment[] = { NULL };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, all;
    if (!realpath(i->def.file, path))
        return ended(i, LAB_IMPL_NOT_LOADABLE, "there is no such file");
    snprintf(cpu, sizeof cpu, "%u", i->def.cpu_s);
    snprintf(memory, sizeof memory, "%u", i->def.memory_mb);
    char *argv[] = { (char *)i->def.host, (char *)i->def.pattern, path, cpu, memory, NULL };
    sigemptyset(&none);
    sigfillset(&all);
    file_actions(i, wire, output, &files);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                        POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    int error = posix_spawn(&i->process, i->def.host, &files, &attr, argv, environment);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0) {
        i->process = 0;
        return ended(i, LAB_IMPL_NOT_LOADABLE,
                     "convoy-host, which it would run in, is not beside convoy");
    }
    return true;
}

// Descriptors that dup2 would take for its own would lose their close-on-exec: moved up.
static int moved_up(int fd)
{
    int up = fcntl(fd, F_DUPFD_CLOEXEC, LAB_WIRE_FD + 1);
    close(fd);
    return up;
}

static bool begin(struct lab_impl *i)
{
    int wire[2], output[2];
    const char *where = "/tmp/convoy-impl-XXXXXX";
    snprintf(i->folder, sizeof i->folder, "%s", where);
    if (!mkdtemp(i->folder))
        return ended(i, LAB_IMPL_NOT_LOADABLE, "there is no place for a folder in /tmp");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, wire) != 0 ||
        pipe2(output, O_CLOEXEC | O_NONBLOCK) != 0) {
        rmdir(i->folder);
        return ended(i, LAB_IMPL_NOT_LOADABLE, "this process has too many files open");
    }
    int its_wire = moved_up(wire[1]), its_output = moved_up(output[1]);
    i->wire = wire[0];
    i->output = output[0];
    bool ok = spawn(i, its_wire, its_output);
    close(its_wire);
    close(its_output);
    if (!ok)
        release(i);
    return ok;
}

static bool greet(struct lab_impl *i)
{
    struct lab_wire_head head;
    int64_t said[LAB_WIRE_ROOM] = { 0 };
    char text[160];
    if (!receive_message(i, &head, said))
        return false;
    switch (head.code) {
    case LAB_WIRE_READY:
        i->end = LAB_IMPL_RUNS;
        return true;
    case LAB_WIRE_OTHER_VERSION:
        snprintf(text, sizeof text, "it is of version %lld of the interface, this is %u",
                 (long long)said[0], 1u);
        return stop(i, LAB_IMPL_OTHER_VERSION, text);
    case LAB_WIRE_NO_PATTERN:
        snprintf(text, sizeof text, "it exports no object convoy_%s", i->def.pattern);
        return stop(i, LAB_IMPL_NOT_LOADABLE, text);
    case LAB_WIRE_NOT_LOADABLE:
        snprintf(text, sizeof text, "%.*s", (int)sizeof text - 1, (const char *)said);
        for (char *p = text; *p; p++)
            *p = *p < ' ' || *p > '~' ? '?' : *p;
        return stop(i, LAB_IMPL_NOT_LOADABLE, text);
    default:
        return stop(i, LAB_IMPL_GARBLED, "what it said is no answer");
    }
}

bool lab_impl_open(struct lab_impl *i, const struct lab_impl_def *def)
{
    *i = (struct lab_impl){ .def = *def };
    return begin(i) && greet(i);
}

bool lab_impl_again(struct lab_impl *i)
{
    if (i->end == LAB_IMPL_BEYOND || i->spent_s > i->def.cpu_s || i->restarts == RESTARTS)
        return false;
    i->restarts++;
    i->printed = 0;
    return begin(i) && greet(i);
}

void lab_impl_close(struct lab_impl *i)
{
    if (i->process)
        kill_it(i);
}
