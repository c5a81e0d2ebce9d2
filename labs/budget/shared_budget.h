#ifndef LABS_BUDGET_SHARED_BUDGET_H
#define LABS_BUDGET_SHARED_BUDGET_H

// A budget that many threads share: the one above behind a mutex. That a retry is allowed and
// that it is paid for are one step, for two threads that both see the last token would both
// spend it.

#include <pthread.h>

#include "labs/budget/budget.h"

struct lab_shared_budget {
    pthread_mutex_t mutex;
    struct lab_budget budget; // guarded by mutex
};

// False when there is no mutex to be had.
bool lab_shared_budget_init(struct lab_shared_budget *s, const struct lab_budget_def *def);
void lab_shared_budget_fini(struct lab_shared_budget *s);

void lab_shared_budget_began(struct lab_shared_budget *s, int64_t now_ns);
void lab_shared_budget_answered(struct lab_shared_budget *s,
                                enum lab_budget_outcome outcome);
bool lab_shared_budget_allows(struct lab_shared_budget *s, int64_t now_ns);
void lab_shared_budget_retry_ended(struct lab_shared_budget *s);
void lab_shared_budget_request_ended(struct lab_shared_budget *s);

#endif
