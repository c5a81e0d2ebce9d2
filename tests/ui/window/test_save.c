#define _GNU_SOURCE // setenv, mkdtemp
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/ui/window/scene.h"
#include "ui/window/inner.h"

// Pictures that are saved while what was drawn last has gone already.

static char script[] =
    "scenario('Steady', { duration = 12*s })\n"
    "local db = service('db', { executor = threads(4), handler = io(4*ms) })\n"
    "client('users', { target = db, arrivals = constant(100) })\n";

static void fire(struct scene *s)
{
    push_text("k");
    scene_step(s);
    push_key(SDLK_RETURN, KMOD_NONE);
    scene_step(s);
    while (ui_window_forks(s->window))
        scene_step(s);
    scene_until_done(s);
}

static bool has_film(struct ui_window *w)
{
    ui_engine_lock(w->engine);
    bool is_there = w->engine->has_film;
    ui_engine_unlock(w->engine);
    return is_there;
}

// Both keys may come in one step of the loop. What they do is done here by itself, for whether the
// fresh run has a film by then is a matter of chance: with one, the picture is drawn.
static void saved_in_the_step_of_a_preset(void **state)
{
    (void)state;
    struct scene s;
    char folder[] = "/tmp/convoy-save-XXXXXX", back[1024];
    assert_non_null(getcwd(back, sizeof back));
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    scene_open(&s, script, (sim_time)3 * SIM_S);
    scene_until_done(&s);
    fire(&s);
    assert_non_null(s.window->look.ghost); // drawn last, beside what is seen
    assert_true(ui_futures_start(s.window));
    while (!has_film(s.window))
        sched_yield();
    ui_save_moment(s.window);
    assert_null(s.window->look.ghost); // it has gone with its run
    assert_string_equal(ui_window_note(s.window), "saved Steady-3000ms.png");
    scene_close(&s);
    assert_int_equal(remove("Steady-3000ms.png"), 0);
    assert_int_equal(chdir(back), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    setenv("SDL_VIDEODRIVER", "dummy", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saved_in_the_step_of_a_preset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
