#include <stdio.h>

#include "sim/report/number.h"
#include "ui/view/draw.h"

// In place of a panel whose moment is folded: that it is being fetched, and how far that is. Empty
// boxes and roads would say that nothing went on.

void ui_draw_folded(struct ui_draw *d, const char *title, struct ui_rect at)
{
    char again[SIM_NUMBER_ROOM], moment[SIM_NUMBER_ROOM], text[160];
    struct ui_rect in = ui_draw_frame(d, at, title, "");
    ui_say_time(again, d->film->again / SIM_S * SIM_S);
    ui_say_moment(moment, d->at);
    if (d->film->again < SIM_S)
        snprintf(text, sizeof text, "not kept: run again up to %s", moment);
    else
        snprintf(text, sizeof text, "not kept: run again up to %s, now at %s", moment,
                 again);
    ui_add_text(d->list, "folded", 0, (struct ui_rect){ in.x, in.y, in.w, 20 }, ui_label(d),
                text);
}
