#ifndef LABS_KIT_VERIFY_H
#define LABS_KIT_VERIFY_H

// Holds each model against the real implementation of the same mechanism. The two share
// nothing but what is asked of them here: the same threads, the same work, the same delays.

#include <stdbool.h>
#include <stdint.h>

enum lab_check_kind {
    LAB_DECISION, // a scripted schedule: both sides must do the same at the same instants
    LAB_STATISTIC // a ratio within a run of the real thing, repeated until it is known
};

enum lab_verdict {
    LAB_AGREE,
    LAB_DIFFER,
    LAB_UNDECIDED, // the machine was too noisy to say
    LAB_ABSENT,    // named, and not there
    LAB_VERDICTS
};

struct lab_check {
    char name[96]; // the mechanism, a slash, what is asked
    enum lab_check_kind kind;
    double real, model; // of a decision: how many steps each side took
    // Not a number where too little could be measured.
    double error;    // of a decision: how many steps differ; else relative to the model
    double interval; // half width of the 95 % confidence interval of the error
    double limit;    // the error that is still agreement
    enum lab_verdict verdict;
    char detail[400]; // the first step that differs, "" when none does
};

#define LAB_CHECKS 256

struct lab_report {
    struct lab_check checks[LAB_CHECKS];
    uint32_t count;
    uint32_t verdicts[LAB_VERDICTS]; // how many of each
    char interpreter[64]; // the real one and the preset nearest to it; "" when not asked
};

// Each mechanism is verified once, however often it is named.
struct lab_verify_def {
    const char *const *names; // of mechanisms; those that are known
    uint32_t count;           // 0: all that are there
    bool has_statistics;      // takes some seconds of real time
    const char *labs;         // folder of the shipped labs, for programs that lie there
    const char *python; // the real interpreter; NULL: /usr/bin/python3, or else python3
    double budget_s;    // of real time for each batch of figures of a real interpreter
    bool (*goes_on)(void *ctx); // asked now and then; false ends it early; may be null
    // Of decisions, how many random scripts each pattern plays; the same ones each time.
    uint32_t random_scripts;
    // Says before each mechanism which one is next; may be null.
    void (*on_progress)(void *ctx, const char *name);
    void *ctx;
    // What tests put wrong on the side of the model, to see it found out.
    double interval_factor; // of the switch interval: 1 is right
    double fairness_factor; // of the wait after which a lock is handed over: 1 is right
    double poll_factor;     // of what a loop's poll is rounded up to: 1 is right
    double wake_factor;     // of waking at a full pipe: 1 is right
    int wrong_workers;      // added to a pool's most: 0 is right
    // Added to a limit in a store, to a gate's places, a loader's keys and the ms before a hedge.
    uint32_t wrong_limit; // 0 is right
};

void lab_verify_default(struct lab_verify_def *def);
void lab_verify(const struct lab_verify_def *def, struct lab_report *out);

// Names of all mechanisms by number, also of those that are not there; NULL after the last.
const char *lab_verify_name(uint32_t i);

const char *lab_verdict_name(enum lab_verdict verdict);
const char *lab_check_kind_name(enum lab_check_kind kind);

#endif
