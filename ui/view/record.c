#include "ui/view/record.h"

#include <inttypes.h>

static const char *const kinds[UI_KINDS] = {
    [UI_RECT] = "rect", [UI_BOX] = "box",       [UI_DOT] = "dot",   [UI_LINE] = "line",
    [UI_AREA] = "area", [UI_CIRCLE] = "circle", [UI_TEXT] = "text", [UI_CLIP] = "clip"
};

static const char *const marks[UI_MARKS] = { [UI_MARK_CALL] = "call",
                                             [UI_MARK_AGAIN] = "again",
                                             [UI_MARK_OK] = "ok",
                                             [UI_MARK_ERROR] = "error",
                                             [UI_MARK_TIMEOUT] = "timeout",
                                             [UI_MARK_SHED] = "shed",
                                             [UI_MARK_CANCELLED] = "cancelled" };

static const char *const panels[UI_PANELS] = {
    [UI_WHOLE] = "whole",   [UI_HEADER] = "header",       [UI_TOPOLOGY] = "topology",
    [UI_LANES] = "lanes",   [UI_WATERFALL] = "waterfall", [UI_SCRIPT] = "script",
    [UI_CHARTS] = "charts", [UI_STRIP] = "strip",
};

const char *ui_kind_name(enum ui_kind kind)
{
    return kinds[kind];
}

const char *ui_mark_name(enum ui_mark mark)
{
    return marks[mark];
}

// Hundredths of a point: finer is not seen. "-0" would be another text for the same place.
static void say(const struct sim_sink *sink, double x)
{
    sim_sink_printf(sink, " %.2f", x > -0.005 && x < 0.005 ? 0.0 : x);
}

static void say_look(const struct ui_list *l, const struct ui_command *c,
                     const struct sim_sink *sink)
{
    if (c->fill)
        sim_sink_printf(sink, " fill %08" PRIx32, c->fill);
    if (c->width > 0)
        sim_sink_printf(sink, " stroke %08" PRIx32 " %.2f", c->stroke, c->width);
    if (c->kind == UI_TEXT) {
        sim_sink_printf(sink, " size %.2f%s \"", c->size, c->is_cut ? " cut" : "");
        sim_sink_text(sink, ui_list_text(l, c));
        sim_sink_text(sink, "\"");
    }
    for (uint32_t i = 0; (c->kind == UI_LINE || c->kind == UI_AREA) && i < c->count; i++) {
        say(sink, ui_list_points(l, c)[i].x);
        say(sink, ui_list_points(l, c)[i].y);
    }
}

void ui_record_write(const struct ui_list *list, const struct sim_sink *sink)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct ui_command *c = &list->at[i];
        sim_sink_printf(sink, "%s %s %s %" PRIu32 ":", panels[c->panel], kinds[c->kind],
                        c->kind == UI_DOT ? marks[c->mark] : c->what, c->of);
        if (c->kind != UI_LINE && c->kind != UI_AREA) {
            say(sink, c->x);
            say(sink, c->y);
        }
        if (c->kind == UI_DOT || c->kind == UI_CIRCLE)
            say(sink, c->r);
        if (c->kind == UI_RECT || c->kind == UI_BOX || c->kind == UI_TEXT ||
            c->kind == UI_CLIP) {
            say(sink, c->w);
            say(sink, c->h);
        }
        say_look(list, c, sink);
        sim_sink_text(sink, "\n");
    }
}
