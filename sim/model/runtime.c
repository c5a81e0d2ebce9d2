#include "sim/model/runtime.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

// By place: 3.11, 3.12, 3.13, 3.13t, 3.14, 3.14t. A version that a cost was not measured on
// takes its neighbour's: 3.12 is nearest to 3.11, for threads and locks changed in 3.13; 3.13 is
// nearest to 3.14; the free-threaded builds to one another. 3.14 has them all.
#define HAS_ALL 4u

static const char *const names[] = {
    "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t", NULL
};
static const uint32_t neighbours[SIM_RUNTIMES] = {
    HAS_ALL, 0, HAS_ALL, 5, HAS_ALL, HAS_ALL
};

#define US 1e-6
#define MS 1e-3
#define KB 1e3
#define MB 1e6

// Measured on 3.11, 3.14 and 3.14t; on the two with a GIL; the same on all.
#define ON3(unit, x, y, z)                                      \
    {                                                           \
        (x) * (unit), NAN, NAN, NAN, (y) * (unit), (z) * (unit) \
    }
#define ON2(unit, x, y)                                \
    {                                                  \
        (x) * (unit), NAN, NAN, NAN, (y) * (unit), NAN \
    }
#define SAME(x)                      \
    {                                \
        (x), (x), (x), (x), (x), (x) \
    }

// COST is one that a mechanism reads; what stands under DATA waits for its own.
#define ROW(read, field, kind, known, text, ...)                                    \
    {                                                                               \
        .key = #field, .about = (text), .unit = SIM_COST_##kind, .is_read = (read), \
        .offset = (uint32_t)offsetof(struct sim_runtime, field), .at = __VA_ARGS__, \
        .origin = SIM_COST_##known                                                  \
    }
#define COST(...) ROW(true, __VA_ARGS__)
#define DATA(...) ROW(false, __VA_ARGS__)

