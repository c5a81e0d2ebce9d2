#include <stdlib.h>

#include "sim/world/inner.h"

// The cores of a host as a fluid (processor sharing): while no more tasks are runnable than
// there are cores each runs at full speed, otherwise all share them equally. The virtual
// time is the service that each task has had that was runnable all along; a task that
// wants w is done when the virtual time has grown by w. So a host needs one pending event,
// whatever the number of its tasks, and none for a slice. What slices cost is taken
// from the rate: while more are runnable than cores, each slice pays one switch. So is what a
// hypervisor gives to others: a core of which a share is stolen goes on at the rest of its speed,
// whatever runs on it, and nobody is at full speed then.
//
// Virtual time is an integer of 2^-20 ns; the divisions keep their rest, so that no service
// is lost however often tasks come and go.

#define FRACTION 20
#define FAR      ((uint64_t)1 << 62)

_Static_assert(((uint64_t)SIM_WORK_MAX << FRACTION) < UINT64_MAX - FAR,
               "virtual time stays below 2^64");

__extension__ typedef unsigned __int128 wide;

static inline bool before(struct sim_job x, struct sim_job y)
{
    return x.finish != y.finish ? x.finish < y.finish : x.key < y.key;
}

static inline uint32_t task_of(struct sim_job j)
{
    return (uint32_t)j.key & (SIM_TIMERS - 1);
}

static inline void place(struct sim_run *run, struct sim_host *h, uint32_t i,
                         struct sim_job j)
{
    h->jobs[i] = j;
    run->tasks[task_of(j)].slot = i;
}

