#include <math.h>

#include "sim/world/step.h"

// A task runs its operations here until one of them waits.

// What a service's handler and a client's step draw.
static struct sim_random *choice_rng(struct sim_run *run, uint32_t t)
{
    struct sim_station *s = sim_station_of(run, t);
    return s->is_client ? &run->retry_rng[s->entity] : &run->work_rng[s->entity];
}

// What is constant takes no number from the stream, so that a step means the same in a list,
// where it is drawn, and in a function, which gives its length; and a timeout more or less
// leaves the draws of its neighbours as they were.
SIM_INLINE sim_time time_of(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    if (op->value != SIM_NONE)
        return sim_value_time(run, op->value, t, choice_rng(run, t));
    if (op->dist.kind == SIM_DIST_CONSTANT)
        return sim_dist_to_time(op->dist.scale);
    return sim_dist_draw_time(&op->dist, choice_rng(run, t));
}

SIM_INLINE sim_time work_time(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    struct sim_station *s = sim_station_of(run, t);
    sim_time d = op->flags & SIM_WORK_GIVEN ? run->work[t] : time_of(run, t, op);
    if (s->slow != 1.0)
        d = sim_station_slowed(run, t, d);
    return d;
}

// The task has its GIL, or its runtime has none. A request to drop it that came during a call
// that kept it is obeyed before the next bytecode, which may be the next such call.
static bool with_gil(struct sim_run *run, uint32_t t)
{
    if (sim_station_of(run, t)->gil == SIM_NONE)
        return true;
    if (run->tasks[t].flags & SIM_HAS_GIL && sim_gil_is_asked(run, t) &&
        !sim_gil_give(run, t, false))
        return false;
    return run->tasks[t].flags & SIM_HAS_GIL || sim_gil_take(run, t);
}

static sim_time python_time(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    if (run->tasks[t].flags & SIM_RESUMES) {
        run->tasks[t].flags &= (uint16_t)~SIM_RESUMES;
        return run->work[t];
    }
    sim_time d = work_time(run, t, op);
    if (__builtin_expect(run->has_crowds, 0))
        d = sim_collect_crowded(run, t, d);
    const struct sim_service_def *service = &run->services[sim_station_of(run, t)->entity];
    return service->has_runtime ? (sim_time)((double)d * service->runtime.bytecode_factor)
                                : d;
}

static void python(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    if (!with_gil(run, t))
        return;
    if (__builtin_expect(run->has_crowds, 0) && !(run->tasks[t].flags & SIM_RESUMES) &&
        sim_collect_first(run, t))
        return;
    sim_time d = python_time(run, t, op);
    run->tasks[t].pc++;
    sim_task_enter(run, t, SIM_RUNNING, SIM_IN_PYTHON);
    sim_host_add(run, t, d);
}

SIM_INLINE sim_time native_time(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    sim_time d = work_time(run, t, op);
    const struct sim_service_def *service = &run->services[sim_station_of(run, t)->entity];
    return service->has_runtime ? (sim_time)((double)d * service->runtime.native_factor)
                                : d;
}

static void native(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    struct sim_station *s = sim_station_of(run, t);
    bool holds = op->flags & SIM_HOLDS_GIL && s->gil != SIM_NONE;
    bool has = run->tasks[t].flags & SIM_HAS_GIL;
    if (holds && !with_gil(run, t))
        return;
    if (!holds && has && !sim_gil_give(run, t, false))
        return;
    sim_time d = native_time(run, t, op);
    run->tasks[t].pc++;
    sim_task_enter(run, t, SIM_RUNNING, SIM_IN_NATIVE);
    sim_host_add(run, t, d);
}

static void loop_native(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    sim_loop_work(run, t, SIM_IN_NATIVE, native_time(run, t, op),
                  op->flags & SIM_HOLDS_GIL);
    run->tasks[t].pc++;
}

// time.sleep comes back late: the kernel's timers have slack, and the thread has to wake up.
// What an event loop awaits instead is late with its poll.
static sim_time sleep_slack(const struct sim_run *run, uint32_t t)
{
    if (sim_loop_of(run, t) && !run->coros[t].blocks)
        return 0;
    const struct sim_station *s = &run->stations[run->tasks[t].station];
    bool has = !s->is_client && run->services[s->entity].has_runtime;
    return has ? run->services[s->entity].runtime.sleep_slack : 0;
}

