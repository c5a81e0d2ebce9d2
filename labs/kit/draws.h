#ifndef LABS_KIT_DRAWS_H
#define LABS_KIT_DRAWS_H

// What random scripts are drawn from.

#include <stdint.h>

// splitmix64 (G. Steele, D. Lea and C. Flood, 2014).
uint64_t lab_draw(uint64_t *state);
uint32_t lab_draw_below(uint64_t *state, uint32_t n); // n > 0

// When a script begins: at zero, near the end of the clock, or anywhere before a millisecond.
int64_t lab_draw_beginning(uint64_t *state);

// A clock that would go beyond its end stands at its end, and before its beginning there.
int64_t lab_moved(int64_t at, int64_t by);

#endif
