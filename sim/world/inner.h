#ifndef SIM_WORLD_INNER_H
#define SIM_WORLD_INNER_H

// What the parts of a run ask of one another, one group a file. All of it acts at run->now.

#include <stddef.h>

#include "sim/engine/inline.h"
#include "sim/world/around/around.h"
#include "sim/world/process/process.h"
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
// The stream for one more thing that a replica, a worker process or a client has: whatever others have, it
// draws the same.
void sim_station_stream(struct sim_run *run, uint32_t station, const char *purpose,
                        struct sim_random *rng);
void sim_station_unqueue(struct sim_run *run, uint32_t visit);
void sim_station_refuse(struct sim_run *run, uint32_t visit, enum sim_rejecter by);
void sim_station_resume(struct sim_run *run, struct sim_station *s); // after a pause

// ---- call.c ----

// False: nobody is in the rotation of the service, and the task has still to be told so (503).
bool sim_call_send(struct sim_run *run, uint32_t t, const struct sim_op *op);
// Where the calls of that operation from there are counted; NULL: none has been made, or it is 0.
struct sim_edge *sim_call_edge_of(struct sim_run *run, uint32_t station, uint32_t call);
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
// A visit never gets in, and its caller is told so.
void sim_call_refused(struct sim_run *run, uint32_t visit);
// A visit is gone, and whoever waits for its answer is never told.
void sim_call_lose(struct sim_run *run, uint32_t visit);
// A message: made, and then either sent to its broker or taken back.
uint32_t sim_call_message(struct sim_run *run, uint32_t t, const struct sim_op *op);
void sim_call_post(struct sim_run *run, uint32_t t, uint32_t message);
void sim_call_take_back(struct sim_run *run, uint32_t message);
uint32_t sim_route_of(const struct sim_run *run, uint32_t t); // of a visit or its branch
void sim_call_arrived(struct sim_run *run, uint32_t visit);   // an answer has travelled
// The caller waits no more; to it the attempt ends so.
void sim_call_abandon(struct sim_run *run, uint32_t t, enum sim_outcome why);

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

// ---- link.c: what is wrong with links ----

void sim_link_inherit(struct sim_run *run, struct sim_edge *e); // of what was so before
// What a message takes, and whether it vanishes.
sim_time sim_link_latency(struct sim_run *run, struct sim_edge *e, enum sim_link_way way,
                          uint32_t t);
bool sim_link_loses(struct sim_edge *e, enum sim_link_way way);
// A visit has come to a service where, for its caller, nobody listens.
bool sim_link_refuses(const struct sim_run *run, uint32_t visit);

// ---- pipe.c: links with a bandwidth ----

double sim_pipe_declared(const struct sim_run *run, const char *from, const char *to);
// What a message waits until it is through: a call's, to its visit, and the visit's answer.
sim_time sim_pipe_request(struct sim_run *run, struct sim_edge *e, uint32_t t,
                          uint32_t visit, const struct sim_call_def *call);
sim_time sim_pipe_reply(struct sim_run *run, struct sim_edge *e, uint32_t visit);
void sim_pipe_says(struct sim_run *run, uint32_t t, uint32_t value); // its size
double sim_pipe_bandwidth(const struct sim_edge *e,
                          enum sim_link_way way); // 0: without end
// It was another until now.
void sim_pipe_changed(struct sim_run *run, uint32_t edge, enum sim_link_way way,
                      double from);

// ---- trouble.c ----

// The replicas that are meant, from first to before end.
struct sim_stations {
    uint32_t first, end;
};
struct sim_stations sim_trouble_stations(const struct sim_run *run,
                                         struct sim_target target);
// What counts for a route there: the factor by which work is slowed, or the share that fails.
double sim_trouble_of(const struct sim_run *run, const struct sim_station *s,
                      uint32_t route, bool fails);

// Takes a task out of whatever it does, with its scopes, so that it can be ended.
void sim_trouble_halt(struct sim_run *run, uint32_t t);
// A call of a pool of its parent that this process has, or SIM_NONE.
uint32_t sim_trouble_call_in(const struct sim_run *run, uint32_t station);
// Kills all that is left of a worker process.
void sim_trouble_clear(struct sim_run *run, uint32_t station);

void sim_trouble_crash(struct sim_run *run, uint32_t station);
void sim_trouble_rise(struct sim_run *run, uint32_t station); // it is up, if it was not

// Whom a process stands still for.
#define SIM_WORLD_STOPS 1u // a collection: only what runs bytecode
#define SIM_FAULT_STOPS 2u // everything
void sim_trouble_pause(struct sim_run *run, uint32_t station, uint8_t by, bool paused);

// ---- window.c ----

bool sim_window_init(struct sim_run *run);
void sim_window_close(struct sim_run *run, sim_time at);

// ---- open.c ----

// Those in the middle of 16 equal parts of a lognormal distribution, as parts of its median: by how
// many times that its 90th percentile is.
void sim_run_spread(double p90, double *factors);
void sim_run_open_gil(struct sim_run *run, uint32_t gil, const struct sim_runtime *costs,
                      const char *name);
void sim_run_grown(struct sim_run *run); // the program has, while the run goes on

// ---- run.c ----

void sim_run_stop(struct sim_run *run, const char *reason);
void sim_run_take(struct sim_run *run,
                  uint64_t bytes); // of memory; past the cap the run stops
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

// Which life a station's process is in, from 1: what that remembers ends with it.
static inline uint32_t sim_life_at(const struct sim_run *run, uint32_t station)
{
    const struct sim_station *s = &run->stations[station];
    if (s->is_client)
        return 1;
    // A worker begins anew with its replica, and also by itself.
    uint32_t own = s->home == station ? 0 : s->process->lives;
    return run->stations[s->home].process->lives + own + 1;
}

static inline uint32_t sim_life_of(const struct sim_run *run, uint32_t t)
{
    return sim_life_at(run, run->tasks[t].station);
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
    if (run->gils[gil].has_turns || task->flags & SIM_IS_CALL) {
        if (run->gils[gil].has_turns)
            sim_core_forget(run, t);
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
    sim_digest_add(&run->digest, (uint64_t)d << 24 |
                                     (uint64_t)run->stations[task->station].number << 8 |
                                     (uint64_t)cause);
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
