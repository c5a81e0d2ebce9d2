#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pango/pangocairo.h>

#include "ui/paint/paint.h"
#include "ui/view/theme.h"
#include "ui/view/type.h"

// Pixels and bytes of what is painted. No display is needed, nor any particular font but where a
// test says so.

#define SIDE 64

struct page {
    struct ui_painter *painter;
    struct ui_list list;
    uint32_t pixels[SIDE][SIDE];
};

static int open_page(void **state)
{
    struct page *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->painter = ui_painter_open();
    assert_non_null(p->painter);
    ui_list_init(&p->list);
    *state = p;
    return 0;
}

static int close_page(void **state)
{
    struct page *p = *state;
    ui_painter_close(p->painter);
    ui_list_fini(&p->list);
    free(p);
    return 0;
}

static void ground(struct page *p)
{
    ui_add_rect(&p->list, "ground", 0, (struct ui_rect){ 0, 0, SIDE, SIDE }, 0x000000ff);
}

static void paint(struct page *p, double scale)
{
    assert_true(ui_painter_draw(p->painter, &p->list, (uint8_t *)p->pixels, SIDE, SIDE,
                                SIDE * 4, scale));
}

static uint32_t at(const struct page *p, int x, int y)
{
    return p->pixels[y][x] & 0xffffff;
}

// How many pixels of a part are not black.
static int inked(const struct page *p, int x, int y, int w, int h)
{
    int n = 0;
    for (int i = 0; i < h; i++)
        for (int k = 0; k < w; k++)
            n += at(p, x + k, y + i) != 0;
    return n;
}

static void rectangles_fill_whole_pixels(void **state)
{
    struct page *p = *state;
    ground(p);
    ui_add_rect(&p->list, "cell", 0, (struct ui_rect){ 10.2, 20.3, 8, 4 }, 0xff8000ff);
    paint(p, 1);
    assert_int_equal(at(p, 10, 20), 0xff8000);
    assert_int_equal(at(p, 17, 23), 0xff8000);
    assert_int_equal(inked(p, 0, 0, SIDE, SIDE), 8 * 4);
}

static void scale_enlarges_everything(void **state)
{
    struct page *p = *state;
    ground(p);
    ui_add_rect(&p->list, "cell", 0, (struct ui_rect){ 5, 5, 4, 4 }, 0xffffffff);
    paint(p, 2);
    assert_int_equal(inked(p, 0, 0, SIDE, SIDE), 8 * 8);
    assert_int_equal(at(p, 10, 10), 0xffffff);
    assert_int_equal(at(p, 9, 10), 0);
}

static void nothing_shows_outside_a_clip(void **state)
{
    struct page *p = *state;
    ground(p);
    ui_add_clip(&p->list, (struct ui_rect){ 10, 10, 10, 10 });
    ui_add_rect(&p->list, "cell", 0, (struct ui_rect){ 0, 0, 40, 40 }, 0xffffffff);
    ui_add_unclip(&p->list);
    ui_add_rect(&p->list, "cell", 0, (struct ui_rect){ 50, 50, 4, 4 }, 0xffffffff);
    paint(p, 1);
    assert_int_equal(inked(p, 0, 0, 40, 40), 100);
    assert_int_equal(inked(p, 40, 40, 24, 24), 16);
}

static void later_commands_cover_earlier_ones(void **state)
{
    struct page *p = *state;
    ground(p);
    ui_add_rect(&p->list, "below", 0, (struct ui_rect){ 10, 10, 10, 10 }, 0xff0000ff);
    ui_add_rect(&p->list, "above", 0, (struct ui_rect){ 10, 10, 10, 10 }, 0x00ff00ff);
    ui_add_dot(&p->list, 0, (struct ui_point){ 40, 40 }, 6, UI_MARK_OK, 0xff0000ff);
    ui_add_dot(&p->list, 0, (struct ui_point){ 40, 40 }, 6, UI_MARK_OK, 0x0000ffff);
    paint(p, 1);
    assert_int_equal(at(p, 15, 15), 0x00ff00);
    assert_int_equal(at(p, 40, 40), 0x0000ff);
}

// Shape says what colour says: no two kinds look alike in one colour.
static void each_mark_has_a_shape_of_its_own(void **state)
{
    struct page *p = *state;
    static uint32_t shapes[UI_MARKS][SIDE][SIDE];
    for (enum ui_mark m = 0; m < UI_MARKS; m++) {
        ui_list_clear(&p->list);
        ground(p);
        ui_add_dot(&p->list, 0, (struct ui_point){ 32, 32 }, 10, m, 0xffffffff);
        paint(p, 1);
        assert_true(inked(p, 0, 0, SIDE, SIDE) > 30);
        memcpy(shapes[m], p->pixels, sizeof p->pixels);
    }
    // A call on its way and one that ended well differ in colour and side of the road only.
    for (enum ui_mark m = 0; m < UI_MARKS; m++)
        for (enum ui_mark k = 0; k < m; k++)
            if (!(m == UI_MARK_OK && k == UI_MARK_CALL))
                assert_memory_not_equal(shapes[m], shapes[k], sizeof shapes[m]);
}

