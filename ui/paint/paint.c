#include "ui/paint/paint.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cairo-pdf.h>
#include <cairo-svg.h>

// Text that has been laid out. Most of a frame's is that of the frame before, and laying out takes
// longer than drawing.
struct kept {
    PangoLayout *layout; // NULL: free
    enum ui_face face;
    double size, width;
    uint32_t hash;
};

// Slots; when half of them are taken all are given up.
#define KEPT 2048u

struct ui_painter {
    PangoFontMap *map;
    PangoContext *context;
    PangoFontDescription *faces[UI_FACES];
    struct kept kept[KEPT];
    uint32_t kept_count;
    double scale; // that they were laid out for
    cairo_surface_type_t surface;
};

// ---- Fonts ----

// By family name, so that fontconfig finds the next best where one is missing.
static const char *const faces[UI_FACES] = {
    [UI_SANS] = "Inter,DejaVu Sans",
    [UI_BOLD] = "Inter,DejaVu Sans Semi-Bold",
    [UI_MONO] = "JetBrains Mono,DejaVu Sans Mono",
};

// Grey, slightly hinted, with widths as they are drawn: text keeps its spacing at every scale.
static void set_options(PangoContext *context)
{
    cairo_font_options_t *o = cairo_font_options_create();
    cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_SLIGHT);
    cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, o);
    pango_context_set_round_glyph_positions(context, FALSE);
    cairo_font_options_destroy(o);
}

static void open_map(struct ui_painter *p)
{
    p->map = pango_cairo_font_map_new();
    p->context = pango_font_map_create_context(p->map);
    set_options(p->context);
}

static void close_map(struct ui_painter *p)
{
    g_object_unref(p->context);
    g_object_unref(p->map);
}

struct ui_painter *ui_painter_open(void)
{
    struct ui_painter *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    open_map(p);
    for (int i = 0; i < UI_FACES; i++)
        p->faces[i] = pango_font_description_from_string(faces[i]);
    return p;
}

static void forget(struct ui_painter *p)
{
    for (uint32_t i = 0; i < KEPT; i++)
        if (p->kept[i].layout)
            g_object_unref(p->kept[i].layout);
    memset(p->kept, 0, sizeof p->kept);
    p->kept_count = 0;
}

void ui_painter_close(struct ui_painter *p)
{
    if (!p)
        return;
    forget(p);
    for (int i = 0; i < UI_FACES; i++)
        pango_font_description_free(p->faces[i]);
    close_map(p);
    free(p);
}

void ui_painter_about(struct ui_painter *p, char *out, size_t size)
{
    int n = snprintf(out, size, "cairo %s, pango %s, fonts", cairo_version_string(),
                     pango_version_string());
    for (int i = 0; i < UI_FACES && n > 0 && (size_t)n < size; i++) {
        PangoFont *font = pango_font_map_load_font(p->map, p->context, p->faces[i]);
        PangoFontDescription *d = font ? pango_font_describe(font) : NULL;
        if (d)
            pango_font_description_unset_fields(d, PANGO_FONT_MASK_SIZE);
        char *name = d ? pango_font_description_to_string(d) : NULL;
        n += snprintf(out + n, size - (size_t)n, "%s %s", i ? "," : "",
                      name ? name : "none");
        g_free(name);
        if (d)
            pango_font_description_free(d);
        if (font)
            g_object_unref(font);
    }
}

// ---- Commands ----

struct brush {
    struct ui_painter *painter;
    const struct ui_list *list;
    cairo_t *cr;
    double scale;
};

static void set_colour(cairo_t *cr, ui_colour c)
{
    cairo_set_source_rgba(cr, (c >> 24) / 255.0, (c >> 16 & 0xff) / 255.0,
                          (c >> 8 & 0xff) / 255.0, (c & 0xff) / 255.0);
}

static double snapped(const struct brush *b, double x)
{
    return round(x * b->scale) / b->scale;
}

// Edges lie on pixels, so that cells are crisp. What is only a few pixels wide is left as it is:
// a row of such cells would come out uneven, and the thinnest would vanish.
static void path_rect(const struct brush *b, const struct ui_command *c)
{
    double x = snapped(b, c->x), y = snapped(b, c->y);
    double w = snapped(b, c->x + c->w) - x, h = snapped(b, c->y + c->h) - y;
    if (c->w * b->scale < 3) {
        x = c->x;
        w = c->w;
    }
    if (h <= 0) {
        y = c->y;
        h = c->h;
    }
    cairo_rectangle(b->cr, x, y, w, h);
}

