#ifndef SIM_ENGINE_DIGEST_H
#define SIM_ENGINE_DIGEST_H

// A 64-bit fingerprint of a sequence of whole numbers, in order: two runs that did the same
// have the same one. Both steps of adding a number are bijections, of the state for a given
// number and of the number for a given state, so two sequences that differ in one number
// only never agree; unrelated ones agree with probability 2^-64. No protection against
// somebody who wants a collision.
//
// Add whole numbers only, never the bits of a floating-point result. Adding costs about a
// nanosecond: two multiplications, of which only one waits for the number before.

#include <stdint.h>

struct sim_digest {
    uint64_t a;
};

static inline void sim_digest_init(struct sim_digest *d)
{
    d->a = 0x243f6a8885a308d3u; // the first 64 bits of pi's fraction; any but 0 would do
}

static inline void sim_digest_add(struct sim_digest *d, uint64_t x)
{
    x *= 0x9e3779b97f4a7c15u;
    x ^= x >> 32;
    // The rotation makes the order count, the constant lets a run of zeros count.
    uint64_t a = (d->a << 27) | (d->a >> 37);
    d->a = (a ^ x) * 0xd1342543de82ef95u + 0x13198a2e03707345u;
}

// The fingerprint so far. A last mix spreads the numbers added most recently over all bits.
static inline uint64_t sim_digest_value(const struct sim_digest *d)
{
    uint64_t x = d->a;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

// Writes value as 16 lower-case hexadecimal digits and a terminating zero.
static inline void sim_digest_hex(uint64_t value, char text[17])
{
    for (int i = 15; i >= 0; i--, value >>= 4)
        text[i] = "0123456789abcdef"[value & 15];
    text[16] = '\0';
}

#endif