static void io(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    if (!without_gil(run, t))
        return;
    sim_time d = work_time(run, t, op);
    if (op->flags & SIM_IS_TIMER)
        d += sleep_slack(run, t);
    run->tasks[t].pc++;
    if (d == 0 && op->flags & SIM_IS_TIMER && sim_loop_of(run, t) && !run->coros[t].blocks)
        sim_coro_yields(run, t);
    else
        sim_task_sleep(run, t, SIM_SLEEPING, SIM_IN_IO, d);
}

static bool call(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    return !without_gil(run, t) || sim_call_send(run, t, op);
}

static void open_timeout(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    sim_time d = time_of(run, t, op);
    sim_scope_arm(run, sim_scope_open(run, t, run->tasks[t].pc), d);
    run->tasks[t].pc++;
}

static void open_loop_timeout(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    sim_time d = time_of(run, t, op);
    uint32_t i = sim_scope_open(run, t, run->tasks[t].pc);
    sim_scope_arm(run, i, d);
    sim_coro_open_timeout(run, t, i);
    run->tasks[t].pc++;
}

static void open_kept(struct sim_run *run, uint32_t t, uint64_t kept)
{
    uint32_t i = sim_scope_open(run, t, run->tasks[t].pc);
    run->scopes[i].u.kept = kept;
    run->tasks[t].pc++;
}

static enum verdict loop(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    struct sim_scope *s = &run->scopes[run->tasks[t].scope];
    if (--s->u.kept > 0) {
        run->tasks[t].pc = (uint16_t)op->to;
    } else {
        sim_scope_close(run, t);
        run->tasks[t].pc++;
    }
    if (sim_run_goes_round(run))
        return GOES_ON;
    sim_task_enter(run, t, SIM_HANGING, SIM_IN_DEPENDENCY);
    return WAITS;
}

static void mix(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    const struct sim_way *ways = &run->model->program.ways[op->a];
    double u = sim_random_unit(choice_rng(run, t));
    uint32_t to = op->to;
    for (uint32_t i = 0; i < op->b; i++) {
        if (u < ways[i].weight) {
            to = ways[i].to;
            break;
        }
    }
    run->tasks[t].pc = (uint16_t)to;
}

static void branch_on(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    const struct sim_way *ways = &run->model->program.ways[op->a];
    double field = sim_run_field(run, t, op->value);
    uint32_t to = op->to;
    for (uint32_t i = 0; i < op->b; i++) {
        if (ways[i].weight == field) {
            to = ways[i].to;
            break;
        }
        if (isnan(ways[i].weight))
            to = ways[i].to;
    }
    run->tasks[t].pc = (uint16_t)to;
}

// ---- Outcomes ----

static void note_step(struct sim_run *run, uint32_t t, uint32_t op, uint32_t code)
{
    sim_note(run, SIM_TRACE_STEP, t, op, code, run->now, run->now);
}

static bool caught(struct sim_run *run, uint32_t t, const struct sim_scope *s,
                   enum sim_outcome outcome, uint32_t status)
{
    const struct sim_op *op = &run->ops[s->op];
    const struct sim_way *ways = &run->model->program.ways[op->a];
    for (uint32_t i = 0; i < op->b; i++) {
        if (!isnan(ways[i].weight) && ways[i].weight != (double)outcome)
            continue;
        if (outcome == SIM_OK && !(op->flags & SIM_FINALLY))
            continue;
        sim_scope_close(run, t);
        sim_retry_forget(run, t);
        run->tasks[t].pc = (uint16_t)ways[i].to;
        run->tasks[t].outcome = (uint8_t)outcome;
        run->tasks[t].slot = status;
        return true;
    }
    return false;
}

