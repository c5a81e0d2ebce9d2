#ifndef SIM_WORLD_INNER_H
#define SIM_WORLD_INNER_H

// What the parts of a run ask of one another, one group a file. All of it acts at run->now.

#include <stddef.h>

#include "sim/engine/inline.h"
#include "sim/world/state.h"

// ---- task.c: waking, killing; slots and charges are at the end ----

uint32_t sim_task_first_use(struct sim_run *run); // a slot that nobody has had

// Lets the task go on at this instant, behind what is already under way.
void sim_task_ready(struct sim_run *run, uint32_t t);

void sim_task_sleep(struct sim_run *run, uint32_t t, enum sim_task_state state,
                    enum sim_cause cause, sim_time d);

// Takes a waiting task out of whatever it waits for, so that it can be raised or freed. To
// its caller, an attempt that it waits for ends as `why`.
void sim_task_detach(struct sim_run *run, uint32_t t, enum sim_outcome why);

// The task's program has ended so: a visit, a branch, or a client's request.
void sim_task_end(struct sim_run *run, uint32_t t, enum sim_outcome outcome,
                  uint32_t status);

// The part of it that is put on record: its time, its outcome.
void sim_task_close(struct sim_run *run, uint32_t t, enum sim_outcome outcome,
                    uint32_t status);

// Ends a task in any state, with its scopes and branches; nobody is told.
void sim_task_kill(struct sim_run *run, uint32_t t);

// ---- step.c: running operations, raising outcomes ----

void sim_step_go(struct sim_run *run, uint32_t t);
// True: somebody caught it, and the task goes on at its program counter.
bool sim_step_raise(struct sim_run *run, uint32_t t, enum sim_outcome outcome,
                    uint32_t status);
// What the task waited for has come: an answer, a branch, a wait that is over.
void sim_step_answer(struct sim_run *run, uint32_t t, enum sim_outcome outcome,
                     uint32_t status);

// ---- gather.c ----

void sim_gather_begin(struct sim_run *run, uint32_t t, const struct sim_op *op);
void sim_gather_ended(struct sim_run *run, uint32_t branch, enum sim_outcome outcome,
                      uint32_t status);
void sim_gather_unlink(struct sim_run *run, uint32_t branch);
void sim_gather_cancel(struct sim_run *run, uint32_t t); // it ends when its branches have
void sim_gather_drop(struct sim_run *run, uint32_t t);   // its branches are ended
void sim_gather_let_go(struct sim_run *run, uint32_t t); // they go on, for nobody
void sim_gather_finish(struct sim_run *run, uint32_t t, enum sim_outcome outcome,
                       uint32_t status);
uint32_t sim_gather_spawn(struct sim_run *run, uint32_t t, uint32_t pc); // for nobody
// The task waits for branches and then goes on there; one begins; one that nobody waits for any more
// is cancelled.
void sim_gather_wait(struct sim_run *run, uint32_t t, uint32_t to);
uint32_t sim_gather_start(struct sim_run *run, uint32_t t, uint32_t pc);
void sim_gather_stop(struct sim_run *run, uint32_t branch);
void sim_gather_shield(struct sim_run *run, uint32_t t, const struct sim_op *op);

// ---- scope.c ----

uint32_t sim_scope_open(struct sim_run *run, uint32_t t, uint32_t op);
void sim_scope_close(struct sim_run *run, uint32_t t); // the innermost one, in peace
void sim_scope_drop(struct sim_run *run, uint32_t t); // the same, of a task that is no more
void sim_scope_arm(struct sim_run *run, uint32_t scope, sim_time d);
void sim_scope_disarm(struct sim_run *run, uint32_t scope);
void sim_scope_lane_due(struct sim_run *run, uint32_t lane);
void sim_scope_due(struct sim_run *run, uint32_t scope);
void sim_scope_late(struct sim_run *run, uint64_t item); // an item of the late ring
void sim_scope_unlink(struct sim_run *run, uint32_t t, uint32_t scope); // free, disarmed
// Moves the client's own scope from a visit that answered it to a caller task.
void sim_scope_hand_over(struct sim_run *run, uint32_t visit, uint32_t to);
sim_time sim_scope_time_left(const struct sim_run *run, uint32_t t); // first due; 0: none
// A task reached the end of a step that could not be stopped when a timeout fired, or
// when it was cancelled. True: that has been raised.
bool sim_scope_overdue(struct sim_run *run, uint32_t t);
bool sim_scope_can_stop(const struct sim_task *task);   // it waits, and can be told
void sim_scope_cancel(struct sim_run *run, uint32_t t); // of one that can be stopped

