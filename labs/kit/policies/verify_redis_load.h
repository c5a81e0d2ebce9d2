#ifndef LABS_KIT_POLICIES_VERIFY_REDIS_LOAD_H
#define LABS_KIT_POLICIES_VERIFY_REDIS_LOAD_H

#include "labs/kit/verify_private.h"

// The statistics of the limiters in a Redis that listens there: part of redis_limit.
void lab_verify_redis_loads(const struct lab_verify_def *def, const char *socket,
                            struct lab_report *out);

#endif
