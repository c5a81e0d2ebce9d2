#ifndef SCN_HOST_BOX_H
#define SCN_HOST_BOX_H

// What the words of the language give back: values of the script that stand for something in
// the model. Each is a small userdata with a kind, made by one word and read by others.

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "scenarios/host/args.h"
#include "scenarios/host/scenario.h"

enum scn_kind {
    SCN_VALUE,   // a number that is not known yet: distribution, expression, curve
    SCN_STEP,    // one step, or a list
    SCN_POLICY,  // what stands in a list of policies
    SCN_SERVICE, // service or, with a replica, one of its replicas
    SCN_CLIENT,
    SCN_HOST,
    SCN_LINK,
    SCN_RUNTIME,
    SCN_EXECUTOR,
    SCN_POOL, // of processes or interpreters
    SCN_ARRIVALS,
    SCN_SEMAPHORE,
    SCN_BUDGET, // of retries
    SCN_CACHE,
    SCN_FAULT,   // what happens, without a time
    SCN_REQ,     // the request that will come
    SCN_REQUEST, // the request of a running function
    SCN_TASK,    // a task that a running function has made
    SCN_KINDS
};

// A single step of work with a plain number is kept as it is until somebody needs it as a
// step of the model: a function that awaits it does not.
struct scn_step_box {
    uint32_t step; // SIM_NONE: not in the model yet
    uint32_t kind; // enum sim_step_kind
    uint32_t flags, status;
    bool plain; // of work: seconds, not value
    int line;   // of work, where it was made; 0 in a running function
    double seconds;
    uint32_t value;
};

struct scn_box {
    enum scn_kind kind;
    int line;      // where it was made
    uint32_t pool; // executor: its number as a pool plus 1; 0: it is none yet
    bool is_used;  // fault: a time is given to it
    bool breaks;   // pool: on_crash = "break" was asked for
    union {
        uint32_t id; // value, service, client, host, semaphore, budget, cache, pool
        struct {
            uint32_t id;   // policy
            char only[64]; // the route that it is for; "" all
        } policy;
        struct {
            uint32_t id, replica; // service; SIM_NONE: all replicas
        } service;
        struct {
            char from[64];
            uint32_t to; // service
            char to_name[64];
        } link;
        struct scn_step_box step;
        struct sim_runtime runtime;
        struct sim_executor_def executor;
        struct sim_arrivals_def arrivals;
        struct sim_fault fault;
        struct {
            struct sim_run *run;
            uint32_t task;
        } request;
        struct {
            struct sim_run *run;
            struct sim_task_ref ref;
        } task;
    } u;
};

// Pushes a new box of a kind.
struct scn_box *scn_box_push(lua_State *L, enum scn_kind kind);

// The box at an index, or NULL when there is something else, or another kind.
struct scn_box *scn_box_test(lua_State *L, int index, enum scn_kind kind);

// The same, with an error that names what was expected.
struct scn_box *scn_box_check(lua_State *L, int index, enum scn_kind kind);

// "a service", "a step", ...: also of what is no box.
const char *scn_kind_name(enum scn_kind kind);
const char *scn_what_is(lua_State *L, int index);

// Sets a field of a kind's metatable to the value on top of the stack, and pops that.
void scn_box_method(lua_State *L, enum scn_kind kind, const char *name);

// Makes the kinds' metatables.
void scn_box_open(lua_State *L);

#endif
