#ifndef LABS_LOCK_LOCK_H
#define LABS_LOCK_LOCK_H

// CPython's threading.Lock, both of them. Up to 3.12 it is a semaphore: a release wakes the
// thread that has slept longest, and whoever comes first has the lock. Since 3.13 it is a
// PyMutex: the same, unless that thread wanted the lock more than a millisecond ago; then
// the release makes it the owner (Python/lock.c, Python/parking_lot.c).
//
// Invariants: at most one thread owns the lock. LAB_LOCK_PARKED is set whenever somebody
// sleeps. A sleeper leaves the line by a release or by its own deadline, never otherwise; one
// that was woken in vain goes to its end. Uncontended, acquire and release are one
// compare-and-swap each; otherwise O(1), but for a deadline, which searches the line.

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define LAB_LOCK_FOREVER INT64_MAX
#define LAB_LOCK_FAIR_NS 1000000 // TIME_TO_BE_FAIR_NS
#define LAB_LOCK_SPINS   40      // MAX_SPIN_COUNT of the free-threaded build; else none

// What can be seen of a decision, in the order in which they fall.
enum lab_lock_event_kind {
    LAB_LOCK_ACQUIRED, // thread goes on as the owner
    LAB_LOCK_WAITED,   // thread went to sleep, at the end of the line
    LAB_LOCK_RELEASED, // thread gave the lock up
    LAB_LOCK_HANDED,   // thread, still asleep, was made the owner by the release
    LAB_LOCK_WOKEN,    // thread, still asleep, was told that the lock is free
    LAB_LOCK_GAVE_UP   // thread's deadline passed
};

struct lab_lock_event {
    int64_t at_ns;
    enum lab_lock_event_kind kind;
    uint32_t thread;
};

// Time, and how threads pass it. Injected, so that a test can drive every expiry and every
// wake-up; lab_lock_real() is the machine's own. wait and wake are called with the mutex
// held, and wait gives it up while it sleeps.
struct lab_lock_env {
    void *ctx;
    int64_t (*now)(void *ctx); // ns, monotonic
    // Until woken, perhaps for nothing, or until the deadline.
    void (*wait)(void *ctx, pthread_mutex_t *mutex, pthread_cond_t *cond,
                 int64_t deadline_ns);
    void (*wake)(void *ctx, pthread_cond_t *cond); // the one thread that sleeps on it
    void (*yield)(void *ctx);                      // one round of spinning
    // May be null. Called by the owner for what it does, else with the mutex held; so two
    // calls may come at once.
    void (*saw)(void *ctx, const struct lab_lock_event *what);
};

struct lab_lock_env lab_lock_real(void);

enum lab_lock_kind {
    LAB_LOCK_SEMAPHORE, // CPython 3.12 and earlier
    LAB_LOCK_PYMUTEX    // CPython 3.13 and later
};

struct lab_lock_def {
    enum lab_lock_kind kind;
    uint32_t spins; // of a PyMutex, before it sleeps and while nobody else does
    struct lab_lock_env env;
};

// On the machine's time, without spinning: that of a build with the interpreter's lock.
struct lab_lock_def lab_lock_default(enum lab_lock_kind kind);

enum {
    LAB_LOCK_LOCKED = 1,
    LAB_LOCK_PARKED = 2 // somebody sleeps, or did until a deadline
};

struct lab_lock_waiter; // on the stack of the thread that sleeps

struct lab_lock {
    struct lab_lock_def def;
    atomic_uint bits;
    pthread_mutex_t mutex;

    // Guarded by mutex. PARKED is set under it too, and LOCKED and PARKED change together
    // under it while both are set.
    struct lab_lock_waiter *first, *last;
};

// False when the system has no mutex to give; nothing is left then.
bool lab_lock_init(struct lab_lock *l, const struct lab_lock_def *def);
void lab_lock_fini(struct lab_lock *l); // nobody owns it or wants it

// `thread` is only told to saw. False when somebody else is the owner.
bool lab_lock_try(struct lab_lock *l, uint32_t thread);

// Blocks until the caller is the owner, or the deadline passes; true when it is the owner.
bool lab_lock_acquire(struct lab_lock *l, uint32_t thread, int64_t deadline_ns);

// By any thread: the lock knows that it has an owner, not who that is.
void lab_lock_release(struct lab_lock *l, uint32_t thread);

#endif
