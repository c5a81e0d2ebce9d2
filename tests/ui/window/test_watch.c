#define _DEFAULT_SOURCE // setenv, mkdtemp
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <SDL2/SDL.h>
#include <cmocka.h>

#include "ui/window/player.h"
#include "ui/window/watch.h"
#include "ui/window/window.h"

// A script that is saved while its run is seen, in a folder of its own and through the window's real
// loop under SDL's dummy driver. Nothing depends on how long anything takes.

#define BODY                                                                      \
    "local api = service('api', { executor = threads(4), handler = io(4*ms) })\n" \
    "client('users', { target = api, arrivals = constant(100) })\n"

static const char first[] = "scenario('First', { duration = 20*s })\n" BODY;
static const char second[] = "scenario('Second', { duration = 20*s })\n" BODY;
static const char brief[] = "scenario('Brief', { duration = 3*s })\n" BODY;
static const char broken[] = "scenario('Broken', { duration = 20*s })\n"
                             "local api = servcie('api', {})\n";
// Goes wrong at 15 s.
static const char late[] =
    "scenario('Late', { duration = 20*s })\n"
    "local api = service('api', { executor = threads(4), handler = function(r)\n"
    "  if now() > 15*s then error('no more') end\n"
    "  io(4*ms) end })\n"
    "client('users', { target = api, arrivals = constant(100) })\n";

struct scene {
    char folder[64], back[1024];
    struct scn_script script;
    struct ui_window_def def;
    struct ui_window *window;
};

// ---- Files ----

