#include <stdlib.h>
#include <string.h>

#include "sim/world/inner.h"

// Links with a bandwidth. Each way of a link is a pipe that sends one message after the other, the
// first that sets out first: a message of so many bytes takes bytes/bandwidth, once those before it
// are through, and then what the link takes in any case. So small ones wait behind large ones, and
// where more sets out than gets through, the line before the pipe grows without end.
//
// A pipe is the instant at which all that has set out will be through. When its bandwidth becomes
// another, what has yet to get through of each message takes as much longer, or shorter.

// Messages are not to be under way for longer than that, about 30 years.
#define FAR ((sim_time)1000000000000000000)

static double bandwidth_of(const struct sim_edge *e, enum sim_link_way way)
{
    return e->ill.bandwidth[way] > 0 ? e->ill.bandwidth[way] : e->bandwidth;
}

double sim_pipe_declared(const struct sim_run *run, const char *from, const char *to)
{
    double any = 0;
    for (uint32_t i = 0; i < run->model->links.count; i++) {
        const struct sim_link_def *l = &run->model->links.at[i];
        if (l->bandwidth == 0 || strcmp(l->to, to) != 0)
            continue;
        if (strcmp(l->from, from) == 0)
            return l->bandwidth;
        if (l->from[0] == '\0')
            any = l->bandwidth;
    }
    return any;
}

// How long until it is through.
static sim_time send(struct sim_run *run, struct sim_edge *e, enum sim_link_way way,
                     uint32_t visit, double bytes)
{
    double bandwidth = bandwidth_of(e, way);
    if (bandwidth == 0 || !(bytes > 0))
        return 0;
    sim_time begin = e->through[way] > run->now ? e->through[way] : run->now;
    sim_time end = begin + sim_seconds(bytes / bandwidth);
    e->through[way] = end < FAR ? end : FAR;
    run->sizes[visit].through = e->through[way];
    return e->through[way] - run->now;
}

sim_time sim_pipe_request(struct sim_run *run, struct sim_edge *e, uint32_t t,
                          uint32_t visit, const struct sim_call_def *call)
{
    double bytes = SIM_USUAL_BYTES;
    if (bandwidth_of(e, SIM_WAY_THERE) == 0)
        return 0;
    if (call->bytes > 0)
        bytes = sim_value_now(run, call->bytes - 1, t, &e->network);
    return send(run, e, SIM_WAY_THERE, visit, bytes);
}

sim_time sim_pipe_reply(struct sim_run *run, struct sim_edge *e, uint32_t visit)
{
    double said = run->sizes[visit].reply;
    return send(run, e, SIM_WAY_BACK, visit, said > 0 ? said - 1 : SIM_USUAL_BYTES);
}

// The visit's answer is what the branch of it, or its call in a pool, says.
void sim_pipe_says(struct sim_run *run, uint32_t t, uint32_t value)
{
    uint32_t visit = t;
    const struct sim_station *s;
    while (run->tasks[visit].flags & SIM_IS_BRANCH && run->tasks[visit].parent != SIM_NONE)
        visit = run->tasks[visit].parent;
    s = sim_station_of(run, visit);
    if (s->is_client)
        return; // what it falls back on is sent to nobody
    double bytes = sim_value_now(run, value, t, &run->work_rng[s->entity]);
    run->says_sizes = run->frees_more = true;
    run->sizes[visit].reply = 1 + (bytes > 0 ? bytes : 0);
}

// ---- Another bandwidth ----

static sim_time rest(const struct sim_run *run, sim_time through, double factor)
{
    return run->now + sim_seconds((double)(through - run->now) / SIM_S * factor);
}

static void hurry(struct sim_run *run, uint32_t t, double factor)
{
    uint32_t timer = run->task_timers + t;
    sim_time through = run->sizes[t].through;
    if (through <= run->now)
        return;
    sim_time due = run->heap.at[run->heap.position[timer] - 1].due;
    run->sizes[t].through = rest(run, through, factor);
    sim_heap_arm(&run->heap, timer, run->sizes[t].through + (due - through));
}

// A message on its way, and where its timer stands.
struct under_way {
    struct sim_heap_entry entry;
    uint32_t task;
};

static int by_turn(const void *a, const void *b)
{
    const struct under_way *x = a, *y = b;
    if (x->entry.due != y->entry.due)
        return x->entry.due < y->entry.due ? -1 : 1;
    return x->entry.key < y->entry.key ? -1 : 1;
}

// In the order in which they would arrive, for with the end of a bandwidth all get through at one
// instant. Their slots are in any order, which a trace changes.
static void hurry_all(struct sim_run *run, uint32_t edge, uint8_t state, double factor)
{
    uint32_t n = 0;
    struct under_way *all = malloc((run->task_used + 1u) * sizeof *all);
    if (!all) {
        sim_run_stop(run, "the machine has no memory left for messages on their way");
        return;
    }
    for (uint32_t t = 0; t < run->task_used; t++) {
        uint32_t timer = run->task_timers + t;
        if (run->tasks[t].edge == edge && run->tasks[t].state == state &&
            sim_heap_armed(&run->heap, timer))
            all[n++] = (struct under_way){ run->heap.at[run->heap.position[timer] - 1], t };
    }
    qsort(all, n, sizeof *all, by_turn);
    for (uint32_t i = 0; i < n; i++)
        hurry(run, all[i].task, factor);
    free(all);
}

void sim_pipe_changed(struct sim_run *run, uint32_t edge, enum sim_link_way way,
                      double from)
{
    struct sim_edge *e = &run->edges[edge];
    double to = bandwidth_of(e, way);
    uint8_t state = way == SIM_WAY_THERE ? SIM_SENDING : SIM_ANSWERING;
    if (from == to || from == 0 || e->through[way] <= run->now)
        return;
    double factor = to > 0 ? from / to : 0;
    e->through[way] = rest(run, e->through[way], factor);
    hurry_all(run, edge, state, factor);
}

double sim_pipe_bandwidth(const struct sim_edge *e, enum sim_link_way way)
{
    return bandwidth_of(e, way);
}
