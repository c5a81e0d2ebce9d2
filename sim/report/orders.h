#ifndef SIM_REPORT_ORDERS_H
#define SIM_REPORT_ORDERS_H

// In which order policies stand around the calls from one to another, outermost first:
// "retry 4 > breaker resilience4j > timeout 0.08 s".

#include <stdint.h>

#include "sim/model/model.h"

#define SIM_ORDERS 4 // that are told of each pair, at most

struct sim_orders {
    uint32_t count;
    char text[SIM_ORDERS][200];
};

// Of the calls that a client or service makes to a service, each order once; those without any
// policy are left out.
void sim_orders_read(struct sim_orders *o, const struct sim_model *m, const char *from,
                     const char *to);

#endif
