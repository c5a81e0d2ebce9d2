#include <cairo.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/paint/paint.h"

// compare_pictures GOLDEN DRAWN: whether two PNGs show the same. Status 0 when they do, 1 when
// not. compare_pictures --about: what paints here.
//
// Edges are blended in whole numbers, whose rounding depends on the processor: a channel counts
// as the same within NEAR of 255, and so small a share of the pixels may be further apart.

#define NEAR     24
#define SHARE    0.00002 // a letter more is 60 pixels
#define CHANNELS 3

static bool is_near(const uint8_t *a, const uint8_t *b)
{
    for (int i = 0; i < CHANNELS; i++)
        if (abs(a[i] - b[i]) > NEAR)
            return false;
    return true;
}

static long count_far(cairo_surface_t *a, cairo_surface_t *b)
{
    long far = 0;
    int width = cairo_image_surface_get_width(a),
        height = cairo_image_surface_get_height(a);
    for (int y = 0; y < height; y++) {
        const uint8_t *p =
            cairo_image_surface_get_data(a) + (long)y * cairo_image_surface_get_stride(a);
        const uint8_t *q =
            cairo_image_surface_get_data(b) + (long)y * cairo_image_surface_get_stride(b);
        for (int x = 0; x < width; x++)
            far += !is_near(p + 4L * x, q + 4L * x);
    }
    return far;
}

static bool show_the_same(cairo_surface_t *a, cairo_surface_t *b)
{
    int width = cairo_image_surface_get_width(a),
        height = cairo_image_surface_get_height(a);
    if (width != cairo_image_surface_get_width(b) ||
        height != cairo_image_surface_get_height(b) ||
        cairo_image_surface_get_format(a) != cairo_image_surface_get_format(b)) {
        puts("the pictures are not of one size and kind");
        return false;
    }
    long far = count_far(a, b);
    double share = (double)far / ((double)width * height);
    if (far > 0)
        printf("%ld pixels differ, %.4f %% of them (at most %.4f %%)\n", far, 100 * share,
               100 * SHARE);
    return share <= SHARE;
}

static int about(void)
{
    char text[400];
    struct ui_painter *p = ui_painter_open();
    if (!p)
        return 2;
    ui_painter_about(p, text, sizeof text);
    ui_painter_close(p);
    puts(text);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--about") == 0)
        return about();
    if (argc != 3) {
        fputs("compare_pictures GOLDEN DRAWN\n", stderr);
        return 2;
    }
    cairo_surface_t *a = cairo_image_surface_create_from_png(argv[1]);
    cairo_surface_t *b = cairo_image_surface_create_from_png(argv[2]);
    bool read = cairo_surface_status(a) == CAIRO_STATUS_SUCCESS &&
                cairo_surface_status(b) == CAIRO_STATUS_SUCCESS;
    if (!read)
        printf("%s or %s is no PNG\n", argv[1], argv[2]);
    bool same = read && show_the_same(a, b);
    cairo_surface_destroy(a);
    cairo_surface_destroy(b);
    return same ? 0 : 1;
}