// Rectangles of one colour in a row become one path. Returns how many.
static size_t paint_rects(const struct brush *b, size_t i)
{
    size_t n = 0;
    ui_colour fill = b->list->at[i].fill;
    for (; i + n < b->list->count; n++) {
        const struct ui_command *c = &b->list->at[i + n];
        if (c->kind != UI_RECT || c->fill != fill || (n > 0 && (fill & 0xff) != 0xff))
            break;
        path_rect(b, c);
    }
    set_colour(b->cr, fill);
    cairo_fill(b->cr);
    return n;
}

static void fill_and_stroke(const struct brush *b, const struct ui_command *c)
{
    if (c->fill & 0xff) {
        set_colour(b->cr, c->fill);
        cairo_fill_preserve(b->cr);
    }
    if (c->width > 0) {
        set_colour(b->cr, c->stroke);
        cairo_set_line_width(b->cr, c->width);
        cairo_stroke(b->cr);
    }
    cairo_new_path(b->cr);
}

static void paint_box(const struct brush *b, const struct ui_command *c)
{
    const double right = 1.5707963267948966;
    double inset = c->width / 2; // a line of one pixel lies on one row of pixels
    double x = snapped(b, c->x) + inset, y = snapped(b, c->y) + inset;
    double w = snapped(b, c->x + c->w) - x - inset, h = snapped(b, c->y + c->h) - y - inset;
    double r = fmin(c->r, fmin(w, h) / 2);
    cairo_new_sub_path(b->cr);
    cairo_arc(b->cr, x + w - r, y + r, r, -right, 0);
    cairo_arc(b->cr, x + w - r, y + h - r, r, 0, right);
    cairo_arc(b->cr, x + r, y + h - r, r, right, 2 * right);
    cairo_arc(b->cr, x + r, y + r, r, 2 * right, 3 * right);
    cairo_close_path(b->cr);
    fill_and_stroke(b, c);
}

static void path_circle(cairo_t *cr, double x, double y, double r)
{
    cairo_new_sub_path(cr);
    cairo_arc(cr, x, y, r, 0, 6.283185307179586);
}

static void paint_circle(const struct brush *b, const struct ui_command *c)
{
    path_circle(b->cr, c->x, c->y, c->r);
    fill_and_stroke(b, c);
}

static void stroke(const struct brush *b, double width)
{
    cairo_set_line_width(b->cr, width);
    cairo_stroke(b->cr);
}

static void cross(const struct brush *b, double x, double y, double r)
{
    cairo_move_to(b->cr, x - r, y - r);
    cairo_line_to(b->cr, x + r, y + r);
    cairo_move_to(b->cr, x - r, y + r);
    cairo_line_to(b->cr, x + r, y - r);
}

static void paint_dot(const struct brush *b, const struct ui_command *c)
{
    cairo_t *cr = b->cr;
    double r = c->r;
    set_colour(cr, c->fill);
    switch (c->mark) {
    case UI_MARK_AGAIN:
        cairo_move_to(cr, c->x - 2.2 * r, c->y);
        cairo_line_to(cr, c->x, c->y - 0.55 * r);
        cairo_line_to(cr, c->x, c->y + 0.55 * r);
        cairo_close_path(cr);
        path_circle(cr, c->x, c->y, r * 0.9);
        cairo_fill(cr);
        break;
    case UI_MARK_ERROR:
        path_circle(cr, c->x, c->y, r * 1.25);
        cairo_fill(cr);
        cairo_set_source_rgb(cr, 1, 1, 1);
        cross(b, c->x, c->y, r * 0.55);
        stroke(b, r * 0.35);
        break;
    case UI_MARK_TIMEOUT:
        path_circle(cr, c->x, c->y, r * 0.85);
        stroke(b, r * 0.5);
        break;
    case UI_MARK_SHED:
        cairo_rectangle(cr, c->x - r * 0.8, c->y - r * 0.8, r * 1.6, r * 1.6);
        stroke(b, r * 0.45);
        break;
    case UI_MARK_CANCELLED:
        cairo_rectangle(cr, c->x - r, c->y - r * 0.3, r * 2, r * 0.6);
        cairo_fill(cr);
        break;
    default:
        path_circle(cr, c->x, c->y, r * 0.9);
        cairo_fill(cr);
    }
}