// ---- lock.c: semaphores and locks ----

// A lock that is free is taken without letting go of the GIL first.
bool sim_lock_is_free(const struct sim_run *run, uint32_t t, const struct sim_op *op);
bool sim_lock_enter(struct sim_run *run, uint32_t scope); // false: it stands in line
void sim_lock_leave(struct sim_run *run, uint32_t scope); // holding it, or in line
void sim_lock_awake(struct sim_run *run, uint32_t t);     // a waiter that was woken tries

// ---- breaker.c ----

bool sim_breaker_open_all(struct sim_run *run, size_t stations); // false: no memory
void sim_breaker_close_all(struct sim_run *run);
// Asks about what is inside the operation. True: its scope is open. False: refused, and counted.
bool sim_breaker_enter(struct sim_run *run, uint32_t t, const struct sim_op *op);
// What is inside the scope has ended so; told once, what comes later is nothing.
void sim_breaker_ended(struct sim_run *run, uint32_t scope, enum sim_outcome outcome);

// ---- effect.c ----

bool sim_effect_open(struct sim_run *run); // false: no memory
void sim_effect_close(struct sim_run *run);
// At once, or, inside of a key that is recorded with it, when that is.
void sim_effect_do(struct sim_run *run, uint32_t t, uint32_t effect);
// What was to be had with a record is had, or is not.
void sim_effect_settle(struct sim_run *run, uint32_t pending, bool is_had);
// It has been said that it was done.
void sim_effect_promised(struct sim_run *run, uint32_t t, uint32_t effect);

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
// True: its scope is open. False: refused, and counted.
bool sim_concurrency_enter(struct sim_run *run, uint32_t t, const struct sim_op *op);
// What is inside the scope has ended so; told once.
void sim_concurrency_ended(struct sim_run *run, uint32_t scope, enum sim_outcome outcome);
// True: it goes on. False: refused, and counted.
bool sim_shed_enter(struct sim_run *run, uint32_t t, const struct sim_op *op);

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

// ---- station.c: visits, workers, lines; what goes wrong with a replica ----

void sim_station_integrate(struct sim_station *s, sim_time now); // levels, up to now
void sim_station_arrive(struct sim_run *run, uint32_t visit);
void sim_station_admit(struct sim_run *run,
                       uint32_t visit); // to its station, from a backlog
void sim_station_count_in(struct sim_run *run, uint32_t visit); // before it ends in one
// Its caller has gone, and it need not begin any more.
bool sim_station_is_taken_back(const struct sim_run *run, uint32_t visit);
void sim_station_enqueue(struct sim_run *run, uint32_t visit);
void sim_station_impatient(struct sim_run *run, uint32_t visit);
// A visit that nobody waits for is taken back after so long, unless it has begun by then.
void sim_station_tell(struct sim_run *run, uint32_t visit, sim_time delay);
// The visit's handler has ended; its worker goes on, its caller is told.
void sim_station_leave(struct sim_run *run, uint32_t visit, enum sim_outcome outcome,
                       uint32_t status);
sim_time sim_station_slowed(struct sim_run *run, uint32_t t, sim_time d);
void sim_station_unqueue(struct sim_run *run, uint32_t visit);
void sim_station_refuse(struct sim_run *run, uint32_t visit, enum sim_rejecter by);
void sim_station_resume(struct sim_run *run, struct sim_station *s); // after a pause

// ---- host.c: cores as a fluid ----

void sim_host_add(struct sim_run *run, uint32_t t, int64_t work);
void sim_host_remove(struct sim_run *run, uint32_t t); // what is left goes to run->work
void sim_host_due(struct sim_run *run, uint32_t host);

// ---- gil.c ----

