#ifndef LABS_KIT_PUBLISHED_FORMULAS_H
#define LABS_KIT_PUBLISHED_FORMULAS_H

// Closed forms, written from their sources and independent of the simulator: they check the
// expected column of the rows that ask for it.

double lab_formula_erlang_b(int servers, double load);
double lab_formula_erlang_c(int servers, double load); // P(wait > 0)
// C(N) of Gunther's universal scalability law.
double lab_formula_usl(double sigma, double kappa, double n);
// Mitzenmacher 2001: mean time in system of d choices among infinitely many servers, S = 1.
double lab_formula_power_of_d(double d, double lambda);
// The share of requests with at least one slow leaf.
double lab_formula_fanout(double p, double n);

#endif
