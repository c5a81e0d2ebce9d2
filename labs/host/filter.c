#define _GNU_SOURCE
#include "labs/host/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "labs/host/wire.h"

#if defined __x86_64__
#    define ARCH AUDIT_ARCH_X86_64
#elif defined __aarch64__
#    define ARCH AUDIT_ARCH_AARCH64
#else
#    error "which system calls there are is known of x86-64 and aarch64"
#endif

// A call is let through where each of its conditions holds: the low half of an argument, under a
// mask, has that value. What is refused without an end of the process gets an error instead.
struct condition {
    uint32_t argument, mask, value;
};

struct rule {
    long call;
    int error; // 0: let through
    uint32_t conditions;
    struct condition of[2];
};

#define ANY(name)         \
    {                     \
        SYS_##name, 0, 0, \
        {                 \
            {             \
                0, 0, 0   \
            }             \
        }                 \
    }
#define ONE(name, arg, mask, x) \
    {                           \
        SYS_##name, 0, 1,       \
        {                       \
            {                   \
                arg, mask, x    \
            }                   \
        }                       \
    }
#define TWO(name, a, m, x, b, n, y) \
    {                               \
        SYS_##name, 0, 2,           \
        {                           \
            { a, m, x },            \
            {                       \
                b, n, y             \
            }                       \
        }                           \
    }
#define ERROR(name, e)    \
    {                     \
        SYS_##name, e, 0, \
        {                 \
            {             \
                0, 0, 0   \
            }             \
        }                 \
    }
#define ALL 0xffffffffu

#define ROOM 512

struct program {
    struct sock_filter at[ROOM];
    unsigned short count;
};

static void put(struct program *p, struct sock_filter f)
{
    if (p->count < ROOM)
        p->at[p->count++] = f;
}

static void load(struct program *p, size_t offset)
{
    put(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void end(struct program *p, uint32_t action)
{
    put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

// Both machines keep the low half of a number first.
static size_t argument(uint32_t i)
{
    return offsetof(struct seccomp_data, args) + i * sizeof(uint64_t);
}

// Another rule for the same call may let through what this one does not.
static void add(struct program *p, const struct rule *r)
{
    uint8_t skip = (uint8_t)(3 * r->conditions + 1);
    load(p, offsetof(struct seccomp_data, nr));
    put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)r->call, 0,
                                        skip));
    for (uint32_t i = 0; i < r->conditions; i++) {
        const struct condition *c = &r->of[i];
        uint8_t left = (uint8_t)(skip - 3 * (i + 1));
        load(p, argument(c->argument));
        put(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, c->mask));
        put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, c->value, 0, left));
    }
    end(p, r->error ? SECCOMP_RET_ERRNO | (uint32_t)r->error : SECCOMP_RET_ALLOW);
}

// What is let through in either case: filters stand behind one another, and each has its say.
static void add_running(struct program *p)
{
    const struct rule rules[] = {
        ONE(read, 0, ALL, LAB_WIRE_FD),
        ONE(write, 0, ALL, LAB_WIRE_FD),
        ONE(write, 0, ALL, STDOUT_FILENO),
        ONE(write, 0, ALL, STDERR_FILENO),
        ONE(writev, 0, ALL, STDERR_FILENO), // what assert and abort print
        TWO(mmap, 2, PROT_EXEC, 0, 3, MAP_ANONYMOUS | MAP_SHARED, MAP_ANONYMOUS),
        ONE(mprotect, 2, PROT_EXEC, 0),
        ANY(munmap),
        ANY(mremap),
        ANY(madvise),
        ANY(brk),
        ANY(futex),
        ANY(getrandom),
        ANY(clock_gettime),
        ANY(clock_getres),
        ANY(gettimeofday),
        ANY(getpid),
        ANY(gettid),
        ANY(sched_yield),
        // abort() raises in this process, and takes its handler off first.
        ONE(tgkill, 0, ALL, (uint32_t)getpid()),
        ONE(rt_sigaction, 0, ALL, SIGABRT),
        ANY(rt_sigprocmask),
        ANY(rt_sigreturn),
        ANY(restart_syscall),
        ANY(exit),
        ANY(exit_group),
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        add(p, &rules[i]);
}

static void add_loading(struct program *p)
{
    const uint32_t writes = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
    const struct rule rules[] = {
        ONE(openat, 2, writes, O_RDONLY),
        ANY(read),
        ANY(pread64),
        ANY(fstat),
        ANY(newfstatat),
        ANY(lseek),
        ANY(close),
        ANY(mmap),
        ANY(mprotect),
        ANY(ioctl),
        ONE(prctl, 0, ALL, PR_SET_NO_NEW_PRIVS),
        ONE(seccomp, 0, ALL, SECCOMP_SET_MODE_FILTER),
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        add(p, &rules[i]);
}

// printf looks at what it prints to, and does without.
static void add_refusals(struct program *p)
{
    const struct rule rules[] = {
        ERROR(fstat, EBADF),
        ERROR(newfstatat, EBADF),
        ERROR(ioctl, ENOTTY),
        ERROR(lseek, ESPIPE),
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        add(p, &rules[i]);
}

static void begin(struct program *p)
{
    load(p, offsetof(struct seccomp_data, arch));
    put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0));
    end(p, SECCOMP_RET_KILL_PROCESS);
}

static bool install(struct program *p)
{
    end(p, SECCOMP_RET_KILL_PROCESS);
    struct sock_fprog prog = { .filter = p->at, .len = p->count };
    return p->count < ROOM && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0;
}

bool lab_filter_loading(void)
{
    struct program p = { .count = 0 };
    begin(&p);
    add_running(&p);
    add_loading(&p);
    return install(&p);
}

bool lab_filter_running(void)
{
    struct program p = { .count = 0 };
    begin(&p);
    add_running(&p);
    add_refusals(&p);
    return install(&p);
}