// Where the program does a single step of work.
static uint32_t work_at(struct sim_run *run, uint32_t t, const struct sim_script_answer *a)
{
    bool on_loop = sim_loop_of(run, t) != NULL;
    bool holds = a->flags & SIM_HOLDS_GIL;
    if (a->op == SIM_OP_PYTHON)
        return on_loop ? SIM_PC_LOOP_PYTHON : SIM_PC_PYTHON;
    if (a->op == SIM_OP_NATIVE && holds)
        return on_loop ? SIM_PC_LOOP_NATIVE_HOLDING : SIM_PC_NATIVE_HOLDING;
    if (a->op == SIM_OP_NATIVE)
        return on_loop ? SIM_PC_LOOP_NATIVE : SIM_PC_NATIVE;
    if (a->flags & SIM_IS_TIMER)
        return on_loop ? SIM_PC_LOOP_SLEEP : SIM_PC_SLEEP;
    return on_loop ? SIM_PC_LOOP_IO : SIM_PC_IO;
}

// Does what the function asked for. Its scope is the task's innermost.
static enum verdict obey(struct sim_run *run, uint32_t t, const struct sim_script_answer *a)
{
    struct sim_scope *s = &run->scopes[run->tasks[t].scope];
    run->ops = run->model->program.ops; // compiling a fragment may have moved them
    switch (a->wish) {
    case SIM_SCRIPT_STEP:
        run->tasks[t].pc = (uint16_t)a->pc;
        sim_run_grown(run);
        return GOES_ON;
    case SIM_SCRIPT_WORK:
        run->work[t] = sim_seconds(a->seconds);
        run->tasks[t].pc = (uint16_t)work_at(run, t, a);
        return GOES_ON;
    case SIM_SCRIPT_DONE:
        run->tasks[t].pc = (uint16_t)(s->op + 1);
        s->u.kept = SIM_NONE;
        sim_scope_close(run, t);
        return GOES_ON;
    case SIM_SCRIPT_FAIL:
        s->u.kept = SIM_NONE;
        sim_scope_close(run, t);
        return sim_step_raise(run, t, a->outcome, a->status) ? GOES_ON : WAITS;
    default:
        s->u.kept = SIM_NONE;
        run->script_failed = run->stop = true;
        sim_task_enter(run, t, SIM_HANGING, SIM_IN_DEPENDENCY);
        return WAITS;
    }
}

static enum verdict script_goes_on(struct sim_run *run, uint32_t t,
                                   enum sim_outcome outcome, uint32_t status)
{
    struct sim_script_answer answer = { .wish = SIM_SCRIPT_BUG };
    uint32_t thread = (uint32_t)run->scopes[run->tasks[t].scope].u.kept;
    // A function may await what takes no time, for ever.
    if (!sim_run_goes_round(run)) {
        sim_task_enter(run, t, SIM_HANGING, SIM_IN_DEPENDENCY);
        return WAITS;
    }
    sim_retry_forget(run, t);
    run->script->resume(run->script->ctx, thread, outcome, status, &answer);
    return obey(run, t, &answer);
}

static enum verdict script_starts(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    struct sim_script_answer answer = { .wish = SIM_SCRIPT_BUG };
    uint32_t i = sim_scope_open(run, t, run->tasks[t].pc);
    run->scopes[i].u.kept = SIM_NONE;
    run->scopes[i].u.kept = run->script->start(run->script->ctx, run, op->a, t, &answer);
    return obey(run, t, &answer);
}

bool sim_step_raise(struct sim_run *run, uint32_t t, enum sim_outcome outcome,
                    uint32_t status)
{
    while (run->tasks[t].scope != SIM_NONE) {
        struct sim_scope *s = &run->scopes[run->tasks[t].scope];
        switch (run->ops[s->op].code) {
        case SIM_OP_RETRY:
            if (sim_retry_back_off(run, t, outcome))
                return false;
            break;
        case SIM_OP_BREAKER:
            sim_breaker_ended(run, run->tasks[t].scope, outcome);
            break;
        case SIM_OP_CACHED:
            sim_cache_ended(run, run->tasks[t].scope, outcome, status);
            break;
        case SIM_OP_CONCURRENCY_LIMIT:
            sim_concurrency_ended(run, run->tasks[t].scope, outcome);
            break;
        case SIM_OP_TRANSACTION: // as in end_inside
            if (outcome == SIM_OK)
                sim_outbox_commit(run, run->tasks[t].scope);
            break;
        case SIM_OP_THROTTLE:
            sim_throttle_left(run, run->tasks[t].scope, outcome);
            break;
        case SIM_OP_TRY:
            if (caught(run, t, s, outcome, status))
                return true;
            break;
        case SIM_OP_TIMEOUT:
            if (s->has_fired && outcome == SIM_CANCELLED)
                outcome = SIM_TIMEOUT;
            break;
        case SIM_OP_LOOP_TIMEOUT:
            if (outcome == SIM_CANCELLED &&
                sim_coro_is_timeout(run, t, run->tasks[t].scope)) {
                outcome = SIM_TIMEOUT;
                status = 0;
            }
            break;
        case SIM_OP_SCRIPT:
            if (outcome == SIM_OK) // it has replied
                break;
            return script_goes_on(run, t, outcome, status) == GOES_ON;
        default:
            break;
        }
        sim_scope_close(run, t);
    }
    // A timeout that was noticed at the end of bytecode finds the GIL still held.
    if (run->tasks[t].flags & SIM_HAS_GIL)
        sim_gil_leave(run, t);
    sim_task_end(run, t, outcome, status);
    return false;
}

