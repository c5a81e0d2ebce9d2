#ifndef SIM_ENGINE_INLINE_H
#define SIM_ENGINE_INLINE_H

// For what every event goes through. A small run is bound by its number of instructions, and
// with plain functions two in five were spent on entering and leaving them: compilers judge
// a function with several callers by its size, and these are all a little too large for
// them. Use it only where a count of instructions shows a gain.

#define SIM_INLINE static inline __attribute__((always_inline))

#endif
