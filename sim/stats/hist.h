#ifndef SIM_STATS_HIST_H
#define SIM_STATS_HIST_H

// Histogram of durations: whole nanoseconds from 0 to the last of 63 bits, in fixed memory,
// with a relative error of at most 1 in 256 (0.4 %) for any value read back. Values below
// 256 are exact. Each octave above is cut into 128 buckets of one width, and a bucket
// answers with its middle (the log-linear layout of Gil Tene's HdrHistogram).
//
// Recording is a handful of instructions without a loop. Count, sum, least and greatest
// value are exact. The sum of the buckets always equals the count. Clearing, merging,
// copying and packing touch only the buckets between the least and the greatest value.
//
// A zeroed struct is an empty histogram, so memory fresh from sim_reserve or calloc is in
// order as it is, and pages of it that no value ever reaches are never made resident.

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/engine/time.h"
#include "sim/engine/wide.h"

enum {
    SIM_HIST_SUB_BITS = 7, // 128 buckets an octave
    // 57 groups of 128, and one out of reach of a value that is not negative: it is there
    // so that a negative one, which is our bug, cannot write past the end.
    SIM_HIST_BUCKETS = 58 << SIM_HIST_SUB_BITS,
};

// All that is known without the buckets.
struct sim_hist_head {
    sim_wide sum;
    uint64_t count;
    sim_time room; // SIM_NEVER - the least value: zero when empty, like everything else
    sim_time max;
};

// 58 KiB. Visible so that recording is inlined and a world can hold one by value.
struct sim_hist {
    struct sim_hist_head head;
    uint64_t count_in[SIM_HIST_BUCKETS];
};

// A bucket in use: values from low to high, both included.
struct sim_hist_bin {
    sim_time low, high;
    uint64_t count;
};

// A bucket in use, as small as it can be kept.
struct sim_hist_pair {
    uint32_t bucket;
    uint32_t count;
};

// Empties memory of unknown content.
void sim_hist_init(struct sim_hist *h);

// Empties a histogram; costs as much as the range of its values is wide.
void sim_hist_clear(struct sim_hist *h);

static inline uint32_t sim_hist_bucket(sim_time value)
{
    uint64_t v = (uint64_t)value;
    // The lowest group spans two octaves' worth of bit lengths, all with shift 0.
    uint32_t shift = 56u - (uint32_t)__builtin_clzll(v | (1u << SIM_HIST_SUB_BITS));
    return (shift << SIM_HIST_SUB_BITS) + (uint32_t)(v >> shift);
}

// Records value n times; value must not be negative.
static inline void sim_hist_record_n(struct sim_hist *h, sim_time value, uint64_t n)
{
    assert(value >= 0);
    if (n == 0)
        return;
    h->count_in[sim_hist_bucket(value)] += n;
    h->head.count += n;
    h->head.sum += (sim_wide)(uint64_t)value * n;
    h->head.max = value > h->head.max ? value : h->head.max;
    h->head.room = SIM_NEVER - value > h->head.room ? SIM_NEVER - value : h->head.room;
}

// As with n = 1, without the product of 128 bits, which gcc does not see through.
static inline void sim_hist_record(struct sim_hist *h, sim_time value)
{
    assert(value >= 0);
    h->count_in[sim_hist_bucket(value)]++;
    h->head.count++;
    sim_wide_add(&h->head.sum, (uint64_t)value);
    // New extremes are rare: the branches cost less than writing the old ones back.
    if (__builtin_expect(value > h->head.max, 0))
        h->head.max = value;
    if (__builtin_expect(SIM_NEVER - value > h->head.room, 0))
        h->head.room = SIM_NEVER - value;
}

static inline uint64_t sim_hist_count(const struct sim_hist *h)
{
    return h->head.count;
}

// The least and the greatest value, exact; -1 when empty.
static inline sim_time sim_hist_min(const struct sim_hist *h)
{
    return h->head.count ? SIM_NEVER - h->head.room : -1;
}

static inline sim_time sim_hist_max(const struct sim_hist *h)
{
    return h->head.count ? h->head.max : -1;
}

// The exact sum over the count, rounded to a double; NaN when empty. For figures that
// people read: decisions and digests use the whole numbers.
double sim_hist_mean(const struct sim_hist *h);

// The smallest recorded value that at least a share q of the values do not exceed: with
// rank = ceil(q * count), held between 1 and count, the middle of the bucket that holds the
// rank-th value in rising order, held between the least and the greatest value. A product
// q * count that is a whole number but for rounding (0.07 * 100) counts as that number.
// The first and the last rank give the least and the greatest value exactly. -1 when empty.
sim_time sim_hist_quantile(const struct sim_hist *h, double q);

// How many values lie below this one. Those in its own bucket count as below when the
// bucket's middle is; exact for values up to 256, beyond the extremes, and at the low end
// of a bucket.
uint64_t sim_hist_count_below(const struct sim_hist *h, sim_time value);

// Adds all of from to h.
void sim_hist_merge(struct sim_hist *h, const struct sim_hist *from);

// Makes h, which must hold a histogram, equal to from.
void sim_hist_copy(struct sim_hist *h, const struct sim_hist *from);

// Walks the buckets in use in rising order: set *cursor to 0 before the first call. Returns
// false after the last and then leaves bin alone.
bool sim_hist_next(const struct sim_hist *h, uint32_t *cursor, struct sim_hist_bin *bin);

// At most so many pairs a histogram packs into.
size_t sim_hist_most_pairs(const struct sim_hist *h);

// Moves the buckets in use to pairs, which has room for all of them, and returns how many
// there are; the histogram is empty then. Together with the head it had, this is the whole
// histogram; a second of a run that meets 1,000 latencies fits in a few KiB. A bucket with 2^32
// values or more takes several pairs. Each bucket in the range of the values is looked at once.
size_t sim_hist_pack(struct sim_hist *h, struct sim_hist_pair *pairs);

// Adds a packed histogram: all of its pairs, and the head that belonged to them.
void sim_hist_add_packed(struct sim_hist *h, const struct sim_hist_head *head,
                         const struct sim_hist_pair *pairs, size_t n);

#endif
