#ifndef UI_WINDOW_PICKING_H
#define UI_WINDOW_PICKING_H

// Which request a player looks into, by key and by mouse.

#include "ui/window/player.h"

// None, and no waterfall.
void ui_player_unpick(struct ui_player *p);

// The waterfall of the slowest request of the moment, in place of one that was picked; or none, where
// it is shown already.
enum ui_wish ui_player_fall(struct ui_player *p);

// The request of the call or answer that came last before the moment.
enum ui_wish ui_player_pick_last(struct ui_player *p, const struct ui_film *f);

// That of the dot at a place, or near by; false where there is none.
bool ui_player_pick_dot(struct ui_player *p, const struct ui_film *f,
                        const struct ui_list *drawn, double x, double y);

#endif
