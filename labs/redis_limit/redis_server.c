#define _GNU_SOURCE
#include "labs/redis_limit/redis_server.h"

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *find_program(void)
{
    static const char *const places[] = {
        "/usr/bin/redis-server",          "/usr/local/bin/redis-server",
        "/usr/bin/redis-check-rdb",       "/usr/bin/redis-check-aof",
        "/usr/local/bin/redis-check-rdb",
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (access(places[i], X_OK) == 0)
            return places[i];
    return NULL;
}

// ---- The child's side: system calls only, for another thread may have held a lock ----

static void let_go_of_what_is_the_parents(void)
{
    sigset_t none;
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd <= 2; fd++)
        dup2(null, fd);
    close_range(3, ~0U, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// DOC(redis-server-ends) The kernel kills the server when the thread that forked it is gone,
// also where that was killed itself. A parent that died before the call is found by its pid.
static _Noreturn void become_server(const char *program, char *const *argv, pid_t parent)
{
    char *const nothing[] = { NULL };
    let_go_of_what_is_the_parents();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
        execve(program, argv, nothing);
    _exit(127);
}

// ---- The parent's side ----

static bool answers(const char *socket)
{
    redisContext *c = redisConnectUnix(socket);
    redisReply *r = c && !c->err ? redisCommand(c, "PING") : NULL;
    bool is_up = r && r->type == REDIS_REPLY_STATUS && strcmp(r->str, "PONG") == 0;
    if (r)
        freeReplyObject(r);
    if (c)
        redisFree(c);
    return is_up;
}

// Asks until it answers, until it has ended by itself, or for ten seconds.
static bool comes_up(struct lab_redis_server *s)
{
    const struct timespec pause = { 0, 5000000 };
    for (int i = 0; i < 2000; i++) {
        if (answers(s->socket))
            return true;
        if (waitpid(s->pid, NULL, WNOHANG) == s->pid) {
            s->pid = 0;
            return false;
        }
        nanosleep(&pause, NULL);
    }
    return false;
}

enum lab_redis_server_status lab_redis_server_restart(struct lab_redis_server *s)
{
    const char *program = find_program();
    char *const argv[] = { "redis-server", "--port", "0",     "--unixsocket", s->socket,
                           "--save",       "",       "--dir", s->folder,      NULL };
    pid_t parent = getpid();
    if (!program)
        return LAB_REDIS_SERVER_ABSENT;
    s->pid = fork();
    if (s->pid == 0)
        become_server(program, argv, parent);
    if (s->pid > 0 && comes_up(s))
        return LAB_REDIS_SERVER_UP;
    lab_redis_server_crash(s);
    return LAB_REDIS_SERVER_FAILED;
}

enum lab_redis_server_status lab_redis_server_open(struct lab_redis_server *s)
{
    *s = (struct lab_redis_server){ .folder = "/tmp/convoy-redis-XXXXXX" };
    if (!find_program())
        return LAB_REDIS_SERVER_ABSENT;
    if (!mkdtemp(s->folder))
        return LAB_REDIS_SERVER_FAILED;
    snprintf(s->socket, sizeof s->socket, "%s/socket", s->folder);
    enum lab_redis_server_status status = lab_redis_server_restart(s);
    if (status != LAB_REDIS_SERVER_UP)
        lab_redis_server_close(s);
    return status;
}

// It keeps nothing, so there is nothing that a gentler end could save.
void lab_redis_server_crash(struct lab_redis_server *s)
{
    if (s->pid > 0) {
        kill(s->pid, SIGKILL);
        waitpid(s->pid, NULL, 0);
    }
    s->pid = 0;
    unlink(s->socket);
}

void lab_redis_server_close(struct lab_redis_server *s)
{
    lab_redis_server_crash(s);
    rmdir(s->folder);
}
