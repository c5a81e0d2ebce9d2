#include "sim/policy/hash_ring.h"

#include <math.h>
#include <stdlib.h>

#include "sim/engine/random.h"

uint32_t sim_hash_ring_points_of(double weight, double weights, uint32_t least)
{
    double n = ceil(least * weight / weights);
    return n < 1 ? 1 : (uint32_t)n;
}

uint64_t sim_hash_ring_place(uint32_t host, uint32_t point)
{
    return sim_random_mix(sim_random_mix(host + 1u) + point);
}

static int compare(const void *a, const void *b)
{
    const struct sim_hash_ring_point *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->host > y->host) - (x->host < y->host);
}

void sim_hash_ring_init(struct sim_hash_ring *r, struct sim_hash_ring_point *points,
                        uint32_t count)
{
    qsort(points, count, sizeof *points, compare);
    *r = (struct sim_hash_ring){ points, count };
}

uint32_t sim_hash_ring_find(const struct sim_hash_ring *r, uint64_t key_hash)
{
    uint32_t low = 0, high = r->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (r->points[middle].hash < key_hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->count ? low : 0;
}
