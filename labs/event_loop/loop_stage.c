#define _POSIX_C_SOURCE 200809L
#include "labs/event_loop/loop_stage.h"

#include <assert.h>

#define NEVER INT64_MAX

bool lab_loop_stage_init(struct lab_loop_stage *s)
{
    s->clock = 0;
    s->seq = 0;
    s->running = NULL;
    s->seated = 0;
    if (pthread_key_create(&s->me, NULL) != 0)
        return false;
    pthread_mutex_init(&s->mutex, NULL);
    return true;
}

void lab_loop_stage_fini(struct lab_loop_stage *s)
{
    for (uint32_t i = 0; i < s->seated; i++)
        pthread_cond_destroy(&s->seats[i].turn);
    pthread_mutex_destroy(&s->mutex);
    pthread_key_delete(s->me);
}

// ---- Whose turn it is; the mutex is held ----

static bool seat_before(const struct lab_loop_seat *x, const struct lab_loop_seat *y)
{
    return x->due != y->due ? x->due < y->due : x->seq < y->seq;
}

static void arrange(struct lab_loop_stage *s, struct lab_loop_seat *seat, int64_t due)
{
    seat->due = due;
    seat->seq = ++s->seq;
}

static void pass_turn(struct lab_loop_stage *s)
{
    struct lab_loop_seat *next = NULL;
    for (uint32_t i = 0; i < s->seated; i++)
        if (s->seats[i].due != NEVER && (!next || seat_before(&s->seats[i], next)))
            next = &s->seats[i];
    s->running = next;
    if (!next)
        return;
    s->clock = next->due;
    pthread_cond_signal(&next->turn);
}

static void await_turn(struct lab_loop_stage *s, struct lab_loop_seat *me)
{
    while (s->running != me)
        pthread_cond_wait(&me->turn, &s->mutex);
    me->due = NEVER;
}

// ---- Threads ----

static void *seat_main(void *seat)
{
    struct lab_loop_seat *me = seat;
    struct lab_loop_stage *s = me->stage;
    pthread_setspecific(s->me, me);
    pthread_mutex_lock(&s->mutex);
    await_turn(s, me);
    pthread_mutex_unlock(&s->mutex);
    me->main(me->arg);
    lab_loop_stage_raise(s);
    return NULL;
}

struct lab_loop_seat *lab_loop_stage_seat(struct lab_loop_stage *s, int64_t due,
                                          int64_t wake_ns, void *(*main)(void *arg),
                                          void *arg)
{
    assert(s->seated < LAB_LOOP_STAGE_SEATS);
    pthread_mutex_lock(&s->mutex);
    struct lab_loop_seat *seat = &s->seats[s->seated];
    *seat =
        (struct lab_loop_seat){ .stage = s, .main = main, .arg = arg, .wake_ns = wake_ns };
    pthread_cond_init(&seat->turn, NULL);
    arrange(s, seat, due);
    bool is_begun = pthread_create(&seat->thread, NULL, seat_main, seat) == 0;
    if (is_begun)
        s->seated++;
    else
        pthread_cond_destroy(&seat->turn);
    pthread_mutex_unlock(&s->mutex);
    return is_begun ? seat : NULL;
}

void lab_loop_stage_raise(struct lab_loop_stage *s)
{
    pthread_mutex_lock(&s->mutex);
    pass_turn(s);
    pthread_mutex_unlock(&s->mutex);
}

// ---- What a thread does with its turn ----

static void stop_until(struct lab_loop_stage *s, int64_t due, pthread_cond_t *on)
{
    struct lab_loop_seat *me = pthread_getspecific(s->me);
    pthread_mutex_lock(&s->mutex);
    me->on = on;
    arrange(s, me, due);
    pass_turn(s);
    await_turn(s, me);
    me->on = NULL;
    pthread_mutex_unlock(&s->mutex);
}

void lab_loop_stage_until(struct lab_loop_stage *s, int64_t due)
{
    stop_until(s, due, NULL);
}

// The mutex is let go before the turn is passed on: whoever runs finds it free.
void lab_loop_stage_wait(struct lab_loop_stage *s, pthread_mutex_t *mutex,
                         pthread_cond_t *cond, int64_t due)
{
    if (mutex)
        pthread_mutex_unlock(mutex);
    stop_until(s, due, cond);
    if (mutex)
        pthread_mutex_lock(mutex);
}

static struct lab_loop_seat *longest_asleep(struct lab_loop_stage *s,
                                            const pthread_cond_t *cond)
{
    struct lab_loop_seat *first = NULL;
    for (uint32_t i = 0; i < s->seated; i++)
        if (s->seats[i].on == cond && (!first || s->seats[i].seq < first->seq))
            first = &s->seats[i];
    return first;
}

void lab_loop_stage_wake(struct lab_loop_stage *s, pthread_cond_t *cond)
{
    struct lab_loop_seat *seat;
    pthread_mutex_lock(&s->mutex);
    while ((seat = longest_asleep(s, cond))) {
        seat->on = NULL;
        arrange(s, seat, s->clock + seat->wake_ns);
    }
    pthread_mutex_unlock(&s->mutex);
}