static void write_in_place(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void replace(const char *name, const char *text)
{
    char other[80];
    snprintf(other, sizeof other, ".%s.swp", name);
    write_in_place(other, text);
    assert_int_equal(rename(other, name), 0);
}

// Works in a folder of its own.
static int open_folder(void **state)
{
    static struct scene s;
    memset(&s, 0, sizeof s);
    snprintf(s.folder, sizeof s.folder, "/tmp/convoy-watch-XXXXXX");
    *state = &s;
    return !getcwd(s.back, sizeof s.back) || !mkdtemp(s.folder) || chdir(s.folder) != 0;
}

static int close_folder(void **state)
{
    struct scene *s = *state;
    remove("orders.lua");
    remove("part.lua");
    remove("other.lua");
    return chdir(s->back) != 0 || rmdir(s->folder) != 0;
}

// ---- The window ----

static void open_scene(struct scene *s, const char *text)
{
    char message[1200] = "";
    write_in_place("orders.lua", text);
    assert_true(scn_script_load(&s->script, "orders.lua", NULL, message, sizeof message));
    ui_window_default(&s->def, &s->script);
    s->def.at = (sim_time)12 * SIM_S;
    s->window = ui_window_open(&s->def, message, sizeof message);
    assert_string_equal(message, "");
    while (ui_window_state(s->window) != UI_WINDOW_DONE ||
           ui_window_player(s->window)->at != s->def.at)
        assert_true(ui_window_step(s->window, 20));
}

static void close_scene(struct scene *s)
{
    ui_window_close(s->window);
    scn_script_free(&s->script);
}

static const char *drawn(const struct scene *s, const char *what)
{
    const struct ui_list *l = ui_window_drawn(s->window);
    for (size_t i = 0; i < l->count; i++)
        if (l->at[i].kind == UI_TEXT && strcmp(l->at[i].what, what) == 0)
            return ui_list_text(l, &l->at[i]);
    return "";
}

static void until(struct scene *s, const char *what, const char *text)
{
    while (strcmp(drawn(s, what), text) != 0)
        assert_true(ui_window_step(s->window, 20));
}

static bool says(const struct scene *s, const char *text)
{
    const struct ui_list *l = ui_window_drawn(s->window);
    for (size_t i = 0; i < l->count; i++)
        if (l->at[i].kind == UI_TEXT && strstr(ui_list_text(l, &l->at[i]), text))
            return true;
    return false;
}

static void expect_moment(const struct scene *s, double seconds)
{
    assert_int_equal(ui_window_player(s->window)->at, (sim_time)(seconds * SIM_S));
    assert_false(ui_window_player(s->window)->is_playing);
}

static void file_that_is_replaced_is_run_from_the_same_moment(void **state)
{
    struct scene *s = *state;
    open_scene(s, first);
    until(s, "scenario", "First");
    replace("orders.lua", second);
    until(s, "scenario", "Second");
    expect_moment(s, 12);
    assert_non_null(strstr(ui_window_note(s->window), "orders.lua"));
    replace("orders.lua", first);
    until(s, "scenario", "First");
    expect_moment(s, 12);
    close_scene(s);
}

static void file_that_is_written_in_place_is_too(void **state)
{
    struct scene *s = *state;
    open_scene(s, first);
    write_in_place("orders.lua", second);
    until(s, "scenario", "Second");
    expect_moment(s, 12);
    close_scene(s);
}

static void broken_script_leaves_the_last_good_run(void **state)
{
    struct scene *s = *state;
    open_scene(s, first);
    write_in_place("orders.lua", broken);
    until(s, "excerpt", "local api = servcie('api', {})");
    assert_string_equal(drawn(s, "scenario"), "First");
    assert_true(says(s, "orders.lua:2"));
    assert_true(says(s, "service")); // did you mean
    expect_moment(s, 12);
    assert_int_equal(ui_window_state(s->window), UI_WINDOW_DONE);
    // It can be gone on with, and is mended by the next save.
    SDL_Event e = { .type = SDL_KEYDOWN };
    e.key.keysym.sym = SDLK_LEFT;
    SDL_PushEvent(&e);
    while (ui_window_player(s->window)->at != (sim_time)11 * SIM_S)
        assert_true(ui_window_step(s->window, 20));
    replace("orders.lua", second);
    until(s, "scenario", "Second");
    assert_string_equal(drawn(s, "excerpt"), "");
    expect_moment(s, 11);
    close_scene(s);
}

// It may have been seen already when it fails: what was there before comes back.
static void script_that_fails_later_on_does_too(void **state)
{
    struct scene *s = *state;
    open_scene(s, first);
    replace("orders.lua", late);
    while (!says(s, "no more"))
        assert_true(ui_window_step(s->window, 20));
    until(s, "scenario", "First");
    assert_true(says(s, "orders.lua:3"));
    assert_int_equal(ui_window_state(s->window), UI_WINDOW_DONE);
    expect_moment(s, 12);
    replace("orders.lua", second);
    until(s, "scenario", "Second");
    assert_false(says(s, "no more"));
    close_scene(s);
}

static void shorter_run_is_seen_at_its_end(void **state)
{
    struct scene *s = *state;
    open_scene(s, first);
    replace("orders.lua", brief);
    until(s, "scenario", "Brief");
    expect_moment(s, 3);
    close_scene(s);
}

static void what_it_includes_counts_too(void **state)
{
    struct scene *s = *state;
    char text[300];
    write_in_place("part.lua", BODY);
    snprintf(text, sizeof text, "%s%s", "scenario('Parts', { duration = 20*s })\n",
             "include 'part.lua'\n");
    open_scene(s, text);
    write_in_place("part.lua", "surely wrong\n");
    while (!says(s, "part.lua:1"))
        assert_true(ui_window_step(s->window, 20));
    write_in_place("part.lua", BODY);
    while (says(s, "part.lua:1"))
        assert_true(ui_window_step(s->window, 20));
    assert_string_equal(drawn(s, "scenario"), "Parts");
    close_scene(s);
}

// ---- What counts as saved ----

static void only_what_concerns_the_script_counts(void **state)
{
    (void)state;
    struct ui_watch w;
    struct scn_script script = { .file = "orders.lua", .folder = "." };
    const char *text = "include 'part.lua'";
    ui_watch_open(&w, &script);
    assert_true(w.fd >= 0);
    assert_false(ui_watch_saved(&w, text));
    write_in_place("other.lua", "x");
    assert_false(ui_watch_saved(&w, text));
    write_in_place("orders.lua", "x");
    assert_true(ui_watch_saved(&w, text));
    assert_false(ui_watch_saved(&w, text)); // once
    replace("orders.lua", "y");
    assert_true(ui_watch_saved(&w, text));
    write_in_place("part.lua", "x");
    assert_true(ui_watch_saved(&w, text));
    FILE *f = fopen("orders.lua", "w");
    fputs("half", f);
    fflush(f);
    assert_false(ui_watch_saved(&w, text)); // not before it is closed
    fclose(f);
    assert_true(ui_watch_saved(&w, text));
    ui_watch_close(&w);
}

static void where_there_is_no_folder_nothing_is_told(void **state)
{
    (void)state;
    struct ui_watch w;
    struct scn_script script = { .file = "nowhere/orders.lua", .folder = "nowhere" };
    ui_watch_open(&w, &script);
    assert_false(ui_watch_saved(&w, ""));
    ui_watch_close(&w);
}

#define FOLDER_TEST(f) cmocka_unit_test_setup_teardown(f, open_folder, close_folder)

int main(void)
{
    setenv("SDL_VIDEODRIVER", "dummy", 1);
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(file_that_is_replaced_is_run_from_the_same_moment),
        FOLDER_TEST(file_that_is_written_in_place_is_too),
        FOLDER_TEST(broken_script_leaves_the_last_good_run),
        FOLDER_TEST(script_that_fails_later_on_does_too),
        FOLDER_TEST(shorter_run_is_seen_at_its_end),
        FOLDER_TEST(what_it_includes_counts_too),
        FOLDER_TEST(only_what_concerns_the_script_counts),
        FOLDER_TEST(where_there_is_no_folder_nothing_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
