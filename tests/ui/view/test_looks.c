#define _DEFAULT_SOURCE // glob
#include <glob.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/films.h"
#include "tests/ui/view/looks.h"
#include "ui/view/view.h"

// Every shipped scenario at its telling moment and at odd ones, at three sizes and in both
// themes; and the same checks on pictures that are wrong on purpose.

static const struct {
    const char *name, *variant;
    double at;
} telling[] = {
    { "blocked-loop", "blocking driver", 30 },
    { "ghost-work", NULL, 30 },
    { "loop-lag", NULL, 30 },
    { "cascade", NULL, 35 },
    { "convoy-effect", NULL, 10 },
    { "gil-threads", "4 threads", 10 },
    { "hello", NULL, 12.5 },
    { "metastable", NULL, 60 },
    { "mm1", NULL, 500 },
    { "power-of-two", NULL, 100 },
    { "retry-storm", NULL, 25 },
    { "tail-at-scale", NULL, 50 },
    { "too-many-threads", "overload, too many", 20 },
};

static const struct {
    double width, height;
} sizes[] = { { 1024, 768 }, { 1280, 800 }, { 1920, 1080 } };

static unsigned look_at(const struct ui_film *film, const struct ui_look *look,
                        const char *name)
{
    struct ui_list list;
    ui_list_init(&list);
    ui_view_draw(&list, film, look);
    assert_false(list.failed);
    struct looks s = looks_of(&list, look);
    if (s.first[0])
        print_error("%s at %.3f s, %.0fx%.0f, %s: %s\n", name, (double)look->at / SIM_S,
                    look->width, look->height, look->theme->name, s.first);
    ui_list_fini(&list);
    return s.cut + s.outside + s.overlapping + s.covered + s.faint;
}

// Blind, both futures side by side, and for an audience, whose picture has fewer points.
static unsigned look_at_interview(const struct ui_film *film, struct ui_look look,
                                  const char *name)
{
    unsigned wrong = 0;
    look.has_transport = true;
    for (look.blind = UI_BLIND_NOT; look.blind < UI_BLINDS; look.blind++)
        wrong += look_at(film, &look, name);
    look.blind = UI_BLIND_NOT;
    look.ghost = film;
    look.differs = "with checkout latency 50 ms from 1 min 12 s for 30 s; dashed: without";
    look.is_beside = true;
    wrong += look_at(film, &look, name);
    look.keeps = true;
    look.differs = "overload, too many: threads 400, arrival rate 1200 /s; dashed, as it "
                   "stands: 16, 300 /s";
    wrong += look_at(film, &look, name);
    look.presents = true;
    wrong += look_at(film, &look, name);
    look.is_beside = false;
    look.echo = "Shift+PageDown";
    look.has_pointer = true;
    look.pointer = (struct ui_point){ 200, 120 };
    look.width = fmax(look.width / UI_VIEW_PRESENT_LARGER, UI_VIEW_PRESENT_MIN_WIDTH);
    look.height = fmax(look.height / UI_VIEW_PRESENT_LARGER, UI_VIEW_PRESENT_MIN_HEIGHT);
    for (look.panel = UI_WHOLE; look.panel < UI_PANELS; look.panel++)
        if (look.panel != UI_HEADER)
            wrong += look_at(film, &look, name);
    return wrong;
}

static unsigned look_at_sizes(const struct ui_film *film, sim_time at, const char *name)
{
    const struct ui_theme *themes[] = { &ui_theme_dark, &ui_theme_light };
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t k = 0; k < 2; k++) {
            struct ui_look look;
            ui_look_default(&look);
            look.at = at;
            look.width = sizes[i].width;
            look.height = sizes[i].height;
            look.theme = themes[k];
            wrong += look_at_interview(film, look, name);
            for (look.panel = UI_WHOLE; look.panel < UI_PANELS; look.panel++)
                if (look.panel != UI_HEADER)
                    wrong += look_at(film, &look, name);
        }
    }
    return wrong;
}

static unsigned look_at_film(const struct film_run *r, sim_time at, const char *name)
{
    return look_at_sizes(&r->film, at, name) + look_at_sizes(&r->film, 0, name) +
           look_at_sizes(&r->film, at / 7 + 12345678, name) +
           look_at_sizes(&r->film, r->film.duration, name);
}

static void telling_moments_are_fit_to_be_seen(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof telling / sizeof *telling; i++) {
        struct film_run r = { 0 };
        film_shoot(&r, telling[i].name, telling[i].variant, 0, 1u << 20);
        wrong += look_at_film(&r, (sim_time)(telling[i].at * SIM_S), telling[i].name);
        film_close(&r);
    }
    assert_int_equal(wrong, 0);
}

static bool is_telling(const char *name)
{
    for (size_t i = 0; i < sizeof telling / sizeof *telling; i++)
        if (strcmp(telling[i].name, name) == 0)
            return true;
    return false;
}

