#ifndef LABS_THREAD_POOL_THREAD_POOL_SCRIPT_H
#define LABS_THREAD_POOL_THREAD_POOL_SCRIPT_H

// Runs a real pool under a schedule of its own: time is a number, exactly one thread runs at
// any instant, and whose turn it is follows from the script alone (thread_pool_stage.h).

#include "labs/thread_pool/thread_pool.h"

#define LAB_THREAD_POOL_SCRIPT_SEATS 64 // clients and workers together

enum lab_thread_pool_act_kind {
    LAB_THREAD_POOL_DO_SUBMIT,
    LAB_THREAD_POOL_DO_CANCEL, // without effect until submit has returned the future
    LAB_THREAD_POOL_DO_DRAIN,  // close, and wait for what is in the line
    LAB_THREAD_POOL_DO_ABANDON // close, and cancel what is in the line
};

struct lab_thread_pool_act {
    int64_t at_ns; // or when the act before it is over, if that is later
    enum lab_thread_pool_act_kind kind;
    uint32_t call;
};

struct lab_thread_pool_client {
    const struct lab_thread_pool_act *acts;
    uint32_t count;
};

struct lab_thread_pool_script {
    uint32_t max_workers, capacity;
    bool hands_over;
    int64_t start_ns;  // from the wish for a thread to its first instruction
    int64_t wake_ns;   // from a put to the first look of the worker that it woke
    int64_t resume_ns; // from a thread's beginning, or end, to the next step of who waits
    const int64_t *work_ns;
    uint32_t calls; // their ids are their places in work_ns; each is submitted once
    const struct lab_thread_pool_client *clients;
    uint32_t client_count;
};

// Plays it to its end and writes the first `cap` decisions in the order in which they fell,
// with the script's time. What is due at one instant comes in the order in which it was
// arranged: a first act at the very start, the next when the one before was over.
// If no act closes the pool, the last client to end drains it.
// Returns how many decisions there were, below 0 when the system gave no thread or memory.
int64_t lab_thread_pool_script_play(const struct lab_thread_pool_script *script,
                                    struct lab_thread_pool_event *out, uint32_t cap);

#endif
