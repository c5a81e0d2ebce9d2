#include "sim/policy/bulkhead.h"

struct sim_bulkhead sim_bulkhead_of(enum sim_bulkhead_scheme scheme)
{
    struct sim_bulkhead b = { .most = 10, .queue = UINT32_MAX };
    switch (scheme) {
    case SIM_BULKHEAD_R4J:
        b.most = 25;
        break;
    case SIM_BULKHEAD_POLLY:
        b.most = 1000;
        b.queue = 0;
        b.wait = SIM_NEVER;
        break;
    case SIM_BULKHEAD_ENVOY:
        b.most = b.queue = 1024;
        b.wait = SIM_NEVER;
        break;
    default: // Hystrix has 10, and refuses the next
        break;
    }
    return b;
}

struct sim_bulkhead sim_connections_of(enum sim_connections_scheme scheme)
{
    struct sim_bulkhead b = { .most = 15,
                              .queue = UINT32_MAX,
                              .wait = 30 * (sim_time)SIM_S,
                              .pools = true,
                              .kept = 5,
                              .idle = SIM_NEVER };
    switch (scheme) {
    case SIM_CONNECTIONS_HIKARICP:
        b.most = b.kept = 10;
        break;
    case SIM_CONNECTIONS_HTTPX:
        b.most = 100;
        b.kept = 20;
        b.wait = b.idle = 5 * (sim_time)SIM_S;
        break;
    default: // SQLAlchemy
        break;
    }
    return b;
}

// ---- Connections that nobody uses, oldest first ----

static sim_time *since(const struct sim_bulkhead *b, const struct sim_bulkhead_state *s,
                       const struct sim_bulkhead_room *room, uint32_t i)
{
    return &room->since[(s->at + i) % b->kept];
}

// How many of them have been idle for too long.
static uint32_t stale(const struct sim_bulkhead *b, const struct sim_bulkhead_state *s,
                      const struct sim_bulkhead_room *room, sim_time now)
{
    uint32_t n = 0;
    while (n < s->idle && now - *since(b, s, room, n) > b->idle)
        n++;
    return n;
}

static void drop_oldest(const struct sim_bulkhead *b, struct sim_bulkhead_state *s,
                        uint32_t n)
{
    s->idle -= n;
    if (n > 0)
        s->at = (s->at + n) % b->kept;
}

static void keep(const struct sim_bulkhead *b, struct sim_bulkhead_state *s,
                 const struct sim_bulkhead_room *room, sim_time now)
{
    drop_oldest(b, s, stale(b, s, room, now));
    if (s->idle == b->kept)
        return; // one too many: closed
    *since(b, s, room, s->idle) = now;
    s->idle++;
}

// ---- Entering ----

enum sim_bulkhead_answer sim_bulkhead_asks(const struct sim_bulkhead *b,
                                           const struct sim_bulkhead_state *s,
                                           const struct sim_bulkhead_room *room,
                                           sim_time now)
{
    if (s->used < b->most) {
        bool opens = b->pools && stale(b, s, room, now) == s->idle;
        return opens ? SIM_BULKHEAD_OPENS : SIM_BULKHEAD_PASSES;
    }
    bool waits = b->wait > 0 && s->line.count < b->queue;
    return waits ? SIM_BULKHEAD_WAITS : SIM_BULKHEAD_REFUSES;
}

enum sim_bulkhead_answer sim_bulkhead_enter(const struct sim_bulkhead *b,
                                            struct sim_bulkhead_state *s,
                                            const struct sim_bulkhead_room *room,
                                            uint32_t who, sim_time now)
{
    enum sim_bulkhead_answer answer = sim_bulkhead_asks(b, s, room, now);
    if (answer == SIM_BULKHEAD_WAITS)
        sim_line_join(&s->line, room->nodes, who, now);
    if (answer == SIM_BULKHEAD_WAITS || answer == SIM_BULKHEAD_REFUSES)
        return answer;
    s->used++;
    if (!b->pools)
        return answer;
    drop_oldest(b, s, stale(b, s, room, now));
    if (answer == SIM_BULKHEAD_PASSES && b->lifo)
        s->idle--;
    else if (answer == SIM_BULKHEAD_PASSES)
        drop_oldest(b, s, 1);
    return answer;
}

// ---- Leaving ----

static uint32_t first_goes(struct sim_bulkhead_state *s,
                           const struct sim_bulkhead_room *room)
{
    uint32_t who = s->line.head;
    if (who != 0)
        sim_line_leave(&s->line, room->nodes, who);
    else
        s->used--;
    return who;
}

uint32_t sim_bulkhead_leave(const struct sim_bulkhead *b, struct sim_bulkhead_state *s,
                            const struct sim_bulkhead_room *room, sim_time now)
{
    uint32_t who = first_goes(s, room);
    if (who == 0 && b->pools)
        keep(b, s, room, now);
    return who;
}

uint32_t sim_bulkhead_leave_broken(struct sim_bulkhead_state *s,
                                   const struct sim_bulkhead_room *room)
{
    return first_goes(s, room);
}

void sim_bulkhead_give_up(struct sim_bulkhead_state *s,
                          const struct sim_bulkhead_room *room, uint32_t who)
{
    sim_line_leave(&s->line, room->nodes, who);
}

uint32_t sim_bulkhead_overdue(const struct sim_bulkhead *b,
                              const struct sim_bulkhead_state *s,
                              const struct sim_bulkhead_room *room, sim_time now)
{
    uint32_t who = s->line.head;
    return who != 0 && now - room->nodes[who].since > b->wait ? who : 0;
}

const char *sim_bulkhead_name(enum sim_bulkhead_scheme scheme)
{
    static const char *const names[SIM_BULKHEAD_SCHEMES] = {
        [SIM_BULKHEAD_PLAIN] = "plain", [SIM_BULKHEAD_R4J] = "resilience4j",
        [SIM_BULKHEAD_POLLY] = "polly", [SIM_BULKHEAD_HYSTRIX] = "hystrix",
        [SIM_BULKHEAD_ENVOY] = "envoy",
    };
    return names[scheme];
}

const char *sim_connections_name(enum sim_connections_scheme scheme)
{
    static const char *const names[SIM_CONNECTIONS_SCHEMES] = {
        [SIM_CONNECTIONS_PLAIN] = "plain",
        [SIM_CONNECTIONS_SQLALCHEMY] = "sqlalchemy",
        [SIM_CONNECTIONS_HIKARICP] = "hikaricp",
        [SIM_CONNECTIONS_HTTPX] = "httpx",
    };
    return names[scheme];
}
