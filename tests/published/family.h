#ifndef TESTS_PUBLISHED_FAMILY_H
#define TESTS_PUBLISHED_FAMILY_H

// A family of rows: which scenario it is, which numbers of a row's text are which knobs, and
// how its figures are judged.

#include "tests/published/experiment.h"
#include "tests/published/row.h"

// A pattern in the row's text, and the knobs that its numbers are.
struct reading {
    char from;           // 'p': the parameters, 'm': the metric
    char need;           // '!' must be there, '?' may
    const char *pattern; // of text_scan
    const char *knobs[6];
};

// A word in the row's text, and what a knob is set to where it stands.
struct word {
    const char *text, *knob, *value;
};

enum verdict {
    PASSED,
    FAILED,
    UNDECIDED, // the interval is too wide for the tolerance after all replications
};

struct outcome;

struct family {
    const char *name;
    const char *file; // NULL: formula only
    struct reading readings[6];
    struct word words[8];
    const char *each_knob;    // runs once with each of
    const char *each_word[4]; // these: the result does not depend on it
    uint32_t first, most;     // replications
    // Judges the row; NULL: its figures are those of the metric column, each with an interval.
    void (*judge)(const struct family *f, const struct row *r, struct outcome *o);
    // The closed form of a figure, not a number where there is none. NULL: none.
    double (*formula)(const struct row *r, const char *figure);
    const char *only;   // rows whose parameters say this; NULL: all
    bool is_waiting;    // for a later pattern
    const char *reason; // why
};

// What became of a row: a line for each figure that was looked at.
struct line {
    char what[160];
    char measured[96], wanted[96];
    enum verdict verdict;
    bool by_formula;
    uint32_t runs;
};

struct outcome {
    const char *folder; // of the scenarios
    struct line lines[64];
    uint32_t count;
};

// The family of a row, NULL when nobody claims it.
const struct family *family_of(const struct row *r);
const struct family *families(uint32_t *count);

// Fills the experiment from the row's text. False with a line in the outcome.
bool family_read(const struct family *f, const struct row *r, struct experiment *e,
                 struct outcome *o);

// Judges all of a row.
void family_judge(const struct family *f, const struct row *r, struct outcome *o);

// For judges. The line is there to be filled further.
struct line *outcome_add(struct outcome *o, enum verdict verdict, const char *what);
void outcome_wrong(struct outcome *o, const char *what, const char *why);

// One figure against one number: passes when the whole interval lies within width of
// expected, with more runs until it does or there are f->most of them.
void judge_interval(const struct family *f, const struct experiment *e, struct samples *s,
                    uint32_t figure, double expected, double width, const char *what,
                    struct outcome *o);

#define CONFIDENCE 0.99

void judge_waits(const struct family *f, const struct row *r, struct outcome *o);
void judge_bins(const struct family *f, const struct row *r, struct outcome *o);
void judge_order(const struct family *f, const struct row *r, struct outcome *o);
void judge_ratio(const struct family *f, const struct row *r, struct outcome *o);
void judge_layers(const struct family *f, const struct row *r, struct outcome *o);
void judge_spike(const struct family *f, const struct row *r, struct outcome *o);
void judge_equilibrium(const struct family *f, const struct row *r, struct outcome *o);
void judge_final_queue(const struct family *f, const struct row *r, struct outcome *o);
void judge_hotos(const struct family *f, const struct row *r, struct outcome *o);
void judge_redis_race(const struct family *f, const struct row *r, struct outcome *o);
void judge_grpc_waits(const struct family *f, const struct row *r, struct outcome *o);
void judge_grpc_throttle(const struct family *f, const struct row *r, struct outcome *o);
void judge_finagle(const struct family *f, const struct row *r, struct outcome *o);
void judge_clients(const struct family *f, const struct row *r, struct outcome *o);
void judge_r4j(const struct family *f, const struct row *r, struct outcome *o);
void judge_hystrix(const struct family *f, const struct row *r, struct outcome *o);
void judge_gcra(const struct family *f, const struct row *r, struct outcome *o);
void judge_sliding_log(const struct family *f, const struct row *r, struct outcome *o);
void judge_leaky_queue(const struct family *f, const struct row *r, struct outcome *o);
void judge_little(const struct family *f, const struct row *r, struct outcome *o);

#endif
