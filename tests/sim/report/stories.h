#ifndef TESTS_SIM_REPORT_STORIES_H
#define TESTS_SIM_REPORT_STORIES_H

// Small runs with a known story, as reports. Owned by the test, which closes them.

#include "sim/report/report.h"

struct story {
    struct sim_model *model;
    struct sim_run *run;
    struct sim_fault fault;
    struct sim_report report;
};

// One worker, constant work of 1 ms, Poisson arrivals of this rate, clients that wait for
// ever, so many seconds.
void story_queue(struct story *s, double rate, double seconds);

// The same for 30 s at 300 a second, with this happening to the server (service 0).
void story_fault(struct story *s, struct sim_fault fault);

// The same, failing from 10 s to 20 s; at 25 s 2000 requests come that get an error elsewhere.
void story_half_back(struct story *s);

// Thirty requests at once to one worker with a line of ten.
void story_crowd(struct story *s);

// A fault of service 0, from one second to another (0: to the end and beyond).
struct sim_fault story_trouble(enum sim_fault_kind kind, double amount, double from,
                               double to);

// One worker, constant work of 1 ms, clients that wait for 1 s at 800 a second; nothing moves
// from 10 s to 15 s. What had piled up is served in vain until the line is short enough.
void story_pause(struct story *s);

// Two requests in 20 s, at once, of which one waits for 1 ms.
void story_rare(struct story *s);

// Two workers that never end, and five requests a second, for 20 s.
void story_endless(struct story *s);

// A database of 16 threads on 4 cores behind a Python service that tries so many times with
// 80 ms each, at 320 requests a second for 60 s; the database is 8 times slower from 20 s to
// 30 s.
void story_storm(struct story *s, uint32_t attempts);

// More than a million requests, all of which end well.
void story_many(struct story *s);

// Eight threads that compute on one interpreter, and nothing else, for 10 s.
void story_gil(struct story *s);

// The convoy effect: an echo of 1 ms of I/O and 50 us of bytecode beside a thread that computes
// for 100 ms at a time, on one interpreter with threads and cores to spare, for 10 s.
void story_convoy(struct story *s);

// Event loops of two replicas, which 20 requests a second block for 30 ms each, for 10 s.
void story_loop(struct story *s);

// Ten requests a second through a breaker that opens for 2 s at five failures in a row; the server
// fails from 4.95 s to 10 s of 20.
void story_breaker(struct story *s);
void story_effect(struct story *s); // done for 20 and, of each, once again

// Twenty requests that ask twice with the same idempotency key.
void story_keys(struct story *s);

// Twenty requests at once, of which a limit lets five through to a bank that takes 1 s and is asked
// once more after 0.3 s; the others have a fallback.
void story_protected(struct story *s);

// A hundred requests a second of tenant 1 for 20 s at a server whose rate limit lets ten a second
// through; they would be tried again, but for a budget that pays for nothing. Three requests of
// tenant 2 get an error from another service.
void story_limit(struct story *s);

// Twenty requests a second, each with one of two connections for 150 ms; who waits for longer than
// 200 ms is refused.
void story_pool(struct story *s);

// A single request at the very beginning of 5 s, of which the first is the warm-up.
void story_nothing(struct story *s);

// Five requests of half a second 0.2 s before the end of the warm-up of a second, and one after it.
void story_early(struct story *s);

void story_close(struct story *s);

#endif
