#ifndef UI_VIEW_RECORD_H
#define UI_VIEW_RECORD_H

// A list of draw commands as text, one a line: panel, kind, what and whose it is, where, and
// how it looks. Tests read it, and two pictures are compared by it.

#include "sim/report/sink.h"
#include "ui/view/list.h"

void ui_record_write(const struct ui_list *list, const struct sim_sink *sink);

const char *ui_kind_name(enum ui_kind kind);
const char *ui_mark_name(enum ui_mark mark);

#endif
