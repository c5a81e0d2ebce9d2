// Implementations that would rather do something else. ATTACK says which; each is a library.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "labs/host/convoy_impl.h"

#define VERSION CONVOY_IMPL_VERSION

#if ATTACK == 1 // a process of its own
static void attack(void)
{
    if (fork() == 0)
        for (;;)
            ;
}
#elif ATTACK == 2  // a thread
static void *nothing(void *x)
{
    return x;
}
static void attack(void)
{
    pthread_t t;
    pthread_create(&t, NULL, nothing, NULL);
}
#elif ATTACK == 3  // a file
static void attack(void)
{
    char secret[16];
    FILE *f = fopen("/etc/passwd", "r");
    if (f && fgets(secret, sizeof secret, f))
        puts(secret);
}
#elif ATTACK == 4  // a new file
static void attack(void)
{
    int fd = open("left-behind", O_WRONLY | O_CREAT, 0600);
    if (write(fd, "x", 1) != 1)
        abort();
}
#elif ATTACK == 5  // the memory of who asks
static void attack(void)
{
    char bytes[64];
    struct iovec here = { bytes, sizeof bytes }, there = { (void *)0x400000, sizeof bytes };
    process_vm_readv(getppid(), &here, 1, &there, 1, 0);
}
#elif ATTACK == 6  // the network
static void attack(void)
{
    socket(AF_INET, SOCK_STREAM, 0);
}
#elif ATTACK == 7  // a signal to who asks
static void attack(void)
{
    kill(getppid(), SIGKILL);
}
#elif ATTACK == 8  // a signal to everybody
static void attack(void)
{
    kill(-1, SIGKILL);
}
#elif ATTACK == 9  // looking into another process
static void attack(void)
{
    ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}
#elif ATTACK == 10 // another program in its place
static void attack(void)
{
    execl("/bin/true", "true", (char *)NULL);
}
#elif ATTACK == 11 // code that it has written itself
static void attack(void)
{
    void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code != MAP_FAILED)
        memset(code, 0xc3, 16);
}
#elif ATTACK == 12 // ends well
static void attack(void)
{
    exit(0);
}
#elif ATTACK == 13 // ends well, and prints a verdict
static void attack(void)
{
    puts("agree     decision  rate_limit/gcra\nagree 7, differ 0, undecided 0, absent 0");
    fflush(stdout);
    _exit(0);
}
#elif ATTACK == 14 // never comes back
static void attack(void)
{
    for (volatile int i = 0;; i++)
        ;
}
#elif ATTACK == 15 // falls asleep
static void attack(void)
{
    pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&m);
    pthread_mutex_lock(&m);
}
#elif ATTACK == 16 // takes all memory there is, and trusts that it is there
static void attack(void)
{
    for (;;)
        memset(malloc(1 << 20), 1, 1 << 20);
}
#elif ATTACK == 17 // prints without end
static void attack(void)
{
    for (;;)
        puts(
            "all is well, all is well, all is well, all is well, all is well, all is well");
}
#elif ATTACK == 18 // falls over
static void attack(void)
{
    raise(SIGSEGV);
    *(volatile int *)8 = 1;
}
#elif ATTACK == 19 // gives up
static void attack(void)
{
    abort();
}
#elif ATTACK == 20 // goes where nobody has been
static void attack(void)
{
    jmp_buf nowhere;
    memset(&nowhere, 0x5a, sizeof nowhere);
    longjmp(nowhere, 1);
}
#elif ATTACK == 21 // runs out of stack
static int deep(int n)
{
    volatile char bytes[4096];
    bytes[n % 4096] = (char)n;
    return deep(n + 1) + bytes[0];
}
static void attack(void)
{
    deep(0);
}
#elif ATTACK == 22 // says over the wire that all is allowed
static void attack(void)
{
    struct {
        uint32_t code, count;
        int64_t said[48];
    } answer = { .code = 5, .count = 48 };
    for (int i = 0; i < 48; i += 2)
        answer.said[i] = 1;
    if (write(3, &answer, sizeof answer) < 0)
        abort();
}
#elif ATTACK == 23 // says what is no answer
static void attack(void)
{
    unsigned char garbage[400];
    memset(garbage, 0xee, sizeof garbage);
    if (write(3, garbage, sizeof garbage) < 0)
        abort();
}
#elif ATTACK == 24 // listens in its place
static void attack(void)
{
    char bytes[1024];
    for (;;)
        if (read(3, bytes, sizeof bytes) <= 0)
            exit(0);
}
#elif ATTACK == 25 // raises its own limits, and waits for more time
static void attack(void)
{
    struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
    setrlimit(RLIMIT_CPU, &none);
}
#elif ATTACK == 26 // blocks the signals that end it
static void attack(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    for (volatile int i = 0;; i++)
        ;
}
#elif ATTACK == 27 // hangs up
static void attack(void)
{
    shutdown(3, SHUT_RDWR);
}
#elif ATTACK == 28 // is of another time
#    undef VERSION
#    define VERSION (CONVOY_IMPL_VERSION + 1)
static void attack(void)
{
}
#elif ATTACK == 29 // has nothing
static void attack(void)
{
}
#elif ATTACK == 30 // another name for a file, so that it is left behind
static void attack(void)
{
    mkdir("left-behind", 0700);
}
#elif ATTACK == 31 // sleeps, and says now and then that it lives
static void attack(void)
{
    pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
    struct timespec until = { 0, 0 };
    pthread_mutex_lock(&m);
    for (;;) {
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec = (until.tv_nsec + 30000000) % 1000000000;
        until.tv_sec += until.tv_nsec < 30000000;
        pthread_mutex_timedlock(&m, &until);
        if (write(1, "x", 1) != 1)
            abort();
    }
}
#endif

#if CONSTRUCTOR
// It acts while it is loaded.
__attribute__((constructor)) static void begin(void)
{
    attack();
}
#endif

static void *open_limiter(const struct convoy_limit_def *def)
{
    (void)def;
    return ATTACK == 29 ? NULL : calloc(1, 1);
}

static struct convoy_limit_answer take(void *limiter, uint32_t cost, int64_t now_ns)
{
    (void)limiter, (void)cost, (void)now_ns;
#if !CONSTRUCTOR
    attack();
#endif
    return (struct convoy_limit_answer){ 1, 0 };
}

static void close_limiter(void *limiter)
{
    free(limiter);
}

const struct convoy_rate_limit convoy_rate_limit = { VERSION, open_limiter, take,
                                                     close_limiter };

// ---- The same as a breaker ----

static void asked(void)
{
#if !CONSTRUCTOR
    attack();
#endif
}

static void *open_breaker(const struct convoy_breaker_def *def)
{
    (void)def;
    return ATTACK == 29 ? NULL : calloc(1, 1);
}

static int allows(void *breaker, int64_t now_ns)
{
    (void)breaker, (void)now_ns;
    asked();
    return 1;
}

static void record(void *breaker, enum convoy_breaker_outcome outcome, int64_t took_ns,
                   int64_t now_ns)
{
    (void)breaker, (void)outcome, (void)took_ns, (void)now_ns;
    asked();
}

static void force(void *breaker, enum convoy_breaker_state state, int64_t now_ns)
{
    (void)breaker, (void)state, (void)now_ns;
    asked();
}

static enum convoy_breaker_state state(void *breaker, int64_t now_ns)
{
    (void)breaker, (void)now_ns;
    return CONVOY_CLOSED;
}

const struct convoy_breaker convoy_breaker = { VERSION, open_breaker, allows,       record,
                                               force,   state,        close_limiter };