static enum verdict raise_kept(struct sim_run *run, uint32_t t)
{
    uint64_t kept = run->scopes[run->tasks[t].scope].u.kept;
    sim_scope_close(run, t);
    return sim_step_raise(run, t, kept & 0xff, (uint32_t)(kept >> 8)) ? GOES_ON : WAITS;
}

// Bytecode of the runtime's own: its time is given as it is, and a fault does not slow it.
static enum verdict chore(struct sim_run *run, uint32_t t, sim_time d)
{
    run->tasks[t].pc++;
    if (d == 0)
        return GOES_ON;
    sim_task_enter(run, t, SIM_RUNNING, SIM_IN_PYTHON);
    sim_host_add(run, t, d);
    return WAITS;
}

static enum verdict submit(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    if (!with_gil(run, t))
        return WAITS;
    bool resumes = run->tasks[t].flags & SIM_RESUMES;
    run->tasks[t].flags &= (uint16_t)~SIM_RESUMES;
    return chore(run, t, resumes ? run->work[t] : sim_pool_submit_time(run, t, op));
}

static enum verdict given_chore(struct sim_run *run, uint32_t t)
{
    if (run->work[t] > 0 && !with_gil(run, t))
        return WAITS;
    run->tasks[t].flags &= (uint16_t)~SIM_RESUMES;
    return chore(run, t, run->work[t]);
}

static enum verdict fail(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    if (op->flags & SIM_PUSHES_BACK)
        sim_retry_push_back(run, t, sim_value_time(run, op->value, t, choice_rng(run, t)));
    else if (op->flags & SIM_NO_MORE)
        sim_retry_push_back(run, t, -1);
    else
        sim_retry_forget(run, t);
    return sim_step_raise(run, t, SIM_ERROR, op->a) ? GOES_ON : WAITS;
}

// What agents of the run's own do, each once or again and again.
static void by_agent(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    switch ((enum sim_opcode)op->code) {
    case SIM_OP_REAP:
        sim_memory_reap(run, t);
        break;
    case SIM_OP_POISON:
        sim_poison_acts(run, t);
        break;
    case SIM_OP_EXIT:
        sim_drain_exit(run, t);
        break;
    case SIM_OP_TERM:
        sim_drain_term(run, t);
        break;
    case SIM_OP_HEAR:
        sim_rotation_hear(run, t);
        break;
    case SIM_OP_RISE:
        sim_memory_rise(run, t);
        break;
    case SIM_OP_REDELIVER:
        sim_broker_due(run, t);
        break;
    case SIM_OP_STOP:
        sim_collect_stop(run, t);
        break;
    case SIM_OP_PROBE:
        sim_probe_go(run, t);
        break;
    case SIM_OP_GO_ON:
        sim_collect_go_on(run, t);
        break;
    default:
        break;
    }
}

