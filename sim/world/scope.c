#include <assert.h>

#include "sim/world/inner.h"

// Timeouts of one place and one constant duration come due in the order in which they were
// armed, so they stand in a plain list, and the heap knows only the first. When that one is
// disarmed the heap is left alone: its entry comes up too early once, finds a later head,
// and moves there. That is one idle event a timeout's length in place of one heap
// operation a timeout. Where the duration was turned down in the middle of the run, those armed
// before may be due later: the new ones step in front of them.

// Orders of the heap fit 40 bits for the life of a run.
#define ORDER_MASK (((uint64_t)1 << 40) - 1)

uint32_t sim_scope_open(struct sim_run *run, uint32_t t, uint32_t op)
{
    uint32_t i = run->scope_free;
    if (i != SIM_NONE) {
        run->scope_free = run->scopes[i].next;
    } else {
        i = run->scope_used++;
        sim_run_take(run, sizeof(struct sim_scope));
        if (run->scope_used + SIM_SPARE > run->scope_limit)
            sim_run_stop(run, "more policies at work at once than a run can hold");
    }
    run->scopes[i] = (struct sim_scope){
        .outer = run->tasks[t].scope,
        .task = t,
        .next = SIM_NONE,
        .prev = SIM_NONE,
        .op = (uint16_t)op,
    };
    run->tasks[t].scope = i;
    return i;
}

static void free_scope(struct sim_run *run, uint32_t i)
{
    run->scopes[i].task = SIM_NONE;
    run->scopes[i].next = run->scope_free;
    run->scope_free = i;
}

static struct sim_lane *lane_of(struct sim_run *run, const struct sim_scope *s)
{
    uint32_t lane = run->ops[s->op].b;
    return lane == SIM_NONE ? NULL : &run->lanes[lane];
}

static void show(struct sim_run *run, struct sim_lane *lane)
{
    const struct sim_scope *head = &run->scopes[lane->head];
    uint32_t timer = run->lane_timers + (uint32_t)(lane - run->lanes);
    sim_heap_arm_as(&run->heap, timer, head->u.due, head->order);
    lane->is_shown = true;
}

static void join_lane(struct sim_run *run, struct sim_lane *lane, uint32_t i)
{
    struct sim_scope *s = &run->scopes[i];
    uint32_t before = lane->tail, behind = SIM_NONE;
    s->order = sim_heap_order(&run->heap) & ORDER_MASK;
    while (before != SIM_NONE && run->scopes[before].u.due > s->u.due) {
        behind = before;
        before = run->scopes[before].prev;
    }
    s->prev = before;
    s->next = behind;
    *(before == SIM_NONE ? &lane->head : &run->scopes[before].next) = i;
    *(behind == SIM_NONE ? &lane->tail : &run->scopes[behind].prev) = i;
    if (!lane->is_shown || (before == SIM_NONE && behind != SIM_NONE))
        show(run, lane);
}

static void leave_lane(struct sim_run *run, struct sim_lane *lane,
                       const struct sim_scope *s)
{
    if (s->prev == SIM_NONE)
        lane->head = s->next;
    else
        run->scopes[s->prev].next = s->next;
    if (s->next == SIM_NONE)
        lane->tail = s->prev;
    else
        run->scopes[s->next].prev = s->prev;
}

void sim_scope_arm(struct sim_run *run, uint32_t i, sim_time d)
{
    struct sim_scope *s = &run->scopes[i];
    struct sim_lane *lane = lane_of(run, s);
    s->u.due = run->now + d;
    s->is_armed = 1;
    if (lane) {
        join_lane(run, lane, i);
    } else {
        s->order = sim_heap_order(&run->heap) & ORDER_MASK;
        sim_heap_arm_as(&run->heap, run->scope_timers + i, s->u.due, s->order);
    }
}

void sim_scope_disarm(struct sim_run *run, uint32_t i)
{
    struct sim_scope *s = &run->scopes[i];
    struct sim_lane *lane = lane_of(run, s);
    if (!s->is_armed)
        return;
    s->is_armed = 0;
    if (lane)
        leave_lane(run, lane, s);
    else
        sim_heap_cancel(&run->heap, run->scope_timers + i);
}

