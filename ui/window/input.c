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
    case SDLK_PAGEUP:
        return UI_KEY_PAGE_UP;
    case SDLK_PAGEDOWN:
        return UI_KEY_PAGE_DOWN;
    default:
        return key >= SDLK_F1 && key <= SDLK_F8 ? UI_KEY_F1 + (int)(key - SDLK_F1) : 0;
    }
}

static enum ui_wish press(struct ui_window *w, int key, bool shift)
{
    // Asked before, for what is done may be hidden no longer then.
    bool is_seen = w->player.is_presenting && ui_audience_may_see(&w->player, key);
    enum ui_wish wish = ui_player_key(&w->player, ui_futures_film(w), key, shift);
    if (wish != UI_WISH_NOTHING)
        ui_witness_key(w, key, shift);
    if (wish != UI_WISH_NOTHING && is_seen)
        ui_audience_echo(&w->audience, key, shift);
    return wish;
}

static int with_ctrl(SDL_Keycode key)
{
    switch (key) {
    case SDLK_PLUS:
    case SDLK_EQUALS:
    case SDLK_KP_PLUS:
        return UI_KEY_LARGER;
    case SDLK_MINUS:
    case SDLK_KP_MINUS:
        return UI_KEY_SMALLER;
    case SDLK_q:
        return UI_KEY_QUIT;
    default:
        return special_key(key);
    }
}

// Keys that stand for what is typed come as text, as the keyboard's layout has it; these are the
// others, and what Ctrl makes of some.
static enum ui_wish on_key(struct ui_window *w, const SDL_Keysym *key)
{
    int code = key->mod & KMOD_CTRL ? with_ctrl(key->sym) : special_key(key->sym);
    return code ? press(w, code, key->mod & KMOD_SHIFT) : UI_WISH_NOTHING;
}

static enum ui_wish on_text(struct ui_window *w, const char *text)
{
    bool plain = text[0] > 0 && text[1] == '\0' && !(SDL_GetModState() & KMOD_CTRL);
    return plain ? press(w, text[0], false) : UI_WISH_NOTHING;
}

void ui_input_to_picture(const struct ui_window *w, double *x, double *y)
{
    int width, height;
    SDL_GetWindowSize(w->window, &width, &height);
    *x *= w->look.width / (width > 0 ? width : 1);
    *y *= w->look.height / (height > 0 ? height : 1);
}

bool ui_input_point(struct ui_window *w, const SDL_Event *event)
{
    struct ui_audience *a = &w->audience;
    switch (event->type) {
    case SDL_MOUSEMOTION:
        a->has_pointer = true;
        a->x = event->motion.x;
        a->y = event->motion.y;
        break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        a->is_pressed = event->type == SDL_MOUSEBUTTONDOWN;
        break;
    case SDL_WINDOWEVENT:
        if (event->window.event != SDL_WINDOWEVENT_LEAVE)
            return false;
        a->has_pointer = false;
        break;
    default:
        return false;
    }
    return w->player.is_presenting;
}

static enum ui_wish on_mouse(struct ui_window *w, const SDL_Event *event)
{
    double x = event->button.x, y = event->button.y;
    if (event->type == SDL_MOUSEMOTION) {
        x = event->motion.x;
        y = event->motion.y;
    }
    ui_input_to_picture(w, &x, &y);
    if (event->type == SDL_MOUSEMOTION)
        return ui_player_drag(&w->player, ui_futures_film(w), &w->list, x);
    if (event->button.button != SDL_BUTTON_LEFT)
        return UI_WISH_NOTHING;
    if (event->type == SDL_MOUSEBUTTONDOWN) {
        enum ui_wish wish = ui_player_press(&w->player, ui_futures_film(w), &w->list, x, y,
                                            event->button.clicks);
        if (wish != UI_WISH_NOTHING)
            ui_witness_click(w);
        return wish;
    }
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