// True: the task has it. False: it waits, and goes on when it has it.
bool sim_gil_take(struct sim_run *run, uint32_t t);
bool sim_gil_is_asked(const struct sim_run *run, uint32_t t); // to drop it
// To sleep, or to go on without it. True: it has been given up. False: the task sleeps until
// somebody else has taken it.
bool sim_gil_give(struct sim_run *run, uint32_t t, bool sleeps);
void sim_gil_awake(struct sim_run *run, uint32_t t); // a signalled waiter tries
void sim_gil_due(struct sim_run *run, uint32_t gil); // somebody has waited long enough
void sim_gil_leave(struct sim_run *run, uint32_t t); // a task that is killed
// Among the waiters, and the i-th of them out again.
void sim_gil_join(struct sim_run *run, struct sim_gil *g, uint32_t t);
void sim_gil_unjoin(struct sim_run *run, struct sim_gil *g, uint32_t i);

// ---- core.c: threads of a GIL that have one core ----

bool sim_core_is_one(const struct sim_run *run, uint32_t t);
// It has slept, and wants the lock that another holds.
void sim_core_comes(struct sim_run *run, struct sim_gil *g, uint32_t t);
void sim_core_waits(struct sim_run *run, struct sim_gil *g, uint32_t t);
bool sim_core_due(struct sim_run *run, struct sim_gil *g); // true: g->asker has asked
void sim_core_taken(struct sim_run *run, struct sim_gil *g);
void sim_core_signalled(struct sim_run *run, struct sim_gil *g, uint32_t t);
void sim_core_given(struct sim_run *run, struct sim_gil *g, uint32_t t);
// On request: it is runnable, until it has the core to sleep.
void sim_core_dropped(struct sim_run *run, struct sim_gil *g, uint32_t t);
void sim_core_slept(struct sim_run *run, struct sim_gil *g, uint32_t t);
void sim_core_idle(struct sim_run *run, struct sim_gil *g); // nobody has it
// Who has dropped the lock has the core, for a system call or to ask for the lock again.
void sim_core_goes_on(struct sim_run *run, uint32_t t);
void sim_core_left(struct sim_run *run, struct sim_gil *g, uint32_t t);

// ---- loop.c: the event loop's thread and its turns ----

bool sim_loop_open(struct sim_run *run, struct sim_loop *l, uint32_t station,
                   const char *name);
void sim_loop_fini(struct sim_loop *l);
void sim_loop_start(struct sim_run *run, struct sim_loop *l); // its process has begun
void sim_loop_stop(struct sim_run *run, struct sim_loop *l);  // and ended, with all in line
void sim_loop_touch(struct sim_run *run, struct sim_loop *l);
void sim_loop_go(struct sim_run *run, uint32_t thread);    // it has the core, the GIL, ...
void sim_loop_woken(struct sim_run *run, uint32_t thread); // its poll or its block is over
void sim_loop_beat(struct sim_run *run, uint32_t probe);
// Time of the thread is time of its current task.
void sim_loop_charge(struct sim_run *run, uint32_t thread, enum sim_cause cause,
                     sim_time d);
// A callback for the loop's next turn, an event or a timer for its next poll.
void sim_loop_soon(struct sim_run *run, struct sim_loop *l, struct sim_callback c);
void sim_loop_event(struct sim_run *run, struct sim_loop *l, struct sim_callback c);
void sim_loop_rouse(struct sim_run *run, struct sim_loop *l);

// ---- drain.c: a planned stop ----

void sim_drain_begin(struct sim_run *run, uint32_t station);
// The same for one that is to be up again so long after it has ended; it is killed after the
// grace, if that is not 0.
void sim_drain_restart(struct sim_run *run, uint32_t station, sim_time grace,
                       sim_time after);
void sim_drain_undo(struct sim_run *run, uint32_t station); // up again, when it has ended
void sim_drain_left(struct sim_run *run, uint32_t station); // by its last visit
void sim_drain_exit(struct sim_run *run, uint32_t agent);

// ---- broker.c: the messages of Celery workers ----

void sim_broker_open(struct sim_run *run, uint32_t service);
void sim_broker_arrive(struct sim_run *run, uint32_t visit);
// Gives out what may be given; at once nothing where the service has no broker.
void sim_broker_feed(struct sim_run *run, uint32_t service);
void sim_broker_died(struct sim_run *run, uint32_t visit); // its worker has
void sim_broker_rejected(struct sim_run *run,
                         uint32_t visit); // its worker's process has died
