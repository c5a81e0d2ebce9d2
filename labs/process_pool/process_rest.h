#ifndef LABS_PROCESS_POOL_PROCESS_REST_H
#define LABS_PROCESS_POOL_PROCESS_REST_H

// Private to the script: when a pool has come to rest. Then every worker sleeps, at a call's
// gate or in the line, no call is on its way, and the manager has seen all there is to see.

#include "labs/process_pool/process_pool.h"

void lab_process_rest_await(struct lab_process_pool *p);
void lab_process_rest_await_end(struct lab_process_pool *p,
                                uint32_t worker); // by its number

// For the pool's definition: the worker comes first. One is in the line before the next is
// begun, has taken its next call, if there is one in the pipe, before that is filled, and has
// taken the lock of a dead one before that is replaced.
void lab_process_rest_heard(void *ctx, struct lab_process_pool *p, uint32_t place,
                            uint64_t done);

// With the mutex held: the number of the worker that has the call, or nobody.
uint32_t lab_process_rest_worker_of(const struct lab_process_pool *p,
                                    const struct lab_process_pool_call *call);

#endif
