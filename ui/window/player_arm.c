#include "ui/window/player_inner.h"

// What keys do to the fault, or the turn of a knob, that is made ready.

enum ui_wish ui_player_arm(struct ui_player *p, const struct ui_film *f, uint32_t what)
{
    uint32_t service = p->selected == SIM_NONE ? ui_film_focus(f) : p->selected;
    if (service == SIM_NONE)
        return UI_WISH_NOTHING;
    p->arm.is_open = true;
    p->shows_keys = false;
    p->panel = p->is_presenting ? p->panel : UI_WHOLE;
    p->arm.row = UI_ARM_WHAT;
    if (what != SIM_NONE)
        p->arm.chosen[UI_ARM_WHAT] = what;
    p->arm.chosen[UI_ARM_WHERE] = ui_arm_where(&p->arm, f, service);
    return UI_WISH_DRAW;
}

// To the next row that is there.
static enum ui_wish change_row(struct ui_player *p, const struct ui_film *f, uint32_t by)
{
    do
        p->arm.row = (p->arm.row + by) % UI_ARM_ROWS;
    while (ui_arm_choices(&p->arm, f, p->arm.row) == 0);
    return UI_WISH_DRAW;
}

static enum ui_wish change_choice(struct ui_player *p, const struct ui_film *f, int by)
{
    uint32_t n = ui_arm_choices(&p->arm, f, p->arm.row);
    uint32_t chosen = ui_arm_chosen(&p->arm, f, p->arm.row);
    p->arm.chosen[p->arm.row] = (chosen + n + (uint32_t)by) % n;
    return UI_WISH_DRAW;
}

enum ui_wish ui_player_fire(struct ui_player *p)
{
    p->arm.is_open = false;
    return UI_WISH_FIRE;
}

enum ui_wish ui_player_arm_key(struct ui_player *p, const struct ui_film *f, int key)
{
    uint32_t what = ui_arm_by_key(key);
    if (key == 'f' || (what != SIM_NONE && what < ui_arm_choices(&p->arm, f, UI_ARM_WHAT)))
        return ui_player_arm(p, f, what);
    if (!p->arm.is_open)
        return UI_WISH_NOTHING;
    switch (key) {
    case UI_KEY_UP:
        return change_row(p, f, UI_ARM_ROWS - 1);
    case UI_KEY_DOWN:
    case UI_KEY_TAB:
        return change_row(p, f, 1);
    case UI_KEY_LEFT:
        return change_choice(p, f, -1);
    case UI_KEY_RIGHT:
        return change_choice(p, f, 1);
    case UI_KEY_ENTER:
        return ui_player_fire(p);
    default:
        return UI_WISH_NOTHING;
    }
}
