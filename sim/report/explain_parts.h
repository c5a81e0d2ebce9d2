#ifndef SIM_REPORT_EXPLAIN_PARTS_H
#define SIM_REPORT_EXPLAIN_PARTS_H

// What the sentences of explain.c are made with. Private to the report.

#include <stddef.h>

#include "sim/report/number.h"
#include "sim/report/report.h"
#include "sim/report/story.h"

struct sim_paragraph {
    const struct sim_report *report;
    const struct sim_story *story;
    char *out;
    size_t used, room;
};

// A whole sentence or nothing.
__attribute__((format(printf, 2, 3))) void sim_say(struct sim_paragraph *p,
                                                   const char *format, ...);

// Figures as text by value, so that several fit into one sentence.
struct sim_figure {
    char text[SIM_NUMBER_ROOM];
};

struct sim_figure sim_figure_duration(double s);
struct sim_figure sim_figure_count(double x);
struct sim_figure sim_figure_plain(double x);
struct sim_figure sim_figure_share(double x);
struct sim_figure
sim_figure_about(double x); // in whole percent, where more would only look exact

const char *sim_service_name(const struct sim_paragraph *p, uint32_t service);

// What policies did: explain_policies.c, over all that was measured.
void sim_explain_policies(struct sim_paragraph *p);

#endif
