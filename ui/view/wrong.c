#include <stdio.h>
#include <string.h>

#include "ui/view/draw.h"
#include "ui/view/type.h"

// What is wrong with a script, with its place, the line and advice, at the foot of what is seen.

#define LINE  17.0
#define LINES 3u // of the message, and of the advice
#define ROOM  200u

// The next line of a text that fits, from its beginning; returns where the rest begins. What has no
// blanks is cut off where it is drawn.
static const char *next_line(const char *text, enum ui_face face, double width, char *out)
{
    size_t end = strcspn(text, "\n"), fits = 0;
    for (size_t i = 1; i <= end && i < ROOM; i++) {
        if (i < end && text[i] != ' ')
            continue;
        snprintf(out, i + 1, "%s", text);
        if (fits > 0 && ui_type_width(face, UI_TYPE_LABEL, out) > width)
            break;
        fits = i;
    }
    fits = fits ? fits : end < ROOM - 1 ? end : ROOM - 1;
    snprintf(out, fits + 1, "%s", text);
    text += fits;
    return text + (*text == ' ' || *text == '\n');
}

// Draws a text in lines of a width, where there is something to draw on; returns how many.
static uint32_t flow(struct ui_draw *d, const char *what, const char *text,
                     struct ui_style style, struct ui_rect in)
{
    uint32_t n = 0;
    for (; *text && n < LINES; n++, in.y += LINE) {
        char line[ROOM];
        text = next_line(text, style.face, in.w, line);
        if (d->list)
            ui_add_text(d->list, what, n, (struct ui_rect){ in.x, in.y, in.w, LINE }, style,
                        line);
    }
    return n;
}

// The same with and without drawing, so that the height is that of what is drawn.
static double set(struct ui_draw *d, struct ui_rect in)
{
    const struct ui_wrong *wrong = d->look->wrong;
    struct ui_style text = ui_label(d), excerpt = ui_figure(d, UI_TYPE_LABEL);
    double y = in.y;
    text.colour = d->theme->text;
    in.y += LINE * flow(d, "wrong", wrong->text, text, in);
    struct ui_rect line = { in.x + 16, in.y, in.w - 16, LINE };
    if (wrong->excerpt[0] && d->list)
        ui_add_text(d->list, "excerpt", 0, line, excerpt, wrong->excerpt);
    in.y += wrong->excerpt[0] ? LINE : 0;
    in.y += LINE * flow(d, "advice", wrong->advice, ui_label(d), in);
    return in.y - y;
}

double ui_wrong_height(const struct ui_draw *d, double width)
{
    struct ui_draw blind = *d;
    blind.list = NULL;
    return 38 + set(&blind, (struct ui_rect){ 0, 0, width - 24, 0 });
}

void ui_draw_wrong(struct ui_draw *d, struct ui_rect at)
{
    char beside[400];
    const struct ui_wrong *wrong = d->look->wrong;
    snprintf(beside, sizeof beside, "%s%s%s", wrong->place,
             wrong->place[0] && wrong->is_saved ? "   " : "",
             wrong->is_saved ? "seen is the last good run" : "");
    struct ui_rect in = ui_draw_frame(d, at, "Wrong", beside);
    ui_add_rect(d->list, "alarm", 0, (struct ui_rect){ at.x, at.y + 6, 3, at.h - 12 },
                d->theme->alarm);
    set(d, in);
}
