#ifndef TESTS_SUPPORT_STRESS_H
#define TESTS_SUPPORT_STRESS_H

// How long a randomised test goes on, and from which seed:
//
//   TEST                              its few rounds, always the same ones
//   TEST ROUNDS                       so many, as the slow tests do
//   TEST --minutes N [--seed N]       until the time is over; the seed is that of the day, and said
//
// A round that has begun is finished. Rounds draw from one seed after the other, so the same
// seed gives the same rounds. Where a program has several such tests, each gets a part of the time.

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct stress {
    uint32_t rounds;       // UINT32_MAX: until end_s
    double begin_s, end_s; // of the clock on the wall
    uint64_t seed;         // never 0
};

static inline double stress_now_s(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline struct stress stress_read(int argc, char **argv, uint32_t rounds)
{
    struct stress s = { rounds, 0, 0, 20110 };
    bool has_seed = false;
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "--minutes") == 0 && has_value) {
            s.rounds = UINT32_MAX;
            s.begin_s = stress_now_s();
            s.end_s = s.begin_s + 60 * strtod(argv[++i], NULL);
        } else if (strcmp(argv[i], "--seed") == 0 && has_value) {
            s.seed = strtoull(argv[++i], NULL, 10);
            has_seed = true;
        } else {
            s.rounds = (uint32_t)strtoul(argv[i], NULL, 10);
        }
    }
    if (s.end_s > 0 && !has_seed)
        s.seed = (uint64_t)time(NULL);
    s.seed += s.seed == 0;
    if (argc > 1) {
        printf("%s: seed %llu\n", argv[0], (unsigned long long)s.seed);
        fflush(stdout);
    }
    return s;
}

// What is left to test `number`, from 0, of so many that follow one another.
static inline struct stress stress_part(const struct stress *s, uint32_t number,
                                        uint32_t of)
{
    struct stress part = *s;
    part.end_s = s->begin_s + (s->end_s - s->begin_s) * (number + 1) / of;
    return part;
}

static inline bool stress_goes_on(const struct stress *s, uint32_t round)
{
    bool goes_on = s->rounds == UINT32_MAX ? stress_now_s() < s->end_s : round < s->rounds;
    if (!goes_on && s->end_s > 0)
        printf("%u rounds\n", round);
    return goes_on;
}

#endif