static void path_points(const struct brush *b, const struct ui_command *c)
{
    const struct ui_point *p = ui_list_points(b->list, c);
    cairo_new_path(b->cr); // text leaves a point behind
    for (uint32_t i = 0; i < c->count; i++)
        cairo_line_to(b->cr, p[i].x, p[i].y);
}

static void paint_line(const struct brush *b, const struct ui_command *c)
{
    path_points(b, c);
    set_colour(b->cr, c->stroke);
    cairo_set_line_join(b->cr, CAIRO_LINE_JOIN_ROUND);
    if (c->dash > 0)
        cairo_set_dash(b->cr, &c->dash, 1, 0);
    stroke(b, c->width);
    cairo_set_dash(b->cr, NULL, 0, 0);
}

static void paint_area(const struct brush *b, const struct ui_command *c)
{
    path_points(b, c);
    cairo_close_path(b->cr);
    set_colour(b->cr, c->fill);
    cairo_fill(b->cr);
}

// FNV-1a, over the text and what it is set in.
static uint32_t hash_of(const struct ui_command *c, const char *text)
{
    uint32_t h = 2166136261u ^ (uint32_t)c->face ^ (uint32_t)(c->size * 64) << 4;
    for (uint32_t i = 0; i < c->count; i++)
        h = (h ^ (unsigned char)text[i]) * 16777619u;
    return h;
}

static PangoLayout *lay_out(struct ui_painter *p, const struct ui_command *c,
                            const char *text)
{
    PangoLayout *layout = pango_layout_new(p->context);
    PangoFontDescription *face = p->faces[c->face];
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    pango_font_description_set_absolute_size(face, c->size * PANGO_SCALE);
    pango_font_description_set_weight(face, c->face == UI_BOLD ? PANGO_WEIGHT_SEMIBOLD
                                                               : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, face);
    pango_layout_set_text(layout, text, (int)c->count);
    return layout;
}

static const struct kept *laid_out(struct ui_painter *p, const struct ui_command *c,
                                   const char *text)
{
    uint32_t hash = hash_of(c, text);
    if (p->kept_count * 2 >= KEPT)
        forget(p);
    struct kept *k = &p->kept[hash % KEPT];
    while (k->layout && (k->hash != hash || k->face != c->face || k->size != c->size ||
                         strcmp(pango_layout_get_text(k->layout), text) != 0))
        k = k + 1 < p->kept + KEPT ? k + 1 : p->kept;
    if (k->layout)
        return k;
    int wide;
    *k = (struct kept){ lay_out(p, c, text), c->face, c->size, 0, hash };
    pango_layout_get_size(k->layout, &wide, NULL);
    k->width = (double)wide / PANGO_SCALE;
    p->kept_count++;
    return k;
}

// On its base line. A face other than the one that the width was reckoned with may be wider: then
// it is squeezed.
static void paint_text(const struct brush *b, const struct ui_command *c)
{
    const struct kept *k = laid_out(b->painter, c, ui_list_text(b->list, c));
    cairo_save(b->cr);
    cairo_translate(b->cr, c->x, snapped(b, c->y + 0.965 * c->size));
    if (k->width > c->w + 0.5)
        cairo_scale(b->cr, c->w / k->width, 1);
    cairo_move_to(b->cr, 0, 0);
    set_colour(b->cr, c->fill);
    pango_cairo_show_layout_line(b->cr, pango_layout_get_line_readonly(k->layout, 0));
    cairo_restore(b->cr);
}

static void paint_clip(const struct brush *b, const struct ui_command *c)
{
    cairo_reset_clip(b->cr);
    if (c->w <= 0)
        return;
    cairo_rectangle(b->cr, c->x, c->y, c->w, c->h);
    cairo_clip(b->cr);
}

static void paint(const struct brush *b)
{
    for (size_t i = 0; i < b->list->count;) {
        const struct ui_command *c = &b->list->at[i++];
        switch (c->kind) {
        case UI_RECT:
            i += paint_rects(b, i - 1) - 1;
            break;
        case UI_BOX:
            paint_box(b, c);
            break;
        case UI_DOT:
            paint_dot(b, c);
            break;
        case UI_LINE:
            paint_line(b, c);
            break;
        case UI_AREA:
            paint_area(b, c);
            break;
        case UI_CIRCLE:
            paint_circle(b, c);
            break;
        case UI_TEXT:
            paint_text(b, c);
            break;
        default:
            paint_clip(b, c);
        }
    }
}

// ---- Surfaces ----

