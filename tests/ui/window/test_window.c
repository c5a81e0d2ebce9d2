#define _DEFAULT_SOURCE // setenv, mkdtemp
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/ui/window/scene.h"

// The real loop under SDL's dummy driver, with events as SDL makes them. Nothing depends on how
// long anything takes: the tests wait for states.

static char steady[] =
    "scenario('Steady', { duration = 20*s })\n"
    "local pace = knob('pace', 100, { min = 10, max = 400 })\n"
    "local api = service('api', { executor = threads(4), handler = io(4*ms) })\n"
    "client('users', { target = api, arrivals = constant(pace) })\n"
    "variant('busy', { pace = 200 })\n"
    "expect('it is quick', { 'users.latency.p50', at_most = 10*ms,"
    " because = 'nobody waits' })\n";

static void open_scene(struct scene *s, double at)
{
    scene_open(s, steady, at < 0 ? -1 : (sim_time)(at * SIM_S));
}

// The first picture comes as soon as there is anything, while the run goes on; in the end all of
// it is there, with its verdict.
static void run_is_drawn_while_it_is_computed(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, -1);
    while (!scene_drawn(&s, "scenario"))
        scene_step(&s);
    assert_true(ui_window_frames(s.window) > 0);
    while (!scene_drawn(&s, "passed"))
        scene_step(&s);
    assert_int_equal(ui_window_state(s.window), UI_WINDOW_DONE);
    assert_true(scene_player(&s)->is_playing);
    scene_close(&s);
}

static void moment_that_was_asked_for_is_waited_for(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, 12);
    scene_until_done(&s);
    assert_false(scene_player(&s)->is_playing);
    assert_int_equal(scene_player(&s)->at, (sim_time)12 * SIM_S);
    scene_close(&s);
}

static void keys_and_text_reach_the_player(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, 12);
    scene_until_done(&s);
    push_key(SDLK_LEFT, KMOD_NONE);
    push_key(SDLK_LEFT, KMOD_LSHIFT);
    scene_step(&s);
    assert_int_equal(scene_player(&s)->at, SIM_S);
    push_text("+");
    push_text("?");
    scene_step(&s);
    assert_int_equal(scene_player(&s)->speed, 1);
    assert_non_null(scene_drawn(&s, "key"));
    push_key(SDLK_ESCAPE, KMOD_NONE);
    push_key(SDLK_EQUALS, KMOD_LCTRL);
    scene_step(&s);
    assert_null(scene_drawn(&s, "key"));
    assert_true(scene_player(&s)->zoom > 1.2);
    push_text("\xc3\xa9"); // nobody's key
    scene_step(&s);
    scene_close(&s);
}

// What is read at a desk is too small across a room: a screen of 1920 points has the picture of 1440.
static void type_grows_with_a_large_window(void **state)
{
    (void)state;
    static const struct {
        int width, height, drawn;
    } of[] = {
        { 1280, 800, 1280 }, { 1920, 1080, 1440 }, { 2560, 1440, 1440 }, { 1920, 810, 1920 }
    };
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        struct scene s;
        scene_define(&s, steady);
        s.def.width = of[i].width;
        s.def.height = of[i].height;
        s.def.at = 5 * (sim_time)SIM_S;
        scene_show(&s);
        scene_until_done(&s);
        assert_true(fabs(scene_drawn(&s, "ground")->w - of[i].drawn) < 0.01);
        scene_close(&s);
    }
}

static void strip_is_dragged_with_the_mouse(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, 0);
    scene_until_done(&s);
    const struct ui_command plot = *scene_drawn(&s, "plot");
    double y = plot.y + plot.h / 2;
    push_button(SDL_MOUSEBUTTONDOWN, plot.x + plot.w / 4, y);
    push_motion(plot.x + plot.w / 2, y + 200);
    scene_step(&s);
    assert_in_range(scene_player(&s)->at, (sim_time)9.9e9, (sim_time)10.1e9);
    push_button(SDL_MOUSEBUTTONUP, plot.x + plot.w / 2, y);
    push_motion(plot.x, y);
    scene_step(&s);
    assert_in_range(scene_player(&s)->at, (sim_time)9.9e9, (sim_time)10.1e9);
    scene_close(&s);
}

// Once all is computed a paused window draws nothing until it is touched.
static void paused_window_draws_no_frame(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, 5);
    scene_until_done(&s);
    unsigned long frames = ui_window_frames(s.window);
    for (int i = 0; i < 10; i++)
        scene_step(&s);
    assert_int_equal(ui_window_frames(s.window), frames);
    push_motion(300, 300); // over it, and nothing changes
    push_text("i");
    scene_step(&s);
    assert_int_equal(ui_window_frames(s.window), frames);
    push_key(SDLK_RIGHT, KMOD_NONE);
    scene_step(&s);
    assert_int_equal(ui_window_frames(s.window), frames + 1);
    scene_close(&s);
}

static void moment_is_saved_where_the_program_runs(void **state)
{
    (void)state;
    struct scene s;
    char folder[] = "/tmp/convoy-window-XXXXXX", back[1024];
    assert_non_null(getcwd(back, sizeof back));
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    open_scene(&s, 2);
    scene_until_done(&s);
    push_text("x");
    scene_step(&s);
    assert_string_equal(ui_window_note(s.window), "saved Steady-2000ms.png");
    FILE *f = fopen("Steady-2000ms.png", "rb");
    assert_non_null(f);
    assert_int_equal(fgetc(f), 0x89);
    fclose(f);
    remove("Steady-2000ms.png");
    assert_int_equal(chdir(back), 0);
    assert_int_equal(rmdir(folder), 0); // nothing else was left there
    scene_close(&s);
}

