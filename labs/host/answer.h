#ifndef LABS_HOST_ANSWER_H
#define LABS_HOST_ANSWER_H

// One question to an implementation of each pattern: what it is asked in `in` (wire.h), answered in
// `out`. Returns how many numbers, or -1: it has no such thing.

#include <stdint.h>

int lab_answer_limit(const void *object, const int64_t *in, uint32_t count, int64_t *out);
int lab_answer_breaker(const void *object, const int64_t *in, uint32_t count, int64_t *out);
int lab_answer_budget(const void *object, const int64_t *in, uint32_t count, int64_t *out);

#endif