// What is done otherwise where an event loop runs the task.
static enum verdict on_loop(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    struct sim_task *task = &run->tasks[t];
    switch ((enum sim_opcode)op->code) {
    case SIM_OP_ARRIVE:
        task->pc++;
        sim_coro_arrive(run, t);
        return WAITS;
    case SIM_OP_PAY:
        task->pc++;
        return sim_loop_pays(run, t) ? WAITS : GOES_ON;
    case SIM_OP_LOOP_PYTHON:
        sim_loop_work(run, t, SIM_IN_PYTHON, python_time(run, t, op), true);
        task->pc++;
        return WAITS;
    case SIM_OP_LOOP_NATIVE:
        loop_native(run, t, op);
        return WAITS;
    case SIM_OP_LOOP_SUBMIT:
        sim_loop_work(run, t, SIM_IN_PYTHON, sim_pool_submit_time(run, t, op), true);
        task->pc++;
        return WAITS;
    case SIM_OP_LOOP_TIMEOUT:
        open_loop_timeout(run, t, op);
        return GOES_ON;
    case SIM_OP_BLOCKING:
        open_kept(run, t, 0);
        run->coros[t].blocks++;
        return GOES_ON;
    case SIM_OP_SPAWN:
        sim_gather_spawn(run, t, task->pc + 1u);
        task->pc = (uint16_t)op->to;
        return GOES_ON;
    case SIM_OP_SHIELD:
        sim_gather_shield(run, t, op);
        return WAITS;
    case SIM_OP_TURN:
        sim_loop_go(run, t);
        return WAITS;
    default:
        by_agent(run, t, op);
        return WAITS;
    }
}

// What has to do with pools of threads, processes and interpreters, on either side.
static enum verdict of_pool(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    switch ((enum sim_opcode)op->code) {
    case SIM_OP_SUBMIT:
        return submit(run, t, op);
    case SIM_OP_OFFLOAD:
        if (without_gil(run, t))
            sim_pool_submit(run, t, op);
        return WAITS;
    case SIM_OP_SERVE:
        return without_gil(run, t) && sim_pool_serve(run, t, op) ? GOES_ON : WAITS;
    case SIM_OP_ENTER:
        run->tasks[t].pc = run->offloaded[t].pc;
        return GOES_ON;
    case SIM_OP_CHORE:
        return given_chore(run, t);
    case SIM_OP_COPY:
        sim_process_copy(run, t);
        return GOES_ON;
    case SIM_OP_SERVED:
        sim_process_served(run, t, op);
        return GOES_ON;
    case SIM_OP_SENT:
        if (without_gil(run, t))
            sim_pool_sent(run, t);
        return WAITS;
    default:
        return on_loop(run, t, op);
    }
}

// What few tasks do, kept apart so that what nearly all do stays small. Each kind knows its own
// operations and leaves the others to the next.
static __attribute__((noinline)) enum verdict other(struct sim_run *run, uint32_t t,
                                                    const struct sim_op *op)
{
    struct sim_task *task = &run->tasks[t];
    switch ((enum sim_opcode)op->code) {
    case SIM_OP_TRY:
        open_kept(run, t, 0);
        return GOES_ON;
    case SIM_OP_FINALLY:
        open_kept(run, t, (uint64_t)task->slot << 8 | task->outcome);
        return GOES_ON;
    case SIM_OP_TIMES:
        open_kept(run, t, op->a);
        return GOES_ON;
    case SIM_OP_LOOP:
        return loop(run, t, op);
    case SIM_OP_RAISE:
        return raise_kept(run, t);
    case SIM_OP_GATHER:
    case SIM_OP_FANOUT:
        if (without_gil(run, t))
            sim_gather_begin(run, t, op);
        return WAITS;
    case SIM_OP_MIX:
        mix(run, t, op);
        return GOES_ON;
    case SIM_OP_SWITCH:
        branch_on(run, t, op);
        return GOES_ON;
    case SIM_OP_JUMP:
        task->pc = (uint16_t)op->to;
        return GOES_ON;
    case SIM_OP_FAIL:
        return without_gil(run, t) ? fail(run, t, op) : WAITS;
    case SIM_OP_ALLOC:
        sim_memory_alloc(run, t, op);
        task->pc++;
        return GOES_ON;
    case SIM_OP_LEAK:
        sim_memory_leak(run, t, op);
        task->pc++;
        return GOES_ON;
    case SIM_OP_EFFECT:
        sim_effect_do(run, t, op->a);
        task->pc++;
        return GOES_ON;
    case SIM_OP_CALL: // there was nobody to send it to
        return sim_step_raise(run, t, SIM_ERROR, 503) ? GOES_ON : WAITS;
    case SIM_OP_LEAVE:
        sim_task_end(run, t, SIM_OK, task->slot);
        return WAITS;
    default:
        return op->code < SIM_OP_TRY ||
                       (op->code >= SIM_OP_KEY && op->code <= SIM_OP_KEY_LOST)
                   ? sim_step_around(run, t, op)
                   : of_pool(run, t, op);
    }
}

