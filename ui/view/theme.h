#ifndef UI_VIEW_THEME_H
#define UI_VIEW_THEME_H

// Colours, by what they mean. The same outcome has the same colour everywhere, and none is told
// by colour alone: dots differ in shape, lanes in pattern. Text and the outcomes stand out from
// their ground by 4.5 to 1 or more. The outcomes of each theme were found by a seeded search for
// the largest distance (CIE76) between the two that are most alike, to normal, protan, deutan
// and tritan sight (matrices of Machado, Oliveira and Fernandes 2009, full severity): 32.6 in the
// dark theme, 29.7 in the light one.

#include "sim/model/cause.h"
#include "ui/view/list.h"

struct ui_theme {
    const char *name;
    ui_colour ground, panel, raised, hairline; // raised: what stands on a panel
    ui_colour text, muted;                     // muted: what is read second
    ui_colour outline;                         // of shapes that mean something
    ui_colour accent, on_accent;
    ui_colour empty; // cells and slots that hold nothing
    ui_colour full;  // and those that do
    ui_colour good, warning, alarm;
    ui_colour fault;            // the time of a fault
    ui_colour marks[UI_MARKS];  // of dots
    ui_colour lane[SIM_CAUSES]; // of threads
    ui_colour owner;            // of the GIL
    ui_colour on_lane;          // text on lanes and on the owner's ribbon
    ui_colour band;             // between two lines of a chart
};

extern const struct ui_theme ui_theme_dark, ui_theme_light;

// By its name; NULL when there is none.
const struct ui_theme *ui_theme_of(const char *name);

// The same colour, so much of it let through (0 to 1).
ui_colour ui_colour_faded(ui_colour c, double alpha);

// Contrast of two opaque colours, 1 to 21 (WCAG 2.1).
double ui_colour_contrast(ui_colour a, ui_colour b);

// What one colour over another comes to.
ui_colour ui_colour_over(ui_colour top, ui_colour below);

#endif
