#ifndef LABS_KIT_VERIFY_PRIVATE_H
#define LABS_KIT_VERIFY_PRIVATE_H

#include "labs/gil/gil_script.h"
#include "labs/kit/verify.h"
#include "scenarios/runner/runner.h"
#include "sim/world/world.h"

// Counts the check too. What goes beyond the room is a bug of ours.
void lab_report_add(struct lab_report *out, const struct lab_check *check);

// ---- The mechanisms, one file each ----

void lab_verify_event_loop(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_gil(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_redis_limit(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_retry(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_budget(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_balance(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_breaker(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_bulkhead(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_hedge(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_cache(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_utilisation(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_throttle(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_shed(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_concurrency_limit(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_idempotency(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_outbox(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_rate_limit(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_cpython(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_servers(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_lock(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_process_pool(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_thread_pool(const struct lab_verify_def *def, struct lab_report *out);

// How many messages a worker has at a time: part of servers, where Celery is there.
void lab_verify_celery_reserve(const struct lab_verify_def *def, const char *python,
                               const char *preset, const char *folder,
                               struct lab_report *out);

// The statistics of the lock, in real time.
void lab_verify_gil_loads(const struct lab_verify_def *def, struct lab_report *out);

// ---- Decisions: what happened when, on either side ----

struct lab_fact {
    int64_t at_ns;
    uint32_t who;
    const char *what; // a word that stays: "ran"
};

struct lab_facts {
    struct lab_fact *at; // borrowed
    uint32_t count, room;
    bool is_full; // more happened than there was room for
};

void lab_fact_add(struct lab_facts *f, int64_t at_ns, uint32_t who, const char *what);

// Puts what happened at one instant into an order of its own: by who, then what. For facts
// whose order within an instant is nobody's decision.
void lab_facts_sort(struct lab_facts *f);

// Fills the check's figures, verdict and detail, which names who as 'A', 'B', ...
void lab_facts_compare(const struct lab_facts *real, const struct lab_facts *model,
                       struct lab_check *check);

// ---- Statistics: a figure that is taken again and again ----

#define LAB_SAMPLE_LEAST 6u // fewer say nothing

struct lab_sample {
    double sum, squares;
    uint32_t count;
};

void lab_sample_add(struct lab_sample *s, double x);
void lab_sample_join(struct lab_sample *s, const struct lab_sample *more);
double lab_sample_mean(const struct lab_sample *s);
double lab_sample_half(const struct lab_sample *s); // of the 95 % interval of the mean
bool lab_sample_is_tight(const struct lab_sample *s, double share); // of the mean

// Compares the mean with check->model: fills real, error, interval and verdict. It agrees when
// the whole interval of the error is within check->limit, and differs when all of it is beyond,
// unless it is as wide as the error: then, as between the two, it is undecided.
void lab_sample_judge(const struct lab_sample *s, struct lab_check *check);

// ---- Loads in real time ----

#define LAB_BENCH_FIGURES 4
#define LAB_BENCH_LIMIT   0.10

// One load, and the figures that each batch of it gives. Batches are short, some hundredth to some
// tenths of a second; they are repeated until each figure is known or the time is over.
struct lab_bench {
    const char *name; // "thread_pool/open load"
    uint32_t count;   // of figures
    const char *figures[LAB_BENCH_FIGURES];
    double model[LAB_BENCH_FIGURES];
    double limit;                              // of the error; 0: LAB_BENCH_LIMIT
    double budget_s;                           // of real time, at most; 0: 2.5 s
    bool (*batch)(void *ctx, double *figures); // false: it could not be run
    void *ctx;
};

// A check for each figure.
void lab_bench_verify(const struct lab_verify_def *def, const struct lab_bench *b,
                      struct lab_report *out);

void lab_verify_thread_pool_loads(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_process_deaths(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_process_pool_loads(const struct lab_verify_def *def,
                                   struct lab_report *out);
void lab_verify_process_bytes(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_lock_loads(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_event_loop_loads(const struct lab_verify_def *def, struct lab_report *out);

// ---- Random scripts ----

// A script as plain numbers, so that it can be made at random and made smaller: what they
// mean is the pattern's business, and every combination means something.
#define LAB_ITEM_NUMBERS 4
#define LAB_ITEMS        32

struct lab_item {
    uint32_t x[LAB_ITEM_NUMBERS];
};

// Plays the items on both sides and compares; fills the check. Items are at least one.
typedef void (*lab_play_items)(void *ctx, const struct lab_item *items, uint32_t count,
                               struct lab_check *check);

// Those in a random script who have something to do, in the order in which they come up: one who
// has nothing to do is none.
#define LAB_PLACES 8

struct lab_places {
    uint32_t of[LAB_PLACES]; // counted from 1; 0: has not come up
    uint32_t count;
};

uint32_t lab_place(struct lab_places *p, uint32_t who); // from 0

// Numbers below these limits, in scripts of up to `most` items.
struct lab_random_def {
    const char *name; // of the check
    uint32_t limits[LAB_ITEM_NUMBERS];
    uint32_t most, scripts;
    lab_play_items play;
    void *ctx;
};

// One check for all scripts: its error is how many of them differ, and its detail where the
// first of those parts after it has been made as small as it gets.
void lab_verify_random(const struct lab_random_def *def, struct lab_report *out);

// ---- The models' side ----

// A model for scripts: links without delay, so long that every script ends. NULL: no memory.
struct sim_model *lab_model_open(const char *name);

// Steps in a row; they may have been made in any order.
uint32_t lab_model_list(struct sim_model *m, const uint32_t *steps, uint32_t count);
uint32_t lab_model_work(struct sim_model *m, enum sim_step_kind kind, int64_t ns);

// A client that asks a service's route once, at that instant; both are named by a number.
void lab_model_ask_once(struct sim_model *m, const char *service, uint32_t route,
                        int64_t at_ns);
// Adds a route of that number to a service that is being defined: all routes in a row.
void lab_model_route(struct sim_model *m, struct sim_service_def *s, uint32_t number,
                     uint32_t step);

// Seals the model, runs it to its end with a trace, and hands that to `read`. Closes the
// model in any case. False when it could not be run, or the trace was too short for it.
bool lab_model_run(struct sim_model *m,
                   void (*read)(void *ctx, const struct sim_trace *trace), void *ctx);

// The script of that name among the shipped labs. False: it is not there; else it is to be freed.
bool lab_scenario_load(const struct lab_verify_def *def, const char *name,
                       struct scn_script *out);

// Runs a scenario with these knobs, "name=value,name=value", and `version` set to the preset unless that
// is null, and takes a metric of the time after its warm-up, or what an expectation of that name
// measures, the mean over as many seeds as it asks for. Not a number when it could not be run.
double lab_scenario_measure(const struct scn_script *script, const char *preset,
                            const char *settings, const char *metric);

// From one take to the drop that follows it.
struct lab_slice {
    int64_t begin_ns, end_ns;
    uint32_t thread;
};

// Plays the script on the model of the lock, one client a thread, and writes the first `cap`
// slices in their order. Returns how many there were, below 0 when it could not be run.
int64_t lab_gil_model_play(const struct lab_gil_script *script, struct lab_slice *out,
                           uint32_t cap);

#endif