// clang-format off
static const struct sim_cost costs[] = {
    COST(switch_interval, TIME, PUBLISHED, "sys.setswitchinterval",
         SAME(5 * MS)),
    COST(timer_slack, TIME, MEASURED, "a timed wait for the GIL ends this late",
         ON2(US, 60, 60)),
    COST(wake, TIME, MEASURED, "from a release to the woken waiter's try",
         ON2(US, 35, 35)),
    COST(wake_short, TIME, MEASURED, "the same of one that has slept for less than 0.2 ms",
         ON2(US, 4, 4)),
    COST(wake_spread, FACTOR, MEASURED, "of that time: the 90th percentile over the median",
         ON2(1, 2.1, 2.1)),
    COST(resume, TIME, MEASURED, "from a hand-over to the forced dropper running again",
         ON2(US, 8, 8)),
    COST(resume_behind, CHANCE, MEASURED,
         "the dropper waits for a tick, where others wait", ON2(1, 0.2, 0.2)),
    COST(requester_wins, CHANCE, MEASURED, "who asked for the GIL is woken first",
         ON2(1, 0.45, 0.45)),
    COST(fifo_share, CHANCE, MEASURED, "of the other wake-ups: the longest waiter, else any",
         ON2(1, 0.6, 0.6)),
    COST(bytecode_factor, FACTOR, MEASURED, "time of bytecode relative to the script's",
         { 1, 1, 1, 1.51, 1, 1.17 }),
    COST(native_factor, FACTOR, DEFINED, "time of native code relative to the script's",
         SAME(1)),
    COST(thread_start, TIME, MEASURED, "until a new thread runs",
         ON3(US, 127, 159, 594)),
    COST(sleep_slack, TIME, MEASURED, "time.sleep comes back this late",
         ON3(US, 107, 122, 107)),
    COST(lock_handoff, TIME, PUBLISHED, "who waited longer is given a lock; 0: nobody is",
         { 0, 0, 1 * MS, 1 * MS, 1 * MS, 1 * MS }),
    COST(executor_round_trip, TIME, MEASURED, "ThreadPoolExecutor: submit one task and wait for it",
         ON3(US, 128, 107, 60.5)),
    COST(executor_burst, TIME, MEASURED, "ThreadPoolExecutor: a task of 1000 submitted at once",
         ON3(US, 10.9, 10.4, 6.59)),
    DATA(loop_start, TIME, MEASURED, "asyncio.run of nothing",
         ON3(US, 130, 102, 110)),
    COST(loop_iteration, TIME, MEASURED, "one turn of the event loop",
         ON3(US, 2.52, 3.22, 2.12)),
    COST(task_create, TIME, MEASURED, "create a task and await it",
         ON3(US, 7.1, 6.9, 6.98)),
    DATA(task_each, TIME, MEASURED, "a task of 10,000 gathered",
         ON3(US, 6.38, 6.09, 5.39)),
    COST(task_switch, TIME, MEASURED, "from one task to the next among 1000",
         ON3(US, 8.57, 9.12, 5.24)),
    DATA(await_coroutine, TIME, MEASURED, "await a coroutine that does not wait",
         ON3(US, 0.108, 0.121, 0.112)),
    COST(poll_step, TIME, PUBLISHED, "the loop's timers are rounded up to it",
         SAME(1 * MS)),
    COST(poll_slack, TIME, MEASURED, "asyncio.sleep comes back this late beside the rounding",
         ON3(US, 157, 216, 137)),
    COST(poll_slack_long, TIME, MEASURED, "the same of a sleep of 10 ms",
         ON3(US, 364, 406, 339)),
    DATA(to_thread, TIME, MEASURED, "asyncio.to_thread, there and back",
         ON3(US, 156, 223, 63.7)),
    COST(fork_first, TIME, MEASURED, "first process by fork",
         ON3(MS, 4.92, 15.1, 17.3)),
    COST(fork_start, TIME, MEASURED, "a process by fork, start to join",
         ON3(MS, 3.78, 3.11, 4.05)),
    COST(spawn_first, TIME, MEASURED, "first process by spawn",
         ON3(MS, 97.4, 242, 285)),
    COST(spawn_start, TIME, MEASURED, "a process by spawn, start to join",
         ON3(MS, 100, 250, 251)),
    COST(forkserver_first, TIME, MEASURED, "first process by forkserver",
         ON3(MS, 86.2, 309, 273)),
    COST(forkserver_start, TIME, MEASURED, "a process by forkserver, start to join",
         ON3(MS, 55.2, 13.4, 4.32)),
    DATA(interpreter_boot, TIME, MEASURED, "python -c pass",
         ON3(MS, 19.7, 17, 21)),
    COST(pool_round_trip, TIME, MEASURED, "ProcessPoolExecutor: submit one small task and wait",
         ON3(US, 348, 607, 357)),
    COST(pool_burst, TIME, MEASURED, "ProcessPoolExecutor: a task of 500 submitted at once",
         ON3(US, 141, 152, 95.6)),
    COST(pickle_bytes, RATE, MEASURED, "pickling 60 kB of bytes, to memory that is in use",
         SAME(25400 * MB)),
    COST(unpickle_bytes, RATE, MEASURED, "pickle.loads of 1 MB of bytes",
         ON3(MB, 35600, 42600, 34200)),
    COST(pipe_bytes, RATE, MEASURED, "60 kB through a pipe, by one thread",
         SAME(5370 * MB)),
    COST(fresh_bytes, RATE, MEASURED, "first writing of memory that is new from the kernel",
         SAME(2410 * MB)),
    COST(memory_bytes, RATE, MEASURED, "copying 64 MB, which no cache holds",
         SAME(8300 * MB)),
    COST(cache_size, BYTES, MEASURED, "the processor's last cache",
         SAME(32 * 1048576.0)),
    DATA(pickle_objects, RATE, MEASURED, "pickle.dumps of objects, by their JSON size of 10 kB",
         ON3(MB, 538, 292, 311)),
    DATA(unpickle_objects, RATE, MEASURED, "pickle.loads of the same",
         ON3(MB, 381, 211, 156)),
    DATA(json_encode, RATE, MEASURED, "json.dumps of 10 kB",
         ON3(MB, 65.7, 100, 59.8)),
    DATA(json_decode, RATE, MEASURED, "json.loads of 10 kB",
         ON3(MB, 133, 151, 125)),
    DATA(interpreter_create, TIME, MEASURED, "make a subinterpreter",
         ON3(MS, 11, 13.8, 21.2)),
    DATA(interpreter_first_run, TIME, MEASURED, "first code in a subinterpreter",
         ON3(US, 27.2, 305, 853)),
    DATA(interpreter_close, TIME, MEASURED, "end a subinterpreter",
         ON3(MS, 1.45, 2.4, 4.11)),
    COST(interpreter_pool_first, TIME, MEASURED, "InterpreterPoolExecutor: the first task, imports included",
         { NAN, NAN, NAN, NAN, 82.1 * MS, 92.1 * MS }),
    COST(interpreter_round_trip, TIME, MEASURED, "InterpreterPoolExecutor: submit one task and wait",
         { NAN, NAN, NAN, NAN, 270 * US, 945 * US }),
    COST(gc_object, TIME, MEASURED, "full collection, for each of a million live containers",
         ON3(US, 0.0821, 0.0834, 0.0297)),
    COST(process_memory, BYTES, MEASURED, "a process with asyncio and concurrent.futures imported",
         ON3(KB, 22160, 26700, 34360)),
    COST(thread_memory, BYTES, MEASURED, "a thread, of 1000",
         ON3(KB, 16.62, 14.8, 210.8)),
    COST(task_memory, BYTES, MEASURED, "a task of the event loop, of 10,000",
         ON3(KB, 1.182, 0.9828, 0.8524)),
    COST(interpreter_memory, BYTES, MEASURED, "a subinterpreter, of 100",
         ON3(KB, 1400, 2339, 3407)),
    COST(fork_memory, BYTES, MEASURED, "a forked child's own, of 100",
         ON3(KB, 1489, 1443, 1161)),
    COST(forkserver_memory, BYTES, MEASURED, "a forkserver child's own, of 100",
         ON3(KB, 10380, 6497, 9261)),
    COST(spawn_memory, BYTES, MEASURED, "a spawned child's own, of 40",
         ON3(KB, 11910, 11490, 19540)),
};
// clang-format on

