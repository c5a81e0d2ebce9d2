#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/number.h"
#include "ui/view/draw.h"
#include "ui/view/type.h"

// The line above all panels: what runs on the left, the moment on the right. From those who look
// blind it keeps all names.

#define HINT_GAP 24.0 // between what is said and the hint

// What the next key reveals, while anything is hidden.
static const char *next_of(enum ui_blind blind)
{
    static const char *const next[UI_BLINDS] = {
        [UI_BLIND_NOT] = "",
        [UI_BLIND_NAMES] = "N shows what it was",
        [UI_BLIND_MOMENTS] = "N shows when",
        [UI_BLIND_CAUSES] = "N shows what goes on inside",
    };
    return next[blind];
}

// What was said last, or what sets two futures apart, or where the run is from.
static void say_source(const struct ui_draw *d, char *out, size_t size)
{
    const struct ui_film *f = d->film;
    const struct ui_look *look = d->look;
    const char *slash = strrchr(f->file, '/');
    if (look->blind != UI_BLIND_NOT && look->saved && look->saved[0])
        snprintf(out, size, "%s", look->saved);
    else if (look->blind != UI_BLIND_NOT)
        snprintf(out, size, "seed %" PRIu64 "   %s", f->seed, next_of(look->blind));
    else if (look->note && look->note[0])
        snprintf(out, size, "%s", look->note);
    else if (look->differs && look->differs[0] && !look->is_beside) // which has it larger
        snprintf(out, size, "%s", look->differs);
    else if (look->keeps && !look->ghost)
        snprintf(out, size, "kept as A: F1 to F8, or a fault, stands beside it");
    else
        snprintf(out, size, "%s   %s%sseed %" PRIu64, slash ? slash + 1 : f->file,
                 f->variant, f->variant[0] ? "   " : "", f->seed);
}

// What to press next: of two futures how to see the other one, else how to see anything at all.
static const char *keys_of(const struct ui_draw *d)
{
    if (d->look->ghost && d->look->keeps)
        return "c shows the other   C both   A keeps it no longer   ";
    if (d->look->ghost)
        return "c shows the other   C both   u takes it back   ";
    if (d->at >= d->film->duration)
        return "Space plays it again   f breaks something   ";
    return d->look->is_playing ? "Space pauses   f breaks something   "
                               : "Space plays   f breaks something   ";
}

// How to find all keys, and before it the next ones, at the right end of what the text leaves; in a
// window only, and as much as there is room for. What is made ready has hints of its own.
static void draw_hint(struct ui_draw *d, struct ui_rect rest, const char *text)
{
    static const char all[] = "? shows all keys";
    char hint[120];
    double room = rest.w - HINT_GAP - ui_type_width(UI_SANS, UI_TYPE_LABEL, text);
    snprintf(hint, sizeof hint, "%s%s", d->look->arm ? "" : keys_of(d), all);
    if (ui_type_width(UI_SANS, UI_TYPE_SMALL, hint) > room)
        snprintf(hint, sizeof hint, "%s", all);
    if (d->look->has_transport && !d->look->shows_keys &&
        ui_type_width(UI_SANS, UI_TYPE_SMALL, hint) <= room)
        ui_add_text(d->list, "hint", 0, rest, ui_aligned(ui_small(d), UI_RIGHT), hint);
}

static void draw_source(struct ui_draw *d, struct ui_rect rest)
{
    char text[400];
    say_source(d, text, sizeof text);
    draw_hint(d, rest, text);
    if (d->look->differs || rest.w >= ui_type_width(UI_SANS, UI_TYPE_LABEL, text))
        ui_add_text(d->list, "source", 0, rest, ui_label(d), text);
}

// Buttons for whoever works with it, and the speed alone for an audience.
static double draw_controls(struct ui_draw *d, struct ui_rect at)
{
    char speed[16];
    if (!d->look->has_transport)
        return 0;
    if (!d->look->presents)
        return ui_draw_transport(d, at) + 16;
    ui_say_speed(speed, sizeof speed, d->look->speed);
    struct ui_style style = ui_aligned(ui_figure(d, UI_TYPE_TITLE), UI_RIGHT);
    return ui_add_text(d->list, "speed", 0, at, style, speed) + 16;
}

// The key that was pressed last, as a keycap; none where there is no room for it.
static void draw_echo(struct ui_draw *d, struct ui_rect rest)
{
    const char *key = d->look->echo;
    struct ui_command look = {
        .r = 5, .fill = d->theme->raised, .stroke = d->theme->outline, .width = 1
    };
    struct ui_style style = ui_aligned(ui_figure(d, UI_TYPE_LABEL), UI_CENTRE);
    double w = key ? ui_type_width(style.face, style.size, key) + 18 : 0;
    if (!key || !key[0] || w > rest.w)
        return;
    struct ui_rect cap = { rest.x, rest.y + (rest.h - 24) / 2, w, 24 };
    ui_add_box(d->list, "keycap", 0, cap, look);
    ui_add_text(d->list, "echo", 0, cap, style, key);
}

void ui_draw_header(struct ui_draw *d, struct ui_rect at)
{
    const struct ui_film *f = d->film;
    bool is_blind = d->look->blind != UI_BLIND_NOT;
    char moment[SIM_NUMBER_ROOM], all[SIM_NUMBER_ROOM], text[64];
    ui_say_moment(moment, d->at);
    ui_say_time(all, f->duration);
    snprintf(text, sizeof text, "of %s", all);
    struct ui_style end = ui_aligned(ui_label(d), UI_RIGHT);
    double w = ui_add_text(d->list, "duration", 0, at, end, text);
    struct ui_rect rest = { at.x, at.y, at.w - w - 10, at.h };
    struct ui_style digits = ui_aligned(ui_figure(d, UI_TYPE_VALUE), UI_RIGHT);
    snprintf(text, sizeof text, "t = %s", moment);
    rest.w -= ui_add_text(d->list, "moment", 0, rest, digits, text) + 24;
    rest.w -= draw_controls(d, rest);
    w = ui_add_text(d->list, "scenario", 0, rest, ui_strong(d, UI_TYPE_VALUE),
                    is_blind ? "Blind" : f->scenario);
    rest.x += w + 16;
    rest.w -= w + 16;
    if (d->look->presents)
        draw_echo(d, rest);
    else
        draw_source(d, rest);
}
