#define _GNU_SOURCE // setenv
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/ui/window/scene.h"

// A run that is kept, and what is run or fired after it beside it, through the window's real loop.

static char shop[] =
    "scenario('Shop', { duration = 12*s })\n"
    "local pace = knob('pace', 100, { min = 10, max = 4000 })\n"
    "local hands = knob('hands', 4, { min = 1, max = 9 })\n"
    "local long = knob('long', false)\n"
    "local till = service('till', { executor = threads(2), handler = io(1*ms) })\n"
    "local shelf = service('shelf', { executor = threads(hands), handler = io(4*ms) })\n"
    "if long then\n"
    "  local cellar = service('cellar', { executor = threads(3), handler = io(9*ms) })\n"
    "  client('more', { target = cellar, arrivals = constant(20) })\n"
    "end\n"
    "client('people', { target = shelf, arrivals = constant(pace) })\n"
    "client('others', { target = till, arrivals = constant(10) })\n"
    "variant('rush hour', { pace = 2000, hands = 2 })\n"
    "variant('with a cellar', { long = true })\n";

static void open_at(struct scene *s, double at)
{
    scene_open(s, shop, (sim_time)(at * SIM_S));
    scene_until_done(s);
}

static void press(struct scene *s, const char *text, SDL_Keycode key)
{
    if (text)
        push_text(text);
    else
        push_key(key, KMOD_NONE);
    scene_step(s);
    while (ui_window_forks(s->window))
        scene_step(s);
    scene_until_done(s);
}

static void fire(struct scene *s)
{
    press(s, "k", 0);
    press(s, NULL, SDLK_RETURN);
}

static const char *text_of(const struct scene *s, const char *what, uint32_t of)
{
    const struct ui_list *l = ui_window_drawn(s->window);
    for (size_t i = 0; i < l->count; i++)
        if (l->at[i].kind == UI_TEXT && l->at[i].of == of &&
            strcmp(l->at[i].what, what) == 0)
            return ui_list_text(l, &l->at[i]);
    return "";
}

static unsigned boxes(const struct scene *s)
{
    const struct ui_list *l = ui_window_drawn(s->window);
    unsigned n = 0;
    for (size_t i = 0; i < l->count; i++)
        n += l->at[i].kind == UI_BOX && strcmp(l->at[i].what, "box") == 0;
    return n;
}

// The same number of requests a dot in both.
static void expect_one_scale(const struct scene *s)
{
    const struct ui_list *l = ui_window_drawn(s->window);
    const char *first = NULL;
    unsigned n = 0;
    for (size_t i = 0; i < l->count; i++) {
        const struct ui_command *c = &l->at[i];
        if (strcmp(c->what, "beside") != 0 || c->panel != UI_TOPOLOGY)
            continue;
        if (n++ == 0)
            first = ui_list_text(l, c);
        else
            assert_string_equal(ui_list_text(l, c), first);
    }
    assert_int_equal(n, 2);
}

static uint64_t digest_of_preset(SDL_Keycode key)
{
    struct scene s;
    open_at(&s, 3);
    press(&s, NULL, key);
    uint64_t digest = ui_window_digest(s.window);
    scene_close(&s);
    return digest;
}

static void two_presets_stand_side_by_side(void **state)
{
    (void)state;
    struct scene s;
    uint64_t rush = digest_of_preset(SDLK_F2);
    open_at(&s, 3);
    uint64_t standing = ui_window_digest(s.window);
    press(&s, "A", 0);
    assert_string_equal(text_of(&s, "source", 0),
                        "kept as A: F1 to F8, or a fault, stands beside it");
    press(&s, NULL, SDLK_F2);
    assert_int_equal(scene_player(&s)->at, (sim_time)3 * SIM_S); // not from the start
    assert_int_equal(ui_window_digest(s.window), rush);
    assert_int_equal(boxes(&s), 8);
    assert_string_equal(text_of(&s, "future", 0), "B: rush hour");
    assert_string_equal(text_of(&s, "future", 1), "A: as it stands, dashed below");
    assert_string_equal(text_of(&s, "differs", 0),
                        "rush hour: pace 2000, hands 2; dashed, as it stands: 100, 4");
    assert_string_equal(text_of(&s, "arrivals", 0),
                        "6,032 arrivals, dashed 332"); // one at 0 s, too
    expect_one_scale(&s);
    press(&s, "C", 0); // the one with the other dashed
    assert_int_equal(boxes(&s), 4);
    assert_non_null(scene_drawn(&s, "ghost"));
    press(&s, "c", 0);
    assert_int_equal(ui_window_digest(s.window), standing);
    assert_string_equal(ui_window_differs(s.window),
                        "as it stands: pace 100, hands 4; dashed, rush hour: 2000, 2");
    press(&s, "A", 0);
    assert_string_equal(ui_window_differs(s.window), "");
    assert_string_equal(text_of(&s, "source", 0), "A is kept no longer");
    scene_close(&s);
}