static __attribute__((noinline)) void end_inside(struct sim_run *run, uint32_t t,
                                                 uint32_t status)
{
    if (!without_gil(run, t))
        return;
    const struct sim_task *task = &run->tasks[t];
    // A reply inside of a key is what is recorded of it.
    if (run->keys.of && sim_keys_scope(run, t) != SIM_NONE) {
        if (sim_step_raise(run, t, SIM_OK, status))
            sim_step_go(run, t);
        return;
    }
    while (task->scope != SIM_NONE && !run->scopes[task->scope].is_root) {
        if (run->ops[run->scopes[task->scope].op].code == SIM_OP_TRANSACTION)
            sim_outbox_commit(run, task->scope); // a reply in it commits
        sim_scope_close(run, t);
    }
    sim_task_end(run, t, SIM_OK, status);
}

// Most handlers end outside of all scopes and without the GIL.
SIM_INLINE void end(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    uint32_t status = op->code == SIM_OP_REPLY ? op->a : 200;
    if (op->code == SIM_OP_REPLY && op->b > 0)
        sim_pipe_says(run, t, op->b - 1);
    const struct sim_task *task = &run->tasks[t];
    if (task->flags & SIM_HAS_GIL || task->scope != SIM_NONE)
        end_inside(run, t, status);
    else
        sim_task_end(run, t, SIM_OK, status);
}

// Does an operation behind which a task never goes on by itself: it waits then, or is gone. False:
// it is none of those, or a call that there is nobody for.
SIM_INLINE bool stays(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    switch ((enum sim_opcode)op->code) {
    case SIM_OP_PYTHON:
        python(run, t, op);
        return true;
    case SIM_OP_NATIVE:
        native(run, t, op);
        return true;
    case SIM_OP_IO:
        io(run, t, op);
        return true;
    case SIM_OP_CALL:
        return call(run, t, op);
    case SIM_OP_REPLY:
    case SIM_OP_END:
        end(run, t, op);
        return true;
    default:
        return false;
    }
}

// Does one of the others.
SIM_INLINE enum verdict pass(struct sim_run *run, uint32_t t, const struct sim_op *op)
{
    switch ((enum sim_opcode)op->code) {
    case SIM_OP_TIMEOUT:
        open_timeout(run, t, op);
        return GOES_ON;
    case SIM_OP_CLOSE:
        sim_scope_close(run, t);
        run->tasks[t].pc++;
        return GOES_ON;
    case SIM_OP_SCRIPT:
        return script_starts(run, t, op);
    case SIM_OP_SCRIPT_END:
        return script_goes_on(run, t, SIM_OK, 200);
    default:
        return other(run, t, op);
    }
}

SIM_INLINE const struct sim_op *next_op(const struct sim_run *run, uint32_t t)
{
    return &run->ops[run->tasks[t].pc];
}

static void go_noting(struct sim_run *run, uint32_t t)
{
    do
        note_step(run, t, run->tasks[t].pc, 0);
    while (!stays(run, t, next_op(run, t)) && pass(run, t, next_op(run, t)) == GOES_ON);
}

static __attribute__((noinline)) void go_through(struct sim_run *run, uint32_t t)
{
    if (run->tracing_steps) {
        go_noting(run, t);
        return;
    }
    while (pass(run, t, next_op(run, t)) == GOES_ON && !stays(run, t, next_op(run, t)))
        ;
}

// Most tasks have come to an operation that they stay in, and need no loop: such a call is
// the last thing done here, and nothing has to be kept across it.
void sim_step_go(struct sim_run *run, uint32_t t)
{
    if (__builtin_expect(run->tracing_steps, 0) || !stays(run, t, next_op(run, t)))
        go_through(run, t);
}

void sim_step_answer(struct sim_run *run, uint32_t t, enum sim_outcome outcome,
                     uint32_t status)
{
    if (run->tasks[t].flags & SIM_EXPIRED && sim_scope_overdue(run, t))
        return;
    if (outcome == SIM_OK || sim_step_raise(run, t, outcome, status))
        sim_step_go(run, t);
}
