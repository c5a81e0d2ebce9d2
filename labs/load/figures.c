#include <stdlib.h>

#include "labs/load/load.h"

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int64_t lab_load_quantile(const struct lab_load_sample *samples, uint32_t n,
                          int64_t from_ns, double q)
{
    int64_t *good = malloc((n + 1) * sizeof *good);
    uint32_t count = 0;
    if (!good)
        return -1;
    for (uint32_t i = 0; i < n; i++)
        if (samples[i].end == LAB_LOAD_OK && samples[i].intended_ns >= from_ns)
            good[count++] = samples[i].latency_ns;
    qsort(good, count, sizeof *good, by_size);
    uint32_t at = (uint32_t)(q * count);
    int64_t found = count == 0 ? -1 : good[at < count ? at : count - 1];
    free(good);
    return found;
}

uint32_t lab_load_count(const struct lab_load_sample *samples, uint32_t n,
                        enum lab_load_end end)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++)
        count += samples[i].end == end;
    return count;
}
