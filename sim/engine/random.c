#include "sim/engine/random.h"

uint64_t sim_hash_name(const char *name)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (const unsigned char *c = (const unsigned char *)name; *c; c++)
        h = (h ^ *c) * 0x100000001b3u;
    return sim_random_mix(h);
}

void sim_random_init(struct sim_random *r, uint64_t seed, const char *entity,
                     const char *purpose)
{
    // An odd step, the golden ratio in 64 bits: it keeps equal names from cancelling.
    const uint64_t step = 0x9e3779b97f4a7c15u;
    uint64_t x = sim_random_mix(seed + step);
    x = sim_random_mix((x ^ sim_hash_name(entity)) + step);
    x = sim_random_mix((x ^ sim_hash_name(purpose)) + step);
    // Four successive outputs of a bijection on distinct inputs: at most one can be 0.
    for (int i = 0; i < 4; i++)
        r->s[i] = sim_random_mix(x += step);
}
