#ifndef LABS_KIT_RUNTIME_VERIFY_LOCK_H
#define LABS_KIT_RUNTIME_VERIFY_LOCK_H

#include "labs/kit/verify_private.h"
#include "labs/lock/lock_script.h"

// What threads do with one lock, for its decisions and for its loads in real time.

#define LAB_LOCK_THREADS 4
#define LAB_LOCK_TURNS   32 // of a thread

// Passes a while, then wants the lock, and holds it for a while.
struct lab_lock_turn {
    int64_t pass_ns, hold_ns;
};

struct lab_lock_turns {
    const char *name;
    enum lab_lock_kind kind;
    uint32_t threads;
    uint32_t turns[LAB_LOCK_THREADS];
    struct lab_lock_turn of[LAB_LOCK_THREADS][LAB_LOCK_TURNS];
};

// Plays them in the model: facts "takes it" and "releases it" in their order. A PyMutex is handed
// over after fair_ns; who is woken needs wake_ns.
void lab_lock_model_play(const struct lab_lock_turns *s, int64_t fair_ns, int64_t wake_ns,
                         struct lab_facts *out);

#endif
