#include "ui/window/audience.h"

#include <stdio.h>
#include <string.h>

void ui_key_name(char *out, size_t size, int key, bool shift)
{
    static const char *const names[] = { "Left",   "Right",  "Up",     "Down",     "Home",
                                         "End",    "Tab",    "Enter",  "Esc",      "Ctrl +",
                                         "Ctrl -", "Ctrl q", "PageUp", "PageDown", "F1",
                                         "F2",     "F3",     "F4",     "F5",       "F6",
                                         "F7",     "F8" };
    char typed[2] = { (char)key, '\0' };
    size_t i = (size_t)(key - UI_KEY_LEFT);
    bool is_named = key >= UI_KEY_LEFT && i < sizeof names / sizeof *names;
    const char *name = is_named ? names[i] : key == ' ' ? "Space" : typed;
    snprintf(out, size, "%s%s", shift ? "Shift+" : "", name);
}

bool ui_audience_may_see(const struct ui_player *p, int key)
{
    if (p->blind == UI_BLIND_NOT)
        return true;
    if (p->arm.is_open || key >= UI_KEY_F1)
        return false;
    return key >= UI_KEY_LEFT || strchr(" .,<>-=+?rBNP", key);
}

void ui_audience_echo(struct ui_audience *a, int key, bool shift)
{
    ui_key_name(a->echo, sizeof a->echo, key, shift);
    a->echo_left = UI_ECHO_S;
}

bool ui_audience_advance(struct ui_audience *a, double seconds)
{
    if (!a->echo[0])
        return false;
    a->echo_left -= seconds;
    if (a->echo_left > 0)
        return false;
    a->echo[0] = '\0';
    return true;
}

void ui_audience_look(const struct ui_audience *a, double x, double y, struct ui_look *look)
{
    look->has_pointer = a->has_pointer;
    look->is_pressed = a->is_pressed;
    look->pointer = (struct ui_point){ x, y };
    look->echo = a->echo;
}
