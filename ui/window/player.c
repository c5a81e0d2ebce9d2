#include "ui/window/player.h"

#include <string.h>

#include "ui/window/picking.h"

void ui_player_init(struct ui_player *p)
{
    *p = (struct ui_player){ .is_playing = true, .zoom = 1, .selected = SIM_NONE };
    ui_player_unpick(p);
    ui_arm_default(&p->arm);
}

// ---- Time ----

// Nothing is known beyond what has been computed.
static void go_to(struct ui_player *p, const struct ui_film *f, sim_time at)
{
    p->at = at < 0 ? 0 : at > f->now ? f->now : at;
    p->rest = 0;
}

static double factor(int speed)
{
    return speed < 0 ? 1.0 / (1 << -speed) : (double)(1 << speed);
}

bool ui_player_advance(struct ui_player *p, const struct ui_film *f, double seconds)
{
    if (!p->is_playing)
        return false;
    sim_time before = p->at;
    double more = seconds * factor(p->speed) * SIM_S + p->rest;
    sim_time whole = (sim_time)more;
    go_to(p, f, p->at + whole);
    p->rest = more - (double)whole;
    if (p->at >= f->duration) {
        p->is_playing = false;
        return true;
    }
    return p->at != before;
}

static enum ui_wish moved(struct ui_player *p, const struct ui_film *f, sim_time by)
{
    go_to(p, f, p->at + by);
    return UI_WISH_DRAW;
}

// To the next thing on record, or back to the one before. Where there is none, to the end of what is known.
static enum ui_wish stepped(struct ui_player *p, const struct ui_film *f, bool back)
{
    p->is_playing = false;
    sim_time next = ui_film_event_beside(f, p->at, back);
    sim_time last = f->shown_to < f->now ? f->shown_to : f->now;
    if (!ui_film_shows(f, p->at))
        return UI_WISH_DRAW; // nobody knows yet what is beside it
    go_to(p, f, next == SIM_NEVER ? last : next);
    return UI_WISH_DRAW;
}

// ---- What is seen ----

