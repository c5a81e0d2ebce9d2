#ifndef LABS_OUTBOX_BROKER_H
#define LABS_OUTBOX_BROKER_H

// A broker as small as it can be and still be honest: a log in a file to which processes append,
// and beside it the place up to which its one consumer has acknowledged. What is not
// acknowledged is delivered again: at least once.

#include <stdbool.h>
#include <stdint.h>

// As it stands in the log, in the machine's own byte order.
struct lab_message {
    uint64_t id;
    char body[56]; // ends with a 0
};

struct lab_broker {
    int log, place;    // owned; below 0: not open
    uint64_t received; // number of the message that was received last
    bool is_durable;   // constant
};

// Makes `path` and `path`.place where they are not there. False when that fails.
bool lab_broker_open(struct lab_broker *b, const char *path, bool is_durable);
void lab_broker_close(struct lab_broker *b);

// False: it is not there, or nobody knows.
bool lab_broker_publish(struct lab_broker *b, const struct lab_message *m);

// The first that has not been acknowledged: 1; 0 when there is none, -1 when that is not known.
int lab_broker_receive(struct lab_broker *b, struct lab_message *m);
bool lab_broker_acknowledge(struct lab_broker *b);

// How many there are in the log; below 0 when that is not known.
int64_t lab_broker_count(const struct lab_broker *b);
bool lab_broker_at(const struct lab_broker *b, uint64_t number, struct lab_message *m);

#endif
