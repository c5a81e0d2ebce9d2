#ifndef SIM_REPORT_ACCOUNT_H
#define SIM_REPORT_ACCOUNT_H

// Figures about tenants and quotas of a run. Tenants are the values of the requests' field
// "tenant"; what is told of them is from the end of the warm-up on, as of everything that is
// measured. A quota's usage is that of the whole run, for a bill has no warm-up.

#include <stddef.h>

#include "sim/world/world.h"

// Jain's index of the tenants' goodput: (sum x)^2 / (n sum x^2) (R. Jain, D. Chiu and W. Hawe, DEC
// TR-301, 1984). 1: all have the same; 1 / n: one has all. Not a number without any goodput.
double sim_fairness(const struct sim_run *run);

// How many accounts a book has.
uint32_t sim_account_count(const struct sim_run *run, uint32_t book);

// What an account of a quota costs.
double sim_account_bill(const struct sim_run *run, const struct sim_account_view *a);

// Its key as a reader would write it: "pro", "17", "pro, GET"; "all" without any field.
void sim_account_name(const struct sim_run *run, const struct sim_account_view *a,
                      char *text, size_t size);

#endif
