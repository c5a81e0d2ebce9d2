#ifndef LABS_HEDGE_RACE_H
#define LABS_HEDGE_RACE_H

// A hedged call for real: each attempt is a thread, the delay is time on the machine's monotonic
// clock. It returns when it is decided and all attempts have ended, so an attempt looks now and
// then whether it is cancelled: one that does not makes its caller wait for it.

#include <stdatomic.h>

#include "labs/hedge/hedge.h"

enum lab_race_result {
    LAB_RACE_WON,
    LAB_RACE_FAILED,
    LAB_RACE_FAILED_FATALLY
};

struct lab_race_def {
    struct lab_hedge_def hedge;
    enum lab_race_result (*attempt)(void *ctx, uint32_t number,
                                    const atomic_bool *is_cancelled);
    void *ctx;
};

// The number of the attempt that won, or -1: all failed, or no thread was to be had.
int lab_race(const struct lab_race_def *def);

#endif