void sim_broker_freed(struct sim_run *run, uint32_t station);  // after that
void sim_broker_return(struct sim_run *run, uint32_t station); // what it has not begun
void sim_broker_due(struct sim_run *run, uint32_t agent);
void sim_broker_forget(struct sim_run *run, uint32_t t); // a task that is no more

// ---- accept.c: event loops of several processes at one socket ----

uint32_t sim_accept_first(const struct sim_run *run, uint32_t station); // has the backlog
void sim_accept_arrive(struct sim_run *run, uint32_t visit);
bool sim_accept_waits(const struct sim_run *run,
                      uint32_t station);                // something stands there
void sim_accept(struct sim_run *run, uint32_t station); // takes all that stands there
void sim_accept_closed(struct sim_run *run, uint32_t station); // a process of it is gone
void sim_loop_timer(struct sim_run *run, struct sim_loop *l, struct sim_callback c);
// The current task works for so long on the thread.
void sim_loop_work(struct sim_run *run, uint32_t t, enum sim_cause cause, sim_time d,
                   bool needs_gil);
bool sim_loop_pays(struct sim_run *run, uint32_t t); // true: there was something to pay

// ---- coro.c: tasks of an event loop ----

void sim_coro_arrive(struct sim_run *run, uint32_t visit);
void sim_coro_born(struct sim_run *run, uint32_t branch);
void sim_coro_gone(struct sim_run *run, uint32_t branch);
void sim_coro_gathers(struct sim_run *run, uint32_t t, enum sim_gathering how);
void sim_coro_ready(struct sim_run *run, uint32_t t);  // what it waited for has come
void sim_coro_yields(struct sim_run *run, uint32_t t); // it lets the others have a turn
// A branch that it gathers has ended. True: that is all there is to do about it.
bool sim_coro_gathered(struct sim_run *run, uint32_t t, enum sim_outcome outcome,
                       uint32_t status);
void sim_coro_cancel(struct sim_run *run, uint32_t t, enum sim_canceller by);
// It waits now: a cancellation that came before lands here. True: it keeps the thread.
bool sim_coro_waits(struct sim_run *run, uint32_t t);
void sim_coro_open_timeout(struct sim_run *run, uint32_t t, uint32_t scope);
void sim_coro_expire(struct sim_run *run, uint32_t scope);
void sim_coro_time_out(struct sim_run *run, uint32_t scope, uint64_t order);
bool sim_coro_is_timeout(const struct sim_run *run, uint32_t t, uint32_t scope);
void sim_coro_close_timeout(struct sim_run *run, uint32_t t, uint32_t scope);
void sim_coro_abandoned(struct sim_run *run, uint32_t visit, sim_time delay);
void sim_coro_told(struct sim_run *run, uint32_t word);    // a word has arrived
void sim_coro_unheard(struct sim_run *run, uint32_t word); // it never will
void sim_coro_closed(struct sim_run *run, struct sim_loop *l, uint32_t visit,
                     uint64_t born);

// NULL where no loop runs the task: at a service without, or in a thread of its own.
static inline struct sim_loop *sim_loop_of(const struct sim_run *run, uint32_t t)
{
    const struct sim_task *task = &run->tasks[t];
    uint32_t loop = run->stations[task->station].loop;
    return loop == SIM_NONE || task->flags & SIM_IS_THREAD ? NULL : &run->loops[loop];
}

// ---- call.c ----

// False: nobody is in the rotation of the service, and the task has still to be told so (503).
bool sim_call_send(struct sim_run *run, uint32_t t, const struct sim_op *op);
// Where the calls of that operation of the task are counted; NULL: none has been made, or it is 0.
struct sim_edge *sim_call_edge_of(struct sim_run *run, uint32_t t, uint32_t call);
void sim_call_answer(struct sim_run *run, uint32_t visit, enum sim_outcome outcome,
                     uint32_t status);
