#include "ui/window/picking.h"
#include "ui/window/player_inner.h"

// What an interviewer's keys do: presets, what is hidden and revealed, and an audience.

// For an audience there is one panel, and keys go to it.
enum ui_wish ui_player_present(struct ui_player *p)
{
    p->is_presenting = !p->is_presenting;
    p->panel = p->is_presenting && p->panel == UI_WHOLE ? UI_TOPOLOGY : p->panel;
    if (!p->is_presenting)
        p->panel = UI_WHOLE;
    p->focus = UI_WHOLE;
    return UI_WISH_DRAW;
}

// The panel before, or behind, the one that an audience sees, of those that it may see; a clicker has
// these two keys.
static enum ui_wish turn_page(struct ui_player *p, bool back)
{
    uint32_t n = UI_PANELS - UI_TOPOLOGY;
    if (!p->is_presenting)
        return UI_WISH_NOTHING;
    uint32_t at = p->panel == UI_WHOLE ? 0 : (uint32_t)(p->panel - UI_TOPOLOGY);
    do { // the topology is never hidden
        at = (at + (back ? n - 1 : 1)) % n;
        p->panel = (enum ui_panel)(UI_TOPOLOGY + at);
    } while (ui_panel_is_hidden(p->panel, p->blind));
    return UI_WISH_DRAW;
}

static enum ui_wish go_blind(struct ui_player *p)
{
    p->blind = p->blind == UI_BLIND_NOT ? UI_BLIND_CAUSES : UI_BLIND_NOT;
    return UI_WISH_DRAW;
}

static enum ui_wish reveal(struct ui_player *p)
{
    if (p->blind == UI_BLIND_NOT)
        return UI_WISH_NOTHING;
    p->blind--;
    return UI_WISH_DRAW;
}

// What was revealed.
static void hide_again(struct ui_player *p)
{
    if (p->blind != UI_BLIND_NOT)
        p->blind = UI_BLIND_CAUSES;
}

static enum ui_wish start_again(struct ui_player *p, const struct ui_film *f)
{
    p->speed = 0;
    p->selected = SIM_NONE;
    p->panel = p->is_presenting ? p->panel : UI_WHOLE;
    p->focus = UI_WHOLE;
    ui_player_unpick(p);
    p->arm.is_open = p->is_beside = false;
    p->is_playing = true;
    hide_again(p);
    ui_player_go_to(p, f, 0);
    return UI_WISH_DRAW;
}

// As the preset has it, from the start, or from this moment beside what is kept; where there is
// none of that number, nothing.
static enum ui_wish go_to_preset(struct ui_player *p, const struct ui_film *f,
                                 uint32_t preset)
{
    if (preset >= f->preset_count)
        return UI_WISH_NOTHING;
    p->preset = preset;
    if (p->keeps)
        hide_again(p);
    else
        start_again(p, f);
    return UI_WISH_PRESET;
}

enum ui_wish ui_player_interview_key(struct ui_player *p, const struct ui_film *f, int key)
{
    if (key >= UI_KEY_F1)
        return go_to_preset(p, f, (uint32_t)(key - UI_KEY_F1));
    switch (key) {
    case 'r':
        start_again(p, f);
        return UI_WISH_RESET;
    case 'R':
        start_again(p, f);
        return UI_WISH_NEXT_SEED;
    case 'B':
        return go_blind(p);
    case 'N':
        return reveal(p);
    case 'P':
        return ui_player_present(p);
    case UI_KEY_PAGE_UP:
        return turn_page(p, true);
    case UI_KEY_PAGE_DOWN:
        return turn_page(p, false);
    default:
        return UI_WISH_NOTHING;
    }
}
