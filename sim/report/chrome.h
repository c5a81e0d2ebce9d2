#ifndef SIM_REPORT_CHROME_H
#define SIM_REPORT_CHROME_H

// The record of a run in the Trace Event Format of Chrome ("JSON Object Format"), which
// Perfetto (ui.perfetto.dev) and chrome://tracing open.
//
//   process        a replica or a client; the last one holds the faults
//   thread         a track of timeline.h: a worker, a request of a client, a branch
//   X  cat visit   a visit, request or branch, from its worker on; args: id, request, outcome,
//                  status, latency_us, waited_us
//   X  cat cause   inside it, one slice a cause; with waited_us they add up to latency_us
//   b e cat queue  the wait in line before the worker; id: the visit's
//   s f cat call   from the caller's slice to the visit; id: twice that of the visit
//   s f cat answer and back, to a mark on the caller's track; id: one more
//   C  queue       the length of a replica's line
//   X  cat fault   from the moment something goes wrong to that when it is mended
//
// Times are microseconds with three decimals, which is exact. Events are sorted by time.
// otherData says how many records were lost at the beginning (records_lost) and how many visits
// are missing for it (visits_cut); a mark at the first moment shown says so to whoever looks.

#include "sim/report/sink.h"
#include "sim/report/timeline.h"

struct sim_chrome {
    const struct sim_run *run;      // finished
    const struct sim_fault *faults; // that the run was given
    uint32_t fault_count;
    uint64_t seed;
};

// False, with nothing written, when the run was not traced or there is no memory.
bool sim_chrome_write(const struct sim_chrome *chrome, const struct sim_sink *sink);

#endif