// The edge that a client's call goes by, and a visit for a plain one, or SIM_NONE where its link is
// not plain just now.
uint32_t sim_call_edge(struct sim_run *run, uint32_t client, const struct sim_op *op);
uint32_t sim_call_visit(struct sim_run *run, uint32_t edge, const struct sim_op *op);
// Gives every visit that answers its client itself a caller task, before its link changes.
void sim_call_unroot(struct sim_run *run, uint32_t edge);
struct sim_edge *sim_edge_new(struct sim_run *run); // NULL: the run stops
void sim_edge_name(char *text, size_t size, const char *from, const char *to);
// A visit is gone, and whoever waits for its answer is never told.
void sim_call_lose(struct sim_run *run, uint32_t visit);
uint32_t sim_route_of(const struct sim_run *run, uint32_t t); // of a visit or its branch
void sim_call_arrived(struct sim_run *run, uint32_t visit);   // an answer has travelled
// The caller waits no more; to it the attempt ends so.
void sim_call_abandon(struct sim_run *run, uint32_t t, enum sim_outcome why);

// ---- probe.c ----

bool sim_probe_watches(const struct sim_service_def *service);
bool sim_probe_open(struct sim_run *run); // false: no memory
void sim_probe_go(struct sim_run *run, uint32_t agent);
void sim_probe_answered(struct sim_run *run, uint32_t visit, enum sim_outcome outcome,
                        uint32_t status);
void sim_probe_gone(struct sim_run *run, uint32_t station); // its process has ended
void sim_probe_came(struct sim_run *run, uint32_t station); // and begun

// ---- rotation.c: balancers with a memory ----

void sim_rotation_open(struct sim_run *run, struct sim_edge *e); // where one is needed
void sim_rotation_close(struct sim_edge *e);
// The replica for a call of that task, or SIM_NONE: nobody is in the rotation.
uint32_t sim_rotation_choose(struct sim_run *run, struct sim_edge *e, uint32_t t);
// A replica is out of every rotation of its service, or in again.
void sim_rotation_set_ready(struct sim_run *run, uint32_t station, bool is_ready);
// A call that was sent then has ended so for its caller.
void sim_rotation_ended(struct sim_run *run, uint32_t visit, sim_time since,
                        enum sim_outcome outcome, uint32_t status);

// ---- client.c ----

void sim_client_start(struct sim_run *run, uint32_t source);
void sim_client_turned(struct sim_run *run,
                       uint32_t source); // the model's numbers are others
void sim_client_due(struct sim_run *run, uint32_t source);
void sim_client_think_over(struct sim_run *run, uint32_t t);
// Of requests without a task of their own: the answer sets out, and has come.
void sim_client_charge(struct sim_run *run, uint32_t visit);
void sim_client_answered(struct sim_run *run, uint32_t visit);
// The timeout of a request that has no caller task of its own is over.
void sim_client_gives_up(struct sim_run *run, uint32_t visit, uint32_t scope);
void sim_client_ended(struct sim_run *run, uint32_t t, enum sim_outcome outcome,
                      uint32_t status);

// ---- value.c ----

double sim_value_now(struct sim_run *run, uint32_t value, uint32_t task,
                     struct sim_random *rng);
sim_time sim_value_time(struct sim_run *run, uint32_t value, uint32_t task,
                        struct sim_random *rng);
sim_time sim_seconds(double seconds); // in ns; not below 0
double sim_value_peak(const struct sim_run *run, uint32_t value);
uint32_t sim_fields_new(struct sim_run *run);
void sim_fields_share(struct sim_run *run, uint32_t from, uint32_t to);
void sim_fields_drop(struct sim_run *run, uint32_t task);

// ---- trouble.c ----

void sim_run_inherit_links(struct sim_run *run, struct sim_edge *e);

// Takes a task out of whatever it does, with its scopes, so that it can be ended.
void sim_trouble_halt(struct sim_run *run, uint32_t t);
// A call of a pool of its parent that this process has, or SIM_NONE.
uint32_t sim_trouble_call_in(const struct sim_run *run, uint32_t station);
// Kills all that is left of a worker process.
void sim_trouble_clear(struct sim_run *run, uint32_t station);

void sim_trouble_crash(struct sim_run *run, uint32_t station);
void sim_trouble_rise(struct sim_run *run, uint32_t station); // it is up, if it was not

// ---- memory.c ----

