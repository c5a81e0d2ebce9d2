#ifndef SIM_WORLD_AROUND_H
#define SIM_WORLD_AROUND_H

// What stands around calls and visits: policies where they are in force, with what each keeps of
// what it has seen. The policies themselves, pure, are sim/policy. One group a file; all of it acts
// at run->now.

#include "sim/world/state.h"

// ---- breaker.c ----

bool sim_breaker_open_all(struct sim_run *run, size_t stations); // false: no memory
void sim_breaker_close_all(struct sim_run *run);
// Asks about what is inside the operation. True: its scope is open. False: refused, and counted.
bool sim_breaker_enter(struct sim_run *run, uint32_t t, const struct sim_op *op);
// What is inside the scope has ended so; told once, what comes later is nothing.
void sim_breaker_ended(struct sim_run *run, uint32_t scope, enum sim_outcome outcome);
// What time alone has brought about by now, of all of them, so that windows count it where it was.
void sim_breaker_pass(struct sim_run *run);

// ---- effect.c ----

bool sim_effect_open(struct sim_run *run); // false: no memory
void sim_effect_close(struct sim_run *run);
// At once, or, inside of a key that is recorded with it, when that is.
void sim_effect_do(struct sim_run *run, uint32_t t, uint32_t effect);
// What was to be had with a record is had, or is not.
void sim_effect_settle(struct sim_run *run, uint32_t pending, bool is_had);
// It has been said that it was done.
void sim_effect_promised(struct sim_run *run, uint32_t t, uint32_t effect);

// Those of a transaction are had, or are a part of what is around it.
void sim_effect_commit(struct sim_run *run, uint32_t t, uint32_t pending);

// ---- outbox.c: messages, and transactions ----

void sim_outbox_begin(struct sim_run *run, uint32_t t);
void sim_outbox_publish(struct sim_run *run, uint32_t t, const struct sim_op *op);
void sim_outbox_commit(struct sim_run *run, uint32_t scope); // told once
void sim_outbox_close(struct sim_run *run,
                      uint32_t scope); // what is not committed never was
// The effects of the transaction that a task is in; NULL: it is in none.
uint32_t *sim_outbox_effects(struct sim_run *run, uint32_t t);

// ---- keys.c: idempotency keys ----

bool sim_keys_open(struct sim_run *run); // false: no address space
void sim_keys_close(struct sim_run *run);
// A visit is sent by the call of a task; SIM_NONE: by none, and without a key.
void sim_keys_send(struct sim_run *run, uint32_t t, uint32_t visit,
                   const struct sim_call_def *call);
// The same message once more.
void sim_keys_send_again(struct sim_run *run, uint32_t visit, uint32_t again);
void sim_keys_serve(struct sim_run *run, uint32_t visit); // in the store

enum sim_key_next {
    SIM_KEY_GOES_ON,
    SIM_KEY_WAITS,
    SIM_KEY_LEAVES // with the reply
};
struct sim_key_reply {
    enum sim_outcome outcome;
    uint32_t status;
};
// The operations of a key: each sets where the task goes on, or what it is told.
enum sim_key_next sim_keys_enter(struct sim_run *run, uint32_t t,
                                 struct sim_key_reply *reply);
void sim_keys_ask(struct sim_run *run, uint32_t t);
enum sim_key_next sim_keys_said(struct sim_run *run, uint32_t t,
                                struct sim_key_reply *reply);
void sim_keys_ends(struct sim_run *run, uint32_t t);
enum sim_key_next sim_keys_told(struct sim_run *run, uint32_t t,
                                struct sim_key_reply *reply);
// What that store was told since then is not known there any more.
void sim_keys_lose(struct sim_run *run, uint32_t station, sim_time since);
void sim_keys_lost(struct sim_run *run, uint32_t t, bool passes);
// The key that a task works under; SIM_NONE: none.
uint32_t sim_keys_scope(const struct sim_run *run, uint32_t t);
uint32_t *sim_keys_pending(struct sim_run *run,
                           uint32_t scope); // NULL: not in one with a record

// ---- bulkhead.c: bulkheads and pools of connections ----

bool sim_bulkhead_open_all(struct sim_run *run, size_t stations); // false: no memory
void sim_bulkhead_close_all(struct sim_run *run);
// What a task would be answered now.
enum sim_bulkhead_answer sim_bulkhead_would(struct sim_run *run, uint32_t t,
                                            uint32_t number);
// Asks for a place, once it is known what the answer is. True: the task goes on inside. False: it
// waits, for a place or until its connection is open; or it is refused, with that status.
bool sim_bulkhead_go_in(struct sim_run *run, uint32_t t, const struct sim_op *op,
                        uint32_t *refused);
void sim_bulkhead_go_out(struct sim_run *run,
                         uint32_t scope);                      // having a place, or in line
