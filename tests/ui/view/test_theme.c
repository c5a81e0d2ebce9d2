#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/view/draw.h"
#include "ui/view/theme.h"

// Colours stand out from their ground, and outcomes from one another, whoever looks. The conversions
// are written here afresh, from their published formulas.

static const struct ui_theme *const themes[] = { &ui_theme_dark, &ui_theme_light };

// Marks whose colours say an outcome. Turned away and cancelled share a grey and differ in shape.
static const enum ui_mark outcomes[] = { UI_MARK_OK, UI_MARK_AGAIN, UI_MARK_ERROR,
                                         UI_MARK_TIMEOUT, UI_MARK_SHED };

// Machado, Oliveira and Fernandes 2009, severity 1: normal, protan, deutan, tritan.
static const double sights[4][3][3] = {
    { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } },
    { { 0.152286, 1.052583, -0.204868 },
      { 0.114503, 0.786281, 0.099216 },
      { -0.003882, -0.048116, 1.051998 } },
    { { 0.367322, 0.860646, -0.227968 },
      { 0.280085, 0.672501, 0.047413 },
      { -0.011820, 0.042940, 0.968881 } },
    { { 1.255528, -0.076749, -0.178779 },
      { -0.078411, 0.930809, 0.147602 },
      { 0.004733, 0.691367, 0.303900 } },
};

struct lab {
    double l, a, b;
};

static double linear(ui_colour c, int shift)
{
    double x = (c >> shift & 0xff) / 255.0;
    return x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
}

static double f(double t)
{
    return t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116;
}

// CIE L*a*b* with D65, of a colour as somebody sees it.
static struct lab seen(ui_colour c, const double sight[3][3])
{
    double in[3] = { linear(c, 24), linear(c, 16), linear(c, 8) }, out[3];
    for (int i = 0; i < 3; i++) {
        out[i] = sight[i][0] * in[0] + sight[i][1] * in[1] + sight[i][2] * in[2];
        out[i] = fmin(1, fmax(0, out[i]));
    }
    double x = 0.4124 * out[0] + 0.3576 * out[1] + 0.1805 * out[2];
    double y = 0.2126 * out[0] + 0.7152 * out[1] + 0.0722 * out[2];
    double z = 0.0193 * out[0] + 0.1192 * out[1] + 0.9505 * out[2];
    return (struct lab){ 116 * f(y) - 16, 500 * (f(x / 0.95047) - f(y)),
                         200 * (f(y) - f(z / 1.08883)) };
}

static double distance(ui_colour a, ui_colour b, const double sight[3][3])
{
    struct lab p = seen(a, sight), q = seen(b, sight);
    return sqrt((p.l - q.l) * (p.l - q.l) + (p.a - q.a) * (p.a - q.a) +
                (p.b - q.b) * (p.b - q.b));
}

static double worst_pair(const struct ui_theme *t)
{
    double worst = 1000;
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < i; k++)
            for (int s = 0; s < 4; s++)
                worst = fmin(worst, distance(t->marks[outcomes[i]], t->marks[outcomes[k]],
                                             sights[s]));
    return worst;
}

static void outcomes_are_told_apart_by_everybody(void **state)
{
    (void)state;
    assert_true(worst_pair(&ui_theme_dark) > 32);
    assert_true(worst_pair(&ui_theme_light) > 29);
    // The check can fail: two reds.
    struct ui_theme bad = ui_theme_dark;
    bad.marks[UI_MARK_TIMEOUT] = 0xff4b30ff;
    assert_true(worst_pair(&bad) < 10);
}

// Of causes that are drawn equally high, where nothing but colour tells them apart.
static double worst_causes(const struct ui_theme *t)
{
    double worst = 1000;
    for (enum sim_cause a = 0; a < SIM_CAUSES; a++)
        for (enum sim_cause b = 0; b < a; b++)
            for (int s = 0; s < 4 && ui_cause_height(a) == ui_cause_height(b); s++)
                worst = fmin(worst, distance(t->lane[a], t->lane[b], sights[s]));
    return worst;
}

