#include "ui/view/theme.h"

#include <math.h>
#include <string.h>

const struct ui_theme ui_theme_dark = {
    .name = "dark",
    .ground = 0x0d1117ff,
    .panel = 0x161b22ff,
    .raised = 0x1e252eff,
    .hairline = 0x30363dff,
    .text = 0xe6edf3ff,
    .muted = 0x9aa7b4ff,
    .outline = 0x768390ff,
    .accent = 0x1a5fd0ff,
    .on_accent = 0xffffffff,
    .empty = 0x30363dff,
    .full = 0x6cb6ffff,
    .good = 0x7ee2b8ff,
    .warning = 0xfff675ff,
    .alarm = 0xff5b45ff,
    .fault = 0xff391f2e,
    .marks = {
        [UI_MARK_CALL] = 0x8b9bb0ff,
        [UI_MARK_AGAIN] = 0xfff675ff,
        [UI_MARK_OK] = 0x2f80fdff,
        [UI_MARK_ERROR] = 0xff391fff,
        [UI_MARK_TIMEOUT] = 0xfaa2f9ff,
        [UI_MARK_SHED] = 0x86888aff,
        [UI_MARK_CANCELLED] = 0x86888aff,
    },
    .lane = {
        [SIM_IN_PYTHON] = 0x7ee2b8ff,
        [SIM_IN_NATIVE] = 0x38a8deff,
        [SIM_IN_IO] = 0x4a86ffff,
        [SIM_IN_QUEUE] = 0xd8d697ff,
        [SIM_IN_CORE] = 0xd9a05bff,
        [SIM_IN_GIL] = 0xc44c33ff,
        [SIM_IN_LOCK] = 0x9a6fd0ff,
        [SIM_IN_NETWORK] = 0x88609fff,
        [SIM_IN_BACKOFF] = 0xc8af19ff,
        [SIM_IN_DEPENDENCY] = 0x6c7580ff,
        [SIM_IN_PAUSE] = 0x99926fff,
        [SIM_IN_POOL] = 0x9cb0ebff,
        [SIM_IN_LOOP] = 0xf29fbeff,
        [SIM_IN_LIMIT] = 0x956861ff,
        [SIM_IN_BULKHEAD] = 0xb497ffff,
        [SIM_IN_CONNECTIONS] = 0xb8792cff,
    },
    .owner = 0x7ee2b8ff,
    .on_lane = 0x0d1117ff,
    .band = 0x6cb6ff33,
};

const struct ui_theme ui_theme_light = {
    .name = "light",
    .ground = 0xf0f3f6ff,
    .panel = 0xffffffff,
    .raised = 0xf6f8faff,
    .hairline = 0xd0d7deff,
    .text = 0x1f2328ff,
    .muted = 0x57606aff,
    .outline = 0x6e7781ff,
    .accent = 0x0b57c4ff,
    .on_accent = 0xffffffff,
    .empty = 0xd8dee4ff,
    .full = 0x2f6fc0ff,
    .good = 0x1a7f4fff,
    .warning = 0x8a5a00ff,
    .alarm = 0xc9250aff,
    .fault = 0xd9290924,
    .marks = {
        [UI_MARK_CALL] = 0x66758aff,
        [UI_MARK_AGAIN] = 0x3e2805ff,
        [UI_MARK_OK] = 0x0e77b3ff,
        [UI_MARK_ERROR] = 0xd92909ff,
        [UI_MARK_TIMEOUT] = 0xaf00f2ff,
        [UI_MARK_SHED] = 0x727272ff,
        [UI_MARK_CANCELLED] = 0x727272ff,
    },
    .lane = {
        [SIM_IN_PYTHON] = 0x1d9c69ff,
        [SIM_IN_NATIVE] = 0x0f6fa8ff,
        [SIM_IN_IO] = 0x2f6ad8ff,
        [SIM_IN_QUEUE] = 0x483711ff,
        [SIM_IN_CORE] = 0xb97b1cff,
        [SIM_IN_GIL] = 0xc9523aff,
        [SIM_IN_LOCK] = 0x9370c8ff,
        [SIM_IN_NETWORK] = 0x3c4d8aff,
        [SIM_IN_BACKOFF] = 0x4c5e00ff,
        [SIM_IN_DEPENDENCY] = 0x7d8792ff,
        [SIM_IN_PAUSE] = 0x99705bff,
        [SIM_IN_POOL] = 0x0092b4ff,
        [SIM_IN_LOOP] = 0x9c2c58ff,
        [SIM_IN_LIMIT] = 0x88413aff,
        [SIM_IN_BULKHEAD] = 0x7e5582ff,
        [SIM_IN_CONNECTIONS] = 0xb87a23ff,
    },
    .owner = 0x5cc79cff,
    .on_lane = 0x0d1117ff,
    .band = 0x2f6fc02e,
};

const struct ui_theme *ui_theme_of(const char *name)
{
    const struct ui_theme *all[] = { &ui_theme_dark, &ui_theme_light };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    return NULL;
}

static unsigned channel(ui_colour c, unsigned i)
{
    return c >> (24 - 8 * i) & 0xff;
}

ui_colour ui_colour_faded(ui_colour c, double alpha)
{
    return (c & 0xffffff00u) | (ui_colour)lround(alpha * channel(c, 3));
}

// Relative luminance of sRGB.
static double luminance(ui_colour c)
{
    static const double weight[3] = { 0.2126, 0.7152, 0.0722 };
    double sum = 0;
    for (unsigned i = 0; i < 3; i++) {
        double x = channel(c, i) / 255.0;
        sum += weight[i] * (x <= 0.03928 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4));
    }
    return sum;
}

double ui_colour_contrast(ui_colour a, ui_colour b)
{
    double x = luminance(a), y = luminance(b);
    return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

ui_colour ui_colour_over(ui_colour top, ui_colour below)
{
    double alpha = channel(top, 3) / 255.0;
    ui_colour c = 0xff;
    for (unsigned i = 0; i < 3; i++) {
        double x = alpha * channel(top, i) + (1 - alpha) * channel(below, i);
        c |= (ui_colour)lround(x) << (24 - 8 * i);
    }
    return c;
}
