#ifndef LABS_KIT_POLICIES_LOADS_H
#define LABS_KIT_POLICIES_LOADS_H

// What threads make of a pattern in real time: part of bulkhead, of cache and of hedge.

#include "labs/kit/verify_private.h"

void lab_verify_bulkhead_load(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_cache_load(const struct lab_verify_def *def, struct lab_report *out);
void lab_verify_hedge_load(const struct lab_verify_def *def, struct lab_report *out);

#define LAB_LOAD_LIMIT    0.05
#define LAB_LOAD_BUDGET_S 12 // eight batches and more

#endif
