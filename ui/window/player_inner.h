#ifndef UI_WINDOW_PLAYER_INNER_H
#define UI_WINDOW_PLAYER_INNER_H

// What the parts of the player share, for ui/window only. Each group of keys answers
// UI_WISH_NOTHING to keys that are not of it.

#include "ui/window/player.h"

// Nothing is known beyond what has been computed.
void ui_player_go_to(struct ui_player *p, const struct ui_film *f, sim_time at);
enum ui_wish ui_player_select(struct ui_player *p, const struct ui_film *f,
                              uint32_t service);
enum ui_wish ui_player_back_out(struct ui_player *p);
enum ui_wish ui_player_present(struct ui_player *p); // to an audience, and no longer

// Makes a fault ready, on the service that is looked into; SIM_NONE: the same as the last.
enum ui_wish ui_player_arm(struct ui_player *p, const struct ui_film *f, uint32_t what);
enum ui_wish ui_player_fire(struct ui_player *p);

enum ui_wish ui_player_arm_key(struct ui_player *p, const struct ui_film *f, int key);
enum ui_wish ui_player_time_key(struct ui_player *p, const struct ui_film *f, int key,
                                bool shift);
enum ui_wish ui_player_interview_key(struct ui_player *p, const struct ui_film *f, int key);

#endif