// The one that is kept stays; what is beside it changes, even where it has other services.
static void what_is_beside_changes(void **state)
{
    (void)state;
    struct scene s;
    open_at(&s, 3);
    press(&s, NULL, SDLK_F3);
    press(&s, NULL, SDLK_END);
    push_text("3"); // looks into a service that the others do not have
    press(&s, "A", 0);
    press(&s, NULL, SDLK_F2);
    assert_string_equal(text_of(&s, "future", 1), "A: with a cellar, dashed below");
    press(&s, "c", 0); // what is looked into is not there, or is again
    press(&s, "c", 0);
    press(&s, NULL, SDLK_F1);
    assert_string_equal(ui_window_differs(s.window),
                        "as it stands: long false; dashed, with a cellar: true");
    press(&s, NULL, SDLK_F3);
    assert_string_equal(ui_window_differs(s.window), "the same run twice");
    assert_string_equal(text_of(&s, "arrivals", 0), "1,560 arrivals in both");
    press(&s, "C", 0);
    press(&s, "1", 0);
    scene_close(&s);
}

// What is fired is fired at B, and taken back from it; A stays as it was kept.
static void faults_are_fired_at_the_one_that_is_seen(void **state)
{
    (void)state;
    struct scene s;
    open_at(&s, 3);
    press(&s, "A", 0);
    press(&s, NULL, SDLK_F2);
    uint64_t rush = ui_window_digest(s.window);
    fire(&s);
    assert_true(ui_window_digest(s.window) != rush);
    assert_string_equal(
        ui_window_differs(s.window),
        "rush hour: pace 2000, hands 2; dashed, as it stands: 100, 4; and what was fired");
    press(&s, "u", 0);
    assert_int_equal(ui_window_digest(s.window), rush);
    assert_string_equal(ui_window_differs(s.window),
                        "rush hour: pace 2000, hands 2; dashed, as it stands: 100, 4");
    press(&s, "r", 0); // as it was opened, of what is seen
    assert_false(scene_player(&s)->keeps);
    assert_int_equal(ui_window_digest(s.window), rush);
    assert_string_equal(ui_window_differs(s.window), "");
    scene_close(&s);
}

// Several faults, one after the other, all beside the run without any.
static void faults_may_add_up_beside_what_is_kept(void **state)
{
    (void)state;
    struct scene s;
    open_at(&s, 3);
    uint64_t standing = ui_window_digest(s.window);
    press(&s, "A", 0);
    fire(&s);
    uint64_t once = ui_window_digest(s.window);
    const char *one = "with shelf crash from 3 s for 5 s; dashed: without";
    assert_string_equal(ui_window_differs(s.window), one);
    press(&s, NULL, SDLK_RIGHT);
    fire(&s);
    assert_string_equal(ui_window_differs(s.window),
                        "with shelf crash from 3 s for 5 s and 1 more; dashed: without");
    press(&s, "u", 0);
    assert_int_equal(ui_window_digest(s.window), once);
    assert_string_equal(ui_window_differs(s.window), one);
    press(&s, "u", 0); // that is A itself
    assert_int_equal(ui_window_digest(s.window), standing);
    assert_string_equal(ui_window_differs(s.window), "");
    assert_true(scene_player(&s)->keeps);
    press(&s, NULL, SDLK_LEFT);
    fire(&s);
    assert_string_equal(ui_window_differs(s.window), one);
    scene_close(&s);
}

int main(void)
{
    setenv("SDL_VIDEODRIVER", "dummy", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_presets_stand_side_by_side),
        cmocka_unit_test(what_is_beside_changes),
        cmocka_unit_test(faults_are_fired_at_the_one_that_is_seen),
        cmocka_unit_test(faults_may_add_up_beside_what_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
