#include "labs/balance/ring.h"

#include <math.h>
#include <stdlib.h>

// The finisher of MurmurHash3, over both numbers.
static uint64_t mixture(uint32_t host, uint32_t n)
{
    uint64_t x = ((uint64_t)host + 1) << 32 | n;
    x = (x ^ x >> 33) * 0xff51afd7ed558ccd;
    x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53;
    return x ^ x >> 33;
}

// Points that fall together stand in the order of their hosts, so that every balancer has the
// same ring.
static int compare(const void *a, const void *b)
{
    const struct lab_ring_point *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->host < y->host ? -1 : x->host > y->host;
}

static uint32_t points_of(double weight, double total, uint32_t least_points)
{
    return (uint32_t)fmax(ceil(weight / total * least_points), 1);
}

bool lab_ring_init(struct lab_ring *r, const double *weights, uint32_t hosts,
                   uint32_t least_points, lab_ring_hash hash)
{
    double total = 0;
    *r = (struct lab_ring){ .hosts = hosts };
    for (uint32_t i = 0; i < hosts; i++)
        total += weights[i];
    r->points = malloc(((size_t)least_points + hosts) * sizeof *r->points);
    if (!r->points)
        return false;
    for (uint32_t i = 0; i < hosts; i++)
        for (uint32_t n = 0; n < points_of(weights[i], total, least_points); n++)
            r->points[r->count++] =
                (struct lab_ring_point){ hash ? hash(i, n) : mixture(i, n), i };
    qsort(r->points, r->count, sizeof *r->points, compare);
    return true;
}

void lab_ring_fini(struct lab_ring *r)
{
    free(r->points);
}

// The first point that is not before the hash; the first of all when there is none.
static uint32_t place(const struct lab_ring *r, uint64_t key_hash)
{
    uint32_t from = 0, to = r->count;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (r->points[middle].hash < key_hash)
            from = middle + 1;
        else
            to = middle;
    }
    return from == r->count ? 0 : from;
}

uint32_t lab_ring_find(const struct lab_ring *r, uint64_t key_hash)
{
    return r->count > 0 ? r->points[place(r, key_hash)].host : LAB_RING_NOBODY;
}

// DOC(balance-bounded) One key that everybody asks for would go to one host. What is too much for it
// goes to the next point, where another look finds it again.
uint32_t lab_ring_find_bounded(const struct lab_ring *r, uint64_t key_hash,
                               const uint32_t *under_way, double factor)
{
    double all = 1;
    if (r->count == 0)
        return LAB_RING_NOBODY;
    for (uint32_t i = 0; i < r->hosts; i++)
        all += under_way[i];
    double most = ceil(factor * all / r->hosts);
    uint32_t at = place(r, key_hash);
    for (uint32_t passed = 0; passed < r->count; passed++, at = (at + 1) % r->count)
        if (under_way[r->points[at].host] < most)
            break;
    return r->points[at].host;
}