// What was laid out is so for other pixels. Pango's map keeps each font that it has loaded, and each scale loads
// others: it is made anew, which takes no longer than the fonts do.
static void fit(struct ui_painter *p, double scale, cairo_surface_type_t surface)
{
    if (p->scale == scale && p->surface == surface)
        return;
    forget(p);
    close_map(p);
    open_map(p);
    p->scale = scale;
    p->surface = surface;
}

static bool paint_onto(struct ui_painter *p, const struct ui_list *list,
                       cairo_surface_t *surface, double scale)
{
    cairo_t *cr = cairo_create(surface);
    struct brush b = { p, list, cr, scale };
    cairo_scale(cr, scale, scale);
    fit(p, scale, cairo_surface_get_type(surface));
    pango_cairo_update_context(cr, p->context);
    paint(&b);
    bool ok = cairo_status(cr) == CAIRO_STATUS_SUCCESS;
    cairo_destroy(cr);
    return ok;
}

bool ui_painter_draw(struct ui_painter *p, const struct ui_list *list, uint8_t *pixels,
                     int width, int height, int stride, double scale)
{
    cairo_surface_t *s = cairo_image_surface_create_for_data(pixels, CAIRO_FORMAT_RGB24,
                                                             width, height, stride);
    bool ok = paint_onto(p, list, s, scale);
    cairo_surface_destroy(s);
    return ok;
}

enum ui_format ui_format_of(const char *file)
{
    static const char *const endings[UI_FORMATS] = { ".png", ".svg", ".pdf" };
    size_t n = strlen(file);
    for (int i = 0; i < UI_FORMATS; i++)
        if (n > 4 && strcasecmp(file + n - 4, endings[i]) == 0)
            return (enum ui_format)i;
    return UI_FORMATS;
}

// Cairo numbers the surfaces of a process and names an SVG's root by that: digits behind this name
// are left out, so that the same picture is the same bytes however many came before.
static const char numbered[] = "id=\"surface";

struct pen {
    const struct ui_sheet *sheet;
    size_t matched; // characters of that name that the last bytes were
};

static bool put_unnumbered(struct pen *pen, const unsigned char *bytes, unsigned n)
{
    const struct ui_sheet *sheet = pen->sheet;
    unsigned from = 0;
    for (unsigned i = 0; i < n; i++) {
        bool whole = pen->matched == sizeof numbered - 1;
        if (whole && bytes[i] >= '0' && bytes[i] <= '9') {
            if (!sheet->put(sheet->ctx, bytes + from, i - from))
                return false;
            from = i + 1;
        } else {
            pen->matched = !whole && bytes[i] == (unsigned char)numbered[pen->matched]
                               ? pen->matched + 1
                               : bytes[i] == 'i';
        }
    }
    return sheet->put(sheet->ctx, bytes + from, n - from);
}

static cairo_status_t put(void *closure, const unsigned char *bytes, unsigned n)
{
    struct pen *pen = closure;
    const struct ui_sheet *sheet = pen->sheet;
    bool ok = sheet->format == UI_SVG ? put_unnumbered(pen, bytes, n)
                                      : sheet->put(sheet->ctx, bytes, n);
    return ok ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static cairo_surface_t *surface_of(const struct ui_sheet *sheet, struct pen *closure)
{
    double w = sheet->width * sheet->scale, h = sheet->height * sheet->scale;
    if (sheet->format == UI_PNG)
        return cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)round(w), (int)round(h));
    if (sheet->format == UI_SVG)
        return cairo_svg_surface_create_for_stream(put, closure, w, h);
    return cairo_pdf_surface_create_for_stream(put, closure, w, h);
}

bool ui_painter_write(struct ui_painter *p, const struct ui_list *list,
                      const struct ui_sheet *sheet)
{
    struct pen pen = { sheet, 0 };
    cairo_surface_t *s = surface_of(sheet, &pen);
    if (sheet->format == UI_SVG)
        cairo_svg_surface_set_document_unit(s, CAIRO_SVG_UNIT_PX);
    bool ok = paint_onto(p, list, s, sheet->scale);
    if (ok && sheet->format == UI_PNG)
        ok = cairo_surface_write_to_png_stream(s, put, &pen) == CAIRO_STATUS_SUCCESS;
    cairo_surface_finish(s);
    ok = ok && cairo_surface_status(s) == CAIRO_STATUS_SUCCESS;
    cairo_surface_destroy(s);
    return ok;
}