void sim_memory_integrate(struct sim_station *home, sim_time now);
void sim_memory_next_window(struct sim_station *home); // the last one has been kept
// A process has so much more of its own, or less.
void sim_memory_change(struct sim_run *run, uint32_t station, int64_t bytes);
void sim_memory_begin(struct sim_run *run, uint32_t station); // of a service
void sim_memory_end(struct sim_run *run, uint32_t station);
void sim_memory_thread(struct sim_run *run, uint32_t station); // has one more
void sim_memory_worker(struct sim_run *run, uint32_t station,
                       const struct sim_pool_def *def, enum sim_start start);
void sim_memory_touch(struct sim_run *run, uint32_t station); // a call in a forked worker
void sim_memory_alloc(struct sim_run *run, uint32_t t, const struct sim_op *op);
void sim_memory_leak(struct sim_run *run, uint32_t t, const struct sim_op *op);
void sim_memory_task(struct sim_run *run,
                     uint32_t t); // of an event loop, and takes its own
void sim_memory_release(struct sim_run *run, uint32_t t); // what a request held
uint32_t sim_memory_agent(struct sim_run *run, uint32_t pc);
void sim_memory_reap(struct sim_run *run, uint32_t agent);
void sim_memory_rise_later(struct sim_run *run, uint32_t station, sim_time after);
void sim_memory_rise(struct sim_run *run, uint32_t agent);

// Whom a process stands still for.
#define SIM_WORLD_STOPS 1u // a collection: only what runs bytecode
#define SIM_FAULT_STOPS 2u // everything
void sim_trouble_pause(struct sim_run *run, uint32_t station, uint8_t by, bool paused);

// ---- collect.c ----

// Before a step of bytecode begins. True: the task does something else first, and comes back.
bool sim_collect_first(struct sim_run *run, uint32_t t);
sim_time sim_collect_crowded(struct sim_run *run, uint32_t t,
                             sim_time d); // it takes so long
void sim_collect_stop(struct sim_run *run, uint32_t agent);
void sim_collect_go_on(struct sim_run *run, uint32_t agent);

// ---- window.c ----

bool sim_window_init(struct sim_run *run);
void sim_window_close(struct sim_run *run, sim_time at);

// ---- run.c ----

void sim_run_stop(struct sim_run *run, const char *reason);
// Those in the middle of 16 equal parts of a lognormal distribution, as parts of its median: by how
// many times that its 90th percentile is.
void sim_run_spread(double p90, double *factors);
void sim_run_open_gil(struct sim_run *run, uint32_t gil, const struct sim_runtime *costs,
                      const char *name);
void sim_run_take(struct sim_run *run,
                  uint64_t bytes);       // of memory; past the cap the run stops
void sim_run_grown(struct sim_run *run); // the program has, while the run goes on
// A turn that is no event. False: a limit of the run is met, and it stops after this event.
bool sim_run_goes_round(struct sim_run *run);

static inline struct sim_station *sim_station_of(struct sim_run *run, uint32_t t)
{
    return &run->stations[run->tasks[t].station];
}

// Where what a task's policies do is counted: a worker process has no meter of its own.
static inline struct sim_meter *sim_meter_of(struct sim_run *run, uint32_t t)
{
    return &run->stations[run->stations[run->tasks[t].station].home].meter;
}

// Which life of its process a task is in, from 1: what that remembers ends with it.
static inline uint32_t sim_life_of(const struct sim_run *run, uint32_t t)
{
    uint32_t station = run->tasks[t].station;
    const struct sim_station *s = &run->stations[station];
    if (s->is_client)
        return 1;
    // A worker begins anew with its replica, and also by itself.
    uint32_t own = s->home == station ? 0 : s->process->lives;
    return run->stations[s->home].process->lives + own + 1;
}

static inline uint32_t sim_caller_of(const struct sim_run *run, const struct sim_station *s)
{
    return s->is_client ? s->entity : run->client_count + s->entity;
}

static inline void sim_note(struct sim_run *run, enum sim_trace_kind kind, uint32_t t,
                            uint32_t other, uint32_t code, sim_time begin, sim_time end)
{
    if (__builtin_expect(run->tracing, 0) && !(run->tasks[t].flags & SIM_IS_SERVANT) &&
        run->tasks[t].request != SIM_NONE)
        sim_trace_put(&run->trace,
                      (struct sim_trace_record){
                          .begin = begin,
                          .end = end,
                          .task = t,
                          .request = run->tasks[t].request,
                          .other = other,
                          .place = (uint16_t)run->stations[run->tasks[t].station].home,
                          .kind = (uint8_t)kind,
                          .code = (uint8_t)code,
                      });
}

