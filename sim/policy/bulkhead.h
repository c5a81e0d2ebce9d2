#ifndef SIM_POLICY_BULKHEAD_H
#define SIM_POLICY_BULKHEAD_H

// How many may be inside at once, and who of the others waits for how long: a bulkhead. A pool of
// connections is one whose places are something: a connection has to be opened, is kept when
// nobody uses it, and is closed when there are more of them than are kept, or when it has been
// idle for too long. Whoever asks acts on the answer, and says when somebody leaves or gives up.
//
// Places are given in the order in which they were asked for, and a place that comes free goes to
// the longest waiter at once, the connection with it. Who waits is refused when its wait is over;
// a place that comes free at that very instant is still its own. A connection that has been idle
// for longer than `idle` is closed instead of being used; at `idle` itself it is still good.
//
//   bulkhead      most inside, `wait` each, at most `queue` in line (resilience4j Bulkhead:
//                 maxConcurrentCalls 25, maxWaitDuration 0; Polly: 1000, a queue of 0; Hystrix'
//                 semaphore: 10; Envoy's "circuit breakers": 1024, and 1024 pending)
//   connections   `most` is size and overflow together, `kept` the size (SQLAlchemy QueuePool: 5
//                 and 10, timeout 30 s; HikariCP: 10, 30 s; httpx Limits: 100, 20 of them kept for
//                 5 s, pool timeout 5 s)

#include <stdbool.h>
#include <stdint.h>

#include "sim/policy/line.h"

enum sim_bulkhead_scheme {
    SIM_BULKHEAD_PLAIN,
    SIM_BULKHEAD_R4J,
    SIM_BULKHEAD_POLLY,
    SIM_BULKHEAD_HYSTRIX,
    SIM_BULKHEAD_ENVOY,
    SIM_BULKHEAD_SCHEMES
};

enum sim_connections_scheme {
    SIM_CONNECTIONS_PLAIN,
    SIM_CONNECTIONS_SQLALCHEMY,
    SIM_CONNECTIONS_HIKARICP,
    SIM_CONNECTIONS_HTTPX,
    SIM_CONNECTIONS_SCHEMES
};

struct sim_bulkhead {
    uint32_t most;  // inside at once, at least 1
    uint32_t queue; // that may wait; UINT32_MAX without limit
    sim_time wait;  // of each; 0: none waits; SIM_NEVER without end
    bool pools;     // its places are connections
    bool lifo;      // of those, the one that was used last is used next
    uint32_t kept;  // connections that stay open while nobody uses them
    sim_time idle;  // longer than this none does; SIM_NEVER: it does
};

struct sim_bulkhead_state {
    uint32_t used;     // places, those of connections that are being opened too
    uint32_t idle, at; // connections that nobody uses, and where the oldest of them stands
    struct sim_line line;
};

// What goes with each state, both borrowed. Zeroed at first.
struct sim_bulkhead_room {
    sim_time *since;             // [kept]: when connections were given back
    struct sim_line_node *nodes; // of all who may wait, by number from 1 on
};

enum sim_bulkhead_answer {
    SIM_BULKHEAD_REFUSES,
    SIM_BULKHEAD_PASSES, // has a place; with it a connection
    SIM_BULKHEAD_OPENS,  // has a place, and opens a connection
    SIM_BULKHEAD_WAITS
};

struct sim_bulkhead sim_bulkhead_of(enum sim_bulkhead_scheme scheme); // with its defaults
struct sim_bulkhead sim_connections_of(enum sim_connections_scheme scheme);
const char *sim_bulkhead_name(enum sim_bulkhead_scheme scheme); // "resilience4j"
const char *sim_connections_name(enum sim_connections_scheme scheme);

// What would be answered now; nothing changes.
enum sim_bulkhead_answer sim_bulkhead_asks(const struct sim_bulkhead *b,
                                           const struct sim_bulkhead_state *s,
                                           const struct sim_bulkhead_room *room,
                                           sim_time now);

// Asks for `who`, who may have to stand in line.
enum sim_bulkhead_answer sim_bulkhead_enter(const struct sim_bulkhead *b,
                                            struct sim_bulkhead_state *s,
                                            const struct sim_bulkhead_room *room,
                                            uint32_t who, sim_time now);

// One that has a place leaves. Who has it now, with its connection; 0: nobody waited.
uint32_t sim_bulkhead_leave(const struct sim_bulkhead *b, struct sim_bulkhead_state *s,
                            const struct sim_bulkhead_room *room, sim_time now);

// The same of one whose connection could not be opened, or is broken: who has the place now
// opens another.
uint32_t sim_bulkhead_leave_broken(struct sim_bulkhead_state *s,
                                   const struct sim_bulkhead_room *room);

// Somebody waits no longer.
void sim_bulkhead_give_up(struct sim_bulkhead_state *s,
                          const struct sim_bulkhead_room *room, uint32_t who);

// The longest waiter whose wait was over before now; 0: nobody's was.
uint32_t sim_bulkhead_overdue(const struct sim_bulkhead *b,
                              const struct sim_bulkhead_state *s,
                              const struct sim_bulkhead_room *room, sim_time now);

#endif
