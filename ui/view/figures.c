#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/number.h"
#include "ui/view/draw.h"
#include "ui/view/type.h"

// What users met in the last whole second, in one line of large type.

#define GAP 26.0

static void say(char *out, size_t size, double x, const char *unit)
{
    char number[SIM_NUMBER_ROOM];
    if (isnan(x))
        snprintf(number, sizeof number, "-");
    else
        sim_number_plain(number, x >= 100 ? round(x) : x);
    snprintf(out, size, "%s%s", number, isnan(x) ? "" : unit);
}

// A name and its value behind it; returns where the next one begins.
static double draw_one(struct ui_draw *d, struct ui_rect in, double size, uint32_t of,
                       const char *name, const char *value)
{
    struct ui_style label = ui_label(d), digits = ui_figure(d, size);
    label.size = size * 0.85;
    double w = ui_type_width(UI_SANS, label.size, name);
    double v = ui_type_width(UI_MONO, digits.size, value);
    if (in.w < w + 8 + v)
        return in.x; // none rather than half of one
    ui_add_text(d->list, "figure name", of, (struct ui_rect){ in.x, in.y, w + 1, in.h },
                label, name);
    ui_add_text(d->list, "figure", of, (struct ui_rect){ in.x + w + 8, in.y, v + 1, in.h },
                digits, value);
    return in.x + w + 8 + v + GAP;
}

static double failed(const struct ui_row *r)
{
    double sum = 0;
    for (uint32_t o = 0; o < SIM_OUTCOMES; o++)
        sum += r->failed[o];
    return sum;
}

void ui_draw_figures(struct ui_draw *d, struct ui_rect at, double size)
{
    static const struct ui_row nothing = { .p99 = NAN, .ok = NAN, .offered = NAN };
    static const char *const names[] = { "p99", "goodput", "failed" };
    char values[3][64], offered[64];
    size_t row = ui_film_row_before(d->film, d->at);
    bool is_known = row != SIZE_MAX;
    const struct ui_row *r = is_known ? &d->film->rows[row] : &nothing;
    double right = at.x + at.w;
    say(values[0], sizeof values[0], r->p99 * 1000, " ms");
    say(values[1], sizeof values[1], r->ok, "");
    say(values[2], sizeof values[2], is_known ? failed(r) : NAN, "/s");
    if (is_known) {
        say(offered, sizeof offered, r->offered, "/s");
        snprintf(values[1] + strlen(values[1]), sizeof values[1] - strlen(values[1]),
                 " of %.30s", offered);
    }
    for (uint32_t i = 0; i < 3; i++) {
        at.x = draw_one(d, at, size, i, names[i], values[i]);
        at.w = right - at.x;
    }
}
