#ifndef TESTS_SUPPORT_WORLDS_H
#define TESTS_SUPPORT_WORLDS_H

// Small worlds for tests, in few words: numbers, steps, services, clients, and runs of them.
// A model is closed by its owner, the test. Nothing here asserts, so that worker threads may
// call it: what fails says so on standard error and ends the program, because a test that
// cannot build its world has nothing to say.
//
// Durations are seconds where they are a double, and ns where they are a sim_time.

#include <stdint.h>

#include "sim/fault/fault.h"
#include "sim/world/world.h"

// A model that runs for so many seconds, without warm-up; links take no time.
struct sim_model *world_open(double seconds);
void world_seal(struct sim_model *m); // ends the program with the model's own message

// ---- Numbers ----

uint32_t number(struct sim_model *m, double x);
uint32_t drawn(struct sim_model *m, struct sim_dist d);

// ---- Steps ----

uint32_t do_work(struct sim_model *m, enum sim_step_kind kind, uint32_t value);
uint32_t do_python(struct sim_model *m, double seconds);
uint32_t do_native(struct sim_model *m, double seconds);
uint32_t do_holding(struct sim_model *m, double seconds); // native, keeping the GIL
uint32_t do_io(struct sim_model *m, double seconds);

// STEPS(a, b, c): the two arguments that a row of steps takes.
#define STEPS(...)                                                                         \
    (uint32_t)(sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t)), (const uint32_t[]) \
    {                                                                                      \
        __VA_ARGS__                                                                        \
    }

uint32_t do_list(struct sim_model *m, uint32_t n, const uint32_t *steps);
uint32_t do_gather(struct sim_model *m, uint32_t need, uint32_t n, const uint32_t *steps);
uint32_t do_fanout(struct sim_model *m, uint32_t n, uint32_t need, uint32_t step);
uint32_t do_times(struct sim_model *m, uint32_t n, uint32_t step);
// The step in a worker of a pool; pool 0 is the default one.
uint32_t do_offload(struct sim_model *m, uint32_t pool, uint32_t step);
uint32_t do_sent(struct sim_model *m, const struct sim_offload_def *o, uint32_t step);
// A handler in the processes that its service is made of.
uint32_t do_served(struct sim_model *m, uint32_t pool, uint32_t step);
// Bytes that the request holds until it ends, or the process for good.
uint32_t do_alloc(struct sim_model *m, double bytes);
uint32_t do_leak(struct sim_model *m, double bytes);
uint32_t do_effect(struct sim_model *m, uint32_t effect);
uint32_t do_transaction(struct sim_model *m, uint32_t step);
// With a key of the request; flags: SIM_OUTBOX, or 0.
uint32_t do_publish(struct sim_model *m, const char *service, uint32_t flags);
uint32_t do_fail(struct sim_model *m, uint32_t status);
uint32_t do_reply(struct sim_model *m, uint32_t status);
uint32_t do_mix(struct sim_model *m, double share, uint32_t step, uint32_t other);
uint32_t do_switch(struct sim_model *m, uint32_t field, double key, uint32_t step,
                   uint32_t other);
uint32_t do_try(struct sim_model *m, uint32_t step, enum sim_outcome of, uint32_t handler);
uint32_t do_try_any(struct sim_model *m, uint32_t step, uint32_t handler);
uint32_t do_finally(struct sim_model *m, uint32_t step, uint32_t handler);

uint32_t do_cached(struct sim_model *m, const struct sim_cached_def *use, uint32_t step);

// Of an event loop's tasks.
uint32_t do_sleep(struct sim_model *m, double seconds); // by the clock
uint32_t do_blocking(struct sim_model *m, uint32_t step);
uint32_t do_spawn(struct sim_model *m, uint32_t step);
uint32_t do_shield(struct sim_model *m, uint32_t step);
uint32_t do_group(struct sim_model *m, uint32_t n, const uint32_t *steps);