void sim_bulkhead_waited(struct sim_run *run, uint32_t scope); // for as long as it may
void sim_bulkhead_integrate(struct sim_run *run, uint32_t number); // levels, up to now
void sim_bulkhead_next_window(struct sim_run *run, uint32_t number);

// ---- cache.c ----

bool sim_cache_open_all(struct sim_run *run, size_t stations); // false: no memory
void sim_cache_close_all(struct sim_run *run);
void sim_cache_enter(struct sim_run *run, uint32_t t, const struct sim_op *op);
// Whether asking for the key of the task's innermost scope will make it wait for another's load.
bool sim_cache_waits(struct sim_run *run, uint32_t t, const struct sim_op *op);
enum sim_cache_answer sim_cache_look_up(struct sim_run *run, uint32_t t,
                                        const struct sim_op *op);
// What is inside the scope has ended so: told once, what comes later is nothing. Who has joined
// the load of another leaves it.
void sim_cache_ended(struct sim_run *run, uint32_t scope, enum sim_outcome outcome,
                     uint32_t status);

// ---- concurrency.c ----

bool sim_concurrency_open_all(struct sim_run *run, size_t stations); // false: no memory
void sim_concurrency_close_all(struct sim_run *run);
void sim_concurrency_integrate(struct sim_run *run); // all limits, up to now
void sim_concurrency_turned(struct sim_run *run);    // their rules are others from now on
// True: its scope is open. False: refused, and counted.
bool sim_concurrency_enter(struct sim_run *run, uint32_t t, const struct sim_op *op);
// What is inside the scope has ended so; told once.
void sim_concurrency_ended(struct sim_run *run, uint32_t scope, enum sim_outcome outcome);
// True: it goes on. False: refused, and counted.
bool sim_shed_enter(struct sim_run *run, uint32_t t, const struct sim_op *op);

// ---- utilisation.c ----

bool sim_utilisation_open_all(struct sim_run *run, size_t stations); // false: no memory
void sim_utilisation_close_all(struct sim_run *run);
bool sim_utilisation_lets(struct sim_run *run, uint32_t t, uint32_t shed,
                          enum sim_criticality class);

// ---- poison.c ----

// True: who works on the visit will die of it, and nothing else comes of it.
bool sim_poison_comes(struct sim_run *run, uint32_t visit);
bool sim_poison_is_in(struct sim_run *run, uint32_t call); // of a service's own processes
void sim_poison_acts(struct sim_run *run, uint32_t agent);
void sim_poison_close(struct sim_run *run);

// ---- throttle.c ----

bool sim_throttle_open_all(struct sim_run *run, size_t stations); // false: no memory
void sim_throttle_close_all(struct sim_run *run);
// True: its scope is open. False: refused, and counted.
bool sim_throttle_enter(struct sim_run *run, uint32_t t, const struct sim_op *op);
// What is inside the scope has ended so; told once.
void sim_throttle_left(struct sim_run *run, uint32_t scope, enum sim_outcome outcome);

// ---- hedge.c ----

void sim_hedge_open(struct sim_run *run, uint32_t t, const struct sim_op *op);
bool sim_hedge_waits(const struct sim_run *run, uint32_t t); // for attempts of a hedge
void sim_hedge_due_now(struct sim_run *run, uint32_t t);     // its timer is
// The loop of a task has come round to that timer, if it still is that.
void sim_hedge_goes_on(struct sim_run *run, uint32_t t, uint64_t key);
// An attempt has ended so; born tells which.
void sim_hedge_ended(struct sim_run *run, uint32_t t, uint64_t born,
                     enum sim_outcome outcome, uint32_t status);
void sim_hedge_begun(struct sim_run *run, uint32_t visit); // a worker begins to work on it
void sim_hedge_close(struct sim_run *run, uint32_t scope);
// A branch is an attempt, and not the first of its hedge.
bool sim_hedge_is_again(const struct sim_run *run, uint32_t t);

// ---- retry.c ----

// The budget of that number where the task is, and a call there that may be paid from it.
struct sim_budget_state *sim_retry_budget(struct sim_run *run, uint32_t t, uint32_t budget);
void sim_retry_pay_in(struct sim_run *run, uint32_t t, uint32_t budget);

bool sim_retry_open_budgets(struct sim_run *run,
                            size_t stations); // false: no address space
void sim_retry_close_budgets(struct sim_run *run);
void sim_retry_open(struct sim_run *run, uint32_t t);
// What its innermost scope, a retry, is around has ended so. True: the task tries again.
bool sim_retry_back_off(struct sim_run *run, uint32_t t, enum sim_outcome outcome);
void sim_retry_close(struct sim_run *run, uint32_t scope);
// What a task is going to answer says when to come back: after so long, or below 0 not at all.
void sim_retry_push_back(struct sim_run *run, uint32_t t, sim_time after);
void sim_retry_forget(struct sim_run *run, uint32_t t); // it was caught
// A task fails as another did, a branch of its own for example, and that one's word goes along.
void sim_retry_hand_on(struct sim_run *run, uint32_t from, uint32_t to);

