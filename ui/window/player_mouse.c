#include <string.h>

#include "ui/window/picking.h"
#include "ui/window/player_inner.h"

// What the mouse does to what is seen, by the commands that were drawn last.

static bool is_on(const struct ui_command *c, double x, double y)
{
    return x >= c->x && x < c->x + c->w && y >= c->y && y < c->y + c->h;
}

// The last box drawn at a place, which covers the others; NULL where there is none.
static const struct ui_command *box_at(const struct ui_list *l, double x, double y)
{
    for (size_t i = l->count; i-- > 0;)
        if (l->at[i].kind == UI_BOX && is_on(&l->at[i], x, y))
            return &l->at[i];
    return NULL;
}

static const struct ui_command *plot_of(const struct ui_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->at[i].panel == UI_STRIP && strcmp(l->at[i].what, "plot") == 0)
            return &l->at[i];
    return NULL;
}

static enum ui_wish press_button(struct ui_player *p, const struct ui_film *f,
                                 uint32_t button)
{
    static const int keys[UI_BUTTONS] = {
        [UI_BUTTON_START] = UI_KEY_HOME, [UI_BUTTON_BACK] = ',',
        [UI_BUTTON_PLAY] = ' ',          [UI_BUTTON_ON] = '.',
        [UI_BUTTON_END] = UI_KEY_END,    [UI_BUTTON_SLOWER] = '-',
        [UI_BUTTON_FASTER] = '=',
    };
    return button < UI_BUTTONS ? ui_player_key(p, f, keys[button], false) : UI_WISH_NOTHING;
}

enum ui_wish ui_player_drag(struct ui_player *p, const struct ui_film *f,
                            const struct ui_list *drawn, double x)
{
    const struct ui_command *plot = plot_of(drawn);
    if (!p->is_dragging || !plot)
        return UI_WISH_NOTHING;
    double part = (x - plot->x) / plot->w;
    ui_player_go_to(p, f, (sim_time)(part * (double)f->duration));
    return UI_WISH_DRAW;
}

// What was drawn may not be there any more: a crash has no size.
static enum ui_wish press_choice(struct ui_player *p, const struct ui_film *f,
                                 uint32_t pressed)
{
    uint32_t row = pressed / UI_ARM_ROW, choice = pressed % UI_ARM_ROW;
    if (choice >= ui_arm_choices(&p->arm, f, row))
        return UI_WISH_NOTHING;
    p->arm.row = row;
    p->arm.chosen[row] = choice;
    return UI_WISH_DRAW;
}

static enum ui_wish press_panel(struct ui_player *p, const struct ui_command *box,
                                int clicks)
{
    if (box->panel < UI_TOPOLOGY || clicks < 2)
        return UI_WISH_NOTHING;
    p->panel = p->panel == UI_WHOLE ? box->panel : UI_WHOLE;
    return UI_WISH_DRAW;
}

enum ui_wish ui_player_press(struct ui_player *p, const struct ui_film *f,
                             const struct ui_list *drawn, double x, double y, int clicks)
{
    const struct ui_command *box = box_at(drawn, x, y);
    if (p->shows_keys)
        return ui_player_back_out(p);
    if (!box)
        return UI_WISH_NOTHING;
    if (strcmp(box->what, "panel") == 0 && clicks == 1 &&
        ui_player_pick_dot(p, f, drawn, x, y))
        return UI_WISH_DRAW;
    if (strcmp(box->what, "button") == 0)
        return press_button(p, f, box->of);
    if (strcmp(box->what, "choice") == 0)
        return press_choice(p, f, box->of);
    if (strcmp(box->what, "fire") == 0)
        return ui_player_fire(p);
    if (box->panel == UI_STRIP && (clicks == 1 || p->panel == UI_WHOLE)) {
        p->is_dragging = true;
        return ui_player_drag(p, f, drawn, x);
    }
    if (strcmp(box->what, "box") == 0 && box->of >= f->client_count && clicks == 1)
        return ui_player_select(p, f, box->of - f->client_count);
    return press_panel(p, box, clicks);
}

void ui_player_release(struct ui_player *p)
{
    p->is_dragging = false;
}
