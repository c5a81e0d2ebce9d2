#ifndef SIM_REPORT_STORY_H
#define SIM_REPORT_STORY_H

// What happened in a run, as findings: each has a rule, each rule its thresholds, and what no
// rule finds is not claimed. explain.h puts findings into words. All of it is read from the
// meters; nothing is known of what the script meant.
//
// The time series is read by its rows (sim_windows_next_row), a second each as a rule, from
// the end of the warm-up on.

#include <stdbool.h>
#include <stdint.h>

#include "sim/report/report.h"
#include "sim/report/summary.h"

// A row is down when at least SIM_STORY_ROW_MIN requests were offered in it and goodput was
// below SIM_STORY_DOWN of them. Rows with less are neither down nor up.
#define SIM_STORY_ROW_MIN 5
#define SIM_STORY_DOWN    0.5
// A collapse is a stretch with at least so many rows down, and it is over when as many in a
// row are up. The longest is the one that is told; the others are counted.
#define SIM_STORY_ROWS 3
// It has come back where from its end on this share of the goodput before it is there, of what is
// offered (where nothing was measured before: of all); else goodput is only above half again.
#define SIM_STORY_BACK 0.9
// It is blamed on the fault that began last before its first row was over, if that was at
// work then or had been until so many seconds before.
#define SIM_STORY_SLACK_S 5.0
// It ends with the fault when it is over within so many seconds of the fault's end; and
// with less than that between the fault and the end of the run, nothing is said of whether it
// would have come back.
#define SIM_STORY_SOON_S 3.0

// A service is full when its workers are busy for this share of the time; one with workers
// without limit when its visits spend SIM_STORY_SQUEEZED of their time waiting for a core
// or the GIL. A full service waits when its workers spend SIM_STORY_WAITING of their time on the
// answers of others; the bottleneck is the fullest of those that do not.
#define SIM_STORY_FULL     0.95
#define SIM_STORY_SQUEEZED 0.5
#define SIM_STORY_WAITING  0.5

// A rate limit is told of in place of a fall when more than this share of what is missing was turned
// away, and of all refusals were its kind's.
#define SIM_STORY_LIMITED 0.5

// Attempts a call, over at least SIM_STORY_CALLS calls, that are worth telling; and the
// share of a service's visits that ended when nobody waited for them any more, over as many.
#define SIM_STORY_ATTEMPTS 1.2
#define SIM_STORY_GHOSTS   0.1
#define SIM_STORY_CALLS    20

// Waiting (in line, for a core, the GIL, a lock, the network or the next attempt) is told when
// it takes this share of the time of a service's visits and the service is neither the
// bottleneck nor full with waiting.
#define SIM_STORY_WAIT 0.5

// Waiting for the GIL is told from this share of the time of a service's visits on, also where
// it has workers to spare: it hits the short visits, which are a small part of that time.
#define SIM_STORY_GIL 0.2

// A fallback, a second attempt and a refusal by a limit are told of from this share of the requests
// or visits of whoever has most of them on.
#define SIM_STORY_POLICY 0.01

// Clients are told apart when the median of one is so many times that of another.
#define SIM_STORY_APART 3.0

// The system kept up when nothing collapsed, this share of what ended, ended well, and the
// number of requests inside did not grow by SIM_STORY_GROWTH of what was offered (and by at
// least SIM_STORY_GROWTH_MIN).
#define SIM_STORY_WELL       0.99
#define SIM_STORY_GROWTH     0.05
#define SIM_STORY_GROWTH_MIN 20

// A fault without a collapse was felt when p99 rose by this factor, when goodput fell below this share
// of what it was before, or when the share of requests that did not end well rose by so much.
#define SIM_STORY_SLOWER 2.0
#define SIM_STORY_LESS   0.9
#define SIM_STORY_WORSE  0.01

struct sim_story {
    struct sim_windows measured;
    double offered, ok, ended; // requests of all clients
    double grown;              // more inside at the end than at the beginning
    double p50, p99;           // seconds
    enum sim_outcome loss;     // what most of those that did not end well ended as
    double lost;               // how many did
    bool kept_up, is_growing;

    bool fell;               // collapsed
    double fell_at, back_at; // seconds; back_at: the run's end when it is down until then
    bool is_down;            // at the end
    bool is_back;            // as it was before, from back_at to the end
    double share_after;      // well, of what was offered from back_at on
    uint32_t other_falls;
    double end_s; // of the run

    uint32_t
        fault; // blamed for the collapse, or, without one, the first; SIM_NONE: no fault
    double fault_from, fault_to; // of that time; not beyond the run's end
    bool is_fault_over;          // before the run's end
    // Of a fault without a collapse; not a number where too little was measured.
    double p99_before, p99_during, good_before, good_during, lost_before, lost_during;

    // What follows is about the collapse, or, while it outlives its fault, about the time
    // from the fault's end on; without a collapse, about all that was measured.
    struct sim_windows focus;
    uint32_t bottleneck;         // SIM_NONE: nothing is full
    double utilisation, in_line; // of it; not a number with workers without limit
    enum sim_cause cause; // in which its workers spend most of their time, and how much
    double cause_share;
    uint32_t waiting; // a service that is full only because it waits; SIM_NONE: none
    double waiting_share;
    uint32_t busiest; // its workers, or its event loops; SIM_NONE: none has a limit
    double busiest_share;
    bool is_busiest_loop;
    uint32_t full_line; // that turned most visits away at a full line; SIM_NONE: none did
    double turned_away, full_line_busy; // how many; of its workers
    uint32_t edge; // with most attempts a call; SIM_NONE: none worth telling
    double attempts;
    uint32_t
        gil; // whose visits wait for the GIL, and it is not the bottleneck; SIM_NONE: none
    double gil_share, gil_held; // of their time; of the run's, in bytecode, at least
    // The clients with the least and the largest median, when they are to be told apart.
    bool are_apart;
    uint32_t quickest, slowest;
    // Whose rate limit turned away most of the requests that did not end well in that time, when it
    // is a collapse, and how many of how many; NULL: it was something else.
    const char *limited_by;
    double limited, limited_of;
    uint32_t slow; // whose visits wait most; SIM_NONE: none worth telling
    enum sim_cause slow_cause;
    double slow_share;
    uint32_t ghost_service; // with most visits that nobody waits for; SIM_NONE: none
    double ghost_share;
};

void sim_story_read(struct sim_story *s, const struct sim_report *r);

#endif
