#ifndef UI_PAINT_PAINT_H
#define UI_PAINT_PAINT_H

// Pictures from draw commands, with Cairo and Pango: into the caller's pixels, or as a file's
// bytes. Needs no display. The same list and scale give the same bytes, where the libraries
// and fonts are the same.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/view/list.h"

struct ui_painter; // holds fonts; one thread at a time uses it

struct ui_painter *ui_painter_open(void); // NULL: no memory
void ui_painter_close(struct ui_painter *p);

// Into width x height pixels of 32 bits, 0xXXRRGGBB as the machine orders bytes, whose rows are so
// many bytes apart; they stay the caller's. Points become scale pixels each. False: no memory.
bool ui_painter_draw(struct ui_painter *p, const struct ui_list *list, uint8_t *pixels,
                     int width, int height, int stride, double scale);

enum ui_format {
    UI_PNG,
    UI_SVG,
    UI_PDF,
    UI_FORMATS
};

// By the ending of a file's name; UI_FORMATS when it is none of these.
enum ui_format ui_format_of(const char *file);

struct ui_sheet {
    double width, height; // points
    double scale;         // pixels a point; of SVG and PDF the size
    enum ui_format format;
    // Takes the bytes; false ends the writing.
    bool (*put)(void *ctx, const void *bytes, size_t n);
    void *ctx;
};

// The largest side of a picture, in pixels.
#define UI_PAINT_MAX 16384

bool ui_painter_write(struct ui_painter *p, const struct ui_list *list,
                      const struct ui_sheet *sheet);

// Versions of what paints, and the faces that were found for the three that pictures ask for:
// "cairo 1.16.0, pango 1.50.12, fonts Inter, Inter Semi-Bold, JetBrains Mono".
void ui_painter_about(struct ui_painter *p, char *out, size_t size);

#endif
