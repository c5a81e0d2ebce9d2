#ifndef SIM_STATS_INTERVAL_H
#define SIM_STATS_INTERVAL_H

// How far a figure that was measured in a simulation can be trusted: confidence intervals
// from independent replications and from batches of one long run.
//
// The two rest on Student's t distribution, which is exact for normal samples. Means over
// a whole run or a long batch are nearly normal; single latencies are not, and successive
// ones are not even independent, so never make an interval of raw samples of one run.

#include <stdint.h>

// mean - half to mean + half covers the true mean with the confidence asked for.
struct sim_interval {
    double mean; // NaN without samples
    double half; // INFINITY with fewer than two samples
    uint32_t n;  // samples (or batches) behind it
};

// A share with limits that are not symmetric about it.
struct sim_share {
    double share; // NaN without trials
    double low, high;
};

// A sample taken in one value at a time, without keeping the values (B. P. Welford, Note on
// a method for calculating corrected sums of squares and products, Technometrics 4, 1962).
// A zeroed struct is an empty tally.
struct sim_tally {
    double mean;
    double squares; // sum of squared deviations from the mean
    uint64_t n;
};

void sim_tally_add(struct sim_tally *t, double value);

// The sample variance, with n - 1 below the line; NaN with fewer than two values.
double sim_tally_variance(const struct sim_tally *t);

// The interval for the mean of independent values. confidence is, for example, 0.95.
struct sim_interval sim_tally_interval(const struct sim_tally *t, double confidence);

// The same, of n values at once: one figure from each of n runs with other seeds.
struct sim_interval sim_interval_of(const double *values, uint32_t n, double confidence);

// The interval from one run's series, cut into that many batches of equal length whose
// means are taken as independent; what does not fill the last batch is left out, at the
// front, where the run is least settled. n < batches gives an interval without end.
// Honest only when batches are long against the series' memory: check with
// sim_interval_lag_one, and use 10 to 30 batches (B. W. Schmeiser, Batch size effects in the
// analysis of simulation output, Operations Research 30, 1982).
struct sim_interval sim_interval_batches(const double *series, uint32_t n, uint32_t batches,
                                         double confidence);

// The correlation of neighbouring batch means, from -1 to 1, cut as above. For independent
// ones it lies between about -2 / sqrt(batches) and 2 / sqrt(batches) in 95 cases of 100;
// above that, the batches are too short and the interval too narrow. 0 where the means do
// not vary or are fewer than two.
double sim_interval_lag_one(const double *series, uint32_t n, uint32_t batches);

// The limits for a probability of which hits in trials were seen. Wilson's, which stay
// between 0 and 1 and do not collapse at 0 hits (E. B. Wilson, J. American Statistical
// Association 22, 1927; recommended by L. Brown, T. Cai and A. DasGupta, Statistical Science
// 16, 2001).
struct sim_share sim_interval_share(uint64_t hits, uint64_t trials, double confidence);

// Student's t with df > 0 degrees of freedom: P(T <= t), and its inverse for 0 < p < 1
// (relative error below 1e-9 for p from 1e-6 to 1 - 1e-6 and df up to 10,000).
double sim_student_below(double t, double df);
double sim_student_quantile(double p, double df);

#endif