// ---- Slots of tasks, and charges: what every event does ----

SIM_INLINE uint32_t sim_task_new(struct sim_run *run, uint32_t station, uint32_t pc)
{
    uint32_t t = run->task_free;
    if (t != SIM_NONE)
        run->task_free = run->tasks[t].next;
    else
        t = sim_task_first_use(run);
    run->tasks[t] = (struct sim_task){
        .start = run->now,
        .mark = run->now,
        .next = SIM_NONE,
        .prev = SIM_NONE,
        .parent = SIM_NONE,
        .child = SIM_NONE,
        .scope = SIM_NONE,
        .station = (uint16_t)station,
        .pc = (uint16_t)pc,
        .state = SIM_READY,
        .cause = SIM_IN_QUEUE,
    };
    return t;
}

void sim_task_free_more(struct sim_run *run, uint32_t t); // what few runs give tasks

// Who has its slot next is another thread to the GIL, and to that of the worker in which a call of a
// pool was.
SIM_INLINE void sim_task_leaves_gil(struct sim_run *run, uint32_t t)
{
    const struct sim_task *task = &run->tasks[t];
    uint32_t gil = run->stations[task->station].gil;
    if (gil == SIM_NONE)
        return;
    if (run->gils[gil].last_holder == t)
        run->gils[gil].last_holder = SIM_NONE;
    if (run->gils[gil].turns.at || task->flags & SIM_IS_CALL) {
        run->gils[gil].left_owed = run->turn_of[t].owed;
        run->gils[gil].has_left = true;
        run->turn_of[t] = (struct sim_turn){ 0 };
    }
}

// A visit whose answer is on its way has left its thread when that set out.
SIM_INLINE void sim_task_free(struct sim_run *run, uint32_t t)
{
    struct sim_task *task = &run->tasks[t];
    if (run->frees_more)
        sim_task_free_more(run, t);
    if (task->state != SIM_ANSWERING)
        sim_task_leaves_gil(run, t);
    task->state = SIM_FREE;
    task->next = run->task_free;
    run->task_free = t;
}

// Charges the first d of the time since the last charge to that cause.
// Of calls in pools, and of the workers there, whose time is nobody's: false.
bool sim_task_charge_pooled(struct sim_run *run, uint32_t t, enum sim_cause cause,
                            sim_time d);

SIM_INLINE void sim_task_charge_as(struct sim_run *run, uint32_t t, enum sim_cause cause,
                                   sim_time d)
{
    struct sim_task *task = &run->tasks[t];
    if (d == 0)
        return;
    // The time of what runs at once is the time that their gathering task waits.
    if (!(task->flags & (SIM_IS_BRANCH | SIM_IS_LOOP))) {
        run->stations[task->station].meter.counts[SIM_TIME + cause] += d;
    } else if (task->flags & (SIM_IS_LOOP | SIM_IS_CALL | SIM_IS_SERVANT) &&
               !sim_task_charge_pooled(run, t, cause, d)) {
        return;
    }
    sim_digest_add(&run->digest,
                   (uint64_t)d << 24 | (uint64_t)task->station << 8 | (uint64_t)cause);
    sim_note(run, SIM_TRACE_SPAN, t, task->flags & SIM_HAS_GIL, cause, task->mark,
             task->mark + d);
    task->mark += d;
}

// Charges the time since the last charge to the cause that the task has been in.
SIM_INLINE void sim_task_charge(struct sim_run *run, uint32_t t)
{
    const struct sim_task *task = &run->tasks[t];
    sim_task_charge_as(run, t, task->cause, run->now - task->mark);
}

// Puts the task into a state in which its time goes to that cause. The time before is
// charged first.
SIM_INLINE void sim_task_enter(struct sim_run *run, uint32_t t, enum sim_task_state state,
                               enum sim_cause cause)
{
    sim_task_charge(run, t);
    run->tasks[t].state = (uint8_t)state;
    run->tasks[t].cause = (uint8_t)cause;
}

#endif