static enum ui_wish select_service(struct ui_player *p, const struct ui_film *f,
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

// For an audience there is one panel, and keys go to it.
static enum ui_wish present(struct ui_player *p)
{
    p->is_presenting = !p->is_presenting;
    p->panel = p->is_presenting && p->panel == UI_WHOLE ? UI_TOPOLOGY : p->panel;
    if (!p->is_presenting)
        p->panel = UI_WHOLE;
    p->focus = UI_WHOLE;
    return UI_WISH_DRAW;
}

// The panel before, or behind, the one that an audience sees; a clicker has these two keys.
static enum ui_wish turn_page(struct ui_player *p, bool back)
{
    uint32_t n = UI_PANELS - UI_TOPOLOGY;
    if (!p->is_presenting)
        return UI_WISH_NOTHING;
    uint32_t at = p->panel == UI_WHOLE ? 0 : (uint32_t)(p->panel - UI_TOPOLOGY);
    p->panel = (enum ui_panel)(UI_TOPOLOGY + (at + (back ? n - 1 : 1)) % n);
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

static enum ui_wish back_out(struct ui_player *p)
{
    if (p->arm.is_open)
        p->arm.is_open = false;
    else if (p->shows_keys)
        p->shows_keys = false;
    else if (p->is_presenting)
        return present(p);
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

static enum ui_wish change_speed(struct ui_player *p, int by)
{
    int speed = p->speed + by;
    if (speed < UI_SLOWEST || speed > UI_FASTEST)
        return UI_WISH_NOTHING;
    p->speed = speed;
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

static enum ui_wish play_or_pause(struct ui_player *p, const struct ui_film *f)
{
    if (!p->is_playing && p->at >= f->duration)
        go_to(p, f, 0);
    p->is_playing = !p->is_playing;
    return UI_WISH_DRAW;
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
    if (p->blind != UI_BLIND_NOT) // what was revealed is hidden again
        p->blind = UI_BLIND_CAUSES;
    go_to(p, f, 0);
    return UI_WISH_DRAW;
}

// As the preset has it, from the start; where there is none of that number, nothing.
static enum ui_wish go_to_preset(struct ui_player *p, const struct ui_film *f,
                                 uint32_t preset)
{
    if (preset >= f->preset_count)
        return UI_WISH_NOTHING;
    p->preset = preset;
    start_again(p, f);
    return UI_WISH_PRESET;
}

// ---- Faults ----

// Makes one ready, on the service that is looked into; SIM_NONE: the same as the last.
static enum ui_wish arm(struct ui_player *p, const struct ui_film *f, uint32_t what)
{
    uint32_t service = p->selected == SIM_NONE ? ui_film_focus(f) : p->selected;
    if (service == SIM_NONE)
        return UI_WISH_NOTHING;
    p->arm.is_open = true;
    p->shows_keys = false;
    p->panel = p->is_presenting ? p->panel : UI_WHOLE;
    p->arm.row = UI_ARM_WHAT;
    p->arm.chosen[UI_ARM_WHERE] = ui_arm_where(f, service);
    if (what != SIM_NONE)
        p->arm.chosen[UI_ARM_WHAT] = what;
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

static enum ui_wish fire(struct ui_player *p)
{
    p->arm.is_open = false;
    return UI_WISH_FIRE;
}

// What a key does to the fault that is made ready; UI_WISH_NOTHING: nothing.
static enum ui_wish arm_key(struct ui_player *p, const struct ui_film *f, int key)
{
    uint32_t what = ui_arm_by_key(key);
    if (key == 'f' || (what != SIM_NONE && what < ui_arm_choices(&p->arm, f, UI_ARM_WHAT)))
        return arm(p, f, what);
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
        return fire(p);
    default:
        return UI_WISH_NOTHING;
    }
}

enum ui_wish ui_player_key(struct ui_player *p, const struct ui_film *f, int key,
                           bool shift)
{
    enum ui_wish armed = arm_key(p, f, key);
    if (armed != UI_WISH_NOTHING)
        return armed;
    const sim_time second = SIM_S, small = 100 * (sim_time)SIM_MS;
    if (key >= '1' && key <= '9') {
        enum ui_wish wish = select_service(p, f, (uint32_t)(key - '1'));
        return p->arm.is_open ? arm(p, f, SIM_NONE) : wish;
    }
    if (key >= UI_KEY_F1)
        return go_to_preset(p, f, (uint32_t)(key - UI_KEY_F1));
    switch (key) {
    case ' ':
        return play_or_pause(p, f);
    case '.':
        return stepped(p, f, false);
    case ',':
        return stepped(p, f, true);
    case '>':
        p->is_playing = false;
        return moved(p, f, small);
    case '<':
        p->is_playing = false;
        return moved(p, f, -small);
    case UI_KEY_LEFT:
        return moved(p, f, shift ? -10 * second : -second);
    case UI_KEY_RIGHT:
        return moved(p, f, shift ? 10 * second : second);
    case '-':
        return change_speed(p, -1);
    case '=':
    case '+':
        return change_speed(p, 1);
    case UI_KEY_HOME:
        go_to(p, f, 0);
        return UI_WISH_DRAW;
    case UI_KEY_END:
        go_to(p, f, f->now);
        return UI_WISH_DRAW;
    case UI_KEY_TAB:
        return focus_next(p, shift);
    case UI_KEY_ENTER:
        p->panel = p->focus;
        return UI_WISH_DRAW;
    case UI_KEY_ESCAPE:
        return back_out(p);
    case UI_KEY_LARGER:
        return change_zoom(p, 1.25);
    case UI_KEY_SMALLER:
        return change_zoom(p, 0.8);
    case '?':
        p->shows_keys = !p->shows_keys;
        return UI_WISH_DRAW;
    case 'r':
        start_again(p, f);
        return UI_WISH_RESET;
    case 'S':
        p->panel = p->panel == UI_SCRIPT ? UI_WHOLE : UI_SCRIPT;
        return UI_WISH_DRAW;
    case 'w':
        return ui_player_fall(p);
    case 'W':
        return ui_player_pick_last(p, f);
    case 'B':
        return go_blind(p);
    case 'N':
        return reveal(p);
    case 'P':
        return present(p);
    case UI_KEY_PAGE_UP:
        return turn_page(p, true);
    case UI_KEY_PAGE_DOWN:
        return turn_page(p, false);
    case 'C':
        return UI_WISH_BESIDE;
    case 'L':
        return UI_WISH_EVIDENCE;
    case 'u':
        return UI_WISH_UNDO;
    case 'c':
        return UI_WISH_OTHER;
    case 'R':
        start_again(p, f);
        return UI_WISH_NEXT_SEED;
    case 'x':
        return UI_WISH_EXPORT;
    case 'q':
    case UI_KEY_QUIT:
        return UI_WISH_QUIT;
    default:
        return UI_WISH_NOTHING;
    }
}

// ---- The mouse ----

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
    go_to(p, f, (sim_time)(part * (double)f->duration));
    return UI_WISH_DRAW;
}

static enum ui_wish press_choice(struct ui_player *p, uint32_t choice)
{
    p->arm.row = choice / UI_ARM_ROW;
    p->arm.chosen[p->arm.row] = choice % UI_ARM_ROW;
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
        return back_out(p);
    if (!box)
        return UI_WISH_NOTHING;
    if (strcmp(box->what, "panel") == 0 && clicks == 1 &&
        ui_player_pick_dot(p, f, drawn, x, y))
        return UI_WISH_DRAW;
    if (strcmp(box->what, "button") == 0)
        return press_button(p, f, box->of);
    if (strcmp(box->what, "choice") == 0)
        return press_choice(p, box->of);
    if (strcmp(box->what, "fire") == 0)
        return fire(p);
    if (box->panel == UI_STRIP && (clicks == 1 || p->panel == UI_WHOLE)) {
        p->is_dragging = true;
        return ui_player_drag(p, f, drawn, x);
    }
    if (strcmp(box->what, "box") == 0 && box->of >= f->client_count && clicks == 1)
        return select_service(p, f, box->of - f->client_count);
    return press_panel(p, box, clicks);
}

void ui_player_release(struct ui_player *p)
{
    p->is_dragging = false;
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
    look->arm = p->arm.is_open ? &p->arm : NULL;
}
