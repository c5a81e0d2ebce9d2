#include "labs/kit/draws.h"

uint64_t lab_draw(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t lab_draw_below(uint64_t *state, uint32_t n)
{
    return (uint32_t)(lab_draw(state) % n);
}

int64_t lab_draw_beginning(uint64_t *state)
{
    switch (lab_draw_below(state, 4)) {
    case 0:
        return 0;
    case 1:
        return INT64_MAX - (int64_t)lab_draw_below(state, 100);
    default:
        return (int64_t)lab_draw_below(state, 1000000);
    }
}

int64_t lab_moved(int64_t at, int64_t by)
{
    if (by > 0 && at > INT64_MAX - by)
        return INT64_MAX;
    return at + by < 0 ? 0 : at + by;
}
