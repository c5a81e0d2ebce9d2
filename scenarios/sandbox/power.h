#ifndef SCN_SANDBOX_POWER_H
#define SCN_SANDBOX_POWER_H

// What ^ means in a script, with the same bits on every machine. Lua takes pow from the C
// library, whose last bit depends on its version and on the processor; so power.c defines pow
// itself, made of the engine's own arithmetic, and a program's own definition comes before a
// library's. For all of the program that is: the report draws its scales with it.
//
// Whole powers are by squaring where the result is exact or the factors are few, and a square
// root is a square root; the rest is exp(y log x), whose error is below 2 + 3 |y log x| units
// in the last place. Zeros, infinities and NaN are as C11 wants them.
double scn_power(double x, double y);

#endif