// What waits is a thin line, and there are eleven things to wait for.
static void causes_are_told_apart_by_everybody_and_stand_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct ui_theme *t = themes[i];
        ui_colour lane = ui_colour_over(ui_colour_faded(t->empty, 0.45), t->panel);
        assert_true(worst_causes(t) > 12);
        for (enum sim_cause c = 0; c < SIM_CAUSES; c++)
            assert_true(ui_colour_contrast(t->lane[c], lane) >= 3);
    }
    // The check can fail: two browns.
    struct ui_theme bad = ui_theme_dark;
    bad.lane[SIM_IN_CONNECTIONS] = 0xb07d3aff;
    bad.lane[SIM_IN_BACKOFF] = 0x8a8334ff;
    assert_true(worst_causes(&bad) < 4);
}

static void text_and_outcomes_stand_out_from_panels(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct ui_theme *t = themes[i];
        const ui_colour grounds[] = { t->ground, t->panel, t->raised };
        for (size_t k = 0; k < 3; k++) {
            assert_true(ui_colour_contrast(t->text, grounds[k]) >= 4.5);
            assert_true(ui_colour_contrast(t->muted, grounds[k]) >= 4.5);
        }
        for (enum ui_mark m = 0; m < UI_MARKS; m++)
            assert_true(ui_colour_contrast(t->marks[m], t->panel) >= 4.5);
        assert_true(ui_colour_contrast(t->on_accent, t->accent) >= 4.5);
        assert_true(ui_colour_contrast(t->on_lane, t->owner) >= 4.5);
        assert_true(ui_colour_contrast(t->panel, t->alarm) >= 4.5);
        assert_true(ui_colour_contrast(t->panel, t->warning) >= 4.5);
    }
}

// Shapes that mean something need 3 to 1 from what lies around them.
static void shapes_stand_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct ui_theme *t = themes[i];
        assert_true(ui_colour_contrast(t->outline, t->panel) >= 3);
        assert_true(ui_colour_contrast(t->good, t->panel) >= 3);
        assert_true(ui_colour_contrast(t->alarm, t->panel) >= 3);
        assert_true(ui_colour_contrast(t->full, t->empty) >= 3);
    }
}

// Known answers of WCAG 2.1: black on white, and the grey that just passes on white.
static void contrast_has_known_answers(void **state)
{
    (void)state;
    assert_true(fabs(ui_colour_contrast(0x000000ff, 0xffffffff) - 21) < 1e-9);
    assert_true(fabs(ui_colour_contrast(0x808080ff, 0x808080ff) - 1) < 1e-9);
    assert_true(ui_colour_contrast(0x767676ff, 0xffffffff) >= 4.5);
    assert_true(ui_colour_contrast(0x777777ff, 0xffffffff) < 4.5);
}

static void colours_mix_by_their_opacity(void **state)
{
    (void)state;
    assert_int_equal(ui_colour_over(0xff0000ff, 0x0000ffff), 0xff0000ff);
    assert_int_equal(ui_colour_over(0xff000000, 0x0000ffff), 0x0000ffff);
    assert_int_equal(ui_colour_over(0xffffff80, 0x000000ff), 0x808080ff);
    assert_int_equal(ui_colour_faded(0x12345680, 0.5), 0x12345640);
}

static void themes_are_found_by_name(void **state)
{
    (void)state;
    assert_ptr_equal(ui_theme_of("dark"), &ui_theme_dark);
    assert_ptr_equal(ui_theme_of("light"), &ui_theme_light);
    assert_null(ui_theme_of("Dark"));
    assert_null(ui_theme_of(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_are_told_apart_by_everybody),
        cmocka_unit_test(causes_are_told_apart_by_everybody_and_stand_out),
        cmocka_unit_test(text_and_outcomes_stand_out_from_panels),
        cmocka_unit_test(shapes_stand_out),
        cmocka_unit_test(contrast_has_known_answers),
        cmocka_unit_test(colours_mix_by_their_opacity),
        cmocka_unit_test(themes_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