// ---- limiter.c ----

bool sim_limiter_open(struct sim_run *run); // false: no address space
void sim_limiter_close(struct sim_run *run);
// Asks a rate limiter about a call of the task. False: refused, and counted. True: it passes after
// *wait.
bool sim_limiter_passes(struct sim_run *run, uint32_t t, uint32_t limiter, sim_time *wait);
// What the key of that task remembers where it is, and the limit for it. NULL: the run stops.
struct sim_limit_state *sim_limiter_key(struct sim_run *run, uint32_t t, uint32_t limiter,
                                        struct sim_limit *l);
struct sim_limit sim_limiter_limit(struct sim_run *run, uint32_t t,
                                   const struct sim_limiter_def *def); // for that task
// Calls in a key's log, and how that changed the memory of the process that keeps it.
uint64_t sim_limiter_entries(const struct sim_limit *l, const struct sim_limit_state *s);
void sim_limiter_logged(struct sim_run *run, uint32_t t, const struct sim_limit *l,
                        const struct sim_limit_state *s, uint64_t before);
// The logs may have grown; or are full, and the run stops.
void sim_limiter_grown(struct sim_run *run, bool is_full);

// Equal numbers have equal bits.
uint64_t sim_who_bits(double x);
void sim_who_mix(struct sim_who *w, uint64_t x);

// ---- account.c: who has had and used what ----

bool sim_account_open(struct sim_run *run); // false: no address space
void sim_account_close(struct sim_run *run);
void sim_account_begins(struct sim_run *run, uint32_t t); // a request, with its fields
void sim_account_ended(struct sim_run *run, uint32_t t, enum sim_outcome outcome);
// A quota has decided about a call. Whether it passes then: it may let it over the limit.
bool sim_account_uses(struct sim_run *run, uint32_t t, uint32_t limiter, uint32_t limit,
                      bool passes);

// ---- shared.c: limits whose counts lie in a store ----

bool sim_shared_open(struct sim_run *run); // false: no address space
void sim_shared_close(struct sim_run *run);
void sim_shared_ask(struct sim_run *run, uint32_t t, uint32_t limiter);
// Before a visit sets out: it brings along what is asked. t is SIM_NONE for a client's own.
void sim_shared_send(struct sim_run *run, uint32_t t, uint32_t visit, bool asks);
void sim_shared_serve(struct sim_run *run, uint32_t visit, enum sim_store_action action);
void sim_shared_failed(struct sim_run *run, uint32_t t, bool passes);
// Whether the call may go on after *wait, with what has been asked; SIM_SEEN where that is to be
// written yet. What is refused is counted.
enum sim_limit_asked sim_shared_answer(struct sim_run *run, uint32_t t);
enum sim_limit_asked sim_shared_told(struct sim_run *run, uint32_t t, sim_time *wait);

// ---- probe.c ----

bool sim_probe_watches(const struct sim_service_def *service);
bool sim_probe_open(struct sim_run *run); // false: no memory
void sim_probe_go(struct sim_run *run, uint32_t agent);
void sim_probe_answered(struct sim_run *run, uint32_t visit, enum sim_outcome outcome,
                        uint32_t status);
void sim_probe_gone(struct sim_run *run, uint32_t station); // its process has ended
void sim_probe_came(struct sim_run *run, uint32_t station); // and begun
void sim_probe_told(struct sim_run *run, uint32_t station); // it is to stop
// As callers have it: it is out of the rotation.
bool sim_probe_is_out(const struct sim_run *run, uint32_t station);
bool sim_probe_has_started(const struct sim_run *run, uint32_t station);
// Until one that was killed is started again, by what its host and its kubelet take.
sim_time sim_probe_restart(struct sim_run *run, uint32_t station);

// ---- rotation.c: balancers with a memory ----

// Whether its callers are told who of its replicas is there.
bool sim_rotation_knows(const struct sim_service_def *service);
void sim_rotation_open(struct sim_run *run, struct sim_edge *e); // where one is needed
void sim_rotation_close(struct sim_edge *e);
// The replica for a call of that task, or SIM_NONE: nobody is in the rotation.
uint32_t sim_rotation_choose(struct sim_run *run, struct sim_edge *e, uint32_t t);
// A replica is out of every rotation of its service, or in again, as soon as callers hear of it.
void sim_rotation_set_ready(struct sim_run *run, uint32_t station, bool is_ready);
void sim_rotation_hear(struct sim_run *run, uint32_t agent);
// A call that was sent then has ended so for its caller.
void sim_rotation_ended(struct sim_run *run, uint32_t visit, sim_time since,
                        enum sim_outcome outcome, uint32_t status);

#endif