static void text_stays_in_its_box(void **state)
{
    struct page *p = *state;
    struct ui_style style = { UI_SANS, 12, 0xffffffff, UI_LEFT, false };
    ground(p);
    ui_add_text(&p->list, "text", 0, (struct ui_rect){ 8, 20, 50, 16 }, style, "Agjil");
    const struct ui_command *c = &p->list.at[p->list.count - 1];
    paint(p, 1);
    int all = inked(p, 0, 0, SIDE, SIDE);
    assert_true(all > 40);
    assert_int_equal(inked(p, (int)c->x - 1, (int)c->y - 1, (int)c->w + 3, (int)c->h + 3),
                     all);
}

// A line begins where it begins, and not where the text before it ended.
static void line_is_not_tied_to_the_text_before_it(void **state)
{
    struct page *p = *state;
    struct ui_style style = { UI_SANS, 12, 0xffffffff, UI_LEFT, false };
    struct ui_point line[] = { { 40, 50.5 }, { 60, 50.5 } };
    struct ui_point area[] = { { 40, 56 }, { 60, 56 }, { 60, 60 } };
    struct ui_command look = { .stroke = 0xffffffff, .width = 1 };
    ground(p);
    ui_add_text(&p->list, "text", 0, (struct ui_rect){ 2, 2, 30, 16 }, style, "Ag");
    ui_add_line(&p->list, "line", 0, line, 2, look);
    ui_add_text(&p->list, "text", 0, (struct ui_rect){ 2, 2, 30, 16 }, style, "Ag");
    ui_add_area(&p->list, "area", 0, area, 3, 0xffffffff);
    paint(p, 1);
    assert_true(inked(p, 40, 48, 20, 4) >= 20);
    assert_int_equal(inked(p, 0, 20, SIDE, 28), 0);
    assert_int_equal(inked(p, 0, 20, 38, SIDE - 20), 0);
}

// Whatever face stands in: what is wider than it should be is squeezed.
static void text_that_comes_out_wider_is_squeezed(void **state)
{
    struct page *p = *state;
    struct ui_style style = { UI_SANS, 12, 0xffffffff, UI_LEFT, false };
    ground(p);
    ui_add_text(&p->list, "text", 0, (struct ui_rect){ 4, 20, 60, 16 }, style, "MMMM");
    p->list.at[p->list.count - 1].w = 20;
    paint(p, 1);
    assert_true(inked(p, 0, 0, 26, SIDE) > 20);
    assert_int_equal(inked(p, 26, 0, SIDE - 26, SIDE), 0);
}

// ---- Files ----

struct bytes {
    unsigned char *at;
    size_t n, room;
    size_t refuse_after; // 0: never
};

static bool put(void *ctx, const void *from, size_t n)
{
    struct bytes *b = ctx;
    if (b->refuse_after && b->n + n > b->refuse_after)
        return false;
    if (b->n + n > b->room) {
        b->room = 2 * (b->n + n);
        b->at = realloc(b->at, b->room);
        assert_non_null(b->at);
    }
    memcpy(b->at + b->n, from, n);
    b->n += n;
    return true;
}

static struct bytes written(const struct page *p, enum ui_format format, double scale)
{
    struct bytes b = { 0 };
    struct ui_painter *painter = ui_painter_open();
    struct ui_sheet sheet = { SIDE, SIDE, scale, format, put, &b };
    assert_true(ui_painter_write(painter, &p->list, &sheet));
    ui_painter_close(painter);
    return b;
}

static void draw_something(struct page *p)
{
    struct ui_style style = { UI_BOLD, 12, 0xffffffff, UI_LEFT, false };
    struct ui_point line[] = { { 1, 1 }, { 60, 33 }, { 30, 60 } };
    ground(p);
    ui_add_area(&p->list, "area", 0, line, 3, 0x00ff0080);
    ui_add_line(&p->list, "line", 0, line, 3,
                (struct ui_command){ .stroke = 0xff0000ff, .width = 2, .dash = 3 });
    ui_add_dot(&p->list, 0, (struct ui_point){ 40, 40 }, 6, UI_MARK_SHED, 0xff0000ff);
    ui_add_text(&p->list, "text", 0, (struct ui_rect){ 4, 20, 60, 16 }, style, "<b>&amp;");
}

static void same_list_is_the_same_bytes(void **state)
{
    struct page *p = *state;
    draw_something(p);
    for (enum ui_format f = UI_PNG; f <= UI_SVG; f++) {
        struct bytes a = written(p, f, 2), b = written(p, f, 2);
        assert_true(a.n > 100);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.at, b.at, a.n);
        free(a.at);
        free(b.at);
    }
}

