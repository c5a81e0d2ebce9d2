#ifndef SCN_RUNNER_SWEEP_H
#define SCN_RUNNER_SWEEP_H

// Many runs of one scenario, each with its own model and script, on all cores. What comes out does not
// depend on how many there are.

#include "scenarios/runner/runner.h"

#define SCN_FAILED_SEEDS 20

// Every expectation of every variant, on seeds 1 to n.
struct scn_tally {
    char claim[160], because[320], variant[64];
    double share; // wanted
    uint32_t held, judged, undecided;
    uint32_t measured;        // of the judged; the others had no samples, and failed
    double least, most, mean; // of what was measured; NAN where nothing was
    uint64_t failed[SCN_FAILED_SEEDS]; // seeds on which it did not hold: the first so many
    uint32_t failed_kept;
    int line;
};

struct scn_sweep {
    struct scn_tally *tallies;
    uint32_t count;
    uint32_t runs;
    // Of the first run, by variant and seed, that did not end as it should.
    enum scn_end end;
    char variant[64]; // "" for the default
    uint64_t seed;
    struct scn_stop stop;
    bool unbalanced;
    struct scn_error error;
};

// Settings, limits and watch are the job's; its seed and variant are not used.
void scn_sweep(const struct scn_job *job, uint32_t seeds, uint32_t cores,
               struct scn_sweep *sweep);
void scn_sweep_free(struct scn_sweep *sweep);

// Calls each(ctx, i) for i below n, on so many threads; each i once.
void scn_parallel(uint32_t n, uint32_t threads, void (*each)(void *ctx, uint32_t i),
                  void *ctx);

#endif
