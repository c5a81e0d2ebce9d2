#ifndef SCN_HOST_BUILD_H
#define SCN_HOST_BUILD_H

// A scenario from the inside: what the words write to while the script runs, and what
// running functions need. One hangs on every Lua state, reachable by each word.

#include <lua.h>

#include "scenarios/host/box.h"

struct scn_printed {
    char text[65536 + 1];
    size_t length;
};

#define SCN_REMARKS 64

struct scn_budget_made {
    uint32_t id;
    int line;
    bool is_used; // named by a retry
};

// A link that the script names, between two that may call each other or not.
struct scn_link_named {
    char from[64], to[64];
    int line;
};

// A field of requests, as far as the script has said it.
struct scn_field {
    char name[64];
    int read_line; // of its first req.name; 0: nobody reads it
    bool is_sent;  // by a client
};

// What a fault waits for: a metric in a range, over the last so long.
struct scn_condition {
    uint32_t fault; // its number
    sim_time over;
    struct scn_expectation range; // of which path, range, metric and line are used
};

struct scn_scenario {
    struct scn_sandbox *sandbox;
    struct sim_model *model;
    const struct scn_request *request; // while the script runs
    char file[256];                    // of the script
    char name[128], about[400];
    bool has_scenario; // the word was used
    bool is_sealed;    // the script has ended: only handlers run now
    int64_t warmup;
    uint32_t seeds;
    struct sim_fault *faults;
    uint32_t fault_count, fault_room;
    struct scn_condition *conditions;
    uint32_t condition_count, condition_room;
    struct scn_scenario **turned; // the same script as it is when a knob has been turned
    uint32_t turned_count;
    struct scn_knob *knobs;
    uint32_t knob_count, knob_room;
    struct scn_variant *sets; // of knobs, while a run goes on
    uint32_t set_count, set_room;
    struct scn_variant *variants;
    uint32_t variant_count, variant_room;
    struct scn_expectation *expectations;
    uint32_t expectation_count, expectation_room;
    struct scn_budget_made *budgets; // with the word budget
    uint32_t budget_count, budget_room;
    struct scn_field fields[SIM_FIELDS];      // by their number in the model
    struct scn_link_named links[SCN_REMARKS]; // the first ones
    uint32_t link_count;
    // Of the first that looks at a field which has a usual name; 0: none does.
    int priority_line, criticality_line;
    struct scn_remark remarks[SCN_REMARKS];
    uint32_t remark_count;
    struct scn_printed printed;
    struct sim_script script;
    struct scn_error script_error;
    struct scn_threads *threads; // of handlers, in handler.c
    bool uses_functions;
    int bytes_line;     // of the first message that says how large it is; 0: none does
    bool has_bandwidth; // some link, at some time
    int includes;       // depth
};

struct scn_scenario *scn_of(lua_State *L);

// The number of a field that the running word names.
uint32_t scn_field(lua_State *L, const char *name);

// Makes room for one more in an array of the scenario's; raises an error at the cap.
void *scn_grow(lua_State *L, void *at, uint32_t count, uint32_t *room, size_t item,
               const char *what);

// What a definition that is built again and again by a running function stands for already,
// or SIM_NONE; and where it is remembered. Bytes must be without padding of chance value.
uint32_t scn_known(lua_State *L, char tag, const void *bytes, size_t n);
void scn_remember(lua_State *L, char tag, const void *bytes, size_t n, uint32_t id);

// The number that a model gave, or an error when it is SIM_NONE.
uint32_t scn_added(lua_State *L, uint32_t id);

// ---- Conversions, with an error when the thing at the index is something else ----

