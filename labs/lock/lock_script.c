#include "labs/lock/lock_script.h"

#include <assert.h>

#include "labs/lock/lock_stage.h"

struct actor {
    struct play *play;
    const struct lab_lock_part *part;
    uint32_t id;
};

// But for the stage, all of it is written by the thread that has the turn.
struct play {
    const struct lab_lock_script *script;
    struct lab_lock lock;
    struct lab_lock_stage stage;
    struct lab_lock_event *out;
    uint32_t cap;
    int64_t seen;
    struct actor actors[LAB_LOCK_SCRIPT_THREADS];
    bool has_failed;
};

// ---- The lock's time ----

static int64_t play_now(void *ctx)
{
    return ((struct play *)ctx)->stage.clock;
}

static void play_wait(void *ctx, pthread_mutex_t *mutex, pthread_cond_t *cond,
                      int64_t deadline_ns)
{
    struct play *p = ctx;
    bool has_end = deadline_ns != LAB_LOCK_FOREVER;
    lab_lock_stage_wait(&p->stage, mutex, cond,
                        has_end ? deadline_ns + p->script->slack_ns : deadline_ns);
}

static void play_wake(void *ctx, pthread_cond_t *cond)
{
    lab_lock_stage_wake(&((struct play *)ctx)->stage, cond);
}

static void play_yield(void *ctx)
{
    struct play *p = ctx;
    lab_lock_stage_until(&p->stage, p->stage.clock + p->script->yield_ns);
}

static void play_saw(void *ctx, const struct lab_lock_event *what)
{
    struct play *p = ctx;
    if (p->seen < p->cap)
        p->out[p->seen] = *what;
    p->seen++;
}

// ---- Threads ----

static bool acquire(struct play *p, uint32_t thread, int64_t ns)
{
    if (ns == 0)
        return lab_lock_try(&p->lock, thread);
    return lab_lock_acquire(&p->lock, thread,
                            ns == LAB_LOCK_FOREVER ? ns : p->stage.clock + ns);
}

// Does an act; false when it was an acquire that failed.
static bool act(struct play *p, uint32_t thread, struct lab_lock_act a)
{
    switch (a.kind) {
    case LAB_LOCK_DO_ACQUIRE:
        return acquire(p, thread, a.ns);
    case LAB_LOCK_DO_PASS:
        lab_lock_stage_until(&p->stage, p->stage.clock + a.ns);
        break;
    case LAB_LOCK_DO_RELEASE:
        lab_lock_release(&p->lock, thread);
        break;
    }
    return true;
}

static void *actor_main(void *actor)
{
    struct actor *me = actor;
    const struct lab_lock_part *part = me->part;
    bool is_left_out = false;
    for (uint32_t i = 0; i < part->count && !me->play->has_failed; i++) {
        if (!is_left_out)
            is_left_out = !act(me->play, me->id, part->acts[i]);
        else if (part->acts[i].kind == LAB_LOCK_DO_RELEASE)
            is_left_out = false;
    }
    return NULL;
}

// When one cannot be had, those that were begun take their turns and do nothing.
static void run_threads(struct play *p)
{
    uint32_t n = 0;
    for (; n < p->script->count; n++) {
        const struct lab_lock_part *part = &p->script->parts[n];
        p->actors[n] = (struct actor){ p, part, n };
        if (!lab_lock_stage_seat(&p->stage, part->start_ns, p->script->wake_ns, actor_main,
                                 &p->actors[n]))
            break;
    }
    p->has_failed = n < p->script->count;
    lab_lock_stage_raise(&p->stage);
    for (uint32_t i = 0; i < n; i++)
        pthread_join(p->stage.seats[i].thread, NULL);
}

int64_t lab_lock_script_play(const struct lab_lock_script *script,
                             struct lab_lock_event *out, uint32_t cap)
{
    struct play p = { .script = script, .out = out, .cap = cap };
    const struct lab_lock_def def = { script->kind,
                                      script->spins,
                                      { &p, play_now, play_wait, play_wake, play_yield,
                                        play_saw } };
    assert(script->count > 0 && script->count <= LAB_LOCK_SCRIPT_THREADS);
    if (!lab_lock_init(&p.lock, &def))
        return -1;
    p.has_failed = !lab_lock_stage_init(&p.stage);
    if (!p.has_failed) {
        run_threads(&p);
        lab_lock_stage_fini(&p.stage);
    }
    lab_lock_fini(&p.lock);
    return p.has_failed ? -1 : p.seen;
}
