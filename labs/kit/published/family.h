#ifndef LABS_KIT_PUBLISHED_FAMILY_H
#define LABS_KIT_PUBLISHED_FAMILY_H

// A family of rows: which scenario it is, which numbers of a row's text are which knobs, and
// how its figures are judged.

#include "labs/kit/published/experiment.h"
#include "labs/kit/published/row.h"
#include "labs/kit/verify.h"

// A pattern in the row's text, and the knobs that its numbers are.
struct lab_reading {
    char from;           // 'p': the parameters, 'm': the metric
    char need;           // '!' must be there, '?' may
    const char *pattern; // of lab_text_scan
    const char *knobs[6];
};

// A word in the row's text, and what a knob is set to where it stands.
struct lab_word {
    const char *text, *knob, *value;
};

struct lab_outcome;

struct lab_family {
    const char *name;
    const char *file; // NULL: formula only
    struct lab_reading readings[6];
    struct lab_word words[8];
    const char *each_knob;    // runs once with each of
    const char *each_word[4]; // these: the result does not depend on it
    uint32_t first, most;     // replications
    // Judges the row; NULL: its figures are those of the metric column, each with an interval.
    void (*judge)(const struct lab_family *f, const struct lab_row *r,
                  struct lab_outcome *o);
    // The closed form of a figure, not a number where there is none. NULL: none.
    double (*formula)(const struct lab_row *r, const char *figure);
    const char *only; // rows whose parameters say this; NULL: all
};

// What became of a row: a line for each figure that was looked at.
struct lab_line {
    char what[160];
    char measured[96], wanted[96];
    // Not numbers where the figure is none: then the two texts say all.
    double ours, half, published, width;
    enum lab_verdict verdict; // absent: could not be judged, and measured says why
    bool by_formula;
    uint32_t runs;
};

struct lab_outcome {
    const char *folder;         // of the scenarios
    bool (*goes_on)(void *ctx); // asked by experiments; may be null
    void *ctx;
    struct lab_line lines[64];
    uint32_t count;
};

// The family of a row, NULL when nobody claims it.
const struct lab_family *lab_family_of(const struct lab_row *r);
const struct lab_family *lab_families(uint32_t *count);

// Fills the experiment from the row's text. False with a line in the outcome.
bool lab_family_read(const struct lab_family *f, const struct lab_row *r,
                     struct lab_experiment *e, struct lab_outcome *o);

// Judges all of a row.
void lab_family_judge(const struct lab_family *f, const struct lab_row *r,
                      struct lab_outcome *o);

// For judges. The line is there to be filled further.
struct lab_line *lab_outcome_add(struct lab_outcome *o, enum lab_verdict verdict,
                                 const char *what);
void lab_outcome_wrong(struct lab_outcome *o, const char *what, const char *why);
// The figures of a line that has them, as numbers and as text.
void lab_line_ours(struct lab_line *l, double ours, double half);
void lab_line_published(struct lab_line *l, double published, double width);

// One figure against one number: passes when the whole interval lies within width of
// expected, with more runs until it does or there are f->most of them.
void lab_judge_interval(const struct lab_family *f, const struct lab_experiment *e,
                        struct lab_samples *s, uint32_t figure, double expected,
                        double width, const char *what, struct lab_outcome *o);

// One run, and what its figures came to. False with a line in the outcome.
bool lab_judge_once(const struct lab_experiment *e, double *x, const char *what,
                    struct lab_outcome *o);

#define LAB_CONFIDENCE 0.99

void lab_judge_waits(const struct lab_family *f, const struct lab_row *r,
                     struct lab_outcome *o);
void lab_judge_hedge(const struct lab_family *f, const struct lab_row *r,
                     struct lab_outcome *o);
void lab_judge_bins(const struct lab_family *f, const struct lab_row *r,
                    struct lab_outcome *o);
void lab_judge_order(const struct lab_family *f, const struct lab_row *r,
                     struct lab_outcome *o);
void lab_judge_ratio(const struct lab_family *f, const struct lab_row *r,
                     struct lab_outcome *o);
void lab_judge_layers(const struct lab_family *f, const struct lab_row *r,
                      struct lab_outcome *o);
void lab_judge_spike(const struct lab_family *f, const struct lab_row *r,
                     struct lab_outcome *o);
void lab_judge_equilibrium(const struct lab_family *f, const struct lab_row *r,
                           struct lab_outcome *o);
void lab_judge_final_queue(const struct lab_family *f, const struct lab_row *r,
                           struct lab_outcome *o);
void lab_judge_hotos(const struct lab_family *f, const struct lab_row *r,
                     struct lab_outcome *o);
void lab_judge_redis_race(const struct lab_family *f, const struct lab_row *r,
                          struct lab_outcome *o);
void lab_judge_grpc_waits(const struct lab_family *f, const struct lab_row *r,
                          struct lab_outcome *o);
void lab_judge_grpc_throttle(const struct lab_family *f, const struct lab_row *r,
                             struct lab_outcome *o);
void lab_judge_usl(const struct lab_family *f, const struct lab_row *r,
                   struct lab_outcome *o);
void lab_judge_clients(const struct lab_family *f, const struct lab_row *r,
                       struct lab_outcome *o);
void lab_judge_r4j(const struct lab_family *f, const struct lab_row *r,
                   struct lab_outcome *o);
void lab_judge_hystrix(const struct lab_family *f, const struct lab_row *r,
                       struct lab_outcome *o);
void lab_judge_gcra(const struct lab_family *f, const struct lab_row *r,
                    struct lab_outcome *o);
void lab_judge_sliding_log(const struct lab_family *f, const struct lab_row *r,
                           struct lab_outcome *o);
void lab_judge_leaky_queue(const struct lab_family *f, const struct lab_row *r,
                           struct lab_outcome *o);
void lab_judge_little(const struct lab_family *f, const struct lab_row *r,
                      struct lab_outcome *o);

#endif
