#ifndef LABS_PROCESS_POOL_PROCESS_PRIVATE_H
#define LABS_PROCESS_POOL_PROCESS_PRIVATE_H

// Private to the pool: what its threads and processes do.

#include "labs/process_pool/process_line.h"

void *lab_process_manager_main(void *pool);
void *lab_process_feeder_main(void *pool);

// By the manager, with the mutex held. Begin is false when the system gives no process; reap
// waits, without the mutex, for the end of one that will end.
bool lab_process_worker_begin(struct lab_process_pool *p);
void lab_process_worker_reap(struct lab_process_pool *p, uint32_t place);

// With the mutex held.
void lab_process_pool_wake(struct lab_process_pool *p); // the manager
void lab_process_pool_settle(struct lab_process_pool *p, struct lab_process_pool_call *c,
                             enum lab_process_pool_state state);

#endif
