#ifndef SIM_WORLD_PROCESS_H
#define SIM_WORLD_PROCESS_H

// What a service runs on: cores, an interpreter's lock, event loops, processes and their memory.
// One group a file; all of it acts at run->now.

#include "sim/world/state.h"

// ---- host.c: cores as a fluid ----

void sim_host_add(struct sim_run *run, uint32_t t, int64_t work);
void sim_host_remove(struct sim_run *run, uint32_t t); // what is left goes to run->work
void sim_host_due(struct sim_run *run, uint32_t host);
// From now on its cores go at so much of their speed, 2^-16; above 0.
void sim_host_speed(struct sim_run *run, uint32_t host, uint32_t speed);

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
// It has given the lock up. True: whom it has woken by that has the core.
bool sim_core_is_preempted(struct sim_run *run, struct sim_gil *g, uint32_t t);
// It has slept, and finds the lock free. True: one that was woken for it has the core first.
bool sim_core_is_overtaken(struct sim_run *run, struct sim_gil *g, uint32_t t);
void sim_core_waits(struct sim_run *run, struct sim_gil *g, uint32_t t);
bool sim_core_due(struct sim_run *run, struct sim_gil *g); // true: g->asker has asked
void sim_core_taken(struct sim_run *run, struct sim_gil *g);
void sim_core_signalled(struct sim_run *run, uint32_t t);
void sim_core_given(struct sim_run *run, uint32_t t);
// On request: it is runnable, until it has the core to sleep.
void sim_core_dropped(struct sim_run *run, struct sim_gil *g, uint32_t t);
void sim_core_slept(struct sim_run *run, struct sim_gil *g, uint32_t t);
// Nobody has it, for one of its threads has given it up.
void sim_core_idle(struct sim_run *run, struct sim_gil *g, uint32_t by);
// Who has dropped the lock has the core, for a system call or to ask for the lock again.
void sim_core_goes_on(struct sim_run *run, uint32_t t);
void sim_core_forget(struct sim_run *run, uint32_t t); // its slot is free
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
void sim_loop_timer(struct sim_run *run, struct sim_loop *l, struct sim_callback c);
// The current task works for so long on the thread.
void sim_loop_work(struct sim_run *run, uint32_t t, enum sim_cause cause, sim_time d,
                   bool needs_gil);
bool sim_loop_pays(struct sim_run *run, uint32_t t); // true: there was something to pay

// ---- drain.c: a planned stop ----

void sim_drain_begin(struct sim_run *run, uint32_t station);
void sim_drain_term(struct sim_run *run, uint32_t agent); // its pre-stop is over
// The same for one that is to be up again so long after it has ended; it is killed after the
// grace, if that is not 0.
void sim_drain_restart(struct sim_run *run, uint32_t station, sim_time grace,
                       sim_time after);
void sim_drain_undo(struct sim_run *run, uint32_t station); // up again, when it has ended
void sim_drain_left(struct sim_run *run, uint32_t station); // by its last visit
void sim_drain_exit(struct sim_run *run, uint32_t agent);
void sim_drain_refuse(struct sim_run *run, uint32_t visit); // to one that takes nothing new
// A visit ends with its process: it is counted, if that was told to stop.
void sim_drain_dropped(struct sim_run *run, uint32_t visit);

// ---- replica.c: what is on record about replicas ----

void sim_replica_note(struct sim_run *run, uint32_t station); // it may be something else

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
// One of its group has failed.
void sim_coro_aborts(struct sim_run *run, uint32_t t, uint64_t key);
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
// Kills a replica, which its host starts again, or a worker process.
void sim_memory_kill(struct sim_run *run, uint32_t station);
void sim_memory_rise(struct sim_run *run, uint32_t agent);

// ---- collect.c ----

// Before a step of bytecode begins. True: the task does something else first, and comes back.
bool sim_collect_first(struct sim_run *run, uint32_t t);
sim_time sim_collect_crowded(struct sim_run *run, uint32_t t,
                             sim_time d); // it takes so long
void sim_collect_stop(struct sim_run *run, uint32_t agent);
void sim_collect_go_on(struct sim_run *run, uint32_t agent);

// ---- scale.c: how many replicas a service has ----

void sim_scale_open(struct sim_run *run); // the spare ones are not there yet
void sim_scale_integrate(struct sim_run *run);
void sim_scale_leave(struct sim_run *run,
                     uint32_t station); // told to stop, not to come back
void sim_scale_come(struct sim_run *run, uint32_t station,
                    sim_time startup); // to be there again

#endif