static void next_seed_is_run_afresh(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, 5);
    scene_until_done(&s);
    push_text("R");
    scene_step(&s);
    scene_until_done(&s);
    const struct ui_list *l = ui_window_drawn(s.window);
    assert_string_equal(ui_list_text(l, scene_drawn(&s, "source")), "test.lua   seed 2");
    scene_close(&s);
}

// Closing does not wait for the end of a run that goes on for days.
static void run_that_goes_on_is_ended_by_closing(void **state)
{
    (void)state;
    struct scene s;
    char endless[sizeof steady];
    memcpy(endless, steady, sizeof steady);
    memcpy(strstr(endless, "20*s"), "9e5 ", 4);
    scene_open(&s, endless, -1);
    scene_step(&s);
    SDL_Event e = { .type = SDL_QUIT };
    SDL_PushEvent(&e);
    while (ui_window_step(s.window, 20))
        ;
    scene_close(&s);
}

static void script_that_fails_is_told(void **state)
{
    (void)state;
    struct scene s;
    char wrong[] = "scenario('W', { duration = 20*s })\nsurely wrong";
    scene_open(&s, wrong, -1);
    ui_window_run(s.window);
    assert_int_equal(ui_window_state(s.window), UI_WINDOW_FAILED);
    assert_non_null(ui_window_error(s.window));
    assert_int_equal(ui_window_error(s.window)->line, 2);
    scene_close(&s);
}

static void window_may_have_any_size(void **state)
{
    (void)state;
    struct scene s;
    open_scene(&s, 5);
    scene_until_done(&s);
    assert_non_null(scene_window());
    static const int sizes[][2] = {
        { 400, 400 }, { 1024, 768 }, { 2000, 500 }, { 700, 1300 }
    };
    for (int i = 0; i < 4; i++) {
        unsigned long frames = ui_window_frames(s.window);
        SDL_SetWindowSize(scene_window(), sizes[i][0], sizes[i][1]);
        while (ui_window_frames(s.window) == frames)
            scene_step(&s);
        const struct ui_command *ground = scene_drawn(&s, "ground");
        assert_true(ground->w >= UI_VIEW_MIN_WIDTH - 0.01);
        assert_true(ground->h >= UI_VIEW_MIN_HEIGHT - 0.01);
    }
    scene_close(&s);
}

static uint32_t chance(uint32_t *state, uint32_t below)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % below;
}

// All but closing and saving, which others test.
static void push_anything(uint32_t *state)
{
    static const char typed[] = " .,<>+-=123456789?rRjZBNPCcwWufkv";
    static const SDL_Keycode keys[] = { SDLK_LEFT,    SDLK_RIGHT,  SDLK_HOME,   SDLK_END,
                                        SDLK_TAB,     SDLK_RETURN, SDLK_ESCAPE, SDLK_EQUALS,
                                        SDLK_MINUS,   SDLK_F1,     SDLK_F2,     SDLK_PAGEUP,
                                        SDLK_PAGEDOWN };
    static const Uint16 mods[] = { KMOD_NONE, KMOD_LSHIFT, KMOD_LCTRL };
    char text[2] = { typed[chance(state, sizeof typed - 1)], '\0' };
    double x = chance(state, 1400) - 50.0, y = chance(state, 900) - 50.0;
    switch (chance(state, 6)) {
    case 0:
        push_key(keys[chance(state, 13)], mods[chance(state, 3)]);
        break;
    case 1:
        push_text(text);
        break;
    case 2:
        push_button(SDL_MOUSEBUTTONDOWN, x, y);
        break;
    case 3:
        push_button(SDL_MOUSEBUTTONUP, x, y);
        break;
    case 4:
        push_motion(x, y);
        break;
    default:
        if (chance(state, 8) == 0)
            SDL_SetWindowSize(scene_window(), 300 + (int)chance(state, 1500),
                              300 + (int)chance(state, 900));
    }
}

static void random_input_does_no_harm(void **state)
{
    (void)state;
    struct scene s;
    uint32_t random = 7;
    open_scene(&s, -1);
    while (!scene_drawn(&s, "scenario"))
        scene_step(&s);
    for (int i = 0; i < 200; i++) {
        for (int k = 0; k < 8; k++)
            push_anything(&random);
        scene_step(&s);
        assert_true(scene_player(&s)->at >= 0 &&
                    scene_player(&s)->at <= (sim_time)20 * SIM_S);
    }
    scene_close(&s);
}

int main(void)
{
    setenv("SDL_VIDEODRIVER", "dummy", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_is_drawn_while_it_is_computed),
        cmocka_unit_test(moment_that_was_asked_for_is_waited_for),
        cmocka_unit_test(keys_and_text_reach_the_player),
        cmocka_unit_test(type_grows_with_a_large_window),
        cmocka_unit_test(strip_is_dragged_with_the_mouse),
        cmocka_unit_test(paused_window_draws_no_frame),
        cmocka_unit_test(moment_is_saved_where_the_program_runs),
        cmocka_unit_test(next_seed_is_run_afresh),
        cmocka_unit_test(run_that_goes_on_is_ended_by_closing),
        cmocka_unit_test(script_that_fails_is_told),
        cmocka_unit_test(window_may_have_any_size),
        cmocka_unit_test(random_input_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
