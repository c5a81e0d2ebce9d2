#ifndef SIM_REPORT_BULKHEADS_H
#define SIM_REPORT_BULKHEADS_H

// Bulkheads and pools of connections, by what they are called in a report.

#include <stddef.h>
#include <stdint.h>

#include "sim/model/model.h"

// The client or service whose steps it is around, the first of them; "": it is around none.
const char *sim_bulkhead_owner(const struct sim_model *m, uint32_t number);

const char *sim_bulkhead_kind(const struct sim_model *m, uint32_t number); // "connections"

// Its own name, or "api connections"; with " x2" where it stands at two replicas.
void sim_bulkhead_title(const struct sim_model *m, uint32_t number, char *text,
                        size_t size);

#endif
