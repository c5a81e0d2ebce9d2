#ifndef SIM_REPORT_ADVICE_H
#define SIM_REPORT_ADVICE_H

// What kind of work a service does, and which executor its figures speak for. Nothing here is
// measured anew: a visit's needs come from the charges, and each executor's ceiling is the
// bottleneck law (P. J. Denning and J. P. Buzen, The Operational Analysis of Queueing Network
// Models, 1978): no resource is busy more than all the time, so throughput is at most its
// number divided by what a visit needs of it.

#include <stdbool.h>
#include <stdint.h>

#include "sim/report/profile.h"
#include "sim/report/summary.h"

// How the time of a service's threads looks to a sampling profiler: py-spy tells running from
// idle and sees the GIL, Scalene tells Python from native and from the system.
enum sim_sample {
    SIM_SAMPLE_PYTHON,  // running bytecode
    SIM_SAMPLE_NATIVE,  // running native code
    SIM_SAMPLE_WAITING, // for I/O, an answer, a lock, the next attempt
    SIM_SAMPLE_GIL,     // waiting for the GIL
    SIM_SAMPLE_SYSTEM,  // runnable without a core, or stopped
    SIM_SAMPLES,
    SIM_SAMPLE_NONE // in no thread of the process: in line before it, or travelling
};

enum sim_sample sim_sample_of(enum sim_cause cause);
const char *sim_sample_name(enum sim_sample sample);

enum sim_workload {
    SIM_CPU_BOUND, // at least SIM_MOSTLY of a visit's own time is computing
    SIM_IO_BOUND,  // at most 1 - SIM_MOSTLY is
    SIM_HYBRID,
    SIM_IDLE // no visits
};

#define SIM_MOSTLY 0.8

const char *sim_workload_name(enum sim_workload workload);

enum sim_choice {
    SIM_CHOOSE_THREADS,
    SIM_CHOOSE_ASYNCIO,
    SIM_CHOOSE_PROCESSES,
    SIM_CHOOSE_FREE_THREADED,
    SIM_CHOOSE_NATIVE, // the bytecode's work in native code that releases the GIL
    SIM_CHOICES
};

const char *sim_choice_name(enum sim_choice choice); // "threads", "free-threaded"

struct sim_ceiling {
    double per_s;   // visits of one replica; infinite where nothing ends it
    const char *by; // "the GIL", "the cores", "the event loop", "the pool's parent"
};

// Of one replica, over the span of its summary. Times are seconds a visit.
struct sim_advice {
    double visits;                  // that the figures are from
    double python, native, holding; // holding: native that keeps the GIL, part of native
    double waiting;                 // I/O, answers, back-off: what other visits can use
    double own;                     // computing and waiting
    double samples[SIM_SAMPLES];    // shares of the threads' time
    double outside;                 // a visit, in line or travelling
    double arrivals_per_s, completed_per_s;
    double gil_busy, cores_busy; // shares; not a number without a GIL
    uint32_t cores;
    double
        speed; // of its bytecode, as the runtime has it: ceilings are those of GIL builds
    double interpreters; // of a replica, each with a GIL
    bool has_runtime, has_gil;
    enum sim_workload workload;
    struct sim_ceiling ceilings[SIM_CHOICES];
    enum sim_choice choice;
    bool is_enough;       // its ceiling carries what arrives
    uint32_t has_workers; // SIM_UNLIMITED: as many as visits
    uint32_t workers;     // threads or processes to have, for threads and processes; else 0
};

#define SIM_ADVICE_ROOM 600

// The profile may be NULL: then native code that keeps the GIL counts as releasing it.
void sim_advise(struct sim_advice *a, const struct sim_run *run,
                const struct sim_profile *profile, struct sim_windows w, uint32_t service);

// A rate, or "any number"; out has SIM_NUMBER_ROOM (number.h).
void sim_advice_rate(char *out, double per_s);

// In plain words: the evidence for the workload, and the reason for the executor.
void sim_advice_evidence(const struct sim_advice *a, char *out, size_t room);
void sim_advice_reason(const struct sim_advice *a, char *out, size_t room);

#endif
