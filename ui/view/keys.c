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

// Keys that make one fault ready have a row each where there is room for all, and share two elsewhere.
enum rows {
    ALWAYS,
    SHARED,
    EACH
};

static const struct {
    const char *key, *does;
    enum rows rows;
} keys[] = {
    { "Space", "play, pause", ALWAYS },
    { ".  ,", "the next event, the one before", ALWAYS },
    { ">  <", "100 ms on, 100 ms back", ALWAYS },
    { "Right  Left", "1 s on, 1 s back; with Shift 10 s", ALWAYS },
    { "Home  End", "the start, as far as it is computed", ALWAYS },
    { "+  -", "faster, slower: 64x to 1/64x", ALWAYS },
    { "1 to 9", "look into the first service, the second, ...", ALWAYS },
    { "Tab", "the next panel; with Shift the one before", ALWAYS },
    { "Enter", "that panel alone; so does a double click", ALWAYS },
    { "Esc", "back", ALWAYS },
    { "f", "make a fault ready: what, where, how much", ALWAYS },
    { "sektzodlp", "one: slow, errors, killed, restarted, ...", SHARED },
    { "nmgayhbj", "one: refuses, memory, ..., poison, bandwidth", SHARED },
    { "s", "the same: it is slow", EACH },
    { "e", "the same: it fails", EACH },
    { "k", "the same: it crashes (is killed)", EACH },
    { "t", "the same: it restarts", EACH },
    { "z", "the same: it pauses (freezes)", EACH },
    { "o", "the same: it is stopped (drained)", EACH },
    { "d", "the same: it loses messages", EACH },
    { "l", "the same: it takes longer to reach", EACH },
    { "p", "the same: it is cut off (a partition)", EACH },
    { "n", "the same: it refuses: nobody listens", EACH },
    { "j", "the same: it has jammed links (bandwidth)", EACH },
    { "m", "the same: it is killed for want of memory", EACH },
    { "g", "the same: it grows (leaks)", EACH },
    { "a", "the same: it is scaled to so many replicas", EACH },
    { "y", "the same: it is deployed anew", EACH },
    { "h", "the same: it has its hosts' cores stolen", EACH },
    { "b", "the same: it gets bad requests (poison)", EACH },
    { "v", "turn a knob of the script: which, to what", ALWAYS },
    { "u", "take the last fault back", ALWAYS },
    { "w", "what the slowest request went through", ALWAYS },
    { "W", "the request of the last call or answer", ALWAYS },
    { "S", "the script, and what its lines took", ALWAYS },
    { "c", "the other future in place of this one", ALWAYS },
    { "C", "both futures side by side, and back", ALWAYS },
    { "A", "keep this run; the next stands beside it", ALWAYS },
    { "F1 to F8", "presets: see below", ALWAYS },
    { "r", "the preset from its start, without faults", ALWAYS },
    { "R", "the same on the next seed", ALWAYS },
    { "B", "blind: hides what is wrong, and back", ALWAYS },
    { "N", "reveals the next thing while blind", ALWAYS },
    { "P", "for an audience: one panel, large type", ALWAYS },
    { "x", "save this moment as a PNG", ALWAYS },
    { "L", "save the log of what was done", ALWAYS },
    { "Ctrl +  -", "larger, smaller", ALWAYS },
    { "?", "this sheet", ALWAYS },
    { "q", "close", ALWAYS },
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

static uint32_t count_rows(enum rows which)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < KEYS; i++)
        n += keys[i].rows == ALWAYS || keys[i].rows == which;
    return n;
}

static uint32_t a_column(uint32_t rows)
{
    return (rows + COLUMNS - 1) / COLUMNS;
}

void ui_draw_keys(struct ui_draw *d, struct ui_rect at)
{
    struct ui_rect in = ui_draw_frame(d, at, "Keys", "Esc leads back");
    uint32_t presets = d->film->preset_count;
    bool has_room = in.h >= PITCH_LEAST * a_column(count_rows(EACH) + presets);
    enum rows which = has_room ? EACH : SHARED;
    uint32_t rows = a_column(count_rows(which) + presets), nth = 0;
    double pitch = fmin(PITCH, in.h / rows);
    double w = (in.w - BETWEEN * (COLUMNS - 1)) / COLUMNS;
    for (uint32_t i = 0; i < KEYS + presets; i++) {
        if (i < KEYS && keys[i].rows != ALWAYS && keys[i].rows != which)
            continue;
        struct ui_rect row = { in.x + (nth / rows) * (w + BETWEEN),
                               in.y + (nth % rows) * pitch, w, pitch };
        if (i < KEYS)
            draw_row(d, row, i, keys[i].key, keys[i].does);
        else
            draw_preset(d, row, i - KEYS);
        nth++;
    }
}
