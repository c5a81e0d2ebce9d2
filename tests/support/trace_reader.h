#ifndef TESTS_SUPPORT_TRACE_READER_H
#define TESTS_SUPPORT_TRACE_READER_H

// Reads a trace (sim/report/chrome.h) and checks that it holds together. It knows the format,
// and nothing of the code that writes it. Complaints begin with the rule that is broken:
//
//   format   it is JSON, an object, each event has what its kind needs
//   order    events are sorted by time
//   names    each process and each thread has one name, said before all else
//   nesting  what begins within a slice ends within it; causes lie in visits, and only there
//   overlap  a track has one visit at a time
//   sum      the causes fill their visit, and with the wait make its latency
//   wait     who gets into line leaves it, and begins to work at that moment; who never leaves
//            is what the line holds at the end
//   flow     a call leaves a slice of its request and arrives where its visit begins; an answer
//            leaves where the visit ends and arrives in a slice of the request; each has both
//            ends, and in Perfetto, which takes the latest slice of the track that comes
//            before it in the file, the same ones; without losses each visit has its call
//   counter  a line's length is never negative, and changes by one
//   lost     what is lost is said, and shown
//
// All times are exact: whole nanoseconds, from the digits of the text.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/json.h"

struct trace_slice {
    int64_t begin, end, waited, latency; // ns; the latter two of visits
    int64_t filled;                      // by its causes
    uint64_t id, request, pid, tid;
    const struct json *name, *category, *outcome;
    const struct trace_slice *outer; // of a cause: its visit
    size_t number;                   // of the event
    bool is_visit;                   // a visit, a request or a branch; else a cause, or
    bool is_fault;
    bool is_request; // of a client: nobody calls it
    bool is_called;  // a call arrives at it
    bool is_abandoned;
};

struct trace_name {
    uint64_t pid, tid; // tid 0: of the process
    const struct json *name;
};

struct trace_wait {
    uint64_t id, pid;
    int64_t begin, end; // end < 0: none
    size_t number;
};

struct trace_flow {
    uint64_t id; // odd: an answer
    struct trace_flow_end {
        uint64_t pid, tid;
        int64_t at;
        bool is_there;
        const struct trace_slice *top; // the latest slice of the track, NULL without
    } from, to;
    size_t number;
};

struct trace {
    struct json_document json;
    struct trace_slice *slices; // in the order of the text
    struct trace_wait *waits;
    struct trace_flow *flows;
    struct trace_name *names;
    size_t slice_count, wait_count, flow_count, name_count, marks, counters, events;
    uint64_t lost, cut;
    struct trace_slice **tops; // private: of each thread, the latest slice
    uint64_t highest_tid;      // private
    bool has_begun;            // private: an event that is no name has come
    char complaints[2048];     // the first ones, a line each
    size_t complained;         // how many there were
};

// Both the trace and its text must stay until trace_free. True: nothing to complain of.
bool trace_read(struct trace *t, const char *text, size_t size);
void trace_free(struct trace *t);

// The number of the process with that name, 0 when there is none.
uint64_t trace_process(const struct trace *t, const char *name);

#endif
