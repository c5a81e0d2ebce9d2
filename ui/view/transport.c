#include <stdio.h>

#include "ui/view/draw.h"

// Buttons are drawn as shapes: no face has them all.

#define WIDTH  30.0
#define HEIGHT 26.0
#define GAP    4.0
#define SPEED  52.0

// A triangle that points to the right, or to the left.
static void triangle(struct ui_draw *d, double x, double y, bool to_left, ui_colour c)
{
    double r = 5.5, tip = to_left ? -r : r;
    struct ui_point p[] = { { x - tip, y - r }, { x - tip, y + r }, { x + tip, y } };
    ui_add_area(d->list, "icon", 0, p, 3, c);
}

static void bar(struct ui_draw *d, double x, double y, ui_colour c)
{
    ui_add_rect(d->list, "icon", 0, (struct ui_rect){ x - 1.5, y - 6, 3, 12 }, c);
}

static void draw_icon(struct ui_draw *d, enum ui_button button, double x, double y,
                      ui_colour c)
{
    struct ui_rect line = { x - 6, y - 1.25, 12, 2.5 };
    switch (button) {
    case UI_BUTTON_START:
        bar(d, x - 6, y, c);
        triangle(d, x + 1.5, y, true, c);
        break;
    case UI_BUTTON_BACK:
        triangle(d, x, y, true, c);
        break;
    case UI_BUTTON_PLAY:
        if (d->look->is_playing) {
            bar(d, x - 3.5, y, c);
            bar(d, x + 3.5, y, c);
        } else {
            triangle(d, x + 1, y, false, c);
        }
        break;
    case UI_BUTTON_ON:
        triangle(d, x, y, false, c);
        break;
    case UI_BUTTON_END:
        triangle(d, x - 1.5, y, false, c);
        bar(d, x + 6, y, c);
        break;
    default:
        ui_add_rect(d->list, "icon", 0, line, c);
        if (button == UI_BUTTON_FASTER)
            ui_add_rect(d->list, "icon", 0, (struct ui_rect){ x - 1.25, y - 6, 2.5, 12 },
                        c);
    }
}

static void draw_button(struct ui_draw *d, enum ui_button button, double x, double y)
{
    bool is_main = button == UI_BUTTON_PLAY;
    struct ui_command look = { .r = 5,
                               .fill = is_main ? d->theme->accent : d->theme->panel,
                               .stroke = is_main ? d->theme->accent : d->theme->hairline,
                               .width = 1 };
    ui_add_box(d->list, "button", button, (struct ui_rect){ x, y, WIDTH, HEIGHT }, look);
    draw_icon(d, button, x + WIDTH / 2, y + HEIGHT / 2,
              is_main ? d->theme->on_accent : d->theme->text);
}

void ui_say_speed(char *out, size_t size, int power)
{
    if (power < 0)
        snprintf(out, size, "1/%dx", 1 << -power);
    else
        snprintf(out, size, "%dx", 1 << power);
}

double ui_draw_transport(struct ui_draw *d, struct ui_rect at)
{
    char speed[16];
    double wide = UI_BUTTONS * (WIDTH + GAP) + SPEED;
    double x = at.x + at.w - wide, y = at.y + (at.h - HEIGHT) / 2;
    ui_say_speed(speed, sizeof speed, d->look->speed);
    for (enum ui_button b = 0; b < UI_BUTTONS; b++, x += WIDTH + GAP) {
        draw_button(d, b, x, y);
        if (b != UI_BUTTON_SLOWER)
            continue;
        struct ui_style style = ui_aligned(ui_figure(d, UI_TYPE_TITLE), UI_CENTRE);
        ui_add_text(d->list, "speed", 0,
                    (struct ui_rect){ x + WIDTH, y, SPEED + GAP, HEIGHT }, style, speed);
        x += SPEED;
    }
    return wide;
}
