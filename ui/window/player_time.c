#include "ui/window/player_inner.h"

// What keys and the passing of time do to the moment that is seen.

// Nothing is known beyond what has been computed.
void ui_player_go_to(struct ui_player *p, const struct ui_film *f, sim_time at)
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
    ui_player_go_to(p, f, p->at + whole);
    p->rest = more - (double)whole;
    if (p->at >= f->duration) {
        p->is_playing = false;
        return true;
    }
    return p->at != before;
}

static enum ui_wish moved(struct ui_player *p, const struct ui_film *f, sim_time by)
{
    ui_player_go_to(p, f, p->at + by);
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
    ui_player_go_to(p, f, next == SIM_NEVER ? last : next);
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

static enum ui_wish play_or_pause(struct ui_player *p, const struct ui_film *f)
{
    if (!p->is_playing && p->at >= f->duration)
        ui_player_go_to(p, f, 0);
    p->is_playing = !p->is_playing;
    return UI_WISH_DRAW;
}

enum ui_wish ui_player_time_key(struct ui_player *p, const struct ui_film *f, int key,
                                bool shift)
{
    const sim_time second = SIM_S, small = 100 * (sim_time)SIM_MS;
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
    case UI_KEY_HOME:
        return moved(p, f, -p->at);
    case UI_KEY_END:
        return moved(p, f, f->now - p->at);
    case '-':
        return change_speed(p, -1);
    case '=':
    case '+':
        return change_speed(p, 1);
    default:
        return UI_WISH_NOTHING;
    }
}
