#define _POSIX_C_SOURCE 200809L
#include "labs/kit/policies/crowd.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

#include "labs/kit/draws.h"

#define S ((int64_t)1000000000)

struct user {
    pthread_t thread;
    const struct lab_crowd *crowd;
    uint64_t draws;
    int64_t begun_ns; // of the batch
    struct lab_crowd_sums sums;
};

int64_t lab_crowd_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * S + t.tv_nsec;
}

void lab_crowd_sleep_until(int64_t at_ns)
{
    const struct timespec end = { .tv_sec = at_ns / S, .tv_nsec = at_ns % S };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
        continue;
}

static int64_t thinking_ns(struct user *u)
{
    double x = (double)((lab_draw(&u->draws) >> 11) + 1) / 9007199254740992.0;
    return (int64_t)(-log(x) * (double)u->crowd->think_ns);
}

static void *live(void *arg)
{
    struct user *u = arg;
    const struct lab_crowd *crowd = u->crowd;
    int64_t end = u->begun_ns + crowd->lasts_ns;
    int64_t due = u->begun_ns + thinking_ns(u);
    prctl(PR_SET_TIMERSLACK, 1UL); // or it thinks longer than it means to
    while (due < end) {
        lab_crowd_sleep_until(due);
        struct lab_crowd_call c = { .draws = &u->draws, .begun_ns = lab_crowd_now() };
        c.answered_ns = -1;
        crowd->call(crowd->ctx, &c);
        if (c.answered_ns < 0)
            c.answered_ns = lab_crowd_now();
        if (c.begun_ns >= crowd->counts_ns) {
            u->sums.calls++;
            for (uint32_t i = 0; i < LAB_CROWD_SUMS; i++)
                u->sums.of[i] += c.says[i];
        }
        due = c.answered_ns + thinking_ns(u);
    }
    return NULL;
}

static void add(struct lab_crowd_sums *to, const struct lab_crowd_sums *from)
{
    to->calls += from->calls;
    for (uint32_t i = 0; i < LAB_CROWD_SUMS; i++)
        to->of[i] += from->of[i];
}

bool lab_crowd_play(struct lab_crowd *crowd, struct lab_crowd_sums *out)
{
    struct user *users = calloc(crowd->users, sizeof *users);
    int64_t begun = lab_crowd_now();
    uint32_t n = 0;
    *out = (struct lab_crowd_sums){ 0 };
    crowd->counts_ns = begun + crowd->warmup_ns;
    for (; users && n < crowd->users; n++) {
        users[n].crowd = crowd;
        users[n].draws = lab_draw(&crowd->draws);
        users[n].begun_ns = begun;
        if (pthread_create(&users[n].thread, NULL, live, &users[n]) != 0)
            break;
    }
    for (uint32_t i = 0; i < n; i++) {
        pthread_join(users[i].thread, NULL);
        add(out, &users[i].sums);
    }
    free(users);
    return n == crowd->users && out->calls > 0;
}
