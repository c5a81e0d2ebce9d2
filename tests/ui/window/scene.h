#ifndef TESTS_UI_WINDOW_SCENE_H
#define TESTS_UI_WINDOW_SCENE_H

// The window's real loop under SDL's dummy driver, with events as SDL makes them. Nothing depends on
// how long anything takes: the tests wait for states.

#include <SDL2/SDL.h>

#include "ui/window/player.h"
#include "ui/window/window.h"

struct scene {
    struct scn_script script;
    struct ui_window_def def;
    struct ui_window *window;
};

// A script in memory, borrowed; at a moment, or played from the start below 0.
void scene_open(struct scene *s, char *script, sim_time at);
// The same as the definition has it, which is filled and may be edited.
void scene_define(struct scene *s, char *script);
void scene_show(struct scene *s);
void scene_close(struct scene *s);

void scene_step(struct scene *s);
void scene_until_done(struct scene *s);
SDL_Window *scene_window(void);

void push_key(SDL_Keycode code, Uint16 mod);
void push_text(const char *typed);
void push_motion(double x, double y);
void push_button(Uint32 type, double x, double y);

const struct ui_player *scene_player(const struct scene *s);
// The first command of that name in what was drawn last; NULL: there is none.
const struct ui_command *scene_drawn(const struct scene *s, const char *what);

#endif
