#include "labs/thread_pool/thread_pool_script.h"

#include <assert.h>
#include <stdlib.h>

#include "labs/thread_pool/thread_pool_stage.h"

struct job {
    struct play *play;
    int64_t ns;
    struct lab_thread_pool_call call;
    bool is_submitted;
};

struct part {
    struct play *play;
    const struct lab_thread_pool_client *client;
};

// But for the stage, all of it is written by the thread that has the turn.
struct play {
    const struct lab_thread_pool_script *script;
    struct lab_thread_pool pool;
    struct lab_thread_pool_stage stage;
    struct lab_thread_pool_event *out;
    uint32_t cap;
    int64_t seen;
    struct job *jobs;
    struct part parts[LAB_THREAD_POOL_SCRIPT_SEATS];
    uint32_t clients_left;
    bool is_closed, has_failed;
};

// ---- The pool's time and threads ----

static int64_t play_now(void *ctx)
{
    return ((struct play *)ctx)->stage.clock;
}

static void play_wait(void *ctx, pthread_mutex_t *mutex, pthread_cond_t *cond)
{
    lab_thread_pool_stage_wait(&((struct play *)ctx)->stage, mutex, cond);
}

static void play_wake(void *ctx, pthread_cond_t *cond)
{
    lab_thread_pool_stage_wake(&((struct play *)ctx)->stage, cond);
}

static bool play_begin(void *ctx, pthread_t *thread, void *(*main)(void *arg), void *arg)
{
    struct play *p = ctx;
    struct lab_thread_pool_seat *seat = lab_thread_pool_stage_seat(
        &p->stage, p->stage.clock + p->script->start_ns, p->script->wake_ns, main, arg);
    if (seat)
        *thread = seat->thread;
    p->has_failed |= !seat;
    return seat;
}

static void play_saw(void *ctx, const struct lab_thread_pool_event *what)
{
    struct play *p = ctx;
    if (p->seen < p->cap)
        p->out[p->seen] = *what;
    p->seen++;
}

static void job_run(void *job)
{
    struct job *j = job;
    lab_thread_pool_stage_until(&j->play->stage, j->play->stage.clock + j->ns);
}

// ---- Clients ----

static void close_once(struct play *p, enum lab_thread_pool_rest rest)
{
    if (p->is_closed)
        return;
    p->is_closed = true;
    lab_thread_pool_close(&p->pool, rest);
}

static void act(struct play *p, const struct lab_thread_pool_act *a)
{
    struct job *j = &p->jobs[a->call];
    switch (a->kind) {
    case LAB_THREAD_POOL_DO_SUBMIT:
        j->is_submitted =
            lab_thread_pool_submit(&p->pool, &j->call) == LAB_THREAD_POOL_ACCEPTED;
        break;
    case LAB_THREAD_POOL_DO_CANCEL:
        if (j->is_submitted)
            lab_thread_pool_cancel(&p->pool, &j->call);
        break;
    case LAB_THREAD_POOL_DO_DRAIN:
        close_once(p, LAB_THREAD_POOL_DRAIN);
        break;
    case LAB_THREAD_POOL_DO_ABANDON:
        close_once(p, LAB_THREAD_POOL_CANCEL);
        break;
    }
}

static void *client_main(void *part)
{
    struct play *p = ((struct part *)part)->play;
    const struct lab_thread_pool_client *client = ((struct part *)part)->client;
    for (uint32_t i = 0; i < client->count && !p->has_failed; i++) {
        if (client->acts[i].at_ns > p->stage.clock)
            lab_thread_pool_stage_until(&p->stage, client->acts[i].at_ns);
        act(p, &client->acts[i]);
    }
    if (--p->clients_left == 0)
        close_once(p, LAB_THREAD_POOL_DRAIN);
    return NULL;
}

// When one cannot be had, those that were begun take their turns and do nothing.
static void run_clients(struct play *p)
{
    uint32_t n = 0;
    for (; n < p->script->client_count; n++) {
        const struct lab_thread_pool_client *client = &p->script->clients[n];
        int64_t due = client->count > 0 ? client->acts[0].at_ns : 0;
        p->parts[n] = (struct part){ p, client };
        if (!lab_thread_pool_stage_seat(&p->stage, due, p->script->resume_ns, client_main,
                                        &p->parts[n]))
            break;
    }
    p->clients_left = n;
    p->has_failed = n < p->script->client_count;
    lab_thread_pool_stage_raise(&p->stage);
    for (uint32_t i = 0; i < n; i++)
        pthread_join(p->stage.seats[i].thread, NULL);
    close_once(p, LAB_THREAD_POOL_CANCEL);
}

static bool play_with(struct play *p)
{
    const struct lab_thread_pool_def def = { p->script->max_workers,
                                             p->script->capacity,
                                             p->script->hands_over,
                                             { p, play_now, play_wait, play_wake,
                                               play_begin, play_saw } };
    for (uint32_t i = 0; i < p->script->calls; i++)
        p->jobs[i] =
            (struct job){ .play = p,
                          .ns = p->script->work_ns[i],
                          .call = { .run = job_run, .arg = &p->jobs[i], .id = i } };
    if (!lab_thread_pool_init(&p->pool, &def))
        return false;
    run_clients(p);
    lab_thread_pool_fini(&p->pool);
    return !p->has_failed;
}

int64_t lab_thread_pool_script_play(const struct lab_thread_pool_script *script,
                                    struct lab_thread_pool_event *out, uint32_t cap)
{
    struct play p = { .script = script, .out = out, .cap = cap };
    assert(script->client_count + script->max_workers <= LAB_THREAD_POOL_SCRIPT_SEATS);
    p.jobs = calloc(script->calls + 1, sizeof *p.jobs);
    bool is_played = false;
    if (p.jobs && lab_thread_pool_stage_init(&p.stage)) {
        is_played = play_with(&p);
        lab_thread_pool_stage_fini(&p.stage);
    }
    free(p.jobs);
    return is_played ? p.seen : -1;
}