// A call that says nothing: the callee is not told of anything.
struct sim_call_def call_def(const char *service);
uint32_t do_call(struct sim_model *m, const char *service);
uint32_t do_call_as(struct sim_model *m, const struct sim_call_def *call);

uint32_t with_timeout(struct sim_model *m, double seconds, uint32_t step);
uint32_t with_retry(struct sim_model *m, const struct sim_retry *retry, uint32_t step);
uint32_t with_semaphore(struct sim_model *m, uint32_t semaphore, uint32_t step);
uint32_t with_hedge(struct sim_model *m, const struct sim_hedge_def *def, uint32_t step);
uint32_t with_fallback(struct sim_model *m, uint32_t step, uint32_t instead);
uint32_t with_breaker(struct sim_model *m, uint32_t breaker, uint32_t step);
uint32_t with_bulkhead(struct sim_model *m, const struct sim_bulkhead_def *def,
                       uint32_t step);
uint32_t with_concurrency(struct sim_model *m, uint32_t limit, uint32_t step);
uint32_t with_throttle(struct sim_model *m, uint32_t throttle, uint32_t step);
uint32_t with_shed(struct sim_model *m, uint32_t shed, uint32_t step);
uint32_t with_limiter(struct sim_model *m, uint32_t limiter, uint32_t step);

// So many attempts in all, so many seconds apart, after all but success and cancellation.
struct sim_retry fixed_retry(uint32_t attempts, double wait);

// ---- What exists ----

// One replica with one core of its own, no runtime, so many workers behind an endless line.
struct sim_service_def service_def(const char *name, uint32_t workers);
// The same with an event loop that has no probe, and no limit to its tasks.
struct sim_service_def loop_def(const char *name);
// Its probes, if it has some, ask for the same as everybody.
uint32_t add_service(struct sim_model *m, const struct sim_service_def *def, uint32_t step);
uint32_t add_plain(struct sim_model *m, const char *name, uint32_t workers, uint32_t step);

// A GIL with this switch interval whose costs are all nought, and first come first served.
struct sim_runtime ideal_gil(sim_time interval);
// The same with costs of the order that real interpreters have.
struct sim_runtime usual_gil(void);

struct sim_arrivals_def poisson(struct sim_model *m, double rate);
struct sim_arrivals_def steady(struct sim_model *m, double rate);
struct sim_arrivals_def burst(uint32_t n, sim_time at);
struct sim_arrivals_def closed(struct sim_model *m, uint32_t users, struct sim_dist think);
struct sim_arrivals_def replay(struct sim_model *m, const double *seconds, uint32_t n);

uint32_t add_client(struct sim_model *m, const char *name, struct sim_arrivals_def arrivals,
                    uint32_t step);

// ---- Runs ----

struct sim_run *run_open(struct sim_model *m, uint64_t seed, uint32_t trace_records);
// Runs to the end and closes the last window.
struct sim_run *run_whole(struct sim_model *m, uint64_t seed);
struct sim_run *run_traced(struct sim_model *m, uint64_t seed);
struct sim_run *run_faulted(struct sim_model *m, uint64_t seed,
                            const struct sim_fault *faults, uint32_t n);
// Seals the model and runs it so on the first seed; ends the program where the books do not balance.
struct sim_run *run_under_all(struct sim_model *m, const struct sim_fault *faults,
                              uint32_t n);
struct sim_run *run_under(struct sim_model *m, struct sim_fault fault);

// Of a whole run that is finished.
int64_t client_total(const struct sim_run *run, uint32_t client, uint32_t count);
int64_t replica_total(const struct sim_run *run, uint32_t service, uint32_t replica,
                      uint32_t count);
// All replicas together.
int64_t service_total(const struct sim_run *run, uint32_t service, uint32_t count);

// Latencies of a client's requests that ended well; owned by the caller, for free.
struct sim_hist *client_latencies(const struct sim_run *run, uint32_t client);
struct sim_hist *service_latencies(const struct sim_run *run, uint32_t service);
// The only latency there is; ends the program when there is not exactly one.
sim_time only_latency(const struct sim_run *run, uint32_t client);

#endif
