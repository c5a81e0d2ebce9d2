#include "sim/engine/ziggurat.h"

#include "sim/engine/math.h"
#include "sim/engine/random.h"

// A generator for the rest of one draw: SplitMix64, seeded by the bits that began it.
static uint64_t more_bits(uint64_t *state)
{
    return sim_random_mix(*state += 0x9e3779b97f4a7c15u);
}

double sim_ziggurat_slow(uint64_t bits)
{
    uint64_t state = bits;
    // Beyond the base layer lies the tail, which has the shape of the whole: the draw
    // starts again from there.
    double base = 0;
    for (;; bits = more_bits(&state)) {
        uint32_t i = bits & 255;
        uint64_t place = bits >> 11;
        double x = (double)(int64_t)place * sim_ziggurat_layers[i].width;
        if (place < sim_ziggurat_layers[i].accept)
            return base + x;
        if (i == 0) {
            base += sim_ziggurat_layers[1].width * 0x1p53;
            continue;
        }
        double low = sim_ziggurat_density[i], high = sim_ziggurat_density[i + 1];
        if (low + sim_random_to_unit(more_bits(&state)) * (high - low) < sim_exp(-x))
            return base + x;
    }
}
