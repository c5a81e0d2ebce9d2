#include "sim/stats/hist.h"

#include <math.h>
#include <string.h>

_Static_assert(sizeof(struct sim_hist) <= 64 * 1024, "a histogram is at most 64 KiB");

static sim_time bucket_low(uint32_t bucket)
{
    uint32_t group = bucket >> SIM_HIST_SUB_BITS;
    uint32_t shift = group > 0 ? group - 1 : 0;
    return (sim_time)((uint64_t)(bucket - (shift << SIM_HIST_SUB_BITS)) << shift);
}

static sim_time bucket_width(uint32_t bucket)
{
    uint32_t group = bucket >> SIM_HIST_SUB_BITS;
    return (sim_time)1 << (group > 0 ? group - 1 : 0);
}

static sim_time bucket_middle(uint32_t bucket)
{
    return bucket_low(bucket) + bucket_width(bucket) / 2;
}

// The buckets that may be in use, from the first to one before the second; none when empty.
static uint32_t first_bucket(const struct sim_hist *h)
{
    return h->head.count ? sim_hist_bucket(sim_hist_min(h)) : 0;
}

static uint32_t end_bucket(const struct sim_hist *h)
{
    return h->head.count ? sim_hist_bucket(h->head.max) + 1 : 0;
}

static void add_head(struct sim_hist_head *to, const struct sim_hist_head *from)
{
    to->sum += from->sum;
    to->count += from->count;
    to->room = from->room > to->room ? from->room : to->room;
    to->max = from->max > to->max ? from->max : to->max;
}

void sim_hist_init(struct sim_hist *h)
{
    memset(h, 0, sizeof *h);
}

void sim_hist_clear(struct sim_hist *h)
{
    uint32_t first = first_bucket(h), end = end_bucket(h);
    memset(&h->count_in[first], 0, (end - first) * sizeof h->count_in[0]);
    memset(&h->head, 0, sizeof h->head);
}

double sim_hist_mean(const struct sim_hist *h)
{
    return h->head.count ? (double)h->head.sum / (double)h->head.count : NAN;
}

// Rank of the quantile q among count values. The factor takes off four times the rounding
// error of the product, so that a whole number that came out too large is not raised by one.
static uint64_t rank_of(double q, uint64_t count)
{
    double exact = q * (double)count * (1.0 - 0x1p-51);
    if (!(exact > 1.0))
        return 1;
    if (exact >= (double)count)
        return count;
    uint64_t rank = (uint64_t)exact;
    rank += (double)rank < exact;
    return rank < count ? rank : count;
}

static sim_time clamp_to_range(const struct sim_hist *h, sim_time value)
{
    sim_time min = sim_hist_min(h);
    if (value < min)
        return min;
    return value > h->head.max ? h->head.max : value;
}

sim_time sim_hist_quantile(const struct sim_hist *h, double q)
{
    if (h->head.count == 0)
        return -1;
    uint64_t rank = rank_of(q, h->head.count);
    // The ends are known exactly, so their buckets need not be asked.
    if (rank == h->head.count)
        return h->head.max;
    if (rank == 1)
        return sim_hist_min(h);
    uint32_t bucket = first_bucket(h);
    for (uint64_t seen = h->count_in[bucket]; seen < rank; seen += h->count_in[bucket])
        bucket++;
    return clamp_to_range(h, bucket_middle(bucket));
}

uint64_t sim_hist_count_below(const struct sim_hist *h, sim_time value)
{
    if (h->head.count == 0 || value <= sim_hist_min(h))
        return 0;
    if (value > h->head.max)
        return h->head.count;
    uint32_t own = sim_hist_bucket(value);
    uint64_t below = 0;
    for (uint32_t i = first_bucket(h); i < own; i++)
        below += h->count_in[i];
    if (value > bucket_low(own) && bucket_middle(own) < value)
        below += h->count_in[own];
    return below;
}

void sim_hist_merge(struct sim_hist *h, const struct sim_hist *from)
{
    uint32_t end = end_bucket(from);
    for (uint32_t i = first_bucket(from); i < end; i++)
        h->count_in[i] += from->count_in[i];
    add_head(&h->head, &from->head);
}

void sim_hist_copy(struct sim_hist *h, const struct sim_hist *from)
{
    if (h == from)
        return;
    sim_hist_clear(h);
    sim_hist_merge(h, from);
}

bool sim_hist_next(const struct sim_hist *h, uint32_t *cursor, struct sim_hist_bin *bin)
{
    uint32_t first = first_bucket(h), end = end_bucket(h);
    for (uint32_t i = *cursor > first ? *cursor : first; i < end; i++) {
        if (h->count_in[i] == 0)
            continue;
        bin->low = bucket_low(i);
        bin->high = bin->low + (bucket_width(i) - 1);
        bin->count = h->count_in[i];
        *cursor = i + 1;
        return true;
    }
    *cursor = end;
    return false;
}

size_t sim_hist_most_pairs(const struct sim_hist *h)
{
    uint64_t range = end_bucket(h) - first_bucket(h), count = h->head.count;
    return range < count ? range + (count >> 32) : count;
}

static size_t split(uint32_t bucket, uint64_t count, struct sim_hist_pair *pairs)
{
    size_t n = 0;
    for (; count > UINT32_MAX; count -= UINT32_MAX)
        pairs[n++] = (struct sim_hist_pair){ bucket, UINT32_MAX };
    pairs[n++] = (struct sim_hist_pair){ bucket, (uint32_t)count };
    return n;
}

size_t sim_hist_pack(struct sim_hist *h, struct sim_hist_pair *pairs)
{
    size_t n = 0;
    uint32_t end = end_bucket(h);
    for (uint32_t i = first_bucket(h); i < end; i++) {
        uint64_t count = h->count_in[i];
        if (count == 0)
            continue;
        h->count_in[i] = 0;
        if (count <= UINT32_MAX)
            pairs[n++] = (struct sim_hist_pair){ i, (uint32_t)count };
        else
            n += split(i, count, pairs + n);
    }
    memset(&h->head, 0, sizeof h->head);
    return n;
}

void sim_hist_add_packed(struct sim_hist *h, const struct sim_hist_head *head,
                         const struct sim_hist_pair *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h->count_in[pairs[i].bucket] += pairs[i].count;
    add_head(&h->head, head);
}
