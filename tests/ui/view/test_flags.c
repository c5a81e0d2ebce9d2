#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/films.h"
#include "tests/ui/view/looks.h"
#include "ui/view/view.h"

// Flags above the strip, wherever they lie: each is named or counted, no label lies over another, and
// no pole goes through one.

static const char busy[] =
    "scenario('Busy', { duration = 20*s })\n"
    "local api = service('api', { executor = threads(8), handler = io(5*ms) })\n"
    "client('users', { target = api, arrivals = constant(50) })\n"
    "between(3*s, 4*s, api:crash())\n"
    "between(3.2*s, 5*s, api:slow(8))\n"
    "between(3.3*s, 5*s, api:fail(0.5))\n"
    "between(3.4*s, 5*s, api:pause())\n"
    "between(3.5*s, 5*s, api:slow(2))\n"
    "between(15*s, 16*s, api:slow(3))\n"
    "between(19.9*s, 20*s, api:slow(4))\n";

struct scene {
    struct film_run run;
    struct ui_list list;
    struct ui_look look;
};

static void draw(struct scene *s)
{
    ui_list_clear(&s->list);
    ui_view_draw(&s->list, &s->run.film, &s->look);
    assert_false(s->list.failed);
}

static void open_scene(struct scene *s)
{
    memset(s, 0, sizeof *s);
    film_shoot_text(&s->run, busy, 1u << 18);
    ui_look_default(&s->look);
    s->look.at = (sim_time)10 * SIM_S;
    ui_list_init(&s->list);
    draw(s);
}

static void close_scene(struct scene *s)
{
    ui_list_fini(&s->list);
    film_close(&s->run);
}

static bool is_flag(const struct ui_command *c, enum ui_kind kind)
{
    return c->panel == UI_STRIP && c->kind == kind &&
           (strcmp(c->what, "flag") == 0 || strcmp(c->what, "more flags") == 0);
}

// Flags that are named, or counted by the label of another.
static uint32_t told(const struct scene *s)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s->list.count; i++) {
        const struct ui_command *c = &s->list.at[i];
        if (is_flag(c, UI_TEXT))
            n += strcmp(c->what, "flag") == 0
                     ? 1
                     : (uint32_t)atoi(ui_list_text(&s->list, c) + 1);
    }
    return n;
}

static uint32_t count(const struct scene *s, enum ui_kind kind, const char *what)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s->list.count; i++)
        n += is_flag(&s->list.at[i], kind) && strcmp(s->list.at[i].what, what) == 0;
    return n;
}

static uint32_t crossings(const struct scene *s)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s->list.count; i++) {
        const struct ui_command *pole = &s->list.at[i];
        for (size_t k = 0; is_flag(pole, UI_RECT) && k < s->list.count; k++) {
            const struct ui_command *t = &s->list.at[k];
            n += is_flag(t, UI_TEXT) && pole->x + pole->w > t->x && pole->x < t->x + t->w &&
                 pole->y < t->y + t->h && pole->y + pole->h > t->y;
        }
    }
    return n;
}

static void expect_sound(struct scene *s)
{
    static const double widths[] = { UI_VIEW_MIN_WIDTH, 1024, 1280, 1920 };
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        s->look.width = widths[i];
        for (s->look.blind = UI_BLIND_NOT; s->look.blind <= UI_BLIND_NAMES;
             s->look.blind++) {
            draw(s);
            struct looks wrong = looks_of(&s->list, &s->look);
            assert_string_equal(wrong.first, "");
            assert_int_equal(told(s), s->run.film.flag_count);
            assert_int_equal(count(s, UI_RECT, "flag"), s->run.film.flag_count);
            assert_int_equal(crossings(s), 0);
        }
    }
}

static void flags_that_lie_close_stay_readable(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s);
    assert_int_equal(s.run.film.flag_count, 7);
    assert_int_equal(count(&s, UI_TEXT, "flag"), 5); // three in rows, and the two far off
    assert_int_equal(count(&s, UI_TEXT, "more flags"), 1);
    expect_sound(&s);
    close_scene(&s);
}

static int by_begin(const void *a, const void *b)
{
    sim_time x = ((const struct ui_flag *)a)->begin, y = ((const struct ui_flag *)b)->begin;
    return x < y ? -1 : x > y;
}

// Anywhere by chance, half of the time all within a tenth of the run.
static void flags_anywhere_are_told_of(void **state)
{
    (void)state;
    struct scene s;
    uint32_t chance = 20;
    open_scene(&s);
    struct ui_film *f = &s.run.film;
    for (int round = 0; round < 100; round++) {
        chance = chance * 1664525u + 1013904223u;
        double from = chance / 4294967296.0, part = round % 2 ? 0.1 : 1;
        for (size_t i = 0; i < f->flag_count; i++) {
            chance = chance * 1664525u + 1013904223u;
            double u = from * (1 - part) + part * (chance / 4294967296.0);
            f->flags[i].begin = (sim_time)(u * (double)f->duration);
            f->flags[i].end = f->flags[i].begin + SIM_S;
        }
        qsort(f->flags, f->flag_count, sizeof *f->flags, by_begin);
        expect_sound(&s);
    }
    close_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_that_lie_close_stay_readable),
        cmocka_unit_test(flags_anywhere_are_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
