// The process that a student's implementation runs in: convoy-host PATTERN FILE CPU_S MEMORY_MB.
// It gives up what it could do, loads the file, gives up what that needed, and answers what it is
// asked over the wire. It holds nothing that is worth reading: what is right is known elsewhere.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "labs/host/convoy_impl.h"
#include "labs/host/filter.h"
#include "labs/host/load.h"
#include "labs/host/pattern.h"

// ---- The wire ----

static void transfer(ssize_t (*move)(int, void *, size_t), void *bytes, size_t n)
{
    char *at = bytes;
    while (n > 0) {
        ssize_t moved = move(LAB_WIRE_FD, at, n);
        if (moved <= 0)
            _exit(0); // convoy has gone, or wants no more
        at += moved;
        n -= (size_t)moved;
    }
}

static ssize_t send_some(int fd, void *bytes, size_t n)
{
    return write(fd, bytes, n);
}

static void say(enum lab_wire_code code, const int64_t *numbers, uint32_t count)
{
    struct lab_wire_head head = { code, count };
    int64_t copy[LAB_WIRE_ROOM];
    if (count > 0)
        memcpy(copy, numbers, count * sizeof *copy);
    transfer(send_some, &head, sizeof head);
    transfer(send_some, copy, count * sizeof *copy);
}

static void give_up(enum lab_wire_code code, const char *why)
{
    int64_t text[32] = { 0 };
    strncpy((char *)text, why, sizeof text - 1);
    say(code, text, sizeof text / sizeof *text);
    _exit(0);
}

// ---- Patterns ----

// A further pattern is a further name here, a file beside this one, and one in labs/kit/impl.
static const struct lab_host_pattern *const patterns[] = { &lab_host_rate_limit,
                                                           &lab_host_breaker,
                                                           &lab_host_budget,
                                                           &lab_host_retry,
                                                           &lab_host_concurrency_limit,
                                                           &lab_host_shed,
                                                           &lab_host_bulkhead,
                                                           &lab_host_hedge,
                                                           &lab_host_cache,
                                                           &lab_host_balance,
                                                           &lab_host_idempotency };

static const struct lab_host_pattern *pattern_of(const char *name)
{
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (strcmp(patterns[i]->name, name) == 0)
            return patterns[i];
    _exit(1);
}

// ---- Giving up what it could do ----

static void limit_to(__rlimit_resource_t what, rlim_t most)
{
    struct rlimit r = { most, most };
    setrlimit(what, &r);
}

static void give_away(const char *cpu_s, const char *memory_mb)
{
    rlim_t seconds = strtoul(cpu_s, NULL, 10);
    struct rlimit cpu = { seconds, seconds + 1 };
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0);
    syscall(SYS_close_range, LAB_WIRE_FD + 1, ~0u, 0);
    setrlimit(RLIMIT_CPU, &cpu);
    limit_to(RLIMIT_CORE, 0);
    limit_to(RLIMIT_AS, strtoul(memory_mb, NULL, 10) << 20);
}

// Each object begins with its version.
static const void *object_of(const struct lab_loaded *l,
                             const struct lab_host_pattern *pattern)
{
    const void *object = dlsym(l->handle, pattern->object);
    uint32_t version;
    if (!object)
        give_up(LAB_WIRE_NO_PATTERN, "");
    memcpy(&version, object, sizeof version);
    int64_t said = version;
    if (version != CONVOY_IMPL_VERSION) {
        say(LAB_WIRE_OTHER_VERSION, &said, 1);
        _exit(0);
    }
    return object;
}

static void answer_for_ever(const struct lab_host_pattern *pattern, const void *object)
{
    static int64_t in[LAB_WIRE_ROOM], out[LAB_WIRE_ROOM];
    struct lab_wire_head head;
    for (;;) {
        transfer(read, &head, sizeof head);
        if (head.count > LAB_WIRE_ROOM)
            _exit(0);
        transfer(read, in, head.count * sizeof *in);
        int n = pattern->answer ? pattern->answer(object, in, head.count, out)
                                : lab_host_steps(pattern, object, in, head.count, out);
        say(n < 0 ? LAB_WIRE_NOT_THERE : LAB_WIRE_ANSWER, out, n < 0 ? 0 : (uint32_t)n);
    }
}

int main(int argc, char **argv)
{
    struct lab_loaded library;
    if (argc != 5)
        return 1;
    const struct lab_host_pattern *pattern = pattern_of(argv[1]);
    give_away(argv[3], argv[4]);
    int copy = lab_load_prepare(argv[2], &library);
    if (copy < 0)
        give_up(LAB_WIRE_NOT_LOADABLE, library.why);
    limit_to(RLIMIT_FSIZE, 0);
    limit_to(RLIMIT_NOFILE, 8);
    if (!lab_filter_loading())
        give_up(LAB_WIRE_NOT_LOADABLE, "this system filters no system calls (seccomp)");
    if (!lab_load_map(copy, &library))
        give_up(LAB_WIRE_NOT_LOADABLE, library.why);
    if (!lab_filter_running())
        give_up(LAB_WIRE_NOT_LOADABLE, "this system filters no system calls (seccomp)");
    lab_load_begin(&library);
    const void *object = object_of(&library, pattern);
    say(LAB_WIRE_READY, NULL, 0);
    answer_for_ever(pattern, object);
}
