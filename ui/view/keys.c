#include <math.h>
#include <stdio.h>

#include "ui/view/draw.h"

// What each key does, on a sheet in place of the panels, in two columns. Only keys that do something
// are on it.

#define PITCH       36.0 // of rows, at most
#define PITCH_LEAST 18.0
#define KEY         112.0
#define ROW         410.0 // wide, with type of the usual size
#define LARGEST     1.3
#define BETWEEN     20.0
#define COLUMNS     2u

static const struct {
    const char *key, *does;
} keys[] = {
    { "Space", "play, pause" },
    { ".  ,", "the next event, the one before" },
    { ">  <", "100 ms on, 100 ms back" },
    { "Right  Left", "1 s on, 1 s back; with Shift 10 s" },
    { "Home  End", "the start, as far as it is computed" },
    { "+  -", "faster, slower: 64x to 1/64x" },
    { "1 to 9", "look into the first service, the second, ..." },
    { "Tab", "the next panel; with Shift the one before" },
    { "Enter", "that panel alone; so does a double click" },
    { "Esc", "back" },
    { "f", "make a fault ready: what, where, how much" },
    { "sektzodlp", "one: slow, errors, killed, restarted, ..." },
    { "nmgayhbj", "one: refuses, memory, ..., poison, bandwidth" },
    { "v", "turn a knob of the script: which, to what" },
    { "u", "take the last fault back" },
    { "w", "what the slowest request went through" },
    { "W", "the request of the last call or answer" },
    { "S", "the script, and what its lines took" },
    { "c", "the other future in place of this one" },
    { "C", "both futures side by side, and back" },
    { "A", "keep this run; the next stands beside it" },
    { "F1 to F8", "presets: see below" },
    { "r", "the preset from its start, without faults" },
    { "R", "the same on the next seed" },
    { "B", "blind: hides what is wrong, and back" },
    { "N", "reveals the next thing while blind" },
    { "P", "for an audience: one panel, large type" },
    { "x", "save this moment as a PNG" },
    { "L", "save the log of what was done" },
    { "Ctrl +  -", "larger, smaller" },
    { "?", "this sheet" },
    { "q", "close" },
};
#define KEYS (uint32_t)(sizeof keys / sizeof *keys)

// Type is larger where there is room for it.
static void draw_row(struct ui_draw *d, struct ui_rect at, uint32_t of, const char *key,
                     const char *does)
{
    double k = fmax(1, fmin(fmin(at.w / ROW, at.h / PITCH_LEAST), LARGEST));
    struct ui_style what = ui_label(d);
    struct ui_rect left = { at.x, at.y, KEY * k, at.h };
    struct ui_rect right = { at.x + KEY * k, at.y, at.w - KEY * k, at.h };
    what.colour = d->theme->text;
    what.size *= k;
    ui_add_text(d->list, "key", of, left, ui_figure(d, what.size), key);
    ui_add_text(d->list, "does", of, right, what, does);
}

// Names of variants tell what is wrong, so they are kept from those who look blind.
static void draw_preset(struct ui_draw *d, struct ui_rect at, uint32_t i)
{
    char key[16], does[96];
    snprintf(key, sizeof key, "F%u", i + 1);
    if (d->look->blind != UI_BLIND_NOT)
        snprintf(does, sizeof does, "preset %u", i + 1);
    else
        snprintf(does, sizeof does, "%s", i == 0 ? "as it stands" : d->film->presets[i]);
    draw_row(d, at, KEYS + i, key, does);
}

void ui_draw_keys(struct ui_draw *d, struct ui_rect at)
{
    struct ui_rect in = ui_draw_frame(d, at, "Keys", "Esc leads back");
    uint32_t n = KEYS + d->film->preset_count, rows = (n + COLUMNS - 1) / COLUMNS;
    double pitch = fmin(PITCH, in.h / rows);
    double w = (in.w - BETWEEN * (COLUMNS - 1)) / COLUMNS;
    for (uint32_t i = 0; i < n; i++) {
        struct ui_rect row = { in.x + (i / rows) * (w + BETWEEN), in.y + (i % rows) * pitch,
                               w, pitch };
        if (i < KEYS)
            draw_row(d, row, i, keys[i].key, keys[i].does);
        else
            draw_preset(d, row, i - KEYS);
    }
}