// A number or what stands for one. Plain numbers must lie between min and max.
uint32_t scn_to_value(lua_State *L, int index, const char *what, double min, double max);
// Pushes what is defined by bytes without padding of chance value; equal ones are one.
int scn_push_value(lua_State *L, const struct sim_value *v);
// A step, a list of steps, or a function.
uint32_t scn_to_step(lua_State *L, int index);
bool scn_is_step(lua_State *L, int index);
// Pushes what is defined by bytes without padding of chance value; equal ones are one.
int scn_push_step(lua_State *L, struct sim_step *s);
// The model's number of a step, which is added unless an equal one is there. Without a line
// it gets that of the word that runs.
uint32_t scn_add_step(lua_State *L, struct sim_step *s);
// An empty step of a kind, to be filled.
struct sim_step *scn_blank_step(struct sim_step *s, enum sim_step_kind kind);
// A step of that kind whose children are the list part of a table.
uint32_t scn_step_list(lua_State *L, struct scn_args *a, const struct sim_step *kind);
// The keys of a line before workers.
void scn_read_line(lua_State *L, struct scn_args *a, struct sim_executor_def *e);
// The task that a running function handles, in which the word acts; an error outside.
const struct scn_box *scn_running_request(lua_State *L, const char *word);
bool scn_is_running(lua_State *L);
uint32_t scn_step_entry(lua_State *L, uint32_t step); // compiled for the service it runs in
// The model's number of a step box.
uint32_t scn_step_id(lua_State *L, struct scn_step_box *s);
// A call of the service at index 1, of the word that is named, with no keys read yet.
void scn_read_target(lua_State *L, const char *word, struct sim_call_def *c);
// The key "bytes", of a message; a value plus 1, or 0 when it is left out.
uint32_t scn_read_bytes(struct scn_args *a);
// The same of a client, whose requests are as large as their field "bytes" says.
uint32_t scn_read_req_bytes(struct scn_args *a);
uint32_t scn_add_call(lua_State *L, const struct sim_call_def *c);
// The key "on": outcomes as bits 1 << outcome.
void scn_read_on(struct scn_args *a, uint32_t *on);
// The budget on top of the stack, by name or one that others share.
uint32_t scn_to_budget(struct scn_args *a);
// A route of a service that is being read, behind those that it has.
void scn_add_route(lua_State *L, struct sim_service_def *s, const char *name,
                   uint32_t step);
// The keys "readiness", "liveness", "startup", "drain" and "grace" of a service whose handler has
// been read.
void scn_read_probes(struct scn_args *a, struct sim_service_def *s);
bool scn_is_probed(const struct sim_service_def *s);
// The key "balance" of a service with so many replicas.
void scn_read_balance(struct scn_args *a, uint32_t replicas, struct sim_balance *b);
// A key such as "per": one field of a request, or a list of such, SIM_LIMIT_FIELDS at most.
void scn_read_fields(struct scn_args *a, const char *key, uint32_t *per, uint32_t *count);
// The keys of what may lie in a store; sharing holds what is usual. False: it lies in none.
bool scn_read_store(struct scn_args *a, struct sim_sharing *sharing);
// The keys at_least, at_most, about and tolerance.
void scn_read_range(struct scn_args *a, struct scn_expectation *e);
// A new fault of a kind, without a time, at the line that runs.
struct sim_fault *scn_push_fault(lua_State *L, enum sim_fault_kind kind);
// Holds the fault on top of the stack, for a remark if it is given no time.
void scn_hold_fault(lua_State *L);
// "api[2] slow x8": the service or replica that it happens to, and what.
void scn_fault_label(lua_State *L, struct sim_fault *f, const char *format, double x);
// A method's object, a number and options, and nothing else, such as the fault itself.
void scn_three_at_most(lua_State *L);
// Pushes the method that the name at index 2 stands for.
struct luaL_Reg;
int scn_push_method(lua_State *L, const struct luaL_Reg *methods, const char *what);
// Methods that services have, too.
int scn_fault_steal(lua_State *L);
int scn_fault_latency(lua_State *L);
int scn_fault_drop(lua_State *L);
int scn_fault_bandwidth(lua_State *L);
int scn_fault_partition(lua_State *L);
int scn_fault_refuse(lua_State *L);
// The fault at the index, which happens then.
struct sim_fault *scn_add_fault(lua_State *L, int index, sim_time begin, sim_time end,
                                sim_time every);
// The setting of a knob whose name and value are on top of the stack.
void scn_read_setting(lua_State *L, struct scn_args *a, struct scn_variant *v);
// Finds what the script's sets change, in a sealed model.
bool scn_sets_resolve(struct scn_scenario *s, const struct scn_request *r,
                      struct scn_error *error);
