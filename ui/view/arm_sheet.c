#include <stdio.h>

#include "sim/report/number.h"
#include "ui/view/draw.h"
#include "ui/view/type.h"

// The fault that is made ready: a row of choices each for what, where, how much and for how long,
// and a button that fires it. From those who look blind the choices are kept; the keys make them all
// the same.

#define LABEL 72.0
#define CHIP  26.0 // high; what is pressed is at least 24 points
#define GAP   6.0
#define LINES 3u // of chips a row at most
#define WORDS 64

static double width_of(const char *text)
{
    return ui_type_width(UI_SANS, UI_TYPE_LABEL, text) + 20;
}

// Where the chips of a row lie, as lines of text do: calls `at` for each, and returns the lines.
static uint32_t flow(const struct ui_draw *d, uint32_t row, double width,
                     void (*at)(struct ui_draw *, uint32_t row, uint32_t choice,
                                struct ui_rect place, const char *text),
                     struct ui_draw *out, struct ui_rect in)
{
    const struct ui_arm *arm = d->look->arm;
    uint32_t n = ui_arm_choices(arm, d->film, row), line = 0;
    double x = 0;
    for (uint32_t i = 0; i < n; i++) {
        char text[WORDS];
        ui_arm_say(arm, d->film, row, i, text, sizeof text);
        double w = width_of(text);
        if (x > 0 && x + w > width) {
            line++;
            x = 0;
        }
        if (line == LINES)
            return LINES;
        if (at)
            at(out, row, i,
               (struct ui_rect){ in.x + x, in.y + line * (CHIP + GAP), w, CHIP }, text);
        x += w + GAP;
    }
    return n ? line + 1 : 0;
}

static double rows_height(const struct ui_draw *d, double width)
{
    double h = 0;
    for (uint32_t row = 0; row < UI_ARM_ROWS; row++)
        h += flow(d, row, width, NULL, NULL, (struct ui_rect){ 0 }) * (CHIP + GAP);
    return h;
}

static bool is_secret(const struct ui_draw *d)
{
    return d->look->blind != UI_BLIND_NOT;
}

double ui_arm_height(const struct ui_draw *d, double width)
{
    if (is_secret(d))
        return 30 + CHIP + 14;
    return 30 + rows_height(d, width - 24 - LABEL) + CHIP + 14;
}

static void draw_chip(struct ui_draw *d, uint32_t row, uint32_t choice, struct ui_rect at,
                      const char *text)
{
    bool is_chosen = ui_arm_chosen(d->look->arm, d->film, row) == choice;
    struct ui_command look = { .r = 5,
                               .fill = is_chosen ? d->theme->accent : d->theme->panel,
                               .stroke = is_chosen ? d->theme->accent : d->theme->outline,
                               .width = 1 };
    struct ui_style style = ui_aligned(ui_label(d), UI_CENTRE);
    style.colour = is_chosen ? d->theme->on_accent : d->theme->text;
    ui_add_box(d->list, "choice", row * UI_ARM_ROW + choice, at, look);
    ui_add_text(d->list, "choice", choice, at, style, text);
}

static void draw_fire(struct ui_draw *d, struct ui_rect at)
{
    char moment[SIM_NUMBER_ROOM], text[160];
    struct sim_fault f = ui_arm_fault(d->look->arm, d->film, d->at);
    ui_say_moment(moment, d->at);
    if (is_secret(d))
        snprintf(text, sizeof text, "fire what is ready, at %s", moment);
    else
        snprintf(text, sizeof text, "fire: %s at %s", f.label, moment);
    struct ui_command look = { .r = 5, .fill = d->theme->accent };
    struct ui_style style = ui_aligned(ui_strong(d, UI_TYPE_LABEL), UI_CENTRE);
    style.colour = d->theme->on_accent;
    at.w = ui_type_width(UI_BOLD, UI_TYPE_LABEL, text) + 28;
    ui_add_box(d->list, "fire", 0, at, look);
    ui_add_text(d->list, "fire", 0, at, style, text);
}

void ui_draw_arm(struct ui_draw *d, struct ui_rect at)
{
    struct ui_rect in =
        ui_draw_frame(d, at, "What if", "arrow keys choose, Enter fires, Esc leads back");
    double y = in.y, width = in.w - LABEL;
    for (uint32_t row = 0; row < UI_ARM_ROWS && !is_secret(d); row++) {
        struct ui_rect chips = { in.x + LABEL, y, width, 0 };
        uint32_t lines = flow(d, row, width, draw_chip, d, chips);
        if (lines == 0)
            continue;
        struct ui_style style =
            row == d->look->arm->row ? ui_strong(d, UI_TYPE_LABEL) : ui_label(d);
        ui_add_text(d->list, "row", row, (struct ui_rect){ in.x, y, LABEL - 8, CHIP },
                    style, ui_arm_row_name(row));
        y += lines * (CHIP + GAP);
    }
    draw_fire(d, (struct ui_rect){ in.x + LABEL, y + 2, 0, CHIP });
}
