#include "ui/window/picking.h"
#include "ui/window/player_inner.h"

void ui_player_init(struct ui_player *p)
{
    *p = (struct ui_player){ .is_playing = true, .zoom = 1, .selected = SIM_NONE };
    ui_player_unpick(p);
    ui_arm_default(&p->arm);
}

void ui_player_fit(struct ui_player *p, const struct ui_film *f)
{
    p->at = p->at < f->now ? p->at : f->now;
    if (p->selected != SIM_NONE && p->selected >= f->node_count - f->client_count)
        p->selected = SIM_NONE;
}

// ---- What is seen ----

enum ui_wish ui_player_select(struct ui_player *p, const struct ui_film *f,
                              uint32_t service)
{
    if (service >= f->node_count - f->client_count)
        return UI_WISH_NOTHING;
    p->selected = service;
    return UI_WISH_DRAW;
}

// Among all panels one of two stands in the place of both.
static bool is_hidden(const struct ui_player *p, enum ui_panel panel)
{
    if (ui_panel_is_hidden(panel, p->blind))
        return true;
    if (panel == UI_SCRIPT)
        return p->panel == UI_WHOLE; // it only stands alone
    return p->panel == UI_WHOLE && panel == (p->has_waterfall ? UI_LANES : UI_WATERFALL);
}

// The next one that can stand alone, and after the last none.
static enum ui_wish focus_next(struct ui_player *p, bool back)
{
    int n = UI_PANELS - UI_TOPOLOGY + 1;
    int at = p->focus == UI_WHOLE ? 0 : (int)(p->focus - UI_TOPOLOGY) + 1;
    do {
        at = (at + (back ? n - 1 : 1)) % n;
        p->focus = at == 0 ? UI_WHOLE : (enum ui_panel)(UI_TOPOLOGY + at - 1);
    } while (is_hidden(p, p->focus));
    if (p->panel != UI_WHOLE && p->focus != UI_WHOLE)
        p->panel = p->focus;
    return UI_WISH_DRAW;
}

enum ui_wish ui_player_back_out(struct ui_player *p)
{
    if (p->arm.is_open)
        p->arm.is_open = false;
    else if (p->shows_keys)
        p->shows_keys = false;
    else if (p->is_presenting)
        return ui_player_present(p);
    else if (p->is_beside)
        p->is_beside = false;
    else if (p->panel != UI_WHOLE)
        p->panel = UI_WHOLE;
    else if (p->focus != UI_WHOLE)
        p->focus = UI_WHOLE;
    else if (p->has_waterfall)
        ui_player_unpick(p);
    else
        return UI_WISH_NOTHING;
    return UI_WISH_DRAW;
}

static enum ui_wish change_zoom(struct ui_player *p, double by)
{
    double zoom = p->zoom * by;
    if (zoom < 0.45 || zoom > 4.2)
        return UI_WISH_NOTHING;
    p->zoom = zoom;
    return UI_WISH_DRAW;
}

static enum ui_wish show_keys(struct ui_player *p)
{
    p->shows_keys = !p->shows_keys;
    return UI_WISH_DRAW;
}

static enum ui_wish show_panel(struct ui_player *p, enum ui_panel panel)
{
    p->panel = panel;
    return UI_WISH_DRAW;
}

// ---- Keys ----

static enum ui_wish panel_key(struct ui_player *p, const struct ui_film *f, int key,
                              bool shift)
{
    switch (key) {
    case UI_KEY_TAB:
        return focus_next(p, shift);
    case UI_KEY_ENTER:
        return show_panel(p, p->focus);
    case UI_KEY_ESCAPE:
        return ui_player_back_out(p);
    case UI_KEY_LARGER:
        return change_zoom(p, 1.25);
    case UI_KEY_SMALLER:
        return change_zoom(p, 0.8);
    case '?':
        return show_keys(p);
    case 'S':
        return show_panel(p, p->panel == UI_SCRIPT ? UI_WHOLE : UI_SCRIPT);
    case 'w':
        return ui_player_fall(p);
    case 'W':
        return ui_player_pick_last(p, f);
    default:
        return UI_WISH_NOTHING;
    }
}

// Keys for what a player cannot do itself.
static enum ui_wish wish_of(int key)
{
    static const struct {
        int key;
        enum ui_wish wish;
    } wishes[] = {
        { 'A', UI_WISH_KEEP }, { 'C', UI_WISH_BESIDE },       { 'L', UI_WISH_EVIDENCE },
        { 'u', UI_WISH_UNDO }, { 'c', UI_WISH_OTHER },        { 'x', UI_WISH_EXPORT },
        { 'q', UI_WISH_QUIT }, { UI_KEY_QUIT, UI_WISH_QUIT },
    };
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++)
        if (wishes[i].key == key)
            return wishes[i].wish;
    return UI_WISH_NOTHING;
}

static enum ui_wish digit_key(struct ui_player *p, const struct ui_film *f, int key)
{
    if (key < '1' || key > '9')
        return UI_WISH_NOTHING;
    enum ui_wish wish = ui_player_select(p, f, (uint32_t)(key - '1'));
    return p->arm.is_open ? ui_player_arm(p, f, SIM_NONE) : wish;
}

enum ui_wish ui_player_key(struct ui_player *p, const struct ui_film *f, int key,
                           bool shift)
{
    // Keys of two groups are the same only where a fault is made ready: it comes first.
    enum ui_wish wish = ui_player_arm_key(p, f, key);
    if (wish == UI_WISH_NOTHING)
        wish = digit_key(p, f, key);
    if (wish == UI_WISH_NOTHING)
        wish = ui_player_time_key(p, f, key, shift);
    if (wish == UI_WISH_NOTHING)
        wish = panel_key(p, f, key, shift);
    if (wish == UI_WISH_NOTHING)
        wish = ui_player_interview_key(p, f, key);
    return wish == UI_WISH_NOTHING ? wish_of(key) : wish;
}

void ui_player_look(const struct ui_player *p, struct ui_look *look)
{
    look->at = p->at;
    look->selected = p->selected;
    look->panel = p->panel;
    look->has_waterfall = p->has_waterfall;
    look->pick = p->pick;
    look->focus = p->focus;
    look->has_transport = true;
    look->is_playing = p->is_playing;
    look->speed = p->speed;
    look->shows_keys = p->shows_keys;
    look->blind = p->blind;
    look->presents = p->is_presenting;
    look->is_beside = p->is_beside;
    look->keeps = p->keeps;
    look->arm = p->arm.is_open ? &p->arm : NULL;
}