// All the others, which nobody has listed here, in the middle of the run.
static void every_shipped_scenario_is_fit_to_be_seen(void **state)
{
    (void)state;
    unsigned wrong = 0;
    glob_t files;
    assert_int_equal(glob(CONVOY_SCENARIOS "/*.lua", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        char name[128];
        struct film_run r = { 0 };
        const char *base = strrchr(files.gl_pathv[i], '/') + 1;
        snprintf(name, sizeof name, "%.*s", (int)(strlen(base) - strlen(".lua")), base);
        if (is_telling(name))
            continue;
        film_shoot(&r, name, NULL, 0, 1u << 20);
        wrong += look_at_film(&r, r.film.duration / 2, name);
        film_close(&r);
    }
    globfree(&files);
    assert_int_equal(wrong, 0);
}

// A road that passes a column has a box in its way.
static void roads_that_pass_a_column_are_fit_to_be_seen(void **state)
{
    (void)state;
    static const char text[] =
        "scenario('Past', { duration = 2*s })\n"
        "local db = service('db', { executor = threads(4), handler = native(1*ms) })\n"
        "local api = service('api', { executor = threads(4), handler = call(db) })\n"
        "client('users', { target = api, arrivals = constant(90) })\n"
        "client('nightly', { target = db, arrivals = constant(5) })\n";
    struct film_run r = { 0 };
    film_shoot_text(&r, text, 1u << 20);
    assert_int_equal(look_at_film(&r, SIM_S, "past"), 0);
    film_close(&r);
}

// ---- What is wrong on purpose ----

struct plant {
    struct ui_list list;
    struct ui_look look;
};

static void open_plant(struct plant *p)
{
    ui_look_default(&p->look);
    ui_list_init(&p->list);
    ui_add_rect(&p->list, "ground", 0, (struct ui_rect){ 0, 0, 1280, 800 },
                ui_theme_dark.ground);
    struct ui_command look = { .r = 6, .fill = ui_theme_dark.panel };
    ui_add_box(&p->list, "panel", 0, (struct ui_rect){ 100, 100, 200, 100 }, look);
}

static struct looks close_plant(struct plant *p)
{
    struct looks s = looks_of(&p->list, &p->look);
    ui_list_fini(&p->list);
    return s;
}

static void say(struct plant *p, double x, double y, double w, ui_colour c,
                const char *text)
{
    struct ui_style style = { UI_SANS, 12, c, UI_LEFT, false };
    ui_add_text(&p->list, "text", 0, (struct ui_rect){ x, y, w, 16 }, style, text);
}

static void sound_picture_has_nothing_wrong(void **state)
{
    (void)state;
    struct plant p;
    open_plant(&p);
    say(&p, 110, 110, 80, ui_theme_dark.text, "one line");
    say(&p, 110, 126, 80, ui_theme_dark.muted, "and the next");
    struct looks s = close_plant(&p);
    assert_int_equal(s.cut + s.outside + s.overlapping + s.covered + s.faint, 0);
}

static void text_that_is_cut_off_is_found(void **state)
{
    (void)state;
    struct plant p;
    open_plant(&p);
    say(&p, 110, 110, 40, ui_theme_dark.text, "far too long for it");
    assert_int_equal(close_plant(&p).cut, 1);
}

static void text_that_leaves_its_panel_is_found(void **state)
{
    (void)state;
    struct plant p;
    open_plant(&p);
    say(&p, 270, 110, 200, ui_theme_dark.text, "over the edge");
    assert_int_equal(close_plant(&p).outside, 1);
    open_plant(&p);
    say(&p, 1250, 20, 200, ui_theme_dark.text, "over the edge");
    assert_int_equal(close_plant(&p).outside, 1);
}

static void text_over_text_is_found(void **state)
{
    (void)state;
    struct plant p;
    open_plant(&p);
    say(&p, 110, 110, 100, ui_theme_dark.text, "a label");
    say(&p, 130, 115, 100, ui_theme_dark.text, "412 ms");
    assert_int_equal(close_plant(&p).overlapping, 1);
}

static void text_under_a_shape_is_found(void **state)
{
    (void)state;
    struct plant p;
    open_plant(&p);
    say(&p, 110, 110, 100, ui_theme_dark.text, "a label");
    ui_add_rect(&p.list, "cell", 0, (struct ui_rect){ 120, 105, 8, 30 }, 0xfff675ff);
    assert_int_equal(close_plant(&p).covered, 1);
}

static void faint_text_is_found(void **state)
{
    (void)state;
    struct plant p;
    open_plant(&p);
    say(&p, 110, 110, 100, ui_theme_dark.hairline, "hardly there");
    assert_int_equal(close_plant(&p).faint, 1);
    // Light on dark stands out, but not where a light cell lies between.
    open_plant(&p);
    ui_add_rect(&p.list, "cell", 0, (struct ui_rect){ 105, 105, 100, 30 }, 0xfff675ff);
    say(&p, 110, 110, 80, ui_theme_dark.text, "on yellow");
    assert_int_equal(close_plant(&p).faint, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_picture_has_nothing_wrong),
        cmocka_unit_test(text_that_is_cut_off_is_found),
        cmocka_unit_test(text_that_leaves_its_panel_is_found),
        cmocka_unit_test(text_over_text_is_found),
        cmocka_unit_test(text_under_a_shape_is_found),
        cmocka_unit_test(faint_text_is_found),
        cmocka_unit_test(telling_moments_are_fit_to_be_seen),
        cmocka_unit_test(every_shipped_scenario_is_fit_to_be_seen),
        cmocka_unit_test(roads_that_pass_a_column_are_fit_to_be_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