static void sift_up(struct sim_run *run, struct sim_host *h, uint32_t i, struct sim_job j)
{
    while (i > 0 && before(j, h->jobs[(i - 1) / 2])) {
        place(run, h, i, h->jobs[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    place(run, h, i, j);
}

static void sift_down(struct sim_run *run, struct sim_host *h, uint32_t i, struct sim_job j)
{
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= h->count)
            break;
        if (child + 1 < h->count && before(h->jobs[child + 1], h->jobs[child]))
            child++;
        if (!before(h->jobs[child], j))
            break;
        place(run, h, i, h->jobs[child]);
        i = child;
    }
    place(run, h, i, j);
}

static void remove_at(struct sim_run *run, struct sim_host *h, uint32_t i)
{
    struct sim_job last = h->jobs[--h->count];
    if (i == h->count)
        return;
    if (i > 0 && before(last, h->jobs[(i - 1) / 2]))
        sift_up(run, h, i, last);
    else
        sift_down(run, h, i, last);
}

static __attribute__((noinline)) void rebase(struct sim_host *h)
{
    for (uint32_t i = 0; i < h->count; i++)
        h->jobs[i].finish -= h->virtual;
    h->virtual = 0;
}

// Of a host with more tasks than cores: virtual time of all of them together, 2^-20 ns, in a ns.
static uint64_t rate_of(const struct sim_host *h)
{
    return (uint64_t)h->cores * h->switching * h->speed >> (32 - FRACTION);
}

// What each of more tasks than go on at full speed gets of so much time.
static __attribute__((noinline)) void share(struct sim_host *h, uint64_t d)
{
    if (h->count <= h->cores) {
        h->virtual += d * h->speed << (FRACTION - 16);
        return;
    }
    wide grown = (wide)d * rate_of(h) + h->rest;
    h->virtual += (uint64_t)(grown / h->count);
    h->rest = (uint64_t)(grown % h->count);
}

// Brings the virtual time up to now.
SIM_INLINE void advance(struct sim_run *run, struct sim_host *h)
{
    uint64_t d = (uint64_t)(run->now - h->last);
    h->last = run->now;
    if (h->count == 0 || d == 0)
        return;
    if (h->count <= h->full)
        h->virtual += d << FRACTION;
    else
        share(h, d);
    if (h->virtual > FAR)
        rebase(h);
}

// How long they take for so much of virtual time.
static __attribute__((noinline)) sim_time time_shared(const struct sim_host *h,
                                                      uint64_t left)
{
    bool is_shared = h->count > h->cores;
    wide needed = (wide)left * (is_shared ? h->count : 1);
    wide rate = is_shared ? rate_of(h) : (uint64_t)h->speed << (FRACTION - 16);
    return (sim_time)((needed + rate - 1) / rate);
}

// When the first of the jobs will be done, if nothing changes before.
SIM_INLINE sim_time next_finish(const struct sim_run *run, const struct sim_host *h)
{
    uint64_t finish = h->jobs[0].finish;
    uint64_t left = finish > h->virtual ? finish - h->virtual : 0;
    if (h->count > h->full)
        return run->now + time_shared(h, left);
    return run->now + (sim_time)((left + (1u << FRACTION) - 1) >> FRACTION);
}

// Tells the heap. While jobs are being finished that is left to the end.
SIM_INLINE void expect(struct sim_run *run, struct sim_host *h)
{
    if (h->is_finishing)
        return;
    uint32_t timer = run->host_timers + (uint32_t)(h - run->hosts);
    if (h->count == 0)
        sim_heap_cancel(&run->heap, timer);
    else
        sim_heap_arm(&run->heap, timer, next_finish(run, h));
}

static __attribute__((noinline)) bool grow(struct sim_run *run, struct sim_host *h)
{
    uint32_t room = h->room ? h->room * 2 : 16;
    struct sim_job *jobs = realloc(h->jobs, room * sizeof *jobs);
    if (!jobs) {
        sim_run_stop(run, "the machine has no memory left for runnable tasks");
        return false;
    }
    sim_run_take(run, (room - h->room) * sizeof *jobs);
    h->jobs = jobs;
    h->room = room;
    h->longest = SIM_WORK_MAX;
    return true;
}

SIM_INLINE struct sim_job job_of(struct sim_host *h, uint32_t t, int64_t work)
{
    return (struct sim_job){ h->virtual + ((uint64_t)work << FRACTION),
                             h->order++ << SIM_TIMER_BITS | t };
}

// Its virtual time would come round.
static int64_t not_too_long(struct sim_run *run, int64_t work)
{
    if (work <= SIM_WORK_MAX)
        return work;
    sim_run_stop(run, "a step of more than two hours of work on a core: make it several");
    return SIM_WORK_MAX;
}

static __attribute__((noinline)) void add_beside(struct sim_run *run, struct sim_host *h,
                                                 uint32_t t, int64_t work)
{
    if (h->count == h->room && !grow(run, h))
        return;
    work = not_too_long(run, work);
    advance(run, h);
    run->work[t] = work;
    sift_up(run, h, h->count++, job_of(h, t, work));
    // At full speed a later finish changes nothing for the first.
    if (run->tasks[t].slot == 0 || h->count > h->full)
        expect(run, h);
}

// With nobody beside it the job is the first, and virtual time begins anew with it. Only the very
// first finds no room: none is short enough for it then.
void sim_host_add(struct sim_run *run, uint32_t t, int64_t work)
{
    struct sim_host *h = &run->hosts[sim_station_of(run, t)->host];
    if (h->count > 0 || work > h->longest) {
        add_beside(run, h, t, work);
        return;
    }
    h->last = run->now;
    h->virtual = h->rest = 0;
    h->jobs[0] = job_of(h, t, work);
    h->count = 1;
    run->tasks[t].slot = 0;
    run->work[t] = work;
    expect(run, h);
}

// What the task has had is charged to its work, the rest of the time to waiting for a core.
SIM_INLINE void charge_run(struct sim_run *run, uint32_t t, int64_t had)
{
    sim_time elapsed = run->now - run->tasks[t].mark;
    sim_time ran = had < elapsed ? had : elapsed;
    sim_task_charge_as(run, t, run->tasks[t].cause, ran);
    sim_task_charge_as(run, t, SIM_IN_CORE, elapsed - ran);
}

void sim_host_remove(struct sim_run *run, uint32_t t)
{
    struct sim_host *h = &run->hosts[sim_station_of(run, t)->host];
    advance(run, h);
    uint32_t i = run->tasks[t].slot;
    uint64_t finish = h->jobs[i].finish;
    uint64_t left = finish > h->virtual ? finish - h->virtual : 0;
    int64_t left_ns = (int64_t)((left + (1u << FRACTION) - 1) >> FRACTION);
    charge_run(run, t, run->work[t] - left_ns);
    run->work[t] = left_ns;
    remove_at(run, h, i);
    expect(run, h);
}

void sim_host_speed(struct sim_run *run, uint32_t host, uint32_t speed)
{
    struct sim_host *h = &run->hosts[host];
    advance(run, h);
    h->speed = speed;
    h->full = speed == SIM_FULL_SPEED ? h->cores : 0;
    expect(run, h);
}

void sim_host_due(struct sim_run *run, uint32_t host)
{
    struct sim_host *h = &run->hosts[host];
    advance(run, h);
    h->is_finishing = true;
    while (h->count > 0 && h->jobs[0].finish <= h->virtual) {
        uint32_t t = task_of(h->jobs[0]);
        remove_at(run, h, 0);
        charge_run(run, t, run->work[t]);
        run->tasks[t].state = SIM_READY;
        sim_step_answer(run, t, SIM_OK, 0);
    }
    h->is_finishing = false;
    if (h->count == 0)
        sim_heap_drop(&run->heap);
    else
        sim_heap_delay(&run->heap, next_finish(run, h));
}