// What is due now waits until everything else of this instant has happened: a completion
// at the instant of its timeout wins. The order names the arming, so that an item whose
// scope was closed meanwhile, and maybe opened again for another, is known to be stale.
static void put_late(struct sim_run *run, uint32_t i)
{
    sim_ring_push(&run->late, (uint64_t)run->scopes[i].order << 24 | i);
}

void sim_scope_lane_due(struct sim_run *run, uint32_t lane_number)
{
    struct sim_lane *lane = &run->lanes[lane_number];
    lane->is_shown = false;
    if (lane->head == SIM_NONE)
        return;
    uint32_t i = lane->head;
    if (run->scopes[i].u.due <= run->now) {
        sim_scope_disarm(run, i);
        put_late(run, i);
    }
    if (lane->head != SIM_NONE)
        show(run, lane);
}

void sim_scope_due(struct sim_run *run, uint32_t i)
{
    run->scopes[i].is_armed = 0;
    put_late(run, i);
}

// ---- Closing and expiry ----

void sim_scope_close(struct sim_run *run, uint32_t t)
{
    uint32_t i = run->tasks[t].scope;
    struct sim_scope *s = &run->scopes[i];
    switch (run->ops[s->op].code) {
    case SIM_OP_TIMEOUT:
        sim_scope_disarm(run, i);
        break;
    case SIM_OP_LOOP_TIMEOUT:
        sim_scope_disarm(run, i);
        sim_coro_close_timeout(run, t, i);
        break;
    case SIM_OP_RETRY:
        sim_retry_close(run, i);
        break;
    case SIM_OP_BREAKER:
        sim_breaker_ended(run, i, SIM_OK);
        break;
    case SIM_OP_HEDGE:
        sim_hedge_close(run, i);
        break;
    case SIM_OP_CACHED:
        sim_cache_ended(run, i, SIM_OK, 200);
        break;
    case SIM_OP_CONCURRENCY_LIMIT:
        sim_concurrency_ended(run, i, SIM_OK);
        break;
    case SIM_OP_TRANSACTION:
        sim_outbox_close(run, i);
        break;
    case SIM_OP_THROTTLE:
        sim_throttle_left(run, i, SIM_OK);
        break;
    case SIM_OP_BLOCKING:
        run->coros[t].blocks--;
        break;
    case SIM_OP_SEMAPHORE:
        sim_lock_leave(run, i);
        break;
    case SIM_OP_BULKHEAD:
        sim_bulkhead_go_out(run, i);
        break;
    case SIM_OP_SCRIPT:
        if (s->u.kept != SIM_NONE)
            run->script->drop(run->script->ctx, (uint32_t)s->u.kept);
        break;
    default:
        break;
    }
    run->tasks[t].scope = s->outer;
    free_scope(run, i);
}

// What has not ended is no success.
void sim_scope_drop(struct sim_run *run, uint32_t t)
{
    uint32_t i = run->tasks[t].scope;
    uint8_t code = run->ops[run->scopes[i].op].code;
    if (code == SIM_OP_RETRY)
        run->scopes[i].has_fired = 1;
    if (code == SIM_OP_BREAKER)
        sim_breaker_ended(run, i, SIM_CANCELLED);
    if (code == SIM_OP_CACHED)
        sim_cache_ended(run, i, SIM_CANCELLED, 0);
    if (code == SIM_OP_CONCURRENCY_LIMIT)
        sim_concurrency_ended(run, i, SIM_CANCELLED);
    if (code == SIM_OP_THROTTLE)
        sim_throttle_left(run, i, SIM_CANCELLED);
    sim_scope_close(run, t);
}

// As in asyncio: what is inside is cancelled, so that it can clean up, and becomes a timeout
// where the cancellation leaves the scope. Code inside that swallows it goes on, and nothing
// is raised.
static void time_out(struct sim_run *run, uint32_t t, uint32_t scope)
{
    run->scopes[scope].has_fired = 1;
    sim_step_answer(run, t, SIM_CANCELLED, 0);
}

