#ifndef UI_VIEW_CHART_KINDS_H
#define UI_VIEW_CHART_KINDS_H

// The charts, in their order, and which of them a run has anything to show in.

#include "ui/view/draw.h"

enum ui_chart {
    UI_CHART_LATENCY,
    UI_CHART_GOODPUT,
    UI_CHART_FAILED, // the last of users; what it costs comes behind
    UI_CHART_QUEUE,
    UI_CHART_BUSY,
    UI_CHART_LAG,
    UI_CHART_MEMORY,
    UI_CHART_TRIES,
    UI_CHART_GIL,
    UI_CHART_KINDS
};

// Whether the run has anything to show in a chart. While the time to come is hidden, that there
// will be something is too, so the chart is there.
bool ui_has_chart(const struct ui_draw *d, enum ui_chart chart);

// The service that a chart of lag, memory or GIL is about: the selected one, or else the first that it
// shows anything of; SIM_NONE without one.
uint32_t ui_chart_service(const struct ui_draw *d, enum ui_chart chart);

// Of the time that visits were charged there; not a number without any.
double ui_gil_share(const struct ui_service_row *r);

#endif
