#define _GNU_SOURCE // pwrite, fdatasync
#include "labs/outbox/broker.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE ((off_t)sizeof(struct lab_message))

static bool flush(const struct lab_broker *b, int fd)
{
    return !b->is_durable || fdatasync(fd) == 0;
}

bool lab_broker_open(struct lab_broker *b, const char *path, bool is_durable)
{
    char place[512];
    *b = (struct lab_broker){ .log = -1, .place = -1, .is_durable = is_durable };
    int n = snprintf(place, sizeof place, "%s.place", path);
    if (n < 0 || (size_t)n >= sizeof place)
        return false;
    b->log = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    b->place = open(place, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (b->log >= 0 && b->place >= 0)
        return true;
    lab_broker_close(b);
    return false;
}

void lab_broker_close(struct lab_broker *b)
{
    if (b->log >= 0)
        close(b->log);
    if (b->place >= 0)
        close(b->place);
    b->log = b->place = -1;
}

int64_t lab_broker_count(const struct lab_broker *b)
{
    struct stat st;
    return fstat(b->log, &st) == 0 ? st.st_size / SIZE : -1;
}

bool lab_broker_at(const struct lab_broker *b, uint64_t number, struct lab_message *m)
{
    return pread(b->log, m, sizeof *m, (off_t)number * SIZE) == SIZE;
}

// DOC(outbox-log) One after the other, each behind the last whole message: what somebody left there
// in part was never acknowledged to him, and nobody reads it. The lock ends with its process.
bool lab_broker_publish(struct lab_broker *b, const struct lab_message *m)
{
    if (flock(b->log, LOCK_EX) != 0)
        return false;
    int64_t count = lab_broker_count(b);
    bool ok = count >= 0 && pwrite(b->log, m, sizeof *m, count * SIZE) == SIZE &&
              flush(b, b->log);
    return flock(b->log, LOCK_UN) == 0 && ok;
}

int lab_broker_receive(struct lab_broker *b, struct lab_message *m)
{
    uint64_t place = 0;
    ssize_t n = pread(b->place, &place, sizeof place, 0);
    if (n != 0 && n != (ssize_t)sizeof place)
        return -1;
    b->received = place;
    int64_t count = lab_broker_count(b);
    if (count < 0)
        return -1;
    if (place >= (uint64_t)count)
        return 0;
    return lab_broker_at(b, place, m) ? 1 : -1;
}

bool lab_broker_acknowledge(struct lab_broker *b)
{
    uint64_t place = b->received + 1;
    return pwrite(b->place, &place, sizeof place, 0) == (ssize_t)sizeof place &&
           flush(b, b->place);
}
