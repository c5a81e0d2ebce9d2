#ifndef SIM_MODEL_LINT_H
#define SIM_MODEL_LINT_H

// What is legal in a sealed model and still is probably a mistake.

#include "sim/model/model.h"

// Called with the line of the client or call and a sentence, for
//   a call that may wait longer than its caller does: the rest of the wait is for nobody;
//   a timeout around a retry with none inside: it is for all attempts together;
//   a retry around what is done again with each attempt: an effect, there or in whom it calls;
//   a timeout around a fallback with none inside: when it is over, nothing answers;
//   idempotency around a client's call: there is no key;
//   a semaphore around a timeout: waiting for the semaphore is not limited.
typedef void sim_lint_remark(void *ctx, int line, const char *text);

void sim_model_lint(const struct sim_model *m, sim_lint_remark *remark, void *ctx);

#endif
