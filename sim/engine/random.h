#ifndef SIM_ENGINE_RANDOM_H
#define SIM_ENGINE_RANDOM_H

// Named streams of random numbers. Every entity has one stream for each purpose, derived
// from (seed, entity, purpose), so that adding a service or turning a knob elsewhere leaves
// an entity's own draws as they were: two variants of a scenario meet the same arrivals.
//
// Each stream is a xoshiro256++ generator (D. Blackman and S. Vigna, Scrambled linear
// pseudorandom number generators, ACM TOMS 47, 2021): 32 bytes, about 1 ns a number, period
// 2^256 - 1. A stream starts where a 64-bit mix of seed and names puts it: among ten
// thousand streams two are the same with a probability of 3 in 10^12.
//
// A stream is a plain value: copying it copies its future. Keep its address out of anything
// that is not inlined. Once the address of the live state escapes, the state lives in
// memory in place of registers, which doubles the price of a draw.

#include <stdbool.h>
#include <stdint.h>

#include "sim/engine/wide.h"

struct sim_random {
    uint64_t s[4]; // never all zero
};

// A 64-bit hash of a zero-terminated name: FNV-1a, then a finalizer, because FNV alone
// leaves the high bits of short names alike. The same on every machine and for ever.
uint64_t sim_hash_name(const char *name);

// Starts the stream of that name. The names are read, not kept; neither may be NULL.
void sim_random_init(struct sim_random *r, uint64_t seed, const char *entity,
                     const char *purpose);

// The finalizer of SplitMix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014; constants of
// D. Stafford's variant 13): a bijection in which each input bit moves half of the output.
static inline uint64_t sim_random_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static inline uint64_t sim_random_rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

// The next 64 random bits.
static inline uint64_t sim_random_next(struct sim_random *r)
{
    uint64_t s0 = r->s[0], s1 = r->s[1], s2 = r->s[2], s3 = r->s[3];
    uint64_t out = sim_random_rotl(s0 + s3, 23) + s0;
    uint64_t t = s1 << 17;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = sim_random_rotl(s3, 45);
    r->s[0] = s0;
    r->s[1] = s1;
    r->s[2] = s2;
    r->s[3] = s3;
    return out;
}

// 64 random bits as a number strictly between 0 and 1: the middle of one of 2^52 equal
// cells, so that neither end occurs, u and 1 - u are equally likely and 1 - u is exact.
static inline double sim_random_to_unit(uint64_t bits)
{
    return ((double)(int64_t)(bits >> 12) + 0.5) * 0x1p-52;
}

static inline double sim_random_unit(struct sim_random *r)
{
    return sim_random_to_unit(sim_random_next(r));
}

// A whole number from 0 to n - 1, each exactly as likely; n >= 1. Takes one number of the
// stream, rarely more (D. Lemire, Fast random integer generation in an interval, ACM TOMACS
// 29, 2019: the high half of a product; low halves that would favour some results are
// refused, one in 2^64 / n).
static inline uint64_t sim_random_below(struct sim_random *r, uint64_t n)
{
    sim_wide product = (sim_wide)sim_random_next(r) * n;
    if ((uint64_t)product < n) {
        uint64_t refused = (0 - n) % n;
        while ((uint64_t)product < refused)
            product = (sim_wide)sim_random_next(r) * n;
    }
    return (uint64_t)(product >> 64);
}

// True with probability p; p <= 0 never, p >= 1 always. Takes one number of the stream
// whatever p is, so that turning a probability leaves later draws in step.
static inline bool sim_random_chance(struct sim_random *r, double p)
{
    return sim_random_unit(r) < p;
}

#endif
