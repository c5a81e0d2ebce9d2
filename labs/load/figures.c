#include <stdlib.h>

#include "labs/load/load.h"

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// Sorts them; -1 when there is none.
static int64_t quantile(int64_t *of, uint32_t count, double q)
{
    uint32_t at = (uint32_t)(q * count);
    qsort(of, count, sizeof *of, by_size);
    return count == 0 ? -1 : of[at < count ? at : count - 1];
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
    int64_t found = quantile(good, count, q);
    free(good);
    return found;
}

int64_t lab_load_lateness(const struct lab_load_sample *samples, uint32_t n, double q)
{
    int64_t *late = malloc((n + 1) * sizeof *late);
    uint32_t count = 0;
    if (!late)
        return 0;
    for (uint32_t i = 0; i < n; i++)
        if (samples[i].end != LAB_LOAD_UNSENT)
            late[count++] = samples[i].late_ns;
    int64_t found = quantile(late, count, q);
    free(late);
    return found > 0 ? found : 0;
}

uint32_t lab_load_count(const struct lab_load_sample *samples, uint32_t n,
                        enum lab_load_end end)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++)
        count += samples[i].end == end;
    return count;
}
