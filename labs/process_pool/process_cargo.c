#define _GNU_SOURCE
#include "labs/process_pool/process_cargo.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

union control {
    struct cmsghdr aligned;
    char bytes[CMSG_SPACE(sizeof(int))];
};

bool lab_process_send(int socket, const void *message, size_t size, int cargo)
{
    union control control = { .bytes = { 0 } };
    struct iovec part = { (void *)(size_t)message, size };
    struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };
    if (cargo != LAB_PROCESS_NO_CARGO) {
        m.msg_control = control.bytes;
        m.msg_controllen = sizeof control.bytes;
        struct cmsghdr *head = CMSG_FIRSTHDR(&m);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof cargo);
        memcpy(CMSG_DATA(head), &cargo, sizeof cargo);
    }
    ssize_t n;
    do
        n = sendmsg(socket, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)size;
}

bool lab_process_receive(int socket, void *message, size_t size, int flags, int *cargo)
{
    union control control;
    struct iovec part = { message, size };
    struct msghdr m = { .msg_iov = &part,
                        .msg_iovlen = 1,
                        .msg_control = control.bytes,
                        .msg_controllen = sizeof control.bytes };
    ssize_t n;
    do
        n = recvmsg(socket, &m, flags | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    struct cmsghdr *head = n < 0 ? NULL : CMSG_FIRSTHDR(&m);
    *cargo = LAB_PROCESS_NO_CARGO;
    if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
        memcpy(cargo, CMSG_DATA(head), sizeof *cargo);
    return n == (ssize_t)size;
}

bool lab_process_cargo_write(int pipe, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t n = writev(pipe, &(struct iovec){ (void *)(size_t)at, size }, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

bool lab_process_cargo_read(int pipe, void *bytes, size_t size)
{
    char *at = bytes;
    while (size > 0) {
        ssize_t n = read(pipe, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}
