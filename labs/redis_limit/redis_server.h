#ifndef LABS_REDIS_LIMIT_REDIS_SERVER_H
#define LABS_REDIS_LIMIT_REDIS_SERVER_H

// A Redis server of one's own, for as long as a check takes: on a Unix socket in a new folder,
// without TCP, without persistence, without a configuration file and with an empty
// environment. It never touches a server that already runs on the machine, and it ends with
// the thread that opened it, whatever becomes of that: the kernel sees to it.
//
// Debian's package redis-tools is enough: its redis-check-rdb and redis-check-aof are the
// server's own program, which looks at the name that it was called by.

#include <sys/types.h>

struct lab_redis_server {
    char folder[64], socket[80];
    pid_t pid; // 0 while it does not run
};

enum lab_redis_server_status {
    LAB_REDIS_SERVER_UP = 0,
    LAB_REDIS_SERVER_ABSENT = -1, // no such program here: Debian's redis-tools holds it
    LAB_REDIS_SERVER_FAILED = -2  // it did not come up within ten seconds
};

// Returns when the server has answered a PING. Unless it is up there is nothing to close.
enum lab_redis_server_status lab_redis_server_open(struct lab_redis_server *s);
void lab_redis_server_close(struct lab_redis_server *s);

// Kills the server with all that it held, and starts it again at the same place.
void lab_redis_server_crash(struct lab_redis_server *s);
enum lab_redis_server_status lab_redis_server_restart(struct lab_redis_server *s);

#endif