const char *const *sim_runtime_names(void)
{
    return names;
}

const struct sim_cost *sim_runtime_costs(uint32_t *n)
{
    *n = sizeof costs / sizeof *costs;
    return costs;
}

double sim_runtime_get(const struct sim_runtime *r, const struct sim_cost *c)
{
    sim_time d;
    double x;
    const char *at = (const char *)r + c->offset;
    if (c->unit != SIM_COST_TIME) {
        memcpy(&x, at, sizeof x);
        return x;
    }
    memcpy(&d, at, sizeof d);
    return (double)d / SIM_S;
}

void sim_runtime_set(struct sim_runtime *r, const struct sim_cost *c, double x)
{
    char *at = (char *)r + c->offset;
    sim_time d = c->unit == SIM_COST_TIME ? (sim_time)(x * SIM_S + 0.5) : 0;
    if (c->unit == SIM_COST_TIME)
        memcpy(at, &d, sizeof d);
    else
        memcpy(at, &x, sizeof x);
}

enum sim_cost_origin sim_runtime_origin(const struct sim_cost *c, uint32_t version,
                                        uint32_t *from)
{
    *from = version;
    while (isnan(c->at[*from]))
        *from = neighbours[*from];
    if (c->unit == SIM_COST_FACTOR && c->at[*from] == 1)
        return SIM_COST_DEFINED;
    return *from == version ? c->origin : SIM_COST_NEIGHBOUR;
}

static void fill(struct sim_runtime *r, uint32_t version)
{
    uint32_t from;
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        sim_runtime_origin(&costs[i], version, &from);
        sim_runtime_set(r, &costs[i], costs[i].at[from]);
    }
}

bool sim_runtime_preset(const char *name, struct sim_runtime *out)
{
    for (uint32_t i = 0; names[i]; i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        *out = (struct sim_runtime){ .version = (uint8_t)i };
        out->has_gil = strchr(name, 't') == NULL;
        out->forks = strncmp(name, "3.14", 4) != 0;
        out->hands_over = strcmp(name, "3.11") != 0 && strcmp(name, "3.12") != 0;
        fill(out, i);
        return true;
    }
    return false;
}
