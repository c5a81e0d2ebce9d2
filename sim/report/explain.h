#ifndef SIM_REPORT_EXPLAIN_H
#define SIM_REPORT_EXPLAIN_H

// What happened, as a paragraph in plain words: one sentence for each finding of story.h, and
// nothing that is not one. Sentences, in this order, each only when its rule holds:
//
//   how many requests ended well, how fast or why not
//   the collapse: when, after which fault, whether and when it came back
//   without a collapse: what the first fault did
//   the backlog that was still growing
//   the bottleneck, and where its workers' time went; who is full only with waiting
//   the service whose visits spent most of their time waiting
//   attempts a call; work that nobody waited for
//   replicas that were restarted, and processes that were killed for want of memory
//   the first expectation that failed, and how many more

#include <stddef.h>

#include "sim/report/report.h"

// Enough for all sentences with the longest names.
#define SIM_EXPLAIN_ROOM 4096

// Writes one line without a line end. Names and labels are as the script has them: whoever
// shows the text escapes it. A sentence for which there is no room is left out.
void sim_explain(const struct sim_report *r, char *out, size_t room);

#endif
