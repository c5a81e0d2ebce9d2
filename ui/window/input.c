#include "ui/window/inner.h"

// From events to keys and places, and to what they mean.

static int special_key(SDL_Keycode key)
{
    switch (key) {
    case SDLK_LEFT:
        return UI_KEY_LEFT;
    case SDLK_RIGHT:
        return UI_KEY_RIGHT;
    case SDLK_UP:
        return UI_KEY_UP;
    case SDLK_DOWN:
        return UI_KEY_DOWN;
    case SDLK_HOME:
        return UI_KEY_HOME;
    case SDLK_END:
        return UI_KEY_END;
    case SDLK_TAB:
        return UI_KEY_TAB;
    case SDLK_RETURN:
    case SDLK_KP_ENTER:
        return UI_KEY_ENTER;
    case SDLK_ESCAPE:
        return UI_KEY_ESCAPE;
    default:
        return 0;
    }
}

// Keys that stand for what is typed come as text, as the keyboard's layout has it; these are the
// others, and what Ctrl makes of some.
static enum ui_wish on_key(struct ui_window *w, const SDL_Keysym *key)
{
    bool shift = key->mod & KMOD_SHIFT;
    int code = special_key(key->sym);
    if (key->mod & KMOD_CTRL)
        code = key->sym == SDLK_PLUS || key->sym == SDLK_EQUALS || key->sym == SDLK_KP_PLUS
                   ? UI_KEY_LARGER
               : key->sym == SDLK_MINUS || key->sym == SDLK_KP_MINUS ? UI_KEY_SMALLER
               : key->sym == SDLK_q                                  ? UI_KEY_QUIT
                                                                     : code;
    return code ? ui_player_key(&w->player, &w->engine->film, code, shift)
                : UI_WISH_NOTHING;
}

static enum ui_wish on_text(struct ui_window *w, const char *text)
{
    bool plain = text[0] > 0 && text[1] == '\0' && !(SDL_GetModState() & KMOD_CTRL);
    return plain ? ui_player_key(&w->player, &w->engine->film, text[0], false)
                 : UI_WISH_NOTHING;
}

// From the window's own points to those of the picture.
static void to_picture(const struct ui_window *w, double *x, double *y)
{
    int width, height;
    SDL_GetWindowSize(w->window, &width, &height);
    *x *= w->look.width / (width > 0 ? width : 1);
    *y *= w->look.height / (height > 0 ? height : 1);
}

static enum ui_wish on_mouse(struct ui_window *w, const SDL_Event *event)
{
    double x = event->button.x, y = event->button.y;
    if (event->type == SDL_MOUSEMOTION) {
        x = event->motion.x;
        y = event->motion.y;
    }
    to_picture(w, &x, &y);
    if (event->type == SDL_MOUSEMOTION)
        return ui_player_drag(&w->player, &w->engine->film, &w->list, x);
    if (event->button.button != SDL_BUTTON_LEFT)
        return UI_WISH_NOTHING;
    if (event->type == SDL_MOUSEBUTTONDOWN)
        return ui_player_press(&w->player, &w->engine->film, &w->list, x, y,
                               event->button.clicks);
    ui_player_release(&w->player);
    return UI_WISH_NOTHING;
}

enum ui_wish ui_input_wish(struct ui_window *w, const SDL_Event *event)
{
    switch (event->type) {
    case SDL_QUIT:
        return UI_WISH_QUIT;
    case SDL_KEYDOWN:
        return on_key(w, &event->key.keysym);
    case SDL_TEXTINPUT:
        return on_text(w, event->text.text);
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
    case SDL_MOUSEMOTION:
        return on_mouse(w, event);
    default:
        return UI_WISH_NOTHING;
    }
}
