#ifndef UI_VIEW_DRAW_H
#define UI_VIEW_DRAW_H

// What the panels share, for ui/view only.

#include "ui/view/view.h"

struct ui_draw {
    struct ui_list *list;
    const struct ui_film *film;
    const struct ui_look *look;
    const struct ui_theme *theme;
    uint32_t focus; // a service, or SIM_NONE
    sim_time at;
    uint32_t each;                // requests a dot, the same in all topologies of a picture
    const struct ui_film *beside; // of the other half of it; NULL: there is none
};

// Sizes of type, in points.
#define UI_TYPE_SMALL 11.0
#define UI_TYPE_LABEL 12.0
#define UI_TYPE_TITLE 13.0
#define UI_TYPE_VALUE 16.0

struct ui_style ui_label(const struct ui_draw *d);                   // muted
struct ui_style ui_small(const struct ui_draw *d);                   // muted, smallest
struct ui_style ui_figure(const struct ui_draw *d, double size);     // digits
struct ui_style ui_strong(const struct ui_draw *d, double size);     // names
struct ui_style ui_aligned(struct ui_style style, enum ui_align to); // the same, elsewhere
struct ui_style ui_of_name(struct ui_style style); // the same, cut off in the middle

// The frame, and the title with what is said beside it; returns what is left inside.
struct ui_rect ui_draw_frame(struct ui_draw *d, struct ui_rect at, const char *title,
                             const char *beside);

// Buttons and the speed at the right end of a place; returns how wide they are.
double ui_draw_transport(struct ui_draw *d, struct ui_rect at);
void ui_draw_keys(struct ui_draw *d, struct ui_rect at);
void ui_draw_header(struct ui_draw *d, struct ui_rect at);
void ui_draw_topology(struct ui_draw *d, struct ui_rect at);
void ui_draw_lanes(struct ui_draw *d, struct ui_rect at);
void ui_draw_waterfall(struct ui_draw *d, struct ui_rect at);
// The request that it shows, read, and whether that one was picked. False without one.
bool ui_waterfall_read(const struct ui_draw *d, struct ui_request *q, bool *is_picked);
void ui_draw_script(struct ui_draw *d, struct ui_rect at);
void ui_draw_charts(struct ui_draw *d, struct ui_rect at);
void ui_draw_strip(struct ui_draw *d, struct ui_rect at);
void ui_draw_wrong(struct ui_draw *d, struct ui_rect at);  // look->wrong is not NULL
void ui_draw_beside(struct ui_draw *d, struct ui_rect at); // look->ghost is not NULL
void ui_draw_presented(struct ui_draw *d, struct ui_rect at);
void ui_draw_pointer(struct ui_draw *d);                                 // above everything
void ui_draw_figures(struct ui_draw *d, struct ui_rect at, double size); // of type
void ui_draw_arm(struct ui_draw *d, struct ui_rect at); // look->arm is not NULL

// A panel with the frame of what keys go to; nothing where it is hidden from those who look.
void ui_draw_panel(struct ui_draw *d, enum ui_panel panel, struct ui_rect at);
bool ui_is_hidden(const struct ui_draw *d, enum ui_panel panel);

// Whether what has not happened yet at the moment is kept from those who look; and how many rows of
// the time series may be seen.
bool ui_hides_future(const struct ui_draw *d);
// Whether what goes on inside is: all that users do not meet themselves.
bool ui_hides_inside(const struct ui_draw *d);
size_t ui_rows_seen(const struct ui_draw *d);

bool ui_has_topology(const struct ui_draw *d);
uint32_t ui_topology_columns(const struct ui_draw *d);
bool ui_has_lanes(const struct ui_draw *d);
uint32_t ui_chart_count(const struct ui_draw *d);
double ui_strip_height(const struct ui_draw *d, double width);
// The labels of what was done, within a width; 0 without any. And they, with their poles.
double ui_flags_height(const struct ui_draw *d, double width);
void ui_draw_flags(struct ui_draw *d, struct ui_rect at, double foot); // of the poles
bool ui_has_waterfall(const struct ui_draw *d);
double ui_waterfall_height(const struct ui_draw *d); // that it would like to have
double ui_lanes_height(const struct ui_draw *d);     // that it would like to have
double ui_wrong_height(const struct ui_draw *d, double width);
double ui_arm_height(const struct ui_draw *d, double width);

// ---- The roads of the topology ----

#define UI_ROAD_POINTS 25

struct ui_road {
    struct ui_point
        at[UI_ROAD_POINTS]; // from the caller to the callee, equally far in time
    double width;
};

// Whether what goes over an edge may be seen: calls of users always, others where nothing inside is
// hidden, for they tell of tries, and of where it fails.
bool ui_shows_traffic(const struct ui_draw *d, const struct ui_edge *edge);
// The dots of one edge: calls on the left side of the road, answers coming back on the other.
void ui_draw_dots(struct ui_draw *d, uint32_t edge, const struct ui_road *road,
                  double radius);
void ui_draw_legend(struct ui_draw *d, struct ui_rect at);

// What the replicas of a service are, where not all of them are up: a line below its box.
void ui_draw_replicas(struct ui_draw *d, uint32_t node, struct ui_rect at);

// In place of a panel of which the film keeps nothing at this moment.
void ui_draw_folded(struct ui_draw *d, const char *title, struct ui_rect at);

// ---- Causes ----

// Height says what colour says: what runs is full (1), what wants to run is half as high, what waits
// for others is flat.
double ui_cause_height(enum sim_cause cause);
const char *ui_cause_words(enum sim_cause cause); // "wants the GIL"

// ---- Scales ----

// The smallest of 1, 2, 5, 10, 20, ... that is not below x; below 1 too.
double ui_nice(double x);
// The same of 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, ...: the end of a scale, which leaves little empty.
double ui_nice_top(double x);

// Rounded as report's numbers are: "12.5 s", "200 ms".
void ui_say_time(char *out, sim_time t); // out has SIM_NUMBER_ROOM
// The moment that a picture shows, to the millisecond: "12.418 s".
void ui_say_moment(char *out, sim_time t);

void ui_say_speed(char *out, size_t size, int power); // "1/4x"

// The same moment of the other future; without one its film is NULL.
struct ui_draw ui_ghost_of(const struct ui_draw *d);
// A service of this film in the other one, which may be of another preset: SIM_NONE where there is
// none of that name.
uint32_t ui_ghost_service(const struct ui_draw *d, uint32_t service);
struct ui_command ui_ghost_stroke(const struct ui_draw *d);

// Where the faults of the run were at work, behind what is drawn over time.
void ui_draw_faults(struct ui_draw *d, struct ui_rect plot, sim_time until, double faint);

#endif
