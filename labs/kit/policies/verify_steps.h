#ifndef LABS_KIT_POLICIES_VERIFY_STEPS_H
#define LABS_KIT_POLICIES_VERIFY_STEPS_H

// What the checks of retries, budgets, breakers, bulkheads, balancers, lines, throttles and
// concurrency limits share: a script is a definition and steps at given times; model and real code
// take the same steps, and each answer must be the same. A script that parts is made as short as it goes. All of
// it is visible for the tests that see to it that the checks find things.

#include <stddef.h>
#include <stdint.h>

#include "labs/balance/balance.h"
#include "labs/balance/ring.h"
#include "labs/breaker/breaker.h"
#include "labs/breaker/outlier.h"
#include "labs/budget/budget.h"
#include "labs/bulkhead/pool.h"
#include "labs/cache/cache.h"
#include "labs/concurrency_limit/concurrency_limit.h"
#include "labs/hedge/hedge.h"
#include "labs/kit/verify.h"
#include "labs/retry/retry.h"
#include "labs/shed/shed_queue.h"
#include "labs/shed/throttle.h"
#include "labs/shed/utilisation.h"

#define LAB_STEPS        40 // in each script
#define LAB_STEP_SCRIPTS 30 // for each of lab_verify_def's: 120,000 steps by default
#define LAB_STEP_EDGES   8
#define LAB_STEP_WORDS   8

struct lab_step {
    int64_t at_ns;
    uint32_t word;   // what happens, by the pattern's words
    uint32_t edge;   // what its time was chosen for, by the pattern's edges
    int64_t amount;  // how long a call took, or what a server advised
    uint64_t chance; // a seed for the draws of this step
};

// Balancing hosts, a ring of them, or watching for outliers among them.
#define LAB_BALANCE_HOSTS  6
#define LAB_BALANCE_POINTS 24

struct lab_balance_script {
    struct lab_balance_def rule;
    uint32_t hosts, points;
    double weights[LAB_BALANCE_HOSTS], bound; // bound 0: none
    struct lab_outlier_def outlier;
    int64_t interval_ns; // of its sweeps
    int64_t took_ns[4];  // times that answers take
};

// The rule of an idempotency key, whether or not SQLite is there.
struct lab_key_rule {
    int64_t lease_ns, expiry_ns;
    bool replays_errors;
};

// What the processes of an outbox do, whether or not SQLite is there; and what tests put wrong in
// the real ones.
struct lab_outbox_rule {
    int way; // enum lab_outbox_way of labs/outbox
    bool marks_first, dedupes;
    bool acks_first; // the consumer, before its effect
    bool turns_rows; // those that wait are numbered backwards
};

struct lab_steps {
    uint32_t kind; // of the pattern's kinds
    union {
        struct lab_key_rule key;
        struct lab_outbox_rule outbox;
        struct lab_retry_def retry;
        struct lab_budget_def budget;
        struct lab_cache_def cache;
        struct lab_hedge_def hedge;
        struct lab_breaker_def breaker;
        struct lab_bulkhead_def bulkhead;
        struct lab_pool_def pool;
        struct lab_balance_script balance;
        struct lab_shed_def shed;
        struct lab_concurrency_def concurrency;
        struct lab_throttle_def throttle;
        struct lab_utilisation_def utilisation;
    } def;
    struct lab_step at[LAB_STEPS];
    uint32_t count;
};

// open returns NULL without memory. An answer below 1 is a no.
struct lab_steps_side {
    void *(*open)(const struct lab_steps *s);
    int64_t (*step)(void *side, const struct lab_steps *s, const struct lab_step *one);
    void (*close)(void *side);
};

struct lab_steps_pattern {
    const char *name;
    bool is_untimed;          // steps follow one another, and have no times of their own
    bool tells_amount;        // of the first word, when a script is told
    const char *const *kinds; // NULL after the last one
    const char *const *words;
    struct lab_steps_side model, real;
    void (*make)(uint32_t kind, uint64_t seed,
                 struct lab_steps *s); // the same for the same seed
    uint32_t scripts; // of each kind, for each of lab_verify_def's; 0: LAB_STEP_SCRIPTS
    // How far two answers to a step that both say yes may be apart. NULL: not at all.
    int64_t (*slack)(const struct lab_step *one, int64_t answer);
    void (*describe)(const struct lab_steps *s, char *text, size_t size); // its definition
    // For people: a step without its time, and what an answer to it means. NULL: the word; the number.
    void (*tell)(const struct lab_steps *s, const struct lab_step *one, char *text,
                 size_t size);
    void (*tell_answer)(const struct lab_steps *s, const struct lab_step *one,
                        int64_t answer, char *text, size_t size);
};
extern const struct lab_steps_pattern lab_retry_pattern, lab_budget_pattern,
    lab_breaker_pattern, lab_balance_pattern, lab_cache_pattern, lab_hedge_pattern,
    lab_shed_pattern, lab_concurrency_limit_pattern, lab_idempotency_pattern,
    lab_outbox_pattern, lab_bulkhead_pattern, lab_throttle_pattern, lab_utilisation_pattern;

// What a failed attempt of a retry's script draws, uniform in [0, 1).
double lab_retry_chance(const struct lab_step *one);

// How many are under way in each step of a concurrency limit's script, and what its sides draw; returns
// how many draws there are, which is more than any of them needs.
void lab_concurrency_under_way(const struct lab_steps *s, int64_t *under);
uint32_t lab_concurrency_draws(const struct lab_steps *s, double *draws);

// What a hedge's script answers to results of attempts that are not under way.
#define LAB_HEDGE_IS_STALE -2

// What a balancer's script draws: so many for each of its steps. Returns how many they are.
#define LAB_BALANCE_DRAWS 3
uint32_t lab_balance_draws(const struct lab_steps *s, double *draws);

// Of an idempotency key's script, by steps: the key that is asked for, or the number, from 1, of the step
// that began the work that goes on or ends; and answers: there is no such work or no room for one more; what
// is added where somebody else has the key. With SQLite only.
void lab_key_works(const struct lab_steps *s, int64_t *works);
#define LAB_KEY_NOBODY    9999
#define LAB_KEY_NOT_HEARD 500

// How a script went that was played elsewhere.
enum lab_steps_played {
    LAB_STEPS_PLAYED, // there are answers to all steps
    LAB_STEPS_ENDED,  // there is none, and it ended so: that differs from any model
    LAB_STEPS_UNKNOWN // it could not be asked any more
};

// A side that is not here: it plays whole scripts, and says how it ended.
struct lab_steps_outside {
    enum lab_steps_played (*play)(void *ctx, const struct lab_steps *s, int64_t *answers);
    const char *(*how_it_ended)(void *ctx); // "" where it did not
    void *ctx;
};

// The same checks of one, each until the first difference: it may end each time.
void lab_verify_outside(const struct lab_verify_def *def, const struct lab_steps_pattern *p,
                        const struct lab_steps_outside *outside, struct lab_report *out);

// One check a kind.
void lab_verify_steps(const struct lab_verify_def *def, const struct lab_steps_pattern *p,
                      const struct lab_steps_side *real, struct lab_report *out);

struct lab_steps_reached {
    uint64_t of[LAB_STEP_WORDS][2];    // steps by word, answered no and yes
    uint64_t edges[LAB_STEP_EDGES][2]; // the same by edge, of those that were asked
    uint64_t at_zero, at_end, steps;
};
// What the first so many scripts reach, by the model.
void lab_steps_reach(const struct lab_steps_pattern *p, uint32_t kind, uint32_t scripts,
                     struct lab_steps_reached *out);

#endif