// Looks up what the script's conditions are about, in a sealed model.
bool scn_when_resolve(struct scn_scenario *s, struct scn_error *error);
// The key "idempotency_key" of a call.
void scn_read_key(struct scn_args *a, struct sim_call_def *c);
// An empty policy of a kind, to be filled; and pushed, where equal ones are one.
struct sim_policy *scn_blank_policy(struct sim_policy *p, enum sim_policy_kind kind);
int scn_push_policy(lua_State *L, const struct sim_policy *p);
// `step`, of a route or of none (NULL), within the policies of a list, the first one outermost.
uint32_t scn_within(lua_State *L, struct scn_args *policies, const char *route,
                    uint32_t step);
// Refuses policies that are only for a route that is not there. NULL after the last one.
void scn_check_only(struct scn_args *policies, const char *const *routes);
// Pushes a pool that has been defined.
int scn_push_pool(lua_State *L, const struct sim_pool_def *p);
// Reads keys that say what a worker takes to start, and of memory.
void scn_read_startup(struct scn_args *a, struct sim_pool_def *p);
void scn_read_memory(struct scn_args *a, const char *key, int64_t *bytes);
// The executor of a service that is made of the processes or interpreters of a pool, on so
// many cores; and a handler's steps in one of them, or as they are where pool is 0.
struct sim_executor_def scn_serving(lua_State *L, uint32_t pool, uint32_t cores);
uint32_t scn_served(lua_State *L, uint32_t pool, uint32_t step);
// A service, by itself or by its name in quotes.
void scn_to_service_name(lua_State *L, int index, const char *what, char *name,
                         size_t size);
void scn_to_store_name(lua_State *L, int index, const char *what, char *name, size_t size);
// Reads the name of what is being made, at the first argument, which nothing else may have.
void scn_new_name(lua_State *L, const char *what, char *name, size_t size);

// Pushes the content of a file that lies beside the script or in the shipped library, whose
// name ends in that ending; anything else is an error.
void scn_push_file(lua_State *L, const char *name, const char *ending);

int scn_line(lua_State *L); // of the script, where the running word was called
void scn_remark(lua_State *L, const char *format, ...);

// ---- The groups of words ----

enum scn_entry_time {
    SCN_ANY_TIME,
    SCN_BUILDS // makes a part of the world: not in a function that handles a request
};

// A word, and how many arguments it may have: what stands behind them would be ignored.
struct scn_entry {
    const char *name;
    lua_CFunction act;
    int most;
    enum scn_entry_time time;
};

// The entries, ended by a NULL name, stay where they are.
void scn_register(lua_State *L, const struct scn_entry *words);

// Services, clients, hosts and semaphores have names that differ: refuses one that is taken.
void scn_take_name(lua_State *L, const char *what, const char *name);

void scn_open_values(lua_State *L);
void scn_open_steps(lua_State *L);
void scn_open_policies(lua_State *L);
void scn_open_retries(lua_State *L);
void scn_open_breakers(lua_State *L);
void scn_open_shedding(lua_State *L);
void scn_open_throttles(lua_State *L);
void scn_open_outbox(lua_State *L);
void scn_open_effects(lua_State *L);
void scn_open_bulkheads(lua_State *L);
void scn_open_pools(lua_State *L);
void scn_open_servers(lua_State *L);
void scn_open_presets(lua_State *L);
void scn_open_async(lua_State *L);
void scn_open_world(lua_State *L);
void scn_open_stores(lua_State *L);
void scn_open_caches(lua_State *L);
void scn_open_hedges(lua_State *L);
void scn_open_arrivals(lua_State *L);
void scn_open_happenings(lua_State *L); // these three among them
void scn_open_service_faults(lua_State *L);
void scn_open_link_faults(lua_State *L);
void scn_open_other_faults(lua_State *L);
void scn_open_when(lua_State *L);
void scn_open_sets(lua_State *L);
void scn_open_expectations(lua_State *L);
void scn_open_handlers(lua_State *L);

bool scn_threads_open(struct scn_scenario *s);
void scn_threads_close(struct scn_scenario *s);

#endif
