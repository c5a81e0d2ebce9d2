#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/ui/window/scene.h"

void scene_define(struct scene *s, char *script)
{
    memset(s, 0, sizeof *s);
    s->script =
        (struct scn_script){ .file = "test.lua", .text = script, .length = strlen(script) };
    ui_window_default(&s->def, &s->script);
}

void scene_show(struct scene *s)
{
    char message[300] = "";
    s->window = ui_window_open(&s->def, message, sizeof message);
    assert_string_equal(message, "");
    assert_non_null(s->window);
}

void scene_open(struct scene *s, char *script, sim_time at)
{
    scene_define(s, script);
    s->def.at = at;
    scene_show(s);
}

void scene_close(struct scene *s)
{
    ui_window_close(s->window);
}

void scene_step(struct scene *s)
{
    assert_true(ui_window_step(s->window, 20));
}

void scene_until_done(struct scene *s)
{
    while (ui_window_state(s->window) != UI_WINDOW_DONE)
        scene_step(s);
    for (int i = 0; i < 3; i++)
        scene_step(s); // what was under way
}

void push_key(SDL_Keycode code, Uint16 mod)
{
    SDL_Event e = { .type = SDL_KEYDOWN };
    e.key.keysym.sym = code;
    e.key.keysym.mod = mod;
    SDL_PushEvent(&e);
}

void push_text(const char *typed)
{
    SDL_Event e = { .type = SDL_TEXTINPUT };
    snprintf(e.text.text, sizeof e.text.text, "%s", typed);
    SDL_PushEvent(&e);
}

void push_motion(double x, double y)
{
    SDL_Event e = { .type = SDL_MOUSEMOTION };
    e.motion.x = (Sint32)x;
    e.motion.y = (Sint32)y;
    SDL_PushEvent(&e);
}

void push_button(Uint32 type, double x, double y)
{
    SDL_Event e = { .type = type };
    e.button.button = SDL_BUTTON_LEFT;
    e.button.clicks = 1;
    e.button.x = (Sint32)x;
    e.button.y = (Sint32)y;
    SDL_PushEvent(&e);
}

const struct ui_player *scene_player(const struct scene *s)
{
    return ui_window_player(s->window);
}

const struct ui_command *scene_drawn(const struct scene *s, const char *what)
{
    const struct ui_list *l = ui_window_drawn(s->window);
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->at[i].what, what) == 0)
            return &l->at[i];
    return NULL;
}

SDL_Window *scene_window(void)
{
    for (Uint32 id = 1; id < 256; id++)
        if (SDL_GetWindowFromID(id))
            return SDL_GetWindowFromID(id);
    return NULL;
}
