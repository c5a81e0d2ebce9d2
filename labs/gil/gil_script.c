#include "labs/gil/gil_script.h"

#include <assert.h>

struct seat {
    pthread_t thread;
    pthread_cond_t turn;
    pthread_cond_t *on; // the condition slept on, null when not in a wait
    int64_t due;        // LAB_GIL_FOREVER: not by itself
    bool is_step;       // runs on, rather than wakes
    bool is_woken;
    uint64_t seq; // of the last stop
    struct play *play;
    struct lab_gil_thread t;
};

#define NOBODY UINT32_MAX

struct play {
    const struct lab_gil_script *script;
    struct lab_gil gil;
    struct lab_gil_event *out;
    uint32_t cap;
    int64_t seen;
    uint32_t stop_after; // threads that play: fewer than the script's when one failed

    // Guarded by mutex, and written only by the thread whose turn it is.
    pthread_mutex_t mutex;
    int64_t clock;
    uint64_t seq;
    uint32_t running;
    struct seat seats[LAB_GIL_SCRIPT_THREADS];
};

static bool seat_before(const struct seat *x, const struct seat *y)
{
    if (x->due != y->due)
        return x->due < y->due;
    if (x->is_step != y->is_step)
        return y->is_step;
    return x->seq < y->seq;
}

// Passes the turn to whoever is due next; to nobody when all have ended.
static void pass_turn(struct play *p)
{
    const struct seat *next = &p->seats[0];
    for (uint32_t i = 1; i < p->script->count; i++)
        if (seat_before(&p->seats[i], next))
            next = &p->seats[i];
    if (next->due == LAB_GIL_FOREVER) {
        p->running = NOBODY;
        return;
    }
    p->running = (uint32_t)(next - p->seats);
    p->clock = next->due;
    pthread_cond_signal(&p->seats[p->running].turn);
}

static bool is_my_turn(const struct play *p, uint32_t id)
{
    return p->running == id;
}

static void await_turn(struct play *p, uint32_t id)
{
    while (!is_my_turn(p, id))
        pthread_cond_wait(&p->seats[id].turn, &p->mutex);
    p->seats[id].due = LAB_GIL_FOREVER;
}

static void stop_until(struct play *p, uint32_t id, int64_t due, bool is_step)
{
    p->seats[id].due = due;
    p->seats[id].is_step = is_step;
    p->seats[id].seq = ++p->seq;
    pass_turn(p);
    await_turn(p, id);
}

static int64_t play_now(void *ctx)
{
    return ((struct play *)ctx)->clock;
}

// The lock's mutex is let go before the turn is passed on: whoever runs finds it free.
static bool play_wait(void *ctx, uint32_t id, pthread_mutex_t *mutex, pthread_cond_t *cond,
                      int64_t deadline_ns)
{
    struct play *p = ctx;
    struct seat *me = &p->seats[id];
    bool has_end = deadline_ns != LAB_GIL_FOREVER;
    pthread_mutex_unlock(mutex);
    pthread_mutex_lock(&p->mutex);
    me->on = cond;
    me->is_woken = false;
    stop_until(p, id, has_end ? deadline_ns + p->script->slack_ns : deadline_ns, false);
    me->on = NULL;
    bool is_woken = me->is_woken;
    pthread_mutex_unlock(&p->mutex);
    pthread_mutex_lock(mutex);
    return is_woken;
}

static void play_wake(void *ctx, pthread_cond_t *cond)
{
    struct play *p = ctx;
    struct seat *first = NULL;
    pthread_mutex_lock(&p->mutex);
    for (uint32_t i = 0; i < p->script->count; i++) {
        struct seat *s = &p->seats[i];
        if (s->on == cond && !s->is_woken && (!first || s->seq < first->seq))
            first = s;
    }
    if (first) {
        bool is_waiter = cond == &p->gil.released;
        first->is_woken = true;
        first->due = p->clock + (is_waiter ? p->script->wake_ns : p->script->resume_ns);
    }
    pthread_mutex_unlock(&p->mutex);
}

static void play_burn(void *ctx, uint32_t id, int64_t ns)
{
    struct play *p = ctx;
    pthread_mutex_lock(&p->mutex);
    stop_until(p, id, p->clock + ns, true);
    pthread_mutex_unlock(&p->mutex);
}

static void play_sleep(void *ctx, uint32_t id, int64_t ns)
{
    struct play *p = ctx;
    pthread_mutex_lock(&p->mutex);
    stop_until(p, id, p->clock + ns, false);
    pthread_mutex_unlock(&p->mutex);
}

static void play_saw(void *ctx, const struct lab_gil_event *what)
{
    struct play *p = ctx;
    if (p->seen < p->cap)
        p->out[p->seen] = *what;
    p->seen++;
}

static void *thread_main(void *seat)
{
    struct seat *me = seat;
    struct play *p = me->play;
    const struct lab_gil_part *part = &p->script->parts[me->t.id];
    pthread_mutex_lock(&p->mutex);
    await_turn(p, me->t.id);
    pthread_mutex_unlock(&p->mutex);
    if (p->stop_after == p->script->count)
        lab_gil_work(&p->gil, &me->t, part->acts, part->count, p->script->step_ns);
    pthread_mutex_lock(&p->mutex);
    pass_turn(p);
    pthread_mutex_unlock(&p->mutex);
    return NULL;
}

static void seat_all(struct play *p)
{
    for (uint32_t i = 0; i < p->script->count; i++) {
        struct seat *s = &p->seats[i];
        *s = (struct seat){ .play = p,
                            .due = p->script->parts[i].start_ns,
                            .seq = ++p->seq };
        lab_gil_thread_init(&s->t, i);
        pthread_cond_init(&s->turn, NULL);
    }
}

// When a thread could not be had, those that were begun take their turns and do nothing.
static bool run_threads(struct play *p)
{
    uint32_t n = 0;
    pthread_mutex_lock(&p->mutex);
    while (n < p->script->count &&
           pthread_create(&p->seats[n].thread, NULL, thread_main, &p->seats[n]) == 0)
        n++;
    p->stop_after = n;
    for (uint32_t i = n; i < p->script->count; i++)
        p->seats[i].due = LAB_GIL_FOREVER;
    pass_turn(p);
    pthread_mutex_unlock(&p->mutex);
    for (uint32_t i = 0; i < n; i++)
        pthread_join(p->seats[i].thread, NULL);
    return n == p->script->count;
}

int64_t lab_gil_script_play(const struct lab_gil_script *script, struct lab_gil_event *out,
                            uint32_t cap)
{
    struct play p = { .script = script, .out = out, .cap = cap, .running = NOBODY };
    const struct lab_gil_env env = { &p,        play_now,   play_wait, play_wake,
                                     play_burn, play_sleep, play_saw };
    assert(script->count > 0 && script->count <= LAB_GIL_SCRIPT_THREADS);
    if (!lab_gil_init(&p.gil, script->interval_ns, env))
        return -1;
    pthread_mutex_init(&p.mutex, NULL);
    seat_all(&p);
    bool is_played = run_threads(&p);
    for (uint32_t i = 0; i < script->count; i++)
        pthread_cond_destroy(&p.seats[i].turn);
    pthread_mutex_destroy(&p.mutex);
    lab_gil_fini(&p.gil);
    return is_played ? p.seen : -1;
}