sim_time sim_scope_time_left(const struct sim_run *run, uint32_t t)
{
    sim_time first = 0;
    for (uint32_t i = run->tasks[t].scope; i != SIM_NONE; i = run->scopes[i].outer)
        if (run->scopes[i].is_armed && !run->scopes[i].is_root &&
            (first == 0 || run->scopes[i].u.due < first))
            first = run->scopes[i].u.due;
    return first;
}

bool sim_scope_can_stop(const struct sim_task *task)
{
    switch ((enum sim_task_state)task->state) {
    case SIM_SLEEPING:
    case SIM_CALLING:
    case SIM_GATHERING:
    case SIM_LINED:
    case SIM_HANGING:
    case SIM_AWAITING:
        return !(task->flags & SIM_IS_PARKED);
    default:
        return false;
    }
}

void sim_scope_cancel(struct sim_run *run, uint32_t t)
{
    if (run->tasks[t].state == SIM_GATHERING) {
        sim_gather_cancel(run, t);
        return;
    }
    sim_task_detach(run, t, SIM_CANCELLED);
    sim_task_charge(run, t);
    sim_step_answer(run, t, SIM_CANCELLED, 0);
}

static void expire(struct sim_run *run, uint32_t i)
{
    struct sim_scope *s = &run->scopes[i];
    uint32_t t = s->task;
    if (s->is_root) {
        sim_client_gives_up(run, t, i);
    } else if (run->ops[s->op].code == SIM_OP_LOOP_TIMEOUT) {
        sim_coro_expire(run, i);
    } else if (run->ops[s->op].code == SIM_OP_BULKHEAD) {
        sim_bulkhead_waited(run, i);
    } else if (run->tasks[t].state == SIM_GATHERING) {
        s->has_fired = 1;
        sim_gather_cancel(run, t);
    } else if (sim_scope_can_stop(&run->tasks[t])) {
        sim_task_detach(run, t, SIM_TIMEOUT);
        sim_task_charge(run, t);
        time_out(run, t, i);
    } else {
        run->tasks[t].flags |= SIM_EXPIRED;
    }
}

bool sim_scope_overdue(struct sim_run *run, uint32_t t)
{
    uint32_t found = SIM_NONE;
    bool is_cancelled = run->tasks[t].flags & SIM_IS_CANCELLED;
    run->tasks[t].flags &= (uint16_t) ~(SIM_EXPIRED | SIM_IS_CANCELLED);
    if (is_cancelled) {
        sim_step_answer(run, t, SIM_CANCELLED, 0);
        return true;
    }
    for (uint32_t i = run->tasks[t].scope; i != SIM_NONE; i = run->scopes[i].outer) {
        const struct sim_scope *s = &run->scopes[i];
        if (run->ops[s->op].code == SIM_OP_TIMEOUT && !s->is_armed && !s->is_root &&
            !s->has_fired && s->u.due <= run->now)
            found = i;
    }
    if (found == SIM_NONE)
        return false;
    time_out(run, t, found);
    return true;
}

void sim_scope_late(struct sim_run *run, uint64_t item)
{
    uint32_t i = (uint32_t)item & 0xffffff;
    const struct sim_scope *s = &run->scopes[i];
    if (s->task != SIM_NONE && s->order == item >> 24 && !s->is_armed)
        expire(run, i);
}

void sim_scope_unlink(struct sim_run *run, uint32_t t, uint32_t i)
{
    uint32_t *link = &run->tasks[t].scope;
    while (*link != i)
        link = &run->scopes[*link].outer;
    *link = run->scopes[i].outer;
    free_scope(run, i);
}

// The client's own scope is the outermost of the visit's.
void sim_scope_hand_over(struct sim_run *run, uint32_t visit, uint32_t to)
{
    uint32_t *link = &run->tasks[visit].scope;
    while (*link != SIM_NONE && !run->scopes[*link].is_root)
        link = &run->scopes[*link].outer;
    if (*link == SIM_NONE)
        return;
    struct sim_scope *s = &run->scopes[*link];
    run->tasks[to].scope = *link;
    *link = s->outer;
    s->outer = SIM_NONE;
    s->task = to;
    s->is_root = 0;
}