static bool begins(const struct bytes *b, const char *with)
{
    return b->n > strlen(with) && memcmp(b->at, with, strlen(with)) == 0;
}

static void files_are_what_their_ending_says(void **state)
{
    struct page *p = *state;
    draw_something(p);
    struct bytes png = written(p, UI_PNG, 2), svg = written(p, UI_SVG, 1),
                 pdf = written(p, UI_PDF, 1);
    assert_true(begins(&png, "\x89PNG"));
    assert_true(begins(&svg, "<?xml"));
    assert_true(begins(&pdf, "%PDF"));
    // Width and height of the PNG, big-endian.
    assert_int_equal(png.at[18] << 8 | png.at[19], 2 * SIDE);
    // Text of a script is drawn, and never markup.
    put(&svg, "", 1);
    assert_null(strstr((char *)svg.at, "<b>"));
    free(png.at);
    free(svg.at);
    free(pdf.at);
    assert_int_equal(ui_format_of("a.png"), UI_PNG);
    assert_int_equal(ui_format_of("dir.d/a.SVG"), UI_SVG);
    assert_int_equal(ui_format_of("a.pdf"), UI_PDF);
    assert_int_equal(ui_format_of("a.gif"), UI_FORMATS);
    assert_int_equal(ui_format_of(".png"), UI_FORMATS);
    assert_int_equal(ui_format_of(""), UI_FORMATS);
}

static void place_that_is_full_is_told(void **state)
{
    struct page *p = *state;
    draw_something(p);
    for (enum ui_format f = UI_PNG; f < UI_FORMATS; f++) {
        struct bytes b = { .refuse_after = 50 };
        struct ui_sheet sheet = { SIDE, SIDE, 1, f, put, &b };
        assert_false(ui_painter_write(p->painter, &p->list, &sheet));
        free(b.at);
    }
}

// ---- Fonts ----

// The widths that pictures are laid out with are those of the faces that they ask for, where these are
// there.
static void widths_are_those_of_the_faces(void **state)
{
    struct page *p = *state;
    static const char *const families[UI_FACES] = { "Inter", "Inter Semi-Bold",
                                                    "JetBrains Mono" };
    static const char *const texts[] = { "goodput 311 of 420/s", "GIL wait: api",
                                         "The quick brown fox jumps over 13 lazy dogs." };
    char about[400];
    ui_painter_about(p->painter, about, sizeof about);
    if (!strstr(about, "Inter") || !strstr(about, "JetBrains Mono"))
        skip();
    PangoFontMap *map = pango_cairo_font_map_new();
    PangoContext *context = pango_font_map_create_context(map);
    pango_context_set_round_glyph_positions(context, FALSE);
    PangoLayout *layout = pango_layout_new(context);
    for (int f = 0; f < UI_FACES; f++) {
        PangoFontDescription *d = pango_font_description_from_string(families[f]);
        pango_font_description_set_absolute_size(d, 100 * PANGO_SCALE);
        pango_layout_set_font_description(layout, d);
        for (size_t i = 0; i < 3; i++) {
            int wide;
            pango_layout_set_text(layout, texts[i], -1);
            pango_layout_get_size(layout, &wide, NULL);
            double reckoned = ui_type_width((enum ui_face)f, 100, texts[i]);
            // Kerning draws letters together; it is left out.
            assert_true(fabs((double)wide / PANGO_SCALE / reckoned - 1) < 0.02);
        }
        pango_font_description_free(d);
    }
    g_object_unref(layout);
    g_object_unref(context);
    g_object_unref(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rectangles_fill_whole_pixels, open_page,
                                        close_page),
        cmocka_unit_test_setup_teardown(scale_enlarges_everything, open_page, close_page),
        cmocka_unit_test_setup_teardown(nothing_shows_outside_a_clip, open_page,
                                        close_page),
        cmocka_unit_test_setup_teardown(later_commands_cover_earlier_ones, open_page,
                                        close_page),
        cmocka_unit_test_setup_teardown(each_mark_has_a_shape_of_its_own, open_page,
                                        close_page),
        cmocka_unit_test_setup_teardown(text_stays_in_its_box, open_page, close_page),
        cmocka_unit_test_setup_teardown(line_is_not_tied_to_the_text_before_it, open_page,
                                        close_page),
        cmocka_unit_test_setup_teardown(text_that_comes_out_wider_is_squeezed, open_page,
                                        close_page),
        cmocka_unit_test_setup_teardown(same_list_is_the_same_bytes, open_page, close_page),
        cmocka_unit_test_setup_teardown(files_are_what_their_ending_says, open_page,
                                        close_page),
        cmocka_unit_test_setup_teardown(place_that_is_full_is_told, open_page, close_page),
        cmocka_unit_test_setup_teardown(widths_are_those_of_the_faces, open_page,
                                        close_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
